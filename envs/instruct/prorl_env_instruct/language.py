"""Which language a text is in, decided by its script and, where scripts are shared, by common words and letters.

Deterministic and linear: no model, no seed. It tells the thirty languages of the published list apart on a sentence or more. It is
not made for single words, for mixed texts, or for languages outside the list, which it may take for a neighbour; where it sees no
evidence it says None, and `language:response_language` then fails.
"""

import re
from collections import Counter

from prorl_env_instruct.language_data import SHARED

NAMES = {
    "en": "English", "es": "Spanish", "pt": "Portuguese", "ar": "Arabic", "hi": "Hindi", "fr": "French", "ru": "Russian", "de": "German",
    "ja": "Japanese", "it": "Italian", "bn": "Bengali", "uk": "Ukrainian", "th": "Thai", "ur": "Urdu", "ta": "Tamil", "te": "Telugu",
    "bg": "Bulgarian", "ko": "Korean", "pl": "Polish", "he": "Hebrew", "fa": "Persian", "vi": "Vietnamese", "ne": "Nepali", "sw": "Swahili",
    "kn": "Kannada", "mr": "Marathi", "gu": "Gujarati", "pa": "Punjabi", "ml": "Malayalam", "fi": "Finnish", "zh-cn": "Chinese",
    "nl": "Dutch", "sv": "Swedish", "tr": "Turkish", "id": "Indonesian", "el": "Greek",
}  # fmt: skip
"""Code to English name of every language that `detect` can give."""

ALIASES = {"zh": "zh-cn", "zh-tw": "zh-cn", "iw": "he"}

_SCRIPTS = (
    ("latin", 0x41, 0x24F), ("greek", 0x370, 0x3FF), ("cyrillic", 0x400, 0x52F), ("hebrew", 0x590, 0x5FF), ("arabic", 0x600, 0x77F),
    ("devanagari", 0x900, 0x97F), ("bn", 0x980, 0x9FF), ("pa", 0xA00, 0xA7F), ("gu", 0xA80, 0xAFF), ("ta", 0xB80, 0xBFF), ("te", 0xC00, 0xC7F),
    ("kn", 0xC80, 0xCFF), ("ml", 0xD00, 0xD7F), ("th", 0xE00, 0xE7F), ("ko", 0x1100, 0x11FF), ("latin", 0x1E00, 0x1EFF), ("kana", 0x3040, 0x30FF),
    ("han", 0x4E00, 0x9FFF), ("ko", 0xAC00, 0xD7AF), ("arabic", 0xFB50, 0xFEFC),
)  # fmt: skip
_ALONE = {"greek": "el", "hebrew": "he", "han": "zh-cn", "kana": "ja"}
_COMMON = {
    script: {code: frozenset(w for w in common.split() if len(w) > 1 or not w.isascii()) for code, (common, _) in langs.items()}
    for script, langs in SHARED.items()
}
"""Single plain letters are no evidence: they are also initials, list marks and variables."""
_SPLIT = re.compile(r"[^\w'\u0900-\u097f]+")


def detect(text: str) -> str | None:
    """The language's code, or None where nothing speaks for any."""
    script = main_script(text)
    if script is None:
        return None
    if script not in SHARED:
        return _ALONE.get(script, script)
    scores = evidence(text, script)
    best = max(scores, key=lambda code: scores[code])
    return best if scores[best] > 0 else None


def is_english(text: str) -> bool:
    """Whether the text is in Latin script and no other language has more evidence than English; a few bare words pass, one over and over does not."""
    if main_script(text) != "latin":
        return False
    scores = evidence(text, "latin")
    if scores["en"] < max(scores.values()):
        return False
    found = [w for w in _SPLIT.split(text.lower()) if w]
    return scores["en"] > 0 or len(found) < 4 or len(set(found)) > 1


def main_script(text: str) -> str | None:
    """The script that most letters belong to; any kana makes it "kana"; None for a text without letters."""
    counts: Counter[str] = Counter()
    for char, times in Counter(text).items():
        if char.isalpha():
            code = ord(char)
            counts[next((name for name, low, high in _SCRIPTS if low <= code <= high), "other")] += times
    if not counts:
        return None
    if counts["kana"] and counts["kana"] + counts["han"] > sum(counts.values()) / 2:
        return "kana" if counts["kana"] * 10 >= counts["han"] else "han"
    top = counts.most_common(1)[0][0]
    return None if top == "other" else top


def evidence(text: str, script: str) -> dict[str, int]:
    """For each language of a shared script, how many common words and own letters the text has."""
    low = text.lower()
    letters, found = Counter(low), Counter(_SPLIT.split(low))
    return {
        code: sum(found[w] for w in _COMMON[script][code]) + min(sum(letters[c] for c in own), len(found))
        for code, (_, own) in SHARED[script].items()
    }
