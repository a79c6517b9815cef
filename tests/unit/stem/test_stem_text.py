import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.chem import is_balanced, read_reaction
from prorl_env_stem.text import FORMS, form_of, same_text
from prorl_env_stem.tidy import LimitError


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
        ("SO4^2-", "SO42-"),
        ("SO4^2-", "[SO4]2-"),
        ("SO4^2-", r"\ce{SO4^2-}"),
        ("Fe^3+", "Fe3+"),
        ("Fe^3+", "Fe^{+3}"),
        ("NH4^+", "NH4+"),
        ("PO4^3-", "PO43-"),
        ("Hg2^2+", "Hg22+"),
        ("CuSO4·5H2O", "CuSO4.5H2O"),
        ("CuSO4·5H2O", r"CuSO_4 \cdot 5 H_2O"),
        ("H2O", "x = H2O"),
    ],
)
def test_one_formula_in_many_spellings(gold, answer):
    assert same_text(gold, answer, "formula")


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("CO", "Co"),
        ("H2O", "H2O2"),
        ("H2O", "h2o"),
        ("NaCl", "Na Cl2"),
        ("H2O", ""),
        ("H2O", "H2O or H2O2"),
        ("Fe^3+", "Fe^2+"),
        ("Fe^3+", "Fe"),
        ("HCN", "HNC"),
        ("NO3^-", "NO3"),
        ("SO4^2-", "SO3^2-"),
    ],
)
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
        r"2\,\text{H}_2(g) + \text{O}_2(g) \longrightarrow 2\,\text{H}_2\text{O}(l)",
        "O2 + 2H2 <=> 2H2O",
        "$2H_2 + O_2 = 2H_2O$.",
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


def test_electrons_and_common_factors_in_equations():
    assert same_text("Fe^3+ + e^- -> Fe^2+", "e- + Fe3+ = Fe2+", "equation")
    assert same_text("2H2+O2=2H2O", r"H2 + \frac{1}{2}O2 -> H2O", "equation", scaled=True)
    assert same_text("2H2+O2=2H2O", "6H2+3O2=6H2O", "equation", scaled=True)
    assert not same_text("2H2+O2=2H2O", "6H2+3O2=6H2O", "equation")
    assert not same_text("2H2+O2=2H2O", "2H2+2O2=2H2O", "equation", scaled=True)
    assert is_balanced(read_reaction("MnO4^- + 8H^+ + 5e^- -> Mn^2+ + 4H2O"))
    assert not is_balanced(read_reaction("H2+O2=H2O"))


@pytest.mark.parametrize(("gold", "answer"), [("C2H6O", "CH3CH2OH"), ("C2H6O", "C2H5OH"), ("H2O4S", "H2SO4"), ("Ca(OH)2", "CaO2H2")])
def test_a_composition_forgets_the_order(gold, answer):
    assert same_text(gold, answer, "composition")
    assert not same_text(gold, answer + "2", "composition")


def test_strands_know_their_ends_and_peptides_their_codes():
    assert same_text("5'-TACG-3'", "3'-GCAT-5'", "sequence")
    assert same_text("TACG", "3'-GCAT-5'", "sequence", from_5=True)
    assert not same_text("5'-TACG-3'", "3'-TACG-5'", "sequence")
    assert same_text("MAG", "Met-Ala-Gly", "sequence")
    assert same_text("MAG", "met ala gly stop", "sequence")
    assert same_text("MAG", "H2N-Met-Ala-Gly-COOH", "sequence")
    assert not same_text("MAG", "Met-Ala-Val", "sequence")


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
    ("gold", "answer"),
    [
        ("mitochondrion", "mitochondria"),
        ("allele", "alleles"),
        ("iron(III) oxide", "Iron (III) oxide"),
        ("sulfuric acid", "sulphuric acid"),
        ("alpha helix", "α-helix"),
        ("2-methylpropane", "2-methyl propane"),
        ("adenosine triphosphate (ATP)", "ATP"),
        ("adenosine triphosphate (ATP)", "adenosine triphosphate"),
        ("adenosine triphosphate (ATP)", "ATP (adenosine triphosphate)"),
        ("yes", "Yes."),
        ("Golgi apparatus", "the Golgi apparatus"),
    ],
)
def test_one_name_in_many_spellings(gold, answer):
    assert same_text(gold, answer, "name")


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("insulin", "insulin (not glucagon)"),
        ("insulin", "insulin or glucagon"),
        ("insulin", "not insulin"),
        ("iron(III) oxide", "iron(II) oxide"),
        ("gas", "ga"),
        ("1-butanol", "2-butanol"),
    ],
)
def test_another_name_is_another_name(gold, answer):
    assert not same_text(gold, answer, "name")
    assert not same_text(gold, "", "name")


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


ATOMS = st.tuples(st.sampled_from(["H", "C", "N", "O", "Na", "Cl", "S", "Fe", "Ca"]), st.integers(1, 12))
SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")


@given(atoms=st.lists(ATOMS, min_size=1, max_size=6), charge=st.sampled_from(["", "+", "-", "2+", "2-", "3-"]))
def test_every_spelling_of_a_formula_is_the_same_formula(atoms, charge):
    def spell(count, charged):
        return "".join(f"{a}{count(n) if n > 1 else ''}" for a, n in atoms) + (charged if charge else "")

    gold = spell(str, f"^{charge}")
    spellings = [
        spell(lambda n: f"_{{{n}}}", f"^{{{charge}}}"),
        spell(lambda n: str(n).translate(SUBSCRIPTS), charge.translate(SUPERSCRIPTS)),
        "\\ce{" + gold + "}",
        "\\mathrm{" + spell(lambda n: f"_{{{n}}}", f"^{{{charge}}}") + "}",
        f"${gold}$",
        f"{gold}(aq)",
        f"[{spell(str, '')}]{charge}" if charge else gold,
    ]
    for other in spellings:
        assert same_text(gold, other, "formula"), other
    assert not same_text(gold, spell(lambda n: str(n + 1), f"^{charge}") + "H", "formula")
    assert same_text(gold, "".join(f"{a}{n}" for a, n in reversed(atoms)) + (f"^{charge}" if charge else ""), "composition")


@given(
    order=st.permutations(["2KMnO4", "16HCl"]),
    right=st.permutations(["2KCl", "2MnCl2", "5Cl2", "8H2O"]),
    arrow=st.sampled_from(["->", "=", "→", r"\rightarrow", "=>"]),
)
def test_the_order_within_a_side_and_the_arrow_are_free(order, right, arrow):
    gold = "2KMnO4+16HCl=2KCl+2MnCl2+5Cl2+8H2O"
    assert same_text(gold, f"{' + '.join(order)} {arrow} {' + '.join(right)}", "equation")
    assert not same_text(gold, f"{' + '.join(right)} {arrow} {' + '.join(order)}", "equation")


@given(bases=st.text(alphabet="ACGT", min_size=2, max_size=40), width=st.integers(1, 5))
def test_sequences_are_the_same_in_blocks_and_lower_case(bases, width):
    blocks = " ".join(bases[i : i + width] for i in range(0, len(bases), width))
    for other in (blocks, bases.lower(), f"5'-{bases}-3'", blocks.replace(" ", "-"), f"\\text{{{bases}}}"):
        assert same_text(bases, other, "sequence"), other
    assert same_text(bases, f"3'-{bases[::-1]}-5'", "sequence", from_5=True)
    assert not same_text(bases, bases + "A", "sequence")


@given(
    word=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12),
    other=st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=3, max_size=12),
)
def test_names_equal_themselves_and_symmetrically(word, other):
    assert same_text(word, f"The {word.upper()}.", "name")
    assert same_text(word, other, "name") == same_text(other, word, "name")
