"""Where the CPU time of a training step goes: generation, forward and backward, and all else, in our own trainer on one thread.

    python benchmarks/trl/overhead.py

Generation is the time within the engine, forward that of scoring (policy and reference, packing included), backward that of autograd. All else is
the trainer's own: drawing tasks, episodes, verdicts, records and their files, advantages, the loss, the optimiser, metrics. The verifier's processes
are counted to it too. The first step is not counted. Saving is not a part of a step here; how often it happens is the configuration's choice.
"""

import argparse
import functools
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from contest import Contest, cpu_s, make_folder, run_ours, stop_probability

PARTS = ("generation", "forward", "backward", "optimiser")


class Clock:
    """CPU seconds of this process by part of a step."""

    def __init__(self) -> None:
        self.spent: Counter[str] = Counter()

    def timed(self, part: str, function: Any) -> Any:
        """The function, its time counted."""

        def wrapper(*args: Any, **options: Any) -> Any:
            begun = time.process_time()
            try:
                return function(*args, **options)
            finally:
                self.spent[part] += time.process_time() - begun

        return wrapper

    def streamed(self, part: str, function: Any) -> Any:
        """The function that gives an iterator, the time within the iterator counted."""

        def wrapper(*args: Any, **options: Any) -> Iterator[Any]:
            stream = iter(function(*args, **options))
            following = self.timed(part, lambda: next(stream, None))
            while (item := following()) is not None:
                yield item

        return wrapper


class Steps:
    """Takes the place of the pipe to another process: notes what the steps took, but for the first and the last, after which the run is saved."""

    def __init__(self, clock: Clock, num: int) -> None:
        self.clock, self.num, self.step, self.tokens = clock, num, 0, 0.0
        self.begun = self.main_begun = self.whole = self.main = 0.0
        self.share: dict[str, float] = {}

    def wait(self) -> None:
        """Nobody waits."""

    def done(self, **figures: float) -> None:
        """The end of a step."""
        self.step += 1
        if self.step == 1:
            self.clock.spent.clear()
            self.begun, self.main_begun = cpu_s(), time.process_time()
        elif self.step <= self.num:
            self.tokens += figures["tokens"]
        if self.step == self.num:
            self.whole, self.main = cpu_s() - self.begun, time.process_time() - self.main_begun
            self.share = {part: self.clock.spent[part] / self.whole for part in PARTS}


def measure(contest: Contest, mix: str) -> str:
    """A line of the table."""
    import torch

    from prorl_trainer import update
    from prorl_trainer.engines.transformers_engine import TransformersEngine

    clock = Clock()
    steps = Steps(clock, contest.steps)
    places: list[tuple[Any, str, Any]] = [
        (TransformersEngine, "generate", functools.partial(clock.streamed, "generation")),
        (update, "score", functools.partial(clock.timed, "forward")),
        (torch.Tensor, "backward", functools.partial(clock.timed, "backward")),
        (torch.optim.AdamW, "step", functools.partial(clock.timed, "optimiser")),
    ]
    before = [getattr(owner, name) for owner, name, _ in places]
    try:
        for (owner, name, counted), function in zip(places, before, strict=True):
            setattr(owner, name, counted(function))
        run_ours(contest, steps, env=mix)
    finally:
        for (owner, name, _), function in zip(places, before, strict=True):
            setattr(owner, name, function)
    share = steps.share
    workers = (steps.whole - steps.main) / steps.whole
    rest = 1 - sum(share.values()) - workers
    outside = share["optimiser"] + workers + rest
    num = contest.steps - 1
    return (
        f"| {contest.prompts} x {contest.group} | {contest.limit} | {mix} | {steps.tokens / num / contest.prompts / contest.group:.1f} "
        f"| {steps.whole / num:.3f} | " + " | ".join(f"{share[part]:.1%}" for part in PARTS) + f" | {workers:.1%} | {rest:.1%} | **{outside:.1%}** |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=8)
    args = parser.parse_args()
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    table = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    columns = ("prompts x answers", "limit", "environment", "mean tokens", "CPU s a step", *PARTS, "verifier processes", "all else", "outside")
    print("| " + " | ".join(columns) + " |\n|" + "---|" * len(columns), file=table, flush=True)
    for prompts, group, limit in ((4, 8, 96), (16, 16, 96)):
        for mix in ("contest/digits-v0", "math/arithmetic-v0"):
            with tempfile.TemporaryDirectory() as folder:
                make_folder(Path(folder), "2.4M", stop=stop_probability(limit / 3, limit))
                print(measure(Contest(folder=folder, steps=args.steps, prompts=prompts, group=group, limit=limit), mix), file=table, flush=True)


if __name__ == "__main__":
    sys.exit(main())
