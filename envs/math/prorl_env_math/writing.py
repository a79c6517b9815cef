"""How problems and gold answers are written: polynomials, fractions, number problems. Compact, the way a person would."""

import re
from collections.abc import Mapping, Sequence
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


def times(a: int) -> str:
    """A coefficient as it is written before a function: nothing for 1, a bare minus for -1."""
    return {1: "", -1: "-"}.get(a, str(a))


def radical(rational: Fraction, roots: Mapping[int, Fraction]) -> str:
    """`rational` plus each coefficient times the root of its number: `3/2-2\\sqrt{5}/7`; "0" where all are zero."""
    out = str(rational) if rational else ""
    for n, c in sorted(roots.items()):
        if c:
            size = f"{times(abs(c.numerator))}\\sqrt{{{n}}}{f'/{c.denominator}' if c.denominator > 1 else ''}"
            out += ("-" if c < 0 else "+" if out else "") + size
    return out or "0"


def relations(text: str) -> str:
    """A question's relation signs in LaTeX."""
    return text.replace("<=", "\\le ").replace(">=", "\\ge ")


def latex_roots(text: str) -> str:
    """`sqrt(...)` without inner brackets as a LaTeX root."""
    return re.sub(r"sqrt\(([^()]*)\)", r"\\sqrt{\1}", text)


def plain_roots(text: str) -> str:
    """LaTeX with roots of numbers and functions without backslashes and braces, for terse questions."""
    return re.sub(r"\\sqrt\{(\d+)\}", r"sqrt(\1)", text).replace("\\", "")


def matrix(rows: Sequence[Sequence[object]]) -> str:
    """Rows as a LaTeX pmatrix."""
    return "\\begin{pmatrix}" + "\\\\".join("&".join(map(str, row)) for row in rows) + "\\end{pmatrix}"


def brackets(rows: Sequence[Sequence[object]]) -> str:
    """Rows as `[[1,2],[3,4]]`."""
    return "[" + ",".join("[" + ",".join(map(str, row)) + "]" for row in rows) + "]"


def line_equation(slope: Fraction, x: Fraction, y: Fraction) -> str:
    """The line through (x, y) as `y=mx+b`."""
    return f"y={rational_polynomial([y - slope * x, slope])}"


def rational_polynomial(coefficients: Sequence[Fraction], variable: str = "x") -> str:
    """`polynomial` with coefficients that may be fractions: `(1/2)x^2-(3/4)`."""
    out = ""
    for power in range(len(coefficients) - 1, -1, -1):
        c = coefficients[power]
        if c == 0:
            continue
        name = "" if power == 0 else variable if power == 1 else f"{variable}^{power}"
        size = "" if abs(c) == 1 and name else f"({abs(c)})" if c.denominator > 1 and name else str(abs(c))
        out += ("-" if c < 0 else "+" if out else "") + size + name
    return out or "0"


def vector(values: Sequence[object]) -> str:
    """`(1, 2, 3)`."""
    return "(" + ", ".join(map(str, values)) + ")"
