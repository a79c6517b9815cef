"""The environment class of the domain: one task of reasoning-gym, which one its env id says."""

import random
from typing import Any

from prorl_env_logic import scorers, solutions, source
from prorl_env_logic.table import TASKS
from prorl_env_logic.terse import FORMS
from prorl_env_logic.verifier import LogicVerifier, task_name
from prorl_gym.env import SingleTurnEnv
from prorl_gym.errors import ProrlError
from prorl_gym.types import Draft

MAX_ATTEMPTS = 50
"""Seeds tried for one problem: some generators give up on a seed, and some of their golds cannot be graded."""


class ReasoningGym(SingleTurnEnv):
    """One task of reasoning-gym: `pg.make("logic/chain_sum-v0")`. The constructor's `env_id` is required and names the task.

    `task.answer` is the entry's answer; `task.metadata["entry"]` is the entry without its question, which is the prompt.
    """

    verifier = LogicVerifier()
    instructions = "Put your final answer, and nothing else, between <answer> and </answer>."

    def __init__(self, *, env_id: str, **options: Any) -> None:
        self.name = task_name(env_id)
        self.levels = TASKS[self.name].levels  # pyright: ignore[reportAttributeAccessIssue]
        super().__init__(env_id=env_id, **options)

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """One item of the task. Raises ProrlError where no seed of `MAX_ATTEMPTS` gives one."""
        for _ in range(MAX_ATTEMPTS):
            try:
                entry = source.entry(self.name, difficulty, rng.getrandbits(31))
            except Exception:  # a generator that gives up on a seed, each with an error of its own
                continue
            if self._is_sound(entry):
                return self._drafted(entry)
        raise ProrlError(
            f"{self.env_id} gave no gradable problem at difficulty {difficulty} in {MAX_ATTEMPTS} seeds; is reasoning-gym of another version?"
        )

    def _is_sound(self, entry: source.Entry) -> bool:
        """True where the gold is a text that scores 1; taken for granted where a search finds it."""
        if self.name in solutions.SEARCHED:
            return True
        try:
            gold = solutions.right(self.name, entry)
            return bool(gold) and scorers.score(self.name, gold, entry) == 1.0
        except Exception:  # a gold that its own scorer cannot read
            return False

    def _drafted(self, entry: source.Entry) -> Draft:
        question, answer = str(entry["question"]).strip(), entry["answer"]
        form = FORMS.get(self.name)
        terse = form(question, entry["metadata"]) if form else None
        return Draft(
            question=question,
            answer=answer,
            metadata={"entry": {"answer": answer, "metadata": entry["metadata"]}},
            terse=terse,
            key=terse or question,
        )
