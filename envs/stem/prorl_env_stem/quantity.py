"""Physical quantities: a number and a unit, read from text and compared by dimension and relative tolerance.

The answer is converted into the gold's unit and compared there: |answer - gold| <= rtol * |gold|. Without a stated tolerance it is 1e-2, and
exact for a unitless whole number (a count). A bare number counts only where the problem has given the unit away (`unit_required` false).
"""

import re
from dataclasses import dataclass

from prorl_env_stem.number import LimitError, read_number, tidy
from prorl_env_stem.units import Unit, parse_unit, worth

DEFAULT_RTOL = 1e-2
SLACK = 1e-9
"""Relative room for the rounding of binary floating point."""
_LEAD = re.compile(r"^(?:[≈≃~]|approximately |about |approx\.? )\s?")
_EQUALS = re.compile(r"=|≈|≃|\\approx|\\simeq")


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A value and the readings of its unit; `bare` where no unit was written."""

    value: float
    units: tuple[Unit, ...]
    bare: bool
    text: str


def parse_quantity(text: str) -> Quantity | None:
    """The quantity that the whole text states, as in `F = 1.2e3 N`; None where it states none, or more than one. Raises LimitError."""
    text = tidy(text)
    parts = _EQUALS.split(text)
    text = _LEAD.sub("", parts[-1].strip()).rstrip(".;,").strip()
    if text[:1] == "(" and text.endswith(")") and text.count("(") == 1:
        text = text[1:-1].strip()
    number = read_number(text)
    if number is None:
        return None
    rest = text[number.length :].strip()
    if rest.startswith("*") and rest != "*":
        rest = rest[1:].strip()
    units = parse_unit(rest)
    if not units:
        return None
    return Quantity(value=number.value, units=units, bare=not rest, text=text)


def gold_quantity(answer: str, unit: str) -> Quantity | None:
    """The gold: its own unit, or `unit` where it carries none. None where it cannot be read; that is the task's fault."""
    try:
        gold = parse_quantity(answer)
        if gold is None or not gold.bare or not unit:
            return gold
        units = parse_unit(tidy(unit))
    except LimitError:
        return None
    return Quantity(value=gold.value, units=units[:1], bare=False, text=f"{gold.text} {unit}") if units else None


def compare(gold: Quantity, answer: Quantity, *, rtol: float | None, atol: float = 0.0, unit_required: bool = True) -> str:
    """ "equal", "different", "dimension" or "no_unit"."""
    unit = gold.units[0]
    if rtol is None:
        rtol = 0.0 if not unit.factors and gold.value == int(gold.value) else DEFAULT_RTOL
    if answer.bare and not unit.is_plain:
        if unit_required:
            return "no_unit"
        return _near(gold.value, answer.value, rtol, atol)
    if unit in answer.units:
        return _near(gold.value, answer.value, rtol, atol)
    wanted = worth(unit)
    for reading in answer.units:
        given = worth(reading)
        if given.dimension == wanted.dimension:
            value = (answer.value * given.scale + given.offset - wanted.offset) / wanted.scale
            return _near(gold.value, value, rtol, atol)
    return "dimension"


def _near(gold: float, value: float, rtol: float, atol: float) -> str:
    return "equal" if abs(value - gold) <= max(rtol * abs(gold), atol) + SLACK * abs(gold) else "different"
