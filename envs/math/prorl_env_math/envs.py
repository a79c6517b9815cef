"""The math environments: each picks one of its families for a problem. A family is a function of (rng, level) that gives a `Draft`."""

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from prorl_env_math import algebra, arithmetic, calculus, combinatorics, number_theory
from prorl_env_math.verifier import MathVerifier
from prorl_gym.env import SingleTurnEnv, narrow
from prorl_gym.types import Draft

Family = Callable[[random.Random, int], Draft]


class FamilyEnv(SingleTurnEnv):
    """One area of mathematics. `families` narrows it to the named ones; default all.

    Each family begins at a level of its own: at level 0 only those that begin there are drawn (unless `families` names later ones only,
    which then give their own first level). Raises ConfigError for an unknown family.
    """

    levels = 4
    instructions = "Give your final answer in \\boxed{}."
    verifier = MathVerifier()
    known: ClassVar[Mapping[str, tuple[int, Family]]]
    """Family name to (first level, function)."""

    def __init__(self, *, families: Sequence[str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.families = narrow(self.env_id, families, self.known)

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """A problem of one of the families that begin at or below the level."""
        names = [n for n in self.families if self.known[n][0] <= difficulty] or list(self.families)
        name = rng.choice(names)
        first, make = self.known[name]
        drawn = make(rng, max(first, difficulty))
        return dataclasses.replace(drawn, metadata={**drawn.metadata, "family": name}, key=drawn.key or [name, drawn.terse, drawn.answer])


class Arithmetic(FamilyEnv):
    """Whole numbers, fractions, decimals, percentages, order of operations."""

    known = arithmetic.FAMILIES


class Algebra(FamilyEnv):
    """Equations, systems, inequalities, polynomials."""

    known = algebra.FAMILIES


class NumberTheory(FamilyEnv):
    """Divisors, primes, remainders, bases."""

    known = number_theory.FAMILIES


class Combinatorics(FamilyEnv):
    """Counting and finite probability."""

    known = combinatorics.FAMILIES


class Calculus(FamilyEnv):
    """Derivatives, integrals, limits, series."""

    known = calculus.FAMILIES
