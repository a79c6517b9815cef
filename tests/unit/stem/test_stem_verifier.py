import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.golds import asked
from prorl_env_stem.verifier import StemVerifier
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
        (r"\frac{1}{2}mv^2", {}, "expression"),
        (r"\frac{[NH_3]^2}{[N_2][H_2]^3}", {}, "expression"),
        ("E = mc^2", {}, "expression"),
        ("v_0 t - g t^2/2", {}, "expression"),
        ("x = 5 m", {}, "quantity"),
        (r"5 \times 10^{-3}", {}, "quantity"),
        ("50%", {}, "quantity"),
        ("-212 kJ/mol", {}, "quantity"),
        ("Fe^{3+}", {}, "text"),
        ("2-methylpropane", {}, "text"),
        ("yes", {}, "text"),
        ("the hydroxyl group", {}, "text"),
        ("AUGGCU", {}, "text"),
        ({"a": "1 m", "b": "2 s"}, {}, "parts"),
    ],
)
def test_the_kind_is_given_or_guessed_from_the_gold(answer, metadata, kind):
    assert asked(task(answer, **metadata)).kind == kind


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


def test_the_domain_imports_and_grades_without_heavy_libraries():
    code = (
        "import sys; import prorl_env_stem.plugin;"
        "assert not any(m.startswith('prorl_env_stem.') and m != 'prorl_env_stem.plugin' for m in sys.modules);"
        "from prorl_env_stem.quantity import *; g = gold_quantity('12 m/s^2', '');"
        "assert compare(g, parse_quantity('1200 cm/s2')) == 'equal';"
        "import prorl_env_stem.verifier; assert not {'pint', 'sympy', 'torch', 'datasets', 'pandas'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("\\boxed{12}\\,\\text{N}", 1.0),
        ("so $\\boxed{12}$ N.", 1.0),
        ("$$\\boxed{12}\\ \\mathrm{N}$$ as asked", 1.0),
        ("\\boxed{0.012} kN, which is small", 1.0),
        ("\\boxed{12} J", 0.0),
        ("\\boxed{12} in total", 0.0),
        ("\\boxed{12 J} N", 0.0),
        ("\\boxed{12}\nN", 0.0),
    ],
)
def test_a_unit_right_behind_the_box_belongs_to_it(text, right):
    assert score("12 N", text) == right


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("12 m/s", r"12 \mathrm{~m} / \mathrm{s}"),
        ("12 m/s", r"v \approx 12.0 \mathrm{~m} \mathrm{~s}^{-1}"),
        (r"2.5 \times 10^{-3} \mathrm{~mol} / \mathrm{L}", "2.5 mM"),
        (r"25^{\circ} \mathrm{C}", "298.15 K"),
        (r"1.2 \mathrm{k} \Omega", "1200 Ω"),
        (r"5 \mu \mathrm{F}", "5e-6 F"),
        ("pH = 4.76", "4.76"),
        (r"6.0 \times 10^{23} \text{ atoms}", "6.0e23"),
        ("6.28 m/s", r"2\pi \text{ m/s}"),
        (r"\frac{\sqrt{3}}{2} \mathrm{~A}", "0.866 A"),
        (r"\psi(x) = A\sin(kx)", r"A \sin kx"),
        (r"T(r)=T_0 e^{-r/a}", r"T_0 \exp(-r/a)"),
        (r"$\frac{q}{4\pi\epsilon_0 r^2}$", r"\frac{1}{4\pi\varepsilon_0}\frac{q}{r^2}"),
        (r"\mu m g", r"m g \mu"),
        ("Ca(OH)2", r"\mathrm{Ca}(\mathrm{OH})_{2}"),
        ("[Co(NH3)6]^3+", r"[\mathrm{Co}(\mathrm{NH}_3)_6]^{3+}"),
        ("2Na + Cl2 -> 2NaCl", r"2 \mathrm{Na}+\mathrm{Cl}_{2} \rightarrow 2 \mathrm{NaCl}"),
        ("sp^3", "sp3"),
        ("1s2 2s2 2p4", "1s^2 2s^2 2p^4"),
        ("9:3:3:1", "9 : 3 : 3 : 1"),
        ("True", "true"),
        ("+6", "6"),
    ],
)
def test_bare_golds_are_judged_by_what_they_look_like(gold, answer):
    assert score(gold, f"\\boxed{{{answer}}}") == 1.0


@pytest.mark.parametrize(
    ("gold", "answer"), [(r"2\pi", "6.5"), ("5 N", "5 N or 6 N"), ("9:3:3:1", "9:3:4"), ("sp^3", "sp^2"), ("True", "false"), ("mu", "m")]
)
def test_bare_golds_refuse_other_answers(gold, answer):
    assert score(gold, f"\\boxed{{{answer}}}") == 0.0


def test_figures_can_be_asked_for_and_must_then_be_shown():
    assert score("12.34 m", "\\boxed{12.3 m}", figures=3) == 1.0
    assert score("12.34 m", "\\boxed{12.340 m}", figures=3) == 1.0
    assert score("12.34 m", "\\boxed{12.340 m}", figures=3, figures_shown=True) == 0.0
    assert score("12.34 m", "\\boxed{12.3 m}", figures=3, figures_shown=True) == 1.0


def test_a_worked_solution_as_gold_is_reduced_to_its_answer():
    solution = "The acceleration is a = F/m = 3.0 m/s^2.\nAfter 4.0 s the speed is $v = a t = 3.0 \\times 4.0 = 12$ m/s."
    assert score(solution, "\\boxed{12 m/s}") == 1.0
    assert score(solution, "\\boxed{3.0 m/s^2}") == 0.0
    silent = "We prove the claim by induction over the number of particles.\nThe step follows at once from the lemma."
    assert StemVerifier()(task(silent), "\\boxed{12}").outcome is Outcome.UNGRADABLE


def test_aliases_and_scaled_equations_are_settings():
    assert score("adenosine triphosphate", "\\boxed{ATP}", kind="text", aliases=["ATP"]) == 1.0
    assert score("adenosine triphosphate", "\\boxed{ATP}", kind="text") == 0.0
    assert score("2H2+O2=2H2O", "\\boxed{4H2+2O2=4H2O}", scaled=True) == 1.0
    assert score("2H2+O2=2H2O", "\\boxed{4H2+2O2=4H2O}") == 0.0
    assert score("C2H6O", "\\boxed{CH3CH2OH}", kind="text", form="composition") == 1.0


def test_a_broken_choice_is_ungradable_and_a_single_option_needs_no_gold():
    given = Task(env_id="stem/choice-v0", prompt=(), answer=None, metadata={"kind": "choice", "options": ["U"]})
    assert StemVerifier()(given, "The answer is U.", mode="tolerant").score == 1.0
    assert StemVerifier()(given, "I do not know", mode="tolerant").outcome is Outcome.NO_ANSWER
    several = Task(env_id="stem/choice-v0", prompt=(), answer=None, metadata={"kind": "choice", "options": ["U", "V"]})
    assert StemVerifier()(several, "The answer is U.", mode="tolerant").outcome is Outcome.UNGRADABLE


GOLDS = st.sampled_from(["12 N", "0.5", "25 °C", "C", "H2O", "Fe^3+", "2H2+O2=2H2O", "TACG", "mitochondrion", r"\frac{m v^2}{2}", "E=mc^2", "v_0 t"])


@given(gold=GOLDS, before=st.text(alphabet="abc .,\n", max_size=30), spaces=st.sampled_from(["", " ", "  "]), dollar=st.booleans())
def test_every_gold_is_right_whatever_surrounds_it(gold, before, spaces, dollar):
    inner = f"{spaces}{gold}{spaces}"
    assert score(gold, f"{before}\\boxed{{{f'${inner}$' if dollar else inner}}}") == 1.0


@given(one=GOLDS, two=GOLDS)
def test_sharing_an_answer_is_what_the_checker_says(one, two):
    verifier = StemVerifier()
    assert verifier.shares_answer(task(one), task(two)) == (verifier(task(one), verifier.gold(task(two))).score == 1.0)
