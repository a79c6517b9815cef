"""What each unit is worth: symbols and names to a factor and a dimension, all static.

A dimension is a tuple of exponents over `AXES`. A test compares every entry with pint, which knows the definitions from elsewhere; at run
time nothing is imported and nothing is parsed by a library that evaluates text.
"""

from typing import NamedTuple

AXES = ("kg", "m", "s", "A", "K", "mol", "cd")
Dimension = tuple[int, ...]


class Base(NamedTuple):
    """A unit in SI base units, and its name in pint, which the tests use to check it."""

    scale: float
    dimension: Dimension
    pint: str


def _dim(kg: int = 0, m: int = 0, s: int = 0, ampere: int = 0, kelvin: int = 0, mol: int = 0, cd: int = 0) -> Dimension:
    return (kg, m, s, ampere, kelvin, mol, cd)


NONE = _dim()
_LENGTH, _AREA, _VOLUME, _TIME, _MASS = _dim(m=1), _dim(m=2), _dim(m=3), _dim(s=1), _dim(kg=1)
_SPEED, _RATE, _FORCE = _dim(m=1, s=-1), _dim(s=-1), _dim(kg=1, m=1, s=-2)
_ENERGY, _POWER, _PRESSURE = _dim(kg=1, m=2, s=-2), _dim(kg=1, m=2, s=-3), _dim(kg=1, m=-1, s=-2)
_DOSE, _CHARGE = _dim(m=2, s=-2), _dim(s=1, ampere=1)
_VOLT = _dim(kg=1, m=2, s=-3, ampere=-1)

BASES: dict[str, Base] = {
    "meter": Base(1, _LENGTH, "meter"), "gram": Base(1e-3, _MASS, "gram"), "second": Base(1, _TIME, "second"),
    "ampere": Base(1, _dim(ampere=1), "ampere"), "kelvin": Base(1, _dim(kelvin=1), "kelvin"), "mole": Base(1, _dim(mol=1), "mole"),
    "candela": Base(1, _dim(cd=1), "candela"), "newton": Base(1, _FORCE, "newton"), "joule": Base(1, _ENERGY, "joule"),
    "watt": Base(1, _POWER, "watt"), "pascal": Base(1, _PRESSURE, "pascal"), "volt": Base(1, _VOLT, "volt"),
    "ohm": Base(1, _dim(kg=1, m=2, s=-3, ampere=-2), "ohm"), "siemens": Base(1, _dim(kg=-1, m=-2, s=3, ampere=2), "siemens"),
    "hertz": Base(1, _RATE, "hertz"), "coulomb": Base(1, _CHARGE, "coulomb"), "farad": Base(1, _dim(kg=-1, m=-2, s=4, ampere=2), "farad"),
    "tesla": Base(1, _dim(kg=1, s=-2, ampere=-1), "tesla"), "gauss": Base(1e-4, _dim(kg=1, s=-2, ampere=-1), "1e-4 tesla"),
    "weber": Base(1, _dim(kg=1, m=2, s=-2, ampere=-1), "weber"), "henry": Base(1, _dim(kg=1, m=2, s=-2, ampere=-2), "henry"),
    "becquerel": Base(1, _RATE, "becquerel"), "curie": Base(3.7e10, _RATE, "curie"), "gray": Base(1, _DOSE, "gray"),
    "sievert": Base(1, _DOSE, "sievert"), "katal": Base(1, _dim(s=-1, mol=1), "katal"), "lumen": Base(1, _dim(cd=1), "lumen"),
    "lux": Base(1, _dim(m=-2, cd=1), "lux"), "liter": Base(1e-3, _VOLUME, "liter"), "molar": Base(1e3, _dim(m=-3, mol=1), "molar"),
    "electron_volt": Base(1.602176634e-19, _ENERGY, "electron_volt"), "calorie": Base(4.184, _ENERGY, "calorie"),
    "erg": Base(1e-7, _ENERGY, "erg"), "btu": Base(1055.05585262, _ENERGY, "british_thermal_unit"), "watt_hour": Base(3600, _ENERGY, "watt_hour"),
    "hartree": Base(4.3597447222059776e-18, _ENERGY, "hartree"), "horsepower": Base(745.6998715822701, _POWER, "horsepower"),
    "bar": Base(1e5, _PRESSURE, "bar"), "atmosphere": Base(101325, _PRESSURE, "atmosphere"), "mmHg": Base(133.322387415, _PRESSURE, "mmHg"),
    "torr": Base(101325 / 760, _PRESSURE, "torr"), "psi": Base(6894.757293168361, _PRESSURE, "psi"),
    "dyne": Base(1e-5, _FORCE, "dyne"), "pound_force": Base(4.4482216152605, _FORCE, "pound_force"),
    "kilogram_force": Base(9.80665, _FORCE, "kilogram_force"),
    "dalton": Base(1.66053906892e-27, _MASS, "dalton"), "tonne": Base(1000, _MASS, "metric_ton"), "pound": Base(0.45359237, _MASS, "pound"),
    "ounce": Base(0.028349523125, _MASS, "ounce"), "minute": Base(60, _TIME, "minute"), "hour": Base(3600, _TIME, "hour"),
    "day": Base(86400, _TIME, "day"), "week": Base(604800, _TIME, "week"), "month": Base(2629800, _TIME, "month"),
    "year": Base(31557600, _TIME, "year"), "mile": Base(1609.344, _LENGTH, "mile"), "foot": Base(0.3048, _LENGTH, "foot"),
    "inch": Base(0.0254, _LENGTH, "inch"), "yard": Base(0.9144, _LENGTH, "yard"), "angstrom": Base(1e-10, _LENGTH, "angstrom"),
    "light_year": Base(9460730472580800, _LENGTH, "light_year"), "parsec": Base(3.0856775814913673e16, _LENGTH, "parsec"),
    "astronomical_unit": Base(149597870700, _LENGTH, "astronomical_unit"), "nautical_mile": Base(1852, _LENGTH, "nautical_mile"),
    "hectare": Base(1e4, _AREA, "hectare"), "barn": Base(1e-28, _AREA, "barn"), "cubic_centimeter": Base(1e-6, _VOLUME, "cubic_centimeter"),
    "gallon": Base(3.785411784e-3, _VOLUME, "gallon"), "quart": Base(9.46352946e-4, _VOLUME, "quart"),
    "knot": Base(1852 / 3600, _SPEED, "knot"), "poise": Base(0.1, _dim(kg=1, m=-1, s=-1), "poise"),
    "stokes": Base(1e-4, _dim(m=2, s=-1), "stokes"), "debye": Base(3.33564095198152e-30, _dim(m=1, s=1, ampere=1), "debye"),
    "radian": Base(1, NONE, "radian"), "degree": Base(0.017453292519943295, NONE, "degree"),
    "arcminute": Base(0.017453292519943295 / 60, NONE, "arcminute"), "arcsecond": Base(0.017453292519943295 / 3600, NONE, "arcsecond"),
    "rpm": Base(0.10471975511965977, _RATE, "revolutions_per_minute"), "percent": Base(0.01, NONE, "percent"),
    "ppm": Base(1e-6, NONE, "ppm"), "ppb": Base(1e-9, NONE, "1e-9"), "steradian": Base(1, NONE, "steradian"),
    "turn": Base(6.283185307179586, NONE, "turn"),
}  # fmt: skip
"""Canonical name to worth."""

PREFIXES = {
    "": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "m": 1e-3, "c": 1e-2, "d": 1e-1, "h": 1e2, "k": 1e3, "M": 1e6, "G": 1e9,
    "T": 1e12, "P": 1e15,
}  # fmt: skip
PREFIX_WORDS = {
    "": 1.0, "atto": 1e-18, "femto": 1e-15, "pico": 1e-12, "nano": 1e-9, "micro": 1e-6, "milli": 1e-3, "centi": 1e-2, "deci": 1e-1, "hecto": 1e2,
    "kilo": 1e3, "mega": 1e6, "giga": 1e9, "tera": 1e12, "peta": 1e15,
}  # fmt: skip
PREFIXED = {
    "m": "meter", "g": "gram", "s": "second", "A": "ampere", "K": "kelvin", "mol": "mole", "cd": "candela", "N": "newton", "J": "joule",
    "W": "watt", "Pa": "pascal", "V": "volt", "Ω": "ohm", "ohm": "ohm", "Hz": "hertz", "C": "coulomb", "F": "farad", "T": "tesla", "Wb": "weber",
    "H": "henry", "Bq": "becquerel", "Ci": "curie", "Gy": "gray", "Sv": "sievert", "L": "liter", "l": "liter", "ℓ": "liter",
    "eV": "electron_volt", "cal": "calorie", "bar": "bar", "M": "molar", "Da": "dalton", "Wh": "watt_hour", "lm": "lumen", "lx": "lux",
    "S": "siemens", "kat": "katal", "pc": "parsec", "P": "poise", "torr": "torr",
}  # fmt: skip
PLAIN = {
    "min": "minute", "h": "hour", "hr": "hour", "hrs": "hour", "d": "day", "day": "day", "week": "week", "wk": "week", "yr": "year",
    "y": "year", "year": "year", "sec": "second", "secs": "second", "mins": "minute", "minute": "minute", "hour": "hour", "month": "month",
    "mi": "mile", "mile": "mile", "ft": "foot", "foot": "foot", "feet": "foot", "in": "inch", "inch": "inch", "inches": "inch", "yd": "yard",
    "yard": "yard", "lb": "pound", "lbs": "pound", "pound": "pound", "oz": "ounce", "ounce": "ounce", "atm": "atmosphere",
    "atmosphere": "atmosphere", "mmHg": "mmHg", "Torr": "torr", "psi": "psi", "rad": "radian", "radian": "radian", "deg": "degree",
    "degree": "degree", "°": "degree", "arcmin": "arcminute", "arcsec": "arcsecond", "rpm": "rpm", "u": "dalton", "amu": "dalton",
    "Å": "angstrom", "angstrom": "angstrom", "Angstrom": "angstrom", "ha": "hectare", "hectare": "hectare", "cc": "cubic_centimeter",
    "tonne": "tonne", "t": "tonne", "percent": "percent", "%": "percent", "ppm": "ppm", "ppb": "ppb", "dyn": "dyne", "dyne": "dyne",
    "erg": "erg", "ergs": "erg", "BTU": "btu", "Btu": "btu", "hp": "horsepower", "horsepower": "horsepower", "lbf": "pound_force",
    "kgf": "kilogram_force", "gal": "gallon", "gallon": "gallon", "qt": "quart", "quart": "quart", "knot": "knot", "kn": "knot",
    "kt": "knot", "ly": "light_year", "AU": "astronomical_unit", "au": "astronomical_unit", "nmi": "nautical_mile", "sr": "steradian",
    "Eh": "hartree", "hartree": "hartree", "barn": "barn", "St": "stokes", "poise": "poise", "debye": "debye", "D": "debye", "G": "gauss",
    "gauss": "gauss", "Gauss": "gauss", "rev": "turn", "revolution": "turn", "parsec": "parsec",
}  # fmt: skip
WORDS = {
    "meter": "meter", "metre": "meter", "gram": "gram", "gramme": "gram", "second": "second", "ampere": "ampere", "amp": "ampere",
    "kelvin": "kelvin", "Kelvin": "kelvin", "mole": "mole", "newton": "newton", "joule": "joule", "watt": "watt", "pascal": "pascal",
    "volt": "volt", "ohm": "ohm", "hertz": "hertz", "coulomb": "coulomb", "farad": "farad", "tesla": "tesla", "weber": "weber",
    "henry": "henry", "liter": "liter", "litre": "liter", "calorie": "calorie", "molar": "molar", "electronvolt": "electron_volt",
    "dalton": "dalton", "becquerel": "becquerel", "siemens": "siemens", "sievert": "sievert", "gray": "gray", "katal": "katal",
    "candela": "candela", "lumen": "lumen", "Newton": "newton", "Joule": "joule", "Watt": "watt", "Pascal": "pascal", "Volt": "volt",
    "Ohm": "ohm", "Coulomb": "coulomb", "Tesla": "tesla",
}  # fmt: skip
JOINED: dict[str, tuple[float, tuple[tuple[str, int], ...]]] = {
    "mph": (1.0, (("mile", 1), ("hour", -1))), "kph": (1e3, (("meter", 1), ("hour", -1))), "kmh": (1e3, (("meter", 1), ("hour", -1))),
    "Nm": (1.0, (("meter", 1), ("newton", 1))), "Ns": (1.0, (("newton", 1), ("second", 1))), "Js": (1.0, (("joule", 1), ("second", 1))),
    "Ah": (1.0, (("ampere", 1), ("hour", 1))), "mAh": (1e-3, (("ampere", 1), ("hour", 1))), "kgm": (1e3, (("gram", 1), ("meter", 1))),
    "kgK": (1e3, (("gram", 1), ("kelvin", 1))), "gK": (1.0, (("gram", 1), ("kelvin", 1))), "molK": (1.0, (("kelvin", 1), ("mole", 1))),
    "kcal": (1e3, (("calorie", 1),)), "kilocalorie": (1e3, (("calorie", 1),)), "Cal": (1e3, (("calorie", 1),)),
}  # fmt: skip
"""Words that stand for a product of units: a factor and powers of canonical names."""

COUNTED = (
    "cfu", "CFU", "cell", "colony", "colonies", "bacterium", "bacteria", "individual", "organism", "rabbit", "fish", "neutron", "proton",
    "electron", "plant", "offspring", "chromosome", "time", "x", "beat", "people", "atom", "molecule", "ion", "particle", "photon", "base",
    "nucleotide", "codon", "isomer", "amino", "acid", "pair", "bp", "student", "snail", "animal", "node", "bond", "egg", "seed", "unit",
)  # fmt: skip
"""Nouns that count things: worth the number one."""
