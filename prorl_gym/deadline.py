"""A deadline on a stranger's code that has to run in this process: an environment's own step, the drawing of a task.

    task = within(60.0, lambda: env.task_at(7), what="drawing task 7")

The call runs on a spare thread while the caller waits. Past the deadline the caller gets a TimeoutError and goes on; the thread is told to end by an
exception that is raised in it at its next instruction, and another thread takes the next call. That ends a loop and a wait in Python; what sleeps or
computes inside a C call ends when the call does, and until then is a thread left behind (`left_behind`). A C call that also keeps the
interpreter to itself cannot be bounded from within: where that matters, verifiers have processes of their own and a training run its watchdog.
"""

import ctypes
import math
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from prorl_gym.errors import StuckError

T = TypeVar("T")

MAX_LEFT_BEHIND = 32
"""Threads left behind that are borne; one more is no longer one bad episode."""

_Job = tuple[Callable[[], Any], "Future[Any]"]


class _Runner:
    """A thread that takes one call at a time."""

    def __init__(self) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self.thread = threading.Thread(target=self._serve, name="prorl-within", daemon=True)
        self.thread.start()

    def submit(self, call: Callable[[], Any]) -> "Future[Any]":
        future: Future[Any] = Future()
        self._jobs.put((call, future))
        return future

    def end(self) -> None:
        """Take no further call, and be interrupted in the present one."""
        self._jobs.put(None)
        assert self.thread.ident is not None
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.thread.ident), ctypes.py_object(SystemExit))

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            self._do(*job)
            del job  # nothing of a call outlives it here

    def _do(self, call: Callable[[], Any], future: "Future[Any]") -> None:
        try:
            future.set_result(call())
        except BaseException as error:  # handed to the caller, who decides; this thread has nobody else to tell
            future.set_exception(error)


_idle: "SimpleQueue[_Runner]" = SimpleQueue()
_ended: list[_Runner] = []


def within(seconds: float, call: Callable[[], T], *, what: str) -> T:
    """The call's result, or whatever it raises; TimeoutError naming `what` after so many wall seconds, the call then being given up.

    Raises StuckError where over `MAX_LEFT_BEHIND` calls that were given up still run.
    """
    if left_behind() > MAX_LEFT_BEHIND:
        raise StuckError(f"over {MAX_LEFT_BEHIND} calls were given up and still run, {what} was to be the next; end the process and mend the code")
    runner = _spare()
    future = runner.submit(call)
    try:
        wait([future], timeout=seconds if seconds < math.inf else None)
    finally:
        if future.done():
            _idle.put(runner)
        else:  # too late, or the caller itself was interrupted
            runner.end()
            _ended.append(runner)
    if not future.done():
        raise TimeoutError(f"{what} took longer than {seconds:g} s and was given up")
    return future.result()


def left_behind() -> int:
    """How many threads whose call was given up are still alive."""
    _ended[:] = [runner for runner in _ended if runner.thread.is_alive()]
    return len(_ended)


def _spare() -> _Runner:
    try:
        return _idle.get_nowait()
    except Empty:
        return _Runner()


def _forget() -> None:
    """In a forked child: the threads of the parent are not there."""
    global _idle
    _idle = SimpleQueue()
    _ended.clear()


os.register_at_fork(after_in_child=_forget)
