"""Plain data as tagged JSON, for arguments into the jail and return values out of it.

Encoding reads a value by its base type's own methods, so a subclass loses whatever it claims about itself (an `__eq__` that always says
yes). Decoding takes bytes that an untrusted program may have written: it is bounded in size, depth and number of elements, and gives only
None, bool, int, float, str, bytes, list, tuple, set and dict. Raises CodecError, in both directions.
"""

import json
from typing import Any, cast

MAX_DEPTH = 60
MAX_NODES = 1_000_000
MAX_HASHED = 10_000
"""Most elements of one set or dict: keys chosen to collide make building it quadratic."""
_INT_BOUND = 1 << 62


class CodecError(ValueError):
    """A value that is not plain data, or too large, or bytes that are no encoding of one."""


def encode(value: Any) -> bytes:
    """`value` as tagged JSON."""
    try:
        return json.dumps(_tag(value, 0), separators=(",", ":")).encode()
    except RecursionError:
        raise CodecError("the value is nested too deeply") from None


def decode(data: bytes, *, bounded: bool = True) -> Any:
    """The value that `encode` was given. Refuses anything else. `bounded=False` is for data whose sender is trusted."""
    try:
        raw = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise CodecError(f"not an encoded value: {type(error).__name__}") from None
    return _Decoder(bounded).value(raw, 0)


def _tag(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise CodecError(f"the value is nested more than {MAX_DEPTH} deep")
    if value is None or value is True or value is False:
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, int):
        number = int.__int__(value)
        return number if -_INT_BOUND < number < _INT_BOUND else {"i": hex(number)}
    if isinstance(value, float):
        return float.__float__(value)
    if isinstance(value, bytes):
        return {"b": bytes.hex(value)}
    for kind, read, tag in _CONTAINERS:
        if isinstance(value, kind):
            elements = [_tag(v, depth + 1) for v in read(value)]
            return {tag: elements} if tag else elements
    raise CodecError(f"{type(value).__name__} is not plain data (None, bool, int, float, str, bytes, list, tuple, set, dict)")


def _pairs(value: dict[Any, Any]) -> list[Any]:
    items: Any = dict[Any, Any].items(value)
    return [[key, held] for key, held in items]


_CONTAINERS: tuple[tuple[type[Any], Any, str], ...] = (
    (list, list[Any].__iter__, ""),
    (tuple, tuple[Any, ...].__iter__, "t"),
    (dict, _pairs, "d"),
    (set, set[Any].__iter__, "s"),
    (frozenset, frozenset[Any].__iter__, "s"),
)
"""A container's base type, how that type itself gives its elements, and the tag."""


class _Decoder:
    """Counts elements over one whole value."""

    def __init__(self, bounded: bool) -> None:
        self.left = MAX_NODES if bounded else 1 << 60
        self.most_hashed = MAX_HASHED if bounded else 1 << 60

    def value(self, raw: Any, depth: int) -> Any:
        self.left -= 1
        if self.left < 0 or depth > MAX_DEPTH:
            raise CodecError(f"the value has more than {MAX_NODES} elements or is nested more than {MAX_DEPTH} deep")
        if isinstance(raw, list):
            return self._many(raw, depth)
        if not isinstance(raw, dict):
            return raw
        tagged = cast("dict[str, Any]", raw)
        if len(tagged) != 1:
            raise CodecError("not an encoded value: an object has exactly one tag")
        ((tag, body),) = tagged.items()
        if tag == "i" and isinstance(body, str) and body.removeprefix("-").startswith("0x"):
            return _parsed(int, body, 16)
        if tag == "b" and isinstance(body, str):
            return _parsed(bytes.fromhex, body)
        if tag == "t" and isinstance(body, list):
            return tuple(self._many(body, depth))
        if tag == "s" and isinstance(body, list):
            return self._hashed(set, self._many(body, depth))
        if tag == "d" and isinstance(body, list):
            pairs = self._many(body, depth)
            if not all(isinstance(p, list) and len(cast("list[Any]", p)) == 2 for p in pairs):
                raise CodecError("not an encoded value: a dict is a list of pairs")
            return self._hashed(dict, pairs)
        raise CodecError(f"not an encoded value: tag {tag[:10]!r}")

    def _many(self, raw: Any, depth: int) -> list[Any]:
        return [self.value(v, depth + 1) for v in raw]

    def _hashed(self, make: Any, elements: list[Any]) -> Any:
        if len(elements) > self.most_hashed:
            raise CodecError(f"a set or dict has {len(elements)} elements, at most {self.most_hashed} are read")
        try:
            return make(elements)
        except TypeError:
            raise CodecError("not an encoded value: a key that cannot be one") from None


def _parsed(make: Any, *args: Any) -> Any:
    try:
        return make(*args)
    except ValueError:
        raise CodecError("not an encoded value: bad digits") from None
