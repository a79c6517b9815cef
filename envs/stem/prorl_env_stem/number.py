"""Reads one number from the front of a text, without evaluating anything: integers, decimals, powers of ten, fractions, mixed numbers.

Model text is the input, so length, digits and exponents are bounded before any arithmetic: over a bound `LimitError` is raised, which the
verifier turns into score 0. A decimal comma is not read ("3,5" could be a list); a comma or a space before groups of three digits is.
"""

import math
import re
import unicodedata
from typing import NamedTuple

MAX_CHARS = 300
MAX_DIGITS = 60
MAX_EXPONENT = 290


class LimitError(ValueError):
    """An answer beyond a stated bound; the message says which."""


class Number(NamedTuple):
    """A value, and how many characters of the text it took."""

    value: float
    length: int


_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]{1,20}")
_WRAPPER = re.compile(r"\\(?:text|mathrm|mathbf|textbf|mathit|textit|rm|operatorname|mbox|ce|unit|bf)\s?\{([^{}]*)\}")
_FRACTION = re.compile(r"\\[dt]?frac\s?\{([^{}]*)\}\s?\{([^{}]*)\}")
_DEGREE = re.compile(r"\^\{?(?:\\circ|°|∘)\}?|\\degree|\\circ|º|∘")
_POWER_BRACES = re.compile(r"\^\s?\{\s?([+-]?\d{1,6})\s?\}")
_MU = re.compile(r"\\mu(?![A-Za-z]) ?")
_SPACES = re.compile(r"\\[,;:! ]|\\quad|[~\s\u200b\u200c\u200d\u2060\ufeff]+")
_REPLACED = (
    ("\\left", ""), ("\\right", ""), ("\\(", ""), ("\\)", ""), ("\\[", ""), ("\\]", ""), ("$", ""), ("**", "^"), ("{,}", ","),
    ("\\times", "*"), ("\\cdot", "*"), ("×", "*"), ("·", "*"), ("⋅", "*"), ("∙", "*"), ("•", "*"), ("⁄", "/"), ("÷", "/"),
    ("\\%", "%"), ("µ", "μ"), ("\\Omega", "Ω"), ("\u2126", "Ω"), ("−", "-"), ("–", "-"), ("—", "-"),
)  # fmt: skip
_MANTISSA = r"(?:\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+)(?!\d)(?:\.\d*)?|\d+(?:\.\d*)?|\.\d+)"
_POWER = r"10\s?\^\s?(?:\{\s?([+-]?\s?\d{1,6})\s?\}|\(\s?([+-]?\d{1,6})\s?\)|([+-]?\d{1,6}))"
_PLAIN = re.compile(rf"([+-]?)\s?({_MANTISSA})(?:[eE]([+-]?\d{{1,6}})(?![\d.])|\s?[*x]\s?{_POWER})?")
_BARE_POWER = re.compile(rf"([+-]?)\s?{_POWER}")
_OVER = re.compile(r"\s?/\s?")


def tidy(text: str) -> str:
    """One spelling of signs, spaces, superscripts (`^-2`), LaTeX wrappers and fractions (`(1)/(2)`). Raises LimitError where it is too long."""
    if len(text) > MAX_CHARS:
        raise LimitError(f"limit: an answer of {len(text)} characters, at most {MAX_CHARS} are read")
    text = _SUPERSCRIPT_RUN.sub(lambda m: "^" + m[0].translate(_SUPERSCRIPTS), text)
    text = _DEGREE.sub("°", text)
    text = _POWER_BRACES.sub(r"^(\1)", _MU.sub("μ", text))
    for old, new in _REPLACED:
        text = text.replace(old, new)
    text = unicodedata.normalize("NFKC", text).replace("μ", "u")
    for _ in range(3):
        text = _WRAPPER.sub(r" \1", text)
    text = _FRACTION.sub(r"(\1)/(\2)", text)
    return _SPACES.sub(" ", text).strip()


def read_number(text: str) -> Number | None:
    """The number that a tidied text begins with, a fraction or mixed number included; None where it begins with none. Raises LimitError."""
    first = _single(text, 0)
    if first is None:
        return None
    value, at = first
    rest = text[at:]
    if mixed := re.match(r" (\d{1,6})\s?/\s?(\d{1,6})(?![\d.])", rest):
        part = _divide(float(mixed[1]), float(mixed[2]))
        if part is not None and part < 1 and value == int(value):
            sign = -1 if text.startswith("-") else 1
            return Number(value + sign * part, at + mixed.end())
    if over := _OVER.match(rest):
        below = _single(text, at + over.end())
        if below is not None:
            quotient = _divide(value, below.value)
            return None if quotient is None else Number(quotient, below.length)
    return Number(value, at)


def _divide(a: float, b: float) -> float | None:
    return _finite(a / b) if b else None


def _single(text: str, at: int) -> Number | None:
    """A number without a fraction bar, in parentheses or not; `length` is where it ends, counted from the text's start."""
    sign = ""
    if text[at : at + 2] in ("-(", "+("):
        sign, at = text[at], at + 1
    if text[at : at + 1] == "(":
        close = text.find(")", at)
        inner = _plain(text[at + 1 : close].strip(), 0) if close > 0 else None
        if inner is None or inner.length != len(text[at + 1 : close].strip()):
            return None
        return Number(-inner.value if sign == "-" else inner.value, close + 1)
    return None if sign else _plain(text, at)


def _plain(text: str, at: int) -> Number | None:
    bare = _BARE_POWER.match(text, at)
    if bare:
        return Number(_scaled(bare[1] + "1", bare[2] or bare[3] or bare[4]), bare.end())
    match = _PLAIN.match(text, at)
    if match is None:
        return None
    if sum(c.isdigit() for c in match[2]) > MAX_DIGITS:
        raise LimitError(f"limit: a number of more than {MAX_DIGITS} digits")
    return Number(_scaled(match[1] + match[2].replace(",", "").replace(" ", ""), match[3] or match[4] or match[5] or match[6] or "0"), match.end())


def _scaled(mantissa: str, exponent: str) -> float:
    power = int(exponent.replace(" ", ""))
    if abs(power) > MAX_EXPONENT:
        raise LimitError(f"limit: an exponent of {power}, at most {MAX_EXPONENT} is read")
    return _finite(float(f"{mantissa}e{power}"))


def _finite(value: float) -> float:
    if math.isinf(value):
        raise LimitError("limit: a number beyond floating point")
    return value
