r"""Checks that put the answer back into the problem, for tasks with many right answers or many ways to write one.

A task names one in `metadata["check"]`, an object with `kind` and that kind's fields; all mathematics in it is text that the parser reads:

kind            fields                                     right is
antiderivative  of, by                                     every F with dF/dby = of, whatever the constant
inverse         of, by                                     every g with of(g(by)) = by
solves          equations, names; integers, nonzero        values of the names, in their order or by name, that satisfy every equation
sequence        terms, by, start                           every formula in `by` that gives the terms, the first at by = start
ode             coefficients, rhs, by                      every y that is not 0 with c0 y + c1 y' + c2 y'' = rhs

An answer that cannot be read is wrong; a check that cannot be read is a broken gold. Sizes are bounded before anything is differentiated.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from prorl_env_math.antiderivative import is_antiderivative
from prorl_env_math.checker import GoldError, Judgement
from prorl_env_math.clean import clean
from prorl_env_math.differentiate import derivative
from prorl_env_math.equal import same
from prorl_env_math.expression import same_expression
from prorl_env_math.limits import BUDGET, MAX_CHARS, Budget, LimitError, ParseError, UndefinedError
from prorl_env_math.nodes import Node, free_symbols, num, sym
from prorl_env_math.parse import parse

MAX_NODES = 80
"""Nodes of an answer that is differentiated twice or put into an equation; each step multiplies them."""


def run_check(check: Mapping[str, Any], answer: str) -> Judgement:
    """The judgement of the named check. Raises GoldError where the check is unknown, lacks a field or cannot be read."""
    kind = check.get("kind")
    if kind not in KINDS:
        raise GoldError(f"the task's check is of the kind {kind!r}; expected one of {', '.join(KINDS)}")
    fields, function = KINDS[kind]
    if missing := [name for name in fields if name not in check]:
        raise GoldError(f"the task's check {kind!r} needs the field {missing[0]!r}; it has {', '.join(check)}")
    if len(answer) > MAX_CHARS:
        return Judgement(False, f"limit: {len(answer)} characters, at most {MAX_CHARS} are checked")
    token = BUDGET.set(Budget())
    try:
        equal = function(check, clean(answer))
    except LimitError as error:
        return Judgement(False, f"limit: {error}")
    except (ParseError, UndefinedError):
        equal = False
    finally:
        BUDGET.reset(token)
    return Judgement(equal, "equal" if equal else "different")


def substitute(node: Node, values: Mapping[str, Node]) -> Node:
    """The tree with these names replaced."""
    if node.kind == "sym":
        return values.get(node.name, node)
    return Node(node.kind, tuple(substitute(a, values) for a in node.args), node.name, node.value) if node.args else node


def _read(text: Any) -> Node:
    """A tree of the task's own text."""
    try:
        return parse(clean(str(text)))
    except (ParseError, LimitError) as error:
        raise GoldError(f"the check's {str(text)[:80]!r} cannot be read: {error}") from error


def _formula(answer: str) -> Node:
    """The answer's tree, of `y = ...` the right side. Raises LimitError where it is too large to work on."""
    tree = parse(answer)
    if tree.kind == "rel" and set(tree.name.split()) == {"="}:
        tree = tree.args[-1]
    _bounded(tree)
    return tree


def _bounded(tree: Node) -> None:
    if sum(1 for _ in tree.walk()) > MAX_NODES:
        raise LimitError(f"an answer of more than {MAX_NODES} parts, where it is put into the problem")


def _antiderivative(check: Mapping[str, Any], answer: str) -> bool:
    return is_antiderivative(answer, str(check["of"]), str(check["by"]))


def _inverse(check: Mapping[str, Any], answer: str) -> bool:
    by, of, tree = str(check["by"]), _read(check["of"]), _formula(answer)
    return free_symbols(tree) == frozenset({by}) and same_expression(substitute(of, {by: tree}), sym(by))


def _sequence(check: Mapping[str, Any], answer: str) -> bool:
    by, tree = str(check["by"]), _formula(answer)
    if not free_symbols(tree) <= {by}:
        return False
    terms = [_read(term) for term in check["terms"]]
    return all(same_expression(term, substitute(tree, {by: num(n)})) for n, term in enumerate(terms, int(check["start"])))


def _ode(check: Mapping[str, Any], answer: str) -> bool:
    by, y = str(check["by"]), _formula(answer)
    if same_expression(y, num(0)):
        return False
    terms: list[Node] = []
    for coefficient in check["coefficients"]:
        terms.append(Node("mul", (_read(coefficient), y)))
        y = derivative(y, by)
    return same_expression(Node("add", tuple(terms)), _read(check["rhs"]))


def _solves(check: Mapping[str, Any], answer: str) -> bool:
    names = [str(n) for n in check["names"]]
    values = _assigned(parse(answer), names)
    if values is None or any(free_symbols(v) for v in values.values()):
        return False
    if check.get("integers") and not all(_is_whole(v) for v in values.values()):
        return False
    if check.get("nonzero") and all(same_expression(v, num(0)) for v in values.values()):
        return False
    return all(_holds(_read(equation), values) for equation in check["equations"])


def _assigned(tree: Node, names: Sequence[str]) -> dict[str, Node] | None:
    """Name to value from `(1, 2)`, a row or column, `x = 1, y = 2` or `(x, y) = (1, 2)`; None for anything else."""
    _bounded(tree)
    if tree.kind == "rel" and tree.name == "=" and len(names) > 1:
        if [a.name for a in tree.args[0].args] != list(names):
            return None
        tree = tree.args[1]
    items = tree.args if tree.kind in ("seq", "group") else _entries(tree) if tree.kind == "matrix" else (tree,)
    if len(items) != len(names) or tree.name in ("[)", "(]"):
        return None
    if all(item.kind == "rel" and item.name == "=" and item.args[0].kind == "sym" for item in items):
        named = {item.args[0].name: item.args[1] for item in items}
        return named if set(named) == set(names) else None
    return dict(zip(names, items, strict=True))


def _entries(matrix: Node) -> tuple[Node, ...]:
    """The entries of a single row or column, none of any other matrix."""
    rows = [row.args for row in matrix.args]
    return rows[0] if len(rows) == 1 else tuple(row[0] for row in rows) if all(len(row) == 1 for row in rows) else ()


def _is_whole(node: Node) -> bool:
    inner = node.args[0] if node.kind == "neg" else node
    return inner.value is not None and inner.value.denominator == 1


def _holds(equation: Node, values: Mapping[str, Node]) -> bool:
    if equation.kind != "rel" or equation.name != "=":
        raise GoldError("the check's equations are texts with one '='")
    left, right = (substitute(side, values) for side in equation.args)
    return same(left, right)


_Check = Callable[[Mapping[str, Any], str], bool]
KINDS = cast(
    "dict[Any, tuple[tuple[str, ...], _Check]]",
    {
        "antiderivative": (("of", "by"), _antiderivative),
        "inverse": (("of", "by"), _inverse),
        "solves": (("equations", "names"), _solves),
        "sequence": (("terms", "by", "start"), _sequence),
        "ode": (("coefficients", "rhs", "by"), _ode),
    },
)
"""Kind to (fields that it needs, function of the check and the cleaned answer)."""
