import os
import random
import subprocess
import sys

import pytest

from prorl_env_logic import source
from prorl_env_logic.environment import ReasoningGym
from prorl_env_logic.steady import STEADY
from prorl_env_logic.table import TASKS
from prorl_env_logic.terse import FORMS
from prorl_env_logic.verifier import LogicVerifier
from prorl_gym.testing import check_env
from prorl_gym.types import Outcome, Task, canonical_json
from prorl_gym.verifier import grade

PROGRAM = """
import random
from prorl_env_logic.environment import ReasoningGym
from prorl_env_logic.steady import STEADY
from prorl_gym.types import content_hash
for name in STEADY:
    env = ReasoningGym(env_id=f"logic/{name}-v0")
    print(name, [content_hash(d.question, d.answer, d.metadata) for d in (env.draft(random.Random(s), 0) for s in range(3))])
"""


def task_of(name, level, seed=1):
    env = ReasoningGym(env_id=f"logic/{name}-v0")
    draft = env.draft(random.Random(seed), level)
    return Task(env_id=env.env_id, prompt=env.prompt(draft, "full"), answer=draft.answer, metadata=draft.metadata)


@pytest.mark.parametrize("name", TASKS)
def test_the_gold_is_right_and_a_wrong_answer_earns_nothing_at_every_level(name):
    verifier = LogicVerifier()
    for level in range(TASKS[name].levels):
        task = task_of(name, level)
        assert Task.from_json(task.to_json()) == task
        assert canonical_json(task.metadata)
        gold, wrong = verifier.gold(task), verifier.wrong(task)
        assert grade(verifier, task, completion=f"<think>hm</think> So: {gold}").score == 1.0, (gold, task)
        verdict = grade(verifier, task, completion=wrong)
        assert (verdict.score, verdict.outcome) == (0.0, Outcome.GRADED), (wrong, verdict, task.answer)
        assert grade(verifier, task, completion="no tag").outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize("id", ["logic/chain_sum-v0", "logic/boxnet-v0"])
def test_an_environment_conforms(id):
    report = check_env(id, tasks=2)
    assert report.ok, report


def test_one_seed_gives_one_task_whatever_the_hash_seed():
    runs = [
        subprocess.run([sys.executable, "-c", PROGRAM], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1]
    assert runs[0].count("\n") == len(STEADY)


@pytest.mark.parametrize("name", ["chain_sum", "acre", "codeio", "pool_matrix", "survo", "gsm_symbolic"])
def test_items_do_not_depend_on_what_was_made_before(name):
    first = source.entry(name, 0, 5)
    source.entry(name, TASKS[name].levels - 1, 6)
    random.seed(3)
    assert source.entry(name, 0, 5) == first


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
