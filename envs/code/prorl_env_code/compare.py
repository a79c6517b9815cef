"""When a returned value is right: Python's values, with the few rules that a JSON gold needs.

Values are plain data that a codec has built, never objects of the program's own, so `==` here is nobody's but ours. By default it is
Python's (`2 == 2.0`, `True == 1`), except that NaN equals NaN and that what JSON cannot write is not asked for: a tuple equals the list of the
same elements, and an integer key of a dict equals its text. A tolerance and freedom of order are rules that a problem states, never a default.
"""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any, cast

_MAX_SHOWN = 80
_LARGEST_KEY = 10**100


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """What a problem allows."""

    tolerance: float | None = None
    """Numbers may differ by this much, absolutely or in relation to the expected one."""
    any_order: bool = False
    """The outermost list may come in any order, each element as often as expected."""


EXACT = Rules()


def same_value(value: Any, expected: Any, rules: Rules = EXACT) -> bool:
    """True where `value` is the expected one under these rules. Never raises; linear in the size of the two (n log n in any order)."""
    if rules.any_order and isinstance(value, list | tuple | set) and isinstance(expected, list | tuple | set):
        return _same_in_any_order(list(cast("list[Any]", value)), list(cast("list[Any]", expected)), rules.tolerance)
    return _same(value, expected, rules.tolerance)


def close(value: Any, expected: Any, tolerance: float) -> bool:
    """Numbers that differ by at most `tolerance`, absolutely or relatively; NaN is close to NaN, an infinity to itself."""
    try:
        ours, theirs = float(value), float(expected)
    except OverflowError:  # an integer beyond the range of floats
        return value == expected
    if math.isnan(ours) or math.isnan(theirs):
        return math.isnan(ours) and math.isnan(theirs)
    return ours == theirs or abs(ours - theirs) <= tolerance * max(1.0, abs(theirs)) < math.inf


def _same(value: Any, expected: Any, tolerance: float | None) -> bool:
    if isinstance(value, int | float) and isinstance(expected, int | float):
        if tolerance is not None and not isinstance(value, bool) and not isinstance(expected, bool):
            return close(value, expected, tolerance)
        return value == expected or (value != value and expected != expected)
    if isinstance(value, list | tuple) and isinstance(expected, list | tuple):
        ours, theirs = cast("list[Any]", value), cast("list[Any]", expected)
        return len(ours) == len(theirs) and all(_same(a, b, tolerance) for a, b in zip(ours, theirs, strict=True))
    if isinstance(value, dict) and isinstance(expected, dict):
        return _same_dict(cast("dict[Any, Any]", value), cast("dict[Any, Any]", expected), tolerance)
    ours = cast("Any", value)
    return type(ours) is type(expected) and bool(ours == expected)


def _same_dict(value: dict[Any, Any], expected: dict[Any, Any], tolerance: float | None) -> bool:
    if len(value) != len(expected):
        return False
    if value.keys() != expected.keys():  # JSON writes every key as a text
        value = {_key(k): v for k, v in value.items()}
    return value.keys() == expected.keys() and all(_same(value[k], v, tolerance) for k, v in expected.items())


def _key(key: Any) -> Any:
    """The text of an integer key; one of too many digits for a text stays what it is."""
    return str(key) if type(key) is int and abs(key) < _LARGEST_KEY else key


def _same_in_any_order(value: list[Any], expected: list[Any], tolerance: float | None) -> bool:
    if len(value) != len(expected):
        return False
    if tolerance is not None and all(isinstance(v, int | float) for v in (*value, *expected)):
        return all(close(a, b, tolerance) for a, b in zip(sorted(value), sorted(expected), strict=True))
    return Counter(map(_frozen, value)) == Counter(map(_frozen, expected))


def _frozen(value: Any) -> Any:
    """A hashable stand-in: equal where `_same` says so without a tolerance."""
    if isinstance(value, list | tuple):
        return ("list", *map(_frozen, cast("list[Any]", value)))
    if isinstance(value, dict):
        pairs = cast("dict[Any, Any]", value).items()
        return "dict", frozenset((_key(k), _frozen(v)) for k, v in pairs)
    if isinstance(value, set | frozenset):
        return "set", frozenset(map(_frozen, cast("set[Any]", value)))
    return "nan" if value != value else (value,)


def shown(value: Any) -> str:
    """A short text of a value for a message."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of more digits than Python prints
        text = f"a very large {type(value).__name__}"
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 3] + "..."
