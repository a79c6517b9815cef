"""Reads a Python or JSON value of texts, numbers and lists, nested at most three deep, without running it.

The nine scorers of reasoning-gym that evaluate the answer give a small part of the score to a gold that is written as such a value.
Tuples count as lists, and so do values with bare commas between them; a backslash in a text is refused rather than interpreted.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from prorl_env_logic.expression import FormError

MAX_CHARS = 50_000
MAX_DEPTH = 3
_TOKEN = re.compile(r"""\s*(?:([\[\](),])|'([^'\\\n]*)'|"([^"\\\n]*)"|(-?\d{1,18})(?![\d.])|(-?\d{1,18}\.\d{0,18})(?![\d.]))""")
_CLOSES = {"[": "]", "(": ")", "": ""}


@dataclass(slots=True)
class _Open:
    """One bracket that is open: which one, its items, whether a comma was seen, and whether the last thing was an item."""

    bracket: str
    items: list[Any] = field(default_factory=list[Any])
    comma: bool = False
    after_item: bool = False

    def add(self, item: Any) -> None:
        if self.after_item:
            raise FormError("a comma is missing")
        self.items.append(item)
        self.after_item = True

    def value(self) -> Any:
        """A pair of parentheses around one value is that value, as in Python."""
        if self.bracket == "[" or self.comma or not self.items:
            return self.items
        return self.items[0]


def read(text: str) -> Any:
    """The value that `text` writes down: an int, a float, a text, or a list of these. Raises FormError on anything else."""
    if len(text) > MAX_CHARS:
        raise FormError(f"{len(text)} characters, at most {MAX_CHARS} are read")
    stack = [_Open("")]
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormError(f"unexpected {text[at]!r}")
        at = match.end()
        mark = match.group(1)
        if mark is None:
            stack[-1].add(_item(match))
        else:
            _mark(stack, mark)
    if len(stack) != 1 or not stack[0].items:
        raise FormError("not one closed value")
    return stack[0].value()


def _mark(stack: list[_Open], mark: str) -> None:
    top = stack[-1]
    if mark == ",":
        if not top.after_item:
            raise FormError("a comma with nothing before it")
        top.comma, top.after_item = True, False
    elif mark in "[(":
        if top.after_item:
            raise FormError("a comma is missing")
        if len(stack) > MAX_DEPTH:
            raise FormError(f"nested deeper than {MAX_DEPTH}")
        stack.append(_Open(mark))
    else:
        if _CLOSES[top.bracket] != mark:
            raise FormError(f"{mark!r} closes nothing")
        stack.pop()
        stack[-1].add(top.value())


def _item(match: "re.Match[str]") -> Any:
    single, double, whole, decimal = match.groups()[1:]
    if whole is not None:
        return int(whole)
    return float(decimal) if decimal is not None else single if single is not None else double
