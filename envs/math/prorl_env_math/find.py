r"""Where the answer stands in a completion, from the most certain place to the least. Plain string functions, linear in the length.

Strict: the last `\boxed{...}`. Tolerant, in this order: boxes (several that follow one another make a list), a line after `####`, the last
"answer is/answer:", an `<answer>` tag, the last inline formula's value, the last number of the last line. A completion that is nothing but
one short line is its own answer.
"""

import re

from prorl_gym import extract

_BOX = "\\boxed"
_BETWEEN = re.compile(r"(?:[\s$,.;]|\\[,;: \])(\[]|\\q?quad|\\text\{\s*(?:and|or)\s*\}|and|or)*")
_ANSWER = re.compile(r"(?:answer|result|solution)\**\s{0,4}(?:is|are|was|should be|=|:|equals)?\s{0,4}[:=]?", re.IGNORECASE)
_LEAD = re.compile(r"^[\s*:=_]+|^(?:is|are|equal to|equals|therefore|thus|so)\b\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[-+−]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?%?|[-+−]?\.\d+")
_SENTENCE_END = re.compile(r"\.(?:\s|$)|\n|;\s|, (?:so|because|since|which|where|as)\b| because\b")
_PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}")
_FOREIGN = re.compile(r"[^\W\d_\x00-\u03ff]{4,}")
_TAIL_CHARS = 4_000
_MAX_LINE = 200


HEDGE = re.compile(r"\b(?:or|either|maybe|not sure|possibly)\b", re.IGNORECASE)
"""Words that say that a sentence has no single answer."""


def strict(text: str) -> str | None:
    r"""The content of the last closed `\boxed{...}`, or None."""
    found = extract.last_boxed(text)
    return found if found else None


def tolerant(text: str) -> str | None:
    """The answer from the most certain place that has one, or None."""
    return boxes(text) or _in_tail(text[-_TAIL_CHARS:])


def boxes(text: str) -> str | None:
    """The last box; boxes that only white space, commas, "and" or "or" part from it come before it as a list."""
    last = strict(text)
    at = text.rfind(_BOX)
    if last is None or at < 0:
        return last
    found = [last]
    while len(found) < 50:
        before = text.rfind(_BOX, 0, at)
        if before < 0 or at - before > _TAIL_CHARS:
            break
        piece = text[before:at]
        content = extract.last_boxed(piece)
        if not content:
            break
        rest = piece[piece.find(content) + len(content) :].lstrip(" }")
        if not _BETWEEN.fullmatch(rest):
            break
        found.append(content)
        at = before
    return ", ".join(reversed(found))


def _in_tail(tail: str) -> str | None:
    if "####" in tail:
        line = tail.rpartition("####")[2].strip().split("\n", 1)[0].strip()
        if line:
            return line
    if tagged := extract.last_tag(tail):
        return tagged
    stripped = tail.strip()
    if not stripped:
        return None
    announced = announcement(tail)
    if announced:
        return announced
    if formula := last_formula(tail):
        return formula
    line = stripped.rsplit("\n", 1)[-1].strip()
    if "\n" not in stripped and len(line) <= _MAX_LINE and (len(line.split()) <= 3 or not _PROSE.search(line)) and not _FOREIGN.search(line):
        return line
    return _last_number(line)


def announcement(text: str) -> str | None:
    """What follows the last "answer is", "answer:" or "result is", up to the sentence's end; None where there is none."""
    found = list(_ANSWER.finditer(text))
    if not found:
        return None
    rest = text[found[-1].end() :].lstrip()
    for _ in range(3):
        rest = _LEAD.sub("", rest)
    if rest.startswith("$") and not rest.startswith("$$"):
        closed = rest.find("$", 1)
        if closed > 1:
            return rest[1:closed].strip()
    end = _SENTENCE_END.search(rest)
    return (rest[: end.start()] if end else rest).strip(" *`") or None


_IS = re.compile(r"\b(?:is|are|it's|equals)\s")


def stated(sentence: str) -> str | None:
    """What follows the last "is" or "equals" of a sentence; None where there is none."""
    found = list(_IS.finditer(sentence))
    return sentence[found[-1].end() :].strip() or None if found else None


_DELIMITERS = (("\\[", "\\]"), ("\\(", "\\)"), ("$$", "$$"), ("$", "$"))


def last_formula(text: str) -> str | None:
    """The content of the formula that closes last, or None."""
    best, place = None, -1
    for opener, closer in _DELIMITERS:
        end = text.rfind(closer)
        start = text.rfind(opener, 0, max(end, 0))
        if end > place and start >= 0 and start + len(opener) <= end and (inside := text[start + len(opener) : end].strip()):
            best, place = inside, end
    return best


def _last_number(line: str) -> str | None:
    found = [] if HEDGE.search(line) else list(_NUMBER.finditer(line))
    return found[-1].group() if found else None
