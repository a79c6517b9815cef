"""No phase of a run waits without a bound: past its deadline every thread's stack is written to a file and the process ends, to be resumed.

The clock is the interpreter's own watchdog thread (`faulthandler.dump_traceback_later`), which needs no interpreter lock: a phase that hangs
inside a C call with the lock held is ended too. What a verifier does is bounded per item by the pool long before this; here stand generation,
gradient steps, weight synchronisation, validation and saving. A checkpoint is whole or not there, so an end at any moment loses the steps since
the last one and nothing else. Phases nest: the inner one ends no later than the outer.
"""

import faulthandler
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

STACKS = "stacks{}.txt"
"""Of the first process; of others with their number, as in stacks.1.txt."""


class Watchdog:
    """Bounds the phases of one process, the one with that number among the run's; one at a time. `close` when the run ends."""

    def __init__(self, folder: Path, number: int = 0) -> None:
        self.path = folder / STACKS.format(f".{number}" if number else "")
        self._file: IO[str] = self.path.open("w", encoding="utf-8")
        self._running: tuple[str, float, float] | None = None
        """Name and deadline of the phase that runs, and when it ends by the monotonic clock."""

    @contextmanager
    def phase(self, name: str, deadline_s: float) -> Iterator[None]:
        """Within this, the process has `deadline_s` wall seconds; then it writes its stacks below `name` and exits with status 1."""
        outer, ends = self._running, time.monotonic() + deadline_s
        if outer is not None and outer[2] < ends:
            self._arm(*outer)
        else:
            self._arm(name, deadline_s, ends)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            self._running = None
            if outer is not None:
                self._arm(*outer)

    def _arm(self, name: str, deadline_s: float, ends: float) -> None:
        self._running = name, deadline_s, ends
        self._file.seek(0)
        self._file.truncate()
        self._file.write(f"{name} took longer than {deadline_s:g} s; the stack of every thread at that moment:\n\n")
        self._file.flush()
        faulthandler.dump_traceback_later(max(0.001, ends - time.monotonic()), exit=True, file=self._file)

    def close(self) -> None:
        """Stop watching; a run that ended by itself leaves no file."""
        faulthandler.cancel_dump_traceback_later()
        self._file.close()
        self.path.unlink(missing_ok=True)


def last_hang(folder: Path) -> str | None:
    """What the watchdogs of earlier processes wrote as they ended them, put aside as `stacks-N.txt`; None where they did not."""
    written = {path: path.read_text(encoding="utf-8", errors="replace") for path in sorted(folder.glob("stacks.*txt"))}
    if not (texts := [text for text in written.values() if "most recent call first" in text]):
        return None
    text = "\n".join(texts)
    number = len(list(folder.glob("stacks-*.txt"))) + 1
    (folder / f"stacks-{number}.txt").write_text(text, encoding="utf-8")
    for path in written:
        path.unlink()
    return text
