"""Every registered environment holds what the conformance kit and the verifier proof ask.

The hundred logic tasks share one class, so the whole proof runs on `SAMPLE` of them, and each of the others shows at its lowest level that
it grades and repeats itself.
"""

import pytest

from prorl_gym.pool import GradeRequest, VerifierPool
from prorl_gym.registry import env_spec, make, registry
from prorl_gym.testing import check_env, texts
from prorl_gym.testing.subject import Subject
from prorl_gym.testing.texts import Wrapper
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
ONE_A_DOMAIN = ("math/algebra-v0", "logic/basic_arithmetic-v0", "stem/physics-v0", "instruct/constraints-v0", "code/functions-v0")


def test_every_domain_has_its_environments():
    assert {i.partition("/")[0] for i in IDS} == set(OURS)
    assert len(FULL) >= 14
    assert len(LOGIC) >= 100


def proven(env_id, *, tasks):
    report = check_env(env_id, tasks=tasks)
    if report.not_checked:
        pytest.skip(report.not_checked)
    assert report.ok, str(report)


@pytest.mark.parametrize("env_id", FULL)
def test_an_environment_conforms(env_id):
    proven(env_id, tasks=2)


@pytest.mark.parametrize("name", SAMPLE.split())
def test_a_logic_task_conforms(name):
    proven(f"logic/{name}-v0", tasks=2)


@pytest.mark.parametrize("env_id", LOGIC)
def test_a_logic_task_grades_its_gold_and_its_wrong_answer_and_repeats_itself(env_id):
    env, again = make(env_id, difficulty=0), make(env_id, difficulty=0)
    for split in SPLITS:
        task = env.task_at(1, split=split)
        assert again.task_at(1, split=split) == task
        gold = grade(env.verifier, task, completion=env.verifier.gold(task))
        assert (gold.outcome, gold.score) == (Outcome.GRADED, 1.0), (task, gold)
        wrong = env.verifier.wrong(task)  # none where reasoning-gym pays a token to any answer: its near misses then earn no more
        for completion in [wrong] if wrong is not None else env.verifier.near_misses(task):
            verdict = grade(env.verifier, task, completion=completion)
            assert verdict.outcome is Outcome.GRADED, (task, completion, verdict)
            assert verdict.score == 0.0 or (wrong is None and verdict.score < 1.0), (task, completion, verdict)
        assert Task.from_json(task.to_json()) == task


def test_one_pool_answers_odd_and_hostile_texts_of_all_domains_and_kills_no_worker():
    asked, golds = [], []
    for env_id in ONE_A_DOMAIN:
        subject = Subject(env_id=env_id, num_tasks=1)
        if subject.missing():
            continue
        task, verifier = subject.tasks[0], subject.make().verifier
        gold = verifier.gold(task)
        wrapper = Wrapper.of(verifier, task, gold)
        ref = env_spec(env_id).entry_point
        golds.append(GradeRequest(ref=ref, task=task, completion=gold))
        # a program may take its time in the sandbox, so code gets the odd texts as programs and the others bare
        wrapped = texts.ODD if verifier.needs_sandbox else (*texts.ODD, *texts.LONG, *texts.HOSTILE)
        completions = [*(wrapper.around(text) for text in wrapped), *texts.LONG, *texts.HOSTILE]
        asked += [GradeRequest(ref=ref, task=task, completion=completion) for completion in completions]
    with VerifierPool(workers=2) as pool:
        hostile = [pool.submit(request) for request in asked]
        right = [pool.submit(request) for request in golds]
        assert [f.result().score for f in right] == [1.0] * len(golds)
        verdicts = [f.result() for f in hostile]
        overruns = {how: pool.counts[how] for how in ("time", "memory", "died")}
    assert len(verdicts) > 400
    ungradable = [(r.task.env_id, r.completion[:60], v.reason) for r, v in zip(asked, verdicts, strict=True) if v.outcome is Outcome.UNGRADABLE]
    assert not ungradable
    assert overruns == {"time": 0, "memory": 0, "died": 0}
