"""Collecting the groups of a step: draw prompts from the mix, play each `group_size` times, keep the groups that carry a signal, refill.

Dynamic sampling (ProRL, arXiv 2505.24864, section 2.2; first in DAPO, arXiv 2503.14476): a group whose rewards do not spread has no
advantage and is dropped. The filter looks at the unshaped reward. Groups are taken in the order in which they were dispatched, so that
short answers are not favoured; what is left over opens the next step. Late in a run only about 41% of groups survive, so the refill is
sized by the keep rate seen so far and bounded by `refill` times the target. What is left over grows old: past `rollout.max_staleness` it is
dropped and counted.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from prorl_gym.mix import Drawn, Mix
from prorl_gym.plugins import notify
from prorl_gym.pool import VerifierPool
from prorl_gym.rollout import Play, play
from prorl_gym.runs import Run
from prorl_gym.types import Group, Rollout
from prorl_trainer.config import TrainConfig
from prorl_trainer.engines import Engine, Sampling
from prorl_trainer.faults import FaultCounts
from prorl_trainer.parallel import Onlooker, World
from prorl_trainer.policy import EnginePolicy
from prorl_trainer.sampling import has_spread


@dataclass(kw_only=True)
class Collected:
    """The groups of a step and what it took to get them."""

    groups: list[Group] = field(default_factory=list[Group])
    played: list[Rollout] = field(default_factory=list[Rollout])
    """Every rollout of the step, dropped groups included."""
    num_groups: int = 0
    num_kept: int = 0
    carried_in: int = 0
    num_stale: int = 0
    """Groups left over from earlier steps that had become too old."""
    staleness: list[int] = field(default_factory=list[int])
    """Of each group: the updates between the policy that sampled it and the one that it trains."""
    decisions: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    """Level changes of adaptive entries."""
    undrawn: list[str] = field(default_factory=list[str])
    """Tasks that could not be drawn and were replaced, with the reason."""
    faults: dict[str, float] = field(default_factory=dict[str, float])
    """What went wrong, by kind; see `faults`."""


class Collector:
    """Collects groups step after step. What is carried over and the keep rate go from one step to the next, and into checkpoints."""

    def __init__(
        self,
        config: TrainConfig,
        *,
        mix: Mix,
        engine: Engine,
        tokenizer: Any,
        pool: VerifierPool,
        run: Run | Onlooker,
        world: World | None = None,
    ) -> None:
        self.config, self.mix, self.engine, self.tokenizer, self.pool, self.run = config, mix, engine, tokenizer, pool, run
        self.surplus: list[tuple[int, Group]] = []
        """Groups with a signal that no step has trained on, in dispatch order, each with the step whose weights sampled it."""
        self.keep_rate = 1.0
        """Moving average of the share of groups that carry a signal."""
        self.world = (world or World()).apart()  # it may be called on a thread
        self.counts: dict[str, int] = {}
        """What the verifier pools of all processes have counted."""
        self.faults = FaultCounts(self.counts)

    def collect(self, step: int, version: int) -> Collected:
        """Groups for one step: `prompts_per_step` of them, fewer where the refill's bound is reached; by the weights of step `version`."""
        rollout, algorithm = self.config.rollout, self.config.algorithm
        target = rollout.prompts_per_step
        bound = math.ceil(algorithm.refill * target) if algorithm.dynamic_sampling else target
        fresh = [(sampled, group) for sampled, group in self.surplus if step - 1 - sampled <= rollout.max_staleness]
        done = Collected(carried_in=min(target, len(fresh)), num_stale=len(self.surplus) - len(fresh))
        self.surplus = fresh
        sampling = Sampling(max_new_tokens=rollout.max_new_tokens, temperature=rollout.temperature)
        with self.run.rollouts(f"step-{step:06d}") as writer:
            while (missing := target - len(self.surplus)) > 0 and done.num_groups < bound:
                wanted = math.ceil(missing / max(self.keep_rate, 0.25)) if algorithm.dynamic_sampling else missing
                drawn = self._draw(step, min(wanted, bound - done.num_groups))
                policy = EnginePolicy(
                    self.engine,
                    self.tokenizer,
                    sampling,
                    seed=_seed(self.config.seed, step, done.num_groups),
                    batch_size=rollout.batch_size,
                    max_prompt_tokens=rollout.max_prompt_tokens,
                )
                for group, entry in self._play(drawn, policy, step, version, first=done.num_groups):
                    self._write_down(group, writer)
                    if self._judge(group, entry, done):
                        self.surplus.append((version, group))
        taken, self.surplus = self.surplus[:target], self.surplus[target:]
        done.groups = [group for _, group in taken]
        done.undrawn, self.mix.faults = self.mix.faults, []
        self.counts |= {kind: int(number) for kind, number in self.world.total(self.pool.counts).items()}
        done.faults = self.faults.step(done.played, done.undrawn)
        done.staleness = [step - 1 - sampled for sampled, _ in taken]
        return done

    def _draw(self, step: int, total: int) -> list[Drawn]:
        """The next prompts. The first process draws for all: a draw that hangs on one machine need not hang on another."""
        drawn, state = self.world.from_first(lambda: (self.mix.draw(step, total), self.mix.state_dict()))
        if not self.world.first:
            self.mix.load_state_dict(state)
        return drawn

    def _play(self, drawn: Sequence[Drawn], policy: EnginePolicy, step: int, version: int, *, first: int) -> Iterator[tuple[Group, int]]:
        """Each prompt's group and entry, in the order in which the prompts were drawn. Every process plays its share and hears of the others'.

        `first` is the first prompt's place among the step's: prompts go round the processes, also where a draw has few.
        """
        rank, size = self.world.rank, self.world.size
        mine = self._groups(drawn[(rank - first) % size :: size], policy, step, version)
        shares = [iter(share) for share in self.world.gather(list(mine))] if size > 1 else [mine]
        for place, one in enumerate(drawn, first):
            yield next(shares[place % size]), one.entry

    def _write_down(self, group: Group, writer: Any) -> None:
        for rollout in group.rollouts if self.world.first else ():
            writer.write(rollout.to_json())
            notify("rollout_graded", rollout=rollout, run=self.run.path)

    def _groups(self, drawn: Sequence[Drawn], policy: EnginePolicy, step: int, version: int) -> Iterator[Group]:
        """Each of those prompts' groups, in their order."""
        info = {"process": self.world.rank} if self.world.size > 1 else {}
        plays = (
            Play(task=d.task, group_id=f"{step}:{d.entry}:{d.index}", sample=sample, env_kwargs={"mode": self.config.algorithm.mode}, info=info)
            for d in drawn
            for sample in range(d.group_size or self.config.rollout.group_size)
        )
        following = iter(drawn)
        members: list[Rollout] = []
        current = next(following, None)
        # The window holds all: with a smaller one the engine's batches, and so its samples, would depend on how fast gradings come back.
        window = max(1, sum(d.group_size or self.config.rollout.group_size for d in drawn))
        bounds = self.config.deadlines
        for rollout in play(
            plays, policy, pool=self.pool, version=f"step {version}", window=window, step_s=bounds.step_s, episode_s=bounds.episode_s
        ):
            members.append(rollout)
            assert current is not None
            if len(members) == (current.group_size or self.config.rollout.group_size):
                yield Group(task=current.task, rollouts=tuple(members))
                members, current = [], next(following, None)

    def _judge(self, group: Group, entry: int, done: Collected) -> bool:
        """Count a group; True where it carries a signal."""
        algorithm = self.config.algorithm
        valid = [r for r in group.rewards if not math.isnan(r)]
        done.num_groups += 1
        done.played.extend(group.rollouts)
        if decision := self.mix.observe(entry, valid):
            done.decisions.append(decision)
        keeps = has_spread(group.rewards, eps=algorithm.spread_eps) if algorithm.dynamic_sampling else len(valid) >= 2
        self.keep_rate = 0.95 * self.keep_rate + 0.05 * keeps
        if keeps:
            done.num_kept += 1
        return keeps

    def state_dict(self) -> dict[str, Any]:
        """Groups carried over and the keep rate."""
        return {"surplus": self.surplus, "keep_rate": self.keep_rate}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore `state_dict`."""
        self.surplus, self.keep_rate = list(state["surplus"]), state["keep_rate"]


def _seed(seed: int, step: int, place: int) -> int:
    return (seed * 1_000_003 + step) * 1_000_003 + place


def first_step_alarms(done: Collected, *, eps: float, max_new_tokens: int) -> list[str]:
    """What the rollouts of a first step say about a run that will not learn, and what to do about it."""
    out: list[str] = []
    cut = sum(r.completion.truncated for r in done.played) / max(1, len(done.played))
    if cut > 0.5:
        out.append(
            f"{cut:.0%} of the first step's answers, over half, were cut at rollout.max_new_tokens = {max_new_tokens}: raise it; a model that never "
            f"ends its answers needs a warm start (prorl sft) or shaping.truncation"
        )
    rewards: dict[str, list[float]] = {}
    for r in done.played:
        rewards.setdefault(r.group_id, []).append(r.reward)
    if not any(has_spread(group, eps=eps) for group in rewards.values()):
        graded = [r.reward for r in done.played if not math.isnan(r.reward)]
        mean = sum(graded) / max(1, len(graded))
        easy = "too easy: set a higher difficulty, or adaptive = true, for its entries of the mix"
        hard = (
            "too hard, or the answers have the wrong form: read rollouts/step-000001.jsonl, lower the difficulty, raise rollout.group_size, or "
            "warm-start the model with prorl sft"
        )
        what = "no answer of the first step could be graded" if not graded else easy if mean > 0.5 else hard
        out.append(f"no group of the first step has a spread of rewards (all {len(rewards)}, mean reward {mean:.3g}): the tasks are {what}")
    return out


def rollout_metrics(done: Collected) -> dict[str, float]:
    """What a step's rollouts say: rewards, per domain, lengths, truncation, how much was kept, how much could not be graded."""
    played = done.played
    graded = [r for r in played if not math.isnan(r.reward)]
    domains: dict[str, list[float]] = {}
    for r in graded:
        domains.setdefault(r.task.env_id.partition("/")[0], []).append(r.reward)
    reasons = Counter(r.verdict.outcome.value for r in played)
    tokens = [r.num_tokens or 0 for r in played]
    count = max(1, len(played))
    return {
        "reward": sum(r.reward for r in graded) / max(1, len(graded)),
        "solved": sum(r.reward >= 1.0 for r in graded) / max(1, len(graded)),
        **{f"reward/{name}": sum(values) / len(values) for name, values in sorted(domains.items())},
        "length": sum(tokens) / count,
        "tokens": float(sum(tokens)),
        "truncated": sum(r.completion.truncated for r in played) / count,
        "no_answer": reasons["no_answer"] / count,
        "ungradable": 1 - len(graded) / count,
        "groups": float(done.num_groups),
        "keep_rate": done.num_kept / max(1, done.num_groups),
        "groups_trained": float(len(done.groups)),
        "groups_stale": float(done.num_stale),
        "staleness": sum(done.staleness) / max(1, len(done.staleness)),
        **done.faults,
    }
