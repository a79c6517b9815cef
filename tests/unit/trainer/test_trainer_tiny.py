"""Tokenizers and models from scratch: what is saved is what AutoTokenizer and AutoModelForCausalLM load."""

import unicodedata

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from prorl_trainer.tiny import make_model, make_tokenizer

TEXTS = ["12+345=", "reverse: hello world", "sort 31524", "the quick brown fox jumps over the lazy dog"] * 3


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tiny")


@pytest.fixture(scope="module")
def made(folder):
    return make_tokenizer(TEXTS, vocab_size=300, folder=folder)


@pytest.fixture(scope="module")
def model(made, folder):
    return make_model(made, hidden=32, layers=2, heads=2, folder=folder)


@pytest.fixture(scope="module")
def loaded(model, folder):
    """Loaded from a folder in which a model lies too, whose type could choose another tokenizer class."""
    return AutoTokenizer.from_pretrained(folder)


@settings(deadline=None)
@given(st.text())
def test_any_text_round_trips_and_the_saved_tokenizer_gives_the_same_ids(made, loaded, text):
    ids = loaded.encode(text, add_special_tokens=False)
    assert loaded.decode(ids) == unicodedata.normalize("NFC", text)
    assert ids == made.encode(text, add_special_tokens=False)
    assert max(ids, default=0) < len(loaded) == len(made) <= 300


@pytest.mark.parametrize("text", ["a  b\n\n\tc ", "don 't , stop .", "e\u0301 vs \u00e9 \u2192 \U0001f600", " lead", "\x00\x7f"])
def test_awkward_texts_round_trip(loaded, text):
    ids = loaded.encode(text, add_special_tokens=False)
    assert loaded.decode([*ids, loaded.eos_token_id], skip_special_tokens=True) == unicodedata.normalize("NFC", text)


def test_each_digit_is_a_token_of_its_own_and_merges_were_learnt(loaded):
    assert len(loaded.encode("1234567890", add_special_tokens=False)) == 10
    assert len(loaded.encode("hello world", add_special_tokens=False)) < 11


def test_the_end_of_sequence_and_the_markers_are_one_token_each(loaded):
    assert [len(loaded.encode(t, add_special_tokens=False)) for t in ("<|im_end|>", "<|endoftext|>", "<|user|>", "<|assistant|>")] == [1, 1, 1, 1]
    assert loaded.eos_token_id != loaded.pad_token_id


def test_the_chat_template_adds_one_token_before_each_message(loaded):
    prompt = loaded.apply_chat_template([{"role": "user", "content": "1+2="}], tokenize=False, add_generation_prompt=True)
    assert prompt == "<|user|>1+2=<|assistant|>"
    assert len(loaded.encode(prompt, add_special_tokens=False)) == 2 + len(loaded.encode("1+2=", add_special_tokens=False))
    messages = [{"role": "system", "content": "s"}, {"role": "user", "content": "u"}, {"role": "assistant", "content": "a"}]
    assert loaded.apply_chat_template(messages, tokenize=False) == "<|system|>s<|user|>u<|assistant|>a<|im_end|>"


def test_the_saved_model_is_the_made_one(model, folder, loaded):
    again = AutoModelForCausalLM.from_pretrained(folder)
    ids = torch.tensor([loaded.encode("12+3")])
    assert torch.equal(again(ids).logits, model(ids).logits)
    assert again.dtype == torch.float32
    assert again.generation_config.eos_token_id == loaded.eos_token_id
    assert again.get_input_embeddings().weight is again.get_output_embeddings().weight


def test_the_seed_decides_the_weights_and_the_global_random_state_is_left_alone(made, tmp_path):
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    one, two, other = (make_model(made, hidden=16, layers=1, heads=2, folder=tmp_path / str(i), seed=s) for i, s in enumerate((1, 1, 2)))
    assert torch.equal(torch.rand(3), expected)
    assert torch.equal(one.lm_head.weight, two.lm_head.weight)
    assert not torch.equal(one.lm_head.weight, other.lm_head.weight)


def test_the_default_model_has_under_a_million_parameters(tmp_path):
    model = make_model(make_tokenizer(TEXTS, vocab_size=512, folder=tmp_path), folder=tmp_path)
    assert 0.8e6 < sum(p.numel() for p in model.parameters()) < 0.9e6


def test_sizes_that_cannot_be_are_refused(made, tmp_path):
    with pytest.raises(ValueError, match="at least 261"):
        make_tokenizer(TEXTS, vocab_size=200, folder=tmp_path)
    with pytest.raises(ValueError, match="hidden=30, heads=4"):
        make_model(made, hidden=30, heads=4, folder=tmp_path)
