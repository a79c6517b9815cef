import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.verifier import StemVerifier, kind_of
from prorl_gym.types import Outcome, Task
from prorl_gym.verifier import grade


def task(answer, **metadata):
    return Task(env_id="stem/physics-v0", prompt=(), answer=answer, metadata=metadata)


def score(answer, text, *, mode="strict", **metadata):
    return StemVerifier()(task(answer, **metadata), text, mode=mode).score


@pytest.mark.parametrize(
    ("answer", "metadata", "kind"),
    [
        ("12 N", {}, "quantity"),
        (12.5, {}, "quantity"),
        ("1/2", {}, "quantity"),
        ("C", {}, "choice"),
        ("(A) Cecile", {}, "choice"),
        ("5 J", {"options": ["5 J", "5 N"]}, "choice"),
        ("H2O", {}, "text"),
        ("2H2+O2=2H2O", {}, "text"),
        ("mitochondrion", {}, "text"),
        ("m*g*h", {}, "expression"),
        ("x^2", {}, "expression"),
        ("12 N", {"kind": "text"}, "text"),
    ],
)
def test_the_kind_is_given_or_guessed_from_the_gold(answer, metadata, kind):
    assert kind_of(task(answer, **metadata)) == kind


def test_a_quantity_task_states_unit_and_tolerance():
    assert score("12", "\\boxed{12}", unit="N") == 1.0
    assert score("12", "\\boxed{12}", unit="N", unit_required=True) == 0.0
    assert score("12 N", "\\boxed{12}") == 0.0
    assert score("12 N", "\\boxed{0.012 kN}") == 1.0
    assert score("200 m", "\\boxed{215 m}", rtol=0.1) == 1.0
    assert score("200 m", "\\boxed{215 m}") == 0.0


def test_one_of_several_golds_is_enough_and_a_broken_one_spoils_only_zeros():
    assert score(["12 N", "13 N"], "\\boxed{13 N}", kind="quantity") == 1.0
    assert score(["???", "13 N"], "\\boxed{13 N}", kind="quantity") == 1.0
    verdict = StemVerifier()(task(["???", "13 N"], kind="quantity"), "\\boxed{14 N}")
    assert verdict.outcome is Outcome.UNGRADABLE


@pytest.mark.parametrize(
    "given", [{"answer": None}, {"answer": ""}, {"answer": []}, {"answer": True}, {"answer": "abc", "kind": "quantity"}, {"answer": "1 zorkmid",
    "kind": "quantity"}, {"answer": "x", "kind": "essay"},
              {"answer": "12 N", "rtol": -1}, {"answer": "12 N", "rtol": "tight"}, {"answer": "x", "kind": "text", "form": "poem"},
              {"answer": "1e999 N", "kind": "quantity"}, {"answer": "x+" * 200, "kind": "expression"}]
)  # fmt: skip
def test_a_broken_task_is_ungradable_and_never_zero(given):
    given = dict(given)
    verdict = grade(StemVerifier(), task(given.pop("answer"), **given), completion="\\boxed{12 N}")
    assert verdict.outcome is Outcome.UNGRADABLE


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("The answer is 12 N.", 1.0),
        ("F = 3 * 4\nAnswer: 12 N", 1.0),
        ("**Answer:** $12\\,\\text{N}$", 1.0),
        ("so we get\n12 N", 1.0),
        ("The force is 12 N.", 1.0),
        ("Answer: 11 N. Wait, the answer is 12 N", 1.0),
        ("The answer is 12 N, because force is mass times acceleration.", 1.0),
        ("The answer is 12 N. That is all.", 1.0),
        ("The answer is 12 N or 13 N", 0.0),
        ("The answer is 12 N, or 13 N", 0.0),
        ("The answer is 12 N. Or 13 N.", 0.0),
        ("12 N is not what we want", 0.0),
        ("I do not know.", 0.0),
    ],
)
def test_tolerant_mode_finds_a_stated_quantity(text, right):
    assert score("12 N", text, mode="tolerant") == right
    assert score("12 N", text, mode="strict") == 0.0


def test_tolerant_mode_finds_a_stated_text():
    assert score("TACG", "The strand is TACG.", mode="tolerant", kind="text") == 1.0
    assert score("H2O", "Answer: water, so H2O", mode="tolerant", kind="text") == 0.0
    assert score("H2O", "Answer: **H₂O**", mode="tolerant", kind="text") == 1.0


def test_expressions_are_equal_as_written_or_as_numbers():
    assert score("m*g*h", "\\boxed{m g h}", kind="expression") == 1.0
    assert score("m*g*h", "\\boxed{E = m \\cdot g \\cdot h}", kind="expression") == 1.0
    assert score("m*g*h", "\\boxed{m g}", kind="expression") == 0.0
    assert score("1/2", "\\boxed{0.5}", kind="expression") == 1.0


@pytest.mark.parametrize("text", ["", "\\boxed{}", "no box", "<think>\\boxed{12 N}"])
def test_no_box_is_no_answer(text):
    assert StemVerifier()(task("12 N"), text).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize("inner", ["9" * 5000 + " N", "1e99999 N", "9^" * 200 + "9 N", "x" * 10000])
def test_an_answer_beyond_the_limits_scores_zero(inner):
    verdict = StemVerifier()(task("12 N"), f"\\boxed{{{inner}}}")
    assert (verdict.score, verdict.outcome) == (0.0, Outcome.GRADED)
    assert verdict.reason.startswith("limit")


@pytest.mark.parametrize("answer", ["12 N", "C", "TACG", "H2O", "2H2+O2=2H2O", "m*g*h", 7])
def test_the_gold_scores_one_and_the_listed_wrong_answer_zero(answer):
    verifier, given = StemVerifier(), task(answer)
    assert verifier(given, verifier.gold(given)).score == 1.0
    assert verifier(given, verifier.wrong(given)).score == 0.0
    with_unit = task("12", unit="N", unit_required=True)
    assert verifier.gold(with_unit) == "\\boxed{12 N}"


@given(
    text=st.text(max_size=300),
    answer=st.sampled_from(["12 N", "C", "TACG", "H2O", "x^2"]),
    mode=st.sampled_from(["strict", "tolerant"]),
    boxed=st.booleans(),
)
def test_any_text_gets_a_typed_verdict(text, answer, mode, boxed):
    verdict = StemVerifier()(task(answer), f"\\boxed{{{text}}}" if boxed else text, mode=mode)
    assert verdict.outcome in (Outcome.GRADED, Outcome.NO_ANSWER)


def test_registration_and_exact_matches_do_not_import_pint():
    code = (
        "import sys; import prorl_env_stem.plugin; assert 'prorl_env_stem.units' not in sys.modules;"
        "from prorl_env_stem.quantity import *; g = gold_quantity('12 m/s^2', '');"
        "assert compare(g, parse_quantity('12 m/s2'), rtol=None) == 'equal'; assert 'pint' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
