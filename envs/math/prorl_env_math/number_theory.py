"""Number theory families: divisors, primes, remainders, bases. Answers are whole numbers unless the family says otherwise."""

import math
import random

from prorl_env_math.writing import number_problem, vector
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
    """The least common multiple of two numbers, of three at level 3."""
    high = (12, 25, 80, 150)[level]
    numbers = [rng.randrange(2, high) for _ in range(2 if level < 3 else 3)]
    listed = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
    return number_problem(f"Find the least common multiple of {listed}.", f"lcm({','.join(map(str, numbers))})=", math.lcm(*numbers))


def remainder(rng: random.Random, level: int) -> Draft:
    """The remainder of a division."""
    a, m = rng.randrange(10, (100, 1_000, 10**5, 10**9)[level]), rng.randrange(2, (10, 20, 100, 1_000)[level])
    return number_problem(f"What is the remainder when {a} is divided by {m}?", f"{a} mod {m}=", a % m)


def power_remainder(rng: random.Random, level: int) -> Draft:
    """The remainder of a power, at level 3 of a power of a power."""
    if level == 3:
        a, b, c, m = rng.randrange(2, 100), rng.randrange(2, 30), rng.randrange(3, 30), rng.randrange(11, 200)
        question = f"What is the remainder when ${a}^{{{b}^{{{c}}}}}$ is divided by {m}?"
        return number_problem(question, f"{a}^({b}^{c}) mod {m}=", pow(a, b**c, m))
    high = (8, 10, 50)[level]
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
    """How many positive divisors a number has, or their sum; at level 3 of a number given as a product of prime powers."""
    if level == 3:
        primes = sorted(rng.sample((2, 3, 5, 7, 11, 13), 3))
        powers = [rng.randrange(1, 8) for _ in primes]
        text = " \\cdot ".join(f"{p}^{{{k}}}" for p, k in zip(primes, powers, strict=True))
        terse = "*".join(f"{p}^{k}" for p, k in zip(primes, powers, strict=True))
        count, total = math.prod(k + 1 for k in powers), math.prod((p ** (k + 1) - 1) // (p - 1) for p, k in zip(primes, powers, strict=True))
    else:
        n = rng.randrange(4, (100, 200, 2_000)[level])
        found = [d for d in range(1, n + 1) if n % d == 0]
        text = terse = str(n)
        count, total = len(found), sum(found)
    if rng.random() < 0.5:
        return number_problem(f"How many positive divisors does ${text}$ have?", f"#divisors {terse}=", count)
    return number_problem(f"Find the sum of the positive divisors of ${text}$.", f"sum divisors {terse}=", total)


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
    """A number from or to base ten, at level 3 the sum or product of two numbers in another base; the digits alone are the answer."""
    if level == 3:
        base, a, b = rng.randrange(3, 10), rng.randrange(20, 700), rng.randrange(20, 700)
        sign, word, value = rng.choice((("+", "Add", a + b), ("*", "Multiply", a * b)))
        one, two = digits(a, base), digits(b, base)
        question = f"{word} the base {base} numbers {one} and {two}. Give the digits of the result in base {base}."
        return number_problem(question, f"{one}{sign}{two} in base {base}=", int(digits(value, base)))
    n, base = rng.randrange(4, (60, 200, 2_000, 10**6)[level]), rng.randrange(2, 10)
    if rng.random() < 0.5:
        return number_problem(f"Write the decimal number {n} in base {base}. Give the digits only.", f"{n} to base {base}=", int(digits(n, base)))
    shown = digits(n, base)
    return number_problem(f"The number {shown} is written in base {base}. What is it in base ten?", f"{shown} from base {base}=", n)


def totient(rng: random.Random, level: int) -> Draft:
    """How many numbers up to n have no common factor with n; at level 3 of a number given by its factors."""
    if level == 3:
        p, q, k = *rng.sample((3, 5, 7, 11, 13, 17, 19, 23), 2), rng.randrange(2, 6)
        value = p ** (k - 1) * (p - 1) * (q - 1)
        return number_problem(f"Compute Euler's totient of ${p}^{{{k}}} \\cdot {q}$.", f"phi({p}^{k}*{q})=", value)
    n = rng.randrange(5, (60, 200, 3_000)[level])
    value = n
    for p in set(prime_factors(n)):
        value -= value // p
    return number_problem(f"How many of the integers from 1 to {n} have no common factor with {n} other than 1?", f"phi({n})=", value)


def bezout(rng: random.Random, level: int) -> Draft:
    """Any integers with ax + by = c; checked by substitution."""
    high = (15, 30, 80, 400)[level]
    a, b = rng.sample(range(3, high), 2)
    common = math.gcd(a, b)
    a, b = a // common, b // common
    c = 1 if level < 2 else rng.randrange(2, 30)
    x = pow(a, -1, b) * c if b > 1 else 0
    text = f"{a}x+{b}y={c}"
    check = {"kind": "solves", "equations": [text], "names": ["x", "y"], "integers": True}
    question = f"Find integers $x$ and $y$ with ${text}$. Give one solution as an ordered pair $(x, y)$."
    answer = vector([x, (c - a * x) // b])
    return Draft(question=question, terse=f"{text}:(x,y)=", answer=answer, metadata={"form": "number", "check": check})


def congruences(rng: random.Random, level: int) -> Draft:
    """The least non-negative number with given remainders: two moduli, three from level 2, with coefficients at level 3."""
    moduli: list[int] = []
    while len(moduli) < (2 if level < 2 else 3):
        m = rng.randrange(2, (8, 14, 14, 30)[level])
        if all(math.gcd(m, other) == 1 for other in moduli):
            moduli.append(m)
    factors = [rng.choice([a for a in range(1, m) if math.gcd(a, m) == 1]) if level == 3 else 1 for m in moduli]
    x = rng.randrange(math.prod(moduli))
    shown = [(f"{a}x" if a > 1 else "x", a * x % m, m) for a, m in zip(factors, moduli, strict=True)]
    listed = ", ".join(f"${left} \\equiv {r} \\pmod{{{m}}}$" for left, r, m in shown)
    question = f"Find the least non-negative integer $x$ with {listed}."
    return number_problem(question, f"{','.join(f'{left}={r} mod {m}' for left, r, m in shown)},x=", x)


def square_roots(rng: random.Random, level: int) -> Draft:
    """All square roots of a number modulo m, as a set; at level 3 all solutions of a quadratic congruence."""
    m = rng.randrange(7, (20, 30, 80, 150)[level])
    b = rng.randrange(1, m) if level == 3 else 0
    root = rng.randrange(1, m)
    c = (root * root + b * root) % m
    found = [x for x in range(m) if (x * x + b * x - c) % m == 0]
    left = f"x^2+{b}x" if b > 1 else "x^2+x" if b else "x^2"
    question = f"Find all integers $x$ with $0 \\le x < {m}$ and ${left} \\equiv {c} \\pmod{{{m}}}$. Separate them by commas."
    return Draft(question=question, terse=f"{left}={c} mod {m},x=", answer=", ".join(map(str, found)), metadata={"form": "number"})


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
    "totient": (1, totient),
    "bezout": (1, bezout),
    "congruences": (2, congruences),
    "square_roots": (2, square_roots),
}
