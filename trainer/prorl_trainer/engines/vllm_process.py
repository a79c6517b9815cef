"""One vLLM process and the conversation with it: what was asked gets its own replies, whoever else is asking meanwhile.

Each question has a ticket. A thread reads what the process sends and puts it into the queue of its ticket, so that answers stream in one thread
while another hands over weights; a second thread writes, since a process that hangs does not read. A process that ended, or that says nothing for as
long as the asker is willing to wait, raises `GoneError`: it can be killed and another one put in its place, which is the engine's part.

The process leads a session of its own: it is ended with all that it started, and a Ctrl-C in the terminal does not reach it. One of those is
Python's resource tracker, which is left to the last: it removes what the others had in shared memory.
"""

import itertools
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from prorl_gym.errors import EngineError, missing_extra

LOOK_S = 0.5
"""So often a waiting asker looks whether the process is still there; a process that it started may hold the connection open."""
TRACKER_S = 10.0
"""So long the resource tracker has to clean up."""


class GoneError(EngineError):
    """The process ended or said nothing in time."""


class VllmProcess:
    """A running vLLM. `settings` are its engine arguments; `folder` takes its log and its sockets, and the process removes it where we are killed.
    It runs on the GPU of the number `gpu` among those that we see; None is the CPU.

    Raises GoneError where it does not start within `deadline_s`, EngineError where it refuses the settings, MissingExtraError without vLLM.
    """

    def __init__(self, settings: dict[str, Any], *, folder: Path, gpu: int | None, deadline_s: float) -> None:
        import importlib.util

        if importlib.util.find_spec("vllm") is None:
            raise missing_extra("vllm", "vllm", wanted_by="the engine 'vllm'")
        self._folder, self._tickets = folder, itertools.count()
        self._queues = dict[int, queue.SimpleQueue[tuple[Any, ...] | None]]()
        self._outbox: queue.SimpleQueue[tuple[Any, ...] | None] = queue.SimpleQueue()
        ours, theirs = socket.socketpair()
        with (folder / "vllm.log").open("ab") as log:
            self.popen = subprocess.Popen(
                [sys.executable, "-m", "prorl_trainer.engines.vllm_server", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=_environment(folder, gpu),
                start_new_session=True,
            )
        theirs.close()
        self._pipe = Connection(ours.detach())
        self._threads = [threading.Thread(target=work, name="vllm", daemon=True) for work in (self._read, self._write)]
        for thread in self._threads:
            thread.start()
        try:
            self.facts: dict[str, Any] = self.call("start", {**settings, "folder": str(folder)}, deadline_s=deadline_s)
            """What the process said of itself as it began: "version", "max_model_len"."""
        except BaseException:
            self.kill()
            raise

    def ask(self, kind: str, *what: Any) -> "Replies":
        """Send a question; its replies."""
        ticket = next(self._tickets)
        received = self._queues[ticket] = queue.SimpleQueue()
        self._outbox.put((ticket, kind, *what))
        return Replies(self, ticket, received)

    def call(self, kind: str, *what: Any, deadline_s: float) -> Any:
        """Send a question and wait for its one reply. Raises GoneError, EngineError."""
        replies = self.ask(kind, *what)
        try:
            return replies.wait(deadline_s)[0]
        finally:
            replies.close()

    def drop(self, ticket: int) -> None:
        """Stop the work on a question and pass over what still comes of it."""
        if self._queues.pop(ticket, None) is not None:
            self._outbox.put((ticket, "drop"))

    def _read(self) -> None:
        try:
            while True:
                ticket, *message = self._pipe.recv()
                if (replies := self._queues.get(ticket)) is not None:
                    replies.put(tuple(message))
        except (EOFError, OSError):
            for replies in list(self._queues.values()):
                replies.put(None)

    def _write(self) -> None:
        with suppress(OSError):  # the asker finds out
            while (message := self._outbox.get()) is not None:
                self._pipe.send(message)

    def how_it_ended(self) -> str:
        """Why there is no process any more, with the errors of its own log, which names the cause where its messages do not."""
        try:
            status = self.popen.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return f"the vLLM process closed its connection. {self._log_tail()}"
        return f"the vLLM process ended with {status}. {self._log_tail()}"

    def _log_tail(self) -> str:
        path = self._folder / "vllm.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        telling = [line for line in lines if "Error" in line] or lines
        return "Its log says:\n" + "\n".join(line[-300:] for line in telling[-6:])

    def kill(self) -> None:
        """End the process and all that it started, now."""
        deadline = time.monotonic() + TRACKER_S
        while (members := _session(self.popen.pid)) and time.monotonic() < deadline:
            for pid in members:
                _send(pid, signal.SIGCONT if _is_tracker(pid) else signal.SIGKILL)  # what hangs may be stopped, the tracker with it
            self.popen.poll()
            time.sleep(0.02)
        for pid in members:
            _send(pid, signal.SIGKILL)
        self.popen.kill()
        self.popen.wait()
        self._outbox.put(None)
        for thread in self._threads:
            thread.join(timeout=5)
        self._pipe.close()


class Replies:
    """The replies to one question, in the order in which they came. `close` ends it."""

    def __init__(self, process: VllmProcess, ticket: int, received: "queue.SimpleQueue[tuple[Any, ...] | None]") -> None:
        self._process, self._ticket, self._received = process, ticket, received

    def wait(self, deadline_s: float) -> tuple[Any, ...]:
        """The next reply. Raises GoneError where none comes within `deadline_s` or the process has ended, EngineError where vLLM refused."""
        deadline = time.monotonic() + deadline_s
        while True:
            left = deadline - time.monotonic()
            try:
                message = self._received.get(timeout=max(0.0, min(LOOK_S, left)))
            except queue.Empty:
                if self._process.popen.poll() is not None:
                    raise GoneError(self._process.how_it_ended()) from None
                if left <= 0:
                    raise GoneError(f"vLLM said nothing for {deadline_s:g} s") from None
                continue
            if message is None:
                raise GoneError(self._process.how_it_ended())
            if message[0] == "failed":
                raise EngineError(f"vLLM failed: {message[1]}")
            return message[1:]

    def close(self) -> None:
        """Stop the work on it, where there is still any."""
        self._process.drop(self._ticket)


def _environment(folder: Path, gpu: int | None) -> dict[str, str]:
    """Ours, with what vLLM needs where it is not set; its sockets, and on a CPU its temporary files, lie in `folder`. It sees one GPU, ours."""
    wanted = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_LOGGING_LEVEL": "WARNING", "VLLM_NO_USAGE_STATS": "1"}
    if gpu is None:
        fixed = {"TMPDIR": str(folder)}
    else:
        visible = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
        # The handles of vLLM's ipc transfer are Python objects, and travel between its processes only with the second; all of those are ours.
        fixed = {"CUDA_VISIBLE_DEVICES": visible[gpu] if visible else str(gpu), "VLLM_ALLOW_INSECURE_SERIALIZATION": "1"}
    return {**wanted, **os.environ, "VLLM_RPC_BASE_PATH": str(folder), **fixed}


def _session(leader: int) -> list[int]:
    """The living processes of the session that `leader` leads; where there is no /proc, the leader alone."""
    if not Path("/proc/self/stat").exists():
        return [leader]
    members: list[int] = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            # state, parent, group, session follow the name, which stands in parentheses and may hold some itself
            state, _, _, session = (place / "stat").read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue  # it has just ended
        if int(session) == leader and state not in "ZX":
            members.append(int(place.name))
    return members


def _is_tracker(pid: int) -> bool:
    try:
        return b"multiprocessing.resource_tracker" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _send(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, number)
