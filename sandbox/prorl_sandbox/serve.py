"""The fork server's loop: requests come in on one stream, runs go out on another. The same for a jail's pipes and a container's console.

The server knows limits and lengths. Programs, files and inputs go by the kernel from the stream into memory files, outputs from pipes into memory
that no fork has: no byte of them is ever in the memory that the next run is a copy of.
"""

import contextlib
import fcntl
import json
import os
import stat
import time
from typing import Any

from prorl_sandbox import libc, run, wire
from prorl_sandbox.place import Allowance, Place
from prorl_sandbox.watch import Buffer, Clock, Watch, passing

_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def serve(place: Place, inp: int, out: int) -> None:
    """Answer requests until the owner's end of the stream closes."""
    libc.prctl("PR_SET_DUMPABLE", libc.PR_SET_DUMPABLE, 0)
    hello: dict[str, Any] = {
        "landlock_abi": place.landlock_abi,
        "namespaces": place.namespaces,
        "writable": place.writable,
        "kernel": os.uname().release,
    }
    wire.write_all(out, wire.frame(wire.HELLO, json.dumps(hello).encode()))
    server = _Server(place, inp, out)
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            server.listen()


class _Server:
    def __init__(self, place: Place, inp: int, out: int) -> None:
        self._place, self._inp, self._out = place, inp, out
        self._buffer = Buffer()

    def listen(self) -> None:
        """The next frame. Raises EOFError where the owner is gone."""
        kind, size = wire.HEAD.unpack(wire.read_exactly(self._inp, wire.HEAD.size))
        if kind != wire.REQUEST:  # it crossed with the end of its request
            for _ in passing(self._inp, size, self._buffer.spare):
                pass
            return
        request = json.loads(wire.read_exactly(self._inp, size))
        if not self._buffer.fits(sum(request["caps"])):
            self._buffer = Buffer(sum(request["caps"]))
        if not self._answer(request):
            wire.write_all(self._out, wire.frame(wire.END))

    def _answer(self, request: dict[str, Any]) -> bool:
        """Run the program on each of its inputs, until its time is over or the owner wants no more. True where END went with a run."""
        until = time.monotonic() + request["total_s"]
        allowed = run.allowance(request)
        sizes = (request["code"], sum(size for _, size in request["files"]), sum(request["inputs"]))
        with contextlib.ExitStack() as held:
            source, files, inputs = (_keep(held, _receive(self._inp, size)) for size in sizes)
            offset = 0
            for number, size in enumerate(request["inputs"], 1):
                left = until - time.monotonic()
                if left <= 0:
                    return False
                stdin = _stretch(inputs, offset, size)
                offset += size
                last = number == len(request["inputs"])
                if self._run(request, allowed, source, stdin, files, min(left, request["limits"]["wall_s"]), last=last):
                    return True
        return False

    def _run(self, request: dict[str, Any], allowed: Allowance, source: int, stdin: int, files: int, wall_s: float, *, last: bool) -> bool:
        """One run, which takes over `stdin`; True where it ended the request: the last one, or the owner wanted no more."""
        started = time.monotonic()
        pairs = [os.pipe(), os.pipe(), _pair() if request["mode"] == "session" else os.pipe()]
        readers, writers = [r for r, _ in pairs], [w for _, w in pairs]
        try:
            try:
                pid = run.start(self._place, request, allowed, run.Descriptors(source, stdin, writers[0], writers[1], writers[2], files))
            finally:
                for fd in (*writers, stdin):
                    os.close(fd)
            outputs = self._buffer.outputs(readers, request["caps"])
            clock = Clock(request["limits"]["cpu_s"], wall_s, started)
            talks = readers[2] if request["mode"] == "session" else None
            watch = Watch(self._place, pid, clock, inp=self._inp, out=self._out, outputs=outputs, spare=self._buffer.spare, talks=talks)
            report = watch.until_end()
        finally:
            for fd in readers:
                os.close(fd)
        self._place.clear()
        ends = last or watch.asked
        head = wire.HEAD.pack(wire.RUN, wire.REPORT_SIZE + sum(report.lengths))
        wire.write_all(self._out, head + report.pack(), *(output.place[: output.filled] for output in outputs), wire.frame(wire.END) if ends else b"")
        return ends


def _pair() -> tuple[int, int]:
    """A duplex channel: ours, theirs. The module is loaded by the first session: mapped libraries cost every fork."""
    import socket

    ours, theirs = socket.socketpair()
    return ours.detach(), theirs.detach()


def _stretch(spool: int, offset: int, size: int) -> int:
    """A memory file of one input: a run must not see the others'."""
    made = os.memfd_create("data", os.MFD_CLOEXEC)
    while size:
        done = os.sendfile(made, spool, offset, size)
        offset, size = offset + done, size - done
    os.lseek(made, 0, os.SEEK_SET)
    return made


def _keep(stack: contextlib.ExitStack, fd: int) -> int:
    stack.callback(os.close, fd)
    return fd


def _receive(inp: int, size: int) -> int:
    """The next `size` bytes of the stream as a sealed memory file, by the kernel. Raises EOFError where the stream ends before."""
    made = os.memfd_create("data", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        if stat.S_ISFIFO(os.fstat(inp).st_mode):
            _splice(inp, made, size)
        else:
            _splice_through_pipe(inp, made, size)
        fcntl.fcntl(made, fcntl.F_ADD_SEALS, _SEALS)
    except BaseException:
        os.close(made)
        raise
    return made


def _splice(source: int, target: int, size: int) -> None:
    while size:
        done = os.splice(source, target, size)
        if not done:
            raise EOFError("the stream ended")
        size -= done


def _splice_through_pipe(source: int, target: int, size: int) -> None:
    """One end of a splice must be a pipe: a socket's bytes go through one of our own."""
    reader, writer = os.pipe()
    try:
        while size:
            done = os.splice(source, writer, min(size, 1 << 16))
            if not done:
                raise EOFError("the stream ended")
            _splice(reader, target, done)
            size -= done
    finally:
        os.close(reader)
        os.close(writer)
