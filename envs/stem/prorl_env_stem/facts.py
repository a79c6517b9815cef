"""Facts for multiple choice: tables of pairs, each asked in both directions, with the other rows as wrong options."""

import random
from collections.abc import Mapping
from dataclasses import dataclass

from prorl_env_stem.biology import AMINO_ACIDS, CODONS
from prorl_env_stem.elements import COMPOUNDS, ELEMENTS


@dataclass(frozen=True, kw_only=True, slots=True)
class Table:
    """Rows `key: value`; `asks` and `terse` ask for the value of `{key}`."""

    name: str
    subject: str
    rows: Mapping[str, str]
    asks: tuple[str, ...]
    terse: str
    levels: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One drawn fact: the stem in both styles, the right option, and all wrong ones."""

    family: str
    subject: str
    question: str
    terse: str
    answer: str
    wrong: tuple[str, ...]


_UNITS = {
    "force": "N", "energy": "J", "power": "W", "voltage": "V", "charge": "C", "resistance": "Ω", "pressure": "Pa", "frequency": "Hz", "current": "A",
    "mass": "kg", "length": "m", "time": "s", "temperature": "K", "amount of substance": "mol", "capacitance": "F", "magnetic flux": "Wb",
    "radioactivity": "Bq",
    "inductance": "H", "luminous intensity": "cd", "absorbed dose": "Gy",
}  # fmt: skip
_METERS = {
    "force": "spring balance", "current": "ammeter", "voltage": "voltmeter", "temperature": "thermometer", "mass": "balance",
    "air pressure": "barometer",
    "time": "stopwatch", "humidity": "hygrometer", "wind speed": "anemometer", "acidity": "pH meter", "resistance": "ohmmeter",
    "radioactivity": "Geiger counter",
    "depth of water": "sonar", "density of a liquid": "hydrometer",
}  # fmt: skip
_SI = {
    "newton": "kg m/s^2", "joule": "kg m^2/s^2", "watt": "kg m^2/s^3", "pascal": "kg/(m s^2)", "coulomb": "A s", "volt": "kg m^2/(A s^3)",
    "hertz": "1/s",
    "ohm": "kg m^2/(A^2 s^3)", "tesla": "kg/(A s^2)", "farad": "A^2 s^4/(kg m^2)", "weber": "kg m^2/(A s^2)", "gray": "m^2/s^2",
}  # fmt: skip
_ORGANELLES = {
    "mitochondrion": "aerobic respiration", "ribosome": "protein synthesis", "chloroplast": "photosynthesis", "nucleus": "storage of chromosomes",
    "lysosome": "digestion of worn-out parts", "Golgi apparatus": "packing of proteins", "cell wall": "stiffness of plant cells",
    "smooth endoplasmic reticulum": "synthesis of lipids", "centrioles": "forming the spindle", "vacuole": "keeping up turgor",
    "flagellum": "swimming", "nucleolus": "making ribosomal RNA",
}  # fmt: skip
_ENZYMES = {
    "amylase": "starch", "lipase": "fat", "pepsin": "protein", "lactase": "lactose", "sucrase": "sucrose", "maltase": "maltose",
    "cellulase": "cellulose",
    "catalase": "hydrogen peroxide", "urease": "urea", "DNase": "DNA", "pectinase": "pectin", "chitinase": "chitin",
}  # fmt: skip
_HORMONES = {
    "insulin": "pancreas", "adrenaline": "adrenal gland", "thyroxine": "thyroid", "growth hormone": "pituitary gland", "oestrogen": "ovary",
    "testosterone": "testis",
    "melatonin": "pineal gland", "erythropoietin": "kidney", "gastrin": "stomach", "leptin": "fat tissue", "parathormone": "parathyroid gland",
}  # fmt: skip
_TESTS = {
    "starch": "iodine solution", "reducing sugar": "Benedict's solution", "protein": "biuret reagent", "fat": "ethanol emulsion",
    "carbon dioxide": "limewater",
    "oxygen": "glowing splint", "hydrogen": "burning splint", "chloride": "silver nitrate", "sulfate": "barium chloride",
    "chlorine": "damp litmus paper",
    "water": "anhydrous copper(II) sulfate", "alkene": "bromine water",
}  # fmt: skip
_NAMES = {symbol: element.name for symbol, element in ELEMENTS.items()}


def _both(table: Table, *, asks: tuple[str, ...], terse: str) -> tuple[Table, Table]:
    """The table and its reverse, where every value is given once."""
    turned = {v: k for k, v in table.rows.items()}
    return table, Table(name=f"{table.name}_reversed", subject=table.subject, rows=turned, asks=asks, terse=terse, levels=table.levels)


TABLES: tuple[Table, ...] = (
    *_both(
        Table(
            name="unit",
            subject="physics",
            rows=_UNITS,
            asks=("Which is the SI unit of {key}?", "In which unit is {key} measured?"),
            terse="unit of {key}?",
            levels=(0, 1),
        ),
        asks=("Which quantity is measured in {key}?",),
        terse="{key} is unit of?",
    ),
    *_both(
        Table(
            name="symbol",
            subject="chemistry",
            rows={v: k for k, v in _NAMES.items()},
            asks=("Which is the chemical symbol of {key}?",),
            terse="symbol of {key}?",
            levels=(0, 1),
        ),
        asks=("Which element has the symbol {key}?",),
        terse="{key} is?",
    ),
    *_both(
        Table(
            name="atomic_number",
            subject="chemistry",
            rows={e.name: str(e.number) for e in ELEMENTS.values()},
            asks=("Which is the atomic number of {key}?",),
            terse="Z of {key}?",
            levels=(0, 1, 2),
        ),
        asks=("Which element has the atomic number {key}?",),
        terse="Z={key} is?",
    ),
    Table(
        name="codon",
        subject="biology",
        rows={c: AMINO_ACIDS.get(a, "stop") for c, a in CODONS.items()},
        asks=("What does the mRNA codon {key} stand for?",),
        terse="{key} codes?",
        levels=(1, 2, 3),
    ),
    *_both(
        Table(
            name="amino_letter",
            subject="biology",
            rows={v: k for k, v in AMINO_ACIDS.items()},
            asks=("Which is the one-letter code of {key}?",),
            terse="letter of {key}?",
            levels=(0, 1, 2),
        ),
        asks=("Which amino acid has the one-letter code {key}?",),
        terse="{key} is aa?",
    ),
    *_both(
        Table(
            name="compound",
            subject="chemistry",
            rows={n: f for f, n in COMPOUNDS.items()},
            asks=("Which is the formula of {key}?",),
            terse="formula of {key}?",
            levels=(1, 2),
        ),
        asks=("Which compound has the formula {key}?",),
        terse="{key} is?",
    ),
    *_both(
        Table(name="organelle", subject="biology", rows=_ORGANELLES, asks=("What is the {key} of a cell for?",), terse="{key} for?", levels=(1, 2)),
        asks=("Which part of a cell serves this: {key}?",),
        terse="{key}: part?",
    ),
    *_both(
        Table(name="enzyme", subject="biology", rows=_ENZYMES, asks=("What does the enzyme {key} break down?",), terse="{key} cuts?", levels=(1, 2)),
        asks=("Which enzyme breaks down {key}?",),
        terse="{key} cut by?",
    ),
    *_both(
        Table(
            name="hormone", subject="biology", rows=_HORMONES, asks=("Where in the body is most {key} made?",), terse="{key} from?", levels=(1, 2, 3)
        ),
        asks=("Which hormone comes mainly from the {key}?",),
        terse="{key} makes?",
    ),
    *_both(
        Table(name="test", subject="chemistry", rows=_TESTS, asks=("Which is the usual test for {key}?",), terse="test for {key}?", levels=(1, 2, 3)),
        asks=("What is shown by the test with {key}?",),
        terse="{key} shows?",
    ),
    *_both(
        Table(name="meter", subject="physics", rows=_METERS, asks=("Which instrument measures {key}?",), terse="{key} by?", levels=(1, 2)),
        asks=("What does a {key} measure?",),
        terse="{key} for?",
    ),
    *_both(
        Table(name="base_units", subject="physics", rows=_SI, asks=("Which are the base units of the {key}?",), terse="{key}=?", levels=(2, 3)),
        asks=("Which unit has the base units {key}?",),
        terse="{key}=?",
    ),
)


def draw_fact(rng: random.Random, level: int) -> Fact:
    """A fact of one of the tables that serve the level."""
    table = rng.choice([t for t in TABLES if level in t.levels])
    key, answer = rng.choice(list(table.rows.items()))
    return Fact(
        family=table.name,
        subject=table.subject,
        question=rng.choice(table.asks).format(key=key),
        terse=table.terse.format(key=key),
        answer=answer,
        wrong=tuple(sorted({v for v in table.rows.values() if v != answer})),
    )
