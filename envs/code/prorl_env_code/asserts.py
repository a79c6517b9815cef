"""Asserts read as calls: what is called with which plain data, and the expression that the results must make true.

    assert sorted(f([3, 1], key=2)) == [1, 3]     Call("f", ([3, 1],), {"key": 2}), and then `sorted(RESULT) == [1, 3]`, judged outside

An assert that ran beside the program would show it the answer; here the program sees the arguments and nothing else. Read are asserts with any
expression that `expressions` evaluates, plain assignments, the bodies of `check(candidate)` and of test functions without arguments, LeetCode's
`Solution().f(...)`. Whatever else tests do (loops, results that are passed on, exceptions that are awaited) is an UnsupportedError: such tests
run as they are, in a jail of their own (`dialogue`).
"""

import ast
import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from prorl_env_code import expressions
from prorl_env_code.expressions import FUNCTIONS, UnsupportedError

MAX_ASSERTS = 2_000
SOLUTION_MODULES = ("solution", "main", "your_module")
"""Modules under which published tests import the program that they test."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One call of the program's function `entry`; with `entry` None, one run on standard input, whose bytes are the only argument."""

    entry: str | None
    args: tuple[Any, ...]
    keywords: Mapping[str, Any] = field(default_factory=dict[str, Any])


@dataclass(frozen=True, kw_only=True, slots=True)
class Assert:
    """Calls, and what their results must make true."""

    calls: tuple[Call, ...]
    condition: ast.expr
    """Over the names `RESULT_0`, `RESULT_1` ..."""

    @property
    def expected(self) -> Any:
        """The literal that the one call's result must equal; None where the condition is another."""
        match self.condition:
            case ast.Compare(left=ast.Name(), ops=[ast.Eq()], comparators=[right]) if len(self.calls) == 1:
                return _plain(right)
            case _:
                return None

    def holds(self, results: Sequence[Any]) -> bool:
        """Whether the condition is true of the calls' results; False where evaluating it fails, as a failing assert does."""
        try:
            return bool(expressions.evaluate(self.condition, {f"RESULT_{i}": value for i, value in enumerate(results)}))
        except expressions.FAILURES:
            return False


def plain_constants(tree: ast.AST) -> None:
    """Raises UnsupportedError where the tests write a value that cannot cross into a jail: a complex number, or an ellipsis."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, complex | type(...)):
            raise UnsupportedError(f"the value {node.value!r}, which is no plain data")


def read(tree: ast.Module, entry: str | None = None) -> list[Assert]:
    """The asserts of parsed tests. `entry` is what `candidate` stands for. Raises UnsupportedError, saying for what."""
    plain_constants(tree)
    reader = _Reader(entry)
    reader.statements(tree.body)
    if not reader.found:
        raise UnsupportedError("tests without an assert that calls the program")
    return reader.found


class _Reader:
    """Walks statements in order; `names` holds what assignments gave."""

    def __init__(self, entry: str | None) -> None:
        self.entry = entry
        self.names: dict[str, ast.expr] = {}
        self.found: list[Assert] = []

    def statements(self, body: Sequence[ast.stmt]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Assert():
                self.assertion(node.test)
            case ast.Assign(targets=[ast.Name(id=name)]):
                self.names[name] = self.filled(node.value)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                pass
            case ast.Expr(value=ast.Call(func=ast.Name(id="check"), args=[ast.Name()])):
                pass
            case ast.Import(names=[ast.alias(name="math", asname=None)]):
                pass
            case ast.ImportFrom(module=module, names=imported):
                known = module == "typing" or module in SOLUTION_MODULES or (module == "math" and {a.name for a in imported} <= {"isclose"})
                if not known or any(a.asname or a.name == "*" for a in imported):
                    raise UnsupportedError(f"an import from {module}")
            case ast.FunctionDef(name=name, args=arguments, decorator_list=[]) if name == "check" or name.startswith("test"):
                self.function(node.body, [a.arg for a in arguments.args])
            case _:
                raise UnsupportedError(type(node).__name__)

    def function(self, body: Sequence[ast.stmt], params: Sequence[str]) -> None:
        if params and (len(params) > 1 or self.entry is None):
            raise UnsupportedError("a test function that takes arguments")
        outer = dict(self.names)
        if params and self.entry is not None:
            self.names[params[0]] = ast.Name(self.entry, ast.Load())
        self.statements(body)
        self.names = outer

    def assertion(self, test: ast.expr) -> None:
        if len(self.found) >= MAX_ASSERTS:
            raise UnsupportedError(f"more than {MAX_ASSERTS} asserts")
        holes = _Holes(self.entry)
        condition = holes.visit(self.filled(test))
        if not holes.calls:
            if _is_true(condition):
                return
            condition = holes.visit_outermost(condition)
        expressions.check(condition, [f"RESULT_{i}" for i in range(len(holes.calls))])
        self.found.append(Assert(calls=tuple(holes.calls), condition=condition))

    def filled(self, node: ast.expr) -> ast.expr:
        """The expression with the assigned names replaced by what they stand for."""
        return _Names(self.names).visit(node)


class _Names(ast.NodeTransformer):
    """Puts copies of what was assigned in the place of names, as long as the whole stays within `MAX_NODES`."""

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self.names = names
        self.left = expressions.MAX_NODES

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = self.names.get(node.id)
        if value is None:
            return node
        self.left -= sum(1 for _ in ast.walk(value))
        if self.left < 0:
            raise UnsupportedError("assignments that grow without bound")
        return copy.deepcopy(value)


class _Holes(ast.NodeTransformer):
    """Takes the calls of the program out of an expression and puts names in their places."""

    def __init__(self, entry: str | None) -> None:
        self.entry = entry
        self.calls: list[Call] = []

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = _called(node)
        if name is None or (name in FUNCTIONS and name != self.entry):
            return cast("ast.expr", self.generic_visit(node))
        return self.taken(node, name)

    def visit_outermost(self, node: ast.expr) -> ast.expr:
        """The expression with its first call taken out, though its name is a known function's: tests that define their own `sum`."""
        for part in ast.walk(node):
            if isinstance(part, ast.Call) and (name := _called(part)):
                return _Swap(part, self.taken(part, name)).visit(node)
        raise UnsupportedError("an assert that calls nothing and is not true")

    def taken(self, node: ast.Call, name: str) -> ast.expr:
        if any(isinstance(a, ast.Starred) for a in node.args):
            raise UnsupportedError("* in a call")
        args = tuple(_literal(a) for a in node.args)
        keywords = {k.arg: _literal(k.value) for k in node.keywords if k.arg is not None}
        if len(keywords) < len(node.keywords):
            raise UnsupportedError("** in a call")
        self.calls.append(Call(entry=name, args=args, keywords=keywords))
        return ast.Name(f"RESULT_{len(self.calls) - 1}", ast.Load())


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.expr, new: ast.expr) -> None:
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> Any:
        return self.new if node is self.old else self.generic_visit(node)


def _called(node: ast.Call) -> str | None:
    """The name of the plain function that is called, or of a method of `Solution()`."""
    match node.func:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Call(func=ast.Name(id="Solution"), args=[], keywords=[]), attr=name):
            return name
        case _:
            return None


def _plain(node: ast.expr) -> Any:
    """The value of a literal; None for anything else."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        return None


def _literal(node: ast.expr) -> Any:
    """The plain value of an argument. Raises UnsupportedError where it is none, or depends on another call's result."""
    value = _plain(node)
    if value is not None or (isinstance(node, ast.Constant) and node.value is None):
        return value
    expressions.check(node)
    try:
        return expressions.evaluate(node, {})
    except expressions.FAILURES as error:
        raise UnsupportedError(f"an argument that cannot be evaluated ({type(error).__name__})") from None


def _is_true(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and bool(node.value)
