"""The mix: exact shares, schedules, adaptive levels, and state that goes on where it was saved."""

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_gym.config import load
from prorl_gym.errors import ConfigError
from prorl_gym.mix import AdaptiveConfig, Mix, MixEntry, largest_remainder, needs, verifier_refs, weight_at

MATH = ["math/arithmetic-v0", "math/algebra-v0", "math/number_theory-v0", "math/combinatorics-v0", "math/calculus-v0"]
WEIGHTS = st.lists(st.floats(0, 1000, allow_subnormal=False) | st.integers(0, 9), min_size=1, max_size=5)


def mix_of(*weights, **more):
    return Mix([MixEntry(env=MATH[i], weight=w, style="terse") for i, w in enumerate(weights)], **more)


def counts(mix, step, total):
    dealt = [0] * len(mix.entries)
    for drawn in mix.draw(step, total):
        dealt[drawn.entry] += 1
    return dealt


@settings(deadline=None)
@given(WEIGHTS, st.integers(0, 500))
def test_a_dealing_is_whole_and_within_one_of_each_exact_share(shares, total):
    dealt = largest_remainder(shares, total)
    weight = sum(shares)
    assert sum(dealt) == (total if weight > 0 else 0)
    for share, got in zip(shares, dealt, strict=True):
        exact = total * share / weight if weight > 0 else 0
        assert exact - 1 - 1e-9 < got < exact + 1 + 1e-9
        assert got == 0 or share > 0


def test_ties_go_to_the_first():
    assert largest_remainder([1, 1, 1], 4) == [2, 1, 1]
    assert largest_remainder([], 3) == []


@settings(deadline=None)
@given(st.lists(st.integers(1, 50), min_size=1, max_size=5), st.lists(st.integers(1, 40), min_size=1, max_size=40))
def test_shares_hold_over_many_batches_of_any_size(weights, batches):
    mix = mix_of(*weights)
    got = [0] * len(weights)
    for step, total in enumerate(batches):
        dealt = mix._deal(step, total)
        assert sum(dealt) == total
        got = [g + d for g, d in zip(got, dealt, strict=True)]
    for weight, count in zip(weights, got, strict=True):
        assert abs(count - sum(batches) * weight / sum(weights)) < 2


def test_an_entry_of_a_small_weight_gets_its_turn():
    mix = mix_of(99, 1)
    assert sum(mix._deal(step, 10)[1] for step in range(100)) == 10


@pytest.mark.parametrize(("step", "weight"), [(0, 1.0), (9, 1.0), (10, 1.0), (15, 2.0), (20, 3.0), (25, 1.5), (30, 0.0), (99, 0.0)])
def test_a_schedule_is_linear_between_its_points_and_constant_outside(step, weight):
    assert weight_at([(10, 1.0), (20, 3.0), (30, 0.0)], step) == weight
    assert weight_at(2, step) == 2.0
    assert weight_at([(10, 4.0)], step) == 4.0


def test_a_scheduled_entry_comes_in_when_its_weight_does():
    mix = mix_of(1, [[5, 0.0], [10, 1.0]])
    assert [counts(mix, step, 4)[1] for step in (0, 5)] == [0, 0]
    assert counts(mix, 10, 4) == [2, 2]
    assert sum(counts(mix, 10 + i, 5)[1] for i in range(4)) == 10


@settings(deadline=None)
@given(st.integers(0, 6), st.integers(0, 6), st.integers(13, 30))
def test_quotas_are_served_first_and_the_weights_share_the_rest(first, second, total):
    entries = [
        MixEntry(env=MATH[0], quota=first),
        MixEntry(env=MATH[1], quota=second),
        MixEntry(env=MATH[2], weight=3),
        MixEntry(env=MATH[3], weight=1),
    ]
    rest = total - first - second
    assert Mix(entries).shares(0, total) == [first, second, *largest_remainder([3, 1], rest)]


@pytest.mark.parametrize(
    ("quotas", "message"), [((5, 6), "quotas add up to 11 prompts, but a batch has 10"), ((5, 4), "no entry with a positive weight for 1 of 10")]
)
def test_quotas_that_cannot_fill_a_batch_are_refused(quotas, message):
    mix = Mix([MixEntry(env=MATH[i], quota=q) for i, q in enumerate(quotas)])
    with pytest.raises(ConfigError, match=message):
        mix.draw(0, 10)


def test_a_batch_is_interleaved_and_each_entry_walks_its_own_stream():
    mix = mix_of(2, 1)
    batch = [*mix.draw(0, 6), *mix.draw(1, 6)]
    assert [d.entry for d in batch[:6]] in ([0, 1, 0, 0, 1, 0], [0, 0, 1, 0, 0, 1])
    for entry in (0, 1):
        walked = [d for d in batch if d.entry == entry]
        assert [d.index for d in walked] == list(range(len(walked)))
        assert [d.task for d in walked] == [mix.envs[entry].task_at(i) for i in range(len(walked))]


def test_entries_keep_their_own_settings():
    entry = MixEntry(env=MATH[0], difficulty=[1, 2], style="terse", group_size=3, env_kwargs={"mode": "tolerant"})
    mix = Mix([entry], split="test")
    [drawn] = mix.draw(0, 1)
    assert drawn.group_size == 3
    assert drawn.task.split == "test"
    assert (mix.envs[0].low, mix.envs[0].high, mix.envs[0].mode) == (1, 2, "tolerant")


def test_an_adaptive_entry_follows_its_success_within_its_range():
    mix = Mix([MixEntry(env=MATH[0], adaptive=True, difficulty=[1, 3])], adaptive=AdaptiveConfig(raise_above=0.7, lower_below=0.3, window=4))
    levels = []
    for success in ([1, 1, 1], [1], [0.5] * 4, [1] * 4, [1] * 4, [0] * 4, [0] * 4, [0] * 4):
        decision = mix.observe(0, success)
        levels.append((mix.draw(0, 1)[0].task.metadata["difficulty"], decision and (decision["from"], decision["to"])))
    assert levels == [(1, None), (2, (1, 2)), (2, None), (3, (2, 3)), (3, None), (2, (3, 2)), (1, (2, 1)), (1, None)]
    assert mix.observe(0, [1] * 8) == {"env": MATH[0], "entry": 0, "from": 1, "to": 2, "success": 1.0}


def test_an_entry_that_is_not_adaptive_keeps_its_levels():
    mix = mix_of(1)
    assert mix.observe(0, [1.0] * 1000) is None
    assert len({d.task.metadata["difficulty"] for d in mix.draw(0, 40)}) == 4


def _adaptive():
    entries = [MixEntry(env=MATH[0], weight=[[0, 1.0], [8, 0.3]], adaptive=True), MixEntry(env=MATH[1], weight=0.7), MixEntry(env=MATH[2], quota=1)]
    return Mix(entries, adaptive=AdaptiveConfig(window=5))


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(2, 9), st.lists(st.sampled_from([0.0, 1.0]), max_size=7)), min_size=2, max_size=8), st.data())
def test_a_mix_goes_on_from_its_saved_state_as_if_it_had_never_stopped(steps, data):
    cut = data.draw(st.integers(0, len(steps) - 1))
    whole = _adaptive()
    for step, (total, success) in enumerate(steps[:cut]):
        whole.pass_over(step, total)
        whole.observe(0, success)
    resumed = _adaptive()
    resumed.load_state_dict(json.loads(json.dumps(whole.state_dict())))
    for step, (total, success) in enumerate(steps[cut:], cut):
        assert whole.draw(step, total) == resumed.draw(step, total)
        assert whole.observe(0, success) == resumed.observe(0, success)
    assert whole.state_dict() == resumed.state_dict()


@settings(deadline=None)
@given(st.lists(st.integers(1, 9), max_size=6))
def test_passing_over_moves_as_drawing_does(totals):
    drawn, passed = _adaptive(), _adaptive()
    for step, total in enumerate(totals):
        drawn.draw(step, total)
        passed.pass_over(step, total)
    assert drawn.state_dict() == passed.state_dict()


def test_asking_for_the_shares_changes_nothing():
    mix = mix_of(3, 2)
    before = mix.state_dict()
    assert mix.shares(0, 7) == mix.shares(0, 7)
    assert mix.state_dict() == before


def test_a_saved_state_does_not_change_with_the_mix_and_fits_its_own_entries_only():
    mix = mix_of(1, 1)
    saved = mix.state_dict()
    copy = json.loads(json.dumps(saved))
    mix.draw(0, 5)
    assert saved == copy
    with pytest.raises(ConfigError, match="the saved mix has the entries"):
        mix_of(1).load_state_dict(saved)


@pytest.mark.parametrize("weight", [-1, [], [[0, 1.0], [0, 2.0]], [[5, 1.0], [0, 2.0]], [[0, -0.1]], math.nan, math.inf, [[0, math.nan]], "much"])
def test_a_weight_that_is_none_is_refused(weight):
    with pytest.raises(ConfigError, match="weight"):
        load(MixEntry, data={"env": MATH[0], "weight": weight})


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"env": "math/arithmetics-v0"}, "mix.0: no environment is named .*did you mean 'math/arithmetic-v0'"),
        ({"env": MATH[0], "difficulty": 9}, "mix.0: math/arithmetic-v0 has the difficulties 0 to 3; got 9"),
        ({"env": MATH[0], "difficulty": []}, "mix.0: math/arithmetic-v0 has the difficulties 0 to 3"),
        ({"env": MATH[0], "env_kwargs": {"colour": 1}}, r"mix.0 \(math/arithmetic-v0\): .*colour"),
        ({"env": MATH[0], "env_kwargs": {"split": "test"}}, r"mix.0 \(math/arithmetic-v0\): .*split"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named_by_its_place(entry, message):
    with pytest.raises(ConfigError, match=message):
        Mix([MixEntry(**entry)])


def test_a_mix_of_nothing_is_refused():
    with pytest.raises(ConfigError, match="at least one entry"):
        Mix([])


def test_what_a_mix_needs_is_known_before_it_is_made():
    entries = [MixEntry(env=MATH[0]), MixEntry(env=MATH[0]), MixEntry(env="code/stdio-v0")]
    assert needs(entries) == {"sandbox"}
    assert len(verifier_refs(entries)) == 2
