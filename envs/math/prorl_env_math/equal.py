"""Whether two trees say the same: the dispatch over kinds, plus-minus, and how relations, sets and values stand for one another.

What order, type and precision mean is said once, in the decision page on the checker's conventions; the modules below hold one part each:
`values` (numbers, units, roundings), `lists` (order and labels), `realsets` (intervals and inequalities), `relations`, `progressions`.
"""

from prorl_env_math.limits import ParseError, UndefinedError
from prorl_env_math.lists import same_collection
from prorl_env_math.matrices import folded, transposed
from prorl_env_math.nodes import Node, num, replaced, sym
from prorl_env_math.progressions import bound, exchanged, same_family
from prorl_env_math.realsets import same_line
from prorl_env_math.relations import defined, measured, name_like, same_relation
from prorl_env_math.values import same_value

_COLLECTIONS = frozenset({"seq", "group", "set", "union", "inter", "minus", "matrix", "rel", "pm", "row", "cases"})
_SETS = frozenset({"rel", "union", "inter", "minus"})


def same(gold: Node, answer: Node) -> bool:
    """True where the answer means what the gold means. Raises LimitError, ParseError or UndefinedError where that cannot be decided."""
    return _same(_prepared(gold), _prepared(answer))


def _prepared(node: Node) -> Node:
    if node.kind == "group" and node.name == "[]" and len(node.args) == 1:
        node = node.args[0]
    return _solutions(_unlabelled(bound(_transposes(folded(_one_letter(node))))))


def _one_letter(node: Node) -> Node:
    """The tree with the variable of every sum, integral and limit under one name, which is no letter."""
    if not any(n.kind == "big" for n in node.walk()):
        return node
    node = Node(node.kind, tuple(map(_one_letter, node.args)), node.name, node.value)
    if node.kind != "big":
        return node
    operator, name = node.name.split()
    body, *bounds = node.args
    level = 1 + sum(n.kind == "big" for n in body.walk())
    return Node("big", (replaced(body, sym(name), sym(f"@{level}")), *bounds), f"{operator} @{level}")


def _transposes(node: Node) -> Node:
    """`[1, 2]^T` as the column that it is."""
    if node.kind == "pow" and node.args[1].name in ("T", "text:t"):
        base = node.args[0]
        if base.kind == "group" and base.args:
            return Node("matrix", tuple(Node("row", (a,)) for a in base.args))
        return transposed(base) if base.kind == "matrix" else node
    return node


def _unlabelled(node: Node) -> Node:
    """`A(1, 2)`, a point with its name, as the point."""
    if node.kind == "mul" and len(node.args) == 2 and node.args[1].kind == "group" and len(node.args[1].args) > 1:
        name = node.args[0]
        return node.args[1] if name.kind == "sym" and name.name[:1].isupper() else node
    if node.kind == "call" and node.name in ("@P", "@Q", "@F", "@G", "@H", "@T") and len(node.args) > 1:
        return Node("group", node.args, "()")
    return Node(node.kind, tuple(map(_unlabelled, node.args)), node.name) if node.kind in ("seq", "set") else node


def _same(gold: Node, answer: Node) -> bool:
    if gold == answer:
        return True
    if "family" in (gold.kind, answer.kind):
        return same_family(gold, answer, _same)
    if gold.kind == answer.kind == "seq" and any(a.kind == "family" for a in gold.args):
        return same_collection(gold, answer, _same)
    gold, answer = _spread(gold), _spread(answer)
    if _SETS & {gold.kind, answer.kind} or _bounded_list(gold) or _bounded_list(answer) or {"reals", "R"} & {gold.name, answer.name}:
        return _same_sets(gold, answer)
    return _same_kind(gold, answer)


def _same_kind(gold: Node, answer: Node) -> bool:
    if gold.kind == "rel" or answer.kind == "rel":
        return ((_labels(gold) or _labels(answer)) and same_collection(gold, answer, _same)) or _relation(gold, answer)
    if gold.kind in _COLLECTIONS or answer.kind in _COLLECTIONS:
        return same_collection(gold, answer, _same)
    return same_value(gold, answer)


def _labels(node: Node) -> bool:
    """True for `(x, y) = (1, 2)`, which is two labelled values; a list of labelled values is a list."""
    if node.kind != "rel":
        return node.kind in ("seq", "set") and any(a.kind == "rel" for a in node.args)
    if len(node.args) > 2:
        return set(node.name.split()) == {"="} and all(map(name_like, node.args[:-1]))
    return node.name == "=" and all(a.kind in ("group", "seq", "matrix") for a in node.args)


def _same_sets(gold: Node, answer: Node) -> bool:
    """By structure, else as sets of real numbers."""
    try:
        if not _joined_otherwise(gold, answer) and _same_kind(gold, answer):
            return True
    except (ParseError, UndefinedError):
        pass
    try:
        return same_line(gold, answer)
    except (ParseError, UndefinedError):
        return False


def _joined_otherwise(gold: Node, answer: Node) -> bool:
    """True where the same inequalities would be joined by "and" on one side and by "or" on the other."""
    return {gold.name, answer.name} == {"or", "and"} and any(a.kind == "rel" and set("<>") & set(a.name) for a in gold.args)


def _bounded_list(node: Node) -> bool:
    """True for a list of intervals or inequalities."""
    return node.kind in ("seq", "set") and all(a.kind in ("rel", "group", "union", "sym", "set") for a in node.args) and len(node.args) > 1


def _relation(gold: Node, answer: Node) -> bool:
    if gold.kind == answer.kind == "rel":
        moved = exchanged(gold, answer)
        return same_relation(gold, answer, _same) or (moved is not None and same_relation(gold, moved, _same))
    relation, other = (gold, answer) if gold.kind == "rel" else (answer, gold)
    values = defined(relation, _same)
    if (value := measured(relation)) is not None:
        values = (*values, value)
    if relation is gold and (moved := exchanged(gold, answer)) is not None and any(_same(v, moved) for v in values):
        return True
    return any(_same(v, other) if relation is gold else _same(other, v) for v in values)


# Plus-minus


def _solutions(node: Node) -> Node:
    """`x = 2, y = 3 or x = 3, y = 2` as a list of tuples: labels that come round again part the solutions."""
    if node.kind != "seq" or not all(a.kind == "rel" and a.name == "=" and name_like(a.args[0]) and len(a.args) == 2 for a in node.args):
        return node
    labels = [a.args[0] for a in node.args]
    width = len(dict.fromkeys(labels))
    if not 1 < width < len(labels) or labels != labels[:width] * (len(labels) // width):
        return node
    values = [a.args[1] for a in node.args]
    return Node("seq", tuple(Node("group", tuple(values[i : i + width]), "()") for i in range(0, len(values), width)), node.name)


def _spread(node: Node) -> Node:
    """Lists with every plus-minus written out; other nodes unchanged."""
    if node.kind == "pm":
        return Node("seq", (_signed(node, up=True), _signed(node, up=False)))
    if node.kind in ("seq", "set") and any(_contains_pm(a) for a in node.args):
        items: list[Node] = []
        for item in node.args:
            items.extend((_signed(item, up=True), _signed(item, up=False)) if _contains_pm(item) else (item,))
        return Node(node.kind, tuple(items), node.name)
    if node.kind in ("add", "mul", "div", "neg", "rel", "group") and _contains_pm(node):
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
