"""A long run in small: thousands of tiny steps with a dozen resets and a kill -9 in the middle; memory of every process, entropy and KL watched.

    python benchmarks/soak.py [--steps 5000] [--resets 12] [--kill-at N] [--out runs/soak] [--json]

A model of `prorl tiny` is warm-started on solved tasks of three real environments at their easiest, one of them graded in the sandbox, and trained
with ProRL by the command `prorl train`, on one thread. Every `--every` seconds the resident memory of that process and of all that it started is read
from /proc. At step N (default: half-way; 0: never) the whole process group is killed with SIGKILL
and the run resumed. Then these checks, of which each that fails is named and makes the exit status 1:

    steps       every step is there once, and the last step is the last
    resets      at least so many as asked for, each with a KL of exactly 0 after it and at the start of the next step
    memory      over the second half, from a tenth of the way after the kill, the trend (Theil-Sen) adds at most 8 MiB or 2% to the processes of a
                kind; and no process is left behind, by the kill or at the end
    entropy     the mean over any 50 steps stays within [0.02, 3] nats
    health      no update skipped for a loss or gradient that is not finite; at most 1% of the rollouts ungradable

Plots lie in the run's folder as `soak-*.svg`, the samples of memory in `memory.jsonl`. It writes nothing else outside it. Needs Linux.
"""

import contextlib
import itertools
import json
import math
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from measure import MIB, arguments, median, show

from prorl_gym.charts import COLOURS, line_chart
from prorl_gym.runs import read_jsonl

MIX = [
    {"env": "instruct/constraints-v0", "weight": 2.0, "difficulty": 0, "style": "terse"},
    {"env": "math/arithmetic-v0", "difficulty": 0, "style": "terse", "env_kwargs": {"families": ["addition"]}},
    {"env": "code/functions-v0", "difficulty": 0, "style": "terse"},
]
WARM_TASKS = 3000
ENTROPY_BAND = (0.02, 3.0)
GROWTH_SHARE, GROWTH_MIB = 0.02, 8.0
MARK = "PRORL_SOAK"
STYLE = "text{font:10px sans-serif;fill:#555}.grid{stroke:#ddd}.mark{stroke:#999;stroke-dasharray:3 3}"


def prorl(*arguments, **options):
    """A `prorl` command in a process group of its own, marked so that all that it starts is found again."""
    env = {**os.environ, MARK: str(os.getpid()), "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
    command = [sys.executable, "-c", "from prorl_gym.cli import main; main()", *map(str, arguments)]
    return subprocess.Popen(command, env=env, start_new_session=True, **options)


def prepare(out):
    """Solved tasks, a tokenizer, a model, a warm start."""
    data = {"mix": MIX, "num_tasks": WARM_TASKS, "policy": "gold", "out": str(out / "data")}
    stop = {"mix": MIX, "every": 100, "num_tasks": 48, "target": 0.3, "max_new_tokens": 24}
    sft = {"model": {"path": str(out / "tiny"), "device": "cpu"}, "data": [str(out / "data")], "out": str(out / "warm"), "steps": 1200, "lr": 3e-3}
    for name, config in (("generate", data), ("sft", {**sft, "batch_size": 48, "stop": stop})):
        (out / f"{name}.toml").write_text(toml(config))
    steps = (
        ("generate", out / "generate.toml"),
        ("tiny", out / "data", "--out", out / "tiny", "--vocab-size", 300, "--hidden", 64, "--layers", 3, "--heads", 2),
        ("sft", out / "sft.toml"),
    )
    for step in steps:
        if prorl(*step, stdout=subprocess.DEVNULL).wait():
            sys.exit(f"prorl {step[0]} failed")


def training(args):
    """The configuration of the run."""
    interval = args.steps // (args.resets + 1)
    return {
        "profile": "prorl-v2",
        "out": str(args.out / "run"),
        "steps": args.steps,
        "model": {"path": str(args.out / "warm" / "model"), "device": "cpu", "threads": 1},
        "mix": [{**entry, "start": WARM_TASKS} for entry in MIX],  # not again what the warm start has learnt by heart
        "rollout": {"prompts_per_step": 6, "group_size": 4, "max_new_tokens": 24, "temperature": 1.0},
        "algorithm": {"beta": 1e-2, "dynamic_sampling": False},
        "optimizer": {"lr": 1e-4, "warmup_steps": 10},
        "entropy": {"target": 0.3, "maximum": 0.01},
        "reset": {"interval": interval, "min_interval": min(200, interval), "optimizer": "reinit"},
        "validation": {"every": max(10, args.steps // 20), "num_tasks": 16, "samples": 2},
        "checkpoint": {"every": max(10, args.steps // 20), "keep": 2},
        "verifier_workers": 1,
    }


def toml(config):
    """A configuration as TOML."""
    from prorl_gym.config import to_toml

    return to_toml(config)


class Watch:
    """Samples the memory of a run's processes."""

    def __init__(self, folder):
        self.folder, self.samples, self.left = folder, [], 0

    def sample(self, begun):
        """One sample: by kind, the sum of the resident memory, and how many processes there are."""
        row = {"s": round(time.monotonic() - begun, 1), "step": self.step()}
        for pid, kind in processes():
            with contextlib.suppress(OSError, IndexError, ValueError):
                pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
                row[kind] = row.get(kind, 0.0) + pages * os.sysconf("SC_PAGE_SIZE") / MIB
                row[f"num {kind}"] = row.get(f"num {kind}", 0) + 1
        self.samples.append(row)
        with (self.folder / "memory.jsonl").open("a") as file:
            file.write(json.dumps(row) + "\n")

    def step(self):
        """The last step that the run has written down."""
        with contextlib.suppress(OSError):
            return (self.folder / "run" / "metrics.jsonl").read_bytes().count(b"\n")
        return 0


def processes():
    """(pid, kind) of every process that this one's commands have started, however it has been handed on since."""
    marked, parents, commands = set(), {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            pid = int(folder.name)
            parents[pid] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            commands[pid] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            if f"{MARK}={os.getpid()}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                marked.add(pid)
    ours = set(marked)
    while grown := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= grown
    for pid in sorted(ours - {os.getpid()}):
        command = commands.get(pid, "")
        yield pid, "sandbox" if "prorl_sandbox" in command else "verifiers" if "prorl_gym.worker" in command else "trainer"


def soak(args):
    """The run itself, killed once and resumed: its watch, the step at which it was killed, wall seconds."""
    (args.out / "train.toml").write_text(toml(training(args)))
    watch, begun = Watch(args.out), time.monotonic()
    process, killed = prorl("train", args.out / "train.toml", stdout=subprocess.DEVNULL), 0
    following = begun
    while process.poll() is None:
        time.sleep(0.2)
        if time.monotonic() >= following:
            watch.sample(begun)
            following += args.every
        if args.kill_at and not killed and watch.step() >= args.kill_at:
            killed = watch.step()
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            watch.left = left_after(30)
            process = prorl("train", args.out / "run", "--resume", stdout=subprocess.DEVNULL)
    if process.returncode:
        sys.exit(f"prorl train ended with status {process.returncode}")
    return watch, killed, time.monotonic() - begun


def left_after(seconds):
    """How many of the processes are still there after at most so long."""
    patience = time.monotonic() + seconds
    while (left := len(list(processes()))) and time.monotonic() < patience:
        time.sleep(0.2)
    return left


def slope(points):
    """Theil-Sen: the median of the slopes between all pairs (of at most 300 points)."""
    kept = points[:: max(1, len(points) // 300)]
    slopes = [(y2 - y1) / (x2 - x1) for (x1, y1), (x2, y2) in itertools.combinations(kept, 2) if x2 > x1]
    return median(slopes) if slopes else 0.0


def memory_rows(samples, steps, killed):
    """By kind of process: resident memory, and what its trend adds over the second half, once the process that was resumed has settled."""
    half = [row for row in samples if max(steps / 2, killed + (steps - killed) / 10) <= row["step"] < steps]
    rows = []
    for kind in ("trainer", "verifiers", "sandbox"):
        points = [(row["step"], row[kind]) for row in half if kind in row]
        if len(points) < 3:
            continue
        middle, growth = median(y for _, y in points), slope(points) * (points[-1][0] - points[0][0])
        rows.append(
            {
                "processes": kind,
                "number": max(row.get(f"num {kind}", 0) for row in half),
                "median MiB": middle,
                "largest MiB": max(y for _, y in points),
                "trend MiB": growth,
                "samples": len(points),
                "flat": growth <= max(GROWTH_SHARE * middle, GROWTH_MIB),
            }
        )
    return rows


def windows(values, size=50):
    """Means over each `size` values in a row."""
    return [sum(part) / len(part) for part in (values[i : i + size] for i in range(0, max(1, len(values) - size + 1), max(1, size // 5))) if part]


def checks(args, rows, events, memory, left):
    """What was asked of the run, name to (holds, what was seen)."""
    by_step = {row["step"]: row for row in rows}
    resets = [e for e in events if e["event"] == "reset"]
    zero = [e["kl_after"] == 0.0 and by_step.get(e["step"] + 1, {}).get("kl_start", 0.0) == 0.0 for e in resets]
    entropy = windows([row["entropy"] for row in rows if row.get("entropy") is not None])
    skipped = sum(row.get("skipped") or 0 for row in rows)
    ungradable = sum(row["ungradable"] for row in rows) / max(1, len(rows))
    return {
        "steps": ([row["step"] for row in rows] == list(range(1, args.steps + 1)), f"{len(rows)} lines, the last of step {rows[-1]['step']}"),
        "resets": (len(resets) >= args.resets and all(zero), f"{len(resets)} resets, KL 0 after {sum(zero)} of them"),
        "memory": (bool(memory) and all(row["flat"] for row in memory) and not left, f"{left} processes left behind"),
        "entropy": (
            bool(entropy) and ENTROPY_BAND[0] <= min(entropy) and max(entropy) <= ENTROPY_BAND[1],
            f"{min(entropy):.3g} to {max(entropy):.3g}",
        ),
        "health": (not skipped and ungradable <= 0.01, f"{skipped:g} updates skipped, {ungradable:.3%} ungradable"),
    }


def plot(args, rows, events, samples):
    """The charts, each an SVG file of its own."""
    resets = [e["step"] for e in events if e["event"] == "reset"]
    size = max(1, len(rows) // 400)

    def curve(name):
        found = [(row["step"], row[name]) for row in rows if row.get(name) is not None]
        return [(part[-1][0], sum(y for _, y in part) / len(part)) for part in (found[i : i + size] for i in range(0, len(found), size))]

    kinds = {kind: [(row["step"], row[kind]) for row in samples if kind in row] for kind in ("trainer", "verifiers", "sandbox")}
    charts = {
        "entropy": ("Token entropy, nats", {"entropy": curve("entropy")}),
        "kl": ("KL to the reference, nats a token", {"kl": curve("kl")}),
        "reward": ("Reward", {"reward": curve("reward"), "validation": curve("validation")}),
        "memory": ("Resident memory, MiB", kinds),
    }
    for name, (title, series) in charts.items():
        head, _, body = line_chart(title, series, marks=resets).partition("<svg ")[2].partition(">")
        names = "".join(f'<tspan fill="{colour}"> {one}</tspan>' for one, colour in zip(series, COLOURS, strict=False))
        legend = f'<text x="60" y="22">{title}:{names}; dashed: resets</text>'
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" {head}><style>{STYLE}</style>{body.partition("</svg>")[0]}{legend}</svg>'
        (args.out / "run" / f"soak-{name}.svg").write_text(svg)


def main():
    """Run, check, plot, print."""
    parser = arguments(__doc__)
    parser.add_argument("--steps", type=int, default=5000)
    parser.add_argument("--resets", type=int, default=12)
    parser.add_argument("--kill-at", type=int, default=None, help="the step at which the run is killed; 0: never; default: half-way")
    parser.add_argument("--every", type=float, default=10.0, help="seconds between samples of memory")
    parser.add_argument("--out", type=Path, default=Path("runs/soak"))
    args = parser.parse_args()
    args.kill_at = args.steps // 2 if args.kill_at is None else args.kill_at
    if args.out.exists() and any(args.out.iterdir()):
        sys.exit(f"{args.out} is not empty; choose another --out or remove it")
    args.out.mkdir(parents=True, exist_ok=True)
    prepare(args.out)
    watch, killed, wall = soak(args)
    rows, events = (list(read_jsonl(args.out / "run" / f"{name}.jsonl")) for name in ("metrics", "events"))
    memory = memory_rows(watch.samples, args.steps, killed)
    found = checks(args, rows, events, memory, watch.left + left_after(20))
    plot(args, rows, events, watch.samples)
    kl = [row["kl"] for row in rows if row.get("kl") is not None]
    tenth = max(1, len(rows) // 10)
    summary = {
        "steps": len(rows),
        "resets": sum(e["event"] == "reset" for e in events),
        "killed at": killed,
        "s a step": wall / len(rows),
        "reward first tenth": sum(row["reward"] for row in rows[:tenth]) / tenth,
        "reward last tenth": sum(row["reward"] for row in rows[-tenth:]) / tenth,
        "largest KL": max((value for value in kl if math.isfinite(value)), default=math.nan),
        "alarms": sum(e["event"] == "alarm" for e in events),
    }
    table = [{"check": name, "holds": holds, "seen": seen} for name, (holds, seen) in found.items()]
    show({"the run": [summary], "memory over the second half": memory, "checks": table}, as_json=args.json)
    if not all(holds for holds, _ in found.values()):
        sys.exit("failed: " + ", ".join(name for name, (holds, _) in found.items() if not holds))


if __name__ == "__main__":
    main()
