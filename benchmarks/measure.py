"""What the benchmarks share: CPU seconds, resident memory, a table or one JSON object.

CPU time is user plus system time of this process and of every child that has ended and been waited for. Wall time appears only as a
rate, and only beside the CPU time of the same work: on a shared machine it says as much about the neighbours.
"""

import argparse
import json
import os
import resource
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

MIB = 1024 * 1024


def cpu_s(who: int = resource.RUSAGE_SELF) -> float:
    """CPU seconds so far of this process, or with RUSAGE_CHILDREN of its ended children."""
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def rss_mib() -> float:
    """Resident memory of this process now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB


def arguments(description: str | None) -> argparse.ArgumentParser:
    """A parser with `--json`."""
    parser = argparse.ArgumentParser(description=(description or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    return parser


def show(results: Mapping[str, Sequence[Mapping[str, Any]]], *, as_json: bool) -> None:
    """Print every table: name to rows; the columns are the keys of its rows."""
    if as_json:
        print(json.dumps(results))
        return
    for name, rows in results.items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        cells = [columns, *([_text(row.get(column, "")) for column in columns] for row in rows)]
        widths = [max(len(line[i]) for line in cells) for i in range(len(columns))]
        print(f"\n{name}")
        for line in cells:
            print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def median(values: Iterable[float]) -> float:
    """The middle value."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]
