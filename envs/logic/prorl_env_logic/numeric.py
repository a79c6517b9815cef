"""Corrected scorers whose answers are numbers: exact comparison, nothing that grows with an exponent, no credit for "not a number"."""

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any, cast

from prorl_env_logic.arithmetic import value
from prorl_env_logic.expression import FormError, LimitError, has_name, parse

Entry = Mapping[str, Any]
MAX_FACTORS = 200
SORT_TOLERANCE = Decimal("0.06")
"""A sorted number may be rounded to one decimal."""
_DECIMAL = re.compile(r"[+-]?(?:\d{1,400}(?:\.\d{0,400})?|\.\d{1,400})(?:[eE][+-]?\d{1,3})?")
_FRACTION = re.compile(r"([+-]?\d{1,60})/(\d{1,60})")


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


def bitwise(answer: str, given: Entry) -> float:
    """bitwise_arithmetic: the gold's number in any base that Python writes. The stored problem is not evaluated again."""
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
    """number_sorting: the same numbers in the same order, each at most rounded to one decimal; a JSON list, with quotes of either kind."""
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
        read: Any = json.loads(text.replace("'", '"'), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, list):
        return None
    items = cast("list[Any]", read)
    found = [decimal(item) if isinstance(item, str) else None for item in items]
    finite = [n for n in found if n is not None]
    return finite if len(finite) == len(items) else None


def prime_factors(answer: str, given: Entry) -> float:
    """prime_factorization: the factors in any order; half for another true product of two or more factors; 0.01 for any other product."""
    gold = _factors(str(given["answer"]))
    if not gold:
        raise ValueError(f"the gold answer {given['answer']!r} is not a product")
    found = _factors(answer)
    if found is None:
        return 0.0
    if sorted(found) == sorted(gold):
        return 1.0
    splits = sum(abs(f) > 1 for f in found) > 1
    return 0.5 if splits and math.prod(found) == math.prod(gold) else 0.01


def _factors(text: str) -> list[int] | None:
    parts = [p.strip() for p in text.split("×") if p.strip()]
    if len(parts) > MAX_FACTORS:
        raise LimitError(f"{len(parts)} factors, at most {MAX_FACTORS} are multiplied")
    return [int(p) for p in parts] if all(re.fullmatch(r"[+-]?[0-9]{1,30}", p) for p in parts) else None


def days(answer: str, given: Entry) -> float:
    """calendar_arithmetic: reasoning-gym's score, but a gold of -1 ("there is no such day") is right or wrong, as nothing is near it."""
    from prorl_env_logic.source import own_score

    gold = str(given["answer"]).strip()
    if re.fullmatch(r"-[0-9]{1,9}", gold):
        found = decimal(answer)
        return float("." not in answer and found is not None and found == Decimal(gold))
    try:
        return own_score("calendar_arithmetic", answer, given)
    except OverflowError:  # its decay of a number that is far off
        return 0.0


def makes(target: int, answer: str, numbers: list[int], *, near: float) -> float:
    """countdown, puzzle24: 1 where the expression is exactly `target` and uses each of `numbers` once; `near` for another expression of
    numbers only; 0.01 for anything else."""
    try:
        tree = parse(answer)
    except FormError:
        return 0.01
    try:
        total, used = value(tree)
    except FormError:
        return 0.01 if has_name(tree) else near
    except ZeroDivisionError:
        return 0.01
    return 1.0 if total == target and sorted(used) == sorted(numbers) else near


def countdown(answer: str, given: Entry) -> float:
    """countdown: the target from all the numbers; 0.05 for another number."""
    return makes(int(given["metadata"]["target"]), answer, [int(n) for n in given["metadata"]["numbers"]], near=0.05)


def puzzle24(answer: str, given: Entry) -> float:
    """puzzle24: 24 from all the numbers; 0.01 for anything else."""
    return makes(24, answer, [int(n) for n in given["metadata"]["numbers"]], near=0.01)
