"""How a text is cut into words, lines and pictographs. The rules are frozen; a changed rule changes published scores.

- A word is a maximal run of letters, digits and underscores.
- A bare word is what stands between white space, in lower case, without ASCII punctuation.
- Sentences are in `sentences.py`, tokens in `tokens.py`.
"""

import re

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_NO_PUNCTUATION = str.maketrans("", "", PUNCTUATION)
_WORD = re.compile(r"\w+")
_ALNUM = re.compile(r"[^\W_]")
_PICTOGRAPH = re.compile(
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u2199\u21a9\u21aa\u231a\u231b\u2328\u23cf\u23e9-\u23f3\u23f8-\u23fa\u24c2\u25aa\u25ab\u25b6\u25c0"
    "\u25fb-\u25fe\u2600-\u2604\u260e\u2611\u2614-\u27bf\u2934\u2935\u2b05-\u2b07\u2b1b\u2b1c\u2b50\u2b55\u3030\u303d\u3297\u3299"
    "\U0001f004\U0001f0cf\U0001f170\U0001f171\U0001f17e\U0001f17f\U0001f18e\U0001f191-\U0001f19a\U0001f201\U0001f202\U0001f21a\U0001f22f"
    "\U0001f232-\U0001f23a\U0001f250\U0001f251\U0001f300-\U0001f3fa\U0001f400-\U0001faff]"
)


def words_of(text: str) -> list[str]:
    """The words, in order."""
    return _WORD.findall(text)


def has_word(text: str) -> bool:
    """Whether the text has a letter, a digit or a pictograph, so that it says something."""
    return _ALNUM.search(text) is not None or _PICTOGRAPH.search(text) is not None


def without_punctuation(text: str) -> str:
    """The text without ASCII punctuation marks."""
    return text.translate(_NO_PUNCTUATION)


def bare(text: str) -> list[str]:
    """The bare words, in order, empty ones left out."""
    return without_punctuation(text).lower().split()


def trimmed(text: str) -> str:
    """The text without ASCII punctuation and spaces at its two ends."""
    return text.strip(PUNCTUATION + " ")


def lines_of(text: str) -> list[str]:
    """The lines that are not blank, stripped."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def emojis_of(text: str) -> int:
    """How many pictographs stand in the text; skin tones, joiners and variation marks do not count on their own."""
    return len(_PICTOGRAPH.findall(text))


def is_palindrome(word: str) -> bool:
    """Whether a word of at least three letters reads the same both ways, case aside."""
    low = word.lower()
    return len(low) >= 3 and low.isalpha() and low == low[::-1]
