"""The syntax tree that the parser makes: one small immutable record, told apart by `kind`.

kind      args                       name / value
num       -                          value: the exact rational; name: "." where it was written as a decimal
sym       -                          name: a letter, a Greek name or a subscripted name; "oo", "pi", "e", "i" are constants
add mul   two or more                name: "mixed" for the sum that a mixed number is
div pow   two                        -
neg       one                        -
call      the arguments              name: the function ("sin", "sqrt", "factorial", "percent", "deg", "base", ...)
seq       the items                  a bare list: "1, 2" or "1 and 2"
group     the items                  name: the brackets, "()", "[]", "(]", "[)"
set       the items                  -
union     two or more sets           -
matrix    rows (kind "row")          -
pm        two                        name: "pm" or "mp"; a plus-minus b
rel       sides                      name: the operators, joined by spaces ("=", "< <=", "in", ...)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

CONSTANTS = frozenset({"oo", "pi", "e", "i", "empty", "dots"})


@dataclass(frozen=True, slots=True)
class Node:
    """One node of the tree; see the module's table."""

    kind: str
    args: "tuple[Node, ...]" = ()
    name: str = ""
    value: Fraction | None = None

    def walk(self) -> "Iterator[Node]":
        """This node and all below it."""
        stack: list[Node] = [self]
        while stack:
            node = stack.pop()
            yield node
            stack.extend(node.args)


def num(value: Fraction | int, *, decimal: bool = False) -> Node:
    """A number."""
    return Node("num", value=Fraction(value), name="." if decimal else "")


def sym(name: str) -> Node:
    """A symbol or constant."""
    return Node("sym", name=name)


def call(name: str, *args: Node) -> Node:
    """A function applied to arguments."""
    return Node("call", args, name)


def free_symbols(node: Node) -> frozenset[str]:
    """The names of the variables in the tree, constants left out."""
    return frozenset(n.name for n in node.walk() if n.kind == "sym" and n.name not in CONSTANTS)


def depth(node: Node) -> int:
    """The levels of the tree, counted without recursion."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        level = [child for parent in level for child in parent.args]
    return deepest


def has_decimal(node: Node) -> bool:
    """True where a number in the tree was written with a decimal point."""
    return any(n.kind == "num" and n.name == "." for n in node.walk())


def without_decimals(node: Node) -> Node:
    """The tree with its decimals as exact rationals, which stand for nothing but themselves."""
    if node.kind == "num":
        return Node("num", value=node.value)
    return Node(node.kind, tuple(map(without_decimals, node.args)), node.name) if node.args else node
