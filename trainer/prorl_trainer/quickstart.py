"""The whole road on a CPU, without a download: `prorl quickstart`.

    1  generate   solved tasks of five domains and of a separately installed plugin, by the gym alone
    2  model      a tokenizer and a small Qwen2-style model from scratch
    3  warm start supervised on the dataset, until the model solves some tasks sometimes: this is the base
    4  train      ProRL on the mix, with reference resets on the way
    5  evaluate   base and trained model on the test split, the same prompts: pass@1, pass@k, paired intervals
    6  report     summary.json, an HTML page, the table

Every step is what a user would run by hand (`prorl generate`, `sft`, `train`, `eval`, `report`); nothing here is special to the quickstart.
The numbers are whatever comes out.
"""

import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydantic

from prorl_gym.config import Strict, load
from prorl_gym.errors import ConfigError
from prorl_gym.evaluate import EvalConfig, compare, evaluate
from prorl_gym.generate import GenerateConfig, generate
from prorl_gym.mix import Mix, MixEntries, MixEntry, needs
from prorl_gym.report import write_report
from prorl_gym.runs import read_json, read_jsonl, write_json
from prorl_gym.sandbox import open_sandbox


class TinyConfig(Strict):
    """The model that is made from scratch."""

    vocab_size: int = 512
    hidden: int = 128
    layers: int = 4
    heads: int = 4
    max_positions: int = 256


class TestConfig(Strict):
    """How base and trained model are compared."""

    num_tasks: int = pydantic.Field(default=240, ge=1)
    samples: int = pydantic.Field(default=8, ge=1)
    temperature: float = pydantic.Field(default=0.6, ge=0)
    top_p: float = pydantic.Field(default=0.95, gt=0, le=1)


class QuickstartConfig(Strict):
    """A whole quickstart: `mix` is used for the dataset, the training and the test; `sft` and `train` are those commands' own keys."""

    out: Path = Path("runs/quickstart")
    seed: int = 0
    threads: int | None = None
    max_new_tokens: int = 48
    mix: MixEntries
    num_solved: int = pydantic.Field(default=6000, ge=1)
    """Solved tasks to generate for the warm start."""
    tiny: TinyConfig = pydantic.Field(default_factory=TinyConfig)
    sft: dict[str, Any] = pydantic.Field(default_factory=dict)
    train: dict[str, Any] = pydantic.Field(default_factory=dict)
    test: TestConfig = pydantic.Field(default_factory=TestConfig)


def run_quickstart(config: QuickstartConfig) -> dict[str, Any]:
    """Run all steps anew in `config.out` and give the summary that is written there."""
    begun = time.monotonic()
    Mix(config.mix)
    if "sandbox" in needs(config.mix):
        open_sandbox("auto")
    _clear(config.out)
    wall: dict[str, float] = {}

    def timed(name: str, step: Callable[[], Any]) -> Any:
        print(f"── {name}", file=sys.stderr, flush=True)
        at = time.monotonic()
        result = step()
        wall[name] = round(time.monotonic() - at, 1)
        return result

    timed("generate a dataset of solved tasks", lambda: make_dataset(config))
    timed("make a tokenizer and a model", lambda: make_tiny(config))
    timed("warm-start the model", lambda: make_base(config))
    timed("evaluate the base model", lambda: test(config, "base", config.out / "base" / "model"))
    timed("train with ProRL", lambda: make_trained(config))
    timed("evaluate the trained model", lambda: test(config, "trained", config.out / "model"))
    base, trained = read_json(config.out / "eval" / "base.json"), read_json(config.out / "eval" / "trained.json")
    summary: dict[str, Any] = {
        **compare(base, trained),
        "pass@k": {"base": base["mean"]["pass@k"], "trained": trained["mean"]["pass@k"]},
        "resets": sum(e["event"] == "reset" for e in read_jsonl(config.out / "events.jsonl")),
        "wall_s": round(time.monotonic() - begun, 1),
        "wall_by_step_s": wall,
        "config": config.model_dump(mode="json"),
    }
    write_json(config.out / "summary.json", summary)
    write_report(config.out)
    return summary


def _clear(folder: Path) -> None:
    """Remove an earlier quickstart; a folder that holds something else is left alone."""
    if folder.exists() and any(folder.iterdir()):
        if not (folder / "data").exists() and not (folder / "summary.json").exists():
            raise ConfigError(f"{folder} is not empty and holds no quickstart; choose another folder with --out")
        shutil.rmtree(folder)


def make_dataset(config: QuickstartConfig) -> dict[str, Any]:
    """Step 1: solved tasks of the training split."""
    data = {"mix": _plain(config.mix), "num_tasks": config.num_solved, "policy": "gold", "out": str(config.out / "data")}
    summary = generate(load(GenerateConfig, data=data))
    print(f"   {summary['rows']} rows: {summary['data']}", file=sys.stderr)
    return summary


def make_tiny(config: QuickstartConfig) -> None:
    """Step 2: a tokenizer trained on the dataset's texts, and a model with random weights."""
    from prorl_trainer.sft import dataset_texts
    from prorl_trainer.tiny import make_model, make_tokenizer

    tiny = config.tiny
    tokenizer = make_tokenizer(dataset_texts([config.out / "data"]), vocab_size=tiny.vocab_size, folder=config.out / "tiny")
    model = make_model(
        tokenizer,
        hidden=tiny.hidden,
        layers=tiny.layers,
        heads=tiny.heads,
        max_positions=tiny.max_positions,
        folder=config.out / "tiny",
        seed=config.seed,
    )
    print(f"   {sum(p.numel() for p in model.parameters()) / 1e6:.2f} million parameters, {len(tokenizer)} tokens", file=sys.stderr)


def make_base(config: QuickstartConfig) -> None:
    """Step 3: the warm start."""
    from prorl_trainer.screen import screen
    from prorl_trainer.sft import SftConfig, warm_start

    stop = {"max_new_tokens": config.max_new_tokens, **config.sft.get("stop", {}), "mix": _plain(config.mix)}
    data = {
        **config.sft,
        "out": str(config.out / "base"),
        "seed": config.seed,
        "model": {"path": str(config.out / "tiny"), "threads": config.threads},
        "data": [str(config.out / "data")],
        "stop": stop,
    }
    resolved = load(SftConfig, data=_without_none(data))
    with screen("warm start", resolved.steps) as show:
        warm_start(resolved, on_step=show)


def make_trained(config: QuickstartConfig) -> None:
    """Step 4: ProRL. The run's files stand at the top of the quickstart's folder."""
    from prorl_trainer.config import TrainConfig
    from prorl_trainer.loop import train
    from prorl_trainer.screen import screen, stop_on_interrupt

    rollout = {"max_new_tokens": config.max_new_tokens, **config.train.get("rollout", {})}
    data = {
        **config.train,
        "out": str(config.out),
        "seed": config.seed,
        "model": {"path": str(config.out / "base" / "model"), "threads": config.threads},
        # Not again the tasks that the warm start has learnt by heart: their groups have no spread.
        "mix": [{**entry, "start": config.num_solved} for entry in _plain(config.mix)],
        "rollout": rollout,
    }
    resolved = load(TrainConfig, data=_without_none(data))
    with screen("train", resolved.steps) as show, stop_on_interrupt() as stop:
        train(resolved, on_step=show, stop=stop)


def test(config: QuickstartConfig, name: str, model: Path) -> None:
    """Step 5: one model on the test split, as many prompts of each environment whatever its weight in training."""
    from prorl_gym.cli._progress import progress
    from prorl_gym.policy import make_policy

    policy = make_policy(
        "transformers",
        model=str(model),
        temperature=config.test.temperature,
        top_p=config.test.top_p,
        max_new_tokens=config.max_new_tokens,
        batch_size=256,
        seed=config.seed,
    )
    even = [entry.model_copy(update={"weight": 1.0}) for entry in config.mix]
    measured = EvalConfig(mix=even, num_tasks=config.test.num_tasks, samples=config.test.samples, out=config.out / "eval" / name)
    with progress(f"   {name}", unit="rollouts") as show:
        result = evaluate(measured, policy, on_rollout=lambda done, total, _: show(done, total, ""))
    write_json(config.out / "eval" / f"{name}.json", result)


def print_summary(summary: dict[str, Any], out: Path) -> None:
    """The table base against trained, on standard output."""
    print(f"{'domain':12} {'base':>7} {'trained':>8} {'gain':>7}   95% interval of the gain")
    for name, row in [*summary["domains"].items(), ("mean", summary["mean"])]:
        print(f"{name:12} {row['base']:7.3f} {row['trained']:8.3f} {row['gain']:+7.3f}   [{row['low']:+.3f}, {row['high']:+.3f}]")
    curves = summary["pass@k"]
    print("pass@k, mean over domains: " + ", ".join(f"k={k}: {curves['base'][k]:.3f} -> {curves['trained'][k]:.3f}" for k in curves["base"]))
    print(f"{summary['resets']} reference resets, {summary['wall_s']:.0f} s; summary: {out / 'summary.json'}, report: {out / 'report.html'}")


def _plain(mix: list[MixEntry]) -> list[dict[str, Any]]:
    return [entry.model_dump(exclude_none=True) for entry in mix]


def _without_none(value: Any) -> Any:
    return {k: _without_none(v) for k, v in value.items() if v is not None} if isinstance(value, dict) else value
