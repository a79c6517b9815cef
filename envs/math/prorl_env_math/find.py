r"""Where the answer stands in a completion, from the most certain place to the least. Plain string functions, linear in the length.

Both modes see only what follows the last `</think>`; an unclosed `<think>` is no answer (`prorl_gym.extract.after_think`).

| the completion has                           | strict                     | tolerant                                                  |
|----------------------------------------------|----------------------------|-----------------------------------------------------------|
| one `\boxed{...}` (nested braces, `\fbox`)   | its content                | its content                                               |
| several boxes with words between them        | the last                   | the last                                                  |
| several boxes parted by commas, "and", "or"  | the last                   | all, as a list                                            |
| a box inside a box                           | the inner one              | the inner one                                             |
| a last box that is never closed              | no answer                  | the next place of this table                              |
| an empty box                                 | no answer                  | the next place of this table                              |
| a line after `####`                          | no answer                  | that line                                                 |
| `<answer>...</answer>`                       | no answer                  | its content                                               |
| "the final answer is X", "Answer: X"         | no answer                  | the last X that is not prose; "final" comes before others |
| a formula, `$...$`, `\(...\)`, `\[...\]`     | no answer                  | the last, unless a sentence with a number follows it      |
| nothing but one short line, or such an end   | no answer                  | that line                                                 |
| a last line with numbers                     | no answer                  | its last number, unless the line hedges ("or", "maybe")   |
"""

import re

from prorl_gym import extract

_BOX = "\\boxed"
_BETWEEN = re.compile(r"(?:[\s$,.;]|\\[,;: \])(\[]|\\q?quad|\\text\{\s*(?:and|or)\s*\}|and|or)*")
_NAMES = r"(?:answers?|results?|solutions?|réponse|respuesta|antwort|risposta|resposta|ответ|答案)"
_VERBS = r"(?:is|are|was|should be|must be|equal to|equals?|est|es|ist|è|é|=|:|：|是|为|\n)"
_ANNOUNCED = re.compile(
    _NAMES + r"\**\s{0,4}(?:[a-z]{1,12}\s){0,2}\s{0,4}" + _VERBS + r"\s{0,4}(?:[:：=]|equal to\b|thus\b|therefore\b)?", re.IGNORECASE
)
_FINAL = re.compile(r"final\s{1,4}$", re.IGNORECASE)
_LEAD = re.compile(r"^[\s*:=_]+|^(?:is|are|equal to|equals|therefore|thus|so)\b\s*", re.IGNORECASE)
_NUMBER = re.compile(r"[-+−]?\$?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:/\d+)?%?|[-+−]?\.\d+")
_SENTENCE_END = re.compile(r"\.(?:\s|$)|\n|;\s|。|, (?:so|because|since|which|where|as)\b| because\b")
_PROSE = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{4,}")
_FOREIGN = re.compile(r"[^\W\d_\x00-\u03ff]{4,}")
_LIST_GO_ON = re.compile(r"\s{0,3}(?:,|;|and\b|or\b|,\s?and\b|,\s?or\b)\s{0,3}(?=\$|\\\()")
_SAYS_A_NUMBER = re.compile(r"\b(?:is|are|equals?|be|have|has|get|gives?|total(?:s|ling)?)\s{1,3}(?:of\s)?\**([-−]?\$?\d[\d,]*(?:\.\d+)?%?)")
_NARRATES = re.compile(r"(?:we|let|the|to|first|if|since|note|by|using|i|you|it)\s+[a-z]", re.IGNORECASE)
_REMARKS = frozenset({"correct", "incorrect", "wrong", "right", "clear", "below", "above", "unique", "valid", "easy"})
_LEAD_IN = re.compile(
    r"^(?:(?:thus|hence|therefore|so|then|finally|and|we|this|which|get|have|gives|obtain|that|conclude|means)\b[,:\s]{1,3}){1,5}", re.IGNORECASE
)
_TAIL_CHARS = 4_000
_MAX_LINE = 200
_MAX_END = 60
_MAX_CONTENT = 300
_MAX_WORDS = 6
_MAX_ANNOUNCED = 200


HEDGE = re.compile(r"\b(?:or|either|maybe|not sure|possibly)\b", re.IGNORECASE)
"""Words that say that a sentence has no single answer."""


def strict(text: str) -> str | None:
    r"""The content of the last closed `\boxed{...}`, or None."""
    found = extract.last_boxed(text)
    return found if found else None


def tolerant(text: str) -> str | None:
    """The answer from the most certain place that has one, or None."""
    return boxes(text) or _marked(text[-_TAIL_CHARS:]) or announcement(text) or _last_resort(text[-_TAIL_CHARS:])


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


def _marked(tail: str) -> str | None:
    """A line after `####`, or the content of an <answer> tag."""
    if "####" in tail:
        line = tail.rpartition("####")[2].strip().split("\n", 1)[0].strip(" :")
        if line:
            return line
    return extract.last_tag(tail)


def announcement(text: str) -> str | None:
    """What follows the last "final answer is", else the last "answer is" or "answer:", up to the sentence's end; None where there is none."""
    plain: str | None = None
    for found in reversed(list(_ANNOUNCED.finditer(text))[-_MAX_ANNOUNCED:]):
        final = _FINAL.search(text, max(found.start() - 12, 0), found.start()) is not None
        if plain is not None and not final:
            continue
        content = _content(text[found.end() : found.end() + _MAX_CONTENT])
        if content is None:
            continue
        if final:
            return content
        plain = content
    return plain


def _content(rest: str) -> str | None:
    """What an announcement announces; None where that is a sentence and no answer."""
    for _ in range(3):
        rest = _LEAD.sub("", rest.lstrip())
    formulas = _formulas(rest)
    if formulas:
        return formulas
    end = _SENTENCE_END.search(rest)
    content = (rest[: end.start()] if end else rest).strip(" *`")
    if _NARRATES.match(content) or content.lower() in _REMARKS:
        return None
    return content if content and (len(content.split()) <= _MAX_WORDS or not _PROSE.search(content)) else None


def _formulas(rest: str) -> str | None:
    r"""The inline formulas that the text begins with, joined by commas where several follow one another."""
    found: list[str] = []
    at = 0
    while len(found) < 50:
        opener, closer = ("\\(", "\\)") if rest.startswith("\\(", at) else ("$", "$")
        if not rest.startswith(opener, at) or rest.startswith("$$", at):
            break
        end = rest.find(closer, at + len(opener))
        if end < 0 or not rest[at + len(opener) : end].strip():
            break
        found.append(rest[at + len(opener) : end].strip())
        go_on = _LIST_GO_ON.match(rest, end + len(closer))
        if go_on is None:
            break
        at = go_on.end()
    return ", ".join(found) or None


def _last_resort(tail: str) -> str | None:
    """The last formula or the number that a sentence after it states, a short last line, the last number of the last line."""
    stripped = tail.strip()
    if not stripped:
        return None
    place = _last_formula(tail)
    if place is not None:
        said = list(_SAYS_A_NUMBER.finditer(tail, place[1]))
        return said[-1][1].rstrip(",") if said else tail[place[0] : place[1]].strip().removesuffix(".") or None
    line = _LEAD_IN.sub("", stripped.rsplit("\n", 1)[-1].strip())
    longest = _MAX_LINE if "\n" not in stripped else _MAX_END
    if _BOX in line:
        return None
    if len(line) <= longest and (len(line.split()) <= 3 or not _PROSE.search(line)) and not _FOREIGN.search(line):
        return line
    return _last_number(line)


_IS = re.compile(r"\b(?:is|are|it's|equals)\s")


def stated(sentence: str) -> str | None:
    """What follows the last "is" or "equals" of a sentence; None where there is none."""
    found = list(_IS.finditer(sentence))
    return sentence[found[-1].end() :].strip() or None if found else None


_DELIMITERS = (("\\[", "\\]"), ("\\(", "\\)"), ("$$", "$$"), ("$", "$"))


def last_formula(text: str) -> str | None:
    """The content of the formula that closes last, or None."""
    place = _last_formula(text)
    return None if place is None else text[place[0] : place[1]].strip()


def _last_formula(text: str) -> tuple[int, int] | None:
    """(start, end) of what stands between the delimiters that close last, or None."""
    best, place = None, -1
    for opener, closer in _DELIMITERS:
        end = text.rfind(closer)
        start = text.rfind(opener, 0, max(end, 0))
        if end > place and start >= 0 and start + len(opener) <= end and text[start + len(opener) : end].strip():
            best, place = (start + len(opener), end), end
    return best


def _last_number(line: str) -> str | None:
    found = [] if HEDGE.search(line) else list(_NUMBER.finditer(line))
    return found[-1].group() if found else None
