"""The environment and its verifier."""

import pytest
from prorl_countdown.env import Countdown
from prorl_countdown.verifier import CountdownVerifier

from prorl_gym.testing import check_env
from prorl_gym.types import Outcome, Task

TASK = Task(env_id="countdown/countdown-v0", prompt=(), metadata={"numbers": [3, 5, 2], "target": 13})


def _verdict(answer: str, task: Task = TASK):
    return CountdownVerifier()(task, f"<answer>{answer}</answer>")


def test_the_environment_conforms():
    report = check_env("countdown/countdown-v0", tasks=6)
    assert report.ok, report


@pytest.mark.parametrize("answer", ["3*5-2", "5*3-2", "(5 * 3) - 2", "((3)*(5))-2", "5×3−2"])
def test_any_expression_with_the_value_is_right(answer):
    assert _verdict(answer).score == 1.0


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("3+5-2", "different"),
        ("13", "numbers"),
        ("3*5-1-1", "numbers"),
        ("3*5-2+2-2", "numbers"),
        ("15-2", "numbers"),
        ("3*5-2=13", "malformed"),
        ("3/(5-5)-2", "numbers"),
        ("9" * 500, "limit"),
        ("(" * 50 + "3" + ")" * 50, "limit"),
        ("__import__('os')", "malformed"),
    ],
)
def test_what_is_wrong_says_why(answer, reason):
    verdict = _verdict(answer)
    assert verdict.outcome is Outcome.GRADED
    assert verdict.score == 0.0
    assert verdict.reason.startswith(reason)


def test_division_by_zero_is_wrong_and_fractions_on_the_way_are_fine():
    zero = Task(env_id=TASK.env_id, prompt=(), metadata={"numbers": [4, 2, 2], "target": 4})
    assert _verdict("4/(2-2)", zero).reason == "different: it divides by zero"
    eight = Task(env_id=TASK.env_id, prompt=(), metadata={"numbers": [8, 3, 8, 3], "target": 24})
    assert _verdict("8/(3-8/3)", eight).score == 1.0


@pytest.mark.parametrize(
    "metadata", [{}, {"numbers": [], "target": 1}, {"numbers": [1], "target": "1"}, {"numbers": [True], "target": 1}, {"numbers": "12", "target": 3}]
)
def test_a_broken_task_is_ungradable_and_never_zero(metadata):
    assert _verdict("1", Task(env_id=TASK.env_id, prompt=(), metadata=metadata)).outcome is Outcome.UNGRADABLE


def test_the_tag_is_needed_in_strict_mode_only():
    verifier = CountdownVerifier()
    assert verifier(TASK, "3*5-2").outcome is Outcome.NO_ANSWER
    assert verifier(TASK, "3*5-2", mode="tolerant").score == 1.0


def test_every_level_has_thousands_of_problems_and_short_terse_prompts():
    env = Countdown(style="terse", env_id=TASK.env_id)
    for level in range(env.levels):
        prompts = {env.task_at(i, difficulty=level).text for i in range(1500)}
        assert len(prompts) > 800
        assert max(map(len, prompts)) < 40


def test_the_order_of_the_numbers_does_not_move_a_problem_to_another_split():
    env = Countdown(env_id=TASK.env_id)
    seen: dict[str, str] = {}
    for split in ("train", "validation", "test"):
        for index in range(300):
            task = env.task_at(index, split=split, difficulty=0)
            key = f"{sorted(task.metadata['numbers'])} {task.metadata['target']}"
            assert seen.setdefault(key, split) == split
