"""Functions with their arguments, powers and bases; sums, products, integrals and limits with their bounds."""

from abc import ABC, abstractmethod

from prorl_env_math.cursor import Cursor
from prorl_env_math.limits import ParseError
from prorl_env_math.nodes import Node, call, num, sym

_RECIPROCAL = {"cot": "tan", "sec": "cos", "csc": "sin"}


class Calls(Cursor, ABC):
    """Parses what is applied to something; the something is the subclasses'."""

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
    def product(self) -> Node:
        """A product or quotient."""

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

    @abstractmethod
    def argument(self) -> Node:
        """One LaTeX argument."""

    @abstractmethod
    def braces(self) -> Node:
        """A braced group."""

    @abstractmethod
    def group(self, opener: str) -> Node:
        """What stands in brackets, the opener consumed."""

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
        if power == Node("neg", (num(1),)) and name in _RECIPROCAL and len(node.args) == 1:
            return call("arc" + _RECIPROCAL[name], Node("div", (num(1), node.args[0])))
        return Node("pow", (node, power))

    def _applied(self, name: str, base: Node | None) -> Node:
        if self.take("("):
            inside = self.group("(")
            args = inside.args if inside.kind in ("group", "seq") else (inside,)
        elif name in ("min", "max") and self.take("\\{"):
            args = tuple(self.items()[0])
            self.expect("\\}")
        elif self.peek().text == "{" or name in ("sqrt", "cbrt"):
            args = (self.argument() if self.peek().kind != "num" or self.tokens[self.at - 1].text == "\\sqrt" else self.postfix(),)
        else:
            node = self.signed()
            while self.starts_factor(tight=True):
                node = times(node, self.factor())
            args = (node,)
        if base is None:
            return Node("call", args, name)
        if name not in ("sqrt", "log"):
            raise ParseError(f"a subscript or index on {name}")
        return Node("call", (*args, base), "root" if name == "sqrt" else "log")

    def big(self, operator: str) -> Node:
        """A sum, product, integral or limit with its bounds; the body reaches as far as a product does."""
        bounds: dict[str, Node] = {}
        while self.peek().text in ("_", "^"):
            mark = self.next().text
            bounds[mark] = self.argument()
        low, high = bounds.get("_", sym("none")), bounds.get("^", sym("none"))
        self.deeper()
        body = self.product()
        self.depth -= 1
        if operator == "int":
            if body.kind != "mul" or len(body.args) < 2 or body.args[-2] != sym("d") or body.args[-1].kind != "sym":
                raise ParseError("an integral without its differential")
            variable, factors = body.args[-1].name, body.args[:-2]
            body = num(1) if not factors else factors[0] if len(factors) == 1 else Node("mul", factors)
            return Node("big", (body, low, high), f"int {variable}")
        if low.kind != "rel" or low.name != "=" or low.args[0].kind != "sym" or len(low.args) != 2:
            raise ParseError(f"a {operator} without a variable")
        return Node("big", (body, low.args[1], high), f"{operator} {low.args[0].name}")


def times(left: Node, right: Node) -> Node:
    """The product, flat where the left side is one."""
    return Node("mul", (*left.args, right)) if left.kind == "mul" else Node("mul", (left, right))
