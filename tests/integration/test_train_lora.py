"""Runs that hold less in memory: an adapter instead of a second model, a reference out of the way, activations computed again."""

import sys

import pytest
import tiny_runs
import torch
from safetensors.torch import load_file
from tiny_runs import events, make_tiny_for_adapters, numbers, one_thread_and_environments, same

from prorl_gym.config import load
from prorl_gym.errors import ConfigError, MissingExtraError
from prorl_trainer import lora
from prorl_trainer.checkpoint import checkpoints
from prorl_trainer.config import ModelConfig
from prorl_trainer.engines import Sampling
from prorl_trainer.engines.transformers_engine import TransformersEngine
from prorl_trainer.loop import train
from prorl_trainer.policy import load_model, load_tokenizer
from prorl_trainer.scoring import score
from prorl_trainer.sft import SftConfig

pytest.importorskip("peft")


@pytest.fixture(scope="module", autouse=True)
def one_thread_and_the_environment():
    with one_thread_and_environments("digits.py", "Digits"):
        yield


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    make_tiny_for_adapters(folder)
    return folder


def config(tiny, out, *, model=None, **over):
    return tiny_runs.config(tiny, out, model={"lora": {"rank": 4, "alpha": 8}} if model is None else model, **over)


def adapter(folder):
    return load_file(folder / "adapter_model.safetensors")


CASES = {
    "lora without a reference": {"algorithm": {"beta": 0.0}},
    "lora with kl and several updates": {"algorithm": {"updates_per_step": 2, "epochs": 2}},
    "lora with a reset before the save": {"reset": {"interval": 3, "optimizer": "reinit"}},
    "lora with a reset after the save, dropout and checkpointed activations": {
        "model": {"lora": {"rank": 4, "dropout": 0.2, "targets": ["q_proj", "v_proj"]}, "activation_checkpointing": True},
        "reset": {"interval": 5},
    },
}


@pytest.mark.parametrize("case", CASES)
def test_a_resumed_run_of_an_adapter_is_the_same_run(tiny, tmp_path, case):
    straight = train(config(tiny, tmp_path / "straight", **CASES[case]))
    steps = iter(range(1, 100))
    halted = config(tiny, tmp_path / "halted", **CASES[case])
    train(halted, stop=lambda: next(steps) == 4)
    resumed = train(halted, resume=True)
    assert numbers(resumed) == numbers(straight)
    assert same(adapter(resumed / "model"), adapter(straight / "model"))
    assert [e["step"] for e in events(resumed, "reset")] == [e["step"] for e in events(straight, "reset")]


def test_an_adapter_learns_the_task_and_its_kl_is_exactly_zero_at_the_start_and_after_each_reset(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=16, optimizer={"lr": 2e-2}, reset={"interval": 6}, rollout={"prompts_per_step": 8}))
    rows = numbers(run)
    reward, kl = [r["reward"] for r in rows], {r["step"]: r["kl"] for r in rows}
    assert sum(reward[-4:]) / 4 > sum(reward[:4]) / 4 + 0.1
    assert kl[1] == kl[7] == kl[13] == 0.0
    assert min(kl[step] for step in kl if step not in (1, 7, 13)) > 0.0


def test_a_checkpoint_holds_the_adapters_alone_and_after_a_reset_they_are_equal(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=4, reset={"interval": 4}))
    for place, equal in (("step-000002", False), ("step-000004", True)):
        folder = run / "checkpoints" / place
        reference = torch.load(folder / "reference.pt", weights_only=True)
        assert same(adapter(folder / "model"), reference) == equal
        assert all("lora_" in name for name in reference)
    assert not list(run.rglob("model.safetensors"))
    assert not list(run.rglob("pytorch_model*"))


def test_a_reset_can_roll_an_adapter_back_to_the_best_validated_one(tiny, tmp_path):
    over = {"validation": {"every": 1, "num_tasks": 8, "samples": 2}, "optimizer": {"lr": 1e-9}, "checkpoint": {"every": 1}}
    run = train(config(tiny, tmp_path / "run", steps=4, reset={"interval": 4, "target": "best", "policy": "rollback"}, **over))
    scores = {e["step"]: e["score"] for e in events(run, "validation")}
    best = max(scores, key=lambda s: (scores[s], -s))
    assert best < 4
    assert events(run, "reset")[0]["policy"] == f"rolled back to best, step {best}"
    rolled_back = adapter(run / "model")
    assert same(rolled_back, adapter(run / "checkpoints" / f"step-{best:06d}" / "model"))
    assert same(rolled_back, torch.load(run / "checkpoints" / "step-000004" / "reference.pt", weights_only=True))
    assert not same(rolled_back, adapter(run / "checkpoints" / "step-000003" / "model"))


def test_the_final_folder_is_an_adapter_that_loads_merged_and_scores_as_it_was_trained(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=3))
    tokenizer = load_tokenizer(str(run / "model"))
    assert tokenizer.encode("say 3") == load_tokenizer(str(tiny)).encode("say 3")
    model = load_model(str(run / "model"), device="cpu")
    assert not lora.is_adapted(model)
    trained = lora.adapted(load_model(str(tiny), device="cpu"), config(tiny, tmp_path).model.lora, base=str(tiny))
    lora.load_policy_state(trained, lora.saved_policy_state(run / "model", load_model))
    prompts, responses = [[5, 6, 7], [8, 9]], [[20, 21, 22], [23]]
    scores = [score(m, prompts, responses, temperature=1.0, pad_id=0).logp_BT for m in (model, trained, load_model(str(tiny), device="cpu"))]
    assert torch.allclose(scores[0], scores[1], atol=1e-5)
    assert not torch.allclose(scores[0], scores[2], atol=1e-3)


def test_the_evaluation_command_takes_a_run_of_an_adapter(tiny, tmp_path, prorl):
    run = train(config(tiny, tmp_path / "run", steps=2))
    done = prorl("eval", run, "--set", "num_tasks=4", "--set", "samples=2", "--json")
    assert done.exit_code == 0, done.stderr


def test_the_engine_samples_with_the_policys_adapter_and_the_reference_is_another(tiny):
    torch.manual_seed(0)
    settings = ModelConfig.model_validate({"path": str(tiny), "lora": {"rank": 4}}).lora
    model = lora.adapted(load_model(str(tiny), device="cpu"), settings, base=str(tiny))
    reference = lora.FrozenAdapter(model)
    for name, parameter in model.named_parameters():
        assert parameter.requires_grad == ("lora_" in name and ".default." in name)
        if "lora_B.default" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    ((_, answer),) = TransformersEngine(model).generate([[5, 6, 7]], Sampling(max_new_tokens=8, temperature=1.0), seeds=[0])
    rows = [[5, 6, 7]], [answer.token_ids]
    ours = score(model, *rows, temperature=1.0, pad_id=0).logp_BT[0]
    model.train()
    with reference.active() as frozen:
        theirs = score(frozen, *rows, temperature=1.0, pad_id=0).logp_BT[0]
    assert model.training
    base = score(load_model(str(tiny), device="cpu"), *rows, temperature=1.0, pad_id=0).logp_BT[0]
    assert torch.allclose(ours, torch.tensor(answer.logprobs), atol=1e-5)
    assert torch.equal(theirs, base)
    assert not torch.allclose(ours, base, atol=1e-2)


def test_without_peft_a_run_of_an_adapter_is_refused_before_anything_is_loaded(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(MissingExtraError, match=r"prorl_gym\[lora\]"):
        train(config("no-such-model", tmp_path / "run"))
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"rollout": {"engine": "vllm"}}, "model.lora is not supported with rollout.engine = 'vllm'"),
        ({"model": {"lora": {}, "offload_reference": True}}, "nothing to off-load"),
        ({"model": {"lora": {"rang": 4}}}, "did you mean 'rank'"),
    ],
)
def test_what_does_not_go_with_an_adapter_is_refused_with_its_reason(tiny, tmp_path, over, message):
    with pytest.raises(ConfigError) as error:
        config(tiny, tmp_path / "run", **over)
    assert message in str(error.value)


def test_targets_that_no_layer_has_are_refused_by_name(tiny, tmp_path):
    with pytest.raises(ConfigError, match=r"model\.lora\.targets = \['no_proj'\]"):
        train(config(tiny, tmp_path / "run", model={"lora": {"targets": ["no_proj"]}}))


def test_a_warm_start_trains_all_weights_or_says_so(tiny, tmp_path):
    data = {"model": {"path": str(tiny), "lora": {}}, "data": [str(tmp_path)]}
    with pytest.raises(ConfigError, match="a warm start trains all weights"):
        load(SftConfig, data=data)


def test_a_saved_adapter_of_another_shape_is_refused(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=1))
    state = lora.saved_policy_state(checkpoints(run / "checkpoints")[-1] / "model", load_model)
    other = ModelConfig.model_validate({"path": str(tiny), "lora": {"rank": 2}}).lora
    with pytest.raises(ConfigError, match="another rank"):
        lora.load_policy_state(lora.adapted(load_model(str(tiny), device="cpu"), other, base=str(tiny)), state)


def test_an_offloaded_reference_and_checkpointed_activations_give_the_same_run(tiny, tmp_path):
    over = {"reset": {"interval": 3}, "algorithm": {"updates_per_step": 2}, "optimizer": {"token_budget": 64}}
    plain = train(config(tiny, tmp_path / "plain", model={}, **over))
    lean = train(config(tiny, tmp_path / "lean", model={"offload_reference": True, "activation_checkpointing": True}, **over))
    assert numbers(lean) == numbers(plain)
    assert numbers(lean)[1]["kl"] > 0.0
    assert same(load_file(lean / "model" / "model.safetensors"), load_file(plain / "model" / "model.safetensors"))
