"""The process behind one slot of the verifier pool: `python -m prorl_gym.worker`, a supervisor that forks a grader.

The supervisor imports verifiers and keeps the clock; its child grades, one item at a time. A child that overruns is killed and forked
anew from the warm supervisor, which takes milliseconds where importing sympy or reasoning-gym again would take seconds. The clock lives
here, not in the trainer, so a trainer that holds its interpreter lock for a second cannot turn a right answer into a time-out. Time
counts from the start of an item's grading: neither queueing nor the import of its verifier is charged to it.

Frames are a length and JSON. In: a list of items `{"id", "ref", "task", "completion" | "extracted", "mode", "sandbox", "deadline_s",
"gold"}`. Out: `{"id", "verdict"}`, `{"id", "overran": "time" | "memory" | "died"}`, `{"id", "gold": bool}` or `{"returned": [id, ...]}`: items that
stand behind a slow one go back to the pool at once, so that a neighbour does not wait for a deadline that is not its own.
"""

import os
import resource
import select
import signal
import struct
import sys
import time
from collections import deque
from typing import Any, cast

import orjson

from prorl_gym.registry import load_verifier, registry
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Verifier, grade

HAND_BACK_S = 0.02
_HEADER = struct.Struct(">I")


def write_frame(fd: int, value: Any) -> None:
    """Write one frame, whole. Raises BrokenPipeError where nobody reads."""
    try:
        body = orjson.dumps(value)
    except orjson.JSONEncodeError:  # a text with a lone surrogate, which no UTF-8 can hold
        body = orjson.dumps(without_surrogates(value))
    view = memoryview(_HEADER.pack(len(body)) + body)
    while view:
        view = view[os.write(fd, view) :]


def without_surrogates(value: Any) -> Any:
    """The same plain data with every lone surrogate replaced by "?"."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {without_surrogates(k): without_surrogates(v) for k, v in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [without_surrogates(v) for v in cast("list[Any]", value)]
    return value


def read_frame(fd: int) -> Any:
    """Read one frame; None at the end of the stream."""
    header = _read_exactly(fd, _HEADER.size)
    if header is None:
        return None
    body = _read_exactly(fd, _HEADER.unpack(header)[0])
    return None if body is None else orjson.loads(body)


def _read_exactly(fd: int, size: int) -> bytes | None:
    data = bytearray()
    while len(data) < size:
        part = os.read(fd, min(size - len(data), 1 << 20))
        if not part:
            return None
        data += part
    return bytes(data)


class Supervisor:
    """Keeps one grader child alive and on time. `run` returns when the pool closes its end."""

    def __init__(self, source: int, sink: int, *, memory: int) -> None:
        self.source, self.sink, self.memory = source, sink, memory
        self.verifiers: dict[str, Verifier | str] = {}
        self.pending: deque[dict[str, Any]] = deque()
        self.running: dict[str, Any] | None = None
        self.started = 0.0
        self.child = 0
        self.to_child = self.from_child = -1

    def run(self) -> None:
        """Serve until the pool's end of the pipe closes."""
        while True:
            if self.running is None and self.pending:
                self._start(self.pending.popleft())
            watched = [self.source] if self.running is None else [self.source, self.from_child]
            ready, _, _ = select.select(watched, [], [], self._patience())
            if self.running is not None and self.from_child in ready:
                self._finish()
            if self.source in ready:
                items = read_frame(self.source)
                if items is None:
                    self._kill()
                    return
                self.pending.extend(items)
            if self.running is not None:
                self._watch_clock()

    def _patience(self) -> float | None:
        if self.running is None:
            return 0.0 if self.pending else None
        left = self.started + self.running["deadline_s"] - time.monotonic()
        return max(0.0, min(left, HAND_BACK_S) if self.pending else left)

    def _start(self, item: dict[str, Any]) -> None:
        verifier = self._load(item["ref"])
        if isinstance(verifier, str):
            write_frame(self.sink, {"id": item["id"], "verdict": Verdict.ungradable(verifier).to_json(), "gold": False})
            return
        if item["deadline_s"] is None:
            item["deadline_s"] = verifier.deadline_s
        if not self.child:
            self._fork()
        self.running, self.started = item, time.monotonic()
        try:
            write_frame(self.to_child, item)
        except BrokenPipeError:
            self._lose("died")

    def _load(self, ref: str) -> Verifier | str:
        """The verifier, or why it cannot be had. A new import restarts the child, which must have it too."""
        if ref not in self.verifiers:
            try:
                verifier = load_verifier(ref)
                if verifier.needs_sandbox:
                    registry()
                self.verifiers[ref] = verifier
            except Exception as error:  # the verifier boundary: an import that fails is data
                self.verifiers[ref] = f"crash: {type(error).__name__}: {error}"[:500]
            self._kill()
        return self.verifiers[ref]

    def _finish(self) -> None:
        result = read_frame(self.from_child)
        if result is None:
            self._lose("died")
            return
        self.running = None
        write_frame(self.sink, result)

    def _watch_clock(self) -> None:
        assert self.running is not None
        spent = time.monotonic() - self.started
        if self.pending and spent >= HAND_BACK_S:
            write_frame(self.sink, {"returned": [i["id"] for i in self.pending]})
            self.pending.clear()
        if spent >= self.running["deadline_s"]:
            self._lose("time")

    def _lose(self, how: str) -> None:
        assert self.running is not None
        item, self.running = self.running, None
        self._kill()
        write_frame(self.sink, {"id": item["id"], "overran": how})

    def _kill(self) -> None:
        if self.child:
            os.kill(self.child, signal.SIGKILL)
            os.waitpid(self.child, 0)
            os.close(self.to_child)
            os.close(self.from_child)
            self.child = 0

    def _fork(self) -> None:
        in_read, in_write = os.pipe()
        out_read, out_write = os.pipe()
        self.child = os.fork()
        if self.child == 0:
            for fd in (self.source, self.sink, in_write, out_read):
                os.close(fd)
            _grade_forever(in_read, out_write, self.verifiers, self.memory)
            os._exit(0)
        os.close(in_read)
        os.close(out_write)
        self.to_child, self.from_child = in_write, out_read


def _grade_forever(source: int, sink: int, verifiers: dict[str, Any], memory: int) -> None:
    """The grader child: one item in, one result out, until the supervisor closes its end or kills it."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while (item := read_frame(source)) is not None:
        try:
            write_frame(sink, _grade_item(item, verifiers[item["ref"]]))
        except (MemoryError, RecursionError):
            write_frame(sink, {"id": item["id"], "overran": "memory"})
        except Exception as error:  # the verifier boundary: a verdict that is no plain data
            verdict = Verdict.ungradable(f"crash: the verdict cannot be sent: {type(error).__name__}: {error}"[:500])
            write_frame(sink, {"id": item["id"], "verdict": verdict.to_json()})


def _grade_item(item: dict[str, Any], verifier: Verifier) -> dict[str, Any]:
    task = Task.from_json(item["task"])
    completion, extracted = item["completion"], item["extracted"]
    if item["gold"]:
        try:
            completion, extracted = verifier.gold(task), None
        except Exception:  # the verifier boundary: a gold that cannot be written down is no gold
            completion = None
        if completion is None:
            return {"id": item["id"], "gold": False}
    verdict = grade(verifier, task, completion=completion, extracted=extracted, mode=item["mode"], sandbox=item["sandbox"])
    if verdict.reason.startswith("crash: MemoryError"):
        return {"id": item["id"], "overran": "memory"}
    if item["gold"]:
        return {"id": item["id"], "gold": verdict.score == 1.0}
    return {"id": item["id"], "verdict": verdict.to_json()}


if __name__ == "__main__":
    sink = os.dup(1)
    os.dup2(2, 1)  # what a verifier prints goes to standard error, not into the protocol
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the pool's owner, who closes the pipe
    Supervisor(os.dup(0), sink, memory=int(sys.argv[1])).run()
