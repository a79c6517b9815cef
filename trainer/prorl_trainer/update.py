"""From groups to gradient steps: advantages, minibatches, micro-batches, the loss.

The groups of a step are shared among `updates_per_step` optimiser steps, each on its own groups (one epoch, as in the paper). Within one,
the loss is a token mean over that whole optimiser batch, so that the split into micro-batches does not change it.

The reference is scored on exactly the micro-batches that the policy is scored on: right after a reset both are the same weights on the same
shapes, and the KL reads exactly 0.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from prorl_gym.types import Group, Rollout
from prorl_trainer import advantage, kl, shaping
from prorl_trainer.config import TrainConfig
from prorl_trainer.loss import policy_loss
from prorl_trainer.scoring import micro_batches, score


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
    old_logprobs: tuple[float, ...] | None = None
    """Of the trainer's own policy before the step's first update, where they are told apart from the engine's."""


def samples_of(config: TrainConfig, groups: Sequence[Group], step: int) -> list[Sample]:
    """The training samples of a step, a turn each; rollouts that could not be graded, or that shaping leaves out, give none."""
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
    keep_B = shaped.keep_B & advantage.usable(shaped.rewards_B, groups_B)
    if config.algorithm.advantage == "grpo":
        advantage_B = advantage.grpo(shaped.rewards_B, groups_B)
    else:
        advantage_B = advantage.reinforce_pp_baseline(shaped.rewards_B, groups_B, num_tokens_B * keep_B)
    per_update = math.ceil(len(groups) / config.algorithm.updates_per_step)
    return [
        Sample(
            prompt_ids=turn.completion.prompt_token_ids or (),
            token_ids=turn.completion.token_ids,
            logprobs=turn.completion.logprobs or (),
            advantage=value,
            domain=rollout.task.env_id.partition("/")[0],
            minibatch=group // per_update,
        )
        for rollout, value, keep, group in zip(rollouts, advantage_B.tolist(), keep_B.tolist(), groups_B.tolist(), strict=True)
        if keep
        for turn in rollout.turns
        if turn.completion.token_ids
    ]


class Updater:
    """Takes gradient steps. `entropy_bonus` may be changed between steps."""

    def __init__(self, config: TrainConfig, *, model: Any, reference: Any | None, optimizer: torch.optim.Optimizer, pad_id: int) -> None:
        self.config, self.model, self.reference, self.optimizer, self.pad_id = config, model, reference, optimizer, pad_id
        self.entropy_bonus = config.entropy.bonus

    def update(self, samples: Sequence[Sample]) -> dict[str, float]:
        """One pass over the samples, a gradient step a minibatch; gives the metrics, token means over all of them.

        "kl_start" is the KL to the reference before the first gradient step. "skipped" counts updates whose gradient was not finite.
        """
        totals: dict[str, float] = {"tokens_trained": 0.0, "skipped": 0.0, "grad_norm": 0.0}
        if self.config.algorithm.mismatch != "off":
            samples = self._with_old_logprobs(samples)
        numbers = sorted({s.minibatch for s in samples})
        for number in numbers:
            batch = [s for s in samples if s.minibatch == number]
            self._step(batch, totals)
            if number == numbers[0]:
                totals["kl_start"] = totals.get("kl", 0.0) / max(1.0, totals["tokens_trained"])
        return _means(totals, max(1, len(numbers)))

    def _with_old_logprobs(self, samples: Sequence[Sample]) -> list[Sample]:
        """The samples with the trainer's own log-probabilities, against which the engine's are held."""
        scored = score(
            self.model,
            [s.prompt_ids for s in samples],
            [s.token_ids for s in samples],
            temperature=self.config.rollout.temperature,
            pad_id=self.pad_id,
            token_budget=self.config.optimizer.token_budget,
        )
        rows = scored.logp_BT.tolist()
        return [replace(s, old_logprobs=tuple(row[: len(s.token_ids)])) for s, row in zip(samples, rows, strict=True)]

    def _step(self, batch: Sequence[Sample], totals: dict[str, float]) -> None:
        num_tokens = sum(len(s.token_ids) for s in batch)
        lengths = [len(s.prompt_ids) + len(s.token_ids) for s in batch]
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        for rows in micro_batches(lengths, token_budget=self.config.optimizer.token_budget):
            loss = self._loss([batch[i] for i in rows], num_tokens, totals)
            loss.backward()
        self.model.eval()
        norm = float(torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.config.optimizer.grad_clip))
        totals["tokens_trained"] += num_tokens
        if not math.isfinite(norm):
            totals["skipped"] += 1
            return
        totals["grad_norm"] += norm
        self.optimizer.step()

    def _loss(self, rows: Sequence[Sample], num_tokens: int, totals: dict[str, float]) -> Tensor:
        algorithm, temperature = self.config.algorithm, self.config.rollout.temperature
        prompts, responses = [s.prompt_ids for s in rows], [s.token_ids for s in rows]
        scored = score(self.model, prompts, responses, temperature=temperature, pad_id=self.pad_id, need_entropy=True, grad=True)
        logp_BT, entropy_BT, mask_BT = scored
        assert entropy_BT is not None
        rollout_BT = _padded([s.logprobs for s in rows], mask_BT)
        apart = rows[0].old_logprobs is not None
        old_BT = _padded([s.old_logprobs or () for s in rows], mask_BT) if apart else rollout_BT
        loss, stats = policy_loss(
            logp_BT,
            old_BT,
            torch.tensor([s.advantage for s in rows], device=logp_BT.device),
            mask_BT,
            clip_low=algorithm.clip_low,
            clip_high=algorithm.clip_high,
            num_tokens=num_tokens,
            rollout_logp_BT=rollout_BT if apart else None,
            mismatch=algorithm.mismatch if apart else "off",
            mismatch_low=algorithm.mismatch_low,
            mismatch_high=algorithm.mismatch_high,
        )
        for name, value in stats.items():
            totals[name] = max(totals.get(name, 0.0), float(value)) if name.endswith("_max") else totals.get(name, 0.0) + float(value)
        if self.reference is not None:
            reference = score(self.reference, prompts, responses, temperature=temperature, pad_id=self.pad_id, grad=False)
            kl_BT = kl.estimate(algorithm.kl, logp_BT, reference.logp_BT)
            loss = loss + algorithm.beta * (kl_BT * mask_BT).sum() / num_tokens
            _add(totals, "kl", (kl.estimate("k3", logp_BT.detach(), reference.logp_BT) * mask_BT).sum())
        if self.entropy_bonus:
            loss = loss - self.entropy_bonus * (entropy_BT * mask_BT).sum() / num_tokens
        _add(totals, "loss", loss * num_tokens)
        per_row_B = (entropy_BT * mask_BT).sum(-1).detach()
        _add(totals, "entropy", per_row_B.sum())
        for s, value in zip(rows, per_row_B.tolist(), strict=True):
            totals[f"entropy/{s.domain}"] = totals.get(f"entropy/{s.domain}", 0.0) + value
            totals[f"num/{s.domain}"] = totals.get(f"num/{s.domain}", 0.0) + len(s.token_ids)
        return loss


def _padded(rows: Sequence[Sequence[float]], like_BT: Tensor) -> Tensor:
    """Ragged rows as a tensor of the mask's shape, 0 behind their ends."""
    width = like_BT.shape[1]
    return torch.tensor([[*row, *[0.0] * (width - len(row))] for row in rows], device=like_BT.device)


def _add(totals: dict[str, float], name: str, value: Tensor) -> None:
    totals[name] = totals.get(name, 0.0) + float(value.detach())


def _means(totals: dict[str, float], num_updates: int) -> dict[str, float]:
    """Sums over tokens to means; counts and maxima stay."""
    tokens = max(1.0, totals["tokens_trained"])
    out: dict[str, float] = {}
    for name, value in totals.items():
        if name.startswith("num/") or name == "tokens":
            continue
        if name in ("tokens_trained", "skipped", "kl_start") or name.endswith("_max"):
            out[name] = value
        elif name == "grad_norm":
            out[name] = value / num_updates
        elif name.startswith("entropy/"):
            out[name] = value / max(1.0, totals[f"num/{name.removeprefix('entropy/')}"])
        else:
            out[name] = value / tokens
    return out
