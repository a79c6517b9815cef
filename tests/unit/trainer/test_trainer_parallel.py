"""The processes of a run without torchrun: how rows are dealt, what is refused, what a world of one does, weights in and out of shards."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym.config import load
from prorl_gym.errors import ConfigError
from prorl_trainer.config import TrainConfig
from prorl_trainer.loop import train
from prorl_trainer.parallel import Onlooker, World, deal, joined
from prorl_trainer.samples import Sample
from prorl_trainer.sharded import placed, shard, whole
from prorl_trainer.tiny import make_model, make_tokenizer
from prorl_trainer.update import Updater
from prorl_trainer.watchdog import Watchdog, last_hang


def config(out, **over):
    data = {
        "out": str(out),
        "model": {"path": "no-such-model"},
        "mix": [{"env": "math/algebra-v0"}],
        "algorithm": {"beta": 0.01},
        "optimizer": {"token_budget": 30},
    }
    for key, value in over.items():
        data[key] = {**data[key], **value} if isinstance(data.get(key), dict) else value
    return load(TrainConfig, data=data)


def launched_as_the_last_of_three(monkeypatch):
    for name, value in {"RANK": "2", "WORLD_SIZE": "3", "LOCAL_RANK": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "1"}.items():
        monkeypatch.setenv(name, value)


def test_what_several_processes_cannot_share_is_refused_before_anything_loads(tmp_path, monkeypatch):
    launched_as_the_last_of_three(monkeypatch)
    cases = [
        ({"rollout": {"prompts_per_step": 4}}, r"rollout\.prompts_per_step is 4, which 3 processes cannot share equally: set it to 3 or 6, or start"),
        ({"rollout": {"prompts_per_step": 2}}, r"prompts_per_step is 2, which 3 processes .* set it to 3, or start"),
        (
            {"rollout": {"prompts_per_step": 3}, "stages": [{"name": "more", "on": "step", "at": 2, "set": {"rollout": {"prompts_per_step": 8}}}]},
            "prompts_per_step is 8, which 3 processes",
        ),
        ({"rollout": {"prompts_per_step": 3}, "model": {"offload_reference": True}}, "offload_reference is for one process"),
        ({"rollout": {"prompts_per_step": 3, "engine": "vllm"}}, r"rollout\.engine = 'vllm' .* 3 were started"),
    ]
    for over, message in cases:
        with pytest.raises(ConfigError, match=message):
            train(config(tmp_path / "run", **over))
    assert not (tmp_path / "run").exists()


def test_more_processes_than_gpus_are_refused_with_both_numbers(monkeypatch):
    launched_as_the_last_of_three(monkeypatch)
    with pytest.raises(ConfigError, match=r"3 processes were started on a machine with \d+ GPUs"), joined("cuda", timeout_s=1):
        pass
    with pytest.raises(ConfigError, match=r"model\.device is 'cuda:1', but each of several processes"), joined("cuda:1", timeout_s=1):
        pass


@given(sizes=st.lists(st.integers(1, 50), max_size=40), num=st.integers(1, 5))
def test_rows_are_dealt_once_each_in_shares_that_differ_by_one_row_at_most(sizes, num):
    shares = deal(sizes, num)
    assert sorted(place for share in shares for place in share) == list(range(len(sizes)))
    assert all(share == sorted(share) for share in shares)
    loads = [sum(sizes[i] for i in share) for share in shares]
    assert max(loads) - min(loads) <= max(sizes, default=0)


def test_one_share_is_everything_in_order():
    assert deal([5, 9, 3, 12], 1) == [[0, 1, 2, 3]]
    assert deal([5, 9, 3, 12], 2) == [[2, 3], [0, 1]]


@given(lengths=st.lists(st.integers(1, 25), min_size=1, max_size=12), num=st.integers(1, 4))
def test_every_process_makes_as_many_passes_and_together_they_score_each_row_once(lengths, num):
    samples = [
        Sample(prompt_ids=(1,), token_ids=(2,) * n, logprobs=(0.0,) * n, advantage=1.0, domain="d", minibatch=0, rollout=i)
        for i, n in enumerate(lengths)
    ]
    settings = config("nowhere")
    updaters = [
        Updater(settings, model=None, reference=None, optimizer=None, pad_id=0, world=World(rank=rank, size=num))  # pyright: ignore[reportArgumentType]
        for rank in range(num)
    ]
    passes = [u._passes(range(len(samples)), samples, 7) for u in updaters]
    assert len({len(of_one) for of_one in passes}) == 1
    scored = [place for of_one in passes for one in of_one if not one.spare for place in one.places]
    assert sorted(scored) == list(range(len(samples)))
    assert all(len(one.places) == 1 for of_one in passes for one in of_one if one.spare)
    assert all([one.key for one in of_one] == [(7, k) for k in range(len(of_one))] for of_one in passes)


def test_a_world_of_one_says_everything_to_itself(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "4")  # as a scheduler may, without having launched four of us
    with joined("auto", timeout_s=1) as world:
        assert world == World()
        assert world.first
        assert world.gather("x") == ["x"]
        assert world.from_first(lambda: 3) == 3
        assert not world.any(False)
        assert world.any(True)
        assert world.total({"tokens": 2, "ratio_max": 1.5, "loss": -1.0}) == {"tokens": 2, "ratio_max": 1.5, "loss": -1.0}
        assert world.apart() is world
        world.wait()


def test_sums_of_processes_add_up_and_maxima_do_not():
    class Three(World):
        def gather(self, value):
            return [value, {"tokens": 5, "ratio_max": 0.5}, {"loss": 2.0}]

    assert Three(size=3).total({"tokens": 1, "ratio_max": 0.2, "loss": 0.5}) == {"tokens": 6, "ratio_max": 0.5, "loss": 2.5}


def test_a_process_that_is_not_the_first_writes_nothing(tmp_path):
    with Onlooker(tmp_path) as run, run.rollouts("step-000001") as writer:
        writer.write({"a": 1})
        run.metrics(1, {"reward": 1.0})
        run.event("alarm", step=1, reason="r")
        assert run.rewind(0) == 0
    assert list(tmp_path.iterdir()) == []


def test_a_model_of_one_process_stays_as_it_is_and_its_tied_head_is_named_once(tmp_path):
    model = make_model(make_tokenizer(["a"], vocab_size=270, folder=tmp_path), hidden=16, layers=1, heads=2, folder=tmp_path)
    assert shard(model, World()) is model
    named = dict(whole(model))
    assert "model.embed_tokens.weight" in named
    assert "lm_head.weight" not in named
    assert named.keys() | {"lm_head.weight"} == model.state_dict().keys()
    assert dict(whole(model, only=lambda name: "layers.0.mlp" in name)).keys() == {n for n in named if "layers.0.mlp" in n}
    state = {"a": torch.ones(2)}
    assert placed(state, {"a": torch.zeros(2)})["a"] is state["a"]


def test_what_the_watchdogs_of_all_processes_wrote_is_put_aside_as_one(tmp_path):
    for number, body in enumerate(("Thread 1 (most recent call first):\n  waits", "Thread 2 (most recent call first):\n  hangs", "nothing yet")):
        (tmp_path / (f"stacks.{number}.txt" if number else "stacks.txt")).write_text(body)
    text = last_hang(tmp_path)
    assert text is not None
    assert "waits" in text
    assert "hangs" in text
    assert "nothing yet" not in text
    assert [p.name for p in tmp_path.iterdir()] == ["stacks-1.txt"]
    assert last_hang(tmp_path) is None
    second = Watchdog(tmp_path, 1)
    assert second.path.name == "stacks.1.txt"
    second.close()
