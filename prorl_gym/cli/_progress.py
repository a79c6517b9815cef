"""Progress of a long command on standard error: a live bar on a terminal, a plain line now and then in a pipe."""

import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

Show = Callable[[int, int, str], None]
LINE_EVERY_S = 10.0


@contextmanager
def progress(name: str, *, unit: str) -> Generator[Show]:
    """Gives a function of (done, total, note) that shows how far the command is."""
    if sys.stderr.isatty():
        with _bar(name) as show:
            yield show
        return
    begun = last = time.monotonic()

    def line(done: int, total: int, note: str) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY_S or done == total:
            last = now
            print(f"{name}: {done}/{total} {unit}, {done / max(1e-9, now - begun):.0f}/s {note}", file=sys.stderr, flush=True)

    yield line


@contextmanager
def _bar(name: str) -> Generator[Show]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.fields[note]}"))
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(name, total=None, note="")

        def show(done: int, total: int, note: str) -> None:
            bar.update(task, completed=done, total=total, note=note)

        yield show
