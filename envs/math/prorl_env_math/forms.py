"""The form that a task asks of its answer, so that repeating the question is not an answer: `12+7` equals 19 and does not solve it.

A task names a form in `metadata["form"]`: "number" (written out, no operation left), "reduced" (that, without decimals and in lowest
terms), "expanded" (a sum of terms), "factored" (a product of linear factors), "primes" (a product of powers of primes), "solved" (the
variable alone on one side, an interval, or several of these), "rectangular" (a + bi, written out), "simplified" (sums of rational multiples of square
roots of different square-free numbers and of pi), "partial" (a sum of numbers over powers of linear factors).
"""

import math
from collections.abc import Callable

from prorl_env_math.nodes import Node, free_symbols, has_decimal, sym


def has_form(node: Node, form: str) -> bool:
    """True where the tree has the named form. Raises ValueError for a name outside FORMS."""
    if form not in FORMS:
        raise ValueError(f"a form is one of {', '.join(FORMS)}; got {form!r}")
    if form == "solved":
        return _is_solved(node)
    if node.kind in ("seq", "group", "set", "matrix", "row"):
        return all(has_form(a, form) for a in node.args)
    return has_form(node.args[-1], form) if node.kind == "rel" else _FORMS[form](node)


def _is_number(node: Node) -> bool:
    if node.kind == "neg" or (node.kind == "call" and node.name in ("percent", "deg")):
        return _is_number(node.args[0])
    if node.kind == "div":
        return all(_is_integer(a) for a in node.args)
    if node.name == "mixed":
        whole, *rest = node.args
        return len(rest) == 1 and _is_integer(whole) and rest[0].kind == "div" and all(_is_integer(a) for a in rest[0].args)
    if node.kind == "mul":  # a number with a unit
        return _is_number(node.args[0]) and all(a.kind == "sym" and a.name.startswith("text:") for a in node.args[1:])
    return node.kind == "num"


def _is_reduced(node: Node) -> bool:
    """True where no number is a decimal and every quotient is in lowest terms and not by 1."""
    if has_decimal(node):
        return False
    quotients = [n for n in node.walk() if n.kind == "div"]
    return all(math.gcd(_integer(q.args[0]), _integer(q.args[1])) == 1 and abs(_integer(q.args[1])) != 1 for q in quotients)


def _integer(node: Node) -> int:
    inner = node.args[0] if node.kind == "neg" else node
    return 0 if inner.value is None or inner.value.denominator != 1 else inner.value.numerator


def _is_integer(node: Node) -> bool:
    return node.kind == "num" or (node.kind == "neg" and node.args[0].kind == "num")


def _is_solved(node: Node) -> bool:
    if node.kind == "rel":
        return sum(a.kind == "sym" for a in node.args) == 1 and all(a.kind == "sym" or _is_bound(a) for a in node.args)
    if node.kind in ("union", "seq"):
        return all(map(_is_solved, node.args))
    return node.kind == "group" and all(map(_is_bound, node.args))


def _is_bound(node: Node) -> bool:
    """A written-out number or an infinity."""
    return _is_number(node) or node == sym("oo") or (node.kind == "neg" and node.args[0] == sym("oo"))


def _is_prime_product(node: Node) -> bool:
    if node.kind == "pow":
        return _is_prime(node.args[0]) and node.args[1].kind == "num"
    return all(map(_is_prime_product, node.args)) if node.kind == "mul" else _is_prime(node)


def _is_prime(node: Node) -> bool:
    n = 0 if node.value is None or node.value.denominator != 1 else node.value.numerator
    return 1 < n < 10**9 and all(n % p for p in range(2, math.isqrt(n) + 1))


def _is_expanded(node: Node) -> bool:
    if node.kind in ("mul", "div", "pow"):
        return not any(n.kind == "add" for a in node.args for n in a.walk())
    return all(_is_expanded(a) for a in node.args)


def _is_factored(node: Node) -> bool:
    if node.kind == "neg":
        return _is_factored(node.args[0])
    if node.kind == "pow":
        return not _is_reducible(node.args[0])
    return node.kind == "mul" and sum(any(n.kind == "sym" for n in a.walk()) for a in node.args) >= 2 and not any(map(_is_reducible, node.args))


def _is_reducible(node: Node) -> bool:
    """True for a sum with a power above 1 of a variable: a factor that is itself not yet linear."""
    return node.kind == "add" and any(n.kind == "pow" for n in node.walk())


def _terms(node: Node) -> list[Node]:
    """The terms of a sum, signs off; a sum over one denominator counts term by term. Differences in sign do not matter to a form."""
    if node.kind == "neg":
        return _terms(node.args[0])
    if node.kind == "add" and node.name != "mixed":
        return [t for a in node.args for t in _terms(a)]
    if node.kind == "div" and node.args[0].kind == "add":
        return [Node("div", (t, node.args[1])) for t in _terms(node.args[0])]
    return [node]


def _split(term: Node) -> tuple[Node | None, Node | None]:
    """(rational number, other factor) of a term such as 3, sqrt(2), 2*pi/3, either None where it is absent; (None, None) for more than that."""
    if _is_number(term):
        return term, None
    if term.kind == "div" and _is_integer(term.args[1]):
        number, other = _split(term.args[0])
        return (number, other) if other is not None and (number is None or _is_integer(number)) else (None, None)
    if term.kind == "mul" and len(term.args) == 2 and any(map(_is_number, term.args)):
        number, other = term.args if _is_number(term.args[0]) else reversed(term.args)
        return number, other
    return None, term


def _is_rectangular(node: Node) -> bool:
    """At most one real and one imaginary term, each written out."""
    others = [_split(term) for term in _terms(node)]
    real = sum(other is None for _, other in others)
    return real <= 1 and len(others) - real <= 1 and all(other in (None, sym("i")) for _, other in others)


def _is_simplified(node: Node) -> bool:
    """Terms with roots of different square-free whole numbers; at most one rational term and one multiple of pi."""
    kinds: list[str] = []
    for number, other in map(_split, _terms(node)):
        if other is None:
            kinds.append("" if number is not None else "?")
        elif other == sym("pi"):
            kinds.append("pi")
        else:
            kinds.append(f"{other.args[0].value}" if other.name == "sqrt" and _is_square_free(other.args[0]) else "?")
    return "?" not in kinds and len(set(kinds)) == len(kinds)


def _is_square_free(node: Node) -> bool:
    n = 0 if node.value is None or node.value.denominator != 1 else node.value.numerator
    return 1 < n < 10**6 and all(n % (p * p) for p in range(2, math.isqrt(n) + 1))


def _is_partial(node: Node) -> bool:
    return all(_is_number(term) or _is_simple_fraction(term) for term in _terms(node)) and len(_terms(node)) > 1


def _is_simple_fraction(term: Node) -> bool:
    """A number over a power of a linear expression, which may stand in a product with numbers."""
    if term.kind == "mul":
        return all(_is_number(a) or _is_simple_fraction(a) for a in term.args) and sum(bool(free_symbols(a)) for a in term.args) == 1
    if term.kind != "div" or not _is_number(term.args[0]):
        return False
    factors = term.args[1].args if term.args[1].kind == "mul" else (term.args[1],)
    varying = [f.args[0] if f.kind == "pow" and _is_integer(f.args[1]) else f for f in factors if free_symbols(f)]
    return len(varying) == 1 and _is_linear(varying[0])


def _is_linear(node: Node) -> bool:
    return not any(n.kind in ("pow", "div", "call") or (n.kind == "mul" and sum(bool(free_symbols(a)) for a in n.args) > 1) for n in node.walk())


_FORMS: dict[str, Callable[[Node], bool]] = {
    "number": _is_number,
    "reduced": lambda node: _is_number(node) and _is_reduced(node),
    "expanded": _is_expanded,
    "factored": _is_factored,
    "primes": _is_prime_product,
    "rectangular": _is_rectangular,
    "simplified": _is_simplified,
    "partial": _is_partial,
}
FORMS = ("solved", *_FORMS)
"""The names of all forms."""
