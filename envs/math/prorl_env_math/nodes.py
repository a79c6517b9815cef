"""The syntax tree that the parser makes: one small immutable record, told apart by `kind`.

kind      args                       name / value
num       -                          value: the exact rational; name: "." where it was written as a decimal
sym       -                          name: a letter, a Greek name or a subscripted name; "oo", "pi", "e", "i" are constants
add mul   two or more                name: "mixed" for the sum that a mixed number is
div pow   two                        -
neg       one                        -
call      the arguments              name: the function ("sin", "sqrt", "factorial", "percent", "deg", "base", ...)
seq       the items                  a bare list, "1, 2" or "1 and 2"; name: "or" or "and" where that word joins them
group     the items                  name: the brackets, "()", "[]", "(]", "[)"
set       the items                  -
union     two or more sets           -
matrix    rows (kind "row")          -
inter     two or more sets           -
minus     two sets                   a set without another
cases     rows: value, condition     -
ratio     three or more              -
big       body, lower, upper         name: "sum k", "prod k", "int x", "lim x": the operator and the variable it binds
cong      residue, modulus           -
family    body                       name: the integer parameters, joined by spaces
pm        two                        name: "pm" or "mp"; a plus-minus b
rel       sides                      name: the operators, joined by spaces ("=", "< <=", "in", ...)
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

CONSTANTS = frozenset({"oo", "pi", "e", "i", "empty", "dots", "reals", "integers", "naturals", "rationals", "complexes"})


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
    """The names of the variables in the tree; constants and bound variables left out."""
    bound: set[str] = set()
    found: set[str] = set()
    for n in node.walk():
        if n.kind == "sym":
            found.add(n.name)
        elif n.kind == "big":
            bound.add(n.name.split()[1])
    return frozenset(found - bound - CONSTANTS)


def replaced(node: Node, old: Node, new: Node) -> Node:
    """The tree with every `old` in it as `new`."""
    if node == old:
        return new
    return Node(node.kind, tuple(replaced(a, old, new) for a in node.args), node.name, node.value) if node.args else node


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
