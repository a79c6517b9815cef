"""Scoring against one unbatched forward a row in float64, and its invariances."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import (
    CohereConfig,
    CohereForCausalLM,
    Gemma2Config,
    Gemma2ForCausalLM,
    GPT2Config,
    GPT2LMHeadModel,
    GraniteConfig,
    GraniteForCausalLM,
    LlamaConfig,
    LlamaForCausalLM,
)

from prorl_gym.errors import ConfigError
from prorl_trainer import scoring
from prorl_trainer.head import halves
from prorl_trainer.policy import checkpoint_activations
from prorl_trainer.scoring import micro_batches, score

V = 37
PROMPTS = [[5, 6, 7], [8], [9, 10, 11, 12, 13, 14], [5, 6, 7], [4, 3]]
RESPONSES = [[20, 21], [22, 23, 24, 25, 26, 1], [27], [30, 31, 32, 1], [2]]


def model_of(family):
    """A small model whose distributions are far from flat; they differ in positions, window, soft-capped and scaled logits and tied head."""
    small = {"vocab_size": V, "hidden_size": 32, "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 16, "intermediate_size": 48}
    small |= {"num_hidden_layers": 2, "initializer_range": 0.4, "pad_token_id": 0, "bos_token_id": None, "eos_token_id": [1, 2]}
    torch.manual_seed(0)
    if family == "gpt2":
        config = GPT2Config(vocab_size=V, n_embd=32, n_layer=2, n_head=2, n_positions=64, initializer_range=0.4, bos_token_id=None, eos_token_id=1)
        return GPT2LMHeadModel(config).eval()
    if family == "gemma2":
        return Gemma2ForCausalLM(Gemma2Config(**small, sliding_window=4, final_logit_softcapping=5.0, query_pre_attn_scalar=16)).eval()
    if family == "cohere":
        return CohereForCausalLM(CohereConfig(**small, logit_scale=0.5)).eval()
    if family == "granite":
        return GraniteForCausalLM(GraniteConfig(**small, logits_scaling=3.0)).eval()
    return LlamaForCausalLM(LlamaConfig(**small)).eval()


@pytest.fixture(scope="module")
def model():
    return model_of("llama")


def slow(model, prompt, response, temperature):
    """Log-probabilities and entropies of one row by itself, in float64."""
    logits = model(input_ids=torch.tensor([[*prompt, *response]])).logits[0].double() / temperature
    logp = logits.log_softmax(-1)[len(prompt) - 1 : -1]
    return logp.gather(1, torch.tensor(response)[:, None])[:, 0].tolist(), torch.distributions.Categorical(logits=logp).entropy().tolist()


@pytest.mark.parametrize("family", ["llama", "gpt2", "gemma2", "cohere", "granite"])
@pytest.mark.parametrize("budget", [None, 16, 1])
def test_every_response_token_is_scored_as_if_its_row_were_alone(family, budget):
    model = model_of(family)
    assert halves(model) is not None
    scored = score(model, PROMPTS, RESPONSES, temperature=1.2, pad_id=0, need_entropy=True, token_budget=budget)
    assert scored.mask_BT.sum(1).tolist() == [len(r) for r in RESPONSES]
    for row, (prompt, response) in enumerate(zip(PROMPTS, RESPONSES, strict=True)):
        logp, entropy = slow(model, prompt, response, 1.2)
        padding = [0.0] * (6 - len(response))
        assert scored.logp_BT[row].tolist() == pytest.approx([*logp, *padding], abs=1e-5)
        assert scored.entropy_BT[row].tolist() == pytest.approx([*entropy, *padding], abs=1e-5)


def test_the_padding_id_does_not_matter(model):
    assert torch.equal(
        score(model, PROMPTS, RESPONSES, temperature=1.0, pad_id=0).logp_BT, score(model, PROMPTS, RESPONSES, temperature=1.0, pad_id=36).logp_BT
    )


def test_the_temperature_divides_the_logits(model):
    sharp = score(model, PROMPTS[:1], RESPONSES[:1], temperature=0.5, pad_id=0).logp_BT[0].tolist()
    assert sharp == pytest.approx(slow(model, PROMPTS[0], RESPONSES[0], 0.5)[0], abs=1e-5)


def gradient(model, **options):
    model.zero_grad(set_to_none=True)
    scored = score(model, PROMPTS, RESPONSES, temperature=1.2, pad_id=0, need_entropy=True, grad=True, **options)
    (scored.logp_BT * torch.arange(1.0, 7.0) + scored.entropy_BT).sum().backward()
    found = {name: p.grad.clone() for name, p in model.named_parameters()}
    model.zero_grad(set_to_none=True)
    return found


def from_full_logits(model, temperature):
    """Log-probabilities and entropies of all response tokens, in a line, from the logits of the whole batch at once."""
    width = max(len(p) + len(r) for p, r in zip(PROMPTS, RESPONSES, strict=True))
    ids = torch.tensor([[*p, *r, *[0] * (width - len(p) - len(r))] for p, r in zip(PROMPTS, RESPONSES, strict=True)])
    logp = (model(input_ids=ids).logits / temperature).log_softmax(-1)
    places = [(i, len(p) + t) for i, (p, r) in enumerate(zip(PROMPTS, RESPONSES, strict=True)) for t in range(len(r))]
    rows, columns = torch.tensor(places).T
    logp = logp[rows, columns - 1]
    return logp.gather(1, ids[rows, columns][:, None])[:, 0], -(logp.exp() * logp).sum(-1)


def loss_and_gradients(model, values):
    """A loss that weighs every token's log-probability and entropy differently, and its gradients."""
    logp, entropy = values
    model.zero_grad(set_to_none=True)
    loss = (logp * torch.linspace(-1.0, 2.0, len(logp)) + entropy * torch.linspace(1.0, 0.1, len(entropy))).mean()
    loss.backward()
    return loss.detach(), {name: p.grad for name, p in model.named_parameters()}


@pytest.mark.parametrize("tied", [True, False])
@pytest.mark.parametrize("temperature", [0.7, 1.2])
def test_values_and_gradients_in_chunks_are_those_of_full_logits(tied, temperature, monkeypatch):
    torch.manual_seed(0)
    small = {
        "hidden_size": 32,
        "num_attention_heads": 2,
        "intermediate_size": 48,
        "num_hidden_layers": 2,
        "pad_token_id": 0,
        "initializer_range": 0.05,
    }
    model = LlamaForCausalLM(LlamaConfig(vocab_size=V, tie_word_embeddings=tied, bos_token_id=None, eos_token_id=1, **small)).eval()
    monkeypatch.setattr(scoring, "MAX_ELEMENTS", 3 * V)

    def ours():
        scored = score(model, PROMPTS, RESPONSES, temperature=temperature, pad_id=0, need_entropy=True, grad=True)
        return scored.logp_BT[scored.mask_BT.bool()], scored.entropy_BT[scored.mask_BT.bool()]

    for one, other in zip(ours(), from_full_logits(model, temperature), strict=True):
        assert torch.allclose(one, other, atol=1e-6, rtol=0)
    (loss, found), (full_loss, full) = loss_and_gradients(model, ours()), loss_and_gradients(model, from_full_logits(model, temperature))
    assert float(loss) == pytest.approx(float(full_loss), abs=1e-6)
    assert max(float((found[name] - full[name]).abs().max()) for name in full) < 1e-6
    assert max(float(g.abs().max()) for g in full.values()) > 0.01


class Largest(TorchDispatchMode):
    """Remembers the largest tensor that any operation gave."""

    seen = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for value in out if isinstance(out, (tuple, list)) else (out,):
            if isinstance(value, torch.Tensor):
                self.seen = max(self.seen, value.numel())
        return out


def test_the_logits_of_a_batch_never_exist_as_a_whole_neither_forward_nor_backward(monkeypatch):
    config = LlamaConfig(vocab_size=4096, hidden_size=8, num_attention_heads=1, intermediate_size=8, num_hidden_layers=1, pad_token_id=0)
    model = LlamaForCausalLM(config).eval()
    assert halves(model) is not None
    monkeypatch.setattr(scoring, "MAX_ELEMENTS", 16 * 4096)
    with Largest() as largest:
        scored = score(model, [[5, 6]] * 4, [[7] * 32] * 4, temperature=1.0, pad_id=0, need_entropy=True, grad=True)
        (scored.logp_BT + scored.entropy_BT).sum().backward()
    assert largest.seen == 16 * 4096


def test_an_entropy_that_is_only_watched_has_no_gradient_and_the_same_value(model):
    watched = score(model, PROMPTS, RESPONSES, temperature=1.2, pad_id=0, need_entropy=True, entropy_grad=False, grad=True)
    trained = score(model, PROMPTS, RESPONSES, temperature=1.2, pad_id=0, need_entropy=True, grad=True)
    assert torch.allclose(watched.entropy_BT, trained.entropy_BT.detach(), atol=1e-6, rtol=0)
    assert watched.logp_BT.requires_grad
    assert not watched.entropy_BT.requires_grad
    assert trained.entropy_BT.requires_grad


class Doubled(LlamaForCausalLM):
    """Does more behind its head than its config says."""

    def forward(self, **inputs):
        out = super().forward(**inputs)
        out.logits = out.logits * 2
        return out


def test_a_model_is_taken_whole_where_its_halves_would_not_give_its_own_logits(model):
    doubled = Doubled(model.config).train()
    assert halves(doubled) is None
    assert doubled.training
    unknown = LlamaForCausalLM(LlamaConfig(**{**model.config.to_dict(), "logit_noise": 0.1}))
    assert halves(unknown) is None
    assert halves(torch.nn.Linear(2, 2)) is None
    for whole in (doubled.eval(), unknown.eval()):
        scored = score(whole, PROMPTS, RESPONSES, temperature=1.2, pad_id=0)
        expected = from_full_logits(whole, 1.2)[0]
        assert torch.allclose(scored.logp_BT[scored.mask_BT.bool()], expected, atol=1e-5)


def test_activation_checkpointing_gives_the_same_gradients_and_holds_less():
    held = {}

    def gradients(checkpointed):
        model = model_of("llama").train()
        if checkpointed:
            checkpoint_activations(model)
        kept = 0

        def pack(tensor):
            nonlocal kept
            kept += tensor.numel()
            return tensor

        with torch.autograd.graph.saved_tensors_hooks(pack, lambda tensor: tensor):
            scored = score(model, PROMPTS, RESPONSES, temperature=1.2, pad_id=0, grad=True)
        held[checkpointed] = kept
        scored.logp_BT.sum().backward()
        return [p.grad for p in model.parameters()]

    assert all(torch.equal(one, other) for one, other in zip(gradients(False), gradients(True), strict=True))
    assert held[True] < held[False]


def test_a_model_that_cannot_checkpoint_its_activations_is_refused(model):
    class Stiff(LlamaForCausalLM):
        supports_gradient_checkpointing = False

    with pytest.raises(ConfigError, match=r"model\.activation_checkpointing"):
        checkpoint_activations(Stiff(model.config))


@pytest.mark.parametrize("chunked", [False, True])
def test_gradients_do_not_depend_on_micro_batches_or_chunks(model, chunked, monkeypatch):
    whole = gradient(model)
    if chunked:
        monkeypatch.setattr(scoring, "MAX_ELEMENTS", 3 * V)
    split = gradient(model, token_budget=None if chunked else 12)
    assert whole.keys() == split.keys()
    assert max(float((whole[name] - split[name]).abs().max()) for name in whole) < 1e-4
    assert max(float(g.abs().max()) for g in whole.values()) > 0.1


def test_equal_weights_give_equal_numbers_with_and_without_gradients(model):
    with_grad = score(model, PROMPTS, RESPONSES, temperature=1.2, pad_id=0, need_entropy=True, grad=True)
    without = score(model, PROMPTS, RESPONSES, temperature=1.2, pad_id=0)
    assert torch.equal(with_grad.logp_BT.detach(), without.logp_BT)
    assert with_grad.logp_BT.requires_grad
    assert not without.logp_BT.requires_grad
    assert without.entropy_BT is None


def test_a_forward_that_cannot_limit_its_head_is_scored_the_same(model):
    class Whole(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = model

        def forward(self, input_ids, use_cache):
            return self.inner(input_ids=input_ids, use_cache=use_cache)

    limited = score(model, PROMPTS, RESPONSES, temperature=1.0, pad_id=0)
    assert torch.allclose(score(Whole(), PROMPTS, RESPONSES, temperature=1.0, pad_id=0).logp_BT, limited.logp_BT, atol=1e-5)


@pytest.mark.parametrize(
    ("prompts", "responses", "temperature", "message"),
    [
        ([[1]], [[1], [2]], 1.0, "1 prompts and 2 responses"),
        ([], [], 1.0, "at least one"),
        ([[1], []], [[1], [2]], 1.0, "row 1"),
        ([[1]], [[]], 1.0, "row 0"),
        ([[1]], [[1]], 0.0, "positive temperature"),
    ],
)
def test_what_cannot_be_scored_is_refused(model, prompts, responses, temperature, message):
    with pytest.raises(ValueError, match=message):
        score(model, prompts, responses, temperature=temperature, pad_id=0)


@settings(deadline=None)
@given(st.lists(st.integers(1, 50)), st.integers(1, 120))
def test_micro_batches_cover_every_row_once_within_the_budget_longest_first(lengths, budget):
    batches = micro_batches(lengths, token_budget=budget)
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(len(b) == 1 or len(b) * max(lengths[i] for i in b) <= budget for b in batches)
    order = [lengths[i] for batch in batches for i in batch]
    assert order == sorted(order, reverse=True)


def test_micro_batches_without_a_budget_are_one_in_the_given_order():
    assert micro_batches([3, 9, 1], token_budget=None) == [[0, 1, 2]]
    assert micro_batches([], token_budget=None) == []
    with pytest.raises(ValueError, match="at least 1"):
        micro_batches([1], token_budget=0)
