"""The math verifier: extraction, accepted lists, forms, checks by substitution, and whose fault a failure is."""

import subprocess
import sys

import pytest

from prorl_env_math import either
from prorl_env_math.verifier import MathVerifier
from prorl_gym.errors import ConfigError, MissingExtraError
from prorl_gym.registry import make
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
        ("\\boxed{", None, None),
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
        ("number", "9", "9.0", "\\int_0^3 2x \\, dx"),
        ("number", "-2", "-2.0", "\\det\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}"),
        ("number", "\\begin{pmatrix}7&10\\\\15&22\\end{pmatrix}", "[[7,10],[15,22]]", "\\begin{pmatrix}1&2\\\\3&4\\end{pmatrix}^2"),
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
        ("solved", "(-\\infty, 1) \\cup (5, \\infty)", "x<1 or x>5", "x-1<0 or x>5"),
        ("rectangular", "5+5i", "5i+5", "(1+2i)(3-i)"),
        ("rectangular", "2-i/2", "\\frac{4-i}{2}", "4/2-i/2+0i"),
        ("simplified", "2\\sqrt{3}", "\\sqrt{3} \\cdot 2", "\\sqrt{12}"),
        ("simplified", "3/2-\\sqrt{5}/2", "\\frac{3-\\sqrt{5}}{2}", "1-\\sqrt{5}/2+1/2"),
        ("simplified", "\\sqrt{2}/2", "\\frac{\\sqrt{2}}{2}", "\\frac{1}{\\sqrt{2}}"),
        ("simplified", "5\\pi/6", "\\frac{5\\pi}{6}", "\\pi-\\pi/6"),
        ("simplified", "1/2", "0.5", "\\sin(\\pi/6)"),
        ("partial", "3/(x-1)-2/(x+4)", "-\\frac{2}{x+4}+\\frac{3}{x-1}", "(x+14)/((x-1)(x+4))"),
        ("partial", "3/(x-1)-2/((x+4)^2)", "3 \\cdot \\frac{1}{x-1}-\\frac{2}{(x+4)^2}", "\\frac{3(x+4)}{(x-1)(x+4)}-\\frac{2}{(x+4)^2}"),
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


@pytest.mark.parametrize("echo", ["\\frac{d}{dx}(3x^2)", "\\frac{d}{dx} 3x^2", "(3x^2)'", "d/dx 3x^2"])
def test_a_derivative_left_standing_is_no_answer(echo):
    assert CHECK(task("6x"), f"\\boxed{{{echo}}}").score == 0


@pytest.mark.parametrize("echo", ["\\int 6x dx", "\\int 6x \\, dx + C", "int 6x dx"])
def test_an_integral_left_standing_is_no_answer(echo):
    assert CHECK(task("3x^2", check={"kind": "antiderivative", "of": "6x", "by": "x"}), f"\\boxed{{{echo}}}").score == 0


INVERSE = {"kind": "inverse", "of": "(3x+1)/(x-2)", "by": "x"}
SOLVES = {"kind": "solves", "equations": ["3x+5y=1"], "names": ["x", "y"], "integers": True}
ORTHOGONAL = {"kind": "solves", "equations": ["(2)x+(-1)y+(3)z=0"], "names": ["x", "y", "z"], "nonzero": True}
SEQUENCE = {"kind": "sequence", "terms": ["3", "5", "9", "17", "33", "65"], "by": "n", "start": 1}
ODE = {"kind": "ode", "coefficients": ["4", "0", "1"], "rhs": "0", "by": "x"}


@pytest.mark.parametrize(
    ("check", "right", "wrong"),
    [
        (INVERSE, "\\frac{2x+1}{x-3}", "(3x+1)/(x-2)"),
        (INVERSE, "f^{-1}(x) = 2+\\frac{7}{x-3}", "\\frac{2y+1}{y-3}"),
        (SOLVES, "(2, -1)", "(-1, 2)"),
        (SOLVES, "x = -3, y = 2", "x = 2, y = -3"),
        (SOLVES, "(x, y) = (7, -4)", "(1/3, 0)"),
        (SOLVES, "y = -1, x = 2", "(2, -1, 0)"),
        (SOLVES, "\\begin{pmatrix} 2 \\\\ -1 \\end{pmatrix}", "(2+5t, -1-3t)"),
        (ORTHOGONAL, "(1, 2, 0)", "(0, 0, 0)"),
        (ORTHOGONAL, "(\\sqrt{2}, 2\\sqrt{2}, 0)", "(1, 2, 1)"),
        (SEQUENCE, "2^n+1", "2n+1"),
        (SEQUENCE, "a_n = 2 \\cdot 2^{n-1} + 1", "2^{n-1}+1"),
        (SEQUENCE, "1+2^n", "a_{n-1}+2^{n-1}"),
        (ODE, "\\sin 2x", "\\sin x"),
        (ODE, "y = 3\\cos(2x) - \\sin(2x)", "0"),
        (ODE, "C\\sin(2x)", "e^{2x}"),
    ],
)
def test_an_answer_that_fits_the_problem_is_right_whichever_it_is(check, right, wrong):
    asked = task("-", check=check)
    assert CHECK(asked, f"\\boxed{{{right}}}").score == 1
    assert CHECK(asked, f"\\boxed{{{wrong}}}").score == 0


@pytest.mark.parametrize(
    "check",
    [
        {"kind": "inverse", "by": "x"},
        {"kind": "solves", "equations": ["3x+"], "names": ["x"]},
        {"kind": "solves", "equations": ["3x"], "names": ["x"]},
        {"kind": "sequence", "terms": ["\\frac{"], "by": "n", "start": 1},
    ],
)
def test_a_check_that_cannot_be_read_is_the_tasks_fault(check):
    assert CHECK(task("-", check=check), "\\boxed{5}").outcome is Outcome.UNGRADABLE


@pytest.mark.parametrize("check", [INVERSE, SOLVES, SEQUENCE, ODE, ORTHOGONAL])
def test_a_check_is_bounded_before_it_works(check):
    for answer in ("x" + "*x" * 900, "(" * 60 + "x" + ")" * 60, "x^" * 30 + "x", "9" * 9000, "9^9^9^9^9", "x*" * 4500, "((x+1)^99)^99"):
        assert CHECK(task("-", check=check), f"\\boxed{{{answer}}}").score == 0


def test_two_golds_of_one_problem_share_their_answer_by_value_and_by_fit():
    def shares(one, two, **metadata):
        return CHECK.shares_answer(task(one, **metadata), task(two))

    assert shares("1/2", "\\frac{1}{2}")
    assert shares("0.5", "1/2")
    assert shares("1, 2", "2,1")
    assert not shares("(1, 2)", "(2, 1)")
    assert not shares("1/2", "0.51")
    assert shares("(2, -1)", "(-3, 2)", check=SOLVES)
    assert not shares("(2, -1)", "(-3, 1)", check=SOLVES)
    assert shares("sin(2x)", "sin(-2x)", check=ODE)
    assert not shares("sin(2x)", "exp(2x)", check=ODE)


def test_the_papers_rule_adds_what_math_verify_accepts_and_takes_nothing_away():
    gold, answer = "$1, 2, \\ldots, n$", "$1, 3, 5, \\ldots, 2n-1$"  # a false positive of the second checker, and so of the rule
    assert CHECK(task(gold), f"\\boxed{{{answer}}}").score == 0
    verdict = CHECK(task(gold, checker="either"), f"\\boxed{{{answer}}}")
    assert (verdict.score, verdict.reason) == (1, "equal: by math-verify")
    assert CHECK(task("\\pi/2", checker="either"), "\\boxed{90^\\circ}").score == 1
    assert CHECK(task("1/2", checker="either"), "\\boxed{0.6}").score == 0


def test_the_papers_rule_keeps_forms_checks_and_broken_golds():
    assert CHECK(task("19", form="number", checker="either"), "\\boxed{12+7}").score == 0
    assert CHECK(task("-", check=SOLVES, checker="either"), "\\boxed{(-3, 2)}").score == 1
    assert CHECK(task("\\frac{1}{", checker="either"), "\\boxed{5}").outcome is Outcome.UNGRADABLE
    assert CHECK(task("5", checker="both"), "\\boxed{5}").outcome is Outcome.UNGRADABLE


@pytest.mark.parametrize(
    "text",
    [
        "9^{9^{9}}", "9**9**9", "((9^9)^9)^9", "100000!", "(10!)!", "10!!", "2^{99!}", "\\binom{100000}{50000}", "(x+1)^{300}", "10^{999}",
        "e^{x^{9}}",
        "\\sum_{k=1}^{1000000} k", "\\int_0^1 x dx", "\\prod_{k=1}^{99} k", "gamma(10^8)", "7" * 41, "(" * 13 + "1" + ")" * 13, "1," * 41, "1+" * 200,
        "2^2^2^2^2^2", "x^2" * 9, "\\Gamma(99)",
    ],
)  # fmt: skip
def test_what_may_grow_without_bound_never_reaches_the_second_checker(text):
    assert either.refused(text)
    assert not either.accepts(text, text)


@pytest.mark.parametrize(("gold", "answer"), [("2(\\ln 24-\\ln 30)/(2\\ln 30-\\ln 24)", "-7654321"), ("7654321", "e^2"), ("\\log_2 3", "1e7")])
def test_a_large_number_beside_a_logarithm_never_reaches_the_second_checker(gold, answer):
    assert either.refused_together(gold, answer)
    assert not either.accepts(gold, answer)


@pytest.mark.parametrize(
    "text",
    ["x^{2}+1", "e^{2x}", "2^{n+1}", "90^\\circ", "10^{-5}", "5!", "\\binom{5}{2}", "(x+1)^{3}", "\\sin^{2} x", "x^{1/2}", "2 \\times 10^{12}"],
)
def test_ordinary_answers_reach_the_second_checker(text):
    assert not either.refused(text)


def test_the_papers_rule_names_the_package_that_it_needs(monkeypatch):
    monkeypatch.setitem(sys.modules, "math_verify", None)
    with pytest.raises(MissingExtraError, match=r"math/algebra-v0 with checker = 'either' needs the package 'math-verify'"):
        make("math/algebra-v0", checker="either")
    assert CHECK(task("5", checker="either"), "\\boxed{5.0}").score == 1
    with pytest.raises(MissingExtraError, match=r"prorl_gym\[math-verify\]"):
        CHECK(task("5", checker="either"), "\\boxed{6}")


def test_an_env_carries_its_rule_in_its_tasks():
    assert "checker" not in make("math/algebra-v0").task_at(0).metadata
    assert make("math/algebra-v0", checker="either").task_at(0).metadata["checker"] == "either"
    with pytest.raises(ConfigError, match="checker is one of own, either; got 'both'"):
        make("math/algebra-v0", checker="both")


def test_trivial_answers_need_neither_sympy_nor_mpmath():
    code = (
        "import sys; from prorl_env_math.checker import judge; "
        "assert judge('19','19').equal and judge('1/2','0.5').equal and judge('6x','6 x').equal and judge('x+1','1+x').equal; "
        "assert not {'sympy', 'mpmath'} & set(sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
