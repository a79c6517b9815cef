"""Physical quantities: a number and a unit, read from text and compared by dimension and tolerance.

The answer is converted into the gold's unit and compared there: |answer - gold| <= rtol * |gold|. Without a stated tolerance it is 1e-2, and
exact for a unitless whole number (a count). `figures` asks for agreement to that many significant figures instead. A bare number counts
only where the problem has given the unit away (`unit_required` false). Compound quantities (`5 ft 3 in`, `2 h 30 min`) are one value; an
uncertainty (`3.2 ± 0.1 m`) leaves its middle; a range, a list or two different values are no answer.
"""

import functools
import math
import re
from dataclasses import dataclass

from prorl_env_stem.formula import parse_formula, symbols_of, value_at
from prorl_env_stem.number import read_number
from prorl_env_stem.tidy import LimitError, tidy
from prorl_env_stem.units import MAX_FACTORS, Unit, parse_unit, worth

DEFAULT_RTOL = 1e-2
SLACK = 1e-9
"""Relative room for the rounding of binary floating point."""
CHAIN_ROOM = 0.05
"""Two values of one chain of equalities (`0.5 m = 50 cm`, `2/3 = 0.67`) may differ by so much, relatively."""
_LEAD = re.compile(r"^(?:[≈~]|approximately |approx\.? |about |roughly |around |ca\.? |circa |exactly )\s?", re.IGNORECASE)
_EQUALS = re.compile(r"[=≈]")
_HEDGE = re.compile(r"\b(?:or|and|to|either|maybe)\b|[;,]\s|[;,]$", re.IGNORECASE)
_QUOTIENT = re.compile(r"^\((?=[+-]?[\d.])([^()]*[A-Za-zΩ°%][^()]*)\)\s?/")
_PIECE = re.compile(r"\s*(?:,\s|\band\b|\s)?\s*(\d+(?:\.\d*)?|\.\d+)\s?([A-Za-z°]{1,12}|''|'|\"|′|″)")
_OF = re.compile(r"\s(?:of|for|above|below)\s(?!.*\b(?:or|and)\b)(?!.*\s\d)[\w\s()+-]{1,60}$")
"""What the quantity is of; another value or an alternative is not part of it."""
_SPECIES = re.compile(r"\s\(?(?:[A-Z][a-z]?\d{0,3}|\((?:[A-Z][a-z]?\d{0,3}){1,8}\)\d{0,3}){1,12}\)?(?:\((?:s|l|g|aq)\))?$")
_IRRATIONAL = re.compile(r"\\pi|π|\\sqrt|√|sqrt|\bpi\b")
_ARCS = {"'": "arcmin", "′": "arcmin", "''": "arcsec", '"': "arcsec", "″": "arcsec"}
_FEET = {"'": "ft", "′": "ft", "''": "in", '"': "in", "″": "in"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Quantity:
    """A value and the readings of its unit; `bare` where no unit was written."""

    value: float
    units: tuple[Unit, ...]
    bare: bool
    text: str
    figures: int = 0
    """Significant figures shown; 0 where the number is a fraction or a sum of units."""
    room: float = 0.0
    """The uncertainty that was written beside it, in the same unit."""


def parse_quantity(text: str) -> Quantity | None:
    """The quantity that the whole text states, as in `F = 1.2e3 N`; None where it states none, or more than one. Raises LimitError."""
    parts = [p.strip() for p in _EQUALS.split(tidy(text))]
    found = _whole(parts[-1])
    if found is None:
        return None
    for earlier in parts[:-1]:
        if _HEDGE.search(earlier):
            return None
        other = _whole(earlier) if earlier[:1].isdigit() or earlier[:1] in "-+.(" else None
        if other is not None and not _same_value(other, found):
            return None
    return found


def _same_value(one: Quantity, two: Quantity) -> bool:
    """Whether two members of a chain of equalities can both be meant; a bare intermediate number can."""
    if one.bare or two.bare:
        return True
    for a in one.units:
        for b in two.units:
            left, right = worth(a), worth(b)
            if left.dimension == right.dimension:
                first, second = one.value * left.scale + left.offset, two.value * right.scale + right.offset
                return abs(first - second) <= CHAIN_ROOM * max(abs(first), abs(second))
    return False


def _whole(text: str) -> Quantity | None:
    text = _LEAD.sub("", text).rstrip(".;,").strip()
    room = 0.0
    if "±" in text:
        stripped = _uncertain(text)
        if stripped is None:
            return None
        text, room = stripped
    text = _unwrapped(text)
    text = _QUOTIENT.sub(r"\1/", text)
    return _simple(text, room) or _compound(text) or _constant(text)


def _unwrapped(text: str) -> str:
    """The text without parentheses around all of it."""
    if text[:1] != "(" or text[-1:] != ")":
        return text
    depth = 0
    for i, char in enumerate(text):
        depth += (char == "(") - (char == ")")
        if depth == 0 and i < len(text) - 1:
            return text
    return text[1:-1].strip()


def _simple(text: str, room: float) -> Quantity | None:
    number = read_number(text)
    if number is None:
        return None
    rest = text[number.length :].strip()
    if rest.startswith("*") and rest != "*":
        rest = rest[1:].strip()
    units = parse_unit(rest)
    for trailing in (_OF, _SPECIES):
        units = units or (parse_unit(cut) if (cut := trailing.sub("", rest)) != rest and cut else ())
    if not units:
        return None
    return Quantity(value=number.value, units=units, bare=not rest, text=text, figures=number.figures, room=room)


def _uncertain(text: str) -> tuple[str, float] | None:
    """`3.2 ± 0.1 m` without its uncertainty, and that; None where there is no middle value or more than one sign."""
    before, _, after = text.partition("±")
    spread, middle = read_number(after.strip()), read_number(before.strip().lstrip("("))
    if spread is None or middle is None or "±" in after:
        return None
    rest = after.strip()[spread.length :]
    if rest.lstrip().startswith("%"):
        return f"{before.strip()} {rest.lstrip()[1:]}".strip(), abs(middle.value) * spread.value / 100
    if before.strip().lstrip("(")[middle.length :].strip() and not rest.startswith(")"):
        return before.strip(), spread.value  # the unit stands before the sign, and again behind it
    return f"{before.strip()}{'' if rest.startswith(')') else ' '}{rest}", spread.value


def _constant(text: str) -> Quantity | None:
    """A number written with roots or pi, and a unit: `2\\pi m/s`, `\\sqrt{3} A`."""
    if not _IRRATIONAL.search(text):
        return None
    cuts = [len(text), *(i for i, char in enumerate(text) if char == " ")][: MAX_FACTORS + 4]
    for cut in cuts:
        units = parse_unit(text[cut:].strip())
        nodes = parse_formula(text[:cut]) if units else None
        if nodes is not None and len(nodes) == 1 and symbols_of(nodes[0]) <= {"pi"}:
            value = value_at(nodes[0], 0)
            if value is not None and not value.imag:
                return Quantity(value=value.real, units=units, bare=cut == len(text), text=text)
    return None


def _compound(text: str) -> Quantity | None:
    """`5 ft 3 in`: two to four non-negative parts of one dimension, each unit smaller than the one before and not filling it."""
    sign, body = (-1.0, text[1:]) if text[:1] == "-" else (1.0, text)
    pieces: list[tuple[float, str]] = []
    at = 0
    while at < len(body) and len(pieces) < 5:
        match = _PIECE.match(body, at)
        if match is None:
            return None
        pieces.append((float(match[1]), match[2]))
        at = match.end()
    if not 2 <= len(pieces) <= 4:
        return None
    signs = _ARCS if pieces[0][1] == "°" else _FEET
    units = [parse_unit(signs.get(word, word))[:1] for _, word in pieces]
    if not all(units):
        return None
    worths = [worth(u[0]) for u in units]
    total = 0.0
    for i, ((value, _), one) in enumerate(zip(pieces, worths, strict=True)):
        if one.dimension != worths[0].dimension or one.offset or (i and not value * one.scale < worths[i - 1].scale):
            return None
        total += value * one.scale
    return Quantity(value=sign * total / worths[0].scale, units=units[0], bare=False, text=text)


@functools.lru_cache(maxsize=2048)
def gold_quantity(answer: str, unit: str) -> Quantity | None:
    """The gold: its own unit, or `unit` where it carries none. None where it cannot be read; that is the task's fault."""
    try:
        gold = parse_quantity(answer)
        if gold is None or not gold.bare or not unit:
            return gold
        units = parse_unit(tidy(unit))
    except LimitError:
        return None
    if not units:
        return None
    return Quantity(value=gold.value, units=units[:1], bare=False, text=f"{gold.text} {unit}", figures=gold.figures, room=gold.room)


def compare(
    gold: Quantity,
    answer: Quantity,
    *,
    rtol: float | None = None,
    atol: float = 0.0,
    figures: int | None = None,
    unit_required: bool = True,
    difference: bool = False,
) -> str:
    """ "equal", "different", "dimension" or "no_unit". `difference`: a temperature difference, so that 5 °C is 5 K."""
    unit = gold.units[0]
    atol = max(atol, gold.room)
    if figures is not None:
        rtol, atol = 0.0, max(atol, half_step(gold.value, figures))
    elif rtol is None:
        rtol = 0.0 if not unit.factors and gold.value == int(gold.value) else DEFAULT_RTOL
    if answer.bare and not unit.is_plain:
        return _near(gold.value, answer.value, rtol, atol) if not unit_required else "no_unit"
    if unit in answer.units:
        return _near(gold.value, answer.value, rtol, atol)
    wanted = worth(unit, difference=difference)
    for reading in answer.units:
        given = worth(reading, difference=difference)
        if given.dimension == wanted.dimension:
            value = (answer.value * given.scale + given.offset - wanted.offset) / wanted.scale
            return _near(gold.value, value, rtol, atol)
    return "dimension"


def half_step(value: float, figures: int) -> float:
    """Half a unit in the last of so many significant figures of `value`."""
    return 0.5 * 10.0 ** (math.floor(math.log10(abs(value))) - figures + 1) if value else 0.0


def _near(gold: float, value: float, rtol: float, atol: float) -> str:
    return "equal" if abs(value - gold) <= max(rtol * abs(gold), atol) + SLACK * abs(gold) else "different"
