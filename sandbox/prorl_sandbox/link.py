"""The owner's end of one fork server: start it, hand it runs, drain what they write. One run at a time; not safe to share by threads.

Programs and inputs go over as sealed memory files, outputs come back on pipes that only the run holds the other end of. Output is read
while the run goes on and beyond its cap discarded, so a flood costs the caller no memory and a full pipe cannot stop the clock.
"""

import contextlib
import fcntl
import json
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from prorl_gym.errors import SandboxUnavailableError

START_S = 30.0
GRACE_S = 10.0
"""Wall seconds after a run's own limit before the server itself counts as lost."""
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
_CHUNK = 1 << 16

REMEDIES = {
    "user namespace": "allow user namespaces: sysctl user.max_user_namespaces=15000 (older Debian: kernel.unprivileged_userns_clone=1; Ubuntu "
    "23.10 and later: kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile); a container's default seccomp profile refuses them "
    "too: run it with a profile that allows unshare and mount",
    "namespaces": "the container's seccomp profile refuses unshare: run it with a profile that allows unshare and mount",
    "root file system": "a kernel of 5.12 or newer and, in a container, a profile that allows the mount calls",
    "identity": "start as an ordinary user, or with a user namespace that maps more than one user",
    "pid namespace": "allow pid namespaces: sysctl user.max_pid_namespaces=15000",
    "seccomp": "x86-64 or aarch64 Linux",
}


class ServerLostError(Exception):
    """The server ended or stopped answering; start another one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RawRun:
    """What one run left, uninterpreted."""

    report: Mapping[str, Any]
    stdout: bytes
    stderr: bytes
    channel: bytes
    overflowed: bool


class Server:
    """One fork server in its jail. Raises SandboxUnavailableError where the kernel or the host refuses a step of the set-up."""

    def __init__(self) -> None:
        self._socket, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        script = str(Path(__file__).with_name("server.py"))
        python: str = getattr(sys, "_base_executable", "") or sys.executable
        with theirs:
            self._process = subprocess.Popen(
                [python, "-sSP", script, str(os.getpid())],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        try:
            self.landlock = self._greeting()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The launcher's process id."""
        return self._process.pid

    def _greeting(self) -> int:
        self._socket.settimeout(START_S)
        try:
            data = self._socket.recv(_CHUNK)
        except TimeoutError:
            data = b""
        self._socket.settimeout(None)
        hello: dict[str, Any] = json.loads(data or b'{"refused": "start", "error": "the fork server ended before it was ready"}')
        if "refused" in hello:
            where = hello["refused"]
            remedy = REMEDIES.get(where, "see the README of prorl_sandbox for what the host must allow")
            raise SandboxUnavailableError(f"the step {where!r} of the jail's set-up was refused ({hello['error']}). Remedy: {remedy}")
        return hello["landlock"]

    def run(self, program: int, stdin: bytes, header: Mapping[str, Any], *, stdout_cap: int, stderr_cap: int, channel_cap: int) -> RawRun:
        """Run the program behind the descriptor `program` once. Raises ServerLostError."""
        pipes = [os.pipe() for _ in range(3)]
        readers, writers = [r for r, _ in pipes], [w for _, w in pipes]
        source = memory_file(stdin)
        try:
            try:
                socket.send_fds(self._socket, [json.dumps(header).encode()], [program, source, *writers])
            except OSError as error:
                raise ServerLostError(str(error)) from error
            finally:
                for fd in (*writers, source):
                    os.close(fd)
            drain = _Drain(readers, [stdout_cap, stderr_cap, channel_cap])
            report = self._await(drain, time.monotonic() + header["limits"]["wall_s"] + GRACE_S)
            stdout, stderr, channel = (bytes(b) for b in drain.buffers)
            return RawRun(report=report, stdout=stdout, stderr=stderr, channel=channel, overflowed=drain.overflowed)
        finally:
            for fd in readers:
                os.close(fd)

    def _await(self, drain: "_Drain", deadline: float) -> Mapping[str, Any]:
        waiting = select.poll()
        for fd in (self._socket.fileno(), *drain.readers):
            waiting.register(fd, select.POLLIN)
        asked = False
        while True:
            ready = [fd for fd, _ in waiting.poll(max(0.0, deadline - time.monotonic()) * 1000)]
            if not ready:
                raise ServerLostError("no report in time")
            if self._socket.fileno() in ready:
                try:
                    data = self._socket.recv(_CHUNK)
                except OSError as error:
                    raise ServerLostError(str(error)) from error
                if not data:
                    raise ServerLostError("the fork server ended during a run")
                drain.rest()
                return json.loads(data)
            for fd in ready:
                if not drain.read(fd):
                    waiting.unregister(fd)
            if drain.overflowed and not asked:
                asked = True
                with contextlib.suppress(OSError):  # a server that is gone shows at the next poll
                    self._socket.send(b"kill")

    def close(self) -> None:
        """End the server and everything in its jail."""
        self._socket.close()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def abandon(self) -> None:
        """Let go of a server that belongs to another process: this one was forked from it."""
        self._socket.close()
        self._process.returncode = 0


class _Drain:
    """Reads pipes into buffers up to a cap each; beyond it, reads and forgets."""

    def __init__(self, readers: list[int], caps: list[int]) -> None:
        self.readers = readers
        self.buffers = [bytearray() for _ in readers]
        self.overflowed = False
        self._caps = caps
        for fd in readers:
            os.set_blocking(fd, False)

    def read(self, fd: int) -> bool:
        """Read what is there, at most a chunk; False at the end of the stream."""
        try:
            data = os.read(fd, _CHUNK)
        except BlockingIOError:
            return True
        place = self.readers.index(fd)
        room = self._caps[place] - len(self.buffers[place])
        self.buffers[place] += data[:room]
        self.overflowed |= len(data) > room
        return bool(data)

    def rest(self) -> None:
        """All that an ended run left in its pipes. A pipe holds a bounded amount, so this ends."""
        for fd in self.readers:
            for _ in range(64):
                try:
                    data = os.read(fd, _CHUNK)
                except BlockingIOError:
                    break
                if not data:
                    break
                place = self.readers.index(fd)
                room = self._caps[place] - len(self.buffers[place])
                self.buffers[place] += data[:room]
                self.overflowed |= len(data) > room


def memory_file(data: bytes) -> int:
    """A sealed, anonymous file that holds `data`, read from its start."""
    fd = os.memfd_create("data", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    view = memoryview(data)
    while view:
        view = view[os.write(fd, view) :]
    os.lseek(fd, 0, os.SEEK_SET)
    fcntl.fcntl(fd, fcntl.F_ADD_SEALS, _SEALS)
    return fd
