"""Asserts read as calls."""

import ast

import pytest

from prorl_env_code.asserts import Call, read
from prorl_env_code.expressions import UnsupportedError
from prorl_gym.sandbox import ExecutionRequest


def asserts_of(text, entry=None):
    return read(ast.parse(text), entry)


@pytest.mark.parametrize(
    ("text", "calls", "right", "wrong"),
    [
        ("assert f(1) == 2", [("f", (1,), {})], [2], [3]),
        ("assert 4 == f(2)", [("f", (2,), {})], [4], [2]),
        ("assert f(1) == True", [("f", (1,), {})], [1], [2]),
        ("assert f((1, 2)) == (2, 1)", [("f", ((1, 2),), {})], [(2, 1)], [[2, 1]]),
        ("assert not f()", [("f", (), {})], [[]], [1]),
        ("assert f(-1)", [("f", (-1,), {})], ["x"], [""]),
        ("assert f({1: {2}}) is None", [("f", ({1: {2}},), {})], [None], [0]),
        ("assert f(x=1, y=[2])", [("f", (), {"x": 1, "y": [2]})], [1], [0]),
        ("assert abs(f(2.0) - 1.5) < 1e-6", [("f", (2.0,), {})], [1.5000001], [1.51]),
        ("import math\nassert math.isclose(f(1), 0.1, rel_tol=0.001)", [("f", (1,), {})], [0.10001], [0.2]),
        ("assert round(f(1), 2) == 0.33", [("f", (1,), {})], [1 / 3], [0.4]),
        ("assert sorted(f([3, 1])) == [1, 3]", [("f", ([3, 1],), {})], [[3, 1]], [[1]]),
        ("assert set(f('ab')) == {'a', 'b'}", [("f", ("ab",), {})], [["b", "a"]], [["a"]]),
        ("assert len(f(3)) == 3", [("f", (3,), {})], ["abc"], [5]),
        ("assert f(3)[0] == 9 and f(3)[-1] == 1", [("f", (3,), {}), ("f", (3,), {})], [[9, 1], [9, 1]], [[9, 2], [9, 2]]),
        ("assert f(3) in [1, 2]", [("f", (3,), {})], [2], [3]),
        ("assert 0 < f(3) <= 2 != 5", [("f", (3,), {})], [2], [0]),
        ("assert f(1) == g(2)", [("f", (1,), {}), ("g", (2,), {})], [5, 5], [5, 6]),
        ("assert isinstance(f(1), list)", [("f", (1,), {})], [[]], [()]),
        ("x = [1, 2]\ny = x * 2\nassert f(y) == x", [("f", ([1, 2, 1, 2],), {})], [[1, 2]], [[1]]),
        ("r = f(1)\nassert r > 0\n", [("f", (1,), {})], [1], [0]),
        ("assert f(float('inf'), [0] * 3, set(), 10 ** 2)", [("f", (float("inf"), [0, 0, 0], set(), 100), {})], [1], [0]),
        ("assert Solution().f(1) == 2", [("f", (1,), {})], [2], [1]),
        ("assert sum(10, 15) == 6", [("sum", (10, 15), {})], [6], [5]),
        ("assert f('A').lower() == 'a'", [("f", ("A",), {})], ["A"], ["B"]),
    ],
)
def test_a_form_gives_its_calls_and_judges_their_results(text, calls, right, wrong):
    (test,) = asserts_of(text)
    assert list(test.calls) == [Call(entry=entry, args=args, keywords=keywords) for entry, args, keywords in calls]
    assert test.holds(right)
    assert not test.holds(wrong)


RETURNED = (
    0,
    1,
    True,
    2,
    2.0,
    -1.5,
    None,
    "a",
    "ab",
    [],
    [1, 2],
    (1, 2),
    (2, 1),
    [3, 1],
    {1: 2},
    {"a", "b"},
    {1, 3},
    [[1], [2]],
    float("nan"),
    10**30,
)
ASSERTED = (
    "assert f(1) == 2",
    "assert f(1) != 1 and f(2) is not None",
    "assert f(1) == True",
    "assert f((1,)) == (1, 2)",
    "assert f([1]) == [1, 2]",
    "assert not f()",
    "assert f(0)",
    "assert f(0) is None",
    "assert f(0) is True",
    "assert abs(f(1) - 1.9) < 0.2",
    "assert sorted(f(1)) == [1, 3]",
    "assert set(f(1)) == {'a', 'b'}",
    "assert len(f(1)) == 2",
    "assert f(1)[0] == 1 and f(1)[-1] == 2",
    "assert f(1) in [2, 'a']",
    "assert 1 in f(1)",
    "assert 0 < f(1) <= 2",
    "assert isinstance(f(1), (list, tuple)) and type(f(2)) == list",
    "import math\nassert math.isclose(f(1), 2)",
    "assert round(f(1), 1) == 2.0",
    "assert str(f(1)) == '2' or f(1) == 'ab'",
    "assert f(1) + f(2) == 4",
    "assert f(1) * 2 == 'abab'",
    "assert max(f(1)) == 3",
    "assert f(1) == f(2)",
    "assert list(f(1)) == [1, 2]",
    "assert tuple(f(1)) == (1, 2)",
    "assert f(1) == {'a', 'b'} or f(1) == {1: 2}",
    "assert f(1).upper() == 'AB'",
    "assert f(1) % 2 == 0",
    "assert (f(1) if f(2) else 5) == 5",
    "x = f(1)\nassert x == [1, 2] or x == [3, 1]",
    "assert sum(f(1)) == 3",
    "assert any(f(1)) and all(f(1))",
    "assert f(1)[::-1] == [2, 1]",
    "assert f(1)[:1] == [1] or f(1)[:1] == 'a'",
)
NATIVE = """
def run_all(asserted, returned):
    table = []
    for text in asserted:
        row = []
        for value in returned:
            try:
                exec(text, {"f": lambda *a, **k: value})
                row.append(True)
            except Exception:
                row.append(False)
        table.append(row)
    return table
"""


def test_reading_asserts_agrees_with_running_them(sandbox):
    request = ExecutionRequest(code=NATIVE, mode="call", entry="run_all", inputs=[[list(ASSERTED), list(RETURNED)]])
    native = sandbox.run(request).runs[0].value
    for text, row in zip(ASSERTED, native, strict=True):
        (test,) = asserts_of(text)
        ours = [test.holds([value] * len(test.calls)) for value in RETURNED]
        assert ours == row, (text, [v for v, a, b in zip(RETURNED, ours, row, strict=True) if a != b])
    assert 0 < sum(map(sum, native)) < len(ASSERTED) * len(RETURNED) / 2


def test_a_check_function_is_opened_and_its_candidate_is_the_entry_point():
    text = (
        "METADATA = {'author': 'x'}\n\ndef check(candidate):\n    '''Tests.'''\n    assert True, 'nothing'\n    given = [2]\n"
        "    assert candidate(given) == 3, 'message'\n    assert abs(candidate(1.0)) < 2\n\ncheck(answer)"
    )
    tests = asserts_of(text, "answer")
    assert [t.calls[0].entry for t in tests] == ["answer", "answer"]
    assert tests[0].calls[0].args == ([2],)
    assert tests[0].holds([3])


def test_test_functions_are_opened_and_share_no_names():
    tests = asserts_of("from solution import f\ndef test_one():\n    x = 1\n    assert f(x) == 1\ndef test_two():\n    assert f(2) == 2\n")
    assert [t.calls[0].args for t in tests] == [(1,), (2,)]
    with pytest.raises(UnsupportedError):
        asserts_of("def test_one():\n    x = 1\n    assert f(x)\ndef test_two():\n    assert f(x)\n")


def test_asserted_lists_that_share_a_name_keep_their_calls():
    first, second = asserts_of("x = [f(1), 2]\nassert x == [1, 2]\nassert x[0] == 1")
    assert len(first.calls) == len(second.calls) == 1


def test_a_condition_that_fails_to_evaluate_is_a_failed_assert():
    (test,) = asserts_of("assert f(1)[5] + 'a' == 3")
    for value in ([1], "x", None, {5: 2}):
        assert not test.holds([value])


@pytest.mark.parametrize(
    "text",
    [
        "for i in range(3):\n    assert f(i)",
        "assert f(f(1)) == 2",
        "assert f(x) == 1",
        "assert f(*[1])",
        "assert f(**{'a': 1})",
        "try:\n    f(1)\nexcept ValueError:\n    pass",
        "with open('x') as y:\n    assert f(y)",
        "import numpy as np\nassert np.all(f(1))",
        "from os import *\nassert f(1)",
        "assert False",
        "assert 1 == 1",
        "x = 1",
        "",
        "def helper(v):\n    return v\nassert helper(f(1))",
        "assert all(x > 0 for x in f(3))",
        "x = [1]\nf(x)\nassert x == [2]",
        "def check(candidate):\n    assert candidate(1)",
        "assert f(__import__('os'))",
        "assert f(1).foo == 2",
        "assert f(1j) == 2",
        "assert f(...) == 2",
        "x = [0]\n" + "x = [x, x]\n" * 40 + "assert f(x)",
    ],
)
def test_what_cannot_be_read_is_left_to_a_jail(text):
    with pytest.raises(UnsupportedError):
        asserts_of(text)
