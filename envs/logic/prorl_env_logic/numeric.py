"""Corrected scorers whose answers are numbers: exact comparison, nothing that grows with an exponent, no credit for "not a number"."""

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from prorl_env_logic import literal
from prorl_env_logic.arithmetic import value
from prorl_env_logic.expression import FormError, LimitError, parse

Entry = Mapping[str, Any]
SORT_TOLERANCE = Decimal("0.06")
"""A sorted number may be rounded to one decimal."""
_DECIMAL = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?")
_FRACTION = re.compile(r"([+-]?\d{1,60})\s*/\s*(\d{1,60})")


def decimal(text: str) -> Decimal | None:
    """The finite number that `text` writes, with an exponent of at most three digits; None for anything else."""
    if not _DECIMAL.fullmatch(text.strip()):
        return None
    try:
        return Decimal(text.strip())
    except InvalidOperation:
        return None


def gold_decimal(given: Entry) -> Decimal:
    """The gold as a number. Raises ValueError where it is none: the task is broken, not the answer."""
    found = decimal(str(given["answer"]).replace(",", ""))
    if found is None:
        raise ValueError(f"the gold answer {given['answer']!r} is not a number")
    return found


def equal_number(answer: str, given: Entry) -> float:
    """chain_sum, products: the same number, written with or without commas, sign, leading zeros or trailing decimals."""
    gold = gold_decimal(given)
    found = decimal(answer.replace(",", ""))
    return float(found is not None and found == gold)


def bitwise(answer: str, given: Entry) -> float:
    """bitwise_arithmetic: the gold's number in any base that Python writes."""
    gold = int(str(given["answer"]), 0)
    try:
        return float(len(answer) <= 400 and int(answer, 0) == gold)
    except ValueError:
        return 0.0


def probability(answer: str, given: Entry) -> float:
    """coin_flip: within 1e-4 and a tenth of the distance to 0 and 1; else the share of leading characters that agree, at most 0.9."""
    gold = gold_decimal(given)
    text = answer.replace(",", "")
    fraction = _FRACTION.fullmatch(text.strip())
    found = Fraction(text) if decimal(text) is not None else None
    if fraction and int(fraction.group(2)):
        found = Fraction(int(fraction.group(1)), int(fraction.group(2)))
    if found is None or not 0 <= found <= 1:
        return 0.0
    wanted = Fraction(gold)
    if abs(found - wanted) <= min(Fraction(1, 10_000), abs(min(wanted, 1 - wanted)) / 10):
        return 1.0
    written, digits = _ten_digits(found), _ten_digits(wanted)
    same = next((i for i, (a, b) in enumerate(zip(written, digits, strict=False)) if a != b), min(len(written), len(digits)))
    return min(0.9, same / max(len(written), len(digits)))


def _ten_digits(number: Fraction) -> str:
    return f"{float(number):.10g}"


def sorted_numbers(answer: str, given: Entry) -> float:
    """number_sorting: the same numbers in the same order, each at most rounded to one decimal."""
    wanted = _numbers(str(given["answer"]))
    if wanted is None:
        raise ValueError(f"the gold answer {given['answer']!r} is not a list of numbers")
    found = _numbers(answer)
    if found is None or len(found) != len(wanted):
        return 0.0
    if found != sorted(found, reverse=given["metadata"]["direction"] == "descending"):
        return 0.0
    return float(all(abs(a - b) <= SORT_TOLERANCE for a, b in zip(found, wanted, strict=True)))


def _numbers(text: str) -> list[Decimal] | None:
    try:
        found = [decimal(str(n)) for n in literal.read(text)]
    except ValueError:
        return None
    finite = [n for n in found if n is not None]
    return finite if len(finite) == len(found) else None


def prime_factors(answer: str, given: Entry) -> float:
    """prime_factorization: the factors in any order; half for another true product of two or more factors above 1."""
    gold = _factors(str(given["answer"]))
    if gold is None:
        raise ValueError(f"the gold answer {given['answer']!r} is not a product")
    found = _factors(answer)
    if found is None:
        return 0.0
    if sorted(found) == sorted(gold):
        return 1.0
    return 0.5 if len(found) > 1 and min(found) > 1 and _product(found) == _product(gold) else 0.0


def _factors(text: str) -> list[int] | None:
    parts = [p.strip() for p in text.split("×") if p.strip()]
    if not parts or len(parts) > 200 or not all(re.fullmatch(r"[0-9]{1,30}", p) for p in parts):
        return None
    return [int(p) for p in parts]


def _product(factors: list[int]) -> int:
    total = 1
    for factor in factors:
        total *= factor
    return total


def makes(target: int, answer: str, numbers: list[int]) -> float:
    """countdown, puzzle24: 1 where the expression is exactly `target` and uses each of `numbers` once, 0.05 where only the first fails."""
    try:
        total, used = value(parse(answer))
    except (FormError, LimitError, ZeroDivisionError) as error:
        if isinstance(error, LimitError):
            raise
        return 0.0
    if sorted(used) != sorted(numbers):
        return 0.0
    return 1.0 if total == target else 0.05


def countdown(answer: str, given: Entry) -> float:
    """countdown: the target from all the numbers."""
    return makes(int(given["metadata"]["target"]), answer, [int(n) for n in given["metadata"]["numbers"]])


def puzzle24(answer: str, given: Entry) -> float:
    """puzzle24: 24 from all the numbers."""
    return makes(24, answer, [int(n) for n in given["metadata"]["numbers"]])
