import json
import random

import pytest

from prorl_env_logic import scorers, solutions, source
from prorl_env_logic.environment import ReasoningGym
from prorl_env_logic.expression import LimitError
from prorl_env_logic.scorers import score
from prorl_env_logic.table import EXACT, TASKS

BRIDGED = sorted(set(TASKS) - set(scorers.CORRECTED) - EXACT)
RUNS_TEXT = {  # the package's scorers that run the answer, or never end: not called here on anything but golds
    "binary_matrix",
    "countdown",
    "intermediate_integration",
    "n_queens",
    "polynomial_multiplication",
    "puzzle24",
    "simple_integration",
    "spiral_matrix",
    "string_insertion",
}


def entries(name, count=2, level=0):
    env = ReasoningGym(env_id=f"logic/{name}-v0")
    return [env.draft(random.Random(seed), level).metadata["entry"] for seed in range(count)]


def entry(answer, **metadata):
    return {"answer": answer, "metadata": metadata}


@pytest.mark.parametrize("name", BRIDGED)
def test_a_bridged_score_is_the_package_s_own_on_gold_and_on_another_gold(name):
    one, other = entries(name)
    for answer in (solutions.right(name, one), solutions.right(name, other)):
        own = source.own_score(name, answer, json.loads(json.dumps(one)))
        expected = 0.0 if own <= scorers.TOKEN.get(name, 0.0) else min(own, 1.0)
        assert score(name, answer, one) == pytest.approx(expected)


@pytest.mark.parametrize("name", sorted(EXACT))
def test_an_exact_score_is_the_package_s_own_but_for_texts_that_contain_the_gold(name):
    one, other = entries(name)
    assert score(name, one["answer"], one) == source.own_score(name, one["answer"], one) == 1.0
    assert score(name, f"I think it is {one['answer']}", one) == 0.0 < source.own_score(name, f"I think it is {one['answer']}", one)
    if one["answer"] not in other["answer"]:
        assert score(name, other["answer"], one) == source.own_score(name, other["answer"], one) == 0.0


@pytest.mark.parametrize("name", sorted(set(scorers.CORRECTED) - {"propositional_logic"}))
def test_a_corrected_scorer_agrees_with_the_package_on_the_gold(name):
    for one in entries(name, 3):
        gold = solutions.right(name, one)
        assert score(name, gold, one) == 1.0 == source.own_score(name, gold, json.loads(json.dumps(one)))


@pytest.mark.parametrize("name", sorted(set(scorers.CORRECTED) - RUNS_TEXT - {"propositional_logic"}))
def test_a_corrected_scorer_pays_no_more_than_the_package_for_another_gold(name):
    one, other = entries(name)
    answer = solutions.right(name, other)
    assert score(name, answer, one) <= source.own_score(name, answer, json.loads(json.dumps(one))) + 1e-9


def test_game_of_life_halting_reads_the_answer():
    given = entry("False")
    assert source.own_score("game_of_life_halting", "True", given) == 1.0, "the fault: any text is right"
    assert [score("game_of_life_halting", a, given) for a in ("False", "false", "True", "anything")] == [1.0, 1.0, 0.0, 0.0]


def test_prime_factorization_neither_raises_nor_pays_for_the_number_itself():
    given = entry("2 × 2 × 3", number=12, factors=[2, 2, 3])
    with pytest.raises(ValueError, match="invalid literal"):
        source.own_score("prime_factorization", "two", given)
    assert source.own_score("prime_factorization", "12", given) == 0.5
    answers = {"3×2×2": 1.0, "2 × 6": 0.5, "12": 0.0, "1 × 12": 0.0, "two": 0.0, "": 0.0, "5 × 7": 0.0}
    assert {a: score("prime_factorization", a, given) for a in answers} == answers


def test_boxnet_neither_raises_nor_pays_for_an_empty_plan():
    given = entry(None, initial_state={"0.5_0.5": ["box_red"], "0.5_1.5": ["target_red"]})
    with pytest.raises(AttributeError):
        source.own_score("boxnet", "[1]", given)
    assert source.own_score("boxnet", "[]", given) == 0.05
    home = '[{"Agent[0.5, 0.5]": "move(box_red, square[0.5, 1.5])"}, {"Agent[0.5, 1.5]": "move(box_red, target_red)"}]'
    off = '[{"Agent[0.5, 0.5]": "move(box_red, square[0.5, -0.5])"}]'
    odd = ["[1]", "1", "[]", "{}", "null", '[{"Agent": 3}]', '[{"Agent[0.5, 0.5]": "move(target_red, box_red)"}]', off, "[" * 5000]
    assert score("boxnet", home, given) == 1.0
    assert [score("boxnet", a, given) for a in odd] == [0.0] * len(odd)


def test_number_sorting_accepts_neither_nan_nor_numbers_that_are_off_by_one():
    given = entry("['1', '3', '5.25']", direction="ascending")
    assert source.own_score("number_sorting", "[NaN, NaN, NaN]", given) == 1.0, "the fault: a list of NaN is right"
    assert source.own_score("number_sorting", "[2, 3, 5]", given) == 1.0, "the fault: 2 is right for 1"
    answers = {
        "[1,3,5.25]": 1.0,
        "['1', '3', '5.3']": 1.0,
        "[NaN, NaN, NaN]": 0.0,
        "[2,3,5.25]": 0.0,
        "[3,1,5.25]": 0.0,
        "[1,3]": 0.0,
        "1,3,5.25": 0.0,
    }
    assert {a: score("number_sorting", a, given) for a in answers} == answers


def test_complex_arithmetic_does_not_take_nan_for_a_result():
    given = entry("1.0 + 2.0i", result=[1, 2])
    assert source.own_score("complex_arithmetic", "nan", given) == 1.0, "the fault: nan is right"
    assert score("complex_arithmetic", "nan", given) == 0.0
    assert score("complex_arithmetic", "(1 + 2i)", given) == 1.0


def test_coin_flip_does_not_take_a_prefix_for_the_number():
    given = entry("0.375")
    assert source.own_score("coin_flip", "0", given) == 1.0, "the fault: a prefix is right"
    assert score("coin_flip", "0", given) == pytest.approx(0.2)
    assert [score("coin_flip", a, given) for a in ("3/8", "0.37501", "37.5", "1/0", "nan", "-1")] == [1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    assert score("coin_flip", "0", entry("0.00001")) < 1.0, "a constant must not be right where the probability is small"


def test_polynomial_equations_without_a_solution_are_not_solved_by_any_text():
    given = entry("")
    assert source.own_score("polynomial_equations", "I do not know", given) == 1.0, "the fault: any text is right"
    assert [score("polynomial_equations", a, given) for a in ("", "none", "I do not know", "1.5")] == [1.0, 1.0, 0.0, 0.0]


def test_puzzle24_wants_its_own_four_numbers_and_exactly_24():
    given = entry("8*(5*1 - 2)", numbers=[5, 1, 2, 8])
    answers = {"8*(5*1 - 2)": 1.0, "(5-2)*8*1": 1.0, "6*4*1*1": 0.0, "24": 0.0, "5+1+2+8": 0.05, "8*(5-2)/1": 1.0, "8*(5-2": 0.0, "1/(2-2)*5": 0.0}
    assert {a: score("puzzle24", a, given) for a in answers} == answers
    assert score("puzzle24", "8*5*1/2", entry("", numbers=[8, 5, 1, 2])) == 0.05
    assert score("puzzle24", "49/2*1*1", entry("", numbers=[49, 2, 1, 1])) == 0.05, "24.5 is not 24"


def test_countdown_is_exact_where_a_float_is_close():
    given = entry("", numbers=[1, 3, 100000000, 3], target=1)
    assert score("countdown", "3/3 + 1/100000000", given) == 0.05
    assert score("countdown", "a wrong solution", given) == 0.0


def test_rubiks_cube_pays_for_moves_only():
    given = entry(None, cube_size=3, scramble_moves="R U")
    assert source.own_score("rubiks_cube", "U' 4x4 R'", given) == 1.0, "the fault: what is no move is dropped"
    assert score("rubiks_cube", "U' 4x4 R'", given) == score("rubiks_cube", "solve it", given) == score("rubiks_cube", "R99999999", given) == 0.0
    assert score("rubiks_cube", "U' R'", given) == 1.0
    assert score("rubiks_cube", "U' R", given) == 0.0


def test_a_conclusion_must_be_a_formula_and_not_a_platitude():
    given = entry(None, variables=["P", "Q"], premises=["P", "(P → Q)"])
    answers = {"P ∧ Q": 1.0, "Q": 0.25, "P ∨ ¬P": 0.25, "¬P ∨ ¬Q": 0.05, "?": 0.0, "R ∨ P": 0.0, "P Q": 0.0, "": 0.0, "P ∧": 0.0}
    assert {a: score("propositional_logic", a, given) for a in answers} == answers
    with pytest.raises(ValueError, match="contradict"):
        score("propositional_logic", "P ∧ Q", entry(None, variables=["P"], premises=["P", "¬P"]))


@pytest.mark.parametrize(
    ("name", "gold", "near"),
    [
        ("chain_sum", "12", ["+12.0", "1,2", "012"]),
        ("products", "12000", ["12,000", "1.2e4"]),
        ("bitwise_arithmetic", "0xff", ["255", "0b11111111", "0xFF"]),
        ("manipulate_matrix", "1 2\n3 4", ["1  2 \n 3 4"]),
        ("tsumego", "H5", ["h5"]),
    ],
)
def test_other_spellings_of_the_gold_are_right_and_texts_around_it_are_not(name, gold, near):
    given = entry(gold, problem="(0xfe + 0x1)")
    assert [score(name, a, given) for a in [gold, *near]] == [1.0] * (1 + len(near))
    assert [score(name, a, given) for a in (f"it is {gold}", f"{gold} or so", "")] == [0.0] * 3


@pytest.mark.parametrize(
    ("name", "gold", "listed", "credit"),
    [
        ("binary_matrix", "0 1\n1 0", "[[0, 1], [1, 0]]", 0.1),
        ("spiral_matrix", "1 2 3", "[1, 2, 3]", 0.1),
        ("string_insertion", "ABC", "['A', 'B', 'C']", 0.1),
        ("n_queens", "Q _\n_ Q", "[['Q', '_'], ['_', 'Q']]", 0.5),
    ],
)
def test_a_gold_written_as_a_python_list_keeps_its_part_of_the_score(name, gold, listed, credit):
    given = entry(gold, valid_answers=[gold])
    assert score(name, gold, given) == 1.0
    assert score(name, listed, given) == credit == source.own_score(name, listed, given)
    assert score(name, listed[:-1], given) == score(name, "[1]", given) == 0.0


def test_an_answer_over_the_limit_is_not_read():
    with pytest.raises(LimitError):
        score("ab", "A# " * 20_000, entry("A#"))
    assert score("ab", "x" * 50_000, entry("x" * 50_000)) == 1.0


@pytest.mark.parametrize(("name", "broken"), [("chain_sum", "seven"), ("game_of_life_halting", "maybe"), ("prime_factorization", "x"), ("gcd", None)])
def test_a_broken_gold_raises_instead_of_a_zero(name, broken):
    with pytest.raises(ValueError, match="gold answer"):
        score(name, "1", entry(broken))
