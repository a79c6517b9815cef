"""The stages of one comparison, cheapest first: equal strings, exact numbers, then trees; and whose fault it is where one cannot be read.

`judge` is the whole of the math domain's notion of "equal"; it holds no state and imports mpmath only for inexact values.
"""

import functools
import re
from dataclasses import dataclass
from fractions import Fraction

from prorl_env_math import find, units
from prorl_env_math.clean import clean, key
from prorl_env_math.equal import same
from prorl_env_math.expression import APPROXIMATE_DIGITS
from prorl_env_math.limits import MAX_CHARS, LimitError, ParseError, UndefinedError
from prorl_env_math.nodes import Node
from prorl_env_math.numbers import plain_number
from prorl_env_math.parse import parse

_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_TEXTUAL = re.compile(r"[A-Za-z]{3,}$")
_THOUSANDS = re.compile(r"\d,\d")


class GoldError(ValueError):
    """The gold answer itself cannot be read: the task is broken, not the answer."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`equal`, and the reason as one word and an optional detail."""

    equal: bool
    reason: str


def judge(gold: str, answer: str) -> Judgement:
    """Whether the answer means the gold. Raises GoldError where the gold cannot be read and the texts differ."""
    if (answer == gold or answer.strip() == gold.strip()) and answer.strip():
        return Judgement(True, "equal")
    if not gold.strip():
        raise GoldError("the gold answer is empty")
    if len(answer) > MAX_CHARS:
        return Judgement(False, f"limit: {len(answer)} characters, at most {MAX_CHARS} are checked")
    if len(gold) > MAX_CHARS:
        raise GoldError(f"the gold answer has {len(gold)} characters, at most {MAX_CHARS} are read")
    try:
        value = plain_number(gold)
        if value is not None and (other := _number(answer)) is not None:
            if value == other:
                return Judgement(True, "equal")
            if ("." in gold) == ("." in answer) or len(gold) + len(answer) < APPROXIMATE_DIGITS:
                return Judgement(False, "different")
        return _judge_texts(gold, answer, value)
    except LimitError as error:
        return Judgement(False, f"limit: {error}")


def _number(answer: str) -> Fraction | None:
    found = plain_number(answer)
    return plain_number(answer.strip()) if found is None else found


def _judge_texts(gold: str, answer: str, value: Fraction | None) -> Judgement:
    if "\\boxed" in gold:
        gold = find.boxes(gold) or gold
    if "\\boxed" in answer:
        answer = find.boxes(answer) or answer
    plain_gold, plain_answer = clean(gold), clean(answer)
    if key(plain_gold) == key(plain_answer) and plain_answer:
        return Judgement(True, "equal")
    if not plain_answer or (_is_text(plain_gold) and _is_text(plain_answer)):
        return Judgement(False, "different")
    clock = units.clock(plain_gold)
    if clock is not None:
        equal = clock == units.clock(plain_answer)
        return Judgement(equal, "equal" if equal else "different")
    golds = _readings(plain_gold)
    if not golds:
        if _WORD.search(plain_gold):
            return Judgement(False, "different")
        raise GoldError(f"the gold answer {gold[:80]!r} cannot be read")
    answers = _readings(plain_answer) or _stated(answer)
    equal = any(_same(a, b) for a in golds for b in answers)
    return Judgement(equal, "equal" if equal else "different" if answers else "different: unreadable")


def _is_text(plain: str) -> bool:
    """A word: two words are compared as texts only, so that no anagram passes as the same product."""
    flat = key(plain)
    return bool(_TEXTUAL.match(flat)) and any(c in "aeiou" for c in flat.lower()) and flat.lower() not in ("infinity", "infty")


@functools.lru_cache(maxsize=512)
def _readings(plain: str) -> tuple[Node, ...]:
    """The trees that a text may mean: as it stands, with grouped digits or without, with a trailing unit as a unit."""
    out: list[Node] = []
    for text in (plain, units.marked(plain)):
        if text is None:
            continue
        for grouped in (True, False) if _THOUSANDS.search(text) else (True,):
            try:
                node = parse(text, grouped=grouped)
            except ParseError:
                continue
            if node not in out:
                out.append(node)
    return tuple(out)


def _stated(answer: str) -> tuple[Node, ...]:
    """The readings of what a sentence ends in: its last formula, or what follows its last "is"; none for a sentence that hedges."""
    found = find.last_formula(answer) or find.stated(answer)
    return _readings(clean(found)) if found and not find.HEDGE.search(answer) else ()


def _same(gold: Node, answer: Node) -> bool:
    try:
        return same(gold, answer)
    except (ParseError, UndefinedError):
        return False
