"""Our trainer and TRL's, each in a process of its own, a step at a time, in turn: what the scripts beside this one share.

Both sides get one model folder, one list of prompts, one reward and one set of settings (`Contest`). A side stops after every step until it is
asked for the next, so that A-B-A-B is exact and no side computes while the other is measured. The figure of a step is CPU time, user and system,
of the side's process and of the processes that it has started, from the moment it is asked to the end of its step, logging and files included.

How long answers are is fixed by the model and not by a sampler's option, so that it is the same for both: one channel of the hidden state is
constant, and the head's row for the end of sequence reads that channel alone. Its probability is then about the same at every position, and lengths
are geometric.

    python contest.py trl|ours JSON      a side: prints one JSON object a step, waits for a line before each
"""

import argparse
import functools
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

SIDES = ("trl", "ours")
SIZES = {"2.4M": {"hidden": 192, "layers": 5, "heads": 6}, "25M": {"hidden": 512, "layers": 8, "heads": 8}}
NUM_PROMPTS = 256


@dataclass(frozen=True, kw_only=True, slots=True)
class Contest:
    """One comparison: `group` answers to each of `prompts` prompts a step, of at most `limit` tokens.

    A side could take one step more than `steps`: ours saves after its last, which is therefore never asked for.
    """

    folder: str
    """Model, tokenizer, and the folders of the sides."""
    steps: int
    prompts: int = 4
    group: int = 8
    limit: int = 96
    beta: float = 0.0
    updates: int = 1
    """Optimiser steps that share the answers of a step."""
    lr: float = 1e-6
    seed: int = 0


def stop_probability(mean: float, limit: int) -> float:
    """The chance of an end at each token with which answers cut at `limit` have that mean length, by bisection."""
    low, high = 1e-9, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        if (1 - (1 - middle) ** limit) / middle > mean:
            low = middle
        else:
            high = middle
    return high


def make_folder(folder: Path, size: str, *, stop: float | None) -> int:
    """A model from scratch that ends an answer with probability `stop` at each token (None leaves the head alone); its number of parameters."""
    import torch

    from prorl_trainer.tiny import make_model, make_tokenizer

    rng = random.Random(0)
    words = ["".join(rng.choices("aeiounrstlm", k=rng.randint(2, 7))) for _ in range(2000)]
    tokenizer = make_tokenizer([" ".join(words), "0123456789"], vocab_size=512, folder=folder)
    model = make_model(tokenizer, **SIZES[size], folder=folder)
    vocab = len(tokenizer)
    if stop is not None:
        from transformers import Qwen2Config, Qwen2ForCausalLM

        # Untied, so that the head's row is its own.
        settings = {**model.config.to_dict(), "tie_word_embeddings": False}
        torch.manual_seed(0)
        untied = Qwen2ForCausalLM(Qwen2Config(**settings))
        untied.generation_config = model.generation_config
        model = untied
        _fix_stop(model, tokenizer.eos_token_id, vocab, stop)
        model.save_pretrained(str(folder))
    return sum(p.numel() for p in model.parameters())


def _fix_stop(model: Any, eos: int, vocab: int, stop: float) -> None:
    import torch

    with torch.no_grad():
        model.model.embed_tokens.weight[:, 0] = 1.0
        for layer in model.model.layers:
            for out in (layer.self_attn.o_proj, layer.mlp.down_proj):
                out.weight[0] = 0.0  # nothing is added to the constant channel
        head = model.lm_head.weight
        head[:, 0] = 0.0
        head[eos] = 0.0
        ids = torch.randint(5, vocab, (8, 64), generator=torch.Generator().manual_seed(0))
        hidden = model.eval().model(input_ids=ids, use_cache=False)[0]
        others = model.lm_head(hidden).exp().sum(-1).mean() - 1.0
        head[eos, 0] = math.log(stop / (1 - stop)) + float(others.log()) if stop > 0 else -60.0
        head[eos, 0] /= hidden[..., 0].mean()


@functools.cache
def questions() -> list[str]:
    """Prompts of 12 to 36 digits."""
    rng = random.Random(1)
    return ["".join(rng.choices("0123456789", k=rng.randint(12, 36))) for _ in range(NUM_PROMPTS)]


def share_of_digits(text: str) -> float:
    """The reward."""
    return sum(c in "0123456789" for c in text) / max(1, len(text))


class Turns:
    """A side's end of the pipe: `done` hands over a step's figures and waits for the next turn."""

    def __init__(self) -> None:
        self._out = os.fdopen(os.dup(1), "w")
        os.dup2(2, 1)  # whatever else is printed is not a figure
        self._from = 0.0

    def wait(self) -> None:
        """Until it is this side's turn."""
        if not sys.stdin.readline():
            os._exit(0)
        self._from = cpu_s()

    def done(self, **figures: float) -> None:
        """The end of a step."""
        self._out.write(json.dumps({"cpu_s": cpu_s() - self._from, **figures}) + "\n")
        self._out.flush()
        self.wait()


def cpu_s() -> float:
    """CPU seconds of this process and of the living processes that it has started."""
    total = time.process_time()
    for task in Path("/proc/self/task").iterdir():
        for child in (task / "children").read_text().split():
            try:
                fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
            except FileNotFoundError:
                continue
            total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total


def run_trl(contest: Contest, turns: Turns) -> None:
    """TRL's GRPOTrainer, in its fastest setting for a CPU: generation by transformers with its cache, no checkpointing of activations, no logging."""
    import datasets
    from transformers import TrainerCallback
    from trl import GRPOConfig, GRPOTrainer

    seen: list[tuple[int, float]] = []

    def reward(completions: list[Any], completion_ids: list[list[int]], **_: Any) -> list[float]:
        scores = [share_of_digits(c[0]["content"]) for c in completions]
        seen.append((sum(map(len, completion_ids)), sum(scores) / len(scores)))
        return scores

    class Steps(TrainerCallback):
        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
            if state.global_step % contest.updates == 0:
                tokens, score = seen[-1]
                turns.done(tokens=tokens, reward=score)

    settings = GRPOConfig(
        output_dir=str(Path(contest.folder) / "trl"),
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to=[],
        save_strategy="no",
        logging_strategy="no",
        disable_tqdm=True,
        loss_type="dapo",
        beta=contest.beta,
        use_bias_correction_kl=False,
        epsilon=0.2,
        epsilon_high=0.28,
        temperature=1.0,
        max_completion_length=contest.limit,
        num_generations=contest.group,
        per_device_train_batch_size=contest.prompts * contest.group // contest.updates,
        steps_per_generation=contest.updates,
        num_iterations=1,
        max_steps=(contest.steps + 1) * contest.updates,
        learning_rate=contest.lr,
        lr_scheduler_type="constant",
        weight_decay=0.0,
        max_grad_norm=1.0,
        seed=contest.seed,
    )
    rows = datasets.Dataset.from_dict({"prompt": [[{"role": "user", "content": q}] for q in questions()]})
    from prorl_trainer.policy import load_model, load_tokenizer

    trainer = GRPOTrainer(
        model=load_model(contest.folder, device="cpu"),
        reward_funcs=reward,
        args=settings,
        train_dataset=rows,
        processing_class=load_tokenizer(contest.folder),
        callbacks=[Steps()],
    )
    turns.wait()
    trainer.train()


def run_ours(contest: Contest, turns: Turns, *, env: str = "contest/digits-v0") -> None:
    """`prorl train` on an environment of those prompts, or on another."""
    import torch

    import prorl_gym as pg
    from prorl_gym.plugins import add_plugin
    from prorl_gym.registry import registry
    from prorl_trainer.config import TrainConfig
    from prorl_trainer.loop import train

    torch.set_num_threads(1)
    if "contest/digits-v0" not in registry().envs:
        add_plugin(f"{Path(__file__).with_name('digits.py')}:Digits")
    config = pg.config.load(
        TrainConfig,
        data={
            "out": str(Path(contest.folder) / "ours"),
            "steps": contest.steps + 1,
            "seed": contest.seed,
            "model": {"path": contest.folder, "device": "cpu"},
            "mix": [{"env": env, "style": "terse"}],
            "rollout": {"prompts_per_step": contest.prompts, "group_size": contest.group, "max_new_tokens": contest.limit, "temperature": 1.0},
            "algorithm": {"beta": contest.beta, "updates_per_step": contest.updates, "dynamic_sampling": False},
            "optimizer": {"lr": contest.lr, "weight_decay": 0.0},
            "validation": {"every": 0},
            "checkpoint": {"every": 0},
        },
    )
    turns.wait()
    train(config, overwrite=True, on_step=lambda step, metrics: turns.done(tokens=metrics["tokens"], reward=metrics["reward"]))


class Side:
    """A side's process, seen from the script that measures it."""

    def __init__(self, name: str, contest: Contest) -> None:
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
        self._log = (Path(contest.folder) / f"{name}.log").open("w")
        self._process = subprocess.Popen(
            [sys.executable, __file__, name, json.dumps(asdict(contest))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=os.environ | threads,
        )

    def step(self) -> dict[str, float]:
        """The figures of its next step."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            sys.exit(f"a side ended early; the last lines of {self._log.name}:\n" + "\n".join(Path(self._log.name).read_text().splitlines()[-15:]))
        return json.loads(line)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin
        self._process.stdin.close()
        self._process.kill()
        self._process.wait()
        self._log.close()


def in_turn(contest: Contest) -> dict[str, list[dict[str, float]]]:
    """The figures of every step of both sides, a step of one and a step of the other in turn."""
    sides = {name: Side(name, contest) for name in SIDES}
    try:
        figures: dict[str, list[dict[str, float]]] = {name: [] for name in SIDES}
        for _ in range(contest.steps):
            for name, side in sides.items():
                figures[name].append(side.step())
        return figures
    finally:
        for side in sides.values():
            side.close()


def main() -> None:
    """Be a side."""
    parser = argparse.ArgumentParser()
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("contest")
    args = parser.parse_args()
    sides: dict[str, Callable[[Contest, Turns], None]] = {"trl": run_trl, "ours": run_ours}
    sides[args.side](Contest(**json.loads(args.contest)), Turns())


if __name__ == "__main__":
    main()
