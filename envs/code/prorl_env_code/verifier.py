"""`CodeVerifier`: runs a program on a task's tests in a sandbox; the score is the fraction that it passes.

Inputs go into the sandbox, expected outputs never do. An exit status of 0 passes nothing: a test passes when an output or a value came back that is
the expected one. All tests of a completion share one time budget; the first time-out ends the grading, and what is left counts as failed.
"""

from collections.abc import Sequence
from typing import Any

from prorl_env_code import forms, program, running
from prorl_env_code.running import Result
from prorl_env_code.suite import Suite, SuiteError, read_suite
from prorl_gym.sandbox import Limits, Sandbox
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier

MAX_PROGRAM_CHARS = 65_536
LIMITS = Limits(cpu_s=2.0, wall_s=5.0, memory_mib=512, total_wall_s=5.0)
"""For one completion with all of its tests; a task's `metadata["limits"]` may set `cpu_s`, `total_wall_s` and `memory_mib`."""
_MOST = {"cpu_s": 10.0, "total_wall_s": 20.0, "memory_mib": 2048}


class CodeVerifier(Verifier):
    """Grades programs. `task.answer` holds the tests (see `suite`), `task.metadata["reference"]` a program that passes them.

    More metadata: `languages`, `prelude` (text put before the program), `limits`, `stop_on` ("timeout", "failure" or "never"), `reward` ("fraction",
    or "all": 1 where every test passes, else 0), and the rules of comparison that `suite` reads.
    """

    needs_sandbox = True
    deadline_s = 30.0

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The last fenced block; in tolerant mode also an unclosed last block, or the bare text."""
        try:
            languages = program.languages_of(task)
        except ValueError:  # the task's fault, which `check` reports
            languages = ("python",)
        return program.extract(text, languages, tolerant=mode == "tolerant")

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The fraction of tests passed, `parts["all_pass"]`, and the first failure as the reason."""
        if len(answer) > MAX_PROGRAM_CHARS:
            return Verdict.graded(0.0, reason=f"limit: a program of {len(answer)} characters, at most {MAX_PROGRAM_CHARS} are run")
        try:
            suite = read_suite(task.answer, task.metadata)
            job = _job(task, answer, suite)
        except ValueError as error:
            return Verdict.ungradable(f"gold: {error}", extracted=answer)
        assert sandbox is not None, "needs_sandbox is set: the caller opens one or does not call"
        try:
            results = running.results(job, sandbox)
        except SuiteError as error:
            return Verdict.ungradable(f"gold: {error}", extracted=answer)
        except running.BrokenSandboxError as error:
            return Verdict.ungradable(f"sandbox: {error}", extracted=answer)
        passed = sum(r.passed for r in results)
        whole = float(passed == len(results))
        score = whole if task.metadata.get("reward") == "all" else passed / len(results)
        return Verdict.graded(score, extracted=answer, reason=_reason(results), parts={"all_pass": whole, "fraction": passed / len(results)})

    def gold(self, task: Task) -> str | None:
        """The reference program in a fence, where the task has one."""
        reference = task.metadata.get("reference")
        return forms.fenced(reference, forms.fence_word(task)) if isinstance(reference, str) else None

    def wrong(self, task: Task) -> str | None:
        """A program that raises, whatever it is asked."""
        return self._form(task, forms.refusal)

    def equivalents(self, task: Task) -> Sequence[str]:
        """The reference reformatted, commented, renamed, behind thoughts and drafts, as a method of `Solution` where a function is asked for."""
        return self._forms(task, forms.equivalents)

    def near_misses(self, task: Task) -> Sequence[str]:
        """The reference with its result changed a little or printed instead, what it gives for one test and for all, and a known fault."""
        return self._forms(task, forms.near_misses)

    def shares_answer(self, task: Task, other: Task) -> bool:
        """True where the two have the same tests or the same reference."""
        mine, theirs = task.metadata.get("reference"), other.metadata.get("reference")
        return task.answer == other.answer or (mine is not None and mine == theirs)

    def _forms(self, task: Task, make: Any) -> Sequence[str]:
        try:
            return tuple(dict.fromkeys(make(task, read_suite(task.answer, task.metadata))))
        except ValueError:  # tests that cannot be read, or that hold integers without a text
            return ()

    def _form(self, task: Task, make: Any) -> str | None:
        def alone(task: Task, suite: Suite) -> tuple[str]:
            return (make(task, suite),)

        return next(iter(self._forms(task, alone)), None)


def _job(task: Task, answer: str, suite: Suite) -> running.Job:
    languages = program.languages_of(task)
    text, language = program.read(answer, languages)
    if language != "python" and (suite.entries or suite.script is not None):
        raise SuiteError(f"tests that call functions are for Python programs; the task takes {', '.join(languages)}")
    prelude, stop_on = task.metadata.get("prelude", ""), task.metadata.get("stop_on", "timeout")
    if not isinstance(prelude, str):
        raise SuiteError(f"metadata 'prelude' is a text; got {type(prelude).__name__}")
    if stop_on not in running.STOPS:
        raise SuiteError(f"metadata 'stop_on' is one of {', '.join(running.STOPS)}; got {stop_on!r}"[:200])
    if task.metadata.get("reward", "fraction") not in ("fraction", "all"):
        raise SuiteError(f"metadata 'reward' is 'fraction' or 'all'; got {task.metadata['reward']!r}"[:200])
    code = f"{prelude}\n\n{text}" if prelude and language == "python" and "from __future__" not in text else text
    return running.Job(code=code, language=language, suite=suite, limits=_limits(task), stop_on=stop_on)


def _limits(task: Task) -> Limits:
    given: Any = task.metadata.get("limits") or {}
    values: dict[str, Any] = {}
    for name, most in _MOST.items():
        value = given.get(name, getattr(LIMITS, name)) if isinstance(given, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise SuiteError(f"metadata 'limits' is an object of positive numbers ({', '.join(_MOST)}); got {given!r}"[:200])
        values[name] = type(most)(min(value, most))
    return Limits(wall_s=values["total_wall_s"], **values)


def _reason(results: Sequence[Result]) -> str:
    passed = sum(r.passed for r in results)
    count = f"{passed}/{len(results)} tests"
    if passed == len(results):
        return f"passed: {count}"
    first = next(i for i, r in enumerate(results) if not r.passed)
    how, detail = results[first].how, results[first].detail
    return f"{'partial' if passed else 'failed'}: {count}; first failure: {how} on test {first + 1}{f' ({detail})' if detail else ''}"
