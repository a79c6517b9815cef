"""Verifiers of one function, and the boundary that turns what a verifier raises into data."""

import math
from pathlib import Path

import pytest

from prorl_gym import extract
from prorl_gym.errors import SandboxUnavailableError, UnknownNameError
from prorl_gym.registry import load_verifier
from prorl_gym.types import Completion, Outcome, Task, Verdict
from prorl_gym.verifier import Answer, Verifier, grade

FIXTURES = Path(__file__).parents[2] / "fixtures"
TASK = Task(env_id="t/t-v0", prompt=(), answer="7")
SAME = Answer(lambda task, answer: answer == task.answer)


@pytest.mark.parametrize(
    ("place", "wrapped"), [("tag", "so <answer>7</answer>"), ("boxed", "so \\boxed{7}."), ("fence", "so\n```\n7\n```"), ("text", " 7\n")]
)
def test_each_place_is_found_and_wrapped(place, wrapped):
    verifier = Answer(lambda task, answer: answer == task.answer, place=place, wrong=lambda task: "8")
    assert verifier(TASK, wrapped) == Verdict.graded(1.0, extracted="7", reason="right")
    assert verifier(TASK, verifier.gold(TASK)).score == 1.0
    assert verifier(TASK, verifier.wrong(TASK)) == Verdict.graded(0.0, extracted="8", reason="wrong")


def test_strict_mode_wants_the_wrapper_and_tolerant_mode_does_not():
    assert SAME(TASK, "7").outcome is Outcome.NO_ANSWER
    assert SAME(TASK, " 7 ", mode="tolerant").score == 1.0
    assert SAME(TASK, "<answer>7</answer> ok", mode="tolerant").score == 1.0
    assert SAME(TASK, " ", mode="tolerant").outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("result", "score", "reason"),
    [(True, 1.0, "right"), (False, 0.0, "wrong"), (0.25, 0.25, "partial"), (1, 1.0, "right"), (Verdict.no_answer("odd"), 0, "odd")],
)
def test_a_function_gives_a_bool_a_score_or_a_verdict(result, score, reason):
    verdict = grade(Answer(lambda task, answer: result), TASK, extracted="x")
    assert (verdict.score, verdict.reason) == (score, reason)


@pytest.mark.parametrize("result", [1.5, -1, math.nan, None, "yes", [1]])
def test_any_other_result_is_a_crash(result):
    verdict = grade(Answer(lambda task, answer: result), TASK, extracted="x")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert verdict.reason.startswith("crash: ")


def test_a_verifier_that_gives_no_verdict_is_named():
    class Bare(Verifier):
        def check(self, task, answer, *, sandbox):
            return True

    verdict = grade(Bare(), TASK, completion="x")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert verdict.reason.endswith("Bare gave True; expected a Verdict")


@pytest.mark.parametrize("check", [lambda: True, lambda task: True, lambda task, answer, extra: True])
def test_a_function_of_another_signature_is_refused_at_once(check):
    with pytest.raises(TypeError, match=r"a function of \(task, answer\)"):
        Answer(check)


def test_gold_is_the_answer_unless_a_function_says_otherwise_and_none_where_there_is_none():
    nothing = Task(env_id="t/t-v0", prompt=())
    assert SAME.gold(Task(env_id="t/t-v0", prompt=(), answer=12)) == "<answer>12</answer>"
    assert SAME.gold(nothing) is None
    assert SAME.wrong(TASK) is None
    assert Answer(lambda task, answer: True, gold=lambda task: "%").gold(nothing) == "<answer>%</answer>"


def test_a_thought_that_never_ends_is_no_answer_and_a_text_too_long_is_a_limit():
    assert SAME(TASK, "<think><answer>7</answer>").reason == "no_answer: <think> is never closed"
    assert SAME(TASK, "<think><answer>8</answer></think><answer>7</answer>").score == 1.0
    long = SAME(TASK, "x" * (extract.MAX_COMPLETION_CHARS + 1))
    assert (long.outcome, long.score, long.reason.partition(":")[0]) == (Outcome.GRADED, 0.0, "limit")


def test_a_completion_and_its_text_are_graded_alike():
    assert SAME(TASK, Completion(text="<answer>7</answer>")) == SAME(TASK, "<answer>7</answer>")
    assert grade(SAME, TASK).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize("error", [ValueError("no"), RecursionError("deep"), MemoryError(), KeyError("k"), AssertionError()])
def test_whatever_a_verifier_raises_is_an_ungradable_verdict(error):
    def check(task, answer):
        raise error

    verdict = grade(Answer(check), TASK, extracted="x")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert verdict.reason.startswith(f"crash: {type(error).__name__}")


def test_a_long_error_is_cut():
    def check(task, answer):
        raise ValueError("x" * 10_000)

    assert len(grade(Answer(check), TASK, extracted="x").reason) == 500


def test_a_missing_sandbox_is_told_from_a_crash():
    class NeedsSandbox(Verifier):
        needs_sandbox = True

        def check(self, task, answer, *, sandbox):
            raise SandboxUnavailableError("none here")

    assert grade(NeedsSandbox(), TASK, completion="x", sandbox="no_such_sandbox").reason.startswith(f"crash: {UnknownNameError.__name__}")
    NeedsSandbox.needs_sandbox = False
    assert grade(NeedsSandbox(), TASK, completion="x").reason == "no_sandbox: SandboxUnavailableError: none here"


def test_a_verifier_is_loaded_from_an_instance_a_class_or_an_environment():
    assert load_verifier(f"{FIXTURES / 'verifiers.py'}:Equal").gold(TASK) == "7"
    from_env = load_verifier(f"{FIXTURES / 'gym_envs.py'}:Sound")
    assert from_env is load_verifier(f"{FIXTURES / 'gym_envs.py'}:Sound.verifier")
    assert from_env(TASK, "<answer>7</answer>").score == 1.0
