"""What the registered environments say of themselves, and how repair plays its turns."""

import pytest

from prorl_env_code.mutate import mutants
from prorl_gym.registry import env_spec, make
from prorl_gym.types import Task

IDS = ("code/functions-v0", "code/stdio-v0", "code/repair-v0")
WRONG = "```\ndef f(*args): pass\n```"


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


@pytest.fixture
def doubling(sandbox):
    env = make("code/repair-v0")
    answer = {"inputs": [[1], [2], [3], [4]], "outputs": [2, 4, 6, 8], "fn_name": "f"}
    env.begin(Task(env_id=env.env_id, prompt=({"role": "user", "content": "?"},), answer=answer, metadata={"reference": "def f(x): return 2*x"}))
    return env


def test_feedback_shows_what_was_expected_of_the_public_example_only(doubling):
    public = doubling.step("```\ndef f(x): return 7\n```")[0]
    assert "0/4 tests; first failure: wrong answer on test 1 (f(1) gave 7); expected 2." in public
    hidden = doubling.step("```\ndef f(x): return 2 if x == 1 else 7\n```")[0]
    assert "1/4 tests; first failure: wrong answer on test 2 (f(2) gave 7)." in hidden
    assert "expected" not in hidden


def test_feedback_shows_the_failing_input_and_the_tail_of_an_error(doubling):
    observation = doubling.step("```\ndef f(x):\n    if x == 3:\n        raise ValueError('three')\n    return 2 * x\n```")[0]
    assert "error on test 3 (f(3): line 3: ValueError: three)" in observation
    observation = doubling.step("```\ndef f(x) return 2\n```")[0]
    assert "does not compile on test 1 (line 1: SyntaxError: expected ':')" in observation


def test_feedback_says_when_an_attempt_is_no_better(doubling):
    first = "```\ndef f(x): return 2 * x if x < 3 else 0\n```"
    assert "same program" not in doubling.step(first)[0]
    again = doubling.step(first)[0]
    assert "It is the same program as before." in again
    env = make("code/repair-v0")
    env.begin(doubling.task)
    env.step(first)
    assert "An earlier attempt passed 50% of the tests, this one 0%." in env.step(WRONG)[0]


def test_test_10_is_not_taken_for_the_public_one(sandbox):
    env = make("code/repair-v0")
    numbers = list(range(12))
    answer = {"inputs": [[n] for n in numbers], "outputs": numbers, "fn_name": "f"}
    env.begin(Task(env_id=env.env_id, prompt=({"role": "user", "content": "?"},), answer=answer))
    observation = env.step("```\ndef f(x): return x if x < 9 else -1\n```")[0]
    assert "on test 10 (f(9) gave -1)" in observation
    assert "expected" not in observation


def test_the_highest_level_has_two_faults(sandbox):
    env = make("code/repair-v0", difficulty=3)
    for index in range(4):
        task = env.task_at(index)
        assert "has two faults" in task.text
        assert task.metadata["faulty"] not in {m.source for m in mutants(task.metadata["reference"])}
    assert "has a fault" in make("code/repair-v0", difficulty=1).task_at(0).text


def test_the_faulty_program_itself_does_not_pass(sandbox):
    env = make("code/repair-v0")
    for index in range(6):
        env.begin(env.task_at(index))
        assert env.step(f"```\n{env.task.metadata['faulty']}\n```")[1] < 1.0
