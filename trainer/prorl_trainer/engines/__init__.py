"""Rollout engines: what turns prompt tokens into sampled tokens, behind one protocol.

An engine is handed prompts as token ids and streams answers as they finish, in no promised order, each with its log-probabilities.
`transformers_engine.TransformersEngine` samples in this process from the very model that is being trained; an engine in a process of
its own implements the same three methods, and `sync` is where it takes over new weights.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from torch.nn import Module

__all__ = ["Engine", "Generated", "Sampling", "take_faults"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sampling:
    """How tokens are drawn. The paper's training rollouts use temperature 1.2 and top_p 1.0 (ProRL, arXiv 2505.24864, section 3.2)."""

    max_new_tokens: int
    temperature: float = 1.2
    """0 is greedy."""
    top_p: float = 1.0
    top_k: int = 0
    """0 keeps every token. `top_p` and `top_k` are for evaluation: they bias the importance ratios of training."""
    stop_ids: tuple[int, ...] = ()
    """Token ids that end an answer; empty means the end-of-sequence ids of the model's own generation config."""

    def __post_init__(self) -> None:
        if self.max_new_tokens < 1:
            raise ValueError(f"max_new_tokens is at least 1; got {self.max_new_tokens}")
        if not self.temperature >= 0.0:
            raise ValueError(f"temperature is 0 (greedy) or positive; got {self.temperature}")
        if not 0.0 < self.top_p <= 1.0:
            raise ValueError(f"top_p lies in (0, 1]; got {self.top_p}")
        if self.top_k < 0:
            raise ValueError(f"top_k is 0 (off) or positive; got {self.top_k}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Generated:
    """One sampled answer."""

    token_ids: tuple[int, ...]
    """The sampled ids, the stop id included where one ended the answer; never empty; shape [T]."""
    logprobs: tuple[float, ...]
    """Log-probability of each sampled token in nats under the whole vocabulary's distribution at the sampling temperature (at
    temperature 1 where sampling was greedy), before any `top_p` or `top_k` cut; shape [T]."""
    finish_reason: str
    """"stop" (a stop id was sampled) or "length" (cut at the limit)."""


@runtime_checkable
class Engine(Protocol):
    """Samples answers. Raises EngineError where it cannot. One that replaces a process of its own says so in a list `faults`; see `take_faults`."""

    exact_logprobs: bool
    """True where its log-probabilities are the trainer's own (the same weights, in the same arithmetic): they need no correction."""

    def generate(self, prompts: Sequence[Sequence[int]], sampling: Sampling, *, seeds: Sequence[int]) -> Iterator[tuple[int, Generated]]:
        """Yield (index into `prompts`, answer) for every prompt, each as soon as it is done.

        An answer is fixed by its prompt and its own one of `seeds` (each in [0, 2**63)), whatever else is generated beside it.
        """
        ...

    def sync(self, model: "Module") -> None:
        """Take over the weights of `model`: answers drawn after this call come from them."""
        ...

    def close(self) -> None:
        """Free what the engine holds; it is not used again."""
        ...


def take_faults(engine: Engine) -> list[str]:
    """What the engine put right by itself since the last call, in words; an engine that has no `faults` has none."""
    faults: list[str] = getattr(engine, "faults", [])
    taken = list(faults)
    del faults[: len(taken)]  # another thread may add to it meanwhile
    return taken
