"""Families on rational functions and roots: partial fractions, inverse functions, division, complex numbers, radicals, exponentials, piecewise."""

import math
import random
from fractions import Fraction

from prorl_env_math.writing import evaluated, latex, latex_roots, nonzero, number_problem, polynomial, product, radical, relations, times
from prorl_gym.types import Draft


def partial_fractions(rng: random.Random, level: int) -> Draft:
    """A rational function as a sum of simple fractions: two linear factors, three at level 2, a repeated one at level 3."""
    roots = rng.sample(range(-9, 10), 2 if level != 2 else 3)
    roots = roots if level == 3 else sorted(roots)
    factors = [[-r, 1] for r in roots]
    parts = [(nonzero(-9, 9, rng.random()), f"{polynomial(f)}", [g for g in factors if g is not f]) for f in factors]
    bottom = factors
    if level == 3:
        repeated = factors[0]
        parts = [(a, text, [*others, repeated]) for a, text, others in parts[:1]] + [(parts[1][0], parts[1][1], [repeated, repeated])]
        parts.append((nonzero(-9, 9, rng.random()), f"({polynomial(repeated)})^2", [factors[1]]))
        bottom = [*factors, repeated]
    top = [0] * len(bottom)
    for a, _, others in parts:
        term = [a]
        for other in others:
            term = product(term, other)
        top = [x + y for x, y in zip(top, term + [0] * (len(top) - len(term)), strict=True)]
    answer = "".join(f"{'-' if a < 0 else '+' if i else ''}{abs(a)}/({text})" for i, (a, text, _) in enumerate(parts))
    whole = [1]
    for factor in bottom:
        whole = product(whole, factor)
    question = f"Write $\\frac{{{polynomial(top)}}}{{{polynomial(whole)}}}$ as a sum of partial fractions."
    return Draft(question=question, terse=f"partial ({polynomial(top)})/({polynomial(whole)})", answer=answer, metadata={"form": "partial"})


def inverse_function(rng: random.Random, level: int) -> Draft:
    """The inverse of a linear function, of a quotient of linear functions, or at level 3 of one that holds a cube, a logarithm or an exponential."""
    a, b, c, d = nonzero(2, 9, rng.random()), nonzero(-9, 9, rng.random()), nonzero(1, 6, rng.random()), nonzero(-9, 9, rng.random())
    if level < 2:
        of, answer = polynomial([b, a]), f"({polynomial([-b, 1])})/{a}"
    elif level == 2:
        while a * d == b * c or d == -a:
            d += 1
        of = f"({polynomial([b, a])})/({polynomial([d, c])})"
        answer = f"({polynomial([b, -d])})/({polynomial([-a, c])})"
    else:
        of, answer = {
            "cube": (f"{a}x^3{b:+d}", f"\\sqrt[3]{{({polynomial([-b, 1])})/{a}}}"),
            "exp": (f"{a}\\exp({times(c)}x){d:+d}", f"\\ln(({polynomial([-d, 1])})/{a})/{c}"),
            "ln": (f"{times(a)}\\ln({times(c)}x{d:+d})", f"(\\exp(x/{a}){-d:+d})/{c}"),
        }[rng.choice(("cube", "exp", "ln"))]
    question = f"Let $f(x)={of}$. Find $f^{{-1}}(x)$."
    check = {"kind": "inverse", "of": of, "by": "x"}
    return Draft(question=question, terse=f"inverse {of.replace(chr(92), '')}", answer=answer, metadata={"check": check})


def polynomial_division(rng: random.Random, level: int) -> Draft:
    """Quotient and remainder of polynomials, as a pair."""
    degree = (1, 1, 2, 3)[level]
    divisor = [nonzero(-6, 6, rng.random()), 1] if level < 3 else [rng.randrange(-5, 6), nonzero(-5, 5, rng.random()), 1]
    quotient = [rng.randrange(-9, 10) for _ in range(degree)] + [nonzero(-5, 5, rng.random())]
    rest = [nonzero(-9, 9, rng.random())] if level < 3 else [rng.randrange(-9, 10), nonzero(-9, 9, rng.random())]
    top = product(divisor, quotient)
    top = [c + (rest[k] if k < len(rest) else 0) for k, c in enumerate(top)]
    question = f"Divide {latex(top)} by {latex(divisor)}. Give the pair (quotient, remainder)."
    terse = f"({polynomial(top)})/({polynomial(divisor)}):(q,r)="
    return Draft(question=question, terse=terse, answer=f"({polynomial(quotient)}, {polynomial(rest)})", metadata={"form": "expanded"})


def complex_numbers(rng: random.Random, level: int) -> Draft:
    """Products of complex numbers, quotients from level 2, powers at level 3."""
    high = (4, 6, 9, 9)[level]
    a, b, c, d = (nonzero(-high, high, rng.random()) for _ in "abcd")
    one, two = (_complex(Fraction(re), Fraction(im)) for re, im in ((a, b), (c, d)))
    if level >= 2 and rng.random() < 0.5:
        size = c * c + d * d
        text, re, im = f"({one})/({two})", Fraction(a * c + b * d, size), Fraction(b * c - a * d, size)
    elif level == 3:
        n, re, im = rng.randrange(3, 8), Fraction(1), Fraction(0)
        for _ in range(n):
            re, im = re * a - im * b, re * b + im * a
        text = f"({one})^{n}"
    else:
        text, re, im = f"({one})({two})", Fraction(a * c - b * d), Fraction(a * d + b * c)
    question = f"Compute ${text}$. Give the answer as $a+bi$."
    return Draft(question=question, terse=f"{text}=", answer=_complex(re, im), metadata={"form": "rectangular"})


def _complex(re: Fraction, im: Fraction) -> str:
    """a+bi with zero parts left out."""
    real = str(re) if re or not im else ""
    if not im:
        return real
    size = "" if abs(im) == 1 else str(abs(im)) if im.denominator == 1 else f"({abs(im)})"
    return f"{real}{'-' if im < 0 else '+' if real else ''}{size}i"


def radicals(rng: random.Random, level: int) -> Draft:
    """Square roots in simplest form: one root, a sum of two, a product of sums, a quotient with the root in the denominator."""
    free = [n for n in range(2, (8, 15, 20, 40)[level]) if all(n % (p * p) for p in (2, 3, 5))]
    p, q = rng.sample(free, 2) if level > 1 else (rng.choice(free),) * 2
    a, b = rng.randrange(2, (5, 9, 9, 12)[level]), rng.randrange(2, 9)
    if level == 0:
        text, rational, roots = f"sqrt({a * a * p})", Fraction(0), {p: Fraction(a)}
    elif level == 1:
        sign = rng.choice((1, -1)) if a != b else 1
        text, rational, roots = f"sqrt({a * a * p}){'+' if sign > 0 else '-'}sqrt({b * b * p})", Fraction(0), {p: Fraction(a + sign * b)}
    elif level == 2:
        text = f"({a}+sqrt({p}))({b}-sqrt({q}))"
        rational, roots = _sum_of_roots(Fraction(a * b), ((q, Fraction(-a)), (p, Fraction(b)), (p * q, Fraction(-1))))
    else:
        size = a * a - p
        text, rational, roots = f"{b}/({a}+sqrt({p}))", Fraction(a * b, size), {p: Fraction(-b, size)}
    question = f"Write ${latex_roots(text)}$ in simplest radical form."
    return Draft(question=question, terse=f"simplify {text}", answer=radical(rational, roots), metadata={"form": "simplified"})


def _sum_of_roots(rational: Fraction, terms: tuple[tuple[int, Fraction], ...]) -> tuple[Fraction, dict[int, Fraction]]:
    """Terms c * sqrt(n) with the squares taken out of n and like roots collected."""
    roots: dict[int, Fraction] = {}
    for n, c in terms:
        square = max(k for k in range(1, math.isqrt(n) + 1) if n % (k * k) == 0)
        n, c = n // square**2, c * square
        if n == 1:
            rational += c
        else:
            roots[n] = roots.get(n, Fraction(0)) + c
    return rational, {n: c for n, c in roots.items() if c}


def exponential(rng: random.Random, level: int) -> Draft:
    """An exponential equation; the solution is a logarithm."""
    base, right = rng.sample([n for n in range(2, 60) if not _is_perfect_power(n)], 2)
    a, b = (1, 0) if level < 2 else (rng.randrange(2, 9), nonzero(-9, 9, rng.random()))
    line = polynomial([b, a])
    if level < 3:
        other, shown = str(right), str(right)
        answer = f"\\ln {right}/\\ln {base}" if level < 2 else f"(\\ln {right}/\\ln {base}{-b:+d})/{a}"
    else:
        other, shown = f"{right}^({polynomial([b, 1])})", f"{right}^{{{polynomial([b, 1])}}}"
        answer = f"{times(b)}(\\ln {right}-\\ln {base})/({a}\\ln {base}-\\ln {right})"
    question = f"Solve ${base}^{{{line}}}={shown}$ for $x$. Give the exact value."
    return Draft(question=question, terse=f"{base}^({line})={other},x=", answer=answer)


def _is_perfect_power(n: int) -> bool:
    """Logarithms of numbers that are none have a rational quotient only where they are equal."""
    return any(b**k == n for k in range(2, 6) for b in range(2, math.isqrt(n) + 1))


def piecewise(rng: random.Random, level: int) -> Draft:
    """The value of a function given in pieces; from level 2 of the function applied twice or three times."""
    cut, depth = rng.randrange(-4, 6), (1, 1, 2, 3)[level]
    left, right = ([rng.randrange(-9, 10) for _ in range((1, 2, 2, 1)[level])] + [nonzero(-4, 4, rng.random())] for _ in "ab")
    x = rng.randrange(-8, 9)
    value = x
    for _ in range(depth):
        value = evaluated(left if value < cut else right, value)
    asked = "f(" * depth + str(x) + ")" * depth
    question = f"Let $f(x)={polynomial(left)}$ for $x<{cut}$ and $f(x)={polynomial(right)}$ for $x \\ge {cut}$. Find ${asked}$."
    return number_problem(question, f"f=({polynomial(left)} if x<{cut} else {polynomial(right)}),{asked}=", value)


def vieta(rng: random.Random, level: int) -> Draft:
    """A symmetric expression of the roots of a polynomial, without the roots."""
    a, b, c = nonzero(1, (1, 4, 6, 9)[level], rng.random()), nonzero(-12, 12, rng.random()), nonzero(-12, 12, rng.random())
    total, both = Fraction(-b, a), Fraction(c, a)
    asked, value = rng.choice(
        [
            ("r^2+s^2", total**2 - 2 * both),
            ("1/r+1/s", total / both),
            ("r^3+s^3", total**3 - 3 * total * both),
            ("(r-s)^2", total**2 - 4 * both),
            ("r/s+s/r", (total**2 - 2 * both) / both),
            ("r^4+s^4", (total**2 - 2 * both) ** 2 - 2 * both**2),
        ][: (2, 3, 5, 6)[level]]
    )
    question = f"Let $r$ and $s$ be the roots (counted with multiplicity, possibly complex) of {latex([c, b, a])}. Find ${asked}$ exactly."
    return number_problem(question, f"r,s roots {polynomial([c, b, a])}: {asked}=", value, form="reduced")


def absolute(rng: random.Random, level: int) -> Draft:
    """An inequality with an absolute value: one interval for "less", a union of two for "more"; two absolute values at level 3."""
    a, b, c = rng.randrange(1, (2, 3, 6, 6)[level]), rng.randrange(-12, 13), rng.randrange(1, 20)
    more, strict = rng.random() < 0.5, rng.random() < 0.5
    op = (">" if more else "<") if strict else (">=" if more else "<=")
    inside, right = polynomial([b, a]), str(c)
    low, high = Fraction(-c - b, a), Fraction(c - b, a)
    if level == 3:
        d = rng.randrange(-12, 13)
        a += 1
        if Fraction(-b, a) == d:
            d += 1
        inside, right = polynomial([b, a]), f"|{polynomial([-d, 1])}|"
        low, high = sorted((Fraction(-d - b, a - 1), Fraction(d - b, a + 1)))
    opener, closer = "()" if strict else "[]"
    outer_closer, outer_opener = ")(" if strict else "]["
    answer = f"(-\\infty, {low}{outer_closer} \\cup {outer_opener}{high}, \\infty)" if more else f"{opener}{low}, {high}{closer}"
    text = f"|{inside}|{op}{right}"
    question = f"Solve ${relations(text)}$ over the real numbers. Give the solution set in interval notation."
    return Draft(question=question, terse=f"{text},x:", answer=answer, metadata={"form": "solved"})


def _sign_changes(roots: list[int], sign: int) -> list[int]:
    """The sign of sign * prod (x - r) on each open interval between the sorted roots, from the left."""
    return [sign * (-1) ** (len(roots) - k) for k in range(len(roots) + 1)]


def rational_inequality(rng: random.Random, level: int) -> Draft:
    """A polynomial or rational inequality whose solution is a union of intervals."""
    count = 2 if level < 3 else 3
    roots = sorted(rng.sample(range(-9, 10), count))
    pole = rng.choice(roots) if level >= 2 else None
    op = rng.choice(("<", ">", "<=", ">="))
    want = 1 if op[0] == ">" else -1
    closed = [op[-1] == "=" and r != pole for r in roots]
    edges: list[str] = ["-\\infty", *map(str, roots), "\\infty"]
    shut = [False, *closed, False]
    pieces = [
        f"{'[' if shut[k] else '('}{edges[k]}, {edges[k + 1]}{']' if shut[k + 1] else ')'}"
        for k, sign in enumerate(_sign_changes(roots, 1))
        if sign == want
    ]
    factors = [f"({polynomial([-r, 1])})" for r in roots if r != pole]
    rng.shuffle(factors)
    top = "".join(factors)
    text = f"{top}{op}0" if pole is None else f"{top}/({polynomial([-pole, 1])}){op}0"
    question = f"Solve ${relations(text)}$ over the real numbers. Give the solution set in interval notation."
    return Draft(question=question, terse=f"{text},x:", answer=" \\cup ".join(pieces), metadata={"form": "solved"})


FAMILIES = {
    "complex_numbers": (1, complex_numbers),
    "radicals": (1, radicals),
    "inverse_function": (1, inverse_function),
    "piecewise": (1, piecewise),
    "absolute": (1, absolute),
    "vieta": (1, vieta),
    "polynomial_division": (2, polynomial_division),
    "partial_fractions": (2, partial_fractions),
    "exponential": (2, exponential),
    "rational_inequality": (2, rational_inequality),
}
