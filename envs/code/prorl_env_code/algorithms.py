"""Families that need an algorithm rather than a formula."""

import random

from prorl_env_code.problems import Problem, some_ints

_V = (("v", "ints"),)


def pairs(rng: random.Random, level: int) -> Problem:
    """Pairs at a distance whose weighted sum is in a class."""
    a, b, m = rng.randint(1, 9), rng.randint(1, 9), rng.randint(2, 9)
    r = rng.randrange(m)
    return Problem(
        args=_V,
        words=f"the number of pairs i < j of positions of v with ({a} v[i] + {b} v[j]) mod {m} equal to {r} (Python's %)",
        terse=f"count i<j:({a}vi+{b}vj)%{m}={r}",
        code=f"sum(({a}*v[i]+{b}*v[j])%{m}=={r} for i in range(len(v)) for j in range(i+1,len(v)))",
        make=lambda rr: (some_ints(rr, least=4, most=14),),
        edges=(([],), ([1],), ([-3, 0, -1, 2, -5],), (list(range(m + 1)),)),
    )


def rising(rng: random.Random, level: int) -> Problem:
    """The longest subsequence whose steps are within bounds."""
    low = rng.randint(1, 4)
    high, a, b = low + rng.randint(3, 20), rng.randint(1, 15), rng.randint(0, 15)
    body = (
        f"best=[]\nfor j,y in enumerate(v):\n    best.append(1+max([best[i] for i in range(j) if {low}<=y-v[i]<={high}],default=0))\n"
        f"return {a}*max(best,default=0)+{b}"
    )
    return Problem(
        args=_V,
        words=f"{a} times the length of the longest subsequence of v in which every element is at least {low} and at most {high} more than the one "
        f"before it, plus {b}",
        terse=f"{a}*longest subseq step {low}..{high}+{b}",
        code=body,
        make=lambda rr: (some_ints(rr, 0, 40, least=4, most=14),),
        edges=(([],), ([5],), (list(range(0, 60, low + 1)),), ([7, 7 + low, 7 + low + high],), ([3, 4 + high],), ([0, low - 1],), ([30, 20, 10],)),
    )


def coins(rng: random.Random, level: int) -> Problem:
    """Ways to pay, or fewest coins."""
    values = sorted(rng.sample(range(2, 14), 3))
    a = rng.randint(1, 20)
    if rng.random() < 0.5:
        words, terse = f"{a} times the number of ways to pay n with coins of {{}} (the order does not matter)", f"{a}*ways n by "
        body = f"d=[1]+[0]*n\nfor c in {values}:\n    for i in range(c,n+1):\n        d[i]+=d[i-c]\nreturn {a}*d[n]"
    else:
        words, terse = f"{a} times the least number of coins of {{}} that pay n exactly, or -1 where none do", f"{a}*fewest coins n by "
        body = (
            f"d=[0]+[10**9]*n\nfor i in range(1,n+1):\n    for c in {values}:\n        if c<=i:\n            d[i]=min(d[i],d[i-c]+1)\n"
            f"return {a}*d[n] if d[n]<10**9 else -1"
        )
    return Problem(
        args=(("n", "int"),),
        words=words.format(", ".join(map(str, values))),
        terse=terse + ",".join(map(str, values)),
        code=body,
        make=lambda rr: (rr.randint(5, 90),),
        edges=((0,), (1,), *((c,) for c in values), (values[0] + values[2],), (values[1] * 2,)),
    )


def apart(rng: random.Random, level: int) -> Problem:
    """The greatest weighted sum of elements that keep a distance."""
    k, a, b = rng.randint(1, 3), rng.randint(1, 15), rng.randint(0, 30)
    body = f"d=[0]\nfor i,x in enumerate(v):\n    d.append(max(d[i],d[max(0,i-{k})]+x))\nreturn {a}*d[-1]+{b}"
    return Problem(
        args=_V,
        words=f"{a} times the greatest sum of elements of v such that between any two chosen ones at least {k} others lie, plus {b}; choosing none "
        "gives the sum 0",
        terse=f"{a}*max sum,gap>={k},+{b}",
        code=body,
        make=lambda rr: (some_ints(rr, least=3, most=12),),
        edges=(([],), ([-5],), ([4] * (k + 2),), ([-9, 3, -9, 3, -9],), ([9, 1, 1, 1, 1, 9],)),
    )


def intervals(rng: random.Random, level: int) -> Problem:
    """Length covered by intervals of varying start and given lengths."""
    n, a, b = rng.randint(2, 12), rng.randint(1, 12), rng.randint(0, 12)
    body = f"end=-10**9\ntotal=0\nfor x in sorted(v):\n    total+=max(0,x+{n}-max(x,end))\n    end=x+{n}\nreturn {a}*total+{b}"
    return Problem(
        args=_V,
        words=f"{a} times the total length that is covered by the intervals [x, x + {n}] for x in v, where "
        f"what is covered twice counts once, plus {b}",
        terse=f"{a}*covered by [x,x+{n}]+{b}",
        code=body,
        make=lambda rr: (some_ints(rr, least=2, most=10),),
        edges=(([],), ([3],), ([3, 3],), ([0, n, 2 * n],)),
    )


def paths(rng: random.Random, level: int) -> Problem:
    """Paths through a grid with blocked cells given by a rule."""
    a, b, m = rng.randint(1, 9), rng.randint(1, 9), rng.randint(3, 7)
    r = rng.randrange(1, m)
    mod = rng.randint(97, 997)
    body = (
        "d=[[0]*(w+1) for _ in range(h+1)]\nd[0][0]=1\nfor i in range(h+1):\n    for j in range(w+1):\n"
        f"        if ({a}*i+{b}*j)%{m}=={r}:\n            d[i][j]=0\n        elif i or j:\n"
        f"            d[i][j]=((d[i-1][j] if i else 0)+(d[i][j-1] if j else 0))%{mod}\nreturn d[h][w]"
    )
    return Problem(
        args=(("h", "int"), ("w", "int")),
        words=f"the number of paths from (0, 0) to (h, w), modulo {mod}, where a step adds 1 to one coordinate and no cell (i, j) with "
        f"({a} i + {b} j) mod {m} equal to {r} may be entered",
        terse=f"paths to h,w %{mod},not ({a}i+{b}j)%{m}={r}",
        code=body,
        make=lambda rr: (rr.randint(1, 12), rr.randint(1, 12)),
        edges=((0, 0), (0, 2), (2, 1), (1, 4), (12, 11)),
    )


FAMILIES = ((pairs, (2, 3)), (rising, (3,)), (coins, (3,)), (apart, (3,)), (intervals, (2, 3)), (paths, (3,)))
