"""Units: a small reader for products and quotients of the table's words, and what such a unit is worth.

The reader accepts `m/s^2`, `m/s2`, `m s^-2`, `kJ mol-1`, `J/(kg K)`, `metres per second`, `°C`. Only words of the table pass, with integer
exponents up to 6. No library sees the text: pint, the usual choice, evaluates expressions in its parser, so that `m^m^m` or a tower of powers
would be worked out; here it is a word that is not in the table.
"""

import functools
import re
from typing import NamedTuple

from prorl_env_stem import unit_table as table

MAX_POWER = 6
MAX_FACTORS = 8

_CELSIUS = {"°C", "degC", "celsius", "Celsius", "degreeCelsius", "°Celsius", "°celsius"}
_FAHRENHEIT = {"°F", "degF", "fahrenheit", "Fahrenheit", "°Fahrenheit"}
_SPELLED_DEGREES = re.compile(r"\bdeg(?:ree)?s? ?(?=[CFK]\b|[Cc]elsius|[Ff]ahrenheit|[Kk]elvin)|(?<=°) (?=[CFK]\b)")
_KELVIN = re.compile(r"°\s?(?=[Kk](?:elvin)?\b)")
_Factors = tuple[tuple[str, int], ...]


def _symbols() -> dict[str, tuple[float, _Factors]]:
    """Symbol or name to (factor, powers of canonical names); an earlier entry wins over a prefixed reading of the same letters."""
    found: dict[str, tuple[float, _Factors]] = dict.fromkeys(table.COUNTED, (1.0, ()))
    found |= table.JOINED | {name: (1.0, ((base, 1),)) for name, base in table.PLAIN.items()}
    for prefix, factor in table.PREFIXES.items():
        for symbol, base in table.PREFIXED.items():
            found.setdefault(prefix + symbol, (factor, ((base, 1),)))
    for prefix, factor in table.PREFIX_WORDS.items():
        for word, base in table.WORDS.items():
            found.setdefault(prefix + word, (factor, ((base, 1),)))
    return found | dict.fromkeys(_CELSIUS, (1.0, (("degC", 1),))) | dict.fromkeys(_FAHRENHEIT, (1.0, (("degF", 1),)))


SYMBOLS = _symbols()


class Unit(NamedTuple):
    """A product of powers: `factor` times each canonical unit to its power. `factors` is sorted, so equal units are equal tuples."""

    factor: float
    factors: _Factors

    @property
    def is_plain(self) -> bool:
        """True where it is the number one."""
        return not self.factors and self.factor == 1.0


_TOKEN = re.compile(
    r"\s*(?:(?P<word>[A-Za-zΩÅℓ°%]+)|(?P<power>\^\s?(?:\{\s?[+-]?\d{1,4}\s?\}|\([+-]?\d{1,4}\)|[+-]?\d{1,4})|[+-]\d{1,4}|(?<=[A-Za-zΩÅ])\d{1,4}|1(?=\s?/))|(?P<sign>[*/()]))"
)
_POWER_WORDS = {"squared": 2, "cubed": 3}
_AHEAD_WORDS = {"square": 2, "cubic": 3, "sq": 2, "cu": 3}
_Factor = tuple[float, _Factors, int]


@functools.lru_cache(maxsize=1024)
def parse_unit(text: str) -> tuple[Unit, ...]:
    """The readings of a tidied unit text, none where it is not a unit of the table.

    `J/kg*K` has two readings, as written (K above) and as most people mean it (K below); the caller takes the one whose dimension fits.
    """
    text = _SPELLED_DEGREES.sub(lambda m: "" if m[0] == " " else "°", text.strip())
    text = _KELVIN.sub("", text)
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
        if token in ("/", "per", "a") and not grouped and (token != "a" or segments[-1]):
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
    return _unit(above + [(s, n, -p) for s, n, p in below])


def _unit(factors: list[_Factor]) -> Unit:
    scale = 1.0
    powers: dict[str, int] = {}
    for factor, names, power in factors:
        scale *= factor**power
        for name, inner in names:
            powers[name] = powers.get(name, 0) + inner * power
    return Unit(scale, tuple(sorted((n, p) for n, p in powers.items() if p)))


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
    """What a unit is worth in base units: `value * scale + offset`, and its dimension over `unit_table.AXES`."""

    scale: float
    offset: float
    dimension: table.Dimension


_ZERO_POINTS = {("degC", 1): (1.0, 273.15), ("degF", 1): (5 / 9, 273.15 - 32 * 5 / 9)}
_DEGREES = {"degC": 1.0, "degF": 5 / 9}
_KELVINS = table.BASES["kelvin"].dimension


@functools.lru_cache(maxsize=4096)
def worth(unit: Unit, *, difference: bool = False) -> Worth:
    """The unit in base units. A temperature scale counts with its zero point only where it stands alone and no difference is meant."""
    if len(unit.factors) == 1 and unit.factors[0] in _ZERO_POINTS and not difference:
        scale, offset = _ZERO_POINTS[unit.factors[0]]
        return Worth(scale, offset, _KELVINS)
    scale = unit.factor
    dimension = table.NONE
    for name, power in unit.factors:
        one, axes = (_DEGREES[name], _KELVINS) if name in _DEGREES else table.BASES[name][:2]
        scale *= one**power
        dimension = tuple(a + b * power for a, b in zip(dimension, axes, strict=True))
    return Worth(scale, 0.0, dimension)
