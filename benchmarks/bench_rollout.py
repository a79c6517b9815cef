"""What the package adds to one rollout, in CPU time, and whether memory stays flat over many.

A rollout goes from the task stream to its line in a JSONL file: task, episode, scripted answer, grading, record, write. The environment
is trivial and its verifier's own time is taken off. Datasets of tasks alone are measured by `prorl_gym.generate`, as `prorl generate` makes them.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import arguments, cpu_s, rss_mib, show
from trivial import BUSY_ID, ENV_ID, ISOLATED_ID, BusySum, Equal, IsolatedSum, Sum

import prorl_gym as pg
from prorl_gym.generate import GenerateConfig, Progress, generate
from prorl_gym.mix import MixEntry
from prorl_gym.policy import Scripted
from prorl_gym.pool import VerifierPool
from prorl_gym.rollout import Play, play
from prorl_gym.runs import JsonlWriter
from prorl_gym.types import Rollout, Task


def tasks(count: int, env_id: str = ENV_ID) -> Iterator[Task]:
    """The first tasks of the stream."""
    env = pg.make(env_id)
    return (env.task_at(i) for i in range(count))


def rollouts(source: Iterator[Task], pool: VerifierPool | None = None) -> Iterator[Rollout]:
    """A scripted rollout of each task."""
    return play((Play(task=task) for task in source), Scripted(), pool=pool)


def overhead(count: int, folder: Path) -> list[dict[str, Any]]:
    """CPU microseconds a rollout, by part: each part is the whole of what stands above it and its own."""
    for _ in rollouts(tasks(200)):
        pass
    begun = cpu_s()
    made = list(tasks(count))
    drawn = cpu_s() - begun
    begun, graded = cpu_s(), Equal.spent_s
    played = list(rollouts(iter(made)))
    play_s, verify_s = cpu_s() - begun, Equal.spent_s - graded
    begun = cpu_s()
    with JsonlWriter(folder / "rollouts.jsonl") as writer:
        for rollout in played:
            writer.write(rollout.to_json())
    written = cpu_s() - begun
    parts = {"task from the stream": drawn, "episode, answer, record": play_s - verify_s, "JSON line written": written}
    rows = [{"part": name, "cpu_us": round(spent / count * 1e6, 1)} for name, spent in parts.items()]
    total = {"part": "one rollout", "cpu_us": round(sum(parts.values()) / count * 1e6, 1)}
    return [*rows, total, {"part": "the verifier, not in the sum", "cpu_us": round(verify_s / count * 1e6, 1)}]


def pooled(count: int, folder: Path) -> list[dict[str, Any]]:
    """The same with the grading in a pool of two workers: CPU of the caller's process, threads and all."""
    rows = []
    for name, env_id in (("trivial", ISOLATED_ID), ("1 ms of computing, 1,024 gradings waiting", BUSY_ID)):
        with VerifierPool(workers=2) as pool, JsonlWriter(folder / "pooled.jsonl") as writer:
            for _ in rollouts(tasks(200, env_id), pool):
                pass
            begun = cpu_s()
            for rollout in rollouts(tasks(count, env_id), pool):
                writer.write(rollout.to_json())
            rows.append({"verifier, in the pool": name, "cpu_us of the caller": round((cpu_s() - begun) / count * 1e6, 1)})
    return rows


def rollout_memory(count: int, folder: Path) -> list[dict[str, Any]]:
    """Resident memory along a stream of rollouts."""
    marks = {count // 10, count // 2, count}
    rows = []
    begun = cpu_s()
    with JsonlWriter(folder / "stream.jsonl") as writer:
        for done, rollout in enumerate(rollouts(tasks(count)), 1):
            writer.write(rollout.to_json())
            if done in marks:
                rows.append({"rollouts": done, "rss_mib": round(rss_mib(), 1), "cpu_us each": round((cpu_s() - begun) / done * 1e6, 1)})
    return rows


def task_memory(count: int, folder: Path) -> list[dict[str, Any]]:
    """Resident memory along a dataset of tasks alone."""
    marks = sorted({count // 100 * share for share in (10, 25, 50, 75, 100)}, reverse=True)
    rows = []
    begun = cpu_s()

    def note(progress: Progress) -> None:
        if marks and progress.done >= marks[-1]:
            marks.pop()
            rows.append({"tasks": progress.done, "rss_mib": round(rss_mib(), 1), "cpu_us each": round((cpu_s() - begun) / progress.done * 1e6, 1)})

    config = GenerateConfig(mix=[MixEntry(env=ENV_ID)], num_tasks=count, parquet=False, out=folder / "tasks")
    generate(config, on_progress=note)
    return rows


PARTS = {"overhead": overhead, "pooled": pooled, "rollout-memory": rollout_memory, "task-memory": task_memory}


def main() -> None:
    """Run each part in an interpreter of its own, so that none sees another's memory."""
    parser = arguments(__doc__)
    parser.add_argument("--million", action="store_true", help="a dataset of 1,000,000 tasks too (minutes)")
    parser.add_argument("--part", nargs=2, metavar=("NAME", "COUNT"), help="one part, in this process; prints JSON")
    options = parser.parse_args()
    if options.part:
        name, count = options.part
        for env_id, cls in ((ENV_ID, Sum), (ISOLATED_ID, IsolatedSum), (BUSY_ID, BusySum)):
            pg.register(env_id, cls)
        with tempfile.TemporaryDirectory() as folder:
            show({name: PARTS[name](int(count), Path(folder))}, as_json=True)
        return
    plan = [("overhead", 20_000), ("pooled", 5_000), ("rollout-memory", 100_000), ("task-memory", 100_000)]
    if options.million:
        plan.append(("task-memory", 1_000_000))
    show({f"{name}, {count:,}": _apart(name, count) for name, count in plan}, as_json=options.json)


def _apart(name: str, count: int) -> list[dict[str, Any]]:
    import json

    said = subprocess.run([sys.executable, __file__, "--part", name, str(count)], check=True, stdout=subprocess.PIPE).stdout
    return json.loads(said)[name]


if __name__ == "__main__":
    main()
