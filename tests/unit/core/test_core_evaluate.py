"""pass@k against counting, intervals against what they promise, and evaluations against their protocol."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym.config import load
from prorl_gym.evaluate import EvalConfig, bootstrap, compare, evaluate, pass_at_k, stratified, summarise
from prorl_gym.policy import make_policy
from prorl_gym.pool import VerifierPool
from prorl_gym.runs import read_jsonl
from prorl_gym.types import Completion, Rollout, Task, Turn, Verdict


@pytest.mark.parametrize(
    ("n", "c", "k", "value"),
    [(256, 2, 32, 0.2348), (256, 2, 64, 0.4382), (256, 2, 128, 0.7510), (256, 2, 256, 1.0), (256, 1, 128, 0.5), (256, 0, 256, 0.0), (10, 3, 1, 0.3)],
)
def test_pass_at_k_gives_the_known_values(n, c, k, value):
    assert pass_at_k(n, c, k) == pytest.approx(value, abs=5e-5)


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_is_the_share_of_all_choices_that_hold_a_pass(case):
    n, c, k = case
    chosen = list(itertools.combinations([i < c for i in range(n)], k))
    assert pass_at_k(n, c, k) == pytest.approx(sum(map(any, chosen)) / len(chosen))


@given(st.integers(1, 4096).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n), st.integers(1, n))))
def test_pass_at_k_is_exact_for_many_samples_and_rises_with_k(case):
    n, c, k = case
    exact = 1 - math.comb(n - c, k) / math.comb(n, k) if n < 1000 else None
    value = pass_at_k(n, c, k)
    assert 0 <= value <= 1
    assert exact is None or value == pytest.approx(exact, abs=1e-9)
    assert pass_at_k(n, c, 1) == pytest.approx(c / n)
    assert k == n or value <= pass_at_k(n, c, k + 1) + 1e-12


@pytest.mark.parametrize(("n", "c", "k"), [(4, 5, 1), (4, -1, 1), (4, 1, 5), (4, 1, 0), (0, 0, 1)])
def test_pass_at_k_without_an_unbiased_estimate_is_refused(n, c, k):
    with pytest.raises(ValueError, match="1 <= k <= n"):
        pass_at_k(n, c, k)


def test_a_bootstrap_interval_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for seed in range(200):
        low, high = bootstrap(rng.random(60) < 0.3, seed=seed, resamples=400)
        covered += low <= 0.3 <= high
    assert 0.88 <= covered / 200 <= 0.99


def test_a_bootstrap_interval_narrows_with_prompts_and_is_the_same_each_time():
    values = np.random.default_rng(2).random(4000)
    wide, narrow = bootstrap(values[:40]), bootstrap(values)
    assert wide == bootstrap(values[:40]) != bootstrap(values[:40], seed=1)
    assert narrow[1] - narrow[0] < (wide[1] - wide[0]) / 5
    assert narrow[0] < values.mean() < narrow[1]
    assert bootstrap([0.5] * 7) == (0.5, 0.5)
    assert all(map(math.isnan, bootstrap([])))


def test_a_stratified_interval_weighs_each_domain_alike():
    few, many = np.array([1.0, 1.0]), np.zeros(1000)
    assert stratified([few, many]) == (0.5, 0.5)
    assert stratified([few, np.array([])]) == (1.0, 1.0)
    assert all(map(math.isnan, stratified([])))


def rollout(env_id, group, reward, *, tokens=4, finish="stop"):
    verdict = Verdict.ungradable("crash") if reward is None else Verdict.no_answer() if reward == "none" else Verdict.graded(reward)
    done = Completion(text="x", num_tokens=tokens, finish_reason=finish)
    turn = Turn(observation="o", completion=done, verdict=verdict, reward=verdict.score)
    return Rollout(task=Task(env_id=env_id, prompt=()), turns=(turn,), messages=(), reward=verdict.score, group_id=group)


def test_a_summary_counts_by_prompt_domain_and_environment():
    made = [rollout("a/x-v0", "1", r) for r in (1.0, 1.0, 0.0, 0.5)]
    made += [rollout("a/y-v0", "2", r, tokens=8) for r in (0.0, "none", 0.0, 0.0)]
    made += [rollout("b/z-v0", "3", r, finish="length") for r in (1.0, 1.0, 1.0, 1.0)]
    summary = summarise(made, ks=[1, 2, 4])
    a, b = summary["domains"]["a"], summary["domains"]["b"]
    assert set(summary["envs"]) == {"a/x-v0", "a/y-v0", "b/z-v0"}
    assert a["prompts"] == {"1": 0.5, "2": 0.0}
    assert (a["pass@1"], b["pass@1"], summary["mean"]["pass@1"]) == (0.25, 1.0, 0.625)
    assert a["pass@k"] == {"1": 0.25, "2": pytest.approx((1 - 1 / 6) / 2), "4": 0.5}
    assert summary["mean"]["pass@k"]["4"] == 0.75
    assert (a["score"], a["no_answer"], a["ungradable"], a["tokens"], a["num_prompts"]) == (2.5 / 8, 1 / 8, 0.0, 6.0, 2)
    assert (a["truncated"], b["truncated"]) == (0.0, 1.0)
    assert a["low"] <= a["pass@1"] <= a["high"]


def test_ungradable_rollouts_count_neither_for_nor_against():
    summary = summarise([rollout("a/x-v0", "1", r) for r in (1.0, None, None, None)], ks=[1, 2])
    [domain] = summary["domains"].values()
    assert (domain["pass@1"], domain["ungradable"], domain["score"]) == (1.0, 0.75, 1.0)
    assert domain["pass@k"] == {"1": 1.0}
    assert summary["mean"]["pass@k"] == {"1": 1.0}


def test_a_summary_of_nothing_gradable_is_not_a_number_and_no_error():
    summary = summarise([rollout("a/x-v0", "1", None, tokens=None)], ks=[1])
    [domain] = summary["domains"].values()
    assert math.isnan(domain["pass@1"])
    assert math.isnan(summary["mean"]["pass@1"])
    assert (domain["ungradable"], domain["tokens"], summary["mean"]["pass@k"]) == (1.0, None, {})


def of(rates, domain="a"):
    """A summary with one prompt for each rate in quarters."""
    made = [rollout(f"{domain}/x-v0", f"{domain}{g}", float(i < 4 * rate)) for g, rate in enumerate(rates) for i in range(4)]
    return summarise(made, ks=[1])


def test_a_comparison_pairs_prompts_so_that_a_steady_gain_is_certain():
    base, trained = of([0.0, 0.25, 0.5, 0.75] * 5), of([0.25, 0.5, 0.75, 1.0] * 5)
    found = compare(base, trained)
    assert found["domains"]["a"] == {"base": 0.375, "trained": 0.625, "gain": 0.25, "low": 0.25, "high": 0.25}
    assert found["mean"] == {"base": 0.375, "trained": 0.625, "gain": 0.25, "low": 0.25, "high": 0.25}
    unpaired = compare(base, of([0.25, 0.5, 0.75, 1.0][::-1] * 5))
    assert unpaired["mean"]["gain"] == 0.25
    assert unpaired["mean"]["low"] < 0.1


def test_a_comparison_takes_the_prompts_that_both_graded():
    base = summarise([rollout("a/x-v0", "1", 0.0), rollout("a/x-v0", "2", None), rollout("b/y-v0", "3", None)], ks=[1])
    trained = summarise([rollout("a/x-v0", "1", 1.0), rollout("a/x-v0", "2", 1.0), rollout("b/y-v0", "3", 1.0)], ks=[1])
    found = compare(base, trained)
    assert set(found["domains"]) == {"a"}
    assert found["mean"]["gain"] == 1.0
    with pytest.raises(ValueError, match="share no prompt"):
        compare(of([1.0], "b"), of([1.0], "a"))


def test_an_evaluation_plays_each_prompt_as_often_as_it_is_told(tmp_path):
    config = load(
        EvalConfig,
        data={"mix": [{"env": "math/arithmetic-v0"}, {"env": "stem/choice-v0"}], "num_tasks": 6, "samples": 4, "out": str(tmp_path)},
    )
    seen = []
    with VerifierPool(workers=1) as pool:
        summary = evaluate(config, make_policy("noisy"), pool=pool, on_rollout=lambda n, total, r: seen.append((n, total)))
        again = evaluate(config.model_copy(update={"out": None}), make_policy("noisy"), pool=pool)
    assert summary == again
    assert seen == [(n, 24) for n in range(1, 25)]
    assert set(summary["domains"]) == {"math", "stem"}
    assert set(summary["mean"]["pass@k"]) == {"1", "2", "4"}
    assert {d["num_prompts"] for d in summary["domains"].values()} == {3}
    assert {d["samples"] for d in summary["domains"].values()} == {4}
    rows = list(read_jsonl(tmp_path / "rollouts" / "eval.jsonl"))
    assert [r["sample"] for r in rows] == [0, 1, 2, 3] * 6
    assert {r["task"]["split"] for r in rows} == {"test"}


def test_gold_passes_everything_and_a_pool_is_started_where_none_is_given():
    config = load(EvalConfig, data={"mix": [{"env": "math/arithmetic-v0"}], "num_tasks": 2, "samples": 3, "ks": [1, 3], "workers": 1})
    summary = evaluate(config, make_policy("gold"))
    assert summary["mean"]["pass@k"] == {"1": 1.0, "3": 1.0}
    assert (summary["mean"]["pass@1"], summary["mean"]["low"], summary["mean"]["high"]) == (1.0, 1.0, 1.0)
