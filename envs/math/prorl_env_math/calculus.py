"""Calculus families: derivatives, antiderivatives (any constant is right), definite integrals, limits, extrema, series."""

import random
from fractions import Fraction

from prorl_env_math.writing import evaluated, latex, nonzero, number_problem, polynomial, product
from prorl_gym.types import Draft


def derivative(rng: random.Random, level: int) -> Draft:
    """Derivatives: a power and a line at level 0, polynomials, then products and chains with sin, cos, exp and ln."""
    if level == 0:
        n, a, b = rng.randrange(2, 6), rng.randrange(1, 16), rng.randrange(0, 25)
        coefficients = [0, b, *[0] * (n - 2), a]
        text, answer = polynomial(coefficients), polynomial(slope(coefficients))
    elif level == 1:
        coefficients = [rng.randrange(-9, 10) for _ in range(rng.randrange(2, 5))] + [nonzero(-9, 9, rng.random())]
        text, answer = polynomial(coefficients), polynomial(slope(coefficients))
    else:
        text, answer = _product_rule(rng) if level == 2 else _chain_rule(rng)
    return Draft(question=f"Find the derivative of ${_shown(text)}$ with respect to $x$.", terse=f"d/dx {text}", answer=answer)


def slope(coefficients: list[int]) -> list[int]:
    """The coefficients of the derivative of a polynomial."""
    return [k * c for k, c in enumerate(coefficients)][1:] or [0]


def _product_rule(rng: random.Random) -> tuple[str, str]:
    """(text, derivative) of a line times sin(kx), cos(kx) or e^(kx)."""
    a, b, k = nonzero(-9, 9, rng.random()), rng.randrange(-9, 10), rng.randrange(2, 8)
    line, name = polynomial([b, a]), rng.choice(("sin", "cos", "exp"))
    turned = {"sin": f"{k}cos({k}x)", "cos": f"(-{k}sin({k}x))", "exp": f"{k}exp({k}x)"}[name]
    return f"({line})*{name}({k}x)", f"{_times(a)}{name}({k}x)+({line})*{turned}"


def _chain_rule(rng: random.Random) -> tuple[str, str]:
    """(text, derivative) of a function of a quadratic, or a quotient of lines."""
    kind = rng.choice(("sin", "cos", "exp", "ln", "quotient"))
    if kind == "quotient":
        a, b, c, d = nonzero(-9, 9, rng.random()), rng.randrange(-9, 10), nonzero(-9, 9, rng.random()), nonzero(-9, 9, rng.random())
        return f"({polynomial([b, a])})/({polynomial([d, c])})", f"{a * d - b * c}/({polynomial([d, c])})^2"
    inner = [rng.randrange(1, 10), rng.randrange(-9, 10), nonzero(-6, 6, rng.random())]
    if kind == "ln":
        inner[2] = abs(inner[2])
    u, du, factor = polynomial(inner), polynomial(slope(inner)), rng.randrange(2, 8)
    outer = {"sin": f"{factor}cos({u})", "cos": f"-{factor}sin({u})", "exp": f"{factor}exp({u})", "ln": f"{factor}/({u})"}[kind]
    return f"{factor}{kind}({u})", f"{outer}*({du})"


def _times(a: int) -> str:
    """A coefficient as it is written before a function: nothing for 1, a bare minus for -1."""
    return {1: "", -1: "-"}.get(a, str(a))


def _shown(text: str) -> str:
    for name in ("sin", "cos", "exp", "ln"):
        text = text.replace(name, f"\\{name}")
    return text.replace("*", " ")


def antiderivative(rng: random.Random, level: int) -> Draft:
    """Antiderivatives with whole coefficients; any one, with or without a constant, is right."""
    if level < 3:
        degree = (1, 2, 4)[level]
        whole = [0, *[rng.randrange(-6, 7) if level else 0 for _ in range(degree)], nonzero(1 if level == 0 else -6, 9, rng.random())]
        of, answer = polynomial(slope(whole)), polynomial(whole)
    else:
        a, k, name = nonzero(-9, 9, rng.random()), rng.randrange(2, 8), rng.choice(("sin", "cos", "exp"))
        of = f"{a * k}{name}({k}x)"
        answer = {"sin": f"{_times(-a)}cos({k}x)", "cos": f"{_times(a)}sin({k}x)", "exp": f"{_times(a)}exp({k}x)"}[name]
    question = f"Find an antiderivative of ${_shown(of)}$ with respect to $x$."
    return Draft(question=question, terse=f"int {of} dx", answer=answer, metadata={"check": {"kind": "antiderivative", "of": of, "by": "x"}})


def integral(rng: random.Random, level: int) -> Draft:
    """Definite integrals of polynomials, exact."""
    degree = (1, 2, 3, 5)[level]
    coefficients = [rng.randrange(-6, 7) for _ in range(degree)] + [nonzero(-9, 9, rng.random())]
    low = 0 if level < 2 else rng.randrange(-4, 3)
    high = low + rng.randrange(1, 5)
    value = sum(Fraction(c, k + 1) * (high ** (k + 1) - low ** (k + 1)) for k, c in enumerate(coefficients))
    question = f"Compute $\\int_{{{low}}}^{{{high}}} ({polynomial(coefficients)}) \\, dx$ exactly."
    return number_problem(question, f"int {low}..{high} {polynomial(coefficients)}=", Fraction(value))


def limit(rng: random.Random, level: int) -> Draft:
    """Limits: a removable singularity, or from level 2 also a rational function at infinity."""
    high = (5, 9, 12, 20)[level]
    if level >= 2 and rng.random() < 0.5:
        degree = rng.randrange(1, 4)
        top, bottom = ([rng.randrange(-9, 10) for _ in range(degree)] + [nonzero(-high, high, rng.random())] for _ in "ab")
        text, where, value = f"({polynomial(top)})/({polynomial(bottom)})", "\\infty", Fraction(top[-1], bottom[-1])
    else:
        r, s = rng.randrange(-high, high), nonzero(-high, high, rng.random())
        other = [s, nonzero(-3, 3, rng.random())] if level > 1 else [s, 1]
        text, where, value = f"({polynomial(product([-r, 1], other))})/({polynomial([-r, 1])})", str(r), Fraction(evaluated(other, r))
    terse = f"lim x->{'oo' if 'infty' in where else where} {text}="
    return number_problem(f"Find $\\lim_{{x \\to {where}}} {text}$.", terse, value)


def tangent(rng: random.Random, level: int) -> Draft:
    """The slope of a polynomial's graph at a point."""
    degree, high = ((2, 6), (2, 10), (3, 12), (5, 15))[level]
    coefficients = [rng.randrange(0 if level == 0 else -high, high) for _ in range(degree)] + [rng.randrange(1, high)]
    x = rng.randrange(0, 6) if level == 0 else rng.randrange(-5, 6)
    question = f"Let $f(x)={polynomial(coefficients)}$. Find $f'({x})$."
    return number_problem(question, f"d/dx {polynomial(coefficients)},x={x}:", evaluated(slope(coefficients), x))


def minimum(rng: random.Random, level: int) -> Draft:
    """The extreme value of a quadratic, exact."""
    high = (5, 8, 15, 40)[level]
    a, b, c = nonzero(-high, high, rng.random()), rng.randrange(-high, high + 1), rng.randrange(-high, high + 1)
    kind = "min" if a > 0 else "max"
    question = f"Find the {kind}imum value of {latex([c, b, a])} over all real $x$."
    return number_problem(question, f"{kind} {polynomial([c, b, a])}=", Fraction(c) - Fraction(b * b, 4 * a))


def geometric(rng: random.Random, level: int) -> Draft:
    """The sum of an infinite geometric series, exact."""
    a, q = nonzero(-9, 9, rng.random()) * (1 if level < 3 else 7), rng.randrange(2, 12)
    ratio = Fraction(nonzero(1 - q, q - 1, rng.random()), q)
    question = f"Find the sum of the infinite geometric series with first term {a} and ratio ${ratio}$."
    return number_problem(question, f"sum {a}*({ratio})^k,k>=0:", Fraction(a) / (1 - ratio))


FAMILIES = {
    "derivative": (0, derivative),
    "antiderivative": (1, antiderivative),
    "tangent": (1, tangent),
    "integral": (1, integral),
    "limit": (1, limit),
    "minimum": (2, minimum),
    "geometric": (2, geometric),
}
