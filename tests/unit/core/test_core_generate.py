"""Datasets: what the rows hold, and that an interrupted job ends with the same bytes as one that was never interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from prorl_gym.config import load, to_toml
from prorl_gym.errors import ConfigError, RunError
from prorl_gym.generate import GenerateConfig, generate
from prorl_gym.parquet import to_parquet
from prorl_gym.registry import EnvSpec, make, registry
from prorl_gym.rollout import _env
from prorl_gym.runs import read_json, read_jsonl
from prorl_gym.types import Task

ARITHMETIC = {"env": "math/arithmetic-v0", "weight": 2.0, "style": "terse"}
ALGEBRA = {"env": "math/algebra-v0", "difficulty": 0, "style": "terse"}


def config_of(out, **more):
    return load(GenerateConfig, data={"mix": [ARITHMETIC, ALGEBRA], "num_tasks": 9, "workers": 1, "out": str(out), "parquet": False, **more})


def rows_of(config, **more):
    generate(config, **more)
    return list(read_jsonl(config.out / "data.jsonl"))


def cut(config, lines, *, torn=b""):
    path = config.out / "data.jsonl"
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:lines]) + torn)


def test_tasks_alone_are_rows_that_are_tasks(tmp_path):
    rows = rows_of(config_of(tmp_path, split="validation"))
    assert [r.pop("place") for r in rows] == list(range(9))
    tasks = [Task.from_json(row) for row in rows]
    assert Counter(t.env_id for t in tasks) == {"math/arithmetic-v0": 6, "math/algebra-v0": 3}
    assert len({t.task_id for t in tasks}) == 9
    assert {t.split for t in tasks} == {"validation"}
    for env_id in ("math/arithmetic-v0", "math/algebra-v0"):
        walked = [t for t in tasks if t.env_id == env_id]
        env = make(env_id, split="validation", style="terse", difficulty=0 if "algebra" in env_id else None)
        assert walked == [env.task_at(i) for i in range(len(walked))]


def test_each_row_of_graded_completions_can_be_graded_again(tmp_path):
    rows = rows_of(config_of(tmp_path, policy="noisy", samples=3))
    assert len(rows) == 27
    assert [r["sample"] for r in rows] == [0, 1, 2] * 9
    assert {r["score"] for r in rows} == {0.0, 1.0}
    for row in rows:
        task = Task.from_json({k: row[k] for k in ("env_id", "task_id", "prompt", "answer", "metadata", "split")})
        assert make(task.env_id).verifier(task, row["completion"]).score == row["score"]
        assert row["messages"][-1] == {"role": "assistant", "content": row["completion"]}
        assert (row["policy"], row["num_turns"], row["outcome"]) == ("noisy", 1, "graded")


def test_the_parquet_copy_holds_the_same(tmp_path):
    config = config_of(tmp_path, policy="noisy", samples=2, parquet=True)
    rows = rows_of(config)
    table = pq.read_table(config.out / "data.parquet").to_pylist()
    assert len(table) == len(rows) == 18
    for read, row in zip(table, rows, strict=True):
        for name in ("answer", "metadata", "parts"):
            assert json.loads(read.pop(name)) == row.pop(name)
        assert read == row


def test_the_parquet_copy_of_tasks_has_no_columns_of_completions(tmp_path):
    config = config_of(tmp_path, parquet=True)
    rows_of(config)
    assert set(pq.read_schema(config.out / "data.parquet").names) == {"env_id", "task_id", "prompt", "answer", "metadata", "split", "place"}


@pytest.mark.parametrize(("keep", "kept"), [([0.5, 1.0], {1.0}), ([0.0, 0.5], {0.0}), ([0.0, 1.0], {0.0, 1.0}), ([0.2, 0.8], set())])
def test_the_keep_band_leaves_a_place_where_a_row_is_left_out(tmp_path, keep, kept):
    config = config_of(tmp_path, policy="noisy", samples=2, keep=keep, parquet=True)
    rows = rows_of(config)
    assert [r["place"] for r in rows] == list(range(18))
    assert {r["score"] for r in rows if "skipped" not in r} == kept
    assert all(r == {"skipped": r["place"], "place": r["place"]} for r in rows if "score" not in r)
    assert ("parquet" in read_json(config.out / "summary.json")) == (config.out / "data.parquet").exists() == bool(kept)
    if kept:
        assert {r["score"] for r in pq.read_table(config.out / "data.parquet").to_pylist()} == kept


@pytest.mark.parametrize("keep", [None, [0.0, 1.0]])
def test_an_ungradable_completion_is_kept_without_a_score_and_left_out_by_a_band(tmp_path, monkeypatch, keep):
    """The gold policy on an environment that knows no gold."""
    spec = EnvSpec(id="made/no-gold-v0", entry_point=f"{Path(__file__).parents[2] / 'fixtures' / 'gym_envs.py'}:NoGold")
    monkeypatch.setitem(registry().envs, spec.id, spec)
    _env.cache_clear()
    [row] = rows_of(config_of(tmp_path, mix=[{"env": spec.id}], policy="gold", num_tasks=1, keep=keep))
    if keep:
        assert row == {"skipped": 0, "place": 0}
    else:
        assert (row["score"], row["outcome"], row["finish_reason"]) == (None, "ungradable", "error")
        assert row["reason"] == "policy: no gold answer is known for made/no-gold-v0"


@pytest.mark.parametrize("keep", [[1.0, 0.0], [0.5], [0.1, 0.2, 0.3]])
def test_a_band_that_is_none_is_refused(tmp_path, keep):
    with pytest.raises(ConfigError, match=r"keep takes \[low, high\]"):
        generate(config_of(tmp_path, policy="gold", keep=keep))


def test_the_summary_and_the_progress_tell_what_was_made(tmp_path):
    seen = []
    config = config_of(tmp_path, policy="noisy", samples=2)
    summary = generate(config, on_progress=seen.append)
    assert (summary["rows"], summary["resumed_at"], summary["written_now"]) == (18, 0, 18)
    assert summary["outcomes_now"] == {"graded": 18}
    assert (seen[-1].done, seen[-1].total, seen[-1].mean_score) == (18, 18, summary["mean_score_now"])
    assert read_json(tmp_path / "summary.json") == summary
    cut(config, 15)
    again = generate(config, on_progress=seen.append)
    assert (again["rows"], again["resumed_at"], again["written_now"]) == (18, 15, 3)
    assert generate(config, on_progress=seen.append)["written_now"] == 0


@pytest.mark.parametrize("more", [{}, {"policy": "noisy", "samples": 3}, {"policy": "noisy", "samples": 3, "keep": [0.5, 1.0]}])
@pytest.mark.parametrize(("lines", "torn"), [(0, b"{"), (4, b'{"env_id": "ma'), (8, b"")])
def test_a_job_cut_anywhere_also_within_a_group_goes_on_to_the_same_bytes(tmp_path, more, lines, torn):
    whole, resumed = config_of(tmp_path / "a", **more), config_of(tmp_path / "b", **more)
    generate(whole)
    generate(resumed)
    cut(resumed, lines, torn=torn)
    generate(resumed)
    assert (resumed.out / "data.jsonl").read_bytes() == (whole.out / "data.jsonl").read_bytes()


def test_a_job_cut_behind_the_first_block_goes_on_to_the_same_bytes(tmp_path):
    whole, resumed = (config_of(tmp_path / name, num_tasks=150, mix=[{**ARITHMETIC, "weight": [[0, 1.0], [128, 0.0]]}, ALGEBRA]) for name in "ab")
    generate(whole)
    generate(resumed)
    for lines in (64, 130):
        cut(resumed, lines)
        generate(resumed)
        assert (resumed.out / "data.jsonl").read_bytes() == (whole.out / "data.jsonl").read_bytes()


KILLED = """
import sys
from pathlib import Path
from prorl_gym.config import load
from prorl_gym.generate import GenerateConfig, generate
generate(load(GenerateConfig, path=Path(sys.argv[1])))
"""


def test_a_job_killed_twice_goes_on_to_the_same_bytes(tmp_path):
    more = {"num_tasks": 1500, "policy": "noisy", "samples": 2, "keep": [0.5, 1.0], "parquet": True}
    whole, killed = config_of(tmp_path / "whole", **more), config_of(tmp_path / "killed", **more)
    generate(whole)
    file = tmp_path / "job.toml"
    file.write_text(to_toml(killed))
    data = killed.out / "data.jsonl"
    size = 0
    for _ in range(2):
        job = subprocess.Popen([sys.executable, "-c", KILLED, str(file)], start_new_session=True)
        for _ in range(20_000):
            if job.poll() is not None or (data.exists() and data.stat().st_size >= size + 50_000):
                break
            time.sleep(0.005)
        assert job.poll() is None, "the job ended before it could be killed"
        os.killpg(job.pid, signal.SIGKILL)
        job.wait()
        size = data.stat().st_size
    assert 50_000 < size < (whole.out / "data.jsonl").stat().st_size
    assert generate(killed)["resumed_at"] > 0
    assert data.read_bytes() == (whole.out / "data.jsonl").read_bytes()
    assert pq.read_table(killed.out / "data.parquet") == pq.read_table(whole.out / "data.parquet")


def test_a_folder_of_another_configuration_is_refused_and_left_as_it_is(tmp_path):
    config = config_of(tmp_path)
    generate(config)
    before = (tmp_path / "data.jsonl").read_bytes()
    for change in ({"num_tasks": 10}, {"split": "test"}, {"policy": "gold"}, {"mix": [ALGEBRA]}):
        with pytest.raises(RunError, match="holds a dataset of another configuration"):
            generate(config_of(tmp_path, **change))
    assert (tmp_path / "data.jsonl").read_bytes() == before
    assert generate(config_of(tmp_path, workers=2))["written_now"] == 0


def test_a_folder_with_rows_of_unknown_origin_is_refused(tmp_path):
    (tmp_path / "data.jsonl").write_text("{}\n")
    with pytest.raises(RunError, match=r"holds data.jsonl but no generate.toml"):
        generate(config_of(tmp_path))


def test_a_folder_is_not_taken_by_a_job_that_could_not_start(tmp_path):
    with pytest.raises(ConfigError, match="did you mean"):
        generate(config_of(tmp_path, mix=[{"env": "math/arithmetics-v0"}]))
    for options in ({"policy": "gald"}, {"policy": "gold", "policy_options": {"name": "x"}}):
        with pytest.raises(ConfigError, match=r"g[ao]ld"):
            generate(config_of(tmp_path, **options))
    assert generate(config_of(tmp_path))["written_now"] == 9


def test_a_parquet_copy_replaces_the_old_one_whole(tmp_path):
    config = config_of(tmp_path, parquet=True)
    rows_of(config)
    with (tmp_path / "data.jsonl").open("ab") as file:
        file.write(b'{"torn')
    assert to_parquet(tmp_path / "data.jsonl") == tmp_path / "data.parquet"
    assert pq.read_table(tmp_path / "data.parquet").num_rows == 9
    assert {p.name for p in tmp_path.iterdir()} == {"data.jsonl", "data.parquet", "generate.toml", "summary.json"}
    assert Path(read_json(tmp_path / "summary.json")["parquet"]).is_file()
