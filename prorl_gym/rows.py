"""Rows of a data set, one by one and by place: local JSONL, JSON, CSV and Parquet files, folders of these, and Hugging Face ids.

A source is scanned once from its beginning, in bounded memory, and each row has a *place* (a byte offset, a row number) under which it is read
again later: the index of a set that does not fit into memory is 8 bytes a row. JSON and CSV files are held in memory, and so is a streamed hub set,
of which `limit` rows are read. Parquet and the hub need the extra "data"; nothing of it is imported before it is used.
"""

import bisect
import csv
import functools
import importlib
import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import orjson

from prorl_gym.errors import ConfigError, missing_extra

Row = Mapping[str, Any]
SUFFIXES = (".parquet", ".jsonl", ".json", ".csv")
_FILE_BITS = 44
"""A place is the file's number above the place within the file, which these bits hold: files of up to 16 TiB."""


class RowError(ValueError):
    """A row that gives no task; the message is the reason under which it is counted, so it names the kind of fault and not the row."""


class Rows(ABC):
    """A source of rows."""

    @abstractmethod
    def scan(self) -> Iterator[tuple[int, Row | RowError]]:
        """Place and row, in order; a RowError in place of a row that cannot be read."""

    @abstractmethod
    def at(self, place: int) -> Row:
        """The row at a place that `scan` gave."""


class JsonlRows(Rows):
    """A file of one JSON object a line; a place is a byte offset."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def scan(self) -> Iterator[tuple[int, Row | RowError]]:
        """See `Rows.scan`; blank lines are skipped."""
        place = 0
        with self.path.open("rb") as file:
            for line in file:
                if line.strip():
                    yield place, _object(line)
                place += len(line)

    def at(self, place: int) -> Row:
        """See `Rows.at`."""
        with self.path.open("rb") as file:
            file.seek(place)
            return cast("Row", orjson.loads(file.readline()))


class ParquetRows(Rows):
    """A Parquet file; a place is a row number. One row group is held at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parquet: Any = _optional("pyarrow.parquet", wanted_by=f"reading {path.name}")

    def scan(self) -> Iterator[tuple[int, Row | RowError]]:
        """See `Rows.scan`."""
        with self._open() as file:
            batches = (batch.to_pylist() for batch in file.iter_batches(batch_size=1024))
            yield from enumerate(itertools.chain.from_iterable(batches))

    def at(self, place: int) -> Row:
        """See `Rows.at`."""
        group = bisect.bisect_right(self._starts, place) - 1
        return cast("Row", _row_group(self.path, group).slice(place - self._starts[group], 1).to_pylist()[0])

    @functools.cached_property
    def _starts(self) -> list[int]:
        """The first row of each row group; empty groups share their start with the next."""
        with self._open() as file:
            sizes = [file.metadata.row_group(i).num_rows for i in range(file.num_row_groups)]
        return [0, *itertools.accumulate(sizes[:-1])]

    def _open(self) -> Any:
        try:
            return self._parquet.ParquetFile(self.path)
        except (OSError, ValueError) as error:
            raise ConfigError(f"{self.path} cannot be read as Parquet: {error}") from error


@functools.lru_cache(maxsize=4)
def _row_group(path: Path, number: int) -> Any:
    with cast("Any", importlib.import_module("pyarrow.parquet")).ParquetFile(path) as file:
        return file.read_row_group(number)


class HeldRows(Rows):
    """Rows in memory, or in what indexes like a list, such as a memory-mapped hub set; a place is a row number."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self.rows = rows

    def scan(self) -> Iterator[tuple[int, Row | RowError]]:
        """See `Rows.scan`."""
        for place, row in enumerate(self.rows):
            yield place, cast("Row", row) if isinstance(row, Mapping) else RowError("not an object")

    def at(self, place: int) -> Row:
        """See `Rows.at`."""
        return cast("Row", self.rows[place])


class FolderRows(Rows):
    """Several sources one after the other."""

    def __init__(self, parts: Sequence[Rows]) -> None:
        self.parts = parts

    def scan(self) -> Iterator[tuple[int, Row | RowError]]:
        """See `Rows.scan`."""
        for number, part in enumerate(self.parts):
            for place, row in part.scan():
                yield number << _FILE_BITS | place, row

    def at(self, place: int) -> Row:
        """See `Rows.at`."""
        return self.parts[place >> _FILE_BITS].at(place & ((1 << _FILE_BITS) - 1))


def open_rows(
    path: str, *, split: str, config: str | None = None, revision: str | None = None, streaming: bool = False, limit: int | None = None
) -> Rows:
    """The rows behind a file, a folder, or else a Hugging Face id ("owner/name").

    In a folder the files whose name starts with `split` are taken, or all where none does. Raises ConfigError where nothing is there,
    MissingExtraError where a package is missing.
    """
    local = Path(path).expanduser()
    if local.is_file():
        return _file_rows(local)
    if local.is_dir():
        files = sorted(f for f in local.rglob("*") if f.suffix in SUFFIXES and f.is_file() and not f.name.startswith("."))
        files = [f for f in files if f.stem.startswith(split)] or files
        if not files:
            raise ConfigError(f"the folder {path} holds no {', '.join(SUFFIXES)} file")
        return FolderRows([_file_rows(f) for f in files])
    if local.suffix in SUFFIXES or path.count("/") != 1 or path.startswith((".", "/", "~")):
        raise ConfigError(f"no file or folder {path!r}; expected one, or a Hugging Face id such as 'owner/name'")
    return _hub_rows(path, split=split, config=config, revision=revision, streaming=streaming, limit=limit)


def fingerprint(path: str) -> tuple[Any, ...]:
    """What changes when the local data behind `path` changes; only the path itself for a hub id."""
    local = Path(path).expanduser()
    files = [local] if local.is_file() else sorted(local.rglob("*")) if local.is_dir() else []
    return (path, *((str(f), f.stat().st_mtime_ns, f.stat().st_size) for f in files if f.is_file()))


def _file_rows(path: Path) -> Rows:
    readers: dict[str, Callable[[Path], Rows]] = {".jsonl": JsonlRows, ".parquet": ParquetRows, ".json": _json_rows, ".csv": _csv_rows}
    if path.suffix not in readers:
        raise ConfigError(f"{path} is no {', '.join(SUFFIXES)} file; unpack or convert it first")
    return readers[path.suffix](path)


def _json_rows(path: Path) -> Rows:
    try:
        rows: Any = orjson.loads(path.read_bytes())
    except orjson.JSONDecodeError as error:
        raise ConfigError(f"{path} is not JSON ({error}); a file of one object a line is named .jsonl") from error
    if not isinstance(rows, list):
        raise ConfigError(f"{path} holds {type(rows).__name__}; expected a list of objects")
    return HeldRows(cast("list[Any]", rows))


def _csv_rows(path: Path) -> Rows:
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            return HeldRows(list(csv.DictReader(file)))
        except (csv.Error, UnicodeDecodeError) as error:
            raise ConfigError(f"{path} cannot be read as CSV: {error}") from error


def _hub_rows(hub: str, *, split: str, config: str | None, revision: str | None, streaming: bool, limit: int | None) -> Rows:
    if streaming and limit is None:
        raise ConfigError(f"streaming {hub} keeps the rows that it reads in memory; say how many: limit = 10000")
    datasets = _optional("datasets", wanted_by=f"the data set {hub!r}")
    try:
        rows: Any = datasets.load_dataset(hub, config, split=split, revision=revision, streaming=streaming)
        return HeldRows(list(itertools.islice(rows, limit)) if streaming else rows)
    except Exception as error:  # a stranger's library and the network: one message says what to do
        raise ConfigError(
            f"{hub!r} could not be loaded from the hub ({type(error).__name__}: {str(error)[:200]}); a local copy works: path = FILE_OR_FOLDER"
        ) from error


def _optional(module: str, *, wanted_by: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing_extra(module.partition(".")[0], "data", wanted_by=wanted_by) from error


def _object(line: bytes) -> Row | RowError:
    try:
        row: Any = orjson.loads(line)
    except orjson.JSONDecodeError:
        return RowError("not JSON")
    return cast("Row", row) if isinstance(row, dict) else RowError("not an object")
