"""Run folders: whole lines, torn lines, rewinding, and files that are written or not."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym.config import load
from prorl_gym.errors import ConfigError, RunError
from prorl_gym.mix import MixEntry
from prorl_gym.runs import JsonlWriter, Run, list_runs, read_json, read_jsonl, write_atomically, write_json


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("runs")


@given(st.lists(st.text(st.characters(codec="utf-8"), max_size=30), max_size=6), st.data())
def test_a_file_cut_anywhere_keeps_its_whole_lines_and_goes_on(folder, texts, data):
    path = folder / "cut.jsonl"
    path.unlink(missing_ok=True)
    with JsonlWriter(path) as writer:
        for text in texts:
            writer.write({"text": text})
    whole = path.read_bytes()
    size = data.draw(st.integers(0, len(whole)))
    os.truncate(path, size)
    kept = [{"text": t} for t in texts[: whole[:size].count(b"\n")]]
    assert list(read_jsonl(path)) == kept
    with JsonlWriter(path) as writer:
        writer.write({"more": 1})
    assert list(read_jsonl(path)) == [*kept, {"more": 1}]


@pytest.mark.parametrize("size", [1, 65_535, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("before", [b"", b'{"a":1}\n'])
def test_a_torn_line_of_any_length_is_cut_off(tmp_path, size, before):
    path = tmp_path / "f.jsonl"
    path.write_bytes(before + b"x" * size)
    with JsonlWriter(path):
        assert path.read_bytes() == before


def test_a_line_in_the_middle_that_is_not_json_is_named(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(b'{"a":1}\n\nnot json\n{"a":2}\n')
    rows = read_jsonl(path)
    assert next(rows) == {"a": 1}
    with pytest.raises(RunError, match=r"f.jsonl, line 3 is not JSON"):
        next(rows)


def test_two_writers_append_whole_lines_to_one_file(tmp_path):
    path = tmp_path / "f.jsonl"
    with JsonlWriter(path) as one, JsonlWriter(path) as two:
        for i in range(20):
            (one, two)[i % 2].write({"i": i, "pad": "x" * 5000})
    assert [r["i"] for r in read_jsonl(path)] == list(range(20))


def test_a_writer_may_be_closed_twice_and_writes_no_more(tmp_path):
    writer = JsonlWriter(tmp_path / "sub" / "f.jsonl")
    writer.close()
    writer.close()
    with pytest.raises(RunError, match=r"cannot write .*f\.jsonl: Bad file descriptor"):
        writer.write({})


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    path = tmp_path / "sub" / "f.json"
    write_json(path, {"a": 1, 2: None})
    assert read_json(path) == {"a": 1, "2": None}

    def full(fd):
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        write_atomically(path, b"half")
    assert read_json(path) == {"a": 1, "2": None}


def test_a_json_file_that_is_missing_or_torn_is_a_run_error(tmp_path):
    with pytest.raises(RunError, match="there is no file"):
        read_json(tmp_path / "none.json")
    (tmp_path / "torn.json").write_text('{"a":')
    with pytest.raises(RunError, match="is not JSON"):
        read_json(tmp_path / "torn.json")


def test_a_run_writes_its_config_metrics_events_and_rollouts(tmp_path):
    with Run.create(tmp_path / "r", {"lr": 1e-5, "name": None, "mix": [{"env": "a"}]}) as run:
        run.metrics(1, {"reward": 0.5, "kl": float("nan")})
        run.event("reset", step=1, reason="kl")
        with run.rollouts("step-1") as rollouts:
            rollouts.write({"a": 1})
    assert list(read_jsonl(run.path / "metrics.jsonl")) == [{"step": 1, "reward": 0.5, "kl": None}]
    [event] = read_jsonl(run.path / "events.jsonl")
    assert {k: event[k] for k in ("event", "step", "reason")} == {"event": "reset", "step": 1, "reason": "kl"}
    assert (run.path / "config.toml").read_text() == 'lr = 1e-05\nmix = [\n    { env = "a" },\n]\n'


def test_fresh_rollouts_drop_what_an_interrupted_step_left(tmp_path):
    with Run.create(tmp_path / "r", {}) as run:
        for fresh, left in ((True, 1), (False, 2), (True, 1)):
            with run.rollouts("step-1", fresh=fresh) as rollouts:
                rollouts.write({"a": 1})
            assert len(list(read_jsonl(rollouts.path))) == left


def test_a_folder_that_holds_a_run_is_not_taken_by_another(tmp_path):
    Run.create(tmp_path / "r", {"a": 1}).close()
    with pytest.raises(RunError, match="already holds a run; resume it with --resume"):
        Run.create(tmp_path / "r", {"a": 2})
    (tmp_path / "r" / "old").touch()
    Run.create(tmp_path / "r", {"a": 2}, overwrite=True).close()
    assert (tmp_path / "r" / "config.toml").read_text() == "a = 2\n"
    assert not (tmp_path / "r" / "old").exists()


def test_a_folder_without_a_run_cannot_be_opened(tmp_path):
    with pytest.raises(RunError, match="holds no run"):
        Run.open(tmp_path)


def test_rewinding_drops_what_came_after_a_step_and_goes_on_from_there(tmp_path):
    with Run.create(tmp_path / "r", {}) as run:
        for step in range(1, 6):
            run.metrics(step, {"reward": step})
            run.event("validation", step=step)
        run.event("started")
    with (run.path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 6, "rew')
    with Run.open(run.path) as again:
        assert again.rewind(3) == 4
        again.metrics(4, {"reward": 40})
        assert again.rewind(9) == 0
    assert [(r["step"], r["reward"]) for r in read_jsonl(run.path / "metrics.jsonl")] == [(1, 1), (2, 2), (3, 3), (4, 40)]
    assert [r["step"] for r in read_jsonl(run.path / "events.jsonl")] == [1, 2, 3, None]


def test_runs_are_listed_with_their_last_step_newest_first(tmp_path):
    assert list_runs(tmp_path / "none") == []
    for number, name in enumerate(("old", "sub/new")):
        with Run.create(tmp_path / name, {}) as run:
            run.metrics(7 + number, {})
            run.event("reset", step=1)
        for file in run.path.iterdir():
            os.utime(file, (number * 1e6, number * 1e6))
    Run.create(tmp_path / "empty", {}).close()
    write_json(tmp_path / "old" / "summary.json", {})
    listed = list_runs(tmp_path)
    assert [r["run"].rpartition("/")[2] for r in listed] == ["empty", "new", "old"]
    assert [(r["step"], r["resets"], r["finished"]) for r in listed] == [(0, 0, False), (8, 1, False), (7, 1, True)]


def test_a_resolved_config_reads_back_as_it_was(tmp_path):
    entry = load(MixEntry, data={"env": "a/b-v0", "weight": [[0, 0.5], [9, 1.0]], "env_kwargs": {"mode": "tolerant"}})
    Run.create(tmp_path / "r", entry.model_dump(mode="json")).close()
    assert load(MixEntry, path=tmp_path / "r" / "config.toml") == entry
    with pytest.raises(ConfigError):
        load(MixEntry, path=tmp_path / "r" / "config.tml")


def test_a_full_disk_is_an_error_that_says_what_is_safe():
    with JsonlWriter(Path("/dev/full")) as writer, pytest.raises(RunError, match=r"cannot write /dev/full: No space left .* make room"):
        writer.write({"a": 1})


def test_a_line_that_did_not_fit_leaves_the_lines_before_it_whole(tmp_path):
    import resource
    import signal

    path = tmp_path / "rows.jsonl"
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with JsonlWriter(path) as writer:
        writer.write({"row": 1})
        resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, before[1]))
        try:
            with pytest.raises(RunError, match="File too large"):
                writer.write({"row": "x" * 100})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)
        assert path.read_bytes() == b'{"row":1}\n'
        writer.write({"row": 2})
    assert [r["row"] for r in read_jsonl(path)] == [1, 2]
