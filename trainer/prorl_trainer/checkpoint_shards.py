"""The sharded part of a checkpoint: what several processes hold in pieces is written and read in pieces (`torch.distributed.checkpoint`).

    checkpoints/step-000100/shards/     a file a process, and an index of which tensor lies where

Tensors go by plain names, "reference.NAME" and "optimizer.PLACE.KEY" with the place of the parameter in the optimiser, so that another number of
processes finds its own pieces in the same files. Bit for bit what was written is what is read.
"""

import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.distributed.checkpoint import state_dict_loader, state_dict_saver
from torch.distributed.checkpoint.filesystem import FileSystemReader
from torch.distributed.checkpoint.metadata import TensorStorageMetadata

from prorl_trainer.parallel import World

FOLDER = "shards"


def save(folder: Path, *, optimizer: Mapping[int, Mapping[str, Tensor]], reference: Mapping[str, Tensor], world: World) -> None:
    """Write each process's pieces below `folder`: of the optimiser's state by place and key, of the reference's weights by name."""
    tensors = {f"optimizer.{place}.{key}": value for place, values in optimizer.items() for key, value in values.items()}
    tensors |= {f"reference.{name}": value for name, value in reference.items()}
    state_dict_saver.save(tensors, checkpoint_id=folder / FOLDER, process_group=world.group)


def load(
    folder: Path, *, parameters: Sequence[Tensor], reference: Mapping[str, Tensor], world: World
) -> tuple[dict[int, dict[str, Tensor]], dict[str, Tensor]]:
    """What `save` was given, in the pieces in which the optimiser's parameters and the reference lie here, or whole where they are whole."""
    tensors: dict[str, Any] = {f"reference.{name}": torch.empty_like(value) for name, value in reference.items()}
    for name, written in FileSystemReader(folder / FOLDER).read_metadata().state_dict_metadata.items():
        kind, _, rest = name.partition(".")
        if kind == "optimizer" and isinstance(written, TensorStorageMetadata):
            parameter, dtype = parameters[int(rest.partition(".")[0])], written.properties.dtype
            like = written.size == parameter.shape
            tensors[name] = torch.empty_like(parameter, dtype=dtype) if like else torch.empty(written.size, dtype=dtype)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "torch.distributed is disabled")  # so it is in a world of one
        state_dict_loader.load(tensors, checkpoint_id=folder / FOLDER, process_group=world.group, no_dist=world.size == 1)
    kept: dict[int, dict[str, Tensor]] = {}
    for name, value in tensors.items():
        kind, _, rest = name.partition(".")
        if kind == "optimizer":
            place, _, key = rest.partition(".")
            kept.setdefault(int(place), {})[key] = value
    return kept, {name.removeprefix("reference."): value for name, value in tensors.items() if name.startswith("reference.")}
