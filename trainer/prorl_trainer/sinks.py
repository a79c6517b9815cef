"""Where metrics go besides the run's own JSONL, which is always written. A sink is made of the run's folder and called with (step, metrics).

A sink that cannot be made stops the run before its first step: better to hear of a missing package then. One that fails later is an alarm and, after
`MAX_FAILURES`, is dropped: a full disk of a tracking server must not end a week's training.
"""

import importlib
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from prorl_gym.errors import ConfigError, ProrlError, missing_extra
from prorl_gym.registry import registry

Sink = Callable[[int, Mapping[str, float]], None]
MAX_FAILURES = 3


class Sinks:
    """The sinks of a run. Sinks with a `close` method are closed with it."""

    def __init__(self, names: list[str], folder: Path) -> None:
        self._sinks: dict[str, Sink] = {}
        self._failures: dict[str, int] = {}
        for name in names:
            make: Callable[[Path], Sink] = registry().load("sink", name)
            try:
                self._sinks[name] = make(folder)
            except ProrlError:
                raise
            except Exception as error:  # a stranger's code and perhaps a network: one message says which sink
                raise ConfigError(
                    f"the sink {name!r} could not be started ({type(error).__name__}: {error}); mend it or take it out of sinks"
                ) from error

    def __call__(self, step: int, metrics: Mapping[str, float]) -> list[str]:
        """Hand the metrics to every sink; what to tell of those that failed."""
        faults: list[str] = []
        for name, sink in list(self._sinks.items()):
            try:
                sink(step, metrics)
            except Exception as error:  # a failing sink must not end a run
                self._failures[name] = self._failures.get(name, 0) + 1
                dropped = self._failures[name] >= MAX_FAILURES
                if dropped:
                    del self._sinks[name]
                faults.append(f"the sink {name!r} failed ({type(error).__name__}: {error}){' and is not called again' if dropped else ''}")
        return faults

    def close(self) -> None:
        """Close the sinks; one that fails at it is left."""
        for sink in self._sinks.values():
            try:
                getattr(sink, "close", lambda: None)()
            except Exception:  # the run is over: its own files are whole
                continue


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
