"""Data set environments: rows from files and folders, columns, what is left out and counted, splits, epochs, stored tasks."""

import json
import pickle
from pathlib import Path

import pyarrow
import pyarrow.parquet
import pytest

from prorl_gym.dataset import DatasetEnv, RowError, Schema
from prorl_gym.errors import ConfigError, SplitError
from prorl_gym.rows import open_rows
from prorl_gym.types import Draft
from prorl_gym.verifier import Answer


class Sums(DatasetEnv):
    """Sums from a file."""

    schema = Schema(hub="nobody/sums", columns={"question": ("problem", "question"), "answer": ("answer",), "hint?": ("hint",)})
    verifier = Answer(lambda task, answer: answer == task.answer)
    instructions = "Answer in <answer> tags."

    def read(self, row):
        if row["answer"] in (None, ""):
            raise RowError("no gold")
        return Draft(question=row["question"], answer=str(row["answer"]), metadata={"hint": row["hint"]})


def rows(count):
    return [{"problem": f"What is {i} + {i}?", "answer": str(2 * i), "hint": None if i % 2 else "double it"} for i in range(count)]


def write_jsonl(path: Path, items):
    path.write_text("".join(json.dumps(item) + "\n" for item in items), encoding="utf-8")
    return str(path)


def write_parquet(path: Path, items, **options):
    pyarrow.parquet.write_table(pyarrow.Table.from_pylist(items), path, **options)
    return str(path)


def env(path, **settings):
    return Sums(env_id="my/sums-v0", path=path, **settings)


@pytest.fixture
def file(tmp_path):
    return write_jsonl(tmp_path / "sums.jsonl", rows(200))


def texts(made, split, count=None):
    return [made.task_at(i, split=split).text for i in range(count or made.report().splits[split])]


def test_every_row_is_visited_once_an_epoch_and_each_epoch_has_its_own_order(file):
    made = env(file)
    count = made.report().splits["train"]
    first, second = texts(made, "train"), [made.task_at(count + i).text for i in range(count)]
    assert len(set(first)) == count
    assert set(first) == set(second)
    assert first != second
    assert first != sorted(first)


def test_the_splits_share_nothing_and_hold_all_rows_in_about_the_stated_shares(file):
    made = env(file)
    parts = {split: set(texts(made, split)) for split in ("train", "validation", "test")}
    assert sum(map(len, parts.values())) == len(set().union(*parts.values())) == 200
    assert 120 <= len(parts["train"]) <= 160


def test_what_is_left_out_is_counted_under_its_reason(tmp_path):
    bad = [
        {"problem": "No gold?", "answer": ""},
        {"problem": "What is  3 + 3? ", "answer": "6"},
        {"problem": "x" * 500, "answer": "1"},
        {"answer": "4"},
    ]
    path = write_jsonl(tmp_path / "sums.jsonl", [*rows(20), *bad])
    with Path(path).open("a", encoding="utf-8") as out:
        out.write("{not json\n[1, 2]\n\n")
    report = env(path, max_prompt_chars=100).report()
    assert report.rows == 26
    assert report.kept == 20
    assert report.left_out == {"no gold": 1, "duplicate": 1, "prompt too long": 1, "no question": 1, "not JSON": 1, "not an object": 1}
    assert "1 duplicate" in str(report)


@pytest.mark.parametrize("kind", ["jsonl", "json", "parquet", "csv", "folder", "parquet folder"])
def test_the_same_rows_give_the_same_tasks_from_every_kind_of_source(tmp_path, kind, file):
    items = rows(200)
    target = tmp_path / "other"
    target.mkdir()
    if kind == "jsonl":
        path = write_jsonl(target / "a.jsonl", items)
    elif kind == "json":
        path = str(target / "a.json")
        Path(path).write_text(json.dumps(items), encoding="utf-8")
    elif kind == "parquet":
        path = write_parquet(target / "a.parquet", items, row_group_size=17)
    elif kind == "csv":
        path = str(target / "a.csv")
        Path(path).write_text("problem,answer,hint\n" + "".join(f"{r['problem']},{r['answer']},{r['hint'] or ''}\n" for r in items), encoding="utf-8")
    elif kind == "folder":
        write_jsonl(target / "train-0.jsonl", items[:90])
        write_jsonl(target / "train-1.jsonl", items[90:])
        write_jsonl(target / "test-0.jsonl", [{"problem": "not this one", "answer": "0"}])
        path = str(target)
    else:
        (target / "data").mkdir()
        write_parquet(target / "data" / "train-00000-of-00002.parquet", items[:3])
        write_parquet(target / "data" / "train-00001-of-00002.parquet", items[3:], row_group_size=50)
        path = str(target)
    assert texts(env(path), "test") == texts(env(file), "test")
    golds = {task.text: task.answer for task in (env(path).task_at(i) for i in range(50))}
    assert all(answer == str(2 * int(text.split()[2])) for text, answer in golds.items())


def test_a_set_from_the_datasets_library_gives_the_same_tasks(tmp_path, file):
    pytest.importorskip("datasets")
    from prorl_gym.rows import HeldRows, _hub_rows  # the hub's own reader on a local folder of a published layout

    folder = tmp_path / "published"
    folder.mkdir()
    write_parquet(folder / "train.parquet", rows(30))
    held = _hub_rows(str(folder), split="train", config=None, revision=None, streaming=False, limit=None)
    streamed = _hub_rows(str(folder), split="train", config=None, revision=None, streaming=True, limit=7)
    assert isinstance(held, HeldRows)
    assert [row for _, row in held.scan()] == rows(30)
    assert [row for _, row in streamed.scan()] == rows(7)
    assert held.at(11) == rows(30)[11]


def test_columns_of_other_names_are_mapped_and_reached_into(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"chat": [{"content": f"{i}+1"}], "gold": {"value": i + 1}} for i in range(40)])
    made = env(path, columns={"question": "chat.0.content", "answer": "gold.value"})
    task = made.task_at(0)
    assert task.text.startswith(f"{int(task.answer) - 1}+1")


def test_a_missing_column_is_named_with_what_is_there(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", [{"prompt": "x", "answer": "1"}])
    with pytest.raises(ConfigError, match=r"no column for 'question' \(looked for problem, question\); its columns are prompt, answer"):
        env(path).task_at(0)


def test_an_unknown_field_in_columns_is_refused_with_the_closest(file):
    with pytest.raises(ConfigError, match=r"no field 'anser' \(did you mean 'answer'\?\)"):
        env(file, columns={"anser": "x"})


def test_only_the_first_rows_are_read_under_a_limit(file):
    assert env(file, limit=30).report().rows == 30


def test_a_benchmark_keeps_all_rows_in_one_split_and_says_so(file):
    made = env(file, rows_to="test")
    assert made.report().splits == {"train": 0, "validation": 0, "test": 200}
    with pytest.raises(SplitError, match="All of its rows are in the split 'test'; rows_to = 'hash' deals them out"):
        made.task_at(0)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/no/such/file.jsonl", "no file or folder"),
        ("missing.parquet", "no file or folder"),
        ("a/b/c", "no file or folder"),
    ],
)
def test_a_path_that_is_not_there_is_named(path, message):
    with pytest.raises(ConfigError, match=message):
        env(path).task_at(0)


def test_a_file_of_another_kind_is_named(tmp_path):
    (tmp_path / "a.zip").write_bytes(b"PK")
    with pytest.raises(ConfigError, match=r"a\.zip is no \.parquet"):
        env(str(tmp_path / "a.zip")).task_at(0)
    (tmp_path / "broken.parquet").write_bytes(b"not parquet")
    with pytest.raises(ConfigError, match="cannot be read as Parquet"):
        env(str(tmp_path / "broken.parquet")).task_at(0)


def test_a_changed_file_is_read_again(tmp_path):
    path = write_jsonl(tmp_path / "a.jsonl", rows(20))
    assert env(path).report().rows == 20
    write_jsonl(tmp_path / "a.jsonl", rows(25))
    assert env(path).report().rows == 25


def test_the_env_pickles_and_grades_stored_tasks_without_the_file(file):
    made = env(file)
    task = made.task_at(3)
    copy = pickle.loads(pickle.dumps(made))
    assert copy.task_at(3) == task
    gone = env("/no/such/file.jsonl")
    gone.begin(task)
    assert gone.verifier(task, f"<answer>{task.answer}</answer>").score == 1.0


def test_streaming_from_the_hub_needs_a_limit():
    pytest.importorskip("datasets")
    with pytest.raises(ConfigError, match="limit = 10000"):
        open_rows("owner/name", split="train", streaming=True)


def test_scanning_a_large_file_holds_no_row(tmp_path):
    import tracemalloc

    path = tmp_path / "large.jsonl"
    with path.open("w", encoding="utf-8") as out:
        for i in range(3000):
            out.write(json.dumps({"problem": f"{i} " + "x" * 10_000, "answer": "1"}) + "\n")
    made = env(str(path))
    made.schema.hub  # noqa: B018 -- the class is loaded before memory is traced
    tracemalloc.start()
    made.report()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3_000_000  # the file has 30 MB


def test_columns_that_are_no_mapping_are_refused_with_an_example(file):
    with pytest.raises(ConfigError, match=r'columns maps fields to columns, as in \{"question": "Problem"\}'):
        env(file, columns="question=Problem")
