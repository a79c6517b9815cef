"""Inexact values: numbers of one mpmath context at a fixed high precision, bounded in magnitude. mpmath is imported at first use."""

import functools
from fractions import Fraction
from typing import Any

from prorl_env_math.limits import MAX_BITS, LimitError, UndefinedError

DIGITS = 120
"""Decimal digits of inexact arithmetic."""
TOLERANCE_DIGITS = 95
"""Two inexact values are equal where they agree to this many digits."""


@functools.cache
def context() -> Any:
    """The mpmath context of this module; the global one is never touched."""
    import mpmath  # pyright: ignore[reportMissingTypeStubs]

    own: Any = mpmath.MPContext()  # pyright: ignore[reportUnknownVariableType, reportAttributeAccessIssue]
    own.dps = DIGITS
    return own


def real(value: Any) -> Any:
    """The value as an mpmath number."""
    return context().mpf(value.numerator) / value.denominator if isinstance(value, Fraction) else value


def undefined(what: str) -> Any:
    """Raise UndefinedError; an expression, for use in conditionals."""
    raise UndefinedError(what)


def bounded(value: Any) -> Any:
    """The value, unless it is not finite (UndefinedError) or its logarithm is over the bound (LimitError)."""
    if isinstance(value, Fraction):
        return value
    ctx = context()
    if not ctx.isfinite(value):
        raise UndefinedError("not finite")
    if value != 0 and abs(ctx.mag(value)) > MAX_BITS:
        raise LimitError("a value that is too large")
    return value
