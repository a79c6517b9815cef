"""Sets of reals as cuts, against membership of points; and the sets that relations, lists and phrases describe."""

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_math.clean import clean
from prorl_env_math.limits import ParseError
from prorl_env_math.parse import parse
from prorl_env_math.realsets import EVERYTHING, NOTHING, line, same_line

calm = settings(deadline=None, max_examples=50)
END = st.integers(-4, 4)
POINTS = [Fraction(n, 2) for n in range(-11, 12)]


@st.composite
def pieces(draw):
    """A set as text, and the function that says what lies in it."""
    low, high = draw(END), draw(END)
    kind = draw(st.sampled_from(["interval", "below", "above", "point"]))
    if kind == "point":
        return f"\\{{{low}\\}}", lambda x: x == low
    left, right = draw(st.booleans()), draw(st.booleans())
    if kind == "below":
        return f"(-\\infty, {high}{')]'[right]}", lambda x: x < high or (right and x == high)
    if kind == "above":
        return f"{'(['[left]}{low}, \\infty)", lambda x: x > low or (left and x == low)
    low, high = min(low, high), max(low, high) + 1
    return f"{'(['[left]}{low}, {high}{')]'[right]}", lambda x: low < x < high or (left and x == low) or (right and x == high)


def holds(text, x):
    """Membership by intersection with the point."""
    value = f"{x.numerator}/{x.denominator}"
    return same_line(parse(f"\\{{{value}\\}}"), parse(f"({text}) \\cap \\{{{value}\\}}"))


@calm
@given(pieces(), pieces(), st.sampled_from(["\\cup", "\\cap", "\\setminus"]))
def test_the_operations_on_cuts_are_those_on_members(one, two, operation):
    (a, in_a), (b, in_b) = one, two
    expected = {"\\cup": lambda x: in_a(x) or in_b(x), "\\cap": lambda x: in_a(x) and in_b(x), "\\setminus": lambda x: in_a(x) and not in_b(x)}[
        operation
    ]
    text = f"{a} {operation} {b}"
    assert [x for x in POINTS if holds(text, x) != expected(x)] == []


@calm
@given(st.lists(pieces(), min_size=1, max_size=4), st.randoms(use_true_random=False))
def test_a_union_forgets_order_and_repeats(parts, rng):
    texts = [text for text, _ in parts]
    shuffled = [*rng.sample(texts, len(texts)), rng.choice(texts)]
    assert same_line(parse(" \\cup ".join(texts)), parse(" \\cup ".join(shuffled)))


@calm
@given(pieces(), pieces())
def test_two_sets_are_equal_only_where_no_point_tells_them_apart(one, two):
    (a, in_a), (b, in_b) = one, two
    assert same_line(parse(a), parse(b)) == all(in_a(x) == in_b(x) for x in POINTS)


@pytest.mark.parametrize(
    ("text", "interval"),
    [
        ("x < 3", "(-\\infty, 3)"),
        ("3 \\ge x", "(-\\infty, 3]"),
        ("1 < x \\le 2", "(1, 2]"),
        ("2 \\ge x > 1", "(1, 2]"),
        ("|x| \\le 2", "[-2, 2]"),
        ("1 < |x| < 2", "(-2, -1) \\cup (1, 2)"),
        ("|x| > 1", "(-\\infty, -1) \\cup (1, \\infty)"),
        ("x \\ne 2", "(-\\infty, 2) \\cup (2, \\infty)"),
        ("x > 1 \\text{ and } x < 2", "(1, 2)"),
        ("x < 1 \\text{ or } x > 2", "(-\\infty, 1) \\cup (2, \\infty)"),
        ("x > 0, x \\ne 1", "(0, 1) \\cup (1, \\infty)"),
        ("x < 1, x > 2", "(-\\infty, 1) \\cup (2, \\infty)"),
        ("x = 1 \\text{ or } x > \\sqrt{2}", "\\{1\\} \\cup (\\sqrt{2}, \\infty)"),
        ("x \\in [1, 2]", "[1, 2]"),
        ("\\{x \\in \\mathbb{R} \\mid x^{1} > 3\\}", None),
        ("x + y < 3", None),
        ("(2, 1)", None),
        ("(a, b)", None),
        ("\\{i\\}", None),
    ],
)
def test_a_relation_is_the_set_that_it_bounds_and_nothing_else_is_one(text, interval):
    node = parse(clean(text))
    if interval is None:
        with pytest.raises(ParseError):
            line(node)
    else:
        assert line(node).cuts == line(parse(interval)).cuts


def test_the_named_sets_are_everything_and_nothing():
    assert line(parse("\\reals")).cuts == EVERYTHING
    assert line(parse("\\emptyset")).cuts == NOTHING
    assert line(parse("\\{\\}")).cuts == NOTHING
    assert line(parse("x > 1 \\text{ and } x < 0")).cuts == NOTHING


def test_two_variables_are_two_sets():
    assert not same_line(parse("x < 3"), parse("y < 3"))
    assert same_line(parse("x < 3"), parse("(-\\infty, 3)"))
