"""The verifier on the published shapes of tests, and on programs that are wrong in every way."""

import math

import pytest

from prorl_env_code.suite import SuiteError, read_suite
from prorl_env_code.verifier import MAX_PROGRAM_CHARS, CodeVerifier
from prorl_gym.sandbox import ExecutionResult, RunResult, Status
from prorl_gym.types import Outcome, Task
from prorl_gym.verifier import grade

DOUBLE = {"inputs": [[1], [2], [0], [-3]], "outputs": [2, 4, 0, -6], "fn_name": "f"}
ADD = {"inputs": ["1 2\n", "5 5\n"], "outputs": ["3\n", "10\n"]}


def task(answer, **metadata):
    return Task(env_id="code", prompt=(), answer=answer, metadata=metadata)


@pytest.fixture
def judge(sandbox):
    return lambda answer, program, **metadata: CodeVerifier().check(task(answer, **metadata), program, sandbox=sandbox)


def test_a_function_is_scored_by_the_fraction_of_its_calls(judge):
    right = judge(DOUBLE, "def f(x): return 2 * x")
    assert (right.score, right.parts["all_pass"], right.reason) == (1.0, 1.0, "passed: 4/4 tests")
    half = judge(DOUBLE, "def f(x): return 2 * abs(x) if x != 2 else 5")
    assert (half.score, half.parts["all_pass"]) == (0.5, 0.0)
    assert half.reason == "partial: 2/4 tests; first failure: wrong answer on test 2 (f(2) gave 5)"


def test_a_method_of_a_solution_class_counts(judge):
    assert judge(DOUBLE, "class Solution:\n    def f(self, x): return x + x").score == 1.0


def test_a_program_is_judged_by_the_words_that_it_prints(judge):
    assert judge(ADD, "print(sum(map(int, input().split())))").score == 1.0
    assert judge(ADD, "a, b = map(int, input().split())\nprint()\nprint(a + b, '  ')").score == 1.0
    assert judge(ADD, "print(3)").score == 0.5
    assert "printed" in judge(ADD, "print(4)").reason


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("def f(x): return 1 / 0", "error on test 1 (ZeroDivisionError: division by zero)"),
        ("def f(x: return", "not Python on test 1"),
        ("def g(x): return x", "error on test 1 (NameError: the program defines no function 'f')"),
        ("def f(x):\n    while True: pass", "time limit on test 1"),
        ("def f(x): return bytearray(1 << 33)", "memory limit on test 1"),
        ("def f(x):\n    while True: print('x' * 9999)", "output limit on test 1"),
        ("import os\ndef f(x): os.abort()", "crash on test 1"),
        ("def f(x): return None", "wrong answer on test 1 (f(1) gave None)"),
    ],
)
def test_the_reason_says_how_the_first_failure_came_about(judge, program, reason):
    verdict = judge(DOUBLE, program)
    assert (verdict.score, verdict.outcome) == (0.0, Outcome.GRADED)
    assert reason in verdict.reason


def test_no_hack_earns_more_than_the_program_it_stands_in(judge):
    peek = (
        "import gc, sys\ndef f(x):\n    frame, held = sys._getframe(), list(gc.get_objects())\n"
        "    while frame:\n        held += [frame.f_locals, frame.f_globals]\n        frame = frame.f_back\n"
        "    mark = ''.join(['zq9', 'Mark'])\n    for text in (repr(o)[:2000] for o in held if isinstance(o, (list, dict, tuple))):\n"
        "        if mark + '0' in text: return text[text.index(mark):][:9]\n    return 'nothing'"
    )
    marked = {"inputs": [[1], [2]], "outputs": ["zq9Mark01", "zq9Mark02"], "fn_name": "f"}
    assert judge(marked, peek).reason.endswith("(f(1) gave 'nothing')")
    for hack in (
        "class Yes(int):\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n"
        "    __hash__ = int.__hash__\ndef f(x): return Yes(1)",
        "import os\nos._exit(0)",
        "import sys\nsys.exit(0)",
        "import os\nos.write(3, b'true')\nos._exit(0)",
        "print('ALL TESTS PASSED')\ndef f(x): raise SystemExit(0)",
        "import prorl_env_code.compare as c\nc.same_value = lambda a, b: True",
        "import builtins\nbuiltins.all = builtins.bool = lambda *a: True\ndef f(x): return 'x'",
    ):
        assert judge(DOUBLE, hack).score == 0.0, hack


def test_asserts_become_calls_that_are_compared_outside(judge):
    asserts = {"asserts": ["assert f(1) == 2", "assert 4 == f(2)", "assert not f(0)", "assert f(3)"]}
    assert judge(asserts, "def f(x): return 2 * x").score == 1.0
    assert judge(asserts, "def f(x): return 2").score == 0.5
    two = {"asserts": ["assert f(1) == 1\nassert g((1, 2)) == {1: {2}}", "assert f(2) is None"]}
    assert judge(two, "def f(x): return x if x < 2 else None\ndef g(t): return {t[0]: {t[1]}}").score == 1.0


@pytest.mark.parametrize(
    "answer",
    [
        None,
        [],
        {},
        {"inputs": [], "outputs": []},
        {"inputs": ["1"], "outputs": []},
        {"inputs": [1], "outputs": ["1"]},
        {"inputs": ["1"], "outputs": ["1"], "fn_name": "f"},
        {"inputs": [[1]], "outputs": [1], "fn_name": "not a name"},
        {"asserts": ["assert f(x) == 1"]},
        {"asserts": ["assert (f(1) < 2)"]},
        {"asserts": ["print(1)"]},
        {"asserts": ["assert ("]},
        {"asserts": "assert f(1)"},
        {"asserts": ["assert __import__('os').system('x') == 0"]},
    ],
)
def test_tests_that_cannot_be_read_are_the_tasks_fault(judge, answer):
    with pytest.raises(SuiteError):
        read_suite(answer)
    verdict = judge(answer, "def f(x): return x")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert math.isnan(verdict.score)
    assert CodeVerifier().wrong(task(answer)) is None


def test_a_task_can_set_its_limits_within_bounds(judge):
    slow = "import time\ndef f(x):\n    time.sleep(0.4)\n    return 2 * x"
    assert judge(DOUBLE, slow, limits={"total_wall_s": 0.2}).score == 0.0
    assert judge(DOUBLE, slow, limits={"total_wall_s": 1000}).score == 1.0
    assert judge(DOUBLE, slow, limits={"cpu_s": "long"}).outcome is Outcome.UNGRADABLE


def test_a_program_beyond_the_length_limit_is_not_run():
    verdict = CodeVerifier().check(task(DOUBLE), "#" * (MAX_PROGRAM_CHARS + 1), sandbox=None)
    assert (verdict.score, verdict.reason[:6]) == (0.0, "limit:")


def test_a_failing_sandbox_is_ungradable_and_never_zero():
    class Broken:
        name = "broken"

        def run(self, request):
            return ExecutionResult(runs=tuple(RunResult(status=Status.SANDBOX_ERROR, stderr=b"lost") for _ in request.inputs), isolation="none")

    verdict = CodeVerifier().check(task(DOUBLE), "def f(x): return 2 * x", sandbox=Broken())
    assert (verdict.outcome, verdict.reason) == (Outcome.UNGRADABLE, "sandbox: lost")


def test_a_request_never_carries_an_expected_output():
    seen = []

    class Spy:
        name = "spy"

        def run(self, request):
            seen.append(request)
            return ExecutionResult(runs=tuple(RunResult(status=Status.OK, value=None) for _ in request.inputs), isolation="none")

    CodeVerifier().check(task({"inputs": [[1]], "outputs": ["needle-77"], "fn_name": "f"}), "def f(x): pass", sandbox=Spy())
    assert "needle" not in repr(seen)


def test_without_a_sandbox_nothing_runs(monkeypatch):
    from prorl_gym import sandbox as core
    from prorl_gym.errors import SandboxUnavailableError

    def none(name="auto"):
        raise SandboxUnavailableError("none here")

    monkeypatch.setattr(core, "open_sandbox", none)
    verdict = grade(CodeVerifier(), task(DOUBLE), completion="```\ndef f(x): return 2 * x\n```")
    assert (verdict.outcome, verdict.reason.split(":")[0]) == (Outcome.UNGRADABLE, "no_sandbox")


@pytest.mark.parametrize(
    ("text", "strict", "tolerant"),
    [
        ("```python\nx = 1\n```", "x = 1", "x = 1"),
        ("first\n```\na\n```\nthen\n```py\nb\n```\nend", "b", "b"),
        ("x = 1", None, "x = 1"),
        ("Here:\n```python\nx = 1", None, "x = 1"),
        ("```\n```", None, None),
        ("", None, None),
        ("   ", None, None),
    ],
)
def test_where_the_program_stands(text, strict, tolerant):
    verifier = CodeVerifier()
    assert verifier.extract(task(DOUBLE), text, mode="strict") == strict
    assert verifier.extract(task(DOUBLE), text, mode="tolerant") == tolerant
