"""The sink: one wandb run for one training run, found again by its folder's name when the training is resumed."""

import hashlib
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import wandb


class WandbSink:
    """Sends each step's metrics to a wandb run. Without a login, set WANDB_MODE=offline; wandb's own errors say what is missing."""

    def __init__(self, folder: Path) -> None:
        config = folder / "config.toml"
        self._run: Any = wandb.init(
            project=os.environ.get("WANDB_PROJECT", "prorl_gym"),
            name=folder.name,
            id=hashlib.blake2b(str(folder.resolve()).encode(), digest_size=6).hexdigest(),
            resume="allow",
            dir=str(folder),
            config=tomllib.loads(config.read_text(encoding="utf-8")) if config.is_file() else {},
        )

    def __call__(self, step: int, metrics: Mapping[str, float]) -> None:
        """One row."""
        self._run.log(dict(metrics), step=step)

    def close(self) -> None:
        """Finish the wandb run."""
        self._run.finish()
