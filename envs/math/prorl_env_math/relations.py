"""Whether two relations say the same: definitions (`x = 5`, `f(x) = x + 1`), equations up to a factor, chains, and what a relation defines."""

from collections.abc import Callable

from prorl_env_math.expression import approximates, proportional, same_expression
from prorl_env_math.limits import LimitError, ParseError, UndefinedError
from prorl_env_math.nodes import CONSTANTS, Node, free_symbols, replaced, sym

Same = Callable[[Node, Node], bool]
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}
_NAMING = frozenset({"mul", "div", "ratio", "group", "seq", "row", "matrix", "union", "inter", "minus"})
_CHAINED = frozenset({"=", "~"})


def same_relation(gold: Node, answer: Node, same: Same) -> bool:
    """True where both are relations that say the same."""
    if is_definition(gold) and is_definition(answer) and _renamed(gold, answer, same):
        return True
    return _equivalent(gold, answer, same) or _same_curve(gold, answer) or _same_curve(answer, gold)


def is_definition(node: Node) -> bool:
    """`name = value` or `name in set`, chains of equalities included; a name has no number in it."""
    return set(node.name.split()) in ({"="}, {"in"}, {"->"}) and (name_like(node.args[0]) or node.args[0] == sym("e"))


def measured(node: Node) -> Node | None:
    """The value of a sum or product of names that an equation states, `\\alpha + \\beta = \\pi/2`; None for an equation of another kind."""
    if node.name != "=" or len(node.args) != 2 or free_symbols(node.args[1]):
        return None
    left = node.args[0]
    return node.args[1] if left.kind in ("add", "mul") and all(a.kind == "sym" and name_like(a) for a in left.args) else None


def defined(node: Node, same: Same) -> tuple[Node, ...]:
    """What a relation says a thing is: the last side of `x = 5`, `5 = x` or of a true chain of constants such as `\\sqrt{4} = 2`; the exact
    side and the rounding of a chain such as `70/9 ~ 7.78`; nothing for any other."""
    ops = node.name.split()
    sides = node.args[1:] if name_like(node.args[0]) else node.args
    if "~" in ops and _CHAINED.issuperset(ops):
        return _approximated(sides, ops[len(node.args) - len(sides) :], same)
    if is_definition(node):
        return (node.args[-1],)
    if not _CHAINED.issuperset(ops):
        return ()
    if name_like(node.args[-1]) and not free_symbols(node.args[0]):
        return (node.args[0],)
    constant = not any(free_symbols(a) for a in node.args)
    return sides[-1:] if constant and all(_holds(same, sides[-1], a) for a in sides[:-1]) else ()


def _approximated(sides: tuple[Node, ...], ops: list[str], same: Same) -> tuple[Node, ...]:
    """The exact side and the rounding of a chain that ends in one; the rounding alone where nothing exact stands before it."""
    cut = ops.index("~") if "~" in ops else len(ops)
    exact, rounded = sides[: cut + 1], sides[cut + 1 :]
    if not rounded:
        return exact[:1]
    true = all(_holds(same, exact[0], a) for a in exact[1:]) and all(_rounds(r, exact[0]) for r in rounded)
    return (exact[0], rounded[-1]) if true else ()


def _rounds(decimal: Node, exact: Node) -> bool:
    try:
        return decimal == exact or approximates(decimal, exact, digits=2)
    except (ParseError, UndefinedError, LimitError):
        return False


def _holds(same: Same, a: Node, b: Node) -> bool:
    try:
        return same(a, b)
    except (ParseError, UndefinedError):
        return False


def name_like(node: Node) -> bool:
    """True for what can be the name of a thing: a letter, a segment, a function at letters, a tuple of these."""
    if node.kind == "sym":
        return node.name not in CONSTANTS
    if node.kind == "call":
        if node.name == "abs":
            inner = node.args[0]
            return inner == sym("z") or (inner.kind == "mul" and all(a.kind == "sym" and a.name.isupper() for a in inner.args))
        return node.name[:1] == "@"
    if node.kind == "rel":
        return False
    return node.kind in _NAMING and bool(node.args) and all(name_like(a) for a in node.args)


def _renamed(gold: Node, answer: Node, same: Same) -> bool:
    """Two definitions of one name; a function may be defined with another letter, or as y."""
    left, right = gold.args[0], answer.args[0]
    value, other = gold.args[-1], answer.args[-1]
    if left == right:
        return same(value, other)
    if left.kind == right.kind == "call" and left.name == right.name and len(left.args) == len(right.args) == 1:
        old, new = right.args[0], left.args[0]
        if old.kind == new.kind == "sym" and new not in set(other.walk()):
            return same(value, replaced(other, old, new))
    if {left.kind, right.kind} == {"call", "sym"} and sym("y") in (left, right) and (left if left.kind == "call" else right).name[:1] == "@":
        return same(value, other)
    return left.kind == right.kind == "group" and left.args != right.args and len(left.args) == 1 and same(value, other)


def _equivalent(gold: Node, answer: Node, same: Same) -> bool:
    """Two single relations with the same solutions because one side-difference is a constant multiple of the other."""
    one, two = gold.name, answer.name
    if len(gold.args) != len(answer.args):
        return False
    if one == two and all(_holds(same, a, b) for a, b in zip(gold.args, answer.args, strict=True)):
        return True
    if len(gold.args) != 2 or one not in _FLIPPED or two not in _FLIPPED:
        return False
    left, right = _difference(gold), _difference(answer)
    if one == two:
        return proportional(left, right, positive=one in ("<", ">", "<=", ">="))
    return one == _FLIPPED[two] and proportional(left, Node("neg", (right,)), positive=True)


def _same_curve(explicit: Node, implicit: Node) -> bool:
    """`y = f(x)` and an equation of the first degree in y that f solves: `y = 3/x` and `xy = 3`."""
    if explicit.name != "=" or implicit.name != "=" or explicit.args[0].kind != "sym" or not name_like(explicit.args[0]):
        return False
    name, value = explicit.args[0], explicit.args[1]
    names = free_symbols(implicit)
    if name.name not in names or name.name in free_symbols(value) or not free_symbols(value) or names - {name.name} != free_symbols(value):
        return False
    at = [replaced(_difference(implicit), name, new) for new in (value, Node("add", (value, sym("?"))), Node("neg", (sym("?"),)))]
    zero = Node("mul", (sym("?"), Node("add", (at[1], Node("neg", (at[1],))))))
    if not same_expression(at[0], zero):
        return False
    doubled = replaced(at[1], sym("?"), Node("add", (sym("?"), sym("?"))))
    linear = same_expression(doubled, Node("add", (at[1], at[1])))
    return linear and not same_expression(at[1], zero)


def _difference(node: Node) -> Node:
    return Node("add", (node.args[0], Node("neg", (node.args[1],))))
