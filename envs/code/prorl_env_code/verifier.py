"""`CodeVerifier`: runs a program on a task's tests in a sandbox; the score is the fraction that it passes.

Inputs go into the sandbox, expected outputs never do. The grading stops at the first time-out: the rest of its tests count as failed.
"""

import itertools
from collections.abc import Sequence
from typing import Any

from prorl_env_code.suite import SuiteError, Test, read_suite
from prorl_gym.extract import last_fence
from prorl_gym.sandbox import ExecutionRequest, Limits, RunResult, Sandbox, Status
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier

MAX_PROGRAM_CHARS = 65_536
LIMITS = Limits(cpu_s=2.0, wall_s=5.0, memory_mib=512, total_wall_s=5.0)
"""For one completion with all of its tests; a task's `metadata["limits"]` may set `cpu_s`, `total_wall_s` and `memory_mib`."""
_MOST = {"cpu_s": 20.0, "total_wall_s": 25.0, "memory_mib": 2048}

_ENDINGS = {
    Status.NONZERO_EXIT: "error",
    Status.SIGNALED: "crash",
    Status.CPU_TIME: "time limit",
    Status.WALL_TIME: "time limit",
    Status.MEMORY: "memory limit",
    Status.OUTPUT_LIMIT: "output limit",
    Status.COMPILE_ERROR: "not Python",
    Status.NOT_RUN: "not run",
}


class CodeVerifier(Verifier):
    """Grades Python programs. `task.answer` holds the tests (see `suite`), `task.metadata["reference"]` a program that passes them."""

    needs_sandbox = True
    deadline_s = 30.0

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The last fenced block; in tolerant mode also an unclosed last block, or the bare text."""
        found = last_fence(text)
        if found is None and mode == "tolerant":
            head, fence, rest = text.rpartition("```")
            found = rest.partition("\n")[2] if fence and (not head or head.endswith("\n")) else text.replace("```", "")
        return found.strip("\n") if found and found.strip() else None

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The fraction of tests passed, `parts["all_pass"]`, and the first failure as the reason."""
        if len(answer) > MAX_PROGRAM_CHARS:
            return Verdict.graded(0.0, reason=f"limit: a program of {len(answer)} characters, at most {MAX_PROGRAM_CHARS} are run")
        try:
            tests = read_suite(task.answer)
            limits = _limits(task)
        except SuiteError as error:
            return Verdict.ungradable(f"gold: {error}", extracted=answer)
        assert sandbox is not None, "needs_sandbox is set: the caller opens one or does not call"
        runs = _run(answer, tests, limits, sandbox)
        if broken := [r for r in runs if r.status is Status.SANDBOX_ERROR]:
            return Verdict.ungradable(f"sandbox: {broken[0].stderr[:200].decode('utf-8', 'replace')}", extracted=answer)
        passed = [run.status is Status.OK and test.passes(run) for test, run in zip(tests, runs, strict=True)]
        score = sum(passed) / len(passed)
        return Verdict.graded(score, extracted=answer, reason=_reason(tests, runs, passed), parts={"all_pass": float(all(passed))})

    def gold(self, task: Task) -> str | None:
        """The reference program in a fence, where the task has one."""
        reference = task.metadata.get("reference")
        return f"```\n{reference}\n```" if isinstance(reference, str) else None

    def wrong(self, task: Task) -> str | None:
        """A program that does nothing: its functions return None, and it prints nothing."""
        try:
            names = {test.entry for test in read_suite(task.answer)}
        except SuiteError:
            return None
        return "```\n" + ("\n".join(f"def {name}(*args): pass" for name in sorted(filter(None, names))) or "pass") + "\n```"


def _limits(task: Task) -> Limits:
    given: Any = task.metadata.get("limits") or {}
    values: dict[str, Any] = {}
    for name, most in _MOST.items():
        value = given.get(name, getattr(LIMITS, name)) if isinstance(given, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise SuiteError(f"metadata 'limits' is an object of positive numbers ({', '.join(_MOST)}); got {given!r}"[:200])
        values[name] = type(most)(min(value, most))
    return Limits(wall_s=values["total_wall_s"], **values)


def _run(program: str, tests: Sequence[Test], limits: Limits, sandbox: Sandbox) -> list[RunResult]:
    """One result a test, in order. Tests of one function that stand together are one request; a time-out ends them all."""
    results: list[RunResult] = []
    for entry, group in itertools.groupby(tests, key=lambda t: t.entry):
        inputs = [t.input for t in group]
        if any(r.status in (Status.CPU_TIME, Status.WALL_TIME, Status.NOT_RUN) for r in results):
            results += [RunResult(status=Status.NOT_RUN)] * len(inputs)
            continue
        mode = "stdio" if entry is None else "call"
        results += sandbox.run(ExecutionRequest(code=program, inputs=inputs, mode=mode, entry=entry, limits=limits)).runs
    return results


def _reason(tests: Sequence[Test], runs: Sequence[RunResult], passed: Sequence[bool]) -> str:
    count = f"{sum(passed)}/{len(passed)} tests"
    if all(passed):
        return f"passed: {count}"
    first = passed.index(False)
    run = runs[first]
    if run.status is Status.OK:
        how, detail = "wrong answer", tests[first].gave(run)
    else:
        how, detail = _ENDINGS[run.status], _last_line(run.stderr)
    return f"{'partial' if any(passed) else 'failed'}: {count}; first failure: {how} on test {first + 1}{f' ({detail})' if detail else ''}"


def _last_line(stderr: bytes) -> str:
    return stderr[-2000:].decode("utf-8", "replace").strip().rpartition("\n")[2][:160]
