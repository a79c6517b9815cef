"""Sampling in this process, from the very model that is being trained: no copy of the weights, nothing to synchronise.

Prompts are sorted by length and sampled in batches with a key-value cache. Equal prompts of a batch (the group of one task) are
prefilled once. Rows that are done leave the batch as soon as enough of them have gathered to be worth a copy of the cache.

Each answer has its own stream of uniform random numbers, a counter-based generator keyed by the answer's seed, and a token is the inverse of
its distribution at the next number. So an answer depends on its seed and its prompt, and not on which other rows happen to share its batch
(up to rounding in the model's arithmetic).

Shapes: U distinct prompts of a batch, R rows that a batch began with, B rows still in it, P padded prompt length, K cached positions,
T new tokens, V vocabulary.
"""

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache
from transformers.cache_utils import DynamicLayer

from prorl_gym.errors import EngineError
from prorl_trainer.engines import Generated, Sampling
from prorl_trainer.head import unwrapped
from prorl_trainer.lora import changes
from prorl_trainer.sharded import whole

COMPACT_BELOW = 0.8
"""Done rows are dropped once the living ones are at most this share of the batch."""
RANDOM_BLOCK = 64
"""Random numbers drawn for a row at a time."""
BELOW_ONE = 1.0 - 2.0**-40
"""Random numbers are kept clear of 1, so that rounding in their product with the total probability cannot pass the last token."""
CHUNK = 512
"""Tokens of a large vocabulary that are summed before any is looked at by itself."""


class TransformersEngine:
    """An `Engine` over a Hugging Face causal model.

        engine = TransformersEngine(model)
        for index, answer in engine.generate([[5, 6, 7]], Sampling(max_new_tokens=16), seeds=[0]):
            print(index, answer.token_ids)

    The model is in eval mode while a stream of answers is open, and back in its mode after it. With `own_weights` the engine samples from a copy
    that changes only in `sync`, so that a thread may sample while the model is trained.
    """

    exact_logprobs = True

    def __init__(self, model: Any, *, batch_size: int = 256, own_weights: bool = False) -> None:
        if batch_size < 1:
            raise ValueError(f"batch_size is at least 1; got {batch_size}")
        self._own_weights = own_weights
        self._model = deepcopy(unwrapped(model)).eval().requires_grad_(False) if own_weights else unwrapped(model)
        self._batch_size = batch_size

    def generate(self, prompts: Sequence[Sequence[int]], sampling: Sampling, *, seeds: Sequence[int]) -> Iterator[tuple[int, Generated]]:
        """Stream (index, answer) as rows finish. Raises EngineError for an empty prompt and for one that fills the model's context."""
        rows = [tuple(prompt) for prompt in prompts]
        longest = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        for i, row in enumerate(rows):
            if not row:
                raise EngineError(f"prompt {i} of {len(rows)} has no tokens; a prompt has at least one")
            if longest is not None and len(row) >= longest:
                raise EngineError(f"prompt {i} has {len(row)} tokens, the model takes {longest}: shorten it or leave it out")
        return self._stream(rows, sampling, seeds, longest)

    def _stream(self, rows: list[tuple[int, ...]], sampling: Sampling, seeds: Sequence[int], longest: int | None) -> Iterator[tuple[int, Generated]]:
        order = sorted(range(len(rows)), key=lambda i: (len(rows[i]), rows[i], i))
        stop_ids = sampling.stop_ids or _eos_ids(self._model)
        was_training = self._model.training
        self._model.eval()
        try:
            for start in range(0, len(order), self._batch_size):
                indices = order[start : start + self._batch_size]
                batch = _Batch(self._model, [rows[i] for i in indices], indices, sampling, stop_ids, [seeds[i] for i in indices], longest)
                while batch.num_alive:
                    # Yielded out here: a generator that yields inside inference_mode would leave it on in its consumer.
                    yield from batch.step()
        finally:
            self._model.train(was_training)

    def sync(self, model: Any) -> None:
        """Sample from `model` from now on; nothing to do where its weights are shared."""
        if self._own_weights:
            own = self._model.state_dict()
            for name, value in whole(unwrapped(model), only=changes(model)):
                own[name].copy_(value)
        else:
            self._model = unwrapped(model)

    def close(self) -> None:
        """Nothing is held between calls."""


class _Batch:
    """The rows of one batch, from the prefill to the last stop."""

    @torch.inference_mode()
    def __init__(
        self,
        model: Any,
        prompts: list[tuple[int, ...]],
        indices: list[int],
        sampling: Sampling,
        stop_ids: tuple[int, ...],
        seeds: Sequence[int],
        longest: int | None,
    ) -> None:
        self.num_alive = len(prompts)
        self._model = model
        self._indices = indices
        self._sampling = sampling
        device = next(model.parameters()).device
        limits = [min(sampling.max_new_tokens, longest - len(p)) if longest else sampling.max_new_tokens for p in prompts]
        self._stop_S = torch.tensor(stop_ids, dtype=torch.long, device=device)
        self._uniforms = _Uniforms(seeds) if sampling.temperature > 0.0 else None
        self._time = 0
        self._token_RT = torch.zeros(len(prompts), max(limits), dtype=torch.long, device=device)
        self._logp_RT = torch.zeros(len(prompts), max(limits), device=device)
        self._row_B = torch.arange(len(prompts), device=device)
        self._limit_B = torch.tensor(limits, device=device)
        self._alive_B = torch.ones(len(prompts), dtype=torch.bool, device=device)
        self._position_B = torch.tensor([len(p) for p in prompts], device=device)
        self._cache: Any = _cache(model.config)
        self._prefill(prompts, max(limits), device)

    def _prefill(self, prompts: list[tuple[int, ...]], limit: int, device: torch.device) -> None:
        distinct = {prompt: place for place, prompt in enumerate(dict.fromkeys(prompts))}
        place_B = torch.tensor([distinct[p] for p in prompts], device=device)
        self._num_cached = num_P = max(len(p) for p in prompts)
        ids_UP = torch.tensor([[0] * (num_P - len(p)) + list(p) for p in distinct], device=device)  # padding is masked: any id will do
        length_U = torch.tensor([len(p) for p in distinct], device=device)
        padded = len(prompts[0]) < num_P  # sorted by length
        self._mask_BK = None
        extra: dict[str, Any] = {}
        if padded:
            seen_UP = torch.arange(num_P, device=device) >= num_P - length_U[:, None]
            self._mask_BK = torch.cat([seen_UP[place_B], seen_UP.new_ones(len(prompts), limit)], 1).long()
            extra = {"attention_mask": seen_UP.long(), "position_ids": (seen_UP.long().cumsum(1) - 1).clamp_min(0)}
        self._logits_BV = self._forward(ids_UP, **extra)[place_B]
        if len(distinct) < len(prompts):
            self._cache.reorder_cache(place_B)

    def _forward(self, ids_BP: Tensor, **extra: Any) -> Tensor:
        out = self._model(input_ids=ids_BP, past_key_values=self._cache, use_cache=True, logits_to_keep=1, **extra)
        return out.logits[:, -1]

    @torch.inference_mode()
    def step(self) -> list[tuple[int, Generated]]:
        """Sample one token for every row; the answers that it completes."""
        t = self._time
        token_B, logp_B = self._sample()
        self._token_RT[self._row_B, t] = token_B
        self._logp_RT[self._row_B, t] = logp_B
        self._time = t + 1
        stopped_B = torch.isin(token_B, self._stop_S)
        ended_B = (stopped_B | (self._limit_B <= t + 1)) & self._alive_B
        done = self._collect(ended_B, stopped_B) if bool(ended_B.any()) else []
        if self.num_alive:
            self._advance(token_B, compact=bool(done))
        return done

    def _sample(self) -> tuple[Tensor, Tensor]:
        logits_BV = self._logits_BV.float()
        sampling = self._sampling
        if self._uniforms is None:
            token_B = logits_BV.argmax(-1)
            return token_B, logits_BV.log_softmax(-1).gather(-1, token_B[:, None])[:, 0]
        logp_BV = (logits_BV / sampling.temperature).log_softmax(-1)
        p_BV = _restricted(logp_BV.exp(), top_k=sampling.top_k, top_p=sampling.top_p)
        uniform_B = self._uniforms.column(self._time).to(p_BV.device)[self._row_B]
        token_B = _drawn(p_BV, uniform_B)
        return token_B, logp_BV.gather(-1, token_B[:, None])[:, 0]

    def _collect(self, ended_B: Tensor, stopped_B: Tensor) -> list[tuple[int, Generated]]:
        self._alive_B &= ~ended_B
        rows, stops = self._row_B[ended_B], stopped_B[ended_B].tolist()
        tokens, logps = self._token_RT[rows, : self._time].tolist(), self._logp_RT[rows, : self._time].tolist()
        self.num_alive -= len(stops)
        return [
            (self._indices[row], Generated(token_ids=tuple(ids), logprobs=tuple(logp), finish_reason="stop" if stop else "length"))
            for row, stop, ids, logp in zip(rows.tolist(), stops, tokens, logps, strict=True)
        ]

    def _advance(self, token_B: Tensor, *, compact: bool) -> None:
        if compact and self.num_alive <= COMPACT_BELOW * len(token_B):
            keep = self._alive_B.nonzero()[:, 0]
            self._cache.reorder_cache(keep)
            token_B, self._row_B, self._limit_B = token_B[keep], self._row_B[keep], self._limit_B[keep]
            self._position_B, self._alive_B = self._position_B[keep], self._alive_B[keep]
            if self._mask_BK is not None:
                self._mask_BK = self._mask_BK[keep]
        self._num_cached += 1
        mask_BK = None if self._mask_BK is None else self._mask_BK[:, : self._num_cached]
        self._logits_BV = self._forward(token_B[:, None], attention_mask=mask_BK, position_ids=self._position_B[:, None])
        self._position_B = self._position_B + 1


class _Uniforms:
    """Random numbers in [0, 1), one independent stream for each row, each column drawn once."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._streams = [np.random.Generator(np.random.Philox(key=seed)) for seed in seeds]
        self._block_RT = torch.zeros(0, 0)

    def column(self, t: int) -> Tensor:
        """The numbers of time `t` (asked for in order); float64, shape [R]."""
        place = t % RANDOM_BLOCK
        if place == 0:
            drawn = np.stack([stream.random(RANDOM_BLOCK) for stream in self._streams])
            self._block_RT = torch.from_numpy(drawn * BELOW_ONE)
        return self._block_RT[:, place]


class _GrowingLayer(DynamicLayer):
    """A cache layer that writes into spare room instead of copying all that it holds for every new token."""

    _room: tuple[Tensor, Tensor] | None = None

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Append [B, heads, new, dim] keys and values; everything held so far."""
        if not self.is_initialized:
            self.dtype, self.device, self.is_initialized = key_states.dtype, key_states.device, True
            self.keys, self.values = key_states[:, :, :0], value_states[:, :, :0]
        held: tuple[Any, Any] = self.keys, self.values
        old, new = held[0].shape[-2], held[0].shape[-2] + key_states.shape[-2]
        if self._room is None or self._room[0].shape[-2] < new:
            self._room = _with_room(held[0], new), _with_room(held[1], new)
        for room, states in zip(self._room, (key_states, value_states), strict=True):
            room[:, :, old:new] = states
        self.keys, self.values = self._room[0][:, :, :new], self._room[1][:, :, :new]
        return self.keys, self.values

    def reorder_cache(self, beam_idx: Any) -> None:
        """Keep (or repeat) the given rows."""
        super().reorder_cache(beam_idx)
        self._room = None


def _with_room(held: Tensor, num_positions: int) -> Tensor:
    capacity = -(-num_positions * 3 // 2 // 64) * 64
    room = held.new_empty(held.shape[0], held.shape[1], capacity, held.shape[3])
    room[:, :, : held.shape[-2]] = held
    return room


def _cache(config: Any) -> DynamicCache:
    cache = DynamicCache(config=config)
    # Layers of another kind (sliding window, linear attention) stay as transformers made them.
    cache.layers = [_GrowingLayer() if type(layer) is DynamicLayer else layer for layer in cache.layers]
    return cache


def _drawn(p_BV: Tensor, uniform_B: Tensor) -> Tensor:
    """The token at each number in [0, 1) of the (unnormalised) distribution; one of probability 0 is never drawn.

    With a large vocabulary, first a chunk of it by the chunks' sums, then the token within: a running sum over all of it costs ten times as much.
    """
    if p_BV.shape[-1] <= 2 * CHUNK:
        return _at(p_BV.cumsum(-1, dtype=torch.float64), uniform_B[:, None])[:, 0]
    p_BCV = torch.nn.functional.pad(p_BV, (0, -p_BV.shape[-1] % CHUNK)).unflatten(-1, (-1, CHUNK))
    cdf_BC = p_BCV.sum(-1).cumsum(-1, dtype=torch.float64)
    chunk_B1 = _at(cdf_BC, uniform_B[:, None])
    end_B1 = cdf_BC.gather(-1, chunk_B1)
    begin_B1 = torch.where(chunk_B1 > 0, cdf_BC.gather(-1, (chunk_B1 - 1).clamp_min(0)), 0.0)
    within_B1 = ((uniform_B[:, None] * cdf_BC[:, -1:] - begin_B1) / (end_B1 - begin_B1)).clamp(0.0, BELOW_ONE)
    p_BV = p_BCV.gather(1, chunk_B1[:, :, None].expand(-1, -1, CHUNK))[:, 0]
    return (chunk_B1 * CHUNK + _at(p_BV.cumsum(-1, dtype=torch.float64), within_B1))[:, 0]


def _at(cdf_BV: Tensor, uniform_B1: Tensor) -> Tensor:
    """The first whose cumulative weight exceeds that share of the whole, strictly: at 0, leading ones of weight 0 are passed over."""
    # Where the model gives NaN there is none. The token then hardly matters: its log-probability is NaN, and the update that it is in is skipped.
    return torch.searchsorted(cdf_BV, uniform_B1 * cdf_BV[:, -1:], right=True).clamp_max(cdf_BV.shape[-1] - 1)


def _restricted(p_BV: Tensor, *, top_k: int, top_p: float) -> Tensor:
    """`p_BV` with the tokens outside the `top_k` and outside the smallest set of mass `top_p` at 0, not renormalised."""
    if not 0 < top_k < p_BV.shape[-1] and top_p >= 1.0:
        return p_BV
    sorted_BV, place_BV = p_BV.sort(stable=True, dim=-1, descending=True)
    if 0 < top_k < p_BV.shape[-1]:
        sorted_BV[:, top_k:] = 0.0
    before_BV = sorted_BV.cumsum(-1) - sorted_BV
    sorted_BV[before_BV >= top_p * sorted_BV.sum(-1, keepdim=True)] = 0.0
    return torch.zeros_like(p_BV).scatter(-1, place_BV, sorted_BV)


def _eos_ids(model: Any) -> tuple[int, ...]:
    for config in (getattr(model, "generation_config", None), model.config):
        eos = getattr(config, "eos_token_id", None)
        if eos is not None:
            return (eos,) if isinstance(eos, int) else tuple(eos)
    return ()
