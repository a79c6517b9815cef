"""The verifiers: CPU time an item beside math-verify on the same pairs, the pool that runs them, hostile answers, what importing each domain costs.

Every checker runs in processes of its own, with time-outs off, on the pairs of `math_pairs.tsv` (our own making): gold and answer in a box
each, so that both read the same. An item's time is the least over the processes: what a busy machine adds is never negative. In each process it is
graded once, cold, after a warm-up on other pairs, so that no cache of either helps. The targets are printed with what was reached.
"""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bench_pool import MATH, graded, hanging, throughput
from bench_startup import measure
from measure import arguments, median, show

from prorl_gym import Task
from prorl_gym.pool import GradeRequest

PAIRS = Path(__file__).with_name("math_pairs.tsv")
CHECKERS = ("ours", "math-verify")
WARM_UP = (
    ("12", "12.0"),
    ("\\frac{5}{6}", "5/6"),
    ("x+y", "y+x"),
    ("\\sqrt{5}", "5^{1/2}"),
    ("(8,9)", "(8,9.0)"),
    ("\\sin 3", "\\cos 3"),
    ("[0,8]", "x<8"),
)
TRIVIAL = tuple((f"{n}", f"{n}") for n in range(100, 140)) + tuple((f"{n}/7", f"\\frac{{{n}}}{{7}}") for n in range(100, 120, 3))
HOSTILE = (
    "9^{9^{9^{9}}}",
    "(" * 3000,
    "10000000!",
    "\\binom{10^9}{5}",
    "1+" * 9000,
    "\\sqrt{" * 500,
    "((x+1)^{99})^{99}",
    "\\frac{1}{0}",
    "{9**9}**9",
)
DOMAINS = {"math": "math", "code": "code", "stem": "stem", "instruct": "instruct", "logic": "logic/spell_backward-v0"}


def pairs() -> list[tuple[str, str, str, bool]]:
    """(class, gold, answer, whether it is right) of every pair."""
    out: list[tuple[str, str, str, bool]] = []
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
        kind, gold, *answers = line.split("\t")
        out.extend((kind, gold, answer[1:], answer[0] == "+") for answer in answers)
    return out


# One checker, in a process of its own


def ours() -> Callable[[str, str], bool]:
    """Our verifier on an extracted answer."""
    from prorl_env_math.verifier import MathVerifier

    verifier = MathVerifier()
    return lambda gold, answer: verifier.check(Task(env_id="math", prompt=(), answer=gold), answer, sandbox=None).score == 1


def math_verify() -> Callable[[str, str], bool]:
    """math-verify on the same two texts, boxed, time-outs off."""
    import logging

    from math_verify import parse, verify

    logging.disable(logging.WARNING)

    def check(gold: str, answer: str) -> bool:
        golds, answers = parse(f"\\boxed{{{gold}}}", parsing_timeout=0), parse(f"\\boxed{{{answer}}}", parsing_timeout=0)
        return bool(verify(golds, answers, timeout_seconds=0))

    return check


def run_alone(checker: str) -> None:
    """Grade everything once and print the CPU microseconds and verdicts as JSON."""
    check = {"ours": ours, "math-verify": math_verify}[checker]()
    for gold, answer in WARM_UP:
        check(gold, answer)
    out = []
    for gold, answer in [*TRIVIAL, *((g, a) for _, g, a, _ in pairs())]:
        begun = time.process_time_ns()
        verdict = check(gold, answer)
        out.append(((time.process_time_ns() - begun) / 1000, verdict))
    print(json.dumps(out))


def measured(checker: str, runs: int) -> list[tuple[float, bool]]:
    """(CPU microseconds, verdict) of the trivial pairs and of all others, each the least over the processes."""
    results: list[list[Any]] = []
    for _ in range(runs):
        done = subprocess.run([sys.executable, __file__, "--alone", checker], check=True, capture_output=True, text=True)
        results.append(json.loads(done.stdout))
    return [(min(run[i][0] for run in results), results[0][i][1]) for i in range(len(results[0]))]


# Tables


def side_by_side(runs: int) -> dict[str, list[dict[str, Any]]]:
    """The summary, the targets, and one row a class."""
    cases, found = pairs(), {name: measured(name, runs) for name in CHECKERS}
    trivial = {name: [t for t, _ in rows[: len(TRIVIAL)]] for name, rows in found.items()}
    rest = {name: rows[len(TRIVIAL) :] for name, rows in found.items()}
    summary = [_summary(name, trivial[name], rest[name], cases) for name in CHECKERS]
    one, two = summary
    targets = [
        _target("median under 1 ms", one["median us"], one["median us"] < 1000),
        _target(
            "median at most a quarter of math-verify's", f"{one['median us'] / two['median us']:.3f} of it", one["median us"] * 4 <= two["median us"]
        ),
        _target("mean below math-verify's", f"{one['mean us'] / two['mean us']:.3f} of it", one["mean us"] < two["mean us"]),
        _target("p99 below math-verify's", f"{one['p99 us'] / two['p99 us']:.3f} of it", one["p99 us"] < two["p99 us"]),
        _target("trivial matches under 50 us", one["trivial us, worst"], one["trivial us, worst"] < 50),
    ]
    classes = [_class_row(kind, [i for i, case in enumerate(cases) if case[0] == kind], rest, cases) for kind in dict.fromkeys(c[0] for c in cases)]
    return {f"{len(cases)} pairs, CPU time an item": summary, "targets": targets, "by class": classes}


def _summary(name: str, trivial: Sequence[float], rows: Sequence[tuple[float, bool]], cases: Sequence[Any]) -> dict[str, Any]:
    times = sorted(t for t, _ in rows)
    right = [verdict for (_, verdict), case in zip(rows, cases, strict=True) if case[3]]
    wrong = [verdict for (_, verdict), case in zip(rows, cases, strict=True) if not case[3]]
    return {
        "checker": name,
        "median us": round(median(times), 1),
        "mean us": round(sum(times) / len(times), 1),
        "p99 us": round(times[int(len(times) * 0.99)], 1),
        "max us": round(times[-1], 1),
        "trivial us, median": round(median(trivial), 1),
        "trivial us, worst": round(max(trivial), 1),
        "right accepted": f"{sum(right)} of {len(right)}",
        "wrong accepted": f"{sum(wrong)} of {len(wrong)}",
    }


def _class_row(kind: str, places: Sequence[int], rest: dict[str, list[tuple[float, bool]]], cases: Sequence[Any]) -> dict[str, Any]:
    row: dict[str, Any] = {"class": kind, "pairs": len(places)}
    for name in CHECKERS:
        row[f"{name}, median us"] = round(median(rest[name][i][0] for i in places), 1)
        row[f"{name}, as labelled"] = sum(rest[name][i][1] == cases[i][3] for i in places)
    return row


def _target(name: str, reached: Any, met: bool) -> dict[str, Any]:
    return {"target": name, "reached": reached, "met": "yes" if met else "NO"}


def pair_request(i: int) -> GradeRequest:
    """One of the pairs."""
    _, gold, answer, _ = _ALL[i % len(_ALL)]
    return GradeRequest(ref=MATH, task=Task(env_id="math", prompt=(), answer=gold), extracted=answer)


def hostile_request(i: int) -> GradeRequest:
    """One of the pairs, and every hundredth a text that hangs checkers without limits."""
    if i % 100:
        return pair_request(i)
    return GradeRequest(ref=MATH, task=Task(env_id="math", prompt=(), answer="3"), extracted=HOSTILE[i // 100 % len(HOSTILE)])


_ALL = pairs()


def pooled(count: int) -> dict[str, list[dict[str, Any]]]:
    """The pool's rates, and what 1% of hanging or hostile items costs."""
    rows = throughput(count)
    number = count // 4
    (single, *one), (plain, *two), (mixed, *three) = (
        graded(make, number, workers=workers) for make, workers in ((pair_request, 1), (pair_request, 2), (hostile_request, 2))
    )
    rates = [
        {"batch": "pairs of all classes, 1 worker", **_rate(number, single, one)},
        {"batch": "pairs of all classes, 2 workers", **_rate(number, plain, two), "rate, 2 of 1": round(single / plain, 2)},
        {"batch": "the same, 1% hostile texts", **_rate(number, mixed, three), "more CPU": f"{sum(three) / sum(two) - 1:.0%}"},
    ]
    return {"pool": rows, "pool, math": rates, "pool, 1% of items hang, deadline 1 s": hanging(max(100, count // 20))}


def _rate(number: int, wall: float, cpu: Sequence[float]) -> dict[str, Any]:
    spent = sum(cpu)
    return {"items/s": round(number / wall), "cpu_us": round(spent / number * 1e6, 1), "cores busy": round(spent / wall, 2)}


def imports(runs: int) -> list[dict[str, Any]]:
    """What the verifier of each domain costs to import, over `import prorl_gym`, and what one grading brings along."""
    base = measure("import prorl_gym", runs)
    rows = [{"domain": "none: import prorl_gym", "cpu_s more": 0.0, "heavy": base["heavy"]}]
    for domain, name in DOMAINS.items():
        code = f"from prorl_gym.registry import load_verifier, verifier_ref; load_verifier(verifier_ref({name!r}))"
        found = measure(code, runs)
        rows.append({"domain": domain, "cpu_s more": round(found["cpu_s"] - base["cpu_s"], 3), "heavy": found["heavy"]})
    return rows


def main() -> None:
    """Print the tables."""
    parser = arguments(__doc__)
    parser.add_argument("--alone", choices=CHECKERS, help="grade with one checker and print its times; what the processes of a run do")
    parser.add_argument("--runs", type=int, default=5, help="processes a checker, and a domain's import")
    parser.add_argument("--count", type=int, default=20_000, help="items of the pool's measurements")
    options = parser.parse_args()
    if options.alone:
        run_alone(options.alone)
        return
    results = side_by_side(options.runs)
    results |= pooled(options.count)
    results["import of each domain's verifier"] = imports(options.runs)
    show(results, as_json=options.json)


if __name__ == "__main__":
    main()
