"""What of a configuration a backend cannot do: every mismatch in one error, with its key, its value and what to do, before anything starts.

The settings of every stage are looked at, not only those that the run begins with.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from prorl_gym.errors import ConfigError
from prorl_gym.registry import env_spec
from prorl_trainer.backends import Capabilities
from prorl_trainer.config import TrainConfig
from prorl_trainer.stages import resolve


class _Choice(NamedTuple):
    key: str
    value: Callable[[TrainConfig], str]
    matters: Callable[[TrainConfig], bool] = lambda config: True


class _Feature(NamedTuple):
    key: str
    value: Callable[[TrainConfig], Any]
    """What the configuration asks for; falsy: nothing."""
    remedy: str


_CHOICES = {
    "losses": _Choice("algorithm.loss", lambda c: c.algorithm.loss),
    "engines": _Choice("rollout.engine", lambda c: c.rollout.engine),
    "kl": _Choice("algorithm.kl", lambda c: c.algorithm.kl, lambda c: c.algorithm.beta > 0),
    "kl_in": _Choice("algorithm.kl_in", lambda c: c.algorithm.kl_in, lambda c: c.algorithm.beta > 0),
    "mismatch": _Choice("algorithm.mismatch", lambda c: c.algorithm.mismatch),
    "truncation": _Choice("shaping.truncation", lambda c: c.shaping.truncation),
}

_NONE: dict[str, str] = dict.fromkeys(("kl", "kl_in"), "it has none, so set algorithm.beta = 0")

_FEATURES = {
    "dynamic_sampling": (_Feature("algorithm.dynamic_sampling", lambda c: c.algorithm.dynamic_sampling, "set it to false"),),
    "adaptive_levels": (_Feature("mix.adaptive", lambda c: [e.env for e in c.mix if e.adaptive], "give each entry a fixed difficulty"),),
    "multi_turn": (_Feature("mix.env", lambda c: [e.env for e in c.mix if env_spec(e.env).turns > 1], "leave out environments of several turns"),),
    "length_shaping": (
        _Feature("shaping.overlong", lambda c: c.shaping.overlong and "set", "leave it out"),
        _Feature("shaping.cosine", lambda c: c.shaping.cosine and "set", "leave it out"),
    ),
    "steered_kl": (_Feature("algorithm.kl_target", lambda c: c.algorithm.kl_target, "leave it out and choose a constant algorithm.beta"),),
    "entropy_control": (
        _Feature("entropy.bonus", lambda c: c.entropy.bonus, "set it to 0"),
        _Feature("entropy.target", lambda c: c.entropy.target, "leave it out"),
        _Feature("entropy.clip_cov", lambda c: c.entropy.clip_cov, "set it to 0"),
    ),
    "lora": (_Feature("model.lora", lambda c: c.model.lora and "set", "train whole weights"),),
    "ahead": (_Feature("rollout.ahead", lambda c: c.rollout.ahead, "set it to false"),),
    "validation": (_Feature("validation.every", lambda c: c.validation.every, "set it to 0 and use `prorl eval` on the export"),),
    "sinks": (_Feature("sinks", lambda c: c.sinks, "leave them out"),),
}
"""Field of `Capabilities` to what it decides over."""


def check(config: TrainConfig, capabilities: Capabilities, *, backend: str) -> None:
    """Raises ConfigError with every setting of `config`, in any of its stages, that the backend cannot do."""
    problems = dict.fromkeys(p for settings in resolve(config) for p in _problems(settings, capabilities))
    if problems:
        listing = "\n".join(f"  {p}" for p in problems)
        raise ConfigError(
            f"the backend {backend!r} cannot run this configuration; change it as said, choose another backend, or leave out --backend:\n{listing}"
        )


def _problems(config: TrainConfig, capabilities: Capabilities) -> Iterator[str]:
    for field, choice in _CHOICES.items():
        known, value = getattr(capabilities, field), choice.value(config)
        if known is not None and choice.matters(config) and value not in known:
            instead = f"choose one of {', '.join(sorted(known))}" if known else _NONE.get(field, "it has none")
            yield f"{choice.key} = {value!r}: {instead}"
    for field, features in _FEATURES.items():
        for feature in features:
            if not getattr(capabilities, field) and (value := feature.value(config)):
                shown = ", ".join(map(str, value)) if isinstance(value, list) else value
                yield f"{feature.key} = {str(shown).lower() if isinstance(value, bool) else shown}: {feature.remedy}"
