"""Chained launches: resets and stages for any backend. Each launch starts from the last one's export, which is its policy and its reference.

That is a hard reset with a fresh optimiser, and it needs nothing of the backend but that it trains a model and writes one. It can happen at a
step that is known beforehand only: after `reset.interval` steps, or `reset.max_interval`, or at a stage's own step. What a chain cannot
carry over (the optimiser, a best policy, an adapter) is refused by name; what it merely begins anew is said in the plan's notes.

Every launch has a configuration of its own: the settings of its stage, its share of the steps, schedules moved to its own step 0, and the
streams of the mix past the prompts that the launches before it may have used.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from prorl_gym.errors import ConfigError
from prorl_trainer.config import TrainConfig
from prorl_trainer.reference import ResetConfig
from prorl_trainer.stages import due, resolve


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """One launch of a chain, before a backend renders it."""

    name: str
    title: str
    begin: int
    """The steps trained before it."""
    config: TrainConfig
    """Its own configuration, but for `model.path`, which is the export of the link before."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Part:
    """A stretch of steps under one stage's settings."""

    title: str
    begin: int
    end: int
    settings: TrainConfig


def chain(config: TrainConfig) -> tuple[list[Link], list[str]]:
    """The links of `config` and what to tell of them. Raises ConfigError with all that a chain cannot do."""
    parts = list(_parts(config))
    problems = [*dict.fromkeys(_problems(parts))]
    begun = {p.title for p in parts}
    problems += [f"the stage {s.name!r} never begins within {config.steps} steps: {_LATER}" for s in config.stages if s.name not in begun]
    if problems:
        raise ConfigError("this configuration cannot be launched stage by stage:\n" + "\n".join(f"  {p}" for p in problems))
    links, prompts = [], 0
    for number, part in enumerate(parts, 1):
        name = f"stage-{number}"
        links.append(Link(name=name, title=part.title, begin=part.begin, config=_own(part, out_name=name, prompts=prompts)))
        prompts += (part.end - part.begin) * _most_prompts(part.settings)
    return links, _notes(config, parts)


_LATER = "raise steps, lower reset.interval or reset.max_interval, or let it begin with on = 'step', at = N, reset = true"


def _parts(config: TrainConfig) -> Iterator[_Part]:
    """The run cut where a reset or a stage begins."""
    settings, current, begin, title = resolve(config), 0, 0, "the file's own settings"
    for step in range(1, config.steps):
        every = _interval(settings[current])
        did_reset = every is not None and step - begin >= every
        following = due(config.stages, current, step=step, did_reset=did_reset)
        if following is None and not did_reset:
            continue
        if following and not did_reset and not following.reset:
            raise ConfigError(
                f"the stage {following.name!r} begins after step {step} without a reset, but every launch of a chain begins with one: "
                "set reset = true"
            )
        yield _Part(title=title, begin=begin, end=step, settings=settings[current])
        begin, current = step, current + (following is not None)
        title = following.name if following else f"reset after step {step}"
    yield _Part(title=title, begin=begin, end=config.steps, settings=settings[current])


def _interval(config: TrainConfig) -> int | None:
    known = [n for n in (config.reset.interval, config.reset.max_interval) if n is not None]
    return min(known, default=None)


def _problems(parts: list[_Part]) -> Iterator[str]:
    for part in parts:
        reset, cosine = part.settings.reset, part.settings.shaping.cosine
        if (signals := _signals(reset)) and _interval(part.settings) is None:
            yield f"reset.{signals[0]} is a reading within a run, which a chain does not hear: set reset.interval or reset.max_interval"
        if cosine and cosine.off_steps and part.begin > cosine.start and (part.begin - cosine.start) % (cosine.on_steps + cosine.off_steps):
            yield (
                f"shaping.cosine is on for {cosine.on_steps} steps and off for {cosine.off_steps}, and a launch begins within that cycle, after step "
                f"{part.begin}: let stages and resets fall on the cycle's beginnings"
            )
    if len(parts) < 2:
        return
    for part in parts:
        reset = part.settings.reset
        if reset.optimizer == "keep":
            yield "reset.optimizer = 'keep': an export holds no optimiser, so every launch begins with a fresh one; set it to 'reinit'"
        if reset.target == "best" or reset.policy == "rollback":
            yield "reset.target = 'best' and reset.policy = 'rollback' look back into a run, and a launch has only the last export: leave them out"
        if reset.average:
            yield "reset.average mixes the old reference with the policy, and a launch has only the policy: set it to 0"
        if part.settings.model.lora:
            yield "model.lora: the export of a launch is an adapter, which the next cannot begin from; train whole weights"


def _signals(reset: ResetConfig) -> list[str]:
    names = ("kl_threshold", "stall_patience", "drop", "entropy_low", "entropy_high")
    return [name for name in names if getattr(reset, name) is not None]


def _notes(config: TrainConfig, parts: list[_Part]) -> list[str]:
    notes = [
        f"reset.{name} is not heard: launches end after a number of steps that is known beforehand"
        for name in dict.fromkeys(s for p in parts for s in _signals(p.settings.reset))
    ]
    if len(parts) > 1:
        anew = [
            ("the levels of adaptive entries", any(e.adaptive for e in config.mix)),
            ("the steered algorithm.beta", config.algorithm.kl_target is not None),
            ("the steered entropy bonus", config.entropy.target is not None),
        ]
        notes += [f"{what} begin anew with every launch" for what, there in anew if there]
    return notes


def _most_prompts(config: TrainConfig) -> int:
    """Prompts that a step draws at most."""
    return math.ceil(config.rollout.prompts_per_step * (config.algorithm.refill if config.algorithm.dynamic_sampling else 1))


def _own(part: _Part, *, out_name: str, prompts: int) -> TrainConfig:
    """The part's settings as a configuration that stands alone."""
    data = part.settings.model_dump(exclude={"stages", "profile", "reset"})
    data |= {"out": part.settings.out / out_name, "steps": part.end - part.begin}
    for entry in data["mix"]:
        entry["start"] += prompts
        if isinstance(entry["weight"], list):
            entry["weight"] = [(step - part.begin, weight) for step, weight in entry["weight"]]
    if cosine := data["shaping"]["cosine"]:
        cosine["start"] = max(0, cosine["start"] - part.begin)
    return TrainConfig.model_validate(data)
