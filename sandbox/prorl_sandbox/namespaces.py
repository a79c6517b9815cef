"""`NamespaceSandbox`, the backend "namespaces": a few fork servers in jails, and what the end of a run means.

It is honest about itself: before the first program it runs a probe that tries what must be impossible, and refuses to start where
anything succeeds or a control cannot be put in place. A run that fails for the sandbox's own reasons is tried once more on a fresh
server and is then SANDBOX_ERROR, which says nothing about the program.
"""

import os
import threading
import time
import weakref
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, ExecutionResult, Limits, RunResult, Status
from prorl_sandbox import codec, probe
from prorl_sandbox.link import RawRun, Server, ServerLostError, memory_file

_KIB = 1024
_TIMEOUTS = (Status.CPU_TIME, Status.WALL_TIME)
_RECYCLE = 10_000
"""Runs after which a server is replaced."""
_SIGKILL = 9


class NamespaceSandbox:
    """Runs untrusted Python in namespaces. Takes no arguments. Raises SandboxUnavailableError where it cannot do so safely.

    Safe to call from several threads: each concurrent `run` has a server of its own, at most one for each core.
    """

    name = "namespaces"

    def __init__(self) -> None:
        self._idle: list[_Slot] = []
        self._lock = threading.Lock()
        self._room = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._owner = os.getpid()
        self._closed = False
        self._finalizer = weakref.finalize(self, _close_all, self._idle, self._owner)
        first = _Slot()
        self._idle.append(first)
        landlock = first.server.landlock
        self.isolation = "namespaces+seccomp" + (f"+landlock{landlock}" if landlock else "")
        try:
            probe.check(self.run)
        except BaseException:
            self.close()
            raise

    def run(self, request: ExecutionRequest) -> ExecutionResult:
        """Run the program on each input. Raises ValueError for a request that is itself wrong, never for what the program does."""
        _check(request)
        deadline = time.monotonic() + request.limits.total_wall_s
        with self._slot() as slot:
            source = memory_file(request.code.encode("utf-8", "replace"))
            try:
                runs = tuple(self._runs(slot, source, request, deadline))
            finally:
                os.close(source)
        return ExecutionResult(runs=runs, isolation=self.isolation)

    def close(self) -> None:
        """End every server that is not in use, now, and the others as they finish."""
        self._closed = True
        with self._lock:
            _close_all(self._idle, self._owner)

    def _runs(self, slot: "_Slot", source: int, request: ExecutionRequest, deadline: float) -> Iterator[RunResult]:
        stopped = False
        for item in request.inputs:
            left = deadline - time.monotonic()
            if stopped or left <= 0:
                yield RunResult(status=Status.NOT_RUN)
                continue
            result = _one(slot, source, request, item, min(left, request.limits.wall))
            yield result
            stopped = ("timeout" in request.stop_on and result.status in _TIMEOUTS) or ("failure" in request.stop_on and result.status != Status.OK)

    @contextmanager
    def _slot(self) -> "Generator[_Slot]":
        if self._closed:
            raise SandboxUnavailableError("this sandbox is closed; open another one")
        if os.getpid() != self._owner:
            self._forked()
        with self._room:
            with self._lock:
                slot = self._idle.pop() if self._idle else None
            slot = slot or _Slot()
            try:
                yield slot
            except BaseException:
                slot.server.close()
                raise
            with self._lock:
                if self._closed or slot.runs >= _RECYCLE:
                    slot.server.close()
                else:
                    self._idle.append(slot)

    def _forked(self) -> None:
        """This process is a fork of the one that opened the sandbox: its servers are not ours to talk to."""
        for slot in self._idle:
            slot.server.abandon()
        self._idle.clear()
        self._lock, self._room = threading.Lock(), threading.BoundedSemaphore(os.cpu_count() or 1)
        self._owner = os.getpid()
        self._finalizer.detach()
        self._finalizer = weakref.finalize(self, _close_all, self._idle, self._owner)


class _Slot:
    """One server and how much it has done; the server is replaced when it is lost."""

    def __init__(self) -> None:
        self.server = Server()
        self.runs = 0

    def replace(self) -> None:
        self.server.close()
        self.server, self.runs = Server(), 0


def _close_all(slots: list[_Slot], owner: int) -> None:
    if os.getpid() == owner:
        while slots:
            slots.pop().server.close()


def _check(request: ExecutionRequest) -> None:
    if request.language != "python":
        raise ValueError(f"the sandbox 'namespaces' runs python; got the language {request.language!r}")
    if request.mode == "call" and not request.entry:
        raise ValueError("mode 'call' needs `entry`, the name of the function to call")
    limits = request.limits
    if min(limits.cpu_s, limits.wall, limits.memory_mib, limits.processes, limits.open_files) <= 0:
        raise ValueError(f"every limit is greater than 0; got {limits}")


def _one(slot: _Slot, source: int, request: ExecutionRequest, item: Any, wall_s: float) -> RunResult:
    """One run, tried once more on a fresh server where the first fails for the sandbox's own reasons."""
    limits = request.limits
    stdin = codec.encode(list(item)) if request.mode == "call" else bytes(item)
    header = {
        "mode": request.mode,
        "entry": request.entry or "",
        "seed": request.seed,
        "limits": {
            "cpu_s": limits.cpu_s,
            "wall_s": wall_s,
            "memory_mib": limits.memory_mib,
            "processes": limits.processes,
            "open_files": limits.open_files,
        },
    }
    stdout, stderr = limits.stdout_kib * _KIB, limits.stderr_kib * _KIB
    result = RunResult(status=Status.SANDBOX_ERROR)
    for attempt in range(2):
        slot.runs += 1
        try:
            raw = slot.server.run(source, stdin, header, stdout_cap=stdout, stderr_cap=stderr, channel_cap=stdout + _KIB)
            result = _result(raw, limits, call=request.mode == "call")
        except ServerLostError as lost:
            result = RunResult(status=Status.SANDBOX_ERROR, stderr=str(lost).encode())
        if result.status != Status.SANDBOX_ERROR:
            break
        try:
            slot.replace()
        except SandboxUnavailableError as error:
            return RunResult(status=Status.SANDBOX_ERROR, stderr=f"attempt {attempt + 1}: {error}".encode())
    return result


def _result(raw: RawRun, limits: Limits, *, call: bool) -> RunResult:
    report = raw.report
    status, value = _status(raw, limits), None
    if status is Status.OK and call:
        try:
            value = codec.decode(raw.channel[2:])
        except codec.CodecError:
            status = Status.NONZERO_EXIT  # the program ended early, or wrote to the channel itself: there is no value to compare
    return RunResult(
        status=status,
        stdout=raw.stdout,
        stderr=raw.stderr if raw.channel[:1] == b"S" else raw.channel,
        exit_code=report["exit_code"],
        signal=report["signal"],
        value=value,
        cpu_s=report["cpu_s"],
        wall_s=report["wall_s"],
    )


def _status(raw: RawRun, limits: Limits) -> Status:
    """How a run ended, from what the kernel and the host saw; only COMPILE_ERROR and MEMORY by exit code rest on the run's own word."""
    report = raw.report
    if raw.channel[:1] != b"S":
        return Status.SANDBOX_ERROR
    if raw.overflowed:
        return Status.OUTPUT_LIMIT
    if report["killed"] == "wall":
        return Status.WALL_TIME
    if report["killed"] == "cpu":
        return Status.CPU_TIME
    if report["signal"] is not None:
        return _signalled(report, limits)
    if raw.channel[1:2] == b"C":
        return Status.COMPILE_ERROR
    if report["exit_code"] == 0:
        return Status.OK
    last = raw.stderr.rstrip().rpartition(b"\n")[2]
    return Status.MEMORY if last.startswith(b"MemoryError") else Status.NONZERO_EXIT


def _signalled(report: Any, limits: Limits) -> Status:
    """A run cannot send itself SIGKILL (it is pid 1 of its namespace): it came from a limit, or from outside the jail."""
    if report["signal"] != _SIGKILL:
        return Status.SIGNALED
    if report["cpu_s"] >= 0.95 * limits.cpu_s:
        return Status.CPU_TIME
    if report["peak_kib"] >= 0.9 * limits.memory_mib * _KIB:
        return Status.MEMORY
    return Status.SANDBOX_ERROR
