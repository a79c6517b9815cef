"""The vLLM engine on vLLM's CPU build, for real: `make test-vllm`. The ordinary suite leaves it out, since vLLM has an environment of its own."""

from pathlib import Path

import pytest
import torch

pytest.importorskip("vllm", reason="vLLM is not installed here; make test-vllm runs these in an environment of their own")

from prorl_gym.config import load
from prorl_gym.errors import EngineError
from prorl_gym.plugins import add_plugin
from prorl_gym.runs import read_jsonl
from prorl_trainer.config import TrainConfig
from prorl_trainer.engines import Sampling
from prorl_trainer.engines.vllm_engine import VllmEngine
from prorl_trainer.loop import train
from prorl_trainer.policy import load_model
from prorl_trainer.scoring import score
from prorl_trainer.tiny import make_model, make_tokenizer

pytestmark = pytest.mark.filterwarnings("default")
DIGITS = Path(__file__).parents[1] / "fixtures" / "digits.py"
SAMPLING = Sampling(max_new_tokens=24, temperature=1.0)
PROMPTS = [[5, 6, 7]] * 6 + [[9, 8]] * 6


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = make_tokenizer(["say digits 0123456789"] * 4, vocab_size=280, folder=folder)
    make_model(tokenizer, hidden=64, layers=2, heads=2, folder=folder)
    return folder


@pytest.fixture(scope="module")
def model(tiny):
    return load_model(str(tiny), device="cpu", dtype="float32")


@pytest.fixture(scope="module")
def engine(model):
    made = VllmEngine(model, max_model_len=128)
    yield made
    made.close()


def seeds(prompts, seed):
    return [1000 * seed + i for i in range(len(prompts))]


def moved(model, size=0.05):
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * size)


def test_equal_seeds_give_equal_answers_and_others_do_not(engine):
    one, two = (dict(engine.generate(PROMPTS, SAMPLING, seeds=seeds(PROMPTS, 3))) for _ in range(2))
    assert sorted(one) == list(range(12))
    assert {i: a.token_ids for i, a in one.items()} == {i: a.token_ids for i, a in two.items()}
    other = dict(engine.generate(PROMPTS, SAMPLING, seeds=seeds(PROMPTS, 4)))
    assert any(one[i].token_ids != other[i].token_ids for i in one)
    assert len({one[i].token_ids for i in range(6)}) > 1


def test_log_probabilities_are_the_trainers_before_and_after_new_weights(engine, model):
    for _ in range(2):
        done = dict(engine.generate(PROMPTS, SAMPLING, seeds=seeds(PROMPTS, 5)))
        answers = [done[i] for i in range(len(PROMPTS))]
        scored = score(model, PROMPTS, [a.token_ids for a in answers], temperature=1.0, pad_id=0)
        for row, answer in zip(scored.logp_BT, answers, strict=True):
            theirs = torch.tensor(answer.logprobs)
            assert float((row[: len(theirs)] - theirs).abs().max()) < 1e-4
        moved(model)
        engine.sync(model)


def test_weights_that_did_not_arrive_are_noticed_by_the_canary(engine, model):
    moved(model)
    with pytest.raises(EngineError, match="it samples from other weights"):
        engine._check_canary()
    engine.sync(model)
    assert engine.last_canary < 1e-4


def test_requests_in_flight_survive_a_synchronisation(engine, model):
    stream = engine.generate([[5, 6]] * 24, Sampling(max_new_tokens=100, temperature=1.0), seeds=list(range(24)))
    first = [next(stream)]
    moved(model, 0.001)
    engine.control("start", {})
    engine.control("finish", {}, "between")
    assert len(first + list(stream)) == 24
    engine.sync(model)


def test_a_prompt_without_tokens_is_refused(engine):
    with pytest.raises(EngineError, match="prompt 1 of 2 has no tokens"):
        engine.generate([[1], []], SAMPLING, seeds=[0, 1])


def test_a_run_trains_through_vllm_and_its_weights_arrive_every_step(tiny, tmp_path):
    add_plugin(f"{DIGITS}:Digits")
    data = {
        "out": str(tmp_path / "run"),
        "steps": 12,
        "seed": 3,
        "model": {"path": str(tiny), "device": "cpu"},
        "mix": [{"env": "fixture/digits-v0", "style": "terse"}],
        "rollout": {"engine": "vllm", "engine_options": {"max_model_len": 128}, "prompts_per_step": 8, "group_size": 8, "max_new_tokens": 8},
        "algorithm": {"beta": 0.01, "mismatch": "icepop", "updates_per_step": 2},
        "optimizer": {"lr": 1e-2},
        "reset": {"interval": 5},
        "validation": {"every": 0},
        "checkpoint": {"every": 6},
    }  # fmt: skip
    run = train(load(TrainConfig, data=data))
    rows = list(read_jsonl(run / "metrics.jsonl"))
    assert sum(r["reward"] for r in rows[-3:]) > sum(r["reward"] for r in rows[:3]) + 0.3
    assert max(r["mismatch_abs_log"] for r in rows) < 1e-4
    assert len([e for e in read_jsonl(run / "events.jsonl") if e["event"] == "reset"]) == 2
