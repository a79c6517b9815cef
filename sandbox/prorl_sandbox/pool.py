"""`Pool`: the servers of one kind that a process owns, handed out one to a caller; `Slot`: one of them and how much it has done.

A server that was lost is replaced; a fresh one, and every one now and then, first runs a canary: a program that must not get at anything.
"""

import os
import threading
import time
import weakref
from collections.abc import Callable, Generator
from contextlib import contextmanager

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import RunResult
from prorl_sandbox import endings, probe, wire
from prorl_sandbox.job import Job
from prorl_sandbox.link import GRACE_S, CancelledRequestError, Link, ServerLostError

RECYCLE = 10_000
"""Runs after which a server is replaced."""
CANARY = 500
"""Requests of one server between two canaries."""


class Slot:
    """One server and how much it has done. Raises SandboxUnavailableError where it cannot be started or lets the canary out."""

    def __init__(self, start: Callable[[], Link], *, canary: bool = True) -> None:
        self._start = start
        self.link = start()
        self.runs = self._requests = self.given = 0
        if canary:
            self._canary()

    def begin(self, wanted: Job, first: int, left: float) -> None:
        """Hand over the piece of a job that begins with the input `first`. Raises ServerLostError."""
        inputs = wanted.piece(first)
        self._requests += 1
        self.link.begin(wanted.header(inputs, left), wanted.blobs(inputs))

    def next_body(self, wanted: Job, left: float, cancel: int | None = None) -> bytes | None:
        """The next run of the piece under way, uninterpreted; None at its end. Raises ServerLostError, CancelledRequestError."""
        kind, body = self.link.next(time.monotonic() + min(left, wanted.limits.wall) + GRACE_S, cancel=cancel)
        if kind == wire.END:
            return None
        self.runs += 1
        return body

    def look_after(self) -> None:
        """Now and then, see that the jail still holds. Raises SandboxUnavailableError."""
        if self._requests >= CANARY:
            self._requests = 0
            self._canary()

    def replace(self) -> str:
        """Start a fresh server in the place of this one. Says what went wrong, or nothing."""
        self.link.close()
        try:
            self.link, self.runs, self._requests = self._start(), 0, 0
            self._canary()
        except SandboxUnavailableError as error:
            return str(error)
        return ""

    def _canary(self) -> None:
        wanted = probe.canary()
        found: list[RunResult] = []
        try:
            self.begin(wanted, 0, wanted.limits.total_wall_s)
            while (body := self.next_body(wanted, wanted.limits.total_wall_s)) is not None:
                found.append(endings.result(body, wanted.limits, wanted.mode))
            if not found:
                raise ServerLostError("its canary never ran")
            probe.judge(found[0])
        except ServerLostError as error:
            self.link.close()
            raise SandboxUnavailableError(f"a fresh server was lost at once: {error}") from error
        except BaseException:
            self.link.close()
            raise


class Pool:
    """At most `room` servers, started as they are needed, each ended after `requests_per_server` uses.

    Safe to call from several threads, and from a fork of the process that made it.
    """

    def __init__(self, start: Callable[[], Link], *, room: int, canary: bool = True, requests_per_server: int | None = None) -> None:
        self._start, self._canary, self._most = start, canary, requests_per_server
        self.room = room
        self._idle: list[Slot] = []
        self._used = 0
        self._changed = threading.Condition()
        self._owner = os.getpid()
        self._closed = False
        self._finalizer = weakref.finalize(self, _close_all, self._idle, self._owner)

    @contextmanager
    def slot(self) -> "Generator[Slot]":
        """A server for one request. One that raised is not used again, unless the request was merely cancelled."""
        (slot,) = self.take(1)
        broken = True
        try:
            yield slot
            broken = False
        except (GeneratorExit, CancelledRequestError):
            broken = False  # whoever cancelled has waited for the server's answer
            raise
        finally:
            self.give_back(slot, broken=broken)

    def take(self, num: int) -> list[Slot]:
        """So many servers, all or none: two callers that each hold one and wait for another would wait for ever."""
        if os.getpid() != self._owner:
            self._forked()
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._used == 0 or self._used + num <= self.room)
            if self._closed:
                raise SandboxUnavailableError("this sandbox is closed; open another one")
            self._used += num
            taken = [self._idle.pop() for _ in range(min(num, len(self._idle)))]
        try:
            for slot in taken:
                slot.look_after()
            while len(taken) < num:
                taken.append(Slot(self._start, canary=self._canary))
        except BaseException:
            for slot in taken:
                self.give_back(slot, broken=True)
            with self._changed:
                self._used -= num - len(taken)
                self._changed.notify_all()
            raise
        return taken

    def give_back(self, slot: Slot, *, broken: bool) -> None:
        """Let go of a server; it is ended where it broke, is worn, or nobody will need it."""
        with self._changed:
            self._used -= 1
            slot.given += 1
            if broken or self._closed or slot.runs >= RECYCLE or slot.given == self._most:
                slot.link.close()
            else:
                self._idle.append(slot)
            self._changed.notify_all()

    def close(self) -> None:
        """End every server that is not in use, now, and the others as they are given back."""
        self._closed = True
        with self._changed:
            _close_all(self._idle, self._owner)
            self._changed.notify_all()

    def _forked(self) -> None:
        """This process is a fork of the one that made the pool: its servers are not ours to talk to."""
        for slot in self._idle:
            slot.link.abandon()
        self._idle.clear()
        self._changed, self._used = threading.Condition(), 0
        self._owner = os.getpid()
        self._finalizer.detach()
        self._finalizer = weakref.finalize(self, _close_all, self._idle, self._owner)


def _close_all(slots: list[Slot], owner: int) -> None:
    if os.getpid() == owner:
        while slots:
            slots.pop().link.close()
