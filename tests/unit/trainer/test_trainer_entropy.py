"""Exact token entropy, the band that watches it, and the coefficient that steers it."""

import json
import math

import pytest
import torch

from prorl_trainer.entropy import AdaptiveCoefficient, EntropyBand, clip_cov, token_entropy


def test_the_entropy_of_a_flat_distribution_is_the_logarithm_of_its_size():
    assert token_entropy(torch.zeros(3, 17)).tolist() == pytest.approx([math.log(17)] * 3)


def test_entropy_is_that_of_the_distribution_at_the_temperature_whatever_the_chunks():
    logits = torch.randn(11, 7, generator=torch.Generator().manual_seed(0)) * 3
    expected = torch.distributions.Categorical(logits=logits.double() / 1.3).entropy().tolist()
    for max_elements in (1, 21, 10_000):
        assert token_entropy(logits, temperature=1.3, max_elements=max_elements).tolist() == pytest.approx(expected, abs=1e-5)


def test_a_certain_token_has_entropy_zero_and_no_nan_in_its_gradient():
    logits = torch.tensor([[0.0, -math.inf, -math.inf], [0.0, -300.0, -300.0]]).requires_grad_()
    entropy = token_entropy(logits)
    assert entropy.tolist() == pytest.approx([0.0, 0.0])
    (gradient,) = torch.autograd.grad(entropy[1], logits)
    assert gradient.isfinite().all()


def test_no_positions_have_no_entropies():
    assert token_entropy(torch.zeros(0, 5)).shape == (0,)


def test_the_band_speaks_when_entropy_leaves_and_when_it_returns_and_not_between():
    band = EntropyBand(low=0.1, high=1.0)
    spoken = [band.observe(x) for x in (0.5, 0.05, 0.04, 0.5, 0.6, 1.5, 0.01, math.nan)]
    assert [a.kind if a else None for a in spoken] == [None, "low", None, "recovered", None, "high", "low", None]
    assert "0.05 is low" in spoken[1].message


def test_the_band_goes_on_from_its_state():
    band = EntropyBand(low=0.1, high=1.0)
    band.observe(0.05)
    again = EntropyBand(low=0.1, high=1.0)
    again.load_state_dict(json.loads(json.dumps(band.state_dict())))
    assert again.observe(0.04) is None
    assert again.observe(0.5).kind == "recovered"


def test_a_band_upside_down_is_refused():
    with pytest.raises(ValueError, match="0 <= low < high"):
        EntropyBand(low=1.0, high=0.5)


def test_the_coefficient_rises_below_the_target_falls_above_it_and_acts_only_below():
    coefficient = AdaptiveCoefficient(initial=0.0, target=0.2, delta=0.001, maximum=0.0025)
    assert [coefficient.observe(e) for e in (0.1, 0.1, 0.1)] == pytest.approx([0.001, 0.002, 0.0025])
    assert coefficient.observe(0.5) == 0.0
    assert coefficient.observe(0.1) == pytest.approx(0.0025)
    assert coefficient.observe(math.nan) == pytest.approx(0.0025)


def test_the_coefficient_never_falls_below_zero():
    coefficient = AdaptiveCoefficient(initial=0.0, target=0.2, delta=0.001)
    for _ in range(5):
        coefficient.observe(0.9)
    assert coefficient.observe(0.1) == pytest.approx(0.001)


def test_without_a_target_the_coefficient_is_constant():
    coefficient = AdaptiveCoefficient(initial=0.004, target=None)
    assert coefficient.observe(0.0) == coefficient.observe(9.0) == coefficient.value == 0.004


def test_the_coefficient_goes_on_from_its_state():
    coefficient = AdaptiveCoefficient(initial=0.002, target=0.2)
    coefficient.observe(0.1)
    again = AdaptiveCoefficient(initial=0.0, target=0.2)
    again.load_state_dict(json.loads(json.dumps(coefficient.state_dict())))
    assert again.value == coefficient.value > 0.002


def test_clip_cov_takes_the_gradient_from_the_stated_share_of_tokens_within_the_band_only():
    g = torch.Generator().manual_seed(0)
    logp, advantage = -torch.rand(1000, generator=g) * 4, torch.randn(1000, generator=g)
    part = (logp - logp.mean()) * (advantage - advantage.mean())
    keep = clip_cov(logp, advantage, share=0.01, low=1.0, high=2.0, seed=3)
    assert int((~keep).sum()) == 10
    assert bool(((part[~keep] >= 1.0) & (part[~keep] <= 2.0)).all())
    assert clip_cov(logp, advantage, share=0.01, low=1.0, high=2.0, seed=3).equal(keep)
    assert not clip_cov(logp, advantage, share=0.01, low=1.0, high=2.0, seed=4).equal(keep)


def test_clip_cov_drops_nothing_where_no_token_lies_in_the_band():
    assert bool(clip_cov(torch.zeros(20), torch.ones(20), share=0.5, low=1.0, high=5.0, seed=0).all())
    assert clip_cov(torch.zeros(0), torch.zeros(0), share=0.5, low=1.0, high=5.0, seed=0).shape == (0,)
