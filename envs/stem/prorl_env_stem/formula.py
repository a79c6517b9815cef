"""Symbolic expressions and equations of the sciences: read by a small recursive parser, compared by their values at fixed points.

`\\frac{m v^2}{2}` equals `0.5 m v^2` because both give the same numbers wherever they are evaluated. A run of letters is a product of
one-letter symbols (`mgh`), except for names of functions and Greek letters; subscripts, primes and accents belong to their symbol
(`v_0`, `v0`, `\\Delta x`). Symbols stand for positive numbers. `E = mc^2` is judged by its right side where the left side is one symbol, any
other equation by its two sides' difference, up to a constant factor.

Nothing is executed: tokens become nested tuples of bounded size and depth, and floating point bounds every value.
"""

import cmath
import hashlib
import math
import re
from collections.abc import Callable, Sequence
from typing import cast

from prorl_env_stem.formula_parser import Node, NotFormulaError, Parser
from prorl_env_stem.formula_tokens import MAX_TOKENS, tidied, tokens_of
from prorl_env_stem.tidy import MAX_CHARS, LimitError

NUM_POINTS = 7
MIN_POINTS = 4
"""So many points must have a value on both sides."""
RTOL = 1e-9
_HEAD = re.compile(r"^\s*\$?\s*(\\?[A-Za-z]{1,12}(?:_\{?\w{1,8}\}?)?)\s?\([^()=]{1,20}\)\s*=")
"""A left side such as `\\psi(x) =`: the symbol counts, not what it depends on."""
_SHORT_GREEK = {"mu": "μ", "nu": "ν", "xi": "ξ"}
"""Spelled out, they are these letters where the gold has them, else products such as m times u."""

_FUNCTIONS: dict[str, Callable[[complex], complex]] = {
    "sin": cmath.sin, "cos": cmath.cos, "tan": cmath.tan, "cot": lambda z: 1 / cmath.tan(z), "sec": lambda z: 1 / cmath.cos(z),
    "csc": lambda z: 1 / cmath.sin(z), "arcsin": cmath.asin, "arccos": cmath.acos, "arctan": cmath.atan, "asin": cmath.asin, "acos": cmath.acos,
    "atan": cmath.atan, "sinh": cmath.sinh, "cosh": cmath.cosh, "tanh": cmath.tanh, "ln": cmath.log, "log": cmath.log10, "exp": cmath.exp,
    "sqrt": cmath.sqrt, "abs": abs,
}  # fmt: skip


def parse_formula(text: str, symbols: Sequence[str] = ()) -> tuple[Node, ...] | None:
    """The sides of the formula, one or two; None where the text is none. `symbols` are names of several letters that are one symbol.

    Raises LimitError beyond MAX_CHARS, MAX_TOKENS or MAX_DEPTH.
    """
    if len(text) > MAX_CHARS:
        raise LimitError(f"limit: an expression of {len(text)} characters, at most {MAX_CHARS} are read")
    tokens = tokens_of(tidied(text), frozenset(symbols))
    if not tokens:
        return None
    if len(tokens) > MAX_TOKENS:
        raise LimitError(f"limit: an expression of {len(tokens)} parts, at most {MAX_TOKENS} are read")
    sides: list[list[str]] = [[]]
    for token in tokens:
        if token == "=":
            sides.append([])
        else:
            sides[-1].append(token)
    if len(sides) > 3:
        return None
    try:
        nodes = [Parser(side).whole() for side in sides]
    except NotFormulaError:
        return None
    return (nodes[0], nodes[-1]) if len(nodes) > 1 else (nodes[0],)


def same_formula(gold: str, answer: str, *, symbols: Sequence[str] = (), rtol: float = RTOL) -> bool | None:
    """Whether both are the same expression or equation; None where the gold is no formula. Raises LimitError for an answer beyond the bounds."""
    symbols = (*symbols, *(name for name, letter in _SHORT_GREEK.items() if f"\\{name}" in gold or letter in gold))
    wanted = parse_formula(_HEAD.sub(r"\1=", gold), symbols)
    if wanted is None:
        return None
    given = parse_formula(_HEAD.sub(r"\1=", answer), symbols)
    if given is None:
        return False
    if len(wanted) == 1 or (len(given) == 1 and wanted[0][0] == "sym"):
        if len(given) == 2 and (given[0][0] != "sym" or (len(wanted) == 2 and given[0] != wanted[0])):
            return False
        return same_values(wanted[-1], given[-1], rtol=rtol)
    if len(given) == 1:
        return False
    if wanted[0][0] == "sym" and given[0] == wanted[0]:
        return same_values(wanted[1], given[1], rtol=rtol)
    return same_values(("-", *wanted), ("-", *given), rtol=rtol, up_to_factor=True)


def same_values(one: Node, two: Node, *, rtol: float = RTOL, up_to_factor: bool = False) -> bool:
    """Whether both have equal values, or values in one constant ratio, at points that both are defined at."""
    ratio: complex | None = None
    met = 0
    for point in range(NUM_POINTS):
        a, b = value_at(one, point), value_at(two, point)
        if a is None and b is None:
            continue
        if a is None or b is None:
            return False
        if up_to_factor and ratio is None and a and b:
            ratio = a / b
        if abs(a - b * (1 if ratio is None else ratio)) > rtol * max(abs(a), abs(b), 1e-300) + (0 if up_to_factor else 1e-13):
            return False
        met += 1
    return met >= MIN_POINTS and (not up_to_factor or ratio is not None)


def symbols_of(node: Node) -> set[str]:
    """The names that occur in it."""
    if node[0] == "sym":
        return {str(node[1])}
    return {name for part in node[1:] if isinstance(part, tuple) for name in symbols_of(part)}  # pyright: ignore[reportUnknownArgumentType]


def value_at(node: Node, point: int) -> complex | None:
    """The value at a point, None where it is undefined or beyond floating point. A symbol's value follows from its name."""
    try:
        value = _value(node, point)
    except (ArithmeticError, ValueError):
        return None
    return value if cmath.isfinite(value) else None


def _value(node: Node, point: int) -> complex:
    kind = node[0]
    if kind == "num":
        return complex(cast("float", node[1]))
    if kind == "sym":
        return _sample(str(node[1]), point)
    parts = [_value(n, point) for n in node[1:] if isinstance(n, tuple)]  # pyright: ignore[reportUnknownArgumentType]
    if kind == "neg":
        return -parts[0]
    if kind == "call":
        return complex(_FUNCTIONS[str(node[1])](parts[0]))
    left, right = parts
    if kind == "+":
        return left + right
    if kind == "-":
        return left - right
    if kind == "*":
        return left * right
    return left / right if kind == "/" else left**right


def _sample(name: str, point: int) -> complex:
    if name == "pi":
        return complex(math.pi)
    digest = hashlib.blake2b(f"{name}\0{point}".encode(), digest_size=7).digest()
    return complex(0.35 + 1.6 * int.from_bytes(digest, "big") / 2**56)
