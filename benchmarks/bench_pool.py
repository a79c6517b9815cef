"""The pool of killable workers: gradings a second, CPU time an item, what hanging verifiers cost their neighbours, one worker against two.

CPU time is that of the whole: the caller, the supervisors and the graders, less a run of the same pool with the warm-up alone. The rate is
by wall time and counts from a warm pool.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import arguments, cpu_s, show

from prorl_gym import Task
from prorl_gym.pool import GradeRequest, VerifierPool

MATH = "prorl_env_math.verifier:MathVerifier"
ISOLATED = "trivial:Isolated"
DEADLINE_S = 1.0
SLEEPS_EVERY = 100


def math_request(i: int) -> GradeRequest:
    """A sum, answered rightly two times of three."""
    task = Task(env_id="math/arithmetic-v0", prompt=(), answer=str(i))
    return GradeRequest(ref=MATH, task=task, completion=f"So the sum is \\boxed{{{i if i % 3 else i + 1}}}.")


def work_request(i: int) -> GradeRequest:
    """About a millisecond of computing."""
    return GradeRequest(ref=ISOLATED, task=Task(env_id=str(i), prompt=(), answer="work"), completion="work")


def trivial_request(i: int) -> GradeRequest:
    """Equality of two short texts."""
    return GradeRequest(ref=ISOLATED, task=Task(env_id=str(i), prompt=(), answer="yes"), completion="yes")


def sleepy_request(i: int) -> GradeRequest:
    """The same, but every so often one whose grading never ends."""
    return GradeRequest(ref=ISOLATED, task=Task(env_id=str(i), prompt=(), answer="yes"), completion="yes" if (i + 1) % SLEEPS_EVERY else "sleep")


def graded(make: Any, count: int, *, workers: int) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds of the caller, CPU seconds of the workers, for `count` gradings after a warm-up."""

    def run(number: int) -> tuple[float, float, float]:
        own, others = cpu_s(), cpu_s(resource.RUSAGE_CHILDREN)
        with VerifierPool(workers=workers) as pool:
            _drain(pool.map(make(i) for i in range(64 * workers)))
            begun = time.monotonic()
            _drain(pool.map(make(i) for i in range(number)))
            spent = time.monotonic() - begun
        return spent, cpu_s() - own, cpu_s(resource.RUSAGE_CHILDREN) - others

    _, own, others = run(0)
    wall, own_all, others_all = run(count)
    return wall, own_all - own, others_all - others


def _drain(results: Iterator[Any]) -> None:
    for _ in results:
        pass


def throughput(count: int) -> list[dict[str, Any]]:
    """Rate and CPU time an item, for one worker and for two."""
    rows = []
    for name, make, number in (("math, trivial", math_request, count), ("1 ms of computing", work_request, max(1, count // 10))):
        for workers in (1, 2):
            wall, own, others = graded(make, number, workers=workers)
            rows.append(
                {
                    "verifier": name,
                    "workers": workers,
                    "items": number,
                    "items/s": round(number / wall),
                    "cpu_us caller": round(own / number * 1e6, 1),
                    "cpu_us workers": round(others / number * 1e6, 1),
                    "cores busy": round((own + others) / wall, 2),
                }
            )
        rows[-1]["rate, 2 of 1"] = round(rows[-1]["items/s"] / rows[-2]["items/s"], 2)
        rows[-1]["cpu, 2 of 1"] = round(_cpu(rows[-1]) / _cpu(rows[-2]), 2)
    return rows


def _cpu(row: dict[str, Any]) -> float:
    return row["cpu_us caller"] + row["cpu_us workers"]


def command(count: int) -> list[dict[str, Any]]:
    """`prorl verify` from a file to a file, as a process; the CPU time of an empty input is taken off."""
    with tempfile.TemporaryDirectory() as folder:
        source, empty, out = Path(folder, "in.jsonl"), Path(folder, "empty.jsonl"), Path(folder, "out.jsonl")
        with source.open("w") as file:
            for i in range(count):
                row = {"id": i, "env": "math", "answer": str(i), "completion": f"So the sum is \\boxed{{{i if i % 3 else i + 1}}}."}
                file.write(json.dumps(row) + "\n")
        empty.write_text(json.dumps({"id": 0, "env": "math", "answer": "1", "completion": "\\boxed{1}"}) + "\n")
        _, start_cpu = _timed(empty, out)
        wall, spent = _timed(source, out)
        verdicts = [json.loads(line) for line in out.open()]
    in_order = [v["id"] for v in verdicts] == list(range(count))
    right = all(v["score"] == (1.0 if v["id"] % 3 else 0.0) for v in verdicts)
    return [
        {
            "command": "prorl verify FILE --workers 2",
            "lines": count,
            "lines/s, start included": round(count / wall),
            "cpu_us each": round((spent - start_cpu) / count * 1e6, 1),
            "in order": in_order,
            "all scores as expected": right,
        }
    ]


def _timed(source: Path, out: Path) -> tuple[float, float]:
    begun, before = time.monotonic(), cpu_s(resource.RUSAGE_CHILDREN)
    code = "from prorl_gym.cli import main; main()"
    subprocess.run([sys.executable, "-c", code, "verify", str(source), "--workers", "2", "--output", str(out)], check=True, stderr=subprocess.DEVNULL)
    return time.monotonic() - begun, cpu_s(resource.RUSAGE_CHILDREN) - before


def hanging(count: int) -> list[dict[str, Any]]:
    """A batch in which one of 100 gradings never ends: each costs its slot two deadlines, and nothing else may be lost."""
    rows = []
    for name, make, ordered in (
        ("none hangs", trivial_request, True),
        ("1 in 100 hangs, in order", sleepy_request, True),
        ("1 in 100 hangs, as they finish", sleepy_request, False),
    ):
        with VerifierPool(workers=2, deadline_s=DEADLINE_S) as pool:
            _drain(pool.map(trivial_request(i) for i in range(128)))
            begun = time.monotonic()
            results = list(pool.map((make(i) for i in range(count)), ordered=ordered))
            wall = time.monotonic() - begun
        asleep = [v for r, v in results if r.completion == "sleep"]
        others = [v for r, v in results if r.completion != "sleep"]
        numbers = [int(r.task.env_id) for r, _ in results]
        unavoidable = len(asleep) * 2 * DEADLINE_S / 2
        rows.append(
            {
                "batch": name,
                "items": count,
                "hanging": len(asleep),
                "wall_s": round(wall, 2),
                "deadlines' share_s": unavoidable,
                "lost beyond them": f"{max(0.0, 1 - unavoidable / wall):.0%}" if asleep else "",
                "in order": numbers == sorted(numbers),
                "neighbours right": f"{sum(v.score == 1.0 for v in others)} of {len(others)}",
                "hanging, 0 by limit": f"{sum(v.score == 0.0 and v.reason.startswith('limit') for v in asleep)} of {len(asleep)}",
            }
        )
    return rows


def one_hangs(count: int) -> list[dict[str, Any]]:
    """How long the neighbours of one hanging item take, all handed over at once, behind it in the queue."""
    rows = []
    for name, first in (("none hangs", 0), ("the first hangs", SLEEPS_EVERY - 1)):
        with VerifierPool(workers=2, deadline_s=DEADLINE_S) as pool:
            _drain(pool.map(trivial_request(i) for i in range(128)))
            begun = time.monotonic()
            hung = pool.submit(sleepy_request(first))
            neighbours = [pool.submit(trivial_request(i)) for i in range(count)]
            right = sum(future.result().score == 1.0 for future in neighbours)
            done = time.monotonic() - begun
            hung.result()
            rows.append(
                {
                    "batch": name,
                    "neighbours": count,
                    "right": right,
                    "neighbours done_s": round(done, 3),
                    "all done_s": round(time.monotonic() - begun, 3),
                }
            )
    return rows


def main() -> None:
    """Print the tables."""
    parser = arguments(__doc__)
    parser.add_argument("--count", type=int, default=40_000, help="items of the throughput measurements")
    options = parser.parse_args()
    results = {
        "throughput": throughput(options.count),
        "prorl verify": command(options.count),
        f"hanging verifiers, deadline {DEADLINE_S:g} s, 2 workers": hanging(max(SLEEPS_EVERY, options.count // 20)),
        "one hanging item": one_hangs(options.count // 20),
    }
    show(results, as_json=options.json)


if __name__ == "__main__":
    main()
