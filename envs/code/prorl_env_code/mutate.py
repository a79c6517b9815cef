"""Small faults for a right program: one wrong constant, operator, comparison, condition, bound or function, or a missing statement.

`mutants` lists them all, as texts, for the measurement in `mutation`, which runs them in a sandbox. `broken` gives one of the mild kinds,
which can neither loop without bound nor fill the memory when the right program does not: a fault that a test is known to show.
"""

import ast
import copy
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from prorl_env_code.compare import same_value
from prorl_env_code.problems import evaluate

Edit = Callable[[bool], None]
"""Does a change to the tree (True), or takes it back (False)."""

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
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_TURNED: dict[type[ast.AST], type[ast.AST]] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
_NAMES = {"max": "min", "min": "max", "upper": "lower", "lower": "upper", "sum": "max", "len": "sum"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Mutant:
    """A program with one fault, and the kind of the fault."""

    kind: str
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every program that is `source` with one fault, each text once. Raises SyntaxError where `source` is not Python."""
    tree = ast.parse(source)
    seen = {ast.unparse(tree)}
    for kind, edit in (*_mild(tree), *_harsh(tree)):
        text = _edited(tree, edit)
        if text not in seen:
            seen.add(text)
            yield Mutant(kind=kind, source=text)


def broken(source: str, tests: Sequence[tuple[Sequence[Any], Any]], rng: random.Random, *, faults: int = 1) -> str | None:
    """`source` with that many mild faults, one after the other, which at least one test shows; None where no mutation does.

    For references of this package only: they are run in this process.
    """
    text, seen = source, {ast.unparse(ast.parse(source))}
    for _ in range(faults):
        found = _worse(text, tests, rng, seen)
        if found is None:
            break
        text = found
        seen.add(text)
    if text == source:
        return None
    return text.replace(":\n    return ", ": return ") if "\n" not in source else text


def _worse(source: str, tests: Sequence[tuple[Sequence[Any], Any]], rng: random.Random, seen: Collection[str]) -> str | None:
    """`source` with one more mild fault, wrong on a test and none of the programs seen."""
    tree = ast.parse(source)
    edits = [edit for _, edit in _mild(tree)]
    rng.shuffle(edits)
    inputs = [args for args, _ in tests]
    for edit in edits:
        text = _edited(tree, edit)
        if text in seen:
            continue
        results = evaluate(text, copy.deepcopy(inputs))
        if any(not same_value(got, wanted) for got, (_, wanted) in zip(results, tests, strict=True)):
            return text
    return None


def _edited(tree: ast.AST, edit: Edit) -> str:
    edit(True)
    text = ast.unparse(ast.fix_missing_locations(copy.deepcopy(tree)))
    edit(False)
    return text


def _mild(tree: ast.AST) -> Iterator[tuple[str, Edit]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and type(node.value) is int:
            for change in (1, -1):
                yield "constant", _setter(node, "value", node.value + change)
        elif isinstance(node, ast.BinOp | ast.AugAssign) and type(node.op) in _SWAPPED:
            yield "operator", _setter(node, "op", _SWAPPED[type(node.op)]())
        elif isinstance(node, ast.BoolOp):
            yield "condition", _setter(node, "op", _SWAPPED[type(node.op)]())
        elif isinstance(node, ast.Compare) and type(node.ops[0]) in _SWAPPED:
            yield "comparison", _setter(node, "ops", [_SWAPPED[type(node.ops[0])](), *node.ops[1:]])
        elif isinstance(node, ast.Name) and node.id in _NAMES:
            yield "function", _setter(node, "id", _NAMES[node.id])
        elif isinstance(node, ast.Attribute) and node.attr in _NAMES:
            yield "function", _setter(node, "attr", _NAMES[node.attr])


def _harsh(tree: ast.AST) -> Iterator[tuple[str, Edit]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield "text", _setter(node, "value", node.value[1:] if len(node.value) > 1 else node.value + "~")
        elif isinstance(node, ast.Compare):
            yield from _turned(node)
        elif isinstance(node, ast.If | ast.IfExp):
            for value in (True, False):
                yield "condition", _setter(node, "test", ast.Constant(value))
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
            yield "operator", _setter(node, "operand", ast.UnaryOp(op=type(node.op)(), operand=node.operand))
        elif isinstance(node, ast.comprehension) and node.ifs:
            yield "condition", _setter(node, "ifs", node.ifs[1:])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
            yield from _off_by_one(node)
        elif isinstance(node, ast.Slice):
            yield from (("bound", _setter(node, part, None)) for part in ("lower", "upper", "step") if getattr(node, part) is not None)
        for body in ("body", "orelse"):
            yield from _removed(node, body)


def _turned(node: ast.Compare) -> Iterator[tuple[str, Edit]]:
    for place, op in enumerate(node.ops):
        for table in (_TURNED, _SWAPPED) if place else (_TURNED,):
            if type(op) in table:
                yield "comparison", _setter(node, "ops", [*node.ops[:place], table[type(op)](), *node.ops[place + 1 :]])


def _off_by_one(node: ast.Call) -> Iterator[tuple[str, Edit]]:
    place = 0 if len(node.args) == 1 else 1
    for op in (ast.Add(), ast.Sub()):
        bound = ast.BinOp(left=node.args[place], op=op, right=ast.Constant(1))
        yield "bound", _setter(node, "args", [*node.args[:place], bound, *node.args[place + 1 :]])


def _removed(node: ast.AST, field: str) -> Iterator[tuple[str, Edit]]:
    statements: Any = getattr(node, field, None)
    if not isinstance(statements, list):
        return
    for place, statement in enumerate(statements):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
        if isinstance(statement, ast.stmt) and not isinstance(statement, ast.Return | ast.FunctionDef):
            yield "statement", _setter(node, field, [*statements[:place], ast.Pass(), *statements[place + 1 :]])  # pyright: ignore[reportUnknownArgumentType]


def _setter(node: ast.AST, name: str, value: Any) -> Edit:
    before = getattr(node, name)
    return lambda do: setattr(node, name, value if do else before)
