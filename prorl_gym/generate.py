"""Datasets: tasks, and graded completions where a policy is given, as one JSONL file and a Parquet copy.

    prorl generate math/arithmetic-v0 --num 1000 --policy noisy --out data/arithmetic
    prorl generate configs/dataset.toml

Rows are written in the order of a plan that follows from the configuration alone, so a resume counts the whole lines on disk and goes on
behind them: nothing is lost or written twice, whatever killed the job, and neither the plan nor the result is ever held in memory.
"""

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pydantic

from prorl_gym.config import Strict, to_toml
from prorl_gym.errors import ConfigError, RunError
from prorl_gym.mix import Mix, MixEntries
from prorl_gym.parquet import to_parquet
from prorl_gym.policy import Policy, make_policy
from prorl_gym.pool import VerifierPool
from prorl_gym.rollout import Play, play
from prorl_gym.runs import JsonlWriter, write_atomically, write_json
from prorl_gym.types import Rollout, Task

BLOCK = 64
"""Tasks drawn from the mix at a time; part of the plan, so part of the format."""


class GenerateConfig(Strict):
    """A dataset to be made."""

    mix: MixEntries
    num_tasks: int = pydantic.Field(default=1000, ge=1)
    samples: int = pydantic.Field(default=1, ge=1)
    """Completions a task."""
    split: Literal["train", "validation", "test"] = "train"
    policy: str | None = None
    """Who answers ("gold", "noisy", "endpoint", "transformers", ...); None writes the tasks alone."""
    policy_options: dict[str, Any] = pydantic.Field(default_factory=dict)
    keep: list[float] | None = None
    """Keep only completions whose score lies in [low, high]; ungradable ones are then left out. None keeps all."""
    mode: Literal["strict", "tolerant"] = "strict"
    sandbox: str = "auto"
    workers: int | None = None
    parquet: bool = True
    out: Path = Path("data")


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a job is: rows done of all planned, how they ended, rows a second since this start."""

    done: int
    total: int
    outcomes: dict[str, int]
    mean_score: float
    rate: float


def generate(config: GenerateConfig, *, on_progress: Callable[[Progress], None] | None = None) -> dict[str, Any]:
    """Make the dataset, going on where an interrupted job stopped; gives the summary that is also written to `summary.json`.

    Raises RunError where the folder holds a dataset of another configuration, ConfigError where the mix or policy cannot be used.
    """
    total = config.num_tasks * (config.samples if config.policy else 1)
    if config.keep and (len(config.keep) != 2 or config.keep[0] > config.keep[1]):
        raise ConfigError(f"keep takes [low, high]; got {config.keep!r}")
    mix = Mix(config.mix, split=config.split)
    policy = make_policy(config.policy, **config.policy_options) if config.policy else None
    _claim(config)
    path = config.out / "data.jsonl"
    begun, started_at = time.monotonic(), 0
    outcomes: Counter[str] = Counter()
    scores, graded = 0.0, 0
    with JsonlWriter(path) as writer:
        started_at = done = _plan_position(path)
        if done >= total:
            on_progress = None
        rows = _rows(config, mix, policy, skip=done)
        for row in rows:
            if row["kept"]:
                writer.write({k: v for k, v in row.items() if k != "kept"})
            else:
                writer.write({"skipped": row["place"], "place": row["place"]})
            done += 1
            outcomes[row.get("outcome") or "task"] += 1
            if row.get("score") is not None:
                scores, graded = scores + row["score"], graded + 1
            if on_progress and (done % 64 == 0 or done == total):
                spent = max(1e-9, time.monotonic() - begun)
                on_progress(
                    Progress(done=done, total=total, outcomes=dict(outcomes), mean_score=scores / max(1, graded), rate=(done - started_at) / spent)
                )
    summary = {
        "rows": done,
        "resumed_at": started_at,
        "written_now": done - started_at,
        "outcomes_now": dict(outcomes),
        "mean_score_now": scores / graded if graded else None,
        "data": str(path),
    }
    if config.parquet and (copy := to_parquet(path)):
        summary["parquet"] = str(copy)
    write_json(config.out / "summary.json", summary)
    return summary


def _claim(config: GenerateConfig) -> None:
    """Write the configuration into the folder, or check that it is the one that made the rows that stand there."""
    text = to_toml(config.model_dump(mode="json", exclude={"out", "workers"}))
    marker, data = config.out / "generate.toml", config.out / "data.jsonl"
    if not data.exists() or not data.stat().st_size:
        write_atomically(marker, text.encode())
    elif not marker.exists():
        raise RunError(f"{config.out} holds data.jsonl but no generate.toml, so it cannot be continued; choose another --out")
    elif marker.read_text(encoding="utf-8") != text:
        raise RunError(f"{config.out} holds a dataset of another configuration ({marker}); choose another --out, or delete that folder")


def _plan_position(path: Path) -> int:
    """How many rows of the plan are on disk: its whole lines."""
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


def _rows(config: GenerateConfig, mix: Mix, policy: Policy | None, *, skip: int) -> Iterator[dict[str, Any]]:
    """The plan's rows from number `skip` on."""
    samples = config.samples if config.policy else 1
    tasks = _tasks(mix, config.num_tasks, skip=skip // samples)
    places = itertools.count(skip)
    if policy is None:
        for task in tasks:
            yield {"place": next(places), **_task_row(task), "kept": True}
        return
    plays = (
        Play(task=task, sample=sample, env_kwargs={"mode": config.mode, "sandbox": config.sandbox}) for task in tasks for sample in range(samples)
    )
    with VerifierPool(workers=config.workers) as pool:
        for rollout in play(itertools.islice(plays, skip % samples, None), policy, pool=pool):
            row = _rollout_row(rollout)
            kept = config.keep is None or (row["score"] is not None and config.keep[0] <= row["score"] <= config.keep[1])
            yield {"place": next(places), **row, "kept": kept}


def _tasks(mix: Mix, count: int, *, skip: int) -> Iterator[Task]:
    """The plan's tasks from number `skip` on; the blocks before are dealt but not drawn."""
    for start in range(0, count, BLOCK):
        size = min(BLOCK, count - start)
        if start + size <= skip:
            mix.pass_over(start, size)
            continue
        for number, drawn in enumerate(mix.draw(start, size), start):
            if number >= skip:
                yield drawn.task


def _task_row(task: Task) -> dict[str, Any]:
    return task.to_json()


def _rollout_row(rollout: Rollout) -> dict[str, Any]:
    verdict, completion = rollout.verdict, rollout.completion
    data = verdict.to_json()
    return {
        **_task_row(rollout.task),
        "completion": completion.text,
        "finish_reason": completion.finish_reason,
        "messages": list(rollout.messages),
        "score": None if data["score"] is None or rollout.reward != rollout.reward else rollout.reward,
        "outcome": data["outcome"],
        "extracted": data["extracted"],
        "reason": data["reason"],
        "parts": data["parts"],
        "sample": rollout.sample,
        "num_turns": len(rollout.turns),
        "num_tokens": rollout.num_tokens,
        "policy": rollout.policy,
    }
