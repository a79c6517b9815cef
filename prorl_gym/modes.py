"""The same completions under the other mode of extraction: how much of a score is form, how much is substance.

A policy is rewarded under one mode ("strict" unless told otherwise); this regrades its completions under the other, in the same pool, while more are
generated, and only where the verdict can differ:
- tolerant extraction finds an answer wherever strict does, so a strict pass stays a pass, and a tolerant zero stays a zero;
- an environment whose verifier does not look at the mode has one verdict;
- programs are run again only where strict extraction found none: what it found is what tolerant extraction finds.
An episode of several turns would have gone another way under the other mode; it counts with its best turn there.
"""

import math
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import replace

from prorl_gym.pool import GradeRequest, VerifierPool
from prorl_gym.registry import env_class, env_spec
from prorl_gym.types import Outcome, Rollout, Turn, Verdict
from prorl_gym.verifier import Mode, Verifier

OTHER: dict[Mode, Mode] = {"strict": "tolerant", "tolerant": "strict"}


class OtherMode:
    """Regrades rollouts that were played under `mode`. `add` each as it comes; `rollouts` gives them with their rewards under the other mode."""

    def __init__(self, mode: Mode, *, pool: VerifierPool, sandbox: str = "auto") -> None:
        self.played: Mode = mode
        self.mode: Mode = OTHER[mode]
        self._pool, self._sandbox = pool, sandbox
        self._waiting: list[tuple[Rollout, dict[int, Future[Verdict]]]] = []

    def add(self, rollout: Rollout) -> None:
        """Queue the gradings of one rollout."""
        ref, verifier = env_spec(rollout.task.env_id).entry_point, env_class(rollout.task.env_id).verifier
        passed = any(turn.verdict.score >= 1.0 for turn in rollout.turns)
        asked: dict[int, Future[Verdict]] = {}
        for number, turn in enumerate(rollout.turns):
            if not math.isnan(rollout.reward) and self._can_differ(verifier, turn, passed=passed):
                request = GradeRequest(ref=ref, task=rollout.task, completion=turn.completion.text, mode=self.mode, sandbox=self._sandbox)
                asked[number] = self._pool.submit(request)
        self._waiting.append((rollout, asked))

    def _can_differ(self, verifier: Verifier, turn: Turn, *, passed: bool) -> bool:
        if type(verifier).extract is Verifier.extract:
            return False
        if self.played == "tolerant":
            return turn.verdict.score > 0.0
        return not passed and (turn.verdict.outcome is Outcome.NO_ANSWER or not verifier.needs_sandbox)

    def rollouts(self) -> Iterator[Rollout]:
        """Every added rollout, in order, its reward that of the other mode; waits for the gradings."""
        for rollout, asked in self._waiting:
            scores = {number: future.result().score for number, future in asked.items()}
            yield replace(rollout, reward=_reward(rollout, scores))


def _reward(rollout: Rollout, scores: dict[int, float]) -> float:
    """The played reward where no turn is judged otherwise, else the best turn's score; NaN where a regrading was ungradable."""
    if any(math.isnan(score) for score in scores.values()):
        return math.nan
    if all(score == rollout.turns[number].verdict.score for number, score in scores.items()):
        return rollout.reward
    return max(scores.get(number, turn.verdict.score) for number, turn in enumerate(rollout.turns))
