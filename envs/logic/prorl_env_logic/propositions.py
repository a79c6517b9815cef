"""The corrected scorer of propositional_logic: formulas over capital letters with `¬ ∧ ∨ → ↔`, checked by truth table.

Precedence as in reasoning-gym: `↔` binds least, then `→`, `∨`, `∧`, `¬`; operators of one kind group to the left.
"""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from prorl_env_logic.expression import FormError, LimitError

MAX_CHARS = 1000
MAX_DEPTH = 60
MAX_VARIABLES = 12
_BINARY = ("↔", "→", "∨", "∧")
_TRUTH: dict[str, Callable[[bool, bool], bool]] = {
    "↔": lambda a, b: a == b,
    "→": lambda a, b: not a or b,
    "∨": lambda a, b: a or b,
    "∧": lambda a, b: a and b,
}
Formula = str | tuple[str, Any] | tuple[str, Any, Any]
"""A variable, ("¬", formula), or (operator, left, right)."""


class EmptyError(FormError):
    """A formula, or one side of an operator, is missing."""


def conclusion(answer: str, given: Mapping[str, Any]) -> float:
    """1 where the premises imply the answer; 0.25 where it is a lone variable or always true; 0.05 where it does not follow, or is no
    formula; 0 where it is empty or uses a letter that the premises do not have.

    A conclusion that says little (`says_little`) is worth 0.25 too. Raises ValueError where the premises
    contradict each other: then everything would follow.
    """
    variables, premises, rows = _problem(given)
    models = [row for row in rows if all(holds(p, row) for p in premises)]
    if not models:
        raise ValueError("the premises contradict each other")
    if not set(re.findall("[A-Z]", answer)) <= set(variables):
        return 0.0
    try:
        formula = parse(answer)
    except FormError as error:
        return 0.0 if isinstance(error, EmptyError) else 0.05
    if not all(holds(formula, row) for row in models):
        return 0.05
    if isinstance(formula, str) or all(holds(formula, row) for row in rows):
        return 0.25
    return 0.25 if says_little(formula, given) else 1.0


def _problem(given: Mapping[str, Any]) -> tuple[list[str], list[Formula], list[dict[str, bool]]]:
    """The variables, the premises, and all rows of the table."""
    variables = [str(v) for v in given["metadata"]["variables"]]
    if len(variables) > MAX_VARIABLES:
        raise ValueError(f"{len(variables)} variables, at most {MAX_VARIABLES} are tabulated")
    return variables, [parse(str(p)) for p in given["metadata"]["premises"]], list(_rows(variables))


def weak(formula: Formula, variables: list[str], premises: list[Formula], rows: list[dict[str, bool]]) -> bool:
    """True for a variable in other words, and for what follows from one premise alone: to say that takes no inference."""
    truth = [holds(formula, row) for row in rows]
    if any(truth == [row[v] for row in rows] for v in variables):
        return True
    return any(all(true or not holds(p, row) for true, row in zip(truth, rows, strict=True)) for p in premises)


def says_little(formula: Formula, given: Mapping[str, Any]) -> bool:
    """True for a `weak` formula where the entry's own example is better."""
    return weak(formula, *_problem(given)) and example_is_strong(given)


def example_is_strong(given: Mapping[str, Any]) -> bool:
    """True where the entry comes with an example of a conclusion that is not `weak`."""
    example = given["metadata"].get("example_answer")
    return example is not None and not weak(parse(str(example)), *_problem(given))


def _rows(variables: list[str]) -> Iterator[dict[str, bool]]:
    for values in itertools.product((False, True), repeat=len(variables)):
        yield dict(zip(variables, values, strict=True))


def holds(formula: Formula, row: Mapping[str, bool]) -> bool:
    """The truth of a formula in one row of the table. Every variable is looked up; raises KeyError for one that is not there."""
    if isinstance(formula, str):
        return row[formula]
    if len(formula) == 2:
        return not holds(formula[1], row)
    left, right = holds(formula[1], row), holds(formula[2], row)
    return _TRUTH[formula[0]](left, right)


def parse(text: str) -> Formula:
    """The formula that `text` writes. Raises FormError, or LimitError where it is too long or nested too deep."""
    if len(text) > MAX_CHARS:
        raise LimitError(f"a formula of {len(text)} characters, at most {MAX_CHARS} are read")
    tokens = [c for c in text if not c.isspace()]
    formula, at = _binary(tokens, 0, 0, 0)
    if at < len(tokens):
        raise FormError(f"unexpected {tokens[at]!r}")
    return formula


def _binary(tokens: list[str], at: int, kind: int, depth: int) -> tuple[Formula, int]:
    if kind == len(_BINARY):
        return _atom(tokens, at, depth)
    formula, at = _binary(tokens, at, kind + 1, depth)
    while at < len(tokens) and tokens[at] == _BINARY[kind]:
        right, at = _binary(tokens, at + 1, kind + 1, depth)
        formula = (_BINARY[kind], formula, right)
    return formula, at


def _atom(tokens: list[str], at: int, depth: int) -> tuple[Formula, int]:
    if depth > MAX_DEPTH:
        raise LimitError(f"a formula nested deeper than {MAX_DEPTH}")
    token = tokens[at] if at < len(tokens) else "the end"
    if token == "¬":
        inner, at = _atom(tokens, at + 1, depth + 1)
        return ("¬", inner), at
    if token == "(":
        inner, at = _binary(tokens, at + 1, 0, depth + 1)
        if at >= len(tokens) or tokens[at] != ")":
            raise FormError("a parenthesis is not closed")
        return inner, at + 1
    if len(token) == 1 and "A" <= token <= "Z":
        return token, at + 1
    if at >= len(tokens) or token in _BINARY or token == ")":
        raise EmptyError(f"a formula is missing before {token!r}")
    raise FormError(f"unexpected {token!r}")
