"""`prorl train --backend`: real launches of the tiny model under torchrun, and a backend that a plugin adds."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from tiny_runs import FIXTURES, make_tiny, numbers, same, weights

from prorl_gym.runs import read_jsonl

DIGITS = FIXTURES / "digits.py"
CONFIG = """
out = "run"
steps = 4
seed = 3
mix = [{env = "fixture/digits-v0", style = "terse"}]
[model]
path = "tiny"
device = "cpu"
threads = 1
[rollout]
prompts_per_step = 4
group_size = 4
max_new_tokens = 8
temperature = 1.0
[algorithm]
beta = 0.01
[optimizer]
lr = 1e-2
[reset]
optimizer = "reinit"
[validation]
every = 0
[checkpoint]
every = 1
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder to stand in, with a tiny model and a configuration."""
    threads = torch.get_num_threads()
    make_tiny(tmp_path / "tiny")
    (tmp_path / "train.toml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    torch.set_num_threads(threads)


@pytest.fixture
def digits(plug):
    """The environment of the configuration, known here and, by the environment variable, in what is launched."""
    return plug(f"{DIGITS}:Digits")


def test_a_run_under_torchrun_is_the_run_of_one_process_also_when_it_was_stopped_and_resumed(here, digits, prorl):
    """The launcher is a process of its own, to be sent a signal; a plugin that is named on its command line is known to what it launches."""
    assert prorl("train", "train.toml", "--out", "plain", "--set", "steps=12").stdout == "plain\n"
    launcher = [sys.executable, "-m", "prorl_gym", "--plugin", f"{DIGITS}:Digits", "train", "train.toml", "--backend", "native", "--set", "steps=12"]
    environment = {k: v for k, v in os.environ.items() if k != "PRORL_PLUGINS"}
    with subprocess.Popen(launcher, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as launched:
        said = []
        for line in launched.stderr:
            said.append(line)
            if line.startswith("train 1/12"):
                launched.send_signal(signal.SIGTERM)
                break
        out, err = launched.communicate(timeout=300)
    assert (launched.returncode, out) == (0, "run\n"), "".join(said) + err
    assert 1 <= len(numbers(here / "run")) < 12
    assert not (here / "run" / "model").exists()
    resumed = prorl("train", "run", "--backend", "native", "--resume")
    assert (resumed.exit_code, resumed.stdout) == (0, "run\n"), resumed.stderr
    assert numbers(here / "run") == numbers(here / "plain")
    assert same(weights(here / "run"), weights(here / "plain"))
    assert [e["event"] for e in read_jsonl(here / "run" / "events.jsonl")].count("resumed") == 1


def test_a_chained_stage_begins_from_the_export_of_the_last_as_policy_and_reference(here, digits, prorl):
    text = CONFIG + '[[stages]]\nname = "longer answers"\non = "step"\nat = 2\nreset = true\nset = { rollout = { max_new_tokens = 10 } }\n'
    (here / "train.toml").write_text(text)
    done = prorl("train", "train.toml", "--backend", "native", "--backend-set", "chain=true")
    assert (done.exit_code, done.stdout) == (0, "run/stage-2\n"), done.stderr
    first, second = here / "run" / "stage-1", here / "run" / "stage-2"
    assert [len(numbers(r)) for r in (first, second)] == [2, 2]
    exported, began = torch.load(second / "checkpoints" / "step-000001" / "reference.pt", weights_only=True), weights(first)
    assert all(torch.equal(exported[name], began[name]) for name in began)
    assert not same(weights(second), began)
    assert numbers(second)[0]["kl"] == 0.0 < numbers(second)[1]["kl"]
    lengths = [max(r["num_tokens"] for r in read_jsonl(s / "rollouts" / "step-000001.jsonl")) for s in (first, second)]
    assert lengths == [8, 10]
    tasks = [{r["task"]["task_id"] for f in (s / "rollouts").iterdir() for r in read_jsonl(f)} for s in (first, second)]
    assert not tasks[0] & tasks[1]


def test_what_fails_in_the_launched_process_is_told_by_the_command_and_an_old_run_stays(here, digits, prorl):
    (here / "run").mkdir()
    (here / "run" / "config.toml").write_text("# an earlier run")
    done = prorl("train", "train.toml", "--backend", "native", "--overwrite", "--set", "model.path=no-such-model")
    assert done.exit_code == 2
    assert "the launch 'run' (whole run) ended with status 1" in done.stderr
    assert done.stderr.rstrip().splitlines()[-1].startswith("  | error: there is no model folder 'no-such-model'")
    assert "Traceback" not in done.stderr
    assert (here / "run" / "config.toml").read_text() == "# an earlier run"


def test_a_dry_run_prints_the_plan_and_touches_nothing(here, prorl):
    before = sorted(os.listdir(here))
    done = prorl("train", "train.toml", "--backend", "native", "--processes", "2", "--python", "/opt/env/bin/python", "--dry-run")
    assert done.exit_code == 0
    assert "# backend native: 1 launch in" in done.stdout
    assert "/opt/env/bin/python -m torch.distributed.run --standalone --local-addr 127.0.0.1 --nproc-per-node 2 -m prorl_gym train" in done.stdout
    assert '#   env = "fixture/digits-v0"' in done.stdout
    assert sorted(os.listdir(here)) == before


def test_a_backend_of_a_plugin_is_launched_by_its_name(here, plug, prorl):
    registered = plug("script_backend.py")
    assert "backend:script" in next(p for p in registered.plugins if p.name.endswith("script_backend.py")).provides
    plain = ["algorithm.beta=0", "algorithm.dynamic_sampling=false", "mix.0.env='math/arithmetic-v0'"]
    done = prorl("train", "train.toml", "--backend", "script", *[part for key in plain for part in ("--set", key)])
    assert (done.exit_code, done.stdout) == (0, "run/stage-1\n"), done.stderr
    told = json.loads((here / "run" / "stage-1" / "saw.json").read_text())
    assert told["steps"] == 4
    assert "script_backend.py" in told["plugins"]
    refused = prorl("train", "train.toml", "--backend", "script", "--set", plain[2])
    assert refused.exit_code == 2
    assert "algorithm.kl = 'k3': it has none" in refused.stderr
    unknown = prorl("train", "train.toml", "--backend", "scrip")
    assert "did you mean 'script'? (backends: native, script)" in unknown.stderr


def test_the_backend_that_the_documents_show_can_be_written_and_planned(here, plug, prorl):
    document = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
    block = next(b.partition("```")[0] for b in document.split("```python\n")[1:] if "my_backend.py" in b)
    (here / "my_backend.py").write_text(block)
    plug(here / "my_backend.py")
    keys = ["mix.0.env='math/arithmetic-v0'", "rollout.engine='vllm'", "algorithm.dynamic_sampling=false"]
    arguments = ["train", "train.toml", "--backend", "mine", "--dry-run", *[part for key in keys for part in ("--set", key)]]
    done = prorl(*arguments, "--backend-set", "python=/my/python")
    assert done.exit_code == 0, done.stderr
    assert "env -u VIRTUAL_ENV /my/python -m my_trainer run.launch/stage-1/train.toml\n" in done.stdout
    refused = prorl(*arguments, "--set", "sinks=['tensorboard']")
    assert "the backend 'mine' cannot run this configuration" in refused.stderr


def test_options_of_a_backend_without_a_backend_are_refused(here, prorl):
    done = prorl("train", "train.toml", "--processes", "2")
    assert done.exit_code == 2
    assert "add --backend native" in done.stderr
