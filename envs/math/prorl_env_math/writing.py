"""How problems and gold answers are written: polynomials, fractions, number problems. Compact, the way a person would."""

from collections.abc import Sequence
from fractions import Fraction

from prorl_gym.types import Draft


def polynomial(coefficients: Sequence[int], variable: str = "x") -> str:
    """`[c0, c1, c2]` as `c2x^2+c1x+c0`, zero terms left out; "0" where all are."""
    out = ""
    for power in range(len(coefficients) - 1, -1, -1):
        c = coefficients[power]
        if c == 0:
            continue
        name = "" if power == 0 else variable if power == 1 else f"{variable}^{power}"
        size = str(abs(c)) if abs(c) != 1 or not name else ""
        out += ("-" if c < 0 else "+" if out else "") + size + name
    return out or "0"


def evaluated(coefficients: Sequence[int], x: int) -> int:
    """The polynomial's value at x."""
    return sum(c * x**power for power, c in enumerate(coefficients))


def product(one: Sequence[int], two: Sequence[int]) -> list[int]:
    """The coefficients of the product of two polynomials."""
    out = [0] * (len(one) + len(two) - 1)
    for i, a in enumerate(one):
        for j, b in enumerate(two):
            out[i + j] += a * b
    return out


def number_problem(question: str, terse: str, answer: int | Fraction, *, form: str = "number") -> Draft:
    """A problem whose answer is one number, written out; `form` "reduced" asks for lowest terms too."""
    return Draft(question=question, terse=terse, answer=str(answer), metadata={"form": form})


def latex(coefficients: Sequence[int], variable: str = "x") -> str:
    """The polynomial between dollar signs, for questions in full sentences."""
    return f"${polynomial(coefficients, variable)}$"


def nonzero(low: int, high: int, pick: float) -> int:
    """A whole number in [low, high] other than 0, chosen by `pick` in [0, 1)."""
    values = [n for n in range(low, high + 1) if n]
    return values[int(pick * len(values))]
