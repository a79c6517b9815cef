"""What the math checker takes for equal, pair by pair: each line says why it is there by what it shows."""

import pytest

from prorl_env_math.checker import GoldError, judge

EQUAL = [
    ("7", "7"),
    ("1000", "1,000"),
    ("1000", "1 000"),
    ("10000", "10^4"),
    ("1500", "1.5 \\times 10^{3}"),
    ("0.4", ".40"),
    ("3/4", "\\frac{6}{8}"),
    ("\\frac{3}{4}", "\\dfrac34"),
    ("5/2", "2\\frac{1}{2}"),
    ("5/2", "2 1/2"),
    ("-5/2", "-2\\frac12"),
    ("1/2", "½"),
    ("12", "１２"),
    ("12", "1\u200b2"),
    ("-3", "−3"),
    ("0", "-0"),
    ("0", "\\sin(\\pi)"),
    ("2\\sqrt{2}", "\\sqrt{8}"),
    ("e^{16}", "exp(16)"),
    ("2", "\\log_2 4"),
    ("\\pi", "3.14159265"),
    ("1/3", "0.3333333333"),
    ("12\\%", "0.12"),
    ("12\\%", "12"),
    ("3/8", "37.5%"),
    ("90^\\circ", "90"),
    ("90°", "\\frac{\\pi}{2}"),
    ("15", "15 \\text{ cm}^2"),
    ("10", "10 apples"),
    ("12", "\\$12"),
    ("10 \\text{ metres}", "10 metres"),
    ("8:30 PM", "20:30"),
    ("x^2-x-6", "(x-3)(x+2)"),
    ("\\sin 2x", "2 \\sin x \\cos x"),
    ("\\tan^2 y + 1", "\\sec^2 y"),
    ("a^{m+n}", "a^m \\cdot a^n"),
    ("|x|", "\\sqrt{x^2}"),
    ("\\ln(x^2)", "2\\ln x"),
    ("n!", "n \\cdot (n-1)!"),
    ("(-1)^n", "\\cos(n\\pi)"),
    ("\\binom{n}{2}", "\\frac{n(n-1)}{2}"),
    ("x = 5", "5"),
    ("5", "x = 5"),
    ("5", "5 = x"),
    ("f(x) = x+1", "x+1"),
    ("f(x) = x+1", "f(t) = 1+t"),
    ("2x + 4y = 6", "x + 2y - 3 = 0"),
    ("x < 4", "(-\\infty, 4)"),
    ("x < 3", "3 > x"),
    ("-4 < m \\le 0", "(-4, 0]"),
    ("x \\in [1, 2]", "1 \\le x \\le 2"),
    ("(1, 2) \\cup (3, 4)", "(3,4) U (1,2)"),
    ("a \\le -2 \\text{ or } a > 1", "(-\\infty, -2] \\cup (1, \\infty)"),
    ("(1, 2)", "\\left( 1, 2.0 \\right)"),
    ("(1, 2)", "(x, y) = (1, 2)"),
    ("\\{1, 2\\}", "\\{2, 1\\}"),
    ("1, 2", "2 \\text{ and } 1"),
    ("1, 2", "x = 1, y = 2"),
    ("\\pm 2", "2, -2"),
    ("3 \\pm \\sqrt 2", "3-\\sqrt2, 3+\\sqrt2"),
    ("\\begin{pmatrix} 5 & 1 \\\\ 0 & 7 \\end{pmatrix}", "\\left[\\begin{array}{cc}5 & 1 \\\\ 0 & 7\\end{array}\\right]"),
    ("\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}", "(1, 2)"),
    ("yes", "\\text{Yes}"),
    ("abc", "c \\cdot ab"),
    ("B", "\\text{B}"),
    ("204_5", "204_{5}"),
    ("\\infty", "oo"),
    ("\\boxed{3}", "3"),
    ("5", "\\sqrt{25} = 5"),
    ("3:2", "\\frac{3}{2}"),
    ("123456789^{50}", "(123456789^{25})^2"),
]

DIFFERENT = [
    ("3", "3.1"),
    ("0.333", "1/3"),
    ("1/3", "0.333"),
    ("1/3", "0.33333333334"),
    ("\\pi", "3.14"),
    ("1/2^{99}", "1/2^{98}"),
    ("1", "\\frac{10^{30}+1}{10^{30}}"),
    ("1/2004!", "1/2006!"),
    ("3^{2025}", "2^{2025}"),
    ("4", "4\\sqrt{2}"),
    ("1-1/e", "1+1/e"),
    ("\\sqrt{x^2}", "x"),
    ("\\lceil n/2 \\rceil", "\\lceil n/3 \\rceil"),
    ("y+3m-2", "y-2"),
    ("(1, 2)", "(2, 1)"),
    ("(1, 2)", "[1, 2]"),
    ("(3, 1)", "\\{1, 3\\}"),
    ("1, 2", "1, 2, 3"),
    ("1, 2, 2", "1, 1, 2"),
    ("2, 4, \\ldots, 2n", "2, 3, \\ldots, n"),
    ("3", "(1, 2)"),
    ("2", "1, 2"),
    ("\\pm 2", "2"),
    ("12", "1, 2"),
    ("x \\ge 5", "x \\le 5"),
    ("2x < 4", "-2x < -4"),
    ("x + y + 2 = 0", "x - y + 2 = 0"),
    ("5 \\text{ cm}", "5 \\text{ kg}"),
    ("5", "5x"),
    ("5", "5 or 6"),
    ("5", "either 5 or 6"),
    ("8:30", "9:30"),
    ("\\infty", "-\\infty"),
    ("tea", "eat"),
    ("A", "a"),
    ("yes", "no"),
    ("AB", "ab"),
    ("10", "10n"),
    ("x^2", "y^2"),
    ("f(x) = x+1", "g(x) = x+2"),
    ("\\begin{pmatrix} 1 & 2 \\end{pmatrix}", "\\begin{pmatrix} 1 & 3 \\end{pmatrix}"),
    ("204_5", "204_6"),
    ("2", "2/0"),
    ("0", "__import__('os').system('true') or 0"),
    ("42", "f'{42}'"),
]

HOSTILE = [
    "9**9**9**9",
    "9^{9^{9^{9}}}",
    "(9**9)**(9**9)",
    "10^{-1000000000}",
    "(10^9)!",
    "10!!!!!!!",
    "\\binom{10^9}{10^8}",
    "\\lfloor 10^{10^9} \\pi \\rfloor",
    "\\sin(10^{4000} + \\pi)",
    "e^{e^{e^{e^{9}}}}",
    "(" * 4000,
    "{" * 4000,
    "[" * 20 + "1" + "]" * 20,
    "|" * 3000,
    "\\frac" * 1500,
    "\\sqrt{" * 300 + "2" + "}" * 300,
    "x^" * 500 + "2",
    "-" * 7000 + "1",
    "1" + "/1" * 2500,
    "1" + "!" * 2500,
    "\\{x|" * 500,
    "\\begin{matrix}" * 200,
    "= " * 3000,
    "$" * 7000,
    "1 " * 3000,
    ",".join(str(n) for n in range(350)),
    "+".join(f"\\frac{{{n**7}}}{{{n**6 + 1}}}" for n in range(1, 150)),
    "+".join(f"\\sqrt{{{n}}}" for n in range(2, 250)),
    "(x+1)^{2000}" * 9,
    "9" * 2500,
    "1e999999",
    "x" * 9000,
    "\x00\ud7ff\U0001f642",
    "\\" * 3000,
    "a_{" * 900,
    "f(" * 200,
]


@pytest.mark.parametrize(("gold", "answer"), EQUAL)
def test_the_same_value_in_another_form_is_equal(gold, answer):
    assert judge(gold, answer).equal


@pytest.mark.parametrize(("gold", "answer"), DIFFERENT)
def test_another_value_is_different(gold, answer):
    assert not judge(gold, answer).equal


@pytest.mark.parametrize("answer", HOSTILE)
@pytest.mark.parametrize("gold", ["42", "x+1", "\\{1, 2\\}"])
def test_a_hostile_answer_is_graded_not_equal(gold, answer):
    verdict = judge(gold, answer)
    assert not verdict.equal
    assert verdict.reason.split(":")[0] in ("different", "limit")


@pytest.mark.parametrize("answer", ["9^{9^{9^{9}}}", "(10^9)!", "(" * 4000, "9" * 2500, "x" * 9000])
def test_an_answer_over_a_limit_says_so(answer):
    assert judge("42", answer).reason.startswith("limit: ")


@pytest.mark.parametrize("gold", ["", "  ", "\\frac{1}{", "\\foo + 1", "3 + ^ 2"])
def test_a_gold_that_cannot_be_read_is_an_error_of_the_gold(gold):
    with pytest.raises(GoldError):
        judge(gold, "17")


def test_a_gold_in_words_is_compared_as_text():
    assert judge("The sum is even.", "the sum is even").equal
    assert judge("The sum is even.", "17").reason == "different"


def test_the_inexact_context_leaves_the_global_precision_alone():
    import mpmath

    before = mpmath.mp.dps
    assert judge("\\sqrt{2}+\\sqrt{3}", "\\sqrt{5+2\\sqrt{6}}").equal
    assert mpmath.mp.dps == before
