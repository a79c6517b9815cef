"""Families over strings and words."""

import random

from prorl_env_code.problems import Problem, ordinal, some_text, some_word, some_words

_S = (("s", "str"),)
_W = (("w", "words"),)
_LETTERS = "abcdefgmnorst"


def cut(rng: random.Random, level: int) -> Problem:
    """A slice, glued to a text."""
    low = rng.randint(0, 6)
    high = low + rng.randint(2, 8)
    tail = some_word(rng, least=1, most=2)
    words = f"the characters of s from position {low} up to but not including position {high}, counted from 0, followed by {tail!r}"
    code = f"s[{low}:{high}]+'{tail}'"
    return Problem(args=_S, words=words, terse=code, code=code, make=lambda r: (some_text(r),), edges=(("ab",), ("Z" * 20,)), result="str")


def _operation(rng: random.Random) -> tuple[str, str, str]:
    """One step of a pipeline: words, compact notation, code with `%` for the string so far."""
    a, b = rng.sample(_LETTERS, 2)
    k = rng.randint(2, 6)
    return rng.choice(
        (
            ("reverse it", "rev", "%[::-1]"),
            ("turn it to upper case", "up", "%.upper()"),
            ("turn it to lower case", "low", "%.lower()"),
            ("swap its upper and lower case", "swap", "%.swapcase()"),
            (f"replace each {a!r} by {b!r}", f"{a}>{b}", f"%.replace('{a}','{b}')"),
            (f"remove each {a!r}", f"-{a}", f"%.replace('{a}','')"),
            (f"drop its first {k} characters", f"drop{k}", f"%[{k}:]"),
            (f"put {a + b!r} in front", f"{a + b}+", f"('{a + b}'+%)"),
            (f"append {a + b!r}", f"+{a + b}", f"(%+'{a + b}')"),
            (f"repeat it {k % 2 + 2} times", f"x{k % 2 + 2}", f"(%*{k % 2 + 2})"),
            (f"keep every {ordinal(k)} character, starting with the first", f"every{k}", f"%[::{k}]"),
            ("sort its characters", "sort", "''.join(sorted(%))"),
        )
    )


def pipeline(rng: random.Random, level: int) -> Problem:
    """Two to four steps, one after the other."""
    steps = [_operation(rng) for _ in range(level + 2)]
    code = "s"
    for _, _, form in steps:
        code = form.replace("%", code)
    return Problem(
        args=_S,
        words=f"the result of doing this to s, in order: {'; '.join(words for words, _, _ in steps)}",
        terse=",".join(short for _, short, _ in steps),
        code=code,
        make=lambda r: (some_text(r),),
        edges=(("aBcDefghijklmnop",), ("Tomorrow2nite",)),
        result="str",
    )


def caesar(rng: random.Random, level: int) -> Problem:
    """Shift small letters, maybe every k-th only, and mark the end."""
    k, every, mark = rng.randint(1, 25), rng.randint(1, 4), some_word(rng, "XYZ", least=1, most=2)
    body = (
        "out=''\nfor i,c in enumerate(s):\n"
        f"    if c.islower() and i%{every}==0:\n        c=chr((ord(c)-97+{k})%26+97)\n    out+=c\nreturn out+'{mark}'"
    )
    which = "each lower-case letter" if every == 1 else f"each lower-case letter at a position divisible by {every}, counted from 0,"
    return Problem(
        args=_S,
        words=f"s with {which} shifted {k} places forward in the alphabet, z being followed by a, and {mark!r} appended",
        terse=f"shift{k} every{every} +{mark}",
        code=body,
        make=lambda r: (some_text(r),),
        edges=(("xyzabc",), ("A1",)),
        result="str",
    )


def tally(rng: random.Random, level: int) -> Problem:
    """A weighted count of characters."""
    letters = "".join(sorted(rng.sample(_LETTERS, rng.randint(2, 4))))
    a, b = rng.randint(2, 12), rng.randint(0, 12)
    return Problem(
        args=_S,
        words=f"{a} times the number of characters of s that are one of {', '.join(letters)}, plus {b} times the length of s",
        terse=f"{a}*count[{letters}]+{b}*len",
        code=f"{a}*sum(c in '{letters}' for c in s)+{b}*len(s)",
        make=lambda r: (some_word(r, _LETTERS, least=3, most=15),),
        edges=(("",), (letters * 2,), ("zzz",)),
    )


def run_lengths(rng: random.Random, level: int) -> Problem:
    """Run-length code with a threshold and a separator."""
    k, sep = rng.randint(2, 4), rng.choice("-_.:/|")
    letters = "".join(rng.sample(_LETTERS, 3))
    body = (
        "out=[]\ni=0\nfor j in range(1,len(s)+1):\n    if j==len(s) or s[j]!=s[i]:\n"
        f"        n=j-i\n        c=s[i].upper() if s[i] in '{letters}' else s[i]\n        out.append(c+str(n) if n>={k} else c*n)\n"
        f"        i=j\nreturn '{sep}'.join(out)"
    )
    return Problem(
        args=_S,
        words=f"the runs of equal characters of s, joined by {sep!r}: a run of {k} or more as its character and its length, a shorter one as it "
        f"is; in every run the characters {', '.join(sorted(letters))} become upper case",
        terse=f"runs>={k} c+n,join {sep},up {letters}",
        code=body,
        make=lambda r: ("".join(r.choice(letters + "xyz") * r.randint(1, 5) for _ in range(r.randint(1, 5))),),
        edges=(("x",), (letters[0] * 6,), (letters[1] * k + "x" * (k - 1) + letters[2] * (k + 1),)),
        result="str",
    )


def pick_words(rng: random.Random, level: int) -> Problem:
    """Filter words, then change them."""
    k = rng.randint(2, 4)
    a, b = rng.sample("abcdeo", 2)
    test, test_words, test_terse = rng.choice(
        (
            (f"len(x)>={k}", f"have at least {k} letters", f"len>={k}"),
            (f"'{a}' in x", f"contain {a!r}", f"has {a}"),
            (f"x[0]!='{a}'", f"do not start with {a!r}", f"first!={a}"),
            (f"x.count('{a}')<2", f"contain {a!r} less than twice", f"count {a}<2"),
        )
    )
    change, change_words, change_terse = rng.choice(
        (
            ("x[::-1]", "reversed", "rev"),
            ("x.upper()", "in upper case", "up"),
            (f"x+'{b}'", f"with {b!r} appended", f"+{b}"),
            (f"x.replace('{b}','{a}')", f"with each {b!r} replaced by {a!r}", f"{b}>{a}"),
            (f"x*{k}", f"each repeated {k} times without a space", f"x{k}"),
        )
    )
    end, end_words = rng.choice((("", "in order"), ("[::-1]", "from the last to the first")))
    return Problem(
        args=_W,
        words=f"the words of w that {test_words}, {change_words}, {end_words}",
        terse=f"{test_terse};{change_terse}{';rev list' if end else ''}",
        code=f"[{change} for x in w if {test}]{end}",
        make=lambda r: (some_words(r, least=3),),
        edges=((["abcde", "bead", "o"],),),
        result="words",
    )


def nesting(rng: random.Random, level: int) -> Problem:
    """Brackets: depth and balance."""
    a, b, bad = rng.randint(2, 20), rng.randint(1, 30), -rng.randint(1, 9)
    body = (
        "depth=best=0\nopened=[]\npair={')':'(',']':'['}\nfor c in s:\n    if c in '([':\n        opened.append(c)\n"
        "        best=max(best,len(opened))\n"
        f"    elif c in pair:\n        if not opened or opened.pop()!=pair[c]:\n            return {bad}\n"
        f"return {a}*best+{b} if not opened else {bad}"
    )
    return Problem(
        args=_S,
        words=f"{a} times the greatest nesting depth of the brackets () and [] in s, plus {b}; or {bad} where they are not balanced",
        terse=f"brackets ok?{a}*depth+{b}:{bad}",
        code=body.replace("depth=best=0", "best=0"),
        make=lambda r: (_brackets(r),),
        edges=(("x",), ("([])",), ("(]",), ("((",)),
    )


def _brackets(rng: random.Random) -> str:
    text = some_word(rng, "xy", most=2)
    for _ in range(rng.randint(1, 6)):
        text = rng.choice((f"({text})", f"[{text}]", f"{text}()", f"[]{text}"))
    return text if rng.random() < 0.75 else text.replace(rng.choice("()[]"), "", 1)


def common(rng: random.Random, level: int) -> Problem:
    """Weighted edit distance or longest common subsequence."""
    a, b, c = rng.randint(1, 9), rng.randint(1, 9), rng.randint(1, 9)
    if rng.random() < 0.5:
        words = f"the least cost to turn s into t where deleting a character costs {a}, inserting one {b} and replacing one by another {c}"
        terse = f"edit cost del{a} ins{b} sub{c}"
        body = (
            f"d=[{b}*j for j in range(len(t)+1)]\nfor x in s:\n    e=[d[0]+{a}]\n    for j,y in enumerate(t):\n"
            f"        e.append(min(d[j+1]+{a},e[j]+{b},d[j]+(0 if x==y else {c})))\n    d=e\nreturn d[-1]"
        )
    else:
        words = f"{a} times the length of the longest common subsequence of s and t, plus {b} times the length of s, plus {c}"
        terse = f"{a}*lcs+{b}*len s+{c}"
        body = (
            "d=[0]*(len(t)+1)\nfor x in s:\n    e=[0]\n    for j,y in enumerate(t):\n"
            f"        e.append(d[j]+1 if x==y else max(d[j+1],e[j]))\n    d=e\nreturn {a}*d[-1]+{b}*len(s)+{c}"
        )
    return Problem(
        args=(("s", "str"), ("t", "str")),
        words=words,
        terse=terse,
        code=body,
        make=lambda r: (some_word(r, "abc", least=2, most=9), some_word(r, "abc", least=2, most=9)),
        edges=(("", "abc"), ("abc", "abc"), ("ab", ""), ("abcabc", "cb"), ("ac", "bcbcab"), ("aaa", "bbb")),
    )


FAMILIES = (
    (cut, (0, 1)),
    (pipeline, (0, 1, 2)),
    (tally, (1,)),
    (caesar, (1, 2)),
    (pick_words, (1, 2)),
    (run_lengths, (2, 3)),
    (nesting, (3,)),
    (common, (3,)),
)
