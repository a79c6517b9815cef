"""Runs a program on a suite of tests and says of each test whether it passed, and if not, how it failed.

Calls of one function are one request to the sandbox. What cannot change is not run again: the same call twice, or anything of a program that does
not compile, or anything after a time-out.
"""

import itertools
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Any, Literal

from prorl_env_code import dialogue
from prorl_env_code.asserts import Call
from prorl_env_code.compare import shown
from prorl_env_code.suite import Suite, SuiteError, Test
from prorl_gym.sandbox import ExecutionRequest, Limits, RunResult, Sandbox, Status, StreamingSandbox

Stop = Literal["timeout", "failure", "never"]
STOPS: tuple[Stop, ...] = ("timeout", "failure", "never")
_TIMEOUTS = (Status.CPU_TIME, Status.WALL_TIME)
_ENDINGS = {
    Status.NONZERO_EXIT: "error",
    Status.SIGNALED: "crash",
    Status.CPU_TIME: "time limit",
    Status.WALL_TIME: "time limit",
    Status.MEMORY: "memory limit",
    Status.OUTPUT_LIMIT: "output limit",
    Status.COMPILE_ERROR: "does not compile",
    Status.NOT_RUN: "not run",
}
_MAX_DETAIL = 300
_CHECKER_LIMITS = Limits(cpu_s=2.0, total_wall_s=4.0)
_WITH_KEYWORDS = """

def _with_keywords(args, keywords, name={name!r}):
    found = globals().get(name)
    if found is None and isinstance(globals().get("Solution"), type):
        found = getattr(globals()["Solution"](), name, None)
    return found(*args, **keywords)
"""


class BrokenSandboxError(Exception):
    """The sandbox failed, twice; nothing is known about the program."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """One program and what it is to be run on."""

    code: str
    suite: Suite
    limits: Limits
    language: str = "python"
    stop_on: Stop = "timeout"


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """What came of one test."""

    passed: bool
    how: str = ""
    """How it failed: "wrong answer", "error", "time limit" ..."""
    detail: str = ""
    """What was asked and what came back, or the last line of an error; never what was expected."""


def results(job: Job, sandbox: Sandbox) -> list[Result]:
    """One result a test, in order. Raises BrokenSandboxError, and SuiteError where the tests turn out to be at fault."""
    suite = job.suite
    if suite.script is not None:
        return _talked(job, suite.script, sandbox)
    runs = _runs(job, sandbox)
    if suite.checker is not None:
        right = _checked(suite, runs, sandbox)
        return [_result(test, mine, ok) for test, mine, ok in zip(suite.tests, runs, right, strict=True)]
    readings = range(len(suite.tests[0].judges))
    judged = [[_passes(test, mine, reading) for test, mine in zip(suite.tests, runs, strict=True)] for reading in readings]
    return [_result(test, mine, ok) for test, mine, ok in zip(suite.tests, runs, max(judged, key=sum), strict=True)]


def _runs(job: Job, sandbox: Sandbox) -> list[list[RunResult]]:
    """The runs of each test's calls; equal calls are run once."""
    keys = [[_key(call) for call in test.calls] for test in job.suite.tests]
    calls = dict(zip(itertools.chain(*keys), itertools.chain(*(test.calls for test in job.suite.tests)), strict=True))
    owners = {key: test for mine, test in zip(keys, job.suite.tests, strict=True) for key in mine}
    groups: dict[tuple[str | None, bool], list[Any]] = {}
    for key, call in calls.items():
        groups.setdefault((call.entry, bool(call.keywords)), []).append(key)
    found: dict[Any, RunResult] = {}
    halted: Status | None = None
    for (entry, keyworded), members in groups.items():
        left = job.limits.total_wall_s - sum(run.wall_s for run in found.values())
        if halted is not None or left <= 0:
            break
        request = _request(job, entry, [calls[key] for key in members], keyworded, left)
        with closing(_each(request, sandbox)) as runs:
            for key, run in zip(members, runs, strict=False):
                found[key] = run
                halted = _halts(job, owners[key], run)
                if halted is not None:
                    break
    rest = RunResult(status=Status.COMPILE_ERROR if halted is Status.COMPILE_ERROR else Status.NOT_RUN)
    return [[found.get(key, rest) for key in mine] for mine in keys]


def _key(call: Call) -> Any:
    """What two calls must share to be the same; nothing, where an argument has no text."""
    try:
        return call.entry, repr(call.args), repr(call.keywords)
    except (ValueError, RecursionError):  # an integer of more digits than Python prints
        return call.entry, id(call), ""


def _each(request: ExecutionRequest, sandbox: Sandbox) -> Generator[RunResult]:
    """The request's runs as they end, where the sandbox can tell, so that the rest need not be run."""
    runs: Iterable[RunResult] = sandbox.stream(request) if isinstance(sandbox, StreamingSandbox) else sandbox.run(request).runs
    for run in runs:
        if run.status is Status.SANDBOX_ERROR:
            raise BrokenSandboxError(run.stderr[:200].decode("utf-8", "replace"))
        yield run


def _request(job: Job, entry: str | None, calls: Sequence[Call], keyworded: bool, left_s: float) -> ExecutionRequest:
    limits = replace(job.limits, total_wall_s=left_s)
    stop_on = frozenset[Literal["timeout", "failure"]]({"timeout"}) if job.stop_on == "timeout" else frozenset[Literal["timeout", "failure"]]()
    if entry is None:
        inputs = [call.args[0] for call in calls]
        return ExecutionRequest(code=job.code, language=job.language, inputs=inputs, limits=limits, stop_on=stop_on)
    if keyworded:
        code, name = job.code + _WITH_KEYWORDS.format(name=entry), "_with_keywords"
        args: list[Any] = [[list(call.args), dict(call.keywords)] for call in calls]
    else:
        code, name, args = job.code, entry, [list(call.args) for call in calls]
    return ExecutionRequest(code=code, mode="call", entry=name, inputs=args, limits=limits, stop_on=stop_on)


def _halts(job: Job, test: Test, run: RunResult) -> Status | None:
    """The status for which nothing more need be run, if any."""
    if run.status is Status.COMPILE_ERROR:
        return run.status
    if job.stop_on == "timeout":
        return run.status if run.status in (*_TIMEOUTS, Status.NOT_RUN) else None
    if job.stop_on == "never":
        return None
    alone = len(test.calls) == 1 and job.suite.checker is None
    wrong = run.status is not Status.OK or (alone and not any(judge([run]) for judge in test.judges))
    return Status.NOT_RUN if wrong else None


def _passes(test: Test, runs: Sequence[RunResult], reading: int) -> bool:
    return all(run.status is Status.OK for run in runs) and test.judges[reading](runs)


def _result(test: Test, runs: Sequence[RunResult], passed: bool) -> Result:
    if passed:
        return Result(passed=True)
    for call, run in zip(test.calls, runs, strict=True):
        if run.status is not Status.OK:
            return Result(passed=False, how=_ENDINGS[run.status], detail=_about(call, run))
    return Result(
        passed=False, how="wrong answer", detail=", ".join(_gave(call, run) for call, run in zip(test.calls, runs, strict=True))[:_MAX_DETAIL]
    )


def _about(call: Call, run: RunResult) -> str:
    error = error_tail(run.stderr)
    if run.status in (Status.COMPILE_ERROR, Status.NOT_RUN):
        return error
    return f"{_shown_call(call)}{': ' if error else ''}{error}"


def _gave(call: Call, run: RunResult) -> str:
    if call.entry is None:
        return f"{_shown_call(call)} printed {shown(run.stdout[:200].decode('utf-8', 'replace'))}"
    return f"{_shown_call(call)} gave {shown(run.value)}"


def _shown_call(call: Call) -> str:
    if call.entry is None:
        return f"input {shown(call.args[0][:200].decode('utf-8', 'replace'))}"
    args = [*(shown(a) for a in call.args), *(f"{name}={shown(value)}" for name, value in call.keywords.items())]
    return f"{call.entry}({', '.join(args)[:120]})"


def error_tail(stderr: bytes) -> str:
    """The last line of a traceback, with the line of the program where the error came about; of a compiler's report the first error."""
    lines = stderr[-4000:].decode("utf-8", "replace").strip().split("\n")
    if errors := [line for line in lines if " error: " in line]:
        return errors[0][:160]
    places = [line.partition(", line ")[2].partition(",")[0].strip() for line in lines if line.lstrip().startswith('File "<program>", line ')]
    return f"line {places[-1]}: {lines[-1][:160]}" if places and lines[-1] else lines[-1][:160]


def _checked(suite: Suite, runs: Sequence[Sequence[RunResult]], sandbox: Sandbox) -> list[bool]:
    """What the checker program says. Where it fails on an output but not on the expected one, the output is at fault, else the task."""
    places = [i for i, mine in enumerate(runs) if all(run.status is Status.OK for run in mine)]
    if not places:
        return [False] * len(runs)
    said = _asked(suite, [(suite.tests[i], _returned(suite.tests[i], runs[i][0])) for i in places], sandbox)
    if failed := [i for i, answer in zip(places, said, strict=True) if answer is None]:
        control = _asked(suite, [(suite.tests[i], suite.tests[i].expected) for i in failed[:1]], sandbox)
        if control[0] is not True:
            raise SuiteError("the checker program does not accept the expected output")
    right = {i for i, answer in zip(places, said, strict=True) if answer}
    return [i in right for i in range(len(runs))]


def _returned(test: Test, run: RunResult) -> Any:
    return run.stdout.decode("utf-8", "replace") if test.calls[0].entry is None else run.value


def _asked(suite: Suite, outputs: Sequence[tuple[Test, Any]], sandbox: Sandbox) -> list[bool | None]:
    """The checker's word on each output; None where it gave none."""
    inputs = [[_given(test), output, test.expected] for test, output in outputs]
    request = ExecutionRequest(code=suite.checker or "", mode="call", entry="check", inputs=inputs, limits=_CHECKER_LIMITS)
    runs = list(_each(request, sandbox))
    return [bool(run.value) if run.status is Status.OK and isinstance(run.value, bool | int | float) else None for run in runs]


def _given(test: Test) -> Any:
    call = test.calls[0]
    return call.args[0].decode("utf-8", "replace") if call.entry is None else list(call.args)


def _talked(job: Job, script: dialogue.Script, sandbox: Sandbox) -> list[Result]:
    if not isinstance(sandbox, StreamingSandbox):
        raise SuiteError(f"these tests need two jails that talk, and the sandbox {sandbox.name!r} has no sessions")
    talk = dialogue.hold(job.code, script, job.limits, sandbox)
    if talk.fault:
        raise SuiteError(talk.fault)
    if talk.status is Status.SANDBOX_ERROR:
        raise BrokenSandboxError(talk.detail)
    how = "wrong answer" if talk.status is Status.OK else _ENDINGS[talk.status]
    first = talk.passed.index(False) if not all(talk.passed) else -1
    return [Result(passed=ok) if ok else Result(passed=False, how=how, detail=talk.detail if i == first else "") for i, ok in enumerate(talk.passed)]
