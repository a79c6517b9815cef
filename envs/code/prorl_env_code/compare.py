"""When an output is right: by tokens for what a program prints, by Python's values for what a function returns.

Values are plain data that a codec has built, never objects of the program's own, so `==` here is nobody's but ours.
"""

import math
from typing import Any, cast

_MAX_SHOWN = 80


def same_tokens(printed: bytes, expected: str) -> bool:
    """The same words in the same order, whatever white space stands between them. `007` is not `7`."""
    return printed.split() == expected.encode().split()


def same_value(value: Any, expected: Any) -> bool:
    """Python's equality with three rules: a bool is no int, NaN equals NaN, a list and a tuple are the same sequence."""
    if isinstance(value, bool) or isinstance(expected, bool):
        return value is expected
    if isinstance(value, int | float) and isinstance(expected, int | float):
        return value == expected or (math.isnan(value) and math.isnan(expected))
    if isinstance(value, list | tuple) and isinstance(expected, list | tuple):
        ours, theirs = cast("list[Any]", value), cast("list[Any]", expected)
        return len(ours) == len(theirs) and all(same_value(a, b) for a, b in zip(ours, theirs, strict=True))
    if isinstance(value, dict) and isinstance(expected, dict):
        pairs = {_typed(k): v for k, v in cast("dict[Any, Any]", value).items()}
        wanted = {_typed(k): v for k, v in cast("dict[Any, Any]", expected).items()}
        return pairs.keys() == wanted.keys() and all(same_value(pairs[k], v) for k, v in wanted.items())
    if isinstance(value, set) and isinstance(expected, set | frozenset):
        return {_typed(v) for v in cast("set[Any]", value)} == {_typed(v) for v in cast("set[Any]", expected)}
    ours = cast("Any", value)
    return type(ours) is type(expected) and bool(ours == expected)


def _typed(element: Any) -> tuple[bool, Any]:
    """A hashed element that keeps True and 1 apart."""
    return isinstance(element, bool), element


def shown(value: Any) -> str:
    """A short text of a value for a message."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of more digits than Python prints
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."
