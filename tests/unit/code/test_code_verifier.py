"""The verifier on the published shapes of tests, and on programs that are wrong in every way."""

import math

import pytest

from prorl_env_code.running import STOPS
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
    assert judge(ADD, "print(4)").reason.endswith("(input '1 2\\n' printed '4\\n')")


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("def f(x): return 1 / 0", "error on test 1 (f(1): line 1: ZeroDivisionError: division by zero)"),
        ("def f(x: return", "does not compile on test 1 (line 1: SyntaxError: "),
        ("def g(x): return x", "error on test 1 (f(1): NameError: the program defines no function 'f')"),
        ("def f(x):\n    while True: pass", "time limit on test 1 (f(1))"),
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
        {"inputs": [["1", 2]], "outputs": ["1"]},
        {"asserts": ["print(1)"]},
        {"asserts": ["assert 1 == 1"]},
        {"asserts": ["assert ("]},
        {"asserts": ["x = 1"]},
        {"asserts": []},
        {"asserts": "assert f(1)"},
        {"asserts": ["assert f(1) == 1"], "entry_point": "no name"},
        {"check": "def check(candidate):\n    assert candidate(1)"},
        {"check": 5, "entry_point": "f"},
        "{not json",
        "[1]",
        5,
    ],
)
def test_tests_that_cannot_be_read_are_the_tasks_fault(judge, answer):
    with pytest.raises(SuiteError):
        read_suite(answer)
    verdict = judge(answer, "def f(x): return x")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert math.isnan(verdict.score)
    assert CodeVerifier().wrong(task(answer)) is None
    assert not CodeVerifier().near_misses(task(answer, reference="def f(x): return x"))


@pytest.mark.parametrize(
    "metadata",
    [
        {"compare": "fuzzy"},
        {"tolerance": -1},
        {"tolerance": "small"},
        {"checker": 5},
        {"stop_on": "never mind"},
        {"stop_on": ["timeout"]},
        {"reward": "most"},
        {"languages": []},
        {"languages": "python"},
        {"prelude": 5},
        {"limits": {"cpu_s": 0}},
    ],
)
def test_rules_that_make_no_sense_are_the_tasks_fault(judge, metadata):
    verdict = judge(ADD, "print(1)", **metadata)
    assert verdict.outcome is Outcome.UNGRADABLE
    assert verdict.reason.startswith("gold: ")


def test_outputs_in_lists_of_one_may_mean_the_list_or_its_element_but_not_both(judge):
    wrapped = {"inputs": [[1], [2]], "outputs": [[1], [2]], "fn_name": "f"}
    assert judge(wrapped, "def f(x): return x").score == 1.0
    assert judge(wrapped, "def f(x): return [x]").score == 1.0
    assert judge(wrapped, "def f(x): return x if x == 1 else [x]").score == 0.5
    assert judge({**wrapped, "outputs": [[1], [2, 3]]}, "def f(x): return x").score == 0.0


def test_lists_of_lines_are_lines(judge):
    lines = {"inputs": [["2", "a b"], ["1"]], "outputs": [["b", "a"], ["none"]]}
    assert judge(lines, "n = int(input())\nprint('none' if n == 1 else '\\n'.join(reversed(input().split())))").score == 1.0


def test_tests_as_json_text_hold_integers_of_any_size(judge):
    large = '{"inputs": [[10]], "outputs": [100000000000000000000000000000000000000000], "fn_name": "f"}'
    assert judge(large, "def f(x): return x ** 41").score == 1.0
    assert judge(large, "def f(x): return float(x) ** 41 + 1e26").score == 0.0


def test_integer_keys_are_read_back_where_the_task_says_so(judge):
    rooms = {"inputs": [[{"1": 0, "20": 2}]], "outputs": [[1]], "fn_name": "f"}
    program = "def f(rooms): return [k + 0 for k in rooms if rooms[k] == 0]"
    assert judge({**rooms, "int_keys": True}, program).score == 1.0
    assert judge(rooms, program).score == 0.0


def test_a_problem_states_how_results_are_compared(judge):
    thirds = {"inputs": ["1\n", "2\n"], "outputs": ["0.333333", "0.666667"]}
    assert judge(thirds, "print(int(input()) / 3)").score == 0.0
    assert judge(thirds, "print(int(input()) / 3)", tolerance=1e-5).score == 1.0
    assert judge(thirds, "print(0.3334)", tolerance=1e-5).score == 0.0
    ordered = {"inputs": [[3]], "outputs": [[0, 1, 2]], "fn_name": "f"}
    assert judge(ordered, "def f(n): return list(range(n))[::-1]").score == 0.0
    assert judge(ordered, "def f(n): return list(range(n))[::-1]", any_order=True).score == 1.0
    apart = {"inputs": ["1\n"], "outputs": ["1 2\n3"]}
    assert judge(apart, "print('1\\n2 3')").score == 1.0
    assert judge(apart, "print('1\\n2 3')", compare="lines").score == 0.0


SUMS_TO = "def check(given, output, expected):\n    return sum(int(word) for word in output.split()) == int(given)"


def test_a_checker_program_judges_where_several_answers_are_right(judge):
    parts = {"inputs": ["5\n", "9\n"], "outputs": ["2 3", "4 5"]}
    assert judge(parts, "n = int(input())\nprint(1, n - 1)", checker=SUMS_TO).score == 1.0
    assert judge(parts, "print(1, 4)", checker=SUMS_TO).score == 0.5
    assert judge(parts, "print('five')", checker=SUMS_TO).score == 0.0
    assert judge(parts, "print(1 / 0)", checker=SUMS_TO).score == 0.0
    called = {"inputs": [[5]], "outputs": [[2, 3]], "fn_name": "f"}
    assert judge(called, "def f(n): return [n, 0]", checker="def check(args, value, expected): return sum(value) == args[0]").score == 1.0


def test_a_checker_that_refuses_what_is_expected_is_the_tasks_fault(judge):
    parts = {"inputs": ["5\n"], "outputs": ["2 3"]}
    for checker in ("def check(given, output, expected): return 1 / 0", "def check(", "def other(): pass"):
        verdict = judge(parts, "print(1, 4)", checker=checker)
        assert (verdict.outcome, verdict.reason[:18]) == (Outcome.UNGRADABLE, "gold: the checker ")


def test_a_prelude_stands_before_the_program(judge):
    helped = judge(DOUBLE, "def f(x: Optional[int]): return twice(x)", prelude="from typing import Optional\ndef twice(x): return 2 * x")
    assert helped.score == 1.0
    assert judge(DOUBLE, "from __future__ import annotations\ndef f(x: Any): return 2 * x", prelude="import math").score == 1.0


SLOW_THEN_WRONG = "import time\ndef f(x):\n    if x == 1: return 2\n    if x == 2:\n        while True: pass\n    return 2 * x"


def test_after_a_time_out_nothing_more_is_run_unless_the_task_says_so(judge):
    limits = {"cpu_s": 0.3, "total_wall_s": 5}
    assert judge(DOUBLE, SLOW_THEN_WRONG, limits=limits).score == 0.25
    assert judge(DOUBLE, SLOW_THEN_WRONG, limits=limits, stop_on="never").score == 0.75


def test_all_functions_of_a_program_share_one_time_budget(judge):
    slow = "import time\ndef f(x):\n    time.sleep(0.4)\n    return x\ng = h = f"
    asserts = {"asserts": [f"assert {name}({n}) == {n}" for n in range(3) for name in "fgh"]}
    verdict = judge(asserts, slow, limits={"total_wall_s": 1.0})
    assert 0 < verdict.score < 0.5
    assert judge(asserts, slow.replace("0.4", "0")).score == 1.0


def test_grading_can_stop_at_the_first_failure(sandbox):
    class Counting:
        name = "counting"
        ended = 0

        def run(self, request):
            result = sandbox.run(request)
            return ExecutionResult(runs=tuple(self.counted(r) for r in result.runs), isolation=result.isolation)

        def counted(self, run):
            self.ended += 1
            return run

    wrong = "def f(x): return 2 * x if x != 2 else 5"
    scores = {stop: CodeVerifier().check(task(DOUBLE, stop_on=stop), wrong, sandbox=Counting()).score for stop in STOPS}
    assert scores == {"timeout": 0.75, "failure": 0.25, "never": 0.75}


def test_a_reward_for_all_or_nothing(judge):
    verdict = judge(DOUBLE, "def f(x): return 2 * abs(x)", reward="all")
    assert (verdict.score, verdict.parts) == (0.0, {"all_pass": 0.0, "fraction": 0.75})
    assert judge(DOUBLE, "def f(x): return 2 * x", reward="all").score == 1.0


@pytest.mark.parametrize("text", ["\x00\x01", "\ud800", "'\u202e" * 50, "(" * 30_000, "x = " + "-" * 20_000 + "1", "9" * 60_000, "\r\f"])
def test_what_is_no_program_gets_a_typed_verdict(judge, text):
    for answer in (DOUBLE, ADD):
        verdict = judge(answer, text)
        assert (verdict.outcome, verdict.score) == (Outcome.GRADED, 0.0)


def test_a_megabyte_of_program_gets_a_typed_verdict(sandbox):
    verdict = grade(CodeVerifier(), task(DOUBLE), completion="```\n" + "x = 1\n" * 200_000 + "```")
    assert (verdict.outcome, verdict.score, verdict.reason[:5]) == (Outcome.GRADED, 0.0, "limit")


def test_equal_calls_are_run_once_and_a_program_that_does_not_compile_only_so_often(sandbox):
    class Spy:
        name = "spy"
        seen = 0

        def run(self, request):
            self.seen += len(request.inputs)
            return sandbox.run(request)

    spy = Spy()
    twice = {"inputs": [[1], [1], [True], [2]], "outputs": [2, 2, 2, 4], "fn_name": "f"}
    assert CodeVerifier().check(task(twice), "def f(x): return 2 * x", sandbox=spy).score == 1.0
    assert spy.seen == 3
    verdict = CodeVerifier().check(task(twice), "def f(x", sandbox=spy)
    assert verdict.reason.startswith("failed: 0/4 tests; first failure: does not compile on test 1")


def test_keyword_arguments_reach_functions_and_methods(judge):
    asserts = {"asserts": ["assert f(1, y=2) == 3", "assert f(x=4, y=1) == 5", "assert f(1) == 1"]}
    assert judge(asserts, "def f(x, y=0): return x + y").score == 1.0
    assert judge(asserts, "class Solution:\n    def f(self, x, y=0): return x + y").score == 1.0


def test_integers_without_a_text_are_compared_and_asked_for(judge):
    asserts = {"asserts": ["assert f(10 ** 5000) == 10 ** 5000 + 1", "assert f(1) == 2"]}
    assert judge(asserts, "def f(x): return x + 1").score == 1.0
    wrong = judge(asserts, "def f(x): return x - 1")
    assert (wrong.score, wrong.outcome) == (0.0, Outcome.GRADED)
    keyed = {"inputs": [[1]], "outputs": [{"1": 2}], "fn_name": "f"}
    assert judge(keyed, "def f(x): return {10 ** 5000: 2}").outcome is Outcome.GRADED


def test_asserts_have_pythons_own_equality(judge):
    assert judge({"asserts": ["assert f() == (1, 2)"]}, "def f(): return [1, 2]").score == 0.0
    assert judge({"asserts": ["assert f() == (1, 2)"]}, "def f(): return (1, 2)").score == 1.0
    assert judge({"asserts": ["assert f() == {1: 2}"]}, "from collections import Counter\ndef f(): return Counter([1, 1])").score == 1.0


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
