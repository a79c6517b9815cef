"""The KL term against the reference policy: estimates per token, from the tokens that the policy drew.

With d = log pi - log ref at a token drawn from pi:

    k1    d                    unbiased value; as a loss its expected gradient is 0
    k2    d^2 / 2              biased value; its expected gradient is exactly that of KL(pi || ref)
    k3    exp(-d) - 1 + d      unbiased value, never negative; its expected gradient is that of KL(ref || pi), another divergence
    k3+   value of k3, gradient of k2

ProRL puts the term into the loss (arXiv 2505.24864, section 2) with beta 1e-4 and k3 in its technical report (arXiv 2507.12507); ProRL v2
takes k2. All need the current policy's log-probabilities: with those of the rollout there is no gradient. With beta 0, skip this module
and the reference's forward altogether.

Shapes: B responses, T response tokens.
"""

from dataclasses import dataclass
from typing import Any, Literal

from torch import Tensor

from prorl_gym.errors import unknown

Kind = Literal["k1", "k2", "k3", "k3+"]
KINDS = ("k1", "k2", "k3", "k3+")
MAX_LOG_RATIO = 20.0


def estimate(kind: Kind, logp_BT: Tensor, ref_logp_BT: Tensor) -> Tensor:
    """The estimate at each token, in nats; shape [B, T]. Mask it before any sum.

    `ref_logp_BT` never gets a gradient. d is clamped to +-20, so that no value explodes; the gradient of k1 and k2 passes the clamp (it is
    at most 20), or a policy that had run away would no longer be pulled back. Raises UnknownNameError for another kind.
    """
    if kind not in KINDS:
        raise unknown("KL estimator", kind, KINDS)
    raw_BT = logp_BT - ref_logp_BT.detach()
    clamped_BT = raw_BT.clamp(-MAX_LOG_RATIO, MAX_LOG_RATIO)
    if kind == "k3":
        return _k3(clamped_BT)
    passing_BT = raw_BT + (clamped_BT - raw_BT).detach()
    if kind == "k1":
        return passing_BT
    k2_BT = passing_BT.square() / 2
    return k2_BT if kind == "k2" else k2_BT - k2_BT.detach() + _k3(clamped_BT.detach())


@dataclass(slots=True)
class AdaptiveBeta:
    """A coefficient that steers the KL to a target: after each step beta *= 1 + gain * clip(KL / target - 1, -0.2, 0.2).

    The proportional controller of Ziegler et al. (arXiv 1909.08593, section 2.2), whose gain is 0.1. Without a target beta is a constant.
    """

    beta: float
    target: float | None = None
    gain: float = 0.1

    def observe(self, kl: float) -> float:
        """Steer by the KL of the step just taken, nats a token; the new beta. NaN changes nothing."""
        if self.target is not None and kl == kl:
            self.beta *= 1.0 + self.gain * min(max(kl / self.target - 1.0, -0.2), 0.2)
        return self.beta

    def state_dict(self) -> dict[str, Any]:
        """JSON data that `load_state_dict` takes."""
        return {"beta": self.beta}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue where `state_dict` was taken."""
        self.beta = float(state["beta"])


def _k3(d_BT: Tensor) -> Tensor:
    return (-d_BT).expm1() + d_BT
