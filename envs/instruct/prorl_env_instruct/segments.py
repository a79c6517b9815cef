"""How a text is cut: words, tokens, sentences, paragraphs, lines. The rules are frozen; a changed rule changes published scores.

- A word is a maximal run of letters, digits and underscores.
- A token is what stands between white space, with brackets, quotes and sentence punctuation cut off and English contractions cut in
  two (`LET'S` is `LET` and `'S`); hyphens, slashes and inner full stops stay.
- A sentence ends at a run of `. ! ? …`, with closing quotes and brackets, that white space or the end follows, or at `。！？` at once.
  A full stop after a title (`Mr.`), after `e.g.` or `i.e.`, or after a single capital letter other than `I` ends nothing. What follows the last
  end is a sentence too unless it is blank. Line breaks alone end nothing.
"""

import re
import unicodedata

_WORD = re.compile(r"\w+")
_CUT = re.compile(r"[\[\](){}<>\"?!;@#$%&“”„«»]|--+|\.\.\.|,(?!\d)|:(?!\d)")
_CONTRACTIONS = ("n't", "'ll", "'re", "'ve", "'s", "'m", "'d")
_RUN = re.compile(r"[.!?…。！？｡][.!?…。！？｡\"')\]}”’»*_]*")
_WIDE_STOPS = "。！？｡"
_TITLES = frozenset(["mr", "mrs", "ms", "dr", "prof", "st", "gen", "col", "vs", "e.g", "i.e", "fig", "jr", "sr"])


def words_of(text: str) -> list[str]:
    """The words, in order."""
    return _WORD.findall(text)


def tokens_of(text: str) -> list[str]:
    """The tokens, in order."""
    out: list[str] = []
    for chunk in text.split():
        for part in _CUT.split(chunk):
            if part:
                out.extend(_uncontracted(part.replace("’", "'")))
    return out


def _uncontracted(token: str) -> list[str]:
    bare = token.rstrip(".,'")
    for ending in _CONTRACTIONS:
        if bare.lower().endswith(ending) and len(bare) > len(ending):
            return [bare[: -len(ending)], bare[-len(ending) :]]
    return [token]


def sentences_of(text: str) -> list[str]:
    """The sentences, stripped, in order; empty for a blank text."""
    out: list[str] = []
    start = 0
    for run in _RUN.finditer(text):
        if _ends_sentence(text, run.start(), run.end()):
            out.append(text[start : run.end()].strip())
            start = run.end()
    out.append(text[start:].strip())
    return [s for s in out if s]


def _ends_sentence(text: str, at: int, end: int) -> bool:
    """Whether the run of stops and closing marks from `at` to `end` ends a sentence."""
    if any(c in _WIDE_STOPS for c in text[at:end]):
        return True
    if end < len(text) and not text[end].isspace():
        return False
    return not (text[at:end] == "." and _abbreviates(text, at))


def _abbreviates(text: str, at: int) -> bool:
    begin = at
    while begin > 0 and at - begin < 6 and not text[begin - 1].isspace():
        begin -= 1
    token = text[begin:at].lstrip("(\"'")
    return token.lower() in _TITLES or (len(token) == 1 and token.isupper() and token != "I")


def lines_of(text: str) -> list[str]:
    """The lines that are not blank, stripped."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def emojis_of(text: str) -> int:
    """How many pictographs stand in the text; skin tones, joiners and variation marks do not count on their own."""
    return sum(_is_emoji(c) for c in text)


def _is_emoji(char: str) -> bool:
    code = ord(char)
    if 0x1F3FB <= code <= 0x1F3FF:
        return False
    return 0x1F300 <= code <= 0x1FAFF or (0x2600 <= code <= 0x27BF and unicodedata.category(char) == "So")


def is_palindrome(word: str) -> bool:
    """Whether a word of at least three letters reads the same both ways, case aside."""
    low = word.lower()
    return len(low) >= 3 and low.isalpha() and low == low[::-1]
