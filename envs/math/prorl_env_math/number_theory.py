"""Number theory families: divisors, primes, remainders, bases. Answers are whole numbers unless the family says otherwise."""

import math
import random

from prorl_env_math.writing import number_problem
from prorl_gym.types import Draft


def gcd(rng: random.Random, level: int) -> Draft:
    """The greatest common divisor of two numbers, three at level 3."""
    high = (12, 20, 100, 1_000)[level]
    common = rng.randrange(1, high)
    numbers = [common * rng.randrange(1, (9, 20, 60, 300)[level]) for _ in range(2 if level < 3 else 3)]
    text = ",".join(map(str, numbers))
    listed = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
    return number_problem(f"Find the greatest common divisor of {listed}.", f"gcd({text})=", math.gcd(*numbers))


def lcm(rng: random.Random, level: int) -> Draft:
    """The least common multiple of two numbers."""
    high = (12, 25, 80, 500)[level]
    a, b = rng.randrange(2, high), rng.randrange(2, high)
    return number_problem(f"Find the least common multiple of {a} and {b}.", f"lcm({a},{b})=", math.lcm(a, b))


def remainder(rng: random.Random, level: int) -> Draft:
    """The remainder of a division."""
    a, m = rng.randrange(10, (100, 1_000, 10**5, 10**9)[level]), rng.randrange(2, (10, 20, 100, 1_000)[level])
    return number_problem(f"What is the remainder when {a} is divided by {m}?", f"{a} mod {m}=", a % m)


def power_remainder(rng: random.Random, level: int) -> Draft:
    """The remainder of a power."""
    high = (8, 10, 50, 1_000)[level]
    a, n, m = rng.randrange(2, high), rng.randrange(2, high * 4), rng.randrange(3, high + 5)
    return number_problem(f"What is the remainder when ${a}^{{{n}}}$ is divided by {m}?", f"{a}^{n} mod {m}=", pow(a, n, m))


def factorization(rng: random.Random, level: int) -> Draft:
    """A number as a product of prime powers; the answer must be that product."""
    high = (100, 200, 2_000, 50_000)[level]
    n = 0
    while len(primes := prime_factors(n)) < 2:
        n = rng.randrange(6, high)
    counts = {p: primes.count(p) for p in sorted(set(primes))}
    answer = "*".join(f"{p}^{k}" if k > 1 else str(p) for p, k in counts.items())
    question = f"Write {n} as a product of powers of primes."
    return Draft(question=question, terse=f"factor {n}", answer=answer, metadata={"form": "primes"})


def divisors(rng: random.Random, level: int) -> Draft:
    """How many positive divisors a number has, or their sum."""
    n = rng.randrange(4, (100, 200, 2_000, 20_000)[level])
    found = [d for d in range(1, n + 1) if n % d == 0]
    if rng.random() < 0.5:
        return number_problem(f"How many positive divisors does {n} have?", f"#divisors {n}=", len(found))
    return number_problem(f"Find the sum of the positive divisors of {n}.", f"sum divisors {n}=", sum(found))


def inverse(rng: random.Random, level: int) -> Draft:
    """The least positive inverse modulo a number."""
    high = (20, 30, 100, 1_000)[level]
    a, m = 0, 0
    while math.gcd(a, m) != 1:
        m = rng.randrange(5, high)
        a = rng.randrange(2, m)
    question = f"Find the integer $x$ with $0 < x < {m}$ and ${a}x \\equiv 1 \\pmod{{{m}}}$."
    return number_problem(question, f"{a}x=1 mod {m},x=", pow(a, -1, m))


def bases(rng: random.Random, level: int) -> Draft:
    """A number from one base to another; the digits alone are the answer."""
    n, base = rng.randrange(4, (60, 200, 2_000, 10**6)[level]), rng.randrange(2, 10)
    if rng.random() < 0.5:
        return number_problem(f"Write the decimal number {n} in base {base}. Give the digits only.", f"{n} to base {base}=", int(digits(n, base)))
    shown = digits(n, base)
    return number_problem(f"The number {shown} is written in base {base}. What is it in base ten?", f"{shown} from base {base}=", n)


def digits(n: int, base: int) -> str:
    """The digits of n in that base, most significant first."""
    out = ""
    while n:
        n, r = divmod(n, base)
        out = str(r) + out
    return out or "0"


def prime_factors(n: int) -> list[int]:
    """The prime factors of n with multiplicity, ascending; empty below 2."""
    out: list[int] = []
    p = 2
    while p * p <= n:
        while n % p == 0:
            out.append(p)
            n //= p
        p += 1
    return [*out, n] if n > 1 else out


FAMILIES = {
    "gcd": (0, gcd),
    "remainder": (0, remainder),
    "lcm": (1, lcm),
    "factorization": (1, factorization),
    "divisors": (1, divisors),
    "bases": (1, bases),
    "power_remainder": (2, power_remainder),
    "inverse": (2, inverse),
}
