"""Biology: base sequences, genetics, populations, counts of cells, and rates."""

import random
from math import sqrt

from prorl_env_stem.law import Law, families_of, join
from prorl_env_stem.problem import EXACT, ROUNDED, Family, Problem, Variable, nice, show

_LENGTHS = ((3, 6), (6, 10), (10, 16), (16, 24))
_COMPLEMENT = str.maketrans("ACGT", "TGCA")
_TRANSCRIBE = str.maketrans("ACGT", "UGCA")
_ORDER = "UCAG"
_AMINO = "FFLLSSSSYY**CC*WLLLLPPPPHHQQRRRRIIIMTTTTNNKKSSRRVVVVAAAADDEEGGGG"
CODONS = {a + b + c: _AMINO[16 * i + 4 * j + k] for i, a in enumerate(_ORDER) for j, b in enumerate(_ORDER) for k, c in enumerate(_ORDER)}
"""The standard genetic code: codon to one-letter amino acid, `*` for stop."""
AMINO_ACIDS = {
    "A": "alanine", "R": "arginine", "N": "asparagine", "D": "aspartic acid", "C": "cysteine", "Q": "glutamine", "E": "glutamic acid", "G": "glycine",
    "H": "histidine", "I": "isoleucine", "L": "leucine", "K": "lysine", "M": "methionine", "F": "phenylalanine", "P": "proline", "S": "serine",
    "T": "threonine", "W": "tryptophan", "Y": "tyrosine", "V": "valine",
}  # fmt: skip

_ACTUAL = Variable(symbol="A", name="actual length", unit="mm", low=0.002, high=2, also={"μm": 1e-3})
_IMAGE = Variable(symbol="I", name="length in the image", unit="mm", also={"cm": 10})
_DAY = Variable(symbol="t", name="time", unit="min", low=2, high=300, also={"h": 60, "s": 1 / 60})
_HEART = Law(
    family="cardiac_output", first=("V",), out=Variable(symbol="V", name="cardiac output", unit="mL/min", also={"L/min": 1e3}),
    parts=((Variable(symbol="r", name="heart rate", unit="beats/min", low=45, high=190, small=(2, 20)), 1),
           (Variable(symbol="s", name="stroke volume", unit="mL", low=30, high=120, small=(2, 20)), 1)),
    scenes=("A runner is examined at rest.", "An animal's heart is studied."),
)  # fmt: skip
LAWS = (
    _HEART,
    Law(
        family="magnification", out=_IMAGE, parts=((Variable(symbol="x", name="magnification", unit="", low=20, high=2000), 1), (_ACTUAL, 1)),
        first=("I", "x"),
        scenes=("A cell is drawn from what the microscope shows.", "A photograph shows an insect's wing."),
    ),
    Law(
        family="reaction_rate", out=Variable(symbol="V", name="volume of oxygen given off", unit="cm^3", also={"mm^3": 1e-3}), first=("V", "r"),
        parts=((Variable(symbol="r", name="rate of photosynthesis", unit="cm^3/min", low=0.05, high=8, small=(2, 20), also={"mm^3/min": 1e-3}),
        1), (_DAY, 1)),
        scenes=("Pondweed gives off oxygen at a constant rate in bright light.", "A water plant is lit by a lamp and gives off oxygen steadily."),
    ),
    Law(
        family="population_density", out=Variable(symbol="N", name="population", unit="plants"), first=("N",),
        parts=((Variable(symbol="D", name="number per square metre", unit="plants/m^2", low=0.2, high=90, small=(2, 20)), 1),
               (Variable(symbol="A", name="area", unit="m^2", low=5, high=9000, small=(2, 20), also={"ha": 1e4}), 1)),
        scenes=("Daisies grow evenly over a meadow.", "Orchids are counted in quadrats on a hillside."),
    ),
    Law(
        family="energy_content", out=Variable(symbol="Q", name="energy released into the water", unit="J", also={"kJ": 1e3}), k=4.2,
        note="Water takes up 4.2 J/(g K).", terse_note="c=4.2", parts=((Variable(symbol="m", name="mass of the water", unit="g", low=10, high=300,
        also={"kg": 1e3}), 1),
        (Variable(symbol="T", name="rise in temperature", unit="K", low=2, high=60, difference=True), 1)),
        scenes=("A peanut burns under a tube of water.", "A crisp heats water as it burns."),
    ),
)  # fmt: skip
CHAINS = (
    join(_HEART, Law(family="flow", out=Variable(symbol="B", name="volume of blood pumped", unit="mL", also={"L": 1e3}), parts=((_HEART.out, 1),
    (_DAY, 1)), scenes=()),
         family="pumped_blood", scenes=("A heart beats steadily for a while.",)),
)  # fmt: skip


def _bases(rng: random.Random, level: int) -> str:
    return "".join(rng.choice("ACGT") for _ in range(rng.randint(*_LENGTHS[level])))


def _text(family: str, question: str, terse: str, answer: str) -> Problem:
    wrong = tuple(
        w for w in (answer[::-1], answer.translate(_COMPLEMENT), answer[1:] + answer[:1], answer[::-1].translate(_COMPLEMENT)) if w != answer
    )
    return Problem(family=family, question=question, terse=terse, answer=answer, kind="text", form="sequence", wrong=wrong)


def _complement(rng: random.Random, level: int) -> Problem:
    bases = _bases(rng, level)
    if level >= 2:
        answer = bases.translate(_COMPLEMENT)[::-1]
        return _text("reverse_complement", f"Write the reverse complement of the DNA strand {bases}, read from 5' to 3'.", f"revcomp {bases}", answer)
    how = rng.choice(("Which bases pair with the DNA strand {b}, in the same order?", "Write the complementary DNA strand of {b}, base by base."))
    return _text("complement", how.format(b=bases), f"comp {bases}", bases.translate(_COMPLEMENT))


def _transcribe(rng: random.Random, level: int) -> Problem:
    bases = _bases(rng, level)
    question = rng.choice(
        (
            "Which mRNA is transcribed from the DNA template strand {b}, base by base?",
            "Transcribe the DNA template strand {b} into mRNA, base by base.",
        )
    )
    return _text("transcription", question.format(b=bases), f"rna {bases}", bases.translate(_TRANSCRIBE))


def _translate(rng: random.Random, level: int) -> Problem:
    sense = [c for c, a in CODONS.items() if a != "*"]
    codons = ["AUG", *(rng.choice(sense) for _ in range((1, 2, 4, 6)[level]))]
    amino = "".join(CODONS[c] for c in codons)
    mrna, tail = "".join(codons), rng.choice([c for c, a in CODONS.items() if a == "*"]) if level >= 2 else ""
    if level == 3:
        template = (mrna + tail).translate(str.maketrans("ACGU", "TGCA"))
        question = f"A DNA template strand reads {template} from 3' to 5'. Which peptide does it code for, in one-letter codes, up to the stop codon?"
        return Problem(family="gene_to_peptide", question=question, terse=f"peptide 3'-{template}", answer=amino, kind="text", form="sequence")
    question = f"Translate the mRNA {mrna}{tail} into one-letter amino acid codes" + (", up to the stop codon." if tail else ".")
    return Problem(family="translation", question=question, terse=f"peptide {mrna}{tail}", answer=amino, kind="text", form="sequence")


def _counting(rng: random.Random, level: int) -> Problem:
    """Whole numbers behind sequences: bases, codons, and base pairing by Chargaff's rule."""
    if rng.random() < 0.5:
        amino = rng.randint(5, 400)
        return Problem(
            family="codons", question=f"How many mRNA bases code for a chain of {amino} amino acids, the stop codon aside?",
            terse=f"{amino} aa: bases?",
            answer=str(3 * amino), rtol=EXACT,
        )  # fmt: skip
    share, base, asked = rng.randint(5, 45), *rng.sample("ACGT", 2)
    answer = share if asked == base.translate(_COMPLEMENT) else 50 - share
    if level == 0:
        return Problem(
            family="chargaff", question=f"In a double-stranded DNA {share}% of the bases are {base}. What percentage of the bases are {asked}?",
            terse=f"{base}={share}% {asked}?", answer=f"{answer} %", rtol=EXACT, unit_given=True,
        )  # fmt: skip
    pairs = rng.randint(20, 900) * 100
    return Problem(
        family="chargaff", question=f"A double-stranded DNA of {pairs} base pairs has {share}% {base}. How many {asked} does it hold?",
        terse=f"{pairs}bp {base}={share}% {asked}?", answer=str(answer * pairs // 50), rtol=EXACT,
    )  # fmt: skip


def _cross(rng: random.Random, level: int) -> Problem:
    """Punnett squares for one to three unlinked genes with full dominance: the expected number of offspring of a genotype or phenotype."""
    genes = rng.sample("ABDEGHRT", 1 if level < 2 else level)
    parents = [[rng.choice((g + g, g + g.lower(), g.lower() * 2)) for g in genes] for _ in range(2)]
    shown = [rng.random() < 0.5 for _ in genes]
    share = 1.0
    for g, one, two, dominant in zip(genes, *parents, shown, strict=True):
        recessive = sum(a == b == g.lower() for a in one for b in two) / 4
        shown[genes.index(g)] = dominant = dominant or not recessive
        share *= 1 - recessive if dominant else recessive
    traits = " and ".join(f"the {'dominant' if d else 'recessive'} trait of {g}" for g, d in zip(genes, shown, strict=True))
    one, two = ("".join(p) for p in parents)
    mark = "".join(f"{g if d else g.lower()}" for g, d in zip(genes, shown, strict=True))
    if level == 0:
        total = 4 * rng.randint(1, 50)
        return Problem(
            family="punnett", question=f"Parents {one} and {two} have {total} offspring. How many of them are expected to show {traits}?",
            terse=f"{one}x{two} N={total} {mark}?", answer=show(share * total), rtol=EXACT,
        )  # fmt: skip
    total = 64 * rng.randint(1, 30)
    loci = "One gene" if len(genes) == 1 else "Unlinked genes"
    return Problem(
        family="punnett",
        question=f"{loci}: parents {one} and {two} have {total} offspring. How many are expected to show {traits}?",
        terse=f"{one}x{two} N={total} {mark}?", answer=show(share * total, 6), rtol=EXACT,
    )  # fmt: skip


def _hardy_weinberg(rng: random.Random, level: int) -> Problem:
    q = rng.randint(3, 90) / 100
    total = rng.randint(2, 90) * 100
    if level == 1:
        return Problem(
            family="hardy_weinberg",
            question=f"In Hardy-Weinberg equilibrium the recessive allele has the frequency {show(q)}. What fraction is heterozygous?",
            terse=f"HW q={show(q)} 2pq?", answer=show(2 * q * (1 - q)),
        )  # fmt: skip
    ill = nice(rng, 0.002, 0.5)
    carriers = 2 * sqrt(ill) * (1 - sqrt(ill))
    question = f"In Hardy-Weinberg equilibrium a fraction of {show(ill)} of the population shows the recessive trait."
    if level == 2:
        return Problem(
            family="hardy_weinberg",
            question=f"{question} What fraction carries one recessive allele?",
            terse=f"HW q2={show(ill)} 2pq?",
            answer=show(carriers),
        )
    return Problem(
        family="hardy_weinberg", question=f"{question} Of {total} individuals, how many are expected to carry exactly one recessive allele?",
        terse=f"HW q2={show(ill)} N={total} 2pq?", answer=show(carriers * total),
    )  # fmt: skip


def _colonies(rng: random.Random, level: int) -> Problem:
    colonies, steps = rng.randint(25, 290), rng.randint(1 if level == 1 else 2, 7)
    volume = rng.choice((0.1, 0.2, 0.5, 1.0))
    answer = colonies / volume * 10**steps
    if level == 3:
        millilitres = nice(rng, 5, 900)
        return Problem(
            family="colony_count", terse=f"{colonies}CFU {show(volume)}mL 1e-{steps} in {show(millilitres)}mL?",
            answer=f"{show(answer * millilitres)} CFU",
            question=f"{show(volume)} mL of a 10^-{steps} dilution give {colonies} colonies. How many CFU do {show(millilitres)} mL of it hold?",
        )  # fmt: skip
    return Problem(
        family="colony_count",
        question=f"{show(volume)} mL of a 10^-{steps} dilution of a culture give {colonies} colonies. What is the count of the culture in CFU/mL?",
        terse=f"{colonies}CFU {show(volume)}mL 1e-{steps} CFU/mL?", answer=f"{show(answer)} CFU/mL", unit_given=True,
    )  # fmt: skip


def _growth(rng: random.Random, level: int) -> Problem:
    start, doublings, minutes = rng.randint(2, 60), rng.randint(1, 5), rng.choice((10, 15, 20, 30, 40, 60))
    if level == 0:
        return Problem(
            family="growth", question=f"{start} bacteria double every {minutes} min. How many are there after {minutes * doublings} min?",
            terse=f"N={start} x2/{minutes}min t={minutes * doublings}min N?", answer=str(start * 2**doublings), rtol=EXACT,
        )  # fmt: skip
    hours, cells = nice(rng, 0.7, 9), nice(rng, 50, 9000)
    if level == 1:
        return Problem(
            family="growth",
            question=f"A culture of {show(cells)} cells doubles every {minutes} min. How many cells are there after {show(hours)} h?",
            terse=f"N={show(cells)} x2/{minutes}min t={show(hours)}h N?", answer=show(cells * 2 ** (hours * 60 / minutes)),
        )  # fmt: skip
    years, rate = rng.randint(2, 12), rng.randint(2, 35)
    if level == 3:
        loss = rng.randint(1, rate)
        return Problem(
            family="population", answer=show(cells * (1 + (rate - loss) / 100) ** years), terse=f"N={show(cells)} +{rate}% -{loss}%/y t={years}y N?",
            question=f"A population of {show(cells)} has a birth rate of {rate}% and a death rate of {loss}% a year. What is it after {years} years?",
        )  # fmt: skip
    return Problem(
        family="population", question=f"A population of {show(cells)} grows by {rate}% a year. How large is it after {years} years?",
        terse=f"N={show(cells)} +{rate}%/y t={years}y N?", answer=show(cells * (1 + rate / 100) ** years),
    )  # fmt: skip


def _recapture(rng: random.Random, level: int) -> Problem:
    back = rng.randint(2, 20)
    caught, marked = back + rng.randint(5, 120), rng.randint(max(20, back), 200)
    return Problem(
        family="mark_recapture",
        question=f"{marked} snails are marked and released. Later {caught} are caught, {back} of them marked. Estimate the population.",
        terse=f"marked={marked} caught={caught} again={back} N?", answer=show(marked * caught / back),
    )  # fmt: skip


def _food_chain(rng: random.Random, level: int) -> Problem:
    steps = rng.randint(1, 3)
    if level == 0:
        top = rng.randint(2, 900)
        return Problem(
            family="food_chain",
            question=f"Each trophic level passes on 10% of its energy. Producers hold {top * 10**steps} kJ. How much is held {steps} up?",
            terse=f"E={top * 10**steps}kJ 10% up {steps}?", answer=f"{top} kJ", rtol=EXACT,
        )  # fmt: skip
    energy, percents = nice(rng, 2000, 90000), [rng.randint(4, 20) for _ in range(1 + steps)]
    left = energy
    for percent in percents:
        left *= percent / 100
    listed = ", then ".join(f"{p}%" for p in percents)
    return Problem(
        family="food_chain",
        question=f"Producers hold {show(energy)} kJ. Going up, the levels pass on {listed} of their energy. How much reaches the last one?",
        terse=f"E={show(energy)}kJ {' '.join(f'{p}%' for p in percents)}?", answer=f"{show(left)} kJ", rtol=ROUNDED,
    )  # fmt: skip


FAMILIES: tuple[Family, ...] = (
    *families_of(LAWS + CHAINS),
    Family(name="complement", make=_complement, levels=(0, 1, 2, 3)),
    Family(name="transcription", make=_transcribe, levels=(0, 1, 2)),
    Family(name="translation", make=_translate, levels=(1, 2, 3)),
    Family(name="counting", make=_counting, levels=(0, 1)),
    Family(name="punnett", make=_cross, levels=(0, 1, 2, 3)),
    Family(name="hardy_weinberg", make=_hardy_weinberg, levels=(1, 2, 3)),
    Family(name="colony_count", make=_colonies, levels=(1, 2, 3)),
    Family(name="growth", make=_growth, levels=(0, 1, 2, 3)),
    Family(name="mark_recapture", make=_recapture, levels=(1, 2)),
    Family(name="food_chain", make=_food_chain, levels=(0, 1, 2)),
)
