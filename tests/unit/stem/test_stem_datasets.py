import json

import pytest

from prorl_env_stem.golds import final_answer
from prorl_gym.errors import ConfigError
from prorl_gym.registry import make
from prorl_gym.testing import check_env
from prorl_gym.types import SPLITS

SCP, GPQA = "stem/scp-v0", "stem/gpqa-v0"


def written(path, rows):
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("env_id", [SCP, GPQA])
def test_the_shipped_rows_conform(env_id):
    report = check_env(env_id, tasks=4)
    assert report.ok, report


def test_all_shipped_rows_are_used_and_of_every_kind():
    scp = make(SCP, path="example")
    assert (scp.report().rows, scp.report().kept) == (40, 40)
    tasks = [scp.task_at(i, split=split) for split in SPLITS for i in range(scp.report().splits[split])]
    assert {t.metadata["kind"] for t in tasks} == {"choice", "quantity", "expression", "text"}
    assert {t.metadata["agreed"] for t in tasks} == {1, 2}
    assert all(scp.verifier(t, scp.verifier.gold(t)).score == 1.0 for t in tasks)
    gpqa = make(GPQA, path="example", split="test")
    assert gpqa.report().splits == {"train": 0, "validation": 0, "test": 40}


def test_rows_without_a_short_gold_are_counted(tmp_path):
    rows = [
        {"problem": "How large is x?", "extracted_solution": "It is clear.\nThe answer is 5 m."},
        {
            "problem": "Prove it.",
            "extracted_solution": "We prove the claim by induction over n.\nThe step follows from the definition of the sum and we are done.",
        },
        {"problem": "No gold?", "extracted_solution": ""},
        {"problem": "None?", "extracted_solution": None},
        {"problem": "Describe.", "extracted_solution": "The final answer is: the membrane lets small molecules through but no large ones"},
        {"problem": "How large is x?", "extracted_solution": "The answer is 5 m."},
        {"problem": " ", "extracted_solution": "5 m"},
    ]
    report = make(SCP, path=written(tmp_path / "scp.jsonl", rows)).report()
    assert report.kept == 1
    assert report.left_out == {
        "no short answer in the solution": 1,
        "no gold": 2,
        "a gold that cannot be verified": 1,
        "duplicate": 1,
        "no question": 1,
    }


@pytest.mark.parametrize(
    ("solution", "gold"),
    [
        ("12 N", "12 N"),
        ("E = mc^2", "E = mc^2"),
        ("Long words come first here, and then \\boxed{5 J} at last.", "5 J"),
        ("We add both parts. The answer is 3.2 m/s.", "3.2 m/s"),
        ("First a = F/m.\nThen v = a t = 3.0 \\times 4.0 = 12$ m/s.", "12 m/s"),
        ("By the law p = nRT/V = 2 \\times 8.3 = 16.6 Pa.", "16.6 Pa"),
        ("The proof is by induction and holds for every n.\nThe claim follows at once from the second lemma above.", None),
    ],
)
def test_a_solution_is_reduced_to_what_it_states(solution, gold):
    assert final_answer(solution) == gold


def gpqa_row(**changed):
    row = {"Question": "Which?", "Correct Answer": "one", "Incorrect Answer 1": "two", "Incorrect Answer 2": "three", "Incorrect Answer 3": "four"}
    return row | changed


def test_options_keep_their_places_whatever_the_order_of_the_columns(tmp_path):
    rows = [gpqa_row(Question=f"Which one is it, number {i}?") for i in range(40)]
    swapped = [row | {"Incorrect Answer 1": "four", "Incorrect Answer 3": "two"} for row in rows]
    one = make(GPQA, path=written(tmp_path / "a.jsonl", rows), split="test")
    two = make(GPQA, path=written(tmp_path / "b.jsonl", swapped), split="test")
    tasks = [one.task_at(i) for i in range(40)]
    assert {t.answer for t in tasks} == set("ABCD")
    assert {t.task_id for t in tasks} == {two.task_at(i).task_id for i in range(40)}
    for task in tasks:
        assert task.metadata["options"][task.answer] == "one"
        assert f"{task.answer}) one" in task.text


def test_broken_rows_and_columns_are_named(tmp_path):
    rows = [gpqa_row(), gpqa_row(**{"Incorrect Answer 2": ""}), gpqa_row(**{"Incorrect Answer 2": "one"}), gpqa_row(**{"Correct Answer": None})]
    report = make(GPQA, path=written(tmp_path / "c.jsonl", rows)).report()
    assert report.left_out == {"an option is missing": 1, "two options are equal": 1, "no gold": 1}
    with pytest.raises(ConfigError, match="no column for 'right'"):
        make(GPQA, path=written(tmp_path / "d.jsonl", [{"Question": "?"}])).report()
    other = [{"Question": "Which?", "r": "one", "correct": "one", "incorrect_answers": ["two", "three", "four"]}]
    assert make(GPQA, path=written(tmp_path / "e.jsonl", other), columns={"right": "correct"}).report().kept == 1
