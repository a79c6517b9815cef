"""The policy losses, as one pure function with three independent choices; the named losses are combinations of them (`LOSSES`).

    ratio        token      r_t = exp(logp_t - old_t)
                 sequence   s = exp(mean over t of (logp_t - old_t)), one a response (GSPO, arXiv 2507.18071, equation 7)
    surrogate    clip       min(r A, clip(r, 1 - low, 1 + high) A): PPO's with decoupled clipping (DAPO, arXiv 2503.14476, equation 8)
                 cispo      stop_gradient(min(r, 1 + high)) A logp: no token loses its gradient (arXiv 2506.13585, equation 4)
    aggregation  token      the mean over all response tokens of the optimiser batch (DAPO)
                 sequence   the mean over responses of each one's token mean (GRPO, arXiv 2402.03300, equation 3)
                 constant   the sum over tokens divided by responses times the response limit (Dr. GRPO, arXiv 2503.20783)

Aggregation is a weight a token, from counts of the whole optimiser batch (over all micro-batches and ranks): each micro-batch contributes a weighted
sum, so the gradient does not depend on how the batch was split. With ranks whose gradients are averaged, multiply by the number of ranks.

Shapes: B responses, T response tokens.
"""

from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from prorl_gym.errors import unknown

Ratio = Literal["token", "sequence"]
Surrogate = Literal["clip", "cispo"]
Aggregation = Literal["token", "sequence", "constant"]
AdvantageKind = Literal["grpo", "mean", "reinforce++-baseline"]
Mismatch = Literal["off", "truncate", "icepop", "sequence"]
MISMATCH = ("off", "truncate", "icepop", "sequence")
MAX_LOG_RATIO = 20.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """What a named loss is made of."""

    ratio: Ratio = "token"
    surrogate: Surrogate = "clip"
    aggregation: Aggregation = "token"
    advantage: AdvantageKind = "grpo"


LOSSES = {
    "grpo": Recipe(aggregation="sequence"),
    "dapo": Recipe(),
    "dr_grpo": Recipe(aggregation="constant", advantage="mean"),
    "gspo": Recipe(ratio="sequence", aggregation="sequence"),
    "cispo": Recipe(surrogate="cispo"),
    "reinforce++-baseline": Recipe(advantage="reinforce++-baseline"),
}
"""ProRL is "dapo" (token mean, decoupled clip, GRPO's advantage; arXiv 2505.24864, section 2), ProRL v2 "reinforce++-baseline"."""


def token_weights(mask_BT: Tensor, aggregation: Aggregation, *, num_tokens: float | Tensor, num_sequences: float | Tensor, max_tokens: int) -> Tensor:
    """The weight of each token in the loss, 0 outside the mask; shape [B, T].

    `num_tokens` and `num_sequences` count response tokens and responses of the whole optimiser batch, `max_tokens` is the response limit ("constant"
    only). Over the whole batch the weights of "token" and "sequence" sum to 1.
    """
    if aggregation == "token":
        return mask_BT / num_tokens
    if aggregation == "sequence":
        return mask_BT / (mask_BT.sum(-1, keepdim=True).clamp_min(1.0) * num_sequences)
    if aggregation == "constant":
        return mask_BT / (num_sequences * max_tokens)
    raise unknown("aggregation", aggregation, ("token", "sequence", "constant"))


def policy_loss(
    logp_BT: Tensor,
    old_logp_BT: Tensor,
    advantage_B: Tensor,
    mask_BT: Tensor,
    *,
    weight_BT: Tensor,
    clip_low: float,
    clip_high: float,
    dual_clip: float | None = None,
    ratio: Ratio = "token",
    surrogate: Surrogate = "clip",
    rollout_logp_BT: Tensor | None = None,
    mismatch: Mismatch = "off",
    mismatch_low: float = 0.5,
    mismatch_high: float = 5.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """-sum over tokens of weight * w * surrogate, and its statistics. See the module's docstring for `ratio`, `surrogate` and `weight_BT`.

    `old_logp_BT` are the log-probabilities of the policy that began the step, scored by the trainer. Positions outside `mask_BT` are ignored,
    whatever they hold. `dual_clip`, above 1, bounds the loss of a token with a negative advantage to that many times it (arXiv 1912.09729).

    w corrects for an engine whose probabilities differ from the trainer's, with u = exp(old - rollout): "truncate" takes min(u, mismatch_high)
    (truncated importance sampling), "icepop" u inside [mismatch_low, mismatch_high] and 0 outside (IcePop; in ProRL v2's configurations 0.5 and
    5.0), "sequence" 1 or 0 for a whole response by whether the geometric mean of its u lies inside. "off" takes 1. No gradient flows through it.

    Log-ratios are clamped to +-20. Statistics are detached and taken before any mask: keys ending in "_max" combine by maximum, all others are sums
    over tokens and combine by addition. Raises UnknownNameError, or ValueError for a correction without `rollout_logp_BT`.
    """
    if mismatch not in MISMATCH:
        raise unknown("mismatch correction", mismatch, MISMATCH)
    if mismatch != "off" and rollout_logp_BT is None:
        raise ValueError(f"mismatch={mismatch!r} needs rollout_logp_BT, the engine's own log-probabilities; got None")
    if dual_clip is not None and dual_clip <= 1.0:
        raise ValueError(f"dual_clip lies above 1; got {dual_clip}")
    inside_BT = mask_BT > 0
    # What stands outside may be NaN or infinite, and 0 times it would be NaN in the backward pass.
    logp_BT, old_BT = torch.where(inside_BT, logp_BT, 0.0), torch.where(inside_BT, old_logp_BT.detach(), 0.0)
    ratio_BT = _ratio(logp_BT - old_BT, inside_BT, ratio)
    advantage_BT = advantage_B.detach()[:, None].expand_as(ratio_BT)
    if surrogate == "cispo":
        objective_BT = ratio_BT.detach().clamp_max(1.0 + clip_high) * advantage_BT * logp_BT
    elif surrogate == "clip":
        bounded_BT = ratio_BT.clamp(1.0 - clip_low, 1.0 + clip_high)
        objective_BT = torch.minimum(ratio_BT * advantage_BT, bounded_BT * advantage_BT)
        if dual_clip is not None:
            objective_BT = torch.where(advantage_BT < 0, torch.maximum(objective_BT, dual_clip * advantage_BT), objective_BT)
    else:
        raise unknown("surrogate", surrogate, ("clip", "cispo"))

    stats = _ratio_stats(ratio_BT.detach(), advantage_BT, inside_BT, clip_low, clip_high, surrogate)
    if rollout_logp_BT is not None:
        log_u_BT = torch.where(inside_BT, old_BT - rollout_logp_BT.detach(), 0.0)
        stats |= _mismatch_stats(log_u_BT, inside_BT, mismatch_low, mismatch_high)
        objective_BT = objective_BT * _correction(log_u_BT, inside_BT, mismatch, mismatch_low, mismatch_high)
    return -(torch.where(inside_BT, objective_BT, 0.0) * weight_BT).sum(), stats


def _ratio(log_ratio_BT: Tensor, inside_BT: Tensor, level: Ratio) -> Tensor:
    if level == "token":
        return log_ratio_BT.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()
    if level == "sequence":
        return _mean_over_tokens(log_ratio_BT, inside_BT).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp().expand_as(log_ratio_BT)
    raise unknown("ratio level", level, ("token", "sequence"))


def _mean_over_tokens(values_BT: Tensor, inside_BT: Tensor) -> Tensor:
    return values_BT.sum(-1, keepdim=True) / inside_BT.sum(-1, keepdim=True).clamp_min(1)


def _correction(log_u_BT: Tensor, inside_BT: Tensor, mismatch: Mismatch, low: float, high: float) -> Tensor:
    u_BT = log_u_BT.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()
    if mismatch == "truncate":
        return u_BT.clamp_max(high)
    if mismatch == "icepop":
        return torch.where((u_BT >= low) & (u_BT <= high), u_BT, 0.0)
    if mismatch == "sequence":
        mean_B1 = _mean_over_tokens(log_u_BT, inside_BT).exp()
        return ((mean_B1 >= low) & (mean_B1 <= high)).to(u_BT.dtype).expand_as(u_BT)
    return torch.ones_like(u_BT)


def _ratio_stats(
    ratio_BT: Tensor, advantage_BT: Tensor, inside_BT: Tensor, clip_low: float, clip_high: float, surrogate: Surrogate
) -> dict[str, Tensor]:
    ratio, advantage = ratio_BT[inside_BT], advantage_BT[inside_BT]
    above = ratio > 1.0 + clip_high
    return {
        "tokens": inside_BT.sum(),
        "ratio": ratio.sum(),
        "ratio_max": ratio.max() if ratio.numel() else ratio.new_zeros(()),
        # Clip: tokens whose gradient the clip removed, below and above. Cispo: tokens whose weight it capped.
        "clip_low": ((ratio < 1.0 - clip_low) & (advantage < 0)).sum() if surrogate == "clip" else above.new_zeros((), dtype=torch.long),
        "clip_high": (above & (advantage > 0)).sum() if surrogate == "clip" else above.sum(),
    }


def _mismatch_stats(log_u_BT: Tensor, inside_BT: Tensor, low: float, high: float) -> dict[str, Tensor]:
    log_u = log_u_BT[inside_BT].clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    u = log_u.exp()
    return {
        "mismatch_ratio": u.sum(),
        "mismatch_ratio_max": u.max() if u.numel() else u.new_zeros(()),
        "mismatch_abs_log": log_u.abs().sum(),
        # The k3 estimate of KL(rollout || trainer), from tokens that the rollout engine drew.
        "mismatch_kl": (u - 1.0 - log_u).sum(),
        "mismatch_outside": ((u < low) | (u > high)).sum(),
    }
