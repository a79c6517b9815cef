"""The conformance kit and the verifier proof: what every environment must hold, for plugin authors to run in their own tests.

    from prorl_gym.testing import check_env
    def test_my_env_conforms():
        report = check_env("my/task-v0")
        assert report.ok, report

`prorl env check ID` runs the same, without a model: on freshly drawn tasks it asks the verifier about right answers (golds, their equivalents), wrong
ones (listed, near misses, other tasks' golds), no answers, garbage, odd, long and hostile texts, and strategies that know nothing of the
problem, and it measures how often each is judged wrongly. All completions are graded in killable workers, and again in a second interpreter.
"""

import atexit
import os
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from prorl_gym.errors import unknown
from prorl_gym.pool import VerifierPool, shared_pool
from prorl_gym.registry import env_spec
from prorl_gym.testing.meter import Meter
from prorl_gym.testing.proof import CHECKS, Proof
from prorl_gym.testing.report import Check, Example, Rate, Report, wilson
from prorl_gym.testing.subject import Subject

__all__ = ["CHECKS", "Check", "Example", "Rate", "Report", "check_env", "check_envs", "wilson"]

AHEAD = 2
"""Environments begun before the first of them is finished, so that drawing tasks and grading overlap."""


def check_env(
    env_id: str, *, tasks: int = 8, seed: int = 0, settings: Mapping[str, Any] | None = None, allow: Collection[str] = (), jobs: int | None = None
) -> Report:
    """Run every check on `tasks` fresh tasks at each difficulty level; another `seed` draws other tasks.

    `settings` are the environment's own (default: those under which it was registered to be shown). `allow` names checks that may fail, such as
    "nothing copied from the prompt pays" for a task that is copying. `jobs` starts that many workers of its own (default: the process-wide pool).
    Raises UnknownNameError for an unknown id or check, and nothing else for what an environment does.
    """
    if jobs is not None:
        [report] = check_envs([env_id], tasks=tasks, seed=seed, settings=settings, allow=allow, jobs=jobs)
        return report
    [proof] = _proofs([env_id], tasks=tasks, seed=seed, settings=settings, allow=allow)
    proof.begin(shared_pool(), _shared_meter())
    return proof.finish()


def check_envs(
    env_ids: Iterable[str],
    *,
    tasks: int = 8,
    seed: int = 0,
    settings: Mapping[str, Any] | None = None,
    allow: Collection[str] = (),
    jobs: int | None = None,
) -> Iterator[Report]:
    """The reports of several environments, in order, each as soon as it is known; arguments as for `check_env`."""
    waiting: deque[Proof] = deque()
    with ExitStack() as stack:
        pool = shared_pool() if jobs is None else stack.enter_context(VerifierPool(workers=jobs))
        meter = stack.enter_context(Meter())
        for proof in _proofs(env_ids, tasks=tasks, seed=seed, settings=settings, allow=allow):
            proof.begin(pool, meter)
            waiting.append(proof)
            if len(waiting) > AHEAD:
                yield waiting.popleft().finish()
        while waiting:
            yield waiting.popleft().finish()


def _proofs(env_ids: Iterable[str], *, tasks: int, seed: int, settings: Mapping[str, Any] | None, allow: Collection[str]) -> Iterator[Proof]:
    """One proof after the other: each holds megabytes of texts, so none is made before its turn or kept after it."""
    for name in allow:
        if name not in CHECKS:
            raise unknown("check", name, CHECKS)
    subjects = [Subject(env_id=env_spec(i).id, num_tasks=tasks, seed=seed, given=settings or {}) for i in env_ids]
    while subjects:
        yield Proof(subjects.pop(0), allow=allow)


_meters: list[Meter] = []
os.register_at_fork(after_in_child=_meters.clear)  # a forked child has not the thread that serves the meter


def _shared_meter() -> Meter:
    if not _meters:
        _meters.append(Meter())
        atexit.register(_meters[0].close)
    return _meters[0]
