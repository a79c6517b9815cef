"""What it costs to make a problem: `python -m prorl_env_logic.costs [--above MS] [TASK ...]` prints the table of the README.

CPU milliseconds of one draw at each level, after the first, which loads word lists and the like. A draw is a problem with a gold that scores 1;
the stream of a split makes about 1.4 draws an item for `train` and 7 for `test`. codeio's programs run in a process of their own, for which the
clock on the wall stands in.
"""

import argparse
import random
import time

from prorl_env_logic.environment import ReasoningGym
from prorl_env_logic.table import TASKS

DRAWS = 8
BUDGET_S = 4.0
"""CPU seconds after which no more draws of one level are made."""


def cost_ms(name: str, level: int) -> float:
    """The mean cost of a draw in milliseconds, over up to `DRAWS` of them."""
    env = ReasoningGym(env_id=f"logic/{name}-v0")
    env.draft(random.Random(0), level)
    clock = time.perf_counter if name == "codeio" else time.process_time
    begun, made = clock(), 0
    while made < DRAWS and clock() - begun < BUDGET_S:
        made += 1
        env.draft(random.Random(made), level)
    return 1000 * (clock() - begun) / made


def table(names: list[str], *, above: float) -> str:
    """A Markdown table of the tasks with a level that costs more than `above` milliseconds, the dearest first."""
    costs = {name: [cost_ms(name, level) for level in range(TASKS[name].levels)] for name in names}
    rows = sorted((name for name in names if max(costs[name]) > above), key=lambda name: -max(costs[name]))
    lines = ["| task | " + " | ".join(f"level {i}" for i in range(5)) + " |", "|---|" + "---|" * 5]
    for name in rows:
        cells = [f"{cost:.2g}" if cost < 10 else f"{cost:.0f}" for cost in costs[name]] + [""] * (5 - len(costs[name]))
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="CPU milliseconds to make a problem of each task and level.")
    parser.add_argument("--above", type=float, default=10.0, metavar="MS", help="leave out tasks of which no level costs more (default: 10)")
    parser.add_argument("tasks", nargs="*", default=list(TASKS), help="default: all")
    given = parser.parse_args()
    print(table(given.tasks, above=given.above))
