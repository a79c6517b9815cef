"""The other forms of a reference: right ones pass, near ones do not, in every shape of tests."""

import pytest

from prorl_env_code.forms import equivalents, near_misses
from prorl_env_code.suite import read_suite
from prorl_env_code.verifier import CodeVerifier
from prorl_gym.types import Task
from prorl_gym.verifier import grade

TWICE = "def f(x):\n    # twice\n    total = x + x\n    return total"
TASKS = {
    "call": ({"inputs": [[1], [5], [-2]], "outputs": [2, 10, -4], "fn_name": "f"}, TWICE),
    "texts": ({"inputs": [["a"], ["b"]], "outputs": ["aa", "bb"], "fn_name": "f"}, TWICE),
    "lists": ({"inputs": [[[1]], [[2, 3]]], "outputs": [[1, 1], [2, 3, 2, 3]], "fn_name": "f"}, TWICE),
    "truths": ({"inputs": [[1], [0]], "outputs": [True, False], "fn_name": "f"}, "def f(x):\n    return bool(x)"),
    "recursion": ({"inputs": [[1], [4]], "outputs": [1, 24], "fn_name": "f"}, "def f(n):\n    return 1 if n < 2 else n * f(n - 1)"),
    "wrapped": ({"inputs": [[1], [5]], "outputs": [[2], [10]], "fn_name": "f"}, "def f(x): return x * 2 if x < 99 else 1"),
    "stdio": ({"inputs": ["1\n", "7\n"], "outputs": ["2\n", "14\n"]}, "x = int(input())\nprint(2 * x)"),
    "lines": ({"inputs": ["1\n2\n", "3\n4\n"], "outputs": ["3", "7"]}, "print(int(input()) + int(input()))"),
    "asserts": ({"asserts": ["assert f(1) == 2", "assert f('a') == 'aa'", "assert f([]) == []"]}, TWICE),
    "keywords": ({"asserts": ["assert f(x=1) == 2", "assert f(x=2) == 4"]}, TWICE),
}


@pytest.mark.parametrize("name", TASKS)
def test_equivalents_score_one_and_near_misses_less(sandbox, name):
    answer, reference = TASKS[name]
    task = Task(env_id="code", prompt=(), answer=answer, metadata={"reference": reference})
    verifier = CodeVerifier()
    right, near = verifier.equivalents(task), verifier.near_misses(task)
    assert len(right) >= 3
    assert len(near) >= 2
    assert len({*right, *near}) == len(right) + len(near)
    for text in (verifier.gold(task), *right):
        assert grade(verifier, task, completion=text).score == 1.0, text
    for text in near:
        assert grade(verifier, task, completion=text).score < 1.0, text
    assert grade(verifier, task, completion=verifier.wrong(task)).score == 0.0


def test_mutants_of_a_one_line_function_that_fail_a_test_are_near_misses(sandbox):
    answer = {"inputs": [[1, 5], [5, 1], [200, 0]], "outputs": [7, 13, 7], "fn_name": "f"}
    task = Task(env_id="code", prompt=(), answer=answer, metadata={"reference": "def f(x, y): return 2*max(x, y)+3 if x+y < 100 and x >= y else 7"})
    near = CodeVerifier().near_misses(task)
    mutated = [text for text in near if " if x" in text and "_right" not in text]
    assert len(mutated) == 3
    assert all(grade(CodeVerifier(), task, completion=text).score < 1.0 for text in mutated)
    assert grade(CodeVerifier(), task, completion=CodeVerifier().gold(task)).score == 1.0


def test_without_a_reference_only_what_the_tests_say_is_known():
    task = Task(env_id="code", prompt=(), answer=TASKS["call"][0])
    suite = read_suite(task.answer)
    assert not list(equivalents(task, suite))
    assert len(list(near_misses(task, suite))) == 2


@pytest.mark.parametrize("reference", ["def f(x: return", 5, "x" * 50_000, "(" * 5000])
def test_a_reference_that_cannot_be_read_gives_no_forms(reference):
    task = Task(env_id="code", prompt=(), answer=TASKS["call"][0], metadata={"reference": reference})
    assert not CodeVerifier().equivalents(task)


def test_the_same_tests_or_the_same_reference_share_an_answer():
    first, second = ({"inputs": [[n]], "outputs": [n], "fn_name": "f"} for n in (1, 2))
    tasks = [
        Task(env_id="code", prompt=(), answer=a, metadata={"reference": r}) for a, r in ((first, "a"), (first, "b"), (second, "a"), (second, "c"))
    ]
    shares = CodeVerifier().shares_answer
    assert shares(tasks[0], tasks[1])
    assert shares(tasks[0], tasks[2])
    assert not shares(tasks[0], tasks[3])
