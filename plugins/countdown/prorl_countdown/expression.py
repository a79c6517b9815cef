"""Arithmetic from untrusted text: a small parser of its own, nothing is evaluated while it reads.

`parse` turns text into tokens in postfix order, `evaluate` computes them with exact fractions. Both take time linear in the text, which is
at most `MAX_CHARS` long; numbers are at most `MAX_DIGITS` digits and parentheses at most `MAX_DEPTH` deep.
"""

import re
from fractions import Fraction

MAX_CHARS = 200
MAX_DIGITS = 6
MAX_DEPTH = 20
_TOKEN = re.compile(r"[0-9]+|[-+*/()]")
_PRECEDENCE = {"+": 1, "-": 1, "*": 2, "/": 2}
_AS_ASCII = str.maketrans({"×": "*", "·": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-"})

Postfix = list[int | str]


class ExpressionError(ValueError):
    """The text is not an expression of this grammar; the message says where it stops being one."""


class LimitError(ExpressionError):
    """The text breaks a stated limit."""


def parse(text: str) -> Postfix:
    """The expression in postfix order. Raises ExpressionError, or LimitError where it is too long, too deep or has too large a number."""
    if len(text) > MAX_CHARS:
        raise LimitError(f"{len(text)} characters, at most {MAX_CHARS} are read")
    output: Postfix = []
    operators: list[str] = []
    operand_next, depth = True, 0
    for token in _tokens(text.translate(_AS_ASCII)):
        if operand_next != (token == "(" or token.isdigit()):
            raise ExpressionError(f"unexpected {token!r}; {'a number or (' if operand_next else 'an operator or )'} should stand there")
        if token.isdigit():
            output.append(int(token))
            operand_next = False
        elif token == "(":
            depth += 1
            if depth > MAX_DEPTH:
                raise LimitError(f"parentheses more than {MAX_DEPTH} deep")
            operators.append(token)
        elif token == ")":
            while operators and operators[-1] != "(":
                output.append(operators.pop())
            if not operators:
                raise ExpressionError("a ) without its (")
            operators.pop()
            depth -= 1
        else:
            while operators and operators[-1] != "(" and _PRECEDENCE[operators[-1]] >= _PRECEDENCE[token]:
                output.append(operators.pop())
            operators.append(token)
            operand_next = True
    if operand_next:
        raise ExpressionError("it ends where a number should stand")
    if "(" in operators:
        raise ExpressionError("a ( without its )")
    return output + operators[::-1]


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found = _TOKEN.match(text, at)
        if found is None:
            raise ExpressionError(f"{text[at]!r} is no number, operator or parenthesis")
        if len(found[0]) > MAX_DIGITS:
            raise LimitError(f"a number of {len(found[0])} digits, at most {MAX_DIGITS} are read")
        tokens.append(found[0])
        at = found.end()
    return tokens


def numbers(postfix: Postfix) -> list[int]:
    """The numbers of an expression, in the order in which they stand."""
    return [token for token in postfix if isinstance(token, int)]


def evaluate(postfix: Postfix) -> Fraction | None:
    """The exact value, or None where it divides by zero. Bound the count of numbers first: the value's size grows with it."""
    stack: list[Fraction] = []
    for token in postfix:
        if isinstance(token, int):
            stack.append(Fraction(token))
            continue
        right, left = stack.pop(), stack.pop()
        if token == "+":
            stack.append(left + right)
        elif token == "-":
            stack.append(left - right)
        elif token == "*":
            stack.append(left * right)
        elif right:
            stack.append(left / right)
        else:
            return None
    return stack.pop()
