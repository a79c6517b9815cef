"""Calculus families: derivatives, antiderivatives (any constant is right), definite integrals, limits, extrema, series."""

import random
from fractions import Fraction

from prorl_env_math.writing import evaluated, latex, latex_roots, nonzero, number_problem, polynomial, product, times
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
    return Draft(question=f"Find the derivative of ${shown(text)}$ with respect to $x$.", terse=f"d/dx {text}", answer=answer)


def slope(coefficients: list[int]) -> list[int]:
    """The coefficients of the derivative of a polynomial."""
    return [k * c for k, c in enumerate(coefficients)][1:] or [0]


def _product_rule(rng: random.Random) -> tuple[str, str]:
    """(text, derivative) of a line times sin(kx), cos(kx) or e^(kx)."""
    a, b, k = nonzero(-9, 9, rng.random()), rng.randrange(-9, 10), rng.randrange(2, 8)
    line, name = polynomial([b, a]), rng.choice(("sin", "cos", "exp"))
    turned = {"sin": f"{k}cos({k}x)", "cos": f"(-{k}sin({k}x))", "exp": f"{k}exp({k}x)"}[name]
    return f"({line})*{name}({k}x)", f"{times(a)}{name}({k}x)+({line})*{turned}"


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


def shown(text: str) -> str:
    """A formula with its functions as LaTeX commands and products by juxtaposition."""
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
        answer = {"sin": f"{times(-a)}cos({k}x)", "cos": f"{times(a)}sin({k}x)", "exp": f"{times(a)}exp({k}x)"}[name]
    question = f"Find an antiderivative of ${shown(of)}$ with respect to $x$."
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
    """Limits: a removable singularity, from level 2 also a rational function at infinity, at level 3 also sin, cos, exp, ln and roots at 0."""
    high = (5, 9, 12, 20)[level]
    if level == 3 and rng.random() < 0.5:
        return _limit_at_zero(rng)
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


def _limit_at_zero(rng: random.Random) -> Draft:
    a, b, c = nonzero(-9, 9, rng.random()), nonzero(-9, 9, rng.random()), rng.randrange(1, 10)
    text, value = rng.choice(
        [
            (f"sin({times(a)}x)/({times(b)}x)", Fraction(a, b)),
            (f"(1-cos({times(a)}x))/({times(b)}x^2)", Fraction(a * a, 2 * b)),
            (f"(exp({times(a)}x)-1)/({times(b)}x)", Fraction(a, b)),
            (f"ln(1{'+' if a > 0 else '-'}{times(abs(a))}x)/({times(b)}x)", Fraction(a, b)),
            (f"(sqrt({c * c}{'+' if a > 0 else '-'}{times(abs(a))}x)-{c})/({times(b)}x)", Fraction(a, 2 * b * c)),
        ]
    )
    return number_problem(f"Find $\\lim_{{x \\to 0}} {latex_roots(shown(text))}$.", f"lim x->0 {text}=", value)


def tangent(rng: random.Random, level: int) -> Draft:
    """The slope of a polynomial's graph at a point, at level 3 of a quotient of polynomials."""
    if level == 3:
        return _quotient_slope(rng)
    degree, high = ((2, 6), (2, 10), (3, 12))[level]
    coefficients = [rng.randrange(0 if level == 0 else -high, high) for _ in range(degree)] + [rng.randrange(1, high)]
    x = rng.randrange(0, 6) if level == 0 else rng.randrange(-5, 6)
    question = f"Let $f(x)={polynomial(coefficients)}$. Find $f'({x})$."
    return number_problem(question, f"d/dx {polynomial(coefficients)},x={x}:", evaluated(slope(coefficients), x))


def _quotient_slope(rng: random.Random) -> Draft:
    x, top = rng.randrange(-5, 6), [rng.randrange(-9, 10) for _ in range(2)] + [nonzero(-6, 6, rng.random())]
    bottom = [rng.randrange(-9, 10), nonzero(-6, 6, rng.random())]
    while (down := evaluated(bottom, x)) == 0:
        bottom[0] += 1
    value = Fraction(evaluated(slope(top), x) * down - evaluated(top, x) * bottom[1], down**2)
    text = f"({polynomial(top)})/({polynomial(bottom)})"
    return number_problem(f"Let $f(x)={text}$. Find $f'({x})$ exactly.", f"d/dx {text},x={x}:", value)


def minimum(rng: random.Random, level: int) -> Draft:
    """The extreme value of a quadratic, at level 3 the greatest or least value of a cubic on an interval; exact."""
    if level == 3:
        return _extreme_on_interval(rng)
    high = (5, 8, 15)[level]
    a, b, c = nonzero(-high, high, rng.random()), rng.randrange(-high, high + 1), rng.randrange(-high, high + 1)
    kind = "min" if a > 0 else "max"
    question = f"Find the {kind}imum value of {latex([c, b, a])} over all real $x$."
    return number_problem(question, f"{kind} {polynomial([c, b, a])}=", Fraction(c) - Fraction(b * b, 4 * a))


def _extreme_on_interval(rng: random.Random) -> Draft:
    p, q = rng.sample(range(-5, 6), 2)
    coefficients = [rng.randrange(-20, 21), 6 * p * q, -3 * (p + q), 2]
    low = rng.randrange(-7, 5)
    high = low + rng.randrange(2, 9)
    values = [evaluated(coefficients, x) for x in (low, high, p, q) if low <= x <= high]
    kind = rng.choice(("min", "max"))
    question = f"Find the {kind}imum value of {latex(coefficients)} for ${low} \\le x \\le {high}$."
    return number_problem(question, f"{kind} {polynomial(coefficients)},{low}<=x<={high}=", min(values) if kind == "min" else max(values))


def geometric(rng: random.Random, level: int) -> Draft:
    """The sum of an infinite geometric series, at level 3 of a sum of two or of n times the powers; exact."""
    a, q = nonzero(-9, 9, rng.random()), rng.randrange(2, 12)
    ratio = Fraction(nonzero(1 - q, q - 1, rng.random()), q)
    if level < 3:
        question = f"Find the sum of the infinite geometric series with first term {a} and ratio ${ratio}$."
        return number_problem(question, f"sum {a}*({ratio})^k,k>=0:", Fraction(a) / (1 - ratio))
    if rng.random() < 0.5:
        question = f"Find $\\sum_{{k=1}}^{{\\infty}} {a} k \\left({ratio}\\right)^k$ exactly."
        return number_problem(question, f"sum {a}k*({ratio})^k,k>=1:", a * ratio / (1 - ratio) ** 2)
    b, other = nonzero(-9, 9, rng.random()), Fraction(1, rng.randrange(2, 12))
    question = f"Find $\\sum_{{k=0}}^{{\\infty}} \\left({a}\\left({ratio}\\right)^k{b:+d}\\left({other}\\right)^k\\right)$ exactly."
    return number_problem(question, f"sum {a}*({ratio})^k{b:+d}*({other})^k,k>=0:", a / (1 - ratio) + b / (1 - other))


FAMILIES = {
    "derivative": (0, derivative),
    "antiderivative": (1, antiderivative),
    "tangent": (1, tangent),
    "integral": (1, integral),
    "limit": (1, limit),
    "minimum": (2, minimum),
    "geometric": (2, geometric),
}
