"""A small parser for arithmetic text: numbers, names, `+ - * / **`, parentheses and calls of one argument, into a tree. It runs nothing.

The grammar and the precedence are Python's: `-x**2` is -(x**2), `2**3**2` is 2**(3**2), multiplication is always written. Bounds on
length, digits and nesting are checked before the work they bound; `LimitError` tells such an answer from one that is merely malformed.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

MAX_CHARS = 4000
MAX_TOKENS = 1500
MAX_DIGITS = 40
MAX_DEPTH = 60
_TOKEN = re.compile(r"\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z_][A-Za-z_0-9]*)|(\*\*|[-+*/()]))")


class FormError(ValueError):
    """The text is not an expression of this grammar."""


class LimitError(ValueError):
    """The text is longer, deeper or larger than is read."""


@dataclass(frozen=True, slots=True)
class Number:
    """A literal, exact."""

    value: Fraction
    digits: str
    """As written."""


@dataclass(frozen=True, slots=True)
class Name:
    """A variable or a constant."""

    text: str


@dataclass(frozen=True, slots=True)
class Negative:
    """Unary minus."""

    of: "Node"


@dataclass(frozen=True, slots=True)
class Binary:
    """One of `+ - * / **` on two operands."""

    operator: str
    left: "Node"
    right: "Node"


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one argument."""

    function: str
    argument: "Node"


Node = Number | Name | Negative | Binary | Call


def parse(text: str) -> Node:
    """The tree of `text`. Raises FormError where it is not an expression, LimitError where it is over a bound."""
    tokens = tokenize(text)
    parser = _Parser(tokens)
    tree = parser.sum(0)
    if parser.at < len(tokens):
        raise FormError(f"unexpected {tokens[parser.at]!r}")
    return tree


def has_name(tree: Node) -> bool:
    """True where a variable or a constant stands in the tree."""
    match tree:
        case Name():
            return True
        case Negative(of) | Call(_, of):
            return has_name(of)
        case Binary(_, left, right):
            return has_name(left) or has_name(right)
        case Number():
            return False


def tokenize(text: str) -> list[str]:
    """The tokens of `text`, in order. Raises FormError on any other character, LimitError on a long text or number."""
    if len(text) > MAX_CHARS:
        raise LimitError(f"{len(text)} characters, at most {MAX_CHARS} are read")
    tokens: list[str] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormError(f"unexpected {text[at]!r}")
        number = match.group(1)
        if number is not None:
            _check_number(number)
        tokens.append(match.group(0).strip())
        at = match.end()
    if len(tokens) > MAX_TOKENS:
        raise LimitError(f"{len(tokens)} tokens, at most {MAX_TOKENS} are read")
    return tokens


def _check_number(number: str) -> None:
    if len(number) > MAX_DIGITS:
        raise LimitError(f"a number of {len(number)} characters, at most {MAX_DIGITS} are read")
    if len(number) > 1 and number.isdigit() and number[0] == "0" and number.strip("0"):
        raise FormError(f"{number!r} is no number in Python")


class _Parser:
    """Recursive descent; `depth` counts open parentheses, calls, signs and powers."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at = tokens, 0

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self) -> str:
        token = self.peek()
        if not token:
            raise FormError("the expression ends too early")
        self.at += 1
        return token

    def sum(self, depth: int) -> Node:
        tree = self.product(depth)
        while self.peek() in ("+", "-"):
            tree = Binary(self.take(), tree, self.product(depth))
        return tree

    def product(self, depth: int) -> Node:
        tree = self.signed(depth)
        while self.peek() in ("*", "/"):
            tree = Binary(self.take(), tree, self.signed(depth))
        return tree

    def signed(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise LimitError(f"nested deeper than {MAX_DEPTH}")
        if self.peek() == "-":
            self.take()
            return Negative(self.signed(depth + 1))
        if self.peek() == "+":
            self.take()
            return self.signed(depth + 1)
        base = self.atom(depth)
        if self.peek() == "**":
            self.take()
            return Binary("**", base, self.signed(depth + 1))
        return base

    def atom(self, depth: int) -> Node:
        token = self.take()
        if token == "(":
            return self.closed(depth)
        if token[0].isdigit() or token[0] == ".":
            return Number(Fraction(token.rstrip(".")), token)
        if token[0].isalpha() or token[0] == "_":
            if self.peek() == "(":
                self.take()
                return Call(token, self.closed(depth))
            return Name(token)
        raise FormError(f"unexpected {token!r}")

    def closed(self, depth: int) -> Node:
        tree = self.sum(depth + 1)
        if self.take() != ")":
            raise FormError("a parenthesis is not closed")
        return tree
