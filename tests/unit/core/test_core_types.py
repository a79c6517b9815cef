"""Records and their plain data: what goes out comes back, and what cannot is refused with the field's name."""

import json
import math
import pickle
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym import errors
from prorl_gym.errors import ProrlError, TaskError
from prorl_gym.types import Completion, Group, Outcome, Rollout, Task, Turn, Verdict, canonical_json, content_hash

TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | FLOATS | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)
MESSAGES = st.lists(st.fixed_dictionaries({"role": TEXT, "content": TEXT}), max_size=3).map(tuple)
TASKS = st.builds(
    Task, env_id=TEXT.filter(bool), prompt=MESSAGES, answer=JSON, metadata=st.dictionaries(TEXT, JSON, max_size=4), split=TEXT, task_id=TEXT
)
SCORES = st.floats(0, 1)
VERDICTS = (
    st.builds(Verdict.graded, SCORES, extracted=st.none() | TEXT, reason=TEXT, parts=st.dictionaries(TEXT, SCORES, max_size=3))
    | st.builds(Verdict.no_answer, TEXT)
    | st.builds(Verdict.ungradable, TEXT, extracted=st.none() | TEXT)
)
USER = {"role": "user", "content": "What is 1+1?"}


def through_json(value):
    return json.loads(json.dumps(value))


@given(TASKS)
def test_a_task_survives_json(task):
    assert Task.from_json(through_json(task.to_json())) == task


@given(VERDICTS)
def test_a_verdict_survives_json(verdict):
    again = Verdict.from_json(through_json(verdict.to_json()))
    assert again.to_json() == verdict.to_json()
    assert math.isnan(again.score) == (verdict.outcome is Outcome.UNGRADABLE)


@given(JSON)
def test_a_content_hash_does_not_depend_on_the_order_of_keys(value):
    def turned(x):
        if isinstance(x, dict):
            return {k: turned(v) for k, v in reversed(x.items())}
        return [turned(v) for v in x] if isinstance(x, list) else x

    assert content_hash(value) == content_hash(turned(value))
    assert len(content_hash(value, size=5)) == 10


def test_content_hashes_are_the_same_on_every_machine():
    assert content_hash("a", 1, [None, True, 0.5], {"é": "√"}) == "732a9ea6c011b70b"
    assert Task(env_id="t/t-v0", prompt=(USER,), answer="2", metadata={"difficulty": 0}).task_id == "7182dc083be6b038"


def test_a_task_id_changes_with_what_the_task_says_and_not_with_its_split():
    base = {"env_id": "t/t-v0", "prompt": (USER,), "answer": "2", "metadata": {"a": 1}}
    one = Task(**base)
    assert one.task_id == Task(**base, split="test").task_id
    for change in ({"env_id": "t/u-v0"}, {"prompt": ()}, {"answer": "3"}, {"metadata": {}}):
        assert Task(**{**base, **change}).task_id != one.task_id


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1, {"x": 10**30}, "\ud800", object(), {1, 2}, b"bytes"])
def test_what_json_cannot_hold_is_a_task_error(value):
    with pytest.raises(TaskError, match="JSON values only, integers of at most 64 bits"):
        Task(env_id="t/t-v0", prompt=(), answer=value)
    with pytest.raises(TaskError):
        canonical_json({"a": value})


def test_nesting_without_end_is_a_task_error():
    endless = []
    endless.append(endless)
    with pytest.raises(TaskError, match="nested too deeply"):
        Task(env_id="t/t-v0", prompt=(), metadata={"x": endless})


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({}, "needs 'env_id'"),
        ({"env_id": ""}, "needs 'env_id'"),
        ({"env_id": 7}, "got 7"),
        ({"env_id": "t/t-v0", "prompts": []}, "no field 'prompts'"),
        ({"env_id": "t/t-v0", "prompt": 5}, "'prompt' is a list of messages or a text; got int"),
        ({"env_id": "t/t-v0", "prompt": {"role": "user"}}, "'prompt' is a list"),
        ({"env_id": "t/t-v0", "prompt": ["hello"]}, "'role' and 'content'; got 'hello'"),
        ({"env_id": "t/t-v0", "prompt": [{"role": "user", "content": 3}]}, "'role' and 'content'"),
        ({"env_id": "t/t-v0", "metadata": []}, "'metadata' is an object; got list"),
        ({"env_id": "t/t-v0", "metadata": None}, "'metadata' is an object; got NoneType"),
        ({"env_id": "t/t-v0", "split": 1}, "'split' is a text; got 1"),
        ({"env_id": "t/t-v0", "task_id": None}, "'task_id' is a text; got None"),
    ],
)
def test_a_bad_task_record_is_refused_with_the_field_named(data, message):
    with pytest.raises(TaskError, match=message):
        Task.from_json(data)


def test_a_task_may_be_given_with_as_little_as_its_env():
    task = Task.from_json({"env_id": "t/t-v0", "prompt": "Why?"})
    assert task.prompt == ({"role": "user", "content": "Why?"},)
    assert (task.answer, task.metadata, task.split) == (None, {}, "train")
    assert task.task_id == Task(env_id="t/t-v0", prompt=task.prompt).task_id


def test_the_text_of_a_task_is_its_messages_joined():
    assert Task(env_id="t/t-v0", prompt=({"role": "system", "content": "Be brief."}, USER)).text == "Be brief.\n\nWhat is 1+1?"


@pytest.mark.parametrize("score", [-0.001, 1.001, math.nan, math.inf])
def test_a_graded_score_lies_between_zero_and_one(score):
    with pytest.raises(ValueError, match="lies in"):
        Verdict.graded(score)


def test_only_an_ungradable_verdict_has_no_score():
    assert Verdict.graded(True).score == 1.0
    assert Verdict.no_answer().score == 0.0
    assert math.isnan(Verdict.ungradable("crash").score)
    assert Verdict.ungradable("crash").to_json()["score"] is None


def _rollout(*verdicts, tokens=(3, 4), reward=1.0):
    turns = tuple(
        Turn(observation="o", completion=Completion(text="c", num_tokens=n, token_ids=(1,), logprobs=(-0.5,)), verdict=v, reward=v.score)
        for v, n in zip(verdicts, tokens, strict=True)
    )
    return Rollout(task=Task(env_id="t/t-v0", prompt=(USER,)), turns=turns, messages=(USER,), reward=reward)


def test_a_rollout_sums_its_tokens_and_shows_its_last_turn():
    rollout = _rollout(Verdict.graded(0.0), Verdict.graded(1.0))
    assert rollout.verdict.score == 1.0
    assert rollout.num_tokens == 7
    assert _rollout(Verdict.graded(0.0), Verdict.graded(1.0), tokens=(3, None)).num_tokens is None
    assert Group(task=rollout.task, rollouts=(rollout, rollout)).rewards == (1.0, 1.0)


def test_a_rollout_is_plain_data_with_and_without_tokens():
    rollout = _rollout(Verdict.ungradable("crash"), tokens=(2,), reward=math.nan)
    plain = rollout.to_json()
    assert json.loads(json.dumps(plain, allow_nan=False)) == plain | {"turns": through_json(plain["turns"])}
    assert plain["reward"] is None
    assert plain["turns"][0]["reward"] is None
    assert "token_ids" not in plain["turns"][0]
    assert through_json(rollout.to_json(tokens=True))["turns"][0]["token_ids"] == [1]


def test_an_error_of_the_policy_is_in_the_record():
    done = Completion(text="", finish_reason="error", error="down")
    turn = Turn(observation="", completion=done, verdict=Verdict.ungradable("policy: down"), reward=math.nan)
    rollout = Rollout(task=Task(env_id="t/t-v0", prompt=()), turns=(turn,), messages=(), reward=math.nan)
    assert rollout.to_json()["turns"][0]["error"] == "down"
    assert not done.truncated
    assert Completion(text="", finish_reason="length").truncated


ERRORS = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, ProrlError) and e is not ProrlError]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: e.__name__)
def test_each_error_pickles_and_is_a_standard_one_too(error):
    again = pickle.loads(pickle.dumps(error("what was given")))
    assert type(again) is error
    assert str(again) == "what was given"
    assert [b for b in error.__bases__ if b.__module__ == "builtins"]
    assert f"{error.__name__}({error.__bases__[1].__name__})" in errors.__doc__


def test_the_closest_names_ignore_letter_case_and_come_best_first():
    assert errors.closest("GCD", ["lcm", "gcd", "gcd2"]) == ["gcd", "gcd2"]
    assert errors.closest("zzz", ["lcm"]) == []


def test_an_unknown_name_lists_all_where_they_are_few_and_none_is_close():
    assert str(errors.unknown("sink", "zzz", ["b", "a"])) == "no sink is named 'zzz' (known: a, b)"
    assert str(errors.unknown("sink", "wandv", ["wandb", "csv"], then="(see docs)")) == "no sink is named 'wandv'; did you mean 'wandb'? (see docs)"


def test_the_hash_seed_changes_no_task_id():
    code = "from prorl_gym.types import content_hash; print(content_hash({'b': 1, 'a': [2]}))"
    found = {
        subprocess.run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True).stdout for seed in "01"
    }
    assert len(found) == 1
