"""What is checked: an environment's id with the settings to make it, and the tasks that are drawn from it, each once."""

import functools
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from prorl_gym.dataset import DatasetEnv
from prorl_gym.env import TextEnv
from prorl_gym.errors import MissingExtraError, SandboxUnavailableError
from prorl_gym.registry import EnvSpec, env_spec, make
from prorl_gym.sandbox import open_sandbox
from prorl_gym.types import SPLITS, Task


@dataclass(frozen=True, kw_only=True)
class Subject:
    """An environment under check: `num_tasks` tasks a level and split, of the stream's part that `seed` chooses (0: its beginning)."""

    env_id: str
    num_tasks: int = 8
    seed: int = 0
    given: Mapping[str, Any] = field(default_factory=dict[str, Any])
    drawn: dict[str, tuple[Task, ...]] = field(default_factory=dict[str, tuple[Task, ...]])
    """Split to its tasks, once they were drawn."""

    @functools.cached_property
    def spec(self) -> EnvSpec:
        """What is registered."""
        return env_spec(self.env_id)

    @functools.cached_property
    def settings(self) -> dict[str, Any]:
        """The given settings; where there are none, those of the spec's example. A set whose rows all lie in one split is taken there."""
        settings = dict(self.given or self.spec.example)
        [first, *others] = splits_of(make(self.env_id, **settings))
        return settings if others else {"split": first, **settings}

    @functools.cached_property
    def splits(self) -> tuple[str, ...]:
        """The splits that must have tasks."""
        return splits_of(self.make())

    @functools.cached_property
    def first_index(self) -> int:
        """Where in the stream the tasks are drawn."""
        return 0 if self.seed == 0 else random.Random(f"check {self.seed}").randrange(2**30)

    def make(self, **settings: Any) -> TextEnv:
        """The environment with its settings."""
        return make(self.env_id, **{**self.settings, **settings})

    def draw(self, split: str) -> tuple[Task, ...]:
        """The tasks of that split, all levels one after the other; drawn on the first call."""
        if split not in self.drawn:
            env = self.make()
            indices = range(self.first_index, self.first_index + self.num_tasks)
            levels = range(env.low, env.high + 1)
            self.drawn[split] = tuple(env.task_at(i, split=split, difficulty=level) for level in levels for i in indices)
        return self.drawn[split]

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The different tasks of the first split, which the proof is about."""
        return tuple({t.task_id: t for t in self.draw(self.splits[0])}.values())

    def missing(self) -> str:
        """What the environment needs and this machine has not, or "": then it can be neither passed nor failed."""
        try:
            if "sandbox" in self.spec.needs:
                open_sandbox(self.settings.get("sandbox", "auto"))
            self.draw(self.splits[0])
        except MissingExtraError as error:
            return f"needs {error}"
        except SandboxUnavailableError as error:
            return f"needs a sandbox: {error}"
        return ""


def splits_of(env: TextEnv) -> tuple[str, ...]:
    """The splits that the environment has tasks in: all, but for a data set whose rows were put into one."""
    return (env.rows_to,) if isinstance(env, DatasetEnv) and env.rows_to in SPLITS else SPLITS
