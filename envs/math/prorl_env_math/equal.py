"""Whether two trees say the same: numbers and expressions by value, lists, tuples, sets, intervals, matrices and relations by structure.

Conventions, each in one place below: a bare list and a set are unordered, a tuple is ordered; brackets of an interval count; `x = 5` is
`5`; `x < 3` is the interval; a unit, a percent sign or a degree sign may be missing on one side but not differ.
"""

from prorl_env_math.expression import approximates, proportional, same_expression
from prorl_env_math.limits import MAX_UNORDERED, LimitError, ParseError, UndefinedError
from prorl_env_math.nodes import CONSTANTS, Node, free_symbols, num, sym

_INFINITY = sym("oo")
_COLLECTIONS = frozenset({"seq", "group", "set", "union", "matrix", "rel", "pm", "row"})
_FLIPPED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "=", "!=": "!="}


def same(gold: Node, answer: Node) -> bool:
    """True where the answer means what the gold means. Raises LimitError, ParseError or UndefinedError where that cannot be decided."""
    if gold == answer:
        return True
    gold, answer = _spread(gold), _spread(answer)
    if gold.kind == "rel" or answer.kind == "rel":
        return _same_relation(gold, answer)
    if gold.kind in _COLLECTIONS or answer.kind in _COLLECTIONS:
        return _same_collection(gold, answer)
    return _same_value(gold, answer)


# Values


def _same_value(gold: Node, answer: Node) -> bool:
    if _is_literal(gold) or _is_literal(answer):
        return False  # literals are equal only to themselves, and `same` has compared the nodes
    if "base" in (gold.name, answer.name):
        return False
    (gold, unit), (answer, other) = _split_unit(gold), _split_unit(answer)
    if unit and other and unit != other:
        return False
    if same_expression(gold, answer):
        return True
    if free_symbols(gold) or free_symbols(answer):
        return False
    if _without_sign(gold) is not None or _without_sign(answer) is not None:
        one, two = _without_sign(gold), _without_sign(answer)
        if (one is None) != (two is None) and same_expression(one or gold, two or answer):
            return True
    return approximates(gold, answer) or approximates(answer, gold)


def _is_literal(node: Node) -> bool:
    """Infinities, the empty set, an ellipsis, a quoted word."""
    if node.kind == "neg":
        return node.args[0] == _INFINITY
    return node.kind == "sym" and (node.name in ("oo", "empty", "dots") or node.name.startswith("text:"))


def _without_sign(node: Node) -> Node | None:
    """The number before a percent or degree sign, or None where there is no such sign."""
    if node.kind == "neg":
        inner = _without_sign(node.args[0])
        return None if inner is None else Node("neg", (inner,))
    return node.args[0] if node.kind == "call" and node.name in ("percent", "deg") else None


def _split_unit(node: Node) -> tuple[Node, str]:
    """The node without its trailing \\text unit, and the unit in one spelling."""
    if node.kind == "neg":
        inner, unit = _split_unit(node.args[0])
        return Node("neg", (inner,)), unit
    if node.kind != "mul":
        return node, ""
    kept = [a for a in node.args if not _is_unit(a)]
    if len(kept) == len(node.args) or not kept:
        return node, ""
    unit = "".join(_unit_name(a) for a in node.args if _is_unit(a))
    return (kept[0] if len(kept) == 1 else Node("mul", tuple(kept))), unit


def _is_unit(node: Node) -> bool:
    base = node.args[0] if node.kind == "pow" else node
    return base.kind == "sym" and base.name.startswith("text:")


def _unit_name(node: Node) -> str:
    base, power = (node.args[0], str(node.args[1].value)) if node.kind == "pow" else (node, "")
    name = base.name[5:].strip(".,()")
    return (name[:-1] if len(name) > 2 and name.endswith("s") else name) + power


# Plus-minus


def _spread(node: Node) -> Node:
    """Lists with every plus-minus written out; other nodes unchanged."""
    if node.kind == "pm":
        return Node("seq", (_signed(node, up=True), _signed(node, up=False)))
    if node.kind in ("seq", "set") and any(_contains_pm(a) for a in node.args):
        items: list[Node] = []
        for item in node.args:
            items.extend((_signed(item, up=True), _signed(item, up=False)) if _contains_pm(item) else (item,))
        return Node(node.kind, tuple(items))
    if node.kind in ("add", "mul", "div", "neg", "rel") and _contains_pm(node):
        return Node("seq", (_signed(node, up=True), _signed(node, up=False)))
    return node


def _contains_pm(node: Node) -> bool:
    return any(n.kind == "pm" for n in node.walk())


def _signed(node: Node, *, up: bool) -> Node:
    if node.kind == "pm":
        left, right = (_signed(a, up=up) for a in node.args)
        right = right if (node.name == "pm") == up else Node("neg", (right,))
        return right if left == num(0) else Node("add", (left, right))
    return Node(node.kind, tuple(_signed(a, up=up) for a in node.args), node.name, node.value) if node.args else node


# Collections


def _same_collection(gold: Node, answer: Node) -> bool:
    if gold.kind == "union" or answer.kind == "union":
        return _unordered(_flat_union(gold), _flat_union(answer))
    if gold.kind == "matrix" or answer.kind == "matrix":
        one, two = _rows(gold), _rows(answer)
        return one is not None and two is not None and len(one) == len(two) and all(_ordered(a, b) for a, b in zip(one, two, strict=True))
    bare = {"seq", "set"}
    if gold.kind in bare and answer.kind in bare:
        return _unordered(gold.args, answer.args)
    if gold.kind == answer.kind == "group":
        return gold.name == answer.name and _ordered(gold.args, answer.args)
    if gold.kind == "seq" and answer.kind == "group" and answer.name == "()":
        return _ordered(gold.args, answer.args)
    return False


def _flat_union(node: Node) -> tuple[Node, ...]:
    parts: list[Node] = []
    for part in node.args if node.kind in ("union", "seq") else (node,):
        interval = _interval(part)
        parts.append(part if interval is None else interval[1])
    return tuple(parts)


def _rows(node: Node) -> list[tuple[Node, ...]] | None:
    """A matrix by rows; a tuple counts as a column, a one-row matrix as a column too."""
    if node.kind == "matrix":
        rows = [r.args for r in node.args]
        return [(a,) for a in rows[0]] if len(rows) == 1 else rows
    if node.kind == "group" and node.name in ("()", "[]"):
        if all(a.kind == "group" for a in node.args):
            return [a.args for a in node.args]
        return [(a,) for a in node.args]
    return None


def _ordered(gold: tuple[Node, ...], answer: tuple[Node, ...]) -> bool:
    return len(gold) == len(answer) and all(same(a, b) for a, b in zip(gold, answer, strict=True))


def _unordered(gold: tuple[Node, ...], answer: tuple[Node, ...]) -> bool:
    """The same items in any order; labelled against bare items (`x = 1, y = 2` against `1, 2`) keep their order."""
    if len(gold) != len(answer):
        return False
    if (any(a.kind == "rel" for a in gold) != any(a.kind == "rel" for a in answer)) and len({_label(a) for a in (*gold, *answer)}) > 2:
        return _ordered(gold, answer)
    rest = list(answer)
    unmatched: list[Node] = []
    for item in gold:
        if item in rest:
            rest.remove(item)
        else:
            unmatched.append(item)
    if len(unmatched) > MAX_UNORDERED:
        raise LimitError(f"more than {MAX_UNORDERED} items to match without order")
    for item in unmatched:
        match = next((i for i, other in enumerate(rest) if same(item, other)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _label(node: Node) -> str:
    return repr(node.args[0]) if node.kind == "rel" else ""


# Relations


def _same_relation(gold: Node, answer: Node) -> bool:
    if gold.kind == "rel" and answer.kind == "rel":
        if _is_definition(gold) and _is_definition(answer) and _renamed(gold, answer):
            return True
        one, two = _interval(gold), _interval(answer)
        if one is not None and two is not None:
            return one[0] == two[0] and same(one[1], two[1])
        return _equivalent(gold, answer)
    relation, other = (gold, answer) if gold.kind == "rel" else (answer, gold)
    value = _defined(relation)
    if value is not None:
        return same(value, other) if relation is gold else same(other, value)
    interval = _interval(relation)
    if interval is None:
        return False
    return same(interval[1], other) if relation is gold else same(other, interval[1])


def _is_definition(node: Node) -> bool:
    """`name = value` or `name in set`, chains of equalities included; a name has no number in it."""
    return set(node.name.split()) in ({"="}, {"in"}) and _name_like(node.args[0])


def _defined(node: Node) -> Node | None:
    """What a relation says a thing is: the last side of `x = 5`, `5 = x`, or of a true chain of constants such as `\\sqrt{4} = 2`."""
    if _is_definition(node):
        return node.args[-1]
    if set(node.name.split()) != {"="}:
        return None
    if _name_like(node.args[-1]) and not free_symbols(node.args[0]):
        return node.args[0]
    constant = not any(free_symbols(a) for a in node.args)
    return node.args[-1] if constant and all(_same_or_false(node.args[-1], a) for a in node.args[:-1]) else None


def _name_like(node: Node) -> bool:
    if node.kind == "sym":
        return node.name not in CONSTANTS
    if node.kind == "call" and node.name[:1] == "@":
        return True
    return node.kind in ("mul", "div", "group", "seq") and all(_name_like(a) for a in node.args)


def _renamed(gold: Node, answer: Node) -> bool:
    """Two definitions of one name; a function may be defined with another letter."""
    left, right = gold.args[0], answer.args[0]
    value, other = gold.args[-1], answer.args[-1]
    if left == right:
        return same(value, other)
    if left.kind == right.kind == "call" and left.name == right.name and len(left.args) == len(right.args) == 1:
        old, new = right.args[0], left.args[0]
        if old.kind == new.kind == "sym" and new not in set(other.walk()):
            return same(value, _replaced(other, old, new))
    return left.kind == right.kind == "group" and left.args != right.args and len(left.args) == 1 and same(value, other)


def _replaced(node: Node, old: Node, new: Node) -> Node:
    if node == old:
        return new
    return Node(node.kind, tuple(_replaced(a, old, new) for a in node.args), node.name, node.value) if node.args else node


def _interval(node: Node) -> tuple[Node, Node] | None:
    """(variable, interval) of a relation that bounds one name by constants, as `-1 < x <= 3`; None for anything else."""
    if node.kind != "rel":
        return None
    ops, sides = node.name.split(), node.args
    if len(ops) == 2 and ops[0][0] == ops[1][0] and ops[0][0] in "<>":
        low, name, high = sides
        if ops[0][0] == ">":
            low, high, ops = high, low, [_FLIPPED[ops[1]], _FLIPPED[ops[0]]]
    elif len(ops) == 1 and ops[0][0] in "<>":
        name, bound, op = sides[0], sides[1], ops[0]
        if not _name_like(name):
            name, bound, op = bound, name, _FLIPPED[op]
        low, high, ops = (Node("neg", (_INFINITY,)), bound, ["<", op]) if op[0] == "<" else (bound, _INFINITY, [_FLIPPED[op], "<"])
    elif len(ops) == 1 and ops[0] == "=" and sides[0].kind == "sym" and _name_like(sides[0]) and not free_symbols(sides[1]):
        return sides[0], Node("set", (sides[1],))
    elif len(ops) == 1 and ops[0] == "in" and _name_like(sides[0]):
        return sides[0], sides[1]
    else:
        return None
    if not _name_like(name) or free_symbols(low) & free_symbols(name) or free_symbols(high) & free_symbols(name):
        return None
    return name, Node("group", (low, high), ("(" if ops[0] == "<" else "[") + (")" if ops[1] == "<" else "]"))


def _equivalent(gold: Node, answer: Node) -> bool:
    """Two single relations with the same solutions because one side-difference is a constant multiple of the other."""
    one, two = gold.name, answer.name
    if len(gold.args) != len(answer.args):
        return False
    if one == two and all(_same_or_false(a, b) for a, b in zip(gold.args, answer.args, strict=True)):
        return True
    if len(gold.args) != 2 or len(answer.args) != 2 or one not in _FLIPPED or two not in _FLIPPED:
        return False
    left, right = _difference(gold), _difference(answer)
    if one == two:
        return proportional(left, right, positive=one in ("<", ">", "<=", ">="))
    return one == _FLIPPED[two] and proportional(left, Node("neg", (right,)), positive=True)


def _same_or_false(a: Node, b: Node) -> bool:
    try:
        return same(a, b)
    except (ParseError, UndefinedError):
        return False


def _difference(node: Node) -> Node:
    return Node("add", (node.args[0], Node("neg", (node.args[1],))))
