"""generate, eval, tiny, sft, train, runs, report, view and config, typed as a user types them."""

import json
from pathlib import Path

import gymnasium
import pytest
import torch

from prorl_gym.plugins import add_plugin, manager
from prorl_gym.registry import registry
from prorl_gym.runs import read_json, read_jsonl

DIGITS = Path(__file__).parents[1] / "fixtures" / "digits.py"
MIX = '[[mix]]\nenv = "fixture/digits-v0"\nstyle = "terse"\n'


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    if "fixture/digits-v0" not in registry().envs:
        add_plugin(f"{DIGITS}:Digits")
    monkeypatch.chdir(tmp_path)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
    registry().envs.pop("fixture/digits-v0", None)
    gymnasium.registry.pop("fixture/digits-v0", None)
    registry().plugins[:] = [p for p in registry().plugins if p.name != f"{DIGITS}:Digits"]
    if plugin := manager().get_plugin(f"{DIGITS}:Digits"):
        manager().unregister(plugin)


def test_from_an_environment_to_a_trained_model_and_its_report(prorl, tmp_path):
    assert prorl("generate", "fixture/digits-v0", "-n", 60, "--policy", "gold", "--style", "terse", "--out", "data").exit_code == 0
    made = prorl("tiny", "data", "--out", "models/tiny", "--hidden", 32, "--layers", 2, "--heads", 2, "--vocab-size", 280)
    assert made.exit_code == 0, made.stderr
    options = ("--set", "policy_options.model=models/tiny", "--set", "policy_options.max_new_tokens=4")
    local = prorl("generate", "fixture/digits-v0", "-n", 3, "--samples", 2, "--policy", "transformers", *options, "--out", "answers")
    assert local.exit_code == 0, local.stderr
    assert {(r["policy"], r["sample"]) for r in read_jsonl(Path("answers/data.jsonl"))} == {("models/tiny", 0), ("models/tiny", 1)}
    Path("sft.toml").write_text('data = ["data"]\nout = "runs/base"\nsteps = 5\n[model]\npath = "models/tiny"\n')
    assert prorl("sft", "sft.toml").stdout.strip() == "runs/base"
    Path("train.toml").write_text(
        'out = "runs/rl"\nsteps = 3\n[model]\npath = "runs/base/model"\n[rollout]\nprompts_per_step = 4\ngroup_size = 4\nmax_new_tokens = 8\n'
        f"[validation]\nevery = 0\n[reset]\ninterval = 2\n{MIX}"
    )
    trained = prorl("train", "train.toml", "--set", "optimizer.lr=1e-3")
    assert trained.exit_code == 0, trained.stderr
    assert trained.stdout.strip() == "runs/rl"
    again = prorl("train", "train.toml", "--set", "optimizer.lr=1e-3")
    assert again.exit_code == 2
    assert "already holds a run" in again.stderr
    assert prorl("train", "runs/rl", "--resume", "--set", "steps=4").exit_code == 0
    assert [r["step"] for r in read_jsonl(Path("runs/rl/metrics.jsonl"))] == [1, 2, 3, 4]

    listed = json.loads(prorl("runs", "list", "--json").stdout)
    assert {(r["run"], r["step"]) for r in listed} == {("runs/base", 5), ("runs/rl", 4)}
    shown = json.loads(prorl("runs", "show", "runs/rl", "--json").stdout)
    assert [e["step"] for e in shown["resets"]] == [2, 4]
    seen = prorl("view", "runs/rl", "--step", 1, "--limit", 2).stdout
    assert seen.count("fixture/digits-v0") == 2
    assert prorl("view", "runs/rl", "--step", 99).exit_code == 2
    page = Path(prorl("report", "runs/rl").stdout.strip()).read_text()
    assert "KL to the reference" in page
    assert "2 reference resets" in page

    measured = prorl("eval", "runs/rl", "--set", "num_tasks=4", "--set", "samples=2", "--out", "eval", "--json")
    assert measured.exit_code == 0, measured.stderr
    result = json.loads(measured.stdout)
    assert set(result["mean"]["pass@k"]) == {"1", "2"}
    assert read_json(Path("eval/eval.json")) == result
    assert sum(1 for _ in read_jsonl(Path("eval/rollouts/eval.jsonl"))) == 8


def test_evaluation_of_a_scripted_policy_prints_a_table(prorl):
    Path("eval.toml").write_text(f"num_tasks = 6\nsamples = 4\npolicy = 'noisy'\n{MIX}")
    done = prorl("eval", "eval.toml", "--policy", "gold")
    assert done.exit_code == 0, done.stderr
    assert "fixture (domain)" in done.stdout
    assert "1.000" in done.stdout


def test_generate_goes_on_where_it_stopped_and_refuses_another_configuration(prorl):
    first = prorl("generate", "fixture/digits-v0", "-n", 10, "--policy", "gold", "--out", "data", "--json")
    assert json.loads(first.stdout)["written_now"] == 10
    second = json.loads(prorl("generate", "fixture/digits-v0", "-n", 10, "--policy", "gold", "--out", "data", "--json").stdout)
    assert (second["resumed_at"], second["written_now"]) == (10, 0)
    other = prorl("generate", "fixture/digits-v0", "-n", 11, "--policy", "gold", "--out", "data")
    assert other.exit_code == 2
    assert "another configuration" in other.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("generate", "fixture/digit-v0"), "did you mean 'fixture/digits-v0'"),
        (("generate", "fixture/digits-v0", "--policy", "golden"), "did you mean 'gold'"),
        (("generate", "fixture/digits-v0", "--set", "num_task=3"), "did you mean 'num_tasks'"),
        (("train", "nothing.toml"), "there is no file nothing.toml"),
        (("report", "nowhere"), "holds no run"),
        (("runs", "show", "nowhere"), "holds no run"),
        (("eval", "."), "holds no finished run"),
        (("tiny", "nowhere"), "there is no dataset"),
        (("config", "show", "x.toml", "--kind", "trian"), "did you mean 'train'"),
        (("trian", "x.toml"), "did you mean 'train'"),
    ],
)
def test_a_mistake_is_named_with_the_closest_valid_name_and_exit_code_2(prorl, arguments, said):
    done = prorl(*arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert not Path("data").exists()


def test_a_dry_run_prints_the_resolved_configuration_and_does_nothing(prorl):
    Path("train.toml").write_text(f'profile = "prorl-v2"\n[model]\npath = "x"\n{MIX}')
    shown = prorl("train", "train.toml", "--dry-run", "--set", "rollout.group_size=8")
    assert shown.exit_code == 0, shown.stderr
    assert 'loss = "reinforce++-baseline"' in shown.stdout
    assert "group_size = 8" in shown.stdout
    assert prorl("config", "show", "train.toml").exit_code == 0
    assert prorl("config", "check", "train.toml").stdout.strip() == "train.toml is usable"
    assert not Path("runs").exists()
    assert prorl("generate", "fixture/digits-v0", "--dry-run").stdout.count("num_tasks = 100") == 1
