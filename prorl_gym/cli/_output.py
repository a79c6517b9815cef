"""What commands print: results on standard output, errors and remarks on standard error; a table on a terminal, plain lines in a pipe."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson


def print_json(value: Any) -> None:
    """`value` as indented JSON."""
    print(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY).decode())


def print_fields(value: Mapping[str, Any], *, as_json: bool) -> None:
    """One record: as JSON, or a line a field."""
    if as_json:
        print_json(value)
        return
    for key, item in value.items():
        print(f"{key}: {orjson.dumps(item).decode() if isinstance(item, dict | list) else item}")


def print_jsonl(values: Iterable[Mapping[str, Any]]) -> None:
    """One JSON object a line, each flushed, so that a reader on a pipe has it at once."""
    for value in values:
        print(orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY).decode(), flush=True)


def print_error(message: str) -> None:
    """One error on standard error."""
    print(f"error: {message}", file=sys.stderr, flush=True)


def print_note(message: str) -> None:
    """A remark on standard error, where it is in nobody's pipe."""
    print(message, file=sys.stderr, flush=True)


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table: drawn and wrapped on a terminal, aligned columns of full text in a pipe."""
    if sys.stdout.isatty():
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        drawn = Table(*columns, header_style="bold", box=None, pad_edge=False)
        for row in rows:
            drawn.add_row(*(Text(cell) for cell in row))
        Console().print(drawn)
        return
    widths = [max(len(line[i]) for line in (columns, *rows)) for i in range(len(columns))]
    for line in (columns, *rows):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
