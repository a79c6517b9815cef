"""Rows of prompt and response as one line of tokens: nothing is padded, and a prompt that several rows begin with is in the line once.

All that a decoder does token by token is done once for each token of the line. Only attention looks at rows: `_attend` spreads queries, keys and
values into right-padded rows, in blocks of rows of like length, attends causally as the model's own sdpa attention does, and gathers the line
from the result. So no mask is needed, and attention stays on its fastest path.

The non-obvious part is how attention learns of the rows. It is given them as an argument of the decoder's forward, which transformers hands down
to attention (and remembers for activations that are computed again); transformers' "sdpa" entry is replaced by `_attend`, which without that
argument is the entry that it replaced. A model that does not pass it on, or mixes tokens outside of attention, is found out by `packs`, which
tries every decoder once.

Shapes: M tokens of the line, R tokens of its rows, padding included, N response tokens of all rows, H hidden.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS

BLOCK_FILL = 0.6
"""A row shorter than this share of a block's longest begins another block."""
TRIED = (((1, 2), (3, 4, 5)), ((1, 2), (6, 1)), ((7,), (1, 2, 3, 4)), ((1, 2), (5, 6, 7)))
TOLERANCE, ROUNDINGS = 1e-3, 8
"""Of the trial, relative to the largest hidden state; the two ways round differently, so at least so many roundings of the model's precision."""


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class Line:
    """Rows packed into a line. The last token of a row predicts none and is left out."""

    ids_M: Tensor
    position_M: Tensor
    blocks: tuple[tuple[int, int], ...]
    """Rows and padded length of each block."""
    place_R: Tensor
    """The place in the line of each token of the blocks, one after another; any behind a row's end."""
    back_M: Tensor
    """Where among R each token of the line stands, first."""
    again_A: Tensor
    """Where among R a token of the line stands once more: in another row with the same prompt."""
    predictor_N: Tensor
    """The place in the line of the token before each response token, row by row."""


def pack(prompts: Sequence[Sequence[int]], responses: Sequence[Sequence[int]], *, device: Any = None) -> Line:
    """The line of those rows. No prompt and no response is empty."""
    ids: list[int] = []
    positions: list[Any] = []
    starts: dict[tuple[int, ...], int] = {}
    for prompt in map(tuple, prompts):
        if prompt not in starts:
            starts[prompt] = len(ids)
            ids.extend(prompt)
            positions.append(np.arange(len(prompt)))
    rows: list[Any] = []
    predictors: list[Any] = []
    for prompt, response in zip(prompts, responses, strict=True):
        start, first, length = starts[tuple(prompt)], len(ids), len(response) - 1
        ids.extend(response[:-1])
        positions.append(np.arange(len(prompt), len(prompt) + length))
        rows.append(np.concatenate([np.arange(start, start + len(prompt)), np.arange(first, first + length)]))
        predictors.append(rows[-1][len(prompt) - 1 :])
    blocks = _blocks(rows)
    place_R = np.concatenate([np.pad(row, (0, len(block[0]) - len(row)), mode="edge") for block in blocks for row in block])
    real_R = np.flatnonzero(np.concatenate([np.arange(len(block[0])) < len(row) for block in blocks for row in block]))
    back_M = real_R[np.unique(place_R[real_R], return_index=True)[1]]

    def tensor(values: Any) -> Tensor:
        return torch.as_tensor(values, dtype=torch.long, device=device)

    return Line(
        ids_M=tensor(ids),
        position_M=tensor(np.concatenate(positions)),
        blocks=tuple((len(block), len(block[0])) for block in blocks),
        place_R=tensor(place_R),
        back_M=tensor(back_M),
        again_A=tensor(np.setdiff1d(real_R, back_M, assume_unique=True)),
        predictor_N=tensor(np.concatenate(predictors)),
    )


def _blocks(rows: Sequence[Any]) -> list[list[Any]]:
    """The rows by length, the longest first, cut where they have become much shorter."""
    blocks: list[list[Any]] = []
    for row in sorted(rows, key=len, reverse=True):
        if blocks and len(row) >= BLOCK_FILL * len(blocks[-1][0]):
            blocks[-1].append(row)
        else:
            blocks.append([row])
    return blocks


def hidden_states(decoder: Any, line: Line) -> Tensor:
    """The decoder's last hidden states; shape [M, H]."""
    # Four dimensions say that the mask is ready: transformers makes none of its own.
    no_mask = torch.zeros(1, 1, 1, 1, device=line.ids_M.device)
    out = decoder(input_ids=line.ids_M[None], position_ids=line.position_M[None], attention_mask=no_mask, use_cache=False, packed_rows=line)
    return out[0][0]


_tried: "WeakKeyDictionary[Any, bool]" = WeakKeyDictionary()


def packs(decoder: Any, longest: int) -> bool:
    """Whether rows of at most so many tokens can be packed: the decoder gives for them what it gives for padded rows."""
    config = decoder.config.get_text_config()
    windows = [getattr(config, name, None) for name in ("sliding_window", "attention_chunk_size")]
    if any(window is not None and longest > window for window in windows):
        return False  # causal attention within the window is plain causal attention, beyond it is not
    if decoder not in _tried:
        _tried[decoder] = getattr(config, "_attn_implementation", None) == "sdpa" and _agrees(decoder)
    return _tried[decoder]


@torch.no_grad()
def _agrees(decoder: Any) -> bool:
    device = next(decoder.parameters()).device
    prompts, responses = [p for p, _ in TRIED], [r for _, r in TRIED]
    num_ids = decoder.config.get_text_config().vocab_size
    rows = [[i % num_ids for i in (*p, *r[:-1])] for p, r in TRIED]
    width = max(map(len, rows))
    was_training = decoder.training
    decoder.eval()
    try:
        padded = decoder(input_ids=torch.tensor([[*row, *[0] * (width - len(row))] for row in rows], device=device), use_cache=False)[0]
        line = pack(prompts, responses, device=device)
        inline = hidden_states(decoder, line)
    except (AssertionError, AttributeError, LookupError, RuntimeError, TypeError, ValueError):  # each model refuses the arguments in its own way
        return False
    finally:
        decoder.train(was_training)
    expected = torch.cat([padded[i, len(p) - 1 : len(row)] for i, (p, row) in enumerate(zip(prompts, rows, strict=True))])
    tolerance = max(TOLERANCE, ROUNDINGS * torch.finfo(expected.dtype).eps)
    return inline.shape[1:] == expected.shape[1:] and bool((inline[line.predictor_N] - expected).abs().max() <= tolerance * expected.abs().max())


_replaced: Any = ALL_ATTENTION_FUNCTIONS["sdpa"]


def _attend(module: Any, query: Tensor, key: Tensor, value: Tensor, attention_mask: Any, packed_rows: Line | None = None, **options: Any) -> Any:
    """transformers' sdpa attention; of [1, heads, M, dim] queries, keys and values with `packed_rows`, [1, M, heads, dim]."""
    if packed_rows is None:
        return _replaced(module, query, key, value, attention_mask, **options)
    parts = [
        _Spread.apply(x[0].transpose(0, 1), packed_rows).split([rows * length for rows, length in packed_rows.blocks]) for x in (query, key, value)
    ]
    done = []
    for (rows, length), *block in zip(packed_rows.blocks, *parts, strict=True):
        in_rows = [x.unflatten(0, (rows, length)).transpose(1, 2) for x in block]
        done.append(_replaced(module, *in_rows, None, **options)[0].flatten(0, 1))
    return _Gathered.apply(torch.cat(done) if len(done) > 1 else done[0], packed_rows)[None], None


ALL_ATTENTION_FUNCTIONS.register("sdpa", _attend)


class _Spread(torch.autograd.Function):
    """[M, ...] to [R, ...]. Gathers in the backward pass too, which adds up only what rows share, in the same order every time."""

    @staticmethod
    def forward(ctx: Any, x_M: Tensor, line: Line) -> Tensor:
        ctx.line = line
        return x_M.index_select(0, line.place_R)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, None]:
        line: Line = ctx.line
        grad_M = grads[0].index_select(0, line.back_M)
        again_A = line.again_A
        return grad_M.index_put_((line.place_R[again_A],), grads[0].index_select(0, again_A), accumulate=True), None


class _Gathered(torch.autograd.Function):
    """[R, ...] to [M, ...]."""

    @staticmethod
    def forward(ctx: Any, x_R: Tensor, line: Line) -> Tensor:
        ctx.line, ctx.shape = line, x_R.shape
        return x_R.index_select(0, line.back_M)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> tuple[Tensor, None]:
        return grads[0].new_zeros(ctx.shape).index_copy_(0, ctx.line.back_M, grads[0]), None
