"""No phase of a run waits without a bound: past its deadline every thread's stack is written to a file and the process ends, to be resumed.

The clock is the interpreter's own watchdog thread (`faulthandler.dump_traceback_later`), which needs no interpreter lock: a phase that hangs
inside a C call with the lock held is ended too. What a verifier does is bounded per item by the pool long before this; here stand generation,
gradient steps, weight synchronisation, validation and saving. A checkpoint is whole or not there, so an end at any moment loses the steps since
the last one and nothing else.
"""

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

STACKS = "stacks.txt"


class Watchdog:
    """Bounds the phases of one process; one at a time. `close` when the run ends."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / STACKS
        self._file: IO[str] = self.path.open("w", encoding="utf-8")

    @contextmanager
    def phase(self, name: str, deadline_s: float) -> Iterator[None]:
        """Within this, the process has `deadline_s` wall seconds; then it writes its stacks below `name` and exits with status 1."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{name} took longer than {deadline_s:g} s; the stack of every thread at that moment:\n\n")
        self._file.flush()
        faulthandler.dump_traceback_later(deadline_s, exit=True, file=self._file)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()

    def close(self) -> None:
        """Stop watching; a run that ended by itself leaves no file."""
        faulthandler.cancel_dump_traceback_later()
        self._file.close()
        self.path.unlink(missing_ok=True)


def last_hang(folder: Path) -> str | None:
    """What the watchdog of an earlier process wrote as it ended it, put aside as `stacks-N.txt`; None where it did not."""
    path = folder / STACKS
    text = path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    if "most recent call first" not in text:
        return None
    number = len(list(folder.glob("stacks-*.txt"))) + 1
    path.rename(folder / f"stacks-{number}.txt")
    return text
