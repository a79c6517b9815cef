import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.number import LimitError
from prorl_env_stem.text import FORMS, form_of, same_text


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("H2O", "H_2O"),
        ("H2O", "H₂O"),
        ("H2O", r"\ce{H2O}"),
        ("H2O", r"\mathrm{H_{2}O}"),
        ("H2O", "$H_2O$"),
        ("Al2(SO4)3", "Al₂(SO₄)₃"),
        ("SO4^2-", "SO_4^{2-}"),
        ("SO4^2-", "SO₄²⁻"),
        ("H2O", "H2O(l)"),
    ],
)
def test_one_formula_in_many_spellings(gold, answer):
    assert same_text(gold, answer, "formula")


@pytest.mark.parametrize(("gold", "answer"), [("CO", "Co"), ("H2O", "H2O2"), ("H2O", "h2o"), ("NaCl", "Na Cl2"), ("H2O", ""), ("H2O", "H2O or H2O2")])
def test_another_formula_is_another_formula(gold, answer):
    assert not same_text(gold, answer, "formula")


@pytest.mark.parametrize(
    "answer",
    [
        "2H2+O2=2H2O",
        "O2 + 2H2 -> 2H2O",
        "2 H₂ + O₂ → 2 H₂O",
        r"2H_2 + O_2 \rightarrow 2H_2O",
        "2H2(g) + 1 O2(g) => 2H2O(l)",
        r"\ce{2H2 + O2 -> 2H2O}",
    ],
)
def test_one_equation_in_many_spellings(answer):
    assert same_text("2H2+O2=2H2O", answer, "equation")


@pytest.mark.parametrize("answer", ["H2+O2=H2O", "4H2+2O2=4H2O", "2H2O=2H2+O2", "2H2+O2", "2H2+O2=2H2O=2H2O", "=", "2H2+O2+O2=2H2O"])
def test_other_coefficients_or_sides_are_another_equation(answer):
    assert not same_text("2H2+O2=2H2O", answer, "equation")


def test_ions_keep_their_charge_in_equations():
    assert same_text("Na+ + Cl- = NaCl", "Cl- + Na+ -> NaCl", "equation")
    assert not same_text("Na+ + Cl- = NaCl", "Cl + Na -> NaCl", "equation")


def test_sequences_ignore_case_gaps_and_ends():
    assert same_text("TACG", "5'-TAC G-3'", "sequence")
    assert same_text("TACG", "tacg", "sequence")
    assert not same_text("TACG", "GCAT", "sequence")
    assert not same_text("TACG", "TACGG", "sequence")


def test_names_ignore_case_articles_and_punctuation():
    assert same_text("mitochondrion", "The Mitochondrion.", "name")
    assert same_text("carbon dioxide", "carbon-dioxide", "name")
    assert not same_text("carbon dioxide", "carbon monoxide", "name")


@pytest.mark.parametrize(
    ("gold", "form"),
    [("H2O", "formula"), ("NaCl", "formula"), ("TACG", "sequence"), ("2H2 + O2 -> 2H2O", "equation"), ("mitochondrion", "name"), ("Paris", "name")],
)
def test_the_form_is_guessed_from_the_gold(gold, form):
    assert form_of(gold) == form


def test_a_long_answer_is_over_the_limit():
    with pytest.raises(LimitError, match="limit"):
        same_text("TACG", "T" * 301, "sequence")


@given(text=st.text(max_size=200), form=st.sampled_from(FORMS))
def test_any_text_compares_without_a_crash_and_equals_itself_or_nothing(text, form):
    assert same_text(text, text, form) in (True, False)
    assert same_text("H2O", text, form) in (True, False)
