"""What cannot work is refused as the configuration is read, by a message that names it and what to do."""

import pytest

from prorl_gym.config import load
from prorl_gym.errors import ConfigError
from prorl_trainer.config import TrainConfig


def config(**over):
    return load(TrainConfig, data={"steps": 100, "model": {"path": "x"}, "mix": [{"env": "a/one-v0"}], **over})


REFUSED = {
    "a wrong key": ({"reset": {"averag": 0.5}}, ("reset.averag", "did you mean 'average'")),
    "a wrong section": ({"deadline": {}}, ("deadline", "did you mean 'deadlines'")),
    "an average of all": ({"reset": {"average": 1.0}}, ("reset.average", "less than 1")),
    "no time at all": ({"deadlines": {"step_s": 0}}, ("deadlines.step_s", "greater than 0")),
    "a length reward without a limit": ({"shaping": {"cosine": {}}}, ("shaping.cosine", "set limit to at most rollout.max_new_tokens")),
    "a length reward beyond the context": (
        {"shaping": {"cosine": {"limit": 2000}}, "rollout": {"max_new_tokens": 1000}},
        ("shaping.cosine.limit is 2000", "rollout.max_new_tokens = 1000", "set it to at most that"),
    ),
    "a stage without a trigger": ({"stages": [{"name": "b"}]}, ("the stage 'b'", "nothing leads to one", "set reset.interval")),
    "more stages than an interval gives resets": (
        {"reset": {"interval": 40}, "stages": [{"name": "b"}, {"name": "c"}, {"name": "d"}]},
        ("the stage 'd'", "at step 120 at the earliest", "the run has 100 steps", "more stages than resets", "on = 'step'"),
    ),
    "more stages than the shortest time between signals": (
        {"reset": {"kl_threshold": 1.0, "min_interval": 50}, "stages": [{"name": "b"}, {"name": "c"}]},
        ("the stage 'c'", "at step 100 at the earliest"),
    ),
    "more stages than validations can ask for": (
        {"reset": {"stall_patience": 3}, "validation": {"every": 20}, "stages": [{"name": "b"}, {"name": "c"}]},
        ("the stage 'c'", "at step 122 at the earliest"),
    ),
    "a reset stage after one on a late step": (
        {"reset": {"interval": 30}, "stages": [{"name": "b", "on": "step", "at": 90, "reset": True}, {"name": "c"}]},
        ("the stage 'c'", "at step 120 at the earliest"),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_impossible_configuration_is_refused_by_name_with_the_remedy(case):
    over, words = REFUSED[case]
    with pytest.raises(ConfigError) as error:
        config(**over)
    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize(
    "over",
    [
        {"reset": {"interval": 33}, "stages": [{"name": "b"}, {"name": "c"}, {"name": "d"}]},
        {"reset": {"interval": 90, "kl_threshold": 1.0}, "stages": [{"name": n} for n in "bcdefg"]},
        {"reset": {"stall_patience": 1}, "validation": {"every": 20}, "stages": [{"name": n} for n in "bcd"]},
        {"reset": {"interval": 30}, "stages": [{"name": "b", "on": "step", "at": 60, "reset": True}, {"name": "c"}]},
        {"shaping": {"cosine": {"limit": 1024}}, "rollout": {"max_new_tokens": 1024}},
    ],
)
def test_what_can_work_is_not_refused(over):
    assert config(**over)
