r"""The stages of one comparison, cheapest first: equal strings, exact numbers, words and choices, then trees; and whose fault it is where one
cannot be read.

`judge` is the whole of the math domain's notion of "equal"; it holds no state and imports mpmath only for inexact values. A text may have
several readings (`1,234` as a number or a list, `10 cm` with a unit or as a product); an answer is right where any reading of it matches any
reading of the gold.
"""

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from prorl_env_math import find, units, words
from prorl_env_math.clean import clean, key, untext
from prorl_env_math.equal import same
from prorl_env_math.expression import APPROXIMATE_DIGITS
from prorl_env_math.limits import BUDGET, MAX_CHARS, Budget, LimitError, ParseError, UndefinedError
from prorl_env_math.nodes import Node, num
from prorl_env_math.numbers import plain_number
from prorl_env_math.parse import parse
from prorl_env_math.progressions import declared

_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{3,}")
_WRITTEN_OUT = frozenset(" eE")
_RATIO = re.compile(r"(\d+(?:\.\d+)?) to (\d+(?:\.\d+)?)$")
_THOUSANDS = re.compile(r"\d,\d")


class GoldError(ValueError):
    """The gold answer itself cannot be read: the task is broken, not the answer."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`equal`, and the reason as one word and an optional detail."""

    equal: bool
    reason: str


_EQUAL, _DIFFERENT = Judgement(True, "equal"), Judgement(False, "different")


def judge(gold: str, answer: str) -> Judgement:
    """Whether the answer means the gold. Raises GoldError where the gold cannot be read and the texts differ."""
    if (answer == gold or answer.strip() == gold.strip()) and answer.strip():
        return _EQUAL
    if not gold.strip():
        raise GoldError("the gold answer is empty")
    if len(answer) > MAX_CHARS:
        return Judgement(False, f"limit: {len(answer)} characters, at most {MAX_CHARS} are checked")
    token = BUDGET.set(Budget())
    try:
        value = plain_number(gold)
        if value is not None and (other := _number(answer)) is not None:
            if value == other:
                return _EQUAL
            if ("." in gold) == ("." in answer) or len(gold) + len(answer) < APPROXIMATE_DIGITS:
                return _DIFFERENT
        return _judge_texts(_boxed(gold), _boxed(answer))
    except LimitError as error:
        return Judgement(False, f"limit: {error}")
    finally:
        BUDGET.reset(token)


def readings(text: str) -> tuple[Node, ...]:
    """Every tree that an answer may mean, as `judge` reads it; empty where it is no mathematics. Raises LimitError."""
    if len(text) > MAX_CHARS:
        raise LimitError(f"{len(text)} characters, at most {MAX_CHARS} are checked")
    return _readings(_unbracketed(clean(_boxed(text))))


def _boxed(text: str) -> str:
    return find.boxes(text) or text if "\\boxed" in text else text


def _number(answer: str) -> Fraction | None:
    found = plain_number(answer)
    return plain_number(answer.strip()) if found is None else found


def _judge_texts(gold: str, answer: str) -> Judgement:
    if len(gold) > MAX_CHARS:
        raise GoldError(f"the gold answer has {len(gold)} characters, at most {MAX_CHARS} are read")
    plain_gold, plain_answer = clean(gold), _unbracketed(clean(answer))
    if key(plain_gold) == key(plain_answer) and plain_answer:
        return _EQUAL
    if not plain_answer:
        return _DIFFERENT
    chosen = _chosen(plain_gold, plain_answer)
    if chosen is not None:
        return chosen
    if words.only_words(plain_gold) and words.only_words(plain_answer) and words.phrase(plain_gold) is None:
        return _EQUAL if _same_words(plain_gold, plain_answer) else _DIFFERENT
    clock, other = units.clock(plain_gold), units.clock(plain_answer)
    if clock is not None and other is not None:
        return _EQUAL if clock == other else _DIFFERENT
    golds = _readings(plain_gold) or _last_side(plain_gold) or _stated(gold)
    if not golds:
        if _WORD.search(plain_gold):
            return _EQUAL if words.text_key(plain_gold) == words.text_key(plain_answer) else _DIFFERENT
        raise GoldError(f"the gold answer {gold[:80]!r} cannot be read")
    answers = _readings(plain_answer) or _stated(answer)
    if any(_same(a, b) for a in golds for b in answers):
        return _EQUAL
    return _DIFFERENT if answers else Judgement(False, "different: unreadable")


def _same_words(gold: str, answer: str) -> bool:
    """The same words, or one answer that is only the leading word of the other: `Yes` and `Yes, because it holds`."""
    if words.text_key(gold) == words.text_key(answer):
        return True
    first, other = words.leading(gold), words.leading(answer)
    return first is not None and first == other and first in (words.text_key(gold), words.text_key(answer))


def _unbracketed(plain: str) -> str:
    """`[45 degrees]` as `45 degrees`: brackets around one thing, which is no list and no interval."""
    return plain[1:-1].strip() if plain[:1] == "[" and plain[-1:] == "]" and not set(plain[1:-1]) & set(",;[]") else plain


def _chosen(gold: str, answer: str) -> Judgement | None:
    """The judgement between two multiple-choice answers; None where either may be something else."""
    several = words.choices(gold)
    if several is not None:
        return _EQUAL if several == words.choices(answer) else None
    one = words.choice(gold)
    two = None if one is None else words.choice(answer)
    if one is None or two is None:
        return None
    if one[1] and not two[1] and key(answer) != two[0]:
        return _EQUAL if one[0] == two[0] else _DIFFERENT
    if one[0] == two[0]:
        return _EQUAL
    return _DIFFERENT


@functools.lru_cache(maxsize=512)
def _readings(plain: str) -> tuple[Node, ...]:
    """The trees that a text may mean; later rewritings are tried only where the text as it stands is no mathematics."""
    out: list[Node] = []
    if not _WRITTEN_OUT.isdisjoint(plain) and (spaced := plain_number(plain)) is not None:
        out.append(num(spaced, decimal="." in plain))
    for text in _spellings(plain):
        if out and text is None:
            break
        for grouped in (True, False) if text and _THOUSANDS.search(text) else (True,):
            try:
                node = parse(text or "", grouped=grouped)
            except ParseError:
                continue
            if node not in out:
                out.append(node)
    return tuple(out)


def _spellings(plain: str) -> Iterator[str | None]:
    """The spellings of a text that are worth parsing; None parts those that are always tried from those for texts that do not parse."""
    yield plain
    if plain.startswith("\\text") and any(c.isdigit() for c in plain):
        inner = untext(plain).strip()
        yield inner
        yield units.marked(inner) or inner
    phrase = words.phrase(plain)
    if phrase is not None:
        yield phrase
    if (marked := units.marked(plain)) is not None:
        yield marked
    if (free := words.without_quantifiers(plain)) is not None:
        yield free
    if (family := declared(untext(plain))) != untext(plain):
        yield family
    yield None
    for rewritten in (words.without_lead(plain), words.french_brackets(plain), words.labels_as_text(plain), _parts_marked(plain)):
        if rewritten is not None:
            yield rewritten
    if (ratio := _RATIO.match(plain)) is not None:
        yield f"{ratio[1]}:{ratio[2]}"
    if (choice := words.choice(plain)) is not None and choice[1]:
        yield choice[1]
    if "\\text" in plain and any(c.isdigit() for c in plain):
        yield untext(plain)


def _parts_marked(plain: str) -> str | None:
    """A list whose items carry plain units, `5 apples and 3 pears`."""
    parts = re.split(r"\s*(?:,|;|\band\b)\s*", plain) if len(plain) < 400 else []
    return ", ".join(units.marked(p) or p for p in parts) if len(parts) > 1 else None


def _last_side(gold: str) -> tuple[Node, ...]:
    """The readings of what stands behind the last equals sign of a gold that cannot be read as a whole."""
    _, sign, last = gold.rpartition("=")
    return _readings(last.strip()) if sign and last.strip() else ()


def _stated(answer: str) -> tuple[Node, ...]:
    """The readings of what a sentence ends in: its last formula, or what follows its last "is"; none for a sentence that hedges."""
    if find.HEDGE.search(answer):
        return ()
    formula = find.last_formula(answer)
    found = _readings(clean(formula)) if formula else ()
    said = None if found else find.stated(untext(clean(answer)))
    return _readings(clean(said)) if said else found


def _same(gold: Node, answer: Node) -> bool:
    try:
        return same(gold, answer)
    except (ParseError, UndefinedError):
        return False
