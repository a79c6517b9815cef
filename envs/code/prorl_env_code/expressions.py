"""Python expressions over plain data, evaluated without Python: what an `assert` says about the values that a program returned.

The expression is a task's, the values are an untrusted program's, and both are only data here: no attribute of an object is reached, no name
is looked up, nothing outside `FUNCTIONS` and `METHODS` is called. `Expression` refuses what it does not know when it is built; evaluating may raise
any of `FAILURES`, which is what a failing assert does. Work is bounded: by the size of the values (a codec's), by `MAX_SIZE` for what
is built from them, and by the expression's own length, since nothing in it repeats.
"""

import ast
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

MAX_NODES = 20_000
MAX_HASHED = 10_000
"""Elements that are put into one set or dict: keys that are chosen to collide make it quadratic."""
MAX_SIZE = 1_000_000
"""Elements of a sequence, characters of a text or bits of an integer that an operation may give."""
FAILURES = (ValueError, TypeError, ArithmeticError, LookupError, AttributeError, RecursionError, MemoryError)


class UnsupportedError(ValueError):
    """The expression uses something that is not evaluated here; the message names it."""


def _set(values: Any = ()) -> set[Any]:
    elements = list(values)
    if len(elements) > MAX_HASHED:
        raise ValueError("a set of too many elements")
    return set(elements)


def _dict(values: Any = (), **more: Any) -> dict[Any, Any]:
    if len(values) > MAX_HASHED:
        raise ValueError("a dict of too many keys")
    return dict(values, **more)


def _sorted(values: Any, *, reverse: bool = False) -> list[Any]:
    return sorted(values, reverse=reverse)


def _reversed(values: Any) -> list[Any]:
    return list(values)[::-1]


def _enumerate(values: Any, start: int = 0) -> list[Any]:
    return [(start + place, value) for place, value in enumerate(values)]


def _zip(*values: Any) -> list[Any]:
    return list(zip(*values, strict=False))


def _type(value: Any) -> Any:
    return cast("type[Any]", type(value))


def _range(*bounds: int) -> list[int]:
    numbers = range(*bounds)
    if len(numbers) > MAX_SIZE:
        raise ValueError("a range of too many numbers")
    return list(numbers)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{f.__name__: f for f in (abs, all, any, bool, float, int, isinstance, len, list, max, min, repr, round, str, sum, tuple)},
    "set": _set,
    "frozenset": _set,
    "dict": _dict,
    "sorted": _sorted,
    "range": _range,
    "reversed": _reversed,
    "enumerate": _enumerate,
    "zip": _zip,
    "type": _type,
    "math.isclose": math.isclose,
    "math.sqrt": math.sqrt,
    "math.isnan": math.isnan,
    "math.isinf": math.isinf,
    "math.floor": math.floor,
    "math.ceil": math.ceil,
    "isclose": math.isclose,
}
CONSTANTS: dict[str, Any] = {
    "math.pi": math.pi,
    "math.e": math.e,
    "math.inf": math.inf,
    "math.nan": math.nan,
    **{kind.__name__: kind for kind in (bool, int, float, str, list, tuple, set, dict, frozenset)},
}
METHODS: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("lower", "upper", "strip", "lstrip", "rstrip", "split", "splitlines", "startswith", "endswith", "isdigit", "isalpha"), str),
    **dict.fromkeys(("isupper", "islower", "title", "capitalize", "join"), str),
    **dict.fromkeys(("count", "index"), (str, list, tuple)),
    **dict.fromkeys(("keys", "values", "items", "get"), dict),
    **dict.fromkeys(("issubset", "issuperset", "union", "intersection"), (set, frozenset)),
}
"""Method to the types whose own method it is."""

_operator: Any = operator
_BINARY: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _operator.add,
    ast.Sub: _operator.sub,
    ast.Mult: _operator.mul,
    ast.Div: _operator.truediv,
    ast.FloorDiv: _operator.floordiv,
    ast.Mod: _operator.mod,
    ast.Pow: _operator.pow,
    ast.BitAnd: _operator.and_,
    ast.BitOr: _operator.or_,
    ast.BitXor: _operator.xor,
}
_UNARY: dict[type[ast.unaryop], Callable[[Any], Any]] = {
    ast.Not: operator.not_,
    ast.USub: operator.neg,
    ast.UAdd: operator.pos,
    ast.Invert: operator.invert,
}
_COMPARE: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda a, b: a in b,
    ast.NotIn: lambda a, b: a not in b,
    ast.Is: lambda a, b: _identical(a, b),
    ast.IsNot: lambda a, b: not _identical(a, b),
}


def check(node: ast.AST, names: Sequence[str] = ()) -> None:
    """Raises UnsupportedError where `evaluate` would not know the expression; `names` are those that will have a value."""
    called: set[int] = set()
    for count, part in enumerate(ast.walk(node)):
        if count > MAX_NODES:
            raise UnsupportedError(f"more than {MAX_NODES} parts")
        if isinstance(part, ast.Call):
            called.add(id(_callable(part)))
        elif isinstance(part, ast.Name):
            if part.id not in names and part.id not in CONSTANTS and id(part) not in called:
                raise UnsupportedError(f"the name {part.id!r}")
        elif isinstance(part, ast.Attribute):
            if id(part) not in called:
                _dotted(part)
            if isinstance(part.value, ast.Name) and part.value.id == "math":
                called.add(id(part.value))
        elif isinstance(part, ast.BinOp) and type(part.op) not in _BINARY:
            raise UnsupportedError(type(part.op).__name__)
        elif isinstance(part, ast.Dict) and None in part.keys:
            raise UnsupportedError("**")
        elif not isinstance(part, _KNOWN):
            raise UnsupportedError(type(part).__name__)


def evaluate(node: ast.expr, names: Mapping[str, Any]) -> Any:
    """The value of a checked expression. Raises one of `FAILURES`."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name():
            return names[node.id] if node.id in names else CONSTANTS[node.id]
        case ast.List():
            return [evaluate(e, names) for e in node.elts]
        case ast.Tuple():
            return tuple(evaluate(e, names) for e in node.elts)
        case ast.Set():
            return {evaluate(e, names) for e in node.elts}
        case ast.Dict():
            return {evaluate(cast("ast.expr", k), names): evaluate(v, names) for k, v in zip(node.keys, node.values, strict=True)}
        case ast.UnaryOp():
            return _UNARY[type(node.op)](evaluate(node.operand, names))
        case ast.BinOp():
            return _binary(type(node.op), evaluate(node.left, names), evaluate(node.right, names))
        case ast.BoolOp():
            return _chained(node, names)
        case ast.Compare():
            return _compared(node, names)
        case ast.IfExp():
            return evaluate(node.body if evaluate(node.test, names) else node.orelse, names)
        case ast.Subscript():
            return evaluate(node.value, names)[evaluate(node.slice, names)]
        case ast.Slice():
            return slice(*(None if part is None else evaluate(part, names) for part in (node.lower, node.upper, node.step)))
        case ast.Attribute():
            return CONSTANTS[_dotted(node)]
        case ast.Call():
            return _called(node, names)
        case _:
            raise UnsupportedError(type(node).__name__)


_KNOWN = (
    *(ast.Constant, ast.Name, ast.List, ast.Tuple, ast.Set, ast.Dict, ast.UnaryOp, ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.Subscript),
    *(ast.Slice, ast.Attribute, ast.keyword, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)


def _dotted(node: ast.Attribute) -> str:
    name = f"{node.value.id}.{node.attr}" if isinstance(node.value, ast.Name) else ""
    if name not in CONSTANTS:
        raise UnsupportedError(f"the attribute {node.attr!r}")
    return name


def _callable(node: ast.Call) -> ast.expr:
    """What is called, where it is one of `FUNCTIONS` or `METHODS`."""
    if any(k.arg is None for k in node.keywords) or any(isinstance(a, ast.Starred) for a in node.args):
        raise UnsupportedError("* or ** in a call")
    if isinstance(node.func, ast.Name):
        if node.func.id not in FUNCTIONS:
            raise UnsupportedError(f"the function {node.func.id!r}")
    elif not isinstance(node.func, ast.Attribute) or (node.func.attr not in METHODS and not _is_dotted(node.func)):
        raise UnsupportedError("a call of something that is no plain function")
    return node.func


def _is_dotted(node: ast.Attribute) -> bool:
    return isinstance(node.value, ast.Name) and f"{node.value.id}.{node.attr}" in FUNCTIONS


def _called(node: ast.Call, names: Mapping[str, Any]) -> Any:
    args = [evaluate(a, names) for a in node.args]
    keywords = {cast("str", k.arg): evaluate(k.value, names) for k in node.keywords}
    if isinstance(node.func, ast.Name):
        return FUNCTIONS[node.func.id](*args, **keywords)
    func = cast("ast.Attribute", node.func)
    if _is_dotted(func):
        return FUNCTIONS[f"{cast('ast.Name', func.value).id}.{func.attr}"](*args, **keywords)
    owner = evaluate(func.value, names)
    if not isinstance(owner, METHODS[func.attr]):
        raise AttributeError(f"{type(owner).__name__} has no method {func.attr!r}")
    result = getattr(owner, func.attr)(*args, **keywords)
    return list(result) if func.attr in ("keys", "values", "items") else result


def _binary(op: type[ast.operator], left: Any, right: Any) -> Any:
    if op is ast.Pow and (not isinstance(right, int | float) or abs(right) > 10_000 or _size(left) * abs(right) > MAX_SIZE):
        raise ValueError("a power of more than the bound")
    if op is ast.Mult and _product(left, right) > MAX_SIZE:
        raise ValueError("a product of more than the bound")
    if op is ast.Mod and not isinstance(left, int | float):
        raise TypeError("% of a text is not evaluated here")
    return _BINARY[op](left, right)


def _product(left: Any, right: Any) -> float:
    """Elements or bits that a product has: a sequence is repeated, an integer's bits add up."""
    for sequence, times in ((left, right), (right, left)):
        if isinstance(sequence, str | bytes | list | tuple) and isinstance(times, int):
            return len(cast("Sequence[Any]", sequence)) * max(0, times)
    return _size(left) + _size(right)


def _size(value: Any) -> int:
    return value.bit_length() if isinstance(value, int) else 1


def _chained(node: ast.BoolOp, names: Mapping[str, Any]) -> Any:
    value: Any = None
    for part in node.values:
        value = evaluate(part, names)
        if bool(value) == isinstance(node.op, ast.Or):
            return value
    return value


def _compared(node: ast.Compare, names: Mapping[str, Any]) -> bool:
    left = evaluate(node.left, names)
    for op, part in zip(node.ops, node.comparators, strict=True):
        right = evaluate(part, names)
        if not _COMPARE[type(op)](left, right):
            return False
        left = right
    return True


def _identical(left: Any, right: Any) -> bool:
    """`is`, where it is meant: None, True, False and types are themselves, other values are the same where they are equal and of one type."""
    return left is right or (type(left) is type(right) and left == right)
