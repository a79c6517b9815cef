"""Reads what published rows hold: tests in JSON texts of several dialects, lists of solutions, and what a statement says about its answers."""

import ast
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

from prorl_gym.errors import TaskError
from prorl_gym.rows import RowError
from prorl_gym.types import canonical_json

_LONGEST_REFERENCE = 60_000
_ERROR = re.compile(r"\b(?:error|precision|tolerance|accuracy|differ|deviat\w+|within)\b", re.IGNORECASE)
_POWER = re.compile(
    r"10\s{0,2}(?:\^|\*\*)?\s{0,2}[{(]?\s{0,2}[-\u2212\u2013]\s{0,2}(\d{1,2})|\b1?e[-\u2212\u2013]0?(\d{1,2})\b|\b0\.(0{1,11})1\b", re.IGNORECASE
)
_NEAR = 160
"""Characters between the word for an error and its size."""
_OPEN = re.compile(
    r"\bif (?:there (?:are|is|exist)|multiple|several|more than one)[^.\n]{0,80}\b(?:any|either)\b"
    r"|\b(?:print|output|return|find|choose|report)(?: out)? any(?: one)? (?:of|valid|such|possible|answer|solution|optimal)"
    r"|\bany (?:of them|valid (?:answer|solution|output|construction|order)|correct answer)\b"
    r"|\bany (?:answer|solution|order) (?:is|will be) (?:accepted|fine|allowed)\b"
    r"|\b(?:multiple|several) (?:possible |valid |correct )?(?:answers|solutions|outputs)[^.\n]{0,60}\b(?:any|accepted)\b",
    re.IGNORECASE,
)
_ANY_ORDER = re.compile(r"\bin any order\b", re.IGNORECASE)


def parsed_tests(given: Any) -> dict[str, Any]:
    """Inputs, outputs and `fn_name` of a row's tests. Raises RowError: no tests, unreadable tests, or no expected output."""
    if isinstance(given, str):
        try:
            given = json.loads(given) if given.strip() else None
        except (ValueError, RecursionError):
            raise RowError("unreadable tests") from None
    if not given:
        raise RowError("no tests")
    if not isinstance(given, Mapping):
        raise RowError("unreadable tests")
    tests = cast("Mapping[str, Any]", given)
    inputs, outputs, name = as_list(tests.get("inputs")), as_list(tests.get("outputs")), tests.get("fn_name") or None
    if not inputs or not outputs:
        raise RowError("no tests")
    if len(inputs) != len(outputs):
        raise RowError("as many inputs as outputs are expected")
    if name is None:
        if not any(_said(output) for output in outputs):
            raise RowError("no expected output")
        return {"inputs": inputs, "outputs": outputs}
    if all(isinstance(i, str) for i in inputs):
        inputs, outputs = [_json_lines(i) for i in inputs], [_json(o) for o in outputs]
    keyed = any(isinstance(arg, Mapping) for args in inputs for arg in as_list(args))
    return {"inputs": inputs, "outputs": outputs, "fn_name": name, **({"int_keys": True} if keyed else {})}


def no_longer_than(tests: Mapping[str, Any], most: int | None, most_chars: int) -> Any:
    """The first so many tests within so many characters, at least one; as JSON text where their integers are too large for JSON's readers."""
    if "inputs" not in tests:
        return dict(tests)
    sizes = [len(str(i)) + len(str(o)) for i, o in zip(tests["inputs"], tests["outputs"], strict=True)]
    kept, total = 0, 0
    for size in sizes[:most]:
        total += size
        if total > most_chars and kept:
            break
        kept += 1
    short = {**tests, "inputs": list(tests["inputs"])[:kept], "outputs": list(tests["outputs"])[:kept]}
    try:
        canonical_json(short)
    except TaskError:
        return json.dumps(short)
    return short


def python_3(solutions: Any) -> str | None:
    """The first of the solutions (a list, or its JSON text) that is Python 3; None where none is."""
    if isinstance(solutions, str):
        try:
            solutions = json.loads(solutions) if solutions.strip() else ()
        except (ValueError, RecursionError):
            return None
    for text in as_list(solutions):
        if isinstance(text, str) and text.strip() and len(text) <= _LONGEST_REFERENCE and _parses(text):
            return text
    return None


def tolerance_of(statement: str) -> float | None:
    """The error that a statement allows its numbers, where it names one of a power of ten: "absolute or relative error at most 1e-6"."""
    for word in _ERROR.finditer(statement):
        found = _POWER.search(statement, max(0, word.start() - _NEAR), min(len(statement), word.end() + _NEAR))
        if found:
            digits = found.group(1) or found.group(2)
            exponent = int(digits) if digits else len(found.group(3)) + 1
            if 1 <= exponent <= 12:
                return 10.0**-exponent
    return None


def any_order(statement: str) -> bool:
    """Whether a statement leaves the order of a list of results open."""
    return _ANY_ORDER.search(statement) is not None


def openness(statement: str) -> bool:
    """Whether a statement says that several answers are right, so that a comparison with one of them is no test."""
    return _OPEN.search(statement) is not None


def as_mapping(value: Any) -> Mapping[str, Any]:
    """The value where it is an object, else an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}


def as_list(value: Any) -> list[Any]:
    """The elements of the value where it is a list, else none."""
    return list(cast("Sequence[Any]", value)) if isinstance(value, Sequence) and not isinstance(value, str) else []


def _said(output: Any) -> bool:
    return bool(output.strip()) if isinstance(output, str) else any(str(line).strip() for line in as_list(output))


def _json_lines(text: str) -> list[Any]:
    return [_json(line) for line in text.split("\n") if line.strip()]


def _json(text: Any) -> Any:
    try:
        return json.loads(text) if isinstance(text, str) else text
    except (ValueError, RecursionError):
        raise RowError("unreadable tests") from None


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
