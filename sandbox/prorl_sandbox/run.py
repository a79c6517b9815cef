"""A run's own process, from its fork to its end: descriptors, files, confinement, then the program. Nothing here returns.

The first letters on the private channel are written before the program's first statement runs: S set up, C does not compile, R runs; an E instead of
the S carries why the set-up failed. What follows R in mode "call" and in a session is the program's own claim. An executed program never has the
channel: what follows R there, the end of it as its parent saw it, is ours.
"""

import os
import select
import signal
import struct
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from prorl_sandbox import forks, libc, program
from prorl_sandbox.place import EXEC_FD, Allowance, Place

CHANNEL = program.CHANNEL
SET_UP_FAILED = 70
OUTPUT_FILE = "program.out"
"""What a compiler writes."""
_ENDING = struct.Struct("<iidQB")
_ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


class Descriptors(NamedTuple):
    """What a run gets: the program, its input, its outputs, its channel, and the content of its files one after the other."""

    source: int
    stdin: int
    stdout: int
    stderr: int
    channel: int
    files: int


def allowance(request: dict[str, Any]) -> Allowance:
    """What each run of a request may use."""
    limits = request["limits"]
    return Allowance(
        cpu_s=limits["cpu_ceiling_s"],
        memory_mib=limits["memory_mib"],
        processes=limits["processes"],
        open_files=limits["open_files"],
        executes=request["mode"] == "exec",
    )


def start(place: Place, request: dict[str, Any], allowed: Allowance, fds: Descriptors) -> int:
    """Fork a run; its process id. In the fork, does not return."""
    pid = place.fork()
    if pid:
        return pid
    code = SET_UP_FAILED
    try:
        _write_files(place.scratch, fds.files, request["files"])
        _arrange(fds)
        code = _confined(place, request, allowed)
    finally:
        os._exit(code)


def _write_files(folder: str, source: int, files: Sequence[tuple[str, int]]) -> None:
    """Copy each file by the kernel, so that its bytes are never in this process."""
    offset = 0
    for name, size in files:
        with open(f"{folder}/{name}", "xb") as file:
            while size:
                done = os.sendfile(file.fileno(), source, offset, size)
                offset, size = offset + done, size - done


def _arrange(fds: Descriptors) -> None:
    """Descriptors 0 to 4 and nothing else."""
    ordered = (fds.stdin, fds.stdout, fds.stderr, fds.channel, fds.source)
    high = [os.dup(fd) for fd in ordered]
    for target, fd in enumerate(high):
        os.dup2(fd, target)


def _confined(place: Place, request: dict[str, Any], allowed: Allowance) -> int:
    mode, cpu_s = request["mode"], request["limits"]["cpu_s"]
    executes = allowed.executes
    try:
        if allowed.processes > 1:
            forks.make_up()
        filter = place.confine(allowed)
        os.closerange(EXEC_FD + 1, 65536)
        if not executes and mode != "compile":
            filter()
    except BaseException as error:  # nothing runs half confined: the host hears why
        os.write(CHANNEL, f"E{type(error).__name__}: {error}".encode())
        return SET_UP_FAILED
    os.write(CHANNEL, b"S")
    if executes:
        return _parent(filter, cpu_s, lambda: libc.execute(EXEC_FD, [request["entry"]], _ENVIRONMENT))
    if mode == "compile":
        command: list[str] = request["command"]
        environment = {**_ENVIRONMENT, "TMPDIR": place.scratch, "PATH": request["path"]}
        code = _parent(filter, cpu_s, lambda: os.execve(command[0], command, environment))
        _hand_over(OUTPUT_FILE)
        return code
    return program.run(mode, request["entry"], request["seed"])


def _parent(filter: Callable[[], int], cpu_s: float, execute: Any) -> int:
    """Run another program as a child: the first process of a pid namespace would be spared the signals that should end it.

    Tells how the child ended, and ends with its exit code.
    """
    ready, failed = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.close(ready)
            os.dup2(failed, CHANNEL, inheritable=False)
            os.set_inheritable(EXEC_FD, False)
            filter()
            execute()
        except BaseException as error:  # a fork must end here; the channel is closed only by a program that started
            os.write(CHANNEL, f"{type(error).__name__}: {error}".encode())
        finally:
            os._exit(SET_UP_FAILED)
    os.close(failed)
    for fd in (0, 1, 2, EXEC_FD):
        os.close(fd)
    if why := os.read(ready, 1000):
        os.write(CHANNEL, b"F" + why)
        return SET_UP_FAILED
    os.write(CHANNEL, b"R")
    over = _await(pid, cpu_s)
    _, status, usage = os.wait4(pid, 0)
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -1
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    os.write(CHANNEL, _ENDING.pack(code, number, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, over))
    return code if code >= 0 else 1


def _await(pid: int, cpu_s: float) -> bool:
    """Wait for the child's end; True where its CPU time ran out and it was killed. The wall clock is the server's."""
    ended, clock = select.poll(), (~pid << 3) | 2
    ended.register(os.pidfd_open(pid), select.POLLIN)
    while True:
        left = cpu_s - time.clock_gettime(clock)
        if ended.poll(max(2.0, left * 1000)):
            return False
        if left <= 0.002:
            os.kill(pid, signal.SIGKILL)
            ended.poll()
            return True


@dataclass(frozen=True, kw_only=True, slots=True)
class Ending:
    """How an executed program ended, as its parent saw it."""

    exit_code: int | None
    signal: int | None
    cpu_s: float
    peak_kib: int
    over_time: bool


def read_ending(data: bytes) -> tuple[Ending | None, bytes]:
    """The ending at the start of what followed R on the channel, and the rest; None where the parent itself was killed."""
    if len(data) < _ENDING.size:
        return None, b""
    code, number, cpu_s, peak, over = _ENDING.unpack_from(data)
    made = Ending(exit_code=None if code < 0 else code, signal=number or None, cpu_s=cpu_s, peak_kib=peak, over_time=bool(over))
    return made, data[_ENDING.size :]


def _hand_over(name: str) -> None:
    """Write the file that a compiler made to the channel."""
    try:
        with open(name, "rb") as file:
            left = os.fstat(file.fileno()).st_size
            while left:
                left -= os.sendfile(CHANNEL, file.fileno(), None, left)  # pyright: ignore[reportArgumentType]
    except FileNotFoundError:
        return
