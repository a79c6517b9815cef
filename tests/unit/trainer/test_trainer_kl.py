"""KL estimates against the exact divergence of two small distributions, by expectation over the whole vocabulary."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_gym.errors import UnknownNameError
from prorl_trainer.kl import KINDS, AdaptiveBeta, estimate


def distributions(seed):
    g = torch.Generator().manual_seed(seed)
    return torch.randn(6, generator=g, dtype=torch.float64).requires_grad_(), torch.randn(6, generator=g, dtype=torch.float64).log_softmax(0)


def expected_gradient(kind, logits, ref_logp):
    """The gradient of the estimate as a loss, averaged over tokens drawn from the (fixed) policy."""
    logp = logits.log_softmax(0)
    loss = (logp.detach().exp() * estimate(kind, logp[None], ref_logp[None])[0]).sum()
    return torch.autograd.grad(loss, logits)[0]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_k2_and_k3_plus_have_the_gradient_of_the_kl_k3_that_of_the_reverse_and_k1_none(seed):
    logits, ref = distributions(seed)
    logp = logits.log_softmax(0)
    (kl,) = torch.autograd.grad((logp.exp() * (logp - ref)).sum(), logits, retain_graph=True)
    (reverse,) = torch.autograd.grad((ref.exp() * (ref - logp)).sum(), logits)
    assert torch.allclose(expected_gradient("k2", logits, ref), kl, atol=1e-12)
    assert torch.allclose(expected_gradient("k3+", logits, ref), kl, atol=1e-12)
    assert torch.allclose(expected_gradient("k3", logits, ref), reverse, atol=1e-12)
    assert torch.allclose(expected_gradient("k1", logits, ref), torch.zeros(6, dtype=torch.float64), atol=1e-12)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6), st.sampled_from(["k1", "k3", "k3+"]))
def test_the_value_of_all_but_k2_is_unbiased(seed, kind):
    logits, ref = distributions(seed)
    logp = logits.detach().log_softmax(0)
    exact = float((logp.exp() * (logp - ref)).sum())
    assert float((logp.exp() * estimate(kind, logp[None], ref[None])[0]).sum()) == pytest.approx(exact, abs=1e-12)


def test_the_value_of_k2_is_half_the_squared_log_ratio():
    assert estimate("k2", torch.tensor([[-1.0]]), torch.tensor([[-4.0]])).item() == pytest.approx(4.5)


@pytest.mark.parametrize("kind", KINDS)
def test_equal_policies_read_exactly_zero(kind):
    logp = -torch.rand(3, 5)
    assert estimate(kind, logp, logp.clone()).eq(0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_the_reference_gets_no_gradient(kind):
    logp, ref = torch.tensor([[-1.0]]).requires_grad_(), torch.tensor([[-2.0]]).requires_grad_()
    estimate(kind, logp, ref).sum().backward()
    assert logp.grad is not None
    assert ref.grad is None


@pytest.mark.parametrize("kind", ["k2", "k3+"])
def test_a_runaway_policy_has_a_bounded_value_and_is_still_pulled_back(kind):
    logp = torch.tensor([[0.0]]).requires_grad_()
    value = estimate(kind, logp, torch.tensor([[-90.0]]))
    value.sum().backward()
    assert value.item() == pytest.approx(200.0 if kind == "k2" else 19.0 + math.exp(-20), rel=1e-6)
    assert logp.grad.item() == pytest.approx(20.0)


def test_k3_is_finite_however_far_apart_the_policies_are():
    value = estimate("k3", torch.tensor([[-90.0, 0.0]]), torch.tensor([[0.0, -90.0]]))
    assert value.isfinite().all()
    assert (value >= 0).all()


def test_an_unknown_estimator_names_those_that_exist():
    with pytest.raises(UnknownNameError, match="k3"):
        estimate("k33", torch.zeros(1, 1), torch.zeros(1, 1))


def test_an_adaptive_coefficient_rises_above_its_target_falls_below_it_and_is_bounded_in_one_step():
    beta = AdaptiveBeta(beta=0.1, target=0.5)
    assert beta.observe(50.0) == pytest.approx(0.1 * 1.02)
    assert beta.observe(0.5) == pytest.approx(0.102)
    assert beta.observe(0.0) == pytest.approx(0.102 * 0.98)
    assert beta.observe(math.nan) == pytest.approx(0.102 * 0.98)


def test_an_adaptive_coefficient_goes_on_where_its_state_was_taken():
    one, two = AdaptiveBeta(beta=0.1, target=0.5), AdaptiveBeta(beta=7.0, target=0.5)
    one.observe(3.0)
    two.load_state_dict(one.state_dict())
    assert two.observe(0.2) == one.observe(0.2)


def test_without_a_target_the_coefficient_is_constant():
    assert AdaptiveBeta(beta=0.1).observe(9.0) == 0.1
