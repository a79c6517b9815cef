"""The attack suite on the embedded tiers, and the proof that its attacks are attacks: without a sandbox they succeed."""

import pytest

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, Status, open_sandbox
from prorl_sandbox.attacks.case import Case
from prorl_sandbox.attacks.cases import CASES
from prorl_sandbox.attacks.suite import run_case, run_suite, targets
from prorl_sandbox.unsafe import ALLOW, UnsafeSubprocess


@pytest.mark.parametrize("tier", ["namespaces", "restricted"])
def test_every_case_is_held_or_known_not_to_be(tier):
    try:
        box = open_sandbox(tier)
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    outcomes = list(run_suite(box))
    assert [f"{o.name}: {o.detail}" for o in outcomes if not o.ok] == []
    assert len(outcomes) == len(CASES) >= 108
    assert {o.name for o in outcomes if o.known} <= {c.name for c in CASES if tier in c.not_on}


@pytest.fixture
def unsafe(monkeypatch):
    monkeypatch.setenv(ALLOW, "1")
    return UnsafeSubprocess()


def test_the_same_attacks_succeed_without_a_sandbox(unsafe):
    controls = [c for c in CASES if c.control]
    assert len(controls) >= 20
    assert [o.name for o in run_suite(unsafe, controls) if o.holds] == []


def test_ordinary_programs_are_right_without_a_sandbox_too(unsafe):
    ordinary = [c for c in CASES if c.group == "sanity"]
    assert [f"{o.name}: {o.detail}" for o in run_suite(unsafe, ordinary) if not o.holds] == []


def test_names_are_unique_within_a_group():
    names = [(c.group, c.name) for c in CASES]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(
    ("case", "detail"),
    [
        ({"code": "print('WON', 1)"}, "it won: WON 1"),
        ({"code": "raise SystemExit(1)"}, "it ended nonzero_exit, expected ok"),
        ({"code": "print(2)", "stdout": b"1\n"}, r"it printed b'2\n', expected b'1\n'"),
        ({"code": "raise SystemExit(4)", "ends": (Status.NONZERO_EXIT,), "exit_code": 3}, "it left with 4, expected 3"),
        ({"code": "def f(x): return x + 1", "mode": "call", "args": (1,), "value": True}, "it returned 2, expected True"),
        ({"code": "pass", "then": "print('found')"}, "the program after it found something"),
    ],
)
def test_a_case_that_is_not_held_says_what_was_seen(unsafe, case, detail):
    with targets() as places:
        outcome = run_case(unsafe, Case(name="x", group="sanity", prelude=False, **case), places)
    assert not outcome.ok
    assert detail in outcome.detail


def test_the_unsafe_backend_must_be_asked_for_twice(monkeypatch):
    monkeypatch.delenv(ALLOW, raising=False)
    with pytest.raises(SandboxUnavailableError, match="PRORL_ALLOW_UNSAFE=1"):
        UnsafeSubprocess()


def test_auto_never_takes_the_unsafe_backend(monkeypatch):
    monkeypatch.setenv(ALLOW, "1")
    assert open_sandbox("auto").name != "unsafe_subprocess"
    assert UnsafeSubprocess().run(ExecutionRequest(code="print(1)", inputs=[b""])).runs[0].stdout == b"1\n"
