"""Trigonometry families: exact values, equations on a full turn, values of a given angle, multiple angles as polynomials."""

import random
from fractions import Fraction
from math import gcd

from prorl_env_math.writing import nonzero, plain_roots, polynomial, product, radical
from prorl_env_math.writing import times as coefficient
from prorl_gym.types import Draft

Value = tuple[Fraction, tuple[tuple[int, Fraction], ...]]
"""A rational number, and coefficients of square roots by the number under the root."""


def _value(rational: str, **roots: str) -> Value:
    return Fraction(rational), tuple((int(n[1:]), Fraction(c)) for n, c in roots.items())


_SINES = (_value("0"), _value("0", r2="-1/4", r6="1/4"), _value("1/2"), _value("0", r2="1/2"), _value("0", r3="1/2"),
          _value("0", r2="1/4", r6="1/4"), _value("1"))  # fmt: skip
"""The sines of 0, 15, ..., 90 degrees."""
_TANGENTS = (_value("0"), _value("2", r3="-1"), _value("0", r3="1/3"), _value("1"), _value("0", r3="1"), _value("2", r3="1"), None)
"""The tangents of the same angles."""


def _negative(value: Value) -> Value:
    return -value[0], tuple((n, -c) for n, c in value[1])


def sine(step: int) -> Value:
    """The sine of `step` times 15 degrees."""
    step %= 24
    if step > 12:
        return _negative(sine(step - 12))
    return _SINES[min(step, 12 - step)]


def _tangent(step: int) -> Value | None:
    step %= 12
    if step <= 6:
        return _TANGENTS[step]
    found = _TANGENTS[12 - step]
    return found and _negative(found)


def function(name: str, step: int) -> Value | None:
    """sin, cos or tan of `step` times 15 degrees; None where it has no value."""
    return sine(step) if name == "sin" else sine(step + 6) if name == "cos" else _tangent(step)


def _written(value: Value) -> str:
    return radical(value[0], dict(value[1]))


def exact_value(rng: random.Random, level: int) -> Draft:
    """sin, cos or tan of a special angle: multiples of 30 and 45 degrees, in radians from level 2, multiples of 15 degrees at level 3."""
    value = None
    name, step = "", 0
    while value is None:
        name = rng.choice(("sin", "cos", "tan"))
        step = rng.choice([k for k in range(-48, 97) if level == 3 or k % 2 == 0 or k % 3 == 0])
        value = function(name, step)
    if level < 2:
        shown, terse = f"\\{name} {15 * step}^\\circ", f"{name}({15 * step}deg)="
    else:
        shown, terse = f"\\{name}\\left({_pi(step, 12)}\\right)", f"{name}({_pi(step, 12).replace(chr(92), '')})="
    question = f"Find the exact value of ${shown}$ in simplest radical form."
    return Draft(question=question, terse=terse, answer=_written(value), metadata={"form": "simplified"})


def _pi(top: int, bottom: int) -> str:
    r"""`top/bottom` times pi in lowest terms: `5\pi/6`, `0`, `-\pi`."""
    common = gcd(top, bottom)
    top, bottom = top // common, bottom // common
    size = "" if abs(top) == 1 else str(abs(top))
    return "0" if top == 0 else f"{'-' if top < 0 else ''}{size}\\pi{f'/{bottom}' if bottom > 1 else ''}"


def trig_equation(rng: random.Random, level: int) -> Draft:
    """All solutions in [0, 2 pi) of an equation in one function: of x, of 2x or 3x from level 2, quadratic at level 3."""
    if level == 3 and rng.random() < 0.6:
        return _quadratic_equation(rng)
    name, times = rng.choice(("sin", "cos", "tan")), 1 if level < 2 else rng.randrange(2, 4)
    value = None
    while value is None:
        value = function(name, rng.choice([k for k in range(24) if k % 2 == 0 or k % 3 == 0]))
    scale, shift = nonzero(-4, 4, rng.random()), rng.randrange(-5, 6)
    right = (value[0] * scale + shift, tuple((n, c * scale) for n, c in value[1]))
    text = f"{coefficient(scale)}\\{name} {'x' if times == 1 else f'{times}x'}{f'{shift:+d}' if shift else ''}={_written(right)}"
    return _equation_draft(text, [j for j in range(24 * times) if function(name, j) == value], times)


def _quadratic_equation(rng: random.Random) -> Draft:
    """(2f - p)(f - q) = 0 for f = sin x or cos x, p odd or even, multiplied out."""
    name = rng.choice(("sin", "cos"))
    p, q = rng.choice((-1, 1, 0, 2, -2)), rng.choice((-1, 0, 1, 3, -2))
    while Fraction(p, 2) == q:
        q = rng.choice((-1, 0, 1, 3, -2))
    coefficients = product([-p, 2], [-q, 1])
    text = polynomial(coefficients, "F").replace("F^2", f"\\{name}^2 x").replace("F", f"\\{name} x")
    wanted = {(Fraction(p, 2), ()), (Fraction(q), ())}
    steps = [j for j in range(24) if (value := function(name, j)) and (value[0], tuple((n, c) for n, c in value[1] if c)) in wanted]
    return _equation_draft(f"{text}=0", steps, 1)


def _equation_draft(text: str, steps: list[int], times: int) -> Draft:
    answer = ", ".join(_pi(j, 12 * times) for j in steps)
    question = f"Find all solutions of ${text}$ with $0 \\le x < 2\\pi$. Separate them by commas."
    return Draft(question=question, terse=f"{plain_roots(text)},0<=x<2pi:", answer=answer, metadata={"form": "simplified"})


_TRIPLES = ((3, 4, 5), (5, 12, 13), (8, 15, 17), (7, 24, 25), (20, 21, 29), (9, 40, 41))


def trig_given(rng: random.Random, level: int) -> Draft:
    """A function of an angle (from level 2 of twice the angle or of a sum) whose sine or cosine and quadrant are given; exact."""
    (s, c, r), (s2, c2, r2) = rng.choice(_TRIPLES), rng.choice(_TRIPLES)
    s, c = (s, c) if rng.random() < 0.5 else (c, s)
    quadrant = rng.randrange(1, 5)
    sin, cos = Fraction(s if quadrant < 3 else -s, r), Fraction(c if quadrant in (1, 4) else -c, r)
    known = rng.choice(("sin", "cos"))
    given = f"\\{known} a={sin if known == 'sin' else cos}$ with $a$ in quadrant {('I', 'II', 'III', 'IV')[quadrant - 1]}"
    short = f"{known} a={sin if known == 'sin' else cos},Q{quadrant}"
    asked = {"\\sin a": sin, "\\cos a": cos, "\\tan a": sin / cos}
    del asked[f"\\{known} a"]
    if level == 2:
        asked = {"\\sin 2a": 2 * sin * cos, "\\cos 2a": cos**2 - sin**2, "\\tan 2a": 2 * sin * cos / (cos**2 - sin**2)}
    elif level == 3:
        sin2, cos2 = Fraction(s2, r2), Fraction(c2, r2)
        given += f", and $\\sin b={sin2}$ with $b$ in quadrant I"
        short += f",sin b={sin2},Q1"
        asked = {"\\sin(a+b)": sin * cos2 + cos * sin2, "\\cos(a+b)": cos * cos2 - sin * sin2, "\\cos(a-b)": cos * cos2 + sin * sin2}
    name, value = rng.choice(sorted(asked.items()))
    question = f"Let ${given}. Find ${name}$ exactly."
    return Draft(question=question, terse=f"{short}:{name.replace(chr(92), '')}=", answer=str(value), metadata={"form": "number"})


def multiple_angle(rng: random.Random, level: int) -> Draft:
    """cos(nx) as a polynomial in cos x; sums and products of such from level 2."""
    n = rng.randrange(2, (4, 6, 6, 7)[level])
    a, b = (nonzero(1, 9, rng.random()), rng.randrange(-9, 10)) if level < 2 else (nonzero(-6, 6, rng.random()), nonzero(-6, 6, rng.random()))
    poly = [a * k for k in _chebyshev(n)]
    text = f"{coefficient(a)}\\cos({n}x)"
    if level < 2:
        poly[0] += b
        text += f"{b:+d}" if b else ""
    else:
        m = rng.randrange(2, 5)
        if level == 3 and rng.random() < 0.5:
            poly, text = product(poly, _chebyshev(m)), f"{text}\\cos({m}x)"
        else:
            second = [b * k for k in _chebyshev(m)]
            size = max(len(poly), len(second))
            poly = [x + y for x, y in zip(poly + [0] * (size - len(poly)), second + [0] * (size - len(second)), strict=True)]
            text += f"{'+' if b > 0 else '-'}{coefficient(abs(b))}\\cos({m}x)"
    question = f"Let $c=\\cos x$. Write ${text}$ as a polynomial in $c$, in expanded form."
    return Draft(question=question, terse=f"{text.replace(chr(92), '')},c=cos x:", answer=polynomial(poly, "c"), metadata={"form": "expanded"})


def _chebyshev(n: int) -> list[int]:
    """The coefficients of T_n, by T_n = 2 c T_(n-1) - T_(n-2)."""
    one, two = [1], [0, 1]
    for _ in range(n - 1):
        up = [0, *(2 * k for k in two)]
        one, two = two, [x - (one[i] if i < len(one) else 0) for i, x in enumerate(up)]
    return two


FAMILIES = {
    "exact_value": (1, exact_value),
    "trig_given": (1, trig_given),
    "trig_equation": (2, trig_equation),
    "multiple_angle": (2, multiple_angle),
}
