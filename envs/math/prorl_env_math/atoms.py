"""The smallest parts of the grammar: numbers, symbols, commands, functions, brackets. Environments are in `layouts`."""

from abc import ABC, abstractmethod
from fractions import Fraction

from prorl_env_math.calls import Calls
from prorl_env_math.limits import ParseError
from prorl_env_math.nodes import Node, call, free_symbols, num, sym
from prorl_env_math.tokens import ALIASES, BIG, CONSTANT_COMMANDS, FENCES, FUNCTIONS, GREEK, SIGNS, Token

_OPENERS, _CLOSERS = frozenset({"(", "[", "{", "\\{"}), frozenset({")", "]", "}", "\\}"})
_UNKNOWN_FUNCTIONS = frozenset("fghFGHPQWT")
_INFINITE = frozenset({"oo", "inf", "infty", "infinity"})
_BASE_WORDS = {
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "ten": "10",
    "twelve": "12",
    "sixteen": "16",
}


class Atoms(Calls, ABC):
    """Parses one atom; what stands inside brackets and arguments is the subclass's."""

    @abstractmethod
    def layout(self, begin: str) -> Node:
        """A matrix, a system or a definition by cases."""

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
            return sym("text:" + " ".join(token.text.lower().split()))
        if token.kind == "cmd":
            return self.command(token.text)
        if token.kind == "env":
            return self.layout(token.text)
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
            fraction = self._digit_fraction()
            if fraction is not None:
                return Node("add", (node, fraction), "mixed")
        elif follower.kind == "num":
            whole = "." not in token.text + follower.text + self.peek(2).text
            if whole and follower.spaced and self.peek(1).text == "/" and self.peek(2).kind == "num":
                top, _, bottom = self.next(), self.next(), self.next()
                return Node("add", (node, Node("div", (num(_value(top.text)), num(_value(bottom.text))))), "mixed")
            raise ParseError("two numbers side by side")
        return node

    def _digit_fraction(self) -> Node | None:
        r"""The fraction of two whole numbers at the cursor (`\frac{1}{2}`, `\frac12`), consumed; None where something else stands."""
        mark, kept = self.at, self.tokens[self.at : self.at + 4]
        self.at += 1
        if all(t.kind == "num" or t.text in "{}" for t in kept[1:3]):
            top, bottom = self.argument(), self.argument()
            if top.kind == bottom.kind == "num":
                return Node("div", (top, bottom))
        self.tokens[mark : mark + len(kept)], self.at = kept, mark
        return None

    def symbol(self, name: str) -> Node:
        plain = name
        if name == "C" and (chosen := self._chosen()) is not None:
            return chosen
        if self.peek().text == "_":
            self.at += 1
            name += "_" + self.subscript()
        while self.take("'"):
            name += "'"
        if plain in _UNKNOWN_FUNCTIONS:
            if [self.peek(i).text for i in range(6)] == ["^", "{", "-", "1", "}", "("]:
                self.at += 5
                name += "^-1"
            if self.peek().text == "(":
                self.at += 1
                inside = self.group("(")
                return Node("call", inside.args if inside.kind in ("group", "seq") else (inside,), "@" + name)
        return sym(name)

    def _chosen(self) -> Node | None:
        """`C(5, 2)`, `C_5^2`, `C_n^2`: a binomial coefficient."""
        if self.peek().text == "(" and self.peek(2).text == "," and self.peek(4).text == ")":
            n, k, width = self.peek(1), self.peek(3), 5
        elif self.peek().text == "_" and self.peek(2).text == "^":
            n, k, width = self.peek(1), self.peek(3), 4
        elif [self.peek(i).text for i in (0, 1, 3, 4, 5, 7)] == ["_", "{", "}", "^", "{", "}"]:
            n, k, width = self.peek(2), self.peek(6), 8
        else:
            return None
        if k.kind != "num" or not k.text.isdigit() or (n.text != "n" and not (n.kind == "num" and n.text.isdigit() and int(n.text) >= int(k.text))):
            return None
        self.at += width
        return call("binom", sym("n") if n.text == "n" else num(int(n.text)), num(int(k.text)))

    def subscript(self) -> str:
        if not self.take("{"):
            return self.next().text
        parts: list[str] = []
        while self.peek().text != "}":
            if self.peek().kind == "end" or len(parts) > 20:
                raise ParseError("a subscript that does not end")
            parts.append(self.next().text)
        self.at += 1
        name = "".join(parts).strip("()")
        return _BASE_WORDS.get(name.lower(), name)

    def command(self, text: str) -> Node:
        name = text[1:]
        if text in CONSTANT_COMMANDS:
            return sym(CONSTANT_COMMANDS[text])
        if name in ("frac", "binom"):
            top, bottom = self.argument(), self.argument()
            return Node("div", (top, bottom)) if name == "frac" else call("binom", top, bottom)
        if text in SIGNS:
            inside = self.argument()
            if text != "\\overline":
                return call("@" + name, inside)
            if not free_symbols(inside):
                return call("conj", inside)
            segment = all(n.kind == "mul" or (n.kind == "sym" and n.name.isupper()) for n in inside.walk())
            return inside if segment else call("@bar", inside)
        if text in BIG:
            return self.big(BIG[text])
        if text == "\\det":
            return call("det", self.factor())
        if name in FUNCTIONS:
            return self.function(ALIASES.get(name, name))
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
        if self.peek().kind == "env":  # a system behind one brace, whose other fence is empty
            inside = self.layout(self.next().text)
            self.take("\\}")
            return inside
        bar = self._builder_bar()
        if bar is None:
            items, _ = self.items()
            inside = Node("set", tuple(items))
        elif self.peek().kind == "word" and (bar == self.at + 1 or self.peek(1).text in ("\\in", "in")):
            self.at = bar + 1
            inside = self.sequence()
        else:
            inside = self._described(bar)
        self.expect("\\}")
        return inside

    def _builder_bar(self) -> int | None:
        """Where the one bar or colon of a set builder stands; None for a plain set."""
        depth, found = 0, list[int]()
        for at in range(self.at, len(self.tokens)):
            text = self.tokens[at].text
            if text == "\\}" and depth == 0:
                break
            depth += (text in _OPENERS) - (text in _CLOSERS)
            if depth == 0 and text in ("|", ":") and self.tokens[at].kind == "op":
                found.append(at)
        if not found:
            return None
        return found[0] if len(found) == 1 or found[0] in (self.at + 1, self.at + 3) else None

    def _described(self, bar: int) -> Node:
        r"""`\{2k\pi \mid k \in Z\}`: what the set is made of, and the conditions on it."""
        end = self.tokens[bar]
        self.tokens[bar] = Token("op", ";", False)
        inside = self.sequence()
        self.tokens[bar] = end
        return inside

    def group(self, opener: str) -> Node:
        if self.peek().text in (")", "]"):
            return Node("group", (), opener + self.next().text)
        items, trailing = self.items()
        closer = self.next().text
        if closer not in (")", "]"):
            raise ParseError(f"{opener!r} is not closed")
        if len(items) == 1 and not trailing and ((opener, closer) == ("(", ")") or items[0].kind in ("matrix", "cases")):
            return items[0]
        return Node("group", tuple(items), opener + closer)


def _value(text: str) -> Fraction:
    whole, _, part = text.partition(".")
    return Fraction(int((whole + part) or "0"), 10 ** len(part))
