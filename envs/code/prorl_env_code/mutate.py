"""Small faults for a right program: one wrong constant, operator, comparison or function, as people make them.

A mutation that no test notices is no fault, so `broken` tries them in random order and gives the first one that fails.
"""

import ast
import copy
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from prorl_env_code.compare import same_value
from prorl_env_code.problems import evaluate

_SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.FloorDiv: ast.Mod,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
_NAMES = {"max": "min", "min": "max", "upper": "lower", "lower": "upper", "sum": "max", "len": "sum"}


def broken(source: str, tests: Sequence[tuple[Sequence[Any], Any]], rng: random.Random) -> str | None:
    """`source` with one fault that at least one test shows; None where no mutation does."""
    tree = ast.parse(source)
    edits = list(_edits(tree))
    rng.shuffle(edits)
    inputs = [args for args, _ in tests]
    for edit in edits:
        edit(True)
        text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree)))
        edit(False)
        results = evaluate(text, copy.deepcopy(inputs))
        if any(not same_value(got, wanted) for got, (_, wanted) in zip(results, tests, strict=True)):
            return text.replace(":\n    return ", ": return ") if "\n" not in source else text
    return None


def _edits(tree: ast.AST) -> Iterator[Callable[[bool], None]]:
    """Every edit as a function that does it (True) or takes it back (False)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            for change in (1, -1):
                yield _setter(node, "value", node.value + change)
        elif isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign) and type(node.op) in _SWAPPED:
            yield _setter(node, "op", _SWAPPED[type(node.op)]())
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED:
            yield _setter(node, "ops", [_SWAPPED[type(node.ops[0])](), *node.ops[1:]])
        elif isinstance(node, ast.Name) and node.id in _NAMES:
            yield _setter(node, "id", _NAMES[node.id])
        elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
            yield _setter(node, "attr", _NAMES[node.attr])


def _setter(node: ast.AST, name: str, value: Any) -> Callable[[bool], None]:
    before = getattr(node, name)
    return lambda do: setattr(node, name, value if do else before)
