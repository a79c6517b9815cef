"""Biology that takes several steps to one answer: linkage, chi-squared, enzyme rates."""

import random

from prorl_env_stem.problem import EXACT, ROUNDED, Family, Problem, nice, show


def _linkage(rng: random.Random, level: int) -> Problem:
    """A distance from counted recombinants; from a three-point cross at level 2, whose interference is asked for at level 3."""
    if level < 2:
        total, share = rng.randint(2, 40) * 50, rng.randint(1, 22)
        recombinants = total * share * (level + 1) // 100
        split = rng.randint(0, recombinants)
        told = f"{recombinants} recombinants" if level == 0 else f"{split} and {recombinants - split} of the two recombinant types"
        return Problem(
            family="linkage",
            unit_given=True,
            answer=f"{show(100 * recombinants / total)} %",
            rtol=EXACT if level == 0 else ROUNDED,
            terse=f"test cross N={total} rec={recombinants if level == 0 else f'{split}+{recombinants - split}'} %?",
            question=f"A test cross gives {total} offspring, with {told}. What is the recombination frequency in percent?",
        )
    left, right, double = rng.randint(40, 160), rng.randint(40, 160), rng.randint(1, 18)
    parental = rng.randint(500, 1600)
    total = parental + left + right + double
    first, second = (left + double) / total, (right + double) / total
    head = (
        f"A three-point test cross for A-B-C has {parental} parental offspring, {left} with a single crossover between A and B, "
        f"{right} with one between B and C, and {double} double crossovers."
    )
    short = f"3-point parental={parental} AB={left} BC={right} double={double}"
    if level == 2:
        return Problem(
            family="linkage",
            unit_given=True,
            answer=f"{show(100 * first)} %",
            terse=f"{short} A-B %?",
            question=f"{head} What is the distance from A to B in percent recombination?",
        )
    return Problem(
        family="linkage",
        answer=show(1 - double / total / first / second),
        terse=f"{short} interference?",
        rtol=EXACT,
        atol=0.01,
        question=f"{head} What is the interference, one minus the coefficient of coincidence?",
    )


def _chi_square(rng: random.Random, level: int) -> Problem:
    ratio = (3, 1) if level == 1 else rng.choice(((9, 3, 3, 1), (1, 2, 1), (9, 7), (12, 3, 1), (1, 1, 1, 1)))
    unit = rng.randint(5, 40)
    expected = [r * unit for r in ratio]
    shift = [rng.randint(-max(1, e // 5), max(1, e // 5)) for e in expected[1:]]
    counts = [expected[0] - sum(shift), *(e + s for e, s in zip(expected[1:], shift, strict=True))]
    if counts == expected or min(counts) < 1:
        return _chi_square(rng, level)
    value = sum((c - e) ** 2 / e for c, e in zip(counts, expected, strict=True))
    named = ":".join(map(str, ratio))
    return Problem(
        family="chi_square",
        answer=show(value),
        rtol=ROUNDED,
        terse=f"chi2 {' '.join(map(str, counts))} vs {named}?",
        question=f"A cross gives {', '.join(map(str, counts[:-1]))} and {counts[-1]} offspring of its classes; {named} is expected. What is "
        "the value of chi-squared?",
    )


def _inhibited(rng: random.Random, level: int) -> Problem:
    top, half, substrate = nice(rng, 5, 900), nice(rng, 0.5, 40), nice(rng, 0.5, 90)
    head = f"An enzyme has a maximum rate of {show(top)} μmol/min and a Michaelis constant of {show(half)} mmol/L."
    short = f"MM V={show(top)}umol/min K={show(half)}mM"
    if level == 1:
        return Problem(
            family="enzyme_rate",
            question=f"{head} What is its rate at {show(substrate)} mmol/L of substrate?",
            terse=f"{short} S={show(substrate)}mM v?",
            answer=f"{show(top * substrate / (half + substrate))} μmol/min",
        )
    inhibitor, constant = nice(rng, 0.2, 20), nice(rng, 0.2, 20)
    felt = half * (1 + inhibitor / constant)
    if level == 2:
        return Problem(
            family="enzyme_rate",
            terse=f"{short} S={show(substrate)}mM comp I={show(inhibitor)}mM Ki={show(constant)}mM v?",
            answer=f"{show(top * substrate / (felt + substrate))} μmol/min",
            question=f"{head} A competitive inhibitor (inhibition constant {show(constant)} mmol/L) is present at {show(inhibitor)} mmol/L. "
            f"What is the rate at {show(substrate)} mmol/L of substrate?",
        )
    share = rng.randint(10, 90)
    return Problem(
        family="enzyme_rate",
        terse=f"{short} comp I={show(inhibitor)}mM Ki={show(constant)}mM v={share}% S?",
        answer=f"{show(felt * share / (100 - share))} mmol/L",
        question=f"{head} A competitive inhibitor (inhibition constant {show(constant)} mmol/L) is present at {show(inhibitor)} mmol/L. "
        f"Which substrate concentration gives {share}% of the maximum rate?",
    )


FAMILIES: tuple[Family, ...] = (
    Family(name="linkage", make=_linkage, levels=(0, 1, 2, 3), options=False),
    Family(name="chi_square", make=_chi_square, levels=(1, 2)),
    Family(name="enzyme_rate", make=_inhibited, levels=(1, 2, 3)),
)
