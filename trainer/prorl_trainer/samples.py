"""From a step's groups to what the model is trained on: rewards shaped, advantages taken, a sample for each turn of each rollout."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from prorl_gym.types import Group, Rollout
from prorl_trainer import advantage, shaping
from prorl_trainer.config import TrainConfig


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One turn of one rollout, as the model is trained on it."""

    prompt_ids: tuple[int, ...]
    token_ids: tuple[int, ...]
    logprobs: tuple[float, ...]
    """Of the engine that sampled it, shape [T]."""
    advantage: float
    domain: str
    minibatch: int
    rollout: int
    """Place of its rollout among the step's."""
    old_logprobs: tuple[float, ...] | None = None
    """Of the trainer's own policy before the step's first update, where they were scored."""
    trained: tuple[bool, ...] | None = None
    """Which tokens have a policy gradient; None for all. Shape [T]."""


def samples_of(config: TrainConfig, groups: Sequence[Group], step: int, *, penalties: Sequence[float] | None = None) -> list[Sample]:
    """The training samples of a step, a turn each; rollouts that could not be graded, or that shaping leaves out, give none.

    `penalties` are taken off the shaped rewards, one a rollout in the order of the groups.
    """
    rollouts: list[Rollout] = [r for g in groups for r in g.rollouts]
    if not rollouts:
        return []
    groups_B = torch.tensor([i for i, g in enumerate(groups) for _ in g.rollouts])
    num_tokens_B = torch.tensor([r.num_tokens or 0 for r in rollouts])
    shaped = shaping.shape_rewards(
        torch.tensor([r.reward for r in rollouts], dtype=torch.float32),
        lengths_B=num_tokens_B,
        truncated_B=torch.tensor([r.completion.truncated for r in rollouts]),
        limit=config.rollout.max_new_tokens,
        step=step,
        config=config.shaping,
    )
    rewards_B = shaped.rewards_B if penalties is None else shaped.rewards_B - torch.tensor(penalties)
    keep_B = shaped.keep_B & advantage.usable(rewards_B, groups_B)
    advantage_B = _advantages(config.algorithm.recipe.advantage, rewards_B, groups_B, num_tokens_B * keep_B)
    per_update = math.ceil(len(groups) / config.algorithm.updates_per_step)
    return [
        Sample(
            prompt_ids=turn.completion.prompt_token_ids or (),
            token_ids=turn.completion.token_ids,
            logprobs=turn.completion.logprobs or (),
            advantage=value,
            domain=rollout.task.env_id.partition("/")[0],
            minibatch=group // per_update,
            rollout=place,
        )
        for place, (rollout, value, keep, group) in enumerate(zip(rollouts, advantage_B.tolist(), keep_B.tolist(), groups_B.tolist(), strict=True))
        if keep
        for turn in rollout.turns
        if turn.completion.token_ids
    ]


def _advantages(kind: str, rewards_B: Tensor, groups_B: Tensor, num_tokens_B: Tensor) -> Tensor:
    if kind == "grpo":
        return advantage.grpo(rewards_B, groups_B)
    if kind == "mean":
        return advantage.mean_baseline(rewards_B, groups_B)
    return advantage.reinforce_pp_baseline(rewards_B, groups_B, num_tokens_B)
