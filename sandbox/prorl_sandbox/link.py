"""The owner's end of one fork server: start it, hand it a request, read what comes back. One request at a time; not safe to share by threads.

A `Link` speaks the frames of `wire` over a `Transport`, any stream of bytes each way. `local_server` gives the one of this machine: a process of the
tier, on two pipes.
"""

import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import orjson

from prorl_gym.errors import SandboxUnavailableError
from prorl_sandbox import place, wire

START_S = 30.0
GRACE_S = 10.0
"""Wall seconds after a run's own limit before the server itself counts as lost."""
_CHUNK = 1 << 18

REMEDIES = {
    "user namespace": "allow user namespaces: sysctl user.max_user_namespaces=15000 (older Debian: kernel.unprivileged_userns_clone=1; Ubuntu "
    "23.10 and later: kernel.apparmor_restrict_unprivileged_userns=0 or an AppArmor profile with 'userns,'); a container's default seccomp profile "
    "refuses them too: there the tier 'restricted' is for you",
    "namespaces": "the container's seccomp profile refuses unshare: there the tier 'restricted' is for you",
    "root file system": "a kernel of 5.12 or newer and, in a container, a profile that allows the mount calls",
    "identity": "start as an ordinary user, or with a user namespace that maps more than one user",
    "unprivileged user": "start as an ordinary user, or leave root the capabilities SETUID and SETGID",
    "pid namespace": "allow pid namespaces: sysctl user.max_pid_namespaces=15000",
    "landlock": "a kernel of 5.13 or newer with Landlock among its security modules (CONFIG_LSM, or lsm= at boot), and a container that allows it",
    "seccomp": "x86-64 or aarch64 Linux",
    "start": "the interpreter and its standard library must be readable by the user that the sandbox runs as",
}


class ServerLostError(Exception):
    """The server ended or stopped answering; start another one. `out_of_memory` where its own end of the memory is known to be why."""

    out_of_memory = False


class CancelledRequestError(Exception):
    """The caller wants no more of the request under way."""


class Transport(Protocol):
    """A stream of bytes each way. One that can tell may also have `out_of_memory() -> bool`: whether the server ended for want of memory."""

    pid: int
    """The process whose end is the stream's end, as the owner sees it; 0 where it sees none."""

    def fileno(self) -> int:
        """A descriptor that polls as readable when `read` has something or the stream has ended."""
        ...

    def read(self) -> bytes | None:
        """What has come; b"" at the end of the stream; None where nothing is there after all. Raises OSError."""
        ...

    def write(self, *parts: "bytes | memoryview") -> None:
        """Write all of the parts. Raises OSError."""
        ...

    def close(self) -> None:
        """End the stream and the server behind it, at once. May be called again."""
        ...

    def abandon(self) -> None:
        """Let go of a stream that belongs to another process: this one was forked from it."""
        ...


class Link:
    """A server that is ready. Raises SandboxUnavailableError where it says that it cannot be, and closes the transport then."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._data = bytearray()
        self._poll = select.poll()
        self._poll.register(transport.fileno(), select.POLLIN)
        self.pid = transport.pid
        try:
            self.hello = self._greeting()
        except BaseException:
            self.close()
            raise

    def _greeting(self) -> Mapping[str, Any]:
        try:
            kind, body = self.next(time.monotonic() + START_S)
        except ServerLostError:
            kind, body = wire.HELLO, b'{"refused": "start", "error": "the fork server ended before it was ready"}'
        hello: dict[str, Any] = orjson.loads(body)
        if kind != wire.HELLO or "refused" in hello:
            where = hello.get("refused", "start")
            remedy = REMEDIES.get(where, "see the README of prorl_sandbox for what the host must allow")
            raise SandboxUnavailableError(f"the step {where!r} of the jail's set-up was refused ({hello.get('error', body[:200])}). Remedy: {remedy}")
        return hello

    def begin(self, header: Mapping[str, Any], blobs: Sequence[bytes]) -> None:
        """Hand over a request and the bytes that belong to it. Raises ServerLostError."""
        self._write(wire.frame(wire.REQUEST, orjson.dumps(header)), *blobs)

    def say(self, message: bytes) -> None:
        """Bytes for the program of a session. Raises ServerLostError."""
        self._write(wire.frame(wire.MESSAGE, message))

    def _write(self, *parts: bytes) -> None:
        try:
            self._transport.write(*parts)
        except OSError as error:
            raise ServerLostError(str(error)) from error

    def next(self, deadline: float, *, cancel: int | None = None, soft: bool = False) -> tuple[bytes, bytes]:
        """The next frame's kind and body, by `deadline` (time.monotonic).

        Raises ServerLostError where it does not come (with `soft`, TimeoutError), CancelledRequestError once the descriptor `cancel` is readable.
        """
        while (frame := self._whole_frame()) is None:
            if cancel is not None:
                self._poll.register(cancel, select.POLLIN)
            try:
                ready = [fd for fd, _ in self._poll.poll(max(0.0, deadline - time.monotonic()) * 1000)]
            finally:
                if cancel is not None:
                    self._poll.unregister(cancel)
            if cancel is not None and cancel in ready:
                raise CancelledRequestError("the caller wants no more")
            if not ready:
                raise TimeoutError("nothing was said in time") if soft else ServerLostError("no report in time")
            self._read()
        return frame

    def _read(self) -> None:
        try:
            data = self._transport.read()
        except OSError as error:
            raise self._lost(str(error)) from error
        if data == b"":
            raise self._lost("the fork server ended during a run")
        self._data += data or b""

    def _lost(self, why: str) -> ServerLostError:
        error = ServerLostError(why)
        error.out_of_memory = bool(getattr(self._transport, "out_of_memory", bool)())
        return error

    def _whole_frame(self) -> tuple[bytes, bytes] | None:
        if len(self._data) < wire.HEAD.size:
            return None
        kind, size = wire.HEAD.unpack_from(self._data)
        end = wire.HEAD.size + size
        if len(self._data) < end:
            return None
        body = bytes(memoryview(self._data)[wire.HEAD.size : end])
        del self._data[:end]
        return kind, body

    def stop(self) -> None:
        """Ask to end the request under way. Raises ServerLostError."""
        self._write(wire.frame(wire.KILL))

    def cancel(self) -> None:
        """End the request under way and wait until the server is ready for the next one. Raises ServerLostError."""
        self.stop()
        deadline = time.monotonic() + GRACE_S
        while self.next(deadline)[0] != wire.END:
            pass

    def close(self) -> None:
        """End the server and everything in its jail."""
        self._transport.close()

    def abandon(self) -> None:
        """Let go of a server that belongs to another process: this one was forked from it."""
        self._transport.abandon()


class _Pipes:
    """A process of this machine, on two pipes, and the folder that is private to it, if any: removed with it."""

    def __init__(self, command: Sequence[str], folder: str | None) -> None:
        self._folder = folder
        theirs_in, self._out = os.pipe()
        self._in, theirs_out = os.pipe()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=theirs_in,
                stdout=theirs_out,
                stderr=subprocess.DEVNULL,
                env={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        except BaseException:
            os.close(self._out)
            os.close(self._in)
            self._clean()
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self.pid = self._process.pid
        self._open = True

    def fileno(self) -> int:
        return self._in

    def read(self) -> bytes:
        self._check()
        return os.read(self._in, _CHUNK)

    def write(self, *parts: "bytes | memoryview") -> None:
        self._check()
        wire.write_all(self._out, *parts)

    def close(self) -> None:
        if not self._open:
            return
        self._let_go()
        try:
            self._process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._clean()

    def _clean(self) -> None:
        if self._folder is not None:
            place.remove(self._folder)

    def abandon(self) -> None:
        self._let_go()
        self._process.returncode = 0

    def _check(self) -> None:
        if not self._open:
            raise BrokenPipeError("the server was ended")

    def _let_go(self) -> None:
        if self._open:
            self._open = False
            os.close(self._out)
            os.close(self._in)


def local_server(tier: str, *options: str, python: str | None = None, folder: str | None = None) -> Link:
    """A fork server of this machine; `folder` is the private folder of one without namespaces.

    Raises SandboxUnavailableError where the kernel or the host refuses a step of its set-up.
    """
    script = str(Path(__file__).with_name("server.py"))
    interpreter: str = python or getattr(sys, "_base_executable", "") or sys.executable
    named = () if folder is None else (wire.FOLDER + folder,)
    return Link(_Pipes([interpreter, "-sSP", script, tier, str(os.getpid()), *options, *named], folder))
