"""Families of several parts: each asks for two to four answers at once, of one scene."""

import math
import random

from prorl_env_stem import biology, chemistry
from prorl_env_stem.elements import ELEMENTS, atoms, molar_mass
from prorl_env_stem.problem import EXACT, Family, Problem, nice, several, show

_G = 9.8
_TAKE_G = "Take g = 9.8 m/s^2."


def _exact(answer: str) -> Problem:
    return Problem(family="", question="", terse="", answer=answer, rtol=EXACT)


def _text(answer: str, form: str) -> Problem:
    return Problem(family="", question="", terse="", answer=answer, kind="text", form=form)


def _projectile(rng: random.Random, level: int) -> Problem:
    speed = nice(rng, 5, 60)
    if level == 1:
        height = nice(rng, 2, 90)
        time = math.sqrt(2 * height / _G)
        return several(
            "projectile",
            f"A ball is thrown horizontally at {show(speed)} m/s from a height of {show(height)} m. {_TAKE_G} "
            "After what time t does it land, and how far away, x, measured along the ground?",
            f"throw v={show(speed)}m/s h={show(height)}m g=9.8 t? x?",
            {"t": f"{show(time)} s", "x": f"{show(speed * time)} m"},
        )
    angle = math.radians(degrees := rng.randint(15, 75))
    up, along = speed * math.sin(angle), speed * math.cos(angle)
    drop = nice(rng, 2, 40) if level == 3 else 0.0
    time = (up + math.sqrt(up * up + 2 * _G * drop)) / _G
    start = f"from a cliff {show(drop)} m above the sea " if drop else "from level ground "
    return several(
        "projectile",
        f"A ball is kicked {start}at {show(speed)} m/s and {degrees}° above the horizontal. {_TAKE_G} "
        "Find the time of flight t, the greatest height h above the start, and the horizontal range x.",
        f"kick v={show(speed)}m/s {degrees}deg{f' cliff {show(drop)}m' if drop else ''} g=9.8 t? h? x?",
        {"t": f"{show(time)} s", "h": f"{show(up * up / 2 / _G)} m", "x": f"{show(along * time)} m"},
    )


def _circuit(rng: random.Random, level: int) -> Problem:
    volts, one, two, three = rng.randint(3, 48), *(rng.randint(2, 90) for _ in "abc")
    if level == 1:
        current = volts / (one + two)
        return several(
            "circuit",
            f"Resistors of {one} Ω and {two} Ω are in series with a battery of {volts} V. Find the current I and the voltage U across the first one.",
            f"{volts}V series {one}ohm {two}ohm I? U1?",
            {"I": f"{show(current)} A", "U": f"{show(current * one)} V"},
        )
    pair = one * two / (one + two)
    current = volts / (three + pair)
    shared = current * pair
    parts: dict[str, str | Problem] = {"I": f"{show(current)} A", "U": f"{show(shared)} V", "J": f"{show(shared / one)} A"}
    ask = f"Find the current I from the battery, the voltage U across the pair, and the current J through the {one} Ω resistor"
    if level == 3:
        parts["P"] = f"{show(shared * shared / two)} W"
        ask += f", and the power P taken up by the {two} Ω resistor"
    return several(
        "circuit",
        f"Resistors of {one} Ω and {two} Ω are in parallel; the pair is in series with {three} Ω and a battery of {volts} V. {ask}.",
        f"{volts}V {three}ohm+({one}||{two})ohm I? U? J{one}?{' P' + str(two) + '?' if level == 3 else ''}",
        parts,
    )


def _elastic(rng: random.Random, level: int) -> Problem:
    m1, m2, u1 = nice(rng, 1, 20), nice(rng, 1, 20), nice(rng, 2, 20)
    u2 = -nice(rng, 1, 12) if level == 3 else 0.0
    v1 = (m1 * u1 + m2 * u2 + m2 * (u2 - u1)) / (m1 + m2)
    v2 = v1 + u1 - u2
    second = f"one of {show(m2)} kg that comes towards it at {show(-u2)} m/s" if u2 else f"one of {show(m2)} kg at rest"
    return several(
        "elastic_collision",
        f"A glider of {show(m1)} kg moving at {show(u1)} m/s meets {second} in an elastic collision on a straight track. "
        "Find the velocities v and w of the first and the second glider afterwards; the first one's direction before counts as positive.",
        f"elastic m1={show(m1)}kg u1={show(u1)}m/s m2={show(m2)}kg u2={show(u2)}m/s v1? v2?",
        {"v": f"{show(v1)} m/s", "w": f"{show(v2)} m/s"},
    )


def _of_known_elements(reaction: str) -> bool:
    return all(symbol in ELEMENTS for side in chemistry.split_reaction(reaction) for _, formula in side for symbol in atoms(formula))


_PAIRS = tuple(r for r in chemistry.REACTIONS if r.split("=")[0].count("+") == 1 and _of_known_elements(r))
"""Reactions of two reagents whose molar masses are known."""


def _leftovers(rng: random.Random, level: int) -> Problem:
    """What a reaction leaves: amounts at level 2, masses at level 3."""
    sides = chemistry.split_reaction(rng.choice(_PAIRS))
    (a, one), (b, other) = sides[0]
    c, product = rng.choice(sides[1])
    first = nice(rng, 0.5, 9)
    second = nice(rng, 0.3, 3) * first * b / a
    second = float(show(second, 3))
    runs = min(first / a, second / b)
    left_over, excess, used = (other, second, runs * b) if runs == first / a else (one, first, runs * a)
    equation = chemistry.joined(sides, coefficients=True)
    unit, scale = ("mol", dict.fromkeys((one, other, product), 1.0)) if level == 2 else ("g", {f: molar_mass(f) for f in (one, other, product)})
    rest = float(show(excess - used, 3))
    if rest < 0.05 * excess:
        return _leftovers(rng, level)
    limiting = one if left_over == other else other
    masses = "" if level == 2 else f" Molar masses in g/mol: {', '.join(f'{f} {show(m)}' for f, m in scale.items())}."
    return several(
        "leftovers",
        f"In the reaction {equation.replace('+', ' + ').replace('=', ' -> ')}, {show(first)} mol of {one} meet {show(second)} mol of {other} "
        "and react as far as they can."
        f"{masses} Which reagent is used up (L, as a formula), how much {product} forms (P, in {unit}), and how much of the other reagent is "
        f"left (R, in {unit})?",
        f"{equation} {show(first)}mol {one} {show(second)}mol {other}: limiting? {unit} {product}? {unit} left?",
        {
            "L": _text(limiting, "formula"),
            "P": f"{show(runs * c * scale[product])} {unit}",
            "R": f"{show((excess - used) * scale[left_over])} {unit}",
        },
    )


_HYDROCARBONS = ((1, 2), (1, 3), (2, 5), (1, 1), (3, 8), (3, 7), (4, 9), (5, 12), (2, 3), (3, 5), (4, 5), (5, 8), (6, 7), (5, 11), (4, 7))


def _analysis(rng: random.Random, level: int) -> Problem:
    """Combustion analysis: the empirical formula from masses of CO2 and water, the molecular one from the molar mass."""
    carbon, hydrogen = rng.choice(_HYDROCARBONS)
    oxygen = rng.choice((1, 2)) if level == 3 else 0
    times = rng.choice([t for t in (1, 2, 3, 4) if (hydrogen * t) % 2 == 0 and hydrogen * t <= 2 * carbon * t + 2])
    moles = nice(rng, 0.02, 0.2)
    empirical = _formula(carbon, hydrogen, oxygen)
    mass = moles * (12 * carbon + hydrogen + 16 * oxygen)
    what = "A compound of carbon, hydrogen and oxygen" if oxygen else "A hydrocarbon"
    molar = times * (12 * carbon + hydrogen + 16 * oxygen)
    return several(
        "combustion_analysis",
        f"{what} weighing {show(mass)} g burns to {show(moles * carbon * 44)} g of CO2 and {show(moles * hydrogen * 9)} g of water; its molar "
        f"mass is {molar} g/mol. "
        "Find its empirical formula E and its molecular formula M. Atomic masses: H=1 C=12 O=16.",
        f"{'CHO' if oxygen else 'CH'} {show(mass)}g: {show(moles * carbon * 44)}g CO2 {show(moles * hydrogen * 9)}g H2O M={molar}: empirical? "
        "molecular?",
        {"E": _text(empirical, "composition"), "M": _text(_formula(carbon * times, hydrogen * times, oxygen * times), "composition")},
    )


def _formula(carbon: int, hydrogen: int, oxygen: int) -> str:
    return "".join(f"{s}{n if n > 1 else ''}" for s, n in (("C", carbon), ("H", hydrogen), ("O", oxygen)) if n)


def _equilibrium(rng: random.Random, level: int) -> Problem:
    """Genotype frequencies of a population in equilibrium, from one allele's, or from the share that shows the recessive trait."""
    if level == 1:
        q = rng.randint(3, 90) / 100
        told, short = f"the recessive allele a has the frequency {show(q)}", f"q={show(q)}"
    else:
        total = rng.randint(20, 900)
        ill = rng.randint(1, total - 5)
        q = math.sqrt(ill / total)
        told, short = f"{ill} of {total} individuals show the recessive trait of the genotype aa", f"aa={ill}/{total}"
    parts: dict[str, str | Problem] = {"p": show(1 - q), "h": show(2 * q * (1 - q)), "d": show((1 - q) ** 2)}
    ask = "the frequency p of the allele A, and the shares h of heterozygous and d of homozygous dominant individuals"
    if level == 3:
        parts["m"] = show((2 * q * (1 - q)) ** 2)
        ask += ", and the probability m that both partners of a random pair are heterozygous"
    return several(
        "genotypes",
        f"In Hardy-Weinberg equilibrium {told}. Find {ask}, as decimal fractions.",
        f"HW {short} p? Aa? AA?{' both Aa?' if level == 3 else ''}",
        parts,
    )


def _classes(rng: random.Random, level: int) -> Problem:
    """The four phenotype classes of a cross of two genes: unlinked at level 2, linked with a recombination share at level 3."""
    a, b = rng.sample("ABDEGHRT", 2)
    low_a, low_b = a.lower(), b.lower()
    labels = (a + b, a + low_b, low_a + b, low_a + low_b)
    if level == 2:
        total, two = 16 * rng.randint(1, 90), rng.random() < 0.5
        shares = (9, 3, 3, 1) if two else (6, 6, 2, 2)
        cross = f"{a}{low_a}{b}{low_b} x {a}{low_a}{b if two else low_b}{low_b}"
        told = f"The unlinked genes {a} and {b} show full dominance. The cross {cross} gives {total} offspring."
        counts = [total * s / 16 for s in shares]
    else:
        percent, total = rng.randint(2, 40), 200 * rng.randint(1, 30)
        coupled = rng.random() < 0.5
        one, other = (labels[0], labels[3]) if coupled else (labels[1], labels[2])
        counts = [total * (100 - percent) / 200 if label in (one, other) else total * percent / 200 for label in labels]
        parental = f"with the gametes' parental types {one} and {other}"
        told = f"The genes {a} and {b} lie {percent} map units apart. A female {parental} is test-crossed and has {total} offspring."
        cross = f"{one}/{other} {percent}cM test"
    return several(
        "phenotype_classes",
        f"{told} How many are expected to show each of {', '.join(labels)} (a capital letter is the dominant trait)?",
        f"{cross.replace(' x ', 'x')} N={total} {'? '.join(labels)}?",
        {label: _exact(show(n, 6)) for label, n in zip(labels, counts, strict=True)},
    )


def _gene(rng: random.Random, level: int) -> Problem:
    sense = [c for c, amino in biology.CODONS.items() if amino != "*"]
    codons = ["AUG", *(rng.choice(sense) for _ in range(level))]
    mrna = "".join(codons)
    peptide = "".join(biology.CODONS[c] for c in codons)
    coding = mrna.replace("U", "T")
    template = coding.translate(str.maketrans("ACGT", "TGCA"))
    parts: dict[str, str | Problem] = {"m": _text(mrna, "sequence"), "p": _text(peptide, "sequence")}
    ask = "the mRNA m that is read off it and the peptide p in one-letter codes"
    if level == 3:
        parts = {"t": _text(template, "sequence"), **parts}
        ask = f"the template strand t, base by base from 3' to 5', {ask}"
    given, strand = (coding, "coding") if level != 2 else (template, "template")
    ends = "from 3' to 5'" if strand == "template" else "from 5' to 3'"
    return several(
        "gene_expression",
        f"A {strand} strand of DNA reads {given} {ends}. Give {ask}.",
        f"{strand} {given} {'template? ' if level == 3 else ''}mRNA? peptide?",
        parts,
    )


PHYSICS: tuple[Family, ...] = (
    Family(name="projectile", make=_projectile, levels=(1, 2, 3), options=False),
    Family(name="circuit", make=_circuit, levels=(1, 2, 3), options=False),
    Family(name="elastic_collision", make=_elastic, levels=(2, 3), options=False),
)
CHEMISTRY: tuple[Family, ...] = (
    Family(name="leftovers", make=_leftovers, levels=(2, 3), options=False),
    Family(name="combustion_analysis", make=_analysis, levels=(2, 3), options=False),
)
BIOLOGY: tuple[Family, ...] = (
    Family(name="genotypes", make=_equilibrium, levels=(1, 2, 3), options=False),
    Family(name="phenotype_classes", make=_classes, levels=(2, 3), options=False),
    Family(name="gene_expression", make=_gene, levels=(1, 2, 3), options=False),
)
