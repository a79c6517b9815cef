"""A causal model in two halves: the decoder that makes hidden states, and the language-model head that turns them into logits.

Who scores answers needs the logits of some columns only, and with a large vocabulary never all of them at once. So the two halves are called
apart wherever that gives what the model itself gives, and the model as a whole everywhere else.

The non-obvious part is to know where that is. Some models do more between the halves (they cap, scale or shift logits), each in its own way: a model
whose config speaks of logits is taken whole, and any other is tried once, on three tokens, before its halves are trusted.
"""

import inspect
from typing import Any, cast
from weakref import WeakKeyDictionary

import torch
from torch import Tensor

_tried: "WeakKeyDictionary[Any, tuple[Any, Any] | None]" = WeakKeyDictionary()
TRIED_IDS = 3
TOLERANCE = 1e-3
"""Of the trial, against logits as large as they are; a model that does more between the halves is off by whole units, or named by its config."""


def unwrapped(model: Any) -> Any:
    """The causal model itself: without the wrapper of a parallel run or of peft (adapters stay active in its layers)."""
    model = getattr(model, "module", model)
    return model.get_base_model() if hasattr(model, "get_base_model") else model


def halves(model: Any) -> tuple[Any, Any] | None:
    """(decoder, head) such that head(decoder(ids)[0]) are the logits of `model`; None where it has to be called whole."""
    inner = unwrapped(model)
    if inner not in _tried:
        found = _named_halves(inner)
        _tried[inner] = found if found is not None and _agree(inner, *found) else None
    return _tried[inner]


def last_logits(model: Any, ids_BP: Tensor, first: int) -> Tensor:
    """Logits of the columns from `first` on, by the whole model; shape [B, P - first, V]."""
    if first and takes_logits_to_keep(model):
        return model(input_ids=ids_BP, use_cache=False, logits_to_keep=ids_BP.shape[1] - first).logits
    return model(input_ids=ids_BP, use_cache=False).logits[:, first:]


def takes_logits_to_keep(model: Any) -> bool:
    """Whether the model's forward can limit its head to the last columns."""
    return "logits_to_keep" in inspect.signature(unwrapped(model).forward).parameters


def _named_halves(model: Any) -> tuple[Any, Any] | None:
    if not hasattr(model, "get_output_embeddings") or not hasattr(model, "config"):
        return None
    decoder, head = model.base_model, model.get_output_embeddings()
    if head is None or decoder is model or _speaks_of_logits(model.config.get_text_config()):
        return None
    return decoder, head


def _speaks_of_logits(config: Any) -> bool:
    """Whether the config caps or scales logits: `final_logit_softcapping`, `logit_scale`, `logits_scaling` and the like, not at rest."""
    settings = cast("dict[str, Any]", config.to_dict())
    return any("logit" in name and "router" not in name and value not in (None, False, 1, 1.0) for name, value in settings.items())


@torch.no_grad()
def _agree(model: Any, decoder: Any, head: Any) -> bool:
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
