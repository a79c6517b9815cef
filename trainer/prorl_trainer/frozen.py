"""The reference of a run: the frozen policy that the KL is measured to, made once and overwritten at each reset.

Two kinds answer to the same four calls. `FrozenCopy` is a second copy of the model; `lora.FrozenAdapter` is a second adapter on the model that
is being trained. Both are only ever scored within `active`, which puts them in place and takes them away again.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from copy import deepcopy
from typing import Any, Protocol

from torch import Tensor


class Frozen(Protocol):
    """What the loop asks of a reference."""

    offloaded: bool
    """True where `active` moves weights, so that few long uses are better than many short ones."""

    def active(self) -> AbstractContextManager[Any]:
        """The reference as a model in eval mode, for as long as the context is open."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Its weights, as `lora.policy_state` gives the policy's."""
        ...

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Take over weights, bit for bit."""
        ...


class FrozenCopy:
    """A copy of `model` as it is now. With `offload` it lies in the memory of the CPU between uses.

    `prepare` makes of the copy what is kept: its shard, say, where `model` is about to be sharded itself.
    """

    def __init__(self, model: Any, *, offload: bool = False, prepare: Callable[[Any], Any] = lambda copied: copied) -> None:
        self._device = next(model.parameters()).device
        self._model: Any = prepare(deepcopy(model).eval().requires_grad_(False))
        self.offloaded = offload
        if offload:
            self._model.to("cpu")

    @contextmanager
    def active(self) -> Iterator[Any]:
        """The copy, on the policy's device."""
        if not self.offloaded:
            yield self._model
            return
        self._model.to(self._device)
        try:
            yield self._model
        finally:
            self._model.to("cpu")

    def state_dict(self) -> dict[str, Tensor]:
        """The copy's weights."""
        return self._model.state_dict()

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Overwrite the copy's weights in place."""
        self._model.load_state_dict(state)
