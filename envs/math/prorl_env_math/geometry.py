"""Geometry families on coordinates: points, lines, circles, distances. Equations of lines and curves are right in every equivalent form."""

import math
import random
from fractions import Fraction

from prorl_env_math.writing import line_equation, nonzero, number_problem, polynomial, radical, vector
from prorl_gym.types import Draft

Point = tuple[int, int]


def midpoint(rng: random.Random, level: int) -> Draft:
    """The midpoint of a segment; from level 2 the point that divides it in a ratio."""
    (a, b), (c, d) = _points(rng, 2, level)
    if level < 2:
        if level == 0:
            c, d = c + (a + c) % 2, d + (b + d) % 2
        question = f"Find the midpoint of the segment from $({a},{b})$ to $({c},{d})$."
        return _vector_draft(question, f"mid ({a},{b}),({c},{d})=", [Fraction(a + c, 2), Fraction(b + d, 2)])
    m, n = rng.sample(range(1, (5, 9)[level - 2]), 2)
    question = f"The point $P$ divides the segment from $A=({a},{b})$ to $B=({c},{d})$ so that $AP:PB={m}:{n}$. Find $P$."
    point = [Fraction(n * a + m * c, m + n), Fraction(n * b + m * d, m + n)]
    return _vector_draft(question, f"({a},{b}),({c},{d}) ratio {m}:{n}=", point)


def slope(rng: random.Random, level: int) -> Draft:
    """The slope of the line through two points, from level 2 of one perpendicular to it."""
    (a, b), (c, d) = _points(rng, 2, level)
    c += a == c
    d += b == d and level > 1
    value = Fraction(d - b, c - a)
    if level < 2:
        return number_problem(
            f"Find the slope of the line through $({a},{b})$ and $({c},{d})$.", f"slope ({a},{b}),({c},{d})=", value, form="reduced"
        )
    question = f"Find the slope of a line perpendicular to the line through $({a},{b})$ and $({c},{d})$."
    return number_problem(question, f"perp slope ({a},{b}),({c},{d})=", -1 / value, form="reduced")


def distance(rng: random.Random, level: int) -> Draft:
    """The distance of two points, in space from level 2, of a point and a line at level 3; in simplest radical form."""
    if level < 3:
        size, high = (2, 2, 3)[level], (5, 9, 12)[level]
        p, q = ([rng.randrange(-high, high + 1) for _ in range(size)] for _ in "pq")
        p[0] += p == q
        value = root(sum((x - y) ** 2 for x, y in zip(p, q, strict=True)))
        question, terse = f"Find the distance between ${vector(p)}$ and ${vector(q)}$.", f"dist {vector(p)},{vector(q)}=".replace(", ", ",")
    else:
        a, b, c, x, y = (nonzero(-9, 9, rng.random()) for _ in "abcxy")
        c += a * x + b * y + c == 0
        n, square = _square_free(a * a + b * b)
        size = abs(a * x + b * y + c)
        value = str(Fraction(size, square)) if n == 1 else radical(Fraction(0), {n: Fraction(size, square * n)})
        line = f"{polynomial([0, a])}{'+' if b > 0 else ''}{polynomial([0, b], 'y')}{c:+d}=0" if c else f"{polynomial([0, a])}{b:+d}y=0"
        question, terse = f"Find the distance from $({x},{y})$ to the line ${line}$.", f"dist ({x},{y}),{line}:"
    return Draft(question=f"{question} Give it in simplest radical form.", terse=terse, answer=value, metadata={"form": "simplified"})


def root(n: int) -> str:
    """The square root of a whole number in simplest form."""
    free, square = _square_free(n)
    return str(square) if free == 1 else radical(Fraction(0), {free: Fraction(square)})


def _square_free(n: int) -> tuple[int, int]:
    """(m, k) with n = m * k^2 and m free of squares."""
    k = max(k for k in range(1, math.isqrt(n) + 1) if n % (k * k) == 0)
    return n // k**2, k


def area(rng: random.Random, level: int) -> Draft:
    """The area of a triangle by its corners; of a quadrilateral from level 2 and a pentagon at level 3, corners on rays in order."""
    while True:
        if level < 2:
            corners = _points(rng, 3, level)
        else:
            rays = ((1, 2), (-2, 1), (-1, -2), (2, -3)) if level == 2 else ((1, 1), (-1, 3), (-3, -1), (-1, -4), (2, -1))
            corners = [(x * k, y * k) for x, y in rays for k in (rng.randrange(1, 9),)]
            shift = (rng.randrange(-9, 10), rng.randrange(-9, 10))
            corners = [(x + shift[0], y + shift[1]) for x, y in corners]
        pairs = zip(corners, [*corners[1:], corners[0]], strict=True)
        double = abs(sum(a * d - b * c for (a, b), (c, d) in pairs))
        if double:
            break
    listed = ",".join(f"({x},{y})" for x, y in corners)
    shape = {3: "triangle", 4: "quadrilateral", 5: "pentagon"}[len(corners)]
    question = f"Find the area of the {shape} with the corners ${listed}$, in this order."
    return number_problem(question, f"area {listed}=", Fraction(double, 2))


def line(rng: random.Random, level: int) -> Draft:
    """The equation of a line: by point and slope, through two points, perpendicular, and the perpendicular bisector at level 3."""
    (a, b), (c, d) = _points(rng, 2, level)
    c += a == c
    d += b == d
    m = Fraction(d - b, c - a)
    if level == 0:
        m = Fraction(nonzero(-5, 5, rng.random()))
        question, terse = f"through $({a},{b})$ with the slope {m}", f"line ({a},{b}) slope {m}:"
    elif level == 1:
        question, terse = f"through $({a},{b})$ and $({c},{d})$", f"line ({a},{b}),({c},{d}):"
    elif level == 2:
        x, y = _points(rng, 1, level)[0]
        question = f"through $({x},{y})$ that is perpendicular to the line through $({a},{b})$ and $({c},{d})$"
        terse, a, b, m = f"line ({x},{y}) perp ({a},{b}),({c},{d}):", x, y, -1 / m
    else:
        question, terse = f"that is the perpendicular bisector of the segment from $({a},{b})$ to $({c},{d})$", f"perp bisector ({a},{b}),({c},{d}):"
        return _line_draft(question, terse, -1 / m, Fraction(a + c, 2), Fraction(b + d, 2))
    return _line_draft(question, terse, m, Fraction(a), Fraction(b))


def _line_draft(question: str, terse: str, m: Fraction, x: Fraction, y: Fraction) -> Draft:
    return Draft(question=f"Find an equation of the line {question}, in $x$ and $y$.", terse=terse, answer=line_equation(m, x, y))


def circle(rng: random.Random, level: int) -> Draft:
    """A circle's equation by centre and radius or point; from level 2 centre and radius by an expanded equation, or through three points."""
    x, y = _points(rng, 1, level)[0]
    r = rng.randrange(1, 12)
    if level < 2:
        if rng.random() < 0.5:
            question, terse, square = f"the centre $({x},{y})$ and the radius {r}", f"circle ({x},{y}) r={r}:", r * r
        else:
            p, q = x + nonzero(-6, 6, rng.random()), y + nonzero(-6, 6, rng.random())
            square = (p - x) ** 2 + (q - y) ** 2
            question, terse = f"the centre $({x},{y})$ that passes through $({p},{q})$", f"circle ({x},{y}) by ({p},{q}):"
        answer = f"{_shifted('x', x)}+{_shifted('y', y)}={square}"
        return Draft(question=f"Find an equation of the circle with {question}, in $x$ and $y$.", terse=terse, answer=answer)
    if level == 2:
        text = f"x^2+y^2{_term(-2 * x, 'x')}{_term(-2 * y, 'y')}{_term(x * x + y * y - r * r, '')}=0"
        question = f"A circle has the equation ${text}$. Give the triple (x of the centre, y of the centre, radius)."
        return Draft(question=question, terse=f"{text}:(x,y,r)=", answer=f"({x}, {y}, {r})", metadata={"form": "number"})
    corners = [(0, 0)] * 3
    while (size := _cross(corners)) == 0:
        corners = _points(rng, 3, 1)
    squares = [a * a + b * b for a, b in corners]
    centre_x = Fraction(sum(s * (corners[i - 2][1] - corners[i - 1][1]) for i, s in enumerate(squares)), 2 * size)
    centre_y = Fraction(sum(s * (corners[i - 1][0] - corners[i - 2][0]) for i, s in enumerate(squares)), 2 * size)
    listed = ",".join(f"({a},{b})" for a, b in corners)
    return _vector_draft(f"Find the centre of the circle through ${listed}$.", f"circumcentre {listed}=", [centre_x, centre_y])


def _cross(corners: list[Point]) -> int:
    (a, b), (c, d), (e, f) = corners
    return a * (d - f) + c * (f - b) + e * (b - d)


def _shifted(name: str, at: int) -> str:
    return f"({name}{-at:+d})^2" if at else f"{name}^2"


def _term(c: int, name: str) -> str:
    size = "" if abs(c) == 1 and name else str(abs(c))
    return f"{'-' if c < 0 else '+'}{size}{name}" if c else ""


def transformation(rng: random.Random, level: int) -> Draft:
    """The image of a point under a reflection, a quarter turn or a shift, and under two or three of them one after the other."""
    x, y = start = _points(rng, 1, level)[0]
    names: list[str] = []
    short: list[str] = []
    for _ in range((1, 1, 2, 3)[level]):
        kind = rng.choice(("x-axis", "y-axis", "diagonal", "turn", "shift"))
        if kind == "x-axis":
            x, y, name, brief = x, -y, "reflected in the $x$-axis", "reflect x-axis"
        elif kind == "y-axis":
            x, y, name, brief = -x, y, "reflected in the $y$-axis", "reflect y-axis"
        elif kind == "diagonal":
            x, y, name, brief = y, x, "reflected in the line $y=x$", "reflect y=x"
        elif kind == "turn":
            (p, q) = _points(rng, 1, level)[0] if level > 1 else (0, 0)
            x, y, name, brief = p - (y - q), q + (x - p), f"rotated by 90 degrees counterclockwise about $({p},{q})$", f"turn 90 ({p},{q})"
        else:
            p, q = nonzero(-9, 9, rng.random()), nonzero(-9, 9, rng.random())
            x, y, name, brief = x + p, y + q, f"shifted by the vector $({p},{q})$", f"shift ({p},{q})"
        names.append(name)
        short.append(brief)
    question = f"The point $({start[0]},{start[1]})$ is {', then '.join(names)}. Find the image."
    return _vector_draft(question, f"({start[0]},{start[1]}) {','.join(short)}=", [Fraction(x), Fraction(y)])


def intersection(rng: random.Random, level: int) -> Draft:
    """The common point of two lines; at level 3 the two common points of a line and a parabola."""
    if level == 3:
        p, q = sorted(rng.sample(range(-8, 9), 2))
        a, m, k = nonzero(-3, 3, rng.random()), rng.randrange(-5, 6), rng.randrange(-9, 10)
        curve = [k + a * p * q, m - a * (p + q), a]
        answer = f"({p}, {m * p + k}), ({q}, {m * q + k})"
        question = f"Find all points where $y={polynomial(curve)}$ and $y={polynomial([k, m])}$ meet."
        return Draft(question=question, terse=f"y={polynomial(curve)},y={polynomial([k, m])}:(x,y)=", answer=answer, metadata={"form": "number"})
    m, n = rng.sample(range(-6, 7), 2)
    k, j = rng.randrange(-9, 10), rng.randrange(-9, 10)
    if level < 2:
        j = k + (m - n) * rng.randrange(-6, 7)
    x = Fraction(j - k, m - n)
    question = f"Find the point where the lines $y={polynomial([k, m])}$ and $y={polynomial([j, n])}$ meet."
    return _vector_draft(question, f"y={polynomial([k, m])},y={polynomial([j, n])}:(x,y)=", [x, m * x + k])


def angle(rng: random.Random, level: int) -> Draft:
    """The cosine of the angle between two vectors, in simplest radical form."""
    size, high = (2, 2, 3, 3)[level], (3, 4, 4, 7)[level]
    u, v = ([nonzero(-high, high, rng.random()) for _ in range(size)] for _ in "uv")
    inner = sum(a * b for a, b in zip(u, v, strict=True))
    n, square = _square_free(sum(a * a for a in u) * sum(b * b for b in v))
    answer = str(Fraction(inner, square)) if n == 1 else radical(Fraction(0), {n: Fraction(inner, square * n)})
    question = f"Find the cosine of the angle between ${vector(u)}$ and ${vector(v)}$ in simplest radical form."
    return Draft(question=question, terse=f"cos angle {vector(u)},{vector(v)}=".replace(", ", ","), answer=answer, metadata={"form": "simplified"})


def _points(rng: random.Random, count: int, level: int) -> list[Point]:
    low, high = ((0, 9), (-9, 9), (-15, 15), (-30, 30))[level]
    found: list[Point] = []
    while len(found) < count:
        point = (rng.randrange(low, high + 1), rng.randrange(low, high + 1))
        if point not in found:
            found.append(point)
    return found


def _vector_draft(question: str, terse: str, values: list[Fraction]) -> Draft:
    return Draft(question=question, terse=terse, answer=vector(values), metadata={"form": "number"})


FAMILIES = {
    "midpoint": (0, midpoint),
    "slope": (0, slope),
    "distance": (1, distance),
    "area": (1, area),
    "line": (0, line),
    "circle": (1, circle),
    "transformation": (1, transformation),
    "intersection": (1, intersection),
    "angle": (2, angle),
}
