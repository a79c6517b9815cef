"""The golds of arithmetic, number theory and combinatorics against independent computations from the terse question: brute force and sympy."""

import itertools
import math
import re
from fractions import Fraction

import pytest
import sympy

from prorl_gym.registry import make

LEVELS = 4
TASKS = 8


def whole(text):
    """The whole numbers in a text."""
    return [int(n) for n in re.findall(r"-?\d+", text)]


def exact(text):
    """The rational value of an expression of numbers, as sympy reads it."""
    return sympy.sympify(text.replace("^", "**"), rational=True)


def computed(question, answer):
    assert exact(question.rstrip("=")) == exact(answer)


def percent(question, answer):
    if found := re.fullmatch(r"(\d+)% of (\d+)=", question):
        assert exact(answer) == Fraction(int(found[1]) * int(found[2]), 100)
    elif found := re.fullmatch(r"(\d+)\+(\d+)%-(\d+)%=", question):
        n, p, q = map(int, found.groups())
        assert exact(answer) == n * (1 + Fraction(p, 100)) * (1 - Fraction(q, 100))
    else:
        p, q, now = re.fullmatch(r"\?\+(\d+)%-(\d+)%=([\d.]+):", question).groups()
        assert exact(answer) * (1 + Fraction(p) / 100) * (1 - Fraction(q) / 100) == exact(now)


def gcd(question, answer):
    numbers = whole(question)
    assert max(d for d in range(1, min(numbers) + 1) if all(n % d == 0 for n in numbers)) == int(answer)


def lcm(question, answer):
    assert sympy.ilcm(*whole(question)) == int(answer)


def remainder(question, answer):
    a, m = whole(question)
    assert (a - int(answer)) % m == 0
    assert 0 <= int(answer) < m


def power_remainder(question, answer):
    if "(" in question:
        a, b, c, m = whole(question)
        for _ in range(c):
            a = pow(a, b, m)
        assert a % m == int(answer)
    else:
        a, n, m = whole(question)
        assert math.prod([a] * n) % m == int(answer)


def factorization(question, answer):
    assert answer == "*".join(f"{p}^{k}" if k > 1 else str(p) for p, k in sympy.factorint(whole(question)[0]).items())


def divisors(question, answer):
    n = int(exact(question.split(" ")[-1].removeprefix("divisors").rstrip("=")))
    assert int(answer) == (sympy.divisor_count(n) if question.startswith("#") else sympy.divisor_sigma(n))


def bases(question, answer):
    if " in " in question:
        one, op, two, base = re.fullmatch(r"(\d+)([+*])(\d+) in base (\d+)=", question).groups()
        a, b = int(one, int(base)), int(two, int(base))
        assert int(answer, int(base)) == (a + b if op == "+" else a * b)
    else:
        n, base = whole(question)
        assert (int(answer, base) == n) if " to " in question else (int(str(n), base) == int(answer))


def inverse(question, answer):
    a, _, m = whole(question)
    assert [x for x in range(m) if a * x % m == 1] == [int(answer)]


def totient(question, answer):
    n = int(exact(question[4:-2]))
    assert int(answer) == (sum(math.gcd(k, n) == 1 for k in range(1, n + 1)) if n < 5_000 else sympy.totient(n))


def bezout(question, answer):
    a, b, c = map(int, re.fullmatch(r"(\d+)x\+(\d+)y=(\d+):\(x,y\)=", question).groups())
    x, y = whole(answer)
    assert a * x + b * y == c


def congruences(question, answer):
    conditions = [(int(a or 1), int(r), int(m)) for a, r, m in re.findall(r"(\d*)x=(\d+) mod (\d+)", question)]
    assert next(x for x in itertools.count() if all(a * x % m == r for a, r, m in conditions)) == int(answer)


def square_roots(question, answer):
    b, c, m = re.fullmatch(r"x\^2(?:\+(\d*)x)?=(\d+) mod (\d+),x=", question).groups()
    linear = 0 if b is None else int(b or 1)
    assert whole(answer) == [x for x in range(int(m)) if (x * x + linear * x - int(c)) % int(m) == 0]


def multiples(question, answer):
    n, *steps = whole(question.replace("..", " "))[1:]
    count = 0
    for size in range(1, len(steps) + 1):
        count -= sum((-1) ** size * (n // math.lcm(*some)) for some in itertools.combinations(steps, size))
    assert count == int(answer)


def selections(question, answer):
    if "W" in question:
        women, men, size, least = whole(question)
        chosen = itertools.combinations(["w"] * women + ["m"] * men, size)
        assert sum(c.count("w") >= least for c in chosen) == int(answer)
    else:
        numbers = whole(question)
        assert math.prod(sympy.binomial(n, k) for n, k in zip(numbers[::2], numbers[1::2], strict=True)) == int(answer)


def rankings(question, answer):
    n, k = whole(question)
    assert math.prod(range(n - k + 1, n + 1)) == int(answer)


def arrangements(question, answer):
    word, count, rest = question.split(" ")[1].rstrip("="), 1, 0
    for letter in sorted(set(word)):
        rest += word.count(letter)
        count *= math.comb(rest, word.count(letter))
    assert count == int(answer)


def paths(question, answer):
    w, h, *hole = whole(question)
    ways = [[0] * (h + 1) for _ in range(w + 1)]
    for x, y in itertools.product(range(w + 1), range(h + 1)):
        before = (ways[x - 1][y] if x else 0) + (ways[x][y - 1] if y else 0) + (x == y == 0)
        ways[x][y] = 0 if [x, y] == hole else before
    assert ways[w][h] == int(answer)


def distributions(question, answer):
    n, k, least = whole(question)
    ways = [1] + [0] * n
    for _ in range(k):
        ways = [sum(ways[total - own] for own in range(least, total + 1)) for total in range(n + 1)]
    assert ways[n] == int(answer)


def draws(question, answer):
    red, blue, k = whole(question)
    assert math.prod(Fraction(red - i, red + blue - i) for i in range(k)) == Fraction(answer)


def dice(question, answer):
    count, sides, total = whole(question)
    rolls = itertools.product(range(1, sides + 1), repeat=count)
    assert Fraction(sum(sum(roll) == total for roll in rolls), sides**count) == Fraction(answer)


def value_at(formula, n):
    return exact(re.sub(r"(\d)(?=[n(])", r"\1*", formula).replace("-(", "-1*(").replace("n", f"({n})"))


def closed_form(question, answer):
    terms = whole(question.split(" ")[1].split("..")[0])
    assert [value_at(answer, n) for n in range(1, 6)] == terms
    degree = {"arith": 1, "quadr": 2, "cubic": 3}.get(question[:5])
    assert degree is None or sympy.degree(exact(re.sub(r"(\d)(?=n)", r"\1*", answer)), sympy.Symbol("n")) == degree


def recurrence(question, answer):
    rule, *starts = question.split(":")[0].split(",")
    right = re.sub(r"(?<![\d)])a_", "1*a_", rule.split("=")[1]).replace("a_", "*a_").replace("**a_", "*a_")
    terms = [int(s.split("=")[1]) for s in starts]
    while len(terms) < 12:
        shown = right.replace("a_(n+1)", f"({terms[-1]})").replace("a_n", f"({terms[-len(starts)]})")
        terms.append(int(exact(shown)))
    assert [value_at(answer, n) for n in range(1, 13)] == terms


def expectation(question, answer):
    numbers = whole(question.replace("-", " "))
    if "else" in question:
        sides, faces, win, lose = numbers
        expected = Fraction(sum(win if face <= faces else -lose for face in range(1, sides + 1)), sides)
    elif "until" in question:
        sides, wins = numbers
        expected = 1 / Fraction(wins, sides)
    elif "packs" in question:
        have, sides, _ = numbers
        expected = sum(1 / Fraction(sides - k, sides) for k in range(have, sides))
    else:
        count, sides = numbers
        pick = max if "max" in question else min
        expected = Fraction(sum(map(pick, itertools.product(range(1, sides + 1), repeat=count))), sides**count)
    assert expected == Fraction(answer)


def fixed_points(question, answer):
    n, k = whole(question)
    kinds = range(k + 1) if "<=" in question else [k]
    assert sum(sympy.binomial(n, j) * sympy.subfactorial(n - j) for j in kinds) == int(answer)


def surjections(question, answer):
    n, k = whole(question)
    kinds = sympy.functions.combinatorial.numbers.stirling(n, k)
    assert kinds * (1 if "same" in question else math.factorial(k)) == int(answer)


CHECKS = {
    "math/arithmetic-v0": {
        **dict.fromkeys(("addition", "multiplication", "division", "precedence", "fractions", "decimals"), computed),
        "percent": percent,
    },
    "math/number_theory-v0": {
        "gcd": gcd,
        "lcm": lcm,
        "remainder": remainder,
        "power_remainder": power_remainder,
        "factorization": factorization,
        "divisors": divisors,
        "bases": bases,
        "inverse": inverse,
        "totient": totient,
        "bezout": bezout,
        "congruences": congruences,
        "square_roots": square_roots,
    },
    "math/combinatorics-v0": {
        "multiples": multiples,
        "selections": selections,
        "rankings": rankings,
        "arrangements": arrangements,
        "paths": paths,
        "distributions": distributions,
        "draws": draws,
        "dice": dice,
        "closed_form": closed_form,
        "recurrence": recurrence,
        "expectation": expectation,
        "fixed_points": fixed_points,
        "surjections": surjections,
    },
}


@pytest.mark.parametrize(("env_id", "family"), [(env_id, family) for env_id, checks in CHECKS.items() for family in checks])
def test_the_gold_is_what_an_independent_computation_gives(env_id, family):
    env = make(env_id, families=[family], style="terse")
    for level in range(env.known[family][0], LEVELS):
        for index in range(TASKS):
            task = env.task_at(index, difficulty=level)
            CHECKS[env_id][family](task.text, task.answer)


@pytest.mark.parametrize("env_id", CHECKS)
def test_every_family_has_an_independent_computation(env_id):
    assert set(CHECKS[env_id]) == set(make(env_id).known)
