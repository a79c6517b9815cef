"""A second interpreter that grades what the pool grades, and measures it.

It has another hash seed than the pool's workers and takes its items in another order, so that a verdict which depends on either shows. Each
grading is timed (wall, and CPU of this process) and its memory is measured: the peak of the resident set above what the process held before it.

Frames as in `worker`. In: a list of items `{"ref", "task", "completion", "mode", "sandbox"}`. Out, for each in order: `{"verdict", "wall_s", "cpu_s",
"peak_mib"}`. The clock is kept by the caller's side, `Meter`, which kills the process on an overrun and goes on with a new one.
"""

import os
import queue
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from prorl_gym.pool import IMPORT_S, WORKER_FLAG, GradeRequest
from prorl_gym.registry import load_verifier, registry
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Verifier, grade
from prorl_gym.worker import read_frame, without_surrogates, write_frame

HASH_SEED = "1"
"""The pool's workers have 0."""
MEMORY_MIB = 4096
PATIENCE = 3.0
"""Deadlines that a grading may take here, where there is no second attempt: the pool judges overruns."""
MAX_OVERRUNS = 2
"""After so many in one batch the rest of it is not measured: the pool has seen them too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """One grading in the second interpreter. Without a verdict where it overran or was left out."""

    verdict: dict[str, Any] | None = None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    """Of the grading process itself; a sandbox's processes are not in it."""
    peak_mib: float = 0.0
    overran: str = ""
    """ "time" or "died"."""


class Meter:
    """The caller's side. A context manager; batches are measured one after the other by a thread of its own."""

    def __init__(self) -> None:
        self._queue: queue.SimpleQueue[tuple[list[GradeRequest], float, Future[list[Measured]]] | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[str] = set()
        self._thread = threading.Thread(target=self._serve, name="meter", daemon=True)
        self._thread.start()

    def submit(self, requests: Sequence[GradeRequest], *, deadline_s: float) -> "Future[list[Measured]]":
        """Queue a batch; the future gives one record for each request, in order."""
        future: Future[list[Measured]] = Future()
        self._queue.put((list(requests), deadline_s, future))
        return future

    def close(self) -> None:
        """Finish what is queued and end the process."""
        self._queue.put(None)
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _serve(self) -> None:
        while (item := self._queue.get()) is not None:
            requests, deadline_s, future = item
            try:
                future.set_result(self._measure(requests, deadline_s))
            except Exception as error:  # the thread's boundary: whoever waits for the batch gets the error
                future.set_exception(error)
                self._end()
        self._end()

    def _measure(self, requests: list[GradeRequest], deadline_s: float) -> list[Measured]:
        out: list[Measured] = []
        overruns = 0
        while len(out) < len(requests):
            if overruns >= MAX_OVERRUNS:
                return out + [Measured()] * (len(requests) - len(out))
            rest = requests[len(out) :]
            out += self._attempt(rest, deadline_s)
            overruns += 1
        return out

    def _attempt(self, requests: list[GradeRequest], deadline_s: float) -> list[Measured]:
        """Results up to the first overrun, that one included."""
        if self._process is None:
            self._process = _spawn()
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        source, out = process.stdout.fileno(), list[Measured]()
        try:
            for request in requests:
                frame = {"ref": request.ref, "task": request.task.to_json(), "completion": request.completion}
                write_frame(process.stdin.fileno(), without_surrogates({**frame, "mode": request.mode, "sandbox": request.sandbox}))
                patience = PATIENCE * deadline_s + (0.0 if request.ref in self._known else IMPORT_S)
                ready, _, _ = select.select([source], [], [], patience)
                message = read_frame(source) if ready else None
                if message is None:
                    self._end()
                    return [*out, Measured(overran="died" if ready else "time", wall_s=0.0 if ready else patience)]
                self._known.add(request.ref)
                out.append(Measured(**message))
        except BrokenPipeError:
            self._end()
            out.append(Measured(overran="died"))
        return out

    def _end(self) -> None:
        if self._process is not None:
            assert self._process.stdin is not None
            assert self._process.stdout is not None
            self._process.stdin.close()
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process.stdout.close()
            self._process = None
            self._known.clear()


def _spawn() -> "subprocess.Popen[bytes]":
    env = {**os.environ, WORKER_FLAG: "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": HASH_SEED}
    env["PYTHONPATH"] = os.pathsep.join(p for p in sys.path if p)
    command = [sys.executable, "-c", "from prorl_gym.testing.meter import serve; serve()"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env, bufsize=0, start_new_session=True)


# The process


def serve() -> None:
    """What the process does, until its input ends."""
    source, sink = os.dup(0), os.dup(1)
    os.dup2(2, 1)  # what a verifier prints goes to standard error, not into the protocol
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    verifiers: dict[str, Verifier | str] = {}
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MIB << 20, MEMORY_MIB << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while (item := read_frame(source)) is not None:
        if item["ref"] not in verifiers:
            verifiers[item["ref"]] = _load(item["ref"])
        write_frame(sink, _graded(verifiers[item["ref"]], item))


def _load(ref: str) -> Verifier | str:
    try:
        verifier = load_verifier(ref)
        if verifier.needs_sandbox:
            registry()
        return verifier
    except Exception as error:  # the verifier boundary: an import that fails is data
        return f"crash: {type(error).__name__}: {error}"[:500]


def _graded(verifier: Verifier | str, item: dict[str, Any]) -> dict[str, Any]:
    if isinstance(verifier, str):
        return {"verdict": Verdict.ungradable(verifier).to_json()}
    task = Task.from_json(item["task"])
    before = _resident(reset=True)
    wall, cpu = time.perf_counter(), time.process_time()
    verdict = grade(verifier, task, completion=item["completion"], mode=item["mode"], sandbox=item["sandbox"])
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return {"verdict": verdict.to_json(), "wall_s": wall, "cpu_s": cpu, "peak_mib": max(0.0, _resident() - before)}


def _resident(*, reset: bool = False) -> float:
    """The highest resident set so far in MiB, or since the last reset where the kernel lets a process reset it."""
    try:
        if reset:
            Path("/proc/self/clear_refs").write_text("5")  # see proc(5): resets VmHWM
        with open("/proc/self/status", "rb") as file:
            return next(int(line.split()[1]) / 1024 for line in file if line.startswith(b"VmHWM"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
