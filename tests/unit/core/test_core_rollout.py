"""Playing episodes: single and multi-turn, ordered and as they finish, bounded, with every failure in the record."""

import math
from pathlib import Path

import gymnasium
import pytest

from prorl_gym import register
from prorl_gym.errors import PolicyError
from prorl_gym.policy import Scripted
from prorl_gym.pool import VerifierPool
from prorl_gym.registry import registry
from prorl_gym.rollout import Play, _env, play
from prorl_gym.types import Completion, Outcome

ENVS = Path(__file__).parents[2] / "fixtures" / "gym_envs.py"
NAMES = ("Sound", "Isolated", "Guess", "IsolatedGuess")


@pytest.fixture(scope="module", autouse=True)
def registered():
    """The fixture environments under `play/...-v0`."""
    for name in NAMES:
        register(f"play/{name}-v0", f"{ENVS}:{name}", turns=3 if "Guess" in name else 1)
    yield
    for name in NAMES:
        del registry().envs[f"play/{name}-v0"]
        del gymnasium.registry[f"play/{name}-v0"]
    _env.cache_clear()


@pytest.fixture(scope="module")
def pool():
    with VerifierPool(workers=1) as made:
        yield made


def plays(name, count, **more):
    env = _env(f"play/{name}-v0")[1](env_id=f"play/{name}-v0")
    return [Play(task=env.task_at(i), **more) for i in range(count)]


class Says:
    """Answers each request with what a function of it gives."""

    name = "says"

    def __init__(self, answer):
        self.answer = answer

    def complete(self, requests):
        for request in requests:
            done = self.answer(request)
            yield request, done if isinstance(done, Completion) else Completion(text=done, num_tokens=2)


class Backwards:
    """Collects what it can draw and answers the newest first."""

    name = "backwards"

    def __init__(self):
        self.most = 0

    def complete(self, requests):
        drawn = list(requests)
        self.most = max(self.most, len(drawn))
        for request in reversed(drawn):
            yield request, Completion(text=request.verifier.gold(request.task))


def tag(text):
    return f"<answer>{text}</answer>"


@pytest.mark.parametrize("name", ["Sound", "Isolated"])
def test_one_turn_is_played_graded_and_recorded(pool, name):
    episodes = plays(name, 6, sample=2, info={"note": 1})
    rollouts = list(play(episodes, Scripted(), pool=pool, version="7"))
    assert [r.task for r in rollouts] == [p.task for p in episodes]
    for rollout in rollouts:
        assert rollout.reward == rollout.verdict.score == 1.0
        assert (rollout.terminated, rollout.truncated, rollout.policy, rollout.sample) == (True, False, "gold", 2)
        assert rollout.group_id == rollout.task.task_id
        assert [m["role"] for m in rollout.messages] == ["system", "user", "assistant"]
        assert rollout.turns[0].observation == rollout.task.text
        assert (rollout.versions, rollout.info) == ({"policy": "7"}, {"note": 1})
        assert set(rollout.seconds) == {"generate", "grade"}
        assert all(s >= 0 for s in rollout.seconds.values())


@pytest.mark.parametrize("name", ["Guess", "IsolatedGuess"])
@pytest.mark.parametrize("ordered", [True, False])
def test_several_turns_are_one_rollout_with_the_sum_of_their_rewards(pool, name, ordered):
    def second_time_right(request):
        return request.verifier.gold(request.task) if len(request.messages) > 1 else tag("/")

    rollouts = list(play(plays(name, 8, group_id="g"), Says(second_time_right), pool=pool, ordered=ordered, window=3))
    assert len({r.task.task_id for r in rollouts}) == 8
    for rollout in rollouts:
        assert [t.reward for t in rollout.turns] == [-0.1, 1.0]
        assert rollout.reward == 0.9
        assert [t.observation for t in rollout.turns] == [rollout.task.text, "higher, turn 1"]
        assert [m["role"] for m in rollout.messages] == ["user", "assistant", "user", "assistant"]
        assert (rollout.terminated, rollout.truncated, rollout.num_tokens, rollout.group_id) == (True, False, 4, "g")


def test_an_episode_whose_turns_run_out_is_truncated(pool):
    [rollout] = play(plays("Guess", 1), Says(lambda r: tag("/")), pool=pool)
    assert (rollout.terminated, rollout.truncated, len(rollout.turns)) == (False, True, 3)
    assert rollout.reward == pytest.approx(-0.3)


def test_rollouts_come_in_the_order_of_the_plays_whatever_the_policy_does(pool):
    episodes = plays("Sound", 10)
    for window in (1, 4, 100):
        assert [r.task for r in play(episodes, Backwards(), pool=pool, window=window)] == [p.task for p in episodes]


def test_unordered_rollouts_come_as_they_finish(pool):
    episodes = plays("Sound", 6)
    assert [r.task for r in play(episodes, Backwards(), pool=pool, ordered=False)] == [p.task for p in reversed(episodes)]
    assert [r.task for r in play(episodes, Backwards(), pool=pool, ordered=False, window=2)] == [episodes[i].task for i in (1, 0, 3, 2, 5, 4)]


@pytest.mark.parametrize("ordered", [True, False])
@pytest.mark.parametrize("name", ["Sound", "IsolatedGuess"])
def test_no_more_episodes_are_alive_than_the_window_allows(pool, ordered, name):
    drawn, done, policy = 0, 0, Backwards()

    def source():
        nonlocal drawn
        for episode in plays(name, 20):
            drawn += 1
            assert drawn - done <= 5
            yield episode

    for _ in play(source(), policy, pool=pool, ordered=ordered, window=5):
        done += 1
    assert (drawn, done) == (20, 20)
    assert policy.most == 5


def test_a_stream_without_an_end_is_played_as_far_as_it_is_read(pool):
    [episode] = plays("Sound", 1)
    endless = play(iter(lambda: episode, None), Scripted(), pool=pool)
    assert [next(endless).reward for _ in range(5)] == [1.0] * 5
    endless.close()


def test_no_plays_give_no_rollouts(pool):
    assert list(play([], Scripted(), pool=pool)) == []


@pytest.mark.parametrize("name", ["Sound", "IsolatedGuess"])
def test_an_answer_that_did_not_come_is_ungradable_and_the_others_are_played(pool, name):
    def every_other(request):
        failed = Completion(text="", finish_reason="error", error="down")
        return failed if request.key % 2 else request.verifier.gold(request.task)

    rollouts = list(play(plays(name, 4), Says(every_other), pool=pool))
    assert [r.reward for r in rollouts[::2]] == [1.0, 1.0]
    for rollout in rollouts[1::2]:
        assert math.isnan(rollout.reward)
        assert (rollout.verdict.outcome, rollout.verdict.reason) == (Outcome.UNGRADABLE, "policy: down")
        assert rollout.terminated


@pytest.mark.parametrize("name", ["Guess", "IsolatedGuess"])
def test_a_crash_in_a_later_turn_leaves_the_episode_without_a_reward(pool, name):
    [rollout] = play(plays(name, 1), Says(lambda r: tag("crash" if r.messages[1:] else "/")), pool=pool)
    assert [t.verdict.outcome.value for t in rollout.turns] == ["graded", "ungradable"]
    assert math.isnan(rollout.reward)
    assert rollout.to_json()["reward"] is None


def test_the_settings_of_a_play_reach_its_environment(pool):
    bare = Says(lambda request: request.task.answer)
    [strict] = play(plays("Isolated", 1), bare, pool=pool)
    [tolerant] = play(plays("Isolated", 1, env_kwargs={"mode": "tolerant"}), bare, pool=pool)
    assert (strict.verdict.outcome, tolerant.reward) == (Outcome.NO_ANSWER, 1.0)


def test_a_policy_that_leaves_requests_unanswered_is_an_error_and_no_endless_wait(pool):
    class Forgets:
        name = "forgets"

        def complete(self, requests):
            for number, request in enumerate(requests):
                if number != 1:
                    yield request, Completion(text="x")

    with pytest.raises(PolicyError, match="'forgets' ended with 1 requests unanswered"):
        list(play(plays("Sound", 3), Forgets(), pool=pool))


def test_what_a_policy_raises_ends_the_play(pool):
    def down(request):
        raise PolicyError("down")

    with pytest.raises(PolicyError, match="down"):
        list(play(plays("Sound", 3), Says(down), pool=pool))


def test_an_episode_is_graded_by_the_shared_pool_where_none_is_given():
    [rollout] = play(plays("Isolated", 1), Scripted())
    assert rollout.reward == 1.0
