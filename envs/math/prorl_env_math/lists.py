"""Whether two collections are the same: lists and sets without order, tuples with it, matrices by rows, unions by parts, labelled values.

`x = 1, y = 2` carries labels: against the same labels each value must fit its own; against bare values the order of the labels counts.
"""

from collections.abc import Callable

from prorl_env_math.limits import MAX_UNORDERED, LimitError, ParseError, UndefinedError
from prorl_env_math.nodes import Node
from prorl_env_math.relations import name_like

Same = Callable[[Node, Node], bool]
_LARGEST = ("max", "largest", "greatest", "biggest", "longest")
_SMALLEST = ("min", "smallest", "least", "shortest")


def same_collection(gold: Node, answer: Node, same: Same) -> bool:
    """True where both are collections of the same items; where order counts is said in the module's docstring and `equal`."""
    if gold.kind == "union" or answer.kind == "union":
        return unordered(_parts(gold), _parts(answer), same)
    if gold.kind == "matrix" or answer.kind == "matrix":
        one, two = _rows(gold), _rows(answer)
        return one is not None and two is not None and len(one) == len(two) and all(ordered(a, b, same) for a, b in zip(one, two, strict=True))
    if gold.kind == answer.kind == "cases":
        return unordered(gold.args, answer.args, same)
    if gold.kind == answer.kind == "row":
        return ordered(gold.args, answer.args, same)
    labelled = _labelled(gold), _labelled(answer)
    if any(labelled):
        return _same_labelled(gold, answer, labelled, same)
    if gold.kind in ("seq", "set") and answer.kind in ("seq", "set"):
        one, two = _plain(gold), _plain(answer)
        return unordered(_distinct(one), _distinct(two), same) if "set" in (gold.kind, answer.kind) else unordered(one, two, same)
    if gold.kind == answer.kind == "group":
        return gold.name == answer.name and ordered(gold.args, answer.args, same)
    if gold.kind == "seq" and answer.kind == "group" and answer.name == "()":
        return ordered(gold.args, answer.args, same)
    for one, two in ((gold, answer), (answer, gold)):
        if one.kind == "set" and len(one.args) == 1 and two.kind != "set" and one.args[0].name != "empty":
            return same(one.args[0], two) if one is gold else same(two, one.args[0])
    return False


def _parts(node: Node) -> tuple[Node, ...]:
    return node.args if node.kind in ("union", "seq") else (node,)


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


def _distinct(items: tuple[Node, ...]) -> tuple[Node, ...]:
    return tuple(dict.fromkeys(items))


def ordered(gold: tuple[Node, ...], answer: tuple[Node, ...], same: Same) -> bool:
    """True where the items agree one by one."""
    return len(gold) == len(answer) and all(same(a, b) for a, b in zip(gold, answer, strict=True))


def unordered(gold: tuple[Node, ...], answer: tuple[Node, ...], same: Same) -> bool:
    """True where the items agree in some order. Raises LimitError where too many are not literally equal."""
    if len(gold) != len(answer):
        return False
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
        match = next((i for i, other in enumerate(rest) if _holds(same, item, other)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _holds(same: Same, a: Node, b: Node) -> bool:
    try:
        return same(a, b)
    except (ParseError, UndefinedError):
        return False


# Labels


def _labelled(node: Node) -> list[tuple[str, Node]]:
    """(label, value) of each item of `x = 1, y = 2` or `(x, y) = (1, 2)`, where there are two labels or more; else nothing."""
    if node.kind == "rel" and node.name == "=" and len(node.args) == 2 and all(a.kind in ("group", "seq", "matrix") for a in node.args):
        names, values = (_entries(a) for a in node.args)
        if len(names) == len(values) > 1 and all(map(name_like, names)):
            return [(_name(n), v) for n, v in zip(names, values, strict=True)]
        return []
    if node.kind == "rel" and len(node.args) > 2 and set(node.name.split()) == {"="} and all(map(name_like, node.args[:-1])):
        return [(_name(n), node.args[-1]) for n in node.args[:-1]]
    if node.kind not in ("seq", "set") or not all(a.kind == "rel" and set(a.name.split()) == {"="} and name_like(a.args[0]) for a in node.args):
        return []
    pairs = [(_name(a.args[0]), a.args[-1]) for a in node.args]
    return pairs if len({name for name, _ in pairs}) == len(pairs) > 1 else []


def _entries(node: Node) -> tuple[Node, ...]:
    return tuple(cell for row in node.args for cell in row.args) if node.kind == "matrix" else node.args


def _same_labelled(gold: Node, answer: Node, labelled: tuple[list[tuple[str, Node]], list[tuple[str, Node]]], same: Same) -> bool:
    one, two = (dict(pairs) for pairs in labelled)
    if one and two:
        if one.keys() == two.keys():
            return all(same(value, two[name]) for name, value in one.items())
        families = {_family(name) for name in (*one, *two)}
        return len(families) == 1 and unordered(tuple(one.values()), tuple(two.values()), same)
    pairs, other = (labelled[0], answer) if one else (labelled[1], gold)
    values = _plain(other)
    if other.kind not in ("seq", "set", "group") or len(values) != len(pairs) or (other.kind == "group" and other.name != "()"):
        return False
    if other.kind != "group" and len({_family(name) for name, _ in pairs}) == 1:
        return _either_way(tuple(v for _, v in pairs), values, bool(one), same, unordered)
    if other.kind != "group" and len(pairs) == 2 and sorted(_extreme(name) for name, _ in pairs) == [-1, 1]:
        return _extremes(pairs) and _either_way(tuple(v for _, v in pairs), values, bool(one), same, unordered)
    by_name = tuple(v for _, v in sorted(pairs, key=lambda pair: pair[0]))
    return any(_either_way(found, values, bool(one), same, ordered) for found in (tuple(v for _, v in pairs), by_name))


def _either_way(
    labelled: tuple[Node, ...],
    bare: tuple[Node, ...],
    gold_is_labelled: bool,
    same: Same,
    compare: Callable[[tuple[Node, ...], tuple[Node, ...], Same], bool],
) -> bool:
    return compare(labelled, bare, same) if gold_is_labelled else compare(bare, labelled, same)


def _plain(node: Node) -> tuple[Node, ...]:
    """The items, each without its label where all the labels are one name or its numbered forms (`x = 1, x = 2`, `x_1 = 1, x_2 = 2`)."""
    if node.kind not in ("seq", "set"):
        return node.args
    names = [_name(a.args[0]) for a in node.args if a.kind == "rel" and a.name == "=" and name_like(a.args[0])]
    if not names or len({_family(n) for n in names}) > 1:
        return node.args
    if any(a.kind == "rel" and not (a.name == "=" and name_like(a.args[0])) for a in node.args):
        return node.args
    return tuple(a.args[-1] if a.kind == "rel" else a for a in node.args)


def _family(name: str) -> str:
    """A label without its index: `x_1` and `x_2` are values of one thing."""
    stem, _, index = name.partition("_")
    return stem if index.isdigit() else name


def _name(node: Node) -> str:
    return node.name if node.kind == "sym" else repr(node)


def _extremes(pairs: list[tuple[str, Node]]) -> bool:
    """True where what is labelled the largest of two numbers is not below what is labelled the smallest."""
    kinds = [_extreme(name) for name, _ in pairs]
    numbers = [v.value if v.kind == "num" else None for _, v in pairs]
    high, low = (numbers[kinds.index(k)] for k in (1, -1))
    return high is not None and low is not None and high >= low


def _extreme(name: str) -> int:
    lower = name.lower()
    return any(w in lower for w in _LARGEST) - any(w in lower for w in _SMALLEST)
