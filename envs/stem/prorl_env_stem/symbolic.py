"""Families whose answer is a formula: rearranged laws, motion as a function of time, rate and equilibrium laws, growth in time."""

import random
from fractions import Fraction

from prorl_env_stem import chemistry, physics
from prorl_env_stem.law import Law
from prorl_env_stem.problem import Family, Problem


def _problem(family: str, question: str, terse: str, answer: str) -> Problem:
    return Problem(family=family, question=question, terse=terse, answer=answer, kind="expression")


def _power(symbol: str, power: int) -> str:
    return symbol if power == 1 else f"{symbol}^{power}"


def written(law: Law) -> str:
    """The law's right side, such as `1/2 m v^2` or `m v^2/r`; a constant other than a fraction is the letter K."""
    above = " ".join(_power(v.symbol, e) for v, e in law.parts if e > 0)
    below = " ".join(_power(v.symbol, -e) for v, e in law.parts if e < 0)
    front = "" if law.k == 1 else "1/2 " if law.k == 0.5 else "K "
    body = f"{front}{above}".strip() or "1"
    return f"({body})/({below})" if below else body


def rearranged(law: Law, asked: str) -> str:
    """The formula for `asked`: the output over the rest, to the power that undoes its own."""
    power = {v.symbol: e for v, e in law.parts}[asked]
    others = [(v.symbol, e) for v, e in law.parts if v.symbol != asked]
    top, bottom = [law.out.symbol], [] if law.k == 1 else ["0.5"] if law.k == 0.5 else ["K"]
    for symbol, e in others:
        (bottom if e > 0 else top).append(_power(symbol, abs(e)))
    if power < 0:
        top, bottom = bottom or ["1"], top
    ratio = f"({' '.join(top)})/({' '.join(bottom)})" if bottom else " ".join(top)
    return ratio if abs(power) == 1 else f"\\sqrt{{{ratio}}}" if abs(power) == 2 else f"({ratio})^{{1/{abs(power)}}}"


EQUATIONS = (
    ("T = 2\\pi\\sqrt{L/g}", "L", "g T^2/(4\\pi^2)"), ("T = 2\\pi\\sqrt{L/g}", "g", "4\\pi^2 L/T^2"),
    ("T = 2\\pi\\sqrt{m/k}", "k", "4\\pi^2 m/T^2"), ("T = 2\\pi\\sqrt{m/k}", "m", "k T^2/(4\\pi^2)"), ("v^2 = u^2 + 2as", "s", "(v^2 - u^2)/(2a)"),
    ("v^2 = u^2 + 2as", "u", "\\sqrt{v^2 - 2as}"), ("s = ut + \\frac{1}{2}at^2", "a", "2(s - ut)/t^2"),
    ("s = ut + \\frac{1}{2}at^2", "u", "(s - \\frac{1}{2}at^2)/t"), ("1/f = 1/u + 1/v", "v", "uf/(u - f)"), ("1/f = 1/u + 1/v", "f", "uv/(u + v)"),
    ("F = GMm/r^2", "r", "\\sqrt{GMm/F}"), ("F = GMm/r^2", "M", "Fr^2/(Gm)"), ("F = kQq/r^2", "r", "\\sqrt{kQq/F}"),
    ("E = mgh + \\frac{1}{2}mv^2", "v", "\\sqrt{2(E - mgh)/m}"), ("E = mgh + \\frac{1}{2}mv^2", "h", "(E - \\frac{1}{2}mv^2)/(mg)"),
    ("E = mgh + \\frac{1}{2}mv^2", "m", "E/(gh + \\frac{1}{2}v^2)"), ("P = U^2/R", "U", "\\sqrt{PR}"),
    ("E = \\frac{1}{2}CU^2", "U", "\\sqrt{2E/C}"), ("F = mv^2/r", "v", "\\sqrt{Fr/m}"), ("F = mv^2/r", "r", "mv^2/F"),
    ("v = \\sqrt{2gh}", "h", "v^2/(2g)"), ("I = U/(R + r)", "r", "U/I - R"), ("I = U/(R + r)", "R", "U/I - r"), ("E = hf - W", "f", "(E + W)/h"),
    ("v = \\sqrt{GM/r}", "r", "GM/v^2"), ("E = \\frac{1}{2}kx^2", "x", "\\sqrt{2E/k}"), ("N = Ae^{-kt}", "t", "\\ln(A/N)/k"),
    ("N = Ae^{-kt}", "k", "\\ln(A/N)/t"), ("U = A(1 - e^{-t/T})", "t", "-T\\ln(1 - U/A)"), ("f = \\frac{1}{2L}\\sqrt{F/m}", "F", "4f^2L^2m"),
)  # fmt: skip
"""Equations with a symbol to solve for and the solution for positive values."""


def _rearrange(rng: random.Random, level: int) -> Problem:
    """A product at level 1, an equation with roots, squares, sums or exponentials at level 2, two laws joined at level 3."""
    wording = rng.choice(("Solve {law} for {x}.", "From {law}, express {x} by the other symbols.", "Make {x} the subject of {law}."))
    if level == 2:
        text, asked, answer = rng.choice(EQUATIONS)
        short = (
            text.replace(" ", "").replace("\\frac{1}{2}", "1/2").replace("\\frac{1}{2L}", "1/(2L)").replace("\\sqrt{", "sqrt(").replace("\\pi", "pi*")
        )
        short = short.replace("}", ")") if "sqrt(" in short else short
        return _problem("rearrange", f"{wording.format(law=text, x=asked)} All quantities are positive.", f"{short} {asked}=?", answer)
    law = rng.choice([w for w in (physics.CHAINS if level == 3 else physics.LAWS) if len({v.symbol for v in w.variables}) == len(w.variables) > 2])
    asked = rng.choice([v.symbol for v, _ in law.parts])
    text = f"{law.out.symbol} = {written(law)}"
    meaning = ", ".join(f"{v.symbol} the {v.name}" for v in law.variables)
    question = f"{wording.format(law=text, x=asked)} Here {meaning}; all are positive."
    return _problem("rearrange", question, f"{text.replace(' ', '')} {asked}=?", rearranged(law, asked))


def polynomial(coefficients: dict[int, Fraction], symbol: str = "t") -> str:
    """`3t^2 - 4t + 1` from powers to coefficients."""
    out = ""
    for power, value in sorted(coefficients.items(), reverse=True):
        if not value:
            continue
        size = abs(value)
        number = "" if size == 1 and power else str(size) if size.denominator == 1 else f"({size})"
        out += f"{' - ' if value < 0 else ' + '}{number}{'' if not power else symbol if power == 1 else f'{symbol}^{power}'}"
    return out.removeprefix(" + ").replace(" - ", "-", 1) if out.startswith(" - ") else out.removeprefix(" + ") or "0"


def _motion(rng: random.Random, level: int) -> Problem:
    degree = (1, 2, 3, 3)[level]
    signs = (1,) if level == 0 else (1, -1)
    path = {p: Fraction(rng.randint(1, 9) * rng.choice(signs)) for p in range(degree + 1)}
    if level < 3:
        ask = rng.choice(("velocity", "acceleration")) if level == 2 else "velocity"
        answer = {p - 1: p * c for p, c in path.items() if p}
        if ask == "acceleration":
            answer = {p - 1: p * c for p, c in answer.items() if p}
        text = polynomial(path)
        question = (
            f"A body moves along a line with x = {text} (SI units, t the time). What is its {ask} as a function of t? Give the formula without units."
        )
        return _problem("motion_function", question, f"x={text.replace(' ', '')} {ask[0]}(t)?", polynomial(answer))
    start, speed = rng.randint(1, 9), rng.randint(1, 9)
    force = {p: Fraction(rng.randint(1, 9) * rng.choice(signs)) for p in (0, 1)}
    answer = {0: Fraction(start), 1: Fraction(speed)} | {p + 2: c / ((p + 1) * (p + 2)) for p, c in force.items()}
    text = polynomial(force)
    question = (
        f"A body has the acceleration a = {text} (SI units, t the time). At t = 0 it is at x = {start} and has the velocity {speed}. "
        "What is x as a function of t? Give the formula without units."
    )
    return _problem("motion_function", question, f"a={text.replace(' ', '')} x0={start} v0={speed} x(t)?", polynomial(answer))


def _impact(rng: random.Random, level: int) -> Problem:
    a, b = rng.sample(range(2, 30), 2)
    mass, speed = rng.choice("mM"), rng.choice("vw")
    head = f"A body of mass {a}{mass} and speed {speed} runs into one of mass {b}{mass} at rest"
    if level == 1:
        return _problem(
            "impact",
            f"{head} and sticks to it. What is their common speed, in terms of {speed}?",
            f"{a}{mass},{speed} hits {b}{mass} stick: v'({speed})?",
            f"{a}{speed}/{a + b}",
        )
    if level == 2:
        return _problem(
            "impact",
            f"{head} and sticks to it. How much kinetic energy is lost, in terms of {mass} and {speed}?",
            f"{a}{mass},{speed} hits {b}{mass} stick: lost E({mass},{speed})?",
            f"{a * b}{mass}{speed}^2/{2 * (a + b)}",
        )
    return _problem(
        "impact",
        f"{head}; the collision is elastic and along a line. What is the kinetic energy of the second body afterwards, in terms of {mass} and "
        f"{speed}?",
        f"{a}{mass},{speed} hits {b}{mass} elastic: E2({mass},{speed})?",
        f"{2 * b * a * a}{mass}{speed}^2/{(a + b) ** 2}",
    )


def _equilibrium(rng: random.Random, level: int) -> Problem:
    sides = chemistry.split_reaction(rng.choice(chemistry.REACTIONS[: 20 if level == 1 else None]))
    for side in sides:
        rng.shuffle(side)
    if level == 3:
        sides.reverse()
    equation = chemistry.joined(sides, coefficients=True)
    products, reagents = (" ".join(_power(f"[{f}]", n) for n, f in side) for side in (sides[1], sides[0]))
    spaced = equation.replace("+", " + ").replace("=", " <=> ")
    question = f"Write the equilibrium constant Kc of {spaced} in terms of concentrations such as [H2]; take every species as a gas."
    return _problem("equilibrium_constant", question, f"{equation} Kc?", f"({products})/({reagents})")


def _rate_law(rng: random.Random, level: int) -> Problem:
    """The orders come from initial rates; level 3 changes both concentrations at once."""
    first, second = rng.choice(((1, 1), (1, 2), (2, 1), (2, 0), (0, 2), (2, 2), (0, 1), (1, 0), (3, 1), (1, 3)))
    one, two = rng.sample(("A", "B", "X", "Y", "P", "Q"), 2)
    base = rng.randint(1, 9)
    scale_a, scale_b = rng.choice((2, 3)), rng.choice((2, 3, 4))
    rows = [(1, 1), (scale_a, 1), (scale_a, scale_b) if level == 3 else (1, scale_b)]
    data = [(a, b, base * a**first * b**second) for a, b in rows]
    told = "; ".join(f"[{one}] = {a}, [{two}] = {b}: rate {r}" for a, b, r in data)
    answer = " ".join(["k", *([_power(f"[{one}]", first)] if first else []), *([_power(f"[{two}]", second)] if second else [])])
    return _problem(
        "rate_law",
        f"Initial rates of a reaction of {one} and {two}, in relative units: {told}. Write the rate law with the rate constant k.",
        f"rate law {one} {two}: {' '.join(f'{a},{b},{r}' for a, b, r in data)}",
        answer,
    )


def _growth(rng: random.Random, level: int) -> Problem:
    start, period, lag = rng.randint(2, 900), rng.randint(5, 90), rng.randint(5, 60)
    if level == 1:
        return _problem(
            "growth_function",
            f"A culture of {start} cells doubles every {period} min. Write the number of cells as a function of the time t in minutes.",
            f"N={start} x2/{period}min N(t)?",
            f"{start} \\cdot 2^{{t/{period}}}",
        )
    if level == 2:
        return _problem(
            "growth_function",
            f"A culture of {start} cells rests for {lag} min and then doubles every {period} min. Write the number of cells for a time t > "
            f"{lag} in minutes.",
            f"N={start} lag {lag}min x2/{period}min N(t)?",
            f"{start} \\cdot 2^{{(t - {lag})/{period}}}",
        )
    top = start * rng.randint(3, 20)
    return _problem(
        "growth_function",
        f"A population grows logistically with rate constant r and carrying capacity {top}, from {start} at t = 0. Write its size as a "
        "function of t (r stays a symbol).",
        f"logistic N={start} K={top} r N(t)?",
        f"\\frac{{{top}}}{{1 + {top // start - 1} e^{{-r t}}}}",
    )


def _enzyme(rng: random.Random, level: int) -> Problem:
    share, factor = rng.randint(2, 19), rng.randint(2, 40)
    if level == 1:
        return _problem(
            "saturation",
            f"An enzyme follows Michaelis and Menten. What is its rate at a substrate concentration of {factor} K, in terms of V, its maximum "
            "rate (K is the Michaelis constant)?",
            f"MM S={factor}K v(V)?",
            f"{factor}V/{factor + 1}",
        )
    if level == 2:
        return _problem(
            "saturation",
            f"An enzyme follows Michaelis and Menten. Which substrate concentration gives {share}/{share + factor} of its maximum rate, in "
            "terms of the Michaelis constant K?",
            f"MM v={share}/{share + factor}V S(K)?",
            f"{share}K/{factor}",
        )
    return _problem(
        "saturation",
        f"An enzyme with Michaelis constant K and maximum rate V meets a competitive inhibitor at {factor} times its inhibition constant. "
        f"What is the rate at a substrate concentration of {share} K, in terms of V?",
        f"MM comp I={factor}Ki S={share}K v(V)?",
        f"{share}V/{share + factor + 1}",
    )


PHYSICS: tuple[Family, ...] = (
    Family(name="rearrange", make=_rearrange, levels=(1, 2, 3), options=False),
    Family(name="motion_function", make=_motion, levels=(0, 1, 2, 3), options=False),
    Family(name="impact", make=_impact, levels=(1, 2, 3), options=False),
)
CHEMISTRY: tuple[Family, ...] = (
    Family(name="equilibrium_constant", make=_equilibrium, levels=(1, 2, 3), options=False),
    Family(name="rate_law", make=_rate_law, levels=(2, 3), options=False),
)
BIOLOGY: tuple[Family, ...] = (
    Family(name="growth_function", make=_growth, levels=(1, 2, 3), options=False),
    Family(name="saturation", make=_enzyme, levels=(1, 2, 3), options=False),
)
