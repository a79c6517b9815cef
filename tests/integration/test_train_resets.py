"""What a reset does to a run in progress: each trigger, hard and moving average, current and best, whole models and adapters, KL before and after."""

import pytest
import tiny_runs
import torch
from safetensors.torch import load_file
from tiny_runs import events, make_tiny_for_adapters, merged, one_thread_and_environments

from prorl_gym.runs import read_jsonl
from prorl_trainer.loop import train

LORA = {"lora": {"rank": 4, "alpha": 8}}


@pytest.fixture(scope="module", autouse=True)
def one_thread_and_the_environment():
    with one_thread_and_environments("faulty.py", "Plain"):
        yield


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tiny")
    make_tiny_for_adapters(folder)
    return folder


def config(tiny, out, **over):
    return tiny_runs.config(tiny, out, "fixture/plain-v0", **merged({"checkpoint": {"every": 1}}, over))


def kl(run):
    return {r["step"]: r["kl"] for r in read_jsonl(run / "metrics.jsonl")}


def saved(run, step, *, adapter):
    """The policy's weights and the reference's in a checkpoint, under the same names."""
    folder = run / "checkpoints" / f"step-{step:06d}"
    reference = torch.load(folder / "reference.pt", weights_only=True)
    policy = load_file(folder / "model" / ("adapter_model.safetensors" if adapter else "model.safetensors"))
    return policy, {name: reference[name] for name in policy}


def needs_peft(model):
    if model:
        pytest.importorskip("peft")


@pytest.mark.parametrize("model", [{}, LORA], ids=["whole", "lora"])
def test_a_hard_reset_records_the_kl_before_it_and_exactly_zero_after(tiny, tmp_path, model):
    needs_peft(model)
    run = train(config(tiny, tmp_path / "run", model=model, reset={"interval": 3}, steps=4))
    (event,) = events(run, "reset")
    assert event["kl_before"] > 0.0
    assert event["kl_after"] == 0.0
    assert kl(run)[4] == 0.0
    policy, reference = saved(run, 3, adapter=bool(model))
    assert all(torch.equal(policy[name], reference[name]) for name in policy)


@pytest.mark.parametrize("model", [{}, LORA], ids=["whole", "lora"])
def test_a_moving_average_moves_the_reference_part_of_the_way_and_the_kl_after_it_says_so(tiny, tmp_path, model):
    needs_peft(model)
    run = train(config(tiny, tmp_path / "run", model=model, reset={"interval": 2, "average": 0.25}, steps=5))
    first, second = events(run, "reset")
    assert (first["average"], second["average"]) == (0.25, 0.25)
    assert 0.0 < first["kl_after"] < first["kl_before"]
    assert kl(run)[3] > 0.0
    adapter = bool(model)
    _, before = saved(run, 3, adapter=adapter)
    policy, after = saved(run, 4, adapter=adapter)
    for name in policy:
        expected = 0.25 * before[name].double() + 0.75 * policy[name].double()
        assert torch.allclose(after[name].double(), expected, atol=1e-7), name
    assert any(not torch.equal(after[name], before[name]) for name in policy)


def test_a_run_with_a_moving_average_resumes_to_the_same_numbers(tiny, tmp_path):
    over = {"reset": {"interval": 2, "average": 0.5, "optimizer": "reinit"}}
    straight = train(config(tiny, tmp_path / "straight", **over))
    steps = iter(range(1, 100))
    halted = config(tiny, tmp_path / "halted", **over)
    train(halted, stop=lambda: next(steps) == 3)
    resumed = train(halted, resume=True)
    assert kl(resumed) == kl(straight)
    assert [e["kl_after"] for e in events(resumed, "reset")] == [e["kl_after"] for e in events(straight, "reset")]


@pytest.mark.parametrize("model", [{}, LORA], ids=["whole", "lora"])
def test_with_the_best_policy_as_target_and_the_policy_kept_the_kl_after_is_measured_and_not_zero(tiny, tmp_path, model):
    needs_peft(model)
    validation = {"every": 3, "num_tasks": 8, "samples": 2}
    run = train(config(tiny, tmp_path / "run", model=model, reset={"interval": 5, "target": "best"}, validation=validation, steps=5))
    scores = {e["step"]: e["score"] for e in events(run, "validation")}
    best = max(scores, key=lambda s: (scores[s], -s))
    (event,) = events(run, "reset")
    assert event["reference"] == f"best, step {best}"
    assert event["kl_after"] > 0.0
    adapter = bool(model)
    _, reference = saved(run, 5, adapter=adapter)
    chosen, _ = saved(run, best, adapter=adapter)
    assert all(torch.equal(reference[name], chosen[name]) for name in chosen)


TRIGGERS = {
    "kl": ({"kl_threshold": 1e-9}, [2, 4, 6]),
    "kl after a cooldown": ({"kl_threshold": 1e-9, "cooldown": 2}, [2, 5]),
    "kl after its patience": ({"kl_threshold": 1e-9, "kl_patience": 2}, [3, 6]),
    "kl held back": ({"kl_threshold": 1e-9, "min_interval": 3}, [3, 6]),
    "entropy": ({"entropy_low": 99.0, "min_interval": 4}, [4]),
    "stall": ({"stall_patience": 1, "min_delta": 1.0}, [4]),
    "drop": ({"drop": 1e-9}, None),
    "max_interval": ({"kl_threshold": 99.0, "max_interval": 5}, [5]),
}


@pytest.mark.parametrize("model", [{}, LORA], ids=["whole", "lora"])
@pytest.mark.parametrize("case", TRIGGERS)
def test_each_signal_resets_a_run_at_its_step_and_is_named(tiny, tmp_path, case, model):
    needs_peft(model)
    reset, steps = TRIGGERS[case]
    over = {"validation": {"every": 2, "num_tasks": 8, "samples": 2}} if case in ("stall", "drop") else {}
    run = train(config(tiny, tmp_path / "run", model=model, reset=reset, optimizer={"lr": 3e-2}, **over))
    told = events(run, "reset")
    assert {e["trigger"] for e in told} <= {case.partition(" ")[0]}
    if steps is None:
        scores = [(e["step"], e["score"]) for e in events(run, "validation") if e["step"]]
        best, steps = None, []
        for step, score in scores:
            if best is not None and score < best:
                steps.append(step)
                best = None
            else:
                best = score if best is None else max(best, score)
    assert [e["step"] for e in told] == steps
    assert [e["kl_after"] for e in told] == [0.0] * len(steps)
    decided = {e["step"]: e for e in events(run, "decision") if e["reset"]}
    assert sorted(decided) == steps


def test_a_rollback_leaves_policy_reference_and_engine_at_the_best_and_the_kl_at_zero(tiny, tmp_path):
    over = {"validation": {"every": 4, "num_tasks": 8, "samples": 2}}
    run = train(config(tiny, tmp_path / "run", steps=6, reset={"interval": 5, "target": "best", "policy": "rollback"}, **over))
    (event,) = events(run, "reset")
    assert event["policy"].startswith("rolled back to best, step ")
    assert event["kl_after"] == 0.0
    assert kl(run)[6] == 0.0
    # The engine samples from what it was rolled back to: its own log-probabilities are those of the policy.
    assert {r["step"]: r["ratio_max"] for r in read_jsonl(run / "metrics.jsonl")}[6] == pytest.approx(1.0, abs=1e-4)
