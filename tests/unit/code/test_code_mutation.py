"""Mutants are single faults, and the hidden tests notice nearly all that matter."""

import ast
import random
from collections import Counter

from prorl_env_code.envs import FAMILIES
from prorl_env_code.mutate import broken, mutants
from prorl_env_code.mutation import GOAL, caught_share, drawn, judged, main
from prorl_env_code.problems import Problem

SOURCE = (
    "def f(v, n):\n    total = 0\n    for i in range(1, n):\n        if v[i] > 3 and not v[i] == 'ab':\n            total += v[i] * 2\n"
    "    return total - max(v[:2])"
)


def test_each_mutant_is_one_change_of_a_named_kind_and_none_is_repeated():
    found = list(mutants(SOURCE))
    assert len({m.source for m in found}) == len(found)
    assert {m.kind for m in found} == {"constant", "operator", "comparison", "condition", "function", "text", "bound", "statement"}
    before = ast.unparse(ast.parse(SOURCE)).split("\n")
    for mutant in found:
        after = mutant.source.split("\n")
        if mutant.kind != "statement":
            assert sum(a != b for a, b in zip(before, after, strict=True)) == 1, mutant


def test_off_by_one_and_missing_statements_are_among_them():
    sources = {m.source for m in mutants("def f(n):\n    t = 0\n    for i in range(n):\n        t += i\n    return t")}
    assert "def f(n):\n    t = 0\n    for i in range(n - 1):\n        t += i\n    return t" in sources
    assert "def f(n):\n    t = 0\n    for i in range(n):\n        pass\n    return t" in sources


def test_a_fault_is_caught_survives_or_cannot_be_seen(sandbox):
    rng = random.Random(0)
    problem = Problem(
        args=(("x", "int"),), words="", terse="", code="x*2 if x<100 else 7", make=lambda r: (r.randint(-50, 50),), edges=((1,), (2,), (150,))
    )
    fates = {m.source.partition("return ")[2]: fate for m, fate in judged(problem, [([1], 2), ([2], 4)], sandbox, rng)}
    assert fates["x * 3 if x < 100 else 7"] == "caught"
    assert fates["x * 2 if x < 100 else 8"] == "survived"
    assert fates["x * 2 if x < 101 else 7"] == "equivalent"


def test_the_hidden_tests_of_every_fourth_family_catch_nearly_all(sandbox):
    counts = Counter[str]()
    for family, levels in FAMILIES[::4]:
        rng = random.Random(77)
        problem, tests = drawn(family, levels[-1], rng)
        fates = Counter(fate for _, fate in judged(problem, tests, sandbox, rng))
        assert fates["caught"] >= 3, family.__name__
        counts += fates
    assert caught_share(counts) >= GOAL, counts


def test_the_command_prints_a_table_and_says_whether_the_goal_is_met(sandbox, capsys):
    assert main(["--problems", "1", "--family", "linear", "total"]) == 0
    shown = capsys.readouterr().out
    assert "linear" in shown
    assert shown.strip().split("\n")[-1].startswith("all")
    assert 0.9 <= GOAL <= 1


def test_two_faults_are_more_than_one():
    source, tests = "def f(x): return 3*x+2", [([0], 2), ([1], 5), ([4], 14)]
    rng = random.Random(5)
    pairs = {broken(source, tests, rng, faults=2) for _ in range(20)}
    single = {m.source.replace(":\n    return ", ": return ") for m in mutants(source)}
    assert pairs - single
    assert ast.unparse(ast.parse(source)).replace(":\n    return ", ": return ") not in pairs
