"""The verifier: fractions, strict and loose parts, and which failures are whose."""

import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_instruct.catalogue import KINDS
from prorl_env_instruct.verifier import MAX_TEXT_CHARS, InstructVerifier, variants
from prorl_gym.types import Outcome, Task
from prorl_gym.verifier import grade

VERIFIER = InstructVerifier()
BOTH = {"instruction_id_list": ["punctuation:no_comma", "keywords:existence"], "kwargs": [{}, {"keywords": ["sun"], "relation": None}]}

PIECES = (
    *("a ", ". ", "*", "* \n", '"', "[", "<<", "(", "\n", "。", "🙂", "p. ", "x", "_ ", "'", "?!", "- ", "***", "\\"),
    *("Question 1", "n't ", "|-|\n", '"a,"', "1,", "P. S", "ab a. ", "<i>", "Zimbabwe\n", "[a] ", "\r\n", "\u200b"),
)


def task(answer, **metadata):
    return Task(env_id="instruct/x-v0", prompt=(), answer=answer, metadata=metadata)


def verdict(answer, text):
    return grade(VERIFIER, task(answer), completion=text)


def test_the_score_is_the_fraction_met():
    assert [verdict(BOTH, t).score for t in ("the sun", "the sun, ok", "moon", "moon, ok")] == [1.0, 0.5, 0.5, 0.0]


def test_the_parts_name_each_constraint_and_the_reason_the_unmet_ones():
    got = verdict(BOTH, "the sun, ok")
    assert got.parts == {"strict": 0.0, "loose": 0.0, "punctuation:no_comma": 0.0, "keywords:existence": 1.0}
    assert got.reason == "unmet: punctuation:no_comma"
    assert verdict(BOTH, "the sun").reason == "met"


def test_the_same_kind_twice_has_two_parts():
    answer = {"instruction_id_list": ["keywords:existence"] * 2, "kwargs": [{"keywords": ["sun"]}, {"keywords": ["moon"]}]}
    assert verdict(answer, "sun").parts == {"strict": 0.0, "loose": 0.0, "keywords:existence": 1.0, "keywords:existence#2": 0.0}


@pytest.mark.parametrize("text", ["Sure, here it is:\nthe sun", "the sun\nBye, now", "Hello,\nthe sun\nBye, now"])
def test_loose_forgives_a_first_and_a_last_line(text):
    got = verdict(BOTH, text)
    assert (got.score, got.parts["strict"], got.parts["loose"]) == (0.5, 0.0, 1.0)


def test_loose_forgives_asterisks():
    answer = {"instruction_id_list": ["startend:quotation"], "kwargs": [{}]}
    assert verdict(answer, '**"hello"**').parts["loose"] == 1.0
    assert verdict(answer, '**"hello**').parts["loose"] == 0.0


def test_variants_are_never_blank_and_never_the_text_twice():
    assert variants("a\nb\nc") == ["b\nc", "a\nb", "b", "a\nb\nc"]
    assert variants("*") == []


def test_only_what_follows_the_thinking_counts():
    assert verdict(BOTH, "<think>a, b</think>\n\nthe sun").score == 1.0
    assert verdict(BOTH, "<think>the sun").outcome is Outcome.NO_ANSWER
    assert verdict(BOTH, "<think>the sun</think>").outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        ({"instruction_id_list": [], "kwargs": []}, "empty"),
        ({"instruction_id_list": ["no:such_kind"], "kwargs": [{}]}, "no:such_kind"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": [{}]}, "keywords"),
        ({"instruction_id_list": ["keywords:existence"], "kwargs": [{"keywords": None}]}, "keywords"),
        ({"instruction_id_list": ["punctuation:no_comma"], "kwargs": []}, "one length"),
        ({"instruction_id_list": ["punctuation:no_comma"], "kwargs": ["x"]}, "punctuation:no_comma"),
        ({"instruction_id_list": [7], "kwargs": [{}]}, "7"),
        ({"instruction_id_list": "punctuation:no_comma"}, "list"),
        ({"instruction_id_list": ["punctuation:no_comma"] * 33}, "32"),
        ({}, "instruction_id_list"),
        (None, "NoneType"),
        ("text", "str"),
    ],
)
def test_a_broken_gold_is_ungradable_and_says_why(answer, named):
    got = verdict(answer, "some text")
    assert got.outcome is Outcome.UNGRADABLE
    assert math.isnan(got.score)
    assert got.reason.startswith("gold: ")
    assert named in got.reason
    assert VERIFIER.gold(task(answer)) is None
    assert VERIFIER.wrong(task(answer)) is None


def test_missing_kwargs_mean_none_at_all():
    assert verdict({"instruction_id_list": ["punctuation:no_comma"]}, "sun").score == 1.0
    assert verdict({"instruction_id_list": ["punctuation:no_comma"], "kwargs": [None]}, "sun").score == 1.0


def test_an_overlong_text_breaks_a_limit():
    got = verdict(BOTH, "sun " * MAX_TEXT_CHARS)
    assert (got.outcome, got.score) == (Outcome.GRADED, 0.0)
    assert got.reason.startswith("limit: ")


def test_the_gold_is_the_kept_witness_or_one_built_now():
    assert VERIFIER.gold(task(BOTH, witness="kept sun")) == "kept sun"
    built = VERIFIER.gold(task(BOTH))
    assert built is not None
    assert verdict(BOTH, built).score == 1.0
    wrong = VERIFIER.wrong(task(BOTH))
    assert wrong is not None
    assert verdict(BOTH, wrong).score == 0.0


def test_no_gold_is_claimed_for_what_cannot_be_or_is_too_large():
    clash = {
        "instruction_id_list": ["keywords:existence", "keywords:forbidden_words"],
        "kwargs": [{"keywords": ["sun"]}, {"forbidden_words": ["sun"]}],
    }
    huge = {"instruction_id_list": ["length_constraints:number_words"], "kwargs": [{"num_words": 10**9, "relation": "at least"}]}
    assert VERIFIER.gold(task(clash)) is None
    assert VERIFIER.gold(task(huge)) is None
    assert verdict(huge, "sun").score == 0.0


def test_the_first_line_keeps_its_indentation_and_blank_lines_around_are_dropped():
    stairs = {"instruction_id_list": ["format:line_indent"], "kwargs": [{}]}
    assert verdict(stairs, "\n \n  a\n   b\n\n").score == 1.0
    assert verdict(stairs, "  a\n  b").score == 0.0
    assert verdict(stairs, "\n\n  a\n b").extracted == "  a\n b"


def test_equivalents_score_1_and_near_misses_miss_one_constraint():
    both = task(BOTH)
    assert [VERIFIER(both, text).score for text in VERIFIER.equivalents(both)] == [1.0, 1.0]
    misses = VERIFIER.near_misses(both)
    assert len(misses) == 2
    assert {VERIFIER(both, text).score for text in misses} == {0.5}
    broken = task({"instruction_id_list": []})
    assert VERIFIER.equivalents(broken) == ()
    assert VERIFIER.near_misses(broken) == ()


def test_an_answer_is_shared_where_the_demands_are_the_same_or_the_others_gold_needs_no_edit():
    loose = task({"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]})
    strict = task(BOTH, witness="the sun")
    assert VERIFIER.shares_answer(strict, task(BOTH))
    assert VERIFIER.shares_answer(loose, strict)
    assert not VERIFIER.shares_answer(strict, task(loose.answer, witness="moon"))
    assert not VERIFIER.shares_answer(task({"instruction_id_list": []}), strict)


@pytest.mark.parametrize("unit", PIECES)
def test_no_kind_chokes_on_a_long_text_of_one_piece(unit):
    text = (unit * 20_000)[:20_000]
    for kind in KINDS.values():
        assert kind.follows(text, kind.sample(random.Random(0), 1)) in (True, False)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(JSON)
def test_no_gold_makes_the_verifier_raise(answer):
    for gold in (answer, {"instruction_id_list": ["keywords:frequency"], "kwargs": [answer]}, {"instruction_id_list": answer, "kwargs": answer}):
        assert VERIFIER(task(gold), "some text").outcome is Outcome.UNGRADABLE
