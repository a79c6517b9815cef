"""The grammar of symbolic expressions: recursive descent over one side's tokens, bounded in depth.

A node is a nested tuple: ("num", value), ("sym", name), ("neg", node), (operator, left, right) or ("call", name, node).
"""

import math

from prorl_env_stem.tidy import LimitError

MAX_DEPTH = 24
Node = tuple[object, ...]


class NotFormulaError(ValueError):
    """The text is no formula."""


class Parser:
    """Recursive descent over one side's tokens."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens, self.at, self.depth = tokens, 0, 0

    def whole(self) -> Node:
        node = self.sum()
        if self.at != len(self.tokens):
            raise NotFormulaError
        return node

    def peek(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise NotFormulaError
        self.at += 1
        return token

    def sum(self) -> Node:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError(f"limit: an expression nested more than {MAX_DEPTH} deep")
        node = self.product()
        while self.peek() in ("+", "-"):
            node = (self.take(), node, self.product())
        self.depth -= 1
        return node

    def product(self) -> Node:
        node = self.signed()
        while (token := self.peek()) and (token in "*/" or self.begins(token)):
            if token in "*/":
                self.take()
                node = (token, node, self.signed())
            else:
                node = ("*", node, self.power())
        return node

    def begins(self, token: str) -> bool:
        """Whether a factor may begin here, so that a product is meant."""
        return token[0] in "$!" or token[0].isdigit() or token[0] == "." or token in "({["

    def signed(self) -> Node:
        sign = ""
        count = 0
        while self.peek() in ("+", "-"):
            sign, count = ("" if sign else "-") if self.take() == "-" else sign, count + 1
            if count > 3:
                raise NotFormulaError
        node = self.power()
        return ("neg", node) if sign else node

    def power(self) -> Node:
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take()
        if base == ("sym", "e") and not self._charge_squared():
            return ("call", "exp", self.script())
        return ("^", base, self.script())

    def _charge_squared(self) -> bool:
        """Whether `e^2` follows: the elementary charge; Euler's number is raised to what is no plain whole number."""
        rest = [t for t in self.tokens[self.at : self.at + 3] if t not in "{}()"]
        return bool(rest) and rest[0].isdigit() and (self.peek() != "{" or self.tokens[self.at + 2 : self.at + 3] == ["}"])

    def script(self) -> Node:
        """What stands as an exponent: a group, a number, or one symbol, with a sign."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError(f"limit: an expression nested more than {MAX_DEPTH} deep")
        if self.peek() in ("+", "-"):
            sign = self.take()
            node = self.script()
            node = ("neg", node) if sign == "-" else node
        else:
            node = self.power() if self.peek() not in ("{", "(") else self.group()
        self.depth -= 1
        return node

    def group(self) -> Node:
        opened = self.take()
        node = self.sum()
        self.take({"{": "}", "(": ")", "[": "]", "|": "|"}[opened])
        return node

    def atom(self) -> Node:
        token = self.peek()
        if token and token in "({[":
            return self.group()
        if token == "|":
            return ("call", "abs", self.group())
        self.take()
        if token[0] == "!":
            return self.call(token[1:])
        if token[0] == "$":
            return self.symbol(token[1:])
        if token[0].isdigit() or token[0] == ".":
            value = float(token)
            if math.isinf(value) or len(token) > 60:
                raise LimitError("limit: a number beyond floating point")
            return ("num", value)
        raise NotFormulaError

    def symbol(self, name: str) -> Node:
        """A symbol with what belongs to it: Delta's letter, digits, a subscript, primes."""
        if name == "Delta" and self.peek()[:1] == "$":
            name += self.take()[1:]
        if self.peek().isdigit() and len(self.peek()) <= 2 and name != "pi":
            name += "_" + self.take()
        if self.peek() == "_":
            self.take()
            name += "_" + self.subscript()
        while self.peek() == "'":
            name += self.take()
        return ("sym", name)

    def subscript(self) -> str:
        if self.peek() not in ("{", "("):
            return self.take().strip("$!")
        closing = {"{": "}", "(": ")"}[self.take()]
        text = ""
        while self.peek() != closing:
            text += self.take().strip("$!")
        self.take()
        return text

    def call(self, name: str) -> Node:
        if name == "frac":
            above, below = (self.half() for _ in "ab")
            return ("/", above, below)
        root: Node | None = None
        power: Node | None = None
        if name == "sqrt" and self.peek() == "[":
            root = self.group()
        if name == "log" and self.peek() == "_":
            self.take()
            base = self.group() if self.peek() in ("{", "(") else self.atom()
            return ("/", ("call", "ln", self.argument()), ("call", "ln", base))
        if self.peek() == "^":
            self.take()
            power = self.script()
        inner = self.argument()
        node: Node = ("^", inner, ("/", ("num", 1.0), root)) if root is not None else ("call", name, inner)
        if power == ("neg", ("num", 1.0)) and name in ("sin", "cos", "tan"):
            return ("call", f"arc{name}", inner)
        return node if power is None else ("^", node, power)

    def half(self) -> Node:
        """An argument of \\frac: a group, or one digit or symbol."""
        if self.peek() == "{":
            return self.group()
        token = self.peek()
        if token.isdigit() and len(token) > 1:  # \frac12
            self.tokens[self.at : self.at + 1] = list(token)
        if token[:1].isdigit():
            return ("num", float(self.take()))
        return self.atom()

    def argument(self) -> Node:
        """A function's argument: a group, or a product of numbers and symbols (`\\sin 2 \\theta`)."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError(f"limit: an expression nested more than {MAX_DEPTH} deep")
        if self.peek() in ("{", "("):
            node = self.group()
        else:
            node = self.signed()
            while (token := self.peek()) and (token[0] == "$" or token[0].isdigit()):
                node = ("*", node, self.power())
        self.depth -= 1
        return node
