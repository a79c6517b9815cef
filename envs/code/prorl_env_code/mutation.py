"""How many faults the hidden tests of the procedural families notice: `python -m prorl_env_code.mutation [--problems N] [--json]`.

For problems of every family and level, every mutant of the reference (see `mutate`) is run in the sandbox on the problem's tests. One that passes
them all is run, again in the sandbox, on hundreds of further inputs beside the reference: where no input tells the two apart it counts as
equivalent, else as survived. The share is of the caught among the others. Exits with 1 where it is below 95%.
"""

import argparse
import json
import random
import sys
from collections import Counter
from collections.abc import Sequence
from typing import Any

from prorl_env_code.compare import same_value
from prorl_env_code.envs import FAMILIES
from prorl_env_code.mutate import Mutant, mutants
from prorl_env_code.problems import Problem
from prorl_gym.sandbox import ExecutionRequest, Limits, Sandbox, Status, open_sandbox

GOAL = 0.95
NUM_FURTHER = 400
"""Inputs of the differential run."""
_LIMITS = Limits(cpu_s=3.0, wall_s=10.0)
_MANY = """

def run_many(inputs):
    import copy
    results = []
    for args in copy.deepcopy(inputs):
        try:
            results.append(['gave', f(*args)])
        except Exception as error:
            results.append(['raised', type(error).__name__])
    return results
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print the table, and say by the exit status whether the goal is met."""
    parser = argparse.ArgumentParser(prog="python -m prorl_env_code.mutation", description="Share of mutated references that the hidden tests catch.")
    parser.add_argument("--problems", type=int, default=3, help="problems of each family and level (default 3)")
    parser.add_argument("--family", nargs="*", help="these families only")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--show", type=int, default=0, help="print up to N survivors of each family")
    args = parser.parse_args(argv)
    families = [(f, levels) for f, levels in FAMILIES if not args.family or f.__name__ in args.family]
    table: dict[str, Counter[str]] = {}
    for family, levels in families:
        table[family.__name__] = counts = Counter[str]()
        for level in levels:
            for seed in range(args.problems):
                rng = random.Random(seed)
                problem, tests = drawn(family, level, rng)
                for mutant, fate in judged(problem, tests, open_sandbox("auto"), rng):
                    counts[fate] += 1
                    if fate == "survived" and counts[fate] <= args.show:
                        print(f"--- {family.__name__} level {level}: {mutant.kind}\n{problem.function()}\n-> {mutant.source}\n", file=sys.stderr)
    total = sum(table.values(), Counter[str]())
    rate = caught_share(total)
    if args.json:
        print(json.dumps({"families": table, "total": total, "caught": rate}))
    else:
        print(f"{'family':14} {'caught':>7} {'survived':>9} {'equivalent':>11}   share")
        for name, counts in [*table.items(), ("all", total)]:
            print(f"{name:14} {counts['caught']:7} {counts['survived']:9} {counts['equivalent']:11}   {caught_share(counts):.1%}")
    return 0 if rate >= GOAL else 1


def judged(problem: Problem, tests: Sequence[tuple[list[Any], Any]], sandbox: Sandbox, rng: random.Random) -> list[tuple[Mutant, str]]:
    """Each mutant of the reference with its fate: "caught" by a test, "equivalent" on all inputs tried, or "survived"."""
    wanted = [result for _, result in tests]
    inputs = [args for args, _ in tests]
    further = [list(args) for args in problem.edges] + [list(problem.make(rng)) for _ in range(NUM_FURTHER)]
    truth: list[Any] | None = None
    fates: list[tuple[Mutant, str]] = []
    for mutant in mutants(problem.function()):
        results = _run(mutant.source, inputs, sandbox)
        if results is None or not same_value(results, [["gave", value] for value in wanted]):
            fates.append((mutant, "caught"))
            continue
        truth = truth or _run(problem.function(), further, sandbox)
        same = same_value(_run(mutant.source, further, sandbox), truth)
        fates.append((mutant, "equivalent" if same else "survived"))
    return fates


def caught_share(counts: Counter[str]) -> float:
    """Caught among the mutants that behave differently; 1 where there are none."""
    different = counts["caught"] + counts["survived"]
    return counts["caught"] / different if different else 1.0


def drawn(family: Any, level: int, rng: random.Random) -> tuple[Problem, list[tuple[list[Any], Any]]]:
    """A problem of the family that has usable tests, and these. Raises RuntimeError where a hundred draws give none."""
    for _ in range(100):
        problem = family(rng, level)
        if tests := problem.checked(rng):
            return problem, tests
    raise RuntimeError(f"{family.__name__} gave no usable problem at level {level}")


def _run(source: str, inputs: Sequence[Any], sandbox: Sandbox) -> list[Any] | None:
    """What the program makes of all inputs, in one run; None where it does not end well."""
    request = ExecutionRequest(code=source + _MANY, mode="call", entry="run_many", inputs=[[list(inputs)]], limits=_LIMITS)
    run = sandbox.run(request).runs[0]
    return run.value if run.status is Status.OK else None


if __name__ == "__main__":
    sys.exit(main())
