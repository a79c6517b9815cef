"""Reads a Python or JSON list of texts and whole numbers, nested at most three deep, without running it."""

import re
from typing import Any, cast

from prorl_env_logic.expression import FormError

MAX_CHARS = 50_000
MAX_DEPTH = 3
_TOKEN = re.compile(r"""\s*(?:([\[\](),])|'([^'\\\n]*)'|"([^"\\\n]*)"|(-?\d{1,18}(?:\.\d{1,18})?))""")


def read(text: str) -> list[Any]:
    """The list that `text` writes down; tuples count as lists. Numbers stay texts. Raises FormError on anything else."""
    if len(text) > MAX_CHARS:
        raise FormError(f"{len(text)} characters, at most {MAX_CHARS} are read")
    stack: list[list[Any]] = [[]]
    at, end = 0, len(text.rstrip())
    after_item = False
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise FormError(f"unexpected {text[at]!r}")
        at = match.end()
        mark = match.group(1)
        if mark == ",":
            if not after_item:
                raise FormError("a comma with nothing before it")
            after_item = False
        elif mark in ("]", ")"):
            if len(stack) == 1:
                raise FormError("a bracket closes that was never opened")
            stack.pop()
            after_item = True
        else:
            if after_item:
                raise FormError("a comma is missing")
            after_item = mark is None
            _add(stack, mark, next((g for g in match.groups()[1:] if g is not None), ""))
    if len(stack) != 1 or len(stack[0]) != 1 or not isinstance(stack[0][0], list):
        raise FormError("not one closed list")
    return cast("list[Any]", stack[0][0])


def _add(stack: list[list[Any]], mark: str | None, item: str) -> None:
    if mark is None:
        stack[-1].append(item)
        return
    if len(stack) > MAX_DEPTH:
        raise FormError(f"nested deeper than {MAX_DEPTH}")
    stack[-1].append([])
    stack.append(stack[-1][-1])
