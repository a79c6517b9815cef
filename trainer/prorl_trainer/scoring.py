"""Log-probabilities (and entropy) of given responses under a causal language model, at the sampling temperature.

Rows are right-padded. In a causal model no real token then sees a padding token, and positions count from 0: neither an attention mask
nor position ids are needed, which keeps attention on its fastest path. Only the columns that predict some response token go through the
language-model head. `micro_batches` splits a batch by a budget of padded tokens; the loop uses it for its gradient steps, `score` itself
for everything else.

Shapes: B responses, P tokens of prompt and response, T response tokens, N response tokens of all rows in one line, V vocabulary.
"""

import inspect
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from prorl_trainer.entropy import token_entropy

MAX_ELEMENTS = 1 << 24
"""Logits handled in float32 at once."""


class Scores(NamedTuple):
    """What `score` returns; float32, 0 outside the mask."""

    logp_BT: Tensor
    entropy_BT: Tensor | None
    """Exact token entropy at the sampling temperature; None where it was not asked for."""
    mask_BT: Tensor
    """1.0 on response tokens, 0.0 on padding."""


def micro_batches(lengths: Sequence[int], *, token_budget: int | None) -> list[list[int]]:
    """Index lists that cover `range(len(lengths))` once, each of at most `token_budget` padded tokens (rows times longest row).

    Sorted by length, so that little is padded, the longest first, so that a lack of memory shows at once. A row longer than the budget
    gets a micro-batch of its own. Without a budget, one list in the given order. Deterministic.
    """
    if token_budget is None:
        return [list(range(len(lengths)))] if lengths else []
    if token_budget < 1:
        raise ValueError(f"token_budget is at least 1, or None for no limit; got {token_budget}")
    batches: list[list[int]] = []
    width = 0
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batches and (len(batches[-1]) + 1) * width <= token_budget:
            batches[-1].append(index)
        else:
            batches.append([index])
            width = lengths[index]
    return batches


def score(
    model: Any,
    prompts: Sequence[Sequence[int]],
    responses: Sequence[Sequence[int]],
    *,
    temperature: float,
    pad_id: int,
    need_entropy: bool = False,
    grad: bool = False,
    token_budget: int | None = None,
) -> Scores:
    """The log-probability of every response token given all that stands before it; each of the three results has shape [B, T].

    `model` is a Hugging Face causal model (wrapped or not) whose padding id is `pad_id`; `temperature` is the one the responses were
    sampled at (training scores at the sampling temperature, so that the importance ratio compares like with like). With `grad` the
    results carry gradients; without, the forward runs in micro-batches of `token_budget` padded tokens with the model as it is (train or
    eval mode). T is the longest response. Raises ValueError for an empty prompt or response.
    """
    if len(prompts) != len(responses) or not prompts:
        raise ValueError(f"score needs one response for each prompt, at least one; got {len(prompts)} prompts and {len(responses)} responses")
    if not temperature > 0.0:
        raise ValueError(f"responses are scored at a positive temperature (use 1.0 for greedy ones); got {temperature}")
    for i, (prompt, response) in enumerate(zip(prompts, responses, strict=True)):
        if not len(prompt) or not len(response):
            raise ValueError(f"row {i} has a prompt of {len(prompt)} and a response of {len(response)} tokens; both need at least one")
    num_T = max(len(r) for r in responses)
    rows = micro_batches([len(p) + len(r) for p, r in zip(prompts, responses, strict=True)], token_budget=token_budget)
    with torch.set_grad_enabled(grad):
        done = [_score_rows(model, prompts, responses, batch, temperature, pad_id, need_entropy, num_T) for batch in rows]
    if len(done) == 1 and rows[0] == list(range(len(prompts))):
        return done[0]
    back = torch.tensor([i for batch in rows for i in batch], device=done[0].logp_BT.device).argsort()
    return Scores(
        torch.cat([d.logp_BT for d in done])[back],
        torch.cat([d.entropy_BT for d in done if d.entropy_BT is not None])[back] if need_entropy else None,
        torch.cat([d.mask_BT for d in done])[back],
    )


def _score_rows(
    model: Any,
    prompts: Sequence[Sequence[int]],
    responses: Sequence[Sequence[int]],
    rows: list[int],
    temperature: float,
    pad_id: int,
    need_entropy: bool,
    num_T: int,
) -> Scores:
    device = next(model.parameters()).device
    num_P = max(len(prompts[i]) + len(responses[i]) for i in rows)
    ids = [[*prompts[i], *responses[i], *[pad_id] * (num_P - len(prompts[i]) - len(responses[i]))] for i in rows]
    ids_BP = torch.tensor(ids, device=device)
    starts_B = torch.tensor([len(prompts[i]) for i in rows], device=device)
    lengths_B = torch.tensor([len(responses[i]) for i in rows], device=device)
    mask_BT = torch.arange(num_T, device=device) < lengths_B[:, None]
    row_N, step_N = mask_BT.nonzero(as_tuple=True)
    column_N = starts_B[row_N] + step_N  # where each response token stands; the column before it predicts it

    first = min(len(prompts[i]) for i in rows) - 1
    logits_BKV = _logits(model, ids_BP[:, : num_P - 1], first)
    logits_NV = logits_BKV[row_N, column_N - 1 - first]
    logp_N, entropy_N = _logp_and_entropy(logits_NV, ids_BP[row_N, column_N], temperature, need_entropy)

    empty_BT = torch.zeros(mask_BT.shape, device=device)
    return Scores(
        empty_BT.index_put((row_N, step_N), logp_N),
        None if entropy_N is None else empty_BT.index_put((row_N, step_N), entropy_N),
        mask_BT.float(),
    )


def _logits(model: Any, ids_BP: Tensor, first: int) -> Tensor:
    """Logits of the columns from `first` on; shape [B, P - first, V]."""
    if first and takes_logits_to_keep(model):
        return model(input_ids=ids_BP, use_cache=False, logits_to_keep=ids_BP.shape[1] - first).logits
    return model(input_ids=ids_BP, use_cache=False).logits[:, first:]


def takes_logits_to_keep(model: Any) -> bool:
    """Whether the model's forward can limit its head to the last columns."""
    inner = getattr(model, "module", model)
    return "logits_to_keep" in inspect.signature(inner.forward).parameters


def _logp_and_entropy(logits_NV: Tensor, targets_N: Tensor, temperature: float, need_entropy: bool) -> tuple[Tensor, Tensor | None]:
    num_rows = max(1, MAX_ELEMENTS // logits_NV.shape[-1])
    chunks = list(zip(logits_NV.split(num_rows), targets_N.split(num_rows), strict=True))
    if len(chunks) == 1:
        return _chunk(logits_NV, targets_N, temperature, need_entropy)
    # With many logits, the float32 copies are recomputed in the backward pass instead of being held.
    held = torch.is_grad_enabled() and logits_NV.requires_grad
    done = [
        checkpoint(_chunk, part, targets, temperature, need_entropy, use_reentrant=False)
        if held
        else _chunk(part, targets, temperature, need_entropy)
        for part, targets in chunks
    ]
    return torch.cat([d[0] for d in done]), torch.cat([d[1] for d in done]) if need_entropy else None


def _chunk(logits_NV: Tensor, targets_N: Tensor, temperature: float, need_entropy: bool) -> tuple[Tensor, Any]:
    logits_NV = logits_NV.float() / temperature
    logp_N = logits_NV.gather(-1, targets_N[:, None])[:, 0] - logits_NV.logsumexp(-1)
    return logp_N, token_entropy(logits_NV, max_elements=MAX_ELEMENTS) if need_entropy else None
