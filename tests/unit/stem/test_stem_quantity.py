import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.number import read_number
from prorl_env_stem.quantity import compare, gold_quantity, parse_quantity
from prorl_env_stem.tidy import LimitError, tidy
from prorl_env_stem.unit_table import AXES, BASES, PREFIXED
from prorl_env_stem.units import SYMBOLS, parse_unit, worth


def judged(gold, answer, *, unit="", rtol=None, atol=0.0, required=True):
    wanted, given = gold_quantity(gold, unit), parse_quantity(answer)
    assert wanted is not None
    return "unread" if given is None else compare(wanted, given, rtol=rtol, atol=atol, unit_required=required)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3.50", -3.5),
        (".5", 0.5),
        ("+7", 7),
        ("1.2e3", 1200),
        ("1.2E-3", 0.0012),
        (r"1.2\times10^{3}", 1200),
        (r"1.2 \cdot 10^{-3}", 0.0012),
        ("1.2×10⁻³", 0.0012),
        ("1.2 x 10^3", 1200),
        ("10^4", 10000),
        ("1,234,567.5", 1234567.5),
        ("1 234 567", 1234567),
        ("1{,}234", 1234),
        ("3/4", 0.75),
        (r"\frac{3}{4}", 0.75),
        (r"-\dfrac{1}{8}", -0.125),
        ("2 1/2", 2.5),
        ("-2 1/2", -2.5),
        ("−4", -4),
        ("１２", 12),
        ("$5$", 5),
    ],
)
def test_numbers_are_read_in_every_spelling(text, value):
    number = read_number(tidy(text))
    assert number is not None
    assert number.value == pytest.approx(value, rel=1e-12)
    assert number.length == len(tidy(text))


@pytest.mark.parametrize("text", ["", "N", "e5", "1/0", "--1", "()", "(1", "x = ", "."])
def test_what_is_no_number_is_not_read(text):
    number = read_number(tidy(text))
    assert number is None


@pytest.mark.parametrize("text", ["9" * 61, "1e291", "1e999999", "10^999", "1" * 301, "9" * 50 + "e280", "1e200/1e-200", "1e-290/1e290 1e9e9e9" * 20])
def test_numbers_beyond_a_bound_raise_limit(text):
    with pytest.raises(LimitError, match="limit: "):
        read_number(tidy(text))


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("9.8 m/s^2", "9.8 m/s2"),
        ("9.8 m/s^2", r"9.8\text{ m/s}^2"),
        ("9.8 m/s^2", r"9.8~\mathrm{m\,s^{-2}}"),
        ("9.8 m/s^2", "9.8 m·s⁻²"),
        ("9.8 m/s^2", "9.8 m/s/s"),
        ("9.8 m/s^2", "9.8 metres per second squared"),
        ("9.8 m/s^2", "980 cm/s^2"),
        ("12 N", "F = ma = 12 N"),
        ("12 N", "0.012 kN"),
        ("12 N", "12 kg m/s^2"),
        ("12 N", "12 newtons"),
        ("5 m/s", "18 km/h"),
        ("285.8 kJ/mol", r"$2.858\times 10^{5}$ J mol^{-1}"),
        ("25 °C", "298.15 K"),
        ("25 °C", "77 °F"),
        ("25 °C", r"25^\circ C"),
        ("25 °C", "25 degrees Celsius"),
        ("4186 J/(kg K)", "4.186 J/(g·K)"),
        ("4186 J/(kg K)", "4.186 J/g·K"),
        ("4186 J/(kg K)", "4186 J kg^-1 K^-1"),
        ("4186 J/(kg K)", "4186 J/(kgK)"),
        ("126 kg m/s", "126 kgm/s"),
        ("126 kg m/s", "126 N s"),
        ("0.001 mol/L", "1 mM"),
        ("2 m^2", "2 square metres"),
        ("3 Hz", "3 1/s"),
        ("5 µm", r"5\,\mu m"),
        ("5 µm", "0.005 mm"),
        ("12 Ω", r"12\ \Omega"),
        ("12 Ω", "0.012 kohm"),
        ("50 %", r"50\%"),
        ("400", "400×"),
        ("2e6 CFU/mL", r"2 \times 10^6 CFU/mL"),
        ("2e6 CFU/mL", "2e9 CFU/L"),
        ("1.5 h", "90 min"),
        ("9.8 m/s^2", r"9.8\,\frac{m}{s^2}"),
        ("9.8 m/s^2", r"\frac{9.8\,\text{m}}{\text{s}^2}"),
        ("5 N", r"\SI{5}{\newton}"),
        ("5 m/s", r"\qty{5}{\meter\per\second}"),
        ("5 kg/m^3", r"\SI{5}{\kilo\gram\per\meter\cubed}"),
        ("12 g", "12 g of NaCl"),
        ("2.5 mol", "2.5 mol O2"),
        ("5 cm", "0.05 m = 5 cm"),
        ("2.5", r"2\frac{1}{2}"),
        ("5 m", "about 5 m"),
        ("3 mol/L", "3 M"),
        ("50 %", "50 per cent"),
        ("745.7 W", "1 hp"),
    ],
)
def test_equal_quantities_are_equal_in_every_spelling_and_unit(gold, answer):
    assert judged(gold, answer) == "equal"


@pytest.mark.parametrize(
    ("gold", "answer", "reason"),
    [
        ("12 N", "13 N", "different"),
        ("12 N", "12 kN", "different"),
        ("12 N", "12 J", "dimension"),
        ("12 N", "12", "no_unit"),
        ("12", "12 N", "dimension"),
        ("5", "5.01", "different"),
        ("50 %", "0.5", "no_unit"),
        ("12 N", "-12 N", "different"),
        ("12 N", "12 N or 13 N", "unread"),
        ("12 N", "12, 13 N", "unread"),
        ("12 N", "12 N 13 N", "unread"),
        ("12 N", "9**9**9 N", "unread"),
        ("12 N", "__import__('os')", "unread"),
        ("12 m", "12 m^7", "unread"),
        ("12 m", "12 m/", "unread"),
        ("12 m", "12 (m", "unread"),
        ("12 m", "12 parrots", "unread"),
        ("3.5 m", "3, 5 m", "unread"),
    ],
)
def test_other_quantities_are_refused_with_the_reason(gold, answer, reason):
    assert judged(gold, answer) == reason


def test_a_bare_number_counts_only_where_the_unit_is_given():
    assert judged("12", "12", unit="N") == "no_unit"
    assert judged("12", "12", unit="N", required=False) == "equal"
    assert judged("12", "12 kN", unit="N", required=False) == "different"


def test_the_tolerance_is_relative_and_stated():
    assert judged("200 m", "201.9 m") == "equal"
    assert judged("200 m", "202.1 m") == "different"
    assert judged("200 m", "200.1 m", rtol=1e-6) == "different"
    assert judged("2e-9 m", "1e-9 m") == "different"
    assert judged("0 m", "0.001 m") == "different"
    assert judged("0 m", "0.001 m", atol=0.01) == "equal"


def test_every_unit_is_worth_what_pint_says():
    pint = pytest.importorskip("pint")
    registry = pint.UnitRegistry()
    axes = dict(zip(("[mass]", "[length]", "[time]", "[current]", "[temperature]", "[substance]", "[luminosity]"), AXES, strict=True))
    for name, base in BASES.items():
        quantity = (registry.Quantity(1.0, base.pint) if not base.pint[0].isdigit() else registry.Quantity(base.pint)).to_base_units()
        dimension = {axes[axis]: power for axis, power in dict(quantity.dimensionality).items()}
        assert quantity.magnitude == pytest.approx(base.scale, rel=1e-5), name
        assert dimension == {axis: power for axis, power in zip(AXES, base.dimension, strict=True) if power}, name


def test_every_symbol_is_a_unit_that_is_worth_something():
    for symbol in SYMBOLS:
        readings = parse_unit(symbol)
        assert readings, symbol
        assert math.isfinite(worth(readings[0]).scale), symbol
    assert {name for prefix in PREFIXED.values() for name in [prefix]} <= set(BASES)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("5.25 ft", "5 ft 3 in"),
        ("5.25 ft", "5' 3\""),
        ("2.5 h", "2 h 30 min"),
        ("2.5 h", "2 hours and 30 minutes"),
        ("2.5 h", "2h30min"),
        ("1.5 km", "1 km 500 m"),
        ("30.5°", "30° 30'"),
        ("-30.5°", "-30° 30'"),
        ("3725 s", "1 h 2 min 5 s"),
    ],
)
def test_compound_quantities_are_one_value(gold, answer):
    assert judged(gold, answer, rtol=1e-9) == "equal"


@pytest.mark.parametrize("answer", ["5 m 3 m", "3 in 5 ft", "5 ft 13 in", "5 ft 3 s", "5 m, 3 cm, 2 mm, 1 um, 1 nm", "2 h -30 min", "20 °C 5 K"])
def test_what_only_looks_compound_is_no_quantity(answer):
    assert parse_quantity(answer) is None


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("3.2 m", "3.2 ± 0.1 m"),
        ("3.2 m", r"(3.2 \pm 0.1)\times 10^{0} m"),
        ("3.2 m", "3.2 m ± 0.1 m"),
        ("3.2 m", r"3.2 \pm 3\% m"),
        ("3.2 m", "3.2 +/- 0.1 m"),
    ],
)
def test_an_uncertainty_leaves_the_middle(gold, answer):
    assert judged(gold, answer, rtol=1e-9) == "equal"


def test_the_golds_uncertainty_is_room():
    assert judged("3.2 ± 0.3 m", "3.45 m") == "equal"
    assert judged("3.2 ± 0.3 m", "3.55 m") == "different"
    assert judged("3.2 m", "3.45 ± 0.3 m") == "different"


@pytest.mark.parametrize(
    "answer",
    [
        "3 to 5 m",
        "3-5 m",
        "3–5 m",
        "between 3 and 5 m",
        "±5 m",
        "5 ± m",
        "1 ± 2 ± 3 m",
        "x = 5 m or x = 6 m",
        "12 N = 5 m",
        "5 m = 6 m",
        "5 m of rope or 6 m",
        "5 m for a and 6 m for b",
        "> 5 m",
    ],
)
def test_ranges_alternatives_and_contradictions_are_no_answer(answer):
    assert parse_quantity(answer) is None


@pytest.mark.parametrize(
    ("text", "value"), [("3,5", 3.5), ("0,125", 0.125), ("1.234,5", 1234.5), ("12,75", 12.75), ("1,234", 1234), ("1'500", 1500), ("2,5e3", 2500)]
)
def test_a_decimal_comma_is_told_from_a_grouping_one(text, value):
    number = read_number(tidy(text))
    assert number is not None
    assert (number.value, number.length) == (value, len(text))


def test_significant_figures_set_the_tolerance_and_may_have_to_be_shown():
    gold = gold_quantity("12.34 m", "")
    assert gold is not None
    for answer, figures, same in (
        ("12.3 m", 3, True),
        ("12.4 m", 3, False),
        ("12 m", 2, True),
        ("12.8 m", 2, True),
        ("12.9 m", 2, False),
        ("12.3 m", 4, False),
    ):
        given = parse_quantity(answer)
        assert given is not None
        assert (compare(gold, given, figures=figures) == "equal") is same, answer
    shown = {"12.0": 3, "0.0120": 3, "1200": 2, "1200.": 4, "1.20e5": 3, "3/4": 0, "007": 1}
    assert {text: read_number(text).figures for text in shown} == shown


def test_temperatures_are_points_or_differences():
    gold, given = gold_quantity("5 K", ""), parse_quantity("5 °C")
    assert gold is not None
    assert given is not None
    assert compare(gold, given) == "different"
    assert compare(gold, given, difference=True) == "equal"
    assert judged("300 K", "300 degrees Kelvin") == "equal"


UNITS = st.sampled_from(["m", "kg m/s^2", "J/(kg K)", "mol/L", "km/h", "V", "g/cm^3", "min"])


@given(
    value=st.floats(1e-6, 1e9),
    unit=UNITS,
    prefix=st.sampled_from(["m", "k", "M", "u"]),
    base=st.sampled_from(["m", "J", "N", "Pa", "V", "g", "L", "mol"]),
)
def test_a_prefix_and_its_power_of_ten_cancel(value, unit, prefix, base):
    factor = {"m": 1e-3, "k": 1e3, "M": 1e6, "u": 1e-6}[prefix]
    assert judged(f"{value!r} {base}", f"{value / factor!r} {prefix}{base}", rtol=1e-9) == "equal"
    assert judged(f"{value!r} {base}", f"{value!r} {prefix}{base}", rtol=1e-2) == "different"
    assert judged(f"{value!r} {unit}", f"{value!r} {unit}", rtol=0.0) == "equal"


@given(text=st.text(max_size=400))
def test_any_text_is_read_or_refused_without_a_crash(text):
    try:
        quantity = parse_quantity(text)
    except LimitError:
        return
    if quantity is not None:
        assert math.isfinite(quantity.value)


@given(text=st.text(alphabet="0123456789.eE+-*/^(){} ,\\mskgNJ×·⁻²frac°%", max_size=60))
def test_text_that_looks_like_a_quantity_never_crashes_the_comparison(text):
    try:
        quantity = parse_quantity(text)
    except LimitError:
        return
    if quantity is not None:
        gold = gold_quantity("12 N", "")
        assert gold is not None
        assert compare(gold, quantity) in ("equal", "different", "dimension", "no_unit")


@given(
    value=st.integers(-(10**6), 10**6).filter(bool),
    power=st.integers(-9, 9),
    unit=st.sampled_from(["m", "kg", "N", "J/(kg K)", "mol/L", "m/s^2", "°C", "Ω"]),
)
def test_every_writing_of_a_quantity_is_the_same_quantity(value, power, unit):
    gold = f"{value}e{power} {unit}"
    writings = [
        f"{value}\\times 10^{{{power}}}\\,\\text{{{unit}}}",
        f"{value} × 10^{power} {unit}",
        f"x = {gold}",
        f"\\approx {gold}",
        f"${value} \\cdot 10^{{{power}}}~\\mathrm{{{unit}}}$",
        f"({gold})",
        f"{gold}.",
        f"{value / 10}e{power + 1} {unit}",
        f"{value}e{power} ± 0 {unit}",
    ]
    for other in writings:
        assert judged(gold, other, rtol=1e-9) == "equal", other
    assert judged(gold, f"{2 * value}e{power} {unit}", rtol=1e-3) == "different"
    assert parse_quantity(f"{gold} or {gold}") is None


@given(text=st.text(alphabet="kmgsNJ /^()-0123456789*°%per", max_size=40))
def test_any_unit_text_is_read_the_same_way_twice_or_refused(text):
    for unit in parse_unit(text):
        assert math.isfinite(worth(unit).scale)
        assert all(abs(power) <= 48 for _, power in unit.factors)
    assert parse_unit(text) == parse_unit(f" {text} ")
