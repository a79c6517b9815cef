"""What a training step costs beside TRL's: CPU seconds and tokens a CPU second, one thread, a step of each in turn.

    make bench-trl                                         (an environment of its own in .venv-trl, with TRL 1.16)
    .venv-trl/bin/python benchmarks/trl/step_cost.py --size 2.4M
    .venv-trl/bin/python benchmarks/trl/step_cost.py --size 25M --limit 256 --steps 3 --short

Answers of varied length (geometric, cut at the limit, a third of it on average) or all at the limit; beta 0 and 0.01; one and four updates a
rollout. `--short` leaves only beta 0 with one update. The first step of each side is not counted. Both ratios are ours by TRL's: of the CPU seconds a
step (means), and a token.
"""

import argparse
import itertools
import tempfile
from pathlib import Path

from contest import SIDES, SIZES, Contest, in_turn, make_folder, stop_probability

LENGTHS = {"varied": 1 / 3, "all at the limit": None}


COLUMNS = ("answers", "beta", "updates", "mean tokens", "CPU s a step", "tokens a CPU s", "ratio a step", "ratio a token")


def row(lengths: str, contest: Contest) -> str:
    """A line of the table."""
    figures = {name: steps[1:] for name, steps in in_turn(contest).items()}
    num = contest.steps - 1
    cpu = {name: sum(f["cpu_s"] for f in figures[name]) / num for name in SIDES}
    tokens = {name: sum(f["tokens"] for f in figures[name]) / num for name in SIDES}
    rate = {name: tokens[name] / cpu[name] for name in SIDES}
    pairs = (
        ", ".join(f"{tokens[name] / contest.prompts / contest.group:.1f}" for name in SIDES),
        ", ".join(f"{cpu[name]:.3f}" for name in SIDES),
        ", ".join(f"{rate[name]:,.0f}" for name in SIDES),
    )
    ratios = f"**{cpu['ours'] / cpu['trl']:.2f}** | {rate['trl'] / rate['ours']:.2f}"
    return f"| {lengths} | {contest.beta:g} | {contest.updates} | {' | '.join(pairs)} | {ratios} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--size", choices=SIZES, default="2.4M")
    parser.add_argument("--limit", type=int, default=96)
    parser.add_argument("--steps", type=int, default=13)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--lengths", choices=LENGTHS, nargs="*", default=list(LENGTHS))
    args = parser.parse_args()
    settings = [(0.0, 1)] if args.short else list(itertools.product((0.0, 0.01), (1, 4)))
    print(f"{args.size} parameters, 4 prompts x 8 answers, limit {args.limit} tokens, {args.steps - 1} steps of each; TRL first, then ours\n")
    print("| " + " | ".join(COLUMNS) + " |\n|" + "---|" * len(COLUMNS), flush=True)
    for lengths in args.lengths:
        share = LENGTHS[lengths]
        with tempfile.TemporaryDirectory() as folder:
            make_folder(Path(folder), args.size, stop=0.0 if share is None else stop_probability(args.limit * share, args.limit))
            for beta, updates in settings:
                contest = Contest(folder=folder, steps=args.steps, limit=args.limit, beta=beta, updates=updates)
                print(row(lengths, contest), flush=True)


if __name__ == "__main__":
    main()
