"""What an answer to a task of reasoning-gym is worth.

`score` gives reasoning-gym's own score, apart from these corrections, which hold for every task:

- White space around an answer is not part of it.
- An answer that merely contains the gold earns nothing; the package pays the ratio of the two lengths. (`EXACT`, chain_sum, products,
  manipulate_matrix, tsumego)
- What any text whatever earns is not paid: `TOKEN` holds, for each task, the score that nonsense gets. A small score that takes an
  answer of the right form is kept.
- The score lies in [0, 1]; a scorer that raises on an odd answer, but not on the gold, has graded it 0.

and apart from the tasks of `CORRECTED`, whose scorer runs the answer as a program, can be made to run for ever, or is wrong. The
package's scorer of such a task is called, if at all, on an answer that was checked first. `WHY` says what is corrected for each.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from prorl_env_logic import games, literal, numeric, propositions
from prorl_env_logic.arithmetic import expanded
from prorl_env_logic.calculus import is_antiderivative
from prorl_env_logic.expression import FormError, LimitError, parse
from prorl_env_logic.table import EXACT

Entry = Mapping[str, Any]
Scorer = Callable[[str, Entry], float]
MAX_CHARS = 20_000
"""Longer answers are graded 0, unless the gold is itself longer than half of it."""
TOKEN: dict[str, float] = {
    "advanced_geometry": 0.05,
    "color_cube_rotation": 0.01,
    "emoji_mystery": 0.01,
    "fraction_simplification": 0.05,
    "graph_color": 0.01,
    "group_anagrams": 0.01,
    "gsm_symbolic": 0.01,
    "jugs": 0.01,
    "palindrome_generation": 0.05,
    "power_function": 0.01,
    "rubiks_cube": 0.05,
    "sentence_reordering": 0.05,
    "tsumego": 0.01,
}
"""What the package's scorer pays for nonsense; such a score counts as 0 here."""
_NOT_FINITE = re.compile(r"nan|inf|e[+-]?\d{4}", re.IGNORECASE)
_NO_SOLUTION = frozenset({"", '""', "''", "none", "no real solutions", "no solution"})


def score(name: str, answer: str, given: Entry) -> float:
    """The score of an answer, in [0, 1]. Raises LimitError on one that is too large to be read, anything else on a broken entry."""
    gold = given["answer"]
    limit = max(MAX_CHARS, 2 * len(gold) if isinstance(gold, str) else 0)
    if len(answer) > limit:
        raise LimitError(f"{len(answer)} characters, at most {limit} are read")
    found = _scorer(name)(answer.strip(), given)
    return 0.0 if math.isnan(found) or found <= TOKEN.get(name, 0.0) else min(found, 1.0)


def _scorer(name: str) -> Scorer:
    if name in CORRECTED:
        return CORRECTED[name]
    return _exact if name in EXACT else _bridged(name)


def _exact(answer: str, given: Entry) -> float:
    gold = given["answer"]
    if not isinstance(gold, str):
        raise ValueError(f"the gold answer of such a task is a text; got {gold!r}")
    return float(answer == gold.strip())


def _bridged(name: str) -> Scorer:
    """The package's own scorer. What raises on the answer is 0, what raises on the gold too is a broken entry."""

    def graded(answer: str, given: Entry) -> float:
        from prorl_env_logic.source import own_score

        try:
            return own_score(name, answer, given)
        except Exception:  # the package's scorers raise whatever they please on text that they cannot read
            own_score(name, str(given["answer"]), given)
            return 0.0

    return graded


def _finite(name: str) -> Scorer:
    """The package's own scorer, for numbers that are finite and have no exponent of four digits."""
    own = _bridged(name)
    return lambda answer, given: 0.0 if _NOT_FINITE.search(answer) else own(answer, given)


def _as_text(joined: Callable[[list[Any]], str], credit: float) -> Scorer:
    """Exact, or `credit` where the answer is a written list that holds the gold."""

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


def _lines(rows: list[Any]) -> str:
    return "\n".join(" ".join(str(x) for x in row) for row in rows)


def _words(items: list[Any]) -> str:
    return " ".join(str(x) for x in items)


def _matrix(answer: str, given: Entry) -> float:
    gold = str(given["answer"]).split("\n")
    return float([row.split() for row in answer.split("\n")] == [row.split() for row in gold if row.strip()])


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
    return float(answer.lower() == gold)


def _roots(answer: str, given: Entry) -> float:
    if not str(given["answer"]).strip():
        return float(answer.lower().rstrip(".") in _NO_SOLUTION)
    return _finite("polynomial_equations")(answer, given)


def _cube(answer: str, given: Entry) -> float:
    return _bridged("rubiks_cube")(answer, given) if games.cube_moves(answer) else 0.0


def _point(answer: str, given: Entry) -> float:
    own = _bridged("tsumego")(answer, given)
    return own if own == 1.0 or re.fullmatch(r"[A-Za-z]\d{1,2}", answer) else 0.0


def _program(answer: str, given: Entry) -> float:
    own = _bridged("codeio")(answer, given)
    return own if own == 1.0 or (answer.startswith("{") and answer.endswith("}")) else 0.0


CORRECTED: dict[str, Scorer] = {
    "binary_matrix": _as_text(_lines, 0.1),
    "bitwise_arithmetic": numeric.bitwise,
    "boxnet": games.boxnet,
    "chain_sum": numeric.equal_number,
    "codeio": _program,
    "coin_flip": numeric.probability,
    "complex_arithmetic": _finite("complex_arithmetic"),
    "countdown": numeric.countdown,
    "game_of_life_halting": _truth,
    "intermediate_integration": _antiderivative,
    "manipulate_matrix": _matrix,
    "n_queens": _as_text(_lines, 0.5),
    "number_sorting": numeric.sorted_numbers,
    "polynomial_equations": _roots,
    "polynomial_multiplication": _polynomial,
    "prime_factorization": numeric.prime_factors,
    "products": numeric.equal_number,
    "propositional_logic": propositions.conclusion,
    "puzzle24": numeric.puzzle24,
    "rubiks_cube": _cube,
    "rush_hour": games.rush_hour,
    "simple_integration": _antiderivative,
    "spiral_matrix": _as_text(_words, 0.1),
    "string_insertion": _as_text("".join, 0.1),
    "tsumego": _point,
}
"""Task to the scorer that stands in for the package's own."""
WHY: dict[str, str] = {
    "binary_matrix": "evaluates the answer as Python",
    "bitwise_arithmetic": "evaluates the stored problem as Python; the gold is compared instead",
    "boxnet": "raises on other JSON than a list of text maps, and on a square outside the field; pays 0.05 to any JSON",
    "chain_sum": "pays for a text that contains the gold",
    "codeio": "pays for prose around an object, and for a text that contains the gold",
    "coin_flip": "pays 1 for a prefix such as `0`, and for 0 or 1 where the probability is near; an exponent makes it run for ever",
    "complex_arithmetic": "pays 1 for `nan`",
    "countdown": "parses the answer with sympy, which runs it; pays 0.01 to any text",
    "game_of_life_halting": "pays 1 for any text",
    "intermediate_integration": "parses the answer with sympy, which runs it",
    "manipulate_matrix": "pays for a text that contains the gold",
    "n_queens": "evaluates the answer as Python",
    "number_sorting": "pays 1 for a list of NaN, and for numbers that are wrong by up to 1; evaluates a stored answer",
    "polynomial_equations": "pays 1 for any text where there is no solution",
    "polynomial_multiplication": "parses the answer with sympy, which runs it",
    "prime_factorization": "raises on text; pays 0.5 for the number itself, 0.01 for any number",
    "products": "pays for a text that contains the gold",
    "propositional_logic": "takes any text for a variable, which pays where the premises contradict each other; raises on deep nesting",
    "puzzle24": "parses the answer with sympy, which runs it; takes any four numbers, and 24.9 for 24",
    "rubiks_cube": "drops words that are no moves; a repeat count makes it run for ever",
    "rush_hour": "a distance of many digits makes it run for ever; pays 0.01 to any text",
    "simple_integration": "parses the answer with sympy, which runs it",
    "spiral_matrix": "evaluates the answer as Python",
    "string_insertion": "evaluates the answer as Python",
    "tsumego": "pays for a text that contains the gold",
}
"""Task to what is wrong with the package's own scorer."""
