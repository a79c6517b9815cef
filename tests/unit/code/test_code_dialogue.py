"""Tests that run as they are, in a jail of their own, against a program in another."""

import ast

import pytest

from prorl_env_code.dialogue import script
from prorl_env_code.expressions import UnsupportedError
from prorl_env_code.suite import read_suite
from prorl_env_code.verifier import CodeVerifier
from prorl_gym.sandbox import StreamingSandbox
from prorl_gym.types import Outcome, Task

LOOP = {
    "check": "def check(candidate):\n    for n in range(10):\n        assert candidate(n) == 2 * n\n    assert candidate(-1) == -2\n",
    "entry_point": "f",
}


@pytest.fixture
def judge(sandbox):
    if not isinstance(sandbox, StreamingSandbox):
        pytest.skip(f"the sandbox {sandbox.name!r} has no sessions")

    def judged(answer, program, **metadata):
        answer = {"asserts": [answer]} if isinstance(answer, str) else answer
        assert read_suite(answer).script is not None, "these tests can be read as calls"
        return CodeVerifier().check(Task(env_id="code", prompt=(), answer=answer, metadata=metadata), program, sandbox=sandbox)

    return judged


def test_each_statement_of_the_tests_is_a_test(judge):
    right = judge(LOOP, "def f(n): return n + n")
    assert (right.score, right.reason) == (1.0, "passed: 2/2 tests")
    half = judge(LOOP, "def f(n): return 2 * abs(n)")
    assert (half.score, half.reason) == (0.5, "partial: 1/2 tests; first failure: wrong answer on test 2 (AssertionError: )")
    assert judge(LOOP, "class Solution:\n    def f(self, n): return 2 * n").score == 1.0


@pytest.mark.parametrize(
    ("tests", "right", "wrong"),
    [
        (
            "assert decode(encode('ab')) == 'ab'",
            "def encode(s): return s[::-1]\ndef decode(s): return s[::-1]",
            "def encode(s): return s\ndef decode(s): return 1",
        ),
        ("x = [3, 1]\nf(x)\nassert x == [1, 3]", "def f(v): v.sort()", "def f(v): return sorted(v)"),
        ("d = {}\nf(d, key='a')\nassert d == {'a': 1}", "def f(d, key): d[key] = 1", "def f(d, key): pass"),
        ("try:\n    f(0)\n    assert False\nexcept ZeroDivisionError:\n    pass", "def f(x): return 1 / x", "def f(x): return x"),
        (
            "import random\nr = random.Random(3)\nfor _ in range(9):\n    k = r.random()\n    assert abs(f(k) - k * k) < 1e-9",
            "def f(x): return x * x",
            "def f(x): return x",
        ),
        ("def helper(v):\n    return v == v[::-1]\nassert helper(f('ab'))", "def f(s): return s + s[::-1]", "def f(s): return s"),
        ("assert all(isinstance(x, tuple) for x in f(2))", "def f(n): return [(i,) for i in range(n)]", "def f(n): return [[0]]"),
        ("def test_it():\n    for a, b in [(1, 2)]:\n        assert f(a) == b", "def f(n): return n + 1", "def f(n): return n"),
        ("for v in ([2], {1: (3, {4})}, None, 'x', b'y', 1.5, 2 ** 90):\n    assert f(v) == v", "def f(v): return v", "def f(v): return str(v)"),
        (
            "s = Solution()\nfor n in (1, 2):\n    assert s.f(n) == n",
            "class Solution:\n    def f(self, n): return n",
            "class Solution:\n    def f(self, n): return 0",
        ),
    ],
)
def test_what_calls_cannot_express(judge, tests, right, wrong):
    assert judge(tests, right).score == 1.0
    assert judge(tests, wrong).score < 1.0


@pytest.mark.parametrize(
    ("program", "how"),
    [
        ("def f(n): raise KeyError(n)", "wrong answer on test 1 (KeyError"),
        ("def g(n): return n", "wrong answer on test 1 (NameError"),
        ("def f(n: return", "error on test 1 (SyntaxError"),
        ("import os\nos._exit(0)", "error on test 1"),
        ("import os\ndef f(n): os._exit(0)", "error on test 1"),
        ("def f(n):\n    while True: pass", "time limit on test 1"),
        ("def f(n): return bytearray(1 << 33)", "wrong answer on test 1 (MemoryError"),
        ("def f(n): return lambda: n", "wrong answer on test 1 (TypeError"),
        ("import channel\nchannel.send('forged')\ndef f(n): return n", "error on test 1"),
        ("import channel\ndef f(n):\n    for _ in range(9): channel.send(['value', 2 * n, [n]])\n    return 1", "wrong answer"),
    ],
)
def test_a_program_that_fails_is_graded_and_says_how(judge, program, how):
    verdict = judge(LOOP, program, limits={"cpu_s": 0.5, "total_wall_s": 2.0})
    assert verdict.outcome is Outcome.GRADED
    assert verdict.score < 1.0
    assert how in verdict.reason, verdict.reason


def test_tests_that_fail_by_themselves_are_the_tasks_fault(judge):
    for tests in ("import os\nfor _ in range(1):\n    os._exit(3)\nassert f(f(1))", "assert f(f(object())) == 1"):
        verdict = judge(tests, "def f(x): return x")
        assert verdict.outcome is Outcome.UNGRADABLE, verdict


def test_a_script_counts_its_tests_and_names_what_it_calls():
    made = script(ast.parse("import math\nx = g(1)\nfor i in range(3):\n    assert f(i) < math.pi\nassert x\nprint(len([h]))"), None)
    assert (made.num_tests, made.entries) == (3, ("f", "g", "h"))
    for text in ("x = 1", "assert True", "assert len([1]) == 1", "def test_it(a):\n    assert a"):
        with pytest.raises(UnsupportedError):
            script(ast.parse(text), None)
