r"""Other ways to write an answer, and answers that are close to it and wrong: what the proof of the verifier asks about.

Works on the printed gold alone, by its shape (number, list, tuple, interval, relation, matrix, sum), and shares no code with the checker
that it puts to the proof. Where a task accepts many answers (`metadata["check"]`) the variants are made to be right, or wrong, for that check.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import Any, cast

from prorl_env_math.writing import matrix

_FRACTION = re.compile(r"(-?)(?:(\d{1,15})/(\d{1,15})|\\[dt]?frac\{(\d{1,15})\}\{(\d{1,15})\})")
_DECIMAL = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")
_RELATION = re.compile(r"([a-z])(<=|>=|<|>)(-?[\d/.]+)")
_MATRIX = re.compile(r"\\begin\{pmatrix\}(.*)\\end\{pmatrix\}")
_TERM = re.compile(r"([+-]?)(?:\((-?\d+)\)|(\d*))([a-z])")
_WAVE = re.compile(r"(exp|sin)\((-?\d*)x\)")
_OPENERS, _CLOSERS = "([{", ")]}"
_MIRRORED = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}
_SHUT = {"(": "[", "[": "(", ")": "]", "]": ")"}


def value_of(text: str) -> Fraction | None:
    """The number that a text is, as an exact fraction; None for anything but a plain number or fraction."""
    text = text.strip().strip("$")
    if _DECIMAL.fullmatch(text):
        return Fraction(text)
    found = _FRACTION.fullmatch(text)
    if found is None:
        return None
    top, bottom = int(found[2] or found[4]), int(found[3] or found[5])
    return None if bottom == 0 else Fraction(top, bottom) * (-1 if found[1] else 1)


def split_items(text: str, separators: str = ",") -> list[str]:
    """The parts between separators outside brackets; several where there are any."""
    parts, depth, start = list[str](), 0, 0
    for at, char in enumerate(text):
        depth += (char in _OPENERS) - (char in _CLOSERS)
        if depth == 0 and char in separators and at > start:
            parts.append(text[start:at])
            start = at + (separators == ",")
    return [p.strip() for p in [*parts, text[start:]]]


def equivalents(gold: str, metadata: Mapping[str, Any]) -> list[str]:
    """Texts that mean the gold and have the form that the task asks for."""
    check = cast("Mapping[str, Any]", metadata.get("check") or {})
    out = [f"${gold}$", f" {gold} ", f"\\displaystyle {gold}", *_of_check(gold, check), *_of_shape(gold, metadata.get("form"))]
    return [text for text in dict.fromkeys(out) if text != gold]


def near_misses(gold: str, metadata: Mapping[str, Any]) -> list[str]:
    """Texts of the gold's kind that are wrong."""
    check = metadata.get("check")
    found = _wrong_for_check(gold, cast("Mapping[str, Any]", check)) if isinstance(check, Mapping) else _wrong_by_shape(gold)
    return list(dict.fromkeys(found))


def canonical(text: str) -> Any:
    """What two golds of the same problem must agree in: the number, the items in any order, or the text without spaces and delimiters."""
    if (value := value_of(text)) is not None:
        return value
    items = split_items(text)
    if len(items) > 1:
        return sorted(str(canonical(item)) for item in items)
    return re.sub(r"[\s$]|\\left|\\right", "", text.replace("\\dfrac", "\\frac"))


def satisfies(equations: Sequence[str], names: Sequence[str], answer: str) -> bool | None:
    """Whether a printed tuple of numbers satisfies linear equations, in exact arithmetic; None where it is no such tuple."""
    inside = answer[1:-1] if answer[:1] == "(" and answer[-1:] == ")" else answer
    values = [value_of(item) for item in split_items(inside)]
    if len(values) != len(names) or None in values:
        return None
    point = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    return all(_difference(equation, point) == 0 for equation in equations)


def fits(check: Mapping[str, Any], answer: str) -> bool:
    """Whether another problem's printed gold satisfies this check too: a tuple put into linear equations, `exp(kx)` or `sin(kx)` into an ODE."""
    if check["kind"] == "solves":
        return satisfies(check["equations"], check["names"], answer) is True and not (check.get("nonzero") and not re.search("[1-9]", answer))
    found = _WAVE.fullmatch(answer)
    if check["kind"] != "ode" or check["rhs"] != "0" or found is None:
        return False
    rate = int(found[2] + "1" if found[2] in ("", "-") else found[2])
    c = [int(x) for x in check["coefficients"]]
    if found[1] == "exp":
        return sum(x * rate**n for n, x in enumerate(c)) == 0
    return c[1] == 0 and c[0] == c[2] * rate**2


def _difference(equation: str, point: Mapping[str, Fraction]) -> Fraction:
    left, _, right = equation.partition("=")
    total = -Fraction(right)
    for sign, bracketed, bare, name in _TERM.findall(left):
        size = Fraction(bracketed or bare or 1)
        total += (-size if sign == "-" else size) * point[name]
    return total


# Right


def _of_check(gold: str, check: Mapping[str, Any]) -> Iterator[str]:
    kind = check.get("kind")
    if kind == "antiderivative":
        yield from (f"{gold}+C", f"{gold}+17", f"F(x)={gold}")
    elif kind == "sequence":
        yield f"a_n={gold}"
    elif kind == "inverse":
        yield f"f^{{-1}}(x)={gold}"
    elif kind == "ode":
        yield f"y={gold}"
        if check["rhs"] == "0":
            yield from (f"3({gold})", f"-{gold}")
    elif kind == "solves":
        names: list[str] = list(check["names"])
        yield f"({', '.join(names)}) = {gold}"
        yield ", ".join(f"{name} = {value}" for name, value in zip(names, split_items(gold[1:-1]), strict=True))


def _of_shape(gold: str, form: Any) -> Iterator[str]:
    value, items = value_of(gold), split_items(gold)
    if value is not None:
        yield from _of_number(gold, value, form)
    elif len(items) > 1:
        yield from (", ".join(reversed(items)), " , ".join(items), f"\\{{{', '.join(items)}\\}}", " \\text{ and } ".join(items))
    elif found := _RELATION.fullmatch(gold):
        name, op, bound = found.groups()
        yield f"{bound}{_MIRRORED[op]}{name}"
        low, high = (f"{bound}", "\\infty") if ">" in op else ("-\\infty", f"{bound}")
        shut = "=" in op
        yield f"{'[' if shut and '>' in op else '('}{low}, {high}{']' if shut and '<' in op else ')'}"
    elif found := _MATRIX.fullmatch(gold):
        yield f"\\begin{{bmatrix}}{found[1]}\\end{{bmatrix}}"
        yield f"\\left[\\begin{{array}}{{{'c' * len(found[1].split('&'))}}}{found[1]}\\end{{array}}\\right]"
    elif "\\cup" in gold:
        yield "\\cup".join(reversed(gold.split("\\cup")))
    elif gold[:1] in "([" and gold[-1:] in ")]" and len(split_items(gold[1:-1])) > 1:
        yield f"\\left{gold[:-1]}\\right{gold[-1]}"
        yield f"{gold[0]} {' , '.join(split_items(gold[1:-1]))} {gold[-1]}"
    else:
        yield from _of_expression(gold)


def _of_number(gold: str, value: Fraction, form: Any) -> Iterator[str]:
    sign, top, bottom = "-" if value < 0 else "", abs(value.numerator), value.denominator
    yield from (f"x = {gold}", f"x={gold}", f"\\boxed{{{gold}}}", f"{{{gold}}}", gold + ".")
    if bottom == 1:
        if top >= 10_000:
            yield from (f"{sign}{top:,}", f"{sign}{top:,}".replace(",", "{,}"), f"{sign}{top:,}".replace(",", "\\,"))
        if form != "reduced":
            yield f"{sign}{top}.0"
        return
    if "." not in gold or form not in ("number", None):
        yield from (f"{sign}\\frac{{{top}}}{{{bottom}}}", f"{sign}\\dfrac{{{top}}}{{{bottom}}}", f"{sign}{top} / {bottom}")
        yield f"\\frac{{{sign}{top}}}{{{bottom}}}"
        if top > bottom:
            yield f"{sign}{top // bottom}\\frac{{{top % bottom}}}{{{bottom}}}"
    if form != "reduced" and (places := _places(bottom)) is not None:
        yield f"{sign}{_digits(top * 10**places // bottom, places)}"
        yield f"{sign}{_digits(top * 10**places // bottom, places)}0"


def _places(bottom: int) -> int | None:
    """Decimal places of an exact fraction with that denominator, where there are at most 12."""
    return next((k for k in range(1, 13) if 10**k % bottom == 0), None)


def _digits(scaled: int, places: int) -> str:
    text = str(scaled).rjust(places + 1, "0")
    return f"{text[:-places]}.{text[-places:]}"


def _of_expression(gold: str) -> Iterator[str]:
    if "*" in gold:
        yield gold.replace("*", " \\cdot ")
    left, equals, right = gold.partition("=")
    if equals:
        yield f"{right} = {left}"
        return
    terms = split_items(gold, "+-")
    if len(terms) > 1 and "(" not in gold[:1] and not gold.startswith("\\text"):
        signed = [t if t[0] in "+-" else "+" + t for t in terms]
        yield "".join(reversed(signed)).removeprefix("+")
        yield " ".join(f"{t[0]} {t[1:]}" for t in signed).removeprefix("+ ")


# Wrong


def _wrong_for_check(gold: str, check: Mapping[str, Any]) -> Iterator[str]:
    kind = check["kind"]
    yield "-7654321"
    if kind == "antiderivative":
        yield from (f"{gold}+x", f"2({gold})", str(check["of"]))
    elif kind == "solves":
        items = split_items(gold[1:-1])
        yield f"({', '.join(items[1:])})"
        yield f"({', '.join('0' for _ in items)})"
        for at in range(len(items)):
            bumped = [str((value_of(item) or Fraction(0)) + 1) if i == at else item for i, item in enumerate(items)]
            if satisfies(check["equations"], check["names"], f"({', '.join(bumped)})") is False:
                yield f"({', '.join(bumped)})"
    else:
        yield from (f"{gold}+1", f"({gold})*x+x" if kind != "sequence" else f"({gold})*n")


def _wrong_by_shape(gold: str) -> Iterator[str]:
    value, items = value_of(gold), split_items(gold)
    if value is not None:
        yield from _wrong_numbers(gold, value)
    elif len(items) > 1:
        yield ", ".join(items[1:])
        yield f"{gold}, 7654321"
        yield ", ".join([_bumped(items[0]), *items[1:]])
    elif found := _RELATION.fullmatch(gold):
        name, op, bound = found.groups()
        yield from (f"{name}{_MIRRORED[op]}{bound}", f"{name}{op.rstrip('=') if '=' in op else op + '='}{bound}", bound)
        yield f"{name}{op}{(value_of(bound) or 0) + 1}"
    elif found := _MATRIX.fullmatch(gold):
        yield from _wrong_matrices(found[1])
    elif gold[:1] in "([" and gold[-1:] in ")]":
        yield from _wrong_brackets(gold)
    elif "=" in gold:
        yield from (f"{gold}+1", gold.replace("=", "=2+", 1))
    else:
        yield from (f"{gold}+1", f"2({gold})", f"{gold}+\\frac{{1}}{{1000}}", "-7654321")


def _wrong_numbers(gold: str, value: Fraction) -> Iterator[str]:
    yield str(value + 1)
    yield str(value * 10 if value else 10)
    yield f"{gold}, {value + 2}"
    yield str(value + Fraction(1, 1000))
    if value:
        yield str(-value)
    if value.denominator > 1:
        yield from (str(1 / value) if abs(value) != 1 else "0", str(round(value)))
        yield f"{value.numerator}/{value.denominator + 1}"


def _bumped(item: str) -> str:
    value = value_of(item)
    return f"{item}+1" if value is None else str(value + 1)


def _wrong_brackets(gold: str) -> Iterator[str]:
    if "\\cup" in gold:
        first, *others = (piece.strip() for piece in gold.split("\\cup"))
        yield from (first, *others)
        yield " \\cup ".join([first[:-1] + _SHUT[first[-1]], *others])
        return
    items = split_items(gold[1:-1])
    if len(items) < 2:
        yield from (f"{gold}+1", f"2*{gold}")
        return
    yield f"{gold[0]}{', '.join([_bumped(items[0]), *items[1:]])}{gold[-1]}"
    yield f"{gold[0]}{', '.join(items[1:])}{gold[-1]}"
    if items != items[::-1]:
        yield f"{gold[0]}{', '.join(reversed(items))}{gold[-1]}"
    if gold[0] + gold[-1] != "()" or "\\infty" in gold:
        yield f"{_SHUT[gold[0]] if 'infty' not in items[0] else gold[0]}{', '.join(items)}{_SHUT[gold[-1]] if 'infty' not in items[-1] else gold[-1]}"


def _wrong_matrices(inside: str) -> Iterator[str]:
    rows = [row.split("&") for row in inside.split("\\\\")]
    yield matrix([[_bumped(rows[0][0]), *rows[0][1:]], *rows[1:]])
    yield matrix(rows[1:])
    turned = [list(column) for column in zip(*rows, strict=True)]
    if turned != rows:
        yield matrix(turned)
