"""The policy loss against a slow token-by-token reference, and the properties that training relies on."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_gym.errors import UnknownNameError
from prorl_trainer.loss import policy_loss

CLIP = {"clip_low": 0.2, "clip_high": 0.28}


def batch(seed, num_b=5, num_t=7, spread=0.6):
    g = torch.Generator().manual_seed(seed)
    logp = -torch.rand(num_b, num_t, generator=g, dtype=torch.float64) * 4
    old = logp + torch.randn(num_b, num_t, generator=g, dtype=torch.float64) * spread
    rollout = old + torch.randn(num_b, num_t, generator=g, dtype=torch.float64) * spread * 2
    lengths = torch.randint(1, num_t + 1, (num_b,), generator=g)
    mask = (torch.arange(num_t) < lengths[:, None]).double()
    return logp, old, torch.randn(num_b, generator=g, dtype=torch.float64), mask, rollout


def slow_loss(logp, old, advantage, mask, rollout, mismatch, low, high, clip_low, clip_high):
    total = 0.0
    for b in range(logp.shape[0]):
        for t in range(logp.shape[1]):
            if not mask[b, t]:
                continue
            ratio, a = math.exp(logp[b, t] - old[b, t]), float(advantage[b])
            u = math.exp(old[b, t] - rollout[b, t])
            weight = {"off": 1.0, "truncate": min(u, high), "icepop": u if low <= u <= high else 0.0}[mismatch]
            total += weight * min(ratio * a, min(max(ratio, 1 - clip_low), 1 + clip_high) * a)
    return -total / float(mask.sum())


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10**6), st.sampled_from(["off", "truncate", "icepop"]), st.floats(0, 0.9), st.floats(0, 2))
def test_the_loss_is_the_clipped_objective_summed_token_by_token(seed, mismatch, clip_low, clip_high):
    logp, old, advantage, mask, rollout = batch(seed)
    loss, _ = policy_loss(
        logp,
        old,
        advantage,
        mask,
        clip_low=clip_low,
        clip_high=clip_high,
        num_tokens=mask.sum(),
        rollout_logp_BT=rollout,
        mismatch=mismatch,
        mismatch_low=0.5,
        mismatch_high=2.0,
    )
    assert float(loss) == pytest.approx(slow_loss(logp, old, advantage, mask, rollout, mismatch, 0.5, 2.0, clip_low, clip_high), abs=1e-9)


def test_at_ratio_one_the_gradient_is_that_of_the_plain_policy_gradient():
    logp, _, advantage, mask, _ = batch(1)
    logp.requires_grad_()
    loss, _ = policy_loss(logp, logp.detach(), advantage, mask, num_tokens=mask.sum(), **CLIP)
    (gradient,) = torch.autograd.grad(loss, logp)
    assert torch.allclose(gradient, -advantage[:, None] * mask / mask.sum())


def test_the_gradient_does_not_depend_on_the_split_into_micro_batches():
    logp, old, advantage, mask, _ = batch(2, num_b=6)
    whole = logp.clone().requires_grad_()
    policy_loss(whole, old, advantage, mask, num_tokens=mask.sum(), **CLIP)[0].backward()
    parts = logp.clone().requires_grad_()
    for rows in ([0], [1, 2, 3], [4, 5]):
        policy_loss(parts[rows], old[rows], advantage[rows], mask[rows], num_tokens=mask.sum(), **CLIP)[0].backward()
    assert torch.allclose(whole.grad, parts.grad, atol=1e-15)


def test_a_clipped_token_has_no_gradient_and_a_token_clipped_the_other_way_keeps_its_own():
    old = torch.zeros(1, 4)
    logp = torch.tensor([[0.5, -0.5, 0.5, -0.5]]).requires_grad_()
    loss, stats = policy_loss(logp[:, :2], old[:, :2], torch.tensor([1.0]), torch.ones(1, 2), num_tokens=4, **CLIP)
    loss_negative, stats_negative = policy_loss(logp[:, 2:], old[:, 2:], torch.tensor([-1.0]), torch.ones(1, 2), num_tokens=4, **CLIP)
    (loss + loss_negative).backward()
    assert logp.grad[0, 0] == 0.0
    assert logp.grad[0, 1] < 0.0
    assert logp.grad[0, 2] > 0.0
    assert logp.grad[0, 3] == 0.0
    assert (int(stats["clip_high"]), int(stats["clip_low"])) == (1, 0)
    assert (int(stats_negative["clip_high"]), int(stats_negative["clip_low"])) == (0, 1)


def test_what_stands_outside_the_mask_reaches_neither_the_loss_nor_the_gradient():
    logp, old, advantage, mask, rollout = batch(3)
    clean, _ = policy_loss(logp, old, advantage, mask, num_tokens=mask.sum(), rollout_logp_BT=rollout, mismatch="icepop", **CLIP)
    dirty = torch.where(mask > 0, logp, math.nan).requires_grad_()
    old, rollout = torch.where(mask > 0, old, math.inf), torch.where(mask > 0, rollout, -math.inf)
    loss, stats = policy_loss(dirty, old, advantage, mask, num_tokens=mask.sum(), rollout_logp_BT=rollout, mismatch="icepop", **CLIP)
    loss.backward()
    assert loss.item() == clean.item()
    assert bool(dirty.grad.isfinite().all())
    assert all(bool(torch.isfinite(v)) for v in stats.values())


def test_icepop_drops_tokens_outside_its_band_and_truncation_caps_their_weight():
    old = torch.tensor([[0.0, 0.0, 0.0]])
    rollout = -torch.tensor([[0.4, 1.0, 6.0]]).log()  # importance weights 0.4, 1 and 6
    logp = old.clone().requires_grad_()
    args = (logp, old, torch.ones(1), torch.ones(1, 3))
    loss, stats = policy_loss(*args, num_tokens=1, rollout_logp_BT=rollout, mismatch="icepop", **CLIP)
    assert torch.autograd.grad(loss, logp)[0][0].tolist() == pytest.approx([0.0, -1.0, 0.0])
    assert int(stats["mismatch_outside"]) == 2
    loss, _ = policy_loss(*args, num_tokens=1, rollout_logp_BT=rollout, mismatch="truncate", **CLIP)
    assert torch.autograd.grad(loss, logp)[0][0].tolist() == pytest.approx([-0.4, -1.0, -5.0])


def test_no_gradient_flows_into_the_old_the_rollout_or_the_advantage():
    logp, old, advantage, mask, rollout = (x.requires_grad_() for x in batch(4))
    loss, _ = policy_loss(logp, old, advantage, mask.detach(), num_tokens=3, rollout_logp_BT=rollout, mismatch="truncate", **CLIP)
    loss.backward()
    assert logp.grad is not None
    assert old.grad is None
    assert rollout.grad is None
    assert advantage.grad is None


def test_a_runaway_ratio_stays_finite():
    loss, stats = policy_loss(torch.zeros(1, 1), torch.full((1, 1), -500.0), torch.tensor([-1.0]), torch.ones(1, 1), num_tokens=1, **CLIP)
    assert float(loss) == pytest.approx(math.exp(20))
    assert float(stats["ratio_max"]) == pytest.approx(math.exp(20))


def test_a_misspelt_or_unfounded_mismatch_correction_is_refused():
    logp, old, advantage, mask, _ = batch(5)
    with pytest.raises(UnknownNameError, match="icepop"):
        policy_loss(logp, old, advantage, mask, num_tokens=1, mismatch="ice-pop", **CLIP)
    with pytest.raises(ValueError, match="needs rollout_logp_BT"):
        policy_loss(logp, old, advantage, mask, num_tokens=1, mismatch="icepop", **CLIP)
