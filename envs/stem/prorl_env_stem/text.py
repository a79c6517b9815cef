"""Short texts: chemical formulae, equations, base sequences and names, each compared after a normalisation of its own.

`H_2O`, `H₂O` and `\\ce{H2O}` are one formula; `5'-TACG-3'` and `tac g` one sequence, and `3'-GCAT-5'` is the same strand; `Met-Ala` is
`MA`; `2H2+O2=2H2O` and `O₂ + 2 H₂ → 2 H₂O` one equation (order within a side is free, coefficients are not, unless `scaled`);
`The Mitochondria.` and `mitochondrion` one name.
"""

import re
import unicodedata
from collections.abc import Sequence

from prorl_env_stem import chem
from prorl_env_stem.tidy import MAX_CHARS, LimitError

FORMS = ("formula", "composition", "equation", "sequence", "name")
_MACRO = re.compile(
    r"\\(?:text|mathrm|mathbf|textbf|textit|emph|rm|ce|mbox|mathit)(?![A-Za-z])\s?|[${}^_]|\\[,;:! ]|[\u200b-\u200f\u202a-\u202e\u2060\ufeff]"
)
_BASES = frozenset("ACGTUN")
_FROM_5 = re.compile(r"^\s*5\s?['’′`]")
_FROM_3 = re.compile(r"^\s*3\s?['’′`]")
_ENDS = re.compile(r"[35]\s?['’′`]")
_TERMINI = re.compile(r"(?:H2N|NH2|H|N)\s?[-–]\s?(\w{2}.*?)\s?[-–]\s?(?:COOH|OH|C)")
"""The ends of a peptide, around residues of more than one letter."""
_AMINO = {
    "ala": "A", "arg": "R", "asn": "N", "asp": "D", "cys": "C", "gln": "Q", "glu": "E", "gly": "G", "his": "H", "ile": "I", "leu": "L", "lys": "K",
    "met": "M", "phe": "F", "pro": "P", "ser": "S", "thr": "T", "trp": "W", "tyr": "Y", "val": "V", "stop": "*", "ter": "*", "end": "*",
}  # fmt: skip
_SPELLINGS = (
    ("sulph", "sulf"), ("aluminium", "aluminum"), ("caesium", "cesium"), ("haemo", "hemo"), ("oestr", "estr"), ("anaemi", "anemi"),
    ("oesoph", "esoph"), ("colour", "color"), ("vapour", "vapor"), ("fibre", "fiber"), ("centre", "center"), ("isation", "ization"),
    ("ising", "izing"), ("lysed", "lyzed"), ("tumour", "tumor"), ("foetus", "fetus"),
)  # fmt: skip
_IRREGULAR = {
    "mitochondria": "mitochondrion", "nuclei": "nucleus", "bacteria": "bacterium", "fungi": "fungus", "alveoli": "alveolus", "vertebrae": "vertebra",
    "mice": "mouse", "genera": "genus", "phyla": "phylum", "algae": "alga", "larvae": "larva", "villi": "villus", "axes": "axis",
    "spectra": "spectrum", "quanta": "quantum", "foci": "focus", "hypotheses": "hypothesis", "nucleoli": "nucleolus", "ova": "ovum", "teeth": "tooth",
    "feet": "foot", "leaves": "leaf", "halves": "half", "cilia": "cilium", "flagella": "flagellum", "stomata": "stoma", "taxa": "taxon",
}  # fmt: skip
_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda", "μ": "mu", "π": "pi", "σ": "sigma",
    "ω": "omega",
}  # fmt: skip
_GREEK_MACRO = re.compile(r"\\(alpha|beta|gamma|delta|epsilon|kappa|lambda|mu|pi|sigma|omega)(?![A-Za-z])")
_ROMAN = re.compile(r"\s?\(([ivx]{1,4}(?:,[ivx]{1,4})?)\)")
_BRACKETED = re.compile(r"^([^()]+)\(([^()]+)\)$")
_ARTICLE = re.compile(r"^(?:the|an?)\s+")
_WORD = re.compile(r"[^\W\d_]+")


def form_of(gold: str) -> str:
    """The form that a gold text has, where the task names none."""
    bare = _plain(gold)
    if len(bare) <= MAX_CHARS and chem.read_reaction(gold) is not None:
        return "equation"
    if len(bare) > 1 and set(bare) <= _BASES and bare not in ("CN", "CU", "NA", "CA"):
        return "sequence"
    return "formula" if chem.is_formula(gold) else "name"


def same_text(gold: str, answer: str, form: str, *, scaled: bool = False, aliases: Sequence[str] = (), from_5: bool = False) -> bool:
    """Whether both are the same text under `form`, one of FORMS. Raises LimitError for an answer that is too long.

    `scaled`: coefficients of an equation up to a common factor. `aliases`: further accepted names. `from_5`: a sequence whose gold is
    written from 5' to 3' without saying so.
    """
    if len(answer) > max(MAX_CHARS, 2 * len(gold)):
        raise LimitError(f"limit: an answer of {len(answer)} characters, at most {max(MAX_CHARS, 2 * len(gold))} are read")
    if form == "equation":
        wanted = chem.read_reaction(gold, scaled=scaled)
        return wanted is not None and chem.read_reaction(answer, scaled=scaled) == wanted
    if form == "formula":
        return _same_formula(gold, answer)
    if form == "composition":
        one, two = chem.read_formula(gold), chem.read_formula(answer)
        return one is not None and two is not None and one[1] == two[1] and chem.composition(one[0]) == chem.composition(two[0])
    if form == "sequence":
        return _same_sequence(gold, answer, from_5=from_5)
    return _same_name([gold, *aliases], answer)


def readable(gold: str, form: str) -> bool:
    """Whether a gold can be judged under that form at all."""
    if form == "equation":
        return chem.read_reaction(gold) is not None
    if form in ("formula", "composition"):
        return chem.read_formula(gold) is not None
    return bool(_sequence(gold) if form == "sequence" else _name(gold))


def _same_formula(gold: str, answer: str) -> bool:
    wanted = chem.read_formula(gold)
    return wanted is not None and chem.read_formula(answer.rpartition("=")[2]) == wanted


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", _MACRO.sub("", text)).replace("−", "-").strip().rstrip(".")


# Sequences


def _same_sequence(gold: str, answer: str, *, from_5: bool) -> bool:
    wanted, given = _sequence(gold), _sequence(answer)
    if ((from_5 or _FROM_5.match(_plain(gold))) and _FROM_3.match(_plain(answer))) or (_FROM_3.match(_plain(gold)) and _FROM_5.match(_plain(answer))):
        given = given[::-1]
    return bool(wanted) and given == wanted


def _sequence(text: str) -> str:
    bare = _ENDS.sub("", _plain(text)).strip(" -–")
    if termini := _TERMINI.fullmatch(bare):
        bare = termini[1]
    words = re.split(r"[\s\-–·]+", bare)
    if all(w.casefold() in _AMINO for w in words) and (len(words) > 1 or bare[1:].islower()):
        bare = "".join(_AMINO[w.casefold()] for w in words)
    return re.sub(r"[\s\-–]", "", bare).upper().rstrip("*")


# Names


def _same_name(golds: Sequence[str], answer: str) -> bool:
    """Whether the answer is one of the names; `adenosine triphosphate (ATP)` is two names for one thing, and both must be right."""
    wanted = {name for gold in golds for name in _names(gold)}
    full = _name(answer)
    if full and full in wanted:
        return True
    both = _BRACKETED.match(_lower(answer))
    return both is not None and all(_name(part) in wanted for part in both.groups())


def _names(gold: str) -> set[str]:
    both = _BRACKETED.match(_lower(gold))
    return {name for name in (_name(gold), *map(_name, both.groups() if both else ())) if name}


def _lower(text: str) -> str:
    text = _GREEK_MACRO.sub(r"\1", text)
    text = _ROMAN.sub(r" \1", "".join(_GREEK.get(c, c) for c in _plain(text).casefold())).strip(" \"'`*.,;:!?")
    return _ARTICLE.sub("", text)


def _name(text: str) -> str:
    """Case, article, hyphens and spaces, British spelling and the plural aside."""
    text = _lower(text)
    for british, american in _SPELLINGS:
        text = text.replace(british, american)
    return re.sub(r"[\s\-–'’]+", "", _WORD.sub(lambda m: _singular(m[0]), text))


def _singular(word: str) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if len(word) < 4 or word.endswith(("ss", "us", "is", "os", "sis")) or not word.endswith("s"):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    return word[:-2] if word.endswith(("sses", "xes", "ches", "shes")) else word[:-1]
