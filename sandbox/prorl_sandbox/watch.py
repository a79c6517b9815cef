"""Watching one run from the server: drain what it writes, keep its time, kill it when it must end, say how it did.

Outputs are read into memory that no fork inherits: the next run, a copy of the server, finds nothing of them.
"""

import mmap
import os
import select
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from prorl_sandbox import wire
from prorl_sandbox.place import Place

CHUNK = 1 << 16
_CORES = os.cpu_count() or 1
_SLOWEST_S = 1.0
"""Seconds between two looks at a run that was killed and has not ended yet."""


@dataclass(kw_only=True, slots=True)
class Output:
    """One of a run's outputs: the end that is read, where its bytes go, and whether there were too many."""

    fd: int
    place: memoryview
    spare: memoryview
    filled: int = 0
    overflowed: bool = False

    def read(self) -> int | None:
        """Read what is there, at most a chunk: how much, 0 at the end of the stream, None where nothing is there yet."""
        full = self.filled == len(self.place)
        room = self.spare if full else self.place[self.filled : self.filled + CHUNK]
        try:
            got = os.readv(self.fd, [room])
        except BlockingIOError:
            return None
        except ConnectionResetError:
            return 0
        if full:
            self.overflowed |= got > 0
        else:
            self.filled += got
        return got

    def rest(self) -> None:
        """All that an ended run left behind. A pipe holds a bounded amount, so this ends."""
        while not self.overflowed and self.read():
            pass


class Buffer:
    """Memory for what one run writes: a chunk for what only passes through, then a stretch for each output."""

    def __init__(self, size: int = 4 << 20) -> None:
        memory = mmap.mmap(-1, size + CHUNK)
        memory.madvise(mmap.MADV_DONTFORK)
        view = memoryview(memory)
        self.spare, self._view = view[:CHUNK], view[CHUNK:]

    def outputs(self, readers: Sequence[int], sizes: Sequence[int]) -> list[Output]:
        """An output for each descriptor. Raises ValueError where there is not as much room."""
        if sum(sizes) > len(self._view):
            raise ValueError(f"outputs of {sum(sizes)} bytes do not fit into {len(self._view)}")
        made: list[Output] = []
        start = 0
        for fd, size in zip(readers, sizes, strict=True):
            os.set_blocking(fd, False)
            made.append(Output(fd=fd, place=self._view[start : start + size], spare=self.spare))
            start += size
        return made

    def fits(self, size: int) -> bool:
        """Whether outputs of that size in all have room."""
        return size <= len(self._view)


class Clock(NamedTuple):
    """A run's time: what it may use, and when it began."""

    cpu_s: float
    wall_s: float
    started: float


def passing(fd: int, size: int, through: memoryview) -> Iterator[memoryview]:
    """`size` bytes of a blocking descriptor, a part at a time, in memory that is used again. Raises EOFError where the stream ends before."""
    while size:
        got = os.readv(fd, [through[:size]])
        if not got:
            raise EOFError("the stream ended")
        size -= got
        yield through[:got]


class Watch:
    """One run being watched. `talks` is the server's end of a session's channel, if it is one: its bytes go out as they come."""

    def __init__(
        self, place: Place, pid: int, clock: Clock, *, inp: int, out: int, outputs: Sequence[Output], spare: memoryview, talks: int | None
    ) -> None:
        self._place, self._pid, self._clock, self._inp, self._out, self._talks = place, pid, clock, inp, out, talks
        self._spare = spare
        self._outputs = {output.fd: output for output in outputs}
        self._killed = wire.NOT_KILLED
        self._ended = os.pidfd_open(pid)
        self._poll = select.poll()
        for fd in (self._ended, inp, *self._outputs):
            self._poll.register(fd, select.POLLIN)
        self.asked = False
        """Whether the owner asked to end the request."""

    def until_end(self) -> wire.Report:
        """Watch to the end. Raises EOFError where the owner is gone; the run is killed then too."""
        cpu_clock = (~self._pid << 3) | 2
        try:
            while True:
                wall_left = self._clock.wall_s - (time.monotonic() - self._clock.started)
                cpu_left = self._clock.cpu_s - time.clock_gettime(cpu_clock)
                patience = _SLOWEST_S if self._killed else max(0.002, min(wall_left, cpu_left / _CORES if cpu_left > 0.02 else cpu_left))
                ready = [fd for fd, _ in self._poll.poll(patience * 1000)]
                if self._ended in ready:
                    return self._reap()
                for fd in ready:
                    self._serve(fd)
                if self._killed == wire.NOT_KILLED and wall_left <= 0:
                    self._kill(wire.WALL)
                elif self._killed == wire.NOT_KILLED and cpu_left <= 0:
                    self._kill(wire.CPU)
        finally:
            os.close(self._ended)

    def _serve(self, fd: int) -> None:
        if fd == self._inp:
            self._hear()
        elif fd == self._talks:
            self._pass_on(fd)
        elif self._outputs[fd].read() == 0:
            self._poll.unregister(fd)
        elif self._outputs[fd].overflowed:
            self._kill(wire.OUTPUT)

    def _kill(self, why: int) -> None:
        if self._killed == wire.NOT_KILLED:
            self._killed = why
            self._place.kill(self._pid)

    def _hear(self) -> None:
        """A frame from the owner: the end of the request, or a message for the program."""
        try:
            kind, size = wire.HEAD.unpack(wire.read_exactly(self._inp, wire.HEAD.size))
            if kind == wire.MESSAGE:
                self._deliver(size)
                return
            for _ in passing(self._inp, size, self._spare):
                pass
        except EOFError:
            self._kill(wire.ASKED)
            self._poll.unregister(self._inp)
            self._reap()
            raise
        self.asked = True
        self._kill(wire.ASKED)

    def _deliver(self, left: int) -> None:
        """Move a message to the program's socket through memory that no fork has. A program that does not listen for long is killed."""
        listening = self._killed == wire.NOT_KILLED
        for part in passing(self._inp, left, self._spare):
            while listening and part and self._talks is not None:
                wall_left = self._clock.wall_s - (time.monotonic() - self._clock.started)
                _, writable, _ = select.select([], [self._talks], [], max(0.0, wall_left))
                try:
                    part = part[os.write(self._talks, part) :] if writable else part[:0]
                except OSError:  # the program closed its end: its own affair, and it may still end well
                    listening = False
                if not writable:
                    listening = False
                    self._kill(wire.WALL)

    def _pass_on(self, fd: int) -> None:
        """What a session's program says goes to the owner at once; whether it makes sense is judged there."""
        if self._forward(self._outputs[fd]) == 0:
            self._poll.unregister(fd)

    def _forward(self, output: Output) -> int | None:
        got = output.read()
        if got:
            wire.write_all(self._out, wire.HEAD.pack(wire.PART, got), output.place[:got])
        output.filled = 0
        return got

    def _reap(self) -> wire.Report:
        self._place.sweep(self._pid)
        for fd, output in self._outputs.items():
            if fd != self._talks:
                output.rest()
                continue
            while self._forward(output):
                pass
        _, status, usage = os.wait4(self._pid, 0)
        overflowed = any(output.overflowed for output in self._outputs.values())
        lengths = [output.filled for output in self._outputs.values()]
        return wire.Report(
            killed=self._killed,
            overflowed=overflowed,
            exit_code=os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
            signal=os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
            cpu_s=usage.ru_utime + usage.ru_stime,
            wall_s=time.monotonic() - self._clock.started,
            peak_kib=usage.ru_maxrss,
            lengths=(lengths[0], lengths[1], lengths[2]),
        )
