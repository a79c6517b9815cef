"""Tolerant extraction: the last answer that a completion states in words, outside of a box as well as in one.

Statements are a box, an `<answer>` tag, what follows a cue ("the answer is", "Answer:", in many languages), "I choose B", "B is correct",
"Thus, B", a last line that is an answer as a whole, and, where there is nothing else, a first line that begins with one. The last valid one
wins. Two alternatives in the last statement are no answer; what is negated or only supposed is no statement.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping

from prorl_env_stem import cues
from prorl_env_stem.choice import AMBIGUOUS, MAX_PHRASE, letter_of, option_named, words_of
from prorl_env_stem.letters import latin
from prorl_gym import extract as find

MAX_CUES = 40
TAIL_CHARS = 20_000
"""Only so many characters at the end of a completion are searched, and the first line."""
_LISTED = re.compile(r"^\s*[(\[*_]{0,3}([A-Z])[)\].:*_]{1,4}\s", re.MULTILINE)
_LETTER_BEHIND = re.compile(r"\(([A-Z])\)[\s.*_!\"']{0,6}$")
_CUTS = re.compile(r"[.;,!](?=\s|$)|\s(?:because|since|as|which|that|is|so|due|or|and)\b|\s\(|\*\*")
_JOINERS = re.compile(r"^(?:[\s.,;!/&]|\b(?:or|and|maybe|perhaps)\b){0,6}", re.IGNORECASE)
_LONE = re.compile(r"\W{0,6}[A-Za-z]\W{0,6}")
_OPENING = re.compile(r"[(\[*_\"']{0,4}[A-Z][)\]*_\"']{0,4}(?:[).:,]\s|\s(?:because|since|as|not|non)\b)")


def phrases(text: str, *, boxed: str | None) -> list[str]:
    """What boxes, tags and cues hold, the last first."""
    tail = text[-TAIL_CHARS:]
    found = [(at, phrase) for at, phrase in _cued(tail) if phrase]
    if boxed:
        found.append((max(tail.rfind("\\boxed"), tail.rfind("\\fbox")), boxed))
    if (tagged := find.last_tag(tail)) is not None:
        found.append((tail.rfind("</answer>"), tagged))
    return [phrase for _, phrase in sorted(found, key=lambda p: p[0], reverse=True) if phrase]


def last_lines(text: str) -> list[str]:
    """The last line, and its end after "is" or a colon."""
    tail = text[-TAIL_CHARS:].strip()
    last = tail.rsplit("\n", 1)[-1].strip()[-MAX_PHRASE:]
    return [last, cues.LAST_VERB.sub("", last)] if last else []


def _cued(tail: str) -> Iterator[tuple[int, str]]:
    for match in deque(cues.CUE.finditer(tail), maxlen=MAX_CUES):
        yield match.end(), _to_line_end(tail, match.end())


def _to_line_end(text: str, at: int) -> str:
    """The rest of the line, or the next one where nothing follows."""
    rest = text[at : at + MAX_PHRASE].lstrip(" \t\r\n*_:：=\"'`")
    return cues.FILLER.sub("", rest.split("\n", 1)[0].strip(), count=1) if cues.FILLER.match(rest) else rest.split("\n", 1)[0].strip()


def first_clause(phrase: str) -> str:
    """The phrase without the words that explain it; all of it where numbers follow, which could be a second answer."""
    match = cues.EXPLAINED.search(phrase)
    return phrase if match is None or any(c.isdigit() for c in phrase[match.start() :]) else phrase[: match.start()]


def stated_choice(text: str, *, boxed: str | None, options: Mapping[str, str] | None, texts: Mapping[str, str] | None, cyrillic: bool) -> str | None:
    """The letter of the last option that the text commits itself to, or the phrase itself where it names several; None for none."""
    tail = latin(text[-TAIL_CHARS:], cyrillic=cyrillic)
    places = [(at, phrase, False) for at, phrase in _cued(tail)]
    for pattern, alone in ((cues.CHOOSING, False), (cues.BARE_CUE, True)):
        for match in deque(pattern.finditer(tail), maxlen=MAX_CUES):
            if not cues.NEGATED.search(tail[max(0, match.start() - 40) : match.start()]):
                places.append((match.end(), _to_line_end(tail, match.end()), alone))
    for match in deque(cues.VERDICT.finditer(tail), maxlen=MAX_CUES):
        before = tail[max(0, match.start() - 40) : match.start()]
        if not cues.NEGATED.search(before) and not cues.LISTED_BEFORE.search(before):
            places.append((match.start(1), match[1], True))
    if boxed:
        places.append((max(tail.rfind("\\boxed"), tail.rfind("\\fbox")), boxed, False))
    if (tagged := find.last_tag(tail)) is not None:
        places.append((tail.rfind("</answer>"), tagged, False))
    last = tail.strip().rsplit("\n", 1)[-1].strip()
    if _LONE.fullmatch(last):
        places.append((tail.rfind(last), last, True))
    for _, phrase, alone in sorted(places, key=lambda p: p[0], reverse=True):
        if (found := _committed(phrase, options, texts, alone=alone)) is not None:
            return found
    return _from_lines(text, options, texts, cyrillic=cyrillic)


def _committed(phrase: str, options: Mapping[str, str] | None, texts: Mapping[str, str] | None, *, alone: bool) -> str | None:
    """What a phrase commits itself to: a letter, the phrase itself where it names several options, None where it names none."""
    inner = find.last_boxed(phrase)
    phrase = inner if inner else phrase
    if not phrase.strip():
        return None
    named = option_named(phrase, texts) if len(words_of(phrase)) > 1 else None
    letter = named if named is not None else letter_of(phrase, options, alone=alone, texts=texts)
    if letter is None and not alone:
        letter = _by_words(phrase, options, texts)
    return phrase if letter == AMBIGUOUS else letter


def _by_words(phrase: str, options: Mapping[str, str] | None, texts: Mapping[str, str] | None) -> str | None:
    """An option named by the words that the phrase begins with, or by its letter in parentheses at the end."""
    first = phrase.split("\n", 1)[0]
    behind = _LETTER_BEHIND.search(first)
    named = option_named(first[: behind.start()] if behind else first, texts)
    if behind is not None:
        letter = behind[1]
        if letter not in (options or {letter: ""}) or first.count("(") > 1:
            return None
        return letter if named in (None, letter) else AMBIGUOUS
    if named is not None:
        return named
    for cut in _CUTS.finditer(first[:MAX_PHRASE]):
        if (named := option_named(first[: cut.start()], texts)) is not None:
            return AMBIGUOUS if _begins_with_another(first[cut.start() :], named, texts) else named
    return None


def _begins_with_another(rest: str, named: str, texts: Mapping[str, str] | None) -> bool:
    """Whether the words of another option follow directly."""
    rest = words_of(_JOINERS.sub("", rest, count=1))
    return any(words_of(text) and rest.startswith(words_of(text)) for letter, text in (texts or {}).items() if letter != named)


def _from_lines(text: str, options: Mapping[str, str] | None, texts: Mapping[str, str] | None, *, cyrillic: bool) -> str | None:
    """The last line as a whole, then the first line's beginning; neither where the lines list the options again."""
    lines = latin(text[-TAIL_CHARS:], cyrillic=cyrillic).strip().split("\n")
    listed = {m[1] for m in _LISTED.finditer("\n".join(lines))}
    if len(listed) > 1:
        return None
    for phrase in last_lines(lines[-1]):
        if (found := _committed(phrase, options, texts, alone=True)) is not None:
            return found
    first = latin(text.strip()[:MAX_PHRASE], cyrillic=cyrillic).split("\n", 1)[0]
    return _committed(first, options, texts, alone=not _OPENING.match(first))
