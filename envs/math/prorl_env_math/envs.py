"""The math environments: each picks one of its families for a problem. A family is a function of (rng, level) that gives a `Draft`."""

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from prorl_env_math import algebra, arithmetic, calculus, combinatorics, differential, geometry, linear_algebra, number_theory, rational, trigonometry
from prorl_env_math.either import rule
from prorl_env_math.verifier import MathVerifier
from prorl_gym.env import SingleTurnEnv, narrow
from prorl_gym.types import Draft

Family = Callable[[random.Random, int], Draft]


class FamilyEnv(SingleTurnEnv):
    """One area of mathematics. `families` narrows it to the named ones; default all. `checker` "either" is the paper's rule (see `either`).

    Each family begins at a level of its own: at level 0 only those that begin there are drawn (unless `families` names later ones only,
    which then give their own first level). Raises ConfigError for an unknown family or checker.
    """

    levels = 4
    instructions = "Give your final answer in \\boxed{}."
    verifier = MathVerifier()
    known: ClassVar[Mapping[str, tuple[int, Family]]]
    """Family name to (first level, function)."""

    def __init__(self, *, families: Sequence[str] | None = None, checker: str = "own", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.families = narrow(self.env_id, families, self.known)
        self.rule = rule(self.env_id, checker)

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """A problem of one of the families that begin at or below the level."""
        names = [n for n in self.families if self.known[n][0] <= difficulty] or list(self.families)
        name = rng.choice(names)
        first, make = self.known[name]
        drawn = make(rng, max(first, difficulty))
        return dataclasses.replace(
            drawn, metadata={**drawn.metadata, "family": name, **self.rule}, key=drawn.key or [name, drawn.terse, drawn.answer]
        )


class Arithmetic(FamilyEnv):
    """Whole numbers, fractions, decimals, percentages, order of operations."""

    known = arithmetic.FAMILIES


class Algebra(FamilyEnv):
    """Equations, systems, inequalities, polynomials, rational functions, roots, complex numbers."""

    known: ClassVar[Mapping[str, tuple[int, Family]]] = {**algebra.FAMILIES, **rational.FAMILIES}


class NumberTheory(FamilyEnv):
    """Divisors, primes, remainders, congruences, bases."""

    known = number_theory.FAMILIES


class Combinatorics(FamilyEnv):
    """Counting, finite probability, sequences."""

    known = combinatorics.FAMILIES


class Calculus(FamilyEnv):
    """Derivatives, integrals, limits, series, differential equations."""

    known: ClassVar[Mapping[str, tuple[int, Family]]] = {**calculus.FAMILIES, **differential.FAMILIES}


class LinearAlgebra(FamilyEnv):
    """Vectors, matrices, determinants, eigenvalues."""

    known = linear_algebra.FAMILIES


class Geometry(FamilyEnv):
    """Points, lines and circles on coordinates, and trigonometry."""

    known: ClassVar[Mapping[str, tuple[int, Family]]] = {**geometry.FAMILIES, **trigonometry.FAMILIES}
