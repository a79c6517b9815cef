"""Advantages: how much better an answer was than the other answers to the same task.

A reward of NaN marks an answer that could not be graded. It is absent from its group's statistics; it, and every answer of a group with
fewer than two graded ones, has advantage 0 and is to be masked out of the loss: `usable` says which answers remain. Statistics are taken
in float64, so that a group of equal rewards gets exactly nothing.

Shapes: B responses (of several groups, in any order).
"""

import torch
from torch import Tensor


def usable(rewards_B: Tensor, groups_B: Tensor) -> Tensor:
    """True for each graded answer that has at least one other graded answer in its group; bool, shape [B]."""
    _, valid_B, count_B = _centred(rewards_B, groups_B)
    return valid_B & (count_B >= 2)


def grpo(rewards_B: Tensor, groups_B: Tensor, *, eps: float = 1e-6) -> Tensor:
    """(R - mean of the group) / (std of the group + eps); float32, shape [B].

    ProRL (arXiv 2505.24864, section 2, after GRPO, arXiv 2402.03300). The std is the sample's (divided by n - 1), as the published
    configurations compute it; with the population's, advantages are sqrt(n / (n - 1)) larger: 3% at 16 answers a group. `groups_B` holds
    one integer per group, any values.
    """
    centred_B, valid_B, count_B = _centred(rewards_B, groups_B)
    std_B = (_group_sum(centred_B.square(), groups_B) / (count_B - 1).clamp_min(1)).sqrt()
    keep_B = valid_B & (count_B >= 2)
    return torch.where(keep_B, centred_B / (std_B + eps), 0.0).float()


def mean_baseline(rewards_B: Tensor, groups_B: Tensor) -> Tensor:
    """R - mean of the group, not scaled: Dr. GRPO (arXiv 2503.20783), for whom the division by the std favours tasks of little spread; shape [B]."""
    centred_B, valid_B, count_B = _centred(rewards_B, groups_B)
    return torch.where(valid_B & (count_B >= 2), centred_B, 0.0).float()


def reinforce_pp_baseline(rewards_B: Tensor, groups_B: Tensor, num_tokens_B: Tensor) -> Tensor:
    """R - mean of the group, then normalised over the whole batch with each answer weighted by its tokens; float32, shape [B].

    REINFORCE++-baseline (arXiv 2501.03262), the advantage of ProRL v2. `num_tokens_B` counts the response tokens that enter the loss.
    Weighted by them, the result has mean 0 and variance 1 (variance clamped at 1e-8 from below). Because the mean over the batch is taken
    off as well, an answer of a group without spread gets a small advantage of its own, the same for every such answer: filter those
    groups beforehand.
    """
    centred_B, valid_B, count_B = _centred(rewards_B, groups_B)
    keep_B = valid_B & (count_B >= 2)
    weight_B = torch.where(keep_B, num_tokens_B.double(), 0.0)
    total = weight_B.sum().clamp_min(1.0)
    mean = (weight_B * centred_B).sum() / total
    variance = (weight_B * (centred_B - mean).square()).sum() / total
    return torch.where(keep_B, (centred_B - mean) * variance.clamp_min(1e-8).rsqrt(), 0.0).float()


def _centred(rewards_B: Tensor, groups_B: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rewards minus their group's mean (0 where ungraded), which answers are graded, and how many are in each one's group."""
    if rewards_B.ndim != 1 or groups_B.shape != rewards_B.shape:
        raise ValueError(f"rewards_B and groups_B have one shape [B]; got {tuple(rewards_B.shape)} and {tuple(groups_B.shape)}")
    valid_B = ~rewards_B.isnan()
    filled_B = torch.where(valid_B, rewards_B.double(), 0.0)
    count_B = _group_sum(valid_B.double(), groups_B)
    # The shift by one member keeps equal rewards exactly equal: their mean of differences is 0 without rounding.
    anchor_B = _group_min(torch.where(valid_B, filled_B, torch.inf), groups_B)
    shifted_B = torch.where(valid_B, filled_B - anchor_B, 0.0)
    mean_B = _group_sum(shifted_B, groups_B) / count_B.clamp_min(1.0)
    return torch.where(valid_B, shifted_B - mean_B, 0.0), valid_B, count_B


def _group_sum(values_B: Tensor, groups_B: Tensor) -> Tensor:
    names, place_B = groups_B.unique(return_inverse=True)
    return values_B.new_zeros(len(names)).index_add(0, place_B, values_B)[place_B]


def _group_min(values_B: Tensor, groups_B: Tensor) -> Tensor:
    names, place_B = groups_B.unique(return_inverse=True)
    return values_B.new_full((len(names),), torch.inf).scatter_reduce(0, place_B, values_B, "amin")[place_B]
