"""The arithmetic parser against Python's own, and against hostile text."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prorl_countdown.expression import MAX_CHARS, ExpressionError, LimitError, evaluate, numbers, parse

Built = tuple[str, Fraction | None]


def _trees(depth: int) -> st.SearchStrategy[Built]:
    """A text with its value, computed as it is built; None where it divides by zero."""
    leaf = st.integers(0, 99).map(lambda n: (str(n), Fraction(n)))
    if depth == 0:
        return leaf
    below = _trees(depth - 1)
    return st.one_of(leaf, st.builds(_combined, below, st.sampled_from("+-*/"), below))


def _combined(left: Built, op: str, right: Built) -> Built:
    return f"({left[0]}){op}({right[0]})", _apply(op, left[1], right[1])


def _apply(op: str, a: Fraction | None, b: Fraction | None) -> Fraction | None:
    if a is None or b is None or (op == "/" and b == 0):
        return None
    return {"+": lambda: a + b, "-": lambda: a - b, "*": lambda: a * b, "/": lambda: a / b}[op]()


@given(_trees(3))
def test_a_built_expression_has_the_value_that_it_was_built_with(tree):
    text, value = tree
    assert evaluate(parse(text)) == value


@given(st.lists(st.tuples(st.sampled_from("+-*"), st.integers(0, 50)), max_size=6), st.integers(0, 50))
def test_precedence_and_left_association_are_those_of_python(rest, first):
    text = str(first) + "".join(f" {op} {n}" for op, n in rest)
    assert evaluate(parse(text)) == eval(text)  # digits and operators made here, nothing from outside


@given(st.text(max_size=300))
def test_any_text_is_parsed_or_refused(text):
    try:
        postfix = parse(text)
    except ExpressionError:
        return
    assert len(numbers(postfix)) * 2 - 1 == len(postfix)


@pytest.mark.parametrize("text", ["", "1+", "+1", "1 2", "(1", "1)", "()", "1**2", "1//2", "2x", "1=1", "٣+1", "1.5", "-1", "²"])
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(ExpressionError):
        parse(text)


@pytest.mark.parametrize("text", ["9999999", "(" * 21 + "1" + ")" * 21, "1+" * MAX_CHARS + "1"])
def test_what_breaks_a_limit_is_told_from_what_is_malformed(text):
    with pytest.raises(LimitError):
        parse(text)


def test_printed_operators_count_as_the_typed_ones():
    assert evaluate(parse("6 × 4 ÷ 3 − 1")) == 7
