"""What an answer to a task of reasoning-gym is worth.

`score` gives reasoning-gym's own score, apart from the tasks of `CORRECTED`, whose scorer runs the answer as a program, can be made to
run for ever, raises, or pays for what is wrong. `WHY` says what is corrected for each. Where a corrected scorer can, it calls the
package's own on an answer that was checked first. For every task: the score lies in [0, 1]; the stripped gold scores 1; a scorer that
raises on an odd answer, but not on the gold, has graded it 0; an answer over a bound is not read.

`original_score` is the package's score as it is, for comparison; it is refused where the package runs the answer (`RUNS_TEXT`).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

from prorl_env_logic import games, literal, numeric, propositions
from prorl_env_logic.arithmetic import expanded
from prorl_env_logic.calculus import is_antiderivative
from prorl_env_logic.expression import FormError, LimitError, parse
from prorl_gym.errors import TaskError

Entry = Mapping[str, Any]
Scorer = Callable[[str, Entry], float]
MAX_CHARS = 20_000
"""Longer answers are graded 0, unless the gold is itself longer than half of it."""
MAX_CODEIO_CELLS = 800_000
"""Characters of answer and gold multiplied: codeio's tree edit distance grows with it."""
MAX_CODEIO_NODES = 10_000
"""Brackets, commas and colons of answer and gold multiplied."""
RUNS_TEXT = frozenset(
    {
        "binary_matrix",
        "countdown",
        "intermediate_integration",
        "n_queens",
        "polynomial_multiplication",
        "puzzle24",
        "simple_integration",
        "spiral_matrix",
        "string_insertion",
    }
)
"""Tasks whose own scorer evaluates the answer as Python."""
_NO_SOLUTION = frozenset({"", '""', "''", "none", "no real solutions", "no solution"})


def score(name: str, answer: str, given: Entry) -> float:
    """The score of an answer, in [0, 1]. Raises LimitError on one that is too large to be read, anything else on a broken entry."""
    gold = given["answer"]
    limit = max(MAX_CHARS, 2 * len(gold) if isinstance(gold, str) else 0)
    if len(answer) > limit:
        raise LimitError(f"{len(answer)} characters, at most {limit} are read")
    found = CORRECTED[name](answer, given) if name in CORRECTED else _own(name, answer, given)
    if found < 1.0 and name not in CORRECTED and isinstance(gold, str) and answer and answer == gold.strip():
        return 1.0
    return 0.0 if math.isnan(found) else min(max(found, 0.0), 1.0)


def original_score(name: str, answer: str, given: Entry) -> float:
    """The package's own score, faults included. Raises TaskError where that would run the answer, and whatever the package raises."""
    if name in RUNS_TEXT:
        raise TaskError(refusal(name))
    from prorl_env_logic.source import own_score

    return min(max(own_score(name, answer, given), 0.0), 1.0)


def refusal(name: str) -> str:
    """Why the package's own scorer of such a task is not used."""
    return f"reasoning-gym's own scorer of {name} evaluates the answer as Python code; use scorer='corrected', the default"


def _own(name: str, answer: str, given: Entry) -> float:
    """The package's own scorer. What raises on the answer is 0, what raises on the gold too is a broken entry."""
    from prorl_env_logic.source import own_score

    try:
        return own_score(name, answer, given)
    except Exception:  # the package's scorers raise whatever they please on text that they cannot read
        gold = given["answer"]
        if gold is None:
            raise ValueError(f"the entry has no gold answer, and {name} needs one") from None
        own_score(name, str(gold), given)
        return 0.0


def _capped(name: str, cap: float, plain: Callable[[str], str]) -> Scorer:
    """The package's own score, at most `cap` for a text that is not the gold; `plain` takes away what the package overlooks."""

    def graded(answer: str, given: Entry) -> float:
        return 1.0 if plain(answer) == plain(str(given["answer"])) else min(cap, _own(name, answer, given))

    return graded


def _as_text(joined: Callable[[Any], str], credit: float) -> Scorer:
    """Exact, or `credit` where the answer is the gold written as a Python value."""

    def graded(answer: str, given: Entry) -> float:
        metadata = given["metadata"]
        golds = [str(g).strip() for g in metadata.get("valid_answers") or [given["answer"]]]
        if answer in golds:
            return 1.0
        try:
            return credit if joined(literal.read(answer)) in golds else 0.0
        except (ValueError, TypeError):
            return 0.0

    return graded


def _polynomial(answer: str, given: Entry) -> float:
    gold = expanded(parse(str(given["answer"])))
    try:
        return float(expanded(parse(answer)) == gold)
    except FormError:
        return 0.0


def _antiderivative(answer: str, given: Entry) -> float:
    metadata = given["metadata"]
    integrand, variable = parse(str(metadata["integrand"])), str(metadata["variable"])
    try:
        return float(is_antiderivative(parse(answer), integrand, variable))
    except FormError:
        return 0.0


def _truth(answer: str, given: Entry) -> float:
    gold = str(given["answer"]).strip().lower()
    if gold not in ("true", "false"):
        raise ValueError(f"the gold answer is True or False; got {given['answer']!r}")
    return float(answer.strip().lower() == gold)


def _roots(answer: str, given: Entry) -> float:
    if not str(given["answer"]).strip():
        return float(answer.strip().lower().rstrip(".") in _NO_SOLUTION)
    return _own("polynomial_equations", answer, given)


def _complex(answer: str, given: Entry) -> float:
    return 0.0 if "nan" in answer.replace(" ", "").lower() else _own("complex_arithmetic", answer, given)


def _cube(answer: str, given: Entry) -> float:
    games.cube_is_bounded(answer)
    return _own("rubiks_cube", answer, given)


def _rush_hour(answer: str, given: Entry) -> float:
    games.rush_hour_is_bounded(answer)
    return _own("rush_hour", answer, given)


def _program(answer: str, given: Entry) -> float:
    gold = str(given["answer"]).strip()
    if answer.strip() == gold:
        return 1.0
    if len(answer) * len(gold) > MAX_CODEIO_CELLS or _marks(answer) * _marks(gold) > MAX_CODEIO_NODES:
        raise LimitError(f"an object of {len(answer)} characters is not compared with a gold of {len(gold)}")
    return _own("codeio", answer, given)


def _marks(text: str) -> int:
    return 1 + sum(text.count(c) for c in "[{,:")


CORRECTED: dict[str, Scorer] = {
    "binary_matrix": _as_text(lambda rows: "\n".join(" ".join(str(x) for x in row) for row in rows), 0.1),
    "bitwise_arithmetic": numeric.bitwise,
    "boxnet": games.boxnet,
    "calendar_arithmetic": numeric.days,
    "codeio": _program,
    "coin_flip": numeric.probability,
    "complex_arithmetic": _complex,
    "countdown": numeric.countdown,
    "figlet_font": _capped("figlet_font", 0.9, lambda text: text.replace(" ", "").strip().lower()),
    "game_of_life_halting": _truth,
    "intermediate_integration": _antiderivative,
    "n_queens": _as_text(lambda rows: "\n".join(" ".join(row) for row in rows), 0.5),
    "number_sorting": numeric.sorted_numbers,
    "polynomial_equations": _roots,
    "polynomial_multiplication": _polynomial,
    "prime_factorization": numeric.prime_factors,
    "propositional_logic": propositions.conclusion,
    "puzzle24": numeric.puzzle24,
    "rubiks_cube": _cube,
    "rush_hour": _rush_hour,
    "simple_integration": _antiderivative,
    "spell_backward": _capped("spell_backward", 0.8, str.lower),
    "spiral_matrix": _as_text(lambda items: " ".join(str(x) for x in items), 0.1),
    "string_insertion": _as_text("".join, 0.1),
}
"""Task to the scorer that stands in for the package's own."""
WHY: dict[str, str] = {
    "binary_matrix": "evaluates the answer as Python",
    "bitwise_arithmetic": "evaluates the stored problem as Python; the gold is compared instead",
    "boxnet": "raises on JSON that is no list of objects of texts, and on a square outside the field",
    "calendar_arithmetic": "pays 1 for any number where the gold is -1; raises on a large one",
    "codeio": "compares trees in time that grows without bound; a large object is over the limit",
    "coin_flip": "pays 1 for a prefix such as `0`, and for 0 or 1 where the probability is near; an exponent makes it run for ever",
    "complex_arithmetic": "pays 1 for `nan`",
    "countdown": "parses the answer with sympy, which runs it; takes what is near for the target",
    "figlet_font": "pays 1 for ten right letters of a longer word",
    "game_of_life_halting": "pays 1 for any text",
    "intermediate_integration": "parses the answer with sympy, which runs it; pays 1 for the integral, written down again",
    "n_queens": "evaluates the answer as Python",
    "number_sorting": "pays 1 for a list of NaN, and for numbers that are wrong by up to 1; evaluates a stored answer",
    "polynomial_equations": "pays 1 for any text where there is no solution",
    "polynomial_multiplication": "parses the answer with sympy, which runs it; pays 1 for an order to expand the question",
    "prime_factorization": "pays 0.5 for the number itself; raises on text",
    "propositional_logic": "pays 1 for a premise in other words, and for any formula where premises contradict; takes 2**words steps",
    "puzzle24": "parses the answer with sympy, which runs it; takes any four numbers, and 24.9 for 24",
    "rubiks_cube": "a repeat count of many digits makes it run for ever",
    "rush_hour": "a distance of many digits makes it run for ever",
    "simple_integration": "parses the answer with sympy, which runs it; pays 1 for the integral, written down again",
    "spell_backward": "pays 0.9999999999999999 for the gold with any text after it, where 0.8 is meant",
    "spiral_matrix": "evaluates the answer as Python",
    "string_insertion": "evaluates the answer as Python",
}
"""Task to what is wrong with the package's own scorer."""
