"""Combinatorics families: counting and finite probability. Answers are whole numbers, or fractions in the probability family."""

import math
import random
from fractions import Fraction

from prorl_env_math.writing import evaluated, nonzero, number_problem, polynomial, times
from prorl_gym.types import Draft

TERMS = 20
"""A formula is checked on one term fewer; more than a wrong one through the shown terms can meet."""


def multiples(rng: random.Random, level: int) -> Draft:
    """How many numbers up to n are multiples of one, or of at least one of several, numbers (inclusion and exclusion)."""
    n = rng.randrange(10, (200, 400, 2_000, 20_000)[level])
    steps = sorted(rng.sample(range(2, (10, 13, 20, 30)[level]), (1, 2, 2, 3)[level]))
    count = sum(any(k % s == 0 for s in steps) for k in range(1, n + 1))
    listed = " or ".join(map(str, steps))
    question = f"How many of the integers from 1 to {n} are divisible by {listed}?"
    return number_problem(question, f"#1..{n} div {' or '.join(map(str, steps))}=", count)


def selections(rng: random.Random, level: int) -> Draft:
    """Ways to choose k of n things without regard to order; from level 2 of two groups, at level 3 with at least so many of one."""
    if level < 2:
        n = rng.randrange(3, (60, 25)[level])
        k = rng.randrange(1, 3) if level == 0 else rng.randrange(1, min(n, 6))
        return number_problem(f"In how many ways can {k} of {n} people be chosen?", f"C({n},{k})=", math.comb(n, k))
    a, b = rng.randrange(3, 12), rng.randrange(3, 12)
    i, j = rng.randrange(1, min(a, 5)), rng.randrange(1, min(b, 5))
    if level == 3:
        count = sum(math.comb(a, women) * math.comb(b, i + j - women) for women in range(i, i + j + 1))
        question = f"A club has {a} women and {b} men. In how many ways can a committee of {i + j} people with at least {i} women be chosen?"
        return number_problem(question, f"C({a}W+{b}M,{i + j}) W>={i}=", count)
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


def closed_form(rng: random.Random, level: int) -> Draft:
    """A formula for the n-th term of an arithmetic, geometric or quadratic sequence, at level 3 a cubic one; checked term by term."""
    kind = rng.choice(("arithmetic", "geometric", "quadratic in $n$", "cubic in $n$")[: max(2, level + 1)])
    if kind == "geometric":
        a, ratio = nonzero(-9, 9, rng.random()), rng.randrange(2, 5)
        terms, answer = [a * ratio**n for n in range(1, TERMS)], _power(a, ratio)
    else:
        degree = {"arithmetic": 1, "quadratic in $n$": 2, "cubic in $n$": 3}[kind]
        coefficients = [rng.randrange(-9, 10) for _ in range(degree)] + [nonzero(-5, 5, rng.random())]
        terms, answer = [evaluated(coefficients, n) for n in range(1, TERMS)], polynomial(coefficients, "n")
    shown = ", ".join(map(str, terms[:5]))
    question = f"The sequence ${shown}, \\ldots$ is {kind}. Find a formula for its $n$-th term, where the first has $n=1$."
    return _sequence_draft(question, f"{kind[:5]} {shown.replace(' ', '')},..:a(n)=", answer, terms)


def recurrence(rng: random.Random, level: int) -> Draft:
    """A formula for a sequence given by a linear recurrence, of the first order with a constant or, at level 3, of the second order."""
    p, q = rng.sample([2, 3, 4, 5, -2, -3], 2)
    u, v = nonzero(-5, 5, rng.random()), nonzero(-5, 5, rng.random())
    if level < 3:
        terms, answer = [u * p**n + v for n in range(1, TERMS)], f"{_power(u, p)}{v:+d}"
        rule, given = f"a_{{n+1}}={p}a_n{v * (1 - p):+d}", f"a_1={terms[0]}"
    else:
        terms, answer = [u * p**n + v * q**n for n in range(1, TERMS)], f"{_power(u, p)}{'+' if v > 0 else ''}{_power(v, q)}"
        first = f"{times(p + q)}a_{{n+1}}" if p + q else ""
        second = f"{times(-p * q)}a_n" if p * q > 0 or not first else f"+{times(-p * q)}a_n"
        rule, given = f"a_{{n+2}}={first}{second}", f"a_1={terms[0]}, a_2={terms[1]}"
    question = f"A sequence satisfies ${rule}$ for $n \\ge 1$, and ${given}$. Find a formula for $a_n$."
    terse = f"{rule},{given}:a_n=".replace(" ", "").replace("{", "(").replace("}", ")")
    return _sequence_draft(question, terse, answer, terms)


def _power(a: int, base: int) -> str:
    """`a * base^n`."""
    power = f"{base}^n" if base > 0 else f"({base})^n"
    return f"{times(a)}{power}" if abs(a) == 1 else f"{a}*{power}"


def _sequence_draft(question: str, terse: str, answer: str, terms: list[int]) -> Draft:
    check = {"kind": "sequence", "terms": list(map(str, terms)), "by": "n", "start": 1}
    return Draft(question=question, terse=terse, answer=answer, metadata={"check": check})


def expectation(rng: random.Random, level: int) -> Draft:
    """Expected values, exactly: a game with a die, the greater of two dice, waiting for a first success, collecting all kinds."""
    sides = rng.randrange(4, (8, 13, 21, 31)[level])
    if level < 2:
        win, lose, faces = rng.randrange(2, 40), rng.randrange(1, 20), rng.randrange(1, sides)
        rule = f"You win {win} coins if it shows at most {faces}, and lose {lose} otherwise"
        question = f"A fair die has the faces 1 to {sides}. {rule}. What is your expected gain?"
        value = Fraction(faces * win - (sides - faces) * lose, sides)
        return number_problem(question, f"E d{sides}: <={faces} +{win} else -{lose}=", value)
    if rng.random() < 0.5:
        count = 2 if level == 2 else 3
        kind = rng.choice(("greatest", "least"))
        at_most = [Fraction(k**count, sides**count) for k in range(sides + 1)]
        value = sum((k * (at_most[k] - at_most[k - 1]) for k in range(1, sides + 1)), Fraction(0))
        value = value if kind == "greatest" else sides + 1 - value
        question = f"{count} fair dice with the faces 1 to {sides} are rolled. What is the expected value of the {kind} number shown?"
        return number_problem(question, f"E {'max' if kind == 'greatest' else 'min'} of {count}d{sides}=", value)
    if level == 2:
        wins = rng.randrange(1, sides)
        question = f"A fair die with the faces 1 to {sides} is rolled until it shows at most {wins}. What is the expected number of rolls?"
        return number_problem(question, f"E rolls d{sides} until <={wins}=", Fraction(sides, wins))
    have = rng.randrange(max(0, sides - 6), sides - 1)
    value = sum((Fraction(sides, sides - k) for k in range(have, sides)), Fraction(0))
    start = f"There are {sides} kinds of cards, each pack holds one at random. You have {have} kinds."
    question = f"{start} What is the expected number of packs until you have all?"
    return number_problem(question, f"E packs {have}->{sides} of {sides}=", value)


def fixed_points(rng: random.Random, level: int) -> Draft:
    """Permutations with a given number of fixed points, at level 3 with at most so many."""
    n = rng.randrange(3, (6, 8, 10, 14)[level])
    k = rng.randrange(0, min(n - 1, 5))
    exactly = [math.comb(n, j) * _derangements(n - j) for j in range(k + 1)]
    most = level == 3 and rng.random() < 0.7
    words = "at most" if most else "exactly"
    question = f"{n} letters are put into {n} addressed envelopes, one in each. In how many ways do {words} {k} letters get into the right envelope?"
    return number_problem(question, f"#perm {n} {'<=' if most else ''}{k} fixed=", sum(exactly) if most else exactly[-1])


def _derangements(n: int) -> int:
    one, two = 1, 0
    for k in range(2, n + 1):
        one, two = two, (k - 1) * (one + two)
    return one if n == 0 else two


def surjections(rng: random.Random, level: int) -> Draft:
    """Ways to give n different things to k people so that none is left out; at level 3 to k equal boxes."""
    n = rng.randrange(3, (6, 8, 10, 13)[level])
    k = rng.randrange(2, min(n, 7))
    count = sum((-1) ** j * math.comb(k, j) * (k - j) ** n for j in range(k + 1))
    if level == 3 and rng.random() < 0.5:
        question = f"In how many ways can {n} different books be put into {k} identical boxes so that no box is empty?"
        return number_problem(question, f"#{n} distinct to {k} same, none empty=", count // math.factorial(k))
    question = f"In how many ways can {n} different books be given to {k} children so that each gets at least one?"
    return number_problem(question, f"#{n} distinct to {k}, none empty=", count)


FAMILIES = {
    "multiples": (0, multiples),
    "selections": (0, selections),
    "rankings": (1, rankings),
    "arrangements": (1, arrangements),
    "paths": (1, paths),
    "draws": (1, draws),
    "distributions": (2, distributions),
    "dice": (2, dice),
    "closed_form": (1, closed_form),
    "recurrence": (2, recurrence),
    "expectation": (1, expectation),
    "fixed_points": (2, fixed_points),
    "surjections": (2, surjections),
}
