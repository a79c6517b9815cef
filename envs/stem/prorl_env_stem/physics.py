"""Physics: laws as data, chains of two laws, and the problems that are no product of powers."""

import random

from prorl_env_stem.law import Law, families_of, join
from prorl_env_stem.problem import EXACT, ROUNDED, Family, Problem, Variable, nice, show

_FORCE = Variable(symbol="F", name="net force", unit="N", low=2, high=900, also={"kN": 1e3})
_PUSH = Variable(symbol="F", name="force", unit="N", low=2, high=900, also={"kN": 1e3})
_MASS = Variable(symbol="m", name="mass", unit="kg", low=0.2, high=90, also={"g": 1e-3})
_ACCELERATION = Variable(symbol="a", name="acceleration", unit="m/s^2", low=0.3, high=25, small=(2, 20), also={"cm/s^2": 1e-2})
_SPEED = Variable(symbol="v", name="speed", unit="m/s", low=0.5, high=60, small=(2, 20), also={"km/h": 1 / 3.6, "cm/s": 1e-2})
_DISTANCE = Variable(symbol="d", name="distance", unit="m", low=0.5, high=800, small=(2, 20), also={"km": 1e3, "cm": 1e-2})
_TIME = Variable(symbol="t", name="time", unit="s", low=2, high=600, also={"min": 60, "ms": 1e-3})
_POWER = Variable(symbol="P", name="power", unit="W", low=5, high=5000, small=(2, 20), also={"kW": 1e3})
_ENERGY = Variable(symbol="E", name="energy", unit="J", also={"kJ": 1e3})
_WORK = Variable(symbol="E", name="work done", unit="J", also={"kJ": 1e3})
_CURRENT = Variable(symbol="I", name="current", unit="A", low=0.05, high=15, also={"mA": 1e-3})
_RESISTANCE = Variable(symbol="R", name="resistance", unit="Ω", low=2, high=900, small=(2, 20), also={"kΩ": 1e3})
_VOLTAGE = Variable(symbol="V", name="voltage", unit="V", low=1.5, high=240, small=(2, 20), also={"kV": 1e3, "mV": 1e-3})
_AREA = Variable(symbol="A", name="area", unit="m^2", low=0.01, high=5, also={"cm^2": 1e-4})
_PRESSURE = Variable(symbol="p", name="pressure", unit="Pa", low=100, high=90000, small=(2, 20), also={"kPa": 1e3})
_DENSITY = Variable(symbol="D", name="density", unit="kg/m^3", low=500, high=9000, small=(2, 20), also={"g/cm^3": 1e3})
_EXTENSION = Variable(symbol="x", name="extension", unit="m", low=0.01, high=0.6, also={"cm": 1e-2, "mm": 1e-3})
_STIFFNESS = Variable(symbol="k", name="spring constant", unit="N/m", low=20, high=900, small=(2, 20))
_HEIGHT = Variable(symbol="h", name="height", unit="m", low=0.5, high=80, also={"cm": 1e-2})
_FREQUENCY = Variable(symbol="f", name="frequency", unit="Hz", low=20, high=5000, also={"kHz": 1e3})
_WAVELENGTH = Variable(symbol="L", name="wavelength", unit="m", low=0.05, high=15, small=(2, 20), also={"cm": 1e-2, "mm": 1e-3})
_VOLUME = Variable(symbol="V", name="volume", unit="m^3", low=1e-4, high=0.01, also={"cm^3": 1e-6, "L": 1e-3})
_WAVE_SPEED = Variable(symbol="v", name="wave speed", unit="m/s", low=10, high=3000, also={"km/s": 1e3})
_ARM = Variable(symbol="d", name="lever arm", unit="m", low=0.05, high=3, also={"cm": 1e-2})
_RADIUS = Variable(symbol="r", name="radius", unit="m", low=0.3, high=80, also={"cm": 1e-2})
_SLOWED = Variable(symbol="v", name="speed of light in the material", unit="m/s", low=1.2e8, high=2.9e8, also={"km/s": 1e3})
_CAPACITY = Variable(symbol="c", name="specific heat capacity", unit="J/(kg K)", low=120, high=4200, also={"J/(g K)": 1e3})
_WARMING = Variable(symbol="T", name="rise in temperature", unit="K", low=2, high=80, difference=True)
_DEPTH = Variable(symbol="h", name="depth", unit="m", low=0.2, high=60, also={"cm": 1e-2})
_LIGHT = Variable(symbol="f", name="frequency", unit="Hz", low=1e14, high=3e15, also={"THz": 1e12})
_FIELD = Variable(symbol="B", name="magnetic flux density", unit="T", low=0.01, high=2, also={"mT": 1e-3})
_WIRE = Variable(symbol="L", name="length of the wire", unit="m", low=0.05, high=3, also={"cm": 1e-2})
_G = "Take g = 9.8 m/s^2."

SECOND_LAW = Law(
    family="second_law", out=_FORCE, parts=((_MASS, 1), (_ACCELERATION, 1)), first=("F",),
    scenes=("A trolley is pushed along a level track.", "A sled speeds up on smooth ice.", "A cart is pulled by a rope."),
)  # fmt: skip
MOTION = Law(
    family="motion", out=_DISTANCE, parts=((_SPEED, 1), (_TIME, 1)), first=("d", "t"),
    scenes=("A cyclist rides at constant speed.", "A robot rolls steadily along a corridor.", "A boat crosses a calm lake at constant speed."),
)  # fmt: skip
WORK = Law(
    family="work", out=_WORK, parts=((_PUSH, 1), (_DISTANCE, 1)), first=("E",),
    scenes=("A crate is pushed in the direction of the force.", "A winch drags a log along the ground."),
)  # fmt: skip
POWER = Law(
    family="power", out=_ENERGY, parts=((_POWER, 1), (_TIME, 1)), first=("E", "P"),
    scenes=("A motor runs at constant power.", "A heater is switched on for a while.", "A lamp shines steadily."),
)  # fmt: skip
OHM = Law(
    family="ohm", out=_VOLTAGE, parts=((_CURRENT, 1), (_RESISTANCE, 1)), first=("V", "I"),
    scenes=("A resistor is connected to a battery.", "A heating wire carries a steady current."),
)  # fmt: skip
ELECTRIC_POWER = Law(
    family="electric_power", out=_POWER, parts=((_VOLTAGE, 1), (_CURRENT, 1)), first=("P",),
    scenes=("A kettle is plugged in.", "An electric motor draws current from its supply."),
)  # fmt: skip
DENSITY = Law(
    family="density", out=_MASS, parts=((_DENSITY, 1), (_VOLUME, 1)),
    first=("m", "D"), scenes=("A block is made of one material.", "A sample is weighed and its volume measured."),
)  # fmt: skip
HOOKE = Law(
    family="hooke", out=_PUSH, parts=((_STIFFNESS, 1), (_EXTENSION, 1)), first=("F",),
    scenes=("A spring obeys Hooke's law.", "A weight hangs from a spring within its elastic limit."),
)  # fmt: skip
KINETIC = Law(
    family="kinetic_energy", out=_ENERGY, parts=((_MASS, 1), (_SPEED, 2)), k=0.5,
    scenes=("A ball flies through the air; its kinetic energy is meant.", "A car rolls along a road; its kinetic energy is meant."),
)  # fmt: skip
WAVE = Law(
    family="wave", out=_WAVE_SPEED, parts=((_FREQUENCY, 1), (_WAVELENGTH, 1)), first=("v",),
    scenes=("A wave travels through a medium.", "Ripples cross a tank.", "A sound wave passes through a pipe."),
)  # fmt: skip

LAWS = (
    SECOND_LAW, MOTION, WORK, POWER, OHM, ELECTRIC_POWER, DENSITY, HOOKE, KINETIC, WAVE,
    Law(
        family="momentum", out=Variable(symbol="p", name="momentum", unit="kg m/s"), parts=((_MASS, 1), (_SPEED, 1)), first=("p",),
        scenes=("A puck slides over ice.", "A truck drives along a straight road."),
    ),
    Law(
        family="charge", out=Variable(symbol="Q", name="charge", unit="C", also={"mC": 1e-3}), parts=((_CURRENT, 1), (_TIME, 1)), first=("Q", "I"),
        scenes=("A steady current flows through a wire.", "A battery is charged at constant current."),
    ),
    Law(
        family="pressure", out=_PUSH, parts=((_PRESSURE, 1), (_AREA, 1)), first=("F", "p"),
        scenes=("A force acts evenly on a surface.", "Gas presses on a piston."),
    ),
    Law(
        family="moment", out=Variable(symbol="M", name="moment", unit="N m"), parts=((_PUSH, 1), (_ARM, 1)), first=("M",),
        scenes=("A spanner is turned at right angles to the force.", "A door is pushed at its edge."),
    ),
    Law(
        family="potential_energy", out=_ENERGY, parts=((_MASS, 1), (_HEIGHT, 1)), k=9.8, note=_G, terse_note="g=9.8",
        scenes=("A box is lifted; the gain in potential energy is meant.", "A climber goes up a wall; the gain in potential energy is meant."),
    ),
    Law(
        family="centripetal", out=_FORCE, parts=((_MASS, 1), (_SPEED, 2), (_RADIUS, -1)),
        scenes=("A stone on a string moves in a horizontal circle.", "A car takes a circular bend at constant speed."),
    ),
    Law(
        family="refraction", out=Variable(symbol="n", name="refractive index", unit=""), k=3e8, note="Take c = 3.00e8 m/s.", terse_note="c=3e8",
        parts=((_SLOWED, -1),), scenes=("Light enters a transparent material.", "A beam of light passes through a glass block."),
    ),
    Law(
        family="heat", out=Variable(symbol="Q", name="heat", unit="J", also={"kJ": 1e3}), parts=((_MASS, 1), (_CAPACITY, 1), (_WARMING, 1)),
        scenes=("A sample is heated without a change of state.", "A metal block is warmed by a heater."),
    ),
    Law(
        family="joule_heating", out=_POWER, parts=((_CURRENT, 2), (_RESISTANCE, 1)),
        scenes=("A wire warms up as it carries a current.", "A resistor gives off heat."),
    ),
    Law(
        family="liquid_pressure", out=_PRESSURE, parts=((_DENSITY, 1), (_DEPTH, 1)), k=9.8,
        note=_G, terse_note="g=9.8", scenes=("A sensor is lowered into a liquid; the pressure of the liquid alone is meant.",),
    ),
    Law(
        family="photon", out=Variable(symbol="E", name="photon energy", unit="J", also={"eV": 1.602e-19}), k=6.63e-34,
        note="Take h = 6.63e-34 J s and 1 eV = 1.602e-19 J.",
        terse_note="h=6.63e-34", parts=((_LIGHT, 1),), scenes=("A lamp emits light of one frequency.", "A photon is absorbed by an atom."),
    ),
    Law(
        family="wire_in_field", out=_PUSH, parts=((_FIELD, 1), (_CURRENT, 1), (_WIRE, 1)),
        scenes=("A wire lies at right angles to a magnetic field.",),
    ),
    Law(
        family="spring_energy", out=_ENERGY, parts=((_STIFFNESS, 1), (_EXTENSION, 2)), k=0.5,
        scenes=("A spring is stretched within its elastic limit.",),
    ),
)  # fmt: skip

CHAINS = (
    join(SECOND_LAW, Law(family="work", out=_WORK, parts=((_FORCE, 1), (_DISTANCE, 1)), scenes=()), family="force_to_work",
         scenes=("A sled is accelerated from rest on smooth ice by a constant force.",)),
    join(MOTION, WORK, family="motion_to_work", scenes=("A crate is pushed at constant speed by a steady force along its way.",)),
    join(OHM, ELECTRIC_POWER, family="resistor_power", scenes=("A resistor carries a current and turns electric power into heat.",)),
    join(ELECTRIC_POWER, POWER, family="electric_energy", scenes=("An appliance runs on its supply for a while and takes up energy.",)),
    join(DENSITY, KINETIC, family="moving_block", scenes=("A solid block moves along a straight line; its kinetic energy is meant.",)),
    join(DENSITY, SECOND_LAW, family="pushed_block", scenes=("A solid block is accelerated along a smooth floor.",)),
    join(HOOKE, Law(family="acceleration", out=_ACCELERATION, parts=((_PUSH, 1), (_MASS, -1)), scenes=()), family="spring_launch",
         scenes=("A stretched spring is the only thing that pulls on a trolley; the acceleration at the start is meant.",)),
)  # fmt: skip


def _velocity(rng: random.Random, level: int) -> Problem:
    u, a, t = (rng.randint(2, 12) for _ in range(3)) if level == 0 else (nice(rng, 1, 30), nice(rng, 0.3, 8), nice(rng, 2, 40))
    question = rng.choice(("A car moving at {u} m/s", "A train moving at {u} m/s", "A skier moving at {u} m/s")).format(u=show(u))
    if level >= 2:
        return Problem(
            family="displacement", question=f"{question} accelerates steadily at {show(a)} m/s^2 for {show(t)} s. How far does it go in that time?",
            terse=f"u={show(u)}m/s a={show(a)}m/s2 t={show(t)}s d?", answer=f"{show(u * t + a * t * t / 2)} m",
        )  # fmt: skip
    return Problem(
        family="velocity", question=f"{question} accelerates steadily at {show(a)} m/s^2 for {show(t)} s. What is its final speed?",
        terse=f"u={show(u)}m/s a={show(a)}m/s2 t={show(t)}s v?", answer=f"{show(u + a * t)} m/s", rtol=ROUNDED if level else EXACT,
    )  # fmt: skip


def _net_force(rng: random.Random, level: int) -> Problem:
    small, large = sorted(rng.sample(range(2, 60), 2))
    mass = rng.randint(2, 12)
    question = f"A force of {large} N pulls a box to the right and a force of {small} N pulls it to the left."
    if level == 0:
        return Problem(
            family="net_force", question=f"{question} What is the size of the net force?", terse=f"F1={large}N F2=-{small}N F?",
            answer=f"{large - small} N", rtol=EXACT,
        )  # fmt: skip
    return Problem(
        family="net_force", question=f"{question} Its mass is {mass} kg. What is the size of its acceleration?",
        terse=f"F1={large}N F2=-{small}N m={mass}kg a?",
        answer=f"{show((large - small) / mass)} m/s^2",
    )  # fmt: skip


def _resistors(rng: random.Random, level: int) -> Problem:
    count = 2 if level < 2 else 3
    ohms = [rng.randint(2, 60) for _ in range(count)]
    parallel = level >= 1 and rng.random() < 0.7
    total = 1 / sum(1 / r for r in ohms) if parallel else sum(ohms)
    how = "in parallel" if parallel else "in series"
    listed = " Ω, ".join(map(str, ohms[:-1]))
    return Problem(
        family="resistors", question=f"Resistors of {listed} Ω and {ohms[-1]} Ω are connected {how}. What is their total resistance?",
        terse=f"R={('||' if parallel else '+').join(map(str, ohms))}ohm R?", answer=f"{show(total)} Ω", rtol=EXACT if not parallel else ROUNDED,
    )  # fmt: skip


def _half_life(rng: random.Random, level: int) -> Problem:
    unit = rng.choice(("s", "min", "h", "day"))
    half, count = rng.randint(2, 12), rng.randint(1, 4)
    if level == 0:
        left = rng.randint(2, 30)
        return Problem(
            family="half_life",
            question=f"A sample of {left * 2**count} g of an isotope has a half-life of {half} {unit}. How much is left after {half * count} {unit}?",
            terse=f"m={left * 2**count}g half={half}{unit} t={half * count}{unit} m?", answer=f"{left} g", rtol=EXACT,
        )  # fmt: skip
    start, time = nice(rng, 5, 900), nice(rng, half * 0.4, half * 5)
    return Problem(
        family="half_life",
        question=f"{show(start)} mg of an isotope have a half-life of {half} {unit}. What mass of it is left after {show(time)} {unit}?",
        terse=f"m={show(start)}mg half={half}{unit} t={show(time)}{unit} m?", answer=f"{show(start * 0.5 ** (time / half))} mg",
    )  # fmt: skip


def _lens(rng: random.Random, level: int) -> Problem:
    focal = rng.randint(5, 30)
    place = rng.randint(focal + 3, focal * 6)
    image = 1 / (1 / focal - 1 / place)
    question = f"A converging lens has a focal length of {focal} cm. An object stands {place} cm in front of it."
    if level == 3:
        tall = rng.randint(1, 12)
        return Problem(
            family="lens", question=f"{question} The object is {tall} cm tall. How tall is its image?",
            terse=f"lens f={focal}cm u={place}cm h={tall}cm image h?",
            answer=f"{show(tall * image / place)} cm",
        )  # fmt: skip
    return Problem(
        family="lens",
        question=f"{question} How far from the lens is the image?",
        terse=f"lens f={focal}cm u={place}cm v?",
        answer=f"{show(image)} cm",
    )


def _collision(rng: random.Random, level: int) -> Problem:
    m1, m2, v1 = nice(rng, 1, 20), nice(rng, 1, 20), nice(rng, 2, 20)
    v2 = nice(rng, 0.5, 3) if level >= 2 else 0.0
    second = f"a trolley of {show(m2)} kg that " + (f"moves ahead of it at {show(v2)} m/s" if v2 else "is at rest")
    v1 += v2
    return Problem(
        family="collision",
        question=f"A trolley of {show(m1)} kg moving at {show(v1)} m/s runs into {second}. They stick together. How fast do they move on?",
        terse=f"m1={show(m1)}kg v1={show(v1)}m/s m2={show(m2)}kg v2={show(v2)}m/s stick v?", answer=f"{show((m1 * v1 + m2 * v2) / (m1 + m2))} m/s",
    )  # fmt: skip


def _efficiency(rng: random.Random, level: int) -> Problem:
    percent, taken = rng.randint(15, 95), nice(rng, 50, 9000)
    if level == 3:
        mass, height = nice(rng, 5, 200), nice(rng, 2, 30)
        return Problem(
            family="efficiency", terse=f"m={show(mass)}kg h={show(height)}m g=9.8 eff={percent}% Ein?",
            answer=f"{show(mass * 9.8 * height / percent * 100)} J",
            question=f"A hoist of {percent}% efficiency lifts {show(mass)} kg by {show(height)} m. {_G} How much energy must it be given?",
        )  # fmt: skip
    return Problem(
        family="efficiency",
        question=f"A machine is given {show(taken)} J and has an efficiency of {percent}%. How much useful energy does it deliver?",
        terse=f"Ein={show(taken)}J eff={percent}% E?", answer=f"{show(taken * percent / 100)} J",
    )  # fmt: skip


FAMILIES: tuple[Family, ...] = (
    *families_of(LAWS + CHAINS),
    Family(name="kinematics", make=_velocity, levels=(0, 1, 2, 3)),
    Family(name="net_force", make=_net_force, levels=(0, 1)),
    Family(name="resistors", make=_resistors, levels=(0, 1, 2)),
    Family(name="half_life", make=_half_life, levels=(0, 1, 2)),
    Family(name="lens", make=_lens, levels=(2, 3)),
    Family(name="collision", make=_collision, levels=(1, 2, 3)),
    Family(name="efficiency", make=_efficiency, levels=(1, 2, 3)),
)
