"""The policy loss against a slow token-by-token reference, and the properties that training relies on."""

import dataclasses
import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_gym.errors import UnknownNameError
from prorl_trainer.loss import LOSSES, MISMATCH, policy_loss, token_weights

CLIP = {"clip_low": 0.2, "clip_high": 0.28}


def batch(seed, num_b=5, num_t=7, spread=0.6):
    g = torch.Generator().manual_seed(seed)
    logp = -torch.rand(num_b, num_t, generator=g, dtype=torch.float64) * 4
    old = logp + torch.randn(num_b, num_t, generator=g, dtype=torch.float64) * spread
    rollout = old + torch.randn(num_b, num_t, generator=g, dtype=torch.float64) * spread * 2
    lengths = torch.randint(1, num_t + 1, (num_b,), generator=g)
    mask = (torch.arange(num_t) < lengths[:, None]).double()
    return logp, old, torch.randn(num_b, generator=g, dtype=torch.float64), mask, rollout


MAX_TOKENS = 11


def weights(mask, aggregation="token"):
    return token_weights(mask, aggregation, num_tokens=mask.sum(), num_sequences=len(mask), max_tokens=MAX_TOKENS)


def slow_weight(mask, b, aggregation):
    return {"token": 1 / float(mask.sum()), "sequence": 1 / float(mask[b].sum()) / len(mask), "constant": 1 / len(mask) / MAX_TOKENS}[aggregation]


def slow_loss(logp, old, advantage, mask, rollout, *, recipe, mismatch, low, high, clip_low, clip_high, dual_clip):
    """Token by token in Python floats, from the papers' formulae."""
    total = 0.0
    for b in range(logp.shape[0]):
        inside = [t for t in range(logp.shape[1]) if mask[b, t]]
        a = float(advantage[b])
        of_sequence = math.exp(sum(float(logp[b, t] - old[b, t]) for t in inside) / len(inside))
        u_of_sequence = math.exp(sum(float(old[b, t] - rollout[b, t]) for t in inside) / len(inside))
        for t in inside:
            ratio = math.exp(logp[b, t] - old[b, t]) if recipe.ratio == "token" else of_sequence
            u = math.exp(old[b, t] - rollout[b, t])
            kept = {"off": 1.0, "truncate": min(u, high), "icepop": u if low <= u <= high else 0.0, "sequence": float(low <= u_of_sequence <= high)}
            if recipe.surrogate == "cispo":
                objective = min(ratio, 1 + clip_high) * a * float(logp[b, t])
            else:
                objective = min(ratio * a, min(max(ratio, 1 - clip_low), 1 + clip_high) * a)
                if dual_clip and a < 0:
                    objective = max(objective, dual_clip * a)
            total += slow_weight(mask, b, recipe.aggregation) * kept[mismatch] * objective
    return -total


@settings(deadline=None, max_examples=200)
@given(
    st.integers(0, 10**6),
    st.sampled_from(sorted(LOSSES)),
    st.sampled_from([None, "token", "sequence", "constant"]),
    st.sampled_from(MISMATCH),
    st.floats(0, 0.9),
    st.floats(0, 2),
    st.sampled_from([None, 1.5, 3.0]),
)
def test_every_loss_is_its_formula_summed_token_by_token(seed, name, aggregation, mismatch, clip_low, clip_high, dual_clip):
    logp, old, advantage, mask, rollout = batch(seed)
    recipe = dataclasses.replace(LOSSES[name], aggregation=aggregation or LOSSES[name].aggregation)
    clip = {"clip_low": clip_low, "clip_high": clip_high, "dual_clip": dual_clip}
    loss, _ = policy_loss(
        logp,
        old,
        advantage,
        mask,
        weight_BT=weights(mask, recipe.aggregation),
        ratio=recipe.ratio,
        surrogate=recipe.surrogate,
        rollout_logp_BT=rollout,
        mismatch=mismatch,
        mismatch_low=0.5,
        mismatch_high=2.0,
        **clip,
    )
    slow = slow_loss(logp, old, advantage, mask, rollout, recipe=recipe, mismatch=mismatch, low=0.5, high=2.0, **clip)
    assert float(loss) == pytest.approx(slow, abs=1e-9)


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_gradient_is_the_slope_of_the_formula(name):
    logp, old, advantage, mask, _ = batch(11, spread=0.1)
    recipe = LOSSES[name]
    logp.requires_grad_()
    options = {"weight_BT": weights(mask, recipe.aggregation), "ratio": recipe.ratio, "surrogate": recipe.surrogate, **CLIP}
    loss, _ = policy_loss(logp, old, advantage, mask, **options)
    (gradient,) = torch.autograd.grad(loss, logp)
    if recipe.surrogate == "cispo":  # its ratio is a constant in the gradient
        capped = (logp - old).exp().clamp_max(1 + CLIP["clip_high"])
        assert torch.allclose(gradient, (-capped * advantage[:, None] * weights(mask)).detach())
        return
    for b, t in ((0, 0), (2, 0), (4, 0)):
        step = torch.zeros_like(logp)
        step[b, t] = 1e-6
        up, down = (policy_loss(logp.detach() + sign * step, old, advantage, mask, **options)[0] for sign in (1, -1))
        assert float(gradient[b, t]) == pytest.approx(float(up - down) / 2e-6, abs=1e-7)


def test_at_ratio_one_the_gradient_is_that_of_the_plain_policy_gradient():
    logp, _, advantage, mask, _ = batch(1)
    logp.requires_grad_()
    loss, _ = policy_loss(logp, logp.detach(), advantage, mask, weight_BT=weights(mask), **CLIP)
    (gradient,) = torch.autograd.grad(loss, logp)
    assert torch.allclose(gradient, -advantage[:, None] * mask / mask.sum())


@pytest.mark.parametrize("name", sorted(LOSSES))
def test_the_gradient_does_not_depend_on_the_split_into_micro_batches(name):
    logp, old, advantage, mask, _ = batch(2, num_b=6)
    recipe = LOSSES[name]
    options = {"ratio": recipe.ratio, "surrogate": recipe.surrogate, **CLIP}
    counts = {"num_tokens": mask.sum(), "num_sequences": 6, "max_tokens": MAX_TOKENS}
    whole = logp.clone().requires_grad_()
    policy_loss(whole, old, advantage, mask, weight_BT=token_weights(mask, recipe.aggregation, **counts), **options)[0].backward()
    parts = logp.clone().requires_grad_()
    for rows in ([0], [1, 2, 3], [4, 5]):
        weight = token_weights(mask[rows], recipe.aggregation, **counts)
        policy_loss(parts[rows], old[rows], advantage[rows], mask[rows], weight_BT=weight, **options)[0].backward()
    assert torch.allclose(whole.grad, parts.grad, atol=1e-15)


def test_a_clipped_token_has_no_gradient_and_a_token_clipped_the_other_way_keeps_its_own():
    old = torch.zeros(1, 4)
    logp = torch.tensor([[0.5, -0.5, 0.5, -0.5]]).requires_grad_()
    loss, stats = policy_loss(logp[:, :2], old[:, :2], torch.tensor([1.0]), torch.ones(1, 2), weight_BT=torch.ones(1, 2) / 4, **CLIP)
    loss_negative, stats_negative = policy_loss(
        logp[:, 2:], old[:, 2:], torch.tensor([-1.0]), torch.ones(1, 2), weight_BT=torch.ones(1, 2) / 4, **CLIP
    )
    (loss + loss_negative).backward()
    assert logp.grad[0, 0] == 0.0
    assert logp.grad[0, 1] < 0.0
    assert logp.grad[0, 2] > 0.0
    assert logp.grad[0, 3] == 0.0
    assert (int(stats["clip_high"]), int(stats["clip_low"])) == (1, 0)
    assert (int(stats_negative["clip_high"]), int(stats_negative["clip_low"])) == (0, 1)


def test_what_stands_outside_the_mask_reaches_neither_the_loss_nor_the_gradient():
    logp, old, advantage, mask, rollout = batch(3)
    clean, _ = policy_loss(logp, old, advantage, mask, weight_BT=weights(mask), rollout_logp_BT=rollout, mismatch="icepop", **CLIP)
    dirty = torch.where(mask > 0, logp, math.nan).requires_grad_()
    old, rollout = torch.where(mask > 0, old, math.inf), torch.where(mask > 0, rollout, -math.inf)
    loss, stats = policy_loss(dirty, old, advantage, mask, weight_BT=weights(mask), rollout_logp_BT=rollout, mismatch="icepop", **CLIP)
    loss.backward()
    assert loss.item() == clean.item()
    assert bool(dirty.grad.isfinite().all())
    assert all(bool(torch.isfinite(v)) for v in stats.values())


def test_icepop_drops_tokens_outside_its_band_and_truncation_caps_their_weight():
    old = torch.tensor([[0.0, 0.0, 0.0]])
    rollout = -torch.tensor([[0.4, 1.0, 6.0]]).log()  # importance weights 0.4, 1 and 6
    logp = old.clone().requires_grad_()
    args = (logp, old, torch.ones(1), torch.ones(1, 3))
    loss, stats = policy_loss(*args, weight_BT=torch.ones(1, 3), rollout_logp_BT=rollout, mismatch="icepop", **CLIP)
    assert torch.autograd.grad(loss, logp)[0][0].tolist() == pytest.approx([0.0, -1.0, 0.0])
    assert int(stats["mismatch_outside"]) == 2
    loss, _ = policy_loss(*args, weight_BT=torch.ones(1, 3), rollout_logp_BT=rollout, mismatch="truncate", **CLIP)
    assert torch.autograd.grad(loss, logp)[0][0].tolist() == pytest.approx([-0.4, -1.0, -5.0])


def test_no_gradient_flows_into_the_old_the_rollout_or_the_advantage():
    logp, old, advantage, mask, rollout = (x.requires_grad_() for x in batch(4))
    loss, _ = policy_loss(logp, old, advantage, mask.detach(), weight_BT=weights(mask.detach()), rollout_logp_BT=rollout, mismatch="truncate", **CLIP)
    loss.backward()
    assert logp.grad is not None
    assert old.grad is None
    assert rollout.grad is None
    assert advantage.grad is None


def test_a_runaway_ratio_stays_finite():
    loss, stats = policy_loss(
        torch.zeros(1, 1), torch.full((1, 1), -500.0), torch.tensor([-1.0]), torch.ones(1, 1), weight_BT=torch.ones(1, 1), **CLIP
    )
    assert float(loss) == pytest.approx(math.exp(20))
    assert float(stats["ratio_max"]) == pytest.approx(math.exp(20))


def test_a_misspelt_or_unfounded_mismatch_correction_is_refused():
    logp, old, advantage, mask, _ = batch(5)
    with pytest.raises(UnknownNameError, match="icepop"):
        policy_loss(logp, old, advantage, mask, weight_BT=weights(mask), mismatch="ice-pop", **CLIP)
    with pytest.raises(ValueError, match="needs rollout_logp_BT"):
        policy_loss(logp, old, advantage, mask, weight_BT=weights(mask), mismatch="icepop", **CLIP)


def test_a_dual_clip_bounds_what_a_bad_token_that_became_likely_can_cost():
    args = (torch.tensor([[3.0]]), torch.zeros(1, 1), torch.tensor([-1.0]), torch.ones(1, 1))
    free, _ = policy_loss(*args, weight_BT=torch.ones(1, 1), **CLIP)
    bounded, _ = policy_loss(*args, weight_BT=torch.ones(1, 1), dual_clip=3.0, **CLIP)
    assert (float(free), float(bounded)) == (pytest.approx(math.exp(3)), 3.0)
    with pytest.raises(ValueError, match="dual_clip lies above 1"):
        policy_loss(*args, weight_BT=torch.ones(1, 1), dual_clip=0.5, **CLIP)


def test_the_raw_mismatch_is_measured_before_the_mask_drops_it():
    old, rollout = torch.zeros(1, 2), torch.tensor([[0.0, -6.0]])
    args = (old, old, torch.ones(1), torch.ones(1, 2))
    _, stats = policy_loss(*args, weight_BT=torch.ones(1, 2), rollout_logp_BT=rollout, mismatch="icepop", **CLIP)
    assert float(stats["mismatch_ratio_max"]) == pytest.approx(math.exp(6))


@pytest.mark.parametrize("argument", ["ratio", "surrogate"])
def test_a_misspelt_choice_names_those_that_exist(argument):
    logp, old, advantage, mask, _ = batch(5)
    with pytest.raises(UnknownNameError, match="clip" if argument == "surrogate" else "token"):
        policy_loss(logp, old, advantage, mask, weight_BT=weights(mask), **{argument: "tokens"}, **CLIP)
    with pytest.raises(UnknownNameError, match="sequence"):
        token_weights(mask, "sequences", num_tokens=1, num_sequences=1, max_tokens=1)
