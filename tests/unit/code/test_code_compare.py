"""When an output is right."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_code.compare import same_tokens, same_value, shown


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, 2.0),
        (math.nan, math.nan),
        ((1, [2]), [1, (2,)]),
        ({"a": (1,)}, {"a": [1]}),
        ({1, 2}, {2, 1}),
        (None, None),
        ("a", "a"),
        (True, True),
        ([], ()),
    ],
)
def test_equal_values_are_the_same(value, expected):
    assert same_value(value, expected)
    assert same_value(expected, value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, 1),
        (0, False),
        ("1", 1),
        (b"a", "a"),
        (None, 0),
        ([1], [1, 2]),
        ([1], {1}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({True: 1}, {1: 1}),
        ({1}, {True}),
        (1, 1.5),
    ],
)
def test_different_values_are_not(value, expected):
    assert not same_value(value, expected)
    assert not same_value(expected, value)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=15
    )
)
def test_every_value_is_the_same_as_itself(value):
    assert same_value(value, value)


def test_printed_words_count_and_white_space_does_not():
    assert same_tokens(b" 1\t2\n\n3 ", "1 2 3\n")
    assert same_tokens("å".encode(), "å")
    for printed in (b"", b"1 2", b"1 2 3 4", b"1 2 03", b"12 3", b"\xff"):
        assert not same_tokens(printed, "1 2 3")


def test_a_value_for_a_message_is_short_whatever_it_is():
    for value in ("x" * 10_000, 10**10_000, [[1] * 1000]):
        assert 0 < len(shown(value)) <= 80
