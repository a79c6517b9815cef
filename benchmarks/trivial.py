"""An environment that costs next to nothing, so that what is measured around it is the package's own: sums, graded by equality."""

import random
import time
from typing import ClassVar

from prorl_gym import Completion, Draft, SingleTurnEnv, Task, Verdict, Verifier
from prorl_gym.sandbox import Sandbox
from prorl_gym.verifier import Mode

ENV_ID = "bench/sum-v0"
ISOLATED_ID = "bench/sum-isolated-v0"
BUSY_ID = "bench/sum-busy-v0"


class Equal(Verifier):
    """Equality of texts, in the caller's process. `spent_s` is the CPU time that its calls took."""

    isolate: ClassVar[bool] = False
    spent_s: ClassVar[float] = 0.0

    def __call__(self, task: Task, completion: Completion | str, sandbox: Sandbox | None = None, *, mode: Mode = "strict") -> Verdict:
        """Grade, and count the time."""
        begun = time.thread_time()
        verdict = super().__call__(task, completion, sandbox, mode=mode)
        Equal.spent_s += time.thread_time() - begun
        return verdict

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """1 for the gold."""
        return Verdict.graded(float(answer == task.answer), extracted=answer)

    def gold(self, task: Task) -> str:
        """The answer itself."""
        return task.answer


class Sum(SingleTurnEnv):
    """Add two numbers."""

    verifier = Equal()

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """Numbers below a million: a space in which repeats are rare."""
        a, b = rng.randrange(10**6), rng.randrange(10**6)
        return Draft(question=f"What is {a} + {b}?", answer=str(a + b))


class Isolated(Verifier):
    """Equality of texts in a worker, with two exceptions: "sleep" never ends, and "work" computes for about a millisecond."""

    deadline_s: ClassVar[float] = 1.0

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """1 for the gold."""
        if answer == "sleep":
            while True:
                time.sleep(60)
        if answer == "work":
            sum(i * i for i in range(35_000))
        return Verdict.graded(float(answer == task.answer), extracted=answer)

    def gold(self, task: Task) -> str:
        """The answer itself."""
        return task.answer


class Busy(Isolated):
    """The same, always computing for about a millisecond, so that gradings queue up behind a scripted policy."""

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """1 for the gold."""
        super().check(task, "work", sandbox=sandbox)
        return super().check(task, answer, sandbox=sandbox)


class IsolatedSum(Sum):
    """Sums, graded in the pool."""

    verifier = Isolated()


class BusySum(Sum):
    """Sums, graded slowly in the pool."""

    verifier = Busy()
