"""Properties of the math checker on generated texts, numbers and expressions."""

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_math.checker import GoldError, judge
from prorl_env_math.clean import clean
from prorl_env_math.find import strict, tolerant
from prorl_env_math.limits import MAX_TREE_DEPTH, LimitError, ParseError
from prorl_env_math.nodes import depth, sym
from prorl_env_math.parse import parse
from prorl_env_math.verifier import MathVerifier
from prorl_env_math.writing import evaluated, polynomial, product
from prorl_gym.types import Outcome, Task

PIECES = st.sampled_from(
    [
        "0",
        "1",
        "2",
        "17",
        "3.5",
        "x",
        "y",
        "n",
        "e",
        "i",
        "pi",
        "\\pi",
        "\\infty",
        "+",
        "-",
        "*",
        "/",
        "^",
        "**",
        "_",
        "!",
        "%",
        "=",
        "<",
        ">",
        "\\le",
        "\\in",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "\\{",
        "\\}",
        "|",
        ",",
        ";",
        ":",
        "&",
        "'",
        "\\\\",
        "\\frac",
        "\\sqrt",
        "\\binom",
        "\\sin",
        "log",
        "\\pm",
        "\\cup",
        "\\lfloor",
        "\\rfloor",
        "\\begin{pmatrix}",
        "\\end{pmatrix}",
        "\\begin{array}{cc}",
        "\\text{cm}",
        "\\text{and}",
        "\\circ",
        "\\left",
        "\\right",
        "\\boxed",
        "$",
        "and",
        "or",
        "f(",
        "½",
        "√",
        "²",
        "°",
        "∞",
        "#",
        "\\quad",
        "\\foo",
    ]
)
MATHS = st.lists(PIECES, max_size=30).map(" ".join) | st.lists(PIECES, max_size=30).map("".join)
ANYTHING = st.text(max_size=200) | MATHS
WHOLE = st.integers(-(10**30), 10**30)
SMALL = st.integers(-20, 20)
calm = settings(deadline=None, max_examples=150)


@calm
@given(st.sampled_from(["42", "x^2+1", "(1, 2)", "x < 3", "\\{1, 2\\}"]), ANYTHING)
def test_any_answer_gets_a_judgement(gold, answer):
    assert judge(gold, answer).reason.split(":")[0] in ("equal", "different", "limit")


@calm
@given(ANYTHING, ANYTHING)
def test_any_gold_gives_a_judgement_or_a_gold_error(gold, answer):
    try:
        reason = judge(gold, answer).reason
    except GoldError as error:
        reason = f"broken: {error}"
    assert reason.split(":")[0] in ("equal", "different", "limit", "broken")


@calm
@given(ANYTHING)
def test_any_text_parses_to_a_bounded_tree_or_is_refused(text):
    try:
        tree = parse(clean(text))
    except (ParseError, LimitError) as error:
        tree = sym(str(error))
    assert depth(tree) <= MAX_TREE_DEPTH
    assert tree.kind != "sym" or tree.name


@calm
@given(ANYTHING)
def test_what_is_found_is_never_empty(text):
    assert strict(text) != ""
    assert tolerant(text) != ""


@calm
@given(MATHS)
def test_the_gold_itself_is_equal(text):
    if text.strip():
        assert judge(text, text).equal
        assert judge(text, f" {text} ").equal


@calm
@given(WHOLE, st.integers(1, 10**12))
def test_whole_numbers_are_compared_exactly(n, step):
    assert judge(str(n), f"{n:,}").equal
    assert judge(str(n), f"${n}$.").equal
    assert judge(str(n), f"{n}.0").equal
    assert not judge(str(n), str(n + step)).equal
    assert not judge(str(n), f"{n}.000001").equal


@calm
@given(WHOLE, st.integers(1, 10**15), st.integers(1, 1000))
def test_fractions_are_compared_exactly(top, bottom, k):
    value = Fraction(top, bottom)
    assert judge(str(value), f"{top * k}/{bottom * k}").equal
    assert judge(str(value), f"\\dfrac{{{top}}}{{{bottom}}}").equal
    assert not judge(str(value), f"{top * k + 1}/{bottom * k}").equal


@calm
@given(st.lists(SMALL, min_size=1, max_size=5), st.lists(SMALL, min_size=1, max_size=4), st.integers(1, 9))
def test_a_product_equals_its_expansion_and_nothing_else(one, two, off):
    text, expanded = f"({polynomial(one)})({polynomial(two)})", product(one, two)
    assert judge(polynomial(expanded), text).equal
    assert not judge(polynomial([expanded[0] + off, *expanded[1:]]), text).equal


@calm
@given(st.lists(SMALL, min_size=1, max_size=5), SMALL)
def test_a_written_polynomial_has_its_value(coefficients, x):
    substituted = polynomial(coefficients).replace("x", f"\\cdot({x})").replace("+\\cdot", "+").replace("-\\cdot", "-").removeprefix("\\cdot")
    assert judge(str(evaluated(coefficients, x)), substituted).equal


@calm
@given(st.lists(SMALL, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_lists_forget_their_order_and_tuples_keep_it(items, rng):
    shuffled = rng.sample(items, len(items))
    assert judge(", ".join(map(str, items)), ", ".join(map(str, shuffled))).equal
    if len(items) > 1:
        assert judge(f"({', '.join(map(str, items))})", f"({', '.join(map(str, shuffled))})").equal == (items == shuffled)


@calm
@given(ANYTHING)
def test_any_completion_gets_a_graded_verdict_or_no_answer(text):
    task = Task(env_id="math/arithmetic-v0", prompt=(), answer="19", metadata={"form": "number"})
    for mode in ("strict", "tolerant"):
        assert MathVerifier()(task, text, mode=mode).outcome in (Outcome.GRADED, Outcome.NO_ANSWER)
        assert MathVerifier()(task, f"{text}\\boxed{{{text}}}", mode=mode).outcome in (Outcome.GRADED, Outcome.NO_ANSWER)


@calm
@given(ANYTHING)
def test_any_antiderivative_gets_a_graded_verdict(text):
    task = Task(env_id="math/calculus-v0", prompt=(), answer="3x^2", metadata={"check": {"kind": "antiderivative", "of": "6x", "by": "x"}})
    assert MathVerifier().check(task, text, sandbox=None).outcome is Outcome.GRADED
