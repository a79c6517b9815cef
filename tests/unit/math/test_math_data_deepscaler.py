"""Math over data sets: the published columns, golds of other types and places, what is left out and counted, and the shipped rows."""

import json

import pytest

from prorl_env_math.verifier import MathVerifier
from prorl_gym.errors import ConfigError
from prorl_gym.registry import env_spec, make

ENV = "math/deepscaler-v0"
CHECK = MathVerifier()


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def tasks(env):
    """All tasks of all rows, in the order of their prompts."""
    return sorted((env.task_at(i, split="train") for i in range(env.report().kept)), key=lambda t: t.text)


def over(tmp_path, rows, **settings):
    return make(ENV, path=written(tmp_path / "set.jsonl", rows), rows_to="train", **settings)


def test_the_published_columns_are_read_from_jsonl_and_parquet(tmp_path):
    import pyarrow
    import pyarrow.parquet

    rows = [{"problem": f"What is ${i}/7$ of 14?", "answer": str(2 * i), "solution": f"It is {2 * i}."} for i in range(1, 30)]
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "set.parquet")
    one, two = over(tmp_path, rows), make(ENV, path=str(tmp_path / "set.parquet"), rows_to="train")
    assert tasks(one) == tasks(two)
    assert one.report().kept == 29
    task = tasks(one)[0]
    assert task.text.startswith("What is $1/7$ of 14?")
    assert "\\boxed{}" in task.text
    assert task.metadata == {"difficulty": 0}
    assert CHECK(task, "\\boxed{2}").score == 1
    assert CHECK(task, "\\boxed{3}").score == 0


def test_numbers_and_lists_of_accepted_answers_are_golds(tmp_path):
    rows = [
        {"problem": "a", "answer": 204},
        {"problem": "b", "answer": 2.5},
        {"problem": "c", "answer": ["1/3", "0.333"]},
        {"problem": "d", "answer": 12.0},
        {"problem": "e", "answer": [7]},
    ]
    found = tasks(over(tmp_path, rows))
    assert [task.answer for task in found] == ["204", "2.5", ["1/3", "0.333"], "12", "7"]
    assert [CHECK(found[2], f"\\boxed{{{text}}}").score for text in ("\\frac13", "0.333", "0.3")] == [1, 1, 0]


def test_rows_without_a_usable_gold_are_counted_by_reason(tmp_path):
    rows = [
        {"problem": "fine", "answer": "7"},
        {"problem": "empty", "answer": ""},
        {"problem": "spaces", "answer": "  "},
        {"problem": "null", "answer": None},
        {"problem": "none of many", "answer": []},
        {"problem": "one of two", "answer": ["5", None]},
        {"problem": "broken", "answer": "\\frac{1}{"},
        {"problem": "yes", "answer": True},
        {"problem": "object", "answer": {"value": 3}},
        {"problem": "over a limit", "answer": "9" * 3000},
        {"problem": None, "answer": "7"},
        {"problem": "fine", "answer": "7"},
        {"problem": "fine  ", "answer": "7"},
        {"problem": "a word is fine", "answer": "Monday"},
    ]
    report = over(tmp_path, rows).report()
    assert report.rows == 14
    assert report.kept == 2
    assert report.left_out == {"no gold": 5, "unreadable gold": 4, "no question": 1, "duplicate": 2}


def test_golds_behind_hashes_are_read_as_gsm8k_writes_them(tmp_path):
    rows = [
        {"question": "a", "answer": "She sells 16 - 3 = <<16-3=13>>13 eggs.\nSo 13 * 2 = 26.\n#### 26"},
        {"question": "b", "answer": "In all 1 200.\n#### 1,200"},
        {"question": "c", "answer": "no mark"},
    ]
    env = over(tmp_path, rows, gold="hashes")
    assert [task.answer for task in tasks(env)] == ["26", "1,200"]
    assert env.report().left_out == {"no gold": 1}
    assert CHECK(tasks(env)[1], "\\boxed{1200}").score == 1


@pytest.mark.parametrize("column", ["solution", "answer"])
def test_golds_in_a_box_are_read_as_math_writes_them(tmp_path, column):
    rows = [
        {"problem": "a", "level": "Level 2", column: "First $\\boxed{9}$, no: \\boxed{\\frac{\\sqrt{3}}{2}}."},
        {"problem": "b", "level": "Level 5", column: "Proof left to the reader."},
    ]
    env = over(tmp_path, rows, gold="box")
    assert [task.answer for task in tasks(env)] == ["\\frac{\\sqrt{3}}{2}"]
    assert env.report().left_out == {"no gold": 1}


def test_other_column_names_are_mapped_and_missing_ones_named(tmp_path):
    rows = [{"Problem": "Find the remainder.", "Answer": 73, "ID": "2024-I-4"}]
    env = over(tmp_path, rows, columns={"question": "Problem", "answer": "Answer"})
    assert [task.answer for task in tasks(env)] == ["73"]
    with pytest.raises(ConfigError, match="no column for 'question'"):
        over(tmp_path, rows).report()


def test_without_the_answer_column_every_row_is_left_out_and_says_why(tmp_path):
    assert over(tmp_path, [{"problem": "a"}]).report().left_out == {"no gold": 1}


def test_the_papers_rule_is_carried_by_the_tasks(tmp_path):
    env = over(tmp_path, [{"problem": "a", "answer": "1"}], checker="either")
    assert tasks(env)[0].metadata["checker"] == "either"


@pytest.mark.parametrize(("setting", "value"), [("gold", "boxed"), ("checker", "both")])
def test_a_setting_outside_the_list_is_refused_with_the_list(setting, value):
    with pytest.raises(ConfigError, match=f"{setting} is one of .*; got '{value}'"):
        make(ENV, path="example", **{setting: value})


def test_the_shipped_rows_are_all_used_and_their_golds_score():
    env = make(ENV, **env_spec(ENV).example, rows_to="train")
    assert env.report().kept == env.report().rows == 40
    assert env.report().left_out == {}
    for task in tasks(env):
        assert CHECK(task, CHECK.gold(task)).score == 1
        for text in CHECK.equivalents(task):
            assert CHECK(task, text).score == 1, (task, text)
        for text in CHECK.near_misses(task):
            assert CHECK(task, text).score == 0, (task, text)
