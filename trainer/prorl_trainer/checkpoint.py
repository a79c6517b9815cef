"""Checkpoints that are whole or not there, and hold all that a continuation to the same numbers needs.

    checkpoints/step-000100/
        model/            weights, config and tokenizer as an ordinary Hugging Face folder; with LoRA a peft one: the adapter instead of the weights
        reference.pt      the frozen reference's weights, where one is kept (a resumed run must not rebuild it from the base model)
        shards/           instead of reference.pt and the optimiser in trainer.pt where several processes trained: see `checkpoint_shards`
        trainer.pt        optimiser, random states of each process, groups carried over or collected ahead, step, mix, reset controller, entropy
                          watch, counters, the configuration and hashes of the code

Written in a folder aside, flushed to disk, renamed; a folder without its final name is never read. What can be recomputed from the
seed and the step (sampling, order) holds no state of its own.
"""

import hashlib
import importlib.metadata
import os
import random
import shutil
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from prorl_gym.errors import RunError
from prorl_gym.registry import env_class
from prorl_trainer import checkpoint_shards, lora
from prorl_trainer.parallel import World
from prorl_trainer.policy import no_progress_bars
from prorl_trainer.sharded import placed, whole


def save(
    folder: Path,
    *,
    step: int,
    model: Any,
    tokenizer: Any,
    reference: Any | None,
    optimizer: torch.optim.Optimizer,
    state: dict[str, Any],
    keep: int,
    pinned: Callable[[int], bool],
    world: World,
) -> None:
    """Save a checkpoint of `step` below `folder`; then drop all but the newest `keep` and the steps that are `pinned`."""
    final = folder / f"step-{step:06d}"
    aside = world.from_first(lambda: _new_folder(folder / f".{final.name}.{os.getpid()}.part"))
    save_model(model, tokenizer, aside / "model", world)
    saved_optimizer = optimizer.state_dict()
    if world.size > 1:
        checkpoint_shards.save(aside, optimizer=saved_optimizer.pop("state"), reference=reference.state_dict() if reference else {}, world=world)
    elif reference is not None:
        torch.save(reference.state_dict(), aside / "reference.pt")
    rest = {**state, "optimizer": saved_optimizer, "step": step, "random": world.gather(random_states())}
    if world.first:
        torch.save(rest, aside / "trainer.pt")
        _publish(aside, final)
        for old in checkpoints(folder)[:-keep]:
            if not pinned(step_of(old)):
                shutil.rmtree(old, ignore_errors=True)
    world.wait()


def _new_folder(path: Path) -> Path:
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def _publish(aside: Path, final: Path) -> None:
    """Flush everything to disk and give it its name."""
    for path in sorted(aside.rglob("*")):
        _flush(path)
    _flush(aside)
    if final.exists():
        shutil.rmtree(final)
    aside.rename(final)
    _flush(final.parent)


def save_model(model: Any, tokenizer: Any, folder: Path, world: World | None = None) -> None:
    """Save model and tokenizer as a Hugging Face folder, or as a peft one where only an adapter was trained."""
    weights = None
    if world and world.size > 1:
        weights = {name: value.cpu() for name, value in whole(model, only=lora.changes(model)) if world.first}
        if not world.first:
            return
    with no_progress_bars():
        if lora.is_adapted(model):
            lora.save_adapter(model, folder, weights)
        else:
            model.save_pretrained(str(folder), state_dict=weights)
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


def load(path: Path, *, reference: Any | None, optimizer: torch.optim.Optimizer, world: World) -> dict[str, Any]:
    """The saved trainer state; loads optimiser and reference and sets the random states. The policy is loaded from `path / "model"`.

    The checkpoint may be of another number of processes; their random states are then not restored. What saves that were killed have left beside it
    is removed.
    """
    for unfinished in path.parent.glob(".step-*.part") if world.first else ():
        shutil.rmtree(unfinished, ignore_errors=True)
    state: dict[str, Any] = torch.load(path / "trainer.pt", weights_only=False, map_location="cpu")
    parameters: list[Any] = [p for group in optimizer.param_groups for p in group["params"]]
    own = reference.state_dict() if reference is not None else {}
    if "state" in state["optimizer"]:
        kept = {place: placed(values, dict.fromkeys(values, parameters[place])) for place, values in state["optimizer"]["state"].items()}
        weights = placed(torch.load(path / "reference.pt", weights_only=True), own) if own else {}
    else:
        kept, weights = checkpoint_shards.load(path, parameters=parameters, reference=own, world=world)
    optimizer.load_state_dict({"state": kept, "param_groups": state["optimizer"]["param_groups"]})
    if reference is not None:
        reference.load_state_dict(weights)
    if len(state["random"]) == world.size:
        set_random_states(state["random"][world.rank])
    return state


def random_states() -> dict[str, Any]:
    """The states of the three global generators, and of this process's GPU's."""
    states = {"python": random.getstate(), "numpy": np.random.get_state(), "torch": torch.get_rng_state()}
    return {**states, "cuda": torch.cuda.get_rng_state()} if torch.cuda.is_available() else states


def set_random_states(states: dict[str, Any]) -> None:
    """Restore `random_states`."""
    random.setstate(states["python"])
    np.random.set_state(states["numpy"])
    torch.set_rng_state(states["torch"])
    if "cuda" in states and torch.cuda.is_available():
        torch.cuda.set_rng_state(states["cuda"])


def code_hashes(env_ids: Iterable[str]) -> dict[str, str]:
    """What a run's numbers come from: hashes of the source of core, trainer and environments, versions of torch and transformers."""
    found = {name: importlib.metadata.version(name) for name in ("torch", "transformers")}
    packages = {"prorl_gym", "prorl_trainer", *(env_class(env_id).__module__.partition(".")[0] for env_id in env_ids)}
    for name in sorted(packages):
        if place := getattr(sys.modules[name], "__file__", None):
            found[name] = _source_hash(Path(place))
    return found


def _source_hash(place: Path) -> str:
    files = sorted(place.parent.rglob("*.py")) if place.name == "__init__.py" else [place]
    digest = hashlib.blake2b(digest_size=8)
    for path in files:
        digest.update(f"{path.relative_to(place.parent)}\0".encode() + path.read_bytes())
    return digest.hexdigest()
