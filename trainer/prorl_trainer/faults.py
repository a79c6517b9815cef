"""What went wrong while rollouts were graded, by kind: a run goes on, and says so in its metrics as `faults/KIND`.

Attempts, from the counters of the verifier pool (one that works the second time is counted here and harms nothing else):
    time, memory, died      a verifier overran its deadline or its memory, or killed its process
Rollouts, from the reasons of their verdicts:
    crash, no_sandbox       the verifier raised; no sandbox could be had
    overran                 the answer's grading overran twice, and so does the gold's: absent from its group's baseline
    limit                   the answer's grading overran twice and the gold's does not: the answer is at fault and earns 0
    environment             the environment's own step raised or hung
    overdue                 an episode of several turns would have gone on past its deadline
    policy, task, pool      an answer, a task or a closing pool that left nothing to grade
And `draw`: tasks that could not be drawn, and were replaced by others. The loop adds `engine`: engines that died or hung, and were replaced.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from prorl_gym.types import Outcome, Rollout

PREFIX = "faults/"
ATTEMPTS = ("time", "memory", "died")
REASONS = ("crash", "no_sandbox", "environment", "overdue", "policy", "task", "pool")


class FaultCounts:
    """Gives a step's faults; keeps what the pool had counted before."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._counts, self._before = counts, dict(counts)

    def step(self, rollouts: Iterable[Rollout], undrawn: Sequence[str] = ()) -> dict[str, float]:
        """The step's metrics: the kinds that there were."""
        found = Counter(kind for kind in map(kind_of, rollouts) if kind)
        for kind in ATTEMPTS:
            found[kind] += self._counts.get(kind, 0) - self._before.get(kind, 0)
        self._before = dict(self._counts)
        found["draw"] += len(undrawn)
        return {PREFIX + kind: float(number) for kind, number in sorted(found.items()) if number}


def kind_of(rollout: Rollout) -> str | None:
    """The kind of fault that ended a rollout; None where it was graded, or gave no answer, in peace."""
    verdict = rollout.verdict
    kind = verdict.reason.partition(":")[0]
    if verdict.outcome is Outcome.UNGRADABLE:
        return kind if kind in REASONS else "overran"
    return "limit" if kind == "limit" and "twice" in verdict.reason else None


def total(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The sums over a run's metrics, by kind."""
    summed: Counter[str] = Counter()
    for row in rows:
        summed.update({name.removeprefix(PREFIX): value for name, value in row.items() if name.startswith(PREFIX)})  # pyright: ignore[reportArgumentType]
    return dict(sorted(summed.items()))
