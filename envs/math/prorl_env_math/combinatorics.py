"""Combinatorics families: counting and finite probability. Answers are whole numbers, or fractions in the probability family."""

import math
import random
from fractions import Fraction

from prorl_env_math.writing import number_problem
from prorl_gym.types import Draft


def multiples(rng: random.Random, level: int) -> Draft:
    """How many numbers up to n are multiples of one, or of at least one of several, numbers (inclusion and exclusion)."""
    n = rng.randrange(10, (200, 400, 2_000, 20_000)[level])
    steps = sorted(rng.sample(range(2, (10, 13, 20, 30)[level]), (1, 2, 2, 3)[level]))
    count = sum(any(k % s == 0 for s in steps) for k in range(1, n + 1))
    listed = " or ".join(map(str, steps))
    question = f"How many of the integers from 1 to {n} are divisible by {listed}?"
    return number_problem(question, f"#1..{n} div {' or '.join(map(str, steps))}=", count)


def selections(rng: random.Random, level: int) -> Draft:
    """Ways to choose k of n things without regard to order; from level 2 with a condition on two groups."""
    if level < 2:
        n = rng.randrange(3, (60, 25)[level])
        k = rng.randrange(1, 3) if level == 0 else rng.randrange(1, min(n, 6))
        return number_problem(f"In how many ways can {k} of {n} people be chosen?", f"C({n},{k})=", math.comb(n, k))
    a, b = rng.randrange(3, (12, 20)[level - 2]), rng.randrange(3, (12, 20)[level - 2])
    i, j = rng.randrange(1, min(a, 5)), rng.randrange(1, min(b, 5))
    question = f"A club has {a} women and {b} men. In how many ways can a committee of {i} women and {j} men be chosen?"
    return number_problem(question, f"C({a},{i})*C({b},{j})=", math.comb(a, i) * math.comb(b, j))


def rankings(rng: random.Random, level: int) -> Draft:
    """Ordered choices of k of n things."""
    n = rng.randrange(3, (8, 15, 25, 60)[level])
    k = rng.randrange(2, min(n, (3, 4, 5, 7)[level]) + 1)
    return number_problem(f"In how many ways can a first to a {k}th place be awarded among {n} runners?", f"P({n},{k})=", math.perm(n, k))


def arrangements(rng: random.Random, level: int) -> Draft:
    """Distinct orders of the letters of a word with repeated letters."""
    length = rng.randrange(3, (5, 6, 8, 11)[level])
    word = "".join(rng.choice("ABCDE"[: 3 + level]) for _ in range(length))
    count = math.factorial(length)
    for letter in set(word):
        count //= math.factorial(word.count(letter))
    question = f"How many different strings can be made by ordering all the letters of {word}?"
    return Draft(question=question, terse=f"orders {word}=", answer=str(count), metadata={"form": "number"})


def paths(rng: random.Random, level: int) -> Draft:
    """Shortest lattice paths on a grid, from level 2 avoiding one point."""
    high = (5, 12, 10, 14)[level]
    w, h = rng.randrange(1, high), rng.randrange(1, high)
    total = math.comb(w + h, w)
    corner = f"from $(0,0)$ to $({w},{h})$"
    if level < 2 or w + h < 3:
        return number_problem(f"How many paths {corner} go one unit right or up at each step?", f"paths {w}x{h}=", total)
    x, y = 0, 0
    while (x, y) in ((0, 0), (w, h)):
        x, y = rng.randrange(w + 1), rng.randrange(h + 1)
    blocked = math.comb(x + y, x) * math.comb(w - x + h - y, w - x)
    question = f"How many paths {corner} go one unit right or up at each step and avoid the point $({x},{y})$?"
    return number_problem(question, f"paths {w}x{h} not ({x},{y})=", total - blocked)


def distributions(rng: random.Random, level: int) -> Draft:
    """Ways to share n equal things among k people, each getting at least m."""
    n, k, m = rng.randrange(3, (12, 20, 30, 60)[level]), rng.randrange(2, (4, 5, 6, 9)[level]), rng.randrange(0, 2 if level < 3 else 4)
    n += k * m
    count = math.comb(n - k * m + k - 1, k - 1)
    least = f" if each gets at least {m}" if m else ""
    question = f"In how many ways can {n} identical coins be given to {k} people{least}?"
    return number_problem(question, f"share {n} to {k} min {m}=", count)


def draws(rng: random.Random, level: int) -> Draft:
    """The probability that balls drawn without replacement are all red, exactly."""
    high = (6, 10, 15, 30)[level]
    red, blue = rng.randrange(2, high), rng.randrange(1, high)
    k = 2 if level < 2 else rng.randrange(2, min(red, 5) + 1)
    value = Fraction(math.comb(red, k), math.comb(red + blue, k))
    question = f"A bag holds {red} red and {blue} blue balls. {k} are drawn without replacement. What is the probability that all are red?"
    return number_problem(question, f"{red}R {blue}B draw {k} P(all R)=", value)


def dice(rng: random.Random, level: int) -> Draft:
    """The probability of a sum of fair dice, exactly."""
    count, sides = ((2, 6), (2, rng.randrange(4, 13)), (3, rng.randrange(4, 13)), (4, rng.randrange(4, 13)))[level]
    ways = [1]
    for _ in range(count):
        ways = [sum(ways[s - f] for f in range(1, sides + 1) if 0 <= s - f < len(ways)) for s in range(len(ways) + sides)]
    total = rng.randrange(count, count * sides + 1)
    question = f"{count} fair dice with faces 1 to {sides} are rolled. What is the probability that their sum is {total}?"
    return number_problem(question, f"{count}d{sides} P(sum={total})=", Fraction(ways[total], sides**count))


FAMILIES = {
    "multiples": (0, multiples),
    "selections": (0, selections),
    "rankings": (1, rankings),
    "arrangements": (1, arrangements),
    "paths": (1, paths),
    "draws": (1, draws),
    "distributions": (2, distributions),
    "dice": (2, dice),
}
