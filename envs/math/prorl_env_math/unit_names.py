"""The units that mathematical answers carry, each as a factor and a product of base dimensions. Data only; `units` reads and compares them."""

from fractions import Fraction

_BASE = """
    length m meter metre
    length*1/1000 mm millimeter millimetre
    length*1/100 cm centimeter centimetre
    length*1/10 dm decimeter decimetre
    length*1000 km kilometer kilometre
    length*127/5000 in inch inche
    length*381/1250 ft foot feet
    length*1143/1250 yd yard
    length*201168/125 mi mile
    mass g gram gm
    mass*1/1000 mg milligram
    mass*1000 kg kilogram kilo
    mass*1000000 tonne
    mass*45359237/100000 lb lbs pound
    mass*45359237/1600000 oz ounce
    mass*45359237/50 ton
    time s sec second
    time*1/1000 ms millisecond
    time*60 min minute
    time*3600 h hr hour
    time*86400 day
    time*604800 week
    month month
    month*12 year yr
    money dollar usd buck
    money*1/100 cent penny pennie
    euro euro eur
    yuan yuan rmb
    rupee rupee rs inr
    angle*1/180 degree deg
    radian radian rad
    celsius degc celsius
    fahrenheit degf fahrenheit
    temperature kelvin
    amount mol mole
    force newton
    pressure pa pascal
    pressure*1000 kpa
    energy joule
    energy*1000 kj kilojoule
    power watt
    power*1000 kw kilowatt
    voltage volt
    frequency hz hertz
"""
_VOLUMES = {
    "l": Fraction(1, 1000),
    "liter": Fraction(1, 1000),
    "litre": Fraction(1, 1000),
    "ml": Fraction(1, 10**6),
    "milliliter": Fraction(1, 10**6),
    "millilitre": Fraction(1, 10**6),
    "cc": Fraction(1, 10**6),
}
_SPEEDS = {
    "mph": Fraction(201168, 125 * 3600),
    "kph": Fraction(1000, 3600),
    "kmph": Fraction(1000, 3600),
    "kmh": Fraction(1000, 3600),
    "fps": Fraction(381, 1250),
}

Dimensions = tuple[tuple[str, int], ...]


def _table() -> dict[str, tuple[Fraction, Dimensions]]:
    out: dict[str, tuple[Fraction, Dimensions]] = {}
    for line in _BASE.strip().splitlines():
        kind, *names = line.split()
        dimension, _, factor = kind.partition("*")
        for name in names:
            out[name] = (Fraction(factor or 1), ((dimension, 1),))
    out.update({name: (factor, (("length", 3),)) for name, factor in _VOLUMES.items()})
    out.update({name: (factor, (("length", 1), ("time", -1))) for name, factor in _SPEEDS.items()})
    return out


UNITS = _table()
"""Unit name, singular and in lower case, to (factor to the base unit, dimensions)."""
_PARTS = {"halve": 2, "third": 3, "fifth": 5, "sixth": 6, "eighth": 8, "tenth": 10, "hundredth": 10**2, "thousandth": 10**3, "millionth": 10**6}
_MANY = {"ten": 10, "hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12, "dozen": 12}
MULTIPLIERS = {word: Fraction(n) for word, n in _MANY.items()} | {word: Fraction(1, n) for word, n in _PARTS.items()}
"""Words that multiply the number before them."""
_NEUTRAL_WORDS = "unit units each of the a an in about approximately exactly total altogether so only away apart long high wide old"
NEUTRAL = frozenset(_NEUTRAL_WORDS.split())
"""Words that say nothing about the quantity."""
_PREVENTING_WORDS = """
    squared cubed factorial minus plus divided over choose base half root power remainder negative and but not less more than or either
    maybe wrong incorrect mod modulo double twice triple to from between below above greater fewer except without is are sin cos tan
    log exp sqrt least most under up no unless if except any all nearly almost
"""
PREVENTING = frozenset(_PREVENTING_WORDS.split())
"""Words that make a trailing phrase more than the name of what is counted."""
BOUNDING = frozenset({"or", "least", "most", "than", "not", "between"})
"""Words that make even a gold's number a bound and no value."""
