r"""Plainly written numbers, read exactly and fast: `12`, `-1,234.50`, `3/4`, `\frac{3}{4}`, `1.5e3`, `1 000`. No parser, no rounding."""

import re
from fractions import Fraction

from prorl_env_math.limits import MAX_BITS, MAX_DIGITS, LimitError

_DECIMAL = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+)(?:\.\d*)?$|[+-]?\.\d+$")
_RATIO = re.compile(r"([+-]?\d+)\s*/\s*([+-]?\d+)$")
_FRAC = re.compile(r"([+-]?)\s*\\frac\s*\{\s*([+-]?\d+)\s*\}\s*\{\s*([+-]?\d+)\s*\}$")
_SCIENTIFIC = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+))[eE]([+-]?\d{1,6})$")


def plain_number(text: str) -> Fraction | None:
    """The exact value of a plainly written number, or None where the text is anything else. Raises LimitError on too many digits."""
    if len(text) > MAX_DIGITS:
        if text.lstrip("+-").replace(",", "").replace(".", "").isdigit():
            raise LimitError(f"a number of {len(text)} characters, at most {MAX_DIGITS} are read")
        return None
    if not text or not text.isascii():
        return None
    if _DECIMAL.match(text):
        return _decimal(text.replace(",", "").replace(" ", ""))
    if found := _RATIO.match(text):
        return None if int(found[2]) == 0 else Fraction(int(found[1]), int(found[2]))
    if found := _FRAC.match(text):
        return None if int(found[3]) == 0 else Fraction(int(found[1] + "1") * int(found[2]), int(found[3]))
    if found := _SCIENTIFIC.match(text):
        power = int(found[2])
        if abs(power) * 3.33 > MAX_BITS:
            raise LimitError(f"the power of ten {power}")
        return _decimal(found[1]) * Fraction(10) ** power
    return None


def _decimal(text: str) -> Fraction:
    whole, _, part = text.partition(".")
    return Fraction(int(whole + part), 10 ** len(part)) if part else Fraction(int(whole))


_BARRED = re.compile(r"(?<![\d.])(\d{0,20})\.(\d{0,20})\s?\\(?:overline|bar|dot|overset\{\.\})\s?\{?\s?(\d{1,20})\s?\}?(?!\d)")
_DOTTED = re.compile(r"(?<![\d.])(\d{0,9})\.(\d{0,9}?)(\d{1,6}?)\3{2,9}\s?(?:\.\.\.|\\ldots|\\dots)(?!\d)")


def repeating_decimals(text: str) -> str:
    r"""The text with `0.1\overline{6}` and `0.1666...` (a period shown three times) as exact fractions. Work per match is bounded by its length."""
    return _DOTTED.sub(_period, _BARRED.sub(_period, text))


def _period(match: re.Match[str]) -> str:
    whole, fixed, period = match[1], match[2], match[3]
    scale = 10 ** len(fixed)
    value = Fraction(int((whole + fixed) or "0"), scale) + Fraction(int(period), scale * (10 ** len(period) - 1))
    return f"(\\frac{{{value.numerator}}}{{{value.denominator}}})"
