"""`DatasetEnv`: an environment over the rows of a data set. An author declares the columns and turns one row into a problem.

    class DeepScaleR(DatasetEnv):
        schema = Schema(
            hub="agentica-org/DeepScaleR-Preview-Dataset",
            columns={"question": ("problem", "question"), "answer": ("answer",), "solution?": ("solution",)},
            example="deepscaler.jsonl",
        )
        verifier = MathVerifier()

        def read(self, row):
            if not row["answer"]:
                raise RowError("no gold")
            return Draft(question=row["question"], answer=row["answer"])

The set is scanned once, when the first task is asked for: rows without a gold, duplicates and over-long prompts are left out and counted
(`report`), the rest is dealt to the splits by content, so that train, validation and test are disjoint. Memory is 17 bytes a row while
scanning, 8 after.
Every epoch over a split visits each of its rows once, in an order of its own.
"""

import dataclasses
import inspect
import itertools
import random
from array import array
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import numpy as np

from prorl_gym import streams
from prorl_gym.env import SingleTurnEnv
from prorl_gym.errors import ConfigError, SplitError, closest
from prorl_gym.registry import entry_point_of
from prorl_gym.rows import Row, RowError, Rows, fingerprint, open_rows
from prorl_gym.types import SPLITS, Draft, Task, content_hash

__all__ = ["DatasetEnv", "DatasetReport", "RowError", "Schema"]

RowsTo = Literal["hash", "train", "validation", "test"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Schema:
    """Where a published data set lives and which of its columns are what."""

    hub: str
    """Hugging Face id, taken where no `path` is given."""
    columns: Mapping[str, tuple[str, ...]]
    """Field to the columns that may hold it, the first one present wins; "field?" may be absent (None). "a.b.0" reaches into objects and lists."""
    split: str = "train"
    """The published split that is read."""
    config: str | None = None
    """The published configuration ("subset"), where there are several."""
    rows_to: RowsTo = "hash"
    """"hash" deals the rows to our three splits by content, for training sets; a split's name puts all rows there, as "test" does for a benchmark."""
    max_prompt_chars: int = 32_000
    example: str = ""
    """A file in the folder `data` beside the env's module: rows of our own making in the published columns."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DatasetReport:
    """What became of the rows."""

    rows: int
    kept: int
    left_out: Mapping[str, int]
    """Reason to number of rows: "no gold", "duplicate", "prompt too long" ..."""
    splits: Mapping[str, int]

    def __str__(self) -> str:
        out = ", ".join(f"{count} {reason}" for reason, count in sorted(self.left_out.items(), key=lambda item: -item[1])) or "none"
        return f"{self.rows} rows, {self.kept} kept ({', '.join(f'{k} {v}' for k, v in self.splits.items())}); left out: {out}"


@dataclass(frozen=True, slots=True)
class _Index:
    rows: Rows
    report: DatasetReport
    places: Mapping[str, "np.ndarray"]
    """Split to the places of its rows, int64; shape [rows of the split]."""


_INDEXES: dict[Any, _Index] = {}
_MAX_INDEXES = 16


class DatasetEnv(SingleTurnEnv):
    """An environment over a data set; see the module's docstring for what an author writes.

    Arguments beside a `TextEnv`'s: `path`, a file, a folder, a Hugging Face id, or "example" for the shipped rows (default: the published
    set); `revision` of a hub set; `columns`, a mapping from field to column for sets that name them differently; `limit`, read the first so many
    rows only; `max_prompt_chars`; `rows_to`, see `Schema`; `streaming`, read a hub set without downloading all of it (needs `limit`).
    """

    schema: ClassVar[Schema]

    def __init__(
        self,
        *,
        path: str | None = None,
        revision: str | None = None,
        columns: Mapping[str, str] | None = None,
        limit: int | None = None,
        max_prompt_chars: int | None = None,
        rows_to: RowsTo | None = None,
        streaming: bool = False,
        **settings: Any,
    ) -> None:
        super().__init__(**settings)
        self.path, self.revision, self.streaming = path, revision, streaming
        self.columns = self._columns(columns or {})
        self.limit = _positive("limit", limit)
        self.max_prompt_chars = _positive("max_prompt_chars", max_prompt_chars) or self.schema.max_prompt_chars
        self.rows_to: RowsTo = rows_to or self.schema.rows_to
        if self.rows_to not in ("hash", *SPLITS):
            raise ConfigError(f"{self.env_id}: rows_to is 'hash' or one of {', '.join(SPLITS)}; got {rows_to!r}")

    # What an author writes

    def read(self, row: Row) -> Draft:
        """The problem of one row, whose keys are the schema's fields. Raises RowError with the reason for a row that gives none."""
        raise NotImplementedError(f"{type(self).__name__} must define read(self, row)")

    # What a caller uses

    def report(self) -> DatasetReport:
        """How many rows there are, how many are used, and why the others are not. Scans the set if that was not done yet."""
        return self._index().report

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """A row of the env's own split, drawn at random."""
        return self._row(rng.randrange(self._count(self.split)), self.split)

    def task_at(self, index: int, *, split: str | None = None, difficulty: int | None = None) -> Task:
        """Task `index`: epoch `index // rows`, in that epoch's order. Raises SplitError where the split holds no row."""
        split = split or self.split
        if split not in SPLITS:
            raise ConfigError(f"split is one of {', '.join(SPLITS)}; got {split!r}")
        level = self.low if difficulty is None else self._levels(difficulty)[0]
        epoch, position = divmod(index, self._count(split))
        drawn = self._row(_shuffled(position, self._count(split), f"{self.env_id}/{split}/{epoch}"), split)
        metadata = {**drawn.metadata, "difficulty": drawn.metadata.get("difficulty", level)}
        return Task(env_id=self.env_id, prompt=self.prompt(drawn, self.style), answer=drawn.answer, metadata=metadata, split=split)

    def _row(self, position: int, split: str) -> Draft:
        index = self._index()
        return self.read(self._fields(index.rows.at(int(index.places[split][position]))))

    def _count(self, split: str) -> int:
        count = len(self._index().places[split])
        if not count:
            hint = "" if self.rows_to == "hash" else f" All of its rows are in the split {self.rows_to!r}; rows_to = 'hash' deals them out."
            raise SplitError(f"{self.env_id}: no row of {self._source()} is in the split {split!r} ({self.report()}).{hint}")
        return count

    def _source(self) -> str:
        if self.path == "example":
            return str(Path(inspect.getfile(type(self))).parent / "data" / self.schema.example)
        return self.path or self.schema.hub

    def _index(self) -> _Index:
        source = self._source()
        key = (entry_point_of(type(self)), fingerprint(source), self.env_id, self.revision, content_hash(self.columns), self.limit)
        key = (*key, self.max_prompt_chars, self.rows_to, self.streaming)
        if key not in _INDEXES:
            while len(_INDEXES) >= _MAX_INDEXES:
                del _INDEXES[next(iter(_INDEXES))]
            _INDEXES[key] = self._scan(source)
        return _INDEXES[key]

    def _scan(self, source: str) -> _Index:
        schema = self.schema
        rows = open_rows(source, split=schema.split, config=schema.config, revision=self.revision, streaming=self.streaming, limit=self.limit)
        places, marks, splits = array("q"), array("Q"), array("b")
        left_out: Counter[str] = Counter()
        total = 0
        for place, row in itertools.islice(rows.scan(), self.limit):
            if total == 0 and not isinstance(row, RowError):
                self._check_columns(row, source)
            total += 1
            try:
                if isinstance(row, RowError):
                    raise row
                mark, split = self._mark(self.read(self._fields(row)))
            except RowError as error:
                left_out[str(error)] += 1
                continue
            places.append(place)
            marks.append(mark)
            splits.append(SPLITS.index(split))
        first = np.sort(np.unique(np.frombuffer(marks, np.uint64), return_index=True)[1]) if marks else np.zeros(0, np.int64)
        if len(places) > len(first):
            left_out["duplicate"] = len(places) - len(first)
        place_of, split_of = np.frombuffer(places, np.int64)[first] if places else first, np.frombuffer(splits, np.int8)[first] if splits else first
        by_split = {name: place_of[split_of == number] for number, name in enumerate(SPLITS)}
        report = DatasetReport(rows=total, kept=len(first), left_out=dict(left_out), splits={k: len(v) for k, v in by_split.items()})
        return _Index(rows, report, by_split)

    def _mark(self, draft: Draft) -> tuple[int, str]:
        """What tells a problem from others, white space aside, and its split. Raises RowError."""
        if len(draft.question) > self.max_prompt_chars:
            raise RowError("prompt too long")
        if not draft.question.strip():
            raise RowError("no question")
        key = " ".join(draft.question.split()) if draft.key is None else draft.key
        split = streams.split_of(self.env_id, dataclasses.replace(draft, key=key)) if self.rows_to == "hash" else self.rows_to
        return int(content_hash("row", key), 16), split

    def _fields(self, row: Row) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, (candidates, optional) in self.columns.items():
            for column in candidates:
                present, value = _reach(row, column)
                if present:
                    found[name] = value
                    break
            else:
                if not optional:
                    raise RowError(f"no {name}")
                found[name] = None
        return found

    def _columns(self, override: Any) -> dict[str, tuple[tuple[str, ...], bool]]:
        declared = {name.rstrip("?"): (tuple(columns), name.endswith("?")) for name, columns in self.schema.columns.items()}
        if not isinstance(override, Mapping):
            raise ConfigError(f'{self.env_id}: columns maps fields to columns, as in {{"question": "Problem"}}; got {override!r:.80}')
        for name, column in cast("Mapping[str, str]", override).items():
            if name not in declared:
                near = closest(name, declared, limit=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                raise ConfigError(f"{self.env_id} has no field {name!r}{hint}; columns maps its fields: {', '.join(declared)}")
            declared[name] = ((column,), False)
        return declared

    def _check_columns(self, row: Row, source: str) -> None:
        for name, (candidates, optional) in self.columns.items():
            if not optional and not any(_reach(row, column)[0] for column in candidates):
                raise ConfigError(
                    f"{self.env_id}: {source} has no column for {name!r} (looked for {', '.join(candidates)}); "
                    f"its columns are {', '.join(map(str, row))}. "
                    f'Name the right one: --set columns=\'{{"{name}": "COLUMN"}}\''
                )


def _reach(row: Any, column: str) -> tuple[bool, Any]:
    """Whether the row holds the column, and its value; a dotted name that is no column itself reaches into objects and lists."""
    if column in row:
        return True, row[column]
    value: Any = row
    for part in column.split("."):
        try:
            value = value[part] if hasattr(value, "keys") else value[int(part)]
        except (KeyError, IndexError, TypeError, ValueError):
            return False, None
    return True, value


def _positive(name: str, value: Any) -> int | None:
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < 1):
        raise ConfigError(f"{name} is a whole number above 0; got {value!r}")
    return value


def _shuffled(position: int, count: int, key: str) -> int:
    """Where `position` goes in the permutation of range(count) that `key` chooses: a Feistel cipher, walked until it falls inside."""
    half = max(1, (count - 1).bit_length() + 1 >> 1)
    mask = (1 << half) - 1
    place = position
    while True:
        left, right = place >> half, place & mask
        for turn in range(4):
            left, right = right, left ^ (int(content_hash(key, turn, right, size=4), 16) & mask)
        place = left << half | right
        if place < count:
            return place
