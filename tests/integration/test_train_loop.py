"""The training loop on a tiny real model: what it writes, that a resumed run is the same run, what a reset does."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from tiny_runs import FIXTURES, config, events, numbers, one_thread_and_environments, same, weights

from prorl_gym.config import load
from prorl_gym.errors import ConfigError, EngineError, RunError, UnknownNameError
from prorl_gym.plugins import manager
from prorl_gym.registry import registry
from prorl_gym.runs import read_json, read_jsonl
from prorl_trainer import checkpoint
from prorl_trainer.checkpoint import checkpoints
from prorl_trainer.collect import Collector
from prorl_trainer.config import TrainConfig
from prorl_trainer.loop import train
from prorl_trainer.policy import load_model
from prorl_trainer.scoring import score

DIGITS = FIXTURES / "digits.py"


@pytest.fixture(scope="module", autouse=True)
def one_thread_and_the_environments():
    with one_thread_and_environments("digits.py", "Digits", "Fragile"):
        yield
    registry()._named.get("sink", {}).pop("digit-lines", None)


def test_a_run_learns_and_leaves_everything_on_disk(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=25, validation={"every": 10, "num_tasks": 8, "samples": 2}))
    rows = numbers(run)
    assert [r["step"] for r in rows] == list(range(1, 26))
    assert sum(r["reward"] for r in rows[-5:]) / 5 > sum(r["reward"] for r in rows[:5]) / 5 + 0.2
    assert [e["step"] for e in events(run, "validation")] == [0, 10, 20]
    first = list(read_jsonl(run / "rollouts" / "step-000001.jsonl"))
    assert len(first) == 4 * rows[0]["groups"]
    assert first[0]["task"]["env_id"] == "fixture/digits-v0"
    assert first[0]["versions"] == {"policy": "step 0"}
    assert read_json(run / "summary.json")["steps"] == 25
    assert (run / "model" / "config.json").exists()
    assert {r["groups_trained"] for r in rows} == {4.0}


CASES = {
    "plain": {"algorithm": {"beta": 0.0}},
    "kl": {},
    "reset before the save": {"reset": {"interval": 3, "optimizer": "reinit"}},
    "reset after the save": {"reset": {"interval": 5, "optimizer": "keep"}},
    "several updates a step": {"algorithm": {"updates_per_step": 2, "epochs": 2}},
    "adaptive beta and k1 in the reward": {"algorithm": {"kl_in": "reward", "kl_target": 0.01, "loss": "dr_grpo"}},
    "cispo with clip-cov": {"algorithm": {"loss": "cispo"}, "entropy": {"clip_cov": 0.1, "clip_cov_low": 0.0}},
    "surplus carried over": {"algorithm": {"spread_eps": 0.1, "refill": 10}, "rollout": {"prompts_per_step": 8}},
    "prorl-v2": {"profile": "prorl-v2", "reset": {"interval": 200}},
    "stages": {
        "reset": {"interval": 2},
        "stages": [
            {"name": "more", "set": {"rollout": {"group_size": 6}, "optimizer": {"lr": 2e-2}}},
            {"name": "longer", "on": "step", "at": 5, "reset": True, "set": {"rollout": {"max_new_tokens": 10}, "algorithm": {"beta": 0.05}}},
        ],
    },
    "validation": {"validation": {"every": 2, "num_tasks": 4, "samples": 2}, "reset": {"stall_patience": 1}},
    "rollouts ahead": {"rollout": {"ahead": True}, "reset": {"interval": 3}},
    "rollouts ahead with validation and stages": {
        "rollout": {"ahead": True},
        "validation": {"every": 2, "num_tasks": 4, "samples": 2},
        "stages": [{"name": "more", "on": "step", "at": 3, "set": {"rollout": {"group_size": 6}}}],
    },
    "adaptive": {"mix": [{"env": "fixture/digits-v0", "adaptive": True}], "adaptive": {"window": 16, "raise_above": 0.05, "lower_below": 0.01}},
}


@pytest.mark.parametrize("case", CASES)
def test_a_resumed_run_is_the_same_run(tiny, tmp_path, case):
    straight = train(config(tiny, tmp_path / "straight", **CASES[case]))
    steps = iter(range(1, 100))
    halted = config(tiny, tmp_path / "halted", **CASES[case])
    train(halted, stop=lambda: next(steps) == 4)
    assert [r["step"] for r in numbers(tmp_path / "halted")] == [1, 2, 3, 4]
    resumed = train(halted, resume=True)
    assert numbers(resumed) == numbers(straight)
    assert same(weights(resumed), weights(straight))
    assert [(e["step"], e["trigger"]) for e in events(resumed, "reset")] == [(e["step"], e["trigger"]) for e in events(straight, "reset")]


def test_some_case_above_does_carry_groups_over_a_save(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", **CASES["surplus carried over"]))
    saved = [torch.load(c / "trainer.pt", weights_only=False)["collector"]["surplus"] for c in checkpoints(run / "checkpoints")]
    assert any(saved)


def test_what_is_collected_ahead_was_sampled_one_update_earlier_and_says_so(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=4, rollout={"ahead": True}, checkpoint={"every": 1}))
    assert [r["staleness"] for r in numbers(run)] == [0, 1, 1, 1]
    for step in (2, 3):
        saved = run / "checkpoints" / f"step-{step:06d}"
        rollouts = torch.load(saved / "trainer.pt", weights_only=False)["ahead"]["ready"].played
        assert {r.versions["policy"] for r in rollouts} == {f"step {step - 1}"}
        for version, fits in ((step - 1, True), (step, False)):
            model = load_model(str(run / "checkpoints" / f"step-{version:06d}" / "model"), device="cpu")
            assert (off_by(model, rollouts) < 1e-4) is fits


def off_by(model, rollouts):
    """How far the recorded log-probabilities are from a model's own."""
    answers = [r.completion for r in rollouts]
    scored = score(model, [a.prompt_token_ids for a in answers], [a.token_ids for a in answers], temperature=1.0, pad_id=0).logp_BT
    return max(float((row[: len(a.logprobs)] - torch.tensor(a.logprobs)).abs().max()) for row, a in zip(scored, answers, strict=True))


def test_validation_is_of_the_present_weights_also_with_rollouts_ahead(tiny, tmp_path):
    over = {"steps": 1, "validation": {"every": 1, "num_tasks": 8, "samples": 4}}
    scores = [events(train(config(tiny, tmp_path / str(ahead), rollout={"ahead": ahead}, **over)), "validation") for ahead in (False, True)]
    assert [e["score"] for e in scores[0]] == [e["score"] for e in scores[1]]
    assert scores[0][0]["score"] != scores[0][1]["score"]


def test_a_fault_in_what_is_collected_ahead_ends_the_run_with_it(tiny, tmp_path, monkeypatch):
    collect = Collector.collect
    monkeypatch.setattr(Collector, "collect", lambda self, step, version: collect(self, step, version) if step < 3 else 1 / 0)
    with pytest.raises(ZeroDivisionError):
        train(config(tiny, tmp_path / "run", rollout={"ahead": True}))
    assert [r["step"] for r in numbers(tmp_path / "run")] == [1]
    monkeypatch.undo()
    again = train(config(tiny, tmp_path / "again", rollout={"ahead": True}))
    assert len(numbers(again)) == 6


def test_groups_that_grew_too_old_are_dropped_and_counted(tiny, tmp_path):
    case = CASES["surplus carried over"]
    old, fresh = (
        numbers(train(config(tiny, tmp_path / str(bound), **{**case, "rollout": {**case["rollout"], "max_staleness": bound}}))) for bound in (8, 0)
    )
    assert sum(r["groups_stale"] for r in old) == 0
    assert max(r["staleness"] for r in old) > 0
    assert sum(r["groups_stale"] for r in fresh) > 0
    assert max(r["staleness"] for r in fresh) == 0


def test_changed_code_is_told_at_a_resume(tiny, tmp_path, monkeypatch):
    run = train(config(tiny, tmp_path / "run", steps=2))
    hashes = checkpoint.code_hashes
    monkeypatch.setattr(checkpoint, "code_hashes", lambda env_ids: {**hashes(env_ids), "prorl_gym": "another"})
    train(config(tiny, tmp_path / "run", steps=4), resume=True)
    (resumed,) = events(run, "resumed")
    assert resumed["changed_code"] == ["prorl_gym"]
    assert "the code of prorl_gym has changed" in events(run, "alarm")[-1]["reason"]


def test_code_is_told_apart_by_its_source(tmp_path):
    place = tmp_path / "some_package"
    place.mkdir()
    (place / "__init__.py").write_text("")
    (place / "part.py").write_text("x = 1\n")
    before = checkpoint._source_hash(place / "__init__.py")
    assert checkpoint._source_hash(place / "__init__.py") == before
    (place / "part.py").write_text("x = 2\n")
    assert checkpoint._source_hash(place / "__init__.py") != before


def test_checkpoints_of_every_so_many_steps_are_kept_for_good(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=7, checkpoint={"every": 1, "keep": 2, "keep_every": 3}))
    assert [c.name for c in checkpoints(run / "checkpoints")] == [f"step-{n:06d}" for n in (3, 6, 7)]


@pytest.mark.parametrize("kind", ["k1", "k2", "k3", "k3+"])
def test_after_a_reset_the_kl_reads_exactly_zero_and_grows_again(tiny, tmp_path, kind):
    run = train(config(tiny, tmp_path / "run", steps=7, reset={"interval": 3}, algorithm={"kl": kind}))
    kl = {r["step"]: r["kl"] for r in numbers(run)}
    assert [e["step"] for e in events(run, "reset")] == [3, 6]
    assert kl[1] == kl[4] == kl[7] == 0.0
    assert min(kl[2], kl[3], kl[5], kl[6]) > 0.0


def test_the_kl_in_the_reward_reads_exactly_zero_after_a_reset_too(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=4, reset={"interval": 3}, algorithm={"kl_in": "reward", "beta": 0.1}))
    kl = {r["step"]: r["kl"] for r in numbers(run)}
    assert kl[1] == kl[4] == 0.0
    assert kl[3] > 0.0


def test_the_penalty_of_the_kl_in_the_reward_moves_the_weights_and_without_weight_it_moves_none(tiny, tmp_path):
    runs = {
        name: train(config(tiny, tmp_path / name, algorithm={"kl_in": "reward", "beta": beta}))
        for name, beta in (("strong", 5.0), ("none", 1e-12), ("off", 0.0))
    }
    assert not same(weights(runs["strong"]), weights(runs["off"]))
    assert same(weights(runs["none"]), weights(runs["off"]))


@pytest.mark.parametrize("loss", ["grpo", "dr_grpo", "gspo", "cispo", "reinforce++-baseline"])
def test_every_loss_learns_the_task(tiny, tmp_path, loss):
    run = train(config(tiny, tmp_path / "run", steps=20, algorithm={"loss": loss, "beta": 0.0}, rollout={"prompts_per_step": 8}))
    reward = [r["reward"] for r in numbers(run)]
    assert sum(reward[-4:]) / 4 > sum(reward[:4]) / 4 + 0.1


def test_updates_above_the_gradient_limit_are_skipped_counted_and_stop_the_run_after_so_many(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "a", steps=3, optimizer={"skip_above": 1e-9}))
    assert [r["skipped"] for r in numbers(run)] == [1.0, 1.0, 1.0]
    from safetensors.torch import load_file

    before = load_file(tiny / "model.safetensors")
    assert all(torch.equal(before[k], v) for k, v in weights(run).items() if k in before)
    with pytest.raises(EngineError, match=r"2 updates in a row .* lower optimizer\.lr"):
        train(config(tiny, tmp_path / "b", optimizer={"skip_above": 1e-9, "max_skips": 2}))


def test_stages_begin_at_their_moment_and_put_their_settings_into_force(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", **CASES["stages"]))
    assert [(e["step"], e["number"], e["name"]) for e in events(run, "stage")] == [(2, 2, "more"), (5, 3, "longer")]
    assert [(e["step"], e["trigger"]) for e in events(run, "reset")] == [(2, "interval"), (4, "interval"), (5, "stage")]
    sizes = {step: len([*read_jsonl(run / "rollouts" / f"step-{step:06d}.jsonl")]) for step in (1, 3)}
    assert sizes[1] % 4 == 0
    assert sizes[3] % 6 == 0
    longest = {step: max(r["num_tokens"] for r in read_jsonl(run / "rollouts" / f"step-{step:06d}.jsonl")) for step in (5, 6)}
    assert longest[5] <= 8 < longest[6]
    assert [r["stage"] for r in numbers(run)] == [1.0, 2.0, 2.0, 2.0, 3.0, 3.0]
    assert {r["step"]: r["kl"] for r in numbers(run)}[6] == 0.0


def test_a_reset_begins_the_optimiser_anew_or_keeps_it(tiny, tmp_path):
    ages = {}
    for choice in ("keep", "reinit"):
        run = train(config(tiny, tmp_path / choice, steps=4, reset={"interval": 3, "optimizer": choice}))
        state = torch.load(checkpoints(run / "checkpoints")[-1] / "trainer.pt", weights_only=False)
        ages[choice] = int(next(iter(state["optimizer"]["state"].values()))["step"])
    assert ages == {"keep": 4, "reinit": 1}


def test_a_reset_can_roll_back_to_the_best_validated_policy(tiny, tmp_path):
    over = {"validation": {"every": 1, "num_tasks": 8, "samples": 2}, "optimizer": {"lr": 1e-9}, "checkpoint": {"every": 1}}
    run = train(config(tiny, tmp_path / "run", steps=4, reset={"interval": 4, "target": "best", "policy": "rollback"}, **over))
    event = events(run, "reset")[0]
    scores = {e["step"]: e["score"] for e in events(run, "validation")}
    best = max(scores, key=lambda s: (scores[s], -s))
    assert event["policy"] == f"rolled back to best, step {best}"
    assert event["reference"] == f"best, step {best}"
    from safetensors.torch import load_file

    assert same(weights(run), load_file(run / "checkpoints" / f"step-{best:06d}" / "model" / "model.safetensors"))


def test_without_kl_no_reference_is_kept(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=2, algorithm={"beta": 0.0}))
    assert "kl" not in numbers(run)[-1]
    assert not (checkpoints(run / "checkpoints")[-1] / "reference.pt").exists()


def test_rollouts_that_cannot_be_graded_are_counted_alarmed_and_left_out(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=4, mix=[{"env": "fixture/fragile-v0", "style": "terse"}]))
    rows = numbers(run)
    assert max(r["ungradable"] for r in rows) > 0.01
    assert any("could not be graded" in e["reason"] for e in events(run, "alarm"))
    assert all(torch.isfinite(w).all() for w in weights(run).values())
    assert {r["groups_trained"] for r in rows} == {4.0}


def test_a_step_without_any_signal_trains_on_nothing_and_says_so(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", steps=1, algorithm={"spread_eps": 1.0, "refill": 2.0}))
    assert numbers(run)[0]["groups"] == 8.0
    assert numbers(run)[0]["groups_trained"] == 0.0
    assert "no group had a spread" in events(run, "alarm")[0]["reason"]


def test_a_run_killed_at_any_moment_resumes_to_the_same_end(tiny, tmp_path):
    straight = train(config(tiny, tmp_path / "straight", steps=30))
    killed = config(tiny, tmp_path / "killed", steps=30)
    script = tmp_path / "go.py"
    script.write_text(
        "import sys, torch\n"
        "torch.set_num_threads(1)\n"
        "from prorl_gym.plugins import add_plugin\n"
        "from prorl_trainer.config import TrainConfig\n"
        "from prorl_trainer.loop import train\n"
        f"add_plugin({str(DIGITS) + ':Digits'!r})\n"
        f"train(TrainConfig.model_validate_json({killed.model_dump_json()!r}), resume=sys.argv[1] == 'resume')\n"
    )
    process = subprocess.Popen([sys.executable, str(script), "start"], start_new_session=True)
    metrics = tmp_path / "killed" / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_bytes().count(b"\n") >= 5):
        time.sleep(0.01)
    assert process.poll() is None, "the run ended before it could be killed"
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert subprocess.run([sys.executable, str(script), "resume"], check=False).returncode == 0
    assert numbers(tmp_path / "killed") == numbers(straight)
    assert same(weights(tmp_path / "killed"), weights(straight))


def test_resuming_with_another_configuration_is_refused_by_name(tiny, tmp_path):
    train(config(tiny, tmp_path / "run", steps=2))
    with pytest.raises(RunError, match=r"optimizer\.lr"):
        train(config(tiny, tmp_path / "run", steps=4, optimizer={"lr": 1e-3}), resume=True)
    longer = train(config(tiny, tmp_path / "run", steps=4), resume=True)
    assert len(numbers(longer)) == 4


def test_a_folder_with_a_run_is_not_overwritten_unasked(tiny, tmp_path):
    train(config(tiny, tmp_path / "run", steps=1))
    with pytest.raises(RunError, match="already holds a run"):
        train(config(tiny, tmp_path / "run", steps=1))
    train(config(tiny, tmp_path / "run", steps=1), overwrite=True)


def test_profiles_hold_the_papers_values_and_a_file_overrides_them():
    minimal = {"model": {"path": "x"}, "mix": [{"env": "fixture/digits-v0"}]}
    one = load(TrainConfig, data={**minimal, "profile": "prorl-v1"})
    two = load(TrainConfig, data={**minimal, "profile": "prorl-v2"}, overrides=["algorithm.beta=0.5"])
    assert (one.algorithm.recipe.advantage, one.algorithm.recipe.aggregation) == ("grpo", "token")
    assert (one.algorithm.clip_low, one.algorithm.clip_high, one.algorithm.kl) == (0.2, 0.4, "k3")
    assert (one.algorithm.beta, one.rollout.temperature, one.rollout.group_size, one.optimizer.lr) == (1e-4, 1.2, 16, 2e-6)
    assert (one.reset.optimizer, two.reset.optimizer) == ("reinit", "keep")
    assert (two.algorithm.recipe.advantage, two.algorithm.clip_high, two.algorithm.kl) == ("reinforce++-baseline", 0.28, "k2")
    assert two.algorithm.beta == 0.5


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"algorithm": {"betta": 1}}, "algorithm.betta: unknown key; did you mean 'beta'?"),
        ({"algorithm": {"updates_per_step": 9}}, "only 4 groups"),
        ({"algorithm": {"beta": 0}, "reset": {"kl_threshold": 1.0}}, "beta is 0"),
        ({"reset": {"stall_patience": 2}}, "validation.every is 0"),
        ({"rollout": {"group_size": 1}}, "rollout.group_size"),
        ({"rollout": {"top_p": 0.9}}, "no engine here returns which tokens were cut"),
        ({"algorithm": {"beta": 0, "kl_target": 1.0}}, "algorithm.kl_target watches the KL"),
        ({"algorithm": {"mismatch_low": 6.0}}, "must lie below mismatch_high"),
        ({"rollout": {"ahead": True, "max_staleness": 0}}, "set it to at least 1"),
        ({"rollout": {"ahead": True, "engine": "vllm"}}, "needs algorithm.mismatch"),
    ],
)
def test_an_impossible_configuration_is_refused_with_its_reason(tiny, tmp_path, over, message):
    with pytest.raises(ConfigError) as error:
        config(tiny, tmp_path / "run", **over)
    assert message in str(error.value)


def test_unknown_names_are_refused_before_anything_is_written(tiny, tmp_path):
    with pytest.raises(ConfigError, match="fixture/digits-v0"):
        train(config(tiny, tmp_path / "a", mix=[{"env": "fixture/digit-v0"}]))
    with pytest.raises(UnknownNameError, match="transformers"):
        train(config(tiny, tmp_path / "b", rollout={"engine": "transformer"}))
    with pytest.raises(ConfigError, match="no-such-model"):
        train(config(tiny, tmp_path / "c", model={"path": "no-such-model"}))
    assert not (tmp_path / "a").exists()
    assert not (tmp_path / "c").exists()


def test_the_reset_event_is_sent_to_plugins(tiny, tmp_path):
    from prorl_gym.hooks import hookimpl

    class Watcher:
        def __init__(self):
            self.seen = []

        @hookimpl
        def reference_reset(self, step, event):
            self.seen.append((step, event["trigger"]))

        @hookimpl
        def step_ended(self, step, metrics):
            self.seen.append((step, json.dumps(metrics) and "step"))

    watcher = Watcher()
    manager().register(watcher, name="watcher")
    try:
        train(config(tiny, tmp_path / "run", steps=3, reset={"interval": 2}))
    finally:
        manager().unregister(watcher)
    assert (2, "interval") in watcher.seen
    assert [s for s, what in watcher.seen if what == "step"] == [1, 2, 3]


def test_a_sink_is_given_every_step_and_an_unknown_one_is_refused(tiny, tmp_path):
    registry().add("sink", "digit-lines", f"{DIGITS}:step_lines")
    run = train(config(tiny, tmp_path / "run", steps=3, sinks=["digit-lines"]))
    assert (run / "sink.txt").read_text().splitlines() == [f"{r['step']} {r['reward']}" for r in numbers(run)]
    with pytest.raises(UnknownNameError, match="digit-lines"):
        train(config(tiny, tmp_path / "other", sinks=["digit-line"]))
    assert not (tmp_path / "other").exists()


def test_a_sink_that_fails_later_is_an_alarm_and_then_dropped_and_one_that_cannot_start_stops_the_run(tiny, tmp_path):
    for name, ref in (("digit-fails", "failing_sink"), ("digit-broken", "broken_sink")):
        if name not in registry().names("sink"):
            registry().add("sink", name, f"{DIGITS}:{ref}")
    try:
        run = train(config(tiny, tmp_path / "run", steps=5, sinks=["digit-fails"]))
        told = [e["reason"] for e in events(run, "alarm") if "digit-fails" in e["reason"]]
        assert len(told) == 3
        assert "not called again" in told[-1]
        with pytest.raises(ConfigError, match=r"'digit-broken' could not be started .*no such server"):
            train(config(tiny, tmp_path / "other", sinks=["digit-broken"]))
    finally:
        for name in ("digit-fails", "digit-broken"):
            registry()._named["sink"].pop(name)


def test_metrics_reach_tensorboard_event_files(tiny, tmp_path):
    pytest.importorskip("tensorboard")
    run = train(config(tiny, tmp_path / "run", steps=2, sinks=["tensorboard"]))
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    seen = EventAccumulator(str(run / "tensorboard")).Reload()
    assert [(e.step, e.value) for e in seen.Scalars("reward")] == [(r["step"], pytest.approx(r["reward"])) for r in numbers(run)]


def test_a_phase_that_hangs_ends_the_process_with_every_stack_and_the_run_resumes_to_the_same_end(tiny, tmp_path):
    straight = train(config(tiny, tmp_path / "straight"))
    hung = config(tiny, tmp_path / "hung", deadlines={"collect_s": 12.0})
    script = tmp_path / "go.py"
    script.write_text(
        "import sys, time, torch\n"
        "torch.set_num_threads(1)\n"
        "from prorl_gym.plugins import add_plugin\n"
        "from prorl_trainer import collect\n"
        "from prorl_trainer.config import TrainConfig\n"
        "from prorl_trainer.loop import train\n"
        "def sleeps_for_ever():\n"
        "    time.sleep(600)\n"
        "whole = collect.Collector.collect\n"
        "def hangs(self, step, version):\n"
        "    if step == 5 and sys.argv[1] == 'start':\n"
        "        sleeps_for_ever()\n"
        "    return whole(self, step, version)\n"
        "collect.Collector.collect = hangs\n"
        f"add_plugin({str(DIGITS) + ':Digits'!r})\n"
        f"train(TrainConfig.model_validate_json({hung.model_dump_json()!r}), resume=sys.argv[1] == 'resume')\n"
    )
    assert subprocess.run([sys.executable, str(script), "start"], check=False, timeout=120).returncode == 1
    stacks = (tmp_path / "hung" / "stacks.txt").read_text()
    assert stacks.startswith("collecting the groups of step 5 took longer than 12 s")
    assert "sleeps_for_ever" in stacks
    assert subprocess.run([sys.executable, str(script), "resume"], check=False, timeout=120).returncode == 0
    assert numbers(tmp_path / "hung") == numbers(straight)
    assert same(weights(tmp_path / "hung"), weights(straight))
    assert [e["what"] for e in events(tmp_path / "hung", "hang")] == [stacks.partition("\n")[0]]
    assert (tmp_path / "hung" / "stacks-1.txt").exists()
    assert not (tmp_path / "hung" / "stacks.txt").exists()
