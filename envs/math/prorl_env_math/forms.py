"""The form that a task asks of its answer, so that repeating the question is not an answer: `12+7` equals 19 and does not solve it.

A task names a form in `metadata["form"]`: "number" (written out, no operation left), "reduced" (that, without decimals and in lowest
terms), "expanded" (a sum of terms), "factored" (a product of linear factors), "primes" (a product of powers of primes), "solved" (the
variable alone on one side, or an interval).
"""

import math

from prorl_env_math.nodes import Node, has_decimal, sym

FORMS = ("number", "reduced", "expanded", "factored", "primes", "solved")


def has_form(node: Node, form: str) -> bool:
    """True where the tree has the named form. Raises ValueError for a name outside FORMS."""
    if form not in FORMS:
        raise ValueError(f"a form is one of {', '.join(FORMS)}; got {form!r}")
    if form == "solved":
        return _is_solved(node)
    if node.kind in ("seq", "group", "set", "matrix", "row"):
        return all(has_form(a, form) for a in node.args)
    if node.kind == "rel":
        return has_form(node.args[-1], form)
    if form in ("number", "reduced"):
        return _is_number(node) and (form == "number" or _is_reduced(node))
    if form == "expanded":
        return _is_expanded(node)
    return _is_factored(node) if form == "factored" else _is_prime_product(node)


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
