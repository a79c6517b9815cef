"""Log-probabilities (and entropy) of given responses under a causal language model, at the sampling temperature.

Rows are packed into one line, without padding and with a group's prompt once, where the model allows it (`packing`), and right-padded elsewhere.
In a causal model no real token then sees a padding token, and positions count from 0: padded rows need neither an attention mask nor position
ids, which keeps attention on its fastest path. `micro_batches` splits a batch by a budget of padded tokens, of which packing leaves fewer; the
loop uses it for its gradient steps, `score` itself for everything else.

Only the positions that predict some response token go through the language-model head, and where they are many, a chunk at a time: a chunk's logits
live while its log-probabilities are computed, and are computed again in the backward pass. With a vocabulary of 151,000 the logits of a
micro-batch are its largest tensors by far, and never exist as a whole.

Shapes: B responses, P tokens of prompt and response, T response tokens, N response tokens of all rows in one line, H hidden, V vocabulary.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from prorl_trainer.entropy import token_entropy
from prorl_trainer.head import halves, inside, last_logits
from prorl_trainer.packing import hidden_states, pack, packs

MAX_ELEMENTS = 1 << 24
"""Logits that are handled at once."""


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
    entropy_grad: bool = True,
    grad: bool = False,
    token_budget: int | None = None,
) -> Scores:
    """The log-probability of every response token given all that stands before it; each of the three results has shape [B, T].

    `model` is a Hugging Face causal model (wrapped or not) whose padding id is `pad_id`; `temperature` is the one the responses were
    sampled at (training scores at the sampling temperature, so that the importance ratio compares like with like). With `grad` the
    results carry gradients, the entropy only with `entropy_grad`; without, the forward runs in micro-batches of `token_budget` padded
    tokens with the model as it is (train or eval mode). T is the longest response. Raises ValueError for an empty prompt or response.
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
    read = _Reader(temperature, need_entropy, entropy_grad)
    with torch.set_grad_enabled(grad):
        done = [_score_rows(model, [prompts[i] for i in batch], [responses[i] for i in batch], pad_id, read, num_T) for batch in rows]
    if len(done) == 1 and rows[0] == list(range(len(prompts))):
        return done[0]
    back = torch.tensor([i for batch in rows for i in batch], device=done[0].logp_BT.device).argsort()
    return Scores(
        torch.cat([d.logp_BT for d in done])[back],
        torch.cat([d.entropy_BT for d in done if d.entropy_BT is not None])[back] if need_entropy else None,
        torch.cat([d.mask_BT for d in done])[back],
    )


class _Reader(NamedTuple):
    """What is read off logits."""

    temperature: float
    need_entropy: bool
    entropy_grad: bool

    def __call__(self, logits_NV: Tensor, targets_N: Tensor) -> tuple[Tensor, Tensor | None]:
        logits_NV = logits_NV.float() if self.temperature == 1.0 else logits_NV.float() / self.temperature
        logp_N, logp_NV = _Chosen.apply(logits_NV, targets_N)
        if not self.need_entropy:
            return logp_N, None
        if self.entropy_grad and torch.is_grad_enabled():
            return logp_N, token_entropy(logits_NV, max_elements=MAX_ELEMENTS)
        # Last, so that the recomputation for a chunk's backward pass ends before it.
        with torch.no_grad():
            p_NV = logp_NV.exp()
            return logp_N, torch.special.entr(p_NV, out=p_NV).sum(-1)


class _Chosen(torch.autograd.Function):
    """log_softmax at the targets, and everywhere (without a gradient). Autograd's own way holds and writes three times as much."""

    @staticmethod
    def forward(ctx: Any, logits_NV: Tensor, targets_N: Tensor) -> tuple[Tensor, Tensor]:
        logp_NV = logits_NV.log_softmax(-1)
        ctx.save_for_backward(logp_NV, targets_N)
        ctx.mark_non_differentiable(logp_NV)
        ctx.set_materialize_grads(False)
        return logp_NV.gather(-1, targets_N[:, None])[:, 0], logp_NV

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, None]:
        """The gradient of a chosen token's log-probability: one at the target, less the probabilities."""
        logp_NV, targets_N = ctx.saved_tensors
        grad_N1 = grads[0][:, None]
        return logp_NV.exp().mul_(-grad_N1).scatter_add_(-1, targets_N[:, None], grad_N1), None


def _score_rows(model: Any, prompts: Sequence[Sequence[int]], responses: Sequence[Sequence[int]], pad_id: int, read: _Reader, num_T: int) -> Scores:
    device = next(model.parameters()).device
    lengths_B = torch.tensor([len(r) for r in responses], device=device)
    mask_BT = torch.arange(num_T, device=device) < lengths_B[:, None]
    targets_N = torch.tensor([token for r in responses for token in r], device=device)

    if (split := halves(model)) is not None:
        decoder, head = split

        def whole() -> tuple[Tensor, Tensor | None]:
            return _in_chunks(head, _hidden(decoder, prompts, responses, pad_id, device), targets_N, read, num_V=head.vocab_size)

        logp_N, entropy_N = inside(model, whole)
    else:
        ids_BP, row_N, column_N = _padded(prompts, responses, pad_id, device)
        first = min(len(p) for p in prompts) - 1
        logits_NV = last_logits(model, ids_BP, first)[row_N, column_N - first]
        logp_N, entropy_N = _in_chunks(_as_they_are, logits_NV, targets_N, read, num_V=logits_NV.shape[-1])

    empty_BT, places = torch.zeros(mask_BT.shape, device=device), mask_BT.nonzero(as_tuple=True)
    return Scores(
        empty_BT.index_put(places, logp_N),
        None if entropy_N is None else empty_BT.index_put(places, entropy_N),
        mask_BT.float(),
    )


def _hidden(decoder: Any, prompts: Sequence[Sequence[int]], responses: Sequence[Sequence[int]], pad_id: int, device: Any) -> Tensor:
    """The hidden state before each response token, row by row; shape [N, H]."""
    if packs(decoder, max(len(p) + len(r) - 1 for p, r in zip(prompts, responses, strict=True))):
        line = pack(prompts, responses, device=device)
        return hidden_states(decoder, line)[line.predictor_N]
    ids_BP, row_N, column_N = _padded(prompts, responses, pad_id, device)
    return decoder(input_ids=ids_BP, use_cache=False)[0][row_N, column_N]


def _padded(prompts: Sequence[Sequence[int]], responses: Sequence[Sequence[int]], pad_id: int, device: Any) -> tuple[Tensor, Tensor, Tensor]:
    """The rows right-padded, without their last tokens, which predict none; and for each response token the row and column that predict it."""
    rows = [[*p, *r[:-1]] for p, r in zip(prompts, responses, strict=True)]
    width = max(map(len, rows))
    columns = [len(p) - 1 + t for p, r in zip(prompts, responses, strict=True) for t in range(len(r))]
    return (
        torch.tensor([[*row, *[pad_id] * (width - len(row))] for row in rows], device=device),
        torch.tensor([i for i, r in enumerate(responses) for _ in r], device=device),
        torch.tensor(columns, device=device),
    )


def _in_chunks(head: Callable[[Tensor], Tensor], states_NH: Tensor, targets_N: Tensor, read: _Reader, *, num_V: int) -> tuple[Tensor, Tensor | None]:
    """What `read` makes of head(states), at most `MAX_ELEMENTS` logits at a time; with several chunks, each is computed again for its gradient."""
    num_rows = max(1, MAX_ELEMENTS // num_V)
    if len(targets_N) <= num_rows:
        return read(head(states_NH), targets_N)

    def chunk(part_NH: Tensor, part_N: Tensor) -> tuple[Tensor, Any]:
        return read(head(part_NH), part_N)

    chunks = zip(states_NH.split(num_rows), targets_N.split(num_rows), strict=True)
    recompute = torch.is_grad_enabled()
    done = [checkpoint(chunk, *part, use_reentrant=False, preserve_rng_state=False) if recompute else chunk(*part) for part in chunks]
    return torch.cat([d[0] for d in done]), torch.cat([d[1] for d in done]) if read.need_entropy else None


def _as_they_are(logits_NV: Tensor) -> Tensor:
    return logits_NV
