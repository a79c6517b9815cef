import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_logic import scorers
from prorl_env_logic.verifier import LogicVerifier
from prorl_gym.registry import make
from prorl_gym.types import Outcome, Task
from prorl_gym.verifier import grade

PAYLOADS = (
    "open({path!r}, 'w').write('x')",
    "__import__('pathlib').Path({path!r}).touch()",
    "[open({path!r}, 'w')]",
    "(lambda: open({path!r}, 'w'))()",
)
HANGS = ("9**9**9**9", "2**(2**(2**100))", "x**9**9**9", "10**10**10", "R99999999999999", "1e999999999", "1e-99999999999", "A+" + "9" * 4000)
NESTED = ("(" * 3000, "[" * 3000, "{" * 3000, "¬" * 3000, "-" * 3000, "(" * 900 + "P" + ")" * 900)


@pytest.fixture(scope="module")
def tasks():
    names = [*sorted(scorers.CORRECTED), "gsm_symbolic", "jugs", "sudoku", "word_ladder", "knights_knaves"]
    return {name: make(f"logic/{name}-v0").task_at(0, difficulty=0) for name in names}


@pytest.mark.parametrize("name", sorted(scorers.CORRECTED))
def test_text_is_never_run(name, tasks, tmp_path):
    path = str(tmp_path / "ran")
    for payload in PAYLOADS:
        verdict = grade(LogicVerifier(), tasks[name], extracted=payload.format(path=path))
        assert verdict.outcome is Outcome.GRADED, verdict
        assert verdict.score < 1.0
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", sorted(scorers.CORRECTED))
def test_an_answer_that_is_made_to_cost_is_graded_without_the_cost(name, tasks):
    for text in (*HANGS, *NESTED, "9" * 15_000, "9" * 900_000):
        verdict = grade(LogicVerifier(), tasks[name], extracted=text)
        assert verdict.outcome is Outcome.GRADED, (text[:20], verdict)
        assert verdict.score == 0.0 or (name == "rush_hour" and text.startswith("A+")), (text[:20], verdict)


MIXED = st.text(st.sampled_from("0123456789+-*/().,xXC[]'\"{}:ABRU ¬∧∨→\n=eEnaif×"), max_size=60) | st.text(max_size=40)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_no_text_raises_or_is_ungradable(tasks, data):
    name = data.draw(st.sampled_from(sorted(tasks)))
    verdict = grade(LogicVerifier(), tasks[name], completion=f"<answer>{data.draw(MIXED)}</answer>")
    assert verdict.outcome is not Outcome.UNGRADABLE, (name, verdict)
    assert 0.0 <= verdict.score <= 1.0


def test_a_broken_entry_is_ungradable_and_says_why():
    for metadata, word in (
        ({}, "metadata['entry']"),
        ({"entry": {"answer": "x", "metadata": 3}}, "is an object"),
        ({"entry": {"answer": None}}, "gold"),
    ):
        verdict = grade(LogicVerifier(), Task(env_id="logic/gcd-v0", prompt=(), metadata=metadata), extracted="1")
        assert verdict.outcome is Outcome.UNGRADABLE
        assert math.isnan(verdict.score)
        assert word in verdict.reason


def test_the_domain_s_verifier_takes_the_task_from_the_entry():
    entry = {"answer": "12", "metadata": {"source_dataset": "products"}}
    assert grade(LogicVerifier(), Task(env_id="logic", prompt=(), metadata={"entry": entry}), extracted="12.0").score == 1.0


def test_an_unknown_task_is_named_with_the_closest_one():
    verdict = grade(LogicVerifier(), Task(env_id="logic/chain_sun-v0", prompt=(), metadata={"entry": {"answer": "1"}}), extracted="1")
    assert verdict.outcome is Outcome.UNGRADABLE
    assert "chain_sum" in verdict.reason
