"""The conformance kit: what every environment must hold, for plugin authors to run in their own tests.

    from prorl_gym.testing import check_env
    def test_my_env_conforms():
        report = check_env("my/task-v0")
        assert report.ok, report

`prorl env check ID` runs the same. Each check is a plain function of an env id; it raises `AssertionError` with what was seen.
"""

import functools
import math
import pickle
import random
import traceback
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import gymnasium
import orjson
from gymnasium.utils import env_checker

from prorl_gym.env import TextEnv
from prorl_gym.registry import env_spec, make
from prorl_gym.types import SPLITS, Outcome, Task, Verdict, canonical_json

GARBAGE = (
    "",
    " \n\t ",
    "I do not know.",
    "\x00\x01\x7f",
    "\u202e\u200f\u200b right to left \u202c",
    "🙂🙃" * 50,
    "<think>only thoughts",
    "<think>a</think>",
    "\\boxed{",
    "\\boxed{}",
    "<answer></answer>",
    "<answer>" + "9" * 5000 + "</answer>",
    "```python\n```",
    "{" * 3000,
    "None",
    "nan",
    "%s%n{0}{}",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One property and whether it held."""

    name: str
    ok: bool
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All checks of one environment."""

    env_id: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """True where every check held."""
        return all(c.ok for c in self.checks)

    def __str__(self) -> str:
        return "\n".join([self.env_id, *(f"  {'ok  ' if c.ok else 'FAIL'} {c.name}{': ' + c.detail if c.detail else ''}" for c in self.checks)])


def check_env(env_id: str, *, tasks: int = 8) -> Report:
    """Run every check on fresh tasks, `tasks` at each difficulty level. Raises UnknownNameError for an unknown id, nothing else."""
    env_spec(env_id)
    return Report(env_id=env_id, checks=tuple(_run(name, functools.partial(check, env_id, tasks)) for name, check in CHECKS.items()))


def _run(name: str, check: Callable[[], str | None]) -> Check:
    try:
        return Check(name=name, ok=True, detail=check() or "")
    except AssertionError as error:
        return Check(name=name, ok=False, detail=str(error))
    except Exception as error:  # a check that raises is a check that fails; the env under test is a stranger's code
        where = traceback.extract_tb(error.__traceback__)[-1]
        return Check(name=name, ok=False, detail=f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})")


def _tasks(env: TextEnv, count: int, *, split: str = "train") -> Iterator[Task]:
    for level in range(env.levels):
        for index in range(count):
            yield env.task_at(index, split=split, difficulty=level)


def _graded(env: TextEnv, task: Task, completion: str) -> Verdict:
    env.begin(task)
    return env.grade(completion)


def _gymnasium(env_id: str, tasks: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        env_checker.check_env(gymnasium.make(env_id).unwrapped, skip_render_check=True)


def _pickles(env_id: str, tasks: int) -> None:
    env = make(env_id)
    prompt, _ = env.reset(seed=3)
    copy: TextEnv = pickle.loads(pickle.dumps(env))
    assert copy.task == env.task, "a pickled copy lost its running episode"
    assert copy.reset(seed=3)[0] == prompt, "a pickled copy gives another task for the same seed"


def _vector(env_id: str, tasks: int) -> None:
    for mode, options in (("sync", {}), ("async", {"shared_memory": False})):
        vector = gymnasium.make_vec(env_id, num_envs=2, vectorization_mode=mode, vector_kwargs=options)
        try:
            prompts, _ = vector.reset(seed=5)
            _, rewards, *_ = vector.step(("x", "y"))
            assert len(prompts) == 2, f"{mode} vector env gave {len(prompts)} prompts for 2 envs"
            assert len(rewards) == 2, f"{mode} vector env gave {len(rewards)} rewards for 2 envs"
        finally:
            vector.close()


def _seeds(env_id: str, tasks: int) -> None:
    one, two = make(env_id), make(env_id)
    seen: set[str] = set()
    for seed in range(tasks):
        one.reset(seed=seed)
        two.reset(seed=seed)
        assert one.task == two.task, f"seed {seed} gave two different tasks"
        assert one.task is not None
        seen.add(one.task.task_id)
    assert len(seen) > 1 or tasks < 2, f"{tasks} seeds gave one and the same task"


def _gold(env_id: str, tasks: int) -> str:
    env, count = make(env_id), 0
    for task in _tasks(env, tasks):
        gold = env.verifier.gold(task)
        assert gold is not None, f"no gold completion for {task.to_json()}; define gold() on the verifier"
        verdict = _graded(env, task, gold)
        assert verdict.score == 1.0, f"the gold {gold!r} got {verdict} on {task.text!r}"
        count += 1
    return f"{count} tasks"


def _wrong(env_id: str, tasks: int) -> str:
    env, count = make(env_id), 0
    for task in _tasks(env, tasks):
        wrong = env.verifier.wrong(task)
        assert wrong is not None, "no listed wrong answer; define wrong() on the verifier"
        verdict = _graded(env, task, wrong)
        assert verdict.outcome is Outcome.GRADED, f"the wrong answer {wrong!r} must be graded; got {verdict}"
        assert verdict.score == 0.0, f"the wrong answer {wrong!r} got {verdict} on {task.text!r}"
        count += 1
    return f"{count} tasks"


def _garbage(env_id: str, tasks: int) -> None:
    env = make(env_id)
    for task in _tasks(env, 1):
        for text in (*GARBAGE, task.text):
            verdict = _graded(env, task, text)
            assert verdict.outcome is not Outcome.UNGRADABLE, f"{text[:60]!r} is ungradable ({verdict.reason}): it must be graded or no answer"
            assert verdict.score < 1.0, f"{text[:60]!r} got the full score"


def _swapped(env_id: str, tasks: int) -> str:
    """Another task's gold must not be right, except where the two answers are the same."""
    env = make(env_id)
    drawn = list(_tasks(env, tasks))
    rng, right, tried = random.Random(0), 0, 0
    for task in drawn:
        other = rng.choice(drawn)
        gold = env.verifier.gold(other)
        if gold is None or other.answer == task.answer or gold == env.verifier.gold(task):
            continue
        tried += 1
        right += _graded(env, task, gold).score == 1.0
    assert right <= max(1, tried // 2), f"{right} of {tried} golds of other tasks got the full score: does the verifier look at the answer?"
    return f"{right} of {tried} accepted"


def _repeatable(env_id: str, tasks: int) -> None:
    """The same verdict twice, and from a task that went through JSON."""
    env = make(env_id)
    for task in _tasks(env, min(tasks, 2)):
        gold = env.verifier.gold(task) or "x"
        again = Task.from_json(orjson.loads(canonical_json(task.to_json())))
        assert again == task, f"the task does not survive JSON: {task}"
        for text in (gold, "I do not know."):
            first, second = _graded(env, task, text), _graded(env, again, text)
            same = first == second or (math.isnan(first.score) and math.isnan(second.score))
            assert same, f"{text[:60]!r} got {first}, then {second}"


def _splits(env_id: str, tasks: int) -> str:
    env = make(env_id)
    prompts = {split: {t.text for t in _tasks(env, tasks, split=split)} for split in SPLITS}
    for a, b in (("train", "validation"), ("train", "test"), ("validation", "test")):
        shared = prompts[a] & prompts[b]
        assert not shared, f"{a} and {b} share the prompt {next(iter(shared))!r}"
    drawn = tasks * env.levels
    return "repeats " + ", ".join(f"{split} {1 - len(prompts[split]) / drawn:.0%}" for split in SPLITS)


def _styles(env_id: str, tasks: int) -> None:
    full, terse = make(env_id, style="full"), make(env_id, style="terse")
    for index in range(min(tasks, 4)):
        long, short = full.task_at(index), terse.task_at(index)
        assert long.answer == short.answer, "the terse style asks another problem than the full style"
        assert len(short.text) <= len(long.text), f"the terse prompt is longer than the full one: {short.text!r}"


CHECKS: dict[str, Callable[[str, int], str | None]] = {
    "Gymnasium's check_env passes without a warning": _gymnasium,
    "pickles, with its episode": _pickles,
    "runs in sync and async vector envs": _vector,
    "same seed, same task": _seeds,
    "the gold answer scores 1": _gold,
    "the listed wrong answer scores 0": _wrong,
    "empty and garbage get a typed outcome below 1": _garbage,
    "another task's gold is not right": _swapped,
    "the verdict is repeatable, also from stored tasks": _repeatable,
    "splits are disjoint": _splits,
    "the terse style asks the same in less": _styles,
}
"""Name of each check to its function of (env id, tasks a level)."""
