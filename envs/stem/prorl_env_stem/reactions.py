"""Chemistry that takes several steps to one answer: buffers, titrations, kinetics, cells."""

import math
import random

from prorl_env_stem.problem import EXACT, Family, Problem, nice, show


def _buffer(rng: random.Random, level: int) -> Problem:
    constant, acid, base = nice(rng, 3.2, 9.8, 3), nice(rng, 0.05, 2), nice(rng, 0.05, 2)
    if level == 2:
        return Problem(
            family="buffer",
            terse=f"pKa={show(constant)} HA={show(acid)}M A-={show(base)}M pH?",
            answer=show(constant + math.log10(base / acid)),
            rtol=EXACT,
            atol=0.05,
            question=f"A buffer holds {show(acid)} mol/L of a weak acid with pKa = {show(constant)} and {show(base)} mol/L of its conjugate "
            "base. What is its pH?",
        )
    added = float(show(acid * rng.uniform(0.1, 0.7), 2))
    return Problem(
        family="buffer",
        terse=f"1L pKa={show(constant)} HA={show(acid)}M A-={show(base)}M +{show(added)}mol NaOH pH?",
        rtol=EXACT,
        atol=0.05,
        answer=show(constant + math.log10((base + added) / (acid - added))),
        question=f"1 L of a buffer holds {show(acid)} mol of a weak acid with pKa = {show(constant)} and {show(base)} mol of its conjugate base. "
        f"{show(added)} mol of NaOH are added; the volume stays. What is the pH?",
    )


def _titration(rng: random.Random, level: int) -> Problem:
    protons = rng.choice((1, 2)) if level > 1 else 1
    acid, volume, base = nice(rng, 0.05, 1), rng.randint(10, 50), nice(rng, 0.05, 1)
    name = "hydrochloric acid" if protons == 1 else "sulfuric acid"
    needed = protons * acid * volume / base
    if level < 3:
        return Problem(
            family="titration",
            terse=f"{volume}mL {show(acid)}M {'HCl' if protons == 1 else 'H2SO4'} + {show(base)}M NaOH V?",
            answer=f"{show(needed)} mL",
            question=f"{volume} mL of {name} of {show(acid)} mol/L are neutralised with sodium hydroxide solution of {show(base)} mol/L. What "
            "volume of it is needed?",
        )
    added = float(show(needed * rng.uniform(0.2, 0.9), 3))
    hydrogen = (protons * acid * volume - base * added) / (volume + added)
    return Problem(
        family="titration",
        terse=f"{volume}mL {show(acid)}M {'HCl' if protons == 1 else 'H2SO4'} + {show(added)}mL {show(base)}M NaOH pH?",
        answer=show(-math.log10(hydrogen)),
        rtol=EXACT,
        atol=0.05,
        question=f"{volume} mL of {name} of {show(acid)} mol/L get {show(added)} mL of sodium hydroxide solution of {show(base)} mol/L. "
        f"What is the pH, all protons taken as free?",
    )


def _kinetics(rng: random.Random, level: int) -> Problem:
    half = nice(rng, 2, 90)
    if level == 2:
        percent = rng.randint(3, 95)
        return Problem(
            family="kinetics",
            terse=f"1st order half={show(half)}min {percent}% left t?",
            answer=f"{show(half * math.log2(100 / percent))} min",
            question=f"A first-order reaction has a half-life of {show(half)} min. After what time is {percent}% of the reagent left?",
        )
    cold, hot, factor = rng.randint(280, 310), rng.randint(315, 360), nice(rng, 2, 40)
    energy = 8.314 * math.log(factor) / (1 / cold - 1 / hot) / 1000
    return Problem(
        family="kinetics",
        terse=f"k x{show(factor)} from {cold}K to {hot}K R=8.314 Ea?",
        answer=f"{show(energy)} kJ/mol",
        question=f"From {cold} K to {hot} K a rate constant rises by the factor {show(factor)}. Take R = 8.314 J/(mol K). What is the "
        "activation energy?",
    )


_HALF_CELLS = {
    "Zn": (-0.76, 2),
    "Fe": (-0.44, 2),
    "Ni": (-0.25, 2),
    "Sn": (-0.14, 2),
    "Pb": (-0.13, 2),
    "Cu": (0.34, 2),
    "Ag": (0.80, 1),
    "Al": (-1.66, 3),
    "Mg": (-2.37, 2),
}


def _cell(rng: random.Random, level: int) -> Problem:
    anode, cathode = rng.choice([(a, c) for a in _HALF_CELLS for c in _HALF_CELLS if _HALF_CELLS[c][0] - _HALF_CELLS[a][0] > 0.1])
    (low, a), (high, b) = _HALF_CELLS[anode], _HALF_CELLS[cathode]
    head = f"A cell of {anode}/{anode}^{a}+ ({show(low)} V) and {cathode}/{cathode}^{b if b > 1 else ''}+ ({show(high)} V)"
    one, two = nice(rng, 0.001, 2), nice(rng, 0.001, 2)
    electrons = math.lcm(a, b)
    volts = high - low - 0.05916 / electrons * math.log10(one ** (electrons / a) / two ** (electrons / b))
    short = f"cell {anode} {show(low)}V {show(one)}M | {cathode} {show(high)}V"
    if level == 2:
        return Problem(
            family="cell",
            terse=f"{short} {show(two)}M 25C E?",
            answer=f"{show(volts)} V",
            rtol=EXACT,
            atol=0.006,
            question=f"{head} holds {show(one)} mol/L of {anode} and {show(two)} mol/L of {cathode} ions at 25 °C. What is its voltage?",
        )
    measured = float(f"{volts:.4f}")
    power = electrons * (measured - high + low) / 0.05916
    unknown = (10**power * one ** (electrons / a)) ** (b / electrons)
    return Problem(
        family="cell",
        terse=f"{short} E={measured}V 25C c({cathode})?",
        answer=f"{show(unknown)} mol/L",
        rtol=0.03,
        question=f"{head} holds {show(one)} mol/L of {anode} ions and shows {measured} V at 25 °C. "
        f"What is the concentration of {cathode} ions? Take 0.05916 V for one decade and one electron.",
    )


FAMILIES: tuple[Family, ...] = (
    Family(name="buffer", make=_buffer, levels=(2, 3), options=False),
    Family(name="titration", make=_titration, levels=(1, 2, 3), options=False),
    Family(name="kinetics", make=_kinetics, levels=(2, 3)),
    Family(name="cell", make=_cell, levels=(2, 3), options=False),
)
