"""A recursive-descent parser of LaTeX and plain mathematics: text in, `Node` out, nothing evaluated.

It reads answers, not documents: numbers, expressions, tuples, intervals, sets, unions, matrices, chains of relations and bare lists. What
it does not read raises `ParseError`; nesting and size are bounded (`LimitError`). No name of the text is ever looked up in Python.
"""

from fractions import Fraction

from prorl_env_math.calls import times
from prorl_env_math.layouts import Layouts
from prorl_env_math.limits import MAX_ITEMS, MAX_TREE_DEPTH, LimitError, ParseError
from prorl_env_math.nodes import Node, call, depth, num, sym
from prorl_env_math.tokens import BIG, CONSTANT_COMMANDS, FENCES, FUNCTIONS, GREEK, RELATIONS, SIGNS, tokenize

_SEPARATORS = frozenset({",", ";"})
_JOINERS = frozenset({"and", "or", "and/or", "&", "as well as", "orelse"})
_MEANING = {"or": "or", "and/or": "or", "and": "and"}
_LEADS = frozenset({"=", "\\approx", "\\sim", "\\Rightarrow"})
_SETS = frozenset({"group", "union", "set"})
_SET_SIGNS = {"\\cup": "union", "cup": "union", "\\cap": "inter", "\\setminus": "minus"}


def parse(text: str, *, grouped: bool = True) -> Node:
    """The tree of a cleaned text; `grouped` reads `1,234` outside brackets as one number. Raises ParseError or LimitError."""
    parser = _Parser(tokenize(text, grouped=grouped))
    node = parser.sequence()
    if parser.at < len(parser.tokens):
        raise ParseError(f"{parser.peek().text!r} after the end of an expression")
    if depth(node) > MAX_TREE_DEPTH:
        raise LimitError(f"an expression of more than {MAX_TREE_DEPTH} levels")
    return node


_ATOMIC = frozenset({"\\frac", "\\binom", "\\{", "\\det", *CONSTANT_COMMANDS, *FENCES, *SIGNS, *BIG})
"""Commands that begin an atom."""


class _Parser(Layouts):
    # Lists and relations

    def sequence(self) -> Node:
        self.joiner: str = ""
        items, trailing = self.items()
        name, self.joiner = self.joiner, ""
        return items[0] if len(items) == 1 and not trailing else Node("seq", _with_moduli(items), name)

    def items(self) -> tuple[list[Node], bool]:
        """The items up to a closer or the end, and whether a comma stands after the last."""
        items, trailing = [self.relation()], False
        while self._separator():
            trailing = self.peek().kind == "end" or self.peek().text in (")", "]", "\\}", "}")
            if trailing:
                break
            items.append(self.relation())
            if len(items) > MAX_ITEMS:
                raise LimitError(f"more than {MAX_ITEMS} items")
        return items, trailing

    def _separator(self) -> bool:
        found = False
        while True:
            token = self.peek()
            comma = token.kind == "op" and (token.text in _SEPARATORS or (token.text == "&" and not self.cells))
            word = token.text.lower().strip(" ,") if token.kind in ("word", "text") else ""
            if not comma and word not in _JOINERS:
                return found
            self.joiner = _MEANING.get(word, self.joiner) if self.joiner != "or" else "or"
            self.at += 1
            found = True

    def relation(self) -> Node:
        if self.peek().text in _LEADS:
            self.at += 1
        sides, ops = [self._stacked(self.union())], list[str]()
        while True:
            token = self.peek()
            op = None if token.kind == "text" else "in" if token.kind == "word" and token.text == "in" else RELATIONS.get(token.text)
            if op is None:
                break
            self.at += 1
            ops.append(op)
            sides.append(self.union())
        if self.take("\\pmod"):
            return Node("cong", (sides[-1], self.argument() if self.peek().kind != "num" else self.postfix()))
        if "=>" in ops:
            last = len(ops) - ops[::-1].index("=>")
            if ops[last:]:
                sides, ops = sides[last:], ops[last:]
        return Node("rel", tuple(sides), " ".join(ops)) if ops else sides[0]

    def _stacked(self, top: Node) -> Node:
        r"""TeX's infix fraction and binomial coefficient: `a \over b`, `n \choose k`."""
        if self.take("\\over"):
            return Node("div", (top, self.union()))
        return call("binom", top, self.union()) if self.take("\\choose") else top

    def union(self) -> Node:
        """Sets joined by their operations, read from the left."""
        node = self.ratio()
        while True:
            sign = self.peek().text
            if node.kind in _SETS and sign == "U":
                kind = "union"
            elif self.peek().kind in ("cmd", "word") and sign in _SET_SIGNS:
                kind = _SET_SIGNS[sign]
            else:
                return node
            self.at += 1
            part = self.ratio()
            node = Node(kind, (*node.args, part) if node.kind == kind != "minus" else (node, part))

    def ratio(self) -> Node:
        parts = [self.sum()]
        while self.take(":"):
            parts.append(self.sum())
        return parts[0] if len(parts) == 1 else Node("div", tuple(parts)) if len(parts) == 2 else Node("ratio", tuple(parts))

    # Arithmetic

    def sum(self) -> Node:
        terms: list[Node] = []
        sign = ""
        while True:
            negative = False
            while self.peek().kind in ("op", "cmd") and self.peek().text in ("+", "-", "\\pm", "\\mp"):
                token = self.next()
                if token.text == "-":
                    negative = not negative
                elif token.text != "+":
                    sign = token.text[1:]
            term = self.product()
            term = Node("neg", (term,)) if negative else term
            if sign:
                left = terms[0] if len(terms) == 1 else Node("add", tuple(terms)) if terms else num(0)
                terms, sign = [Node("pm", (left, term), sign)], ""
            else:
                terms.append(term)
            if not (self.peek().kind in ("op", "cmd") and self.peek().text in ("+", "-", "\\pm", "\\mp")):
                return terms[0] if len(terms) == 1 else Node("add", tuple(terms))

    def product(self) -> Node:
        node = self.factor()
        while True:
            if self.take("*"):
                node = times(node, self.signed())
            elif self.take("/"):
                node = _quotient(node, self.signed())
            elif node.kind in _SETS and self.peek().text == "U":
                return node
            elif self.starts_factor() or (self.peek().kind == "num" and _ends_in_factorial(node)):
                node = times(node, self.factor())
            else:
                return node

    def signed(self) -> Node:
        negative = False
        while self.peek().kind == "op" and self.peek().text in "+-":
            negative ^= self.next().text == "-"
        node = self.factor()
        return Node("neg", (node,)) if negative else node

    def starts_factor(self, *, tight: bool = False) -> bool:
        token = self.peek()
        if token.kind == "word":
            return token.text not in ("and", "or", "in", "cup") and not (tight and token.text in FUNCTIONS)
        if token.kind == "text":
            return token.text.lower().strip(" ,") not in _JOINERS
        if token.kind == "cmd":
            name = token.text[1:]
            known = name in FUNCTIONS or name in GREEK or token.text in _ATOMIC
            return known and not (tight and name in FUNCTIONS and name != "sqrt")
        if token.kind == "op":
            return token.text in ("(", "{", "[") or (token.text == "|" and self.bars == 0)
        return token.kind == "env" and "begin" in token.text

    def factor(self) -> Node:
        node = self.postfix()
        if self.peek().text not in ("^", "**") or self.peek().kind != "op":
            return node
        self.at += 1
        node = Node("pow", (node, self.exponent()))
        while self.peek().kind == "op" and self.peek().text in ("!", "%"):
            node = call("factorial" if self.next().text == "!" else "percent", node)
        return node

    def exponent(self) -> Node:
        self.deeper()
        negative = False
        while self.peek().kind == "op" and self.peek().text in ("+", "-"):
            negative ^= self.next().text == "-"
        node = self.argument() if self.peek().text == "{" else self.factor()
        if self.peek().kind == "op" and self.peek().text in ("^", "**"):
            self.at += 1
            node = Node("pow", (node, self.exponent()))
        self.depth -= 1
        return Node("neg", (node,)) if negative else node

    def postfix(self) -> Node:
        node = self.atom()
        while True:
            token = self.peek()
            if token.kind == "op" and token.text == "!":
                twice = self.peek(1).text == "!" and not self.peek(1).spaced
                self.at += 1 + twice
                node = call("factorial2" if twice else "factorial", node)
            elif token.kind == "op" and token.text == "%":
                self.at += 1
                node = call("percent", node)
            elif token.text == "^" and self._circle():
                node = self._minutes(call("deg", node))
            elif token.text == "_" and node.kind == "num":
                self.at += 1
                node = call("base", node, sym(self.subscript()))
            else:
                return node

    def _minutes(self, degrees: Node) -> Node:
        """The angle with the minutes and seconds that follow it: `45^\\circ 30' 15''`."""
        parts = [degrees]
        for marks, size in ((1, 60), (2, 3600)):
            if self.peek().kind == "num" and [self.peek(i).text for i in range(1, 1 + marks)] == ["'"] * marks:
                parts.append(call("deg", Node("div", (num(Fraction(self.next().text)), num(size)))))
                self.at += marks
        return parts[0] if len(parts) == 1 else Node("add", tuple(parts))

    def _circle(self) -> bool:
        braced = self.peek(1).text == "{"
        if self.peek(1 + braced).text != "\\circ" or (braced and self.peek(3).text != "}"):
            return False
        self.at += 4 if braced else 2
        return True


def _quotient(top: Node, bottom: Node) -> Node:
    """`25/2%` is the percentage of the fraction, and `45/2` with a degree sign its angle; a sign on both numbers stays with each."""
    if bottom.name in ("percent", "deg") and top.name not in ("percent", "deg"):
        return call(bottom.name, Node("div", (top, bottom.args[0])))
    return Node("div", (top, bottom))


def _ends_in_factorial(node: Node) -> bool:
    return (node.args[-1] if node.kind == "mul" else node).name == "factorial"


def _with_moduli(items: list[Node]) -> tuple[Node, ...]:
    """The items, each with the modulus that stands behind the last: `0, 1 mod 3` is two congruences."""
    if items[-1].kind != "cong":
        return tuple(items)
    modulus = items[-1].args[1]
    return tuple(i if i.kind == "cong" else Node("cong", (i.args[-1] if i.kind == "rel" else i, modulus)) for i in items)
