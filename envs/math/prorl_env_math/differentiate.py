"""The derivative of a tree by one variable, as a tree. Unsimplified: it is only ever evaluated."""

from prorl_env_math.limits import ParseError
from prorl_env_math.nodes import Node, call, free_symbols, num


def _pow(base: Node, exponent: Node) -> Node:
    return Node("pow", (base, exponent))


def _div(top: Node, bottom: Node) -> Node:
    return Node("div", (top, bottom))


def _mul(*args: Node) -> Node:
    return Node("mul", args)


def _neg(node: Node) -> Node:
    return Node("neg", (node,))


def _square(node: Node) -> Node:
    return _pow(node, num(2))


def _outer(name: str, u: Node) -> Node:
    """The derivative of the function `name` at u, without the inner derivative."""
    one = num(1)
    table = {
        "sin": lambda: call("cos", u),
        "cos": lambda: _neg(call("sin", u)),
        "tan": lambda: _square(call("sec", u)),
        "cot": lambda: _neg(_square(call("csc", u))),
        "sec": lambda: _mul(call("sec", u), call("tan", u)),
        "csc": lambda: _neg(_mul(call("csc", u), call("cot", u))),
        "sinh": lambda: call("cosh", u),
        "cosh": lambda: call("sinh", u),
        "tanh": lambda: _div(one, _square(call("cosh", u))),
        "exp": lambda: call("exp", u),
        "ln": lambda: _div(one, u),
        "log": lambda: _div(one, u),
        "sqrt": lambda: _div(one, _mul(num(2), call("sqrt", u))),
        "abs": lambda: _div(u, call("abs", u)),
        "arcsin": lambda: _div(one, call("sqrt", Node("add", (one, _neg(_square(u)))))),
        "arccos": lambda: _neg(_div(one, call("sqrt", Node("add", (one, _neg(_square(u))))))),
        "arctan": lambda: _div(one, Node("add", (one, _square(u)))),
    }
    if name not in table:
        raise ParseError(f"the derivative of {name}")
    return table[name]()


def derivative(node: Node, by: str) -> Node:
    """d node / d by. Raises ParseError where the tree holds something that has no derivative here."""
    if by not in free_symbols(node):
        return num(0)
    kind, args = node.kind, node.args
    if kind == "sym":
        return num(1)
    if kind in ("add", "neg"):
        return Node(kind, tuple(derivative(a, by) for a in args))
    if kind == "mul":
        terms = tuple(_mul(*args[:i], derivative(a, by), *args[i + 1 :]) for i, a in enumerate(args) if by in free_symbols(a))
        return terms[0] if len(terms) == 1 else Node("add", terms)
    if kind == "div":
        top, bottom = args
        if by not in free_symbols(bottom):
            return _div(derivative(top, by), bottom)
        numerator = Node("add", (_mul(derivative(top, by), bottom), _neg(_mul(top, derivative(bottom, by)))))
        return _div(numerator, _square(bottom))
    if kind == "pow":
        base, exponent = args
        if by not in free_symbols(exponent):
            return _mul(exponent, _pow(base, Node("add", (exponent, num(-1)))), derivative(base, by))
        rate = Node("add", (_mul(derivative(exponent, by), call("ln", base)), _mul(exponent, _div(derivative(base, by), base))))
        return _mul(node, rate)
    if kind == "call" and len(args) == 1:
        return _mul(_outer(node.name, args[0]), derivative(args[0], by))
    raise ParseError(f"the derivative of a {kind}")
