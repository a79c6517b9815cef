"""Multiple choice: the options of a task, and the one letter that a phrase commits itself to.

A phrase commits itself to a letter only where it begins with it: `C`, `(C)`, `[C]`, `**C**`, `C) 5 J`, `C because ...`. Two different letters
as alternatives (`A or B`, `A/B`, `A, B`) are ambiguous, never right; a letter that is no option, or the words of another option behind the
letter, count for nothing.
"""

import re
import string
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any, cast

AMBIGUOUS = "ambiguous"
MAX_PHRASE = 400
_LETTERS = string.ascii_uppercase
_MACRO = re.compile(r"\\(?:text|textbf|mathrm|mathbf|textit|rm|bf)(?![A-Za-z])\s?|[${}]")
_OPEN = r"[\s(\[*\"'`_“‘]{0,6}"
_CLOSE = r"[)\]*\"'`_”’]{0,6}"
_PUNCTUATION = " ).:;,]-*–=!\"'`_"
_REASON = re.compile(r"\s+(?:because|since|as|for|due|not|non|[-–=(])", re.IGNORECASE)
_FIRST = re.compile(rf"{_OPEN}(?:(?:option|choice|answer|letter)\s+{_OPEN})?([A-Za-z])(?![A-Za-z0-9'’])({_CLOSE})", re.IGNORECASE)
_JOIN = r"[.?!]\s?(?:[Oo]r|[Mm]aybe|[Pp]erhaps)\b|[,/&+|;]|\b(?:or|and|und|oder|ou|et|o|y|e|или|и)\b|或|和|、"
_ANOTHER = re.compile(rf"\s{{0,3}}(?:{_JOIN})*\s{{0,3}}(?:\b(?:or|and)\s)?{_OPEN}([A-Z])(?![A-Za-z0-9'’])")


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
    if len(items) > len(_LETTERS):
        raise ValueError(f"at most {len(_LETTERS)} options have letters; got {len(items)}")
    if all(isinstance(i, Mapping) and len(cast("Mapping[Any, Any]", i)) == 1 for i in items):
        return {_key(k): str(v) for i in items for k, v in cast("Mapping[Any, Any]", i).items()}
    texts = [str(i) for i in items]
    if all(len(t) == 1 and t in _LETTERS for t in texts) and len(set(texts)) == len(texts):
        return {t: t for t in texts}
    return dict(zip(_LETTERS, texts, strict=False))


def _key(letter: Any) -> str:
    key = str(letter).strip(" ().").upper()
    if len(key) != 1 or key not in _LETTERS:
        raise ValueError(f"an option's key is one letter; got {letter!r}")
    return key


def gold_letter(answer: Any, options: Mapping[str, str] | None) -> str | None:
    """The right letter: from a letter, `(A) text`, a 0-based index or an option's text. None where it names no option."""
    if isinstance(answer, bool) or answer is None:
        return None
    if isinstance(answer, int):
        keys = list(options or _LETTERS)
        return keys[answer] if 0 <= answer < len(keys) else None
    text = str(answer)
    by_text = option_named(text, options)
    return by_text if by_text is not None else letter_of(text, options)


def option_named(phrase: str, options: Mapping[str, str] | None) -> str | None:
    """The letter of the one option whose text is the whole phrase; None where none or several are."""
    wanted = _words(phrase)
    found = [k for k, v in (options or {}).items() if wanted and _words(v) == wanted]
    return found[0] if len(found) == 1 else None


def letter_of(phrase: str, options: Mapping[str, str] | None, *, alone: bool = False) -> str | None:
    """The option's letter that the phrase begins with, AMBIGUOUS for several letters, None for none.

    A lower-case letter counts only without words behind it ("c", "c)"), and a bare A or I only before "because" and the like, so that the
    words of "a car", "A car" and "I think" are no answers. `alone` allows nothing behind the letter but the words of its own option.
    """
    phrase = unicodedata.normalize("NFKC", _MACRO.sub("", phrase[:MAX_PHRASE])).strip()
    first = _FIRST.match(phrase)
    if first is None:
        return None
    letter, rest = first[1].upper(), phrase[first.end() :]
    words = rest.strip(_PUNCTUATION)
    closed = bool(first[2]) or rest[:1] in (":", ".", ",")
    if first[1].islower() and words and ")" not in first[2]:
        return None
    if letter in "AI" and words and not closed and not _REASON.match(rest) and not _ANOTHER.match(rest):
        return None
    if letter not in (options or _LETTERS):
        return None
    if others := _alternatives(rest, options):
        return AMBIGUOUS if others - {letter} else letter
    named = option_named(rest.lstrip(_PUNCTUATION), options)
    if alone and words and named != letter:
        return None
    return letter if named in (None, letter) else AMBIGUOUS


def _alternatives(rest: str, options: Mapping[str, str] | None) -> set[str]:
    """The letters that follow directly, joined by commas, slashes or words such as "or"."""
    found: set[str] = set()
    while (match := _ANOTHER.match(rest)) and match[1] in (options or _LETTERS):
        tail = rest[match.end() :]
        joined = match[0].strip(" ()[]*\"'`_“‘") != match[1]
        if not joined and match[1] in "AI" and tail.strip(_PUNCTUATION):
            break
        found.add(match[1])
        rest = tail.lstrip(")]*\"'`_”’")
    return found


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", _MACRO.sub("", text))).strip(" .*\"'`").casefold()
