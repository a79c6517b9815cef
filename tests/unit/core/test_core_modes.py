"""Strict and tolerant extraction, both reported of the same completions."""

import math
from pathlib import Path

import gymnasium
import pytest
from typer.testing import CliRunner

from prorl_gym import register
from prorl_gym.cli import app
from prorl_gym.config import load
from prorl_gym.evaluate import EvalConfig, compare, evaluate
from prorl_gym.modes import OtherMode
from prorl_gym.policy import make_policy
from prorl_gym.pool import VerifierPool
from prorl_gym.registry import registry
from prorl_gym.report import page, write_report
from prorl_gym.runs import read_json, write_json
from prorl_gym.types import Completion, Rollout, Task, Turn, Verdict

CHOICE = Task(env_id="math/arithmetic-v0", prompt=(), answer="12", metadata={})


@pytest.fixture(scope="module")
def pool():
    with VerifierPool(workers=1) as started:
        yield started


def rollout(*turns, reward=None, task=CHOICE):
    """An episode of (text, verdict) turns."""
    made = tuple(Turn(observation="", completion=Completion(text=t), verdict=v, reward=v.score) for t, v in turns)
    return Rollout(task=task, turns=made, messages=(), reward=made[-1].verdict.score if reward is None else reward)


class Counting(VerifierPool):
    """A pool that counts what it is asked."""

    asked = 0

    def submit(self, request):
        self.asked += 1
        return super().submit(request)


def other(mode, *rollouts):
    with Counting(workers=1) as pool:
        grader = OtherMode(mode, pool=pool)
        for one in rollouts:
            grader.add(one)
        return [r.reward for r in grader.rollouts()], pool.asked


RIGHT, WRONG, NONE = Verdict.graded(1.0), Verdict.graded(0.0), Verdict.no_answer()


def test_an_answer_without_its_box_passes_in_tolerant_mode_only():
    played = [
        rollout(("The answer is 12", NONE)),
        rollout(("The answer is 13", NONE)),
        rollout((r"\boxed{12}", RIGHT)),
        rollout((r"\boxed{13}", WRONG)),
    ]
    assert other("strict", *played) == ([1.0, 0.0, 1.0, 0.0], 3)


def test_what_was_played_in_tolerant_mode_is_graded_strictly_where_it_was_paid():
    played = [rollout(("The answer is 12", RIGHT)), rollout((r"\boxed{12}", RIGHT)), rollout(("nothing", NONE))]
    assert other("tolerant", *played) == ([0.0, 1.0, 0.0], 2)


def test_a_verifier_that_does_not_look_at_the_mode_is_not_asked_again():
    register("modes/whole-v0", f"{Path(__file__).parents[2] / 'fixtures' / 'faulty_verifiers.py'}:KeepsState")
    try:
        task = Task(env_id="modes/whole-v0", prompt=(), answer="12")
        assert other("strict", rollout(("13", WRONG), task=task), rollout(("12", RIGHT), task=task)) == ([0.0, 1.0], 0)
    finally:
        del registry().envs["modes/whole-v0"]
        del gymnasium.registry["modes/whole-v0"]


def test_programs_run_again_only_where_none_was_found():
    task = Task(env_id="code/stdio-v0", prompt=(), answer={"inputs": ["1\n"], "outputs": ["1\n"]})
    rewards, asked = other("strict", rollout(("```\nprint(2)\n```", WRONG), task=task), rollout(("print(input())", NONE), task=task))
    assert asked == 1
    assert rewards == [0.0, 1.0]


def test_an_episode_of_several_turns_counts_with_its_best_turn_in_the_other_mode():
    assert other("strict", rollout(("It is 12.", NONE), (r"\boxed{13}", WRONG), reward=-0.1)) == ([1.0], 2)
    assert other("strict", rollout((r"\boxed{13}", WRONG), (r"\boxed{12}", RIGHT), reward=0.9)) == ([0.9], 0)


def test_an_ungradable_rollout_stays_ungradable():
    rewards, asked = other("strict", rollout(("12", Verdict.ungradable("crash"))))
    assert math.isnan(rewards[0])
    assert asked == 0


class Plain:
    """A policy that forgets the box every other time."""

    name = "plain"

    def complete(self, requests):
        for number, request in enumerate(requests):
            gold = request.verifier.gold(request.task)
            yield request, Completion(text=gold if number % 2 else f"The answer is {request.task.answer}")


CONFIG = {"mix": [{"env": "math/arithmetic-v0", "difficulty": 0}], "num_tasks": 4, "samples": 2}


@pytest.mark.parametrize(("mode", "paid"), [("strict", 0.5), ("tolerant", 1.0)])
def test_an_evaluation_reports_both_modes_of_the_same_completions(pool, mode, paid):
    summary = evaluate(load(EvalConfig, data={**CONFIG, "mode": mode}), Plain(), pool=pool)
    assert summary["mode"] == mode
    for row in (summary["mean"], summary["domains"]["math"], summary["envs"]["math/arithmetic-v0"]):
        assert row["pass@1"] == paid
        assert row["modes"]["strict"]["pass@1"] == 0.5
        assert row["modes"]["tolerant"]["pass@1"] == 1.0
        assert row["modes"]["strict"]["pass@k"] == {"1": 0.5, "2": 1.0}


def test_one_mode_alone_can_be_asked_for(pool):
    summary = evaluate(load(EvalConfig, data={**CONFIG, "both_modes": False}), Plain(), pool=pool)
    assert "modes" not in summary["mean"]
    assert summary["mean"]["pass@1"] == 0.5


def test_a_comparison_and_its_report_show_both_modes(pool, tmp_path):
    config = load(EvalConfig, data=CONFIG)
    base, trained = evaluate(config, Plain(), pool=pool), evaluate(config, make_policy("gold"), pool=pool)
    found = compare(base, trained)
    assert found["mean"]["tolerant"] == found["domains"]["math"]["tolerant"] == {"base": 1.0, "trained": 1.0}
    assert found["mean"]["gain"] == 0.5
    write_json(tmp_path / "summary.json", found)
    text = page(tmp_path)
    assert "<th>trained, tolerant</th>" in text
    assert "<td>[+0.500, +0.500]</td><td>1.000</td><td>1.000</td>" in text


def test_the_command_prints_both_modes_and_the_report_shows_what_it_left(tmp_path):
    file = tmp_path / "eval.toml"
    file.write_text('num_tasks = 2\nsamples = 1\nworkers = 1\npolicy = "gold"\n[[mix]]\nenv = "math/arithmetic-v0"\n')
    done = CliRunner().invoke(app, ["eval", str(file), "--out", str(tmp_path / "out")])
    assert done.exit_code == 0, done.output
    header, *rows = done.stdout.splitlines()
    assert header.split()[-2:] == ["strict", "tolerant"]
    assert all(row.split()[-2:] == ["1.000", "1.000"] for row in rows)
    assert read_json(tmp_path / "out" / "eval.json")["mean"]["modes"]["tolerant"]["pass@1"] == 1.0
    text = write_report(tmp_path / "out").read_text()
    assert "<th>strict</th><th>tolerant</th>" in text
    assert "mean over domains" in text
