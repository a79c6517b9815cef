"""Makes codeio's items in a process of its own: each takes a program of reasoning-gym's data, and running it makes the item.

The process has a fixed hash seed, an empty folder to stand in and nothing of the caller's memory; a program that does not end is killed
with it. So an item is the same in every process, and no program touches the caller. It is no sandbox: the programs are the package's, not
a model's, and nobody has read them all.

One process serves all items of the process that asks; it is started on first use, and replaced after a kill.
"""

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import threading
from typing import Any, BinaryIO, cast

DEADLINE_S = 30.0
"""Wall seconds that one item may take, apart from starting the process."""
START_S = 120.0


class Maker:
    """The process and its pipes. `entry` asks it for one item; `close` ends it."""

    def __init__(self) -> None:
        path = os.pathsep.join(p for p in sys.path if p)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "prorl_env_logic.programs"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONPATH": path},
            start_new_session=True,
        )
        self.started = False

    def entry(self, level: int, seed: int) -> dict[str, Any]:
        """One item. Raises RuntimeError where its program fails, or does not end; the process is then closed."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        line = b""
        with contextlib.suppress(BrokenPipeError):  # the process has ended
            self.process.stdin.write(json.dumps([level, seed]).encode() + b"\n")
            self.process.stdin.flush()
            ready, _, _ = select.select([self.process.stdout], [], [], DEADLINE_S + (0 if self.started else START_S))
            line = self.process.stdout.readline() if ready else b""
        if not line:
            self.close()
            raise RuntimeError("the program of this item does not end, or ended the process")
        self.started = True
        found: dict[str, Any] = json.loads(line)
        if "error" in found:
            raise RuntimeError(found["error"])
        return found["entry"]

    def close(self) -> None:
        """Kill the process and close its pipes."""
        self.process.kill()
        with contextlib.suppress(BrokenPipeError):
            self.process.communicate()
        if self in _makers:
            _makers.remove(self)

    def abandon(self) -> None:
        """Forget a process that belongs to the parent of a fork."""
        self.process.returncode = 0


_makers: list[Maker] = []
_lock = threading.Lock()


def entry(level: int, seed: int) -> dict[str, Any]:
    """The codeio item of that level and seed; the same in every process. Raises RuntimeError where the seed gives none."""
    with _lock:
        if not _makers:
            _makers.append(Maker())
            atexit.unregister(_close)
            atexit.register(_close)
        return _makers[0].entry(level, seed)


def _close() -> None:
    for maker in list(_makers):
        maker.close()


def _forked() -> None:
    global _lock
    _lock = threading.Lock()
    for maker in _makers:
        maker.abandon()
    _makers.clear()


os.register_at_fork(after_in_child=_forked)


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer each line `[level, seed]` with a line `{"entry": ...}` or `{"error": ...}`, until the source ends."""
    from prorl_env_logic.source import run_program

    for line in source:
        level, seed = json.loads(line)
        try:
            answer: dict[str, Any] = {"entry": run_program(level, seed)}
        except Exception as error:  # a program of the data may raise anything; the seed then gives no item
            answer = {"error": f"{type(error).__name__}: {error}"[:500]}
        sink.write(json.dumps(answer).encode() + b"\n")
        sink.flush()


if __name__ == "__main__":
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what a program prints goes nowhere
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        serve(cast("BinaryIO", sys.stdin.buffer), cast("BinaryIO", pipe))
