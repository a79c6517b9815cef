"""The procedural math environments: conformance, families, levels, and that no problem can be answered by repeating it."""

import itertools
import subprocess
import sys

import pytest

from prorl_env_math.verifier import MathVerifier
from prorl_gym.errors import ConfigError
from prorl_gym.registry import env_spec, make, registry
from prorl_gym.testing import check_env
from prorl_gym.types import SPLITS

LEVELS = 4
IDS = [spec.id for spec in registry().envs.values() if spec.domain == "math" and not spec.needs]
FAMILIES = [(env_id, family) for env_id in IDS for family in make(env_id).known]
VERIFIER = MathVerifier()


@pytest.mark.parametrize("env_id", IDS)
def test_the_env_conforms(env_id):
    report = check_env(env_id, tasks=1)
    assert report.ok, report


@pytest.mark.parametrize(("env_id", "family"), FAMILIES)
def test_a_family_gives_gold_and_wrong_at_each_level_and_split(env_id, family):
    env = make(env_id, families=[family], style="terse")
    for level in range(LEVELS):
        for split in SPLITS:
            for index in range(3):
                task = env.task_at(index, split=split, difficulty=level)
                assert task.metadata["family"] == family
                assert env.verifier(task, env.verifier.gold(task)).score == 1, task
                wrong = env.verifier(task, env.verifier.wrong(task))
                assert (wrong.outcome, wrong.score) == ("graded", 0), task


@pytest.mark.parametrize(("env_id", "family"), FAMILIES)
def test_the_gold_in_other_forms_is_right_and_near_misses_are_wrong(env_id, family):
    env = make(env_id, families=[family])
    for level in range(env.known[family][0], LEVELS):
        for index in range(3):
            task = env.task_at(index, difficulty=level)
            spaced = task.answer.replace("+", " + ").replace("*", " \\cdot ").replace("(", "\\left( ").replace(")", " \\right)") + " "
            for text in (f"\\boxed{{{spaced}}}", *VERIFIER.equivalents(task)):
                assert VERIFIER(task, text).score == 1, (task, text)
            for text in VERIFIER.near_misses(task):
                assert VERIFIER(task, text).score == 0, (task, text)


@pytest.mark.parametrize(("env_id", "family"), FAMILIES)
def test_another_problems_gold_is_wrong_unless_it_fits(env_id, family):
    env = make(env_id, families=[family])
    tasks = [env.task_at(index, difficulty=level) for level in range(env.known[family][0], LEVELS) for index in range(5)]
    for task, other in itertools.permutations(tasks, 2):
        assert VERIFIER(task, VERIFIER.gold(other)).score == VERIFIER.shares_answer(task, other), (task, other)


@pytest.mark.parametrize(("env_id", "family"), FAMILIES)
def test_repeating_the_terse_question_scores_nothing(env_id, family):
    env = make(env_id, families=[family], style="terse")
    for level in range(LEVELS):
        for index in range(8):
            task = env.task_at(index, difficulty=level)
            for part in {task.text, task.text.rstrip("=:"), task.text.split(",x")[0], task.text.partition(" ")[2].rstrip("=:")} - {""}:
                assert env.verifier.check(task, part, sandbox=None).score == 0, (task, part)


@pytest.mark.parametrize("env_id", IDS)
def test_level_zero_is_short_and_varied(env_id):
    env = make(env_id, style="terse")
    tasks = [env.task_at(i, difficulty=0) for i in range(400)]
    assert max(len(t.text) for t in tasks) <= 20
    assert max(len(env.verifier.gold(t)) for t in tasks) <= 24
    assert len({t.text for t in tasks}) > 200


@pytest.mark.parametrize("env_id", IDS)
def test_higher_levels_bring_more_families(env_id):
    env = make(env_id)
    seen = [{env.task_at(i, difficulty=level).metadata["family"] for i in range(150)} for level in (0, LEVELS - 1)]
    assert seen[0] < seen[1] == set(env.known)


def test_the_domain_is_registered_with_its_levels_and_its_verifier():
    assert [spec.levels for spec in map(env_spec, IDS)] == [LEVELS] * 7
    assert len(FAMILIES) == len({family for _, family in FAMILIES})
    assert "verifier:math" in next(p for p in registry().plugins if p.name == "math").provides


def test_an_unknown_family_is_named_with_the_closest():
    with pytest.raises(ConfigError, match="did you mean 'gcd'"):
        make("math/number_theory-v0", families=["gdc"])
    with pytest.raises(ConfigError, match="at least one"):
        make("math/number_theory-v0", families=[])


def test_listing_the_plugin_imports_nothing_heavy():
    code = "import sys, prorl_env_math.plugin; assert not {'sympy', 'mpmath', 'prorl_env_math.envs', 'prorl_env_math.parse'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
