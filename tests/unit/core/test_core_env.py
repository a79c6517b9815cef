"""The environment base: what reset takes, how an episode ends, and that wrong use is named."""

import math
import pickle
import warnings
from pathlib import Path

import gymnasium
import pytest

from prorl_gym import make
from prorl_gym.errors import ConfigError, TaskError
from prorl_gym.registry import env_class, load_object
from prorl_gym.types import Completion, Outcome, Task, Verdict

ENVS = Path(__file__).parents[2] / "fixtures" / "gym_envs.py"
ENV = "math/arithmetic-v0"


def env_of(name, **settings):
    return load_object(f"{ENVS}:{name}")(**settings)


def answer(text):
    return f"<answer>{text}</answer>"


def test_the_readme_episode_runs():
    env = make(ENV, difficulty=1)
    prompt, info = env.reset(seed=0)
    assert prompt == "\n\n".join(m["content"] for m in info["messages"])
    observation, reward, terminated, truncated, info = env.step(env.gold())
    assert (observation, reward, terminated, truncated) == ("", 1.0, True, False)
    assert info["verdict"].outcome is Outcome.GRADED
    assert info["messages"][-1]["role"] == "assistant"


@pytest.mark.parametrize("prefix", ["", "prorl_gym:"])
def test_gymnasium_makes_the_same_environment(prefix):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        wrapped = gymnasium.make(prefix + ENV, difficulty=1)
        prompt, _ = wrapped.reset(seed=4)
    ours = make(prefix + ENV, difficulty=1)
    assert prompt == ours.reset(seed=4)[0]
    assert type(wrapped.unwrapped) is type(ours) is env_class(ENV)
    assert wrapped.unwrapped.env_id == ours.env_id == ENV


def test_the_same_seed_gives_the_same_task_and_no_seed_goes_on():
    one, two = env_of("Sound"), env_of("Sound")
    assert one.reset(seed=3) == two.reset(seed=3)
    first, second = one.task, one.reset()[1]["task"]
    assert first != second == two.reset()[1]["task"]


def test_options_choose_the_task_the_index_the_level_and_the_split():
    env = env_of("Sound")
    task = env.task_at(5, split="test", difficulty=1)
    assert env.reset(options={"index": 5, "split": "test", "difficulty": 1})[1]["task"] == task
    assert env.reset(options={"task": task})[1]["task"] == task
    assert env.reset(options={"task": task.to_json()})[1]["task"] == task
    assert task.metadata == {"digits": 7, "difficulty": 1}
    assert task.split == "test"


def test_a_task_option_that_is_no_task_is_refused():
    with pytest.raises(TaskError, match="env_id"):
        env_of("Sound").reset(options={"task": {"prompt": "x"}})


@pytest.mark.parametrize(
    ("option", "hint"), [("dificulty", "did you mean 'difficulty'"), ("idx", "did you mean 'index'"), ("zzz", "options: task, index")]
)
def test_an_unknown_reset_option_is_named_with_the_closest(option, hint):
    with pytest.raises(ConfigError, match=f"no option '{option}'.*{hint}"):
        env_of("Sound").reset(options={option: 1})


@pytest.mark.parametrize("level", [2, -1, (0, 2), (1, 0), [], "1", 0.5, (0, 0.5), ("a", "b")])
def test_a_level_outside_the_range_is_refused_with_the_range(level):
    with pytest.raises(ConfigError, match="has the difficulties 0 to 1; got"):
        env_of("Sound", difficulty=level)
    with pytest.raises(ConfigError, match="has the difficulties 0 to 1; got"):
        env_of("Sound").reset(options={"difficulty": level})


@pytest.mark.parametrize(
    ("setting", "hint"), [({"split": "trian"}, "did you mean 'train'"), ({"style": "short"}, "full, terse"), ({"mode": "lax"}, "strict, tolerant")]
)
def test_a_setting_that_is_none_of_its_choices_is_refused(setting, hint):
    with pytest.raises(ConfigError, match=hint):
        env_of("Sound", **setting)


def test_a_range_of_levels_draws_from_each_and_one_level_from_itself():
    levels = [env_of("Sound").task_at(i).metadata["difficulty"] for i in range(40)]
    assert set(levels) == {0, 1}
    assert {env_of("Sound", difficulty=1).task_at(i).metadata["difficulty"] for i in range(10)} == {1}
    assert {env_of("Sound", difficulty=[0, 1]).task_at(i).metadata["difficulty"] for i in range(40)} == {0, 1}


def test_the_prompt_has_system_question_and_instructions_and_the_terse_one_neither():
    full = env_of("Sound").task_at(0).prompt
    assert [m["role"] for m in full] == ["system", "user"]
    assert full[1]["content"].endswith("\n\nRepeat the number inside <answer> tags.")
    terse = env_of("Sound", style="terse").task_at(0)
    assert terse.prompt == ({"role": "user", "content": terse.answer},)


@pytest.mark.parametrize("name", ["Sound", "Isolated"])
def test_a_step_grades_and_ends(name):
    env = env_of(name)
    env.reset(seed=0)
    _, reward, terminated, truncated, info = env.step(answer("nothing"))
    assert (reward, terminated, truncated) == (0.0, True, False)
    assert info["verdict"] == Verdict.graded(0.0, extracted="nothing", reason="wrong")


@pytest.mark.parametrize("name", ["Sound", "Guess"])
def test_a_step_after_the_end_and_before_the_start_is_refused(name):
    env = env_of(name)
    for call in (env.gold, lambda: env.step("x"), lambda: env.take("x", Verdict.no_answer()), lambda: env.grade("x")):
        with pytest.raises(ConfigError, match=r"call reset\(\) first"):
            call()
    env.reset(seed=0)
    env.step(env.gold())
    with pytest.raises(ConfigError, match=r"call reset\(\) first"):
        env.step("x")
    env.reset()
    assert env.step(env.gold())[1] == 1.0


def test_grade_takes_a_completion_or_its_text():
    env = env_of("Sound")
    env.reset(seed=0)
    assert env.grade(Completion(text=env.gold())) == env.grade(env.gold())


def test_tolerant_mode_reads_an_answer_without_its_wrapper():
    for mode, score in (("strict", 0.0), ("tolerant", 1.0)):
        env = env_of("Sound", mode=mode)
        env.reset(seed=0)
        assert env.step(env.task.answer)[1] == score


@pytest.mark.parametrize("name", ["Guess", "IsolatedGuess"])
def test_a_game_goes_on_until_it_is_won(name):
    env = env_of(name)
    env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.step(answer(":"))
    assert (observation, reward, terminated, truncated) == ("lower, turn 1", -0.1, False, False)
    assert [m["role"] for m in info["messages"]] == ["user", "assistant", "user"]
    observation, reward, terminated, truncated, _ = env.step(env.gold())
    assert (observation, reward, terminated, truncated) == ("Yes.", 1.0, True, False)


def test_a_game_is_truncated_where_its_turns_are_used_up():
    env = env_of("Guess")
    env.reset(seed=0)
    ends = [env.step(answer("/"))[2:4] for _ in range(3)]
    assert ends == [(False, False), (False, False), (False, True)]
    assert env.messages[-1]["role"] == "assistant"
    with pytest.raises(ConfigError):
        env.step("x")


def test_an_ungradable_turn_ends_the_game_without_a_reward():
    env = env_of("Guess")
    env.reset(seed=0)
    _, reward, terminated, _, info = env.step(answer("crash"))
    assert math.isnan(reward)
    assert terminated
    assert info["verdict"].reason == "crash: RuntimeError: the rules are on fire"


def test_an_environment_pickles_with_its_running_game():
    env = env_of("Guess", render_mode="ansi")
    env.reset(seed=0)
    env.step(answer("/"))
    copy = pickle.loads(pickle.dumps(env))
    assert copy.render() == env.render()
    assert copy.step(answer("/"))[0] == env.step(answer("/"))[0]
    assert copy.reset(seed=1) == env.reset(seed=1)


def test_render_gives_the_conversation_only_in_its_mode():
    env = env_of("Guess", render_mode="ansi")
    env.reset(seed=0)
    env.step("hm")
    assert env.render() == f"[user] {env.task.text}\n\n[assistant] hm\n\n[user] {env.messages[-1]['content']}"
    assert env_of("Guess").render() is None


def test_an_environment_without_a_draft_says_what_is_missing():
    from prorl_gym import TextEnv

    with pytest.raises(NotImplementedError, match=r"TextEnv must define draft\(self, rng, difficulty\)"):
        TextEnv().reset(seed=0)


def test_a_stored_task_is_graded_without_its_stream():
    env = env_of("Sound")
    env.begin(Task(env_id="old/old-v0", prompt=(), answer="41"))
    assert env.step(answer("41"))[1] == 1.0
