"""The value of a tree at a point: exact rationals as far as they reach, then mpmath at a fixed high precision. All work is bounded.

A value is a `Fraction` while it is exact and an mpmath number afterwards. Every power, factorial and product is measured before it is
made; the sum of bits touched is bounded too (`LimitError`). mpmath is imported at the first inexact value, on a context of our own.
"""

import functools
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from prorl_env_math.functions import FUNCTIONS, ROUNDING_AT_ONE, opaque
from prorl_env_math.inexact import DIGITS, bounded, context, real, undefined
from prorl_env_math.limits import BUDGET, MAX_BITS, MAX_TERMS, MAX_WORK, MIN_CHARGE, Budget, LimitError, ParseError, UndefinedError
from prorl_env_math.nodes import Node
from prorl_env_math.summation import polynomial_integral


class Evaluator:
    """Values of trees at one point.

    `work` counts the bits touched, from where an earlier evaluation stopped; `peak` is the largest term met in an inexact sum or periodic
    function: it bounds the rounding error.
    """

    def __init__(self, point: Mapping[str, Fraction] | None = None, *, work: int = 0) -> None:
        self.point: Mapping[str, Fraction] = point or {}
        self.work = work
        self.peak: Any = 0
        self.budget = BUDGET.get() or Budget()

    def value(self, node: Node) -> Any:
        """A Fraction or an mpmath number. Raises UndefinedError, LimitError, or ParseError for a tree that is not a number."""
        kind, args = node.kind, node.args
        if kind == "num":
            return node.value
        if kind == "sym":
            return self._symbol(node.name)
        if kind == "add":
            return functools.reduce(self._add, map(self.value, args))
        if kind == "mul":
            return functools.reduce(self._mul, map(self.value, args))
        if kind == "neg":
            return -self.value(args[0])
        if kind == "div":
            return self._div(self.value(args[0]), self.value(args[1]))
        if kind == "pow":
            return self._pow(self.value(args[0]), self.value(args[1]))
        if kind == "call":
            return self._call(node.name, [self.value(a) for a in args] if node.name != "base" else [])
        if kind == "big":
            return self._big(node)
        if kind == "group" and node.name == "[]" and len(args) == 1:
            return self.value(args[0])
        raise ParseError(f"a {kind} is not a number")

    def _symbol(self, name: str) -> Any:
        if name in self.point:
            return self.point[name]
        if name == "pi":
            return +context().pi
        if name == "e":
            return +context().e
        if name == "i":
            return context().mpc(0, 1)
        raise ParseError(f"{name!r} has no value")

    def _big(self, node: Node) -> Any:
        """A finite sum or product, term by term, or the integral of a polynomial; a limit or an infinite sum has no value here."""
        operator, name = node.name.split()
        if operator == "lim":
            raise ParseError("the value of a limit")
        low, high = (self.value(bound) for bound in node.args[1:])
        if operator == "int":
            if not isinstance(low, Fraction) or not isinstance(high, Fraction):
                raise UndefinedError("an integral between bounds that are not rational")
            return polynomial_integral(lambda place: self._at(name, place, node.args[0]), low, high)
        if not all(isinstance(bound, Fraction) and bound.denominator == 1 for bound in (low, high)):
            raise UndefinedError("a sum between bounds that are not whole")
        if high - low > MAX_TERMS:
            raise LimitError(f"a sum of more than {MAX_TERMS} terms")
        total, join = Fraction(operator == "prod"), self._add if operator == "sum" else self._mul
        for index in range(int(low), int(high) + 1):
            total = join(total, self._at(name, Fraction(index), node.args[0]))
        return total

    def _at(self, name: str, place: Fraction, body: Node) -> Any:
        """The value of the body with one more variable bound."""
        outer = self.point
        self.point = {**outer, name: place}
        try:
            return self.value(body)
        finally:
            self.point = outer

    def _charge(self, *values: Any) -> None:
        for value in values:
            bits = max(value.numerator.bit_length(), value.denominator.bit_length()) if isinstance(value, Fraction) else DIGITS * 4
            if bits > MAX_BITS:
                raise LimitError(f"a number of more than {MAX_BITS} bits")
            bits = max(bits, MIN_CHARGE)
            self.work += bits
            self.budget.spend(bits)
        if self.work > MAX_WORK:
            raise LimitError("too much arithmetic")

    def _add(self, a: Any, b: Any) -> Any:
        self._charge(a, b)
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return a + b
        a, b = real(a), real(b)
        self.peak = max(self.peak, abs(a), abs(b))
        return a + b

    def _mul(self, a: Any, b: Any) -> Any:
        self._charge(a, b)
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return a * b
        return bounded(real(a) * real(b))

    def _div(self, a: Any, b: Any) -> Any:
        self._charge(a, b)
        if b == 0:
            raise UndefinedError("division by zero")
        if isinstance(a, Fraction) and isinstance(b, Fraction):
            return a / b
        return bounded(real(a) / real(b))

    def _pow(self, a: Any, b: Any) -> Any:
        self._charge(a, b)
        if isinstance(b, Fraction):
            if b.denominator == 1:
                return self._integer_power(a, b.numerator)
            if isinstance(a, Fraction):
                return self._root(a**1 if b > 0 else self._div(Fraction(1), a), abs(b))
        if a == 0:
            return Fraction(0) if not isinstance(b, Fraction) and b.real > 0 else undefined("a power of zero")
        a, b = real(a), real(b)
        self._measure(a, b)
        return bounded(a**b)

    def _measure(self, a: Any, b: Any) -> None:
        """Refuse a**b where its binary logarithm is over the bound, from magnitudes alone."""
        size = context().mag(b)
        if size > 60 or abs(context().mag(a) if a != 0 else 0) * 2.0**size > MAX_BITS or (size > 16):
            raise LimitError("a power that is too large")

    def _integer_power(self, a: Any, n: int) -> Any:
        if a == 0 and n <= 0:
            return Fraction(1) if n == 0 else undefined("a power of zero")
        if isinstance(a, Fraction):
            if abs(a) == 1 or a == 0:
                return a if n % 2 or a == 0 else Fraction(1)
            bits = max(a.numerator.bit_length(), a.denominator.bit_length())
            if bits * abs(n) > MAX_BITS + bits:
                raise LimitError("a power that is too large")
            self.work += bits * abs(n)
            self.budget.spend(bits * abs(n))
            return a**n
        if n.bit_length() > 20 or abs(context().mag(a)) * abs(n) > MAX_BITS:
            raise LimitError("a power that is too large")
        return bounded(a**n)

    def _root(self, a: Fraction, exponent: Fraction) -> Any:
        """a ** exponent for a positive, non-integer exponent: exact where it is, real for odd roots of negatives, principal otherwise."""
        p, q = exponent.numerator, exponent.denominator
        if a == 0:
            return Fraction(0)
        if a < 0 and q % 2:
            root = self._root(-a, Fraction(1, q))
            return self._integer_power(-root, p)
        if q <= 64 and a > 0:
            top, bottom = _exact_root(a.numerator, q), _exact_root(a.denominator, q)
            if top is not None and bottom is not None:
                return self._integer_power(Fraction(top, bottom), p)
        base, power = real(a), real(exponent)
        self._measure(base, power)
        return bounded(context().sqrt(base) ** p if q == 2 and p < 64 else base**power)

    def _call(self, name: str, v: list[Any]) -> Any:
        self._charge(*v, *v, *v, *v)
        if name[:1] == "@":
            return opaque(name, v)
        exponent = {"sqrt": Fraction(1, 2), "cbrt": Fraction(1, 3)}.get(name)
        if exponent is not None and len(v) == 1:
            return self._pow(v[0], exponent)
        if name == "root" and len(v) == 2:
            return self._pow(v[0], self._div(Fraction(1), v[1]))
        if name in ("percent", "deg") and len(v) == 1:
            return self._div(v[0], Fraction(100)) if name == "percent" else self._mul(self._div(v[0], Fraction(180)), +context().pi)
        function = FUNCTIONS.get(name)
        if function is None or len(v) not in function[0]:
            raise ParseError(f"{name} of {len(v)} arguments")
        if name in ROUNDING_AT_ONE:
            self.peak = max(self.peak, 1, *(abs(real(x)) for x in v))
        try:
            return bounded(function[1](*v))
        except (ValueError, ZeroDivisionError, OverflowError, TypeError) as error:
            if isinstance(error, LimitError | ParseError):
                raise
            raise UndefinedError(f"{name} is not defined there") from error


def _exact_root(n: int, q: int) -> int | None:
    if n.bit_length() > 4 * MAX_BITS // q and q > 2:
        return None
    root = math.isqrt(n) if q == 2 else _integer_root(n, q)
    return root if root**q == n else None


def _integer_root(n: int, q: int) -> int:
    low, high = 0, 1 << (n.bit_length() // q + 1)
    while low < high:
        mid = (low + high + 1) // 2
        low, high = (mid, high) if mid**q <= n else (low, mid - 1)
    return low
