r"""Sets of real numbers with constant ends: what intervals, unions, inequalities, exclusions and "all real numbers" have in common.

A set is a sorted list of cuts, each a place just before or just after a number; the set is what lies from every first cut to the next. So
`[1, 2)` runs from the cut before 1 to the cut before 2, and `{1}` from before 1 to after 1: open and closed ends, single points, unions and
complements need no cases. Ends are compared exactly where they are rational, else to nearly a hundred digits.
"""

import functools
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from prorl_env_math.evaluate import Evaluator
from prorl_env_math.expression import close, is_real
from prorl_env_math.inexact import real
from prorl_env_math.limits import ParseError
from prorl_env_math.nodes import Node, free_symbols, sym

_BEFORE, _AFTER = 0, 1
_INFINITY = sym("oo")
_MAX_PIECES = 100


@functools.total_ordering
@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A place on the line: `side` 0 lies just before the number, 1 just after; `infinite` is -1 or 1 for the two ends of the line."""

    infinite: int
    value: Any = Fraction(0)
    side: int = _BEFORE

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cut) and not self < other and not other < self

    def __lt__(self, other: "Cut") -> bool:
        if self.infinite or other.infinite:
            return self.infinite < other.infinite
        if close(self.value, other.value):
            return self.side < other.side
        return bool(real(self.value) < real(other.value))

    __hash__ = None  # pyright: ignore[reportAssignmentType]


Cuts = tuple[Cut, ...]
_START, _END = Cut(-1), Cut(1)
EVERYTHING: Cuts = (_START, _END)
NOTHING: Cuts = ()


@dataclass(frozen=True, slots=True)
class Line:
    """A set of numbers, and the variable that it bounds where one is named."""

    cuts: Cuts
    variable: str = ""


def same_line(gold: Node, answer: Node) -> bool:
    """True where both are sets of reals and equal, for one variable. Raises ParseError where either is no such set."""
    one, two = line(gold), line(answer)
    if one.variable and two.variable and one.variable != two.variable:
        return False
    return one.cuts == two.cuts


def line(node: Node) -> Line:
    """The set that the tree describes. Raises ParseError where it is none, or has ends that are not constants."""
    kind, args = node.kind, node.args
    if kind == "sym" and node.name in ("reals", "empty", "R"):
        return Line(NOTHING if node.name == "empty" else EVERYTHING)
    if kind == "group" and len(args) == 2:
        return Line(_interval(args[0], args[1], closed=(node.name[0] == "[", node.name[1] == "]")))
    if kind == "set":
        return Line(_union([_point(a) for a in args]))
    if kind in ("union", "inter", "minus"):
        return _joined(kind, [line(a) for a in args])
    if kind == "rel":
        return _relation(node)
    if kind == "seq":
        parts = [line(a) if a.kind in ("rel", "group", "union", "set", "sym") else Line(_point(a)) for a in args]
        related = sum(a.kind == "rel" for a in args)
        points = all(a.name == "=" for a in args if a.kind == "rel")
        if not related or points or node.name == "or":
            return _joined("union", parts)
        both = _joined("inter", parts)
        return both if both.cuts or related < len(args) or node.name == "and" else _joined("union", parts)
    if kind == "add" and len(args) == 2 and args[1].kind == "neg":
        return _joined("minus", [line(args[0]), line(args[1].args[0])])
    raise ParseError(f"a {kind} is not a set of real numbers")


def _joined(kind: str, parts: list[Line]) -> Line:
    names = {p.variable for p in parts if p.variable}
    if len(names) > 1:
        raise ParseError("sets of several variables")
    cuts = [p.cuts for p in parts]
    joined = {
        "union": lambda: _union(cuts),
        "inter": lambda: _complement(_union([_complement(c) for c in cuts])),
        "minus": lambda: _complement(_union([_complement(cuts[0]), *cuts[1:]])),
    }[kind]()
    return Line(joined, next(iter(names), ""))


def _union(sets: list[Cuts]) -> Cuts:
    pieces = sorted(((s[i], s[i + 1]) for s in sets for i in range(0, len(s), 2)), key=lambda piece: piece[0])
    if len(pieces) > _MAX_PIECES:
        raise ParseError(f"a set of more than {_MAX_PIECES} pieces")
    out: list[Cut] = []
    for low, high in pieces:
        if out and low <= out[-1]:
            out[-1] = max(out[-1], high)
        else:
            out += (low, high)
    return tuple(out)


def _complement(cuts: Cuts) -> Cuts:
    flipped = (_START, *cuts, _END)
    return tuple(c for i in range(0, len(flipped), 2) if flipped[i] != flipped[i + 1] for c in flipped[i : i + 2])


def _value(node: Node) -> tuple[int, Any]:
    """(sign of infinity or 0, value) of an end."""
    if node == _INFINITY:
        return 1, Fraction(0)
    if node == Node("neg", (_INFINITY,)):
        return -1, Fraction(0)
    if free_symbols(node):
        raise ParseError("a set with ends that are not constants")
    value = Evaluator().value(node)
    if not is_real(value):
        raise ParseError("a set with an end that is not real")
    return 0, value if isinstance(value, Fraction) else real(value).real


def _point(node: Node) -> Cuts:
    if node.kind == "rel":
        return _relation(node).cuts
    infinite, value = _value(node)
    if infinite:
        raise ParseError("infinity is no real number")
    return Cut(0, value, _BEFORE), Cut(0, value, _AFTER)


def _interval(low: Node, high: Node, *, closed: tuple[bool, bool]) -> Cuts:
    below, first = _value(low)
    above, last = _value(high)
    start = Cut(below, first, _BEFORE if closed[0] else _AFTER) if not below else Cut(below)
    end = Cut(above, last, _AFTER if closed[1] else _BEFORE) if not above else Cut(above)
    if not start < end:
        raise ParseError("an interval that ends before it begins")
    return start, end


def _relation(node: Node) -> Line:
    """A chain of comparisons of one variable, or of its absolute value, with constants."""
    if node.name == "in" and _variable(node.args[0]):
        inner = line(node.args[1])
        return Line(inner.cuts, node.args[0].name)
    parts = [_comparison(a, op, b) for a, op, b in zip(node.args, node.name.split(), node.args[1:], strict=False)]
    return _joined("inter", parts)


_MIRROR = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def _comparison(left: Node, op: str, right: Node) -> Line:
    if op not in _MIRROR:
        raise ParseError(f"the relation {op} does not bound a number")
    if not _bounded(left):
        left, op, right = right, _MIRROR[op], left
    inner = _bounded(left)
    if not inner:
        raise ParseError("a relation that does not bound a variable")
    if left.kind == "sym":
        return Line(_ray(op, right), inner)
    negative = _ray(_MIRROR[op], Node("neg", (right,)))
    return Line(_joined("union" if op[0] in ">=" else "inter", [Line(_ray(op, right)), Line(negative)]).cuts, inner)


def _ray(op: str, bound: Node) -> Cuts:
    minus = Node("neg", (_INFINITY,))
    if op == "=":
        return _point(bound)
    if op == "!=":
        return _complement(_point(bound))
    low, high = (minus, bound) if op[0] == "<" else (bound, _INFINITY)
    return _interval(low, high, closed=(op == ">=", op == "<="))


def _variable(node: Node) -> bool:
    return node.kind == "sym" and bool(free_symbols(node)) and not node.name.startswith("text:")


def _bounded(node: Node) -> str:
    """The name of the variable, or of the variable between absolute bars; empty for anything else."""
    inner = node.args[0] if node.kind == "call" and node.name == "abs" else node
    return inner.name if _variable(inner) else ""
