"""Tests that cannot be read as calls, run as they are in two jails: the tests in one, the program in the other.

    tests' jail                     host                    program's jail
    y = f(x)  ── ["call", "f", [x], {}] ──>  ── the same ──>  looks up f and calls it
              <── ["value", y, [x after]] ──  <── the same ──
    assert y == 3  ── ["test", 0, True, ""] ──>

Only plain data crosses, decoded and encoded again by the host, so the program meets neither the tests nor what they expect: no frame to peek at,
no builtin to patch, no `__eq__` to bring. Its exit ends its own jail. Every top-level statement of the tests that does something is one test, its
verdict is sent by the tests' jail alone, and a test without a verdict has failed. A list, dict or set that the program changes is changed for the
tests too.
"""

import ast
import builtins
import itertools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from prorl_env_code.asserts import SOLUTION_MODULES, plain_constants
from prorl_env_code.expressions import UnsupportedError
from prorl_gym.sandbox import ExecutionRequest, Limits, RunResult, Session, SessionClosedError, Status, StreamingSandbox

MAX_CALLS = 100_000
_STUBS = """
import builtins as _b
import channel as _channel
def _stub(name):
    def call(*args, **keywords):
        try:
            _channel.send(["call", name, _b.list(args), keywords])
        except _b.ValueError as error:
            _channel.send(["unfit", _b.str(error)])
            raise
        kind, value, after = _channel.receive()
        if kind == "error":
            found = _b.getattr(_b, value, None)
            raise (found if _b.isinstance(found, _b.type) and _b.issubclass(found, _b.Exception) else _b.RuntimeError)(after)
        for old, new in _b.zip(args, after):
            if _b.isinstance(old, _b.list) and old != new:
                old[:] = new
            elif _b.isinstance(old, (_b.dict, _b.set)) and old != new:
                old.clear()
                old.update(new)
        return value
    return call
class Solution:
    def __getattr__(self, name):
        return _stub(name)
"""
_REPORT = """
try:
    pass
except Exception as error:
    _channel.send(["test", {number}, False, (type(error).__name__ + ": " + str(error))[:200]])
else:
    _channel.send(["test", {number}, True, ""])
"""
_PROGRAM = """
import channel
source = %r
space = {"__name__": "program"}
exec(compile(source, "<program>", "exec"), space)
while True:
    try:
        _, name, args, keywords = channel.receive()
    except EOFError:
        break
    try:
        found = space.get(name)
        if found is None and isinstance(space.get("Solution"), type):
            found = getattr(space["Solution"](), name, None)
        if not callable(found):
            raise NameError("the program defines no function " + repr(name))
        value = found(*args, **keywords)
        reply = ["value", value, args]
    except Exception as error:
        reply = ["error", type(error).__name__, str(error)[:500]]
    try:
        channel.send(reply)
    except ValueError as error:
        channel.send(["error", "TypeError", str(error)[:500]])
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Script:
    """Tests as a program for a jail of their own."""

    code: str
    num_tests: int
    entries: tuple[str, ...]
    """The functions of the program that the tests name, sorted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Talk:
    """What came of it."""

    passed: tuple[bool, ...]
    """One a test; False for those that were not reached."""
    detail: str = ""
    """Of the first failure: the exception in the tests, or the last line of the program's own."""
    status: Status = Status.OK
    """How the program ended where it ended before the tests did."""
    fault: str = ""
    """Not empty where the tests themselves are at fault."""


def script(tree: ast.Module, entry: str | None) -> Script:
    """The tests as a script; the tree is changed. Raises UnsupportedError where nothing of the program is called."""
    plain_constants(tree)
    statements = list(_statements(tree, entry))
    entries = sorted({*_free_names([node for _, node in statements]), *([entry] if entry else ())})
    numbers = itertools.count()
    nodes = [_reported(node, next(numbers)) if tests else _attempted(node) for tests, node in statements]
    count = next(numbers)
    if not count or not (entries or _names_solution(nodes)):
        raise UnsupportedError("tests that call nothing of the program")
    module = ast.fix_missing_locations(ast.Module(body=nodes, type_ignores=[]))
    stubs = "\n".join(f"{name} = _stub({name!r})" for name in entries)
    return Script(code=f"{_STUBS}{stubs}\n{ast.unparse(module)}\n", num_tests=count, entries=tuple(entries))


def hold(program: str, tests: Script, limits: Limits, sandbox: StreamingSandbox) -> Talk:
    """Run the tests against the program. Everything ends within the limits' `total_wall_s`."""
    whole = replace(limits, cpu_s=limits.total_wall_s)
    requests = [ExecutionRequest(code=code, limits=whole) for code in (tests.code, _PROGRAM % program)]
    asking, answering = sandbox.sessions(requests)
    try:
        return _Talking(asking, answering, tests, time.monotonic() + limits.total_wall_s).through()
    finally:
        asking.close()
        answering.close()


class _Talking:
    """The host's part: carries calls and replies over and collects verdicts."""

    def __init__(self, asking: Session, answering: Session, tests: Script, deadline: float) -> None:
        self.asking, self.answering, self.deadline = asking, answering, deadline
        self.passed: list[bool | None] = [None] * tests.num_tests
        self.detail = ""

    def through(self) -> Talk:
        for _ in range(MAX_CALLS):
            try:
                message = self.asking.receive(self.left())
            except SessionClosedError:
                return self.over(self.asking.close(), mine=True)
            match message:
                case ["test", int(number), bool(ok), str(detail)] if 0 <= number < len(self.passed):
                    self.passed[number] = ok
                    self.detail = self.detail or ("" if ok else detail)
                    if number == len(self.passed) - 1:
                        return self.talk()
                case ["call", str(), list(), dict()]:
                    if (end := self.carry(message)) is not None:
                        return end
                case ["unfit", str(why)]:
                    return self.talk(fault=f"the tests pass what is no plain data: {why}")
                case _:
                    return self.talk(fault="the tests sent what is no message of theirs")
        return self.talk(status=Status.CPU_TIME, detail=f"more than {MAX_CALLS} calls")

    def carry(self, message: Any) -> Talk | None:
        """One call over to the program and its reply back; the end of the talk where one of the two is no longer there."""
        try:
            self.answering.send(message)
            reply = self.answering.receive(self.left())
        except SessionClosedError:
            return self.over(self.answering.close(), mine=False)
        match reply:
            case ["value", _, list()] | ["error", str(), str()]:
                pass
            case _:
                return self.talk(status=Status.NONZERO_EXIT, detail="the program wrote to the channel itself")
        try:
            self.asking.send(reply)
        except SessionClosedError:
            return self.over(self.asking.close(), mine=True)
        return None

    def over(self, end: RunResult, *, mine: bool) -> Talk:
        """The talk after a jail's end. A tests' jail that fails by itself is the task's fault; one that runs out of time is not known to be."""
        timed = end.status in (Status.CPU_TIME, Status.WALL_TIME) or time.monotonic() >= self.deadline
        last = end.stderr[-2000:].decode("utf-8", "replace").strip().rpartition("\n")[2][:160]
        if end.status is Status.SANDBOX_ERROR:
            return self.talk(status=Status.SANDBOX_ERROR, detail=last)
        if timed:
            return self.talk(status=Status.WALL_TIME)
        if mine:
            return self.talk(fault=f"the tests ended by themselves ({end.status}): {last}")
        return self.talk(status=Status.NONZERO_EXIT if end.status is Status.OK else end.status, detail=last)

    def talk(self, *, status: Status = Status.OK, detail: str = "", fault: str = "") -> Talk:
        return Talk(passed=tuple(bool(p) for p in self.passed), detail=detail or self.detail, status=status, fault=fault)

    def left(self) -> float:
        return max(0.01, self.deadline - time.monotonic())


def _statements(tree: ast.Module, entry: str | None) -> Iterator[tuple[bool, ast.stmt]]:
    """The tests' statements in order, and which of them test: `check(candidate)` and tests without arguments are opened, the rest stays as it is."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name="check", args=ast.arguments(args=[ast.arg(arg=name)])) if entry is not None:
                yield False, ast.parse(f"{name} = {entry}").body[0]
                yield from ((not _prepares(part), part) for part in node.body)
            case ast.FunctionDef(name=name, args=ast.arguments(args=[])) if name.startswith("test"):
                yield False, node
                yield True, ast.parse(f"{name}()").body[0]
            case ast.ImportFrom(module=module) if module in SOLUTION_MODULES:
                pass
            case ast.Expr(value=ast.Call(func=ast.Name(id="check"))) | ast.Expr(value=ast.Constant()) | ast.Assert(test=ast.Constant(value=True)):
                pass
            case _:
                yield not _prepares(node), node


def _prepares(node: ast.stmt) -> bool:
    kinds = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef, ast.Pass)
    return isinstance(node, kinds) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))


def _attempted(node: ast.stmt) -> ast.stmt:
    """A preparation that may call the program: where that fails, what it would have prepared is missing, and the tests that need it fail."""
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        return node
    attempt = cast("ast.Try", ast.parse("try:\n    pass\nexcept Exception:\n    pass").body[0])
    attempt.body = [node]
    return attempt


def _reported(node: ast.stmt, number: int) -> ast.stmt:
    """A test that tells the host how it went."""
    report = cast("ast.Try", ast.parse(_REPORT.format(number=number)).body[0])
    report.body = [node]
    return report


def _names_solution(nodes: Sequence[ast.stmt]) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "Solution" for node in nodes for part in ast.walk(node))


def _free_names(nodes: Sequence[ast.stmt]) -> set[str]:
    """Names that the tests use and nobody in them defines: functions of the program."""
    used: set[str] = set()
    known = {*dir(builtins), "Solution"}
    for part in itertools.chain.from_iterable(map(ast.walk, nodes)):
        match part:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name) | ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.ExceptHandler(name=str(name)):
                known.add(name)
            case ast.alias():
                known.add((part.asname or part.name).partition(".")[0])
            case _:
                pass
    return used - known
