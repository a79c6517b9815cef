"""One launched command from its start to its end: its log shown, a stop passed on with bounded patience, nothing of it left behind.

A command writes to a log file that is followed here, not to a pipe: a launcher that dies takes no training with it. Workers may live in
sessions of their own (torchrun's do), so what is left at the end is found by a mark in its environment.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prorl_trainer.backends import Launch

KILL_AFTER_S = 5.0
"""What a command has between being terminated and being killed."""
POLL_S = 0.1
_MARK = "PRORL_LAUNCH"


def run_command(
    item: Launch,
    argv: tuple[str, ...],
    *,
    cwd: Path,
    environment: Mapping[str, str],
    log: Path,
    lock: int,
    stop: "Stop",
    show: Callable[[str], Any],
) -> int:
    """Run `argv` to its end, its output appended to `log` and shown; gives its exit status. `lock` is a file descriptor that it inherits."""
    mark = uuid.uuid4().hex
    begun = log.stat().st_size if log.exists() else 0
    with log.open("ab") as file, _Follower(log, begun, item.noise, show) as follow:
        process = subprocess.Popen(
            argv,
            cwd=cwd,
            env={**environment, _MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,  # Ctrl-C reaches this process alone, which passes on what it should
            pass_fds=(lock,),
        )
        note_pid(lock, process.pid)
        try:
            _wait(process, item, stop, mark, follow=follow)
        finally:
            _kill(process, mark)
    return process.returncode


def note_pid(lock: int, pid: int) -> None:
    """Write into the lock file who holds it."""
    os.ftruncate(lock, 0)
    os.pwrite(lock, f"{pid}".encode(), 0)


def to_stderr(text: str) -> None:
    """Print; a closed terminal ends no training."""
    with contextlib.suppress(OSError):
        sys.stderr.write(text)
        sys.stderr.flush()


def _wait(process: "subprocess.Popen[bytes]", item: Launch, stop: "Stop", mark: str, *, follow: Callable[[], Any]) -> None:
    """Until the process has ended, by itself or because it was made to; `follow` is called all the while."""
    terminate_at, kill_at = float("inf"), float("inf")
    told = 0
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(POLL_S)
        follow()
        now = time.monotonic()
        if process.returncode is not None:
            return
        if stop.asked > told:
            told = stop.asked
            if told == 1:
                _ask(process, item, stop)
                terminate_at = now + item.stop_timeout_s
            else:
                terminate_at = now
        if now >= terminate_at:
            process.terminate()
            terminate_at, kill_at = float("inf"), now + KILL_AFTER_S
        if now >= kill_at:
            _kill(process, mark)


def _ask(process: "subprocess.Popen[bytes]", item: Launch, stop: "Stop") -> None:
    to_stderr("finishing the step and saving; press Ctrl-C again to stop at once\n")
    if item.stop_file:
        item.stop_file.touch()
    else:
        process.send_signal(stop.signal)


def _kill(process: "subprocess.Popen[bytes]", mark: str) -> None:
    """Kill what is left of the launch: the process and whatever carries its mark in the environment, workers in sessions of their own included."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"{_MARK}={mark}".encode() in (entry / "environ").read_bytes():
                os.kill(int(entry.name), signal.SIGKILL)
    if process.poll() is None:  # where there is no /proc
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


class _Follower:
    """Shows a growing log line by line, up to where the launcher's own noise begins."""

    def __init__(self, path: Path, begin: int, noise: str | None, show: Callable[[str], Any]) -> None:
        self._file = path.open("rb")
        self._file.seek(begin)
        self._noise, self._show, self._rest, self._muted = noise, show, b"", False

    def __enter__(self) -> "_Follower":
        return self

    def __call__(self) -> None:
        """Show the lines that have been written since the last call."""
        *lines, self._rest = (self._rest + self._file.read()).split(b"\n")
        for line in lines:
            self._line(line)

    def _line(self, line: bytes) -> None:
        text = line.decode("utf-8", errors="replace")
        self._muted = self._muted or (self._noise is not None and self._noise in text)
        if not self._muted:
            self._show(f"{text}\n")

    def __exit__(self, *_: Any) -> None:
        self()
        if self._rest:
            self._line(self._rest)
        self._file.close()


class Stop:
    """Counts the asks for a stop, within the `with`. Off the main thread no signal can be heard, and none is."""

    def __init__(self) -> None:
        self.asked = 0
        self.signal: int = signal.SIGTERM
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Stop":
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def _note(self, number: int, _: Any) -> None:
        self.asked += 1
        self.signal = number

    def __exit__(self, *_: Any) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
