"""Training runs whose verifiers, environments, draws, gradients and saves fail for real: the run goes on or is resumed, and counts what it saw."""

import math
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import tiny_runs
import torch
from safetensors.torch import load_file, save_file
from tiny_runs import FIXTURES, events, numbers, one_thread_and_environments, same, weights

from prorl_gym.config import to_toml
from prorl_gym.deadline import left_behind
from prorl_gym.errors import ConfigError, EngineError, RunError
from prorl_gym.hooks import hookimpl
from prorl_gym.plugins import manager
from prorl_gym.registry import registry
from prorl_gym.runs import read_json, read_jsonl
from prorl_gym.types import Group
from prorl_trainer.checkpoint import checkpoints, step_of
from prorl_trainer.faults import ATTEMPTS, REASONS
from prorl_trainer.loop import train
from prorl_trainer.samples import samples_of

FAULTY = FIXTURES / "faulty.py"
CLASSES = ("Hostile", "Stumbles", "HardToDraw", "Undrawable", "AllRight", "Plain")


@pytest.fixture(scope="module", autouse=True)
def one_thread_and_the_environments():
    engines = {"nan": "NanEngine", "replaced": "ReplacedEngine"}
    for name, cls in engines.items():
        registry().add("engine", name, f"{FIXTURES / 'faulty_engines.py'}:{cls}")
    with one_thread_and_environments("faulty.py", *CLASSES):
        yield
    for name in engines:
        registry()._named["engine"].pop(name)


def config(tiny, out, env="fixture/all-right-v0", **over):
    return tiny_runs.config(tiny, out, env, **{"verifier_workers": 2, **over})


def alarms(run):
    return [e["reason"] for e in events(run, "alarm")]


def verdicts(run):
    """The last verdict of every rollout."""
    rows = (row for path in sorted((run / "rollouts").glob("*.jsonl")) for row in read_jsonl(path))
    return [row["turns"][-1]["verdict"] for row in rows]


def reasons(run, outcome):
    return Counter(v["reason"].partition(":")[0] for v in verdicts(run) if v["outcome"] == outcome)


class Listener:
    """Keeps the rollouts of a run as they were."""

    def __init__(self):
        self.rollouts = []

    @hookimpl
    def rollout_graded(self, rollout):
        self.rollouts.append(rollout)


@pytest.fixture
def listener():
    made = Listener()
    manager().register(made, name="listener")
    yield made
    manager().unregister(made)


def test_a_verifier_that_hangs_raises_and_kills_its_process_costs_its_own_samples_and_is_counted_by_kind(tiny, tmp_path, listener):
    chosen = config(tiny, tmp_path / "run", "fixture/hostile-v0", steps=4)
    run = train(chosen)
    rows, totals = numbers(run), read_json(run / "summary.json")["faults"]
    assert [r["step"] for r in rows] == [1, 2, 3, 4]
    ungradable, graded = reasons(run, "ungradable"), reasons(run, "graded")
    assert totals["crash"] == ungradable["crash"] > 0
    assert totals["limit"] == graded["limit"] > 0
    overran = sum(n for reason, n in ungradable.items() if reason.startswith("the grading overran"))
    assert totals["overran"] == overran > 0
    # Each is tried twice, and where the gold hangs as well, that is a third attempt.
    killed = sum("killed its worker" in v["reason"] for v in verdicts(run))
    assert totals["died"] == 2 * killed > 0
    assert totals["time"] >= 3 * overran + 2 * (graded["limit"] - killed)
    assert sum(r.get("faults/crash", 0) for r in rows) == totals["crash"]
    assert all(torch.isfinite(w).all() for w in weights(run).values())
    assert any("could not be graded" in reason for reason in alarms(run))

    groups = {}
    for rollout in listener.rollouts:
        groups.setdefault(rollout.group_id, []).append(rollout)
    mixed = [g for g in groups.values() if 2 <= sum(not math.isnan(r.reward) for r in g) < len(g)]
    assert mixed
    for members in mixed:
        group = Group(task=members[0].task, rollouts=tuple(members))
        whole = Group(task=group.task, rollouts=tuple(r for r in members if not math.isnan(r.reward)))
        assert samples_advantages(chosen, group) == samples_advantages(chosen, whole)


def samples_advantages(chosen, group):
    return [(s.token_ids, s.advantage) for s in samples_of(chosen, [group], 1)]


def test_an_environment_whose_own_step_raises_or_hangs_loses_those_episodes_and_nothing_else(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", "fixture/stumbles-v0", steps=2, deadlines={"step_s": 0.2}))
    assert len(numbers(run)) == 2
    seen = Counter(next((kind for kind in ("ZeroDivisionError", "TimeoutError", "OSError") if kind in v["reason"]), "") for v in verdicts(run))
    assert min(seen[kind] for kind in ("ZeroDivisionError", "TimeoutError", "OSError", "")) > 0
    assert read_json(run / "summary.json")["faults"] == {"environment": seen.total() - seen[""]}
    assert {v["outcome"] for v in verdicts(run) if "Error" in v["reason"]} == {"ungradable"}
    assert numbers(run)[0]["groups_trained"] == 4.0
    patience = time.monotonic() + 30
    while left_behind() and time.monotonic() < patience:
        time.sleep(0.01)
    assert left_behind() == 0, "a step that hangs in Python was not ended"


def test_tasks_that_cannot_be_drawn_are_replaced_told_and_counted(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", "fixture/hard-to-draw-v0", steps=3, deadlines={"draw_s": 0.2}))
    told = [reason for reason in alarms(run) if "drawing task" in reason]
    assert any("KeyError: 'a row without its column'" in reason for reason in told)
    assert any("TimeoutError" in reason and "longer than 0.2 s" in reason for reason in told)
    assert read_json(run / "summary.json")["faults"]["draw"] == len(told)
    assert [r["groups_trained"] for r in numbers(run)] == [4.0] * 3


def test_an_environment_of_which_nothing_can_be_drawn_stops_the_run_by_name(tiny, tmp_path):
    with pytest.raises(ConfigError, match=r"mix\.0 \(fixture/undrawable-v0\): 8 tasks in a row could not be drawn.*a row without its column"):
        train(config(tiny, tmp_path / "run", "fixture/undrawable-v0"))


def test_an_update_with_a_nan_gradient_is_skipped_and_counted_and_the_next_ones_train(tiny, tmp_path):
    over = {"entropy": {"target": 0.2}, "algorithm": {"kl_target": 0.05, "dynamic_sampling": False}}
    run = train(config(tiny, tmp_path / "run", "fixture/plain-v0", **over, rollout={"engine": "nan", "engine_options": {"first": 3, "last": 3}}))
    rows = numbers(run)
    assert [r["skipped"] for r in rows] == [0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    assert any("not finite" in reason for reason in alarms(run))
    assert rows[2]["loss"] is None
    assert all(math.isfinite(rows[k][name]) for k in (0, 1, 3, 4, 5) for name in ("loss", "kl", "entropy", "beta", "grad_norm"))
    states = [load_file(c / "model" / "model.safetensors") for c in checkpoints(run / "checkpoints")]
    assert all(torch.isfinite(w).all() for state in states for w in state.values())
    assert not same(states[-1], states[-2])


def test_nothing_but_nan_gradients_stop_the_run_after_so_many_at_a_checkpoint_that_can_be_gone_on_with(tiny, tmp_path):
    over = {"optimizer": {"max_skips": 2}, "algorithm": {"dynamic_sampling": False}}
    bad = config(tiny, tmp_path / "run", "fixture/plain-v0", **over, rollout={"engine": "nan", "engine_options": {"first": 3, "last": 99}})
    with pytest.raises(EngineError, match=r"2 updates in a row"):
        train(bad)
    (saved,) = checkpoints(tmp_path / "run" / "checkpoints")
    assert step_of(saved) == 2
    assert all(torch.isfinite(w).all() for w in load_file(saved / "model" / "model.safetensors").values())


def test_a_model_that_gives_nan_ends_the_run_with_that_reason_and_not_within_the_sampling(tiny, tmp_path):
    broken = shutil.copytree(tiny, tmp_path / "broken")
    state = load_file(broken / "model.safetensors")
    state["model.layers.0.mlp.up_proj.weight"][0, 0] = math.inf
    save_file(state, broken / "model.safetensors", metadata={"format": "pt"})
    over = {"optimizer": {"max_skips": 2}, "algorithm": {"dynamic_sampling": False}}
    with pytest.raises(EngineError, match=r"2 updates in a row had a loss or gradient norm not finite.*resume from an earlier checkpoint"):
        train(config(broken, tmp_path / "run", "fixture/plain-v0", **over))


def test_an_engine_that_was_replaced_is_told_and_counted_in_its_step(tiny, tmp_path):
    run = train(config(tiny, tmp_path / "run", "fixture/plain-v0", rollout={"engine": "replaced"}))
    assert [r.get("faults/engine", 0) for r in numbers(run)][:3] == [0, 1, 0]
    assert (2, "the engine died and was replaced") in [(a["step"], a["reason"]) for a in read_jsonl(run / "events.jsonl") if a["event"] == "alarm"]
    assert read_json(run / "summary.json")["faults"]["engine"] == 1


SCRIPT = """
import os, signal, sys, torch
torch.set_num_threads(1)
from prorl_gym.hooks import hookimpl
from prorl_gym.plugins import add_plugin
from prorl_trainer import checkpoint
from prorl_trainer.config import TrainConfig
from prorl_trainer.loop import train
add_plugin({env!r})
mode, at = sys.argv[1], int(sys.argv[2])
flushed, whole = 0, checkpoint._flush
def dies_in_a_save(path):
    global flushed
    flushed += 1
    if flushed == at:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(path)
checkpoint._flush = dies_in_a_save
train(TrainConfig.model_validate_json({config!r}), resume=mode == "resume")
"""


def test_a_run_killed_within_a_save_and_again_within_the_next_resumes_to_the_same_end(tiny, tmp_path):
    straight = train(config(tiny, tmp_path / "straight", "fixture/plain-v0", reset={"interval": 3}))
    killed = config(tiny, tmp_path / "killed", "fixture/plain-v0", reset={"interval": 3})
    script = tmp_path / "go.py"
    script.write_text(SCRIPT.format(env=f"{FAULTY}:Plain", config=killed.model_dump_json()))
    folder = tmp_path / "killed" / "checkpoints"
    num_files = sum(1 for _ in checkpoints(straight / "checkpoints")[0].rglob("*")) + 2  # with the folder itself, before and after its new name
    # In the second save of the first process: all is written, half is flushed, nothing has its name yet.
    assert subprocess.run([sys.executable, str(script), "start", str(num_files + 3)], check=False).returncode == -signal.SIGKILL
    assert [step_of(c) for c in checkpoints(folder)] == [2]
    assert [p.name for p in folder.glob(".*.part")]
    # In the first save of the second: it has its name, which is not yet flushed.
    assert subprocess.run([sys.executable, str(script), "resume", str(num_files)], check=False).returncode == -signal.SIGKILL
    assert [step_of(c) for c in checkpoints(folder)] == [2, 4]
    resumed = train(killed, resume=True)
    assert numbers(resumed) == numbers(straight)
    assert same(weights(resumed), weights(straight))
    assert not list(folder.glob(".*.part")), "what a killed save left takes room for ever"


def test_sigterm_finishes_the_step_saves_and_the_run_resumes_to_the_same_end(tiny, tmp_path):
    chosen = {"steps": 40, "checkpoint": {"every": 0}}
    straight = train(config(tiny, tmp_path / "straight", "fixture/plain-v0", **chosen))
    ended = config(tiny, tmp_path / "ended", "fixture/plain-v0", **chosen)
    (tmp_path / "run.toml").write_text(to_toml(ended))
    env = {**os.environ, "PRORL_PLUGINS": f"{FAULTY}:Plain", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", "from prorl_gym.cli import main; main()", "train", str(tmp_path / "run.toml")], env=env, stderr=subprocess.PIPE
    )
    metrics = tmp_path / "ended" / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_bytes().count(b"\n") >= 3):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    _, told = process.communicate(timeout=60)
    assert process.returncode == 0
    assert b"finishing the step and saving" in told
    done = numbers(tmp_path / "ended")[-1]["step"]
    assert 3 <= done < 40
    assert [step_of(c) for c in checkpoints(tmp_path / "ended" / "checkpoints")] == [done]
    assert [e["step"] for e in events(tmp_path / "ended", "stopped")] == [done]
    resumed = train(ended, resume=True)
    assert numbers(resumed) == numbers(straight)
    assert same(weights(resumed), weights(straight))


@pytest.mark.parametrize(
    ("over", "message"),
    [
        ({"rollout": {"max_new_tokens": 1}}, "100% of the first step's answers, over half, were cut at rollout.max_new_tokens = 1: raise it"),
        ({}, "no group of the first step has a spread of rewards (all 16, mean reward 1): the tasks are too easy: set a higher difficulty"),
    ],
)
def test_a_first_step_that_bodes_ill_says_so_and_what_to_do(tiny, tmp_path, over, message):
    run = train(config(tiny, tmp_path / "run", steps=1, **over))
    assert any(message in reason for reason in alarms(run)), alarms(run)


def test_a_first_step_that_bodes_well_says_nothing(tiny, tmp_path):
    assert not alarms(train(config(tiny, tmp_path / "run", "fixture/plain-v0", steps=1, rollout={"max_new_tokens": 400})))


def test_another_run_or_configuration_is_refused_before_a_model_is_loaded(tiny, tmp_path):
    train(config(tiny, tmp_path / "run", "fixture/plain-v0", steps=1))
    with pytest.raises(RunError, match=r"was made with another configuration: model\.path differ.*Resume with its own config"):
        train(config("no-such-model", tmp_path / "run", "fixture/plain-v0", steps=1), resume=True)
    with pytest.raises(RunError, match="already holds a run"):
        train(config("no-such-model", tmp_path / "run", "fixture/plain-v0", steps=1))


def test_every_metric_that_a_run_writes_is_explained_in_the_guide(tiny, tmp_path):
    chosen = config(
        tiny,
        tmp_path / "run",
        "fixture/plain-v0",
        steps=2,
        algorithm={"kl_target": 0.1, "mismatch": "icepop"},
        validation={"every": 1, "num_tasks": 2, "samples": 1},
    )
    written = {name for row in numbers(train(chosen)) for name in row} | {"seconds/step", "seconds/collect", "seconds/update", "seconds/wait"}
    written |= {f"faults/{kind}" for kind in (*ATTEMPTS, *REASONS, "overran", "limit", "draw", "engine")}
    guide = (Path(__file__).parents[2] / "docs" / "training.md").read_text().partition("## Read it")[2].partition("\n## ")[0]
    explained = {name for line in guide.splitlines() for name in re.findall(r"`([^`]+)`", line.partition(" | ")[0])}
    domains = {f"{part}/fixture": f"{part}/DOMAIN" for part in ("reward", "entropy")}
    assert {domains.get(name, name) for name in written} - explained == {"step"}
