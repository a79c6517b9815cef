"""A task's tests, read from `task.answer`: `{"inputs": [...], "outputs": [...], "fn_name": optional}` or `{"asserts": [...]}`.

Asserts of the forms `assert f(literals) == literal`, `... is literal`, `assert f(...)`, `assert not f(...)` become calls whose
results are compared outside the sandbox: an assert that ran beside the program would show it the answer. Any other form is a SuiteError.
"""

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from prorl_env_code.compare import same_tokens, same_value, shown
from prorl_gym.sandbox import RunResult


class SuiteError(ValueError):
    """The task's tests cannot be read: the task is at fault, not the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """One input and what must come of it."""

    entry: str | None
    """The function to call, or None for a program on standard input."""
    input: Any
    """Bytes for standard input, or a list of arguments."""
    passes: Callable[[RunResult], bool]

    def gave(self, run: RunResult) -> str:
        """What the program made of the input, in short."""
        if self.entry is None:
            return f"printed {shown(run.stdout[:200].decode('utf-8', 'replace'))}"
        return f"{self.entry}({', '.join(shown(a) for a in self.input)[:120]}) gave {shown(run.value)}"


def read_suite(answer: Any) -> list[Test]:
    """The tests of a gold answer. Raises SuiteError saying what is wrong with it."""
    if not isinstance(answer, Mapping):
        raise SuiteError(f"a code task's answer is an object with 'inputs' and 'outputs' or with 'asserts'; got {type(answer).__name__}")
    given = cast("Mapping[str, Any]", answer)
    tests = _from_asserts(given["asserts"]) if "asserts" in given else _from_columns(given)
    if not tests:
        raise SuiteError("the task has no tests")
    return tests


def _from_columns(given: Mapping[str, Any]) -> list[Test]:
    inputs, outputs, entry = given.get("inputs"), given.get("outputs"), given.get("fn_name")
    if not isinstance(inputs, list) or not isinstance(outputs, list):
        raise SuiteError("'inputs' and 'outputs' are lists")
    ins, outs = cast("list[Any]", inputs), cast("list[Any]", outputs)
    if len(ins) != len(outs):
        raise SuiteError(f"{len(ins)} inputs and {len(outs)} outputs; expected as many of the one as of the other")
    if entry is None:
        return [_stdio_test(i, o) for i, o in zip(ins, outs, strict=True)]
    if not isinstance(entry, str) or not entry.isidentifier():
        raise SuiteError(f"'fn_name' is the name of a function; got {entry!r}")
    return [_call_test(entry, i, o) for i, o in zip(ins, outs, strict=True)]


def _stdio_test(given: Any, wanted: Any) -> Test:
    if not isinstance(given, str) or not isinstance(wanted, str):
        raise SuiteError(f"without 'fn_name' inputs and outputs are texts; got {type(given).__name__} and {type(wanted).__name__}")
    return Test(entry=None, input=given.encode(), passes=lambda run: same_tokens(run.stdout, wanted))


def _call_test(entry: str, args: Any, wanted: Any) -> Test:
    if not isinstance(args, list):
        raise SuiteError(f"with 'fn_name' each input is a list of arguments; got {type(args).__name__}")
    return Test(entry=entry, input=cast("list[Any]", args), passes=lambda run: same_value(run.value, wanted))


def _from_asserts(asserts: Any) -> list[Test]:
    if not isinstance(asserts, list) or not all(isinstance(a, str) for a in cast("list[Any]", asserts)):
        raise SuiteError("'asserts' is a list of texts")
    tests: list[Test] = []
    for text in cast("list[str]", asserts):
        try:
            body = ast.parse(text.strip()).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise SuiteError(f"not Python: {text[:80]!r} ({type(error).__name__})") from None
        tests += [_from_assert(statement, text) for statement in body]
    return tests


def _from_assert(statement: ast.stmt, text: str) -> Test:
    if not isinstance(statement, ast.Assert):
        raise SuiteError(f"not an assert statement: {text[:80]!r}")
    test = statement.test
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        entry, args = _read_call(test.operand, text)
        return Test(entry=entry, input=args, passes=lambda run: not run.value)
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq | ast.Is):
        left, right = test.left, test.comparators[0]
        if not isinstance(left, ast.Call):
            left, right = right, left
        entry, args = _read_call(left, text)
        wanted = _literal(right, text)
        return Test(entry=entry, input=args, passes=lambda run: same_value(run.value, wanted))
    entry, args = _read_call(test, text)
    return Test(entry=entry, input=args, passes=lambda run: bool(run.value))


def _read_call(node: ast.expr, text: str) -> tuple[str, list[Any]]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
        raise SuiteError(f"not of the form `assert f(literals) == literal`: {text[:80]!r}")
    return node.func.id, [_literal(a, text) for a in node.args]


def _literal(node: ast.expr, text: str) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, RecursionError, MemoryError):
        raise SuiteError(f"an argument or result that is no literal: {text[:80]!r}") from None
