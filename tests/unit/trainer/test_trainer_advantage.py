"""Advantages against slow references written with plain Python numbers."""

import math
import statistics

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_trainer.advantage import grpo, mean_baseline, reinforce_pp_baseline, usable

SINGLE = [torch.tensor(x).item() for x in (0.0, 0.01, 0.1, 0.5, 1.0, math.nan)]  # rewards are single precision: 0.01 is not the float64's
REWARDS = st.one_of(st.sampled_from(SINGLE), st.floats(0, 1, width=32))
BATCHES = st.lists(st.tuples(REWARDS, st.integers(-2, 3), st.integers(1, 9)), min_size=1, max_size=24)


def slow_parts(batch):
    groups = {}
    for reward, group, _ in batch:
        groups.setdefault(group, []).append(reward)
    graded = {g: [r for r in rs if not math.isnan(r)] for g, rs in groups.items()}
    keep = [not math.isnan(r) and len(graded[g]) >= 2 for r, g, _ in batch]
    return graded, keep


def tensors(batch):
    rewards, groups, tokens = zip(*batch, strict=True)
    return torch.tensor(rewards), torch.tensor(groups), torch.tensor(tokens)


@settings(deadline=None, max_examples=150)
@given(BATCHES)
def test_grpo_is_the_reward_less_its_groups_mean_over_the_sample_std(batch):
    graded, keep = slow_parts(batch)
    expected = [
        (r - statistics.fmean(graded[g])) / (statistics.stdev(graded[g]) + 1e-6) if k else 0.0 for (r, g, _), k in zip(batch, keep, strict=True)
    ]
    rewards, groups, _ = tensors(batch)
    assert grpo(rewards, groups).tolist() == pytest.approx(expected, abs=1e-4)
    assert usable(rewards, groups).tolist() == keep


@settings(deadline=None, max_examples=150)
@given(BATCHES)
def test_reinforce_pp_baseline_whitens_centred_rewards_with_each_answer_weighted_by_its_tokens(batch):
    graded, keep = slow_parts(batch)
    centred = [r - statistics.fmean(graded[g]) if k else 0.0 for (r, g, _), k in zip(batch, keep, strict=True)]
    tokens = [c for c, (_, _, n), k in zip(centred, batch, keep, strict=True) if k for _ in range(n)]
    mean = statistics.fmean(tokens) if tokens else 0.0
    scale = max(statistics.pvariance(tokens) if tokens else 0.0, 1e-8) ** -0.5
    expected = [(c - mean) * scale if k else 0.0 for c, k in zip(centred, keep, strict=True)]
    assert reinforce_pp_baseline(*tensors(batch)).tolist() == pytest.approx(expected, abs=1e-3)


def test_a_group_of_equal_rewards_gets_exactly_nothing():
    rewards = torch.full((16,), 0.1)
    assert grpo(rewards, torch.zeros(16, dtype=torch.long)).tolist() == [0.0] * 16


def test_an_ungradable_answer_changes_nothing_for_the_rest_of_its_group():
    with_nan = grpo(torch.tensor([1.0, math.nan, 0.0, 0.0]), torch.zeros(4, dtype=torch.long))
    without = grpo(torch.tensor([1.0, 0.0, 0.0]), torch.zeros(3, dtype=torch.long))
    assert with_nan[[0, 2, 3]].tolist() == without.tolist()
    assert with_nan[1] == 0.0


def test_the_order_and_the_names_of_groups_do_not_matter():
    rewards, groups = torch.tensor([1.0, 0.0, 0.3, 0.9, 0.2]), torch.tensor([0, 0, 1, 1, 1])
    shuffle = torch.tensor([3, 0, 4, 1, 2])
    assert torch.equal(grpo(rewards[shuffle], groups[shuffle] * 7 - 3), grpo(rewards, groups)[shuffle])


def test_advantages_need_one_group_number_for_each_reward():
    with pytest.raises(ValueError, match=r"got \(3,\) and \(2,\)"):
        grpo(torch.zeros(3), torch.zeros(2, dtype=torch.long))


def test_the_mean_baseline_does_not_scale_and_leaves_out_what_could_not_be_graded():
    rewards = torch.tensor([1.0, 0.0, 0.5, math.nan, 0.25, 0.75, 1.0])
    groups = torch.tensor([0, 0, 0, 0, 1, 1, 2])
    assert mean_baseline(rewards, groups).tolist() == pytest.approx([0.5, -0.5, 0.0, 0.0, -0.25, 0.25, 0.0])
