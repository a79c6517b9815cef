"""Chemistry: amounts, solutions, gases, formulae and equations."""

import math
import random

from prorl_env_stem.elements import COMPOUNDS, ELEMENTS, IONS, atoms, molar_mass
from prorl_env_stem.law import Law, families_of, join
from prorl_env_stem.problem import EXACT, Family, Problem, Variable, nice, show

_AMOUNT = Variable(symbol="n", name="amount of substance", unit="mol", low=0.02, high=12, also={"mmol": 1e-3})
_SAMPLE = Variable(symbol="m", name="mass of the sample", unit="g", also={"kg": 1e3, "mg": 1e-3})
_MOLAR = Variable(symbol="M", name="molar mass", unit="g/mol", low=17, high=250, small=(2, 60))
_STRENGTH = Variable(symbol="c", name="concentration", unit="mol/L", low=0.02, high=6, also={"mmol/L": 1e-3})
_VOLUME = Variable(symbol="V", name="volume", unit="L", low=0.02, high=5, also={"mL": 1e-3, "dm^3": 1})
PH_ROOM = 0.05
_GAS_NOTE = "Take R = 8.314 J/(mol K)."

MOLES = Law(
    family="moles", out=_SAMPLE, parts=((_AMOUNT, 1), (_MOLAR, 1)), first=("m", "n"),
    scenes=("A pure compound is weighed.", "A chemist measures out a pure solid."),
)  # fmt: skip
SOLUTION = Law(
    family="concentration", out=_AMOUNT, parts=((_STRENGTH, 1), (_VOLUME, 1)), first=("n", "c"),
    scenes=("A salt is dissolved in water.", "A solution is made up in a flask."),
)  # fmt: skip
GAS = Law(
    family="ideal_gas", out=Variable(symbol="V", name="volume", unit="m^3", also={"L": 1e-3}), k=8.314, note=_GAS_NOTE, terse_note="R=8.314",
    parts=((_AMOUNT, 1), (Variable(symbol="T", name="temperature", unit="K", low=220, high=600), 1),
           (Variable(symbol="P", name="pressure", unit="Pa", low=5e4, high=9e5, also={"kPa": 1e3, "atm": 101325, "bar": 1e5}), -1)),
    scenes=("A gas that behaves ideally is kept in a vessel.", "A balloon holds an ideal gas."),
)  # fmt: skip
_AMOUNT_OF_MASS = Law(family="amount", out=_AMOUNT, parts=((_SAMPLE, 1), (_MOLAR, -1)), scenes=())
LAWS = (
    MOLES, SOLUTION, GAS,
    Law(
        family="particles", out=Variable(symbol="N", name="number of molecules", unit=""), k=6.022e23, note="Take N_A = 6.022e23 1/mol.",
        terse_note="NA=6.022e23",
        parts=((_AMOUNT, 1),), scenes=("A flask holds a pure gas.", "A crystal is made of molecules."),
    ),
    Law(
        family="reaction_heat", out=Variable(symbol="Q", name="heat given off", unit="kJ", also={"J": 1e-3, "MJ": 1e3}), first=("Q",),
        parts=((_AMOUNT, 1), (Variable(symbol="H", name="heat of reaction per mole", unit="kJ/mol", low=20, high=2800, small=(2, 20)), 1)),
        scenes=("A fuel burns completely.", "An acid is neutralised."),
    ),
    Law(
        family="electrolysis", out=Variable(symbol="Q", name="charge", unit="C", also={"kC": 1e3}), k=96485, note="Take F = 96485 C/mol.",
        terse_note="F=96485",
        parts=((Variable(symbol="n", name="amount of electrons", unit="mol", low=0.005, high=3, also={"mmol": 1e-3}), 1),),
        scenes=("A salt solution is electrolysed.",),
    ),
)  # fmt: skip
CHAINS = (
    join(SOLUTION, Law(family="mass", out=_SAMPLE, parts=MOLES.parts, scenes=()), family="weighed_solution",
         scenes=("A solid is weighed and dissolved to make a solution.",)),
    join(_AMOUNT_OF_MASS, GAS, family="gas_from_mass", scenes=("A weighed sample evaporates completely and behaves as an ideal gas.",)),
    join(_AMOUNT_OF_MASS, LAWS[4], family="fuel_heat", scenes=("A weighed fuel burns completely.",)),
)  # fmt: skip


def _masses(symbols: list[str]) -> str:
    return " ".join(f"{s}={show(ELEMENTS[s].mass)}" for s in symbols)


def _molar_mass(rng: random.Random, level: int) -> Problem:
    whole = [c for c in COMPOUNDS if all(float(ELEMENTS[s].mass).is_integer() for s in atoms(c))]
    formula = rng.choice(whole if level == 0 else list(COMPOUNDS))
    symbols = list(atoms(formula))
    if level >= 2:
        moles = nice(rng, 0.05, 8)
        return Problem(
            family="mass_of_compound",
            question=f"What is the mass of {show(moles)} mol of {COMPOUNDS[formula]}, {formula}? Atomic masses: {_masses(symbols)}.",
            terse=f"{show(moles)}mol {formula} {_masses(symbols)} m?", answer=f"{show(moles * molar_mass(formula))} g",
        )  # fmt: skip
    count = rng.randint(1, 40) if level == 0 else 1
    if count > 1:
        return Problem(
            family="molar_mass",
            question=f"What is the mass of {count} mol of {COMPOUNDS[formula]}, {formula}, whose molar mass is {show(molar_mass(formula))} g/mol?",
            terse=f"{count}mol {formula} M={show(molar_mass(formula))} m?", answer=f"{show(count * molar_mass(formula))} g", rtol=EXACT,
        )  # fmt: skip
    return Problem(
        family="molar_mass", question=f"What is the molar mass of {COMPOUNDS[formula]}, {formula}? Atomic masses: {_masses(symbols)}.",
        terse=f"M {formula} {_masses(symbols)}?", answer=f"{show(molar_mass(formula))} g/mol", rtol=6e-3,
    )  # fmt: skip


def _percent(rng: random.Random, level: int) -> Problem:
    formula = rng.choice(list(COMPOUNDS))
    counts = atoms(formula)
    symbol = rng.choice(list(counts))
    share = 100 * ELEMENTS[symbol].mass * counts[symbol] / molar_mass(formula)
    name = ELEMENTS[symbol].name
    if level >= 2:
        grams = nice(rng, 2, 900)
        return Problem(
            family="element_mass",
            question=f"What mass of {name} do {show(grams)} g of {COMPOUNDS[formula]}, {formula}, hold? Atomic masses: {_masses(list(counts))}.",
            terse=f"{show(grams)}g {formula} {_masses(list(counts))} m({symbol})?", answer=f"{show(grams * share / 100)} g",
        )  # fmt: skip
    return Problem(
        family="percent_by_mass", unit_given=True, answer=f"{show(share)} %", terse=f"%{symbol} in {formula} {_masses(list(counts))}?",
        question=f"What percentage of the mass of {COMPOUNDS[formula]}, {formula}, is {name}? Atomic masses: {_masses(list(counts))}.",
    )  # fmt: skip


def _ph(rng: random.Random, level: int) -> Problem:
    if level == 0:
        power, base = rng.randint(1, 13), rng.random() < 0.5
        name = "OH-" if base else "H+"
        return Problem(
            family="ph", question=f"A solution at 25 °C has a concentration of {name} ions of 1e-{power} mol/L. What is its pH?",
            terse=f"{name}=1e-{power}M pH?",
            answer=str(14 - power if base else power), rtol=EXACT,
        )  # fmt: skip
    strength = nice(rng, 1e-4, 0.5)
    if level == 1:
        return Problem(
            family="ph", question=f"What is the pH of a strong monoprotic acid of {show(strength)} mol/L?",
            terse=f"strong acid {show(strength)}M pH?",
            answer=show(-math.log10(strength)), rtol=EXACT, atol=PH_ROOM,
        )  # fmt: skip
    if level == 2:
        return Problem(
            family="ph", question=f"What is the pH of sodium hydroxide solution of {show(strength)} mol/L at 25 °C?",
            terse=f"NaOH {show(strength)}M pH?",
            answer=show(14 + math.log10(strength)), rtol=EXACT, atol=PH_ROOM,
        )  # fmt: skip
    constant = nice(rng, 1e-6, 1e-4)
    hydrogen = (-constant + math.sqrt(constant**2 + 4 * constant * strength)) / 2
    return Problem(
        family="ph", question=f"A weak monoprotic acid of {show(strength)} mol/L has Ka = {show(constant)}. What is the pH of the solution?",
        terse=f"weak acid {show(strength)}M Ka={show(constant)} pH?", answer=show(-math.log10(hydrogen)), rtol=EXACT, atol=PH_ROOM,
    )  # fmt: skip


def _dilution(rng: random.Random, level: int) -> Problem:
    if level == 0:
        start, factor, end = rng.randint(2, 9), rng.randint(2, 9), rng.randint(1, 9)
        return Problem(
            family="dilution",
            question=f"{start} L of a solution of {end * factor} mol/L are diluted with water to {start * factor} L. What is the new concentration?",
            terse=f"c1={end * factor}M V1={start}L V2={start * factor}L c2?", answer=f"{end} mol/L", rtol=EXACT,
        )  # fmt: skip
    strong, end, volume = nice(rng, 1, 12), nice(rng, 0.02, 0.9), rng.choice((50, 100, 200, 250, 500, 1000))
    if level == 3:
        end = nice(rng, 0.1 * strong, 0.8 * strong)
        water = volume - end * volume / strong
        return Problem(
            family="dilution", terse=f"c1={show(strong)}M c2={show(end)}M V2={volume}mL water?", answer=f"{show(water)} mL",
            question=f"How much water turns a solution of {show(strong)} mol/L into {volume} mL of a solution of {show(end)} mol/L? Volumes add up.",
        )  # fmt: skip
    return Problem(
        family="dilution",
        question=f"What volume of a solution of {show(strong)} mol/L is needed to make {volume} mL of a solution of {show(end)} mol/L?",
        terse=f"c1={show(strong)}M c2={show(end)}M V2={volume}mL V1?", answer=f"{show(end * volume / strong)} mL",
    )  # fmt: skip


def _neutrons(rng: random.Random, level: int) -> Problem:
    symbol, element = rng.choice(list(ELEMENTS.items()))
    mass = rng.randint(element.number + max(1, element.number - 3), int(2.6 * element.number) + 2)
    if level == 0:
        return Problem(
            family="neutrons",
            question=f"An atom of {element.name} has the mass number {mass} and the atomic number {element.number}. How many neutrons has it?",
            terse=f"A={mass} Z={element.number} n?", answer=str(mass - element.number), rtol=EXACT,
        )  # fmt: skip
    charge = rng.choice((-2, -1, 1, 2, 3)) if element.number > 5 else 1
    sign = f"{abs(charge)}{'+' if charge > 0 else '-'}"
    return Problem(
        family="electrons", question=f"How many electrons has an ion of {element.name}, {symbol}, with the charge {sign}?",
        terse=f"{symbol} {sign} e?",
        answer=str(element.number - charge), rtol=EXACT,
    )  # fmt: skip


def _salt(rng: random.Random, level: int) -> Problem:
    plus = rng.choice([i for i in IONS.values() if i[1] > 0])
    minus = rng.choice([i for i in IONS.values() if i[1] < 0])
    common = math.gcd(plus[1], minus[1])
    formula = _times(plus[0], -minus[1] // common) + _times(minus[0], plus[1] // common)
    swapped = _times(plus[0], plus[1] // common) + _times(minus[0], -minus[1] // common)
    if level == 0:
        question = f"What is the formula of the salt of the ions {_charged(plus)} and {_charged(minus)}?"
        terse = f"salt {_charged(plus)} {_charged(minus)}?"
    else:
        question, terse = f"What is the formula of {plus[2]} {minus[2]}?", f"formula {plus[2]} {minus[2]}?"
    wrong = tuple(w for w in (swapped, plus[0] + minus[0], _times(plus[0], 2) + minus[0], plus[0] + _times(minus[0], 3)) if w != formula)
    return Problem(family="salt", question=question, terse=terse, answer=formula, kind="text", form="formula", wrong=wrong)


def _charged(ion: tuple[str, int, str]) -> str:
    size = abs(ion[1])
    return f"{ion[0]}^{size if size > 1 else ''}{'+' if ion[1] > 0 else '-'}"


def _times(part: str, count: int) -> str:
    grouped = f"({part})" if count > 1 and (len(atoms(part)) > 1 or part[-1].isdigit()) else part
    return f"{grouped}{count if count > 1 else ''}"


REACTIONS = (
    "2H2+O2=2H2O", "N2+3H2=2NH3", "CH4+2O2=CO2+2H2O", "2Mg+O2=2MgO", "4Al+3O2=2Al2O3", "4Fe+3O2=2Fe2O3", "C3H8+5O2=3CO2+4H2O", "2C2H6+7O2=4CO2+6H2O",
    "2Na+Cl2=2NaCl", "2K+Br2=2KBr", "H2+Cl2=2HCl", "2SO2+O2=2SO3", "2CO+O2=2CO2", "4NH3+5O2=4NO+6H2O", "2H2O2=2H2O+O2", "Fe2O3+3CO=2Fe+3CO2",
    "Zn+2HCl=ZnCl2+H2", "Mg+2HCl=MgCl2+H2", "2Al+6HCl=2AlCl3+3H2", "CaCO3+2HCl=CaCl2+H2O+CO2", "2NaOH+H2SO4=Na2SO4+2H2O", "N2+O2=2NO", "2NO+O2=2NO2",
    "C2H4+3O2=2CO2+2H2O", "C2H6O+3O2=2CO2+3H2O", "C6H12O6+6O2=6CO2+6H2O", "2KClO3=2KCl+3O2", "P4+5O2=2P2O5", "2Na+2H2O=2NaOH+H2", "Cl2+2KI=2KCl+I2",
    "CuO+H2=Cu+H2O", "Fe3O4+4H2=3Fe+4H2O", "3Mg+N2=Mg3N2", "2Fe+3Cl2=2FeCl3", "4Li+O2=2Li2O", "SiO2+2C=Si+2CO", "2PbS+3O2=2PbO+2SO2",
    "TiCl4+2Mg=Ti+2MgCl2",
    "2C4H10+13O2=8CO2+10H2O", "C5H12+8O2=5CO2+6H2O", "2C6H6+15O2=12CO2+6H2O", "PCl5+4H2O=H3PO4+5HCl",
)  # fmt: skip


def split_reaction(reaction: str) -> list[list[tuple[int, str]]]:
    """The sides of a stored equation as lists of (coefficient, formula)."""
    sides = [side.split("+") for side in reaction.split("=")]
    return [[(int(head) if (head := t[: len(t) - len(t.lstrip("0123456789"))]) else 1, t.lstrip("0123456789")) for t in side] for side in sides]


def joined(sides: list[list[tuple[int, str]]], *, coefficients: bool) -> str:
    """The equation of such sides, with or without its coefficients."""
    return "=".join("+".join(f"{n if coefficients and n > 1 else ''}{f}" for n, f in side) for side in sides)


def _balance(rng: random.Random, level: int) -> Problem:
    sides = split_reaction(rng.choice(REACTIONS[:15] if level == 1 else REACTIONS))
    for side in sides:
        rng.shuffle(side)
    bare, balanced = joined(sides, coefficients=False), joined(sides, coefficients=True)
    return Problem(
        family="balance", question=f"Balance the equation {bare.replace('+', ' + ').replace('=', ' -> ')} with the smallest whole coefficients.",
        terse=f"balance {bare}", answer=balanced, kind="text", form="equation",
    )  # fmt: skip


def _stoichiometry(rng: random.Random, level: int) -> Problem:
    """Amounts in a balanced equation: moles from moles (level 1), the limiting reagent (2), the yield of it (3)."""
    sides = split_reaction(rng.choice([r for r in REACTIONS if r.split("=")[0].count("+") == 1]))
    (a, one), (b, other) = sides[0]
    c, product = rng.choice(sides[1])
    equation = joined(sides, coefficients=True)
    spaced = equation.replace("+", " + ").replace("=", " -> ")
    if level == 1:
        times = nice(rng, 0.1, 9)
        return Problem(
            family="stoichiometry",
            question=f"In the reaction {spaced}, how much {product} forms from {show(times * a)} mol of {one} with enough {other}?",
            terse=f"{equation} {show(times * a)}mol {one}: {product}?", answer=f"{show(times * c)} mol",
        )  # fmt: skip
    first, second = nice(rng, 0.2, 9), nice(rng, 0.2, 9)
    formed = min(first / a, second / b) * c
    percent = rng.randint(40, 95) if level == 3 else 100
    told = f" The yield is {percent}%." if level == 3 else ""
    return Problem(
        family="limiting_reagent",
        question=f"In the reaction {spaced}, {show(first)} mol of {one} meet {show(second)} mol of {other}.{told} How much {product} forms?",
        terse=f"{equation} {show(first)}mol {one} {show(second)}mol {other}{f' {percent}%' if level == 3 else ''}: {product}?",
        answer=f"{show(formed * percent / 100)} mol",
    )  # fmt: skip


def _gas_change(rng: random.Random, level: int) -> Problem:
    """Two states of one gas: Boyle's law in whole numbers at level 0, the combined law above."""
    if level == 0:
        p, v, factor = rng.randint(1, 12), rng.randint(2, 12), rng.randint(2, 6)
        return Problem(
            family="boyle",
            question=f"A gas at {p * factor} atm fills {v} L. At the same temperature it expands to {v * factor} L. What is the new pressure?",
            terse=f"P1={p * factor}atm V1={v}L V2={v * factor}L P2?", answer=f"{p} atm", rtol=EXACT,
        )  # fmt: skip
    p1, v1, v2 = nice(rng, 0.5, 9), nice(rng, 1, 40), nice(rng, 1, 40)
    t1, t2 = rng.randint(10, 60), rng.randint(61, 250)
    answer = p1 * v1 / v2 * (t2 + 273.15) / (t1 + 273.15)
    return Problem(
        family="combined_gas_law",
        question=f"A gas at {show(p1)} atm and {t1} °C fills {show(v1)} L. What is its pressure in {show(v2)} L at {t2} °C?",
        terse=f"P1={show(p1)}atm V1={show(v1)}L T1={t1}C V2={show(v2)}L T2={t2}C P2?", answer=f"{show(answer)} atm",
    )  # fmt: skip


FAMILIES: tuple[Family, ...] = (
    *families_of(LAWS + CHAINS),
    Family(name="molar_mass", make=_molar_mass, levels=(0, 1, 2)),
    Family(name="percent_by_mass", make=_percent, levels=(1, 2)),
    Family(name="ph", make=_ph, levels=(0, 1, 2, 3)),
    Family(name="dilution", make=_dilution, levels=(0, 1, 2, 3)),
    Family(name="atom", make=_neutrons, levels=(0, 1)),
    Family(name="salt", make=_salt, levels=(0, 1, 2)),
    Family(name="balance", make=_balance, levels=(1, 2, 3), options=False),
    Family(name="stoichiometry", make=_stoichiometry, levels=(1, 2, 3)),
    Family(name="gas_change", make=_gas_change, levels=(0, 1, 2)),
)
