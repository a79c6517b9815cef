"""Registers the math environments and the domain's verifier; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl

LEVELS = 4
ENVS = {
    "arithmetic": ("Arithmetic", "whole numbers, fractions, decimals, percentages, order of operations"),
    "algebra": ("Algebra", "equations, systems, inequalities, polynomials, roots, complex numbers"),
    "number_theory": ("NumberTheory", "divisors, primes, remainders, congruences, bases"),
    "combinatorics": ("Combinatorics", "counting, finite probability, sequences"),
    "calculus": ("Calculus", "derivatives, integrals, limits, series, differential equations"),
    "linear_algebra": ("LinearAlgebra", "vectors, matrices, determinants, eigenvalues"),
    "geometry": ("Geometry", "points, lines and circles on coordinates, trigonometry"),
}
"""Env name to (class, what is in it)."""


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """The procedural environments, and the one over data sets."""
    for name, (cls, title) in ENVS.items():
        register(f"math/{name}-v0", f"prorl_env_math.envs:{cls}", title=title, levels=LEVELS, extra="math")
    register(
        "math/deepscaler-v0",
        "prorl_env_math.deepscaler:DeepScaleR",
        title="problems of a data set: DeepScaleR's, or any with columns of problems and answers",
        extra="math",
        needs=("data",),
        example={"path": "example"},
    )


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """The verifier of the whole domain."""
    register("math", "prorl_env_math.verifier:MathVerifier")
