"""What a run is made of, from its configuration: the policy, its frozen reference, the optimiser, the folder.

Made here and put together by `loop`. A resumed run makes the same things from its newest checkpoint.
"""

from pathlib import Path
from typing import Any

import torch

from prorl_gym.config import load as load_config
from prorl_gym.errors import RunError
from prorl_gym.registry import registry
from prorl_gym.runs import Run
from prorl_trainer import lora
from prorl_trainer.config import EntropyConfig, OptimizerConfig, TrainConfig
from prorl_trainer.engines import Engine
from prorl_trainer.entropy import AdaptiveCoefficient, EntropyBand
from prorl_trainer.frozen import Frozen, FrozenCopy
from prorl_trainer.parallel import Onlooker, World
from prorl_trainer.policy import load_model
from prorl_trainer.sharded import shard

FREE = ("steps", "checkpoint", "validation", "sinks", "verifier_workers", "deadlines", "out")
"""Keys that a resumed run may change: they do not change what it trains."""


def policy(config: TrainConfig, saved: Path | None, world: World) -> Any:
    """The model to train, whole, of a checkpoint or as the configuration names it."""
    settings, device = config.model, world.device or config.model.device
    if settings.lora is None:
        return load_model(str(saved / "model") if saved else settings.path, device=device, dtype=settings.dtype)
    model = lora.adapted(load_model(settings.path, device=device, dtype=settings.dtype), settings.lora, base=settings.path)
    if saved:
        lora.load_policy_state(model, lora.saved_policy_state(saved / "model", load_model))
    return model


def reference(config: TrainConfig, model: Any, world: World) -> Frozen | None:
    """A frozen copy of the policy, which is whole, as it is now; None where nothing is measured against one."""
    if not config.algorithm.beta:
        return None
    if config.model.lora:
        return lora.FrozenAdapter(model)
    return FrozenCopy(model, offload=config.model.offload_reference, prepare=lambda copied: shard(copied, world))


def optimizer(config: OptimizerConfig, model: Any) -> torch.optim.Optimizer:
    """AdamW over what is trained, without history."""
    trained = [p for p in model.parameters() if p.requires_grad]
    return torch.optim.AdamW(trained, lr=config.lr, betas=config.betas, weight_decay=config.weight_decay, fused=True)


def entropy_watch(config: EntropyConfig) -> tuple[EntropyBand | None, AdaptiveCoefficient | None]:
    """The band that entropy is watched to stay in, and what steers the coefficient of its bonus; None where it is not asked for."""
    band = EntropyBand(low=config.low or 0.0, high=config.high or float("inf")) if config.low or config.high else None
    if config.target is None:
        return band, None
    return band, AdaptiveCoefficient(initial=config.bonus, target=config.target, maximum=max(config.maximum, config.bonus))


def engine(config: TrainConfig, model: Any, world: World) -> Engine:
    """What samples from the policy, which is whole still. Raises UnknownNameError."""
    rollout = config.rollout
    make = registry().load("engine", rollout.engine)
    # Beside an update the engine of this process cannot sample from the very tensors that are being changed, and never from shards.
    own = {"own_weights": True} if (rollout.ahead or world.size > 1) and rollout.engine == "transformers" else {}
    return make(model, **own, **rollout.engine_options)


def run(config: TrainConfig, world: World, *, resume: bool, overwrite: bool) -> Run | Onlooker:
    """The run's folder, new or gone on with, which the first process alone writes."""
    if not world.first:
        return Onlooker(config.out)
    return Run.open(config.out) if resume else Run.create(config.out, config.model_dump(mode="json"), overwrite=overwrite)


def refuse_another_run(config: TrainConfig, *, resume: bool, overwrite: bool) -> None:
    """Raise RunError where the folder holds a run that is not to be overwritten, or, for a resume, one of another configuration."""
    place = config.out / "config.toml"
    if not resume:
        if place.exists() and not overwrite:
            raise RunError(f"{config.out} already holds a run: go on with it (--resume), replace it (--overwrite) or choose another folder (--out)")
        return
    before = load_config(TrainConfig, path=place)
    changed = _changes(before.model_dump(mode="json"), config.model_dump(mode="json"))
    if fixed := [c for c in changed if c.split(".")[0] not in FREE]:
        raise RunError(
            f"the run in {config.out} was made with another configuration: {', '.join(fixed)} differ. "
            f"Resume with its own config.toml, or start another run with --out"
        )


def _changes(old: Any, new: Any, at: str = "") -> list[str]:
    """The dotted keys whose values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [c for k in sorted({*old, *new}) for c in _changes(old.get(k), new.get(k), f"{at}.{k}" if at else str(k))]
    return [] if old == new else [at]
