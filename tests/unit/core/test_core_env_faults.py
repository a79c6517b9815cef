"""Environments whose own step, beginning or drawing raises or hangs: the episode or the task is lost, its neighbours are not."""

import time
from pathlib import Path

import gymnasium
import pytest

from prorl_gym import register
from prorl_gym.deadline import left_behind
from prorl_gym.errors import ConfigError
from prorl_gym.mix import MAX_FAILED_DRAWS, Mix, MixEntry
from prorl_gym.registry import registry
from prorl_gym.rollout import Play, _env, play
from prorl_gym.types import Completion, Outcome

FAULTY = Path(__file__).parents[2] / "fixtures" / "faulty.py"
NAMES = {"stumbles": "Stumbles", "hard-to-draw": "HardToDraw", "undrawable": "Undrawable", "plain": "Plain"}


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The fixture environments under `broken/...-v0`."""
    for name, cls in NAMES.items():
        register(f"broken/{name}-v0", f"{FAULTY}:{cls}", turns=2 if name == "stumbles" else 1)
    yield
    for name in NAMES:
        del registry().envs[f"broken/{name}-v0"]
        del gymnasium.registry[f"broken/{name}-v0"]
    _env.cache_clear()


class Says:
    name = "says"

    def complete(self, requests):
        for request in requests:
            yield request, Completion(text="77", num_tokens=2)


def test_an_episode_whose_env_raises_or_hangs_is_ungradable_with_the_reason_and_the_others_are_whole():
    env = _env("broken/stumbles-v0")[1](env_id="broken/stumbles-v0")
    tasks = [env.task_at(i) for i in range(25)]
    rollouts = list(play((Play(task=t) for t in tasks), Says(), step_s=0.1))
    assert [r.task for r in rollouts] == tasks
    expected = {0: "environment: ZeroDivisionError: this step", 1: "environment: TimeoutError: the step of broken/stumbles-v0 took longer than 0.1 s"}
    expected[4] = "environment: OSError: no room for this episode"
    for rollout in rollouts:
        kind = int(rollout.task.answer) % 5
        if kind in expected:
            assert rollout.verdict.outcome is Outcome.UNGRADABLE
            assert rollout.verdict.reason.startswith(expected[kind])
            assert rollout.reward != rollout.reward
            assert len(rollout.turns) == (2 if kind == 1 else 1)
        else:
            assert (rollout.reward, len(rollout.turns)) == (2.0, 2)
    assert {int(t.answer) % 5 for t in tasks} == {0, 1, 2, 3, 4}
    assert left_behind() < 5


class Dawdles(Says):
    """Takes its time with the tasks whose answer is even."""

    def complete(self, requests):
        for request in requests:
            time.sleep(0.2 if int(request.task.answer) % 2 == 0 else 0)
            yield request, Completion(text="77", num_tokens=2)


def test_an_episode_that_would_go_on_past_its_deadline_is_given_up_and_its_neighbours_are_whole():
    env = _env("broken/stumbles-v0")[1](env_id="broken/stumbles-v0")
    tasks = [t for t in map(env.task_at, range(40)) if int(t.answer) % 5 in (2, 3)]
    for rollout in play((Play(task=t) for t in tasks), Dawdles(), episode_s=0.1, window=1):
        if int(rollout.task.answer) % 2 == 0:
            assert rollout.verdict.outcome is Outcome.UNGRADABLE
            assert rollout.verdict.reason == "overdue: after 0.1 s the episode would have gone on"
            assert rollout.reward != rollout.reward
            assert len(rollout.turns) == 1
        else:
            assert (rollout.reward, len(rollout.turns)) == (2.0, 2)
    assert {int(t.answer) % 2 for t in tasks} == {0, 1}


def drawn(mix, count):
    return [(d.entry, d.index, d.task.task_id) for d in mix.draw(0, count)]


def test_tasks_that_cannot_be_drawn_are_replaced_the_same_way_each_time_and_the_others_stay_what_they_were():
    entries = [MixEntry(env="broken/hard-to-draw-v0"), MixEntry(env="broken/plain-v0")]
    mix = Mix(entries, draw_s=0.1)
    first = drawn(mix, 40)
    assert mix.faults
    assert all(fault.startswith("drawing task ") and "(broken/hard-to-draw-v0) failed: " in fault for fault in mix.faults)
    assert {kind for fault in mix.faults for kind in ("KeyError", "TimeoutError") if kind in fault} == {"KeyError", "TimeoutError"}
    assert drawn(Mix(entries, draw_s=0.1), 40) == first
    # The walk through the stream goes on where it would have without them, so that processes that only pass tasks over stay in step.
    assert mix.state_dict()["cursor"] == [20, 20]
    assert [index for entry, index, _ in first if entry == 1] == list(range(20))
    kept = [index for entry, index, _ in first if entry == 0 and index < 20]
    assert 0 < len(kept) < 20
    assert len({index for entry, index, _ in first if entry == 0}) == 20


def test_an_entry_of_which_nothing_can_be_drawn_is_an_error_that_names_it():
    with pytest.raises(ConfigError, match=rf"mix\.0 \(broken/undrawable-v0\): {MAX_FAILED_DRAWS} tasks in a row .*a row without its column"):
        Mix([MixEntry(env="broken/undrawable-v0")]).draw(0, 1)
