"""The corrected scorer of propositional_logic: formulas over capital letters with `¬ ∧ ∨ → ↔`, checked by truth table.

Precedence as in reasoning-gym: `↔` binds least, then `→`, `∨`, `∧`, `¬`; operators of one kind group to the left.
"""

import itertools
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


def conclusion(answer: str, given: Mapping[str, Any]) -> float:
    """1 where the premises imply the answer; 0.25 where it is a lone variable or always true; 0.05 where it does not follow; else 0.

    Raises ValueError where the premises contradict each other: then everything would follow.
    """
    variables = [str(v) for v in given["metadata"]["variables"]]
    if len(variables) > MAX_VARIABLES:
        raise ValueError(f"{len(variables)} variables, at most {MAX_VARIABLES} are tabulated")
    premises = [parse(str(p)) for p in given["metadata"]["premises"]]
    models = [row for row in _rows(variables) if all(holds(p, row) for p in premises)]
    if not models:
        raise ValueError("the premises contradict each other")
    try:
        formula = parse(answer)
        if not all(holds(formula, row) for row in models):
            return 0.05
        return 0.25 if isinstance(formula, str) or all(holds(formula, row) for row in _rows(variables)) else 1.0
    except (FormError, KeyError):  # KeyError: a variable that the premises do not have
        return 0.0


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
    raise FormError(f"unexpected {token!r}")
