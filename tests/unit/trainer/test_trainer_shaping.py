"""Length shaping: each piece alone, and what it never does."""

import math

import pydantic
import pytest
import torch

from prorl_trainer.shaping import CosineConfig, OverlongConfig, ShapingConfig, cosine_reward, overlong_penalty, shape_rewards


def shaped(rewards, lengths, truncated=None, *, step=1, limit=100, **config):
    truncated = torch.tensor(truncated if truncated is not None else [False] * len(rewards))
    return shape_rewards(
        torch.tensor(rewards), lengths_B=torch.tensor(lengths), truncated_B=truncated, limit=limit, step=step, config=ShapingConfig(**config)
    )


def test_by_default_nothing_is_shaped():
    done = shaped([0.0, 0.5, 1.0], [1, 100, 100], [False, True, True])
    assert done.rewards_B.tolist() == [0.0, 0.5, 1.0]
    assert done.keep_B.tolist() == [True, True, True]


def test_truncation_zero_takes_positive_rewards_and_leaves_negative_ones():
    assert shaped([1.0, -0.5, 1.0], [9, 9, 9], [True, True, False], truncation="zero").rewards_B.tolist() == [0.0, -0.5, 1.0]


def test_truncation_constant_sets_the_reward_of_every_graded_cut_answer():
    done = shaped([1.0, math.nan, 0.2], [9, 9, 9], [True, True, False], truncation="constant", truncation_value=-1.0)
    assert done.rewards_B.tolist() == pytest.approx([-1.0, math.nan, 0.2], nan_ok=True)


def test_truncation_mask_leaves_cut_answers_out_and_rewards_alone():
    done = shaped([1.0, 0.3], [9, 9], [True, False], truncation="mask")
    assert done.keep_B.tolist() == [False, True]
    assert done.rewards_B.tolist() == pytest.approx([1.0, 0.3])


def test_the_overlong_penalty_is_zero_then_linear_then_full():
    lengths = torch.tensor([0, 80, 85, 90, 100, 140])
    penalty = overlong_penalty(lengths, limit=100, config=OverlongConfig(buffer=20, penalty=2.0))
    assert penalty.tolist() == pytest.approx([0.0, 0.0, 0.5, 1.0, 2.0, 2.0])
    assert shaped([1.0], [90], overlong={"buffer": 20}).rewards_B.tolist() == pytest.approx([0.5])


def test_the_cosine_falls_from_short_to_long_and_mixes_by_reward():
    config = CosineConfig(limit=100, right_short=1.0, right_long=0.5, wrong_short=-1.0, wrong_long=0.0)
    lengths = torch.tensor([0, 50, 100, 300])
    assert cosine_reward(torch.ones(4), lengths, config).tolist() == pytest.approx([1.0, 0.75, 0.5, 0.5])
    assert cosine_reward(torch.zeros(4), lengths, config).tolist() == pytest.approx([-1.0, -0.5, 0.0, 0.0], abs=1e-6)
    assert cosine_reward(torch.tensor([0.5]), torch.tensor([50]), config).tolist() == pytest.approx([0.125])


def test_the_cosine_is_on_and_off_in_turn():
    config = CosineConfig(limit=10, on_steps=2, off_steps=3, start=4)
    assert [s for s in range(16) if config.is_on(s)] == [4, 5, 9, 10, 14, 15]
    assert all(CosineConfig(limit=10, off_steps=0).is_on(s) for s in range(300))
    assert shaped([1.0], [100], step=101, cosine={"limit": 100}).rewards_B.tolist() == [1.0]
    assert shaped([1.0], [100], step=99, cosine={"limit": 100}).rewards_B.tolist() == [0.5]


def test_an_ungradable_reward_stays_ungradable_under_every_piece():
    done = shaped(
        [math.nan], [100], [True], truncation="constant", truncation_value=-1.0, overlong={"buffer": 20}, cosine={"limit": 100, "off_steps": 0}
    )
    assert math.isnan(done.rewards_B.item())


def test_a_cosine_under_which_wrong_beats_right_is_refused():
    with pytest.raises(pydantic.ValidationError, match="right answer of any length"):
        CosineConfig(limit=10, right_long=0.1, wrong_long=0.2)


def test_the_cosine_needs_its_limit_and_no_key_may_be_misspelt():
    with pytest.raises(pydantic.ValidationError, match="limit"):
        ShapingConfig(cosine={})
    with pytest.raises(pydantic.ValidationError, match="truncated"):
        ShapingConfig(truncated="zero")
