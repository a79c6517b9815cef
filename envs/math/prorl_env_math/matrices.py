"""Arithmetic of matrices inside an answer: `\\frac12 A`, `A + B`, `AB`, `A^2`, `A^T`, determinants. Entries stay trees; nothing is evaluated."""

import math

from prorl_env_math.limits import MAX_TREE_DEPTH, LimitError, ParseError
from prorl_env_math.nodes import Node, depth, num

_MAX_POWER = 8
_MAX_DETERMINANT = 5
_MAX_NODES = 20_000
"""Nodes of a result: an entry of a product holds copies of a row and a column."""
_Rows = tuple[tuple[Node, ...], ...]


def folded(node: Node) -> Node:
    """The tree with every operation on matrices carried out; unchanged where it has none. Raises ParseError where shapes do not fit."""
    if not any(n.kind == "matrix" for n in node.walk()) or node.kind in ("matrix", "row"):
        return node
    node = _fold(node)
    if depth(node) > MAX_TREE_DEPTH:
        raise LimitError(f"a matrix expression of more than {MAX_TREE_DEPTH} levels")
    return node


def _fold(node: Node) -> Node:
    if node.kind in ("matrix", "row") or not node.args:
        return node
    args = tuple(map(_fold, node.args))
    node = Node(node.kind, args, node.name, node.value)
    if node.kind == "call" and node.name in ("det", "abs") and args[0].kind == "matrix":
        return _determinant(_rows(args[0]))
    if not any(a.kind == "matrix" for a in args):
        return node
    if node.kind == "neg":
        return _scaled(num(-1), args[0])
    if node.kind == "add":
        return _sum(args)
    if node.kind == "mul":
        return _product(args)
    if node.kind == "div" and args[0].kind == "matrix":
        return _scaled(Node("div", (num(1), args[1])), args[0])
    if node.kind == "pow" and args[0].kind == "matrix":
        return _power(args[0], args[1])
    return node


def transposed(node: Node) -> Node:
    """The matrix with rows and columns exchanged."""
    return _matrix(tuple(zip(*_rows(node), strict=True)))


def _rows(node: Node) -> _Rows:
    return tuple(r.args for r in node.args)


def _matrix(rows: _Rows) -> Node:
    return Node("matrix", tuple(Node("row", r) for r in rows))


def _size(node: Node) -> int:
    return sum(1 for _ in node.walk())


def _refuse_above(nodes: int) -> None:
    if nodes > _MAX_NODES:
        raise LimitError("a matrix expression that is too large")


def _scaled(factor: Node, matrix: Node) -> Node:
    _refuse_above(_size(factor) * sum(len(r) for r in _rows(matrix)) + _size(matrix))
    return _matrix(tuple(tuple(Node("mul", (factor, a)) for a in row) for row in _rows(matrix)))


def _sum(args: tuple[Node, ...]) -> Node:
    all_rows = [_rows(a) if a.kind == "matrix" else () for a in args]
    if len({(len(rows), len(rows[0]) if rows else 0) for rows in all_rows}) != 1:
        raise ParseError("a sum of matrices of different shapes")
    return _matrix(tuple(tuple(Node("add", cells) for cells in zip(*rows, strict=True)) for rows in zip(*all_rows, strict=True)))


def _product(args: tuple[Node, ...]) -> Node:
    factors = [a for a in args if a.kind != "matrix"]
    total, *rest = [a for a in args if a.kind == "matrix"]
    for other in rest:
        total = _multiplied(total, other)
    for factor in factors:
        total = _scaled(factor, total)
    return total


def _multiplied(a: Node, b: Node) -> Node:
    left, right = _rows(a), _rows(b)
    if len(left[0]) != len(right):
        raise ParseError("a product of matrices whose shapes do not fit")
    _refuse_above(len(right[0]) * _size(a) + len(left) * _size(b))
    columns = tuple(zip(*right, strict=True))
    return _matrix(tuple(tuple(_dot(row, column) for column in columns) for row in left))


def _dot(row: tuple[Node, ...], column: tuple[Node, ...]) -> Node:
    terms = tuple(Node("mul", pair) for pair in zip(row, column, strict=True))
    return terms[0] if len(terms) == 1 else Node("add", terms)


def _power(base: Node, exponent: Node) -> Node:
    if exponent.kind == "sym" and exponent.name in ("T", "t", "text:t"):
        return transposed(base)
    n = exponent.value
    if n is None or n.denominator != 1 or not 1 <= n <= _MAX_POWER:
        raise ParseError("a power of a matrix that is not a small whole number")
    total = base
    for _ in range(int(n) - 1):
        total = _multiplied(total, base)
    return total


def _determinant(rows: _Rows) -> Node:
    if any(len(r) != len(rows) for r in rows):
        raise ParseError("the determinant of a matrix that is not square")
    if len(rows) > _MAX_DETERMINANT:
        raise LimitError(f"a determinant of more than {_MAX_DETERMINANT} rows")
    if len(rows) == 1:
        return rows[0][0]
    _refuse_above(sum(_size(c) for r in rows for c in r) * math.factorial(len(rows) - 1))
    terms: list[Node] = []
    for column, cell in enumerate(rows[0]):
        minor = _determinant(tuple(r[:column] + r[column + 1 :] for r in rows[1:]))
        term = Node("mul", (cell, minor))
        terms.append(Node("neg", (term,)) if column % 2 else term)
    return Node("add", tuple(terms))
