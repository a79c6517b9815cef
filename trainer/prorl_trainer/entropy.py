"""Token entropy: measured exactly, watched by a band, steered by an adaptive bonus coefficient.

Entropy is the main health signal of a long run: ProRL keeps it from collapsing with a high sampling temperature, the KL term and
decoupled clipping (arXiv 2505.24864, section 2). The measurement is the exact entropy of the whole vocabulary's distribution at the
sampling temperature, not the sampled estimate -log p.

Shapes: N token positions, V vocabulary.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


def token_entropy(logits_NV: Tensor, *, temperature: float = 1.0, max_elements: int = 1 << 24) -> Tensor:
    """The entropy, in nats, of softmax(logits / temperature) at each position; float32, shape [N].

    Works through the positions in chunks of at most `max_elements` logits, so that no float32 copy of the whole is held where no
    gradient is asked for.
    """
    num_rows = max(1, max_elements // logits_NV.shape[-1])
    parts = [_entropy(chunk.float() / temperature) for chunk in logits_NV.split(num_rows)]
    return parts[0] if len(parts) == 1 else torch.cat(parts) if parts else logits_NV.new_zeros(0, dtype=torch.float32)


def _entropy(logits_NV: Tensor) -> Tensor:
    logp_NV = logits_NV.log_softmax(-1)
    # A token of probability 0 contributes 0, where exp(-inf) * -inf would be NaN.
    return -(logp_NV.exp() * logp_NV.clamp_min(torch.finfo(logp_NV.dtype).min)).sum(-1)


def clip_cov(logp_N: Tensor, advantage_N: Tensor, *, share: float, low: float, high: float, seed: int) -> Tensor:
    """Which tokens keep their policy gradient: all but a few of those that would lower entropy most; bool, shape [N].

    Clip-Cov (arXiv 2505.22617, section 4.2): a token's part in the covariance of log-probability and advantage, (logp - mean) (A - mean), says how
    much its gradient moves entropy. Of the tokens whose part lies in [low, high], `share` of N are drawn at random and lose their gradient.
    """
    if not logp_N.numel():
        return torch.ones(0, dtype=torch.bool, device=logp_N.device)
    part_N = (logp_N - logp_N.mean()) * (advantage_N - advantage_N.mean())
    among = ((part_N >= low) & (part_N <= high)).nonzero()[:, 0]
    drawn = torch.randperm(len(among), generator=torch.Generator().manual_seed(seed))[: max(1, round(share * len(logp_N)))]
    keep_N = torch.ones_like(part_N, dtype=torch.bool)
    keep_N[among[drawn.to(among.device)]] = False
    return keep_N


@dataclass(frozen=True, kw_only=True, slots=True)
class EntropyAlarm:
    """Entropy left the band, or came back into it."""

    kind: str
    """"low", "high" or "recovered"."""
    value: float
    low: float
    high: float

    @property
    def message(self) -> str:
        """One line for the event log."""
        if self.kind == "recovered":
            return f"token entropy {self.value:.4g} is back in [{self.low:g}, {self.high:g}]"
        return f"token entropy {self.value:.4g} is {self.kind}: outside [{self.low:g}, {self.high:g}]"


class EntropyBand:
    """Watches that entropy stays in [low, high]; speaks when that changes, not at every step."""

    def __init__(self, *, low: float, high: float) -> None:
        if not 0.0 <= low < high:
            raise ValueError(f"an entropy band needs 0 <= low < high; got low={low}, high={high}")
        self.low = low
        self.high = high
        self._state = "inside"

    def observe(self, value: float) -> EntropyAlarm | None:
        """The alarm that this reading raises or clears, or None. NaN counts as low: no entropy is no health."""
        state = "low" if not value >= self.low else "high" if value > self.high else "inside"
        if state == self._state:
            return None
        self._state = state
        return EntropyAlarm(kind="recovered" if state == "inside" else state, value=value, low=self.low, high=self.high)

    def state_dict(self) -> dict[str, Any]:
        """JSON data that `load_state_dict` takes."""
        return {"state": self._state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken."""
        self._state = str(state["state"])


class AdaptiveCoefficient:
    """An entropy bonus whose coefficient steers to a target entropy: `loss - value * entropy`.

    The coefficient grows by `delta` after each step whose entropy is below the target and shrinks by `delta` after each other one,
    within [0, maximum]; it acts only while entropy is at or below the target (the controller of Skywork-OR1, arXiv 2505.22312,
    section 4, whose target is 0.2). With `target` None it is a constant.
    """

    def __init__(self, *, initial: float = 0.0, target: float | None = 0.2, delta: float = 0.0005, maximum: float = 0.01) -> None:
        if not 0.0 <= initial <= maximum:
            raise ValueError(f"the coefficient lies in [0, maximum]; got initial={initial}, maximum={maximum}")
        if target is not None and (target < 0.0 or delta <= 0.0):
            raise ValueError(f"a target is at least 0 and its delta positive; got target={target}, delta={delta}")
        self.target = target
        self.delta = delta
        self.maximum = maximum
        self._coefficient = initial
        self._active = target is None

    @property
    def value(self) -> float:
        """The coefficient to use now."""
        return self._coefficient if self._active else 0.0

    def observe(self, entropy: float) -> float:
        """Steer by the entropy of the step just measured; returns the new `value`. NaN changes nothing."""
        if self.target is not None and entropy == entropy:
            step = self.delta if entropy < self.target else -self.delta
            self._coefficient = min(max(self._coefficient + step, 0.0), self.maximum)
            self._active = entropy <= self.target
        return self.value

    def state_dict(self) -> dict[str, Any]:
        """JSON data that `load_state_dict` takes."""
        return {"coefficient": self._coefficient, "active": self._active}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken."""
        self._coefficient = float(state["coefficient"])
        self._active = bool(state["active"])
