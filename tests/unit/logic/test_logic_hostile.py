import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_logic import scorers
from prorl_env_logic.table import TASKS
from prorl_env_logic.verifier import LogicVerifier
from prorl_gym.pool import GradeRequest, VerifierPool
from prorl_gym.registry import make
from prorl_gym.types import Outcome, Task
from prorl_gym.verifier import grade

PAYLOADS = (
    "open({path!r}, 'w').write('x')",
    "__import__('pathlib').Path({path!r}).touch()",
    "[open({path!r}, 'w')]",
    "(lambda: open({path!r}, 'w'))()",
)
HOSTILE = (
    *("9**9**9**9", "2**(2**(2**100))", "x**9**9**9", "10**10**10", "R99999999999999", "A+" + "9" * 4000, "1e999999999", "1e-99999999999", "1/0"),
    *("(" * 3000, "[" * 3000, "{" * 3000, "¬" * 3000, "-" * 3000, "(" * 900 + "P" + ")" * 900, '{"a":' * 2000, "+".join(["1"] * 700), "1+" * 5000),
    *("9" * 15_000, "x" * 100_000, "1 " * 9_000, ", " * 9_000, "\n" * 19_000, "A → " * 4_000, "∧".join("abcdefghijklmnopqrstuvwxyz"), "R " * 9_000),
    *(
        "\x00\x01\x1b[2J",
        "\u202eabc\u200f",
        "\N{THINKING FACE}" * 5_000,
        "%s%n{0}{}",
        "\ud800",
        "NaN",
        "-inf",
        "null",
        '{"": [1e400]}',
        "move(" + ", " * 9_000,
    ),
)


def task_of(name):
    return make(f"logic/{name}-v0").task_at(0, difficulty=0)


@pytest.fixture(scope="module")
def tasks():
    return {name: task_of(name) for name in [*sorted(scorers.CORRECTED), "gsm_symbolic", "jugs", "sudoku", "word_ladder", "knights_knaves"]}


@pytest.mark.parametrize("name", sorted(scorers.CORRECTED))
def test_text_is_never_run(name, tasks, tmp_path):
    path = str(tmp_path / "ran")
    for payload in PAYLOADS:
        verdict = grade(LogicVerifier(), tasks[name], extracted=payload.format(path=path))
        assert verdict.outcome is Outcome.GRADED, verdict
        assert verdict.score < 1.0
    assert not list(tmp_path.iterdir())


def test_every_hostile_text_is_graded_by_every_scorer_in_a_bounded_worker(tasks):
    asked = tasks | {name: task_of(name) for name in TASKS if name not in tasks}
    requests = [GradeRequest(ref="prorl_env_logic.verifier:LogicVerifier", task=task, extracted=text) for task in asked.values() for text in HOSTILE]
    with VerifierPool(workers=2, memory_mib=2048) as pool:
        for request, verdict in pool.map(requests):
            where = (request.task.env_id, request.extracted[:30], verdict)
            assert verdict.outcome is Outcome.GRADED, where
            assert verdict.score < 0.5 or request.task.env_id in ALREADY, where
        assert not {"time", "memory", "died"} & set(pool.counts), pool.counts


ALREADY = {"logic/polynomial_equations-v0", "logic/rectangle_count-v0", "logic/time_intervals-v0"}
"""Numbers near the gold earn a part there, and `1 1 1 ...` begins with one."""

MIXED = st.text(st.sampled_from("0123456789+-*/().,xXC[]'\"{}:ABRU ¬∧∨→\n=eEnaif×"), max_size=60) | st.text(max_size=40)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_no_text_raises_or_is_ungradable(tasks, data):
    name = data.draw(st.sampled_from(sorted(tasks)))
    verdict = grade(LogicVerifier(), tasks[name], completion=f"<answer>{data.draw(MIXED)}</answer>")
    assert verdict.outcome is not Outcome.UNGRADABLE, (name, verdict)
    assert 0.0 <= verdict.score <= 1.0


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_white_space_around_an_answer_in_its_tags_does_not_count(tasks, data):
    name = data.draw(st.sampled_from(sorted(tasks)))
    answer = data.draw(MIXED).strip()
    space = data.draw(st.text(" \t\n\r", max_size=4))
    bare, padded = (grade(LogicVerifier(), tasks[name], completion=f"<answer>{text}</answer>") for text in (answer, space + answer + space))
    assert bare == padded


def test_a_broken_entry_is_ungradable_and_says_why():
    for metadata, word in (
        ({}, "metadata['entry']"),
        ({"entry": {"answer": "x", "metadata": 3}}, "is an object"),
        ({"entry": {"answer": None}}, "gold"),
        ({"entry": {"answer": "x"}, "scorer": "mine"}, "corrected or original"),
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
