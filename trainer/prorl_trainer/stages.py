"""A run in stages: from some moment on, other settings and other weights in the mix. ProRL came of eight (arXiv 2505.24864, section 3.3).

    [[stages]]
    name = "add instruction following"
    on = "reset"                                    # begins with the next reset that the controller decides on
    weights = { "instruct/constraints-v0" = 1.0 }   # entries of the mix, until now perhaps of weight 0
    [[stages]]
    name = "longer answers"
    on = "step"
    at = 1800
    reset = true                                    # and reset the reference then
    set = { rollout = { max_new_tokens = 16384, group_size = 16 } }

The run begins with the file's own settings; each stage changes what it names, and the changes stay. All stages are resolved and checked before
anything is loaded. Pure logic; the loop applies what comes out.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, cast

import pydantic

from prorl_gym.config import Strict
from prorl_gym.errors import closest

if TYPE_CHECKING:
    from prorl_trainer.config import TrainConfig

SECTIONS = ("rollout", "shaping", "algorithm", "optimizer", "entropy", "reset")
"""What a stage may change; the rest (model, mix, engine, seed ...) is the run's identity."""


class StageConfig(Strict):
    """One stage."""

    name: str
    on: Literal["reset", "step"] = "reset"
    """Begins with the next reset, or after the step `at`."""
    at: int | None = pydantic.Field(default=None, ge=1)
    reset: bool = False
    """With `on = "step"`: reset the reference when it begins."""
    set: dict[str, dict[str, Any]] = pydantic.Field(default_factory=dict)
    """Settings by section, merged into those in force."""
    weights: dict[str, float] = pydantic.Field(default_factory=dict)
    """Env id to its new weight in the mix."""

    @pydantic.model_validator(mode="after")
    def _complete(self) -> "StageConfig":
        if (self.on == "step") != (self.at is not None):
            raise ValueError(
                f"the stage {self.name!r} begins on {self.on!r}: " + ("say after which step: at = N" if self.on == "step" else "leave out at")
            )
        for section in self.set:
            if section not in SECTIONS:
                near = closest(section, SECTIONS, limit=1)
                hint = f" (did you mean {near[0]!r}?)" if near else ""
                raise ValueError(f"the stage {self.name!r} sets {section!r}{hint}; a stage may set {', '.join(SECTIONS)}")
        for key in ("engine", "engine_options", "ahead"):
            if key in self.set.get("rollout", {}):
                raise ValueError(f"the stage {self.name!r} sets rollout.{key}, which stays what it is for a whole run")
        return self


def resolve(config: "TrainConfig") -> list["TrainConfig"]:
    """The settings in force in each stage, the file's own first. Raises ValueError naming the stage that cannot be."""
    out = [config]
    for number, stage in enumerate(config.stages):
        out.append(_next(out[-1], stage))
        earlier = [s.at for s in config.stages[:number] if s.at is not None]
        if stage.at is not None and earlier and stage.at <= max(earlier):
            raise ValueError(f"the stage {stage.name!r} begins after step {stage.at}, not later than a stage before it ({max(earlier)})")
        if stage.at is not None and stage.at >= config.steps:
            raise ValueError(f"the stage {stage.name!r} begins after step {stage.at}, but the run has {config.steps} steps")
        if stage.on == "reset" and not _can_reset(out[-2]):
            raise ValueError(f"the stage {stage.name!r} begins with a reset, but nothing leads to one: set reset.interval or another signal")
    _refuse_too_many(out)
    return out


def _refuse_too_many(settings: Sequence["TrainConfig"]) -> None:
    """Raise ValueError for a stage that waits for a reset which cannot come before the run ends."""
    steps, now, last_reset = settings[0].steps, 0, 0
    for stage, before in zip(settings[0].stages, settings, strict=False):
        if stage.on == "step":
            now = stage.at or 0
            last_reset = now if stage.reset else last_reset
            continue
        now = last_reset = max(now + 1, last_reset + _soonest_reset(before))
        if now >= steps:
            raise ValueError(
                f"the stage {stage.name!r} begins with a reset, and that can come at step {now} at the earliest, but the run has {steps} steps: "
                f"there are more stages than resets. Take more steps, let resets come sooner (reset.interval, reset.min_interval) or use on = 'step'"
            )


def _soonest_reset(config: "TrainConfig") -> int:
    """Steps from one reset to the next at the least: a lower bound over the configured signals."""
    reset, every = config.reset, config.validation.every
    signals = [reset.cooldown + reset.kl_patience] if reset.kl_threshold is not None else []
    signals += [reset.cooldown + 1] if reset.entropy_low is not None or reset.entropy_high is not None else []
    # A period's first validation is what the later ones are held against.
    signals += [reset.stall_patience * every + 1] if reset.stall_patience is not None else []
    signals += [every + 1] if reset.drop is not None else []
    bounds = [max(min(signals), reset.min_interval)] if signals else []
    return min([*bounds, *(n for n in (reset.interval, reset.max_interval) if n is not None)])


def _next(config: "TrainConfig", stage: StageConfig) -> "TrainConfig":
    data: dict[str, Any] = config.model_dump(exclude_unset=True, exclude={"stages"})
    for section, values in stage.set.items():
        data[section] = _merged(data.get(section, {}), values)
    known = [entry.env for entry in config.mix]
    for env, weight in stage.weights.items():
        if env not in known:
            near = closest(env, known, limit=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise ValueError(f"the stage {stage.name!r} weighs {env!r}{hint}, which the mix does not hold: add it there with weight = 0")
        data["mix"] = [{**e, "weight": weight} if e["env"] == env else e for e in data["mix"]]
    try:
        made = type(config).model_validate(data)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"the stage {stage.name!r}: {'.'.join(map(str, first['loc'])) or 'settings'}: {first['msg']}") from error
    if (made.algorithm.beta > 0) != (config.algorithm.beta > 0):
        raise ValueError(f"the stage {stage.name!r} changes algorithm.beta between 0 and more; a run keeps a reference throughout or not at all")
    return made


def _merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    out = dict(base)
    for key, value in over.items():
        nested = isinstance(value, Mapping) and isinstance(out.get(key), Mapping)
        out[key] = _merged(out[key], cast("Mapping[str, Any]", value)) if nested else value
    return out


def _can_reset(config: "TrainConfig") -> bool:
    reset = config.reset
    signals = (reset.interval, reset.max_interval, reset.kl_threshold, reset.stall_patience, reset.drop, reset.entropy_low, reset.entropy_high)
    return any(signal is not None for signal in signals)


def due(stages: Sequence[StageConfig], current: int, *, step: int, did_reset: bool) -> StageConfig | None:
    """The stage that begins after `step`, `current` being the number of stages that have begun; at most one a step."""
    if current >= len(stages):
        return None
    following = stages[current]
    begins = did_reset if following.on == "reset" else following.at is not None and step >= following.at
    return following if begins else None


def table(config: "TrainConfig") -> list[str]:
    """The schedule as aligned lines: each stage, when it begins, what changes with it; then the signals of a reset and the cycle of shaping."""
    rows = [("stage", "begins", "changes"), ("1 the file's own", "step 1", _settings(config))]
    for number, stage in enumerate(config.stages, 2):
        begins = "with the next reset" if stage.on == "reset" else f"after step {stage.at}{', with a reset' if stage.reset else ''}"
        changes = [*_flat(stage.set), *(f"weight of {env} = {weight:g}" for env, weight in stage.weights.items())]
        rows.append((f"{number} {stage.name}", begins, ", ".join(changes) or "nothing but the reset"))
    reset = config.reset
    signals = {
        "every": reset.interval,
        "at the latest after": reset.max_interval,
        "KL above": reset.kl_threshold,
        "validations without a gain": reset.stall_patience,
        "validation drop": reset.drop,
        "entropy below": reset.entropy_low,
        "entropy above": reset.entropy_high,
    }
    heard = ", ".join(f"{name} {value:g}" for name, value in signals.items() if value is not None) or "never"
    apart = f", at least {reset.min_interval} steps apart" if reset.min_interval else ""
    mixed = f"{reset.average:g} reference + {1 - reset.average:g} " if reset.average else ""
    rows.append(("reset", heard + apart, f"reference := {mixed}{reset.target}, policy {reset.policy}, optimiser {reset.optimizer}"))
    if cosine := config.shaping.cosine:
        rows.append(
            ("cosine length reward", f"from step {cosine.start}", f"{cosine.on_steps} steps on, {cosine.off_steps} off, to {cosine.limit} tokens")
        )
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    return [f"{row[0]:<{widths[0]}}  {row[1]:<{widths[1]}}  {row[2]}" for row in rows]


def _settings(config: "TrainConfig") -> str:
    rollout, algorithm = config.rollout, config.algorithm
    idle = [e.env for e in config.mix if e.weight == 0]
    waiting = (
        f", {len(idle)} of {len(config.mix)} entries of the mix at weight 0 ({', '.join(idle)})"
        if idle
        else f", {len(config.mix)} entries in the mix"
    )
    return (
        f"{algorithm.loss}, n = {rollout.group_size}, {rollout.prompts_per_step} prompts, {rollout.max_new_tokens} new tokens, "
        f"truncation {config.shaping.truncation}{waiting}"
    )


def _flat(values: Mapping[str, Any], at: str = "") -> Iterator[str]:
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(cast("Mapping[str, Any]", value), f"{at}{key}.")
        else:
            yield f"{at}{key} = {value}"
