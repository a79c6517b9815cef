"""A run in two processes under torchrun (gloo, on the CPU): the numbers of one process, sharded work, resumes to the bit, a process that dies."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import tiny_runs
import torch
from safetensors.torch import load_file
from tiny_runs import FIXTURES, events, make_tiny, merged, numbers, one_thread_and_environments, same, weights

from prorl_gym.config import to_toml
from prorl_gym.runs import read_jsonl
from prorl_trainer.checkpoint import checkpoints
from prorl_trainer.loop import train
from prorl_trainer.policy import encode_answer, encode_prompt
from prorl_trainer.scoring import score

DIGITS = f"{FIXTURES / 'digits.py'}:Digits"
STEPS, HALT = 6, 4
SETTINGS = {
    "steps": STEPS,
    "rollout": {"max_new_tokens": 12},
    "optimizer": {"lr": 3e-3, "token_budget": 40},
    "verifier_workers": 1,
}
TOLERANCE = 2e-3
"""Relative, of losses and the like after six steps at a high rate: sums are taken in another order, and every step builds on the last."""

CASES = {
    # Refills of one prompt: one process has none to play.
    "plain": {"algorithm": {"beta": 0.0, "spread_eps": 0.5, "refill": 8}, "rollout": {"prompts_per_step": 2}},
    "kl and a reset": {"reset": {"interval": 3, "optimizer": "reinit"}},
    # Nine rows an update, each a micro-batch of its own: one process has fewer than the other.
    "several updates": {
        "algorithm": {"updates_per_step": 2, "epochs": 2},
        "rollout": {"ahead": True, "max_staleness": 2, "prompts_per_step": 6, "group_size": 3},
        "optimizer": {"token_budget": 1},
    },
    "lora": {"model": {"lora": {"rank": 4, "alpha": 8}}},
    "validation": {
        "validation": {"every": 2, "num_tasks": 6, "samples": 2},
        "reset": {"interval": 5, "target": "best", "policy": "rollback"},
        "algorithm": {"kl_in": "reward", "beta": 0.1, "mismatch": "icepop"},
        "model": {"activation_checkpointing": True},
    },
}
PROGRAM = """
import json, os, sys, torch
torch.set_num_threads(1)
from prorl_gym.plugins import add_plugin
from prorl_trainer.config import TrainConfig
from prorl_trainer.loop import train
from prorl_trainer.parallel import joined
add_plugin(sys.argv[2])
with joined("cpu", timeout_s=60):
    for job in json.load(open(sys.argv[1])):
        asked = iter(range(1, 1000))
        # Asked of one process only: all of them stop.
        stop = lambda: os.environ["RANK"] == "1" and next(asked) == job["halt"]
        train(TrainConfig.model_validate(job["config"]), resume=job["resume"], stop=stop)
"""


@pytest.fixture(scope="module", autouse=True)
def one_thread_and_the_environment():
    with one_thread_and_environments("digits.py", "Digits"):
        yield


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A model that answers a number with one to twelve digits and letters."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer, model = make_tiny(folder)
    model.train()
    draw = random.Random(0)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    for _ in range(60):
        prompts = [encode_prompt(tokenizer, ({"role": "user", "content": str(draw.randrange(10**6))},)) for _ in range(16)]
        answers = [encode_answer(tokenizer, "".join(draw.choices("0123456789abcdefghij", k=draw.randint(1, 12)))) for _ in prompts]
        optimizer.zero_grad()
        (-score(model, prompts, answers, temperature=1.0, pad_id=tokenizer.pad_token_id, grad=True).logp_BT.sum() / 100).backward()
        optimizer.step()
    model.save_pretrained(folder)
    return folder


def config(tiny, out, **over):
    return tiny_runs.config(tiny, out, **merged(SETTINGS, over))


def torchrun(*args, processes=2):
    """The command; a port of its own choosing, its messages of no interest here."""
    return [sys.executable, "-m", "torch.distributed.run", "--standalone", "--local-addr", "127.0.0.1", "--nproc-per-node", str(processes), *args]


def in_two(folder, jobs, *, processes=2):
    """Run the jobs, (config, resume, halt) each, one after the other in the same processes."""
    folder.mkdir(exist_ok=True)
    (folder / "jobs.json").write_text(json.dumps([{"config": c.model_dump(mode="json"), "resume": resume, "halt": halt} for c, resume, halt in jobs]))
    (folder / "program.py").write_text(PROGRAM)
    command = torchrun(str(folder / "program.py"), str(folder / "jobs.json"), DIGITS, processes=processes)
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr[-4000:]


@pytest.fixture(scope="module")
def runs(tiny, tmp_path_factory):
    """The folder of every case's runs: NAME/one in this process, NAME/two in two, NAME/halted in two with a stop and a resume."""
    folder = tmp_path_factory.mktemp("ranks")
    jobs = []
    for name, over in CASES.items():
        halted = config(tiny, folder / name / "halted", **over)
        jobs += [(config(tiny, folder / name / "two", **over), False, None), (halted, False, HALT), (halted, True, None)]
    in_two(folder, jobs)
    for name, over in CASES.items():
        train(config(tiny, folder / name / "one", **over))
    return folder


def answers(run, step):
    rollouts = read_jsonl(run / "rollouts" / f"step-{step:06d}.jsonl")
    return [(r["group_id"], r["sample"], r["reward"], [t["completion"] for t in r["turns"]]) for r in rollouts]


@pytest.mark.parametrize("case", CASES)
def test_two_processes_give_the_numbers_of_one(runs, case):
    one, two = numbers(runs / case / "one"), numbers(runs / case / "two")
    assert [r["step"] for r in two] == list(range(1, STEPS + 1))
    for ours, theirs in zip(two, one, strict=True):
        assert ours == pytest.approx(theirs, rel=TOLERANCE, abs=1e-6), ours["step"]
    for step in range(1, STEPS + 1):
        assert answers(runs / case / "two", step) == answers(runs / case / "one", step)
    ours, theirs = weights(runs / case / "two"), weights(runs / case / "one")
    assert ours.keys() == theirs.keys()
    # Adam turns a gradient that is nothing but rounding into a step of its own, so the weights are compared as a whole.
    apart = sum(float((ours[k] - theirs[k]).square().sum()) for k in ours) / sum(float(w.square().sum()) for w in theirs.values())
    assert apart**0.5 < 1e-3


@pytest.mark.parametrize("case", CASES)
def test_a_run_of_two_processes_that_one_of_them_stops_resumes_to_the_same_bits(runs, case):
    straight, resumed = runs / case / "two", runs / case / "halted"
    assert [e["step"] for e in events(resumed, "stopped")] == [e["step"] for e in events(resumed, "resumed")] == [HALT]
    assert numbers(resumed) == numbers(straight)
    assert same(weights(resumed), weights(straight))
    assert events(resumed, "reset") == events(straight, "reset")
    assert events(resumed, "validation") == events(straight, "validation")


def test_after_a_reset_the_kl_of_two_processes_reads_exactly_zero(runs):
    run = runs / "kl and a reset" / "two"
    kl = {r["step"]: r["kl"] for r in numbers(run)}
    assert [e["kl_after"] for e in events(run, "reset")] == [0.0, 0.0]
    assert kl[1] == kl[4] == 0.0 < min(kl[2], kl[3], kl[5])


def test_each_process_plays_its_share_of_the_groups(runs):
    for step in range(1, STEPS + 1):
        played = {}
        for r in read_jsonl(runs / "plain" / "two" / "rollouts" / f"step-{step:06d}.jsonl"):
            played.setdefault(r["info"]["process"], set()).add(r["group_id"])
        assert len(played) == 2
        assert not played[0] & played[1]
        assert abs(len(played[0]) - len(played[1])) <= 1


def test_every_update_of_two_processes_had_several_micro_batches_and_some_answers_were_longer_than_others(runs):
    rows = list(read_jsonl(runs / "kl and a reset" / "two" / "rollouts" / "step-000001.jsonl"))
    assert sum(r["num_tokens"] for r in rows) > 2 * 40
    assert len({r["num_tokens"] for r in rows}) > 3


def test_optimiser_and_reference_are_saved_in_shards_and_the_policy_as_a_whole_model(runs):
    saved = checkpoints(runs / "kl and a reset" / "two" / "checkpoints")[-1]
    assert {p.name for p in (saved / "shards").iterdir()} == {".metadata", "__0_0.distcp", "__1_0.distcp"}
    assert not (saved / "reference.pt").exists()
    assert "state" not in torch.load(saved / "trainer.pt", weights_only=False)["optimizer"]
    one = checkpoints(runs / "kl and a reset" / "one" / "checkpoints")[-1]
    assert load_file(saved / "model" / "model.safetensors").keys() == load_file(one / "model" / "model.safetensors").keys()
    assert json.loads((saved / "model" / "config.json").read_text()) == json.loads((one / "model" / "config.json").read_text())


def test_a_run_goes_on_with_another_number_of_processes_up_to_rounding(runs, tiny, tmp_path):
    names = ["kl and a reset", "lora"]
    for name in names:  # from two to one ...
        shutil.copytree(runs / name / "two", tmp_path / name)
        shutil.rmtree(checkpoints(tmp_path / name / "checkpoints")[-1])
        train(config(tiny, tmp_path / name, **CASES[name]), resume=True)
        for ours, theirs in zip(numbers(tmp_path / name), numbers(runs / name / "two"), strict=True):
            assert ours == pytest.approx(theirs, rel=TOLERANCE, abs=1e-6), ours["step"]
    in_two(tmp_path, [(config(tiny, tmp_path / name, steps=STEPS + 1, **CASES[name]), True, None) for name in names])  # ... and back to two
    for name in names:
        straight = train(config(tiny, runs / name / "one", steps=STEPS + 1, **CASES[name]), resume=True)
        assert numbers(tmp_path / name)[-1] == pytest.approx(numbers(straight)[-1], rel=TOLERANCE, abs=1e-6)


def test_a_process_that_dies_ends_the_others_and_the_command_resumes_the_run(tiny, tmp_path):
    whole = config(tiny, tmp_path / "run", steps=4000, checkpoint={"every": 2, "keep": 2})
    (tmp_path / "train.toml").write_text(to_toml(whole))
    command = torchrun("-m", "prorl_gym", "--plugin", DIGITS, "train")
    log = (tmp_path / "log").open("w")
    process = subprocess.Popen([*command, str(tmp_path / "train.toml")], stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        wait_for(lambda: len(checkpoints(whole.out / "checkpoints")) == 2, process)
        second = [pid for pid in children(process.pid) if "RANK=1" in environment(pid)]
        os.kill(second[0], signal.SIGKILL)
        begun = time.monotonic()
        assert process.wait(timeout=90) != 0
        assert time.monotonic() - begun < 90
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        log.close()
    last = int(checkpoints(whole.out / "checkpoints")[-1].name.removeprefix("step-"))
    command += [str(whole.out), "--resume", "--set", f"steps={last + 1}"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [r["step"] for r in numbers(whole.out)] == list(range(1, last + 2))
    assert done.stdout.split() == [str(whole.out)], "the first process alone speaks"


def wait_for(what, process):
    until = time.monotonic() + 120
    while not what():
        assert process.poll() is None, "the run ended too soon"
        assert time.monotonic() < until
        time.sleep(0.05)


def children(pid):
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def environment(pid):
    return Path(f"/proc/{pid}/environ").read_text().split("\0")
