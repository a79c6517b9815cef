"""`ServerSession`: one long run of a program with a duplex channel of plain data, on a server of its own until it is closed."""

import contextlib
import time
from collections.abc import Callable
from typing import Any

from prorl_gym.sandbox import Limits, RunResult, SessionClosedError, Status
from prorl_sandbox import codec, endings, wire
from prorl_sandbox.link import GRACE_S, Link, ServerLostError

MAX_MESSAGE = 16 << 20
"""Bytes of one message from the program."""
_PREFIX = 4


class ServerSession:
    """Made by `ServerSandbox.session`. Not safe to share by threads. `give_back` gets the server back, or is told that it broke."""

    def __init__(self, link: Link, limits: Limits, give_back: Callable[[bool], None]) -> None:
        self._link, self._limits, self._give_back = link, limits, give_back
        self._started = time.monotonic()
        self._prelude = b""
        self._data = bytearray()
        self._result: RunResult | None = None
        self._released = False

    def send(self, value: Any) -> None:
        """Hand a value to the program. Raises SessionClosedError where it has ended, CodecError for what is no plain data."""
        body = codec.encode(value)
        if self._result is not None:
            raise SessionClosedError(f"the program has ended: {self._result.status.value}")
        try:
            self._link.say(len(body).to_bytes(_PREFIX, "big") + body)
        except ServerLostError as error:
            self._lost(error)
            raise SessionClosedError(f"the server was lost: {error}") from error

    def receive(self, timeout_s: float) -> Any:
        """The program's next value. Raises SessionClosedError where the program ends, says nothing in time, or sends what is no plain data."""
        deadline = time.monotonic() + timeout_s
        while (body := self._message()) is None:
            if self._result is not None:
                raise SessionClosedError(f"the program has ended: {self._result.status.value}")
            try:
                self._take_in(deadline, soft=True)
            except TimeoutError as error:
                raise SessionClosedError(f"the program said nothing for {timeout_s} s") from error
            except ServerLostError as error:
                self._lost(error)
        try:
            return codec.decode(body)
        except codec.CodecError as error:
            raise SessionClosedError(f"the program sent no plain data: {error}") from error

    def close(self, wait_s: float = 0.0) -> RunResult:
        """Say how the run ended, after killing it where it does not end by itself within `wait_s`. May be called again."""
        try:
            if self._result is None and wait_s > 0:
                self._await_end(wait_s)
            if self._result is None:
                self._link.stop()
            while self._result is None:
                self._take_in(time.monotonic() + GRACE_S, soft=False)
        except ServerLostError as error:
            self._lost(error)
        self._release(broken=False)
        assert self._result is not None
        return self._result

    def __enter__(self) -> "ServerSession":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _await_end(self, wait_s: float) -> None:
        deadline = time.monotonic() + wait_s
        with contextlib.suppress(TimeoutError):
            while self._result is None:
                self._take_in(deadline, soft=True)

    def _take_in(self, deadline: float, *, soft: bool) -> None:
        kind, body = self._link.next(deadline, soft=soft)
        if kind == wire.PART:
            room = 2 - len(self._prelude)
            self._prelude += body[:room]
            if len(self._data) <= MAX_MESSAGE + _PREFIX:
                self._data += body[room:]
        elif kind == wire.RUN:
            self._result = endings.result(body, self._limits, "session", said=self._prelude)
            self._link.next(time.monotonic() + GRACE_S)

    def _message(self) -> bytes | None:
        if len(self._data) < _PREFIX:
            return None
        size = int.from_bytes(self._data[:_PREFIX], "big")
        if size > MAX_MESSAGE:
            raise SessionClosedError(f"the program sent a message of {size} bytes, at most {MAX_MESSAGE} are read")
        if len(self._data) < _PREFIX + size:
            return None
        body = bytes(self._data[_PREFIX : _PREFIX + size])
        del self._data[: _PREFIX + size]
        return body

    def _lost(self, error: ServerLostError) -> None:
        self._result = RunResult(status=Status.SANDBOX_ERROR, stderr=str(error).encode())
        self._release(broken=True)

    def _release(self, *, broken: bool) -> None:
        if not self._released:
            self._released = True
            self._give_back(broken)
