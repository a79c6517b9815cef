"""The reset controller: when the reference policy becomes a snapshot of the policy, and what else happens then.

Late in training the KL term holds the policy back at a reference it has outgrown. ProRL then hard-resets the reference to a snapshot of the
policy and re-initialises the optimiser, when validation stalls or degrades (arXiv 2505.24864, section 2); ProRL v2 resets every 200 to
500 steps, on a KL spike, or on a stall, and keeps the optimiser. Which signals count is configuration; every decision, taken or not,
carries each signal's reading and why it did or did not count.

A reset need not be hard: with `average` = a the reference becomes a times itself plus 1 - a times the target, weight by weight (with LoRA, factor
by factor). With an `interval` that is the moving average of TR-DPO (arXiv 2404.09656; `sync_ref_model` of TRL, whose `ref_model_mixup_alpha` is
1 - a and whose `ref_model_sync_steps` is the interval). After a hard reset to the policy as it then is the KL is exactly 0.

Validation is judged within the current period (since the last reset): a period's first score is what its later ones have to beat, so that a
reset gets a fresh chance.

The controller is pure logic: no tensors, no clock, JSON state.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

if TYPE_CHECKING:
    from torch import Tensor

Target = Literal["current", "best"]
PolicyAction = Literal["keep", "rollback"]
OptimizerAction = Literal["keep", "reinit"]


class ResetConfig(BaseModel):
    """Which signals lead to a reset, and what a reset does. Nothing set: never."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    interval: int | None = Field(default=None, gt=0)
    """Reset every so many steps."""
    min_interval: int = Field(default=0, ge=0)
    """No reset on a signal within so many steps of the last; a signal that has fired waits."""
    max_interval: int | None = Field(default=None, gt=0)
    """Reset after so many steps at the latest, when no signal did."""
    kl_threshold: float | None = Field(default=None, gt=0.0)
    """KL to the reference, nats a token: a signal once it is above this at `kl_patience` steps in a row."""
    kl_patience: int = Field(default=1, gt=0)
    stall_patience: int | None = Field(default=None, gt=0)
    """A signal once so many validations in a row did not beat the period's best by more than `min_delta`."""
    min_delta: float = Field(default=0.0, ge=0.0)
    drop: float | None = Field(default=None, gt=0.0)
    """A signal when a validation lies this much below the period's best, or more."""
    entropy_low: float | None = Field(default=None, ge=0.0)
    """A signal when token entropy is below this."""
    entropy_high: float | None = Field(default=None, gt=0.0)
    """A signal when token entropy is above this."""
    cooldown: int = Field(default=0, ge=0)
    """Steps after a reset whose readings are ignored: they neither fire nor add to a patience."""
    target: Target = "current"
    """What the reference becomes: the policy as it is, or the best validated one."""
    average: float = Field(default=0.0, ge=0.0, lt=1.0)
    """Share of itself that the reference keeps at a reset: 0 is a hard reset, 0.4 with `interval` TR-DPO's soft one."""
    policy: PolicyAction = "keep"
    """Whether the policy stays or goes back to the best validated one."""
    optimizer: OptimizerAction = "keep"
    """ "reinit" is ProRL's choice, "keep" ProRL v2's."""

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for name, value in (("interval", self.interval), ("max_interval", self.max_interval)):
            if value is not None and value < max(self.min_interval, 1):
                raise ValueError(f"{name} ({value}) is shorter than min_interval ({self.min_interval}): lengthen it or lower min_interval")
        if self.entropy_low is not None and self.entropy_high is not None and self.entropy_low >= self.entropy_high:
            raise ValueError(f"entropy_low ({self.entropy_low}) must lie below entropy_high ({self.entropy_high})")
        return self


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """One signal at one step."""

    signal: str
    """"kl", "drop", "stall", "entropy", "interval" or "max_interval"."""
    fired: bool
    """Whether the signal asks for a reset."""
    counted: bool
    """Whether it was heard: it fired and was not held back."""
    reason: str
    """What was read against which limit, and why that did or did not count."""
    value: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """What one step's readings led to."""

    step: int
    reset: bool
    trigger: str | None
    """The signal that decided, None without a reset."""
    readings: tuple[Reading, ...]
    """One for each configured signal, in order of precedence."""
    summary: str

    @property
    def reasons(self) -> dict[str, str]:
        """Each configured signal's reason."""
        return {r.signal: r.reason for r in self.readings}


class ResetController:
    """Watches a run step by step and says when to reset.

        decision = controller.observe(step, kl=kl, validation=score_or_None, entropy=entropy)
        if decision.reset:
            ...                         # swap the reference, and what else the configuration says
            controller.did_reset(step)

    A decision to reset that is not carried out is made again at the next step.
    """

    def __init__(self, config: ResetConfig) -> None:
        self.config = config
        self.last_reset = 0
        """The step of the last reset; 0 before the first."""
        self.num_resets = 0
        self._period_best: float | None = None
        self._stalled = 0
        self._drop = 0.0
        self._kl_high = 0

    def observe(self, step: int, *, kl: float | None = None, validation: float | None = None, entropy: float | None = None) -> Decision:
        """Take in the readings after `step` (None or NaN: not measured) and decide. Steps count from 1, in order."""
        kl, validation, entropy = _measured(kl), _measured(validation), _measured(entropy)
        since = step - self.last_reset
        cooling = self.num_resets > 0 and since <= self.config.cooldown
        signals = self._cooling(since) if cooling else [*self._kl(kl), *self._validation(validation), *self._entropy(entropy)]
        if since < self.config.min_interval:
            why = f"; held back, {since} of at least {self.config.min_interval} steps since the last reset"
            signals = [replace(r, counted=False, reason=r.reason + why) if r.fired else r for r in signals]
        readings = (*signals, *self._intervals(since))
        trigger = next((r for r in readings if r.counted), None)
        held = [r.signal for r in readings if r.fired and not r.counted]
        if trigger is not None:
            summary = f"reset at step {step}, {since} steps after the last: {trigger.reason}"
        elif held:
            summary = f"no reset at step {step}: {', '.join(held)} held back by min_interval {self.config.min_interval}, {since} steps so far"
        else:
            summary = f"no reset at step {step}: {'cooling down' if cooling else 'no signal'}, {since} steps since the last"
        return Decision(step=step, reset=trigger is not None, trigger=trigger.signal if trigger else None, readings=readings, summary=summary)

    def did_reset(self, step: int) -> None:
        """Note that the reset was carried out after `step`: a new period begins."""
        self.last_reset = step
        self.num_resets += 1
        self._period_best = None
        self._stalled = 0
        self._drop = 0.0
        self._kl_high = 0

    def state_dict(self) -> dict[str, Any]:
        """JSON data that `load_state_dict` takes."""
        return {key: getattr(self, key) for key in _STATE}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken. Raises ValueError for the data of something else."""
        if set(state) != set(_STATE):
            raise ValueError(f"a reset controller's state has the keys {sorted(_STATE)}; got {sorted(state)}")
        for key in _STATE:
            setattr(self, key, state[key])

    def _cooling(self, since: int) -> list[Reading]:
        names = [
            n for n, on in (("kl", self.config.kl_threshold), ("drop", self.config.drop), ("stall", self.config.stall_patience)) if on is not None
        ]
        names += ["entropy"] if self.config.entropy_low is not None or self.config.entropy_high is not None else []
        return [_reading(name, False, f"{name} ignored: {since} of {self.config.cooldown} steps of cooldown") for name in names]

    def _kl(self, kl: float | None) -> list[Reading]:
        limit, patience = self.config.kl_threshold, self.config.kl_patience
        if limit is None:
            return []
        if kl is None:
            return [_reading("kl", False, "KL not measured")]
        self._kl_high = self._kl_high + 1 if kl > limit else 0
        text = f"KL {kl:.4g} is above {limit:g}, {self._kl_high} of {patience} in a row" if kl > limit else f"KL {kl:.4g} is within {limit:g}"
        return [_reading("kl", self._kl_high >= patience, text, kl)]

    def _validation(self, score: float | None) -> list[Reading]:
        """Drop and stall. Between validations both stand as the last one left them, so that a held signal is heard later."""
        if score is not None:
            best = self._period_best
            self._drop = 0.0 if best is None else max(0.0, best - score)
            self._stalled = 0 if best is None or score > best + self.config.min_delta else self._stalled + 1
            # A gain within min_delta does not count now, but the gains of several validations add up against the old best.
            self._period_best = score if best is None or self._stalled == 0 else best
        best, suffix = self._period_best, "" if score is not None else " (at the last validation)"
        out: list[Reading] = []
        for signal, limit in (("drop", self.config.drop), ("stall", self.config.stall_patience)):
            if limit is None:
                continue
            if best is None:
                out.append(_reading(signal, False, "no validation yet in this period"))
            elif signal == "drop":
                fired = self._drop >= limit
                text = f"validation is {self._drop:.4g} below the period's best {best:.4g}, {'at least' if fired else 'less than'} {limit:g}"
                out.append(_reading(signal, fired, text + suffix, score))
            else:
                text = f"{self._stalled} of {limit} validations in a row did not beat {best:.4g} by more than {self.config.min_delta:g}"
                out.append(_reading(signal, self._stalled >= limit, text + suffix, score))
        return out

    def _entropy(self, entropy: float | None) -> list[Reading]:
        low, high = self.config.entropy_low, self.config.entropy_high
        if low is None and high is None:
            return []
        if entropy is None:
            return [_reading("entropy", False, "entropy not measured")]
        if low is not None and entropy < low:
            return [_reading("entropy", True, f"entropy {entropy:.4g} is below {low:g}", entropy)]
        if high is not None and entropy > high:
            return [_reading("entropy", True, f"entropy {entropy:.4g} is above {high:g}", entropy)]
        return [_reading("entropy", False, f"entropy {entropy:.4g} is within its band", entropy)]

    def _intervals(self, since: int) -> list[Reading]:
        pairs = (("interval", self.config.interval), ("max_interval", self.config.max_interval))
        return [_reading(name, since >= n, f"{since} of {n} steps of {name}", float(since)) for name, n in pairs if n is not None]


def moved(reference: "Mapping[str, Tensor]", target: "Mapping[str, Tensor]", *, average: float) -> "dict[str, Tensor]":
    """The weights of a reference after a reset: `average` times its own plus the rest of the target's, on the target's devices.

    At 0 they are the target's very bits. The mean is taken in float32 at least, so that bfloat16 does not lose small moves twice.
    """
    if not average:
        return dict(target)
    out: dict[str, Tensor] = {}
    for name, new in target.items():
        old = reference[name].to(new.device)
        out[name] = new if not new.is_floating_point() else old.float().lerp(new.float(), 1.0 - average).to(new.dtype)
    return out


_STATE = ("last_reset", "num_resets", "_period_best", "_stalled", "_drop", "_kl_high")


def _measured(value: float | None) -> float | None:
    """None where there is no reading: a loss of precision or an empty batch must not count as one."""
    return None if value is None or math.isnan(value) else float(value)


def _reading(signal: str, fired: bool, reason: str, value: float | None = None) -> Reading:
    return Reading(signal=signal, fired=fired, counted=fired, reason=reason, value=value)
