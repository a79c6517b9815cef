"""Judges an expression: the given numbers, each exactly once, and exactly the target."""

from collections.abc import Sequence
from typing import Any, cast

from prorl_countdown.expression import ExpressionError, LimitError, evaluate, numbers, parse
from prorl_gym.extract import last_tag
from prorl_gym.sandbox import Sandbox
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier

MAX_NUMBERS = 12


class CountdownVerifier(Verifier):
    """Reads `metadata` {"numbers": [int, ...], "target": int}; the task's answer, an expression, is one of many that count."""

    isolate = False  # at most 200 characters are read, and at most MAX_NUMBERS small numbers computed with

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The last `<answer>`; in tolerant mode the whole text where no tag stands."""
        found = last_tag(text)
        return text.strip() or None if found is None and mode == "tolerant" else found

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """1 for a right expression, else 0 with what is wrong; ungradable where the task's numbers or target are no integers."""
        given, target = task.metadata.get("numbers"), task.metadata.get("target")
        if not _are_integers(given) or not _are_integers([target]):
            expected = f"'numbers', 1 to {MAX_NUMBERS} integers from 0 up, and 'target', one more"
            return Verdict.ungradable(f"gold: metadata needs {expected}; got {given!r} and {target!r}"[:300])
        try:
            postfix = parse(answer)
        except LimitError as error:
            return Verdict.graded(0.0, extracted=answer, reason=f"limit: {error}")
        except ExpressionError as error:
            return Verdict.graded(0.0, extracted=answer, reason=f"malformed: {error}")
        used = numbers(postfix)
        if sorted(used) != sorted(cast("list[int]", given)):
            return Verdict.graded(0.0, extracted=answer, reason=f"numbers: it uses {used}; each of {given} is to be used exactly once"[:300])
        value = evaluate(postfix)
        if value is None:
            return Verdict.graded(0.0, extracted=answer, reason="different: it divides by zero")
        if value != target:
            return Verdict.graded(0.0, extracted=answer, reason=f"different: its value is {value}")
        return Verdict.graded(1.0, extracted=answer, reason="equal")

    def gold(self, task: Task) -> str | None:
        """The expression that the target was made from."""
        return None if task.answer is None else f"<answer>{task.answer}</answer>"

    def wrong(self, task: Task) -> str | None:
        """All the numbers, added or subtracted to another value than the target."""
        given = cast("Sequence[int]", task.metadata["numbers"])
        for sign in "+-":
            expression = sign.join(map(str, given))
            if evaluate(parse(expression)) != task.metadata["target"]:
                return f"<answer>{expression}</answer>"
        return None


def _are_integers(value: Any) -> bool:
    if not isinstance(value, list | tuple):
        return False
    items = cast("Sequence[Any]", value)
    return 0 < len(items) <= MAX_NUMBERS and all(isinstance(n, int) and not isinstance(n, bool) and n >= 0 for n in items)
