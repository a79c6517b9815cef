"""The four environments: a subject each, and multiple choice over all of them."""

import random
from collections.abc import Sequence
from typing import Any, ClassVar

from prorl_env_stem.facts import draw_fact
from prorl_env_stem.families import SUBJECTS
from prorl_env_stem.problem import Family, Problem, draw_problem
from prorl_env_stem.slips import wrong_options
from prorl_env_stem.verifier import StemVerifier
from prorl_gym.env import SingleTurnEnv, narrow
from prorl_gym.errors import ConfigError
from prorl_gym.types import Draft

_BOX = "Put the final answer, and nothing else, inside \\boxed{}."
_NUMBER = "Give a quantity with its unit, such as 4.5 m/s or 2.1e5 J, to at least three significant figures where it is not exact."
_LETTERS = "ABCDEFGH"


def problem_key(terse: str) -> list[str]:
    """What makes two problems the same: their terse form without regard to the order of its words."""
    return sorted(terse.split())


class _Subject(SingleTurnEnv):
    """Problems of one subject. `families` narrows it to the named ones; default all. Raises ConfigError for an unknown one, and for a
    difficulty that none of them serves."""

    levels = 4
    verifier = StemVerifier()
    known: ClassVar[tuple[Family, ...]] = ()

    def __init__(self, *, families: Sequence[str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        wanted = narrow(self.env_id, families, [f.name for f in self.known])
        self.families = tuple(f for f in self.known if f.name in wanted)
        for level in range(self.low, self.high + 1):
            if not any(level in f.levels for f in self.families):
                serve = sorted({n for f in self.families for n in f.levels})
                raise ConfigError(f"{self.env_id}: no family of {', '.join(wanted)} serves difficulty {level}; they serve {serve}")

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """One problem of a family that serves the level."""
        problem = draw_problem(self.families, rng, difficulty)
        return Draft(question=problem.question, terse=problem.terse, answer=problem.gold, metadata=problem.metadata, key=problem_key(problem.terse))


class Physics(_Subject):
    """Mechanics, electricity, waves, optics, heat: 0 asks for one product in whole numbers, 3 joins two laws."""

    known = SUBJECTS["physics"]
    instructions = f"{_NUMBER} {_BOX}"


class Chemistry(_Subject):
    """Amounts, solutions, gases, acids, formulae and equations."""

    known = SUBJECTS["chemistry"]
    instructions = f"{_NUMBER} Write formulae as in Al2(SO4)3 and equations as in 2Na + Cl2 -> 2NaCl. {_BOX}"


class Biology(_Subject):
    """Base sequences, genetics, populations, counts and rates."""

    known = SUBJECTS["biology"]
    instructions = f"{_NUMBER} Write sequences as letters in capitals. {_BOX}"


class Choice(SingleTurnEnv):
    """Four to six shuffled options: facts at level 0, facts and computed answers above."""

    levels = 4
    verifier = StemVerifier()
    instructions = "Put the letter of the right option, and nothing else, inside \\boxed{}."
    num_options: ClassVar[tuple[int, ...]] = (4, 4, 5, 6)
    subjects: ClassVar[dict[str, tuple[Family, ...]]] = {name: tuple(f for f in families if f.options) for name, families in SUBJECTS.items()}

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """One question with shuffled options; the answer is the letter of the right one."""
        count = self.num_options[difficulty]
        key: Any
        if difficulty == 0 or rng.random() < 0.4:
            fact = draw_fact(rng, difficulty)
            family, subject, question, terse, answer = fact.family, fact.subject, fact.question, fact.terse, fact.answer
            wrong = rng.sample(fact.wrong, count - 1)
            key = [terse, sorted(wrong)]
        else:
            subject = rng.choice(list(self.subjects))
            families = self.subjects[subject]
            problem = draw_problem(families, rng, difficulty)
            family, question, terse, answer = problem.family, problem.question, problem.terse, problem.answer
            wrong = wrong_options(problem, rng, count - 1, more=lambda: _same_family(families, problem, rng, difficulty))
            key = problem_key(terse)
        texts = [answer, *wrong]
        rng.shuffle(texts)
        options = dict(zip(_LETTERS, texts, strict=False))
        return Draft(
            question="\n".join([question, "", *(f"{k}) {v}" for k, v in options.items())]),
            terse=" ".join([terse, *(f"{k}){_short(v)}" for k, v in options.items())]),
            answer=_LETTERS[texts.index(answer)],
            metadata={"kind": "choice", "options": options, "family": family, "subject": subject},
            key=key,
        )


def _short(option: str) -> str:
    """The option in a terse prompt: a quantity without its space."""
    return option.replace(" ", "") if option[0].isdigit() else option


def _same_family(families: tuple[Family, ...], problem: Problem, rng: random.Random, level: int) -> str:
    """The answer of another problem with an answer of the same form."""
    for _ in range(60):
        other = draw_problem(families, rng, level)
        if other.family == problem.family:
            return other.answer
    return ""
