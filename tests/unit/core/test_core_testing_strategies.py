"""When a constant answer, or a piece of the prompt, earns more than the golds explain; and the interval that decides it."""

import math

import pytest

from prorl_gym.testing import Rate, wilson
from prorl_gym.testing.strategies import COPIES, judge_constants, judge_copies
from prorl_gym.testing.texts import HOSTILE, LONG, LONG_CHARS, ODD, Wrapper, dressed, same_answer
from prorl_gym.types import Task
from prorl_gym.verifier import Answer


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (1, 100, 0.0018, 0.0545), (0, 0, 0.0, 1.0)],
)
def test_wilsons_interval_has_the_known_values(hits, total, low, high):
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)
    assert Rate(hits=hits, total=total).interval == wilson(hits, total)


def test_wilsons_interval_solves_its_equation():
    """The ends are the shares p for which |hits/n - p| is z standard errors of p."""
    for hits, total in ((3, 17), (40, 90), (1, 5)):
        for end in wilson(hits, total):
            assert abs(hits / total - end) == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / total), abs=1e-6)


def test_a_rate_of_nothing_is_none_and_one_of_something_is_shown_with_its_interval():
    assert str(Rate(hits=0, total=0)) == "none"
    assert Rate(hits=0, total=0).to_json()["rate"] is None
    assert str(Rate(hits=1, total=4)) == "1/4 [4.6%, 69.9%]"


def classes(text):
    return [c.encode() for c in text]


def test_a_constant_may_solve_the_tasks_whose_gold_it_is():
    faults, found = judge_constants({"yes": range(12)}, classes("y" * 12 + "n" * 12), golden={"yes": range(12)})
    assert faults == []
    assert found == {"tasks": 24, "commonest_gold": 0.5, "best_constant": {"answer": "yes", "solved": 12}}


def test_a_constant_may_equal_one_gold_in_meaning():
    assert judge_constants({"yes": range(12)}, classes("t" * 12 + "f" * 12), golden={})[0] == []


def test_a_constant_that_is_right_for_two_answers_is_flagged():
    [fault] = judge_constants({"42": range(24)}, classes("y" * 12 + "n" * 12), golden={})[0]
    assert fault == "the constant answer '42' gets full marks on 24 of 24 tasks, and is the gold answer of 0"
    assert judge_constants({"yes": range(24)}, classes("y" * 12 + "n" * 12), golden={"yes": range(12)})[0]


def test_luck_on_few_tasks_flags_nothing():
    others = {str(n): () for n in range(25)}
    assert judge_constants({**others, "42": [0, 1]}, classes("ab"), golden={})[0] == []
    assert judge_constants({**others, "42": [0, 9]}, classes("abcdefghij"), golden={})[0] == []
    assert judge_constants({**others, "42": range(4)}, classes("abcd"), golden={})[0]


def test_golds_that_are_all_the_same_are_flagged():
    [fault] = judge_constants({}, classes("y" * 24), golden={})[0]
    assert fault.startswith("24 of 24 tasks have the same gold answer")
    assert judge_constants({}, classes("y" * 18 + "n" * 6), golden={})[0] == []


def test_a_copy_may_solve_what_the_commonest_gold_would():
    assert judge_copies({"the last word": range(12)}, classes("y" * 12 + "n" * 12))[0] == []
    assert judge_copies({"the last word": range(4)}, classes("abcdefghijklmnopqrstuvwx"))[0] == []
    [fault] = judge_copies({"the last word": range(20)}, classes("abcdefghijklmnopqrstuvwx"))[0]
    assert fault == "copying the last word out of the prompt gets full marks on 20 of 24 tasks"


PROMPT = 'First line 7.\nWhat is "cat" (or dog) in [1, 2]? x = 12: so 3.5\n```py\ncode\n```\nIt is <answer>a</answer> or \\boxed{b}, -4 words'


@pytest.mark.parametrize(
    ("rule", "piece"),
    [
        ("the first number", "7"),
        ("the second number", "1"),
        ("the last number", "-4"),
        ("the first word", "First"),
        ("the last word", "words"),
        ("the first line", "First line 7."),
        ("the last line", "It is <answer>a</answer> or \\boxed{b}, -4 words"),
        ("what follows the last equals sign", "12: so 3.5"),
        ("the first quoted text", "cat"),
        ("the last text in parentheses", "or dog"),
        ("the last text in brackets", "[1, 2]"),
        ("the last fenced block", "code\n"),
        ("the last part in <answer> tags", "a"),
        ("the content of the last box", "b"),
    ],
)
def test_a_copying_rule_cuts_out_its_piece_and_nothing_where_there_is_none(rule, piece):
    assert COPIES[rule](PROMPT) == piece
    assert COPIES[rule]("?") in (None, "?")


def test_the_wrapper_of_a_gold_is_what_stands_around_the_answer():
    verifier, task = Answer(lambda task, answer: True), Task(env_id="a/b-v0", prompt=(), answer="7")
    wrapper = Wrapper.of(verifier, task, "It is 7: <answer>7</answer>")
    assert wrapper == Wrapper("It is 7: <answer>", "</answer>")
    assert wrapper.worn
    assert wrapper.around("8") == "It is 7: <answer>8</answer>"
    assert wrapper.within("It is 7: <answer>7</answer>") == "7"
    assert Wrapper.of(verifier, task, None) == Wrapper.of(verifier, task, "no tag") == Wrapper("", "")


def test_a_gold_is_dressed_in_prose_only_where_it_wears_a_wrapper():
    bare, closed, open_ended = (set(dressed("7", w)) for w in (Wrapper("", ""), Wrapper("<answer>", "</answer>"), Wrapper("Answer: ", "")))
    assert closed - bare == {"prose in front", "prose around"}
    assert open_ended - bare == {"prose in front"}


@pytest.mark.parametrize(
    ("answer", "text", "same"),
    [
        ("7", "7", True),
        ("7", " 7.0 ", True),
        ("Yes", "yes", True),
        ([1, 2], "[1, 2]", True),
        (["a", "b"], "B", True),
        (None, "gold", True),
        ("7", "8", False),
        ("7", "seven", False),
        ("abc", "NaN", False),
        (True, "1", True),
    ],
)
def test_a_text_that_is_the_gold_answer_is_known(answer, text, same):
    task = Task(env_id="a/b-v0", prompt=(), answer=answer)
    assert same_answer(task, text, "gold", Wrapper("", "")) is same


def test_the_texts_are_as_long_and_as_odd_as_they_are_said_to_be():
    assert {len(t) for t in LONG} == {LONG_CHARS}
    assert len(set(HOSTILE)) == len(HOSTILE) >= 30
    assert any("\u202e" in t for t in ODD)
    assert any(ord(c) < 32 for t in ODD for c in t)
