"""Static limits on what a graded text may cost, and the errors that say one was met.

Every bound is checked before the work it bounds. Whoever meets one raises `LimitError`; whoever cannot read a text raises `ParseError`;
whoever meets an undefined value (a pole, 0/0) raises `UndefinedError`. All three stay inside this package.
"""

from contextvars import ContextVar
from dataclasses import dataclass

MAX_CHARS = 8_000
"""Characters of an answer that is checked at all."""
MAX_TOKENS = 3_000
MAX_DEPTH = 40
"""Nested brackets, arguments and exponents."""
MAX_TREE_DEPTH = 80
"""Levels of a syntax tree, so that no walk over it meets Python's own bound."""
MAX_DERIVED_DEPTH = 25
"""Levels of a tree that is differentiated; the derivative is a few times deeper."""
MAX_DERIVED_NODES = 300
"""Nodes of a tree that is differentiated: the derivative of a product of n factors has n products of n."""
MAX_DIGITS = 2_000
"""Digits of one written number."""
MAX_BITS = 32_768
"""Bits of an exact numerator or denominator, and the bound on the binary logarithm of any value."""
MAX_FACTORIAL = 2_500
MAX_WORK = 4_000_000
"""Bits that one comparison of two expressions may touch, over all points."""
MAX_TOTAL_WORK = 8_000_000
"""Bits that all comparisons of one judgement may touch together; a list is compared item by item."""
MIN_CHARGE = 64
"""Bits that one operation counts at least, however small its operands are."""
MAX_TERMS = 400
"""Terms of a sum or product that is written with its sign."""
MAX_ITEMS = 400
"""Items of a list, set or matrix."""
MAX_UNORDERED = 40
"""Items that are matched without regard to order after the literally equal ones are gone."""


class LimitError(ValueError):
    """A static limit is exceeded; the message says which."""


@dataclass(slots=True)
class Budget:
    """The arithmetic that one judgement may still spend."""

    left: int = MAX_TOTAL_WORK

    def spend(self, bits: int) -> None:
        """Take the bits off; LimitError where nothing is left."""
        self.left -= bits
        if self.left < 0:
            raise LimitError("too much arithmetic")


BUDGET: ContextVar[Budget | None] = ContextVar("BUDGET", default=None)
"""The budget of the judgement that runs, if one does."""


class ParseError(ValueError):
    """The text is not mathematics that this package reads."""


class UndefinedError(ArithmeticError):
    """The expression has no value at that point."""
