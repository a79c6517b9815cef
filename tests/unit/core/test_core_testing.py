"""The conformance kit and the verifier proof pass what is sound and find each fault by the check that is meant for it."""

import json
from pathlib import Path

import gymnasium
import pytest

from prorl_gym import register
from prorl_gym.errors import UnknownNameError
from prorl_gym.registry import load_object, registry
from prorl_gym.testing import CHECKS, Check, Report, check_env, check_envs, contract, judge, proof
from prorl_gym.testing.subject import Subject

FIXTURES = Path(__file__).parents[2] / "fixtures"
FAULTY, KIT = FIXTURES / "faulty_verifiers.py", FIXTURES / "gym_envs.py"
GYMNASIUM, REGISTERED, PICKLES, VECTOR, SEEDS, ENDS, SURVIVES, SPLITS, STYLES = contract.CHECKS

SOUND = ("Twice", "TwiceInTheOpen", "YesOrNo", "ManyAnswers", "Fractional")
# The texts of white space alone are among the odd and the long ones too.
FAULTS = {
    "AlwaysRight": {judge.WRONG, judge.SWAPPED, judge.GARBAGE, judge.ODD, judge.HOSTILE, judge.CONSTANTS, judge.COPIES},
    "AlwaysRightOfTwo": {judge.WRONG, judge.SWAPPED, judge.GARBAGE, judge.ODD, judge.HOSTILE, judge.CONSTANTS},
    "AlwaysWrong": {judge.GOLD, judge.FORMS},
    "PaysSubstrings": {judge.MISSES},
    "IgnoresCase": {judge.MISSES, judge.COPIES},
    "TooStrict": {judge.FORMS},
    "HangsOnLongText": {judge.COST},
    "EatsMemory": {judge.COST},
    "CrashesOnEmoji": {judge.ODD, judge.HOSTILE},
    "KeepsState": {judge.REPEATABLE, GYMNASIUM},
    "DependsOnHashOrder": {judge.REPEATABLE},
    "TellsTheAnswer": {judge.COPIES},
    "Overlaps": {SPLITS},
    "PaysTheEmptyString": {judge.GARBAGE, judge.ODD, judge.HOSTILE},
    "PaysNothing": {judge.NOTHING, judge.ODD, judge.HOSTILE},
    "PaysAConstant": {judge.CONSTANTS},
    "OneAnswer": {judge.CONSTANTS},
    "PaysThePrompt": {judge.NOTHING, judge.COPIES},
    "ReadsOneLine": {judge.FORMS},
    "HidesShared": {judge.SWAPPED},
    "NeverEnds": {ENDS},
    "RaisesInGold": {proof.ASKS},
    "NoTasks": {proof.DRAWS},
}
OF_THE_KIT = {
    "NoWrong": {judge.WRONG},
    "NoGold": {judge.GOLD},
    "BadGold": {judge.GOLD, judge.FORMS},
    "WrongIsRight": {judge.WRONG},
    "WrongIsNoAnswer": {judge.WRONG},
    "NeverLooks": {judge.SWAPPED},
    "Crashes": {judge.GARBAGE, judge.ODD, judge.HOSTILE},
    "Unseeded": {GYMNASIUM, PICKLES, SEEDS, STYLES},
    "Leaks": {SPLITS},
    "LongTerse": {STYLES},
    "NoPickle": {PICKLES},
    "NotPlain": {SURVIVES},
    "ObservesNumbers": {GYMNASIUM, VECTOR},
}


def spec_of(file, name):
    """What a plugin would register the class with."""
    cls = load_object(f"{file}:{name}")
    return {"levels": cls.levels, "turns": cls.max_turns}


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The fixture environments under `kit/...-v0`."""
    for name in (*SOUND, *FAULTS):
        register(f"kit/{name}-v0", f"{FAULTY}:{name}", **spec_of(FAULTY, name))
    for name in OF_THE_KIT:
        register(f"kit/{name}-v0", f"{KIT}:{name}", **spec_of(KIT, name))
    yield
    for name in (*SOUND, *FAULTS, *OF_THE_KIT):
        del registry().envs[f"kit/{name}-v0"]
        del gymnasium.registry[f"kit/{name}-v0"]


@pytest.fixture(scope="module")
def reports(registered):
    """Every fixture environment's report by name; drawn from one run, as `prorl env check` does it."""
    names = (*SOUND, *FAULTS, *OF_THE_KIT)
    patch = pytest.MonkeyPatch()
    files = dict.fromkeys((*SOUND, *FAULTS), FAULTY) | {name: KIT for name in OF_THE_KIT if name != "ObservesNumbers"}
    patch.setattr(contract, "_SHOWN", {f"{file}:{name}": "another" for name, file in files.items()})  # async vector envs are slow to start
    try:
        found = check_envs([f"kit/{name}-v0" for name in names], tasks=8, jobs=2)
        return dict(zip(names, found, strict=True))
    finally:
        patch.undo()


def failed(report):
    return {c.name for c in report.checks if not c.ok}


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_environment_passes_the_whole_proof(reports, name):
    report = reports[name]
    assert report.ok, str(report)
    assert [c.name for c in report.checks] == list(CHECKS)
    assert str(report).count("  ok  ") == len(CHECKS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found_by_the_check_that_is_meant_for_it_and_by_no_other(reports, name):
    assert failed(reports[name]) == FAULTS[name], str(reports[name])
    assert reports[name].status == "fails"


@pytest.mark.parametrize("name", OF_THE_KIT)
def test_a_fault_of_the_environment_is_found_beside_that_it_repeats_its_prompt(reports, name):
    """These environments ask to repeat a number, which is a copy from the prompt."""
    found = failed(reports[name]) - {judge.COPIES}
    assert OF_THE_KIT[name] <= found, str(reports[name])
    if name not in ("Unseeded", "NeverLooks", "ObservesNumbers"):
        assert found == OF_THE_KIT[name], str(reports[name])


def test_every_check_has_an_environment_that_fails_it():
    assert set().union(*FAULTS.values(), *OF_THE_KIT.values(), {REGISTERED}) == set(CHECKS)


def test_an_environment_registered_with_other_levels_than_it_has_is_found():
    register("kit/mislabelled-v0", f"{FAULTY}:Twice", levels=5, turns=2)
    try:
        [check] = [c for c in check_env("kit/mislabelled-v0", tasks=1).checks if not c.ok]
    finally:
        del registry().envs["kit/mislabelled-v0"]
        del gymnasium.registry["kit/mislabelled-v0"]
    assert (check.name, check.detail) == (REGISTERED, "registered with 5 levels, but it has 2; say levels=2 in register(...)")


def test_a_failed_check_names_the_task_the_completion_the_verdict_and_what_to_do(reports):
    report = reports["IgnoresCase"]
    [check] = [c for c in report.checks if c.name == judge.MISSES]
    first = check.examples[0]
    assert f"task {first.task_id}" in check.detail
    assert repr(first.completion) in check.detail
    assert "got score 1" in check.detail
    assert check.detail.endswith("compare the whole answer, exactly")


def test_rates_are_measured_and_stand_with_their_intervals(reports):
    sound, lax, strict = (reports[n].rates for n in ("Twice", "PaysSubstrings", "AlwaysWrong"))
    assert sound["false_positive"].hits == sound["false_negative"].hits == sound["noise"].hits == 0
    assert sound["false_positive"].total >= 40
    assert 0.0 < sound["false_positive"].interval[1] < 0.1
    assert lax["near miss"].hits == lax["near miss"].total == 16
    assert strict["false_negative"].hits == strict["false_negative"].total
    data = json.loads(json.dumps(reports["PaysSubstrings"].to_json()))
    assert data["rates"]["near miss"]["rate"] == 1.0
    assert data["rates"]["false_positive"]["low"] > 0.1
    assert data["outcomes"]["gold"] == {"full": 16}
    assert data["status"] == "fails"
    assert data["strategies"]["tasks"] == 16


def test_the_slowest_call_is_measured_in_time_and_memory(reports):
    eats = reports["EatsMemory"]
    assert 600 < eats.slowest["peak_mib"] < 700
    assert eats.slowest["cpu_s"] > 0
    assert reports["Twice"].slowest["peak_mib"] < 100


def test_repeats_are_counted_for_each_split(reports):
    assert set(reports["Twice"].repeats.values()) == {0.0}
    assert reports["Overlaps"].repeats["train"] > 0


def test_the_pool_is_told_of_a_text_that_overran_and_its_neighbours_are_graded(reports):
    report = reports["HangsOnLongText"]
    [check] = [c for c in report.checks if c.name == judge.COST]
    assert "overran the deadline" in check.detail
    assert not report.rates["false_negative"].hits


def test_a_check_that_may_fail_is_shown_and_does_not_count():
    report = check_env("kit/TellsTheAnswer-v0", tasks=4, allow=(judge.COPIES,))
    assert report.ok, report
    [check] = [c for c in report.checks if not c.ok]
    assert check.result == "allowed"
    with pytest.raises(UnknownNameError, match="did you mean 'nothing copied from the prompt pays'"):
        check_env("kit/Twice-v0", allow=("nothing copied pays",))


def test_another_seed_draws_other_tasks_and_the_same_seed_the_same():
    drawn = [{t.task_id for t in Subject(env_id="kit/Twice-v0", num_tasks=3, seed=seed).tasks} for seed in (0, 0, 7)]
    assert drawn[0] == drawn[1]
    assert not drawn[0] & drawn[2]


def test_an_environment_is_checked_under_the_settings_that_are_given():
    report = check_env("kit/Twice-v0", tasks=2, settings={"difficulty": 1}, jobs=1)
    assert report.ok, report
    assert report.num_tasks == 2
    assert report.to_json()["settings"] == {"difficulty": 1}


def test_what_needs_a_package_that_is_missing_is_not_checked_and_has_not_passed():
    register("kit/needs-v0", f"{FIXTURES / 'plugins' / 'needs_package_env.py'}:Env", extra="logic")
    try:
        report = check_env("kit/needs-v0", tasks=2)
    finally:
        del registry().envs["kit/needs-v0"]
        del gymnasium.registry["kit/needs-v0"]
    assert report.status == "not checked"
    assert not report.ok
    assert "needs" in report.not_checked
    assert "pip install" in report.not_checked
    assert "not checked: needs" in str(report)


def test_what_needs_a_sandbox_is_not_checked_where_there_is_none(monkeypatch):
    monkeypatch.setattr("prorl_gym.registry.Registry.sandboxes", {})
    monkeypatch.setattr("prorl_gym.sandbox._opened", {})
    report = check_env("code/functions-v0", tasks=1)
    assert report.not_checked.startswith("needs a sandbox: no sandbox can run untrusted code here")


def test_a_check_that_raises_is_a_check_that_fails_with_its_place():
    check = proof.Proof._run("name", lambda: 1 / 0)
    assert not check.ok
    assert check.detail.startswith("ZeroDivisionError: division by zero (")
    assert __file__ in check.detail
    report = Report(env_id="a/b-v0", checks=(Check(name="one", ok=True), check))
    assert not report.ok
    assert "  FAIL name: ZeroDivisionError" in str(report)


def test_an_unknown_environment_is_no_failed_check():
    with pytest.raises(UnknownNameError, match="did you mean 'math/arithmetic-v0'"):
        check_env("math/arithmetics-v0")
