"""Reward shaping by length, after dynamic sampling has filtered on the unshaped reward.

Three pieces, each off by default, applied in this order: a cosine length reward, a linear penalty near the limit, and what becomes of
answers that were cut at the limit. NaN rewards stay NaN.

Shapes: B responses.
"""

import math
from typing import Any, Literal, NamedTuple

import torch
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CosineConfig(_Model):
    """A reward that falls with length along a half cosine (arXiv 2502.03373, section 3; used by ProRL v2, whose constants are unpublished).

    A right answer of no length earns `right_short`, one of `limit` tokens `right_long`; a wrong one `wrong_short` and `wrong_long`; a reward
    between 0 and 1 mixes the two.
    """

    limit: int = Field(gt=0)
    """Tokens at which the cosine ends; longer answers count as this long."""
    right_short: float = 1.0
    right_long: float = 0.5
    wrong_short: float = 0.0
    wrong_long: float = 0.0
    on_steps: int = Field(default=100, gt=0)
    """Steps for which it is on, then `off_steps` for which it is off, in turn (ProRL v2: about 100 and 500). 0 off: always on."""
    off_steps: int = Field(default=500, ge=0)
    start: int = Field(default=0, ge=0)
    """The step at which it is first on."""

    @model_validator(mode="before")
    @classmethod
    def _ends_somewhere(cls, data: Any) -> Any:
        if isinstance(data, dict) and "limit" not in data:
            raise ValueError("the cosine length reward needs a limit, the tokens at which it ends: set limit to at most rollout.max_new_tokens")
        return data

    @model_validator(mode="after")
    def _right_beats_wrong(self) -> "CosineConfig":
        if min(self.right_short, self.right_long) <= max(self.wrong_short, self.wrong_long):
            raise ValueError("a right answer of any length must earn more than a wrong one of any length: raise right_* or lower wrong_*")
        return self

    def is_on(self, step: int) -> bool:
        """Whether the cycle is in its on phase at `step`."""
        return step >= self.start and (step - self.start) % (self.on_steps + self.off_steps) < self.on_steps


class OverlongConfig(_Model):
    """A penalty that grows linearly over the last `buffer` tokens before the limit (DAPO, arXiv 2503.14476, equation 13)."""

    buffer: int = Field(gt=0)
    penalty: float = Field(default=1.0, ge=0.0)
    """Taken off an answer of `limit` tokens or more."""


class ShapingConfig(_Model):
    """All shaping of a run; the default shapes nothing."""

    truncation: Literal["none", "zero", "constant", "mask"] = "none"
    """Answers cut at the limit: reward as it is; scaled by 0 where positive (a negative one stays, or cutting would pay); `truncation_value`;
    or left out (`Shaped.keep_B`)."""
    truncation_value: float = 0.0
    overlong: OverlongConfig | None = None
    cosine: CosineConfig | None = None


class Shaped(NamedTuple):
    """Shaped rewards, and which answers may enter the loss."""

    rewards_B: Tensor
    keep_B: Tensor
    """Bool; False for truncated answers under truncation "mask"."""


def shape_rewards(rewards_B: Tensor, *, lengths_B: Tensor, truncated_B: Tensor, limit: int, step: int, config: ShapingConfig) -> Shaped:
    """Shape `rewards_B` by the number of response tokens and by whether the limit cut the answer.

    `limit` is the response limit at `step` in tokens, `truncated_B` bool.
    """
    shaped_B = rewards_B
    if config.cosine is not None and config.cosine.is_on(step):
        shaped_B = cosine_reward(shaped_B, lengths_B, config.cosine)
    if config.overlong is not None:
        shaped_B = shaped_B - overlong_penalty(lengths_B, limit=limit, config=config.overlong)
    keep_B = torch.ones_like(truncated_B, dtype=torch.bool)
    if config.truncation == "zero":
        shaped_B = torch.where(truncated_B & (shaped_B > 0), 0.0, shaped_B)
    elif config.truncation == "constant":
        shaped_B = torch.where(truncated_B & ~rewards_B.isnan(), config.truncation_value, shaped_B)
    elif config.truncation == "mask":
        keep_B = ~truncated_B
    return Shaped(rewards_B=shaped_B, keep_B=keep_B)


def cosine_reward(rewards_B: Tensor, lengths_B: Tensor, config: CosineConfig) -> Tensor:
    """`rewards_B`, in [0, 1], as a mix of the right and the wrong answer's cosine at each length; shape [B]."""
    turn_B = (1.0 + torch.cos(lengths_B.clamp_max(config.limit) * (math.pi / config.limit))) / 2.0
    right_B = config.right_long + (config.right_short - config.right_long) * turn_B
    wrong_B = config.wrong_long + (config.wrong_short - config.wrong_long) * turn_B
    return rewards_B * right_B + (1.0 - rewards_B) * wrong_B


def overlong_penalty(lengths_B: Tensor, *, limit: int, config: OverlongConfig) -> Tensor:
    """0 up to `limit - buffer` tokens, then linear up to `penalty` at `limit`; never negative; shape [B]."""
    return config.penalty * ((lengths_B - (limit - config.buffer)) / config.buffer).clamp(0.0, 1.0)
