"""The environment class of the domain: one task of reasoning-gym, which one its env id says."""

import random
from collections.abc import Callable
from typing import Any

from prorl_env_logic import propositions, rules, scorers, solutions, source
from prorl_env_logic.table import TASKS
from prorl_env_logic.terse import FORMS
from prorl_env_logic.verifier import SCORERS, LogicVerifier, task_name
from prorl_gym.env import SingleTurnEnv
from prorl_gym.errors import ConfigError, ProrlError
from prorl_gym.types import Draft

MAX_ATTEMPTS = 200
"""Seeds tried for one problem: some generators give up on a seed, and some of their problems are not asked."""
ASKED: dict[str, Callable[[source.Entry], bool]] = {
    "propositional_logic": propositions.example_is_strong,
    "rubiks_cube": lambda entry: not rules.same_cube("", entry),
    "string_insertion": lambda entry: entry["metadata"]["string"] != entry["metadata"]["solution"],
}
"""Tasks of whose problems only some are asked: most conclusions follow from one premise, some scrambles leave the cube as it was, and most
strings have nothing to insert, so that an empty answer, or one copied from the prompt, would be right."""


class ReasoningGym(SingleTurnEnv):
    """One task of reasoning-gym: `pg.make("logic/chain_sum-v0")`. The constructor's `env_id` is required and names the task.

    `task.answer` is the entry's answer; `task.metadata["entry"]` is the entry without its question, which is the prompt. `scorer` is
    "corrected", or "original" for the package's own scorer with its faults, which the task then keeps in its metadata. Raises ConfigError
    for another one, and for "original" where the package evaluates the answer.
    """

    verifier = LogicVerifier()
    instructions = "Put your final answer, and nothing else, between <answer> and </answer>."

    def __init__(self, *, env_id: str, scorer: str = "corrected", **options: Any) -> None:
        self.name = task_name(env_id)
        self.levels = TASKS[self.name].levels  # pyright: ignore[reportAttributeAccessIssue]
        if scorer not in SCORERS:
            raise ConfigError(f"{env_id} has the scorers {' and '.join(SCORERS)}; got {scorer!r}")
        if scorer == "original" and self.name in scorers.RUNS_TEXT:
            raise ConfigError(scorers.refusal(self.name))
        self.scorer = scorer
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
        """True for a problem that is asked and whose gold is a text that scores 1; taken for granted where a search finds it."""
        if self.name in solutions.SEARCHED:
            return True
        try:
            if self.name in ASKED and not ASKED[self.name](entry):
                return False
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
            metadata={"entry": {"answer": answer, "metadata": entry["metadata"]}} | ({} if self.scorer == "corrected" else {"scorer": self.scorer}),
            terse=terse,
            key=terse or question,
        )
