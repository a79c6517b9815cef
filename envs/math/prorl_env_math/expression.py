"""Whether two expressions are the same: exact where they are rational, else by value at many points to nearly a hundred digits.

Agreement at several random points to 95 digits is as good as a proof for the expressions that answers are made of, costs well under a
millisecond a point, and cannot run away as a simplifier does. Points where either side is undefined or too large are left out.
"""

from fractions import Fraction
from typing import Any

from prorl_env_math.evaluate import Evaluator
from prorl_env_math.inexact import TOLERANCE_DIGITS, context, real
from prorl_env_math.limits import LimitError, UndefinedError
from prorl_env_math.nodes import Node, free_symbols, has_decimal

APPROXIMATE_DIGITS = 6
"""A decimal with at least this many significant digits stands for the exact value that rounds to it."""
_SCALES = ((37, 100), (171, 100), (523, 100), (1109, 100), (29, 1), (-83, 100), (-307, 100), (4, 1))
"""Where the points lie; the negative ones judge only where both sides are real."""
_OF_INTEGERS = frozenset({"gcd", "lcm", "factorial2"})
_WHOLE = (3, 2, 5, 8, 6, 9, 1, 4, 7)
_ENOUGH = 3


def points(names: frozenset[str]) -> list[dict[str, Fraction]]:
    """Sample points for these variables: fixed, of several sizes and both signs, no two variables alike."""
    ordered = sorted(names)
    return [{n: Fraction(a * (11 + 3 * j), b * (11 + (2 + i) * j)) + j for j, n in enumerate(ordered)} for i, (a, b) in enumerate(_SCALES)]


def whole_points(names: frozenset[str]) -> list[dict[str, Fraction]]:
    """Sample points of distinct positive integers of both parities, for sequences and sums."""
    return [{n: Fraction(_WHOLE[(i + 2 * j) % 9] + 9 * (j // 9)) for j, n in enumerate(sorted(names))} for i in range(6)]


def _alternates(node: Node) -> bool:
    """True where the variable counts in whole steps: a negative constant has it as exponent, a sum as bound, a function of integers as argument."""
    return any(
        n.kind == "pow" and n.args[0].kind == "neg" and n.args[0].args[0].kind == "num" and free_symbols(n.args[1])
        if n.kind == "pow"
        else (n.kind == "big" and any(map(free_symbols, n.args[1:]))) or (n.name in _OF_INTEGERS and free_symbols(n))
        for n in node.walk()
    )


def close(a: Any, b: Any, peak: Any = 0) -> bool:
    """Exact equality of exact values, else agreement to TOLERANCE_DIGITS, relative to the values and to the terms they came from."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a == b
    a, b = real(a), real(b)
    ctx = context()
    gap = abs(a - b)
    return bool(gap <= ctx.mpf(10) ** -TOLERANCE_DIGITS * max(abs(a), abs(b)) or gap <= ctx.mpf(10) ** -(TOLERANCE_DIGITS + 15) * peak)


def is_real(value: Any) -> bool:
    """True for a value without an imaginary part, but for rounding."""
    if isinstance(value, Fraction) or not isinstance(value, context().mpc):
        return True
    return bool(abs(value.imag) <= context().mpf(10) ** -TOLERANCE_DIGITS * abs(value))


def same_expression(a: Node, b: Node) -> bool:
    """True where the two are equal wherever both are defined. Raises LimitError or ParseError where they cannot be evaluated."""
    if a == b:
        return True
    names = free_symbols(a) | free_symbols(b)
    if not names:
        one, two = Evaluator(), Evaluator()
        return close(one.value(a), two.value(b), max(one.peak, two.peak))
    agreed, work, limit = 0, 0, None
    for place in whole_points(names) if _alternates(a) or _alternates(b) else points(names):
        one, two = Evaluator(place, work=work), Evaluator(place)
        try:
            left, two.work = one.value(a), one.work
            right = two.value(b)
        except UndefinedError:
            continue
        except LimitError as error:
            limit = error
            continue
        finally:
            work = max(one.work, two.work)
        if min(place.values()) < 0 and not (is_real(left) and is_real(right)):
            continue
        if not close(left, right, max(one.peak, two.peak)):
            return False
        agreed += 1
    if agreed < _ENOUGH and limit is not None:
        raise limit
    return agreed >= _ENOUGH


def proportional(a: Node, b: Node, *, positive: bool) -> bool:
    """True where a = c * b for one constant c (c > 0 where `positive`), both depending on a variable."""
    names = free_symbols(a)
    if not names or names != free_symbols(b):
        return False
    ratio: Any = None
    agreed, work = 0, 0
    for place in points(names):
        one, two = Evaluator(place, work=work), Evaluator(place)
        try:
            left, two.work = one.value(a), one.work
            right = two.value(b)
        except (UndefinedError, LimitError):
            continue
        finally:
            work = max(one.work, two.work)
        if left == 0 or right == 0:
            if left != right:
                return False
            continue
        found = left / right if isinstance(left, Fraction) and isinstance(right, Fraction) else real(left) / real(right)
        if ratio is None:
            ratio = found
            if positive and not (is_real(found) and (found if isinstance(found, Fraction) else found.real) > 0):
                return False
        elif not close(found, ratio):
            return False
        agreed += 1
    return agreed >= _ENOUGH


def approximates(decimal: Node, exact: Node, *, digits: int = APPROXIMATE_DIGITS) -> bool:
    """True where `decimal`, a decimal of at least `digits` significant digits, is the rounding of the constant `exact`."""
    if free_symbols(exact) or has_decimal(exact) or free_symbols(decimal):
        return False
    found = _significant(decimal)
    if found < digits:
        return False
    value, target = Evaluator().value(decimal), Evaluator().value(exact)
    if not isinstance(value, Fraction) or value == 0 or not is_real(target):
        return False
    target = real(target).real
    unit = context().mpf(10) ** (int(context().floor(context().log10(abs(real(value))))) - found + 1)
    return bool(abs(real(value) - target) <= unit * context().mpf("0.5000001"))


def _significant(node: Node) -> int:
    """Significant digits of a written decimal, also as a * 10^n or negated; 0 for anything else."""
    if node.kind == "neg":
        return _significant(node.args[0])
    if node.kind == "mul" and len(node.args) == 2 and node.args[1].kind == "pow" and node.args[1].args[0].value == 10:
        return _significant(node.args[0])
    if node.kind != "num" or node.name != "." or node.value is None:
        return 0
    scaled, places = node.value, 0
    while scaled.denominator != 1:
        scaled, places = scaled * 10, places + 1
    return len(str(abs(scaled.numerator)))
