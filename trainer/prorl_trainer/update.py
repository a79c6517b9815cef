"""From samples to gradient steps: minibatches, micro-batches, the loss.

The groups of a step are shared among `updates_per_step` optimiser steps, each on its own groups, `epochs` times over (ProRL: one epoch). Within one,
the loss is weighted by counts of that whole optimiser batch, so that the split into micro-batches does not change it.

Which log-probabilities are the old ones: an engine that samples from the trainer's own weights in this process (`exact_logprobs`) has them already.
Otherwise they are scored once at the step's start, but not where the step is a single update: the policy is then its own old one, and the engine's
are only measured against it. The reference is scored on exactly the micro-batches that the policy is scored on, and only once for all epochs: right
after a reset both are the same weights on the same shapes, and the KL reads exactly 0. A reference that is off-loaded between uses is brought in once
a step, before the first gradient takes memory.

With several processes each has all samples and is dealt its share of the rows of every minibatch, by tokens. A forward or backward of a sharded model
is a common act: a process that has fewer micro-batches than another takes part in the rest with a row of weight 0. Gradients are summed, and so are
the statistics, so that loss and metrics are those of the whole batch.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from prorl_gym.errors import EngineError
from prorl_gym.types import Group
from prorl_trainer import kl
from prorl_trainer.config import TrainConfig
from prorl_trainer.entropy import clip_cov
from prorl_trainer.frozen import Frozen
from prorl_trainer.loss import policy_loss, token_weights
from prorl_trainer.parallel import World, deal
from prorl_trainer.samples import Sample, samples_of
from prorl_trainer.scoring import Scores, micro_batches, score
from prorl_trainer.sharded import full


@dataclass(frozen=True, kw_only=True, slots=True)
class Pass:
    """A micro-batch: one forward and backward of this process, beside one of every other."""

    key: tuple[int, int]
    """Number of its minibatch, and its own within it."""
    places: list[int]
    """Of its samples among the step's."""
    spare: bool
    """Whether it only keeps step with the others; it counts for nothing then."""


class Updater:
    """Takes gradient steps. `entropy_bonus` and `beta` may be changed between steps."""

    def __init__(
        self,
        config: TrainConfig,
        *,
        model: Any,
        reference: Frozen | None,
        optimizer: torch.optim.Optimizer,
        pad_id: int,
        exact_logprobs: bool = True,
        world: World | None = None,
    ) -> None:
        self.config, self.model, self.reference, self.optimizer, self.pad_id = config, model, reference, optimizer, pad_id
        self.exact_logprobs, self.world = exact_logprobs, world or World()
        self.entropy_bonus = config.entropy.bonus
        self.beta = config.algorithm.beta
        self.skips_in_a_row = 0
        self._totals: dict[str, float] = {}
        """Statistics of the step in all processes."""
        self._sums: dict[str, float] = {}
        """Those of the present update in this one."""
        self._references: dict[tuple[int, int], Tensor] = {}
        """Reference log-probabilities by micro-batch that a step will want (again)."""
        self._last_batch: list[Sample] = []
        """What the step's last optimiser step was taken on."""

    def update(self, groups: Sequence[Group], step: int) -> dict[str, float]:
        """Train on a step's groups; gives the metrics, token means over all updates, or nothing where no group gives a sample.

        "kl" is the k3 estimate, "kl_start" the same before the first gradient step. "skipped" counts updates whose gradient was not finite or above
        `skip_above`. Raises EngineError after `max_skips` of these in a row.
        """
        algorithm = self.config.algorithm
        self._totals = {"tokens_trained": 0.0, "skipped": 0.0, "grad_norm": 0.0, "grad_norm_max": 0.0}
        self._references.clear()
        self._last_batch = []
        samples = samples_of(self.config, groups, step)
        if samples and algorithm.kl_in == "reward" and self.reference is not None:
            samples = samples_of(self.config, groups, step, penalties=self._penalties(samples, sum(len(g.rollouts) for g in groups)))
        if not samples:
            return {}
        num_updates = algorithm.epochs * len({s.minibatch for s in samples})
        if algorithm.mismatch != "off" or (num_updates > 1 and not self.exact_logprobs):
            samples = self._with_old_logprobs(samples)
        if self.config.entropy.clip_cov:
            samples = self._with_clipped_covariance(samples, step)
        minibatches = {number: [i for i, s in enumerate(samples) if s.minibatch == number] for number in sorted({s.minibatch for s in samples})}
        if self.reference is not None and self.reference.offloaded and algorithm.kl_in == "loss":
            with self.reference.active() as reference:
                for one in (p for number, batch in minibatches.items() for p in self._passes(batch, samples, number)):
                    self._references[one.key] = self._score(reference, [samples[i] for i in one.places]).logp_BT
        first = True
        for _ in range(algorithm.epochs):
            for number, batch in minibatches.items():
                self._step(number, batch, samples)
                if first:
                    self._totals["kl_start"] = self._totals.get("kl", 0.0) / max(1.0, self._totals["tokens_trained"])
                first = False
        self._last_batch = [samples[i] for i in minibatches[max(minibatches)]]
        metrics = _means(self._totals, num_updates)
        return metrics | {"beta": self.beta} if algorithm.kl_target is not None else metrics

    def kl_now(self) -> float | None:
        """The k3 estimate of the KL of the policy as it is now to the reference as it is now, nats a token, on the step's last optimiser batch.

        Both are scored on the shapes of an update and without dropout: between equal weights it is exactly 0. None without a reference, and after
        a step that trained on nothing.
        """
        if self.reference is None or not self._last_batch:
            return None
        return sum(k3 for _, k3 in self._kl_sums(self._last_batch)) / sum(len(s.token_ids) for s in self._last_batch)

    def _score(self, model: Any, samples: Sequence[Sample], **options: Any) -> Scores:
        prompts, responses = [s.prompt_ids for s in samples], [s.token_ids for s in samples]
        return score(model, prompts, responses, temperature=self.config.rollout.temperature, pad_id=self.pad_id, **options)

    def _passes(self, batch: Sequence[int], samples: Sequence[Sample], number: int = 0) -> list[Pass]:
        """This process's share of the samples at those places, a forward and backward each; as many in every process."""
        lengths = {i: len(samples[i].prompt_ids) + len(samples[i].token_ids) for i in batch}
        dealt: list[list[list[int]]] = []
        for share in deal(list(lengths.values()), self.world.size):
            rows = [batch[p] for p in share]
            of_rows = micro_batches([lengths[i] for i in rows], token_budget=self.config.optimizer.token_budget)
            dealt.append([[rows[p] for p in places] for places in of_rows])
        mine = dealt[self.world.rank]
        shortest = min(batch, key=lengths.__getitem__)
        missing = max(map(len, dealt)) - len(mine)
        passes = [*((places, False) for places in mine), *[([shortest], True)] * missing]
        return [Pass(key=(number, k), places=places, spare=spare) for k, (places, spare) in enumerate(passes)]

    def _logprobs(self, model: Any, samples: Sequence[Sample]) -> list[list[float]]:
        """Each sample's log-probabilities under `model`; every process scores its share and hears of the others'."""
        mine: dict[int, list[float]] = {}
        for one in self._passes(range(len(samples)), samples):
            rows = self._score(model, [samples[i] for i in one.places]).logp_BT.tolist()
            if not one.spare:
                mine |= {i: row[: len(samples[i].token_ids)] for i, row in zip(one.places, rows, strict=True)}
        found = {i: row for part in self.world.gather(mine) for i, row in part.items()}
        return [found[i] for i in range(len(samples))]

    def _penalties(self, samples: Sequence[Sample], num_rollouts: int) -> list[float]:
        """beta times the sum of k1 over each rollout's tokens; the policy and the reference are scored on the same shapes."""
        sums = self._kl_sums(samples)
        out = [0.0] * num_rollouts
        for sample, (k1, _) in zip(samples, sums, strict=True):
            out[sample.rollout] += self.beta * k1
        self._totals["kl"] = sum(k3 for _, k3 in sums) * self.config.algorithm.epochs
        return out

    def _kl_sums(self, samples: Sequence[Sample]) -> list[tuple[float, float]]:
        """The k1 and k3 estimates of the KL to the reference, summed over each sample's tokens."""
        assert self.reference is not None
        policy = self._logprobs(self.model, samples)
        with self.reference.active() as model:
            reference = self._logprobs(model, samples)
        pairs = [(torch.tensor(ours), torch.tensor(theirs)) for ours, theirs in zip(policy, reference, strict=True)]
        return [(float(kl.estimate("k1", *pair).sum()), float(kl.estimate("k3", *pair).sum())) for pair in pairs]

    def _with_old_logprobs(self, samples: Sequence[Sample]) -> list[Sample]:
        """The samples with the trainer's own log-probabilities, against which the engine's are held."""
        rows = self._logprobs(self.model, samples)
        return [replace(s, old_logprobs=tuple(row)) for s, row in zip(samples, rows, strict=True)]

    def _with_clipped_covariance(self, samples: Sequence[Sample], step: int) -> list[Sample]:
        """Mark, minibatch by minibatch, the tokens that Clip-Cov leaves out of the policy gradient."""
        entropy = self.config.entropy
        out = list(samples)
        for number in sorted({s.minibatch for s in samples}):
            rows = [i for i, s in enumerate(samples) if s.minibatch == number]
            logp_N = torch.tensor([x for i in rows for x in samples[i].old_logprobs or samples[i].logprobs])
            advantage_N = torch.tensor([samples[i].advantage for i in rows for _ in samples[i].token_ids])
            seed = (self.config.seed * 1_000_003 + step) * 1_003 + number
            keep = clip_cov(logp_N, advantage_N, share=entropy.clip_cov, low=entropy.clip_cov_low, high=entropy.clip_cov_high, seed=seed).tolist()
            for i in rows:
                length = len(samples[i].token_ids)
                out[i], keep = replace(samples[i], trained=tuple(keep[:length])), keep[length:]
        return out

    def _step(self, number: int, batch: Sequence[int], samples: Sequence[Sample]) -> None:
        """One optimiser step on the samples of those places, the minibatch of that number."""
        optimizer, totals = self.config.optimizer, self._totals
        counts = {"num_tokens": sum(len(samples[i].token_ids) for i in batch), "num_sequences": len(batch)}
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        self._sums = {}
        for one in self._passes(batch, samples, number):
            self._loss(one, samples, counts).backward()
        self.model.eval()
        norm = float(full(torch.nn.utils.clip_grad_norm_(self.model.parameters(), optimizer.grad_clip)))
        summed = self.world.total(self._sums)
        # A NaN of the engine's can leave the gradient finite: that of a clamp at NaN is 0.
        finite = math.isfinite(norm) and math.isfinite(summed.get("loss", 0.0))
        for name, value in summed.items():
            totals[name] = max(totals.get(name, 0.0), value) if name.endswith("_max") else totals.get(name, 0.0) + value
        totals["tokens_trained"] += counts["num_tokens"]
        if not finite or (optimizer.skip_above is not None and norm > optimizer.skip_above):
            totals["skipped"] += 1
            self.skips_in_a_row += 1
            self.optimizer.zero_grad(set_to_none=True)
            if self.skips_in_a_row >= optimizer.max_skips:
                raise EngineError(
                    f"{self.skips_in_a_row} updates in a row had a loss or gradient norm not finite, or one above optimizer.skip_above "
                    f"(the last norm: {norm:g}); "
                    f"lower optimizer.lr, or resume from an earlier checkpoint"
                )
            return
        self.skips_in_a_row = 0
        totals["grad_norm"] += norm
        totals["grad_norm_max"] = max(totals["grad_norm_max"], norm)
        self.optimizer.step()

    def _loss(self, one: Pass, samples: Sequence[Sample], counts: dict[str, int]) -> Tensor:
        """The loss of a micro-batch, its statistics added to the sums."""
        algorithm, sums = self.config.algorithm, self._sums
        recipe, rows = algorithm.recipe, [samples[i] for i in one.places]
        reference_BT = self._reference(one, rows) if self.reference is not None and algorithm.kl_in == "loss" else None
        scored = self._score(self.model, rows, need_entropy=True, entropy_grad=bool(self.entropy_bonus), grad=True)
        logp_BT, entropy_BT, mask_BT = scored
        assert entropy_BT is not None
        if one.spare:
            return 0.0 * logp_BT.sum()
        weight_BT = token_weights(mask_BT, recipe.aggregation, max_tokens=self.config.rollout.max_new_tokens, **counts)
        old_BT, rollout_BT = self._old(rows, logp_BT, mask_BT)
        trained_BT = weight_BT
        if rows[0].trained is not None:
            trained_BT = weight_BT * _padded([[float(x) for x in s.trained or ()] for s in rows], mask_BT)
        loss, stats = policy_loss(
            logp_BT,
            old_BT,
            torch.tensor([s.advantage for s in rows], device=logp_BT.device),
            mask_BT,
            weight_BT=trained_BT,
            clip_low=algorithm.clip_low,
            clip_high=algorithm.clip_high,
            dual_clip=algorithm.dual_clip,
            ratio=recipe.ratio,
            surrogate=recipe.surrogate,
            rollout_logp_BT=rollout_BT,
            mismatch=algorithm.mismatch,
            mismatch_low=algorithm.mismatch_low,
            mismatch_high=algorithm.mismatch_high,
        )
        for name, value in stats.items():
            sums[name] = max(sums.get(name, 0.0), float(value)) if name.endswith("_max") else sums.get(name, 0.0) + float(value)
        if reference_BT is not None:
            kl_BT = kl.estimate(algorithm.kl, logp_BT, reference_BT)
            loss = loss + self.beta * (kl_BT * weight_BT).sum()
            _add(sums, "kl", (kl.estimate("k3", logp_BT.detach(), reference_BT) * mask_BT).sum())
        if self.entropy_bonus:
            loss = loss - self.entropy_bonus * (entropy_BT * weight_BT).sum()
        _add(sums, "loss", loss * counts["num_tokens"])
        per_row_B = (entropy_BT * mask_BT).sum(-1).detach()
        _add(sums, "entropy", per_row_B.sum())
        for s, value in zip(rows, per_row_B.tolist(), strict=True):
            sums[f"entropy/{s.domain}"] = sums.get(f"entropy/{s.domain}", 0.0) + value
            sums[f"num/{s.domain}"] = sums.get(f"num/{s.domain}", 0.0) + len(s.token_ids)
        return loss

    def _old(self, rows: Sequence[Sample], logp_BT: Tensor, mask_BT: Tensor) -> tuple[Tensor, Tensor | None]:
        """The old log-probabilities, and the engine's where they are to be told apart from them."""
        engine_BT = _padded([s.logprobs for s in rows], mask_BT)
        if rows[0].old_logprobs is not None:
            return _padded([s.old_logprobs or () for s in rows], mask_BT), engine_BT
        return (engine_BT, None) if self.exact_logprobs else (logp_BT.detach(), engine_BT)

    def _reference(self, one: Pass, rows: Sequence[Sample]) -> Tensor:
        if one.key not in self._references:
            assert self.reference is not None
            with self.reference.active() as reference:
                logp_BT = self._score(reference, rows).logp_BT
            if self.config.algorithm.epochs == 1:
                return logp_BT
            self._references[one.key] = logp_BT
        return self._references[one.key]


def _padded(rows: Sequence[Sequence[float]], like_BT: Tensor) -> Tensor:
    """Ragged rows as a tensor of the mask's shape, 0 behind their ends."""
    width = like_BT.shape[1]
    return torch.tensor([[*row, *[0.0] * (width - len(row))] for row in rows], device=like_BT.device)


def _add(sums: dict[str, float], name: str, value: Tensor) -> None:
    sums[name] = sums.get(name, 0.0) + float(value.detach())


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
            out[name] = value / max(1, num_updates - totals["skipped"])
        elif name.startswith("entropy/"):
            out[name] = value / max(1.0, totals[f"num/{name.removeprefix('entropy/')}"])
        else:
            out[name] = value / tokens
    return out
