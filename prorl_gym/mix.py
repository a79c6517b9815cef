"""A weighted mix of environments: exact shares, schedules over steps, adaptive difficulty, state that is saved and restored.

    [[mix]]
    env = "math/arithmetic-v0"
    weight = 2.0
    difficulty = [0, 1]
    [[mix]]
    env = "logic/spell_backward-v0"
    weight = [[0, 0.0], [500, 1.0]]        # a schedule: linear between (step, weight) points
    adaptive = true                        # the level follows the success rate
    [[mix]]
    use = "logic/prorl-train"              # a named mix of a plugin; its entries share the weight, what it does not settle is settled here
    weight = 3.0

Shares are exact: every batch is dealt by largest remainder, and what an entry did not get in one batch is owed to it in the next, so the
shares also hold over the whole run. Each entry walks its own stream by index, so no task is asked twice before the stream repeats itself. A draw
that breaks or hangs (`draw_s`) is noted in `faults`, and another task, from far off in the stream, takes its place: the walk stays where it was.
"""

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

import pydantic

from prorl_gym.config import Strict
from prorl_gym.deadline import within
from prorl_gym.env import TextEnv
from prorl_gym.errors import ConfigError, ProrlError
from prorl_gym.registry import env_class, env_spec, make, registry
from prorl_gym.streams import item_seed
from prorl_gym.types import Task

DRAW_S = 600.0
"""Wall seconds in which one task has to be drawn, unless the caller says otherwise; not of an entry's first, which may have to fetch a data set."""
MAX_FAILED_DRAWS = 8
"""So many tasks that cannot be drawn, one after the other for one place, are an error."""
Schedule = float | list[tuple[int, float]]


class MixEntry(Strict):
    """One environment's part of a mix."""

    env: str
    weight: Schedule = 1.0
    """A share relative to the other weights: a number, or [step, weight] points with linear steps between them."""
    quota: int | None = pydantic.Field(default=None, ge=0)
    """A fixed number of prompts a batch instead of a weight; quotas are served first."""
    difficulty: int | list[int] | None = None
    """A level, an inclusive [low, high] range, or all levels."""
    adaptive: bool = False
    """Start at the lowest level of `difficulty` and follow the success rate within its range."""
    style: Literal["full", "terse"] = "full"
    group_size: int | None = pydantic.Field(default=None, ge=2)
    """Rollouts a prompt, where it differs from the run's."""
    start: int = pydantic.Field(default=0, ge=0)
    """The place in its training stream at which it begins; validation and test always begin at 0."""
    env_kwargs: dict[str, Any] = pydantic.Field(default_factory=dict)

    @pydantic.field_validator("weight")
    @classmethod
    def _not_negative(cls, value: Schedule) -> Schedule:
        weights = [value] if isinstance(value, int | float) else [w for _, w in value]
        steps = [] if isinstance(value, int | float) else [s for s, _ in value]
        if not weights or not all(0 <= w < math.inf for w in weights) or steps != sorted(set(steps)):
            raise ValueError("a weight is not negative; a schedule is a list of [step, weight] with rising steps")
        return value


def with_named(entries: Any) -> Any:
    """A configuration's entries, each `use = "NAME"` replaced by the entries of the mix that a plugin registered under that name.

    They share the weight (default 1) of the line in the proportions of their own; its other keys hold for each of them that has none of its
    own. Raises UnknownNameError for an unknown name, ValueError for a quota.
    """
    if not isinstance(entries, list):
        return entries
    return [made for entry in cast("list[Any]", entries) for made in _named(entry)]


def _named(entry: Any) -> list[Any]:
    if not isinstance(entry, Mapping) or "use" not in entry:
        return [entry]
    settings: dict[str, Any] = dict(cast("Mapping[str, Any]", entry))
    name, weight = settings.pop("use"), settings.pop("weight", 1.0)
    if "quota" in settings or "env" in settings:
        raise ValueError(f"a named mix takes a weight and no {'quota' if 'quota' in settings else 'env'}; got use = {name!r} beside it")
    made = [dict(one) for one in registry().load("mix", name)()]
    total = sum(one.get("weight", 1.0) for one in made)
    return [{**settings, **one, "weight": _scaled(weight, one.get("weight", 1.0) / total)} for one in made]


def _scaled(weight: Any, by: float) -> Any:
    if isinstance(weight, list):
        return [[step, value * by] for step, value in cast("list[Any]", weight)]
    return weight * by


MixEntries = Annotated[list[MixEntry], pydantic.BeforeValidator(with_named)]
"""The type of a configuration's `mix`."""


class AdaptiveConfig(Strict):
    """When an adaptive entry changes its level."""

    raise_above: float = pydantic.Field(default=0.8, gt=0, le=1)
    lower_below: float = pydantic.Field(default=0.2, ge=0, lt=1)
    window: int = pydantic.Field(default=64, ge=1)
    """Rollouts at the present level that a decision is based on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Drawn:
    """A task of a mix and the entry it came from."""

    entry: int
    index: int
    task: Task
    group_size: int | None


def largest_remainder(shares: Sequence[float], total: int) -> list[int]:
    """`total` dealt in proportion to `shares`, each within one of its exact share (Hamilton's method); ties go to the first."""
    weight = sum(shares)
    if weight <= 0 or total <= 0:
        return [0] * len(shares)
    exact = [total * s / weight for s in shares]
    dealt = [int(x) for x in exact]
    order = sorted(range(len(shares)), key=lambda i: (dealt[i] - exact[i], i))
    for i in order[: total - sum(dealt)]:
        dealt[i] += 1
    return dealt


def weight_at(weight: Schedule, step: int) -> float:
    """The weight at a step: constant before the first point and after the last, linear in between."""
    if isinstance(weight, int | float):
        return float(weight)
    before, after = weight[0], weight[-1]
    for point in weight:
        if point[0] <= step:
            before = point
        else:
            after = point
            break
    if step <= before[0] or after[0] <= step or after[0] == before[0]:
        return float(before[1] if step < after[0] else after[1])
    return before[1] + (after[1] - before[1]) * (step - before[0]) / (after[0] - before[0])


class Mix:
    """Draws batches of tasks from several environments. Raises ConfigError where an entry cannot be used."""

    def __init__(self, entries: Sequence[MixEntry], *, split: str = "train", adaptive: AdaptiveConfig | None = None, draw_s: float = DRAW_S) -> None:
        if not entries:
            raise ConfigError("a mix needs at least one entry: [[mix]] with env = 'domain/name-v0'")
        self.entries = list(entries)
        self.split = split
        self.adaptive = adaptive or AdaptiveConfig()
        self.draw_s = draw_s
        self.faults: list[str] = []
        """Draws that broke or hung, as text; whoever tells of them empties it."""
        self.envs = [self._make(number, entry) for number, entry in enumerate(entries)]
        self._cursor = [entry.start if split == "train" else 0 for entry in self.entries]
        self._opened = [False] * len(entries)
        self._owed = [0.0] * len(entries)
        self._level = [env.low for env in self.envs]
        self._recent: list[list[float]] = [[] for _ in entries]

    def _make(self, number: int, entry: MixEntry) -> TextEnv:
        try:
            return make(entry.env, split=self.split, difficulty=entry.difficulty, style=entry.style, **entry.env_kwargs)
        except TypeError as error:
            raise ConfigError(f"mix.{number} ({entry.env}): {error}") from error
        except ProrlError as error:
            raise ConfigError(f"mix.{number}: {error}") from error

    def shares(self, step: int, total: int) -> list[int]:
        """How many of `total` prompts each entry gets at that step; what is owed from earlier batches counts. Pure."""
        quotas = [entry.quota or 0 for entry in self.entries]
        if sum(quotas) > total:
            raise ConfigError(f"the mix's quotas add up to {sum(quotas)} prompts, but a batch has {total}")
        weights = [0.0 if e.quota is not None else weight_at(e.weight, step) for e in self.entries]
        rest = total - sum(quotas)
        if rest and sum(weights) <= 0:
            raise ConfigError(f"at step {step} the mix has no entry with a positive weight for {rest} of {total} prompts")
        wanted = [rest * w / sum(weights) + owed if w > 0 else 0.0 for w, owed in zip(weights, self._owed, strict=True)] if rest else weights
        dealt = largest_remainder([max(0.0, w) for w in wanted], rest)
        return [q + d for q, d in zip(quotas, dealt, strict=True)]

    def draw(self, step: int, total: int) -> list[Drawn]:
        """The next batch: `total` tasks, entries interleaved."""
        dealt = self._deal(step, total)
        batch = [self._next(i) for i, count in enumerate(dealt) for _ in range(count)]
        places = [(k + 0.5) / count for count in dealt for k in range(count)]
        return [batch[i] for i in sorted(range(len(batch)), key=lambda i: (places[i], batch[i].entry))]

    def pass_over(self, step: int, total: int) -> None:
        """Move on as `draw` does, without making the tasks."""
        for i, count in enumerate(self._deal(step, total)):
            self._cursor[i] += count

    def _deal(self, step: int, total: int) -> list[int]:
        dealt = self.shares(step, total)
        weights = [0.0 if e.quota is not None else weight_at(e.weight, step) for e in self.entries]
        rest = total - sum(e.quota or 0 for e in self.entries)
        for i, weight in enumerate(weights):
            if weight > 0:
                self._owed[i] += rest * weight / sum(weights) - dealt[i]
        return dealt

    def _next(self, entry: int) -> Drawn:
        index = self._cursor[entry]
        self._cursor[entry] += 1
        level = self._level[entry] if self.entries[entry].adaptive else None
        index, task = self._task(entry, index, level)
        return Drawn(entry=entry, index=index, task=task, group_size=self.entries[entry].group_size)

    def _task(self, entry: int, index: int, level: int | None) -> tuple[int, Task]:
        """The task at `index`, or the next one that can be drawn, with its index."""
        name, env, at = f"mix.{entry} ({self.entries[entry].env})", self.envs[entry], index
        for attempt in range(MAX_FAILED_DRAWS):
            what, patience_s = f"drawing task {at} of {name}", self.draw_s if self._opened[entry] else math.inf
            try:
                task = within(patience_s, functools.partial(env.task_at, at, difficulty=level), what=what)
                self._opened[entry] = True
                return at, task
            except ProrlError:  # on purpose, with its remedy
                raise
            except Exception as error:  # the environment boundary: one broken task does not end a run
                self.faults.append(f"{what} failed: {type(error).__name__}: {error}"[:500])
            at = item_seed(env.env_id, "instead", level or 0, index, attempt) % 2**31
        raise ConfigError(f"{name}: {MAX_FAILED_DRAWS} tasks in a row could not be drawn; mend the environment or take it out ({self.faults[-1]})")

    def observe(self, entry: int, success: Sequence[float]) -> dict[str, Any] | None:
        """Note the unshaped rewards of an adaptive entry's rollouts; gives the decision where its level changes, for the log."""
        if not self.entries[entry].adaptive:
            return None
        recent = self._recent[entry]
        recent.extend(success)
        if len(recent) < self.adaptive.window:
            return None
        rate, level, env = sum(recent) / len(recent), self._level[entry], self.envs[entry]
        recent.clear()
        change = 1 if rate > self.adaptive.raise_above else -1 if rate < self.adaptive.lower_below else 0
        self._level[entry] = min(max(level + change, env.low), env.high)
        if self._level[entry] == level:
            return None
        return {"env": self.entries[entry].env, "entry": entry, "from": level, "to": self._level[entry], "success": rate}

    def state_dict(self) -> dict[str, Any]:
        """JSON: cursors, debts, levels and recent success."""
        return {
            "envs": [e.env for e in self.entries],
            "cursor": list(self._cursor),
            "owed": list(self._owed),
            "level": list(self._level),
            "recent": [list(r) for r in self._recent],
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Restore `state_dict`. Raises ConfigError where the entries are not those that were saved."""
        names = [e.env for e in self.entries]
        if state["envs"] != names:
            raise ConfigError(f"the saved mix has the entries {state['envs']}, this one has {names}")
        self._cursor, self._owed, self._level = list(state["cursor"]), list(state["owed"]), list(state["level"])
        self._recent = [list(r) for r in state["recent"]]


def needs(entries: Sequence[MixEntry]) -> set[str]:
    """The capabilities, such as "sandbox", that grading a mix needs."""
    return {need for e in entries for need in env_spec(e.env).needs}


def verifier_refs(entries: Sequence[MixEntry]) -> list[str]:
    """The verifiers' entry points, so that a pool can import them ahead of time."""
    return list(dict.fromkeys(f"{c.__module__}:{c.__qualname__}" for c in (env_class(e.env) for e in entries)))
