"""Small tokenizers and models made from scratch, for runs that need no download: quickstarts, tests, ablations on a CPU.

Both are Qwen2's own, only small: `AutoTokenizer` and `AutoModelForCausalLM` load them, offline. Beside a Qwen2 config, `AutoTokenizer` builds
a `Qwen2Tokenizer` whatever class was saved, so this makes exactly that one: its normalisation (NFC), its split (single digits), its padding
token; anything else would be read back as another tokenizer.
"""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, pre_tokenizers, trainers
from transformers import Qwen2Config, Qwen2ForCausalLM, Qwen2Tokenizer

from prorl_trainer.policy import no_progress_bars

PAD, EOS, USER, ASSISTANT, SYSTEM = "<|endoftext|>", "<|im_end|>", "<|user|>", "<|assistant|>", "<|system|>"
SPECIAL = (PAD, EOS, USER, ASSISTANT, SYSTEM)

CHAT_TEMPLATE = (
    "{%- for message in messages -%}"
    "{{- '<|' + message['role'] + '|>' + message['content'] -}}"
    "{%- if message['role'] == 'assistant' -%}{{- '<|im_end|>' -}}{%- endif -%}"
    "{%- endfor -%}"
    "{%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}"
)
"""One marker token before each message, `<|im_end|>` after an assistant's, and nothing else."""


def make_tokenizer(texts: Iterable[str], *, vocab_size: int = 512, folder: str | Path) -> Qwen2Tokenizer:
    """Train Qwen2's byte-level BPE on `texts`, save it in `folder` and return it.

    Any text round-trips up to Unicode's NFC form. Each digit is a token of its own, so that numbers have one spelling. The end of sequence
    is one token. `vocab_size` counts everything: 5 special tokens, 256 bytes, then merges; 261 gives none. Raises ValueError below that.
    """
    smallest = len(SPECIAL) + 256
    if vocab_size < smallest:
        raise ValueError(f"vocab_size is at least {smallest} (5 special tokens and 256 bytes); got {vocab_size}")
    shape: Any = Qwen2Tokenizer().backend_tokenizer
    inner: Any = Tokenizer(models.BPE())
    inner.normalizer, inner.pre_tokenizer = shape.normalizer, shape.pre_tokenizer
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, special_tokens=list(SPECIAL), initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    inner.train_from_iterator(texts, trainer)
    learnt = json.loads(inner.to_str())["model"]
    merges: Any = [tuple(pair) for pair in learnt["merges"]]
    tokenizer = Qwen2Tokenizer(
        vocab=learnt["vocab"],
        merges=merges,
        pad_token=PAD,
        eos_token=EOS,
        additional_special_tokens=[USER, ASSISTANT, SYSTEM],
        chat_template=CHAT_TEMPLATE,
        clean_up_tokenization_spaces=False,
        padding_side="left",
    )
    tokenizer.save_pretrained(str(folder))
    return tokenizer


def make_model(
    tokenizer: Any, *, hidden: int = 128, layers: int = 4, heads: int = 4, max_positions: int = 2048, folder: str | Path, seed: int = 0
) -> Qwen2ForCausalLM:
    """Build a Qwen2 model with fresh weights for `tokenizer`, save it in `folder` and return it.

    Embeddings are tied, weights are float32. With the defaults and 512 tokens it has 0.87 million parameters. Equal seeds give equal
    weights, and the global random state is left as it was. Raises ValueError where `hidden` does not divide by `2 * heads`.
    """
    if hidden % (2 * heads):
        raise ValueError(f"hidden divides by 2 * heads (rotary embeddings turn pairs of a head's dimensions); got hidden={hidden}, heads={heads}")
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=hidden,
        intermediate_size=-(-hidden * 8 // 3 // 32) * 32,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=max_positions,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = Qwen2ForCausalLM(config)
    assert model.generation_config is not None
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.generation_config.pad_token_id = tokenizer.pad_token_id
    with no_progress_bars():
        model.save_pretrained(str(folder))
    return model.eval()
