"""Wrong options for computed answers: what a slip of arithmetic, of a unit prefix or of the reading direction would give."""

import random
from collections.abc import Callable

from prorl_env_stem.problem import EXACT, Problem, show

_FACTORS = (2, 0.5, 10, 0.1, 4, 0.25, 3, 1 / 3, 1.5, 100, 0.01, 0.75, 1000)
_STEPS = (1, -1, 2, -2, 10, -10, 3, 5, 7)


def wrong_options(problem: Problem, rng: random.Random, count: int, *, more: Callable[[], str]) -> list[str]:
    """`count` options, none of them right: near numbers for a quantity; else the problem's own, then one changed letter (sequences)
    or `more()`, another answer of the family."""
    if problem.kind == "quantity":
        return _numbers(problem, rng, count)
    found: list[str] = []
    own = list(problem.wrong)
    rng.shuffle(own)
    for _ in range(40 * count):
        candidate = own.pop() if own else _changed(problem.answer, rng) if problem.form == "sequence" else more()
        if candidate not in ("", problem.answer, *found):
            found.append(candidate)
        if len(found) == count:
            break
    return found


def _numbers(problem: Problem, rng: random.Random, count: int) -> list[str]:
    number, _, unit = problem.answer.partition(" ")
    value = float(number)
    whole = problem.rtol == EXACT and value == int(value)
    slips = [value * f for f in _FACTORS]
    if whole:
        slips = [s for s in slips if s == int(s)] + [value + s for s in _STEPS]
    rng.shuffle(slips)
    found: list[str] = []
    for slip in slips:
        text = f"{show(slip, 6 if whole else 4)} {unit}".strip()
        if slip > 0 and abs(slip - value) > 2 * problem.rtol * abs(value) and text not in found:
            found.append(text)
    return found[:count]


def _changed(answer: str, rng: random.Random) -> str:
    letters = sorted(set(answer))
    at = rng.randrange(len(answer))
    return answer[:at] + rng.choice(letters) + answer[at + 1 :]
