"""A Parquet copy of a JSONL dataset, streamed block by block. Needs the extra "data"."""

import importlib
import itertools
from pathlib import Path
from typing import Any

import orjson

from prorl_gym.errors import missing_extra
from prorl_gym.runs import read_jsonl

_BLOCK = 4096
_TEXTS = ("env_id", "task_id", "split", "answer", "metadata", "completion", "finish_reason", "outcome", "extracted", "reason", "parts", "policy")
_COUNTS = ("place", "sample", "num_turns", "num_tokens")
_AS_JSON = ("answer", "metadata", "parts")


def to_parquet(path: Path) -> Path | None:
    """Write the copy beside the dataset, aside and then renamed; `answer`, `metadata` and `parts` become JSON texts. None for no rows.

    Raises MissingExtraError without pyarrow.
    """
    try:
        arrow: Any = importlib.import_module("pyarrow")
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise missing_extra("pyarrow", "data", wanted_by="the Parquet copy (parquet = false leaves it out)") from error
    target, aside = path.with_suffix(".parquet"), path.with_suffix(".parquet.part")
    rows = (_flat(r) for r in read_jsonl(path) if "skipped" not in r)
    everything = _schema(arrow)
    writer: Any = None
    try:
        while block := list(itertools.islice(rows, _BLOCK)):
            if writer is None:
                schema = arrow.schema([everything.field(n) for n in everything.names if n in block[0]])
                writer = parquet.ParquetWriter(aside, schema)
            writer.write_table(arrow.Table.from_pylist(block, schema=writer.schema))
    finally:
        if writer is not None:
            writer.close()
    if writer is None:
        return None
    aside.replace(target)
    return target


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, **{k: orjson.dumps(row[k], option=orjson.OPT_SORT_KEYS).decode() for k in _AS_JSON if k in row}}


def _schema(arrow: Any) -> Any:
    messages = arrow.list_(arrow.struct([("role", arrow.string()), ("content", arrow.string())]))
    fields = [*((n, arrow.string()) for n in _TEXTS), *((n, arrow.int64()) for n in _COUNTS)]
    return arrow.schema([*fields, ("score", arrow.float64()), ("prompt", messages), ("messages", messages)])
