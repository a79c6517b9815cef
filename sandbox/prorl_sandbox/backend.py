"""What every backend with fork servers shares: retries, streaming, cancelling, batches, sessions. A backend says how a server starts.

A run that is lost for the sandbox's own reasons is tried once more on a fresh server and is then SANDBOX_ERROR, which says nothing about the
program; so is every later run of that request.
"""

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, ExecutionResult, IsolationReport, RunResult, Status
from prorl_sandbox import endings, job, probe
from prorl_sandbox.job import Job
from prorl_sandbox.languages import Compilers
from prorl_sandbox.link import GRACE_S, CancelledRequestError, Link, ServerLostError
from prorl_sandbox.pool import Pool, Slot
from prorl_sandbox.session import ServerSession

_TIMEOUTS = (Status.CPU_TIME, Status.WALL_TIME)


@dataclass(kw_only=True, slots=True)
class _Progress:
    """What `run` reports beside the runs."""

    compiled: RunResult | None = None
    worker: int = 0
    retries: int = 0
    queue_s: float = 0.0


class ServerSandbox:
    """Runs untrusted programs on fork servers. Raises SandboxUnavailableError where one cannot be started, or the probe gets at something.

    `start` gives a server for programs, `start_toolchain` one for compilers. Safe to call from several threads: each request under way has a server
    of its own, at most one for each core unless `workers` says otherwise. With `requests_per_server=1` no server sees two requests.
    """

    name = "servers"

    def __init__(
        self,
        start: Callable[[], Link],
        *,
        start_toolchain: Callable[[], Link] | None = None,
        workers: int | None = None,
        requests_per_server: int | None = None,
    ) -> None:
        self._pool = Pool(start, room=max(1, workers or os.cpu_count() or 1), requests_per_server=requests_per_server)
        self._compilers = Compilers(start_toolchain, room=self._pool.room)
        self._threads: ThreadPoolExecutor | None = None
        self._threads_of = os.getpid()
        self._lock = threading.Lock()
        self.report = IsolationReport(tier=self.name)
        try:
            with self._pool.slot() as slot:
                hello = slot.link.hello
            self.report = probe.report(self.name, hello, self.run)
        except BaseException:
            self.close()
            raise

    def run(self, request: ExecutionRequest) -> ExecutionResult:
        """Run the program on each input. Raises ValueError for a request that is itself wrong, never for what the program does."""
        return self._run(request, None)

    def stream(self, request: ExecutionRequest) -> Iterator[RunResult]:
        """The runs one at a time, as they end. Closing the iterator early kills the run under way and keeps the worker."""
        job.check(request)
        return self._stream(request, _Progress(), None)

    async def arun(self, request: ExecutionRequest) -> ExecutionResult:
        """`run` for asyncio; cancelling it kills the run under way and keeps the worker."""
        cancel = _Cancel()
        future = self._executor().submit(self._run, request, cancel)
        future.add_done_callback(lambda _: cancel.close())
        waiting = asyncio.wrap_future(future)
        try:
            return await asyncio.shield(waiting)
        except asyncio.CancelledError:
            if not waiting.cancelled():
                waiting.add_done_callback(lambda done: done.cancelled() or done.exception())  # heard, so that asyncio does not complain
            cancel.set()
            raise

    def run_many(self, requests: Iterable[ExecutionRequest]) -> Iterator[ExecutionResult]:
        """The results in order; at most twice as many requests as there are workers are taken ahead of the reader."""
        waiting: deque[Future[ExecutionResult]] = deque()
        try:
            for request in requests:
                waiting.append(self._executor().submit(self._run, request, None))
                if len(waiting) >= 2 * self._pool.room:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()

    def session(self, request: ExecutionRequest) -> ServerSession:
        """Start one run of the program with a channel to it; `inputs`, `mode` and `entry` play no part."""
        return self.sessions([request])[0]

    def sessions(self, requests: Sequence[ExecutionRequest]) -> tuple[ServerSession, ...]:
        """Several sessions that run at the same time. Raises ValueError for a wrong request, SandboxUnavailableError where a server is lost twice."""
        wanted: list[Job] = []
        for request in requests:
            job.check(request)
            if request.language != "python":
                raise ValueError(f"a session runs Python; got the language {request.language!r}")
            wanted.append(job.python_job(request, session=True))
        slots = self._pool.take(len(wanted))
        try:
            for slot, one in zip(slots, wanted, strict=True):
                _open_session(slot, one)
        except BaseException:
            for slot in slots:
                self._pool.give_back(slot, broken=True)
            raise
        return tuple(ServerSession(slot.link, one.limits, self._returner(slot)) for slot, one in zip(slots, wanted, strict=True))

    def close(self) -> None:
        """End every server that is not in use, now, and the others as they finish."""
        self._pool.close()
        self._compilers.close()
        with self._lock:
            if self._threads is not None:
                self._threads.shutdown(wait=False, cancel_futures=True)

    def _returner(self, slot: Slot) -> Callable[[bool], None]:
        return lambda broken: self._pool.give_back(slot, broken=broken)

    def _executor(self) -> ThreadPoolExecutor:
        with self._lock:
            if self._threads is None or self._threads_of != os.getpid():  # a fork has none of the threads
                self._threads, self._threads_of = ThreadPoolExecutor(self._pool.room, thread_name_prefix=f"sandbox-{self.name}"), os.getpid()
            return self._threads

    def _run(self, request: ExecutionRequest, cancel: "_Cancel | None") -> ExecutionResult:
        job.check(request)
        progress = _Progress()
        runs = tuple(self._stream(request, progress, cancel))
        return ExecutionResult(
            runs=runs,
            isolation=self.report,
            compile=progress.compiled,
            worker=progress.worker,
            retries=progress.retries,
            queue_s=progress.queue_s,
        )

    def _stream(self, request: ExecutionRequest, progress: _Progress, cancel: "_Cancel | None") -> Generator[RunResult]:
        """The runs of a request that was checked; as many as it has inputs."""
        if request.language == "python":
            wanted = job.python_job(request)
        else:
            progress.compiled, wanted = self._compilers.prepare(request)
            if wanted is None:
                yield from [progress.compiled] * len(request.inputs)
                return
        asked = time.monotonic()
        with self._pool.slot() as slot:
            progress.queue_s = time.monotonic() - asked
            runs = _Runs(slot, wanted, progress, cancel)
            for done in range(len(wanted.inputs)):
                result = runs.next(done)
                if result is None or _stops(result, request):
                    runs.end()
                    rest = len(wanted.inputs) - done
                    last = [] if result is None else [result]
                    yield from last
                    yield from [RunResult(status=Status.NOT_RUN)] * (rest - len(last))
                    break
                try:
                    yield result
                except GeneratorExit:
                    runs.end()
                    raise
            runs.end(complete=True)
            progress.worker = slot.link.pid


class _Runs:
    """The runs of one job on one slot. `end` must be called once no more are wanted."""

    def __init__(self, slot: Slot, wanted: Job, progress: _Progress, cancel: "_Cancel | None") -> None:
        self._slot, self._wanted, self._progress, self._cancel = slot, wanted, progress, cancel
        self._deadline = time.monotonic() + wanted.limits.total_wall_s
        self._under_way = False
        self._failed: RunResult | None = None

    def next(self, index: int) -> RunResult | None:
        """The run of the input `index`; None where the request's time is over. Raises CancelledRequestError."""
        tries = 0
        while self._failed is None:
            try:
                result = self._fetch(index)
                if result is None or result.status is not Status.SANDBOX_ERROR:
                    if result is None or tries or not endings.is_doubtful(result):
                        return result
                    self.end()  # the worker is well: the second try says whose fault it was
                else:
                    raise ServerLostError(result.stderr.decode("utf-8", "replace"))
            except CancelledRequestError:
                self.end()
                raise
            except ServerLostError as lost:
                self._under_way = False
                error = self._slot.replace()
                if lost.out_of_memory and not error:
                    return RunResult(status=Status.MEMORY, stderr=str(lost).encode(), signal=9, violation="memory")
                if tries or error:
                    self._failed = RunResult(status=Status.SANDBOX_ERROR, stderr=(error or str(lost)).encode())
            tries += 1
            self._progress.retries += 1
        return self._failed

    def _fetch(self, index: int) -> RunResult | None:
        """Take the next run of the piece under way, or begin the piece that the input begins."""
        while (left := self._deadline - time.monotonic()) > 0 or self._under_way:
            if not self._under_way:
                self._slot.begin(self._wanted, index, left)
                self._under_way = True
            body = self._slot.next_body(self._wanted, max(left, 0.0), self._cancel.fd if self._cancel else None)
            if body is not None:
                return endings.result(body, self._wanted.limits, self._wanted.mode)
            self._under_way = False
        return None

    def end(self, *, complete: bool = False) -> None:
        """Leave the server ready for the next request. `complete` says that every input had its run: there is nothing to kill."""
        if not self._under_way:
            return
        self._under_way = False
        try:
            if complete:
                self._slot.link.next(time.monotonic() + GRACE_S)
            else:
                self._slot.link.cancel()
        except ServerLostError:
            self._slot.replace()


class _Cancel:
    """A descriptor that becomes readable once somebody sets it."""

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_CLOEXEC)
        self._lock, self._open = threading.Lock(), True

    def set(self) -> None:
        with self._lock:
            if self._open:
                os.eventfd_write(self.fd, 1)

    def close(self) -> None:
        with self._lock:
            self._open = False
            os.close(self.fd)


def _stops(result: RunResult, request: ExecutionRequest) -> bool:
    if "timeout" in request.stop_on and result.status in _TIMEOUTS:
        return True
    return "failure" in request.stop_on and result.status is not Status.OK


def _open_session(slot: Slot, wanted: Job) -> None:
    """Begin a session, on a fresh server where the first is lost."""
    try:
        slot.begin(wanted, 0, wanted.limits.total_wall_s)
    except ServerLostError:
        if error := slot.replace():
            raise SandboxUnavailableError(error) from None
        try:
            slot.begin(wanted, 0, wanted.limits.total_wall_s)
        except ServerLostError as lost:
            raise SandboxUnavailableError(f"two servers were lost at the start of a session: {lost}") from lost
