"""Where metrics go besides the run's own JSONL, which is always written. A sink is made of the run's folder and called with (step, metrics).

A sink that cannot be made stops the run before its first step: better to hear of a missing package then. One that fails later is an alarm and, after
`MAX_FAILURES`, is dropped: a full disk of a tracking server must not end a week's training. Nor does one that hangs hold anything up: each sink
lives on a thread of its own behind a queue of `QUEUE` steps, and what no longer fits is left out and told. A thread cannot be ended from outside; it
is a daemon, and left behind.
"""

import importlib
import math
import queue
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prorl_gym.errors import ConfigError, ProrlError, missing_extra
from prorl_gym.registry import registry

Sink = Callable[[int, Mapping[str, float]], None]
MAX_FAILURES = 3
START_S = 180.0
"""Wall seconds in which a sink has to be made (a login, a first connection)."""
CLOSE_S = 60.0
"""Wall seconds at the end of a run for what all sinks have queued and for their closing."""
QUEUE = 256
"""Steps that wait for a slow sink."""


class Sinks:
    """The sinks of a run. Raises ConfigError for one that cannot be made in time. Sinks with a `close` method are closed with it."""

    def __init__(self, names: list[str], folder: Path, *, start_s: float = START_S, queued: int = QUEUE) -> None:
        self._feeds = [_Feed(name, registry().load("sink", name), folder, queued) for name in names]
        by = time.monotonic() + start_s
        for feed in self._feeds:
            in_time = feed.started.wait(max(0.0, by - time.monotonic()))
            if in_time and feed.problem is None:
                continue
            for other in self._feeds:
                other.ending = True
            if isinstance(feed.problem, ProrlError):
                raise feed.problem
            what = f"could not be started ({type(feed.problem).__name__}: {feed.problem})" if in_time else f"was not ready after {start_s:g} s"
            raise ConfigError(f"the sink {feed.name!r} {what}; mend it or take it out of sinks") from feed.problem

    def __call__(self, step: int, metrics: Mapping[str, float]) -> list[str]:
        """Hand the metrics to every sink, without waiting; what to tell of those that failed since the last call."""
        for feed in self._feeds:
            feed.put(step, metrics)
        return [fault for feed in self._feeds for fault in feed.faults()]

    def close(self, *, patience_s: float = CLOSE_S) -> list[str]:
        """Let the sinks finish what they have and close them, for at most so long; what is left to tell."""
        for feed in self._feeds:
            feed.ending = True
        by = time.monotonic() + patience_s
        for feed in self._feeds:
            feed.join(max(0.0, by - time.monotonic()))
        return [fault for feed in self._feeds for fault in feed.faults(at_end=True)]


class _Feed:
    """One sink on its thread: made, called and closed there."""

    def __init__(self, name: str, make: Callable[[Path], Sink], folder: Path, queued: int) -> None:
        self.name, self.started, self.ending = name, threading.Event(), False
        self.problem: Exception | None = None
        """Why it could not be made."""
        self._steps: queue.Queue[tuple[int, dict[str, float]]] = queue.Queue(maxsize=queued)
        self._told: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._left_out = self._left_out_told = 0
        self._dropped = False
        self._thread = threading.Thread(target=self._serve, args=(make, folder), name=f"sink-{name}", daemon=True)
        self._thread.start()

    def put(self, step: int, metrics: Mapping[str, float]) -> None:
        if self._dropped:
            return
        try:
            self._steps.put_nowait((step, dict(metrics)))
        except queue.Full:
            self._left_out += 1

    def faults(self, *, at_end: bool = False) -> list[str]:
        out: list[str] = []
        while not self._told.empty():
            out.append(self._told.get())
        # Told at the first step, then each time their number has doubled: a sink that hangs for a week is no alarm a step.
        if self._left_out >= max(1, 2 * self._left_out_told):
            self._left_out_told = self._left_out
            out.append(f"the sink {self.name!r} is behind by {self._steps.maxsize} steps; {self._left_out} were left out so far")
        if at_end and self._thread.is_alive():
            out.append(f"the sink {self.name!r} did not end in time and was left; {self._steps.qsize() + self._left_out} steps did not reach it")
        return out

    def join(self, seconds: float) -> None:
        self._thread.join(seconds)

    def _serve(self, make: Callable[[Path], Sink], folder: Path) -> None:
        try:
            sink = make(folder)
        except Exception as error:  # a stranger's code and perhaps a network: the main thread says which sink
            self.problem = error
            return
        finally:
            self.started.set()
        failures = 0
        while failures < MAX_FAILURES and (row := self._next()) is not None:
            try:
                sink(*row)
            except Exception as error:  # a failing sink must not end a run
                failures += 1
                self._dropped = failures >= MAX_FAILURES
                after = " and is not called again" if self._dropped else ""
                self._told.put(f"the sink {self.name!r} failed ({type(error).__name__}: {error}){after}")
        try:
            getattr(sink, "close", lambda: None)()
        except Exception as error:  # the run's own files are whole without it
            self._told.put(f"the sink {self.name!r} failed as it was closed ({type(error).__name__}: {error})")

    def _next(self) -> tuple[int, dict[str, float]] | None:
        """The next step; None once the run ends and nothing is left."""
        while True:
            try:
                return self._steps.get(timeout=0.2)
            except queue.Empty:
                if self.ending:
                    return None


class TensorBoard:
    """Event files in the run's folder `tensorboard`; look at them with `tensorboard --logdir RUN`. Needs the extra "tensorboard"."""

    def __init__(self, folder: Path) -> None:
        try:
            module: Any = importlib.import_module("torch.utils.tensorboard")
        except ImportError as error:
            raise missing_extra("tensorboard", "tensorboard", wanted_by="the sink 'tensorboard'") from error
        self._writer: Any = module.SummaryWriter(str(folder / "tensorboard"))

    def __call__(self, step: int, metrics: Mapping[str, float]) -> None:
        """One scalar a metric; those that are not finite are left out."""
        for name, value in metrics.items():
            if math.isfinite(value):
                self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Flush and close the files."""
        self._writer.close()
