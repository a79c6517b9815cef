import decimal
import os
import random
import subprocess
import sys

import pytest

from prorl_env_logic import scorers, shared, solutions, source
from prorl_env_logic.environment import ASKED, ReasoningGym
from prorl_env_logic.steady import STEADY
from prorl_env_logic.table import TASKS
from prorl_env_logic.terse import FORMS
from prorl_env_logic.verifier import LogicVerifier
from prorl_gym.errors import ConfigError
from prorl_gym.registry import make
from prorl_gym.testing import check_env
from prorl_gym.types import Outcome, Task, canonical_json
from prorl_gym.verifier import grade

PROGRAM = """
import datetime, random, sys
from prorl_env_logic.environment import ReasoningGym
from prorl_env_logic.steady import STEADY
from prorl_gym.types import content_hash
for name in [*STEADY, "codeio"]:
    env = ReasoningGym(env_id=f"logic/{name}-v0")
    print(name, [content_hash(d.question, d.answer, d.metadata) for d in (env.draft(random.Random(s), 0) for s in range(3))])
"""
VERIFIER = LogicVerifier()


def task_of(name, level, seed=1, **settings):
    env = ReasoningGym(env_id=f"logic/{name}-v0", **settings)
    draft = env.draft(random.Random(seed), level)
    return Task(env_id=env.env_id, prompt=env.prompt(draft, "full"), answer=draft.answer, metadata=draft.metadata)


@pytest.mark.parametrize("name", TASKS)
def test_the_gold_is_right_and_a_wrong_answer_earns_nothing_at_every_level(name):
    for level in range(TASKS[name].levels):
        task = task_of(name, level)
        assert Task.from_json(task.to_json()) == task
        assert canonical_json(task.metadata)
        gold, wrong = VERIFIER.gold(task), VERIFIER.wrong(task)
        assert grade(VERIFIER, task, completion=f"<think>hm</think> So: {gold}").score == 1.0, (gold, task)
        assert (wrong is None) == (name in solutions.NEVER_ZERO)
        if wrong is not None:
            verdict = grade(VERIFIER, task, completion=wrong)
            assert (verdict.score, verdict.outcome) == (0.0, Outcome.GRADED), (wrong, verdict, task.answer)
        assert grade(VERIFIER, task, completion="no tag").outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize("name", TASKS)
def test_other_forms_of_the_gold_are_right_and_changes_of_it_are_not(name):
    tasks = [task_of(name, 0, seed) for seed in range(3)]
    for task in tasks:
        forms, misses = VERIFIER.equivalents(task), VERIFIER.near_misses(task)
        assert forms
        assert misses
        for text in forms:
            assert grade(VERIFIER, task, completion=text).score == 1.0, (text, VERIFIER.gold(task))
        for text in misses:
            assert grade(VERIFIER, task, completion=text).score < 1.0, (text, VERIFIER.gold(task))
    for task, other in zip(tasks, [*tasks[1:], tasks[0]], strict=True):
        assert VERIFIER.shares_answer(task, task)
        accepted = grade(VERIFIER, task, completion=VERIFIER.gold(other)).score == 1.0
        assert accepted == VERIFIER.shares_answer(task, other), (VERIFIER.gold(other), VERIFIER.gold(task))


@pytest.mark.parametrize("name", sorted(set(shared._RULES)))
def test_a_rule_knows_a_solution_from_a_part_of_one(name):
    for seed in range(3):
        given = task_of(name, 0, seed).metadata["entry"]
        gold = solutions.right(name, given)
        assert shared.solves(name, gold, given)
        assert not shared.solves(name, "?", given)
        assert not shared.solves(name, "", given)


@pytest.mark.parametrize("id", ["logic/boxnet-v0", "logic/propositional_logic-v0"])
def test_an_environment_conforms(id):
    report = check_env(id, tasks=1)
    assert report.ok, report


def test_the_original_scorer_of_game_of_life_halting_is_caught():
    report = check_env("logic/game_of_life_halting-v0", tasks=1, settings={"scorer": "original"})
    assert not report.ok
    failed = {check.name for check in report.checks if not check.ok}
    assert "the listed wrong answer scores 0" in failed
    assert "another task's gold is not right" in failed


def test_a_task_keeps_the_original_scorer_that_it_was_made_for():
    task = make("logic/game_of_life_halting-v0", scorer="original").task_at(0)
    assert grade(VERIFIER, Task.from_json(task.to_json()), extracted="anything").score == 1.0
    assert "scorer" not in make("logic/game_of_life_halting-v0").task_at(0).metadata


def test_a_scorer_that_runs_text_or_is_unknown_is_refused():
    for name in scorers.RUNS_TEXT:
        with pytest.raises(ConfigError, match="evaluates the answer as Python code"):
            make(f"logic/{name}-v0", scorer="original")
    with pytest.raises(ConfigError, match="corrected and original; got 'mine'"):
        make("logic/gcd-v0", scorer="mine")
    forged = Task(env_id="logic/countdown-v0", prompt=(), metadata={"entry": {"answer": "1"}, "scorer": "original"})
    verdict = grade(VERIFIER, forged, extracted="__import__('os').abort()")
    assert (verdict.outcome, "evaluates" in verdict.reason) == (Outcome.UNGRADABLE, True)


def test_one_seed_gives_one_task_whatever_the_hash_seed():
    runs = [
        subprocess.run([sys.executable, "-c", PROGRAM], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].count("\n") == len(STEADY) + 1


def test_a_time_of_day_is_asked_on_the_same_day_whenever_it_is_made():
    made = [source.entry("time_intervals", 0, seed)["metadata"] for seed in range(20)]
    assert {m["start_time"][:10] for m in made if m["task_type"].startswith("time")} == {"2025-05-01"}


@pytest.mark.parametrize("name", ["chain_sum", "acre", "codeio", "pool_matrix", "survo", "gsm_symbolic"])
def test_items_do_not_depend_on_what_was_made_before(name):
    first = source.entry(name, 0, 3)
    source.entry(name, TASKS[name].levels - 1, 6)
    random.seed(3)
    assert source.entry(name, 0, 3) == first


def test_the_scorer_knows_the_config_that_the_entry_was_made_with():
    given = {"answer": "0.12345678", "metadata": {"difficulty": {"decimal_places": [8, 8], "num_terms": [2, 2]}}}
    assert [scorers.score("decimal_arithmetic", a, given) for a in ("0.12345679", "0.1234568", "0.123")] == [1.0, 0.0, 0.0]
    assert scorers.score("decimal_arithmetic", "0.123", {"answer": "0.1234", "metadata": {}}) == 1.0
    metadata = {"task_type": "date", "difficulty": {"max_time_difference_seconds": 60, "max_date_difference_days": 10}}
    assert scorers.score("time_intervals", "9 days", {"answer": "4 days", "metadata": metadata}) == 0.5


def test_making_a_problem_leaves_the_precision_of_decimals_alone():
    before = decimal.getcontext().prec
    source.entry("decimal_arithmetic", 0, 3)
    assert decimal.getcontext().prec == before


@pytest.mark.parametrize("name", ASKED)
def test_only_problems_that_take_a_step_are_asked(name):
    entries = [task_of(name, level, seed).metadata["entry"] for level in range(TASKS[name].levels) for seed in range(4)]
    assert all(ASKED[name](entry) for entry in entries)
    assert not all(ASKED[name](source.entry(name, 0, seed)) for seed in range(60)), "the package makes others too"


def test_graph_color_has_ten_nodes_at_its_second_level_and_five_to_twenty_in_all():
    sizes = [
        {len(task_of("graph_color", level, seed).metadata["entry"]["metadata"]["puzzle"]["vertices"]) for seed in range(40)} for level in range(4)
    ]
    assert sizes[1] == {10}
    assert [min(sizes[0]), max(sizes[0]), min(sizes[2]), max(sizes[2]), min(sizes[3]), max(sizes[3])] == [5, 9, 11, 15, 16, 20]


@pytest.mark.parametrize("name", FORMS)
def test_a_terse_form_is_shorter_than_the_question_and_is_the_key_of_the_problem(name):
    env = ReasoningGym(env_id=f"logic/{name}-v0", style="terse")
    drafts = [env.draft(random.Random(seed), 0) for seed in range(40)]
    assert all(d.terse and len(d.terse) < len(d.question) and d.key == d.terse for d in drafts)
    by_form = {}
    for draft in drafts:
        assert by_form.setdefault(draft.terse, draft.answer) == draft.answer or name == "palindrome_generation", "one form, two answers"
    assert len(by_form) > 15
    assert max(len(d.terse) for d in drafts) <= 60


@pytest.mark.parametrize(
    ("text", "strict", "tolerant"),
    [
        ("<answer>3</answer> or <answer>4</answer>", "4", "4"),
        ("<answer>\n 4\t</answer>", "4", "4"),
        ("<answer>4</answer> <answer>5", "4", "4"),
        ("so \\boxed{5}", None, "5"),
        ("The answer is: 6.", None, "6"),
        ("7", None, "7"),
        ("", None, None),
    ],
)
def test_where_the_answer_stands(text, strict, tolerant):
    task = Task(env_id="logic/gcd-v0", prompt=())
    assert LogicVerifier().extract(task, text, mode="strict") == strict
    assert LogicVerifier().extract(task, text, mode="tolerant") == tolerant


def test_plain_data_has_no_types_that_json_lacks():
    assert source.plain({1: (1, {2, 1}), "big": 2**70, "nan": float("nan")}) == {"1": [1, [1, 2]], "big": str(2**70), "nan": "nan"}
