"""What the tests of the trainer share: a tiny model, a run of it, its environments, and what a run left on disk."""

from contextlib import contextmanager
from pathlib import Path

import gymnasium
import torch
from safetensors.torch import load_file

from prorl_gym.config import load
from prorl_gym.plugins import add_plugin, manager
from prorl_gym.registry import load_object, registry
from prorl_gym.runs import read_jsonl
from prorl_trainer.config import TrainConfig
from prorl_trainer.tiny import make_model, make_tokenizer

FIXTURES = Path(__file__).parents[1] / "fixtures"


@contextmanager
def one_thread_and_environments(file, *classes):
    """torch on one thread, and these classes of a file of `tests/fixtures` plugged in where they are not yet; undone after it."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    ids = {item: load_object(item).id for item in (f"{FIXTURES / file}:{name}" for name in classes)}
    added = {item: env_id for item, env_id in ids.items() if env_id not in registry().envs}
    for item in added:
        add_plugin(item)
    yield
    torch.set_num_threads(threads)
    registry().plugins[:] = [p for p in registry().plugins if p.name not in added]
    for item, env_id in added.items():
        registry().envs.pop(env_id, None)
        gymnasium.registry.pop(env_id, None)
        if manager().has_plugin(item):
            manager().unregister(name=item)


def make_tiny(folder):
    """Save a tokenizer and a model of fresh weights in a folder, and return both."""
    tokenizer = make_tokenizer(["say digits 0123456789"] * 4, vocab_size=280, folder=folder)
    return tokenizer, make_model(tokenizer, hidden=32, layers=2, heads=2, folder=folder)


def make_tiny_for_adapters(folder):
    """The same with larger embeddings: a frozen head of fresh weights leaves all tokens about as likely, whatever comes before it."""
    _, model = make_tiny(folder)
    with torch.no_grad():
        model.get_input_embeddings().weight.mul_(10)
    model.save_pretrained(folder)


def merged(data, over):
    """The settings `data` with those of `over`: a table of it changes only the keys that it names."""
    data = dict(data)
    for key, value in over.items():
        data[key] = {**data[key], **value} if isinstance(data.get(key), dict) else value
    return data


def config(tiny, out, env="fixture/digits-v0", **over):
    """Six steps of the tiny model, saved after every second."""
    data = {
        "out": str(out),
        "steps": 6,
        "seed": 3,
        "model": {"path": str(tiny), "device": "cpu"},
        "mix": [{"env": env, "style": "terse"}],
        "rollout": {"prompts_per_step": 4, "group_size": 4, "max_new_tokens": 8, "temperature": 1.0},
        "algorithm": {"beta": 0.01, "updates_per_step": 1},
        "optimizer": {"lr": 1e-2},
        "validation": {"every": 0},
        "checkpoint": {"every": 2, "keep": 10},
    }
    return load(TrainConfig, data=merged(data, over))


def weights(run):
    """What a run exported: a whole model's weights, or an adapter's."""
    name = "adapter_model.safetensors" if (run / "model" / "adapter_config.json").exists() else "model.safetensors"
    return load_file(run / "model" / name)


def same(one, two):
    """True where two sets of weights have the same names and the same bits."""
    return one.keys() == two.keys() and all(torch.equal(one[k], two[k]) for k in one)


def numbers(run):
    """The metrics of a run without its timings."""
    return [{k: v for k, v in row.items() if not k.startswith("seconds")} for row in read_jsonl(run / "metrics.jsonl")]


def events(run, kind):
    """The events of one kind without their time."""
    return [{k: v for k, v in e.items() if k != "time"} for e in read_jsonl(run / "events.jsonl") if e["event"] == kind]
