"""Evaluation: pass@k with the unbiased estimator, scores, truncation and length, each with a bootstrap interval over prompts.

Protocol: ProRL (arXiv 2505.24864), evaluation section: several samples a prompt at temperature 0.6 and top_p 0.95, pass@k by the estimator of
Chen et al. 2021 (arXiv 2107.03374), equation 1. A completion passes where its score is 1; the mean score stands beside it.

The reward is that of one mode of extraction, strict by default; the same completions are graded under the other mode too (see `modes`), and both
results stand under "modes": what tolerant extraction finds and strict does not is form, not substance.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pydantic

from prorl_gym.config import Strict
from prorl_gym.mix import Mix, MixEntries
from prorl_gym.modes import OTHER, OtherMode
from prorl_gym.policy import Policy
from prorl_gym.pool import VerifierPool
from prorl_gym.rollout import Play, play
from prorl_gym.runs import JsonlWriter
from prorl_gym.types import Rollout
from prorl_gym.verifier import MODES, Mode

PASS = 1.0 - 1e-9


class EvalConfig(Strict):
    """What is evaluated."""

    mix: MixEntries
    num_tasks: int = pydantic.Field(default=100, ge=1)
    """Prompts in all, dealt by the mix's weights."""
    samples: int = pydantic.Field(default=16, ge=1)
    split: Literal["train", "validation", "test"] = "test"
    mode: Literal["strict", "tolerant"] = "strict"
    """The mode of extraction that decides the reward."""
    both_modes: bool = True
    """Grade the same completions under the other mode too."""
    sandbox: str = "auto"
    workers: int | None = None
    policy: str = "gold"
    policy_options: dict[str, Any] = pydantic.Field(default_factory=dict)
    ks: list[int] | None = None
    """Which k; default: the powers of two up to `samples`."""
    out: Path | None = None


def pass_at_k(n: int, c: int, k: int) -> float:
    """The unbiased estimate 1 - C(n-c, k) / C(n, k) for `c` passes among `n` samples, as a product that does not overflow.

    Chen et al. 2021, equation 1. Raises ValueError where k > n, for which no unbiased estimate exists.
    """
    if not 0 <= c <= n or not 1 <= k <= n:
        raise ValueError(f"pass@k needs 0 <= c <= n and 1 <= k <= n; got n={n}, c={c}, k={k}")
    if n - c < k:
        return 1.0
    return 1.0 - math.prod((n - c - i) / (n - i) for i in range(k))


def bootstrap(values: Sequence[float] | np.ndarray, *, seed: int = 0, resamples: int = 2000, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of the mean of `values` (one a prompt), by resampling prompts; (nan, nan) without values."""
    array = np.asarray(values, dtype=np.float64)
    if array.size == 0:
        return math.nan, math.nan
    rng = np.random.default_rng(seed)
    means = np.empty(resamples)
    for start in range(0, resamples, 256):  # bounded memory for long inputs
        stop = min(resamples, start + 256)
        means[start:stop] = array[rng.integers(0, array.size, (stop - start, array.size))].mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def evaluate(
    config: EvalConfig, policy: Policy, *, pool: VerifierPool | None = None, on_rollout: Callable[[int, int, Rollout], None] | None = None
) -> dict[str, Any]:
    """Play every prompt `samples` times and summarise; rollouts go to `out/rollouts/eval.jsonl` where `out` is set."""
    writer = JsonlWriter(config.out / "rollouts" / "eval.jsonl") if config.out else None
    own = VerifierPool(workers=config.workers) if pool is None else None
    grading = own or pool
    assert grading is not None
    total = config.num_tasks * config.samples
    other = OtherMode(config.mode, pool=grading, sandbox=config.sandbox)
    rollouts: list[Rollout] = []
    try:
        for number, rollout in enumerate(play(plays(config), policy, pool=grading, window=total), 1):
            if writer:
                writer.write(rollout.to_json())
            rollouts.append(rollout)
            if config.both_modes:
                other.add(rollout)
            if on_rollout:
                on_rollout(number, total, rollout)
        regraded = list(other.rollouts())
    finally:
        if own:
            own.close()
        if writer:
            writer.close()
    ks = config.ks or [2**i for i in range(int(math.log2(config.samples)) + 1)]
    summary = summarise(rollouts, ks=ks)
    return in_both_modes(summary, summarise(regraded, ks=ks), mode=config.mode) if config.both_modes else summary


def in_both_modes(played: Mapping[str, Any], other: Mapping[str, Any], *, mode: Mode) -> dict[str, Any]:
    """The summary `played`, each of its rows with "modes": pass@1, interval, pass@k and score under "strict" and under "tolerant"."""

    def row(one: Mapping[str, Any], two: Mapping[str, Any]) -> dict[str, Any]:
        measured = {mode: one, OTHER[mode]: two}
        return {**one, "modes": {name: {key: measured[name][key] for key in _BY_MODE} for name in MODES}}

    rows = {part: {name: row(found, other[part][name]) for name, found in played[part].items()} for part in ("domains", "envs")}
    return {**played, "mode": mode, "mean": row(played["mean"], other["mean"]), **rows}


_BY_MODE = ("pass@1", "low", "high", "pass@k", "score")


def plays(config: EvalConfig) -> Iterator[Play]:
    """What an evaluation plays: each prompt `samples` times in a row."""
    for drawn in Mix(config.mix, split=config.split).draw(0, config.num_tasks):
        for sample in range(config.samples):
            yield Play(
                task=drawn.task, group_id=f"{drawn.entry}:{drawn.index}", sample=sample, env_kwargs={"mode": config.mode, "sandbox": config.sandbox}
            )


def summarise(rollouts: Iterable[Rollout], *, ks: Sequence[int]) -> dict[str, Any]:
    """Counts and rates per domain, per environment and as the mean over domains.

    Gives {"mean", "domains": {name}, "envs": {id}}, each with pass@k, intervals, mean score, truncated share, mean tokens, and "prompts" with
    the share of passes of each prompt, from which two evaluations of the same prompts can be compared.
    """
    prompts: dict[str, list[Rollout]] = {}
    for rollout in rollouts:
        prompts.setdefault(rollout.group_id, []).append(rollout)
    by_domain: dict[str, dict[str, list[Rollout]]] = {}
    by_env: dict[str, dict[str, list[Rollout]]] = {}
    for group, members in prompts.items():
        env_id = members[0].task.env_id
        by_domain.setdefault(env_id.partition("/")[0], {})[group] = members
        by_env.setdefault(env_id, {})[group] = members
    domains = {name: _summary(groups, ks) for name, groups in sorted(by_domain.items())}
    return {
        "mean": mean_over(domains, ks),
        "domains": domains,
        "envs": {name: _summary(groups, ks) for name, groups in sorted(by_env.items())},
    }


def _summary(groups: Mapping[str, list[Rollout]], ks: Sequence[int]) -> dict[str, Any]:
    counted = {g: [r for r in members if not math.isnan(r.reward)] for g, members in groups.items()}
    passes = {g: sum(r.reward >= PASS for r in members) for g, members in counted.items()}
    everyone = [r for members in groups.values() for r in members]
    graded = [r for members in counted.values() for r in members]
    rates = {g: passes[g] / len(members) for g, members in counted.items() if members}
    low, high = bootstrap(list(rates.values()))
    tokens = [r.num_tokens for r in everyone if r.num_tokens is not None]
    return {
        "pass@1": float(np.mean(list(rates.values()))) if rates else math.nan,
        "low": low,
        "high": high,
        "pass@k": {
            str(k): float(np.mean([pass_at_k(len(m), passes[g], k) for g, m in counted.items() if len(m) >= k]))
            for k in ks
            if any(len(m) >= k for m in counted.values())
        },
        "score": float(np.mean([r.reward for r in graded])) if graded else math.nan,
        "no_answer": sum(r.verdict.outcome == "no_answer" for r in everyone) / len(everyone),
        "ungradable": 1 - len(graded) / len(everyone),
        "truncated": sum(r.completion.truncated for r in everyone) / len(everyone),
        "tokens": float(np.mean(tokens)) if tokens else None,
        "num_prompts": len(groups),
        "samples": max(len(m) for m in groups.values()),
        "prompts": rates,
    }


def mean_over(domains: Mapping[str, Mapping[str, Any]], ks: Sequence[int]) -> dict[str, Any]:
    """The unweighted mean over domains, its interval by resampling prompts within each domain."""
    rates = [np.asarray(list(d["prompts"].values())) for d in domains.values() if d["prompts"]]
    low, high = stratified(rates)
    return {
        "pass@1": float(np.mean([r.mean() for r in rates])) if rates else math.nan,
        "low": low,
        "high": high,
        "pass@k": {
            str(k): float(np.mean([d["pass@k"][str(k)] for d in domains.values() if str(k) in d["pass@k"]]))
            for k in ks
            if any(str(k) in d["pass@k"] for d in domains.values())
        },
        "score": float(np.mean([d["score"] for d in domains.values()])),
    }


def stratified(groups: Sequence[np.ndarray], *, seed: int = 0, resamples: int = 2000, level: float = 0.95) -> tuple[float, float]:
    """Interval of the mean of the groups' means, resampling within each group (prompts within a domain)."""
    rng = np.random.default_rng(seed)
    kept = [g for g in groups if g.size]
    if not kept:
        return math.nan, math.nan
    means = np.mean([g[rng.integers(0, g.size, (resamples, g.size))].mean(axis=1) for g in kept], axis=0)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def compare(base: Mapping[str, Any], trained: Mapping[str, Any]) -> dict[str, Any]:
    """Base against trained on the same prompts: gains in pass@1 with paired bootstrap intervals.

    Gives {"mean": {"base", "trained", "gain", "low", "high"}, "domains": {name: the same}}; `low` and `high` bound the gain at 95%. Where both were
    graded in both modes, each also has "tolerant": {"base", "trained"}, pass@1 with tolerant extraction over all prompts.
    A domain without a prompt that both graded is left out. Raises ValueError where that leaves none.
    """
    domains: dict[str, dict[str, Any]] = {}
    gains: list[np.ndarray] = []
    for name, after in trained["domains"].items():
        before = base["domains"].get(name, {"prompts": {}})["prompts"]
        shared = [g for g in after["prompts"] if g in before]
        if not shared:
            continue
        gain = np.asarray([after["prompts"][g] - before[g] for g in shared])
        low, high = bootstrap(gain)
        start = float(np.mean([before[g] for g in shared]))
        found = {"base": start, "trained": start + float(gain.mean()), "gain": float(gain.mean()), "low": low, "high": high}
        domains[name] = {**found, **_tolerant(base["domains"][name], after)}
        gains.append(gain)
    if not gains:
        raise ValueError(f"the two evaluations share no prompt: {sorted(base['domains'])} against {sorted(trained['domains'])}")
    low, high = stratified(gains)
    mean = {key: float(np.mean([d[key] for d in domains.values()])) for key in ("base", "trained", "gain")}
    return {"mean": {**mean, "low": low, "high": high, **_tolerant(base["mean"], trained["mean"])}, "domains": domains}


def _tolerant(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, dict[str, float]]:
    if "modes" not in before or "modes" not in after:
        return {}
    return {"tolerant": {name: row["modes"]["tolerant"]["pass@1"] for name, row in (("base", before), ("trained", after))}}
