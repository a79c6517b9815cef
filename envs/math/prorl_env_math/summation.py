"""The value of a polynomial's definite integral from its values alone, exactly: no antiderivative is searched."""

import itertools
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from prorl_env_math.limits import ParseError

_POINTS = 14


def polynomial_integral(function: Callable[[Fraction], Any], low: Fraction, high: Fraction) -> Fraction:
    """The integral of a polynomial of degree below twelve. Raises ParseError where its values show that the integrand is none."""
    places = [Fraction(n, 2) for n in range(-_POINTS // 2, _POINTS - _POINTS // 2)]
    table = [function(p) for p in places]
    if not all(isinstance(v, Fraction) for v in table):
        raise ParseError("an integral of something that is no polynomial with rational coefficients")
    newton: list[Fraction] = []
    for order in range(_POINTS):
        newton.append(table[0])
        table = [(b - a) / (places[i + order + 1] - places[i]) for i, (a, b) in enumerate(itertools.pairwise(table))]
    if any(newton[-2:]):
        raise ParseError("an integral of something that is no polynomial of low degree")
    coefficients = [Fraction(0)]
    for place, c in zip(reversed(places), reversed(newton), strict=True):
        shifted = [Fraction(0), *coefficients]
        coefficients = [s - place * old for s, old in zip(shifted, [*coefficients, Fraction(0)], strict=True)]
        coefficients[0] += c
    return sum((c * (high ** (n + 1) - low ** (n + 1)) / (n + 1) for n, c in enumerate(coefficients)), Fraction(0))
