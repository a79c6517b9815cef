r"""Environments: matrices and determinants, systems of equations, definitions by cases.

A cell of `cases` is prose as often as it is mathematics (`n \text{ is even}`), so each is read on its own and kept as words where it does
not parse.
"""

from prorl_env_math.atoms import Atoms
from prorl_env_math.limits import MAX_ITEMS, LimitError, ParseError
from prorl_env_math.nodes import Node, call, sym
from prorl_env_math.tokens import Token

_MATRICES = frozenset({"matrix", "pmatrix", "bmatrix", "array", "smallmatrix", "Bmatrix", "vmatrix"})
_SYSTEMS = frozenset({"cases", "dcases", "rcases", "array"})
_LINES = frozenset({"aligned", "align", "align*", "gathered", "gather", "gather*", "split", "equation", "equation*"})
_FILLERS = frozenset({"if", "for", "when", "where", "and", "in", "with", "", ",", "as"})
_MAX_WORDS = 60


class Layouts(Atoms):
    """Parses what stands between begin and end."""

    def layout(self, begin: str) -> Node:
        name = begin[begin.index("{") + 1 : begin.index("}")]
        if not begin.startswith("\\begin") or name not in _MATRICES | _SYSTEMS | _LINES:
            raise ParseError(f"the environment {name!r}")
        if name in _LINES:
            return _system([[self._cell([t for cell in row for t in cell])] for row in self._rows()])
        if name in _SYSTEMS and (name != "array" or self._is_system()):
            return _system([[self._cell(cell) for cell in row] for row in self._rows()])
        rows = self._matrix_rows()
        if not rows or len({len(r) for r in rows}) != 1:
            raise ParseError("a matrix with rows of different lengths")
        matrix = Node("matrix", tuple(Node("row", tuple(row)) for row in rows))
        return call("det", matrix) if name == "vmatrix" else matrix

    def _matrix_rows(self) -> list[list[Node]]:
        rows: list[list[Node]] = []
        cells: list[Node] = []
        count = 0
        self.cells += 1
        while not (self.peek().kind == "env" and self.peek().text.startswith("\\end")):
            if self.peek().text == "\\hline":
                self.at += 1
                continue
            cells.append(self.relation())
            count += 1
            if count > MAX_ITEMS:
                raise LimitError(f"a matrix of more than {MAX_ITEMS} cells")
            if self.take("&"):
                continue
            rows.append(cells)
            cells = []
            if not self.take("\\\\") and self.peek().kind != "env":
                raise ParseError("a matrix row that does not end")
        self.at += 1
        self.cells -= 1
        if cells:
            raise ParseError("a matrix row that ends in &")
        return rows

    def _is_system(self) -> bool:
        """True for an array behind a brace: its cells are equations and conditions."""
        return self.at >= 2 and self.tokens[self.at - 2].text == "\\{"

    def _rows(self) -> list[list[list[Token]]]:
        """The tokens up to the matching end, by row and cell."""
        rows: list[list[list[Token]]] = [[[]]]
        depth = 0
        while True:
            token = self.next()
            if token.kind == "end":
                raise ParseError("an environment that does not end")
            if token.kind == "env":
                depth += 1 if token.text.startswith("\\begin") else -1
                if depth < 0:
                    return [r for r in rows if any(r)]
            if depth == 0 and token.text == "\\\\":
                rows.append([[]])
            elif depth == 0 and token.text == "&":
                rows[-1].append([])
            else:
                rows[-1][-1].append(token)

    def _cell(self, tokens: list[Token]) -> Node:
        """One cell: mathematics where it parses, else its words."""
        kept = list(tokens)
        while kept and _filler(kept[0]):
            del kept[0]
        while kept and _filler(kept[-1]):
            kept.pop()
        if not kept:
            return sym("text:")
        inner = type(self)(kept)
        inner.depth = self.depth + 1
        try:
            node = inner.sequence()
            if inner.at == len(kept):
                return node
        except ParseError:
            pass
        if len(kept) > _MAX_WORDS:
            raise ParseError("a cell of too many words")
        return sym("text:" + "".join(t.text for t in kept).lower().replace(" ", ""))


def _filler(token: Token) -> bool:
    return (token.kind == "op" and token.text in ",;.") or (token.kind in ("text", "word") and token.text.lower().strip(" ,.:") in _FILLERS)


def _system(rows: list[list[Node]]) -> Node:
    """Rows of one relation each are a list; rows of a value and a condition are cases."""
    cells = [[c for c in row if c != sym("text:")] for row in rows]
    flat = [c for row in cells for c in row]
    if len(flat) == 1:
        return flat[0]
    if flat and all(c.kind == "rel" for c in flat):
        return Node("seq", tuple(flat))
    out: list[Node] = []
    for row in cells:
        parts = row
        if len(row) == 1 and row[0].kind == "seq" and len(row[0].args) == 2:
            parts = list(row[0].args)
        if len(parts) != 2:
            raise ParseError("a case that is not a value and a condition")
        out.append(Node("row", tuple(parts)))
    if not 0 < len(out) <= MAX_ITEMS:
        raise ParseError("cases without rows")
    return Node("cases", tuple(out))
