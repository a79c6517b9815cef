"""The smallest parts of the grammar: numbers, symbols, commands, functions, brackets, matrices."""

from abc import ABC, abstractmethod
from fractions import Fraction

from prorl_env_math.cursor import Cursor
from prorl_env_math.limits import MAX_ITEMS, LimitError, ParseError
from prorl_env_math.nodes import Node, call, num, sym
from prorl_env_math.tokens import ALIASES, CONSTANT_COMMANDS, FENCES, FUNCTIONS, GREEK, Token

_UNKNOWN_FUNCTIONS = frozenset("fghFGHPQWT")
_INFINITE = frozenset({"oo", "inf", "infty", "infinity"})
_PLAIN_MATRICES = ("matrix", "pmatrix", "bmatrix", "array", "smallmatrix", "Bmatrix")


class Atoms(Cursor, ABC):
    """Parses one atom; what stands inside brackets and arguments is the subclass's."""

    @abstractmethod
    def sequence(self) -> Node:
        """A list of relations, or the one relation."""

    @abstractmethod
    def items(self) -> tuple[list[Node], bool]:
        """The items of a list, and whether a comma stands after the last."""

    @abstractmethod
    def relation(self) -> Node:
        """One item of a list."""

    @abstractmethod
    def signed(self) -> Node:
        """A factor with its sign."""

    @abstractmethod
    def factor(self) -> Node:
        """A power."""

    @abstractmethod
    def exponent(self) -> Node:
        """What stands after a power sign."""

    @abstractmethod
    def postfix(self) -> Node:
        """An atom with what is written behind it."""

    @abstractmethod
    def starts_factor(self, *, tight: bool = False) -> bool:
        """True where the next token begins a factor of a product; `tight` leaves functions out."""

    def atom(self) -> Node:
        self.deeper()
        node = self._atom()
        self.depth -= 1
        return node

    def _atom(self) -> Node:
        token = self.next()
        if token.kind == "num":
            return self.number(token)
        if token.kind == "word":
            if token.text in FUNCTIONS:
                return self.function(ALIASES.get(token.text, token.text))
            return sym("oo") if token.text in _INFINITE else self.symbol(token.text)
        if token.kind == "text":
            return sym("text:" + "".join(token.text.lower().split()))
        if token.kind == "cmd":
            return self.command(token.text)
        if token.kind == "env":
            return self.matrix(token.text)
        if token.text in ("(", "["):
            return self.group(token.text)
        if token.text == "{":
            self.at -= 1
            return self.braces()
        if token.text == "|":
            self.bars += 1
            inside = self.sequence()
            self.expect("|")
            self.bars -= 1
            return call("abs", inside)
        raise ParseError(f"{token.text or 'the end'!r} where a value should stand")

    def number(self, token: Token) -> Node:
        node = num(_value(token.text), decimal="." in token.text)
        follower = self.peek()
        if follower.text == "\\frac" and "." not in token.text:
            mark = self.at
            self.at += 1
            top, bottom = self.argument(), self.argument()
            if top.kind == bottom.kind == "num":
                return Node("add", (node, Node("div", (top, bottom))), "mixed")
            self.at = mark
        elif follower.kind == "num":
            whole = "." not in token.text + follower.text + self.peek(2).text
            if whole and follower.spaced and self.peek(1).text == "/" and self.peek(2).kind == "num":
                top, _, bottom = self.next(), self.next(), self.next()
                return Node("add", (node, Node("div", (num(_value(top.text)), num(_value(bottom.text))))), "mixed")
            raise ParseError("two numbers side by side")
        return node

    def symbol(self, name: str) -> Node:
        plain = name
        if self.peek().text == "_":
            self.at += 1
            name += "_" + self.subscript()
        while self.take("'"):
            name += "'"
        if plain in _UNKNOWN_FUNCTIONS and self.peek().text == "(":
            self.at += 1
            inside = self.group("(")
            return Node("call", inside.args if inside.kind in ("group", "seq") else (inside,), "@" + name)
        return sym(name)

    def subscript(self) -> str:
        if not self.take("{"):
            return self.next().text
        parts: list[str] = []
        while self.peek().text != "}":
            if self.peek().kind == "end" or len(parts) > 20:
                raise ParseError("a subscript that does not end")
            parts.append(self.next().text)
        self.at += 1
        return "".join(parts)

    def command(self, text: str) -> Node:
        name = text[1:]
        if text in CONSTANT_COMMANDS:
            return sym(CONSTANT_COMMANDS[text])
        if name in ("frac", "binom"):
            top, bottom = self.argument(), self.argument()
            return Node("div", (top, bottom)) if name == "frac" else call("binom", top, bottom)
        if name in FUNCTIONS:
            return self.function(name)
        if name in GREEK:
            return self.symbol(name)
        if name == "{":
            return self.set()
        if text in FENCES:
            closer, meaning = FENCES[text]
            inside = self.sequence()
            self.expect(closer)
            return call(meaning, inside)
        raise ParseError(f"the command {text[:40]!r}")

    def argument(self) -> Node:
        """One LaTeX argument: a braced group, one digit of a number, or one atom."""
        token = self.peek()
        if token.text == "{":
            return self.braces()
        if token.kind == "num" and len(token.text) > 1 and token.text.isdigit():
            self.tokens[self.at] = Token("num", token.text[1:], False)
            return num(int(token.text[0]))
        if token.kind == "op" and token.text not in ("(", "["):
            raise ParseError(f"{token.text!r} where an argument should stand")
        self.at += 1
        if token.kind == "num":
            return num(_value(token.text), decimal="." in token.text)
        self.at -= 1
        return self.atom()

    def braces(self) -> Node:
        self.expect("{")
        if self.take("}"):
            return Node("set")
        items, _ = self.items()
        self.expect("}")
        return items[0] if len(items) == 1 else Node("set", tuple(items))

    def set(self) -> Node:
        if self.take("\\}"):
            return sym("empty")
        if self.peek().kind == "word" and self.peek(1).text in ("|", ":"):
            self.at += 2
            inside = self.relation()
        else:
            items, _ = self.items()
            inside = Node("set", tuple(items))
        self.expect("\\}")
        return inside

    def group(self, opener: str) -> Node:
        if self.peek().text in (")", "]"):
            return Node("group", (), opener + self.next().text)
        items, trailing = self.items()
        closer = self.next().text
        if closer not in (")", "]"):
            raise ParseError(f"{opener!r} is not closed")
        if len(items) == 1 and not trailing and ((opener, closer) == ("(", ")") or items[0].kind == "matrix"):
            return items[0]
        return Node("group", tuple(items), opener + closer)

    def function(self, name: str) -> Node:
        power = base = None
        if name == "sqrt" and self.peek().text == "[":
            self.at += 1
            base = self.sequence()
            self.expect("]")
        while name != "sqrt" and self.peek().text in ("^", "_") and self.peek().kind == "op":
            mark = self.next().text
            value = self.braces() if self.peek().text == "{" else self.exponent() if mark == "^" else self.argument()
            power, base = (value, base) if mark == "^" else (power, value)
        node = self._applied(name, base)
        if power is None:
            return node
        if power == Node("neg", (num(1),)) and name in ("sin", "cos", "tan"):
            return Node("call", node.args, "arc" + name)
        return Node("pow", (node, power))

    def _applied(self, name: str, base: Node | None) -> Node:
        if self.take("("):
            inside = self.group("(")
            args = inside.args if inside.kind in ("group", "seq") else (inside,)
        elif self.peek().text == "{" or name in ("sqrt", "cbrt"):
            args = (self.argument() if self.peek().kind != "num" or self.tokens[self.at - 1].text == "\\sqrt" else self.postfix(),)
        else:
            node = self.signed()
            while self.starts_factor(tight=True):
                node = product(node, self.factor())
            args = (node,)
        if base is None:
            return Node("call", args, name)
        if name not in ("sqrt", "log"):
            raise ParseError(f"a subscript or index on {name}")
        return Node("call", (*args, base), "root" if name == "sqrt" else "log")

    def matrix(self, begin: str) -> Node:
        name = begin[begin.index("{") + 1 : begin.index("}")]
        if not begin.startswith("\\begin") or name not in _PLAIN_MATRICES:
            raise ParseError(f"the environment {name!r}")
        rows: list[Node] = []
        cells: list[Node] = []
        count = 0
        while not (self.peek().kind == "env" and self.peek().text.startswith("\\end")):
            cells.append(self.relation())
            count += 1
            if count > MAX_ITEMS:
                raise LimitError(f"a matrix of more than {MAX_ITEMS} cells")
            if self.take("&"):
                continue
            rows.append(Node("row", tuple(cells)))
            cells = []
            if not self.take("\\\\") and self.peek().kind != "env":
                raise ParseError("a matrix row that does not end")
        self.at += 1
        if cells or len({len(r.args) for r in rows}) != 1:
            raise ParseError("a matrix with rows of different lengths")
        return Node("matrix", tuple(rows))


def product(left: Node, right: Node) -> Node:
    """The product, flat where the left side is one."""
    return Node("mul", (*left.args, right)) if left.kind == "mul" else Node("mul", (left, right))


def _value(text: str) -> Fraction:
    whole, _, part = text.partition(".")
    return Fraction(int((whole + part) or "0"), 10 ** len(part))
