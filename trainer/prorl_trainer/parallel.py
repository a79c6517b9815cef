"""The processes of a run: torchrun starts several, each runs the same loop, and here is all that they say to each other beside the gradients.

    torchrun --nproc-per-node 2 -m prorl_gym train config.toml

Every process holds the same mix, controllers and counters and so takes the same decisions; `gather` is how it comes to know what the others
generated, graded or measured. The first process alone writes the run's folder. One process is a world of size 1, which needs no `torch.distributed`.

The non-obvious part: objects travel over connections of their own (gloo, on the CPU). Messages of different threads must not meet in one order on one
process and in another on the next, so a thread beside the main one speaks through its own `apart` world.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from prorl_gym.errors import ConfigError, ProrlError, RunError
from prorl_trainer.stages import resolve

if TYPE_CHECKING:
    from prorl_trainer.config import TrainConfig

T = TypeVar("T")
LAUNCHED = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
"""What torchrun sets; some schedulers set one or another of them on their own."""


@dataclass(frozen=True, kw_only=True, slots=True)
class World:
    """This process's place among those of the run. Each method but `apart` is called by all of them, in the same order."""

    rank: int = 0
    size: int = 1
    num_local: int = 1
    """Processes on this machine."""
    device: str | None = None
    """This process's own, such as "cuda:1"; None in a world of one, which takes the configuration's."""
    group: Any = None
    timeout_s: float = 0.0

    @property
    def first(self) -> bool:
        """Whether this process writes the run's folder and speaks to the person."""
        return self.rank == 0

    def gather(self, value: T) -> list[T]:
        """Each process's value, by rank. Values are pickled. Raises RunError where a process is gone or too late."""
        if self.size == 1:
            return [value]
        import torch.distributed as dist

        out: list[Any] = [None] * self.size
        try:
            dist.all_gather_object(out, value, group=self.group)
        except RuntimeError as error:
            what = str(error).splitlines()[0][-200:]
            raise RunError(
                f"process {self.rank} of {self.size} lost another one ({what}). The cause stands in the other's messages; "
                f"the last checkpoint is whole: start the same command again with --resume"
            ) from error
        return out

    def from_first(self, make: Callable[[], T]) -> T:
        """What `make` gives in the first process, which alone calls it. A ProrlError of its is raised in all."""
        value: T | None = None
        error: ProrlError | None = None
        if self.first:
            try:
                value = make()
            except ProrlError as raised:
                error = raised
        value, error = self.gather((value, error))[0]
        if error is not None:
            raise error
        return cast("T", value)

    def any(self, flag: bool) -> bool:
        """Whether it is so in any process."""
        return any(self.gather(flag))

    def wait(self) -> None:
        """Wait until all processes are here."""
        self.gather(None)

    def total(self, sums: Mapping[str, float]) -> dict[str, float]:
        """Statistics of all processes: sums, and maxima of names that end in "_max". The same floats in each process."""
        out: dict[str, float] = {}
        for part in self.gather(dict(sums)):
            for name, value in part.items():
                before = out.get(name, 0)
                out[name] = max(before, value) if name.endswith("_max") else before + value
        return out

    def apart(self) -> "World":
        """The same processes over connections of their own, for another thread; made by all of them in the same order."""
        if self.size == 1:
            return self
        return replace(self, group=_connections(self.timeout_s))


def num_processes() -> int:
    """How many processes torchrun has started for this run; 1 without it."""
    return int(os.environ["WORLD_SIZE"]) if all(name in os.environ for name in LAUNCHED) else 1


def refuse_uneven(config: "TrainConfig", size: int) -> None:
    """Raise ConfigError for what so many processes cannot do, or cannot share equally."""
    if size == 1:
        return
    for settings in resolve(config):
        if left := settings.rollout.prompts_per_step % size:
            less = settings.rollout.prompts_per_step - left
            raise ConfigError(
                f"rollout.prompts_per_step is {settings.rollout.prompts_per_step}, which {size} processes cannot share equally: "
                f"set it to {f'{less} or ' if less else ''}{less + size}, or start another number of processes"
            )
    if config.model.offload_reference:
        raise ConfigError(f"model.offload_reference is for one process: of {size}, each holds only its shard of the reference. Leave it out")
    if config.rollout.engine == "vllm":
        raise ConfigError(
            f"rollout.engine = 'vllm' runs beside one process of the trainer, and {size} were started: use 'transformers', or start one"
        )


@contextmanager
def joined(device: str, *, timeout_s: float) -> Iterator[World]:
    """The world of this process, by the variables that torchrun sets. A message that takes longer than `timeout_s` is an error.

    Gradients travel by nccl where `device` ("auto", "cuda" or "cpu") is a GPU, each process on its own, by gloo on CPUs. Raises ConfigError where
    there are fewer GPUs than processes. A program that has joined them already stays joined.
    """
    size = num_processes()
    if size == 1:
        yield World()
        return
    import torch
    import torch.distributed as dist

    num_local = int(os.environ.get("LOCAL_WORLD_SIZE", str(size)))
    place = _device(device, local=int(os.environ["LOCAL_RANK"]), num_local=num_local)
    if place != "cpu":
        torch.cuda.set_device(place)
    if own := not dist.is_initialized():
        dist.init_process_group("gloo" if place == "cpu" else "cpu:gloo,cuda:nccl", timeout=timedelta(seconds=timeout_s))
    yield World(rank=dist.get_rank(), size=size, num_local=num_local, device=place, group=_connections(timeout_s), timeout_s=timeout_s)
    if own:
        dist.destroy_process_group()  # not after an error: others may still be in a collective, which nccl would wait for


def _connections(timeout_s: float) -> Any:
    import torch.distributed as dist

    return dist.new_group(backend="gloo", timeout=timedelta(seconds=timeout_s))


def _device(device: str, *, local: int, num_local: int) -> str:
    import torch

    if device == "cpu" or (device == "auto" and not torch.cuda.is_available()):
        return "cpu"
    if device not in ("auto", "cuda"):
        raise ConfigError(f"model.device is {device!r}, but each of several processes has a device of its own: leave it at 'auto', or set 'cpu'")
    if torch.cuda.device_count() < num_local:
        raise ConfigError(
            f"{num_local} processes were started on a machine with {torch.cuda.device_count()} GPUs, and each needs its own: "
            f"start as many with torchrun --nproc-per-node, or set model.device = 'cpu'"
        )
    return f"cuda:{local}"


def deal(sizes: Sequence[int], num: int) -> list[list[int]]:
    """The places of `sizes` in `num` shares of about equal sums, the largest first to the smallest share; each share in ascending order."""
    shares: list[list[int]] = [[] for _ in range(num)]
    loads = [0] * num
    for place in sorted(range(len(sizes)), key=lambda i: (-sizes[i], i)):
        least = loads.index(min(loads))
        shares[least].append(place)
        loads[least] += sizes[place]
    return [sorted(share) for share in shares]


class Onlooker:
    """A `prorl_gym.runs.Run` in a process that is not the first: it writes nothing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def metrics(self, step: int, values: Mapping[str, Any]) -> None:
        """Nothing."""

    def event(self, kind: str, *, step: int | None = None, **fields: Any) -> None:
        """Nothing."""

    @contextmanager
    def rollouts(self, name: str, *, fresh: bool = True) -> Iterator["Onlooker"]:
        """A writer that writes nothing."""
        yield self

    def write(self, row: Mapping[str, Any]) -> None:
        """Nothing."""

    def rewind(self, step: int) -> int:
        """Nothing dropped."""
        return 0

    def __enter__(self) -> "Onlooker":
        return self

    def __exit__(self, *_: Any) -> None:
        """Nothing is open."""
