"""Physics that takes several steps to one answer: friction, mixing, orbits, photoelectrons, discharging capacitors."""

import math
import random

from prorl_env_stem.problem import EXACT, Family, Problem, nice, show


def _incline(rng: random.Random, level: int) -> Problem:
    degrees, mass = rng.randint(12, 60), nice(rng, 1, 60)
    angle = math.radians(degrees)
    if level == 1:
        return Problem(
            family="incline",
            terse=f"slope {degrees}deg m={show(mass)}kg g=9.8 smooth F along?",
            answer=f"{show(mass * 9.8 * math.sin(angle))} N",
            question=f"A block of {show(mass)} kg lies on a smooth slope of {degrees}°. Take g = 9.8 m/s^2. Which force along the slope holds it?",
        )
    friction = rng.randint(5, max(6, int(80 * math.tan(angle)))) / 100
    slide = 9.8 * (math.sin(angle) - friction * math.cos(angle))
    if level == 2:
        return Problem(
            family="incline",
            terse=f"slope {degrees}deg mu={show(friction)} g=9.8 a?",
            answer=f"{show(slide)} m/s^2",
            question=f"A block slides down a slope of {degrees}°; the coefficient of friction is {show(friction)}. Take g = 9.8 m/s^2. What "
            "is its acceleration?",
        )
    length = nice(rng, 1, 40)
    return Problem(
        family="incline",
        terse=f"slope {degrees}deg mu={show(friction)} g=9.8 from rest s={show(length)}m v?",
        answer=f"{show(math.sqrt(2 * slide * length))} m/s",
        question=f"A block starts from rest and slides {show(length)} m down a slope of {degrees}°; the coefficient of friction is {show(friction)}. "
        "Take g = 9.8 m/s^2. How fast is it then?",
    )


def _mixing(rng: random.Random, level: int) -> Problem:
    m1, m2, cold, hot = nice(rng, 0.1, 5), nice(rng, 0.1, 5), rng.randint(5, 30), rng.randint(45, 95)
    if level == 1:
        return Problem(
            family="mixing",
            terse=f"water {show(m1)}kg {cold}C + {show(m2)}kg {hot}C T?",
            answer=f"{show((m1 * cold + m2 * hot) / (m1 + m2))} °C",
            atol=0.3,
            question=f"{show(m1)} kg of water at {cold} °C are mixed with {show(m2)} kg of water at {hot} °C. What is the final temperature?",
            rtol=EXACT,
        )
    heat = rng.choice((390, 450, 900, 130, 235))
    if level == 2:
        end = (m1 * 4186 * cold + m2 * heat * hot) / (m1 * 4186 + m2 * heat)
        return Problem(
            family="mixing",
            terse=f"water {show(m1)}kg {cold}C c=4186, metal {show(m2)}kg {hot}C c={heat} T?",
            answer=f"{show(end)} °C",
            rtol=EXACT,
            atol=0.3,
            question=f"{show(m2)} kg of a metal (specific heat {heat} J/(kg K)) at {hot} °C are put into {show(m1)} kg of water (4186 J/(kg "
            f"K)) at {cold} °C. "
            "What is the final temperature?",
        )
    ice = float(show(rng.uniform(0.1, 0.8) * m2 * 4186 * hot / 334000, 2))
    end = (m2 * 4186 * hot - ice * 334000) / ((m2 + ice) * 4186)
    return Problem(
        family="mixing",
        terse=f"ice {show(ice)}kg 0C L=334kJ/kg + water {show(m2)}kg {hot}C c=4186 T?",
        answer=f"{show(end)} °C",
        rtol=EXACT,
        atol=0.3,
        question=f"{show(ice)} kg of ice at 0 °C melt in {show(m2)} kg of water at {hot} °C. Melting takes 334 kJ/kg, water 4186 J/(kg K). "
        "What is the final temperature?",
    )


def _orbit(rng: random.Random, level: int) -> Problem:
    radius = nice(rng, 6.8e6, 4.2e8, 3)
    product = 3.986e14
    if level == 2:
        return Problem(
            family="orbit",
            terse=f"GM=3.986e14 r={show(radius)}m v?",
            answer=f"{show(math.sqrt(product / radius))} m/s",
            question=f"A satellite circles the Earth at a distance of {show(radius)} m from its centre. Take GM = 3.986e14 m^3/s^2. What is "
            "its speed?",
        )
    hours = 2 * math.pi * math.sqrt(radius**3 / product) / 3600
    return Problem(
        family="orbit",
        terse=f"GM=3.986e14 r={show(radius)}m T?h",
        answer=f"{show(hours)} h",
        question=f"A satellite circles the Earth at a distance of {show(radius)} m from its centre. Take GM = 3.986e14 m^3/s^2. How many "
        "hours does one turn take?",
    )


def _photoeffect(rng: random.Random, level: int) -> Problem:
    work = nice(rng, 1.9, 4.8)
    length = rng.randint(120, int(0.9 * 1240 / work))
    energy = 1240 / length - work
    head = f"Light of {length} nm falls on a metal whose work function is {show(work)} eV. Take hc = 1240 eV nm."
    if level == 2:
        return Problem(
            family="photoeffect",
            question=f"{head} What is the greatest kinetic energy of the electrons?",
            terse=f"hc=1240eVnm L={length}nm W={show(work)}eV E?",
            answer=f"{show(energy)} eV",
        )
    speed = math.sqrt(2 * energy * 1.602e-19 / 9.109e-31)
    return Problem(
        family="photoeffect",
        terse=f"hc=1240eVnm L={length}nm W={show(work)}eV m=9.109e-31kg v?",
        answer=f"{show(speed)} m/s",
        question=f"{head} How fast are the fastest electrons? Electron mass 9.109e-31 kg, 1 eV = 1.602e-19 J.",
    )


def _discharge(rng: random.Random, level: int) -> Problem:
    volts, resistance, farads = nice(rng, 3, 90), nice(rng, 1, 900), nice(rng, 1, 900)
    constant = resistance * 1e3 * farads * 1e-6
    time = float(show(constant * rng.uniform(0.3, 3), 3))
    head = f"A capacitor of {show(farads)} μF, charged to {show(volts)} V, discharges through {show(resistance)} kΩ."
    short = f"RC {show(resistance)}kohm {show(farads)}uF U0={show(volts)}V"
    if level == 2:
        return Problem(
            family="discharge",
            question=f"{head} What is its voltage after {show(time)} s?",
            terse=f"{short} t={show(time)}s U?",
            answer=f"{show(volts * math.exp(-time / constant))} V",
        )
    share = rng.randint(5, 90)
    return Problem(
        family="discharge",
        question=f"{head} After what time is {share}% of its energy left?",
        terse=f"{short} {share}% energy t?",
        answer=f"{show(-constant / 2 * math.log(share / 100))} s",
    )


FAMILIES: tuple[Family, ...] = (
    Family(name="incline", make=_incline, levels=(1, 2, 3)),
    Family(name="mixing", make=_mixing, levels=(1, 2, 3), options=False),
    Family(name="orbit", make=_orbit, levels=(2, 3)),
    Family(name="photoeffect", make=_photoeffect, levels=(2, 3)),
    Family(name="discharge", make=_discharge, levels=(2, 3)),
)
