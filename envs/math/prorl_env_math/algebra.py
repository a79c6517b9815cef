"""Algebra families: equations, systems, inequalities, and polynomials in a required form."""

import random
from fractions import Fraction

from prorl_env_math.writing import evaluated, latex, nonzero, number_problem, polynomial, product, relations
from prorl_gym.types import Draft


def linear(rng: random.Random, level: int) -> Draft:
    """One linear equation in x: whole solutions, x on both sides from level 2, fractions at level 3."""
    if level < 2:
        a, x, b = rng.randrange(2, 10), rng.randrange(1, 10 if level == 0 else 50), rng.randrange(1, 20 if level == 0 else 100)
        x, b = (x, b) if level == 0 else (x * rng.choice((1, -1)), b * rng.choice((1, -1)))
        left, right, solution = [b, a], [a * x + b], Fraction(x)
    elif level == 3:
        return _fractional(rng)
    else:
        high = 12
        a, c = nonzero(-high, high, rng.random()), nonzero(-high, high, rng.random())
        a += a == c
        a = a or 1
        b, d = rng.randrange(-high, high), rng.randrange(-high, high)
        c = c if c != a else c + 1
        left, right, solution = [b, a], [d, c], Fraction(d - b, a - c)
    text = f"{polynomial(left)}={polynomial(right)}"
    return number_problem(f"Solve ${text}$ for $x$.", f"{text},x=", solution)


def _fractional(rng: random.Random) -> Draft:
    """(ax + b)/m - (cx + d)/n = e."""
    m, n = rng.sample(range(2, 10), 2)
    a, c = nonzero(-9, 9, rng.random()), nonzero(-9, 9, rng.random())
    a += (a * n == c * m) * (1 if a != -1 else 2)
    b, d, e = (rng.randrange(-15, 16) for _ in "bde")
    text = f"({polynomial([b, a])})/{m}-({polynomial([d, c])})/{n}={e}"
    return number_problem(f"Solve ${text}$ for $x$.", f"{text},x=", (e - Fraction(b, m) + Fraction(d, n)) / (Fraction(a, m) - Fraction(c, n)))


def evaluate(rng: random.Random, level: int) -> Draft:
    """The value of a polynomial at a point."""
    degree, high = ((1, 10), (2, 6), (3, 10), (4, 20))[level]
    coefficients = [rng.randrange(1 if level == 0 else -high, high) for _ in range(degree)] + [rng.randrange(2, high)]
    x = rng.randrange(1, 10) if level == 0 else nonzero(-9, 9, rng.random())
    text = polynomial(coefficients)
    return number_problem(f"Let $f(x)={text}$. Find $f({x})$.", f"{text},x={x}:", evaluated(coefficients, x))


def quadratic(rng: random.Random, level: int) -> Draft:
    """All real roots of a quadratic with rational roots, or from level 3 with irrational ones."""
    if level < 3:
        high = (6, 9, 12)[level]
        p, q = nonzero(-high, high, rng.random()), nonzero(-high, high, rng.random())
        a = rng.randrange(2, 6) if level == 2 else 1
        coefficients = product([-p, a], [-q, 1])
        roots = sorted({Fraction(p, a), Fraction(q)})
        answer = ", ".join(map(str, roots))
    else:
        p, d = rng.randrange(-12, 13), rng.choice([n for n in range(2, 60) if int(n**0.5) ** 2 != n])
        coefficients = [p * p - d, -2 * p, 1]
        answer = f"{p}-\\sqrt{{{d}}}, {p}+\\sqrt{{{d}}}" if p else f"-\\sqrt{{{d}}}, \\sqrt{{{d}}}"
    text = polynomial(coefficients)
    question = f"Find all real solutions of ${text}=0$. Separate them by commas."
    return Draft(question=question, terse=f"{text}=0,x=", answer=answer, metadata={} if level > 2 else {"form": "number"})


def system(rng: random.Random, level: int) -> Draft:
    """Two linear equations in x and y with a whole solution; at level 3 a line and a hyperbola or circle, all solutions."""
    if level == 3:
        return _curved(rng)
    high = (3, 4, 9)[level]
    x, y = rng.randrange(-high * 2, high * 2), rng.randrange(-high * 2, high * 2)
    a, b, c = (nonzero(-high, high, rng.random()) for _ in "abc")
    d = nonzero(-high, high, rng.random())
    d += (a * d == b * c) * (1 if d != -1 else 2)
    one, two = _two(a, b, a * x + b * y), _two(c, d, c * x + d * y)
    question = f"Solve the system ${one}$, ${two}$. Give the solution as an ordered pair $(x, y)$."
    return Draft(question=question, terse=f"{one},{two}:(x,y)=", answer=f"({x}, {y})", metadata={"form": "number"})


def _curved(rng: random.Random) -> Draft:
    """x + y = s with xy = p or x^2 + y^2 = q."""
    x, y = rng.sample(range(-20, 21), 2)
    second = f"xy={x * y}" if rng.random() < 0.5 else f"x^2+y^2={x * x + y * y}"
    question = f"Find all real solutions $(x, y)$ of the system $x+y={x + y}$, ${second}$."
    answer = f"({min(x, y)}, {max(x, y)}), ({max(x, y)}, {min(x, y)})"
    return Draft(question=question, terse=f"x+y={x + y},{second}:(x,y)=", answer=answer, metadata={"form": "number"})


def _two(a: int, b: int, c: int) -> str:
    return f"{polynomial([0, a])}{'+' if b > 0 else ''}{polynomial([0, b], 'y')}={c}"


def expand(rng: random.Random, level: int) -> Draft:
    """A product of polynomials, multiplied out."""
    high = (5, 9, 9, 12)[level]
    factors = [[nonzero(-high, high, rng.random()), 1 if level < 2 else nonzero(-4, 4, rng.random())] for _ in range(2 if level < 3 else 3)]
    coefficients = [1]
    for factor in factors:
        coefficients = product(coefficients, factor)
    text = "".join(f"({polynomial(f)})" for f in factors)
    question = f"Expand ${text}$ and collect like terms."
    return Draft(question=question, terse=f"{text}=", answer=polynomial(coefficients), metadata={"form": "expanded"})


def factor(rng: random.Random, level: int) -> Draft:
    """A polynomial with whole roots, written as a product of linear factors."""
    high = (5, 7, 12, 9)[level]
    roots = [nonzero(-high, high, rng.random()) for _ in range(2 if level < 3 else 3)]
    coefficients = [1]
    for root in roots:
        coefficients = product(coefficients, [-root, 1])
    answer = "".join(f"({polynomial([-r, 1])})" for r in sorted(roots))
    question = f"Factor {latex(coefficients)} completely over the integers."
    return Draft(question=question, terse=f"factor {polynomial(coefficients)}", answer=answer, metadata={"form": "factored"})


def inequality(rng: random.Random, level: int) -> Draft:
    """A linear inequality, from level 3 a double one or a quadratic one with an interval as its solution."""
    if level < 3:
        a, x, b = nonzero(-9, 9, rng.random()), rng.randrange(-20, 20), rng.randrange(-30, 30)
        a = a if abs(a) > 1 else 2
        op = rng.choice(("<", ">", "<=", ">="))
        solved = op if a > 0 else {"<": ">", ">": "<", "<=": ">=", ">=": "<="}[op]
        text, answer = f"{polynomial([b, a])}{op}{a * x + b}", f"x{solved}{x}"
    elif rng.random() < 0.5:
        a, b = nonzero(-6, 6, rng.random()), rng.randrange(-20, 21)
        low, high = sorted(rng.sample(range(-30, 31), 2))
        ops = rng.choice(("<", "<=")), rng.choice(("<", "<="))
        text = f"{low}{ops[0]}{polynomial([b, a])}{ops[1]}{high}"
        ends = (Fraction(low - b, a), ops[0]), (Fraction(high - b, a), ops[1])
        left, right = ends if a > 0 else ends[::-1]
        answer = f"{'(' if left[1] == '<' else '['}{left[0]}, {right[0]}{')' if right[1] == '<' else ']'}"
    else:
        p, q = sorted(rng.sample(range(-15, 16), 2))
        strict = rng.random() < 0.5
        text = f"{polynomial(product([-p, 1], [-q, 1]))}{'<' if strict else '<='}0"
        answer = f"({p}, {q})" if strict else f"[{p}, {q}]"
    question = f"Solve the inequality ${relations(text)}$ for $x$."
    return Draft(question=question, terse=f"{text},x:", answer=answer, metadata={"form": "solved"})


FAMILIES = {
    "linear": (0, linear),
    "evaluate": (0, evaluate),
    "quadratic": (1, quadratic),
    "expand": (1, expand),
    "factor": (1, factor),
    "system": (2, system),
    "inequality": (2, inequality),
}
