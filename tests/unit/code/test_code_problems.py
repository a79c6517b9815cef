"""The procedural problems: every family, its reference on both faces, and its faults."""

import random

import pytest

from prorl_env_code.compare import same_value
from prorl_env_code.envs import FAMILIES, LEVELS
from prorl_env_code.mutate import broken
from prorl_env_code.problems import as_printed, evaluate, on_input
from prorl_env_code.verifier import CodeVerifier
from prorl_gym.registry import make
from prorl_gym.sandbox import ExecutionRequest

CASES = [pytest.param(family, level, id=f"{family.__name__}-{level}") for family, levels in FAMILIES for level in levels]


def problem_of(family, level, seed=0):
    rng = random.Random(seed)
    for _ in range(50):
        problem = family(rng, level)
        if tests := problem.checked(rng):
            return problem, tests
    raise AssertionError(f"{family.__name__} gives no usable problem at level {level}")


def test_there_are_many_families_at_every_level():
    assert len(FAMILIES) >= 12
    assert all(sum(level in levels for _, levels in FAMILIES) >= 6 for level in range(LEVELS))


@pytest.mark.parametrize(("family", "level"), CASES)
def test_each_family_has_variety_and_results_that_are_plain_and_not_none(family, level):
    codes = set()
    for seed in range(60):
        problem, tests = problem_of(family, level, seed)
        codes.add(problem.code)
        assert not any(result is None or isinstance(result, type) for _, result in tests), (problem.code, tests)
        assert problem.result == {int: "int", str: "str", dict: "dict"}.get(type(tests[0][1]), problem.result)
    assert len(codes) >= 30


@pytest.mark.parametrize(("family", "level"), CASES)
def test_the_program_prints_what_the_function_returns(sandbox, family, level):
    problem, tests = problem_of(family, level)
    if problem.result == "dict":
        pytest.skip("a dict has no face on standard input")
    inputs = [on_input(args).encode() for args, _ in tests]
    runs = sandbox.run(ExecutionRequest(code=problem.program(), inputs=inputs)).runs
    assert [r.stdout.decode().split() for r in runs] == [as_printed(result).split() for _, result in tests]


@pytest.mark.parametrize(("family", "level"), CASES)
def test_a_fault_is_noticed_by_a_test(family, level):
    found = 0
    for seed in range(5):
        problem, tests = problem_of(family, level, seed)
        faulty = broken(problem.function(), tests, random.Random(seed))
        if faulty is None:
            continue
        found += 1
        results = evaluate(faulty, [args for args, _ in tests])
        assert not all(same_value(got, wanted) for got, (_, wanted) in zip(results, tests, strict=True))
    assert found >= 4 or family.__name__ in ("pipeline", "pick_words")


def test_terse_prompts_and_golds_are_short_and_distinct_at_level_zero():
    for name in ("functions", "stdio"):
        env = make(f"code/{name}-v0", style="terse", difficulty=0)
        tasks = [env.task_at(i) for i in range(400)]
        assert max(len(t.text) for t in tasks) < 40
        assert max(len(CodeVerifier().gold(t)) for t in tasks) < 90
        assert len({t.text for t in tasks}) > 350


def test_one_terse_prompt_has_one_gold():
    for level in range(LEVELS):
        env = make("code/functions-v0", style="terse", difficulty=level)
        golds: dict[str, set[str]] = {}
        for index in range(300):
            task = env.task_at(index)
            golds.setdefault(task.text, set()).add(task.metadata["reference"])
        assert all(len(g) == 1 for g in golds.values()), [p for p, g in golds.items() if len(g) > 1]


def test_the_full_prompt_shows_an_example_and_no_other_expected_output():
    env = make("code/functions-v0", difficulty=3)
    task = env.task_at(0)
    args, result = task.answer["inputs"][0], task.answer["outputs"][0]
    assert f"Example: f({', '.join(map(repr, args))}) returns {result!r}." in task.text
    assert task.text.count("returns") == 2
