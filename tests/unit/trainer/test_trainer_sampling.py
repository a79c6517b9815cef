"""The filter of dynamic sampling."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_trainer.sampling import has_spread


@pytest.mark.parametrize(
    ("rewards", "kept"),
    [
        ([1.0, 1.0, 1.0], False),
        ([0.0, 0.0], False),
        ([0.5, 0.5, 0.5], False),
        ([0.0, 0.01], False),
        ([0.11, 0.12], False),
        ([0.99, 1.0], False),
        ([0.0, 0.02], True),
        ([0.0, 1.0, 1.0], True),
        ([math.nan, 1.0], False),
        ([math.nan, 0.0, 1.0], True),
        ([math.nan, math.nan], False),
        ([0.3], False),
        ([], False),
    ],
)
def test_a_group_is_kept_when_its_graded_rewards_differ_by_more_than_a_hundredth(rewards, kept):
    assert has_spread(rewards) is kept


def test_the_threshold_can_be_set():
    assert has_spread([0.0, 0.01], eps=0.001)
    assert not has_spread([0.0, 0.5], eps=0.5)
    assert not has_spread([0.4, 0.4], eps=0.0)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.randoms())
def test_ungradable_answers_and_order_do_not_change_the_verdict(rewards, random):
    mixed = [*rewards, math.nan, math.nan]
    random.shuffle(mixed)
    assert has_spread(mixed) is has_spread(rewards)
