"""The letters that options carry, in Latin and in the scripts whose lists are lettered in their own alphabet.

A letter of another script counts by its place (`ج` is the third, so C), except those that look like Latin capitals in an otherwise Latin text:
Cyrillic `С` beside Latin options is C. Where the gold itself is Cyrillic the places decide.
"""

import re
import string
import unicodedata

LATIN = string.ascii_uppercase
_ALPHABETS = (
    "أبجدهوزح", "ابجدهوزح", "কখগঘঙচ", "कखगघङच", "กขคงจฉ", "அஆஇஈஉஊ", "అఆఇఈఉఊ", "ΑΒΓΔΕΖ", "אבגדהו", "甲乙丙丁戊己", "가나다라마바", "アイウエオカ",
    "აბგდევ", "ⓐⓑⓒⓓⓔⓕ", "ⒶⒷⒸⒹⒺⒻ",
)  # fmt: skip
_CYRILLIC = "АБВГДЕЖЗ"
_LOOK_ALIKE = str.maketrans("АВСЕНКМОРТХ", "ABCEHKMOPTX")
_OTHERS = {"অ": "A", "ব": "B", "ড": "C", "ঢ": "D", "Б": "B", "Г": "D", "Д": "E"}
"""Bengali transcriptions of the Latin letters; Cyrillic letters without a Latin twin."""
_BY_PLACE = {letter: LATIN[i] for alphabet in _ALPHABETS for i, letter in enumerate(alphabet)} | _OTHERS
_TABLE = str.maketrans(_BY_PLACE)
_PLACES = str.maketrans({letter: LATIN[i] for i, letter in enumerate(_CYRILLIC)})
_ALONE = re.compile(rf"(?<!\w)[{''.join(_BY_PLACE)}{_CYRILLIC}АВСЕНКМОРТХ](?!\w)")
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff\u00ad]")


def is_cyrillic(text: str) -> bool:
    """Whether a gold is one Cyrillic letter."""
    return text.strip(" ().") in set(_CYRILLIC)


def latin(text: str, *, cyrillic: bool = False) -> str:
    """The text in NFKC without invisible characters, its lone letters of other scripts as Latin capitals; words keep their letters."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text))
    if text.isascii():
        return text

    def one(match: re.Match[str]) -> str:
        after = match.string[match.end() : match.end() + 1]
        if after and unicodedata.category(after).startswith("M"):
            return match[0]  # a vowel sign follows: the letter begins a word
        return match[0].translate(_PLACES if cyrillic else _LOOK_ALIKE).translate(_TABLE)

    return _ALONE.sub(one, text)
