import tomllib
from pathlib import Path

import pytest

from prorl_env_logic import mixes
from prorl_env_logic.table import TASKS
from prorl_gym.config import load
from prorl_gym.errors import ConfigError, UnknownNameError
from prorl_gym.evaluate import EvalConfig
from prorl_gym.generate import GenerateConfig
from prorl_gym.mix import Mix
from prorl_gym.registry import registry


def entries(text, **more):
    return load(GenerateConfig, data={**tomllib.loads(text), **more}).mix


def test_one_line_gives_the_96_training_tasks():
    mix = entries('[[mix]]\nuse = "logic/prorl-train"')
    ids = [e.env for e in mix]
    assert len(ids) == len(set(ids)) == 96
    assert set(ids) <= set(registry().envs)
    assert sum(e.weight for e in mix) == pytest.approx(1.0)
    assert {e.env: e.difficulty for e in mix if e.difficulty is not None} == {"logic/graph_color-v0": 1}


def test_one_line_gives_the_held_out_tasks_and_none_of_them_is_trained_on():
    held = entries('[[mix]]\nuse = "logic/prorl-held-out"')
    assert [e.env.split("/")[1] for e in held] == ["acre-v0", "boxnet-v0", "game_of_life_halting-v0", "puzzle24-v0", "graph_color-v0"]
    trained = {e.env for e in entries('[[mix]]\nuse = "logic/prorl-train"')}
    assert trained & {e.env for e in held} == {"logic/graph_color-v0"}
    assert held[-1].difficulty == [0, 3]


def test_every_task_is_trained_on_or_left_out_for_a_reason():
    parts = (mixes.TRAIN, mixes.HELD_OUT, mixes.LATER, mixes.UNREAD)
    assert sorted(name for part in parts for name in part) == sorted(TASKS)


def test_a_line_settles_what_the_named_mix_leaves_open_and_shares_out_its_weight():
    mix = entries('[[mix]]\nuse = "logic/prorl-held-out"\nweight = 2.0\nstyle = "terse"\ndifficulty = 0\n[[mix]]\nenv = "math/algebra-v0"')
    assert [e.weight for e in mix] == [pytest.approx(0.4)] * 5 + [1.0]
    assert [e.style for e in mix] == ["terse"] * 5 + ["full"]
    assert [e.difficulty for e in mix[:5]] == [0, 0, 0, 0, [0, 3]]
    scheduled = entries('[[mix]]\nuse = "logic/prorl-held-out"\nweight = [[0, 0.0], [10, 5.0]]')
    assert scheduled[0].weight == [(0, 0.0), (10, 1.0)]


def test_a_mix_of_named_entries_draws_from_all_of_them():
    drawn = Mix(entries('[[mix]]\nuse = "logic/prorl-held-out"')).draw(0, 10)
    assert sorted(d.task.env_id for d in drawn) == sorted([e.env for e in entries('[[mix]]\nuse = "logic/prorl-held-out"')] * 2)


def test_an_unknown_mix_is_named_with_the_closest_and_a_quota_is_refused():
    with pytest.raises(UnknownNameError, match="logic/prorl-train"):
        entries('[[mix]]\nuse = "logic/prorl-trian"')
    with pytest.raises(ConfigError, match="takes a weight and no quota"):
        entries('[[mix]]\nuse = "logic/prorl-train"\nquota = 3')


@pytest.mark.parametrize(("name", "count"), [("eval_logic_train", 96), ("eval_logic_held_out", 5)])
def test_the_evaluation_files_take_the_named_mixes_in_equal_parts(name, count):
    config = load(EvalConfig, path=Path(__file__).parents[3] / "configs" / f"{name}.toml")
    assert len(config.mix) == count
    assert set(Mix(config.mix, split=config.split).shares(0, config.num_tasks)) == {100}
