"""Reads one number from the front of a text, without evaluating anything: integers, decimals, powers of ten, fractions, mixed numbers.

Model text is the input, so length, digits and exponents are bounded before any arithmetic: over a bound `LimitError` is raised, which the
verifier turns into score 0. A comma before exactly three digits groups thousands, any other comma between digits is a decimal comma
(`3,5`, `0,125`, `1.234,5`); a space before groups of three digits groups too.
"""

import math
import re
from typing import NamedTuple

from prorl_env_stem.tidy import LimitError

MAX_DIGITS = 60
MAX_EXPONENT = 290


class Number(NamedTuple):
    """A value, how many characters of the text it took, and how many significant figures it was written with (0: a fraction or power)."""

    value: float
    length: int
    figures: int = 0


_GROUPED = r"\d{1,3}(?:(?:,\d{3})+|(?: \d{3})+|(?:'\d{3})+)(?!\d)(?:\.\d*)?"
_EUROPEAN = r"\d{1,3}(?:[. ]\d{3})+,\d+|0,\d+|\d+,(?:\d{1,2}|\d{4,})(?![\d,])"
_MANTISSA = rf"(?:{_EUROPEAN}|(?!0,){_GROUPED}|\d+(?:\.\d*)?|\.\d+)"
_POWER = r"10\s?\^\s?(?:\{\s?([+-]?\s?\d{1,6})\s?\}|\(\s?([+-]?\s?\d{1,6})\s?\)|([+-]?\d{1,6}))"
_PLAIN = re.compile(rf"([+-]?)\s?({_MANTISSA})(?:[eE]([+-]?\d{{1,6}})(?![\d.])|\s?[*x]\s?{_POWER})?")
_BARE_POWER = re.compile(rf"([+-]?)\s?{_POWER}")
_SCALE = re.compile(rf"\s?[*x]\s?{_POWER}")
_OVER = re.compile(r"\s?/\s?")
_MIXED = re.compile(r" (\d{1,6})\s?/\s?(\d{1,6})(?![\d.])")
_MIXED_LATEX = re.compile(r"\s?\((\d{1,6})\)/\((\d{1,6})\)")


def read_number(text: str) -> Number | None:
    """The number that a tidied text begins with, a fraction or mixed number included; None where it begins with none. Raises LimitError."""
    first = _single(text, 0)
    if first is None:
        return None
    at = first.length
    rest = text[at:]
    if first.value == int(first.value) and (mixed := _MIXED.match(rest) or _MIXED_LATEX.match(rest)):
        part = _divide(float(mixed[1]), float(mixed[2]))
        if part is not None and part < 1:
            sign = -1 if text.startswith("-") else 1
            return Number(first.value + sign * part, at + mixed.end())
    if over := _OVER.match(rest):
        below = _single(text, at + over.end())
        if below is not None:
            quotient = _divide(first.value, below.value)
            return None if quotient is None else Number(quotient, below.length)
    return first


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
        value, end = -inner.value if sign == "-" else inner.value, close + 1
        if scale := _SCALE.match(text, end):
            value, end = _finite(value * _scaled("1", scale[1] or scale[2] or scale[3])), scale.end()
        return Number(value, end, inner.figures)
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
    digits = _decimal(match[2])
    return Number(_scaled(match[1] + digits, match[3] or match[4] or match[5] or match[6] or "0"), match.end(), significant(digits))


def _decimal(mantissa: str) -> str:
    """The mantissa with a decimal point and without grouping."""
    if re.fullmatch(_EUROPEAN, mantissa):
        return re.sub(r"[. ]", "", mantissa).replace(",", ".")
    return re.sub(r"[ ,']", "", mantissa)


def significant(digits: str) -> int:
    """How many significant figures a decimal text shows; the zeros at the end of a whole number count for nothing."""
    plain = digits.replace(".", "").lstrip("0")
    return len(plain if "." in digits else plain.rstrip("0"))


def _scaled(mantissa: str, exponent: str) -> float:
    power = int(exponent.replace(" ", ""))
    if abs(power) > MAX_EXPONENT:
        raise LimitError(f"limit: an exponent of {power}, at most {MAX_EXPONENT} is read")
    return _finite(float(f"{mantissa}e{power}"))


def _finite(value: float) -> float:
    if math.isinf(value):
        raise LimitError("limit: a number beyond floating point")
    return value
