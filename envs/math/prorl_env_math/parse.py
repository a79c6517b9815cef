"""A recursive-descent parser of LaTeX and plain mathematics: text in, `Node` out, nothing evaluated.

It reads answers, not documents: numbers, expressions, tuples, intervals, sets, unions, matrices, chains of relations and bare lists. What
it does not read raises `ParseError`; nesting and size are bounded (`LimitError`). No name of the text is ever looked up in Python.
"""

from prorl_env_math.atoms import Atoms, product
from prorl_env_math.limits import MAX_ITEMS, MAX_TREE_DEPTH, LimitError, ParseError
from prorl_env_math.nodes import Node, call, depth, num, sym
from prorl_env_math.tokens import CONSTANT_COMMANDS, FENCES, FUNCTIONS, GREEK, RELATIONS, tokenize

_SEPARATORS = frozenset({",", ";"})
_JOINERS = frozenset({"and", "or", "and/or"})


def parse(text: str, *, grouped: bool = True) -> Node:
    """The tree of a cleaned text; `grouped` reads `1,234` outside brackets as one number. Raises ParseError or LimitError."""
    parser = _Parser(tokenize(text, grouped=grouped))
    node = parser.sequence()
    if parser.at < len(parser.tokens):
        raise ParseError(f"{parser.peek().text!r} after the end of an expression")
    if depth(node) > MAX_TREE_DEPTH:
        raise LimitError(f"an expression of more than {MAX_TREE_DEPTH} levels")
    return node


class _Parser(Atoms):
    # Lists and relations

    def sequence(self) -> Node:
        items, trailing = self.items()
        return items[0] if len(items) == 1 and not trailing else Node("seq", tuple(items))

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
            comma = token.kind == "op" and token.text in _SEPARATORS
            joiner = token.kind in ("word", "text") and token.text.lower().strip(" ,") in _JOINERS
            if not comma and not joiner:
                return found
            self.at += 1
            found = True

    def relation(self) -> Node:
        if self.peek().text == "=":
            self.at += 1
        sides, ops = [self.union()], list[str]()
        while True:
            token = self.peek()
            op = None if token.kind == "text" else "in" if token.kind == "word" and token.text == "in" else RELATIONS.get(token.text)
            if op is None:
                break
            self.at += 1
            ops.append(op)
            sides.append(self.union())
        return Node("rel", tuple(sides), " ".join(ops)) if ops else sides[0]

    def union(self) -> Node:
        parts = [self.sum()]
        while self.take("\\cup") or self.take("cup") or (parts[-1].kind == "group" and self.take("U")):
            parts.append(self.sum())
        return Node("union", tuple(parts)) if len(parts) > 1 else parts[0]

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
            term = self.term()
            term = Node("neg", (term,)) if negative else term
            if sign:
                left = terms[0] if len(terms) == 1 else Node("add", tuple(terms)) if terms else num(0)
                terms, sign = [Node("pm", (left, term), sign)], ""
            else:
                terms.append(term)
            if not (self.peek().kind in ("op", "cmd") and self.peek().text in ("+", "-", "\\pm", "\\mp")):
                return terms[0] if len(terms) == 1 else Node("add", tuple(terms))

    def term(self) -> Node:
        node = self.factor()
        while True:
            if self.take("*"):
                node = product(node, self.signed())
            elif self.take("/") or self.take(":"):
                node = Node("div", (node, self.signed()))
            elif node.kind == "group" and self.peek().text == "U":
                return node
            elif self.starts_factor():
                node = product(node, self.factor())
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
            known = name in FUNCTIONS or name in GREEK or name in ("frac", "binom", "{") or token.text in CONSTANT_COMMANDS or token.text in FENCES
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
                self.at += 1
                node = call("factorial", node)
            elif token.kind == "op" and token.text == "%":
                self.at += 1
                node = call("percent", node)
            elif token.text == "^" and self._circle():
                node = call("deg", node)
            elif token.text == "_" and node.kind == "num":
                self.at += 1
                node = call("base", node, sym(self.subscript()))
            else:
                return node

    def _circle(self) -> bool:
        braced = self.peek(1).text == "{"
        if self.peek(1 + braced).text != "\\circ" or (braced and self.peek(3).text != "}"):
            return False
        self.at += 4 if braced else 2
        return True
