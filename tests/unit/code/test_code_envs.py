"""The registered environments conform, and repair plays its turns."""

import pytest

from prorl_gym.registry import env_spec, make
from prorl_gym.testing import check_env

IDS = ("code/functions-v0", "code/stdio-v0", "code/repair-v0")
WRONG = "```\ndef f(*args): pass\n```"


@pytest.mark.parametrize("env_id", IDS)
def test_it_conforms(sandbox, env_id):
    report = check_env(env_id, tasks=3)
    assert report.ok, report


@pytest.mark.parametrize("env_id", IDS)
def test_it_says_that_it_needs_a_sandbox(env_id):
    assert (env_spec(env_id).needs, env_spec(env_id).levels) == (("sandbox",), 4)
    assert make(env_id).max_turns == env_spec(env_id).turns


@pytest.fixture
def env(sandbox):
    made = make("code/repair-v0", difficulty=1)
    made.begin(made.task_at(7))
    return made


def partial(env):
    """A completion that passes some tests and fails others: the faulty program where it does, or one that knows the example."""
    answer = env.task.answer
    table = dict(zip(map(repr, answer["inputs"]), answer["outputs"], strict=True))
    known = {k: table[k] for k in list(table)[:2]}
    return f"```\ndef f(*args): return {known!r}.get(repr(list(args)))\n```"


def test_repair_ends_with_success_at_once(env):
    _, reward, terminated, truncated, _ = env.step(env.gold())
    assert (reward, terminated, truncated) == (1.0, True, False)


def test_repair_gives_feedback_and_accepts_a_later_success(env):
    observation, reward, terminated, truncated, info = env.step(WRONG)
    assert (reward, terminated, truncated) == (0.0, False, False)
    assert "0/" in observation
    assert "on test 1" in observation
    assert info["messages"][-1] == {"role": "user", "content": observation}
    observation, reward, *_ = env.step("no program at all")
    assert "No fenced code block" in observation
    _, reward, terminated, _, _ = env.step(env.gold())
    assert (reward, terminated) == (1.0, True)


def test_repair_pays_the_best_attempt_once_the_turns_are_used_up(env):
    best = 2 / len(env.task.answer["inputs"])
    rewards = []
    for text in (WRONG, partial(env), WRONG):
        _, reward, terminated, truncated, _ = env.step(text)
        rewards.append(reward)
    assert rewards == [0.0, 0.0, pytest.approx(best)]
    assert (terminated, truncated) == (False, True)


def test_a_new_episode_starts_without_the_old_ones_best(env):
    env.step(partial(env))
    env.begin(env.task_at(8))
    assert [env.step(WRONG)[1] for _ in range(3)] == [0.0, 0.0, 0.0]


def test_feedback_shows_no_expected_output(sandbox):
    env = make("code/repair-v0", difficulty=1)
    for index in range(4):
        task = env.task_at(index)
        hidden = {repr(o) for o in task.answer["outputs"] if len(repr(o)) > 3}
        env.begin(task)
        observation = env.step(WRONG)[0]
        shown = observation.split("gave")[-1]
        assert not any(h in shown for h in hidden)


def test_the_faulty_program_itself_does_not_pass(sandbox):
    env = make("code/repair-v0")
    for index in range(6):
        env.begin(env.task_at(index))
        assert env.step(f"```\n{env.task.metadata['faulty']}\n```")[1] < 1.0
