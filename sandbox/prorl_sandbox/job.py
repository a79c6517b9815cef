"""A request made ready for a server: checked, encoded, cut into pieces that are handed over whole."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from prorl_gym.sandbox import ExecutionRequest, Limits
from prorl_sandbox import codec
from prorl_sandbox.endings import KIB

MAX_CODE = 1 << 20
"""Bytes of a program's text."""
MAX_FILES, MAX_NUM_FILES = 12 << 20, 500
"""What of the scratch space the files of a request may take."""
_PAGE = 4096
MAX_INPUT = 64 << 20
"""Bytes of one input."""
_PIECE_BYTES, _PIECE_RUNS = 32 << 20, 256
_CHANNEL_SLACK = 4096


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """What a server is sent for one request: everything but which inputs, and for how long."""

    mode: str
    source: bytes
    entry: str
    files: Mapping[str, bytes]
    inputs: Sequence[Any]
    limits: Limits
    seed: int = 0
    channel_cap: int = 0
    extra: Mapping[str, Any] | None = None

    def piece(self, start: int) -> list[bytes]:
        """The encoded inputs from `start` on that go over together; at least one."""
        made: list[bytes] = []
        for item in self.inputs[start : start + _PIECE_RUNS]:
            made.append(codec.encode(list(item)) if self.mode == "call" else bytes(item))
            if sum(map(len, made)) >= _PIECE_BYTES:
                break
        return made

    def header(self, inputs: Sequence[bytes], total_s: float) -> dict[str, Any]:
        """What the server reads; no byte of the program or its data."""
        limits = self.limits
        return {
            "mode": self.mode,
            "entry": self.entry,
            "seed": self.seed,
            "code": len(self.source),
            "files": [(name, len(data)) for name, data in self.files.items()],
            "inputs": [len(data) for data in inputs],
            "caps": (limits.stdout_kib * KIB, limits.stderr_kib * KIB, self.channel_cap or limits.stdout_kib * KIB + _CHANNEL_SLACK),
            "total_s": total_s,
            "limits": {
                "cpu_s": limits.cpu_s,
                "cpu_ceiling_s": math.ceil(limits.cpu_s) + 1,
                "wall_s": limits.wall,
                "memory_mib": limits.memory_mib,
                "processes": limits.processes,
                "open_files": limits.open_files,
            },
            **(self.extra or {}),
        }

    def blobs(self, inputs: Sequence[bytes]) -> list[bytes]:
        """The bytes that follow the header."""
        return [self.source, *self.files.values(), *inputs]


def check(request: ExecutionRequest) -> None:
    """Raise ValueError for a request that is itself wrong, whatever its program does."""
    if request.mode not in ("stdio", "call"):
        raise ValueError(f"a mode is 'stdio' or 'call'; got {request.mode!r}")
    if request.mode == "call" and (not request.entry or request.language != "python"):
        raise ValueError(
            f"mode 'call' needs `entry`, the name of a Python function to call; got the entry {request.entry!r}, language {request.language!r}"
        )
    limits = request.limits
    if min(limits.cpu_s, limits.wall, limits.memory_mib, limits.processes, limits.open_files, limits.stdout_kib, limits.stderr_kib) <= 0:
        raise ValueError(f"every limit is greater than 0; got {limits}")
    _check_files(request.files)
    if request.mode == "stdio":
        for given in request.inputs:
            if not isinstance(given, bytes):
                raise ValueError(f"in mode 'stdio' an input is bytes; got {type(given).__name__}")
            if len(given) > MAX_INPUT:
                raise ValueError(f"an input holds at most {MAX_INPUT} bytes; got {len(given)}")


def _check_files(files: Mapping[str, bytes]) -> None:
    for name in files:
        if not 0 < len(name.encode("utf-8", "surrogateescape")) <= 255 or "/" in name or "\0" in name or name in (".", ".."):
            raise ValueError(f"a file's name is one path component of at most 255 bytes; got {name[:80]!r}")
    size = sum(-(-len(data) // _PAGE) * _PAGE for data in files.values())
    if size > MAX_FILES or len(files) > MAX_NUM_FILES:
        raise ValueError(f"a request has at most {MAX_NUM_FILES} files of {MAX_FILES} bytes in all; got {len(files)} of {size}")


def source_of(request: ExecutionRequest) -> bytes:
    """The program's text as bytes. Raises ValueError beyond MAX_CODE."""
    source = request.code.encode("utf-8", "surrogatepass")
    if len(source) > MAX_CODE:
        raise ValueError(f"a program holds at most {MAX_CODE} bytes; got {len(source)}")
    return source


def python_job(request: ExecutionRequest, *, session: bool = False) -> Job:
    """The job of a Python request."""
    return Job(
        mode="session" if session else request.mode,
        source=source_of(request),
        entry=request.entry or "",
        files=request.files,
        inputs=(b"",) if session else request.inputs,
        limits=request.limits,
        seed=request.seed,
    )
