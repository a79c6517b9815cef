"""Other spellings of a gold that must be accepted, and close answers that must not: what the verifier proof tries on every task.

Each function takes one question and gives the contents of boxes. All are built from the gold by rules that do not use the checker: powers of
ten are shifted in decimal digits, prefixes by their definition, letters and coefficients by position.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from prorl_env_stem import choice, text
from prorl_env_stem.golds import Asked
from prorl_env_stem.letters import LATIN
from prorl_env_stem.quantity import DEFAULT_RTOL, gold_quantity
from prorl_env_stem.unit_table import PREFIXED

_NUMBER = re.compile(r"([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:\s?([A-Za-z°Ωμ%\\].*))?")
_RATIO = re.compile(r"([A-Za-zΩ]+)/([A-Za-z]+)(?:\^(\d))?")


def with_unit(question: Asked, gold: str) -> str:
    """The gold with its unit, where the unit stands in the settings only."""
    if question.kind != "quantity" or not question.unit:
        return gold
    parsed = gold_quantity(gold, "")
    return f"{gold} {question.unit}" if parsed is not None and parsed.bare else gold


def gold_text(question: Asked) -> str | None:
    """What stands in the box of a right answer; None where the gold cannot be written."""
    if question.kind == "parts":
        texts = [gold_text(part) for part in question.parts]
        return None if None in texts else "; ".join(t for t in texts if t)
    if not question.golds and question.kind != "choice":
        return None
    gold = question.golds[0] if question.golds else None
    if question.kind == "choice":
        letters = choice.gold_letter(gold, question.options)
        return ", ".join(letters) if letters else None if gold is None else str(gold)
    return with_unit(question, str(gold))


def equivalents(question: Asked) -> list[str]:
    """Contents of boxes that are right too."""
    gold = gold_text(question)
    return [] if gold is None else list(dict.fromkeys(f for f in _EQUIVALENTS[question.kind](question, gold) if f != gold))


def near_misses(question: Asked) -> list[str]:
    """Contents of boxes that are close and wrong."""
    gold = gold_text(question)
    return [] if gold is None else list(dict.fromkeys(f for f in _NEAR[question.kind](question, gold) if f != gold))


def _choice(question: Asked, gold: str) -> Iterator[str]:
    if len(gold) > 1 and ", " in gold:
        yield from (gold.replace(", ", ""), gold.replace(", ", " and ", 1), ", ".join(reversed(gold.split(", "))))
        return
    yield from (f"({gold})", f"\\text{{{gold}}}", f"\\textbf{{({gold})}}", f"Option {gold}", gold.lower(), f"{gold}.")
    words = (question.options or {}).get(gold)
    if words and words != gold and not re.search(r"[{}]", words) and len(words) < 200:
        yield from (f"{gold}) {words}", f"({gold}) {words}")


def _choice_wrong(question: Asked, gold: str) -> Iterator[str]:
    others = [k for k in question.options or LATIN[:4] if k not in gold]
    yield from others
    for other in others[:1]:
        yield from (f"{gold} or {other}", f"{gold}, {other}", f"{other}/{gold}", f"not {gold}")
        words = (question.options or {}).get(other)
        if words and words != other and choice.option_named(words, question.options):
            yield f"{gold}) {words}"


def _quantity(question: Asked, gold: str) -> Iterator[str]:
    match = _NUMBER.fullmatch(gold)
    if match is None:
        yield f"x = {gold}"
        return
    number, unit = Decimal(match[1]), match[2] or ""
    behind = f" {unit}" if unit else ""
    if question.settings.get("figures_shown"):
        yield f"x = {gold}"
        return
    yield from (f"{number:f}{behind}" if abs(number.adjusted()) < 15 else gold, f"{_scientific(number)}{behind}", f"x = {gold}", f"\\approx {gold}")
    if unit and not re.search(r"[\\%]", unit):
        yield from (f"{match[1]}\\,\\text{{{unit}}}", f"{match[1]}~\\mathrm{{{unit}}}")
    if unit in PREFIXED and unit not in ("M", "ohm", "torr", "P"):
        yield from (f"{number.scaleb(-3)} k{unit}", f"{number.scaleb(3)} m{unit}")
    if ratio := _RATIO.fullmatch(unit):
        power = ratio[3] or "1"
        yield from (f"{match[1]}\\,\\frac{{\\text{{{ratio[1]}}}}}{{\\text{{{ratio[2]}}}^{power}}}", f"{match[1]} {ratio[1]} {ratio[2]}^{{-{power}}}")


def _scientific(number: Decimal) -> str:
    power = number.adjusted() if number else 0
    return f"{number.scaleb(-power).normalize():f} \\times 10^{{{power}}}"


def _quantity_wrong(question: Asked, gold: str) -> Iterator[str]:
    match = _NUMBER.fullmatch(gold)
    if match is None:
        yield from ("-9.87654e-21", f"{gold} or 7")
        return
    number, unit = Decimal(match[1]), match[2] or ""
    behind = f" {unit}" if unit else ""
    room = question.number("rtol")
    step = abs(number) * Decimal(str(3 * (DEFAULT_RTOL if room is None else room))) + Decimal(str(3 * (question.number("atol") or 0.0)))
    if figures := question.number("figures"):
        step = max(step, Decimal(10) ** (number.adjusted() - int(figures) + 2))
    step = step or Decimal(1)
    up, down = number + step, number - step
    yield from (f"{up:f}{behind}", f"{down:f}{behind}")
    if number and 2 * abs(number) > step:
        yield f"{-number}{behind}"
    yield from (f"{gold} or {up:f}{behind}", f"{match[1]} to {up:f}{behind}")
    if unit:
        yield from (f"{match[1]} {'kg' if unit != 'kg' else 'm'} cd", *((f"{match[1]} k{unit}",) if unit in PREFIXED and number else ()))
    parsed = gold_quantity(gold, "")
    if parsed is not None and not parsed.units[0].is_plain and question.settings.get("unit_required", not question.unit):
        yield match[1]


def _text(question: Asked, gold: str) -> Iterator[str]:
    form = question.settings.get("form") or text.form_of(gold)
    yield f"\\text{{{gold}}}" if "{" not in gold else f" {gold} "
    if form in ("formula", "composition", "equation") and "\\" not in gold:
        yield from (f"\\ce{{{gold}}}", re.sub(r"(?<=[A-Za-z)\]])(\d+)", r"_{\1}", gold) if "^" not in gold else gold)
    if form == "equation" and "\\" not in gold:
        left, arrow, right = (p.strip() for p in re.split(r"(<?[-=]+>|=|→)", gold, maxsplit=1))
        if "^" not in gold and not re.search(r"[+-]\s*\+", gold):
            yield f"{' + '.join(reversed(left.split('+')))} \\rightarrow {right.replace('+', ' + ')}"
        if question.settings.get("scaled"):
            doubled = [re.sub(r"(?:(?<=^)|(?<=\+))\s*(\d*)(?=[A-Z(\[])", lambda m: str(2 * int(m[1] or 1)), side) for side in (left, right)]
            yield f" {arrow} ".join(doubled)
    if form == "sequence":
        yield from (gold.lower(), " ".join(gold[i : i + 3] for i in range(0, len(gold), 3)))
    if form == "name":
        yield from (gold.upper() if gold.isascii() else gold, f"The {gold}." if not gold.casefold().startswith(("the ", "a ", "an ")) else gold)
        yield from question.texts("aliases")


def _text_wrong(question: Asked, gold: str) -> Iterator[str]:
    form = question.settings.get("form") or text.form_of(gold)
    if form == "name":
        yield from (f"not {gold}", f"{gold} or water", gold[: max(1, len(gold) // 2)] + "q")
        return
    if form == "sequence":
        swapped = {"A": "C", "C": "A", "G": "T", "T": "G", "U": "A"}
        yield from (gold + gold[0], gold[1:], gold[:-1] + swapped.get(gold[-1], "A" if gold[-1] != "A" else "G"))
        return
    numbers = list(re.finditer(r"\d+", gold))
    if numbers:
        last = numbers[-1]
        yield gold[: last.start()] + str(int(last[0]) + 1) + gold[last.end() :]
    yield from (gold + gold if form != "equation" else f"{gold} + H2", f"{gold} or CO", "O3")
    if form == "equation" and "=" in gold and "\\" not in gold:
        left, _, right = gold.partition("=")
        yield f"{right}={left}"


def _expression(question: Asked, gold: str) -> Iterator[str]:
    left, _, right = gold.rpartition("=")
    head = f"{left}=" if left else ""
    yield from (f"{head}({right})", f"{head}0 + {right}", f"{head}\\frac{{2({right})}}{{2}}", f"{head}1 \\cdot ({right})")
    if left and re.fullmatch(r"\s*[A-Za-z]\s*", left):
        yield right


def _expression_wrong(question: Asked, gold: str) -> Iterator[str]:
    right = gold.rpartition("=")[2]
    yield from (f"2({right})", f"({right}) + 1", f"-({right})", f"({right})^2 + 1", "42")


def _parts(question: Asked, gold: str) -> Iterator[str]:
    golds = [gold_text(part) or "" for part in question.parts]
    yield "\\\\ ".join(golds)
    yield "; ".join(f"{part.label}: {g}" for part, g in zip(question.parts, golds, strict=True))
    for i, part in enumerate(question.parts):
        for other in equivalents(part)[:3]:
            if ";" not in other and "\\\\" not in other and not other.startswith("x ="):
                yield "; ".join([*golds[:i], other, *golds[i + 1 :]])


def _parts_wrong(question: Asked, gold: str) -> Iterator[str]:
    golds = [gold_text(part) or "" for part in question.parts]
    if len(golds) > 1:
        yield "; ".join(golds[:-1])
    yield "; ".join([*golds, "7"])
    for i, part in enumerate(question.parts):
        for other in near_misses(part)[:2]:
            if ";" not in other:
                yield "; ".join([*golds[:i], other, *golds[i + 1 :]])


_EQUIVALENTS = {"choice": _choice, "quantity": _quantity, "text": _text, "expression": _expression, "parts": _parts}
_NEAR = {"choice": _choice_wrong, "quantity": _quantity_wrong, "text": _text_wrong, "expression": _expression_wrong, "parts": _parts_wrong}
