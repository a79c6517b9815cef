"""The published data sets: columns, reasons for leaving rows out, golds, and the rows that are shipped."""

import json

import pytest

from prorl_env_instruct.constraint import read
from prorl_gym.dataset import RowError
from prorl_gym.errors import ConfigError
from prorl_gym.registry import make
from prorl_gym.types import Outcome

EVAL = {
    "key": 7,
    "prompt": "Name a fruit. Do not use commas.",
    "instruction_id_list": ["punctuation:no_comma", "keywords:frequency"],
    "kwargs": [{"keyword": None, "relation": None}, {"keyword": "pear", "frequency": 2, "relation": "at least", "num_words": None}],
}
ARGS = {"instruction_id_list": ["punctuation:no_comma"], "instruction_kwargs": [None]}
CHAT = {"input": [{"role": "user", "content": "Name a fruit. Do not use commas."}], "output": "", "args": ARGS}


def rows(path, *given):
    file = path / "rows.jsonl"
    file.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(("id", "splits"), [("instruct/ifeval-v0", ["test"]), ("instruct/llama_nemotron-v0", ["train", "validation", "test"])])
def test_the_shipped_rows_are_all_used_and_each_has_a_gold_and_a_near_miss(id, splits):
    env = make(id, path="example", split=splits[0])
    report = env.report()
    assert (report.rows, report.kept, dict(report.left_out)) == (40, 40, {})
    for split in splits:
        for index in range(report.splits[split]):
            task = env.task_at(index, split=split)
            gold = env.verifier.gold(task)
            assert gold is not None
            assert env.verifier(task, gold).score == 1.0
            misses = env.verifier.near_misses(task)
            assert misses
            assert max(env.verifier(task, miss).score for miss in misses) < 1.0


def test_an_ifeval_row_is_asked_as_it_stands_and_unused_parameters_are_dropped(tmp_path):
    env = make("instruct/ifeval-v0", path=rows(tmp_path, EVAL))
    task = env.task_at(0, split="test")
    assert task.text == EVAL["prompt"]
    assert task.answer["kwargs"] == [{}, {"keyword": "pear", "frequency": 2, "relation": "at least"}]
    assert [env.verifier(task, text).score for text in ("pear pear", "a pear", "pear, pear", "plum, plum")] == [1.0, 0.5, 0.5, 0.0]


@pytest.mark.parametrize(
    "row",
    [
        CHAT,
        {**CHAT, "input": CHAT["input"][0]["content"]},
        {**CHAT, "args": json.dumps(ARGS)},
        {**CHAT, "input": json.dumps(CHAT["input"])},
        {**CHAT, "input": [*CHAT["input"], {"role": "assistant", "content": "A pear"}]},
        {"messages": CHAT["input"], "args": {"instruction_id_list": ["punctuation:no_comma"], "kwargs": ["{}"]}},
    ],
)
def test_a_conversation_may_be_a_list_a_text_or_json(tmp_path, row):
    env = make("instruct/llama_nemotron-v0", path=rows(tmp_path, row), rows_to="train")
    task = env.task_at(0)
    assert task.prompt == ({"role": "user", "content": "Name a fruit. Do not use commas."},)
    assert task.answer == {"instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]}


def test_a_conversation_of_several_messages_is_kept(tmp_path):
    messages = [{"role": "system", "content": "Be brief."}, *CHAT["input"]]
    env = make("instruct/llama_nemotron-v0", path=rows(tmp_path, {**CHAT, "input": messages}), rows_to="train")
    assert list(env.task_at(0).prompt) == messages


def test_rows_that_cannot_be_checked_are_counted_under_a_reason_that_names_the_id(tmp_path):
    def row(n, ids, kwargs):
        return {**EVAL, "prompt": f"Prompt {n}", "instruction_id_list": ids, "kwargs": kwargs}

    path = rows(
        tmp_path,
        EVAL,
        EVAL,
        row(1, [], []),
        row(2, ["new:kind"], [{}]),
        row(3, ["keywords:frequency"], [{"keyword": "a", "frequency": None, "relation": "at least"}]),
        row(4, ["punctuation:no_comma"], []),
        row(5, [None], [{}]),
        {**EVAL, "prompt": 5},
        {**EVAL, "prompt": " "},
    )
    report = make("instruct/ifeval-v0", path=path).report()
    assert (report.rows, report.kept) == (9, 1)
    assert dict(report.left_out) == {
        "duplicate": 1,
        "no instructions": 1,
        "unknown instruction new:kind": 1,
        "unusable kwargs of keywords:frequency": 1,
        "kwargs do not fit the instructions": 1,
        "unknown instruction None": 1,
        "prompt is no text": 1,
        "no question": 1,
    }


@pytest.mark.parametrize(
    "broken", [{"input": []}, {"input": [{"role": "user"}]}, {"input": 7}, {"args": "none"}, {"args": {"instruction_id_list": "x"}}, {"input": ["x"]}]
)
def test_a_broken_conversation_is_left_out(tmp_path, broken):
    env = make("instruct/llama_nemotron-v0", path=rows(tmp_path, {**CHAT, **broken}))
    with pytest.raises(RowError):
        env.read({"input": CHAT["input"], "args": CHAT["args"], **broken})
    assert env.report().kept == 0


def test_a_file_of_other_columns_is_an_error_that_names_them(tmp_path):
    with pytest.raises(ConfigError, match="instruction_id_list"):
        make("instruct/ifeval-v0", path=rows(tmp_path, {"prompt": "a", "x": 1})).report()
    renamed = {"prompt": "a", "rules": ["punctuation:no_comma"], "kwargs": [{}]}
    assert make("instruct/ifeval-v0", path=rows(tmp_path, renamed), columns={"ids": "rules"}).report().kept == 1


def test_a_set_of_demands_that_no_text_was_built_for_has_no_gold_and_is_graded_all_the_same(tmp_path):
    clash = {"instruction_id_list": ["punctuation:no_comma", "keywords:existence"], "kwargs": [{}, {"keywords": ["a, b"]}]}
    task = make("instruct/ifeval-v0", path=rows(tmp_path, {**EVAL, **clash})).task_at(0, split="test")
    env = make("instruct/ifeval-v0", path="example")
    assert env.verifier.gold(task) is None
    verdict = env.verifier(task, "some text")
    assert (verdict.outcome, verdict.score) == (Outcome.GRADED, 0.5)
    assert len(read(task.answer)) == 2
