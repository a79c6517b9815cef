"""Every registered environment holds what the conformance kit asks.

The hundred logic tasks share one class, so the whole kit runs on `SAMPLE` of them, and each of the others shows at its lowest level that
it grades and repeats itself.
"""

import pytest

from prorl_gym.registry import make, registry
from prorl_gym.testing import check_env
from prorl_gym.types import SPLITS, Outcome, Task
from prorl_gym.verifier import grade

OURS = ("math", "code", "logic", "stem", "instruct")
IDS = [spec.id for spec in registry().envs.values() if spec.domain in OURS]
FULL = [i for i in IDS if not i.startswith("logic/")]
SAMPLE = (  # the quickest of their kinds
    "base_conversion binary_matrix caesar_cipher calendar_arithmetic chain_sum count_primes family_relationships gcd knights_knaves lcm "
    "maze mini_sudoku n_queens propositional_logic rotate_matrix shortest_path spell_backward syllogism time_intervals tower_of_hanoi"
)
LOGIC = [i for i in IDS if i.startswith("logic/")]


def test_every_domain_has_its_environments():
    assert {i.partition("/")[0] for i in IDS} == set(OURS)
    assert len(FULL) >= 14
    assert len(LOGIC) >= 100


@pytest.mark.parametrize("env_id", FULL)
def test_an_environment_conforms(env_id):
    report = check_env(env_id, tasks=3)
    assert report.ok, report


@pytest.mark.parametrize("name", SAMPLE.split())
def test_a_logic_task_conforms(name):
    report = check_env(f"logic/{name}-v0", tasks=2)
    assert report.ok, report


@pytest.mark.parametrize("env_id", LOGIC)
def test_a_logic_task_grades_its_gold_and_its_wrong_answer_and_repeats_itself(env_id):
    env, again = make(env_id, difficulty=0), make(env_id, difficulty=0)
    for split in SPLITS:
        task = env.task_at(1, split=split)
        assert again.task_at(1, split=split) == task
        gold, wrong = (grade(env.verifier, task, completion=c) for c in (env.verifier.gold(task), env.verifier.wrong(task)))
        assert (gold.outcome, gold.score) == (Outcome.GRADED, 1.0), (task, gold)
        assert (wrong.outcome, wrong.score) == (Outcome.GRADED, 0.0), (task, wrong)
        assert Task.from_json(task.to_json()) == task
