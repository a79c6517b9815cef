"""The proof of one environment: its tasks are drawn, everything is asked at once, and the verdicts are judged check by check.

`begin` draws and submits; `finish` waits and judges. Between the two the pool and the second interpreter grade, while the caller begins the next
environment. Nothing that a verifier does to a completion happens in the caller's process.
"""

import functools
import traceback
from collections.abc import Callable, Collection
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from prorl_gym.pool import GradeRequest, VerifierPool
from prorl_gym.testing import contract
from prorl_gym.testing.judge import BY_KIND, CONSTANTS, COPIES, COST, REPEATABLE, Judged
from prorl_gym.testing.meter import Measured, Meter
from prorl_gym.testing.probes import Questions, questions
from prorl_gym.testing.report import Check, Report
from prorl_gym.testing.subject import Subject
from prorl_gym.types import Verdict

METERED = 400
"""Gradings that the second interpreter repeats, at most, those of strategies left out."""
DRAWS = "its tasks can be drawn"
ASKS = "gold, wrong, equivalents, near_misses and shares_answer answer"
CHECKS = (DRAWS, ASKS, *contract.CHECKS, *BY_KIND, CONSTANTS, COPIES, REPEATABLE, COST)
"""The names of all checks, in order."""


class Proof:
    """One environment under proof. `begin`, then `finish` for the report."""

    def __init__(self, subject: Subject, *, allow: Collection[str] = ()) -> None:
        self.subject, self.allow = subject, allow
        self.checks: list[Check] = []
        self.missing = ""
        self.asked: Questions | None = None
        self.verdicts: list[Future[Verdict]] = []
        self.metered: list[int] = []
        self.measured: Future[list[Measured]] | None = None

    def begin(self, pool: VerifierPool, meter: Meter) -> None:
        """Draw the tasks, submit every grading, and make the checks that need none."""
        drawn = self._run(DRAWS, self._draw)
        self.checks.append(drawn)
        if self.missing or not drawn.ok:
            return
        asking = self._run(ASKS, lambda: self._ask(pool, meter))
        self.checks.append(asking)
        self.checks += [self._run(name, functools.partial(check, self.subject)) for name, check in contract.CHECKS.items()]

    def finish(self) -> Report:
        """Wait for the gradings and judge them."""
        spec = self.subject.spec
        common: dict[str, Any] = {"env_id": spec.id, "title": spec.title, "levels": spec.levels, "seed": self.subject.seed}
        if self.missing:
            return Report(checks=(), not_checked=self.missing, **common)
        if self.asked is None:
            return Report(checks=tuple(self.checks), **common)
        judged = Judged(self.asked, [future.result() for future in self.verdicts])
        measured = dict(zip(self.metered, self.measured.result() if self.measured else (), strict=False))
        self.checks += judged.checks(measured)
        return Report(
            checks=tuple(self._allowed(c) for c in self.checks),
            settings=self.subject.settings,
            num_tasks=len(self.asked.tasks),
            rates=judged.rates(),
            outcomes=judged.outcomes(),
            strategies=judged.strategies(),
            slowest=judged.slowest(measured),
            repeats=contract.repeats(self.subject),
            **common,
        )

    def _draw(self) -> str:
        self.missing = self.subject.missing()
        if self.missing:
            return self.missing
        count = len(self.subject.tasks)
        return f"{count} tasks"

    def _ask(self, pool: VerifierPool, meter: Meter) -> None:
        env = self.subject.make()
        asked = questions(env, self.subject.tasks, seed=self.subject.seed)
        requests: list[GradeRequest] = []
        for number, completion in asked.gradings:
            env.begin(asked.tasks[number])
            requests.append(env.grade_request(completion))
        self.verdicts = [pool.submit(request) for request in requests]
        self.metered = _chosen(asked, costly=env.verifier.needs_sandbox)
        self.measured = meter.submit([requests[at] for at in self.metered], deadline_s=env.verifier.deadline_s)
        self.asked = asked

    @staticmethod
    def _run(name: str, check: Callable[[], str | None]) -> Check:
        try:
            return Check(name=name, ok=True, detail=check() or "")
        except AssertionError as error:
            return Check(name=name, ok=False, detail=str(error))
        except Exception as error:  # a check that raises is a check that fails; the env under test is a stranger's code
            where = traceback.extract_tb(error.__traceback__)[-1]
            return Check(name=name, ok=False, detail=f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})")

    def _allowed(self, check: Check) -> Check:
        return replace(check, allowed=not check.ok and check.name in self.allow)


def _chosen(asked: Questions, *, costly: bool) -> list[int]:
    """What the second interpreter repeats, in its order: backwards. All that may be dear, and an even sample of the rest."""
    dear = {p.at for p in asked.probes if p.kind in ("long", "hostile")}
    rest = [at for at in range(len(asked.gradings)) if at not in asked.strategic | dear]
    room = METERED // 8 if costly else max(METERED - len(dear), METERED // 4)
    sample = rest[:: max(1, -(-len(rest) // room))]
    return sorted(sample if costly else [*dear, *sample], reverse=True)
