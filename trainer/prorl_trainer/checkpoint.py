"""Checkpoints that are whole or not there, and hold all that a continuation to the same numbers needs.

    checkpoints/step-000100/
        model/            weights, config and tokenizer as an ordinary Hugging Face folder; with LoRA a peft one: the adapter instead of the weights
        reference.pt      the frozen reference's weights, where one is kept (a resumed run must not rebuild it from the base model)
        trainer.pt        optimiser, random states, groups carried over, step, mix, reset controller, entropy watch, counters

Written in a folder aside, flushed to disk, renamed; a folder without its final name is never read. What can be recomputed from the
seed and the step (sampling, order) holds no state of its own.
"""

import os
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import torch

from prorl_gym.errors import RunError
from prorl_trainer import lora
from prorl_trainer.policy import no_progress_bars


def save(folder: Path, *, step: int, model: Any, tokenizer: Any, reference: Any | None, state: dict[str, Any], keep: int, pinned: set[int]) -> Path:
    """Save a checkpoint of `step` below `folder`; then drop all but the newest `keep` and the `pinned` steps."""
    final = folder / f"step-{step:06d}"
    aside = folder / f".{final.name}.{os.getpid()}.part"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(parents=True)
    save_model(model, tokenizer, aside / "model")
    if reference is not None:
        torch.save(reference.state_dict(), aside / "reference.pt")
    torch.save({**state, "step": step, "random": random_states()}, aside / "trainer.pt")
    for path in sorted(aside.rglob("*")):
        _flush(path)
    _flush(aside)
    if final.exists():
        shutil.rmtree(final)
    aside.rename(final)
    _flush(folder)
    saved = checkpoints(folder)
    for old in saved[:-keep]:
        if step_of(old) not in pinned:
            shutil.rmtree(old, ignore_errors=True)
    return final


def save_model(model: Any, tokenizer: Any, folder: Path) -> None:
    """Save model and tokenizer as a Hugging Face folder, or as a peft one where only an adapter was trained."""
    with no_progress_bars():
        if lora.is_adapted(model):
            lora.save_adapter(model, folder)
        else:
            model.save_pretrained(str(folder))
        tokenizer.save_pretrained(str(folder))


def _flush(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def checkpoints(folder: Path) -> list[Path]:
    """The complete checkpoints, oldest first."""
    return sorted(p for p in folder.glob("step-*") if (p / "trainer.pt").is_file()) if folder.is_dir() else []


def step_of(path: Path) -> int:
    """The step of a checkpoint folder."""
    return int(path.name.removeprefix("step-"))


def newest(folder: Path) -> Path:
    """The newest complete checkpoint. Raises RunError where there is none."""
    found = checkpoints(folder)
    if not found:
        raise RunError(f"{folder} holds no complete checkpoint; start the run anew (--overwrite)")
    return found[-1]


def load(path: Path, *, reference: Any | None) -> dict[str, Any]:
    """The saved trainer state; loads the reference's weights and sets the random states. The policy is loaded from `path / "model"`."""
    if reference is not None:
        reference.load_state_dict(torch.load(path / "reference.pt", weights_only=True))
    state: dict[str, Any] = torch.load(path / "trainer.pt", weights_only=False)
    set_random_states(state["random"])
    return state


def random_states() -> dict[str, Any]:
    """The states of the three global generators, and of the GPU's."""
    states = {"python": random.getstate(), "numpy": np.random.get_state(), "torch": torch.get_rng_state()}
    return {**states, "cuda": torch.cuda.get_rng_state_all()} if torch.cuda.is_available() else states


def set_random_states(states: dict[str, Any]) -> None:
    """Restore `random_states`."""
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(states["cuda"])
