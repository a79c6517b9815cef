"""The chemical elements that problems use, and formulae as counts of atoms."""

import re
from typing import NamedTuple


class Element(NamedTuple):
    """Name, atomic number, and relative atomic mass (one decimal place, as in school tables)."""

    name: str
    number: int
    mass: float


ELEMENTS = {
    "H": Element("hydrogen", 1, 1), "He": Element("helium", 2, 4), "Li": Element("lithium", 3, 6.9), "Be": Element("beryllium", 4, 9),
    "B": Element("boron", 5, 10.8), "C": Element("carbon", 6, 12), "N": Element("nitrogen", 7, 14), "O": Element("oxygen", 8, 16),
    "F": Element("fluorine", 9, 19), "Ne": Element("neon", 10, 20.2), "Na": Element("sodium", 11, 23), "Mg": Element("magnesium", 12, 24.3),
    "Al": Element("aluminium", 13, 27), "Si": Element("silicon", 14, 28.1), "P": Element("phosphorus", 15, 31), "S": Element("sulfur", 16, 32.1),
    "Cl": Element("chlorine", 17, 35.5), "Ar": Element("argon", 18, 39.9), "K": Element("potassium", 19, 39.1), "Ca": Element("calcium", 20, 40.1),
    "Ti": Element("titanium", 22, 47.9), "Cr": Element("chromium", 24, 52), "Mn": Element("manganese", 25, 54.9), "Fe": Element("iron", 26, 55.8),
    "Ni": Element("nickel", 28, 58.7), "Cu": Element("copper", 29, 63.5), "Zn": Element("zinc", 30, 65.4), "Br": Element("bromine", 35, 79.9),
    "Ag": Element("silver", 47, 107.9), "Sn": Element("tin", 50, 118.7), "I": Element("iodine", 53, 126.9), "Ba": Element("barium", 56, 137.3),
    "Au": Element("gold", 79, 197), "Hg": Element("mercury", 80, 200.6), "Pb": Element("lead", 82, 207.2),
}  # fmt: skip

COMPOUNDS = {
    "H2O": "water", "CO2": "carbon dioxide", "CO": "carbon monoxide", "NH3": "ammonia", "CH4": "methane", "HCl": "hydrogen chloride",
    "NaCl": "sodium chloride",
    "NaOH": "sodium hydroxide", "CaO": "calcium oxide", "CaCO3": "calcium carbonate", "H2SO4": "sulfuric acid", "HNO3": "nitric acid",
    "C2H6": "ethane",
    "C3H8": "propane", "C2H4": "ethene", "C2H6O": "ethanol", "C6H12O6": "glucose", "MgO": "magnesium oxide", "Al2O3": "aluminium oxide",
    "Fe2O3": "iron(III) oxide", "CuSO4": "copper(II) sulfate", "SO2": "sulfur dioxide", "SO3": "sulfur trioxide", "NO2": "nitrogen dioxide",
    "KCl": "potassium chloride", "KOH": "potassium hydroxide", "H2O2": "hydrogen peroxide", "H2S": "hydrogen sulfide", "C6H6": "benzene",
    "Na2CO3": "sodium carbonate", "NaHCO3": "sodium hydrogencarbonate", "MgCl2": "magnesium chloride", "CaCl2": "calcium chloride",
    "KMnO4": "potassium permanganate", "AgNO3": "silver nitrate", "ZnO": "zinc oxide", "PbI2": "lead(II) iodide", "TiO2": "titanium dioxide",
    "BaSO4": "barium sulfate", "LiF": "lithium fluoride", "NaBr": "sodium bromide", "KI": "potassium iodide", "N2O": "dinitrogen monoxide",
    "PCl5": "phosphorus pentachloride", "Na2SO4": "sodium sulfate", "Fe3O4": "iron(II,III) oxide", "Cu2O": "copper(I) oxide", "C4H10": "butane",
}  # fmt: skip

IONS = {
    "Na+": ("Na", 1, "sodium"), "K+": ("K", 1, "potassium"), "Li+": ("Li", 1, "lithium"), "Ag+": ("Ag", 1, "silver"), "NH4+": ("NH4", 1, "ammonium"),
    "Mg2+": ("Mg", 2, "magnesium"), "Ca2+": ("Ca", 2, "calcium"), "Ba2+": ("Ba", 2, "barium"), "Zn2+": ("Zn", 2, "zinc"), "Cu2+": ("Cu", 2,
    "copper(II)"),
    "Fe2+": ("Fe", 2, "iron(II)"), "Ni2+": ("Ni", 2, "nickel(II)"), "Pb2+": ("Pb", 2, "lead(II)"), "Al3+": ("Al", 3, "aluminium"),
    "Fe3+": ("Fe", 3, "iron(III)"), "Cr3+": ("Cr", 3, "chromium(III)"), "Mn2+": ("Mn", 2, "manganese(II)"), "Sn4+": ("Sn", 4, "tin(IV)"),
    "F-": ("F", -1, "fluoride"), "Cl-": ("Cl", -1, "chloride"), "Br-": ("Br", -1, "bromide"), "I-": ("I", -1, "iodide"), "OH-": ("OH", -1,
    "hydroxide"),
    "NO3-": ("NO3", -1, "nitrate"), "O2-": ("O", -2, "oxide"), "S2-": ("S", -2, "sulfide"), "SO4 2-": ("SO4", -2, "sulfate"),
    "CO3 2-": ("CO3", -2, "carbonate"), "N3-": ("N", -3, "nitride"), "PO4 3-": ("PO4", -3, "phosphate"), "HCO3-": ("HCO3", -1, "hydrogencarbonate"),
}  # fmt: skip

_PART = re.compile(r"([A-Z][a-z]?)(\d*)")


def atoms(formula: str) -> dict[str, int]:
    """Counts of atoms in a formula without parentheses."""
    counts: dict[str, int] = {}
    for symbol, count in _PART.findall(formula):
        counts[symbol] = counts.get(symbol, 0) + int(count or 1)
    return counts


def molar_mass(formula: str) -> float:
    """In g/mol, from the table's masses."""
    return sum(ELEMENTS[s].mass * n for s, n in atoms(formula).items())
