"""What a person writes in a training file. One TOML a run, few knobs, derived defaults; `profile` fills in ProRL's own.

    profile = "prorl-v2"        # or "prorl-v1"; a key that the file sets wins over the profile
    steps = 500
    [model]
    path = "models/tiny"
    [[mix]]
    env = "math/arithmetic-v0"

Sources of the profiles' values: ProRL, arXiv 2505.24864, sections 2 and 3; its tech report, arXiv 2507.12507; the ProRL v2 post (August 2025).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

import pydantic

from prorl_gym.config import Strict
from prorl_gym.mix import AdaptiveConfig, MixEntries
from prorl_trainer.loss import LOSSES, Recipe
from prorl_trainer.reference import ResetConfig
from prorl_trainer.shaping import ShapingConfig
from prorl_trainer.stages import StageConfig, resolve

PROFILES: dict[str, dict[str, Any]] = {
    # arXiv 2505.24864: GRPO's advantage, token mean, clip 0.2 / 0.4, KL in the loss (k3, beta 1e-4: 2507.12507), 4 updates a step, reset with a
    # fresh optimiser.
    "prorl-v1": {
        "algorithm": {"loss": "dapo", "clip_low": 0.2, "clip_high": 0.4, "kl": "k3", "beta": 1e-4, "updates_per_step": 4},
        "optimizer": {"lr": 2e-6},
        "rollout": {"temperature": 1.2, "group_size": 16},
        "reset": {"stall_patience": 3, "drop": 0.05, "optimizer": "reinit"},
    },
    # ProRL v2: REINFORCE++-baseline, k2 on the current policy, clip 0.2 / 0.28, reset every 200 to 500 steps or on a KL spike, optimiser kept.
    "prorl-v2": {
        "algorithm": {
            "loss": "reinforce++-baseline",
            "clip_low": 0.2,
            "clip_high": 0.28,
            "kl": "k2",
            "beta": 1e-4,
            "updates_per_step": 1,
            "mismatch": "icepop",
        },
        "optimizer": {"lr": 1e-6},
        "rollout": {"temperature": 1.2, "group_size": 16},
        "reset": {"interval": 500, "min_interval": 200, "kl_threshold": 1.0, "stall_patience": 3, "optimizer": "keep"},
        "shaping": {"truncation": "zero"},
    },
}


class LoraConfig(Strict):
    """Train a low-rank adapter on frozen weights instead of the weights (LoRA, arXiv 2106.09685); see `lora`. Needs the extra `lora`."""

    rank: int = pydantic.Field(default=16, ge=1)
    alpha: int = pydantic.Field(default=32, ge=1)
    """The adapter's change is scaled by alpha / rank."""
    dropout: float = pydantic.Field(default=0.0, ge=0, lt=1)
    """Of the adapter's input in training. Above 0, the KL right after a reset is the dropout's noise and not 0."""
    targets: str | list[str] = "all-linear"
    """"all-linear" is every linear layer but the head; or the names of layers, such as ["q_proj", "v_proj"]."""


class ModelConfig(Strict):
    """The policy to train: any Hugging Face causal model."""

    path: str
    """A local folder or a hub id."""
    device: str = "auto"
    """"auto" takes a GPU where there is one."""
    dtype: Literal["float32", "bfloat16"] = "float32"
    """Of the weights in training; the optimiser's state follows it."""
    threads: int | None = pydantic.Field(default=None, ge=1)
    """CPU threads of torch; default: its own choice."""
    activation_checkpointing: bool = False
    """Compute activations again in the backward pass instead of holding them: less memory, about a third more time."""
    offload_reference: bool = False
    """Keep the reference in the memory of the CPU, but for the moment of each step in which it is scored."""
    lora: LoraConfig | None = None
    """Default: all weights are trained."""

    @pydantic.model_validator(mode="after")
    def _has_a_reference_to_offload(self) -> "ModelConfig":
        if self.lora and self.offload_reference:
            raise ValueError("offload_reference has nothing to off-load with lora: the reference is an adapter on the policy's own model")
        return self


class RolloutConfig(Strict):
    """How the policy is sampled in training."""

    engine: str = "transformers"
    engine_options: dict[str, Any] = pydantic.Field(default_factory=dict)
    prompts_per_step: int = pydantic.Field(default=64, ge=1)
    """Groups that a step trains on, after dynamic sampling."""
    group_size: int = pydantic.Field(default=16, ge=2)
    temperature: float = pydantic.Field(default=1.2, gt=0)
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0
    max_new_tokens: int = pydantic.Field(default=1024, ge=1)
    max_prompt_tokens: int = pydantic.Field(default=4096, ge=1)
    """A prompt that is longer is an alarm and is left out."""
    batch_size: int = pydantic.Field(default=256, ge=1)
    """Answers that the engine generates at a time."""
    ahead: bool = False
    """Generate the groups of the next step while this one's update runs: what is trained on is one update old. See `ahead`."""
    max_staleness: int = pydantic.Field(default=8, ge=0)
    """A group sampled more updates ago than this (carried over, or collected ahead) is dropped and counted instead of trained on."""

    @pydantic.model_validator(mode="after")
    def _samples_the_whole_distribution(self) -> "RolloutConfig":
        for name, off in (("top_p", 1.0), ("top_k", 0), ("min_p", 0.0)):
            if getattr(self, name) != off:
                raise ValueError(
                    f"{name} = {getattr(self, name)} cuts the distribution of answers, and no engine here returns which tokens were cut: "
                    f"the importance ratios would be biased (TRL issue 6789). Leave it at {off}; validation has a top_p of its own"
                )
        return self


class AlgorithmConfig(Strict):
    """The objective."""

    loss: Literal["grpo", "dapo", "dr_grpo", "gspo", "cispo", "reinforce++-baseline"] = "dapo"
    """A named combination of ratio, surrogate, aggregation and advantage; see `loss.LOSSES`."""
    aggregation: Literal["token", "sequence", "constant"] | None = None
    """Default: the loss's own."""
    advantage: Literal["grpo", "mean", "reinforce++-baseline"] | None = None
    """Default: the loss's own."""
    clip_low: float = pydantic.Field(default=0.2, ge=0, lt=1)
    clip_high: float = pydantic.Field(default=0.28, ge=0)
    dual_clip: float | None = pydantic.Field(default=None, gt=1)
    """Bounds the loss of a token with a negative advantage to so many times it."""
    kl: Literal["k1", "k2", "k3", "k3+"] = "k3"
    """The estimator of the KL in the loss."""
    kl_in: Literal["loss", "reward"] = "loss"
    """"reward" takes beta times the sum of k1 over an answer's tokens off its reward instead, after the filter of dynamic sampling."""
    beta: float = pydantic.Field(default=1e-4, ge=0)
    """Coefficient of the KL to the reference; 0 keeps no reference at all."""
    kl_target: float | None = pydantic.Field(default=None, gt=0)
    """Steer beta to this KL, nats a token, instead of keeping it constant."""
    updates_per_step: int = pydantic.Field(default=1, ge=1)
    """Optimiser steps that share the groups of a step among them."""
    epochs: int = pydantic.Field(default=1, ge=1)
    """Passes over the groups of a step."""
    mismatch: Literal["off", "truncate", "icepop", "sequence"] = "off"
    """What to do where the engine's log-probabilities differ from the trainer's."""
    mismatch_low: float = pydantic.Field(default=0.5, ge=0)
    mismatch_high: float = pydantic.Field(default=5.0, gt=0)
    dynamic_sampling: bool = True
    spread_eps: float = pydantic.Field(default=0.01, ge=0)
    """A group whose unshaped rewards spread no more than this carries no signal."""
    refill: float = pydantic.Field(default=4.0, ge=1)
    """At most this many times `prompts_per_step` groups are generated for a step."""
    mode: Literal["strict", "tolerant"] = "strict"

    @property
    def recipe(self) -> Recipe:
        """The loss with the overrides filled in."""
        named = LOSSES[self.loss]
        return replace(named, aggregation=self.aggregation or named.aggregation, advantage=self.advantage or named.advantage)


class OptimizerConfig(Strict):
    """AdamW with a constant rate after a linear warm-up. Clip, betas and decay are unpublished for ProRL: common values."""

    lr: float = pydantic.Field(default=2e-6, gt=0)
    warmup_steps: int = pydantic.Field(default=0, ge=0)
    betas: tuple[float, float] = (0.9, 0.999)
    weight_decay: float = pydantic.Field(default=0.01, ge=0)
    grad_clip: float = pydantic.Field(default=1.0, gt=0)
    skip_above: float | None = pydantic.Field(default=None, gt=0)
    """An update whose gradient norm, before clipping, is above this is skipped, like one that is not finite."""
    max_skips: int = pydantic.Field(default=20, ge=1)
    """So many skipped updates in a row stop the run, at its last checkpoint."""
    token_budget: int | None = pydantic.Field(default=16384, ge=1)
    """Padded tokens in one forward and backward."""


class EntropyConfig(Strict):
    """The entropy watch: a band with an alarm, and an optional bonus."""

    low: float | None = None
    high: float | None = None
    bonus: float = pydantic.Field(default=0.0, ge=0)
    """Coefficient of an entropy bonus in the loss."""
    target: float | None = None
    """Steer the bonus to this entropy instead of keeping it constant."""
    maximum: float = 0.01
    clip_cov: float = pydantic.Field(default=0.0, ge=0, lt=1)
    """Share of tokens that lose their gradient because it would lower entropy most (Clip-Cov, arXiv 2505.22617: 2e-4); 0 is off."""
    clip_cov_low: float = 1.0
    clip_cov_high: float = 5.0


class ValidationConfig(Strict):
    """The score that the reset controller watches. Its tasks come from the validation split, disjoint from training and test."""

    every: int = pydantic.Field(default=50, ge=0)
    """Steps; 0 validates never."""
    num_tasks: int = pydantic.Field(default=128, ge=1)
    samples: int = pydantic.Field(default=4, ge=1)
    temperature: float = pydantic.Field(default=0.6, ge=0)
    top_p: float = pydantic.Field(default=0.95, gt=0, le=1)


class CheckpointConfig(Strict):
    """When to save and what to keep; the best by validation is kept besides."""

    every: int = pydantic.Field(default=50, ge=0)
    """Steps; 0 saves at the end only."""
    keep: int = pydantic.Field(default=2, ge=1)
    """So many of the newest."""
    keep_every: int = pydantic.Field(default=0, ge=0)
    """Keep those of every so many steps for good; 0 keeps none."""


class DeadlineConfig(Strict):
    """Wall seconds that one phase of a step may take before the process writes its stacks and ends, to be resumed; see `watchdog`."""

    collect_s: float = pydantic.Field(default=7200.0, gt=0)
    """Generation and verification of a step's groups; an item's verification has its own deadline of seconds."""
    update_s: float = pydantic.Field(default=7200.0, gt=0)
    sync_s: float = pydantic.Field(default=1800.0, gt=0)
    """Handing the new weights to the engine, the replacement of one that died meanwhile included."""
    validate_s: float = pydantic.Field(default=7200.0, gt=0)
    save_s: float = pydantic.Field(default=1800.0, gt=0)
    record_s: float = pydantic.Field(default=1800.0, gt=0)
    """A reset, and writing a step down: plugins hear of both."""
    step_s: float = pydantic.Field(default=60.0, gt=0)
    """An environment's own part of one step of an episode. Past it that episode is ungradable and counted, and the run goes on."""
    episode_s: float = pydantic.Field(default=3600.0, gt=0)
    """An episode of several turns, and so its group. One that would go on past it is ungradable and counted, and the run goes on."""
    draw_s: float = pydantic.Field(default=600.0, gt=0)
    """Drawing one task. Past it another task takes its place, and the run goes on."""


class TrainConfig(Strict):
    """A whole training run."""

    profile: Literal["prorl-v1", "prorl-v2"] | None = None
    out: Path = Path("runs/train")
    seed: int = 0
    steps: int = pydantic.Field(default=1000, ge=1)
    model: ModelConfig
    mix: MixEntries = pydantic.Field(min_length=1)
    adaptive: AdaptiveConfig = pydantic.Field(default_factory=AdaptiveConfig)
    rollout: RolloutConfig = pydantic.Field(default_factory=RolloutConfig)
    algorithm: AlgorithmConfig = pydantic.Field(default_factory=AlgorithmConfig)
    optimizer: OptimizerConfig = pydantic.Field(default_factory=OptimizerConfig)
    shaping: ShapingConfig = pydantic.Field(default_factory=ShapingConfig)
    entropy: EntropyConfig = pydantic.Field(default_factory=EntropyConfig)
    reset: ResetConfig = pydantic.Field(default_factory=ResetConfig)
    validation: ValidationConfig = pydantic.Field(default_factory=ValidationConfig)
    checkpoint: CheckpointConfig = pydantic.Field(default_factory=CheckpointConfig)
    deadlines: DeadlineConfig = pydantic.Field(default_factory=DeadlineConfig)
    stages: list[StageConfig] = pydantic.Field(default_factory=list)
    """What changes on the way, in order; see `stages`."""
    verifier_workers: int | None = None
    """Graders at a time, of each process; default: the CPUs that it has."""
    sinks: list[str] = pydantic.Field(default_factory=list)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _fill_in_profile(cls, data: Any) -> Any:
        if not isinstance(data, Mapping) or data.get("profile") not in PROFILES:
            return data
        return _merge(PROFILES[data["profile"]], cast("Mapping[str, Any]", data))

    @pydantic.model_validator(mode="after")
    def _fits_together(self) -> "TrainConfig":
        if self.algorithm.updates_per_step > self.rollout.prompts_per_step:
            raise ValueError(
                f"algorithm.updates_per_step is {self.algorithm.updates_per_step}, but a step has only "
                f"{self.rollout.prompts_per_step} groups (rollout.prompts_per_step) to share among them"
            )
        needs_validation = [n for n in ("stall_patience", "drop") if getattr(self.reset, n) is not None]
        if needs_validation and not self.validation.every and self.profile is None:
            raise ValueError(f"reset.{needs_validation[0]} watches the validation score, but validation.every is 0")
        for name, value in (("reset.kl_threshold", self.reset.kl_threshold), ("algorithm.kl_target", self.algorithm.kl_target)):
            if value is not None and not self.algorithm.beta:
                raise ValueError(f"{name} watches the KL to the reference, but algorithm.beta is 0, which keeps no reference")
        if self.model.lora and self.rollout.engine == "vllm":
            raise ValueError("model.lora is not supported with rollout.engine = 'vllm', which samples from whole weights: use 'transformers'")
        if self.rollout.ahead and not self.rollout.max_staleness:
            raise ValueError("rollout.ahead trains on groups that are one update old, but rollout.max_staleness is 0: set it to at least 1")
        if self.rollout.ahead and self.rollout.engine == "vllm" and self.algorithm.mismatch == "off":
            raise ValueError(
                "rollout.ahead with rollout.engine = 'vllm' needs algorithm.mismatch = 'truncate', 'icepop' or 'sequence': "
                "it is what corrects for answers that an older policy sampled"
            )
        if not self.algorithm.mismatch_low < self.algorithm.mismatch_high:
            raise ValueError(f"algorithm.mismatch_low ({self.algorithm.mismatch_low}) must lie below mismatch_high ({self.algorithm.mismatch_high})")
        limit, cosine = self.rollout.max_new_tokens, self.shaping.cosine
        if cosine is not None and cosine.limit > limit:
            raise ValueError(
                f"shaping.cosine.limit is {cosine.limit} tokens, but an answer ends at rollout.max_new_tokens = {limit}: set it to at most that"
            )
        if self.stages:
            resolve(self)
        return self


def _merge(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in over.items():
        old = merged.get(key)
        merged[key] = _merge(old, cast("Mapping[str, Any]", value)) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
