"""The math verifier: extraction, accepted lists, forms, the antiderivative check, and whose fault a failure is."""

import subprocess
import sys

import pytest

from prorl_env_math.verifier import MathVerifier
from prorl_gym.types import Outcome, Task

CHECK = MathVerifier()


def task(answer, **metadata):
    return Task(env_id="math/algebra-v0", prompt=({"role": "user", "content": "?"},), answer=answer, metadata=metadata)


@pytest.mark.parametrize(
    ("text", "strict", "tolerant"),
    [
        ("So \\boxed{7}.", "7", "7"),
        ("\\boxed{1} no, \\boxed{2}", "2", "2"),
        ("\\boxed{1} and \\boxed{2}", "2", "1, 2"),
        ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}", "\\frac{1}{2}"),
        ("The answer is 12.", None, "12"),
        ("The answer is $\\frac{1}{2}$, as shown.", None, "\\frac{1}{2}"),
        ("First the answer is 3. No: the answer is 4 because 3 fails", None, "4"),
        ("work\n#### 1,234", None, "1,234"),
        ("<answer>5</answer>", None, "5"),
        ("Hence \\[ 9 \\]", None, "9"),
        ("17", None, "17"),
        ("x = 3", None, "x = 3"),
        ("After all these steps there remain 42", None, "42"),
        ("It might well be 4 or perhaps 5", None, None),
        ("I do not know.", None, None),
        ("", None, None),
        ("\\boxed{", None, "\\boxed{"),
    ],
)
def test_the_answer_is_found_where_it_stands(text, strict, tolerant):
    assert CHECK.extract(task("1"), text, mode="strict") == strict
    assert CHECK.extract(task("1"), text, mode="tolerant") == tolerant


def test_only_what_follows_the_thinking_counts():
    assert CHECK(task("4"), "<think>\\boxed{4}</think> \\boxed{5}").score == 0
    assert CHECK(task("4"), "<think>\\boxed{5}</think> \\boxed{4}").score == 1
    assert CHECK(task("4"), "<think>\\boxed{4}").outcome is Outcome.NO_ANSWER


def test_any_accepted_answer_is_right_and_no_other():
    both = task(["1/2", "0.6"])
    assert CHECK(both, "\\boxed{0.5}").score == 1
    assert CHECK(both, "\\boxed{3/5}").score == 1
    assert CHECK(both, "\\boxed{0.55}").score == 0


@pytest.mark.parametrize("broken", [None, "", [], {"a": 1}, [None], True, "\\frac{1}{"])
def test_a_broken_gold_is_ungradable(broken):
    assert CHECK(task(broken), "\\boxed{17}").outcome is Outcome.UNGRADABLE


def test_a_broken_gold_beside_a_good_one_harms_only_the_undecided():
    mixed = task(["\\frac{1}{", "17"])
    assert CHECK(mixed, "\\boxed{17}").score == 1
    assert CHECK(mixed, "\\boxed{18}").outcome is Outcome.UNGRADABLE


def test_numbers_as_gold_are_read_as_numbers():
    assert CHECK(task(19), "\\boxed{19}").score == 1
    assert CHECK(task([0.5]), "\\boxed{1/2}").score == 1


@pytest.mark.parametrize(
    ("form", "gold", "right", "echo"),
    [
        ("number", "19", "19.0", "12+7"),
        ("number", "7/2", "3\\frac{1}{2}", "3+1/2"),
        ("number", "-2, 3", "3, -2", "3, 1-3"),
        ("number", "(2, 3)", "(x, y) = (2, 3)", "(4/2+0, 3)"),
        ("number", "1/3", "2/6", "0.3333333"),
        ("number", "1/4", "0.25", "1-3/4"),
        ("reduced", "3/2", "\\frac{3}{2}", "6/4"),
        ("reduced", "3/2", "1 1/2", "1.5"),
        ("reduced", "66", "66", "1320/20"),
        ("expanded", "x^2-x-6", "-6-x+x^2", "(x-3)(x+2)"),
        ("factored", "(x-3)(x+2)", "(x+2)(x-3)", "x^2-x-6"),
        ("factored", "(x-1)(x-1)(x+1)", "(x-1)^2(x+1)", "(x^2-1)(x-1)"),
        ("primes", "2^2*5", "5 \\cdot 2^2", "20"),
        ("primes", "2^2*5", "2 \\times 2 \\times 5", "4*5"),
        ("solved", "x<5", "(-\\infty, 5)", "2x-3<7"),
        ("solved", "x<5", "5 > x", "x-5<0"),
    ],
)
def test_repeating_the_question_is_not_an_answer(form, gold, right, echo):
    asked = task(gold, form=form)
    assert CHECK(asked, f"\\boxed{{{right}}}").score == 1
    verdict = CHECK(asked, f"\\boxed{{{echo}}}")
    assert verdict.score == 0
    assert CHECK(task(gold), f"\\boxed{{{echo}}}").score == 1 or verdict.reason == "different"


def test_an_unknown_form_or_check_is_the_tasks_fault():
    assert CHECK(task("19", form="pretty"), "\\boxed{19.0}").outcome is Outcome.UNGRADABLE
    assert CHECK(task("19", check={"kind": "vibes"}), "\\boxed{19}").outcome is Outcome.UNGRADABLE
    assert CHECK(task("19", check={"kind": "antiderivative", "of": "\\foo", "by": "x"}), "\\boxed{19}").outcome is Outcome.UNGRADABLE


@pytest.mark.parametrize(
    ("of", "right", "wrong"),
    [
        ("6x", "3x^2 + 17", "3x^2 + x"),
        ("6x", "3x^2 + C", "6"),
        ("6x", "F(x) = 3x^2 + C", "6x"),
        ("2\\sin x \\cos x", "\\sin^2 x", "\\sin x"),
        ("2\\sin x \\cos x", "-\\frac{1}{2}\\cos 2x", "\\cos 2x"),
        ("1/x", "\\ln |x| + C", "\\ln(x^2)"),
        ("x e^x", "(x-1)e^x", "x e^x"),
        ("1/(1+x^2)", "\\arctan x", "\\tan^{2} x"),
        ("1/(2\\sqrt{x})", "\\sqrt{x}", "x"),
        ("2^x", "\\frac{2^x}{\\ln 2}", "2^x"),
    ],
)
def test_every_antiderivative_is_right_whatever_its_constant(of, right, wrong):
    asked = task("-", check={"kind": "antiderivative", "of": of, "by": "x"})
    assert CHECK(asked, f"\\boxed{{{right}}}").score == 1
    assert CHECK(asked, f"\\boxed{{{wrong}}}").score == 0


def test_trivial_answers_need_neither_sympy_nor_mpmath():
    code = (
        "import sys; from prorl_env_math.checker import judge; "
        "assert judge('19','19').equal and judge('1/2','0.5').equal and judge('6x','6 x').equal and judge('x+1','1+x').equal; "
        "assert not {'sympy', 'mpmath'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
