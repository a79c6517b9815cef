"""Units: a static table of symbols and names, a small reader for products and quotients of them, and pint for what each one is worth.

The reader accepts `m/s^2`, `m/s2`, `m s^-2`, `kJ mol-1`, `J/(kg K)`, `metres per second`, `°C`. Only words of the table pass, with integer
exponents up to 6; pint sees names from the table and never the text, because its own parser evaluates expressions. pint is imported on the
first conversion only: two equal spellings never need it.
"""

import functools
import re
from typing import Any, NamedTuple

MAX_POWER = 6
MAX_FACTORS = 8

_PREFIXES = {
    "": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "h": 1e2, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
_PREFIX_WORDS = {
    "": 1.0, "femto": 1e-15, "pico": 1e-12, "nano": 1e-9, "micro": 1e-6, "milli": 1e-3, "centi": 1e-2, "deci": 1e-1, "hecto": 1e2, "kilo":
    1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12,
}  # fmt: skip
_PREFIXED = {
    "m": "meter", "g": "gram", "s": "second", "A": "ampere", "K": "kelvin", "mol": "mole", "N": "newton", "J": "joule", "W": "watt", "Pa":
    "pascal", "V": "volt", "Ω": "ohm", "ohm": "ohm", "Hz": "hertz", "C": "coulomb", "F": "farad", "T": "tesla", "Wb": "weber", "H": "henry",
    "Bq": "becquerel", "Gy": "gray", "Sv": "sievert", "L": "liter", "l": "liter", "eV": "electron_volt", "cal": "calorie", "bar": "bar",
    "M": "molar", "Da": "dalton", "Wh": "watt_hour", "lm": "lumen", "S": "siemens",
}  # fmt: skip
_PLAIN = {
    "min": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "day": "day", "week": "week", "yr": "year", "y": "year", "year":
    "year", "sec": "second", "secs": "second", "mins": "minute", "minute": "minute", "hour": "hour", "month": "month", "mi": "mile", "mile":
    "mile", "ft": "foot", "foot": "foot", "feet": "foot", "inch": "inch", "inches": "inch", "yd": "yard", "yard": "yard", "lb": "pound",
    "lbs": "pound", "oz": "ounce", "mph": "mile_per_hour", "kph": "kilometer_per_hour", "kmh": "kilometer_per_hour", "atm": "atmosphere",
    "atmosphere": "atmosphere", "mmHg": "mmHg", "torr": "torr", "Torr": "torr", "psi": "psi", "rad": "radian", "radian": "radian", "deg":
    "degree", "degree": "degree", "°": "degree", "rpm": "revolutions_per_minute", "u": "dalton", "amu": "dalton", "Å": "angstrom",
    "angstrom": "angstrom", "ha": "hectare", "cc": "cubic_centimeter", "tonne": "metric_ton", "t": "metric_ton", "percent": "percent", "%":
    "percent", "ppm": "ppm",
    "Nm": "newton * meter", "Ns": "newton * second", "Ah": "ampere * hour", "kgm": "kilogram * meter", "kgK": "kilogram * kelvin",
    "gK": "gram * kelvin", "molK": "mole * kelvin",
}  # fmt: skip
_WORDS = {
    "meter": "meter", "metre": "meter", "gram": "gram", "second": "second", "ampere": "ampere", "amp": "ampere", "kelvin": "kelvin", "mole":
    "mole", "newton": "newton", "joule": "joule", "watt": "watt", "pascal": "pascal", "volt": "volt", "ohm": "ohm", "hertz": "hertz",
    "coulomb": "coulomb", "farad": "farad", "tesla": "tesla", "weber": "weber", "henry": "henry", "liter": "liter", "litre": "liter",
    "calorie": "calorie", "molar": "molar", "electronvolt": "electron_volt", "dalton": "dalton", "becquerel": "becquerel",
}  # fmt: skip
_COUNTED = (
    "cfu", "CFU", "cell", "colony", "colonies", "bacterium", "bacteria", "individual", "organism", "rabbit", "fish", "neutron", "proton",
    "electron", "plant", "offspring", "chromosome", "time", "x", "beat", "people", "atom"
)  # fmt: skip
_CELSIUS = {"°C", "degC", "celsius", "Celsius", "degreeCelsius", "°Celsius"}
_FAHRENHEIT = {"°F", "degF", "fahrenheit", "Fahrenheit", "°Fahrenheit"}
_SPELLED_DEGREES = re.compile(r"\bdeg(?:ree)?s? ?(?=[CF]\b|[Cc]elsius|[Ff]ahrenheit)|(?<=°) (?=[CF]\b)")


def _symbols() -> dict[str, tuple[float, str]]:
    """Symbol or name to (factor, pint's name); an earlier entry wins over a prefixed reading of the same letters."""
    table: dict[str, tuple[float, str]] = dict.fromkeys(_COUNTED, (1.0, ""))
    table |= {name: (1.0, pint_name) for name, pint_name in _PLAIN.items()}
    for prefix, factor in _PREFIXES.items():
        for symbol, pint_name in _PREFIXED.items():
            table.setdefault(prefix + symbol, (factor, pint_name))
    for prefix, factor in _PREFIX_WORDS.items():
        for word, pint_name in _WORDS.items():
            table.setdefault(prefix + word, (factor, pint_name))
    for name in _CELSIUS | _FAHRENHEIT:
        table[name] = (1.0, "degC" if name in _CELSIUS else "degF")
    return table


SYMBOLS = _symbols()


class Unit(NamedTuple):
    """A product of powers: `factor` times each pint name to its power. `factors` is sorted, so equal units are equal tuples."""

    factor: float
    factors: tuple[tuple[str, int], ...]

    @property
    def is_plain(self) -> bool:
        """True where it is the number one."""
        return not self.factors and self.factor == 1.0


_TOKEN = re.compile(r"\s*(?:(?P<word>[A-Za-zΩÅ°%]+)|(?P<power>\^?\s?(?:\{\s?[+-]?\d{1,4}\s?\}|\([+-]?\d{1,4}\)|[+-]?\d{1,4}))|(?P<sign>[*/()]))")
_POWER_WORDS = {"squared": 2, "cubed": 3}
_AHEAD_WORDS = {"square": 2, "cubic": 3}
_Factor = tuple[float, str, int]


def parse_unit(text: str) -> tuple[Unit, ...]:
    """The readings of a tidied unit text, none where it is not a unit of the table.

    `J/kg*K` has two readings, as written (K above) and as most people mean it (K below); the caller takes the one whose dimension fits.
    """
    text = _SPELLED_DEGREES.sub(lambda m: "" if m[0] == " " else "°", text.strip())
    if text in ("", "*", "x"):
        return (Unit(1.0, ()),)
    segments = _segments(text)
    readings = () if segments is None else (_read(segments, sticky=False), _read(segments, sticky=True))
    return tuple(dict.fromkeys(r for r in readings if r is not None))


def _segments(text: str) -> list[list[str]] | None:
    """The tokens, split at the bars outside parentheses; None where a character is no part of a unit."""
    segments: list[list[str]] = [[]]
    at, grouped = 0, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return None
        token, at = match[0].strip(), match.end()
        if token in "()":
            if grouped == (token == "("):
                return None
            grouped = not grouped
        if token in ("/", "per") and not grouped:
            segments.append([])
        else:
            segments[-1].append(token)
    return None if grouped else segments


def _read(segments: list[list[str]], *, sticky: bool) -> Unit | None:
    """The unit: a bar puts the next factor or group below, or (`sticky`) everything after it."""
    head, *bars = segments
    if head[:1] == ["("] and head.index(")") == len(head) - 1:
        head = head[1:-1]
    above = _product([] if head == ["1"] and bars else head)
    below: list[_Factor] = []
    for segment in bars:
        group = segment.index(")") if segment[:1] == ["("] else 0
        under = _product(segment[1:group] if group else segment)
        after = _product(segment[group + 1 :]) if group else []
        if above is None or under is None or after is None or not under:
            return None
        if not group:
            under, after = under[:1], under[1:]
        below += under + (after if sticky else [])
        above = above + ([] if sticky else after)
    if above is None or not 0 < len(above) + len(below) <= MAX_FACTORS:
        return None
    factor = 1.0
    powers: dict[str, int] = {}
    for scale, name, power in above + [(s, n, -p) for s, n, p in below]:
        factor *= scale**power
        if name:
            powers[name] = powers.get(name, 0) + power
    return Unit(factor, tuple(sorted((n, p) for n, p in powers.items() if p)))


def _product(tokens: list[str]) -> list[_Factor] | None:
    """The factors of a product without bars and parentheses; None where a word is not in the table or a power is out of bounds."""
    factors: list[_Factor] = []
    ahead = 1
    can_raise = False
    for token in tokens:
        power = _POWER_WORDS.get(token) or (int(re.sub(r"[^0-9-]", "", token)) if any(c.isdigit() for c in token) else None)
        if token == "*":
            can_raise = False
        elif token in _AHEAD_WORDS:
            ahead, can_raise = _AHEAD_WORDS[token], False
        elif power is None:
            entry = SYMBOLS.get(token) or (SYMBOLS.get(token[:-1]) if token.endswith("s") and len(token) > 3 else None)
            if entry is None:
                return None
            factors.append((*entry, ahead))
            ahead, can_raise = 1, True
        elif can_raise and 1 <= abs(power) <= MAX_POWER and abs(factors[-1][2]) == 1:
            factors[-1] = (*factors[-1][:2], power)
            can_raise = False
        else:
            return None
    return None if ahead != 1 else factors


class Worth(NamedTuple):
    """What a unit is worth in base units: `value * scale + offset`, and its dimension."""

    scale: float
    offset: float
    dimension: tuple[tuple[str, float], ...]


_ZERO_POINTS = {("degC", 1): (1.0, 273.15), ("degF", 1): (5 / 9, 273.15 - 32 * 5 / 9)}


@functools.lru_cache(maxsize=4096)
def worth(unit: Unit) -> Worth:
    """The unit in base units, by pint. A temperature scale counts with its zero point only where it stands alone."""
    if len(unit.factors) == 1 and unit.factors[0] in _ZERO_POINTS:
        scale, offset = _ZERO_POINTS[unit.factors[0]]
        return Worth(scale, offset, _base("kelvin").dimension)
    scale = unit.factor
    dimension: dict[str, float] = {}
    for name, power in unit.factors:
        one = _base({"degC": "delta_degC", "degF": "delta_degF"}.get(name, name))
        scale *= one.scale**power
        for axis, exponent in one.dimension:
            dimension[axis] = dimension.get(axis, 0.0) + exponent * power
    return Worth(scale, 0.0, tuple(sorted((a, e) for a, e in dimension.items() if e)))


@functools.lru_cache(maxsize=512)
def _base(name: str) -> Worth:
    """One pint unit of the table in base units."""
    quantity: Any = _registry().Quantity(1.0, name).to_base_units()
    dimension = tuple(sorted((str(axis), float(power)) for axis, power in dict(quantity.dimensionality).items()))
    return Worth(float(quantity.magnitude), 0.0, dimension)


@functools.cache
def _registry() -> Any:
    import pint

    registry: Any = pint.UnitRegistry()  # pyright: ignore[reportUnknownVariableType]
    return registry
