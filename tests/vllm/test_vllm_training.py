"""A run trains through vLLM, keeps its weights those of the trainer, and outlives the death of its vLLM. Run by `make test-vllm`."""

import os
import signal
from pathlib import Path

import pytest
import torch

pytest.importorskip("vllm", reason="vLLM is not installed here; make test-vllm runs these in an environment of their own")

from prorl_gym.config import load
from prorl_gym.plugins import add_plugin
from prorl_gym.registry import registry
from prorl_gym.runs import read_jsonl
from prorl_trainer.config import TrainConfig
from prorl_trainer.engines.vllm_engine import VllmEngine
from prorl_trainer.loop import train

pytestmark = pytest.mark.filterwarnings("default")
DIGITS = Path(__file__).parents[1] / "fixtures" / "digits.py"


@pytest.fixture(autouse=True)
def digits():
    if "fixture/digits-v0" not in registry().envs:
        add_plugin(f"{DIGITS}:Digits")


def config(tiny, out, mismatch="off", **rollout):
    data = {
        "out": str(out),
        "steps": 12,
        "seed": 3,
        "model": {"path": str(tiny), "device": "cpu"},
        "mix": [{"env": "fixture/digits-v0", "style": "terse"}],
        "rollout": {
            "engine": "vllm",
            "engine_options": {"max_model_len": 128},
            "prompts_per_step": 8,
            "group_size": 8,
            "max_new_tokens": 8,
            **rollout,
        },
        # Without a filter no groups are carried over, whose older weights would show as a mismatch too.
        "algorithm": {"beta": 0.01, "updates_per_step": 2, "mismatch": mismatch, "dynamic_sampling": False},
        "optimizer": {"lr": 1e-2},
        "reset": {"interval": 5},
        "validation": {"every": 0},
        "checkpoint": {"every": 6},
    }
    return load(TrainConfig, data=data)


def rows(run):
    return list(read_jsonl(run / "metrics.jsonl"))


def events(run, kind):
    return [e for e in read_jsonl(run / "events.jsonl") if e["event"] == kind]


def test_a_run_learns_through_vllm_and_one_whose_vllm_is_killed_and_that_is_resumed_ends_where_it_ends(tiny, tmp_path, monkeypatch):
    made = []
    monkeypatch.setattr(VllmEngine, "__init__", remembered(VllmEngine.__init__, made))
    straight = train(config(tiny, tmp_path / "straight"))
    metrics = rows(straight)
    assert sum(r["reward"] for r in metrics[-3:]) > sum(r["reward"] for r in metrics[:3]) + 0.3
    assert max(r["mismatch_abs_log"] for r in metrics) < 1e-4
    assert [e["step"] for e in events(straight, "reset")] == [5, 10]
    assert not any("faults/engine" in r for r in metrics)

    def kill_after_the_third(step, metrics):
        if step == 3:
            os.kill(made[-1].process.popen.pid, signal.SIGKILL)

    halted = config(tiny, tmp_path / "killed")
    steps = iter(range(1, 100))
    train(halted, on_step=kill_after_the_third, stop=lambda: next(steps) == 6)
    killed = train(halted, resume=True)
    assert [r["step"] for r in rows(killed) if r.get("faults/engine") == 1.0] == [4]
    (alarm,) = [e for e in events(killed, "alarm") if "vLLM was replaced" in e["reason"]]
    assert alarm["step"] == 4
    assert [texts(killed, step) for step in range(1, 13)] == [texts(straight, step) for step in range(1, 13)]
    assert same_weights(killed, straight)


def remembered(init, made):
    def wrapped(self, *args, **kwargs):
        made.append(self)
        init(self, *args, **kwargs)

    return wrapped


def texts(run, step):
    return [r["turns"][0]["completion"] for r in read_jsonl(run / "rollouts" / f"step-{step:06d}.jsonl")]


def same_weights(one, two):
    from safetensors.torch import load_file

    first, second = (load_file(run / "model" / "model.safetensors") for run in (one, two))
    return all(torch.equal(first[k], second[k]) for k in first)


def test_a_run_that_collects_ahead_trains_through_vllm_while_it_generates(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", mismatch="icepop", ahead=True))
    metrics = rows(run)
    assert sum(r["reward"] for r in metrics[-3:]) > sum(r["reward"] for r in metrics[:3]) + 0.2
    assert not any("faults/engine" in r for r in metrics)
