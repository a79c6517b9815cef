"""Registers the math environments and the domain's verifier; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl

LEVELS = 4
ENVS = {
    "arithmetic": ("Arithmetic", "whole numbers, fractions, decimals, percentages, order of operations"),
    "algebra": ("Algebra", "equations, systems, inequalities, polynomials"),
    "number_theory": ("NumberTheory", "divisors, primes, remainders, bases"),
    "combinatorics": ("Combinatorics", "counting and finite probability"),
    "calculus": ("Calculus", "derivatives, integrals, limits, series"),
}
"""Env name to (class, what is in it)."""


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """The five environments."""
    for name, (cls, title) in ENVS.items():
        register(f"math/{name}-v0", f"prorl_env_math.envs:{cls}", title=title, levels=LEVELS, extra="math")


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """The verifier of the whole domain."""
    register("math", "prorl_env_math.verifier:MathVerifier")
