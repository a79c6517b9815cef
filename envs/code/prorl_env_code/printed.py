"""When what a program printed is right: four ways to compare, of which tokens is the default.

| name | right where |
|---|---|
| tokens | the same words in the same order, whatever white space stands between them |
| lines | the same words on the same lines; blank lines at the end aside |
| exact | the same bytes, save one line feed at the end |
| numeric | tokens, of which two numbers may differ by the problem's tolerance, absolutely or relatively |

A word is its bytes: `007` is not `7`, `Yes` is not `YES`, `0.50` is not `0.5` unless the problem states a tolerance.
"""

import re
from collections.abc import Callable

from prorl_env_code.compare import close

Compare = Callable[[bytes, bytes], bool]
_NUMBER = re.compile(rb"[+-]?(?:\d{1,4000}(?:\.\d{0,4000})?|\.\d{1,4000})(?:[eE][+-]?\d{1,4})?", re.ASCII)
_INTEGER = re.compile(rb"[+-]?\d+", re.ASCII)


def same_tokens(printed: bytes, expected: bytes) -> bool:
    """The same words in the same order."""
    return printed.split() == expected.split()


def same_lines(printed: bytes, expected: bytes) -> bool:
    """The same words on the same lines."""
    return _lines(printed) == _lines(expected)


def same_bytes(printed: bytes, expected: bytes) -> bool:
    """The same bytes, save one line feed at the end."""
    return printed.removesuffix(b"\n") == expected.removesuffix(b"\n")


def same_numbers(tolerance: float) -> Compare:
    """Tokens, of which two numbers may differ by the tolerance. Two integers may not."""

    def compare(printed: bytes, expected: bytes) -> bool:
        ours, theirs = printed.split(), expected.split()
        return len(ours) == len(theirs) and all(a == b or _close(a, b, tolerance) for a, b in zip(ours, theirs, strict=True))

    return compare


BY_NAME: dict[str, Compare] = {"tokens": same_tokens, "lines": same_lines, "exact": same_bytes}


def _lines(text: bytes) -> list[list[bytes]]:
    lines = [line.split() for line in text.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    return lines


def _close(ours: bytes, theirs: bytes, tolerance: float) -> bool:
    if not _NUMBER.fullmatch(ours) or not _NUMBER.fullmatch(theirs):
        return False
    if _INTEGER.fullmatch(ours) and _INTEGER.fullmatch(theirs):
        return int(ours) == int(theirs)
    return close(float(ours), float(theirs), tolerance)
