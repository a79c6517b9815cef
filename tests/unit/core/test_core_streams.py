"""Task streams: the same on every machine, with splits that share no problem."""

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym.errors import SplitError
from prorl_gym.registry import load_object
from prorl_gym.streams import MAX_ATTEMPTS, SHARES, draw, item_seed, split_of
from prorl_gym.types import SPLITS, Draft

ENVS = Path(__file__).parents[2] / "fixtures" / "gym_envs.py"


def number(rng, difficulty):
    return Draft(question=f"{rng.randrange(10**9)} at {difficulty}", answer="x")


def test_seeds_splits_and_tasks_are_the_same_on_every_machine():
    assert item_seed("math/arithmetic-v0", "train", 0, 0, 0) == 60762265896776419727461524414038957545
    places = [split_of("t/t-v0", Draft(question=str(i), answer=i)) for i in range(40)]
    assert [i for i, split in enumerate(places) if split == "validation"] == [26, 32, 35, 38]
    assert [i for i, split in enumerate(places) if split == "test"] == [2, 7, 12, 25, 27, 28]
    drawn = [draw(number, env_id="t/t-v0", split=split, difficulty=1, index=7).question for split in SPLITS]
    assert drawn == ["569216731 at 1", "998397774 at 1", "481688996 at 1"]


@given(st.text(max_size=9), st.sampled_from(SPLITS), st.integers(0, 9), st.integers(0, 2**40))
def test_a_seed_depends_on_every_part_of_its_address(env_id, split, difficulty, index):
    at = (env_id, split, difficulty, index, 0)
    others = [(env_id + "x", *at[1:]), (env_id, "other", *at[2:]), (*at[:2], difficulty + 1, *at[3:]), (*at[:3], index + 1, 0), (*at[:4], 1)]
    assert item_seed(*at) == item_seed(*at) not in [item_seed(*other) for other in others]
    assert 0 <= item_seed(*at) < 2**128


def test_the_splits_have_their_shares_of_all_problems():
    count = 6000
    found = [split_of("t/t-v0", Draft(question=str(i), answer=i)) for i in range(count)]
    assert sum(SHARES.values()) == pytest.approx(1)
    for split in SPLITS:
        assert found.count(split) / count == pytest.approx(SHARES[split], abs=0.02)


def test_a_problem_keeps_its_split_whatever_draws_it_and_each_env_deals_anew():
    draft = Draft(question="q", answer="a")
    assert len({split_of("t/t-v0", Draft(question=f"{i}", answer=None, key=["same"])) for i in range(50)}) == 1
    assert len({split_of(f"t/t-v{i}", draft) for i in range(50)}) == 3


@given(st.sampled_from(SPLITS), st.integers(0, 10**6))
def test_what_is_drawn_belongs_to_the_split_that_asked(split, index):
    assert split_of("t/t-v0", draw(number, env_id="t/t-v0", split=split, difficulty=0, index=index)) == split


def test_splits_are_disjoint_where_the_whole_space_has_forty_problems_and_cover_it():
    env = load_object(f"{ENVS}:Coin")()
    seen = {split: {(t.text, t.answer) for t in (env.task_at(i, split=split) for i in range(400))} for split in SPLITS}
    assert not seen["train"] & seen["validation"]
    assert not seen["train"] & seen["test"]
    assert not seen["validation"] & seen["test"]
    assert len(set().union(*seen.values())) == 80
    assert all(seen.values())


def test_a_space_that_is_too_small_to_split_is_named():
    env = load_object(f"{ENVS}:OneProblem")()
    home = split_of(env.env_id, env.draft(random.Random(0), 0))
    assert env.task_at(0, split=home).text == "The only one."
    [other, _] = [s for s in SPLITS if s != home]
    with pytest.raises(SplitError, match=rf"gave no problem of the split '{other}' in {MAX_ATTEMPTS} draws.*too small to be split"):
        env.task_at(0, split=other)
