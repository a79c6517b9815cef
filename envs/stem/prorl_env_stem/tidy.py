"""One spelling for what models write: signs, spaces, superscripts (`^-2`), LaTeX wrappers and fractions (`(1)/(2)`), siunitx macros.

Every pattern here is linear in the text, and the text's length is bounded first.
"""

import re
import unicodedata

MAX_CHARS = 300


class LimitError(ValueError):
    """An answer beyond a stated bound; the message says which."""


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]{1,20}")
_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mathit|textit|textrm|textnormal|rm|operatorname|mbox|ce|unit|si|bf|mathsf)\s?\{([^{}]*)\}")
_SIUNITX = re.compile(r"\\(?:SI|qty)\s?\{([^{}]*)\}\s?\{([^{}]*)\}")
_NUM = re.compile(r"\\num\s?\{([^{}]*)\}")
_PREFIX = r"(?:femto|pico|nano|micro|milli|centi|deci|hecto|kilo|mega|giga|tera)"
_UNIT_PREFIX = re.compile(rf"\\({_PREFIX})\s?\\?(?=[a-z])")
_UNIT_MACRO = re.compile(
    rf"\\({_PREFIX}?(?:meter|metre|gram|second|ampere|kelvin|mole|newton|joule|watt|pascal|volt|ohm|hertz|coulomb|farad|tesla|"
    r"weber|henry|liter|litre|minute|hour|day|percent|per|squared|cubed))(?![a-z])"
)
_FRACTION = re.compile(r"\\[dt]?frac\s?\{([^{}]*)\}\s?\{([^{}]*)\}")
_SHORT_FRACTION = re.compile(r"\\[dt]?frac\s?(\d)\s?(\d)")
_DEGREE = re.compile(r"\^\{?\s?(?:\\circ|°|∘|\\degree)\s?\}?|\\degree|\\circ|º|∘")
_POWER_BRACES = re.compile(r"\^\s?\{\s?([+-]?\s?\d{1,6})\s?\}")
_MU_BEFORE = re.compile(r"\\mu\s?\\(mathrm|text|textrm|rm)\s?\{[~\s]*")
_SPLIT_OHM = re.compile(r"\b([kMGmu]) (?=Ω)")
_MU = re.compile(r"\\mu(?![A-Za-z]) ?")
_SPACES = re.compile(r"\\[,;:! ]|\\q?quad|[~\s\u200b-\u200f\u2060\ufeff]+")
_REPLACED = (
    ("\\left", ""), ("\\right", ""), ("\\(", ""), ("\\)", ""), ("\\[", ""), ("\\]", ""), ("$", ""), ("**", "^"), ("{,}", ","),
    ("\\times", "*"), ("\\cdot", "*"), ("×", "*"), ("·", "*"), ("⋅", "*"), ("∙", "*"), ("•", "*"), ("⁄", "/"), ("÷", "/"),
    ("\\%", "%"), ("µ", "μ"), ("\\Omega", "Ω"), ("\u2126", "Ω"), ("−", "-"), ("–", "-"), ("—", "-"), ("\\pm", "±"), ("+/-", "±"),
    ("\\approx", "≈"), ("\\simeq", "≈"), ("≃", "≈"), ("\\AA", "Å"), ("per cent", "percent"),
)  # fmt: skip


def tidy(text: str) -> str:
    """The text in that spelling. Raises LimitError where it is longer than MAX_CHARS."""
    if len(text) > MAX_CHARS:
        raise LimitError(f"limit: an answer of {len(text)} characters, at most {MAX_CHARS} are read")
    text = _SUPERSCRIPT_RUN.sub(lambda m: "^" + m[0].translate(_SUPERSCRIPTS), text)
    text = _DEGREE.sub("°", text)
    if "\\" in text:
        text = _MU_BEFORE.sub(r"\\\1{μ", text)
        text = _NUM.sub(r"\1", _SIUNITX.sub(r"\1 \2", text))
        text = _UNIT_MACRO.sub(r" \1", _UNIT_PREFIX.sub(r"\\\1", text))
    text = _POWER_BRACES.sub(r"^(\1)", _MU.sub("μ", text))
    for old, new in _REPLACED:
        text = text.replace(old, new)
    text = unicodedata.normalize("NFKC", text).replace("μ", "u")
    for _ in range(3):
        text = _WRAPPER.sub(r" \1", text)
    text = _SHORT_FRACTION.sub(r"(\1)/(\2)", _FRACTION.sub(r"(\1)/(\2)", text))
    return _SPLIT_OHM.sub(r"\1", _SPACES.sub(" ", text)).strip()
