"""Families over lists of integers and over words that are counted in dicts."""

import random

from prorl_env_code.problems import Problem, ordinal, some_ints, some_word, some_words

_V = (("v", "ints"),)
_W = (("w", "words"),)


def each(rng: random.Random, level: int) -> Problem:
    """A linear map over a list, from level 1 on with a filter."""
    a, b = rng.randint(2, 30), rng.randint(1, 30)
    if level == 0:
        return Problem(
            args=_V,
            words=f"the list of {a} times x, plus {b}, for each x in v",
            terse=f"each {a}*x+{b}",
            code=f"[{a}*x+{b} for x in v]",
            make=lambda r: (some_ints(r),),
            edges=(([0],), ([-1, 1, -1],)),
            result="ints",
        )
    m = rng.randint(2, 5)
    k = rng.randrange(m)
    return Problem(
        args=_V,
        words=f"the list of {a} times x, plus {b}, for each x in v with x mod {m} equal to {k} (Python's %)",
        terse=f"each {a}*x+{b} if x%{m}={k}",
        code=f"[{a}*x+{b} for x in v if x%{m}=={k}]",
        make=lambda r: (some_ints(r, least=5),),
        edges=(([k],), ([k, k + 1, k - m],)),
        result="ints",
    )


def total(rng: random.Random, level: int) -> Problem:
    """sum, max or min, scaled."""
    a, b = rng.randint(2, 40), rng.randint(1, 40)
    name, word = rng.choice((("sum", "sum"), ("max", "greatest element"), ("min", "least element"), ("len", "length")))
    sign, joined = rng.choice((("+", "plus"), ("-", "minus")))
    return Problem(
        args=_V,
        words=f"{a} times the {word} of v, {joined} {b} (v is not empty)",
        terse=f"{a}*{name}{sign}{b}",
        code=f"{a}*{name}(v){sign}{b}",
        make=lambda r: (some_ints(r),),
        edges=(([0],), ([-3, -7],)),
    )


def kth(rng: random.Random, level: int) -> Problem:
    """The k-th largest distinct value, combined with a count."""
    k, a, limit = rng.randint(2, 4), rng.randint(2, 12), rng.randint(-5, 30)
    return Problem(
        args=_V,
        words=f"the {ordinal(k)} largest of the distinct values of v (0 where there are fewer), plus {a} times the number of elements above {limit}",
        terse=f"{ordinal(k)} largest distinct or 0,+{a}*count>{limit}",
        code=f"(sorted(set(v))[-{k}] if len(set(v))>={k} else 0)+{a}*sum(x>{limit} for x in v)",
        make=lambda r: (some_ints(r, least=4),),
        edges=(([],), ([limit, limit + 1],), ([5, 5, 5],), (list(range(limit + 2 - k, limit + 2)),), (list(range(1, k)) * 2,)),
    )


def rotate(rng: random.Random, level: int) -> Problem:
    """Rotate, then add the position times a weight."""
    k, a, b = rng.randint(1, 5), rng.randint(1, 9), rng.randint(0, 9)
    return Problem(
        args=_V,
        words=f"v rotated {k} places to the left, with {a} times its new position (from 0) plus {b} added "
        f"to each element (v has at least {k} elements)",
        terse=f"rotl{k},+{a}*i+{b}",
        code=f"[x+{a}*i+{b} for i,x in enumerate(v[{k}:]+v[:{k}])]",
        make=lambda r: (some_ints(r, least=k, most=9),),
        edges=((list(range(k)),),),
        result="ints",
    )


def window(rng: random.Random, level: int) -> Problem:
    """The best window of k neighbours."""
    k, a, b = rng.randint(2, 5), rng.randint(1, 12), rng.randint(0, 40)
    name, word = rng.choice((("max", "greatest"), ("min", "least")))
    return Problem(
        args=_V,
        words=f"{a} times the {word} sum of {k} neighbouring elements of v, plus {b} (v has at least {k} elements)",
        terse=f"{a}*{name} sum of {k} neighbours+{b}",
        code=f"{a}*{name}(sum(v[i:i+{k}]) for i in range(len(v)-{k}+1))+{b}",
        make=lambda r: (some_ints(r, least=k, most=10),),
        edges=((list(range(k)),), ([-4] * k + [3],)),
    )


def differences(rng: random.Random, level: int) -> Problem:
    """Weighted differences at a distance."""
    k, a, b = rng.randint(1, 3), rng.randint(1, 12), rng.randint(1, 12)
    return Problem(
        args=_V,
        words=f"the list of {a} v[i+{k}] minus {b} v[i] for every i for which both exist",
        terse=f"{a}*v[i+{k}]-{b}*v[i]",
        code=f"[{a}*v[i+{k}]-{b}*v[i] for i in range(len(v)-{k})]",
        make=lambda r: (some_ints(r, least=k + 1, most=9),),
        edges=((list(range(k + 1)),), (list(range(k + 2)),)),
        result="ints",
    )


def chunks(rng: random.Random, level: int) -> Problem:
    """Aggregate blocks of k, the last one shorter."""
    k, a = rng.randint(2, 5), rng.randint(1, 25)
    name, word = rng.choice((("sum", "sum"), ("max", "greatest element"), ("min", "least element")))
    return Problem(
        args=_V,
        words=f"the list of the {word} of each block of {k} elements of v, times {a}; the last block may be shorter",
        terse=f"blocks of {k}:{a}*{name}",
        code=f"[{a}*{name}(v[i:i+{k}]) for i in range(0,len(v),{k})]",
        make=lambda r: (some_ints(r, least=2, most=12),),
        edges=(([7],), (list(range(k)),), (list(range(k + 1)),)),
        result="ints",
    )


def counts(rng: random.Random, level: int) -> Problem:
    """A dict of how often each word occurs, above a threshold, weighted."""
    k, a, b = rng.randint(1, 3), rng.randint(1, 15), rng.randint(0, 15)
    return Problem(
        args=_W,
        words=f"a dict that maps each word that occurs at least {k} times in w to {a} times its count, plus {b}",
        terse=f"dict word:{a}*count+{b} if count>={k}",
        code=f"{{x:{a}*w.count(x)+{b} for x in w if w.count(x)>={k}}}",
        make=lambda r: ([r.choice("abc") + r.choice("xy") for _ in range(r.randint(3, 12))],),
        edges=(([],), (["ab"],), (["ab"] * 3,)),
        result="dict",
    )


def grouped(rng: random.Random, level: int) -> Problem:
    """Group words by a letter, keep those of a length, give sums of a weighted length."""
    place, word = rng.choice((("0", "first"), ("-1", "last")))
    least, a, b = rng.randint(1, 3), rng.randint(1, 12), rng.randint(0, 12)
    body = f"groups={{}}\nfor x in w:\n    if len(x)>={least}:\n        groups[x[{place}]]=groups.get(x[{place}],0)+{a}*len(x)+{b}\nreturn groups"
    return Problem(
        args=_W,
        words=f"a dict from each {word} letter of the words of w with at least {least} letters to the sum of "
        f"{a} times the length plus {b} over those words",
        terse=f"dict {word} letter:sum {a}*len+{b} if len>={least}",
        code=body,
        make=lambda r: (some_words(r, least=3),),
        edges=(([],), (["a", "ab", "abc"],)),
        result="dict",
    )


def merged(rng: random.Random, level: int) -> Problem:
    """Two word lists into a dict of differences of weighted counts."""
    a, b = rng.randint(1, 15), rng.randint(1, 15)
    skip = some_word(rng, "abc", most=1)
    body = (
        f"out={{}}\nfor x in v:\n    out[x]=out.get(x,0)+{a}\nfor x in w:\n    out[x]=out.get(x,0)-{b}\n"
        f"return {{k:n for k,n in out.items() if n!=0 and k!='{skip}'}}"
    )
    return Problem(
        args=(("v", "words"), ("w", "words")),
        words=f"a dict from each word other than {skip!r} to {a} times its count in v minus {b} times its "
        "count in w, without the words that come to 0",
        terse=f"dict {a}*count v-{b}*count w,no 0,no {skip}",
        code=body,
        make=lambda r: ([r.choice("abcd") for _ in range(r.randint(1, 8))], [r.choice("abcd") for _ in range(r.randint(1, 8))]),
        edges=(([], []), (["a", "b", "c", "d"], []), (["a"] * b + ["d"] * (b + 1), ["a"] * a + ["d"] * a)),
        result="dict",
    )


FAMILIES = (
    (each, (0, 1)),
    (total, (0, 1)),
    (kth, (1, 2)),
    (rotate, (1, 2)),
    (window, (1, 2)),
    (differences, (1, 2)),
    (chunks, (2,)),
    (counts, (1, 2)),
    (grouped, (2, 3)),
    (merged, (2, 3)),
)
