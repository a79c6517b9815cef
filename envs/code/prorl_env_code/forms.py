"""Other forms of a reference program, for the proof of the verifier: right ones that must score 1, and near ones that must not.

Nothing is run here. The near misses are wrong by construction: the reference with its result changed, printed in place of returned, or fixed to what
one test expects, and mutants that an evaluator of plain data finds wrong on a test; only where the tests' expected values leave no doubt.
"""

import ast
import io
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from prorl_env_code import expressions
from prorl_env_code.columns import as_list, as_mapping
from prorl_env_code.compare import same_value
from prorl_env_code.mutate import mutants
from prorl_env_code.program import languages_of
from prorl_env_code.suite import Suite, Test
from prorl_gym.types import Task

_MUTANTS = 3
_LONGEST = 20_000
"""Characters of a reference that is put into other forms."""


def fenced(program: str, word: str = "") -> str:
    """The program as a completion, with a language's name after the opening fence where one is given."""
    return f"```{word}\n{program}\n```"


def fence_word(task: Task) -> str:
    """What must stand after the fence of the Python reference: nothing where the task takes Python for a program without a name."""
    try:
        return "" if languages_of(task)[0] == "python" else "python"
    except ValueError:
        return ""


def refusal(task: Task, suite: Suite) -> str:
    """A completion whose functions raise, and which prints nothing."""
    functions = "\n".join(f"def {name}(*args, **keywords): raise NotImplementedError" for name in suite.entries)
    return fenced(functions or "raise NotImplementedError")


def equivalents(task: Task, suite: Suite) -> Iterator[str]:
    """The reference in other forms."""
    reference = _reference(task)
    if reference is None:
        return
    text, tree = reference
    yield f"<think>\nMaybe:\n{fenced('raise ValueError')}\n</think>\nA draft:\n{fenced('x = 1')}\nThe solution:\n\n```python\n{text}\n```\nIt works."
    yield fenced(ast.unparse(tree))
    yield fenced("# -*- coding: utf-8 -*-\n# the solution\n" + _commented(text))
    if _can_rename(tree) and not any(call.keywords for test in suite.tests for call in test.calls):
        yield fenced(ast.unparse(_Renamed(tree).visit(tree)))
    if len(suite.entries) == 1 and _stands_alone(ast.parse(text), suite.entries[0]):
        name = suite.entries[0]
        method = f"class Solution:\n    def {name}(self, *args, **keywords):\n        return _plain(*args, **keywords)"
        yield fenced(f"{text}\n\n_plain = {name}\ndel {name}\n\n\n{method}")


def near_misses(task: Task, suite: Suite) -> Iterator[str]:
    """Programs close to the reference that are wrong on at least one test."""
    yield refusal(task, suite)
    yield from _all_but_one(suite)
    faulty = task.metadata.get("faulty")
    if isinstance(faulty, str):
        yield fenced(faulty)
    answer = as_mapping(task.answer)
    outputs = answer.get("outputs")
    reference = _reference(task)
    if reference is None or not isinstance(outputs, list) or "checker" in task.metadata or "from __future__" in reference[0]:
        return
    text, expected = reference[0], cast("list[Any]", outputs)
    if suite.entries:
        yield from _failing_mutants(text, suite)
        yield from _wrong_values(text, suite.entries[0], expected)
    elif all(isinstance(o, str) and o.split() for o in expected):
        yield fenced(f"print('0')\n{text}")
        if _all_one_line(answer):
            yield fenced(f"import sys\nsys.stdin.readline()\n{text}")
        yield from (fenced(f"print({o!r})") for o in expected[:1] if any(e.split() != o.split() for e in expected))


def _all_but_one(suite: Suite) -> Iterator[str]:
    """A program that knows every expected result by heart but the last."""
    if suite.checker is not None or any(len(test.calls) != 1 or test.expected is None for test in suite.tests):
        return
    known = {repr(_key(test)): test.expected for test in suite.tests[:-1]}
    if not suite.tests or len(suite.entries) > 1 or repr(_key(suite.tests[-1])) in known:
        return
    if suite.entries:
        yield fenced(f"def {suite.entries[0]}(*args, **keywords):\n    return {known!r}[repr((args, keywords))]")
    else:
        yield fenced(f"import sys\nprint({known!r}[repr(sys.stdin.read())])")


def _key(test: Test) -> Any:
    call = test.calls[0]
    return (call.args, dict(call.keywords)) if call.entry else call.args[0].decode("utf-8", "replace")


def _failing_mutants(text: str, suite: Suite) -> Iterator[str]:
    """A few mutants of a one-line function that fail a test; found by the evaluator of plain data, so that no program runs here."""
    if suite.script is not None or len(suite.entries) != 1:
        return
    found = 0
    for mutant in mutants(text):
        match ast.parse(mutant.source).body:
            case [ast.FunctionDef(args=ast.arguments(args=params, defaults=[], vararg=None), body=[ast.Return(value=ast.expr() as value)])]:
                if _fails(value, [p.arg for p in params], suite.tests):
                    yield fenced(mutant.source)
                    found += 1
            case _:
                return
        if found == _MUTANTS:
            return


def _fails(value: ast.expr, params: Sequence[str], tests: Sequence[Test]) -> bool:
    """True where the expression can be evaluated and is not the expected one for some test."""
    try:
        expressions.check(value, params)
    except expressions.UnsupportedError:
        return False
    for test in tests:
        call = test.calls[0]
        if test.expected is None or len(test.calls) != 1 or call.keywords or len(call.args) != len(params):
            return False
        try:
            result = expressions.evaluate(value, dict(zip(params, call.args, strict=True)))
        except expressions.FAILURES:
            return True
        readings = [test.expected, *(as_list(test.expected) if len(as_list(test.expected)) == 1 else ())]
        if not any(same_value(result, reading) for reading in readings):
            return True
    return False


def _wrong_values(text: str, name: str, expected: Sequence[Any]) -> Iterator[str]:
    kinds: set[type] = {type(value) for value in expected}
    if None not in expected and kinds.isdisjoint({list}):
        yield fenced(f"{text}\n\n_right = {name}\ndef {name}(*args):\n    print(_right(*args))")
    change = {int: "value + 1", str: "value + ' '", bool: "not value"}.get(next(iter(kinds))) if len(kinds) == 1 else None
    if kinds == {list} and not all(len(v) == 1 for v in expected):
        change = "[*value, 0]"
    if change and _stands_alone(ast.parse(text), name):
        yield fenced(f"{text}\n\n_right = {name}\ndef {name}(*args):\n    value = _right(*args)\n    return {change}")
    if kinds in ({int}, {str}) and len(set(expected)) > 1:
        yield fenced(f"def {name}(*args):\n    return {expected[0]!r}")


def _reference(task: Task) -> tuple[str, ast.Module] | None:
    text = task.metadata.get("reference")
    if not isinstance(text, str) or len(text) > _LONGEST or fence_word(task):
        return None
    try:
        return text, ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _all_one_line(answer: Mapping[str, Any]) -> bool:
    """Whether every input is one line, so that a program that drops a line has none left."""
    return all(isinstance(i, str) and 0 < len(i.split("\n")) <= 2 and i.strip() for i in answer.get("inputs", ()))


def _commented(text: str) -> str:
    """The text with a comment on the first logical line that can bear one."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        return text
    ends = [t.start for t in tokens if t.type == tokenize.NEWLINE and t.string]
    lines = text.split("\n")
    if ends and len(lines) >= ends[0][0]:
        lines[ends[0][0] - 1] += "  # as asked"
    return "\n".join(lines)


_REFLECTS = {"eval", "exec", "locals", "globals", "vars", "getattr", "setattr"}


def _can_rename(tree: ast.Module) -> bool:
    """True where a name of the program can be changed with nobody noticing: no classes, keywords, imports or looks at itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.keyword | ast.Global | ast.Nonlocal | ast.Import | ast.ImportFrom | ast.JoinedStr | ast.Try):
            return False
        if isinstance(node, ast.Name) and node.id in _REFLECTS:
            return False
    return True


class _Renamed(ast.NodeTransformer):
    """Gives every local name a new one; functions and what the program does not bind keep theirs."""

    def __init__(self, tree: ast.Module) -> None:
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        self.names = {name: f"{name}_{i}" for i, name in enumerate(sorted(bound - functions))}

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self.names.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.arg:
        return ast.arg(self.names.get(node.arg, node.arg), node.annotation)


def _stands_alone(tree: ast.Module, name: str) -> bool:
    """True where `name` is a plain function of the module that nothing in it refers to."""
    defined = any(isinstance(node, ast.FunctionDef) and node.name == name for node in tree.body)
    return defined and not any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))
