"""The functions that answers use, on exact and inexact values. Each measures its arguments before it works (`LimitError`)."""

import hashlib
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

from prorl_env_math.inexact import context, real, undefined
from prorl_env_math.limits import MAX_FACTORIAL, LimitError, UndefinedError


def opaque(name: str, v: list[Any]) -> Fraction:
    """A fixed pseudo-random value of an unknown function at these arguments, the same for arguments that agree to 40 digits."""
    shown = [context().nstr(real(x), 40) for x in v]
    digest = hashlib.blake2b(f"{name}{shown}".encode(), digest_size=8).digest()
    return Fraction(int.from_bytes(digest, "big") % 10**9 + 10**8, 10**9)


def _whole(value: Any) -> int:
    if isinstance(value, Fraction) and value.denominator == 1:
        return value.numerator
    raise UndefinedError("not an integer")


def _factorial(x: Any) -> Any:
    if isinstance(x, Fraction) and x.denominator == 1:
        if x < 0:
            return undefined("the factorial of a negative integer")
        if x > MAX_FACTORIAL:
            raise LimitError(f"a factorial above {MAX_FACTORIAL}!")
        return Fraction(math.factorial(x.numerator))
    if abs(real(x)) > 300:
        raise LimitError("a factorial that is too large")
    return context().gamma(real(x) + 1)


def _binomial(n: Any, k: Any) -> Any:
    if all(isinstance(x, Fraction) and x.denominator == 1 for x in (n, k)) and n >= 0:
        if n > MAX_FACTORIAL:
            raise LimitError(f"a binomial coefficient above {MAX_FACTORIAL}")
        return Fraction(math.comb(int(n), int(k))) if 0 <= k <= n else Fraction(0)
    if max(abs(real(n)), abs(real(k))) > 300:
        raise LimitError("a binomial coefficient that is too large")
    return context().binomial(real(n), real(k))


def _rounded(*, down: bool) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        if isinstance(x, Fraction):
            return Fraction(math.floor(x) if down else math.ceil(x))
        if context().mag(x) > 200:
            raise LimitError("a rounding of a number that is too large")
        return Fraction(int(context().floor(x) if down else context().ceil(x)))

    return function


def _periodic(name: str) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        x = real(x)
        if x != 0 and context().mag(x) > 64:
            raise LimitError(f"{name} of a number that is too large")
        return getattr(context(), name)(x)

    return function


def _mp(name: str) -> Callable[..., Any]:
    def function(x: Any) -> Any:
        return getattr(context(), name)(real(x))

    return function


def _exp(x: Any) -> Any:
    x = real(x)
    if x != 0 and context().mag(x) > 14:
        raise LimitError("an exponential that is too large")
    return context().exp(x)


def _log(x: Any, base: Any = None) -> Any:
    if x == 0:
        return undefined("the logarithm of zero")
    if x == 1:
        return Fraction(0)
    top = context().log(real(x))
    return top if base is None else top / context().log(real(base))


def _decimal_log(x: Any) -> Any:
    if isinstance(x, Fraction) and x > 0:
        power = len(str(x.numerator)) - len(str(x.denominator))
        if x == Fraction(10) ** power:
            return Fraction(power)
    return _log(x, Fraction(10))


def _double_factorial(x: Any) -> Any:
    n = _whole(x)
    if n < 0:
        return undefined("the double factorial of a negative number")
    if n > MAX_FACTORIAL:
        raise LimitError(f"a factorial above {MAX_FACTORIAL}!!")
    return Fraction(math.prod(range(n, 0, -2)))


def _cis(x: Any) -> Any:
    x = real(x)
    if x != 0 and context().mag(x) > 64:
        raise LimitError("cis of a number that is too large")
    return context().mpc(context().cos(x), context().sin(x))


def _conjugate(x: Any) -> Any:
    return x if isinstance(x, Fraction) else context().conj(x)


def _sign(x: Any) -> Any:
    return Fraction((real(x) > 0) - (real(x) < 0))


def _absolute(x: Any) -> Any:
    return abs(x)


def _integers(pick: Callable[..., int]) -> Callable[..., Any]:
    def function(*values: Any) -> Fraction:
        return Fraction(pick(*map(_whole, values)))

    return function


def _order(value: Any) -> Fraction:
    return value if isinstance(value, Fraction) else Fraction(str(context().nstr(value, 40)))


def _least(*values: Any) -> Any:
    return min(values, key=_order)


def _greatest(*values: Any) -> Any:
    return max(values, key=_order)


ROUNDING_AT_ONE = frozenset(["sin", "cos", "tan", "cot", "sec", "csc", "ln", "log", "lg", "cis"])
"""Functions that may turn an argument of ordinary size into a tiny value, which then carries the rounding of one."""
_ANY = range(1, 20)
FUNCTIONS: dict[str, tuple[range, Callable[..., Any]]] = {
    **{name: (range(1, 2), _periodic(name)) for name in ("sin", "cos", "tan", "cot", "sec", "csc")},
    **{name: (range(1, 2), _periodic(name)) for name in ("sinh", "cosh", "tanh")},
    **{name: (range(1, 2), _mp(mp)) for name, mp in (("arcsin", "asin"), ("arccos", "acos"), ("arctan", "atan"))},
    "exp": (range(1, 2), _exp),
    "ln": (range(1, 2), _log),
    "log": (range(1, 3), _log),
    "lg": (range(1, 2), _decimal_log),
    "cis": (range(1, 2), _cis),
    "conj": (range(1, 2), _conjugate),
    "sign": (range(1, 2), _sign),
    "factorial2": (range(1, 2), _double_factorial),
    "abs": (range(1, 2), _absolute),
    "floor": (range(1, 2), _rounded(down=True)),
    "ceil": (range(1, 2), _rounded(down=False)),
    "factorial": (range(1, 2), _factorial),
    "binom": (range(2, 3), _binomial),
    "gcd": (_ANY, _integers(math.gcd)),
    "lcm": (_ANY, _integers(math.lcm)),
    "min": (_ANY, _least),
    "max": (_ANY, _greatest),
}
"""Function name to (numbers of arguments, function of the values)."""
