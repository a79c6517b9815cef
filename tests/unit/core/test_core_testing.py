"""The conformance kit passes a sound environment and finds each fault, that one and no other."""

import functools
from pathlib import Path

import gymnasium
import pytest

from prorl_gym import register
from prorl_gym.errors import UnknownNameError
from prorl_gym.registry import registry
from prorl_gym.testing import CHECKS, Check, Report, _run, check_env

ENVS = Path(__file__).parents[2] / "fixtures" / "gym_envs.py"
GYMNASIUM, PICKLES, VECTOR, SEEDS, GOLD, WRONG, GARBAGE, SWAPPED, REPEATABLE, SPLITS, STYLES = CHECKS

FAULTS = {
    "Sound": [],
    "Isolated": [],
    "AlwaysRight": [WRONG, GARBAGE, SWAPPED],
    "NeverLooks": [SWAPPED],
    "NoWrong": [WRONG],
    "NoGold": [GOLD],
    "BadGold": [GOLD],
    "WrongIsRight": [WRONG],
    "WrongIsNoAnswer": [WRONG],
    "Crashes": [GARBAGE],
    "Unseeded": [GYMNASIUM, PICKLES, SEEDS, STYLES],
    "Leaks": [SPLITS],
    "LongTerse": [STYLES],
    "NoPickle": [PICKLES],
    "Moody": [GYMNASIUM, REPEATABLE],
    "NotPlain": [REPEATABLE],
    "ObservesNumbers": [GYMNASIUM],
}


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The fixture environments under `kit/...-v0`."""
    for name in FAULTS:
        register(f"kit/{name}-v0", f"{ENVS}:{name}", levels=2)
    yield
    for name in FAULTS:
        del registry().envs[f"kit/{name}-v0"]
        del gymnasium.registry[f"kit/{name}-v0"]


def failed(name, checks):
    env_id = f"kit/{name}-v0"
    found = [_run(check, functools.partial(CHECKS[check], env_id, 4)) for check in checks]
    return [c.name for c in found if not c.ok], found


@pytest.mark.parametrize("name", FAULTS)
def test_the_kit_finds_the_fault_and_no_other(name):
    quick = [c for c in CHECKS if c != VECTOR]
    names, found = failed(name, quick)
    assert names == FAULTS[name], found


def test_a_sound_environment_passes_the_whole_kit():
    report = check_env("kit/Sound-v0", tasks=3)
    assert report.ok, report
    assert [c.name for c in report.checks] == list(CHECKS)
    assert str(report).splitlines()[0] == "kit/Sound-v0"
    assert str(report).count("  ok  ") == len(CHECKS)


def test_the_vector_check_fails_an_environment_that_no_vector_can_hold():
    names, [check] = failed("ObservesNumbers", [VECTOR])
    assert names == [VECTOR], check


def test_a_check_that_raises_is_a_check_that_fails_with_its_place():
    check = _run("name", lambda: 1 / 0)
    assert not check.ok
    assert check.detail.startswith("ZeroDivisionError: division by zero (")
    assert __file__ in check.detail
    report = Report(env_id="a/b-v0", checks=(Check(name="one", ok=True), check))
    assert not report.ok
    assert "  FAIL name: ZeroDivisionError" in str(report)


def test_an_unknown_environment_is_no_failed_check():
    with pytest.raises(UnknownNameError, match="did you mean 'math/arithmetic-v0'"):
        check_env("math/arithmetics-v0")
