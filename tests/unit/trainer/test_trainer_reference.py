"""The reset controller: each signal, what holds it back, and that every decision says why."""

import itertools
import json
import math

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import arange, bfloat16, equal, full

from prorl_trainer.reference import ResetConfig, ResetController, moved


def run(config, readings, *, controller=None, first=1):
    """The triggers by step, resets carried out as they come."""
    controller = controller or ResetController(ResetConfig(**config))
    triggers = {}
    for step, reading in enumerate(readings, first):
        decision = controller.observe(step, **reading)
        if decision.reset:
            triggers[step] = decision.trigger
            controller.did_reset(step)
    return triggers


def validations(*scores):
    return [{"validation": s} for s in scores]


def test_without_configuration_nothing_ever_resets():
    decision = ResetController(ResetConfig()).observe(1, kl=99.0, validation=0.0, entropy=0.0)
    assert not decision.reset
    assert decision.readings == ()
    assert "no signal" in decision.summary


def test_an_interval_resets_on_schedule():
    assert run({"interval": 3}, [{}] * 10) == {3: "interval", 6: "interval", 9: "interval"}


def test_kl_resets_after_its_patience_in_a_row():
    kls = [{"kl": k} for k in (0.5, 0.1, 0.5, 0.5, 0.5, 0.5)]
    assert run({"kl_threshold": 0.2, "kl_patience": 2}, kls) == {4: "kl", 6: "kl"}


def test_an_unmeasured_kl_neither_adds_to_nor_ends_a_row():
    kls = [{"kl": 0.5}, {"kl": math.nan}, {}, {"kl": 0.5}]
    assert run({"kl_threshold": 0.2, "kl_patience": 2}, kls) == {4: "kl"}


def test_a_stall_is_counted_in_validations_without_a_gain():
    assert run({"stall_patience": 2}, validations(0.3, 0.4, None, 0.4, None, 0.39)) == {6: "stall"}


def test_gains_too_small_one_by_one_count_once_they_add_up():
    assert run({"stall_patience": 3, "min_delta": 0.05}, validations(0.30, 0.33, 0.36, 0.37, 0.38, 0.40, 0.405)) == {6: "stall"}


def test_a_drop_is_measured_from_the_periods_best():
    assert run({"drop": 0.1}, validations(0.3, 0.5, 0.45, 0.39)) == {4: "drop"}


def test_after_a_reset_validation_is_judged_afresh():
    assert run({"drop": 0.1, "stall_patience": 2}, validations(0.9, 0.5, 0.5, 0.51, 0.505, 0.51)) == {2: "drop", 6: "stall"}


@pytest.mark.parametrize(("entropy", "trigger"), [(0.05, "entropy"), (0.5, None), (2.5, "entropy"), (None, None)])
def test_entropy_outside_its_band_resets(entropy, trigger):
    assert ResetController(ResetConfig(entropy_low=0.1, entropy_high=2.0)).observe(1, entropy=entropy).trigger == trigger


def test_a_signal_within_the_minimal_interval_is_held_back_and_says_so():
    controller = ResetController(ResetConfig(kl_threshold=0.2, min_interval=3))
    decision = controller.observe(2, kl=1.0)
    assert not decision.reset
    (reading,) = decision.readings
    assert reading.fired
    assert not reading.counted
    assert "2 of at least 3 steps" in decision.reasons["kl"]
    assert "kl held back" in decision.summary
    assert controller.observe(3, kl=1.0).reset


def test_a_stall_that_was_held_back_is_heard_without_another_validation():
    assert run({"stall_patience": 1, "min_interval": 5}, validations(0.5, 0.4, None, None, None, None)) == {5: "stall"}


def test_the_maximal_interval_resets_when_no_signal_did():
    config = {"kl_threshold": 0.2, "max_interval": 4}
    assert run(config, [{"kl": 0.1}] * 4 + [{"kl": 0.5}] + [{"kl": 0.1}] * 4) == {4: "max_interval", 5: "kl", 9: "max_interval"}


def test_readings_during_the_cooldown_add_to_nothing():
    kls = [{"kl": 1.0}] * 8
    assert run({"kl_threshold": 0.2, "kl_patience": 2}, kls) == {2: "kl", 4: "kl", 6: "kl", 8: "kl"}
    assert run({"kl_threshold": 0.2, "kl_patience": 2, "cooldown": 2}, kls) == {2: "kl", 6: "kl"}
    controller = ResetController(ResetConfig(kl_threshold=0.2, cooldown=2))
    controller.did_reset(10)
    assert "1 of 2 steps of cooldown" in controller.observe(11, kl=5.0).reasons["kl"]


def test_every_configured_signal_is_read_at_every_step():
    config = ResetConfig(interval=9, max_interval=9, kl_threshold=1.0, stall_patience=2, drop=0.1, entropy_low=0.1)
    decision = ResetController(config).observe(1, kl=0.5)
    assert list(decision.reasons) == ["kl", "drop", "stall", "entropy", "interval", "max_interval"]
    assert all(decision.reasons.values())
    assert decision.reasons["drop"] == "no validation yet in this period"


SIGNALS = st.fixed_dictionaries(
    {
        "kl": st.one_of(st.none(), st.floats(0, 1), st.just(math.nan)),
        "validation": st.one_of(st.none(), st.floats(0, 1)),
        "entropy": st.one_of(st.none(), st.floats(0, 2)),
    }
)
EVERYTHING = {
    "min_interval": 2,
    "max_interval": 7,
    "kl_threshold": 0.6,
    "kl_patience": 2,
    "stall_patience": 2,
    "drop": 0.4,
    "entropy_low": 0.2,
    "cooldown": 1,
}


@settings(deadline=None, max_examples=60)
@given(st.lists(SIGNALS, min_size=1, max_size=30), st.data())
def test_a_restored_controller_decides_as_one_that_was_never_stopped(readings, data):
    cut = data.draw(st.integers(0, len(readings)))
    whole = run(EVERYTHING, readings)
    before = ResetController(ResetConfig(**EVERYTHING))
    first = run(EVERYTHING, readings[:cut], controller=before)
    after = ResetController(ResetConfig(**EVERYTHING))
    after.load_state_dict(json.loads(json.dumps(before.state_dict())))
    assert first | run(EVERYTHING, readings[cut:], controller=after, first=cut + 1) == whole


@settings(deadline=None, max_examples=60)
@given(st.lists(SIGNALS, min_size=1, max_size=40))
def test_resets_are_never_closer_than_the_minimum_nor_farther_apart_than_the_maximum(readings):
    steps = [0, *run(EVERYTHING, readings)]
    gaps = [b - a for a, b in itertools.pairwise(steps)]
    assert all(2 <= gap <= 7 for gap in gaps)
    assert len(readings) - steps[-1] < 7


def test_the_state_of_something_else_is_refused():
    with pytest.raises(ValueError, match="reset controller's state"):
        ResetController(ResetConfig()).load_state_dict({"state": "low"})


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"interval": 5, "min_interval": 10}, "interval"),
        ({"max_interval": 5, "min_interval": 10}, "max_interval"),
        ({"entropy_low": 2.0, "entropy_high": 1.0}, "entropy_low"),
        ({"kl_treshold": 1.0}, "kl_treshold"),
        ({"stall_patience": 0}, "stall_patience"),
    ],
)
def test_a_configuration_that_contradicts_itself_is_refused(config, message):
    with pytest.raises(pydantic.ValidationError, match=message):
        ResetConfig(**config)


def test_a_reference_moves_part_of_the_way_in_float32_and_all_of_it_bit_for_bit():
    old = {"w": full((3,), 1.0, dtype=bfloat16), "steps": arange(3)}
    new = {"w": full((3,), 2.0, dtype=bfloat16), "steps": arange(3) + 5}
    half = moved(old, new, average=0.5)
    assert equal(half["w"], full((3,), 1.5, dtype=bfloat16))
    assert equal(half["steps"], new["steps"])
    assert moved(old, new, average=0.0)["w"] is new["w"]
    assert equal(old["w"], full((3,), 1.0, dtype=bfloat16))
    # 0.75 * 1 + 0.25 * 1.0078125 is 1.00195, nearest to 1 in bfloat16; 0.25 * 1 + 0.75 * 1.0078125 is nearest to 1.0078125.
    near = {"w": full((3,), 1.0078125, dtype=bfloat16), "steps": arange(3)}
    assert equal(moved(old, near, average=0.75)["w"], old["w"])
    assert equal(moved(old, near, average=0.25)["w"], near["w"])
