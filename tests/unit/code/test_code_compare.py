"""When a returned value is right."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_code.compare import Rules, close, same_value, shown

ANY_ORDER = Rules(any_order=True)
ROUGH = Rules(tolerance=1e-6)
PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v), max_leaves=15
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (2, 2.0),
        (True, 1),
        (math.nan, math.nan),
        ([math.nan], [math.nan]),
        ((1, [2]), [1, (2,)]),
        ({"a": (1,)}, {"a": [1]}),
        ({1, 2}, {2, 1}),
        (None, None),
        ("a", "a"),
        ([], ()),
        ({1: "x", -2: "y"}, {"1": "x", "-2": "y"}),
        ({"1": 2}, {"1": 2}),
        (10**400, 10**400),
    ],
)
def test_equal_values_are_the_same(value, expected):
    assert same_value(value, expected)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1", 1),
        (b"a", "a"),
        (None, 0),
        (None, False),
        ([1], [1, 2]),
        ([1], {1}),
        ({"a": 1}, {"a": 1, "b": 1}),
        ({1: "x", "1": "x"}, {"1": "x"}),
        ({1.0: 2}, {"1.0": 2}),
        ({10**5000: 2}, {"1": 2}),
        (1, 1.5),
        (0.1 + 0.2, 0.3),
        (math.inf, math.nan),
        ([1, 2], [2, 1]),
        ("ab", ["a", "b"]),
    ],
)
def test_different_values_are_not(value, expected):
    assert not same_value(value, expected)
    assert not same_value(expected, value)


@given(PLAIN)
def test_every_value_is_the_same_as_itself_under_all_rules(value):
    assert same_value(value, value)
    assert same_value(value, value, ROUGH)
    assert same_value(value, value, ANY_ORDER)


@given(PLAIN, PLAIN)
def test_what_is_equal_in_python_is_the_same(value, expected):
    assert same_value(value, expected) or value != expected


@given(st.lists(PLAIN, max_size=6), st.randoms(use_true_random=False))
def test_any_order_takes_every_order_and_no_other_list(values, rng):
    mixed = rng.sample(values, len(values))
    assert same_value(mixed, values, ANY_ORDER)
    assert not same_value([*mixed, 1], values, ANY_ORDER)
    assert not same_value([*mixed, "new"], [*values, "old"], ANY_ORDER)


def test_any_order_counts_repeats_and_leaves_inner_orders_alone():
    assert not same_value([1, 1, 2], [1, 2, 2], ANY_ORDER)
    assert not same_value([[1, 2]], [[2, 1]], ANY_ORDER)
    assert same_value([(2, 1), [0]], [[0], [2, 1]], ANY_ORDER)
    assert same_value({3, 1}, [1, 3], ANY_ORDER)
    assert same_value([0.1 + 0.2, 5], [5, 0.3], Rules(any_order=True, tolerance=1e-9))


def test_a_tolerance_is_for_numbers_only_absolute_or_relative():
    assert same_value([0.1 + 0.2, {"a": 1_000_000.5}], [0.3, {"a": 1_000_000}], ROUGH)
    assert not same_value(0.30001, 0.3, ROUGH)
    assert not same_value(2_000_010.0, 2_000_000.0, ROUGH)
    assert not same_value("0.30000001", "0.3", ROUGH)
    assert not same_value(True, 0.9999999999, ROUGH)
    assert same_value(10**400, 10**400, ROUGH)
    assert not same_value(10**400, 10**400 + 1, ROUGH)
    assert not same_value(math.inf, 1e308, ROUGH)


def test_closeness_of_special_numbers():
    assert close(math.nan, math.nan, 1e-9)
    assert close(math.inf, math.inf, 1e-9)
    assert not close(math.inf, -math.inf, 1e-9)
    assert not close(math.nan, 0.0, 1e9)


def test_a_value_for_a_message_is_short_whatever_it_is():
    for value in ("x" * 10_000, 10**10_000, [[1] * 1000]):
        assert 0 < len(shown(value)) <= 80
