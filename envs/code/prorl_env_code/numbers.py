"""Families over integers. Each takes (rng, level) and draws a `Problem`; `FAMILIES` says at which levels."""

import random

from prorl_env_code.problems import Problem, some_int

_X = (("x", "int"),)
_N = (("n", "int"),)


def linear(rng: random.Random, level: int) -> Problem:
    """3*x+2, from level 1 on with a square or a remainder."""
    a, b = rng.randint(2, 40), rng.randint(1, 40)
    sign, word = rng.choice((("+", "plus"), ("-", "minus")))
    terse, words = f"{a}*x{sign}{b}", f"{a} times x, {word} {b}"
    if level >= 1:
        m = rng.randint(5, 97)
        if rng.random() < 0.5:
            terse, words = f"({terse})%{m}", f"the remainder of ({words}) when divided by {m}, as Python's % gives it"
        else:
            terse, words = f"x*x{sign}{a}*x+{b}", f"the square of x, {word} {a} times x, plus {b}"
    return Problem(args=_X, words=words, terse=terse, code=terse, make=lambda r: (some_int(r),), edges=((0,), (1,), (-1,)))


def extreme(rng: random.Random, level: int) -> Problem:
    """The larger or smaller of two linear terms."""
    a, b, c = rng.randint(2, 20), rng.randint(2, 20), rng.randint(1, 30)
    name, word = rng.choice((("max", "larger"), ("min", "smaller")))
    return Problem(
        args=(("x", "int"), ("y", "int")),
        words=f"the {word} one of {a} times x, plus {c}, and {b} times y",
        terse=f"{name} {a}*x+{c},{b}*y",
        code=f"{name}({a}*x+{c},{b}*y)",
        make=lambda r: (some_int(r), some_int(r)),
        edges=((0, 0), (-1, 5)),
    )


def digits(rng: random.Random, level: int) -> Problem:
    """A sum over the decimal digits."""
    a, b, k = rng.randint(2, 20), rng.randint(0, 30), rng.randint(2, 9)
    kind = rng.choice(("sum", "square", "count"))
    words = {
        "sum": f"{a} times the sum of the decimal digits of n, plus {b}",
        "square": f"the sum of the squares of the decimal digits of n, times {a}, plus {b}",
        "count": f"{a} times the number of decimal digits of n that are at least {k}, plus {b}",
    }[kind]
    terse = {"sum": f"{a}*digitsum+{b}", "square": f"{a}*sum d*d+{b}", "count": f"{a}*count d>={k}+{b}"}[kind]
    inner = {"sum": "sum(map(int,str(n)))", "square": "sum(int(d)**2 for d in str(n))", "count": f"sum(int(d)>={k} for d in str(n))"}[kind]
    return Problem(
        args=_N, words=words + " (n is not negative)", terse=terse, code=f"{a}*{inner}+{b}", make=lambda r: (r.randint(0, 10**6),), edges=((0,), (9,))
    )


def multiples(rng: random.Random, level: int) -> Problem:
    """Multiples of one number that are none of another, up to n."""
    a, b = rng.sample(range(2, 14), 2)
    counted = rng.random() < 0.5
    low = rng.randint(1, 20)
    first = next(i for i in range(low, low + a * b + a) if (i % a == 0 and i % b) or i == low + a * b)
    what = "how many integers i there are" if counted else "the sum of all integers i"
    return Problem(
        args=_N,
        words=f"{what} from {low} to n, n included, that are multiples of {a} but not of {b}",
        terse=f"{'count' if counted else 'sum'} i={low}..n:{a}|i,not {b}|i",
        code=f"sum({'1' if counted else 'i'} for i in range({low},n+1) if i%{a}==0 and i%{b}!=0)",
        make=lambda r: (r.randint(10, 300),),
        edges=((0,), (first,), (first - 1,), (first + 2 * a * b,)),
    )


def recurrence(rng: random.Random, level: int) -> Problem:
    """A linear recurrence of second order modulo m."""
    p, q, r, m = rng.randint(1, 9), rng.randint(1, 9), rng.randint(0, 9), rng.randint(50, 999)
    s, t = rng.randint(0, 9), rng.randint(0, 9)
    body = f"a,b={s},{t}\nfor _ in range(n):\n    a,b=b,({p}*b+{q}*a+{r})%{m}\nreturn a"
    return Problem(
        args=_N,
        words=f"a(n), where a(0) = {s}, a(1) = {t} and a(k) = ({p} a(k-1) + {q} a(k-2) + {r}) mod {m}",
        terse=f"a0={s},a1={t},ak=({p}a(k-1)+{q}a(k-2)+{r})%{m};a(n)",
        code=body,
        make=lambda rr: (rr.randint(2, 80),),
        edges=((0,), (1,), (2,)),
    )


def base(rng: random.Random, level: int) -> Problem:
    """Digits in another base."""
    b, k = rng.randint(2, 9), rng.randint(2, 60)
    body = f"m=n+{k}\nout=''\nfor _ in range(64):\n    out=str(m%{b})+out\n    m//={b}\n    if m==0:\n        break\nreturn out"
    return Problem(
        args=_N,
        words=f"n + {k} written in base {b}, as a string of digits (n is not negative)",
        terse=f"n+{k} in base {b}",
        code=body,
        make=lambda r: (r.randint(0, 10**5),),
        edges=((0,), (b,), (b * b,)),
        result="str",
    )


def primes(rng: random.Random, level: int) -> Problem:
    """Primes in a residue class up to n."""
    m = rng.randint(3, 30)
    r = rng.randrange(1, m)
    while _common(m, r) > 1:
        r = rng.randrange(1, m)
    k = rng.randint(1, 60)
    first, square = _first_prime(r, m), _square_of_prime(r, m)
    counted = rng.random() < 0.5
    body = (
        f"total={k}\nfor i in range(2,n+1):\n    if all(i%d for d in range(2,int(i**0.5)+1)) and i%{m}=={r}:\n"
        f"        total+={'1' if counted else 'i'}\nreturn total"
    )
    return Problem(
        args=_N,
        words=f"{k} plus the {'number' if counted else 'sum'} of primes p up to n, n included, with p mod {m} equal to {r}",
        terse=f"{k}+{'count' if counted else 'sum'} p<=n:p%{m}={r}",
        code=body,
        make=lambda rr: (rr.randint(40, 900),),
        edges=tuple((n,) for n in sorted({1, 2, 3, first, first - 1, square})),
    )


def _first_prime(r: int, m: int) -> int:
    return next((p for p in range(2, 3000) if p % m == r and _is_prime(p)), r)


def _square_of_prime(r: int, m: int) -> int:
    """A number in the class that is a prime's square, and not a prime; the trap of a loop that ends too early."""
    return next((p * p for p in range(2, 40) if p * p % m == r and _is_prime(p)), 49)


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def _common(a: int, b: int) -> int:
    return a if b == 0 else _common(b, a % b)


def nth_with(rng: random.Random, level: int) -> Problem:
    """The k-th number with a property."""
    d, k, m = rng.randint(1, 9), rng.randint(2, 9), rng.randint(2, 12)
    body = f"seen=0\nfor i in range(1,100000):\n    if '{d}' in str(i) or i%{m}==0:\n        seen+=1\n        if seen==n:\n            return i*{k}"
    return Problem(
        args=_N,
        words=f"{k} times the n-th positive integer, counted from 1, that contains the digit {d} or is a multiple of {m}",
        terse=f"{k}*nth i>0:{d} in i or {m}|i",
        code=body,
        make=lambda r: (r.randint(2, 150),),
        edges=((1,),),
    )


FAMILIES = (
    (linear, (0, 1)),
    (extreme, (0, 1)),
    (digits, (1, 2)),
    (multiples, (1, 2)),
    (recurrence, (2, 3)),
    (base, (2,)),
    (primes, (2, 3)),
    (nth_with, (2, 3)),
)
