"""A model as a policy: messages through the chat template to tokens, an engine samples, tokens back to text.

Both the training loop and `prorl generate --policy transformers` answer through this one class.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from prorl_gym.errors import ConfigError
from prorl_gym.policy import Request, take
from prorl_gym.streams import item_seed
from prorl_gym.types import Completion, Message
from prorl_trainer.engines import Engine, Sampling


class EnginePolicy:
    """Answers in batches through an engine. An answer is fixed by `seed`, its group, its sample and its turn, in whatever order they are asked."""

    def __init__(
        self,
        engine: Engine,
        tokenizer: Any,
        sampling: Sampling,
        *,
        seed: int,
        batch_size: int = 256,
        max_prompt_tokens: int = 4096,
        name: str = "policy",
    ) -> None:
        self.engine, self.tokenizer, self.sampling, self.name = engine, tokenizer, sampling, name
        self.seed, self.batch_size, self.max_prompt_tokens = seed, batch_size, max_prompt_tokens

    def complete(self, requests: Iterator[Request]) -> Iterator[tuple[Request, Completion]]:
        """Answer in batches of `batch_size`, each answer as soon as its row ends."""
        while batch := take(requests, self.batch_size):
            asked = [tuple((m["role"], m["content"]) for m in r.messages) for r in batch]
            distinct = {key: r.messages for key, r in zip(asked, batch, strict=True)}  # a group asks the same
            encoded = {key: encode_prompt(self.tokenizer, messages) for key, messages in distinct.items()}
            prompts = [encoded[key] for key in asked]
            for request, ids in zip(batch, prompts, strict=True):
                if len(ids) > self.max_prompt_tokens:
                    problem = f"the prompt has {len(ids)} tokens, at most {self.max_prompt_tokens} are allowed (max_prompt_tokens)"
                    yield request, Completion(text="", finish_reason="error", error=problem)
            fitting = [i for i, ids in enumerate(prompts) if len(ids) <= self.max_prompt_tokens]
            if not fitting:
                continue
            seeds = [self._seed_of(batch[i]) for i in fitting]
            for place, done in self.engine.generate([prompts[i] for i in fitting], self.sampling, seeds=seeds):
                index = fitting[place]
                yield (
                    batch[index],
                    Completion(
                        text=self.tokenizer.decode(done.token_ids, skip_special_tokens=True),
                        finish_reason=done.finish_reason,
                        token_ids=done.token_ids,
                        logprobs=done.logprobs,
                        prompt_token_ids=tuple(prompts[index]),
                        num_prompt_tokens=len(prompts[index]),
                        num_tokens=len(done.token_ids),
                    ),
                )

    def _seed_of(self, request: Request) -> int:
        return item_seed("engine", request.group_id or request.task.task_id, self.seed, request.sample, len(request.messages)) % 2**63


def encode_prompt(tokenizer: Any, messages: tuple[Message, ...]) -> list[int]:
    """Token ids of a conversation that asks for an assistant's answer, by the tokenizer's chat template or, without one, as plain text."""
    if tokenizer.chat_template:
        text = tokenizer.apply_chat_template(list(messages), tokenize=False, add_generation_prompt=True)
        return tokenizer.encode(text, add_special_tokens=False)
    return tokenizer.encode("\n\n".join(m["content"] for m in messages) + "\n")


def encode_answer(tokenizer: Any, text: str) -> list[int]:
    """Token ids of an assistant's answer, end of sequence included: what a perfect policy would sample."""
    return [*tokenizer.encode(text, add_special_tokens=False), tokenizer.eos_token_id]


@contextmanager
def no_progress_bars() -> Iterator[None]:
    """Keep transformers' own progress bars off the screen, and leave its setting as it was."""
    from transformers.utils import logging

    bars = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if bars:
            logging.enable_progress_bar()


def load_tokenizer(path: str) -> Any:
    """The tokenizer of a local folder or hub id; one without a padding token pads with its end of sequence."""
    from transformers import AutoTokenizer

    _check_place(path)
    tokenizer: Any = AutoTokenizer.from_pretrained(path)
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(path: str, *, device: str = "auto", dtype: str = "float32") -> Any:
    """A causal language model of a local folder or hub id, in eval mode; of an adapter's folder, its base model with the adapter merged in.

    Raises ConfigError where there is none.
    """
    import torch
    from transformers import AutoModelForCausalLM

    from prorl_trainer import lora

    _check_place(path)
    if lora.is_adapter(path):
        return lora.merged(path, lambda base: load_model(base, device=device, dtype=dtype))
    where = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    try:
        with no_progress_bars():
            model: Any = AutoModelForCausalLM.from_pretrained(path, dtype=getattr(torch, dtype))
    except (OSError, ValueError) as error:
        raise ConfigError(f"the model {path!r} cannot be loaded: {str(error).splitlines()[0]}") from error
    return model.to(where).eval()


def checkpoint_activations(model: Any) -> None:
    """Let `model`, while it trains, compute its activations again instead of holding them. Raises ConfigError where it cannot."""
    try:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    except ValueError as error:
        raise ConfigError(f"model.activation_checkpointing: {str(error).splitlines()[0]}; leave it off for this model") from error


def _check_place(path: str) -> None:
    """Refuse what is neither a local folder nor of a hub id's form, before anything asks the network for it."""
    if not Path(path).exists() and not re.fullmatch(r"[\w.-]+/[\w.-]+", path):
        raise ConfigError(f"there is no model folder {path!r}; give a local folder or a hub id such as 'Qwen/Qwen2.5-0.5B'")


def transformers_policy(
    *,
    model: str,
    temperature: float = 0.6,
    top_p: float = 0.95,
    max_new_tokens: int = 1024,
    max_prompt_tokens: int = 4096,
    batch_size: int = 64,
    seed: int = 0,
    device: str = "auto",
    dtype: str = "float32",
) -> EnginePolicy:
    """A local model as a policy, for datasets and evaluation: `--policy transformers --set policy_options.model=PATH`."""
    from prorl_trainer.engines.transformers_engine import TransformersEngine

    loaded = load_model(model, device=device, dtype=dtype)
    sampling = Sampling(max_new_tokens=max_new_tokens, temperature=temperature, top_p=top_p)
    engine = TransformersEngine(loaded)
    tokenizer = load_tokenizer(model)
    name = json.dumps(model).strip('"')
    return EnginePolicy(engine, tokenizer, sampling, seed=seed, batch_size=batch_size, max_prompt_tokens=max_prompt_tokens, name=name)
