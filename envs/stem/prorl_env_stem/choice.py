"""Multiple choice: the options of a task, its gold letters, and the letters that a phrase commits itself to.

A phrase commits itself to a letter only where it begins with it: `C`, `(C)`, `[C]`, `**C**`, `C) 5 J`, `C because ...`. Two different letters
as alternatives (`A or B`, `A/B`, `A, B`) are ambiguous, never right; a letter that is no option, or the words of another option behind the
letter, count for nothing. Where the gold itself is several letters (`A, C`), the same set of letters is the answer.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from prorl_env_stem.letters import LATIN, is_cyrillic, latin

AMBIGUOUS = "ambiguous"
MAX_PHRASE = 400
MACRO = re.compile(r"\\(?:text(?:bf|it|rm|sf|normal)?|math(?:rm|bf|it|sf)|rm|bf|mbox|operatorname|left|right)(?![A-Za-z])\s?|\\[(),;:! \[\]]|[${}]")
_OPEN = r"[\s(\[<*\"'`_“‘«【（「]{0,6}"
_CLOSE = r"[)\]>*\"'`_”’»】）」]{0,6}"
_PUNCTUATION = " ).:;,]-*–—=!\"'`_>】）、。．"
_SEPARATOR = re.compile(r"^[\s).:;,\]*!\"'`_>】）、。．]*(?:[-–—=]\s+)?")
"""What may stand between a letter and the words of its option; a minus sign belongs to the words."""
_REASON = re.compile(
    r"\s+(?:because|since|as|for|due|not|non|nicht|no|rather|is|was|would|seems|which|that|where|when|and|but|so|if|[-–—=(])|\s*[^\x00-\x7f]",
    re.IGNORECASE,
)
_NOUN = r"(?:option|choice|answer|letter|statement|alternative|lettre|letra|lettera|буква|opción|opcion|opção|opzione|вариант|选项|選項|选择)"
_FIRST = re.compile(
    rf"{_OPEN}(?:(?:(?:the|la|le|el|die|der|de|a|o)\s+)?{_NOUN}\s{{0,3}}{_OPEN})?([A-Za-z])(?![A-Za-z0-9'’])({_CLOSE})", re.IGNORECASE
)
_JOIN = (
    r"[.?!]\s?(?:[Oo]r|[Mm]aybe|[Pp]erhaps)\b|[,/&+|;、，]|"
    r"\b(?:or|and|maybe|perhaps|possibly|und|oder|ou|et|o|y|e|или|и|atau|dan)\b|或|和|与|還是|还是"
)
_ANOTHER = re.compile(rf"\s{{0,3}}(?:(?:{_JOIN})\s{{0,3}}){{0,3}}(?:{_NOUN}\s)?{_OPEN}([A-Z])(?![A-Za-z0-9'’])", re.IGNORECASE)
_GOLD_SET = re.compile(r"\(?[A-Z]\)?(?:\s?(?:,|;|&|\band\b)\s?\(?[A-Z]\)?){1,25}")
_GOLD_TEXT = re.compile(r"\s*\(?([A-Z])[).:]\s*(\S.*)", re.DOTALL)
_LISTING = re.compile(r"[\s(){}\[\].:;,&*]|\band\b")
_ARTICLE = re.compile(r"^(?:the|a|an)\s")


def read_options(options: Any) -> dict[str, str] | None:
    """Letter to text, from a list of texts, a letter-to-text object, or a list of one-entry objects; None where there are none.

    A list of single capital letters, all different, is a list of the letters themselves. Raises ValueError for anything else.
    """
    if options is None or options == [] or options == {}:
        return None
    if isinstance(options, Mapping):
        return {_key(k): str(v) for k, v in cast("Mapping[Any, Any]", options).items()}
    if not isinstance(options, Sequence) or isinstance(options, str):
        raise ValueError(f"options are a list of texts, a letter-to-text object or a list of one-entry objects; got {type(options).__name__}")
    items = list(cast("Sequence[Any]", options))
    if len(items) > len(LATIN):
        raise ValueError(f"at most {len(LATIN)} options have letters; got {len(items)}")
    if all(isinstance(i, Mapping) and len(cast("Mapping[Any, Any]", i)) == 1 for i in items):
        return {_key(k): str(v) for i in items for k, v in cast("Mapping[Any, Any]", i).items()}
    texts = [str(i) for i in items]
    if all(len(t) == 1 and t in LATIN for t in texts) and len(set(texts)) == len(texts):
        return {t: t for t in texts}
    return dict(zip(LATIN, map(_unlettered, texts, LATIN), strict=False))


def _unlettered(text: str, letter: str) -> str:
    """The option's words: a list of texts may carry its letters, as in "A) 5 J"."""
    match = _GOLD_TEXT.fullmatch(text)
    return match[2].strip() if match and match[1] == letter else text


def _key(letter: Any) -> str:
    key = latin(str(letter)).strip(" ().").upper()
    if len(key) != 1 or key not in LATIN:
        raise ValueError(f"an option's key is one letter; got {letter!r}")
    return key


def gold_letter(answer: Any, options: Mapping[str, str] | None) -> str | None:
    """The right letter, or several in order ("AC"): from a letter, `(A) text`, a 0-based index, an option's text, or `A, C`.

    Where there is only one option and no gold, it is that one. None where the gold names no option.
    """
    if isinstance(answer, bool):
        return None
    if answer is None:
        return next(iter(options)) if options and len(options) == 1 else None
    if isinstance(answer, int):
        keys = list(options or LATIN)
        return keys[answer] if 0 <= answer < len(keys) else None
    text = str(answer).strip()
    if text in (options or ()):
        return text
    by_text = option_named(text, options)
    if by_text is not None:
        return by_text
    if _GOLD_SET.fullmatch(text):
        found = sorted(set(re.findall("[A-Z]", text)))
        return "".join(found) if set(found) <= set(options or LATIN) else None
    letter = letter_of(latin(text, cyrillic=is_cyrillic(text)), options)
    return None if letter == AMBIGUOUS else letter


def known_texts(answer: Any, options: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """The options whose words are known: all of them, or without options the gold's own in `(A) text`."""
    if options is not None or not isinstance(answer, str):
        return options
    match = _GOLD_TEXT.fullmatch(answer[:MAX_PHRASE])
    return {match[1]: match[2]} if match else None


def option_named(phrase: str, options: Mapping[str, str] | None) -> str | None:
    """The letter of the one option whose text is the whole phrase; None where none or several are."""
    wanted = words_of(phrase)
    found = [k for k, v in (options or {}).items() if wanted and words_of(v) == wanted]
    return found[0] if len(found) == 1 else None


def letters_of(phrase: str, options: Mapping[str, str] | None) -> str | None:
    """The set of letters that a phrase lists (`A, C`, `A and C`, `AC`), sorted; None where it is anything else."""
    plain = _LISTING.sub("", MACRO.sub("", latin(phrase[:MAX_PHRASE])))
    known = set(options or LATIN)
    return "".join(sorted(set(plain))) if plain and set(plain) <= known and len(set(plain)) == len(plain) else None


def letter_of(phrase: str, options: Mapping[str, str] | None, *, alone: bool = False, texts: Mapping[str, str] | None = None) -> str | None:
    """The option's letter that the phrase begins with, AMBIGUOUS for several letters, None for none.

    A lower-case letter counts only without words behind it ("c", "c)"), and a bare A or I only before "because" and the like, so that the
    words of "a car", "A car" and "I think" are no answers. `alone` allows nothing behind the letter but the words of its own option.
    `texts` are the words by which options may be contradicted, by default those of `options`.
    """
    phrase = MACRO.sub("", latin(phrase[:MAX_PHRASE])).strip()
    first = _FIRST.match(phrase)
    if first is None:
        return None
    letter, rest = first[1].upper(), phrase[first.end() :]
    words = rest.strip(_PUNCTUATION)
    closed = bool(first[2]) or rest[:1] in (":", ".", ",", "、", "。")
    if first[1].islower() and words and not _CLOSING.search(first[2]):
        return None
    if letter in "AI" and words and not closed and not _REASON.match(rest) and not _ANOTHER.match(rest):
        return None
    if letter not in (options or LATIN):
        return None
    named = option_named(_SEPARATOR.sub("", rest, count=1), texts if texts is not None else options)
    if named == letter and (_CLOSING.search(first[2]) or rest[:1] in (":", ".")):
        return letter
    if others := _alternatives(rest, options):
        return AMBIGUOUS if others - {letter} else letter
    if (later := _LATER.match(rest)) and later[1] in (options or LATIN) and later[1] != letter:
        return AMBIGUOUS
    if alone and words and named != letter:
        return None
    return letter if named in (None, letter) else AMBIGUOUS


_LATER = re.compile(rf"(?:(?!\b(?:because|since|as|not|is|are|rather)\b)[^.!?\n]){{0,200}}?\bor\s(?:{_NOUN}\s)?\(?([A-Z])(?:[).:\s]|$)")
"""Another option's letter after "or", before any explanation."""
_CLOSING = re.compile(r"[)\]]")


def _alternatives(rest: str, options: Mapping[str, str] | None) -> set[str]:
    """The letters that follow directly, joined by commas, slashes or words such as "or"."""
    found: set[str] = set()
    while (match := _ANOTHER.match(rest)) and match[1].upper() in (options or LATIN):
        tail = rest[match.end() :]
        joined = match[0].strip(" ()[]*\"'`_“‘") != match[1]
        if match[1].islower() and (not joined or tail.strip(_PUNCTUATION)):
            break
        if match[1] in "AI" and tail.strip(_PUNCTUATION) and (not joined or not _JOINED_WORD.search(match[0])):
            break
        found.add(match[1].upper())
        rest = tail.lstrip(")]*\"'`_”’")
    return found


_JOINED_WORD = re.compile(r"[/&+|]|\b(?:or|and|oder|und|ou|et)\b", re.IGNORECASE)


def words_of(text: str) -> str:
    """The words of an option, macros, case, articles and outer punctuation aside."""
    return _ARTICLE.sub("", re.sub(r"\s+", " ", MACRO.sub("", latin(text))).strip(" .*\"'`").casefold())
