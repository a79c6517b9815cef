"""A model whose weights lie in shards over the processes of a run (FSDP2, `torch.distributed.fsdp.fully_shard`).

Each layer's weights come together as its forward or backward begins and are given up after it; what remains is a shard of the weights, of their
gradients and of the optimiser's state in each process. Gradients are summed over the processes, not averaged: a token's weight in the loss
comes from counts of the whole optimiser batch already.

`whole` and `placed` go between such a model and whole tensors. Both take a model that is not sharded too, so that their callers need not ask.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import Tensor

from prorl_trainer.head import INSIDE, halves, unwrapped
from prorl_trainer.packing import packs
from prorl_trainer.parallel import World


def shard(model: Any, world: World) -> Any:
    """Shard a whole model, the same in each process, in place, and move it to the process's device; nothing in a world of one."""
    if world.size == 1:
        return model
    from torch.distributed.device_mesh import init_device_mesh
    from torch.distributed.fsdp import FSDPModule, fully_shard, register_fsdp_forward_method

    assert world.device is not None
    if (split := halves(model)) is not None:  # tries the model while it is whole
        packs(split[0], 1)
    mesh = init_device_mesh(world.device.partition(":")[0], (world.size,))
    names = set(getattr(unwrapped(model), "_no_split_modules", None) or ())
    for layer in [m for m in model.modules() if type(m).__name__ in names]:
        fully_shard(layer, mesh=mesh)
    # The root too gives its weights up after its forward, so that its parameters are shards whenever one looks at them.
    fully_shard(model, mesh=mesh, reshard_after_forward=True)
    for module in model.modules():
        if isinstance(module, FSDPModule):
            module.set_gradient_divide_factor(1.0)
            module.set_force_sum_reduction_for_comms(True)
    setattr(model, INSIDE, _run)
    register_fsdp_forward_method(model, INSIDE)
    return model.to(world.device)


def _run(work: Callable[[], tuple[Tensor | None, ...]]) -> tuple[Tensor | None, ...]:
    # FSDP hangs its hooks on what comes out, where a view could lose them.
    return tuple(None if value is None else value.clone() for value in work())


def is_sharded(model: Any) -> bool:
    """Whether `model` came from `shard` in a world of several."""
    return hasattr(model, INSIDE)


def whole(model: Any, *, only: Callable[[str], bool] = lambda name: True) -> Iterator[tuple[str, Tensor]]:
    """Each weight and buffer that a state dict names, gathered if it is a shard; of tied ones the first name.

    `only` chooses by name. Several processes run through it together, to its end.
    """
    ties = {name for name, _ in model.named_parameters(remove_duplicate=False)} - {name for name, _ in model.named_parameters()}
    for name, value in model.state_dict().items():
        if name not in ties and only(name):
            yield name, full(value)


def full(value: Tensor) -> Tensor:
    """The tensor of which `value` is a shard, or `value` itself, detached."""
    gather: Callable[[], Tensor] | None = getattr(value.detach(), "full_tensor", None)
    return value.detach() if gather is None else gather()


def placed(state: Mapping[str, Tensor], like: Mapping[str, Any]) -> dict[str, Tensor]:
    """`state` with each whole tensor as the shard that `like` has of its name and shape. No process needs another for it."""
    return {name: _placed(value, like.get(name)) for name, value in state.items()}


def _placed(value: Tensor, like: Any) -> Tensor:
    if like is None or like.shape != value.shape or hasattr(value, "full_tensor") or not hasattr(like, "full_tensor"):
        return value
    from torch.distributed.tensor import DTensor, distribute_tensor

    assert isinstance(like, DTensor)
    return distribute_tensor(value.to(like.device), like.device_mesh, like.placements, src_data_rank=None)
