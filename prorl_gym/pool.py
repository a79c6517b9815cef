"""The pool of killable workers: grades any number of completions, each within its own deadline, whatever the verifier does.

Each slot is a separate process (see `worker`), started by exec, so nothing of the caller is inherited: no threads, no CUDA, no
descriptors. A grading that overruns its deadline is killed there; its neighbours do not notice. No signals and no threads are involved in
stopping it: a time-out that dies off the main thread is the field's commonest silent failure.

Whose fault an overrun is decides the verdict. A time-out or a dead worker is tried once more; if it happens again, the task's gold is
graded under the same deadline: where the gold passes in time, the answer is at fault (score 0, reason "limit"), otherwise the verifier is
(ungradable). Nothing here ever raises for what a verifier does.
"""

import atexit
import contextlib
import itertools
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, Self

import orjson

from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode
from prorl_gym.worker import read_frame, without_surrogates, write_frame

WORKER_FLAG = "PRORL_GYM_WORKER"
BATCH = 16
"""Items handed to a worker at a time: amortises the pipe; what stands behind a slow item comes back."""
IMPORT_S = 120.0
"""Wall seconds that the import of a verifier may take on top of a deadline, before its worker counts as dead."""

CLOSE_S = 10.0
"""Wall seconds that a grading under way may take when the pool closes."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GradeRequest:
    """One grading: an entry point that names the verifier, the task, and one of `completion` or `extracted`."""

    ref: str
    """The env class's or the verifier's entry point."""
    task: Task
    completion: str | None = None
    extracted: str | None = None
    mode: Mode = "strict"
    sandbox: str = "auto"
    deadline_s: float | None = None
    """Wall seconds from the start of grading; default: the pool's, else the verifier's own."""


class _Item:
    """One request on its way: the future that waits for it, its frame, and how often it has overrun."""

    __slots__ = ("asks_gold", "deadline_s", "frame", "future", "overruns")

    def __init__(self, number: int, request: GradeRequest, deadline_s: float | None) -> None:
        self.future: Future[Verdict] = Future()
        self.future.set_running_or_notify_cancel()
        self.overruns: list[str] = []
        self.asks_gold = False
        self.deadline_s = deadline_s
        self.frame: dict[str, Any] = {
            "id": number,
            "ref": request.ref,
            "task": request.task.to_json(),
            "completion": request.completion,
            "extracted": request.extracted,
            "mode": request.mode,
            "sandbox": request.sandbox,
            "deadline_s": deadline_s,
            "gold": False,
        }


class VerifierPool:
    """Killable workers behind futures. A context manager; `close` ends the processes.

    `workers` slots (default: the CPU count), each grader with at most `memory_mib` of address space; `deadline_s` wall seconds an item
    (default: what each verifier states). `counts` holds how many gradings ended "graded", "no_answer" or "ungradable", and how many attempts
    overran by "time", "memory" or "died". Safe to use from several threads.
    """

    def __init__(self, *, workers: int | None = None, deadline_s: float | None = None, memory_mib: int = 4096) -> None:
        if os.environ.get(WORKER_FLAG):
            raise RuntimeError(
                "a grading worker tried to start workers of its own: the file that defines the environment runs code when it is imported; "
                "put that code under `if __name__ == '__main__':`"
            )
        self.workers = workers or os.cpu_count() or 1
        self.deadline_s = deadline_s
        self.counts: Counter[str] = Counter()
        self._memory = memory_mib * 1024 * 1024
        self._numbers = itertools.count()
        self._queue: deque[_Item] = deque()
        self._wake = threading.Condition()
        self._closed = False
        self._processes: set[subprocess.Popen[bytes]] = set()
        self._threads = [threading.Thread(target=self._serve, name=f"verifier-{i}", daemon=True) for i in range(self.workers)]
        for thread in self._threads:
            thread.start()

    def submit(self, request: GradeRequest) -> Future[Verdict]:
        """Queue one grading. The future always resolves to a verdict; it never raises."""
        item = _Item(next(self._numbers), request, self.deadline_s if request.deadline_s is None else request.deadline_s)
        if problem := _unsendable(item.frame):
            self._resolve(item, Verdict.ungradable(f"task: {problem}"))
        else:
            self._put([item])
        return item.future

    def map(self, requests: Iterable[GradeRequest], *, ordered: bool = True, in_flight: int | None = None) -> Iterator[tuple[GradeRequest, Verdict]]:
        """Grade a stream of any length with at most `in_flight` items under way; in the order given, or as they finish."""
        limit = in_flight or max(1024, 4 * BATCH * self.workers)
        source = iter(requests)
        waiting: deque[tuple[GradeRequest, Future[Verdict]]] = deque()
        exhausted = False
        while True:
            while not exhausted and len(waiting) < limit:
                request = next(source, None)
                if request is None:
                    exhausted = True
                else:
                    waiting.append((request, self.submit(request)))
            if not waiting:
                return
            if ordered:
                request, future = waiting.popleft()
                yield request, future.result()
            else:
                wait([f for _, f in waiting], return_when=FIRST_COMPLETED)
                finished = [pair for pair in waiting if pair[1].done()]
                waiting = deque(pair for pair in waiting if not pair[1].done())
                for request, future in finished:
                    yield request, future.result()

    def close(self) -> None:
        """Stop the workers; what is queued resolves as ungradable, and so does what is still running after `CLOSE_S`."""
        with self._wake:
            self._closed = True
            dropped, self._queue = list(self._queue), deque()
            self._wake.notify_all()
        for item in dropped:
            self._resolve(item, Verdict.ungradable(_CLOSED))
        patience = time.monotonic() + CLOSE_S
        for thread in self._threads:
            thread.join(timeout=max(0.0, patience - time.monotonic()))
        for process in tuple(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        for thread in self._threads:
            thread.join(timeout=CLOSE_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: Any) -> None:
        self.close()

    def _put(self, items: list[_Item], *, front: bool = False) -> None:
        with self._wake:
            if not self._closed:
                if front:
                    self._queue.extendleft(reversed(items))
                else:
                    self._queue.extend(items)
                self._wake.notify(len(items))
                return
        for item in items:
            self._resolve(item, Verdict.ungradable(_CLOSED))

    def _take(self, room: int, *, block: bool) -> list[_Item]:
        """Up to `room` items, leaving a fair share to the other workers; an empty list when the pool closes (or none waits)."""
        with self._wake:
            while block and not self._queue and not self._closed:
                self._wake.wait()
            share = max(1, len(self._queue) // self.workers)
            return [self._queue.popleft() for _ in range(min(room, share, len(self._queue)))]

    def _serve(self) -> None:
        """One slot's thread: hand items to its process, read results, replace the process when it dies."""
        process: subprocess.Popen[bytes] | None = None
        while items := self._take(BATCH, block=True):
            if process is None:
                process = self._spawn()
                self._processes.add(process)
            if not self._run_batch(process, {i.frame["id"]: i for i in items}):
                _end(process, kill=True)
                self._processes.discard(process)
                process = None
        if process is not None:
            _end(process)
            self._processes.discard(process)

    def _spawn(self) -> "subprocess.Popen[bytes]":
        env = {**os.environ, WORKER_FLAG: "1", "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        path = os.pathsep.join(p for p in sys.path if p)
        return subprocess.Popen(
            [sys.executable, "-m", "prorl_gym.worker", str(self._memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**env, "PYTHONPATH": path},
            bufsize=0,
            start_new_session=True,
        )

    def _run_batch(self, process: "subprocess.Popen[bytes]", batch: dict[int, _Item]) -> bool:
        """Hand over a batch and settle each of its items; False where the process is of no more use."""
        assert process.stdin is not None
        assert process.stdout is not None
        source = process.stdout.fileno()
        try:
            write_frame(process.stdin.fileno(), [i.frame for i in batch.values()])
            while batch:
                patience = IMPORT_S + max(i.deadline_s or 0.0 for i in batch.values())
                ready, _, _ = select.select([source], [], [], patience if not self._closed else 1.0)
                message = read_frame(source) if ready else None
                if message is None:
                    break
                self._settle(message, batch)
        except (BrokenPipeError, OSError):
            pass
        if not batch:
            return True
        running, *behind = batch.values()
        self._overran(running, "died")  # a worker takes its items in order, so the others had not begun
        self._put(behind, front=True)
        return False

    def _settle(self, message: dict[str, Any], batch: dict[int, _Item]) -> None:
        if "returned" in message:
            self._put([batch.pop(number) for number in message["returned"]], front=True)
            return
        item = batch.pop(message["id"])
        if "overran" in message:
            self._overran(item, message["overran"])
        elif item.asks_gold:
            self._judge_overrun(item, bool(message.get("gold")))
        else:
            self._resolve(item, Verdict.from_json(message["verdict"]))

    def _overran(self, item: _Item, how: str) -> None:
        self.counts[how] += 1
        if self._closed:
            self._resolve(item, Verdict.ungradable(_CLOSED))
        elif item.asks_gold:
            self._judge_overrun(item, False)
        else:
            item.overruns.append(how)
            if len(item.overruns) > 1:
                item.asks_gold = item.frame["gold"] = True
            self._put([item])

    def _judge_overrun(self, item: _Item, gold_passes: bool) -> None:
        how = " and ".join(dict.fromkeys(_HOW[h] for h in item.overruns))
        if gold_passes:
            self._resolve(item, Verdict.graded(0.0, reason=f"limit: the answer {how} twice; the gold answer does not"))
        else:
            self._resolve(item, Verdict.ungradable(f"the grading {how} twice, and so does the gold answer, or none is known"))

    def _resolve(self, item: _Item, verdict: Verdict) -> None:
        self.counts[verdict.outcome.value] += 1
        item.future.set_result(verdict)


def _unsendable(frame: dict[str, Any]) -> str:
    """Why a frame cannot be written as JSON, or an empty text; a lone surrogate is replaced, in the completion as in the task."""
    try:
        orjson.dumps(frame)
    except orjson.JSONEncodeError:
        try:
            frame.update(without_surrogates(frame))
            orjson.dumps(frame)
        except (orjson.JSONEncodeError, RecursionError) as error:
            return f"{type(error).__name__}: {error}"
    return ""


def _end(process: "subprocess.Popen[bytes]", *, kill: bool = False) -> None:
    """Close a worker's input, which asks it to end; kill it where it does not, and whatever a dead one left in its session."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    if not kill:
        try:
            process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            kill = True
    if kill:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    process.stdout.close()


_CLOSED = "pool: closed before this item was graded"
_HOW = {"time": "overran the deadline", "memory": "overran the memory limit", "died": "killed its worker"}
_shared_lock = threading.Lock()
_shared: list[VerifierPool] = []
os.register_at_fork(after_in_child=_shared.clear)  # a forked child has none of the threads that serve the pool


def shared_pool() -> VerifierPool:
    """The process-wide pool that `TextEnv.step` uses; started on first use, closed at exit."""
    with _shared_lock:
        if not _shared:
            _shared.append(VerifierPool())
            atexit.register(_shared[0].close)
        return _shared[0]
