"""Checks an antiderivative: its derivative and the integrand are evaluated at fixed points, in complex floating point.

The derivative is carried along with the value (forward differentiation), so nothing symbolic is computed and the cost is linear in the
text. Two different expressions of the size that is read agree at all points with a chance of practically zero; a coefficient must be right
to about nine digits. Names other than the variable and the functions are constants, as the `+ C` of an antiderivative.
"""

import cmath
import math
from collections.abc import Callable

from prorl_env_logic.expression import Binary, Call, FormError, Name, Negative, Node, Number

POINTS = (0.0137, 0.0441, 0.0871, 0.1513, 0.237, 0.31, 0.449, 0.561, 0.843, 1.318, 1.971, 2.659, -0.0213, -0.119, -0.419, -1.273)
MIN_POINTS = 4
TOLERANCE = 1e-9
_CONSTANT = 0.73 + 0j
Dual = tuple[complex, complex]
"""A value and its derivative."""


def is_antiderivative(answer: Node, integrand: Node, variable: str) -> bool:
    """True where the derivative of `answer` is `integrand`. Raises FormError where either holds an unknown function."""
    real: list[bool] = []
    other: list[bool] = []
    for x in POINTS:
        try:
            wanted = _dual(integrand, variable, complex(x))[0]
        except ArithmeticError:
            continue
        try:
            slope = _dual(answer, variable, complex(x))[1]
        except ArithmeticError:
            return False
        close = abs(slope - wanted) <= TOLERANCE * (1 + abs(slope) + abs(wanted))
        (real if abs(wanted.imag) < 1e-12 else other).append(close)
    compared = real if len(real) >= MIN_POINTS else real + other
    return len(compared) >= MIN_POINTS and all(compared)


def _dual(tree: Node, variable: str, x: complex) -> Dual:
    match tree:
        case Number(number, _):
            return complex(float(number)), 0j
        case Name(text):
            return _name(text, variable, x)
        case Negative(of):
            value, slope = _dual(of, variable, x)
            return -value, -slope
        case Binary(operator, left, right):
            return _binary(operator, _dual(left, variable, x), _dual(right, variable, x))
        case Call(function, argument):
            return _call(function, _dual(argument, variable, x))


def _name(text: str, variable: str, x: complex) -> Dual:
    if text == variable:
        return x, 1 + 0j
    if text in ("E", "pi", "I"):
        return {"E": complex(math.e), "pi": complex(math.pi), "I": 1j}[text], 0j
    if text in _FUNCTIONS or text in ("Abs", "abs"):
        raise FormError(f"the function {text!r} stands without an argument")
    return _CONSTANT, 0j


def _binary(operator: str, left: Dual, right: Dual) -> Dual:
    (a, da), (b, db) = left, right
    if operator == "+":
        return a + b, da + db
    if operator == "-":
        return a - b, da - db
    if operator == "*":
        return a * b, da * b + a * db
    if operator == "/":
        return a / b, (da * b - a * db) / (b * b)
    if db == 0:
        return a**b, (b * a ** (b - 1) * da if b != 0 and da != 0 else 0j)
    logarithm = cmath.log(a)
    value = cmath.exp(b * logarithm)
    return value, value * (db * logarithm + b * da / a)


def _call(function: str, argument: Dual) -> Dual:
    u, du = argument
    try:
        if function in ("Abs", "abs"):
            return complex(abs(u)), du * (1 if u.real >= 0 else -1)
        if function not in _DERIVATIVES:
            raise FormError(f"unknown function {function!r}")
        value = _FUNCTIONS[function](u)
        return value, _DERIVATIVES[function](u, value) * du
    except FormError:
        raise
    except ValueError as error:  # cmath's word for a pole
        raise ZeroDivisionError(str(error)) from error


_FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tan": cmath.tan,
    "asin": cmath.asin,
    "acos": cmath.acos,
    "atan": cmath.atan,
    "sinh": cmath.sinh,
    "cosh": cmath.cosh,
    "tanh": cmath.tanh,
    "exp": cmath.exp,
    "log": cmath.log,
    "ln": cmath.log,
    "sqrt": cmath.sqrt,
    "sec": lambda u: 1 / cmath.cos(u),
    "csc": lambda u: 1 / cmath.sin(u),
    "cot": lambda u: cmath.cos(u) / cmath.sin(u),
}
_DERIVATIVES: dict[str, Callable[[complex, complex], complex]] = {
    "sin": lambda u, _: cmath.cos(u),
    "cos": lambda u, _: -cmath.sin(u),
    "tan": lambda _, v: 1 + v * v,
    "asin": lambda u, _: 1 / cmath.sqrt(1 - u * u),
    "acos": lambda u, _: -1 / cmath.sqrt(1 - u * u),
    "atan": lambda u, _: 1 / (1 + u * u),
    "sinh": lambda u, _: cmath.cosh(u),
    "cosh": lambda u, _: cmath.sinh(u),
    "tanh": lambda _, v: 1 - v * v,
    "exp": lambda _, v: v,
    "log": lambda u, _: 1 / u,
    "ln": lambda u, _: 1 / u,
    "sqrt": lambda _, v: 1 / (2 * v),
    "sec": lambda u, v: v * cmath.tan(u),
    "csc": lambda u, v: -v * cmath.cos(u) / cmath.sin(u),
    "cot": lambda _, v: -1 - v * v,
}
