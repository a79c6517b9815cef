r"""Answers in words: phrases that name a mathematical object, multiple-choice letters, labels, and what a sentence can be reduced to.

Only closed classes are understood: "no solution" is the empty set, "all real numbers" is the line, `(B) 5` is the choice B. Everything else
is compared as text, without regard to case, articles and punctuation.
"""

import re

from prorl_env_math.clean import untext
from prorl_env_math.unit_names import PREVENTING

_PHRASES = {
    "\\emptyset": """
        no solution/no solutions/no real solution/no real solutions/none/empty set/the empty set/no such numbers exist/no such number exists
        no integer solution/no integer solutions/has no solution/there is no solution/there are no solutions/there are none/none exist
        no such number/no such numbers/no such integer/no such integers/no real roots/no real root/no roots/does not have a solution
        no values/no value/no answer
    """,
    "\\reals": """
        all real numbers/all reals/any real number/every real number/the real numbers/real numbers/the set of all real numbers
        the set of real numbers/all real values/all numbers/the entire real line
    """,
    "\\integers": "all integers/any integer/every integer/the integers/the set of all integers/integers",
    "\\infty": "infinity/positive infinity/plus infinity",
    "-\\infty": "negative infinity/minus infinity",
    "\\text{infinite}": "infinite/infinitely many/infinitely many solutions/infinite solutions/an infinite number/there are infinitely many",
    "\\text{dne}": "dne/does not exist/the limit does not exist/do not exist/doesn't exist/it does not exist",
    "\\frac{1}{2}": "one half/half/a half",
    "\\frac{1}{3}": "one third/a third",
    "\\frac{2}{3}": "two thirds",
    "\\frac{1}{4}": "one quarter/a quarter/one fourth",
    "\\frac{3}{4}": "three quarters/three fourths",
}
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve"
PHRASES = {
    "".join(phrase.split()): meaning for meaning, phrases in _PHRASES.items() for line in phrases.strip().splitlines() for phrase in line.split("/")
} | {word: str(n) for n, word in enumerate(_NUMBERS.split())}
"""A phrase without spaces, in lower case, to the cleaned text that it stands for."""
_LONGEST_PHRASE = max(map(len, PHRASES))
_NOT_LETTERS = re.compile(r"[^a-z']+")
_ONLY_WORDS = re.compile(r"[A-Za-z' .,!]+")
_EXCEPT = re.compile(r"(?:all )?real (?:numbers?|values)\s+(?:except|other than|but)(?:\s+for)?\s+([-\d\s,./]{1,60}(?:and [-\d./]{1,20})?)$")
_JOINED = re.compile(r"\s*,?\s*\band\b\s*")
_SAID = re.compile(r"^(?:(?:so|thus|hence|therefore),?\s+)?(?:the\s+)?(?:final\s+)?answer\s+is:?\s+")
_LIST_SIGNS = re.compile(r"\s*(?:,\s*and\b|,|;|&|\band\b)\s*")
_ARTICLE = re.compile(r"^(?:an?|the)\s+(?=[a-z])")
_CHOICE = re.compile(r"(?:(?i:option|choice|answer)\s*:?\s*)?(?:\(\s*([A-Za-z])\s*\)|([A-Z])(?=\s*[).:]|$)|\[([A-Z])\])\s*[).:]?\s*(.*)$", re.DOTALL)
_OTHER_CHOICE = re.compile(r"\(\s*[A-Ja-j]\s*\)|(?:^|\b(?:and|or)\b|,)\s*[A-J]\s*(?:$|[).,])")
_LABEL = re.compile(r"(?<![\\A-Za-z])([A-Za-z]{3,20}(?:[ _][A-Za-z]{1,20}){0,3})\s?(?:value|is)?\s?[:=]\s?(?=[-+$\\(\[{\d.])")
_FRENCH = re.compile(r"\]([^\[\]()]{1,200})([\[\]])|\[([^\[\]()]{1,200})\[")
_VOWELS = frozenset("aeiou")
_MATHS_WORDS = "and sin cos tan cot sec exp log arcsin arccos arctan infinity infty inf alpha beta gamma delta theta lambda sigma omega"
_NO_WORDS = frozenset(_MATHS_WORDS.split())
_SEVERAL = re.compile(r"\(?\s*[A-J]\s*\)?(?:\s*(?:,|;|and|&)?\s*\(?\s*[A-J]\s*\)?){1,9}")
_LEADING = re.compile(r"([Yy]es|[Nn]o)(?=\s*[,.!]|$)|[A-Z][a-z]+(?=$|\s+[a-z]+)")
_NEGATED = re.compile(r"\b(?:not|no|never|neither|nor|or|and|beats?|than|before|after|by|to)\b|n't\b", re.IGNORECASE)
_QUANTIFIED = r"[a-z]\b|real|rational|integ|positive|non-?negative|natural|values?"
_FOR_ALL = re.compile(rf",?\s?\(?\s?(?:\\forall\b|\bfor (?:all|any|every|each)\s+(?={_QUANTIFIED}))[^,;]{{0,80}}")
_LEAD_TEXT = re.compile(r"\\text\s*\{([^{}]{1,80})\}\s*(?=[-+\d\\(\[{.])")
_MAX_CHARS = 400
_LETTERS = "ABCDEFGHIJ"


def phrase(plain: str) -> str | None:
    """The cleaned text that a whole phrase stands for, or None."""
    if len(plain) > 3 * _LONGEST_PHRASE:
        return None
    if not _ONLY_WORDS.fullmatch(untext(plain)):
        excepted = _EXCEPT.match(untext(plain).strip())
        return f"\\reals \\setminus \\{{{_JOINED.sub(', ', excepted[1])}\\}}" if excepted else None
    return PHRASES.get(_NOT_LETTERS.sub("", untext(plain).lower()))


def text_key(plain: str) -> str:
    """What two answers in words are compared by: the items of a list in any order, letters and digits in lower case, no leading article."""
    flat = _SAID.sub("", untext(plain).lower().strip(" .,;:!'\""))
    items = (_ARTICLE.sub("", item.strip()) for item in _LIST_SIGNS.split(flat))
    return ",".join(sorted("".join(c for c in item if c.isalnum()) for item in items))


def only_words(plain: str) -> bool:
    """True for a text of nothing but words, one of which is more than a name or a function: no anagram passes as the same product."""
    flat = untext(plain).strip()
    return bool(_ONLY_WORDS.fullmatch(flat)) and any(_is_word(w) for w in _NOT_LETTERS.split(flat.lower()))


def _is_word(word: str) -> bool:
    return word == "no" or (len(word) > 2 and not _VOWELS.isdisjoint(word) and word not in _NO_WORDS)


def choice(plain: str) -> tuple[str, str] | None:
    """(letter, text behind it) of a multiple-choice answer, `(B)`, `B.`, `B) 5`, `Option B`; None for anything else, several letters included."""
    if len(plain) > _MAX_CHARS:
        return None
    found = _CHOICE.match(untext(plain).replace("{", "").replace("}", "").strip())
    if found is None:
        return None
    letter, rest = (found[1] or found[2] or found[3]).upper(), found[4].strip()
    if letter not in _LETTERS or _OTHER_CHOICE.search(rest):
        return None
    return letter, rest


def choices(plain: str) -> frozenset[str] | None:
    """The letters of an answer that is several choices, `ABD` or `A, B and D`; None for anything else."""
    flat = untext(plain).strip() if len(plain) < 80 else ""
    if not _SEVERAL.fullmatch(flat):
        return None
    letters = [c for c in flat if c in _LETTERS]
    return frozenset(letters) if letters == sorted(set(letters)) else None


def leading(plain: str) -> str | None:
    """The first word of an answer in words where that is the answer: yes or no before a comma, a name before what it does."""
    found = _LEADING.match(untext(plain).strip()) if only_words(plain) else None
    if found is None:
        return None
    return found[0].lower() if found[1] or not _NEGATED.search(plain) else None


def without_quantifiers(plain: str) -> str | None:
    """The text without "for all x" and "for every real number"; None where it has no such words."""
    flat = untext(plain) if len(plain) < _MAX_CHARS else ""
    out = _FOR_ALL.sub("", flat).rstrip(" ,(")
    return out if out and out != flat else None


def without_lead(plain: str) -> str | None:
    """The text without the words that lead up to a value, `Maximum value 5`; None where there are none or they qualify the value."""
    found = _LEAD_TEXT.match(plain)
    if found is None or not PREVENTING.isdisjoint(_NOT_LETTERS.split(found[1].lower())):
        return None
    return plain[found.end() :]


def labels_as_text(plain: str) -> str | None:
    r"""The text with `Maximum: 2` and `Area = 3` as `\text{maximum} = 2`; None where there is no such label."""
    if len(plain) > _MAX_CHARS:
        return None
    out = _LABEL.sub(lambda m: f"\\text{{{m[1]}}} = ", untext(plain))
    return out if out != plain else None


def french_brackets(plain: str) -> str | None:
    """`]1, 2[` as `(1, 2)`; None where no bracket is turned outwards."""
    if len(plain) > _MAX_CHARS or ("]" not in plain and "[" not in plain):
        return None
    out = _FRENCH.sub(lambda m: f"({m[1]}{')' if m[2] == '[' else ']'}" if m[1] else f"[{m[3]})", plain)
    return out if out != plain else None
