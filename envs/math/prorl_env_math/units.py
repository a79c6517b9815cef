r"""Units that follow a number, clock times, and money: what may stand beside a value without being part of it.

`marked` rewrites a plain trailing unit (`10 cm^2`, `10weeks`) as `10 \text{cm^2}`, the form in which trees carry units. `split` takes the
unit off a tree. A unit may be missing on one side; where both have one the dimensions must agree and the values are compared in base units.
Words that are no known unit name what is counted; where both sides have such words they must share one.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from prorl_env_math.nodes import Node, num
from prorl_env_math.unit_names import BOUNDING, MULTIPLIERS, NEUTRAL, PREVENTING, UNITS, Dimensions

_PIECES = re.compile(r"[A-Za-z]+|\^\s?\{\s?-?\d\s?\}|\^\s?-?\d|[^A-Za-z^]|\^")
_CLOCK = re.compile(r"(\d{1,2})(?::(\d{2}))?(?::(\d{2}))?\s*(?:\\text\s*\{)?\s*([AaPp])?\.?\s*(?:[Mm]\.?)?\s*\}?$")
_MONEY = re.compile(r"(?:USD|Rs\.?|INR|EUR|GBP|RMB|CNY|US)\s*(?=[\d.])")
_MAX_CHARS = 400
_MAX_POWER = 6


@dataclass(frozen=True, slots=True)
class Unit:
    """A factor to base units, the dimensions, the words that are no unit, and what words like "million" multiply the number by."""

    factor: Fraction = Fraction(1)
    dimensions: Dimensions = ()
    words: frozenset[str] = frozenset()
    multiplier: Fraction = Fraction(1)

    def times(self, other: "Unit", power: int = 1) -> "Unit":
        """The unit times a power of another."""
        total = dict(self.dimensions)
        for name, count in other.dimensions:
            total[name] = total.get(name, 0) + count * power
        kept = tuple(sorted((n, c) for n, c in total.items() if c))
        return Unit(self.factor * other.factor**power, kept, self.words | other.words, self.multiplier * other.multiplier)

    def fits(self, other: "Unit") -> bool:
        """True where another unit, the answer's, may stand beside the same number: its words must not qualify the number, as "or more" does."""
        if (other.words - self.words) & PREVENTING or (self.words - other.words) & BOUNDING:
            return False
        if self.dimensions and other.dimensions and self.dimensions != other.dimensions:
            return False
        return not (self.words and other.words) or bool(self.words & other.words)


def named(word: str) -> Unit | None:
    """The unit with that name, singular or plural; None for a word that is no unit."""
    lower = word.lower()
    for name in (lower, lower.removesuffix("s")):
        if name in UNITS:
            return Unit(*UNITS[name])
        if name in MULTIPLIERS:
            return Unit(multiplier=MULTIPLIERS[name])
    return None


def read(text: str) -> Unit:
    """The unit that a phrase names: `cm^2`, `square feet`, `miles per hour`, `red balls`."""
    out, sign, power = Unit(), 1, 1
    last: Unit | None = None
    for piece in _PIECES.findall(text):
        lower = piece.lower()
        if piece[0] == "^" and last is not None:
            exponent = int(piece.strip("^{} ") or 1)
            if abs(exponent) <= _MAX_POWER:
                out = out.times(last, sign * (exponent - 1))
        elif lower in ("/", "per"):
            sign, last = -1, None
        elif lower in ("square", "sq", "squared", "cubic", "cu", "cubed"):
            power = 2 if lower[0] == "s" else 3
        elif piece.isalpha() and lower not in NEUTRAL:
            last = named(piece) or Unit(words=frozenset([lower if len(lower) < 4 or lower in PREVENTING else lower.removesuffix("s")]))
            out = out.times(last, sign * power)
            sign, power = (1, 1) if sign == 1 else (sign, 1)
    return out


def split(node: Node) -> tuple[Node, Unit | None]:
    r"""The tree without its \text units, and the unit; None where it carries none."""
    if node.kind == "neg":
        inner, unit = split(node.args[0])
        return Node("neg", (inner,)), unit
    if node.kind not in ("mul", "div"):
        return node, None
    rest, unit = _taken(node)
    return (node, None) if unit is None or rest is None else (rest, unit)


def _taken(node: Node) -> tuple[Node | None, Unit | None]:
    """(what is left, unit) of a product or quotient; what is left is None where all of it is unit."""
    if node.kind == "sym" and node.name.startswith("text:"):
        return None, read(node.name[5:])
    if node.kind == "pow" and node.args[0].kind == "sym" and node.args[0].name.startswith("text:"):
        exponent = node.args[1].args[0] if node.args[1].kind == "neg" else node.args[1]
        if exponent.value is not None and exponent.value.denominator == 1 and exponent.value <= _MAX_POWER:
            size = int(exponent.value) * (-1 if node.args[1].kind == "neg" else 1)
            return None, read(f"{node.args[0].name[5:]}^{size}")
    if node.kind == "mul":
        kept: list[Node] = []
        total: Unit | None = None
        for arg in node.args:
            rest, unit = _taken(arg) if arg.kind in ("sym", "pow", "div") else (arg, None)
            kept += [] if rest is None else [rest]
            total = total if unit is None else (total or Unit()).times(unit)
        if total is None:
            return node, None
        return (None if not kept else kept[0] if len(kept) == 1 else Node("mul", tuple(kept))), total
    if node.kind == "div":
        (top, over), (bottom, under) = map(_taken, node.args)
        if over is None and under is None:
            return node, None
        total = (over or Unit()).times(under or Unit(), -1)
        if bottom is None:
            return top, total
        return Node("div", (top or num(1), bottom)), total
    return node, None


def marked(text: str) -> str | None:
    r"""The text with a trailing plain unit as \text, "percent" as a sign, a leading currency dropped; None where there is none of these."""
    if len(text) > _MAX_CHARS:
        return None
    if found := _MONEY.match(text):
        return text[found.end() :]
    pieces = _PIECES.findall(text)
    at = len(pieces)
    while at and (pieces[at - 1].isalpha() or pieces[at - 1] in (" ", "/", ".", "*") or (pieces[at - 1][0] == "^" and len(pieces[at - 1]) > 1)):
        at -= 1
    while at < len(pieces) and not pieces[at].isalpha():
        at += 1
    words = [p for p in pieces[at:] if p.isalpha()]
    head = "".join(pieces[:at]).rstrip()
    if not words or len(words) > 6 or head[-1:] not in tuple("0123456789})"):
        return None
    if [w.lower() for w in words] in (["percent"], ["pct"], ["per", "cent"], ["percentage"]):
        return head + "%"
    if words[0].lower() in ("degree", "degrees") and len(words) == 1:
        return head + "^\\circ"
    if not all(_names_a_unit(w) for w in words) and not _counts(words):
        return None
    return f"{head} \\text{{{''.join(pieces[at:]).replace('{', '').replace('}', '')}}}"


def _names_a_unit(word: str) -> bool:
    return named(word) is not None or word.lower() in ("per", "square", "sq", "cubic", "cu", "unit", "units", "times")


def _counts(words: list[str]) -> bool:
    """True for a few ordinary words, which name what is counted."""
    return len(words) <= 3 and all(len(w) > 2 and w.islower() and w not in PREVENTING for w in words)


def clock(text: str) -> tuple[int, int, int] | None:
    """(hour, minute, second) of a time of day such as `8:34 P.M.` or `20:34`; None for anything else, ratios like `20:3` included."""
    found = _CLOCK.match(text) if len(text) < 40 else None
    if found is None:
        return None
    hour, half = int(found[1]), (found[4] or "").lower()
    if hour > 24 or int(found[2] or 0) > 59 or not (found[2] or half):
        return None
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    return hour, int(found[2] or 0), int(found[3] or 0)
