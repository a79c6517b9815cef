"""The golds of algebra, calculus, linear algebra and geometry against sympy and against sampled points, from the terse question."""

import ast
import math
import re

import pytest
import sympy
from sympy.parsing.sympy_parser import convert_xor, implicit_multiplication_application, parse_expr, rationalize, standard_transformations

from prorl_env_math.variants import split_items
from prorl_gym.registry import make

LEVELS = 4
TASKS = 4
X, Y, T, C = sympy.symbols("x y t c")
READ = (*standard_transformations, convert_xor, implicit_multiplication_application, rationalize)


def expr(text):
    """A sympy expression of our compact notation; the texts are the golds and questions that we wrote ourselves."""
    text = re.sub(r"\\sqrt\[3\]\{(.*)\}", r"cbrt(\1)", text)
    text = re.sub(r"\\sqrt\{(\d+)\}", r"sqrt(\1)", text).replace("\\", "").replace("ln", "log").replace(" ", "")
    text = re.sub(r"(\d)(sqrt|pi|log|exp|sin|cos)", r"\1*\2", text)
    text = re.sub(r"(log) ?(\d+)", r"\1(\2)", text)
    return parse_expr(text, transformations=READ, local_dict={"i": sympy.I, "e": sympy.E, "x": X, "y": Y, "t": T, "c": C})


def near(one, two):
    """Equality by value at a few points; for what simplify is slow at."""
    gap = sympy.lambdify((X, Y, C), one - two, "cmath")
    return all(abs(gap(x, x + 0.4, 0.3)) < 1e-7 * (1 + abs(sympy.lambdify((X, Y, C), one, "cmath")(x, x + 0.4, 0.3))) for x in (0.37, 0.71, 1.19))


def numbers(text):
    return [sympy.Rational(n) for n in re.findall(r"-?\d+(?:/\d+)?", text)]


def pairs(text):
    """The tuples of numbers in a text, such as points and vectors."""
    return [tuple(map(sympy.Rational, inside.split(","))) for inside in re.findall(r"\(([-\d/, ]+)\)", text) if "," in inside]


def rows(text):
    inside = re.search(r"\[\[.*\]\]", text.split("*")[0].split("^")[0]).group()
    return sympy.Matrix(ast.literal_eval(inside))


def answer_rows(text):
    inside = text.removeprefix("\\begin{pmatrix}").removesuffix("\\end{pmatrix}")
    return sympy.Matrix([[sympy.Rational(cell) for cell in row.split("&")] for row in inside.split("\\\\")])


# Algebra


def linear(question, answer):
    left, right = question.removesuffix(",x=").split("=")
    assert sympy.solve(expr(left) - expr(right), X) == [sympy.Rational(answer)]


def evaluate(question, answer):
    text, _, at = question.rstrip(":").partition(",x=")
    assert expr(text).subs(X, int(at)) == int(answer)


def quadratic(question, answer):
    assert set(sympy.solve(expr(question.removesuffix("=0,x=")), X)) == {sympy.nsimplify(expr(item)) for item in split_items(answer)}


def expand(question, answer):
    assert sympy.expand(expr(question.rstrip("="))) - expr(answer) == 0


def factor(question, answer):
    factors = re.findall(r"\(([^()]*)\)", answer)
    assert sympy.expand(math.prod(map(expr, factors))) == expr(question.removeprefix("factor "))
    assert all(sympy.degree(expr(f), X) == 1 for f in factors)


def system(question, answer):
    equations = [expr(e.split("=")[0]) - expr(e.split("=")[1]) for e in question.split(":")[0].split(",")]
    found = sympy.solve(equations, [X, Y], dict=True)
    assert {(s[X], s[Y]) for s in found} == set(pairs(answer))


def holds(condition, x):
    """Whether a chain of relations such as `-3<2x+1<=5` holds at x; a quotient without a value does not."""
    parts = re.split(r"(<=|>=|<|>)", condition)
    try:
        values = [_real(part, x) for part in parts[::2]]
    except ZeroDivisionError:
        return False
    compare = {"<": lambda a, b: a < b, ">": lambda a, b: a > b, "<=": lambda a, b: a <= b, ">=": lambda a, b: a >= b}
    return all(compare[op](a, b) for op, a, b in zip(parts[1::2], values, values[1:], strict=False))


def _real(text, x):
    text = re.sub(r"\|([^|]*)\|", r"Abs(\1)", text)
    top, slash, bottom = text.rpartition("/") if text.endswith(")") else (text, "", "")
    if slash:
        below = expr(bottom).subs(X, x)
        if below == 0:
            raise ZeroDivisionError
        return expr(top).subs(X, x) / below
    return expr(text).subs(X, x)


def contains(answer, x):
    """Whether our printed solution set holds x."""
    if answer[0] == "x":
        return holds(answer, x)
    for piece in answer.split(" \\cup "):
        low, high = (sympy.oo * (-1 if "-" in e else 1) if "infty" in e else sympy.Rational(e.strip()) for e in piece[1:-1].split(","))
        if low < x < high or (x == low and piece[0] == "[") or (x == high and piece[-1] == "]"):
            return True
    return False


def inequality(question, answer):
    condition = question.removesuffix(",x:")
    ends = numbers(answer)
    points = {e + step for e in ends for step in (0, sympy.Rational(1, 97), -sympy.Rational(1, 97))} | {-100, 100, 0}
    for x in points:
        assert holds(condition, sympy.Rational(x)) == contains(answer, x), (condition, answer, x)


def complex_numbers(question, answer):
    assert sympy.expand(sympy.expand_complex(expr(question.rstrip("="))) - expr(answer)) == 0


def radicals(question, answer):
    assert sympy.radsimp(expr(question.removeprefix("simplify ")) - expr(answer)).simplify() == 0


def inverse_function(question, answer):
    of = expr(question.removeprefix("inverse "))
    assert near(of.subs(X, expr(answer)), X) or near(expr(answer).subs(X, of), X)


def piecewise(question, answer):
    one, cut, two, asked = re.fullmatch(r"f=\((.*) if x<(-?\d+) else (.*)\),(.*)=", question).groups()
    value = int(re.search(r"-?\d+", asked).group())
    for _ in range(asked.count("f")):
        value = expr(one if value < int(cut) else two).subs(X, value)
    assert value == int(answer)


def vieta(question, answer):
    polynomial, asked = re.fullmatch(r"r,s roots (.*): (.*)=", question).groups()
    r, s = sympy.roots(expr(polynomial), X, multiple=True)
    value = sympy.sympify(asked.replace("^", "**"), locals={"r": r, "s": s})
    assert sympy.simplify(value - sympy.Rational(answer)) == 0


def polynomial_division(question, answer):
    top, bottom = re.fullmatch(r"\((.*)\)/\((.*)\):\(q,r\)=", question).groups()
    quotient, rest = map(expr, split_items(answer[1:-1]))
    assert sympy.div(expr(top), expr(bottom), X) == (quotient, rest)


def partial_fractions(question, answer):
    assert sympy.cancel(expr(question.removeprefix("partial ")) - expr(answer)) == 0
    assert sympy.Add.make_args(expr(answer)) == sympy.Add.make_args(sympy.apart(expr(question.removeprefix("partial "))))


def exponential(question, answer):
    left, right = question.removesuffix(",x=").split("=")
    x = complex(expr(answer).evalf(30)).real
    assert math.isclose(float(expr(left).subs(X, x)), float(expr(right).subs(X, x)), rel_tol=1e-7)


# Calculus


def derivative(question, answer):
    assert near(sympy.diff(expr(question.removeprefix("d/dx ")), X), expr(answer))


def antiderivative(question, answer):
    assert near(expr(re.fullmatch(r"int (.*) dx", question)[1]), sympy.diff(expr(answer), X))


def integral(question, answer):
    low, high, of = re.fullmatch(r"int (-?\d+)\.\.(-?\d+) (.*)=", question).groups()
    assert sympy.integrate(expr(of), (X, int(low), int(high))) == sympy.Rational(answer)


def limit(question, answer):
    where, of = re.fullmatch(r"lim x->(\S+) (.*)=", question).groups()
    assert sympy.limit(expr(of), X, sympy.oo if where == "oo" else int(where)) == sympy.Rational(answer)


def tangent(question, answer):
    of, at = re.fullmatch(r"d/dx (.*),x=(-?\d+):", question).groups()
    assert sympy.diff(expr(of), X).subs(X, int(at)) == sympy.Rational(answer)


def minimum(question, answer):
    kind, of, low, high = re.fullmatch(r"(min|max) (.*?)(?:,(-?\d+)<=x<=(-?\d+))?=", question).groups()
    points = [x for x in sympy.solve(sympy.diff(expr(of), X), X) if low is None or int(low) <= x <= int(high)]
    values = [expr(of).subs(X, x) for x in [*points, *([] if low is None else [int(low), int(high)])]]
    assert (min if kind == "min" else max)(values) == sympy.Rational(answer)
    assert low is not None or (sympy.diff(expr(of), X, 2) > 0) == (kind == "min")


def geometric(question, answer):
    of, start = re.fullmatch(r"sum (.*),k>=(\d):", question).groups()
    term = re.sub(r"(\d)k\*", r"\1*k*", of).replace("^", "**")
    at = sympy.lambdify(sympy.Symbol("k"), sympy.sympify(term))
    total = sum(at(k) for k in range(int(start), 700))
    assert math.isclose(total, float(sympy.Rational(answer)), rel_tol=1e-9, abs_tol=1e-9)


def second_derivative(question, answer):
    assert near(sympy.diff(expr(question.removeprefix("d2/dx2 ")), X, 2), expr(answer))


def gradient(question, answer):
    of, found = expr(question.removeprefix("grad ")), split_items(answer[1:-1])
    assert all(near(sympy.diff(of, by), expr(part)) for by, part in zip((X, Y), found, strict=True))


def tangent_line(question, answer):
    kind, of, at = re.fullmatch(r"(tangent|normal) y=(.*) at x=(-?\d+):", question).groups()
    curve, line = expr(of), expr(answer.removeprefix("y="))
    slope, own = sympy.diff(curve, X).subs(X, int(at)), sympy.diff(line, X)
    assert line.subs(X, int(at)) == curve.subs(X, int(at))
    assert own == slope if kind == "tangent" else own * slope == -1


def critical_points(question, answer):
    rate = sympy.diff(expr(re.fullmatch(r"d/dx (.*)=0,x=", question)[1]), X)
    assert sorted(sympy.solve(rate, X)) == numbers(answer)


def ode(question, answer):
    equation = re.fullmatch(r"solve (.*),y\(x\)=", question)[1]
    y = expr(answer)
    left, right = equation.split("=")
    left = re.sub(r"(\d)(?=y)", r"\1*", left)
    values = {"y''": sympy.diff(y, X, 2), "y'": sympy.diff(y, X), "y": y}
    total = sympy.sympify(re.sub(r"y'*", lambda m: f"({values[m[0]]})", left))
    assert near(total, expr(right))
    assert y != 0


def taylor(question, answer):
    degree, of = re.fullmatch(r"taylor(\d) (.*)", question).groups()
    assert sympy.expand(sympy.series(expr(of), X, 0, int(degree) + 1).removeO() - expr(answer)) == 0


def area_between(question, answer):
    one, two = re.fullmatch(r"area y=(.*),y=(.*):", question).groups()
    low, high = sorted(sympy.solve(expr(one) - expr(two), X))
    assert abs(sympy.integrate(expr(one) - expr(two), (X, low, high))) == sympy.Rational(answer)


# Linear algebra


def vectors(question):
    return [sympy.Matrix(v) for v in pairs(question)]


def dot(question, answer):
    u, v = vectors(question)
    assert u.dot(v) == int(answer)


def combination(question, answer):
    a, b = (int(s + "1") if s in ("", "+", "-") else int(s) for s in re.findall(r"(?:^|(?<=\)))([+-]?\d*)\(", question))
    u, v = vectors(question)
    assert [a * u + b * v] == vectors(answer)


def determinant(question, answer):
    assert rows(question).det() == int(answer)


def matrix_product(question, answer):
    found = rows(question) ** int(question.split("^")[1].rstrip("=")) if "^" in question else rows(question) * rows(question.split("*")[1])
    assert found == answer_rows(answer)


def matrix_inverse(question, answer):
    assert rows(question) * answer_rows(answer) == sympy.eye(rows(question).rows)


def eigenvalues(question, answer):
    assert sorted(rows(question).eigenvals()) == numbers(answer)


def characteristic(question, answer):
    assert rows(question).charpoly(T).as_expr() == expr(answer)


def cross(question, answer):
    u, v = vectors(question)
    assert [u.cross(v)] == vectors(answer)


def orthogonal(question, answer):
    [found] = vectors(answer)
    assert all(v.dot(found) == 0 for v in vectors(question))
    assert any(found)


def linear_system(question, answer):
    z = sympy.Symbol("z")
    [(a, b, c)] = pairs(answer)
    for equation in question.split(":")[0].split(","):
        left, right = equation.split("=")
        assert expr(left).subs({X: a, Y: b, z: c}) == int(right)


# Geometry and trigonometry


def midpoint(question, answer):
    one, two, [found] = *(sympy.Matrix(p) for p in pairs(question)), vectors(answer)
    m, n = map(int, question.split("ratio ")[1].rstrip("=").split(":")) if "ratio" in question else (1, 1)
    assert n * (found - one) == m * (two - found)


def slope(question, answer):
    (a, b), (c, d) = pairs(question)
    m = sympy.Rational(answer)
    assert m * (d - b) == a - c if "perp" in question else m * (c - a) == d - b


def distance(question, answer):
    if "=0:" in question:
        line = expr(question.split("),")[1].removesuffix("=0:"))
        [(x, y)] = pairs(question)
        expected = abs(line.subs({X: x, Y: y})) / sympy.sqrt(line.coeff(X) ** 2 + line.coeff(Y) ** 2)
    else:
        one, two = vectors(question)
        expected = (one - two).norm()
    assert sympy.simplify(expected - expr(answer)) == 0


def area(question, answer):
    corners = pairs(question)
    assert abs(sympy.Polygon(*corners).area) == sympy.Rational(answer)


def line(question, answer):
    found, points = expr(answer.removeprefix("y=")), pairs(question)
    m, (x, y) = sympy.diff(found, X), points[0]
    if "bisector" in question:
        one, two = map(sympy.Point, points)
        a, b = (sympy.Point(t, found.subs(X, t)) for t in (0, 1))
        assert all(p.distance(one) == p.distance(two) for p in (a, b))
        return
    assert found.subs(X, x) == y
    if "slope" in question:
        assert m == int(question.split("slope ")[1].rstrip(":"))
    else:
        (a, b), (c, d) = points[-2:]
        assert (m * (d - b) == a - c) if "perp" in question else m * (c - a) == d - b


def circle(question, answer):
    if "circumcentre" in question:
        [centre] = map(sympy.Point, pairs(answer))
        assert len({centre.distance(sympy.Point(p)) for p in pairs(question)}) == 1
    elif ":(x,y,r)=" in question:
        [(x, y, r)] = pairs(answer)
        assert sympy.expand((X - x) ** 2 + (Y - y) ** 2 - r**2 - expr(question.split("=0")[0])) == 0
    else:
        left, right = answer.split("=")
        (x, y), *through = pairs(question)
        radius = sympy.Rational(question.split("r=")[1].rstrip(":")) if not through else sympy.Point(x, y).distance(sympy.Point(through[0]))
        square = radius**2
        assert sympy.expand(expr(left) - expr(right) - ((X - x) ** 2 + (Y - y) ** 2 - square)) == 0


def transformation(question, answer):
    start, *steps = re.split(r"(?<=\)) |,(?=[rst])", question.rstrip("="))
    z = complex(*map(int, pairs(start)[0]))
    for step in steps:
        moved = complex(*map(int, pairs(step)[0])) if pairs(step) else 0
        if "x-axis" in step:
            z = z.conjugate()
        elif "y-axis" in step:
            z = -z.conjugate()
        elif "y=x" in step:
            z = z.conjugate() * 1j
        elif "turn" in step:
            z = (z - moved) * 1j + moved
        else:
            z += moved
    assert [(int(z.real), int(z.imag))] == pairs(answer)


def intersection(question, answer):
    one, two = (expr(side) for side in re.fullmatch(r"y=(.*),y=(.*):\(x,y\)=", question).groups())
    assert {(x, one.subs(X, x)) for x in sympy.solve(one - two, X)} == set(pairs(answer))


def angle(question, answer):
    u, v = vectors(question)
    assert sympy.simplify(u.dot(v) / (u.norm() * v.norm()) - expr(answer)) == 0


def exact_value(question, answer):
    name, of = re.fullmatch(r"(sin|cos|tan)\((.*)\)=", question).groups()
    at = sympy.Rational(of.removesuffix("deg")) * sympy.pi / 180 if of.endswith("deg") else expr(of)
    assert sympy.simplify(getattr(sympy, name)(at) - expr(answer)) == 0


def trig_given(question, answer):
    known, asked = question.rstrip("=").split(":")
    values = {}
    for name, value, symbol, quadrant in [(n, v, s, int(q)) for n, s, v, q in re.findall(r"(sin|cos) ([ab])=(-?\d+/\d+),Q(\d)", known)]:
        base = math.asin(abs(sympy.Rational(value))) if name == "sin" else math.acos(abs(sympy.Rational(value)))
        values[symbol] = {1: base, 2: math.pi - base, 3: math.pi + base, 4: -base}[quadrant]
        assert math.isclose(getattr(math, name)(values[symbol]), sympy.Rational(value))
    name, _, of = asked.partition(" ") if " " in asked else (asked[:3], "", asked[4:-1])
    at = values["a"] * 2 if of == "2a" else values["a"] if of == "a" else values["a"] + values["b"] * (1 if "+" in of else -1)
    assert math.isclose(getattr(math, name)(at), sympy.Rational(answer), rel_tol=1e-9, abs_tol=1e-9)


def trig_equation(question, answer):
    left, right = question.removesuffix(",0<=x<2pi:").split("=")
    left = re.sub(r"(sin|cos|tan)(\^2)? (\d?x)", r"(\1(\3))\2", left)
    gap = sympy.lambdify(X, expr(left) - expr(right), "cmath")
    grid = [k * math.pi / 72 for k in range(144)]
    roots = [x for x in grid if abs(gap(x)) < 1e-9]
    assert [float(expr(item)) for item in split_items(answer)] == pytest.approx(roots)


def multiple_angle(question, answer):
    of = re.sub(r"cos\((\d)x\)", r"*cos(\1*x)", question.split(",c=")[0])
    of = re.sub(r"(^|[-+])\*", r"\1", of)
    assert near(sympy.sympify(of), expr(answer).subs(C, sympy.cos(X)))


CHECKS = {
    "math/algebra-v0": (
        linear, evaluate, quadratic, expand, factor, system, inequality, complex_numbers, radicals, inverse_function, piecewise, vieta,
        polynomial_division, partial_fractions, exponential, ("absolute", inequality), ("rational_inequality", inequality),
    ),
    "math/calculus-v0": (
        derivative, antiderivative, integral, limit, tangent, minimum, geometric, second_derivative, gradient, tangent_line, critical_points, ode,
        taylor, area_between,
    ),
    "math/linear_algebra-v0": (
        dot, combination, determinant, matrix_product, matrix_inverse, eigenvalues, characteristic, cross, orthogonal, linear_system,
    ),
    "math/geometry-v0": (
        midpoint, slope, distance, area, line, circle, transformation, intersection, angle, exact_value, trig_given, trig_equation, multiple_angle,
    ),
}  # fmt: skip
NAMED = {env_id: dict(c if isinstance(c, tuple) else (c.__name__, c) for c in checks) for env_id, checks in CHECKS.items()}


@pytest.mark.parametrize(("env_id", "family"), [(env_id, family) for env_id, checks in NAMED.items() for family in checks])
def test_the_gold_is_what_sympy_gives(env_id, family):
    env = make(env_id, families=[family], style="terse")
    for level in range(env.known[family][0], LEVELS):
        for index in range(TASKS):
            task = env.task_at(index, difficulty=level)
            NAMED[env_id][family](task.text, task.answer)


@pytest.mark.parametrize("env_id", NAMED)
def test_every_symbolic_family_is_checked(env_id):
    assert set(NAMED[env_id]) == set(make(env_id).known)
