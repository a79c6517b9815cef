"""A run is a folder: resolved config, metrics, events, rollouts, checkpoints, report. This module writes and reads its plain files.

    config.toml      the configuration as it was used, defaults filled in
    metrics.jsonl    one object a step
    events.jsonl     resets, alarms, decisions, each with its step and its reason
    rollouts/        one JSONL file a step (training) or one a job (evaluation)
    checkpoints/     see the trainer
    summary.json     what came out

Lines are appended whole, one write each: a kill loses at most the line being written, and a torn last line is cut off when the file is next
opened.
"""

import contextlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import orjson

from prorl_gym.errors import RunError

_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE


class JsonlWriter:
    """Appends JSON lines, each with one write. Opening repairs a torn last line. A context manager."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        _cut_torn_line(self._fd)

    def write(self, row: Mapping[str, Any]) -> None:
        """Append one line. Raises RunError (a full disk, say) with nothing but that line lost."""
        line = memoryview(orjson.dumps(row, option=_OPTIONS))
        try:
            while line:
                line = line[os.write(self._fd, line) :]
        except OSError as error:
            with contextlib.suppress(OSError):
                _cut_torn_line(self._fd)
            raise RunError(
                f"cannot write {self.path}: {error.strerror}. Everything before this line is safe; make room, then run the same command again"
            ) from error

    def close(self) -> None:
        """Close the file; closing twice does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def _cut_torn_line(fd: int) -> None:
    """Truncate the file after its last newline."""
    end = os.lseek(fd, 0, os.SEEK_END)
    at = end
    while at > 0:
        start = max(0, at - 65536)
        chunk = os.pread(fd, at - start, start)
        newline = chunk.rfind(b"\n")
        if newline >= 0:
            if start + newline + 1 < end:
                os.ftruncate(fd, start + newline + 1)
            return
        at = start
    if end:
        os.ftruncate(fd, 0)


def read_jsonl(path: Path) -> Iterator[dict[str, Any]]:
    """The file's rows; a torn last line is left out. Raises RunError naming file and line where another line is not JSON."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            if line.strip():
                try:
                    yield orjson.loads(line)
                except orjson.JSONDecodeError as error:
                    raise RunError(f"{path}, line {number} is not JSON ({error}); the file was changed by something else") from error


def write_atomically(path: Path, data: bytes) -> None:
    """Write the whole file or nothing: aside, flushed to disk, renamed."""
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    path.parent.mkdir(parents=True, exist_ok=True)
    with aside.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, atomically."""
    write_atomically(path, orjson.dumps(value, option=_OPTIONS | orjson.OPT_INDENT_2))


def read_json(path: Path) -> Any:
    """The file's value. Raises RunError where the file is missing or no JSON."""
    try:
        return orjson.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise RunError(f"there is no file {path}") from error
    except orjson.JSONDecodeError as error:
        raise RunError(f"{path} is not JSON: {error}") from error


class Run:
    """A run folder, open for writing. `Run.create` starts one, `Run.open` goes on with one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._metrics = JsonlWriter(path / "metrics.jsonl")
        self._events = JsonlWriter(path / "events.jsonl")

    @classmethod
    def create(cls, path: Path, config: Mapping[str, Any], *, overwrite: bool = False) -> Self:
        """A new run folder with its resolved config. Raises RunError where a run stands there already."""
        from prorl_gym.config import to_toml

        if (path / "config.toml").exists():
            if not overwrite:
                raise RunError(
                    f"{path} already holds a run; resume it with --resume, choose another folder with --out, or replace it with --overwrite"
                )
            shutil.rmtree(path)
        path.mkdir(parents=True, exist_ok=True)
        write_atomically(path / "config.toml", to_toml(config).encode())
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> Self:
        """Go on with a run. Raises RunError where there is none."""
        if not (path / "config.toml").is_file():
            raise RunError(f"{path} holds no run (no config.toml); prorl runs list shows those there are")
        return cls(path)

    def metrics(self, step: int, values: Mapping[str, Any]) -> None:
        """Append the metrics of one step."""
        self._metrics.write({"step": step, **values})

    def event(self, kind: str, *, step: int | None = None, **fields: Any) -> None:
        """Append one event; `kind` is a short word such as "reset", "alarm", "decision"."""
        self._events.write({"event": kind, "step": step, "time": round(time.time(), 3), **fields})

    def rollouts(self, name: str, *, fresh: bool = True) -> JsonlWriter:
        """A writer for `rollouts/NAME.jsonl`; `fresh` drops what an interrupted step left there."""
        path = self.path / "rollouts" / f"{name}.jsonl"
        if fresh:
            path.unlink(missing_ok=True)
        return JsonlWriter(path)

    def rewind(self, step: int) -> int:
        """Drop what was recorded after `step`, for a resume from that step's checkpoint; returns how many lines went."""
        dropped = 0
        for name in ("metrics.jsonl", "events.jsonl"):
            path = self.path / name
            rows = list(read_jsonl(path))
            kept = [r for r in rows if r.get("step") is None or r["step"] <= step]
            dropped += len(rows) - len(kept)
            write_atomically(path, b"".join(orjson.dumps(r, option=_OPTIONS) for r in kept))
        self._metrics.close()
        self._events.close()
        self._metrics, self._events = JsonlWriter(self.path / "metrics.jsonl"), JsonlWriter(self.path / "events.jsonl")
        return dropped

    def close(self) -> None:
        """Close the files."""
        self._metrics.close()
        self._events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()


def list_runs(root: Path) -> list[dict[str, Any]]:
    """What stands in each run folder below `root`: path, last step, number of resets, last change; newest first."""
    found: list[dict[str, Any]] = []
    for config in sorted(root.glob("**/config.toml")) if root.is_dir() else []:
        path = config.parent
        metrics, events = path / "metrics.jsonl", path / "events.jsonl"
        rows = list(read_jsonl(metrics)) if metrics.exists() else []
        resets = sum(e.get("event") == "reset" for e in read_jsonl(events)) if events.exists() else 0
        changed = max(f.stat().st_mtime for f in (config, metrics, events) if f.exists())
        found.append(
            {
                "run": str(path),
                "step": rows[-1]["step"] if rows else 0,
                "resets": resets,
                "changed": time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(changed)),
                "finished": (path / "summary.json").exists(),
            }
        )
    return sorted(found, key=lambda r: r["changed"], reverse=True)
