"""The frames between the owner and its fork server. They need nothing but a stream of bytes each way: a pipe, a socket, a container's console.

A frame is its kind (one byte), the length of its body, and the body. To the server: `REQUEST` (JSON: limits, lengths), followed by that many
raw bytes of program, files and inputs; `KILL`, which ends the request under way; `MESSAGE`, bytes for the program of a session.
From the server: `HELLO` (JSON, once), `RUN` (how a run ended, and what it wrote), `PART` (bytes from the program of a session), `END` of a request.
"""

import os
import struct
from typing import NamedTuple

REQUEST, KILL, MESSAGE = b"R", b"K", b"M"
HELLO, RUN, PART, END = b"H", b"U", b"P", b"E"
HEAD = struct.Struct("<cI")
FOLDER = "folder:"
"""Begins the option of a server's command line that names its private folder."""
_RUN = struct.Struct("<BBiiddQIII")
NO_EXIT = -1
NOT_KILLED, WALL, CPU, ASKED, OUTPUT = range(5)
"""Why the server killed a run."""


REPORT_SIZE = _RUN.size
"""Bytes of a RUN frame's body before what the run wrote."""


class Report(NamedTuple):
    """How one run ended, as the kernel and the server saw it, and how much of each output follows."""

    killed: int
    overflowed: bool
    exit_code: int | None
    signal: int | None
    cpu_s: float
    wall_s: float
    peak_kib: int
    lengths: tuple[int, int, int]
    """Bytes of standard output, standard error and the private channel."""

    def pack(self) -> bytes:
        """The fixed part of a RUN frame's body."""
        code = NO_EXIT if self.exit_code is None else self.exit_code
        return _RUN.pack(self.killed, self.overflowed, code, self.signal or 0, self.cpu_s, self.wall_s, self.peak_kib, *self.lengths)

    @classmethod
    def unpack(cls, body: bytes) -> "Report":
        """The inverse of `pack`; what follows in `body` is not looked at."""
        killed, overflowed, code, signal, cpu_s, wall_s, peak, *lengths = _RUN.unpack_from(body)
        return cls(
            killed=killed,
            overflowed=bool(overflowed),
            exit_code=None if code == NO_EXIT else code,
            signal=signal or None,
            cpu_s=cpu_s,
            wall_s=wall_s,
            peak_kib=peak,
            lengths=(lengths[0], lengths[1], lengths[2]),
        )


def frame(kind: bytes, body: bytes = b"") -> bytes:
    """A whole frame."""
    return HEAD.pack(kind, len(body)) + body


def write_all(fd: int, *parts: "bytes | memoryview") -> None:
    """Write all of the parts to a blocking descriptor."""
    rest = [memoryview(part) for part in parts if len(part)]
    while rest:
        done = os.writev(fd, rest)
        while rest and done >= len(rest[0]):
            done -= len(rest.pop(0))
        if rest:
            rest[0] = rest[0][done:]


def read_exactly(fd: int, size: int) -> bytes:
    """`size` bytes from a blocking descriptor. Raises EOFError where the stream ends before."""
    data = b""
    while len(data) < size:
        part = os.read(fd, size - len(data))
        if not part:
            raise EOFError("the stream ended")
        data += part
    return data
