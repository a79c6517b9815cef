r"""Families of values with an integer parameter: `k\pi, k \in \mathbb{Z}`, `3 \pmod 7`, `[2k\pi, 2k\pi + \pi]`.

The parameter is a bound name: another letter is the same family, and so is another start (`\pi + k\pi`) or the other direction of the steps.
Two families are compared as sets only where the parameter is declared; without a declaration only the letters k, m and n beside \pi or a
degree sign may be exchanged.
"""

import re
from collections.abc import Callable
from fractions import Fraction

from prorl_env_math.expression import same_expression
from prorl_env_math.limits import ParseError, UndefinedError
from prorl_env_math.nodes import Node, free_symbols, num, replaced, sym
from prorl_env_math.relations import name_like

Same = Callable[[Node, Node], bool]
_PARAMETER = sym("parameter")
_UNDECLARED = frozenset("kmn")
_INTEGERS = frozenset({"integers", "naturals", "Z", "N"})
_QUANTIFIER = r",?\s?\(?\s?(?:(?:where|with|for|and)\s)?\s?(?:(?:some|any|all|every|each|an?|arbitrary)\s){0,2}"
_DECLARED = re.compile(_QUANTIFIER + r"(?:integers?|integral values?(?: of)?)\s(?:values? of\s)?([A-Za-z])\s?\)?$")
_STATED = re.compile(_QUANTIFIER + r"([A-Za-z])\s?(?:is|are|being|=)?\s?(?:(?:some|any|an?|arbitrary)\s){1,2}\s?integers?\s?\)?$")


def declared(text: str) -> str:
    r"""The text with "for any integer k" or "where k is an integer" at its end as `, k \in \integers`."""
    if "integ" not in text or len(text) > 1_000:
        return text
    text = " ".join(text.split())
    for pattern in (_DECLARED, _STATED):
        found = pattern.search(text)
        if found:
            return f"{text[: found.start()]}, {found[1]} \\in \\integers"
    return text


def bound(node: Node) -> Node:
    """The tree as a family where it declares integer parameters, and a congruence as one; else unchanged."""
    if node.kind == "cong":
        return _congruence(node)
    if node.kind == "seq" and all(a.kind == "cong" for a in node.args):
        return Node("seq", tuple(map(_congruence, node.args)), node.name)
    names: list[str] = []
    if node.kind in ("seq", "rel", "mul"):
        kept = [_without_clause(a, names) for a in node.args] if node.kind != "seq" else [_without_clause(a, names, whole=True) for a in node.args]
        items = tuple(a for a in kept if a is not None)
        if names and items:
            node = items[0] if len(items) == 1 and node.kind != "rel" else Node(node.kind, items, node.name)
    return Node("family", (node,), " ".join(sorted(set(names)))) if names else node


def _congruence(node: Node) -> Node:
    residue, modulus = node.args
    return Node("family", (Node("add", (residue, Node("mul", (modulus, _PARAMETER)))),), _PARAMETER.name)


def _without_clause(node: Node, names: list[str], *, whole: bool = False) -> Node | None:
    """The node without `k \\in Z` inside it; None where it is nothing else. What is declared is added to `names`."""
    if _is_clause(node) and (whole or node.args[0].kind == "sym"):
        names.extend(sorted(free_symbols(node.args[0])))
        return None
    if node.kind == "mul":
        kept = [a for a in (_without_clause(a, names) for a in node.args) if a is not None]
        return None if not kept else kept[0] if len(kept) == 1 else Node("mul", tuple(kept))
    if node.kind in ("add", "rel", "neg", "div") and node.args:
        last = _without_clause(node.args[-1], names)
        return None if last is None else Node(node.kind, (*node.args[:-1], last), node.name)
    return node


def _is_clause(node: Node) -> bool:
    return node.kind == "rel" and node.name == "in" and node.args[1].name in _INTEGERS and name_like(node.args[0])


def same_family(gold: Node, answer: Node, same: Same) -> bool:
    """True where two families, at least one of them declared, are the same set."""
    one, two = _renamed(gold, answer), _renamed(answer, gold)
    if one is None or two is None:
        return False
    return _holds(same, one, two) or _same_steps(one, two)


def _renamed(node: Node, other: Node) -> Node | None:
    """The body with its parameter under the one common name; None where it is unclear which letter that is."""
    if node.kind == "family":
        names = node.name.split()
        return replaced(node.args[0], sym(names[0]), _PARAMETER) if len(names) == 1 else None
    body = node.args[-1] if node.kind == "rel" and name_like(node.args[0]) else node
    names = free_symbols(body)
    wanted = set(other.name.split())
    names = names & wanted or (names - free_symbols(other.args[0]) if len(names) > 1 else names)
    return replaced(node, sym(next(iter(names))), _PARAMETER) if len(names) == 1 else None


def _same_steps(gold: Node, answer: Node) -> bool:
    """Arithmetic progressions in both directions: equal steps up to sign, starts apart by whole steps; lists of them, and moved intervals."""
    gold, answer = (n.args[-1] if n.kind == "rel" and name_like(n.args[0]) else n for n in (gold, answer))
    if gold.kind == answer.kind == "seq" and len(gold.args) == len(answer.args):
        rest = list(answer.args)
        for item in gold.args:
            match = next((other for other in rest if _same_steps(item, other)), None)
            if match is None:
                return False
            rest.remove(match)
        return True
    if gold.kind == answer.kind == "group" and gold.name == answer.name and len(gold.args) == len(answer.args):
        moves = {_move(a, b) for a, b in zip(gold.args, answer.args, strict=True)}
        return len(moves) == 1 and None not in moves
    return _move(gold, answer) is not None


def _move(gold: Node, answer: Node) -> Fraction | None:
    """By how many steps the answer's progression starts after the gold's; None where they are not the same progression."""
    try:
        (start, step), (other, other_step) = _progression(gold), _progression(answer)
        zero = num(0)
        if same_expression(step, zero):
            return None
        if not same_expression(step, other_step) and not same_expression(step, Node("neg", (other_step,))):
            return None
        return _whole_quotient(_less(other, start), step)
    except (ParseError, UndefinedError):
        return None


def _progression(node: Node) -> tuple[Node, Node]:
    """(start, step) of an expression of the first degree in the parameter. Raises ParseError for any other."""
    start, one, two, far = (replaced(node, _PARAMETER, num(n)) for n in (0, 1, 2, 7))
    step = _less(one, start)
    if not same_expression(_less(two, one), step) or not same_expression(_less(far, start), Node("mul", (num(7), step))):
        raise ParseError("no arithmetic progression")
    return start, step


def _whole_quotient(difference: Node, step: Node) -> Fraction | None:
    for n in range(-12, 13):
        if same_expression(difference, Node("mul", (num(n), step))):
            return Fraction(n)
    return None


def _less(a: Node, b: Node) -> Node:
    return Node("add", (a, Node("neg", (b,))))


def _holds(same: Same, a: Node, b: Node) -> bool:
    try:
        return same(a, b)
    except (ParseError, UndefinedError):
        return False


def exchanged(gold: Node, answer: Node) -> Node | None:
    r"""The answer with its undeclared parameter named as the gold's: `n\pi` for `x = k\pi`. None where there is none."""
    if gold.kind != "rel" or not name_like(gold.args[0]) or not _is_angle(gold):
        return None
    old, new = free_symbols(answer) - free_symbols(gold), free_symbols(gold.args[-1]) - free_symbols(answer)
    if len(old) == len(new) == 1 and old | new <= _UNDECLARED:
        return replaced(answer, sym(next(iter(old))), sym(next(iter(new))))
    return None


def _is_angle(node: Node) -> bool:
    return any(n == sym("pi") or n.name == "deg" for n in node.walk())
