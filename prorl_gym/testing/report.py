"""What a check found: one property, all properties of an environment, and measured rates with their intervals. Plain data; `to_json` gives it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any, Literal

Status = Literal["passes", "fails", "not checked"]
MAX_EXAMPLES = 5


def wilson(hits: int, total: int, *, level: float = 0.95) -> tuple[float, float]:
    """Wilson's score interval of a share (Wilson 1927), two-sided; (0, 1) where nothing was counted."""
    if total == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, weight = hits / total, z * z / total
    middle, half = share + weight / 2, z * math.sqrt(share * (1 - share) / total + weight / (4 * total))
    low, high = (middle - half) / (1 + weight), (middle + half) / (1 + weight)
    return (0.0 if hits == 0 else max(0.0, low)), (1.0 if hits == total else min(1.0, high))


@dataclass(frozen=True, kw_only=True, slots=True)
class Rate:
    """How many of how many."""

    hits: int
    total: int

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the share."""
        return wilson(self.hits, self.total)

    def to_json(self) -> dict[str, Any]:
        """Plain data; the rate is None where nothing was counted."""
        low, high = self.interval
        return {"hits": self.hits, "total": self.total, "rate": self.hits / self.total if self.total else None, "low": low, "high": high}

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.hits}/{self.total} [{low:.1%}, {high:.1%}]" if self.total else "none"


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """One completion that showed a fault."""

    task_id: str
    prompt: str
    completion: str
    verdict: Mapping[str, Any]
    what: str = ""
    """Which form or strategy the completion was."""

    def __str__(self) -> str:
        score = "ungradable" if self.verdict["score"] is None else f"score {self.verdict['score']:g}"
        what = f" ({self.what})" if self.what else ""
        return (
            f"task {self.task_id} {clip(self.prompt, 160)!r}: {clip(self.completion, 120)!r}{what} got {score}, {clip(self.verdict['reason'], 160)!r}"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Check:
    """One property and whether it held."""

    name: str
    ok: bool
    detail: str = ""
    """What was counted, or what was seen and what to do about it."""
    examples: tuple[Example, ...] = ()
    allowed: bool = False
    """True where the property did not hold and the caller said that it need not."""

    @property
    def result(self) -> str:
        """ "ok", "FAIL" or "allowed"."""
        return "ok" if self.ok else "allowed" if self.allowed else "FAIL"


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """All checks of one environment, and what was measured on the way."""

    env_id: str
    checks: tuple[Check, ...]
    not_checked: str = ""
    """What was missing, where nothing could be checked."""
    title: str = ""
    levels: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict[str, Any])
    seed: int = 0
    num_tasks: int = 0
    """Different tasks whose verdicts were looked at."""
    rates: Mapping[str, Rate] = field(default_factory=dict[str, Rate])
    """"false_negative" (golds and their equivalents below 1), "false_positive" (well-formed wrong answers at 1), "noise" (empty, garbage, odd,
    hostile texts at 1), and one rate for each kind of probe under the kind's name."""
    outcomes: Mapping[str, Mapping[str, int]] = field(default_factory=dict[str, Mapping[str, int]])
    """Kind of probe to how often it was "full", "partial", "zero", "no_answer", "ungradable"."""
    strategies: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The best constant answer and the best copying rule, with the share of tasks that each solves."""
    slowest: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """The costliest call: "wall_s", "cpu_s" (of the verifier's own process), "peak_mib" on top of the idle worker, "completion"."""
    repeats: Mapping[str, float] = field(default_factory=dict[str, float])
    """Split to the share of its drawn prompts that had been drawn before."""

    @property
    def status(self) -> Status:
        """ "not checked" is never a pass."""
        return "not checked" if self.not_checked else "passes" if all(c.ok or c.allowed for c in self.checks) else "fails"

    @property
    def ok(self) -> bool:
        """True where every check was made and held, or was allowed to fail."""
        return self.status == "passes"

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "env_id": self.env_id,
            "ok": self.ok,
            "status": self.status,
            "not_checked": self.not_checked,
            "title": self.title,
            "levels": self.levels,
            "settings": dict(self.settings),
            "seed": self.seed,
            "num_tasks": self.num_tasks,
            "checks": [_check_json(c) for c in self.checks],
            "rates": {name: rate.to_json() for name, rate in self.rates.items()},
            "outcomes": {kind: dict(counts) for kind, counts in self.outcomes.items()},
            "strategies": dict(self.strategies),
            "slowest": dict(self.slowest),
            "repeats": dict(self.repeats),
        }

    def __str__(self) -> str:
        if self.not_checked:
            return f"{self.env_id}\n  not checked: {self.not_checked}"
        return "\n".join([self.env_id, *(f"  {c.result:<4} {c.name}{': ' + c.detail if c.detail else ''}" for c in self.checks)])


def _check_json(check: Check) -> dict[str, Any]:
    examples = [
        {"task_id": e.task_id, "prompt": e.prompt, "completion": clip(e.completion, 2000), "verdict": dict(e.verdict), "what": e.what}
        for e in check.examples
    ]
    return {"name": check.name, "ok": check.ok, "result": check.result, "detail": check.detail, "examples": examples}


def clip(text: str, most: int) -> str:
    """The text, its middle left out where it is longer than `most` characters."""
    return text if len(text) <= most else f"{text[: most - most // 3]} ... {text[-(most // 3) :]}"
