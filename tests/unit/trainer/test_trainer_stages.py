"""Stages: what each one's settings are, when each begins, what is refused before anything is loaded."""

from pathlib import Path

import pytest

from prorl_gym.config import load
from prorl_gym.errors import ConfigError
from prorl_trainer.config import TrainConfig
from prorl_trainer.stages import due, resolve, table

CONFIGS = Path(__file__).parents[3] / "configs"


def config(*stages, **over):
    data = {
        "steps": 100,
        "model": {"path": "x"},
        "mix": [{"env": "a/one-v0"}, {"env": "a/two-v0", "weight": 0.0}],
        "reset": {"interval": 10},
        "stages": list(stages),
    }
    return load(TrainConfig, data={**data, **over})


def test_changes_stay_and_only_what_is_named_changes():
    first, second, third = resolve(
        config(
            {"name": "b", "set": {"rollout": {"group_size": 32}, "shaping": {"overlong": {"buffer": 10}}}, "weights": {"a/two-v0": 2.0}},
            {"name": "c", "on": "step", "at": 50, "set": {"rollout": {"max_new_tokens": 2048}, "shaping": {"overlong": {"penalty": 0.5}}}},
        )
    )
    assert (first.rollout.group_size, second.rollout.group_size, third.rollout.group_size) == (16, 32, 32)
    assert (second.rollout.max_new_tokens, third.rollout.max_new_tokens) == (1024, 2048)
    assert (third.shaping.overlong.buffer, third.shaping.overlong.penalty) == (10, 0.5)
    assert [c.mix[1].weight for c in (first, second, third)] == [0.0, 2.0, 2.0]
    assert second.optimizer == first.optimizer


def test_a_stage_on_a_reset_begins_with_one_and_a_stage_on_a_step_after_it_one_at_a_time():
    stages = config({"name": "b"}, {"name": "c", "on": "step", "at": 50}, {"name": "d"}).stages
    assert due(stages, 0, step=60, did_reset=False) is None
    assert due(stages, 0, step=60, did_reset=True).name == "b"
    assert due(stages, 1, step=49, did_reset=True) is None
    assert due(stages, 1, step=50, did_reset=False).name == "c"
    assert due(stages, 2, step=51, did_reset=True).name == "d"
    assert due(stages, 3, step=99, did_reset=True) is None


@pytest.mark.parametrize(
    ("stages", "over", "message"),
    [
        ([{"name": "b", "on": "step"}], {}, "at = N"),
        ([{"name": "b", "at": 5}], {}, "leave out at"),
        ([{"name": "b", "set": {"modle": {}}}], {}, "a stage may set rollout"),
        ([{"name": "b", "set": {"rolout": {}}}], {}, "did you mean 'rollout'?"),
        ([{"name": "b", "set": {"rollout": {"engine": "x"}}}], {}, "stays what it is"),
        ([{"name": "b", "set": {"rollout": {"group_size": 1}}}], {}, "the stage 'b': rollout.group_size"),
        ([{"name": "b", "set": {"algorithm": {"beta": 0.0}}}], {}, "keeps a reference throughout or not at all"),
        ([{"name": "b", "weights": {"a/tow-v0": 1.0}}], {}, "did you mean 'a/two-v0'?"),
        ([{"name": "b"}], {"reset": {}}, "nothing leads to one"),
        ([{"name": "b", "on": "step", "at": 100}], {}, "the run has 100 steps"),
        ([{"name": "b", "on": "step", "at": 50}, {"name": "c", "on": "step", "at": 40}], {}, "not later than a stage before it"),
        ([{"name": "b", "set": {"shaping": {"cosine": {"limit": 9999}}}}], {}, "shaping.cosine.limit is 9999 tokens"),
    ],
)
def test_a_stage_that_cannot_be_is_refused_by_name(stages, over, message):
    with pytest.raises(ConfigError) as error:
        config(*stages, **over)
    assert message in str(error.value)


def test_the_papers_eight_stages_are_a_table_of_eight():
    made = load(TrainConfig, path=CONFIGS / "prorl_v1_stages.toml")
    lines = table(made)
    assert [line.split()[0] for line in lines[1:9]] == list("12345678")
    assert [c.rollout.group_size for c in resolve(made)] == [16, 16, 16, 16, 16, 32, 32, 16]
    assert [c.rollout.max_new_tokens for c in resolve(made)] == [8192] * 7 + [16384]
    assert "instruct/constraints-v0" in lines[3]
    assert lines[9].startswith("reset")


@pytest.mark.parametrize("name", ["grpo", "justrl", "prorl_v1", "prorl_v2"])
def test_every_shipped_configuration_is_whole(name):
    made = load(TrainConfig, path=CONFIGS / f"{name}.toml")
    assert table(made)
    assert (made.algorithm.beta == 0) == (name == "justrl")
    assert any(v is not None for v in (made.reset.interval, made.reset.stall_patience)) == name.startswith("prorl")
