"""Calculus families on derivatives put to use: gradients, tangents, critical points, differential equations, Taylor polynomials, areas."""

import math
import random
from fractions import Fraction

from prorl_env_math.calculus import shown, slope
from prorl_env_math.writing import evaluated, line_equation, nonzero, number_problem, polynomial, product, rational_polynomial, times
from prorl_gym.types import Draft


def second_derivative(rng: random.Random, level: int) -> Draft:
    """The second derivative of a polynomial, from level 2 of sin, cos or exp of a line times a power; at level 3 of a logarithm or a root."""
    if level < 2:
        coefficients = [rng.randrange(-9, 10) for _ in range(rng.randrange(2, 5))] + [nonzero(-9, 9, rng.random())]
        text, answer = polynomial(coefficients), polynomial(slope(slope(coefficients)))
    elif level == 2:
        a, k, name = nonzero(-9, 9, rng.random()), rng.randrange(2, 8), rng.choice(("sin", "cos", "exp"))
        turned, sign = {"sin": ("cos", -1), "cos": ("sin", -1), "exp": ("exp", 1)}[name]
        text = f"{times(a)}x*{name}({k}x)"
        first = 2 * a * k * (-1 if name == "cos" else 1)
        answer = f"{first}{turned}({k}x){sign * a * k * k:+d}x*{name}({k}x)"
    else:
        a, b = rng.randrange(1, 8), rng.randrange(1, 10)
        text, answer = rng.choice(
            [
                (f"ln({polynomial([b, 0, a])})", f"{2 * a}*({b}-{a}x^2)/({polynomial([b, 0, a])})^2"),
                (f"exp({polynomial([0, 0, a])})", f"({4 * a * a}x^2+{2 * a})exp({polynomial([0, 0, a])})"),
                (f"1/({polynomial([b, 0, a])})", f"({6 * a * a}x^2-{2 * a * b})/({polynomial([b, 0, a])})^3"),
            ]
        )
    return Draft(question=f"Find the second derivative of ${shown(text)}$ with respect to $x$.", terse=f"d2/dx2 {text}", answer=answer)


def gradient(rng: random.Random, level: int) -> Draft:
    """The gradient of a polynomial in x and y; from level 2 of a product with sin, cos or exp."""
    if level < 2:
        terms = [(nonzero(-9, 9, rng.random()), *powers) for powers in rng.sample([(i, j) for i in range(4) for j in range(3) if i + j > 0], 3)]
        text, dx, dy = (_two_variables(list(part)) for part in _gradient_terms(terms))
    else:
        a, b, n, name = nonzero(-5, 5, rng.random()), rng.randrange(2, 6), rng.randrange(2, 4), rng.choice(("sin", "cos", "exp"))
        turned, sign = {"sin": ("cos", 1), "cos": ("sin", -1), "exp": ("exp", 1)}[name]
        if level == 2:
            text, dx, dy = f"{times(a)}x^{n}*{name}({b}y)", f"{a * n}x^{n - 1}*{name}({b}y)", f"{sign * a * b}x^{n}*{turned}({b}y)"
        else:
            inner = f"x^{n}y+{b}y"
            text, dx, dy = f"{times(a)}{name}({inner})", f"{sign * a * n}x^{n - 1}*y*{turned}({inner})", f"{sign * a}*(x^{n}+{b})*{turned}({inner})"
    question = f"Find the gradient of $f(x,y)={shown(text)}$ as a pair."
    return Draft(question=question, terse=f"grad {text}", answer=f"({dx}, {dy})")


def _gradient_terms(terms: list[tuple[int, int, int]]) -> list[list[tuple[int, int, int]]]:
    """The terms (coefficient, power of x, power of y) themselves, of the derivative by x, and by y."""
    return [terms, [(c * i, i - 1, j) for c, i, j in terms if i], [(c * j, i, j - 1) for c, i, j in terms if j]]


def _two_variables(terms: list[tuple[int, int, int]]) -> str:
    out = ""
    for c, i, j in terms:
        name = ("" if i == 0 else "x" if i == 1 else f"x^{i}") + ("" if j == 0 else "y" if j == 1 else f"y^{j}")
        out += ("-" if c < 0 else "+" if out else "") + (str(abs(c)) if abs(c) != 1 or not name else "") + name
    return out or "0"


def tangent_line(rng: random.Random, level: int) -> Draft:
    """The equation of the tangent to a polynomial's graph, of the normal at level 3; right in every equivalent form."""
    coefficients = [rng.randrange(-9, 10) for _ in range((1, 2, 3, 3)[level])] + [nonzero(-5, 5, rng.random())]
    x = rng.randrange(-4, 5)
    while level == 3 and evaluated(slope(coefficients), x) == 0:
        coefficients[1] += 1
    y, m = evaluated(coefficients, x), Fraction(evaluated(slope(coefficients), x))
    kind, m = ("normal", -1 / m) if level == 3 else ("tangent", m)
    question = f"Find an equation of the {kind} line to $y={polynomial(coefficients)}$ at $x={x}$."
    return Draft(question=question, terse=f"{kind} y={polynomial(coefficients)} at x={x}:", answer=line_equation(m, Fraction(x), Fraction(y)))


def ode(rng: random.Random, level: int) -> Draft:
    """Any nonzero solution of a linear differential equation with constant coefficients, checked by differentiation."""
    p, q = rng.sample([-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6], 2)
    if level < 3:
        roots = rng.random() < 0.5
        coefficients, rhs = ([p * q, -(p + q), 1] if roots else [q * q, 0, 1]), [0]
        answer = f"exp({times(p)}x)" if roots else f"sin({times(abs(q))}x)"
    else:
        particular = [rng.randrange(-5, 6), nonzero(-5, 5, rng.random()), nonzero(-5, 5, rng.random())]
        coefficients = [p * q, -(p + q), 1]
        first, second = slope(particular), slope(slope(particular))
        rhs = [coefficients[0] * c + coefficients[1] * (first[k] if k < 2 else 0) + (second[k] if k < 1 else 0) for k, c in enumerate(particular)]
        answer = polynomial(particular)
    names = ("y", "y'", "y''")
    left = ""
    for c, name in zip(reversed(coefficients), reversed(names[: len(coefficients)]), strict=True):
        left += f"{'+' if c > 0 and left else ''}{times(c)}{name}" if c else ""
    equation = f"{left}={polynomial(rhs)}"
    check = {"kind": "ode", "coefficients": list(map(str, coefficients)), "rhs": polynomial(rhs), "by": "x"}
    question = f"Find one solution $y(x)$, other than $y=0$, of the differential equation ${equation}$."
    return Draft(question=question, terse=f"solve {equation},y(x)=", answer=answer, metadata={"check": check})


def taylor(rng: random.Random, level: int) -> Draft:
    """The Taylor polynomial at 0 of exp, sin, cos or a logarithm of a multiple of x; of a product with a line at level 3."""
    k, degree = nonzero(-4, 4, rng.random()), rng.randrange(2, (3, 4, 5, 5)[level])
    name = rng.choice(("exp", "sin", "cos", "ln"))
    series = [_taylor_coefficient(name, n) * k**n for n in range(degree + 1)]
    text = f"ln(1{'+' if k > 0 else '-'}{times(abs(k))}x)" if name == "ln" else f"{name}({times(k)}x)"
    if level == 3:
        b, a = nonzero(-6, 6, rng.random()), nonzero(-6, 6, rng.random())
        series = [b * c + (a * series[n - 1] if n else 0) for n, c in enumerate(series)]
        text = f"({polynomial([b, a])})*{text}"
    question = f"Find the Taylor polynomial of degree {degree} at $x=0$ of ${shown(text)}$."
    answer = rational_polynomial(list(map(Fraction, series)))
    return Draft(question=question, terse=f"taylor{degree} {text}", answer=answer, metadata={"form": "expanded"})


def _taylor_coefficient(name: str, n: int) -> Fraction:
    if name == "ln":
        return Fraction((-1) ** (n + 1), n) if n else Fraction(0)
    sign = {"exp": 1, "sin": (0, 1, 0, -1)[n % 4], "cos": (1, 0, -1, 0)[n % 4]}[name]
    return Fraction(sign, math.factorial(n))


def area_between(rng: random.Random, level: int) -> Draft:
    """The area between a parabola and a line or another parabola, exact."""
    p, q = sorted(rng.sample(range(-6, 7), 2))
    a = nonzero(-2, 2, rng.random()) if level < 3 else nonzero(-5, 5, rng.random())
    below = [rng.randrange(-9, 10), rng.randrange(-6, 7), nonzero(-3, 3, rng.random()) if level == 3 else 0]
    gap = [a * c for c in product([-p, 1], [-q, 1])]
    above = [x + y for x, y in zip(gap, below, strict=True)]
    value = Fraction(abs(a) * (q - p) ** 3, 6)
    question = f"Find the area of the region between $y={polynomial(above)}$ and $y={polynomial(below)}$ exactly."
    return number_problem(question, f"area y={polynomial(above)},y={polynomial(below)}:", value)


def critical_points(rng: random.Random, level: int) -> Draft:
    """All x with a horizontal tangent: of cubics, from level 2 of quartics, at level 3 of a polynomial times an exponential."""
    roots = rng.sample(range(-6, 7), 2 if level != 2 else 3)
    if level == 3:
        k = nonzero(-3, 3, rng.random())
        b, c = -sum(roots), roots[0] * roots[1]
        linear = b - Fraction(2, k)  # (x^2 + linear x + constant) k + (2x + linear) = k (x - r)(x - s)
        inside = rational_polynomial([c - linear / k, linear, Fraction(1)])
        text = f"({inside})*exp({times(k)}x)"
    else:
        scale = 6 if level < 2 else 12
        rate = [scale * c for c in product(product([-roots[0], 1], [-roots[1], 1]), [-roots[2], 1] if level == 2 else [1])]
        text = polynomial([rng.randrange(-9, 10), *(c // (n + 1) for n, c in enumerate(rate))])
    answer = ", ".join(map(str, sorted(roots)))
    question = f"Find all real $x$ at which the derivative of ${shown(text)}$ is zero. Separate them by commas."
    return Draft(question=question, terse=f"d/dx {text}=0,x=", answer=answer, metadata={"form": "number"})


FAMILIES = {
    "second_derivative": (1, second_derivative),
    "gradient": (1, gradient),
    "tangent_line": (1, tangent_line),
    "critical_points": (1, critical_points),
    "ode": (2, ode),
    "taylor": (2, taylor),
    "area_between": (2, area_between),
}
