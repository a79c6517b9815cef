"""The parts of the comparison one by one: units, families, matrices, sums, labels, words, limits of each."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_math import units, words
from prorl_env_math.checker import judge, readings
from prorl_env_math.clean import clean, key
from prorl_env_math.evaluate import Evaluator
from prorl_env_math.limits import LimitError, ParseError
from prorl_env_math.matrices import folded
from prorl_env_math.nodes import free_symbols
from prorl_env_math.numbers import repeating_decimals
from prorl_env_math.parse import parse
from prorl_env_math.progressions import declared
from prorl_env_math.summation import polynomial_integral

calm = settings(deadline=None, max_examples=40)
SMALL = st.integers(-9, 9)


# Units


@pytest.mark.parametrize(
    ("text", "dimensions", "factor"),
    [
        ("cm", (("length", 1),), Fraction(1, 100)),
        ("square centimeters", (("length", 2),), Fraction(1, 10_000)),
        ("cm^2", (("length", 2),), Fraction(1, 10_000)),
        ("cubic feet", (("length", 3),), Fraction(381, 1250) ** 3),
        ("km/h", (("length", 1), ("time", -1)), Fraction(1000, 3600)),
        ("miles per hour", (("length", 1), ("time", -1)), Fraction(201168, 125 * 3600)),
        ("m/s^2", (("length", 1), ("time", -2)), Fraction(1)),
        ("m s^-2", (("length", 1), ("time", -2)), Fraction(1)),
        ("liters", (("length", 3),), Fraction(1, 1000)),
    ],
)
def test_a_unit_is_a_factor_and_dimensions(text, dimensions, factor):
    unit = units.read(text)
    assert (unit.dimensions, unit.factor, unit.words) == (dimensions, factor, frozenset())


def test_words_that_are_no_unit_name_what_is_counted():
    assert units.read("red balls").words == frozenset({"red", "ball"})
    assert units.read("red balls").fits(units.read("ball"))
    assert not units.read("red balls").fits(units.read("increase"))
    assert units.read("million").multiplier == 10**6


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("10 cm", "10 \\text{cm}"),
        ("10cm^2", "10 \\text{cm^2}"),
        ("\\frac{1}{2} hours", "\\frac{1}{2} \\text{hours}"),
        ("12 percent", "12%"),
        ("90 degrees", "90^\\circ"),
        ("USD 12", "12"),
        ("12 chickens", "12 \\text{chickens}"),
        ("12 squared", None),
        ("12 or so", None),
        ("5x", None),
        ("sin x", None),
        ("12", None),
    ],
)
def test_a_plain_unit_is_marked_and_nothing_else(text, marked):
    assert units.marked(text) == marked


@calm
@given(st.integers(1, 10**6), st.sampled_from([("km", "m", 1000), ("h", "min", 60), ("kg", "g", 1000), ("m", "cm", 100), ("yards", "feet", 3)]))
def test_units_of_one_dimension_are_converted(n, pair):
    large, small, ratio = pair
    assert judge(f"{n}\\text{{ {large}}}", f"{n * ratio}\\text{{ {small}}}").equal
    assert not judge(f"{n}\\text{{ {large}}}", f"{n * ratio + 1}\\text{{ {small}}}").equal
    assert not judge(f"{n}\\text{{ {large}}}", f"{n}\\text{{ {small}}}").equal
    assert judge(f"{n}\\text{{ {large}}}", str(n)).equal


@pytest.mark.parametrize(
    ("text", "time"),
    [("8:34 P.M.", (20, 34, 0)), ("08:34", (8, 34, 0)), ("12:00 AM", (0, 0, 0)), ("6 pm", (18, 0, 0)), ("6", None), ("20:3", None), ("25:00", None)],
)
def test_a_time_of_day_is_read_and_a_ratio_is_none(text, time):
    assert units.clock(text) == time


# Families


@calm
@given(SMALL, st.integers(1, 9), SMALL, st.sampled_from("kmnt"), st.booleans())
def test_a_progression_may_start_and_run_anywhere_along_itself(start, step, moved, letter, turned):
    gold = f"x = {start} + {step}k\\pi, k \\in \\mathbb{{Z}}".replace(f"{start} +", f"{start}\\pi +")
    sign = "-" if turned else "+"
    same_set = f"{start + step * moved}\\pi {sign} {step}{letter}\\pi, {letter} \\in \\mathbb{{Z}}"
    other = f"{start + step * moved}\\pi + {step + 1}{letter}\\pi, {letter} \\in \\mathbb{{Z}}"
    assert judge(gold, same_set).equal
    assert not judge(gold, other).equal
    if step > 1:
        assert not judge(gold, f"{start + step * moved + 1}\\pi + {step}{letter}\\pi, {letter} \\in \\mathbb{{Z}}").equal


@calm
@given(SMALL, st.integers(2, 30), SMALL)
def test_a_congruence_is_its_progression(residue, modulus, moved):
    gold = f"n \\equiv {residue} \\pmod{{{modulus}}}"
    assert judge(gold, f"{residue + modulus * moved} \\pmod {{{modulus}}}").equal
    assert judge(gold, f"{modulus}k + {residue}").equal
    assert not judge(gold, f"{residue + 1} \\pmod {{{modulus}}}").equal
    assert not judge(gold, str(residue)).equal


def test_an_undeclared_letter_is_a_name_and_not_a_parameter():
    assert judge("x = k\\pi", "n\\pi").equal
    assert not judge("2k + 1", "2n + 1").equal
    assert not judge("x = k\\pi", "x = k\\pi + \\pi").equal
    assert not judge("x = \\pi r", "\\pi h").equal


@pytest.mark.parametrize(
    ("text", "declaration"),
    [
        ("2k for any integer k", "2k, k \\in \\integers"),
        ("2k, where k is an integer", "2k, k \\in \\integers"),
        ("2k (k is any integer)", "2k, k \\in \\integers"),
        ("2k for some integers k", "2k, k \\in \\integers"),
        ("an integer", "an integer"),
        ("2k", "2k"),
    ],
)
def test_a_declaration_in_words_is_one_in_symbols(text, declaration):
    assert declared(text) == declaration


# Matrices


def matrix(rows):
    return "\\begin{pmatrix}" + "\\\\".join("&".join(map(str, r)) for r in rows) + "\\end{pmatrix}"


SQUARE = st.lists(st.lists(SMALL, min_size=2, max_size=2), min_size=2, max_size=2)


@calm
@given(SQUARE, SQUARE, SMALL)
def test_arithmetic_of_matrices_is_carried_out(a, b, k):
    added = [[x + y for x, y in zip(r, s, strict=True)] for r, s in zip(a, b, strict=True)]
    multiplied = [[sum(a[i][n] * b[n][j] for n in range(2)) for j in range(2)] for i in range(2)]
    assert judge(matrix(added), f"{matrix(a)} + {matrix(b)}").equal
    assert judge(matrix(multiplied), f"{matrix(a)} {matrix(b)}").equal
    assert judge(matrix([[k * x for x in r] for r in a]), f"{k} {matrix(a)}").equal
    assert judge(matrix(list(zip(*a, strict=True))), f"{matrix(a)}^T").equal
    assert judge(str(a[0][0] * a[1][1] - a[0][1] * a[1][0]), f"\\det {matrix(a)}").equal
    off = [[x + (i == j == 0) for j, x in enumerate(r)] for i, r in enumerate(multiplied)]
    assert not judge(matrix(off), f"{matrix(a)} {matrix(b)}").equal


@pytest.mark.parametrize("text", ["A + B", "A B", "A^2", "\\det A"])
def test_matrices_whose_shapes_do_not_fit_are_refused(text):
    a, b = matrix([[1, 2, 3]]), matrix([[1, 2], [3, 4], [5, 6], [7, 8]])
    with pytest.raises(ParseError):
        folded(parse(text.replace("A", a).replace("B", b)))


def test_a_product_of_matrices_that_grows_too_large_is_a_limit():
    with pytest.raises(LimitError):
        folded(parse(f"((({matrix([[1, 2], [3, 4]])})^8)^8)^8"))


# Sums and integrals


@calm
@given(st.lists(SMALL, min_size=1, max_size=8), SMALL, SMALL)
def test_the_integral_of_a_polynomial_is_exact(coefficients, low, high):
    def polynomial(x):
        return sum((Fraction(c) * x**n for n, c in enumerate(coefficients)), Fraction(0))

    expected = sum((Fraction(c, n + 1) * (Fraction(high) ** (n + 1) - Fraction(low) ** (n + 1)) for n, c in enumerate(coefficients)), Fraction(0))
    assert polynomial_integral(polynomial, Fraction(low), Fraction(high)) == expected


@pytest.mark.parametrize("function", [abs, lambda x: 1 / (x + 100), lambda x: x**13, lambda x: 0.5])
def test_the_integral_of_anything_else_is_refused(function):
    with pytest.raises(ParseError):
        polynomial_integral(function, Fraction(0), Fraction(1))


@calm
@given(st.integers(-5, 5), st.integers(-5, 9), SMALL)
def test_a_finite_sum_is_added_up(low, high, c):
    value = sum(c * k * k for k in range(low, high + 1))
    assert Evaluator().value(parse(f"\\sum_{{k={low}}}^{{{high}}} ({c}) k^2")) == value


def test_a_bound_variable_is_not_free_and_may_have_any_name():
    assert free_symbols(parse("\\sum_{k=1}^{n} k a")) == {"n", "a"}
    assert judge("\\int_0^1 f(x) dx", "\\int_0^1 f(t) dt").equal
    assert not judge("\\int_0^1 f(x) dx", "\\int_0^1 f(a) dx").equal


# Words


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("(B)", "B"), ("B.", "B"), ("B) 5 J", "B"), ("\\text{(B)}", "B"), ("Option B", "B"), ("(b)", "B"), ("B: Paris", "B"),
        ("b", None), ("BC", None), ("A or B", None), ("(A) (B)", None), ("B + 1", None), ("(K)", None), ("", None),
    ],
)  # fmt: skip
def test_one_letter_is_a_choice_and_several_are_none(text, letter):
    found = words.choice(text)
    assert (found and found[0]) == letter


def test_several_choices_are_a_set_in_the_order_of_the_alphabet():
    assert words.choices("ABD") == words.choices("A, B and D") == words.choices("(A)(B)(D)") == frozenset("ABD")
    assert words.choices("BA") is None
    assert words.choices("A") is None


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("no solution", "\\emptyset"),
        ("\\text{No real solutions.}", "\\emptyset"),
        ("all real numbers", "\\reals"),
        ("all real numbers except 0 and 1", "\\reals \\setminus \\{0, 1\\}"),
        ("seven", "7"),
        ("the answer", None),
        ("\\{\\emptyset\\}", None),
        ("no solution 5", None),
    ],
)
def test_a_phrase_names_an_object_only_as_a_whole(text, meaning):
    assert words.phrase(text) == meaning


# Spelling


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\\mathrm{sin} x", "\\sin x"),
        ("5\\,\\mathrm{cm}", "5 \\text{cm}"),
        ("2\\mathrm{e}", "2 e"),
        ("\\mathbb{R}^+", "(0,\\infty)"),
        ("30^{\\circ}\\text{C}", "30\\text{degC}"),
        ("x \\not= 2", "x \\ne 2"),
        ("\x0crac{1}{2}", "\\frac{1}{2}"),
        ("\text{odd}", "\\text{odd}"),
        ("\\textcolor{red}{5}", "5"),
        (".5 \\text{ kg}", ".5 \\text{ kg}"),
        ("14 {,} 916", "14916"),
        ("n (mod 7)", "n \\pmod{7}"),
    ],
)
def test_one_spelling_for_what_means_the_same(text, plain):
    assert " ".join(clean(text).split()) == plain


def test_the_key_keeps_the_space_between_digits():
    assert key("1 1/2") == "1 1/2"
    assert key("x + 1") == "x+1"


@pytest.mark.parametrize(
    ("text", "fraction"),
    [("0.\\overline{3}", "1}{3"), ("0.1\\bar6", "1}{6"), ("2.\\overline{09}", "23}{11"), ("0.333...", "1}{3"), ("0.121212\\ldots", "4}{33")],
)
def test_a_repeating_decimal_is_its_fraction(text, fraction):
    assert repeating_decimals(text) == f"(\\frac{{{fraction}}})"


def test_a_decimal_that_only_ends_in_dots_is_left_alone():
    assert repeating_decimals("0.123...") == "0.123..."
    assert repeating_decimals("0.33") == "0.33"


def test_readings_of_a_text_over_the_limit_are_a_limit_error():
    with pytest.raises(LimitError):
        readings("1" * 9000)
    assert len(readings("1,234")) == 2
    assert readings("@") == ()
