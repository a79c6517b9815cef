"""Arithmetic families: every answer is one number, written out."""

import random
from fractions import Fraction

from prorl_env_math.writing import number_problem
from prorl_gym.types import Draft


def addition(rng: random.Random, level: int) -> Draft:
    """Sums and differences of whole numbers; more terms and digits with the level, negative results from level 1."""
    high = (100, 1_000, 100_000, 10**8)[level]
    terms = (2, 2, 3, 5)[level]
    numbers = [rng.randrange(1, high) for _ in range(terms)]
    signs = [1] + [rng.choice((1, -1)) for _ in numbers[1:]]
    if level == 0:
        numbers.sort(reverse=True)
    text = "".join(("-" if s < 0 else "+" if i else "") + str(n) for i, (s, n) in enumerate(zip(signs, numbers, strict=True)))
    return number_problem(f"Compute ${text}$.", f"{text}=", sum(s * n for s, n in zip(signs, numbers, strict=True)))


def multiplication(rng: random.Random, level: int) -> Draft:
    """Products of two whole numbers."""
    a_high, b_high = ((100, 10), (100, 100), (1_000, 1_000), (10**5, 10**5))[level]
    a, b = rng.randrange(2, a_high), rng.randrange(2, b_high)
    return number_problem(f"Compute ${a} \\cdot {b}$.", f"{a}*{b}=", a * b)


def division(rng: random.Random, level: int) -> Draft:
    """Exact quotients; from level 2 quotients that are fractions in lowest terms."""
    high = (10, 30, 100, 1_000)[level]
    a, b = rng.randrange(2, high * 4), rng.randrange(2, high)
    if level < 2:
        return number_problem(f"Compute ${a * b} \\div {b}$.", f"{a * b}/{b}=", a, form="reduced")
    k = rng.randrange(2, 20)
    return number_problem(f"Write the fraction ${a * k}/{b * k}$ in lowest terms.", f"{a * k}/{b * k}=", Fraction(a, b), form="reduced")


def fractions(rng: random.Random, level: int) -> Draft:
    """Sums, differences, products and quotients of fractions; the answer is exact."""
    high = (6, 10, 20, 60)[level]
    count = 2 if level < 3 else 3
    value, text = Fraction(0), ""
    for i in range(count):
        part = Fraction(1)
        while part.denominator == 1:
            part = Fraction(rng.randrange(1, 2 * high), rng.randrange(2, high))
        op = rng.choice("+-*/") if i == 1 and count == 2 else rng.choice("+-") if i else "+"
        value = {"+": value + part, "-": value - part, "*": value * part, "/": value / part}[op]
        piece = str(part)
        text += piece if i == 0 else f"{op}({piece})" if op in "*/" else f"{op}{piece}"
    return number_problem(f"Compute ${text}$ as a fraction in lowest terms.", f"{text}=", value, form="reduced")


def decimals(rng: random.Random, level: int) -> Draft:
    """Sums, differences and products of decimals, exact."""
    places = (1, 1, 2, 3)[level]
    high = 10 ** (places + (1, 1, 1, 2)[level])
    a, b = rng.randrange(1, high), rng.randrange(1, high)
    op = rng.choice("+-*" if level > 1 else "+-")
    x, y = Fraction(a, 10**places), Fraction(b, 10**places)
    value = {"+": x + y, "-": x - y, "*": x * y}[op]
    text = f"{_decimal(x)}{op}{_decimal(y)}"
    question = f"Compute ${text.replace('*', chr(92) + 'cdot ')}$. Give the exact decimal."
    return Draft(question=question, terse=f"{text}=", answer=_decimal(value), metadata={"form": "number"})


def percent(rng: random.Random, level: int) -> Draft:
    """Percentages of numbers, from level 2 two changes one after the other, at level 3 undone."""
    if level < 2:
        p, n = rng.choice((5, 10, 20, 25, 50, 75)) if level == 0 else rng.randrange(1, 100), rng.randrange(1, 60) * 20
        return number_problem(f"What is {p} percent of {n}?", f"{p}% of {n}=", Fraction(p * n, 100))
    p, q, n = rng.randrange(1, 20) * 5, rng.randrange(1, 19) * 5, rng.randrange(1, 100) * 20
    value = Fraction(n * (100 + p) * (100 - q), 10_000)
    if level == 3:
        question = f"A price rises by {p} percent and then falls by {q} percent. It is now {_decimal(value)}. What was it at first?"
        return number_problem(question, f"?+{p}%-{q}%={_decimal(value)}:", n)
    return Draft(
        question=f"A price of {n} rises by {p} percent and then falls by {q} percent. What is it now? Give the exact value.",
        terse=f"{n}+{p}%-{q}%=",
        answer=_decimal(value),
        metadata={"form": "number"},
    )


def precedence(rng: random.Random, level: int) -> Draft:
    """Expressions with brackets and the order of operations."""
    high = (10, 10, 15, 30)[level]
    text, value = _expression(rng, (1, 2, 3, 4)[level], high)
    return number_problem(f"Evaluate ${text.replace('*', chr(92) + 'cdot ')}$.", f"{text}=", value)


def _expression(rng: random.Random, size: int, high: int) -> tuple[str, int]:
    """A bracketed expression of `size` operations and its value."""
    if size == 0:
        n = rng.randrange(1, high)
        return str(n), n
    left = rng.randrange(size)
    (a, x), (b, y) = _expression(rng, left, high), _expression(rng, size - 1 - left, high)
    op = rng.choice("+-*")
    a = f"({a})" if left and op == "*" else a
    b = f"({b})" if size - 1 - left and op in "*-" else b
    return f"{a}{op}{b}", x + y if op == "+" else x - y if op == "-" else x * y


def _decimal(value: Fraction) -> str:
    """A fraction whose denominator divides a power of ten, as a decimal without trailing zeros."""
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return sign + (digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}")


FAMILIES = {
    "addition": (0, addition),
    "multiplication": (0, multiplication),
    "division": (1, division),
    "precedence": (1, precedence),
    "percent": (1, percent),
    "fractions": (1, fractions),
    "decimals": (1, decimals),
}
