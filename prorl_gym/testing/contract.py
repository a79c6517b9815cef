"""What every environment holds as an environment, whatever its verifier does. Each check is a function of a `Subject` that raises AssertionError with
what was seen, and gives a detail or None.
"""

import pickle
import warnings
from collections.abc import Callable
from typing import Any

import gymnasium
import orjson
from gymnasium.utils import env_checker

from prorl_gym.env import TextEnv
from prorl_gym.testing.subject import Subject
from prorl_gym.types import Task, Verdict, canonical_json

_MOST_SEEDS = 8
_SHOWN: dict[str, str] = {}
"""Entry point to the id whose environments ran in processes of their own."""


def _gymnasium(subject: Subject) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env_checker.check_env(gymnasium.make(subject.env_id, **subject.settings).unwrapped, skip_render_check=True)


def _registered(subject: Subject) -> None:
    env, spec = subject.make(), subject.spec
    assert spec.levels == env.levels, f"registered with {spec.levels} levels, but it has {env.levels}; say levels={env.levels} in register(...)"
    assert spec.turns == env.max_turns, f"registered with {spec.turns} turns, but it has {env.max_turns}; say turns={env.max_turns} in register(...)"


def _pickles(subject: Subject) -> None:
    env = subject.make()
    prompt, _ = env.reset(seed=3)
    copy: TextEnv = pickle.loads(pickle.dumps(env))
    assert copy.task == env.task, "a pickled copy lost its running episode; keep no lambdas, files or locks on the instance"
    assert copy.reset(seed=3)[0] == prompt, "a pickled copy gives another task for the same seed; take all randomness from draft's rng"


def _vector(subject: Subject) -> str | None:
    """In processes of their own once for each class: there every environment starts workers of its own."""
    modes: list[tuple[str, dict[str, Any]]] = [("sync", {})]
    shown_by = _SHOWN.setdefault(subject.spec.entry_point, subject.env_id)
    if shown_by == subject.env_id:
        modes.append(("async", {"shared_memory": False}))
    for mode, options in modes:
        vector = gymnasium.make_vec(subject.env_id, num_envs=2, vectorization_mode=mode, vector_kwargs=options, **subject.settings)
        try:
            prompts, _ = vector.reset(seed=5)
            _, rewards, *_ = vector.step(("x", "y"))
            assert len(prompts) == 2, f"{mode} vector env gave {len(prompts)} prompts for 2 envs"
            assert len(rewards) == 2, f"{mode} vector env gave {len(rewards)} rewards for 2 envs"
        finally:
            vector.close()
    return None if shown_by == subject.env_id else f"async by {shown_by}, of the same class"


def _seeds(subject: Subject) -> None:
    one, two = subject.make(), subject.make()
    seen: set[str] = set()
    for seed in range(_MOST_SEEDS):
        if seed >= subject.num_tasks and len(seen) > 1:
            break
        one.reset(seed=seed)
        two.reset(seed=seed)
        assert one.task == two.task, f"seed {seed} gave two different tasks; take all randomness from draft's rng"
        assert one.task is not None
        seen.add(one.task.task_id)
    assert len(seen) > 1, f"{_MOST_SEEDS} seeds gave one and the same task"


def _ends(subject: Subject) -> str:
    env = subject.make()
    for task in subject.tasks[:2]:
        env.begin(task)
        for turn in range(env.max_turns):
            _, _, terminated, truncated, _ = env.take("no answer", Verdict.no_answer())
            if terminated or truncated:
                break
            assert turn + 1 < env.max_turns, f"task {task.task_id} goes on after {env.max_turns} turns without an answer; end it in respond()"
    return f"{env.max_turns} turns at most"


def _survives(subject: Subject) -> None:
    for task in subject.tasks:
        again = Task.from_json(orjson.loads(canonical_json(task.to_json())))
        assert again == task, f"the task does not survive JSON (a tuple for a list, or a key that is no text?): {task}"


def _splits(subject: Subject) -> str:
    prompts = {split: {t.text for t in subject.draw(split)} for split in subject.splits}
    for a in subject.splits:
        for b in subject.splits[subject.splits.index(a) + 1 :]:
            shared = prompts[a] & prompts[b]
            assert not shared, (
                f"{a} and {b} share {len(shared)} prompts, such as {next(iter(shared))[:160]!r}; "
                "the draft's key must be the same for problems that are the same"
            )
    return "repeats " + ", ".join(f"{split} {share:.0%}" for split, share in repeats(subject).items())


def repeats(subject: Subject) -> dict[str, float]:
    """Split to the share of its prompts that had been drawn before; of the splits that were drawn."""
    return {split: 1 - len({t.text for t in tasks}) / len(tasks) for split, tasks in subject.drawn.items()}


def _styles(subject: Subject) -> None:
    full, terse = subject.make(style="full"), subject.make(style="terse")
    for index in range(min(subject.num_tasks, 4)):
        long, short = full.task_at(index), terse.task_at(index)
        assert long.answer == short.answer, "the terse style asks another problem than the full style; both must come from one draft"
        assert len(short.text) <= len(long.text), f"the terse prompt is longer than the full one: {short.text!r}"


CHECKS: dict[str, Callable[[Subject], str | None]] = {
    "Gymnasium's check_env passes without a warning": _gymnasium,
    "is registered with its own levels and turns": _registered,
    "pickles, with its episode": _pickles,
    "runs in sync and async vector envs": _vector,
    "same seed, same task": _seeds,
    "an episode ends within its turns": _ends,
    "tasks survive JSON": _survives,
    "splits are disjoint": _splits,
    "the terse style asks the same in less": _styles,
}
"""Name of each check to its function."""
