"""The clipped policy loss, averaged over the tokens of the whole optimiser batch.

Each micro-batch contributes its sum divided by the response tokens of the whole batch (over all micro-batches and ranks), so the gradient
does not depend on how the batch was split. With several ranks whose gradients are averaged, multiply by the number of ranks.

Shapes: B responses, T response tokens.
"""

from typing import Literal

import torch
from torch import Tensor

from prorl_gym.errors import unknown

Mismatch = Literal["off", "truncate", "icepop"]
MISMATCH = ("off", "truncate", "icepop")
MAX_LOG_RATIO = 20.0


def policy_loss(
    logp_BT: Tensor,
    old_logp_BT: Tensor,
    advantage_B: Tensor,
    mask_BT: Tensor,
    *,
    clip_low: float,
    clip_high: float,
    num_tokens: float | Tensor,
    rollout_logp_BT: Tensor | None = None,
    mismatch: Mismatch = "off",
    mismatch_low: float = 0.5,
    mismatch_high: float = 5.0,
) -> tuple[Tensor, dict[str, Tensor]]:
    """-sum over tokens of w * min(r A, clip(r, 1 - clip_low, 1 + clip_high) A) / num_tokens, and its statistics.

    The objective of ProRL (arXiv 2505.24864, section 2) with decoupled clipping (DAPO, arXiv 2503.14476, equation 8): r is the ratio of
    the current policy to the one that began the step (`old_logp_BT`, scored by the trainer). `num_tokens` counts the response tokens of
    the whole optimiser batch. Positions outside `mask_BT` are ignored, whatever they hold.

    The weight w corrects for an engine whose probabilities differ from the trainer's: with u = exp(old - rollout), "truncate" takes
    min(u, mismatch_high) (truncated importance sampling) and "icepop" takes u inside [mismatch_low, mismatch_high] and 0 outside (IcePop;
    in ProRL v2's configurations 0.5 and 5.0). No gradient flows through it. "off" takes 1.

    Log-ratios are clamped to +-20. Statistics are detached: keys ending in "_max" combine by maximum, all others are sums over
    tokens and combine by addition.
    """
    if mismatch not in MISMATCH:
        raise unknown("mismatch correction", mismatch, MISMATCH)
    if mismatch != "off" and rollout_logp_BT is None:
        raise ValueError(f"mismatch={mismatch!r} needs rollout_logp_BT, the engine's own log-probabilities; got None")
    inside_BT = mask_BT > 0
    ratio_BT = _ratio(logp_BT, old_logp_BT.detach())
    advantage_BT = advantage_B.detach()[:, None].expand_as(ratio_BT)
    clipped_BT = ratio_BT.clamp(1.0 - clip_low, 1.0 + clip_high)
    objective_BT = torch.minimum(ratio_BT * advantage_BT, clipped_BT * advantage_BT)

    stats = _ratio_stats(ratio_BT.detach(), advantage_BT, inside_BT, clip_low, clip_high)
    if rollout_logp_BT is not None:
        u_BT = _ratio(old_logp_BT.detach(), rollout_logp_BT.detach())
        stats |= _mismatch_stats(u_BT, inside_BT, mismatch_low, mismatch_high)
        if mismatch == "truncate":
            objective_BT = objective_BT * u_BT.clamp_max(mismatch_high)
        elif mismatch == "icepop":
            objective_BT = objective_BT * torch.where((u_BT >= mismatch_low) & (u_BT <= mismatch_high), u_BT, 0.0)
    return -torch.where(inside_BT, objective_BT, 0.0).sum() / num_tokens, stats


def _ratio(logp_BT: Tensor, other_BT: Tensor) -> Tensor:
    return (logp_BT - other_BT).clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO).exp()


def _ratio_stats(ratio_BT: Tensor, advantage_BT: Tensor, inside_BT: Tensor, clip_low: float, clip_high: float) -> dict[str, Tensor]:
    ratio, advantage = ratio_BT[inside_BT], advantage_BT[inside_BT]
    return {
        "tokens": inside_BT.sum(),
        "ratio": ratio.sum(),
        "ratio_max": ratio.max() if ratio.numel() else ratio.new_zeros(()),
        # Tokens whose gradient the clip removed, below and above.
        "clip_low": ((ratio < 1.0 - clip_low) & (advantage < 0)).sum(),
        "clip_high": ((ratio > 1.0 + clip_high) & (advantage > 0)).sum(),
    }


def _mismatch_stats(u_BT: Tensor, inside_BT: Tensor, low: float, high: float) -> dict[str, Tensor]:
    u = u_BT[inside_BT]
    return {
        "mismatch_ratio": u.sum(),
        "mismatch_ratio_max": u.max() if u.numel() else u.new_zeros(()),
        "mismatch_abs_log": u.log().abs().sum(),
        # The k3 estimate of KL(rollout || trainer), from tokens that the rollout engine drew.
        "mismatch_kl": (u - 1.0 - u.log()).sum(),
        "mismatch_outside": ((u < low) | (u > high)).sum(),
    }
