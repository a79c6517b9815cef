"""Warm start: supervised training on solved tasks of a generated dataset, until the model solves some tasks sometimes.

RL needs groups in which some answers are right and some are wrong. So this stops at a target rate rather than at the lowest loss: a
model that copies the dataset perfectly has nothing left to explore.
"""

import math
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pydantic
import torch

from prorl_gym.config import Strict
from prorl_gym.errors import ConfigError
from prorl_gym.evaluate import EvalConfig, evaluate
from prorl_gym.mix import Mix, MixEntries
from prorl_gym.pool import VerifierPool
from prorl_gym.runs import Run, read_jsonl
from prorl_trainer.checkpoint import save_model
from prorl_trainer.config import ModelConfig
from prorl_trainer.engines import Sampling
from prorl_trainer.parallel import num_processes
from prorl_trainer.policy import EnginePolicy, checkpoint_activations, encode_answer, encode_prompt, load_model, load_tokenizer
from prorl_trainer.scoring import micro_batches, score


class StopConfig(Strict):
    """When the warm start has done enough: measured on the validation split every `every` steps."""

    mix: MixEntries
    every: int = pydantic.Field(default=100, ge=1)
    num_tasks: int = pydantic.Field(default=96, ge=1)
    samples: int = pydantic.Field(default=2, ge=1)
    target: float = pydantic.Field(default=0.35, gt=0, le=1)
    """Mean share of solved tasks over the domains at which to stop."""
    temperature: float = pydantic.Field(default=1.0, ge=0)
    max_new_tokens: int = pydantic.Field(default=64, ge=1)


class SftConfig(Strict):
    """A warm start."""

    out: Path = Path("runs/sft")
    seed: int = 0
    model: ModelConfig
    data: list[Path] = pydantic.Field(min_length=1)
    """Datasets of `prorl generate`; rows whose score is 1 are used."""
    steps: int = pydantic.Field(default=1000, ge=1)
    batch_size: int = pydantic.Field(default=64, ge=1)
    lr: float = pydantic.Field(default=1e-3, gt=0)
    warmup_steps: int = pydantic.Field(default=20, ge=0)
    final_lr: float = pydantic.Field(default=0.1, ge=0, le=1)
    """The rate falls along a half cosine to this share of `lr` at `steps`."""
    weight_decay: float = pydantic.Field(default=0.01, ge=0)
    grad_clip: float = pydantic.Field(default=1.0, gt=0)
    token_budget: int | None = pydantic.Field(default=16384, ge=1)
    stop: StopConfig | None = None

    @pydantic.model_validator(mode="after")
    def _trains_all_weights(self) -> "SftConfig":
        if self.model.lora:
            raise ValueError("model.lora is for prorl train; a warm start trains all weights: leave it out")
        return self


OnStep = Callable[[int, dict[str, float]], None]


def dataset_rows(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """The rows of datasets, given as folders or JSONL files. Raises ConfigError where one is missing."""
    for path in paths:
        file = path / "data.jsonl" if path.is_dir() else path
        if not file.is_file():
            raise ConfigError(f"there is no dataset {file}; prorl generate makes one")
        yield from read_jsonl(file)


def dataset_texts(paths: Iterable[Path]) -> Iterator[str]:
    """Every message's text, for a tokenizer to learn from."""
    for row in dataset_rows(paths):
        for message in row.get("messages") or row.get("prompt") or ():
            yield message["content"]


def solved_rows(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The rows of the datasets whose completion scored 1. Raises ConfigError where there are none."""
    paths = list(paths)
    rows = [row for row in dataset_rows(paths) if row.get("score") == 1.0]
    if not rows:
        raise ConfigError(f"no solved row in {', '.join(map(str, paths))}: generate with a policy that solves tasks, such as --policy gold")
    return rows


def encode_rows(rows: Iterable[dict[str, Any]], tokenizer: Any) -> list[tuple[list[int], list[int]]]:
    """(prompt ids, response ids) of every assistant turn of each row."""
    pairs: list[tuple[list[int], list[int]]] = []
    for row in rows:
        messages = row["messages"]
        for i, message in enumerate(messages):
            if message["role"] == "assistant":
                pairs.append((encode_prompt(tokenizer, tuple(messages[:i])), encode_answer(tokenizer, message["content"])))
    return pairs


def warm_start(config: SftConfig, *, overwrite: bool = False, on_step: OnStep | None = None) -> Path:
    """Train on the solved rows and give the run's folder; the model stands in its `model/`."""
    if (size := num_processes()) > 1:
        raise ConfigError(f"a warm start runs in one process, and torchrun started {size}: start it without torchrun")
    if config.stop:
        Mix(config.stop.mix, split="validation")
    if config.model.threads:
        torch.set_num_threads(config.model.threads)
    torch.manual_seed(config.seed)
    tokenizer = load_tokenizer(config.model.path)
    model = load_model(config.model.path, device=config.model.device, dtype=config.model.dtype)
    if config.model.activation_checkpointing:
        checkpoint_activations(model)
    pairs = encode_rows(solved_rows(config.data), tokenizer)
    optimizer = torch.optim.AdamW(model.parameters(), lr=config.lr, weight_decay=config.weight_decay)
    with Run.create(config.out, config.model_dump(mode="json"), overwrite=overwrite) as run, VerifierPool() as pool:
        for step, batch in enumerate(_batches(pairs, config), 1):
            share = min(1.0, step / max(1, config.warmup_steps))
            decay = config.final_lr + (1 - config.final_lr) * (1 + math.cos(math.pi * step / config.steps)) / 2
            for group in optimizer.param_groups:
                group["lr"] = config.lr * share * decay
            metrics = {"loss": _step(model, optimizer, batch, config, tokenizer.pad_token_id), "lr": config.lr * share * decay}
            stop = config.stop
            done = step == config.steps
            if stop and (step % stop.every == 0 or done):
                metrics["solved"] = _solved(stop, model, tokenizer, pool, run, step, config.seed)
                done = done or metrics["solved"] >= stop.target
            run.metrics(step, metrics)
            if on_step:
                on_step(step, metrics)
            if done:
                break
        save_model(model, tokenizer, run.path / "model")
    return config.out


def _batches(pairs: Sequence[tuple[list[int], list[int]]], config: SftConfig) -> Iterable[list[tuple[list[int], list[int]]]]:
    """`steps` batches, every row once an epoch in a new order."""
    rng = random.Random(config.seed)
    order: list[int] = []
    for _ in range(config.steps):
        while len(order) < config.batch_size:
            epoch = list(range(len(pairs)))
            rng.shuffle(epoch)
            order.extend(epoch)
        batch, order = order[: config.batch_size], order[config.batch_size :]
        yield [pairs[i] for i in batch]


def _step(model: Any, optimizer: torch.optim.Optimizer, batch: list[tuple[list[int], list[int]]], config: SftConfig, pad_id: int) -> float:
    """One gradient step on the mean negative log-likelihood of the response tokens."""
    num_tokens = sum(len(r) for _, r in batch)
    total = 0.0
    model.train()
    optimizer.zero_grad(set_to_none=True)
    for rows in micro_batches([len(p) + len(r) for p, r in batch], token_budget=config.token_budget):
        prompts, responses = [batch[i][0] for i in rows], [batch[i][1] for i in rows]
        logp_BT, _, mask_BT = score(model, prompts, responses, temperature=1.0, pad_id=pad_id, grad=True)
        loss = -(logp_BT * mask_BT).sum() / num_tokens
        loss.backward()
        total += float(loss.detach())
    torch.nn.utils.clip_grad_norm_(model.parameters(), config.grad_clip)
    optimizer.step()
    model.eval()
    return total


def _solved(stop: StopConfig, model: Any, tokenizer: Any, pool: VerifierPool, run: Run, step: int, seed: int) -> float:
    """The mean share of solved validation tasks over the domains."""
    from prorl_trainer.engines.transformers_engine import TransformersEngine

    sampling = Sampling(max_new_tokens=stop.max_new_tokens, temperature=stop.temperature)
    policy = EnginePolicy(TransformersEngine(model), tokenizer, sampling, seed=seed + step, name=f"step {step}")
    result = evaluate(
        EvalConfig(mix=stop.mix, num_tasks=stop.num_tasks, samples=stop.samples, split="validation", both_modes=False), policy, pool=pool
    )
    run.event("validation", step=step, solved=result["mean"]["pass@1"], envs={name: d["pass@1"] for name, d in result["envs"].items()})
    return float(result["mean"]["pass@1"])
