"""Pairs of gold and answer by class, from `pairs/*.txt`: what is equal, what is close but different, and that print does not matter."""

import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_math.checker import GoldError, judge, readings
from prorl_env_math.limits import LimitError


def by_class(name):
    """Heading to (gold, answer) pairs; a line is `gold ;; answer`, a heading begins with `# `."""
    out, heading = {}, ""
    for line in (Path(__file__).parent / "pairs" / f"{name}.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            heading = line[2:]
            out[heading] = []
        elif " ;; " in line:
            out[heading].append(tuple(line.split(" ;; ")))
    return {k: v for k, v in out.items() if v}


EQUAL, DIFFERENT = by_class("equal"), by_class("different")
ALL_EQUAL = [pair for found in EQUAL.values() for pair in found]
ALL_DIFFERENT = [pair for found in DIFFERENT.values() for pair in found]
ONE_WAY = {("the line y = x", "y = x"), ("1,3,5", "(1,3,5)")}
"""A gold that is a sentence, and a list answered by a tuple in its order: the other way round the answer says less than the gold."""
calm = settings(deadline=None, max_examples=120)


def outcome(gold, answer):
    try:
        return judge(gold, answer).reason.split(":")[0]
    except GoldError:
        return "gold"


def accepted(gold, answer):
    return outcome(gold, answer) == "equal"


@pytest.mark.parametrize("heading", EQUAL)
def test_every_pair_of_the_class_is_equal(heading):
    assert [pair for pair in EQUAL[heading] if not judge(*pair).equal] == []


@pytest.mark.parametrize("heading", DIFFERENT)
def test_every_near_miss_of_the_class_is_different(heading):
    assert [pair for pair in DIFFERENT[heading] if judge(*pair).equal] == []


def test_equality_holds_in_both_directions_but_for_the_listed_golds():
    assert {pair for pair in ALL_EQUAL if not accepted(*reversed(pair))} == ONE_WAY


def test_a_near_miss_stays_one_in_the_other_direction_but_for_a_percent_sign():
    turned = {pair for pair in ALL_DIFFERENT if accepted(*reversed(pair))}
    assert turned == {("0.1", "0.1\\%")}


def test_every_text_is_equal_to_itself():
    texts = {text for pair in (*ALL_EQUAL, *ALL_DIFFERENT) for text in pair}
    assert [t for t in texts if not judge(t, f" {t}").equal] == []


def _large_fractions(text):
    return text.replace("\\frac", "\\dfrac").replace("\\tdfrac", "\\tfrac").replace("\\ddfrac", "\\dfrac")


FORMATS = {
    "dollars": lambda t: t if "$" in t or "\\[" in t or "\\(" in t else f"${t}$",
    "two dollars": lambda t: t if "$" in t or "\\[" in t or "\\(" in t else f"$${t}$$",
    "parentheses": lambda t: t if "$" in t or "\\[" in t or "\\(" in t else f"\\({t}\\)",
    "a full stop": lambda t: t if t.endswith(".") else f"{t}.",
    "space around": lambda t: f"  {t} \n",
    "a thin space": lambda t: f"\\,{t}\\,",
    "a box": lambda t: t if "boxed" in t or t.count("{") != t.count("}") else f"\\boxed{{{t}}}",
    "display style": lambda t: f"\\displaystyle {t}",
    "large fractions": _large_fractions,
    "no-break space": lambda t: f"\u00a0{t}\u200b",
}


@pytest.mark.parametrize("name", FORMATS)
def test_the_print_of_an_answer_does_not_change_its_judgement(name):
    change = FORMATS[name]
    lost = [(g, a) for g, a in ALL_EQUAL if not judge(g, change(a)).equal]
    gained = [(g, a) for g, a in ALL_DIFFERENT if judge(g, change(a)).equal]
    assert (lost, gained) == ([], [])


@calm
@given(st.sampled_from(ALL_EQUAL), st.randoms(use_true_random=False), st.integers(1, 4))
def test_a_damaged_answer_gets_a_judgement(pair, rng: random.Random, times):
    gold, answer = pair
    for _ in range(times):
        at, other = rng.randrange(len(answer) + 1), rng.choice(ALL_EQUAL)[1]
        answer = rng.choice([answer[:at] + answer[at + 1 :], answer[:at] + other + answer[at:], answer[:at] + rng.choice("{}()[]\\$^_,.;|&!%'")])
    assert outcome(gold, answer) in ("equal", "different", "limit") or not readings(gold)


@calm
@given(st.sampled_from(ALL_EQUAL), st.randoms(use_true_random=False))
def test_a_damaged_gold_gives_a_judgement_or_a_gold_error(pair, rng: random.Random):
    at = rng.randrange(len(pair[0]) + 1)
    damaged = pair[0][:at] + rng.choice("{}()[]\\$^_,.;|&!%'") + pair[0][at:]
    assert outcome(damaged, pair[1]) in ("equal", "different", "limit", "gold")


@calm
@given(st.sampled_from(ALL_EQUAL))
def test_what_is_compared_can_be_looked_at(pair):
    try:
        trees = readings(pair[0])
    except LimitError as error:
        trees = (error,)
    assert all(trees)
