"""Does it learn as TRL does? Reward over steps of both trainers, the same model, environment and settings, five seeds.

    make bench-trl                                         (an environment of its own in .venv-trl, with TRL 1.16)
    .venv-trl/bin/python benchmarks/trl/curves.py

A model with fresh weights is to answer in digits; the reward is their share. A figure is the median over the seeds of the mean reward of the ten
steps up to that one, in brackets the least and the greatest.
"""

import argparse
import statistics
import tempfile
from pathlib import Path

from contest import SIDES, Contest, in_turn, make_folder

WINDOW = 10


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--limit", type=int, default=24)
    parser.add_argument("--beta", type=float, default=0.0)
    args = parser.parse_args()
    curves: dict[str, list[list[float]]] = {name: [] for name in SIDES}
    with tempfile.TemporaryDirectory() as folder:
        make_folder(Path(folder), "2.4M", stop=None)
        for seed in range(args.seeds):
            figures = in_turn(Contest(folder=folder, steps=args.steps, limit=args.limit, beta=args.beta, lr=args.lr, seed=seed))
            for name in SIDES:
                curves[name].append([f["reward"] for f in figures[name]])
    print(f"| reward, {args.seeds} seeds, after step | TRL | ours | ours less TRL |")
    print("|---|---|---|---|")
    for step in range(WINDOW, args.steps + 1, WINDOW):
        at = {name: [statistics.mean(curve[step - WINDOW : step]) for curve in curves[name]] for name in SIDES}
        cells = [f"{statistics.median(v):.3f} ({min(v):.3f} to {max(v):.3f})" for v in at.values()]
        print(f"| {step} | {' | '.join(cells)} | {statistics.median(at['ours']) - statistics.median(at['trl']):+.3f} |")


if __name__ == "__main__":
    main()
