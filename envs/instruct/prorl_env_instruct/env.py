"""The environments of the domain: constraints drawn together, proven satisfiable by a witness text, asked as a request.

A drawn set is kept only if a text that meets all of it was built, a text that meets none of it was found, and no lazy answer (the prompt
itself, "I do not know.", one character over and over) meets all of it.
"""

import random
from typing import ClassVar

from prorl_env_instruct import topics
from prorl_env_instruct.catalogue import KINDS, families
from prorl_env_instruct.conflicts import clash
from prorl_env_instruct.constraint import Constraint, violation, witness, written
from prorl_env_instruct.kind import Kind
from prorl_env_instruct.verifier import InstructVerifier
from prorl_gym.env import SingleTurnEnv
from prorl_gym.errors import TaskError
from prorl_gym.types import Draft
from prorl_gym.verifier import Verifier

MAX_DRAWS = 500
LAZY = (
    "I do not know.", "Yes.", "None", "nan", "0", "{}", "{" * 100, "%s%n{0}{}", "9" * 100, "🙂🙃" * 50, "\x00\x01\x7f", "```python\n```",
    "\\boxed{", "\\boxed{}",    "<answer></answer>", "<answer>" + "9" * 100 + "</answer>", "\u202e\u200f\u200b right to left \u202c",
)  # fmt: skip
"""Answers that no task may accept."""
RULE = "The whole answer is checked, so add nothing that breaks a requirement."


class ConstraintsEnv(SingleTurnEnv):
    """Level 0: one short text to produce from a given word or phrase. Levels 1 to 3: two, two or three, three or four constraints, ever harder."""

    levels = 4
    verifier: ClassVar[Verifier] = InstructVerifier()
    instructions = RULE
    counts: ClassVar[tuple[tuple[int, int], ...]] = ((1, 1), (2, 2), (2, 3), (3, 4))
    """Fewest and most constraints of each level."""

    def pool(self, difficulty: int) -> list[Kind]:
        """The kinds that a level draws from."""
        if difficulty == 0:
            return [k for k in KINDS.values() if k.role == "short"]
        return [k for k in KINDS.values() if k.role != "given" and k.group != "whole"]

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """Draw until a set of constraints passes the three proofs."""
        pool = self.pool(difficulty)
        for _ in range(MAX_DRAWS):
            chosen = _together(rng, pool, rng.randint(*self.counts[difficulty]), difficulty)
            text = witness(chosen)
            if text is None or violation(chosen) is None:
                continue
            draft = self._asked(rng, chosen, text)
            prompts = [self.prompt(draft, style)[-1]["content"] for style in ("full", "terse")]
            if not any(all(c.follows(lazy) for c in chosen) for lazy in (*LAZY, *prompts)):
                return draft
        raise TaskError(f"{self.env_id} at difficulty {difficulty}: no sound set of constraints in {MAX_DRAWS} draws; widen the pool of kinds")

    def _asked(self, rng: random.Random, chosen: list[Constraint], text: str) -> Draft:
        demands = " ".join(c.kind.describe(c.kwargs) for c in chosen)
        whole = any(c.kind.group == "whole" for c in chosen)
        terse = "; ".join(c.kind.describe(c.kwargs, "terse") for c in chosen)
        return Draft(
            question=demands if whole else f"{topics.request(rng)} {demands}",
            terse=terse,
            answer=written(chosen),
            metadata={"witness": text},
            key=terse,
        )


class IFEvalKindsEnv(ConstraintsEnv):
    """The same with the IFEval kinds alone, one to four at a time."""

    counts = ((1, 1), (1, 2), (2, 3), (3, 4))

    def pool(self, difficulty: int) -> list[Kind]:
        """The IFEval kinds, at every level."""
        return [k for k in families()[0] if k.role != "given"]


def _together(rng: random.Random, pool: list[Kind], count: int, difficulty: int) -> list[Constraint]:
    """`count` constraints of different groups that do not contradict each other, in random order."""
    chosen: list[Constraint] = []
    while len(chosen) < count:
        kind = rng.choice(pool)
        if not clash(kind, (c.kind for c in chosen)):
            chosen.append(Constraint(kind=kind, kwargs=kind.sample(rng, difficulty)))
    return chosen
