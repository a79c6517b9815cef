"""Chemical formulae and reaction equations in one normal form.

A formula becomes (structure, charge): `SO_4^{2-}`, `SO₄²⁻`, `\\ce{SO4^2-}` and `[SO4]2-` are one. Letter case matters (CO is not Co), and so
does the order of atoms (HCN is not HNC); `composition` forgets the order. A reaction becomes two sorted sides of (coefficient, formula).
States of matter, `(aq)` and the like, say nothing here.
"""

import re
import unicodedata
from collections import Counter
from fractions import Fraction

Formula = tuple[str, int]
"""Structure without spaces, and charge."""
Side = tuple[tuple[Fraction, Formula], ...]

_SUBSCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_SUPERSCRIPT_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻]+")
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_STATE = re.compile(r"_?\{?\s?\(\s?(?:s|l|g|aq|solid|liquid|gas|aqueous)\s?\)\s?\}?")
_MACRO = re.compile(
    r"\\(?:text|mathrm|mathbf|textbf|textit|rm|ce|mbox|mathit|left|right|displaystyle|chem|ch)(?![A-Za-z])\s?|\\[,;:! ]|[$\u200b-\u200f\u2060\ufeff]"
)
_FRACTION = re.compile(r"\\[dt]?frac\s?\{?\s?(\d{1,3})\s?\}?\s?\{?\s?(\d{1,3})\s?\}?")
_GROUP = re.compile(r"(?<![\^_])\{((?:[^{}]|[\^_]\{[^{}]{0,12}\}){0,300})\}")
_CHARGED = re.compile(r"\^\s?\{?\s?(?:\(?(\d{0,2})\s?([+-])\)?|([+-])\s?(\d{1,2}))\s?\}?$")
_PLAIN_CHARGE = re.compile(r"(\s?)(\d{0,3})([+-])$")
_HYDRATE = re.compile(r"[·∙⋅•*]|\\cdot|(?<=\d)\.(?=\d?H2O)")
_ATOM = re.compile(r"([A-Z][a-z]?)(\d{0,4})|([(\[])|([)\]])(\d{0,4})|(·)(\d{0,3})")
_ARROW = re.compile(
    r"\\(?:x?rightarrow|to|longrightarrow|Rightarrow|rightleftharpoons|leftrightarrow|xrightarrow|implies)(?![A-Za-z])(?:\s?(?:\[[^\]]*\])?\{[^{}]*\})?|<?-+>|<?=+>|[→⟶⇌⟹⇒⇄↔]|<?=+"
)
_COEFFICIENT = re.compile(r"\s*(?:\(?(\d{1,4})\s?/\s?(\d{1,4})\)?|(\d{1,4}(?:\.\d{1,4})?))?\s?\*?\s?(.*?)\s*$", re.DOTALL)
_ELECTRON = re.compile(r"e\s?(?:\^?\s?\{?-\}?)")
MAX_TERMS = 16
MAX_CHARS = 300


def plain(text: str) -> str:
    """The text without LaTeX wrappers and with ASCII scripts: `SO_4^{2-}` for `SO₄²⁻`."""
    text = _SUPERSCRIPT_RUN.sub(lambda m: "^{" + m[0].translate(_SUPERSCRIPTS) + "}", text.translate(_SUBSCRIPTS))
    text = unicodedata.normalize("NFKC", _FRACTION.sub(r"\1/\2 ", text)).replace("−", "-").replace("–", "-")
    text = _MACRO.sub("", text)
    for _ in range(3):
        text = _GROUP.sub(r"\1", text)
    return text.strip().rstrip(".;,").strip()


def read_formula(text: str) -> Formula | None:
    """Structure and charge; None where the text is no formula."""
    text = _HYDRATE.sub("·", _STATE.sub("", plain(text))).strip()
    charge = 0
    if match := _CHARGED.search(text):
        size, sign = match[1] or match[4], match[2] or match[3]
        charge, text = int(size or 1) * (1 if sign == "+" else -1), text[: match.start()]
    elif match := _PLAIN_CHARGE.search(text):
        text, charge = _plain_charge(text, match)
    body = re.sub(r"[\s_{}^]", "", text)
    if body[:1] == "[" and body[-1:] == "]" and charge and body.count("[") == 1:
        body = body[1:-1]
    return (body.replace("[", "(").replace("]", ")"), charge) if body and composition(body) is not None else None


def _plain_charge(text: str, match: re.Match[str]) -> tuple[str, int]:
    """`Fe3+` is iron(III), `NH4+` is ammonium, `SO42-` sulfate: of several digits the last is the charge, of one it is where one atom is alone."""
    head, digits, sign = text[: match.start()], match[2], 1 if match[3] == "+" else -1
    if match[1] or head.endswith(("]", ")")) or len(digits) > 1:
        return head + (digits[:-1] if not match[1] else ""), int(digits[-1:] or 1) * sign
    if digits and re.fullmatch(r"[A-Z][a-z]?", head):
        return head, int(digits) * sign
    return head + digits, sign


def composition(structure: str) -> Counter[str] | None:
    """Counts of atoms, groups multiplied out; None where it is no formula."""
    stack: list[Counter[str]] = [Counter()]
    scale, at = 1, 0
    while at < len(structure):
        match = _ATOM.match(structure, at)
        if match is None or len(stack) > 6:
            return None
        at = match.end()
        if match[1]:
            stack[-1][match[1]] += int(match[2] or 1) * scale
        elif match[3]:
            stack.append(Counter())
        elif match[4]:
            if len(stack) < 2:
                return None
            group = stack.pop()
            stack[-1].update({k: v * int(match[5] or 1) for k, v in group.items()})
        else:
            scale = int(match[7] or 1)
    return stack[0] if len(stack) == 1 and stack[0] else None


def is_formula(text: str) -> bool:
    """Whether a text is surely a formula: it reads as one of known elements, and shows a digit, a charge or a second capital."""
    found = read_formula(text) if len(text) <= 80 else None
    if found is None:
        return False
    atoms = composition(found[0])
    known = atoms is not None and set(atoms) <= SYMBOLS
    return known and bool(found[1] or re.search(r"\d|[A-Z][a-z]?[A-Z]", found[0]))


def read_reaction(text: str, *, scaled: bool = False) -> tuple[Side, Side] | None:
    """Both sides; None where there are not two of them. `scaled` divides by the common factor of the coefficients."""
    sides = _ARROW.split(plain(text))
    if len(sides) != 2:
        return None
    read = [_read_side(side) for side in sides]
    if read[0] is None or read[1] is None:
        return None
    if scaled:
        unit = read[0][0][0]
        for number, _ in (*read[0], *read[1]):
            unit = _common(unit, number)
        read = [tuple(sorted((n / unit, f) for n, f in side or ())) for side in read]
    return read[0], read[1]  # pyright: ignore[reportReturnType]


def _common(a: Fraction, b: Fraction) -> Fraction:
    while b:
        a, b = b, a % b
    return a


def _read_side(side: str) -> Side | None:
    terms = re.split(r"\s\+\s", side) if re.search(r"\s\+\s", side) else re.split(r"\+(?=[\dA-Z(\[e])", side)
    if not 0 < len(terms) <= MAX_TERMS:
        return None
    read: list[tuple[Fraction, Formula]] = []
    for term in terms:
        match = _COEFFICIENT.match(term)
        if match is None or not match[4]:
            return None
        number = Fraction(int(match[1]), int(match[2]) or 1) if match[1] else Fraction(match[3] or "1")
        formula = ("e", -1) if _ELECTRON.fullmatch(match[4].strip("{} ")) else read_formula(match[4])
        if formula is None or not number:
            return None
        read.append((number, formula))
    return tuple(sorted(read))


def is_balanced(reaction: tuple[Side, Side]) -> bool:
    """Whether atoms and charge are the same on both sides."""
    totals: list[dict[str, Fraction]] = []
    for side in reaction:
        total: dict[str, Fraction] = {}
        for number, (structure, charge) in side:
            atoms: Counter[str] = Counter() if structure == "e" else composition(structure) or Counter()
            for symbol, count in (*atoms.items(), ("charge", charge)):
                total[symbol] = total.get(symbol, Fraction(0)) + number * count
        totals.append(total)
    return totals[0] == totals[1]


_ELEMENTS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In "
    "Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa "
    "U Np Pu Am Cm Bk Cf Es Fm Md No Lr D T"
)
SYMBOLS = frozenset(re.findall(r"\w+", _ELEMENTS))
"""The symbols of the elements, with deuterium and tritium."""
