import json
import random

import pytest

from prorl_env_logic import scorers, solutions, source
from prorl_env_logic.environment import ReasoningGym
from prorl_env_logic.expression import LimitError
from prorl_env_logic.scorers import score
from prorl_env_logic.table import TASKS

BRIDGED = sorted(set(TASKS) - set(scorers.CORRECTED))
TEXTS = (
    *(
        "",
        " ",
        "?",
        "0",
        "1",
        "-1",
        "0.5",
        "7 + x",
        "yes",
        "No",
        "True",
        "on",
        "A",
        "a b",
        "[]",
        "[[]]",
        "{}",
        "[1]",
        "null",
        "NaN",
        "1e400",
        "infeasible",
    ),
    *("The answer is 12", "\\(7\\)", "1/2", "(1, 2)", "1 2\n3 4", "None", "×", "A+1", "×" * 3, "\N{THINKING FACE}", "\x00", "{" * 200, "9" * 400),
)


def entries(name, count=2, level=0):
    env = ReasoningGym(env_id=f"logic/{name}-v0")
    return [env.draft(random.Random(seed), level).metadata["entry"] for seed in range(count)]


def entry(answer, **metadata):
    return {"answer": answer, "metadata": metadata}


def own(name, answer, given):
    """The package's score, 0 where it raises."""
    try:
        return min(max(source.own_score(name, answer, json.loads(json.dumps(given))), 0.0), 1.0)
    except Exception:
        return 0.0


@pytest.mark.parametrize("name", BRIDGED)
def test_a_score_is_the_package_s_own_on_gold_wrong_and_garbage(name):
    one, other = entries(name)
    gold, another = solutions.right(name, one), solutions.right(name, other)
    around = [f" {gold}\n", f"The answer is {gold}", f"{gold}.", gold[:-1], gold * 2, f"{gold} {another}", gold.swapcase(), f"[{gold}]"]
    for answer in (gold, another, *around, *TEXTS):
        assert score(name, answer, one) == pytest.approx(own(name, answer, one)), answer
    assert score(name, gold, one) == 1.0


@pytest.mark.parametrize("name", sorted(set(scorers.CORRECTED) - {"codeio"}))
def test_a_corrected_score_is_the_package_s_own_on_the_gold_and_never_more_on_another(name):
    one, other = entries(name)
    gold, another = solutions.right(name, one), solutions.right(name, other)
    assert score(name, gold, one) == own(name, gold, one) == 1.0
    assert score(name, another, one) <= own(name, another, one) + 1e-9


@pytest.mark.parametrize("name", sorted(set(scorers.CORRECTED) - scorers.RUNS_TEXT - {"boxnet", "codeio", "prime_factorization"}))
def test_a_corrected_score_is_at_most_the_package_s_own_on_garbage(name):
    [one] = entries(name, 1)
    for answer in TEXTS[:-1]:
        assert score(name, answer, one) <= own(name, answer, one) + 1e-9, answer


def test_game_of_life_halting_reads_the_answer():
    given = entry("False")
    answers = {"False": 1.0, "false": 1.0, " False\n": 1.0, "True": 0.0, "anything": 0.0, "": 0.0}
    assert {a: score("game_of_life_halting", a, given) for a in answers} == answers


def test_prime_factorization_neither_raises_nor_pays_for_the_number_itself():
    given = entry("2 × 2 × 3", number=12, factors=[2, 2, 3])
    answers = {"3×2×2": 1.0, "2 × 6": 0.5, "-2 × -6": 0.5, "12": 0.01, "1 × 12": 0.01, "two": 0.0, "": 0.01, "5 × 7": 0.01, "2 × 2 × 3 ×": 1.0}
    assert {a: score("prime_factorization", a, given) for a in answers} == answers
    with pytest.raises(LimitError):
        score("prime_factorization", "2 × " * 4000 + "2", given)


def test_boxnet_neither_raises_nor_ends_at_the_edge():
    given = entry(None, initial_state={"0.5_0.5": ["box_red"], "0.5_1.5": ["target_red"]})
    home = '[{"Agent[0.5, 0.5]": "move(box_red, square[0.5, 1.5])"}, {"Agent[0.5, 1.5]": "move(box_red, target_red)"}]'
    off = '{"Agent[0.5, 0.5]": "move(box_red, square[1.5, 0.5])"}'
    assert score("boxnet", home, given) == own("boxnet", home, given) == 1.0
    assert score("boxnet", f"[{off}, {home[1:]}", given) == 1.0 > own("boxnet", f"[{off}, {home[1:]}", given) == 0.0
    for plan in ("[]", "{}", '[{"Agent[0.5, 0.5]": "move(target_red, box_red)"}]'):
        assert score("boxnet", plan, given) == own("boxnet", plan, given) == 0.05
    odd = ["[1]", "1", "null", '[{"Agent": 3}]', '"move"', "[" * 5000, "no JSON"]
    assert [score("boxnet", a, given) for a in odd] == [0.0] * len(odd)


def test_number_sorting_accepts_neither_nan_nor_numbers_that_are_off_by_one():
    given = entry("['1', '3', '5.25']", direction="ascending")
    answers = {
        "[1,3,5.25]": 1.0,
        "['1', '3', '5.3']": 1.0,
        '["1", "3", 5.25]': 1.0,
        "[NaN, NaN, NaN]": 0.0,
        "[2,3,5.25]": 0.0,
        "[3,1,5.25]": 0.0,
        "[1,3]": 0.0,
        "[1,3,true]": 0.0,
        "1,3,5.25": 0.0,
        "[" * 9000: 0.0,
    }
    assert {a: score("number_sorting", a, given) for a in answers} == answers


def test_coin_flip_does_not_take_a_prefix_for_the_number():
    given = entry("0.375")
    assert score("coin_flip", "0", given) == pytest.approx(0.2)
    assert [score("coin_flip", a, given) for a in ("3/8", "0.37501", "37.5", "1/0", "nan", "-1", "1e999999999")] == [
        1.0,
        1.0,
        0.0,
        0.0,
        0.0,
        0.0,
        0.0,
    ]
    assert score("coin_flip", "0", entry("0.00001")) < 1.0, "a constant must not be right where the probability is small"


def test_calendar_arithmetic_is_right_or_wrong_where_there_is_no_such_day():
    given = entry("-1", task="recurring_event_day")
    answers = {"-1": 1.0, " -1 ": 1.0, "5": 0.0, "0": 0.0, "-2": 0.0, "-1.0": 0.0, "none": 0.0, "9" * 300: 0.0}
    assert {a: score("calendar_arithmetic", a, given) for a in answers} == answers
    assert (
        score("calendar_arithmetic", "13", entry("12", task="count_days")) == own("calendar_arithmetic", "13", entry("12", task="count_days")) > 0.5
    )


def test_polynomial_equations_without_a_solution_are_not_solved_by_any_text():
    given = entry("")
    assert [score("polynomial_equations", a, given) for a in ("", "none", "I do not know", "1.5")] == [1.0, 1.0, 0.0, 0.0]
    assert score("polynomial_equations", "4, -4.1", entry("4,-4.12")) == pytest.approx(own("polynomial_equations", "4, -4.1", entry("4,-4.12")))


def test_puzzle24_wants_its_own_four_numbers_and_exactly_24():
    given = entry("8*(5*1 - 2)", numbers=[5, 1, 2, 8])
    answers = {"8*(5*1 - 2)": 1.0, "(5-2)*8*1": 1.0, "6*4*1*1": 0.01, "24": 0.01, "5+1+2+8": 0.01, "8*(5-2)/1": 1.0, "8*(5-2": 0.01, "5/(2-2)": 0.01}
    assert {a: score("puzzle24", a, given) for a in answers} == answers
    assert score("puzzle24", "49/2*1*1", entry("", numbers=[49, 2, 1, 1])) == 0.01, "24.5 is not 24"


def test_countdown_is_exact_where_a_float_is_close():
    given = entry("", numbers=[1, 3, 100000000, 3], target=1)
    answers = {"3/3 + 1/100000000": 0.05, "a wrong solution": 0.01, "": 0.01, "1/0": 0.01, "1+1": 0.05, "2**3": 0.05}
    assert {a: score("countdown", a, given) for a in answers} == answers


def test_rubiks_cube_and_rush_hour_refuse_moves_without_end():
    cube = entry(None, cube_size=3, scramble_moves="R U")
    assert score("rubiks_cube", "U' R'", cube) == score("rubiks_cube", "U3 R3", cube) == 1.0
    assert score("rubiks_cube", "U' R", cube) == score("rubiks_cube", "", cube) == score("rubiks_cube", "solve it", cube) == 0.01
    board = entry(None, board_config="oooooooooBooAAoBoooooBoooooooooooooo")
    assert score("rush_hour", "B+2 A+4", board) == 1.0
    assert score("rush_hour", "A+4", board) == score("rush_hour", "AA+3 ÜÜ-1", board) == 0.01
    for name, answer, given in (("rubiks_cube", "R99999999", cube), ("rubiks_cube", "R " * 3000, cube), ("rush_hour", "A+9999999999", board)):
        with pytest.raises(LimitError):
            score(name, answer, given)


def test_codeio_compares_objects_of_a_bounded_size():
    given = entry('{"a": 1, "b": [1, 2]}')
    for answer in ('{"a": 1, "b": [1, 2]}', 'It is {"a": 1, "b": [1, 2]}', '{"a": 1, "b": [1, 3]}', "{}", "no"):
        assert score("codeio", answer, given) == pytest.approx(own("codeio", answer, given)), answer
    with pytest.raises(LimitError):
        score("codeio", json.dumps({str(i): [i] for i in range(1500)}), given)


def test_a_conclusion_must_follow_and_be_a_formula():
    given = entry(None, variables=["P", "Q"], premises=["P", "(P → Q)"])
    answers = {
        "P ∧ Q": 1.0,
        "Q": 0.25,
        "P ∨ ¬P": 0.25,
        "¬P ∨ ¬Q": 0.05,
        "?": 0.05,
        "R ∨ P": 0.0,
        "P Q": 0.05,
        "": 0.0,
        "P ∧": 0.0,
        "∧ P": 0.0,
        "it is": 0.05,
    }
    assert {a: score("propositional_logic", a, given) for a in answers} == answers
    assert {a: own("propositional_logic", a, given) for a in answers} == answers


def test_a_premise_in_other_words_is_no_conclusion_where_a_better_one_is_known():
    weak = {"P ∧ P": 0.25, "¬¬P": 0.25, "P ∨ Q": 0.25, "¬P ∨ Q": 0.25, "(P → Q)": 0.25, "Q ∧ Q": 0.25, "P ∧ Q": 1.0, "P ↔ Q": 1.0}
    for example, expected in (("(P ∧ Q)", weak), ("(P ∨ Q)", dict.fromkeys(weak, 1.0))):
        given = entry(None, variables=["P", "Q"], premises=["P", "(P → Q)"], example_answer=example)
        assert {a: score("propositional_logic", a, given) for a in weak} == expected


@pytest.mark.parametrize(
    ("name", "cap", "gold", "junk"), [("figlet_font", 0.9, "ABCDEFGHIJKL", "ABCDEFGHIJzz"), ("spell_backward", 0.8, "god", "godzilla")]
)
def test_a_gold_with_more_after_it_is_not_the_gold(name, cap, gold, junk):
    given = entry(gold)
    assert score(name, gold.lower(), given) == 1.0
    assert score(name, junk, given) == pytest.approx(cap)
    assert score(name, gold[:2] + "?", given) == own(name, gold[:2] + "?", given)


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
def test_other_spellings_of_the_gold_are_right(name, gold, near):
    given = entry(gold, problem="(0xfe + 0x1)")
    assert [score(name, a, given) for a in [gold, *near]] == [1.0] * (1 + len(near))


def test_an_answer_over_the_limit_is_not_read():
    with pytest.raises(LimitError):
        score("ab", "A# " * 20_000, entry("A#"))
    assert score("ab", "x" * 50_000, entry("x" * 50_000)) == 1.0


@pytest.mark.parametrize(
    ("name", "broken"), [("game_of_life_halting", "maybe"), ("prime_factorization", "x"), ("gcd", None), ("number_sorting", "x")]
)
def test_a_broken_gold_raises_instead_of_a_zero(name, broken):
    with pytest.raises(ValueError, match="gold answer"):
        score(name, "1", entry(broken, direction="ascending"))
