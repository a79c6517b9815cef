import ast
import itertools
import random
from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_logic import games, literal, propositions
from prorl_env_logic.arithmetic import expanded, value
from prorl_env_logic.calculus import is_antiderivative
from prorl_env_logic.expression import FormError, LimitError, parse

leaf = st.integers(0, 99).map(str)
arithmetic = st.recursive(leaf, lambda inner: st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner), max_leaves=8)


@given(arithmetic)
@settings(max_examples=100, deadline=None)
def test_an_arithmetic_value_is_python_s_with_fractions_for_numbers(text):
    tree = ast.parse(text, mode="eval")

    def evaluated(node):
        if isinstance(node, ast.Constant):
            return Fraction(node.value)
        a, b = evaluated(node.left), evaluated(node.right)
        return {ast.Add: lambda: a + b, ast.Sub: lambda: a - b, ast.Mult: lambda: a * b, ast.Div: lambda: a / b}[type(node.op)]()

    try:
        expected = evaluated(tree.body)
    except ZeroDivisionError:
        with pytest.raises(ZeroDivisionError):
            value(parse(text))
        return
    assert value(parse(text))[0] == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("-2+3", 1), ("2-3-4", -5), ("8/4/2", 1), ("2*-3", -6), ("--2", 2), ("7*3 + 5 - 2", 24), (" ( 1+2 )*3 ", 9)]
)
def test_operators_bind_as_in_python(text, expected):
    assert value(parse(text))[0] == expected


@pytest.mark.parametrize(
    "text", ["", "1 2", "1+", "(1", "1)", "2x", "2^3", "1,000", "__import__('os')", "a.b", "1 if 1 else 2", "[1]", "0x10", "007", "1.2.3"]
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(FormError):
        value(parse(text))


@pytest.mark.parametrize("text", ["(" * 500 + "1", "-" * 500 + "1", "1" * 500, "1+" * 5000 + "1", "2" + "**2" * 200])
def test_what_is_too_large_is_refused_before_it_is_computed(text):
    with pytest.raises(LimitError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("x**2 - 1", "-1 + x*x"),
        ("2*(x + 1)", "2*x + 2"),
        ("-(x - y)", "y - x"),
        ("x*y*x", "x**2*y"),
        ("(3*x)/2", "3*x/2"),
        ("x - x", "0"),
        ("4/2*x", "2*x"),
        ("(2*x)**3", "8*x**3"),
        ("0*x", "0"),
    ],
)
def test_written_out_polynomials_are_equal_whatever_their_order(text, same):
    assert expanded(parse(text)) == expanded(parse(same))


@pytest.mark.parametrize("text", ["(x+1)*(x-1)", "(x+1)**2", "x*(x+1)", "x**x", "x**-1", "1/x", "sin(x)", "x**(1/2)", "2.0*x", "x**2.0"])
def test_a_product_that_is_not_written_out_is_no_polynomial(text):
    with pytest.raises(FormError):
        expanded(parse(text))


@pytest.mark.parametrize("text", ["x**9999", "9**9**9", "((2**300)**300)**300", "x**300*x**300"])
def test_a_polynomial_has_bounds(text):
    with pytest.raises((LimitError, FormError)):
        expanded(parse(text))


def test_derivatives_are_those_of_sympy():
    x = sympy.Symbol("x")
    rng = random.Random(7)
    parts = [
        x,
        x**3,
        sympy.exp(2 * x),
        sympy.sin(3 * x),
        sympy.cos(x),
        sympy.log(x + 5),
        sympy.sqrt(x + 4),
        sympy.atan(x),
        sympy.tan(x / 9),
        x ** (x / 8 + 2),
    ]
    for _ in range(60):
        a, b, c = rng.sample(parts, 3)
        answer = rng.choice([a * b + c, a / (c + 7) - b, a * b * c, a.subs(x, x / 7 + 1) + 2 * b])
        slope = sympy.diff(answer, x)
        tree = parse(str(answer) + " + C")
        assert is_antiderivative(tree, parse(str(slope)), "x"), answer
        assert not is_antiderivative(tree, parse(str(slope + rng.choice([1, x / 50, sympy.sin(x) / 100]))), "x"), answer


def test_an_antiderivative_may_differ_by_any_constant_but_not_by_its_variable():
    integrand = parse("3*X**2")
    assert is_antiderivative(parse("X**3 + C"), integrand, "X")
    assert is_antiderivative(parse("X**3 + K - 7"), integrand, "X")
    assert not is_antiderivative(parse("x**3 + C"), integrand, "X")
    assert is_antiderivative(parse("X**3 + Const"), integrand, "X")
    assert not is_antiderivative(parse("0.99999*X**3"), integrand, "X")
    for text in ("Integral(3*X**2)", "log", "open(X)"):
        with pytest.raises(FormError):
            is_antiderivative(parse(text), integrand, "X")


items = st.recursive(st.integers(-99, 99) | st.text("abQ_ ", max_size=3), lambda i: st.lists(i, max_size=3), max_leaves=6)


@given(st.lists(items, max_size=4), st.booleans(), st.booleans())
@settings(max_examples=100, deadline=None)
def test_a_written_value_is_read_as_python_reads_it(data, double, bare):
    def depth(item):
        return 1 + max(map(depth, item), default=0) if isinstance(item, list) else 0

    text = repr(data).replace("'", '"') if double else repr(data)
    text = text[1:-1] if bare and len(data) > 1 else text
    if depth(data) > literal.MAX_DEPTH:
        with pytest.raises(FormError):
            literal.read(f"[{text}]")
    else:
        assert literal.read(text) == data


@pytest.mark.parametrize(
    ("text", "value"), [("(1)", 1), ("(1,)", [1]), ("1, 2", [1, 2]), ("'a'", "a"), ("[1.5, -2]", [1.5, -2]), ("()", []), ("-3", -3)]
)
def test_a_value_need_not_be_a_list(text, value):
    assert literal.read(text) == value


@pytest.mark.parametrize(
    "text", ["", "[1", "1]", "[1 2]", "[,]", "[1][2]", "[a]", "[" * 9 + "]" * 9, "{'a': 1}", "[open('x')]", "['a' 'b']", "(1]", "1.2.3"]
)
def test_what_is_no_value_is_refused(text):
    with pytest.raises(FormError):
        literal.read(text)


@given(st.text(st.sampled_from("[](),'\"-.0123456789aQ_ \n\\"), max_size=30) | st.text(max_size=30))
@settings(max_examples=150, deadline=None)
def test_a_reader_raises_nothing_but_its_own_errors(text):
    for read in (literal.read, parse, propositions.parse):
        try:
            read(text)
        except (FormError, LimitError):
            continue


_TRUTH = {"∧": lambda a, b: a and b, "∨": lambda a, b: a or b, "→": lambda a, b: b or not a, "↔": lambda a, b: a is b}


def _not(inner):
    return f"¬{inner[0]}", lambda row: not inner[1](row)


def _joined(left, operator, right):
    return f"({left[0]} {operator} {right[0]})", lambda row: _TRUTH[operator](left[1](row), right[1](row))


formulas = st.recursive(
    st.sampled_from("PQR").map(lambda name: (name, lambda row: row[name])),
    lambda inner: st.one_of(inner.map(_not), st.builds(_joined, inner, st.sampled_from(sorted(_TRUTH)), inner)),
    max_leaves=6,
)


@given(formulas)
@settings(max_examples=80, deadline=None)
def test_a_formula_holds_where_its_truth_table_says_so(formula):
    text, truth = formula
    for values in itertools.product((False, True), repeat=3):
        row = dict(zip("PQR", values, strict=True))
        assert propositions.holds(propositions.parse(text), row) is truth(row), (text, row)


def test_operators_of_logic_bind_in_order_and_to_the_left():
    assert propositions.parse("¬P ∧ Q ∨ R → P ↔ Q") == ("↔", ("→", ("∨", ("∧", ("¬", "P"), "Q"), "R"), "P"), "Q")
    assert propositions.parse("P → Q → R") == ("→", ("→", "P", "Q"), "R")


def test_the_found_moves_free_the_red_car_in_the_fewest_steps():
    given_board = {"metadata": {"board_config": "oooooooooBooAAoBoooooBoooooooooooooo"}}
    assert games.rush_hour_moves(given_board) == "B+2 A+4"
    assert games.frees_red_car("B+2 A+4", given_board)
    assert not games.frees_red_car("A+4", given_board)
    with pytest.raises(LimitError):
        games.frees_red_car("B+999999999999 A+999999999", given_board)
