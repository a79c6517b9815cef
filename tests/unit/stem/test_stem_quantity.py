import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.number import LimitError, read_number, tidy
from prorl_env_stem.quantity import compare, gold_quantity, parse_quantity
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
        ("3.5 m", "3,5 m", "unread"),
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


def test_every_unit_of_the_table_is_known_to_pint():
    for symbol, (factor, _) in SYMBOLS.items():
        readings = parse_unit(symbol)
        assert readings, symbol
        assert math.isfinite(worth(readings[0]).scale), symbol
        assert factor > 0


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
        assert compare(gold, quantity, rtol=None) in ("equal", "different", "dimension", "no_unit")
