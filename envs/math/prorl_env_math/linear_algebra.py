"""Linear algebra families: vectors, matrices, determinants, eigenvalues. Vectors are tuples, matrices are written row by row."""

import random
from collections.abc import Sequence
from fractions import Fraction

from prorl_env_math.writing import brackets, matrix, nonzero, number_problem, polynomial, times, vector
from prorl_gym.types import Draft

Rows = list[list[int]]


def dot(rng: random.Random, level: int) -> Draft:
    """The inner product of two vectors."""
    size, high = (2, 3, 4, 5)[level], (10, 10, 20, 50)[level]
    low = 0 if level == 0 else -high
    u, v = ([rng.randrange(low, high) for _ in range(size)] for _ in "uv")
    question = f"Compute the dot product of ${vector(u)}$ and ${vector(v)}$."
    return number_problem(question, f"({_list(u)}).({_list(v)})=", sum(a * b for a, b in zip(u, v, strict=True)))


def combination(rng: random.Random, level: int) -> Draft:
    """A linear combination of two vectors."""
    size, high = (2, 2, 3, 4)[level], (8, 10, 15, 30)[level]
    a, b = (1, rng.choice((1, -1))) if level == 0 else (nonzero(-6, 6, rng.random()), nonzero(-6, 6, rng.random()))
    u, v = ([rng.randrange(0 if level == 0 else -high, high) for _ in range(size)] for _ in "uv")
    answer = vector([a * x + b * y for x, y in zip(u, v, strict=True)])
    shown = f"{times(a)}{{u}}{'-' if b < 0 else '+'}{times(abs(b))}{{v}}"
    question = f"Let $u={vector(u)}$ and $v={vector(v)}$. Compute ${shown.format(u='u', v='v')}$."
    terse = f"{times(a)}({_list(u)}){'-' if b < 0 else '+'}{times(abs(b))}({_list(v)})="
    return Draft(question=question, terse=terse, answer=answer, metadata={"form": "number"})


def determinant(rng: random.Random, level: int) -> Draft:
    """The determinant of a 2x2 matrix, 3x3 from level 2."""
    rows = _matrix(rng, 2 if level < 2 else 3, (5, 9, 6, 12)[level])
    return number_problem(f"Find the determinant of ${matrix(rows)}$.", f"det {brackets(rows)}=", _determinant(rows))


def matrix_product(rng: random.Random, level: int) -> Draft:
    """The product of two matrices, at level 3 of three, or a power."""
    size, high = (2, 2, 2, 3)[level], (4, 6, 12, 6)[level]
    if level == 2 and rng.random() < 0.5:
        rows, n = _matrix(rng, 2, 4), rng.randrange(3, 6)
        answer = rows
        for _ in range(n - 1):
            answer = _product(answer, rows)
        return _matrix_draft(f"Compute ${matrix(rows)}^{n}$.", f"{brackets(rows)}^{n}=", answer)
    one, two = _matrix(rng, size, high), _matrix(rng, size, high)
    return _matrix_draft(f"Compute ${matrix(one)}{matrix(two)}$.", f"{brackets(one)}*{brackets(two)}=", _product(one, two))


def matrix_inverse(rng: random.Random, level: int) -> Draft:
    """The inverse of a 2x2 matrix: whole entries first, then fractions; 3x3 with determinant 1 at level 3."""
    rows = _unimodular(rng, 3 if level == 3 else 2, 3) if level != 2 else _matrix(rng, 2, 7)
    while (size := _determinant(rows)) == 0 or (inverse := _inverse(rows, size)) == rows:
        rows = _unimodular(rng, len(rows), 3) if level != 2 else _matrix(rng, 2, 7)
    return _matrix_draft(f"Find the inverse of ${matrix(rows)}$.", f"inv {brackets(rows)}=", inverse)


def eigenvalues(rng: random.Random, level: int) -> Draft:
    """The eigenvalues of a matrix with whole ones; the matrix is a change of basis of a triangular one."""
    size, high = (3 if level == 3 else 2), (5, 6, 9, 6)[level]
    values = [rng.randrange(-high, high + 1) for _ in range(size)]
    upper = [[values[i] if i == j else rng.randrange(-3, 4) if i < j else 0 for j in range(size)] for i in range(size)]
    base = _unimodular(rng, size, 2)
    rows = [[int(x) for x in row] for row in _product(_product(base, upper), [[int(x) for x in row] for row in _inverse(base, 1)])]
    question = f"Find all eigenvalues of ${matrix(rows)}$. Separate different ones by commas."
    answer = ", ".join(str(v) for v in sorted(set(values)))
    return Draft(question=question, terse=f"eig {brackets(rows)}=", answer=answer, metadata={"form": "number"})


def characteristic(rng: random.Random, level: int) -> Draft:
    """The characteristic polynomial det(tI - A)."""
    rows = _matrix(rng, 2 if level < 3 else 3, (4, 6, 9, 5)[level])
    trace = sum(rows[i][i] for i in range(len(rows)))
    if len(rows) == 2:
        coefficients = [_determinant(rows), -trace, 1]
    else:
        minors = sum(rows[i][i] * rows[j][j] - rows[i][j] * rows[j][i] for i in range(3) for j in range(i))
        coefficients = [-_determinant(rows), minors, -trace, 1]
    question = f"Find the characteristic polynomial $\\det(tI-A)$ of $A={matrix(rows)}$, in expanded form."
    answer = polynomial(coefficients, "t")
    return Draft(question=question, terse=f"charpoly(t) {brackets(rows)}=", answer=answer, metadata={"form": "expanded"})


def cross(rng: random.Random, level: int) -> Draft:
    """The cross product of two vectors in space."""
    high = (4, 6, 10, 30)[level]
    u, v = ([nonzero(-high, high, rng.random()) for _ in range(3)] for _ in "uv")
    answer = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]]
    question = f"Compute the cross product ${vector(u)} \\times {vector(v)}$."
    return Draft(question=question, terse=f"({_list(u)})x({_list(v)})=", answer=vector(answer), metadata={"form": "number"})


def orthogonal(rng: random.Random, level: int) -> Draft:
    """Any nonzero vector orthogonal to one vector, from level 2 to two; checked by the inner products."""
    size, high = (2, 3, 3, 4)[level], (6, 9, 9, 15)[level]
    names = list("xyzw")[:size]
    given = [[nonzero(-high, high, rng.random()) for _ in names] for _ in range(1 if level < 2 else 2)]
    if len(given) == 2 and all(given[0][0] * b == given[1][0] * a for a, b in zip(*given, strict=True)):
        given[1][0] += 1 if given[1][0] != -1 else 2
    answer = _kernel_vector(given, size)
    equations = ["+".join(f"({a}){n}" for a, n in zip(row, names, strict=True)) + "=0" for row in given]
    listed = " and to ".join(f"${vector(row)}$" for row in given)
    check = {"kind": "solves", "equations": equations, "names": names, "nonzero": True}
    return Draft(
        question=f"Find a nonzero vector that is orthogonal to {listed}. Give it as an ordered {('pair', 'triple', 'quadruple')[size - 2]}.",
        terse=f"orthogonal to {','.join(f'({_list(row)})' for row in given)}:",
        answer=vector(answer),
        metadata={"form": "number", "check": check},
    )


def linear_system(rng: random.Random, level: int) -> Draft:
    """Three linear equations in x, y, z with one whole solution; at level 3 with one free: any solution of two equations is right."""
    high = (3, 4, 6, 9)[level]
    solution = [rng.randrange(-high, high + 1) for _ in range(3)]
    count = 3 if level < 3 else 2
    rows: Rows = [[0] * 3] * 3
    while _determinant(rows) == 0:
        rows = _matrix(rng, 3, high)
    texts = [_equation(row, sum(a * x for a, x in zip(row, solution, strict=True))) for row in rows[:count]]
    question = f"{'Solve' if count == 3 else 'Find one solution of'} the system {', '.join(f'${t}$' for t in texts)}. Give $(x, y, z)$."
    check = {"kind": "solves", "equations": texts, "names": ["x", "y", "z"]}
    return Draft(question=question, terse=f"{','.join(texts)}:(x,y,z)=", answer=vector(solution), metadata={"form": "number", "check": check})


def _list(values: Sequence[int]) -> str:
    return ",".join(map(str, values))


def _equation(row: Sequence[int], right: int) -> str:
    left = ""
    for a, name in zip(row, "xyz", strict=True):
        left += "" if a == 0 else ("+" if a > 0 and left else "") + polynomial([0, a], name)
    return f"{left or '0x'}={right}"


def _matrix(rng: random.Random, size: int, high: int) -> Rows:
    return [[rng.randrange(-high, high + 1) for _ in range(size)] for _ in range(size)]


def _matrix_draft(question: str, terse: str, rows: Sequence[Sequence[int | Fraction]]) -> Draft:
    return Draft(question=question, terse=terse, answer=matrix(rows), metadata={"form": "number"})


def _product(one: Rows, two: Rows) -> Rows:
    return [[sum(a * b for a, b in zip(row, column, strict=True)) for column in zip(*two, strict=True)] for row in one]


def _minor(rows: Rows, i: int, j: int) -> Rows:
    return [[x for c, x in enumerate(row) if c != j] for r, row in enumerate(rows) if r != i]


def _determinant(rows: Rows) -> int:
    """By expansion along the first row; for sizes up to 3."""
    return rows[0][0] if len(rows) == 1 else sum((-1) ** j * a * _determinant(_minor(rows, 0, j)) for j, a in enumerate(rows[0]))


def _inverse(rows: Rows, determinant: int) -> list[list[Fraction]]:
    """The adjugate over the determinant."""
    size = range(len(rows))
    return [[Fraction((-1) ** (i + j) * _determinant(_minor(rows, j, i)), determinant) for j in size] for i in size]


def _unimodular(rng: random.Random, size: int, high: int) -> Rows:
    """A whole matrix of determinant 1: a lower times an upper triangular one."""
    lower = [[1 if i == j else rng.randrange(-high, high + 1) if i > j else 0 for j in range(size)] for i in range(size)]
    upper = [[1 if i == j else rng.randrange(-high, high + 1) if i < j else 0 for j in range(size)] for i in range(size)]
    return _product(lower, upper)


def _kernel_vector(rows: Rows, size: int) -> list[int]:
    """One nonzero whole vector orthogonal to one or two independent rows."""
    a = rows[0]
    if len(rows) == 1:
        return [-a[1], a[0], *[0] * (size - 2)]
    b = rows[1]
    for i, j, k in ((0, 1, 2), (0, 1, size - 1), (0, 2, size - 1), (1, 2, size - 1)):
        out = [0] * size
        out[i], out[j], out[k] = a[j] * b[k] - a[k] * b[j], a[k] * b[i] - a[i] * b[k], a[i] * b[j] - a[j] * b[i]
        if any(out):
            return out
    raise ValueError(f"the rows {rows} are not independent")


FAMILIES = {
    "dot": (0, dot),
    "combination": (0, combination),
    "determinant": (1, determinant),
    "matrix_product": (1, matrix_product),
    "orthogonal": (1, orthogonal),
    "cross": (1, cross),
    "matrix_inverse": (2, matrix_inverse),
    "eigenvalues": (2, eigenvalues),
    "characteristic": (2, characteristic),
    "linear_system": (2, linear_system),
}
