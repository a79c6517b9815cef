"""What a person sees of a run: a live table on a terminal, one plain line every few steps in a pipe. And Ctrl-C: once to save, twice to stop."""

import math
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

Show = Callable[[int, dict[str, float]], None]
SHOWN = ("reward", "solved", "validation", "loss", "kl", "entropy", "length", "truncated", "keep_rate", "grad_norm", "resets", "ungradable")
LINE_EVERY_S = 5.0
_BLOCKS = "▁▂▃▄▅▆▇█"


@contextmanager
def screen(title: str, steps: int) -> Iterator[Show]:
    """Gives a function of (step, metrics) to call after each step."""
    if sys.stderr.isatty():
        with _live(title, steps) as show:
            yield show
        return
    last = 0.0

    def line(step: int, metrics: dict[str, float]) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= LINE_EVERY_S or step == steps or step == 1 or "validation" in metrics:
            last = now
            shown = " ".join(f"{k} {metrics[k]:.3g}" for k in SHOWN if k in metrics)
            print(f"{title} {step}/{steps} {shown}", file=sys.stderr, flush=True)

    yield line


@contextmanager
def _live(title: str, steps: int) -> Iterator[Show]:
    from rich.console import Console
    from rich.live import Live

    history: dict[str, list[float]] = {}
    begun = time.monotonic()
    with Live(console=Console(stderr=True), refresh_per_second=4) as live:

        def show(step: int, metrics: dict[str, float]) -> None:
            for key, value in metrics.items():
                history.setdefault(key, []).append(value)
            live.update(_table(title, step, steps, history, time.monotonic() - begun))

        yield show


def _table(title: str, step: int, steps: int, history: dict[str, list[float]], seconds: float) -> Any:
    from rich.table import Table

    left = seconds / max(1, step) * (steps - step)
    table = Table(title=f"{title}: step {step} of {steps} · {seconds:.0f} s, about {left:.0f} s left", box=None, title_justify="left")
    for column in ("metric", "now", "so far"):
        table.add_column(column, justify="right" if column == "now" else "left")
    domains = sorted(k for k in history if k.startswith("reward/"))
    for key in (*(k for k in SHOWN if k in history), *domains):
        table.add_row(key, f"{history[key][-1]:.4g}", sparkline(history[key]))
    return table


def sparkline(values: list[float], *, width: int = 40) -> str:
    """The values as a row of blocks, averaged down to `width`; NaN and infinity are left out."""
    finite = [v for v in values if math.isfinite(v)]
    if not finite:
        return ""
    size = max(1, math.ceil(len(finite) / width))
    means = [sum(part) / len(part) for part in (finite[i : i + size] for i in range(0, len(finite), size))]
    low, high = min(means), max(means)
    return "".join(_BLOCKS[int((v - low) / (high - low) * 7.999) if high > low else 0] for v in means)


@contextmanager
def stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Ctrl-C or SIGTERM once: the given function says stop, so that the step ends and is saved. Ctrl-C twice: KeyboardInterrupt."""
    asked = False

    def note(number: int, _: Any) -> None:
        nonlocal asked
        if asked and number == signal.SIGINT:
            raise KeyboardInterrupt
        asked = True
        print("finishing the step and saving; press Ctrl-C again to stop at once", file=sys.stderr, flush=True)

    before = {number: signal.signal(number, note) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
