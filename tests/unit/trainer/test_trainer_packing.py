"""Packed rows against the same rows padded: places, values, gradients, and which models are not packed."""

from copy import deepcopy

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
)

from prorl_trainer import scoring
from prorl_trainer.packing import hidden_states, pack, packs
from prorl_trainer.policy import checkpoint_activations
from prorl_trainer.scoring import score

V = 37
PROMPTS = [[5, 6, 7, 8]] * 3 + [[9]] * 2 + [[10, 11, 12, 13, 14, 15]] + [[5, 6, 7, 8]]
RESPONSES = [[20, 21], [22, 23, 24, 25, 26, 27, 28, 1], [30], [31, 32, 1], [33], [34, 35, 36, 2, 3, 4, 5, 6, 7, 1], [20, 21]]
FAMILIES = {
    "llama": (LlamaConfig, LlamaForCausalLM, {"num_key_value_heads": 1}),
    "qwen2": (Qwen2Config, Qwen2ForCausalLM, {"num_key_value_heads": 2, "tie_word_embeddings": True}),
    "mistral": (MistralConfig, MistralForCausalLM, {"num_key_value_heads": 1, "sliding_window": 64}),
    "gemma2": (Gemma2Config, Gemma2ForCausalLM, {"num_key_value_heads": 1, "head_dim": 16, "sliding_window": 64, "final_logit_softcapping": 5.0}),
}


def model_of(family, **over):
    """A small model whose distributions are far from flat."""
    torch.manual_seed(0)
    if family == "gpt2":
        off = {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0, "bos_token_id": None, "eos_token_id": 1}
        return GPT2LMHeadModel(GPT2Config(vocab_size=V, n_embd=32, n_layer=2, n_head=2, n_positions=64, initializer_range=0.4, **off)).eval()
    config, cls, own = FAMILIES[family]
    small = {"vocab_size": V, "hidden_size": 32, "num_attention_heads": 2, "intermediate_size": 48, "num_hidden_layers": 2}
    small |= {"initializer_range": 0.4, "pad_token_id": 0, "bos_token_id": None, "eos_token_id": 1}
    return cls(config(**small | own | over)).eval()


def results(model, prompts=PROMPTS, responses=RESPONSES, **options):
    """Log-probabilities, entropies, and the gradients of a loss that weighs each of them differently."""
    model.zero_grad(set_to_none=True)
    scored = score(model, prompts, responses, temperature=1.2, pad_id=0, need_entropy=True, grad=True, **options)
    logp, entropy = scored.logp_BT[scored.mask_BT.bool()], scored.entropy_BT[scored.mask_BT.bool()]
    (logp * torch.linspace(-1.0, 2.0, len(logp)) + entropy * torch.linspace(1.0, 0.1, len(entropy))).mean().backward()
    return logp.detach(), entropy.detach(), {name: p.grad for name, p in model.named_parameters()}


def padded_results(model, monkeypatch, *rows):
    with monkeypatch.context() as patch:
        patch.setattr(scoring, "packs", lambda *_: False)
        return results(model, *rows)


def agree(one, other):
    for a, b in zip(one[:2], other[:2], strict=True):
        assert torch.allclose(a, b, atol=1e-5, rtol=0)
    largest = max(float(g.abs().max()) for g in other[2].values())
    assert largest > 0.01
    assert max(float((one[2][name] - other[2][name]).abs().max()) for name in other[2]) < 1e-5 * max(1.0, largest)


@pytest.mark.parametrize("family", ["gpt2", *FAMILIES])
def test_packed_rows_have_the_values_and_gradients_of_padded_ones(family, monkeypatch):
    model = model_of(family)
    assert packs(model.base_model, 16)
    agree(results(model), padded_results(model, monkeypatch))
    agree(results(model, token_budget=20), padded_results(model, monkeypatch))


@pytest.mark.parametrize("family", ["mistral", "gemma2"])
def test_rows_longer_than_a_sliding_window_are_padded(family, monkeypatch):
    model = model_of(family, sliding_window=5)
    assert packs(model.base_model, 5)
    assert not packs(model.base_model, 6)
    agree(results(model), padded_results(model, monkeypatch))
    short = [PROMPTS[0], PROMPTS[3]], [RESPONSES[0], RESPONSES[3]]
    agree(results(model, *short), padded_results(model, monkeypatch, *short))


class Counting(torch.nn.Module):
    """Counts the tokens that a layer is given."""

    def __init__(self, inner):
        super().__init__()
        self.inner, self.tokens = inner, []

    def forward(self, x):
        self.tokens.append(x.shape[:-1].numel())
        return self.inner(x)


def test_each_distinct_token_passes_the_layers_once_and_none_is_padding(monkeypatch):
    model = model_of("llama")
    score(model, PROMPTS, RESPONSES, temperature=1.0, pad_id=0)
    layer = model.model.layers[0]
    layer.mlp = counting = Counting(layer.mlp)
    score(model, PROMPTS, RESPONSES, temperature=1.0, pad_id=0)
    assert counting.tokens == [4 + 1 + 6 + sum(len(r) - 1 for r in RESPONSES)]


def test_a_model_with_an_attention_of_another_kind_is_padded(monkeypatch):
    model = model_of("llama", attn_implementation="eager")
    assert not packs(model.base_model, 4)
    agree(results(model), padded_results(model, monkeypatch))


def test_a_model_that_mixes_tokens_outside_of_attention_is_padded(monkeypatch):
    model = model_of("llama")

    class Mixing(torch.nn.Module):
        def forward(self, x):
            return x + x.cumsum(1) * 0.1

    model.model.layers[1].mlp = Mixing()
    assert not packs(model.base_model, 4)
    agree(results(model), padded_results(model, monkeypatch))


def test_a_model_that_does_not_hand_down_the_rows_is_padded():
    model = model_of("llama")
    before = model.model.layers[1].forward
    model.model.layers[1].forward = lambda *args, packed_rows=None, **options: before(*args, **options)
    assert not packs(model.base_model, 4)


def test_a_decoder_that_takes_no_such_arguments_is_padded():
    decoder = model_of("llama").base_model
    before = decoder.forward
    decoder.forward = lambda input_ids, use_cache: before(input_ids=input_ids, use_cache=use_cache)
    assert not packs(decoder, 4)


def test_the_trial_leaves_the_models_mode_alone():
    model = model_of("llama").train()
    assert packs(model.base_model, 4)
    assert model.training


def test_a_policy_that_recomputes_its_activations_scores_to_the_bit_like_its_frozen_copy(monkeypatch):
    policy = model_of("qwen2")
    frozen = deepcopy(policy)
    checkpoint_activations(policy.train())
    plain, recomputed = results(frozen), results(policy)
    assert torch.equal(plain[0], recomputed[0])
    assert all(torch.equal(plain[2][name], recomputed[2][name]) for name in plain[2])
    agree(recomputed, padded_results(policy, monkeypatch))


def test_a_packed_batch_is_the_same_every_time():
    model = model_of("llama")
    one, other = results(model), results(model)
    assert all(torch.equal(one[2][name], other[2][name]) for name in one[2])


tokens = st.integers(0, V - 1)
rows = st.lists(
    st.tuples(st.sampled_from([(1,), (1, 2), (3, 4, 5, 6)]), st.lists(tokens, min_size=1, max_size=12).map(tuple)), min_size=1, max_size=8
)


@settings(deadline=None)
@given(rows)
def test_a_line_holds_every_row_at_its_positions_and_every_token_once(pairs):
    prompts, responses = [p for p, _ in pairs], [r for _, r in pairs]
    line = pack(prompts, responses)
    assert len(line.ids_M) == sum(map(len, set(prompts))) + sum(len(r) - 1 for r in responses)
    places = [p for (num, length), part in zip(line.blocks, parts(line), strict=True) for p in part.view(num, length)]
    expected = sorted((*p, *r[:-1]) for p, r in pairs)
    lengths = sorted((len(row) for row in expected), reverse=True)
    found = [place[:length] for place, length in zip(places, lengths, strict=True)]
    assert sorted(tuple(line.ids_M[place].tolist()) for place in found) == expected
    assert all(line.position_M[place].tolist() == list(range(len(place))) for place in found)
    assert line.place_R[line.back_M].tolist() == list(range(len(line.ids_M)))
    assert not set(line.back_M.tolist()) & set(line.again_A.tolist())
    assert len(line.back_M) + len(line.again_A) == sum(lengths)
    assert sum(num * length for num, length in line.blocks) <= sum(lengths) / 0.6


def parts(line):
    return line.place_R.split([num * length for num, length in line.blocks])


@settings(deadline=None)
@given(rows)
def test_predictors_are_the_places_before_each_response_token(pairs):
    line = pack([p for p, _ in pairs], [r for _, r in pairs])
    before = [((*p, *r)[len(p) - 1 + t], len(p) - 1 + t) for p, r in pairs for t in range(len(r))]
    assert [(int(line.ids_M[place]), int(line.position_M[place])) for place in line.predictor_N] == before


def test_hidden_states_have_the_lines_order():
    model = model_of("llama")
    line = pack([[5, 6]], [[7, 8, 9]])
    expected = model.base_model(input_ids=torch.tensor([[5, 6, 7, 8]]), use_cache=False)[0][0]
    assert torch.allclose(hidden_states(model.base_model, line), expected, atol=1e-5)
