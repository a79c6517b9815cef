"""A causal model in two halves: the decoder that makes hidden states, and the language-model head that turns them into logits.

Who scores answers needs the logits of some columns only, and with a large vocabulary never all of them at once. So the two halves are called
apart wherever that gives what the model itself gives, and the model as a whole everywhere else.

The non-obvious part is to know where that is. Some models do more to their logits. Scaling and capping are done here as their configs say, a model
whose config says anything else of its logits is taken whole, and every other is tried once, on three tokens, before its halves are trusted.

A model whose weights are sharded among processes gathers them as its own forward begins. Whoever calls its halves does so `inside` it.
"""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

T = TypeVar("T")
INSIDE = "run_inside"
"""The method that `sharded.shard` gives a model, under which its weights are whole; one that is not sharded has none."""
TRIED_IDS = 3
TOLERANCE = 1e-3
"""Of the trial, absolute and relative: the two ways round differently in a low precision."""


class Head(NamedTuple):
    """Hidden states [..., H] to logits [..., V]."""

    project: Any
    """The model's own output layer."""
    scale: float
    cap: float | None
    """Logits are squeezed into (-cap, cap)."""

    def __call__(self, states: Tensor) -> Tensor:
        logits = self.project(states)
        if self.scale != 1.0:
            logits = logits * self.scale
        return logits if self.cap is None else (logits / self.cap).tanh() * self.cap

    @property
    def vocab_size(self) -> int:
        """Size of the vocabulary."""
        return self.project.weight.shape[0]


_tried: "WeakKeyDictionary[Any, tuple[Any, Head] | None]" = WeakKeyDictionary()


def unwrapped(model: Any) -> Any:
    """The causal model itself: without the wrapper of a parallel run or of peft (adapters stay active in its layers)."""
    model = getattr(model, "module", model)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def halves(model: Any) -> tuple[Any, Head] | None:
    """(decoder, head) such that head(decoder(ids)[0]) are the logits of `model`; None where it has to be called whole."""
    inner = unwrapped(model)
    if inner not in _tried:
        found = _named_halves(inner)
        _tried[inner] = found if found is not None and _agree(inner, *found) else None
    return _tried[inner]


def inside(model: Any, work: Callable[[], T]) -> T:
    """work(), as a part of the model's own forward pass; it may call any part of the model and gives a tuple of tensors (or None)."""
    run = getattr(model, INSIDE, None)
    return work() if run is None else run(work)


def last_logits(model: Any, ids_BP: Tensor, first: int) -> Tensor:
    """Logits of the columns from `first` on, by the whole model; shape [B, P - first, V]."""
    if first and takes_logits_to_keep(model):
        return model(input_ids=ids_BP, use_cache=False, logits_to_keep=ids_BP.shape[1] - first).logits
    return model(input_ids=ids_BP, use_cache=False).logits[:, first:]


def takes_logits_to_keep(model: Any) -> bool:
    """Whether the model's forward can limit its head to the last columns."""
    return "logits_to_keep" in inspect.signature(unwrapped(model).forward).parameters


def _named_halves(model: Any) -> tuple[Any, Head] | None:
    if not hasattr(model, "get_output_embeddings") or not hasattr(model, "config"):
        return None
    decoder, project = model.base_model, model.get_output_embeddings()
    if project is None or decoder is model:
        return None
    said = cast("dict[str, Any]", model.config.get_text_config().to_dict())
    elsewhere = ("attn_", "attention_", "router_")  # logits of another kind
    said = {name: value for name, value in said.items() if "logit" in name and not name.startswith(elsewhere) and value not in (None, False, 1)}
    # As Gemma, Cohere and Granite name them.
    cap, factor, divisor = (said.pop(name, None) for name in ("final_logit_softcapping", "logit_scale", "logits_scaling"))
    return None if said else (decoder, Head(project, scale=(factor or 1.0) / (divisor or 1.0), cap=cap))


@torch.no_grad()
def _agree(model: Any, decoder: Any, head: Head) -> bool:
    """Whether the halves give the model's logits for a few tokens."""
    ids = torch.arange(TRIED_IDS, device=next(model.parameters()).device)[None] % model.config.get_text_config().vocab_size
    was_training = model.training
    model.eval()
    try:
        whole = model(input_ids=ids, use_cache=False).logits.float()
        apart = head(decoder(input_ids=ids, use_cache=False)[0]).float()
    finally:
        model.train(was_training)
    return whole.shape == apart.shape and bool(torch.allclose(whole, apart, atol=TOLERANCE, rtol=TOLERANCE))
