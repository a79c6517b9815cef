r"""Units that follow a number, clock times, and money: what may stand beside a value without being part of it.

`marked` rewrites a plain trailing unit (`10 cm^2`, `10weeks`) as `10 \text{cm}^2`, the form in which the comparison treats it as a unit.
"""

import re

_UNIT_NAMES = """
    m cm mm km nm um in ft yd mi mile miles inch inches foot feet yard yards meter meters metre metres kilometers kilometer
    centimeters centimeter g kg mg lb lbs oz gram grams kilogram kilograms pound pounds ounce ounces ton tons s sec secs second
    seconds min mins minute minutes h hr hrs hour hours day days week weeks month months year years ms ml liter liters litre litres
    gallon gallons mph kph degree degrees radian radians dollar dollars cent cents euro euros yuan rupees usd unit units sq square
    cubic percent people students ways apples hz pa kpa mol times items points coins books pages marbles balls cards tickets pieces
"""
_UNITS = frozenset(_UNIT_NAMES.split())
_TRAILING = re.compile(r"(.*[\d})])\s*((?:[A-Za-z]{1,14}[. /]{0,2}){1,4})(\^\s*(?:\{\s*\d\s*\}|\d))?$", re.DOTALL)
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(?:\\text\s*\{)?\s*([AaPp])?\.?\s*(?:[Mm]\.?)?\s*\}?$")
_MAX_CHARS = 400


def marked(text: str) -> str | None:
    r"""The text with a trailing plain unit as \text, "percent" as a sign, a leading "x is" dropped; None where there is no unit."""
    if len(text) > _MAX_CHARS:
        return None
    found = _TRAILING.match(text)
    if found is None:
        return None
    words = found[2].replace(".", " ").replace("/", " ").split()
    if not words or any(w.lower() not in _UNITS for w in words):
        return None
    if words == ["percent"]:
        return found[1] + "%"
    if words[0] in ("degree", "degrees"):
        return found[1] + "^\\circ"
    return f"{found[1]} \\text{{{''.join(words)}}}{found[3] or ''}"


def clock(text: str) -> tuple[int, int, int] | None:
    """(hour, minute, second) of a time of day such as `8:34 P.M.` or `20:34`; None for anything else, ratios like `20:3` included."""
    found = _CLOCK.match(text) if len(text) < 40 else None
    if found is None:
        return None
    hour, half = int(found[1]), (found[4] or "").lower()
    if hour > 24 or int(found[2]) > 59:
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(found[2]), int(found[3] or 0)
