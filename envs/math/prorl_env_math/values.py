r"""Whether two values are the same: numbers and expressions, with percent and degree signs, units, and roundings.

Conventions: a percent, degree or unit sign may be missing on one side; units of one dimension are converted; a decimal of at least
`APPROXIMATE_DIGITS` significant digits stands for what rounds to it; a bare `\log` is the natural one, or the decimal one, on both sides.
"""

from fractions import Fraction

from prorl_env_math.evaluate import Evaluator
from prorl_env_math.expression import approximates, same_expression
from prorl_env_math.inexact import real
from prorl_env_math.nodes import Node, free_symbols, num, replaced, sym
from prorl_env_math.units import Unit, read, split

_INFINITY = sym("oo")
_RADIAN = read("radian")
_LITERALS = frozenset({"oo", "empty", "dots", "reals", "integers", "naturals", "rationals", "complexes"})


def same_value(gold: Node, answer: Node) -> bool:
    """True where both are one value. Raises LimitError, ParseError or UndefinedError where that cannot be decided."""
    if is_literal(gold) or is_literal(answer):
        return False  # literals are equal only to themselves, and the caller has compared the nodes
    if "base" in (gold.name, answer.name):
        return _same_base(gold, answer)
    if gold.kind == "ratio" or answer.kind == "ratio":
        return _same_ratio(gold, answer)
    (gold, unit), (answer, other) = split(gold), split(answer)
    if {gold.name, answer.name} & {"percent", "deg"} and _RADIAN in (unit, other):
        return False
    if unit is not None or other is not None:
        converted = _converted(gold, unit or Unit(), answer, other or Unit())
        if converted is None:
            return False
        gold, answer = converted
    if _equal(gold, answer):
        return True
    if free_symbols(gold) or free_symbols(answer):
        return _same_imaginary(gold, answer)
    if unit is not None or other is not None:
        return approximates(gold, answer) or approximates(answer, gold)
    one, two = _without_sign(gold), _without_sign(answer)
    if (one is None) != (two is None) and (one is not None or not _is_fraction(gold, answer)) and same_expression(one or gold, two or answer):
        return True
    return approximates(gold, answer) or approximates(answer, gold)


def is_literal(node: Node) -> bool:
    """Infinities, named sets, an ellipsis, a quoted word."""
    if node.kind == "neg":
        return node.args[0] == _INFINITY
    return node.kind == "sym" and (node.name in _LITERALS or node.name.startswith("text:"))


def _equal(gold: Node, answer: Node) -> bool:
    if same_expression(gold, answer):
        return True
    if not any(n.kind == "call" and n.name == "log" and len(n.args) == 1 for side in (gold, answer) for n in side.walk()):
        return False
    return same_expression(_decimal_logs(gold), _decimal_logs(answer))


def _decimal_logs(node: Node) -> Node:
    args = tuple(map(_decimal_logs, node.args))
    name = "lg" if node.kind == "call" and node.name == "log" and len(args) == 1 else node.name
    return Node(node.kind, args, name, node.value)


def _same_imaginary(gold: Node, answer: Node) -> bool:
    """`2 + 3I` for `2 + 3i`, where the capital stands on one side only."""
    capital, small = sym("I"), sym("i")
    sides = [("I" in free_symbols(n), small in set(n.walk())) for n in (gold, answer)]
    if sorted(sides) != [(False, True), (True, False)]:
        return False
    return same_expression(replaced(gold, capital, small), replaced(answer, capital, small))


def _converted(gold: Node, unit: Unit, answer: Node, other: Unit) -> tuple[Node, Node] | None:
    """Both values in one unit, or None where their units do not fit."""
    if not unit.fits(other):
        return None
    scale = unit.dimensions and other.dimensions and unit.factor != other.factor
    factors = [(u.factor if scale else 1) * u.multiplier for u in (unit, other)]
    one, two = (n if factor == 1 else Node("mul", (n, num(factor))) for n, factor in zip((gold, answer), factors, strict=True))
    return one, two


def _without_sign(node: Node) -> Node | None:
    """The number before a percent or degree sign, or None where there is no such sign."""
    if node.kind == "neg":
        inner = _without_sign(node.args[0])
        return None if inner is None else Node("neg", (inner,))
    return node.args[0] if node.kind == "call" and node.name in ("percent", "deg") else None


def _is_fraction(gold: Node, answer: Node) -> bool:
    """True for a bare gold below one against a percentage: 0.1 is not 0.1%."""
    if answer.name != "percent":
        return False
    value = Evaluator().value(gold)
    return abs(value if isinstance(value, Fraction) else real(value)) < 1


def _same_base(gold: Node, answer: Node) -> bool:
    """Numerals in one and the same base, with the same digits."""
    return gold.name == answer.name == "base" and gold.args == answer.args


def _same_ratio(gold: Node, answer: Node) -> bool:
    """`1:2:3` and `2:4:6`: all cross products agree."""
    if len(gold.args) != len(answer.args) or gold.kind != answer.kind:
        return False
    first, other = gold.args[0], answer.args[0]
    return all(same_expression(Node("mul", (a, other)), Node("mul", (b, first))) for a, b in zip(gold.args[1:], answer.args[1:], strict=True))
