r"""`MathVerifier`: the last `\boxed{...}` against the gold, by meaning.

`task.answer` is a string or a list of accepted strings, any match is right. `task.metadata` may name a "form" that the answer must have
(see `forms`) and a "check": `{"kind": "antiderivative", "of": "3x^2", "by": "x"}` accepts every F with F' equal to `of`, whatever the
constant. A gold that cannot be read makes the task ungradable; an answer that cannot be read is different; one over a limit is graded 0.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from prorl_env_math import find
from prorl_env_math.checker import GoldError, Judgement, judge
from prorl_env_math.clean import clean
from prorl_env_math.limits import MAX_CHARS, LimitError, ParseError, UndefinedError
from prorl_gym.sandbox import Sandbox
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier


class MathVerifier(Verifier):
    """Judges answers of the math domain; see the module's docstring."""

    isolate = True

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The last box; in tolerant mode also an announced answer, a formula or a number (see `find`)."""
        return find.strict(text) if mode == "strict" else find.tolerant(text)

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """Equivalence to any accepted answer, in the form that the task asks for."""
        golds = accepted(task.answer)
        if not golds:
            return Verdict.ungradable(f"gold: a text or a list of texts is expected, got {task.answer!r:.80}", extracted=answer)
        try:
            judgement = _judge(golds, answer, task.metadata)
        except GoldError as error:
            return Verdict.ungradable(f"gold: {error}", extracted=answer)
        return Verdict.graded(float(judgement.equal), extracted=answer, reason=judgement.reason)

    def gold(self, task: Task) -> str | None:
        """The first accepted answer in a box."""
        golds = accepted(task.answer)
        return f"\\boxed{{{golds[0]}}}" if golds else None

    def wrong(self, task: Task) -> str | None:
        """The gold plus one in a box; for a text gold, another text."""
        golds = accepted(task.answer)
        if not golds:
            return None
        number = golds[0].lstrip("-")
        if number.isdecimal() and len(number) < 100:
            return f"\\boxed{{{int(golds[0]) + 1}}}"
        return "\\boxed{-7654321}"


def accepted(answer: Any) -> list[str]:
    """The accepted answers of a task: a string, a number, or a list of these, as strings; empty where there is none."""
    items = cast("Sequence[Any]", answer) if isinstance(answer, list | tuple) else [answer]
    out = [str(a) if isinstance(a, int | float) and not isinstance(a, bool) else a for a in items]
    return [a for a in out if isinstance(a, str) and a.strip()] if all(isinstance(a, str) for a in out) else []


def _judge(golds: list[str], answer: str, metadata: Mapping[str, Any]) -> Judgement:
    check = metadata.get("check")
    if isinstance(check, Mapping):
        verdict = _special(cast("Mapping[str, Any]", check), answer)
    else:
        verdict = _any(golds, answer)
    form = metadata.get("form")
    if verdict.equal and isinstance(form, str) and answer not in golds and not _formed(golds, answer, form):
        return Judgement(False, f"form: the answer is equal, but not exact and {form}")
    return verdict


def _any(golds: list[str], answer: str) -> Judgement:
    """The judgement by the first gold that matches, else by the last; a broken gold counts only where no other matches."""
    last: Judgement | None = None
    broken: GoldError | None = None
    for gold in golds:
        try:
            last = judge(gold, answer)
        except GoldError as error:
            broken = error
            continue
        if last.equal:
            return last
    if broken is not None or last is None:
        raise broken or GoldError("no gold answer")
    return last


def _formed(golds: list[str], answer: str, form: str) -> bool:
    """True where the answer has the form, and where its decimals are exact, not roundings."""
    from prorl_env_math.equal import same
    from prorl_env_math.forms import FORMS, has_form
    from prorl_env_math.nodes import has_decimal, without_decimals
    from prorl_env_math.parse import parse

    if form not in FORMS:
        raise GoldError(f"the task's form {form!r} is unknown; expected one of {', '.join(FORMS)}")
    try:
        tree = parse(clean(answer))
        if not has_form(tree, form):
            return False
        return not has_decimal(tree) or any(same(parse(clean(gold)), without_decimals(tree)) for gold in golds)
    except (ParseError, LimitError, UndefinedError):
        return False


def _special(check: Mapping[str, Any], answer: str) -> Judgement:
    from prorl_env_math.antiderivative import is_antiderivative

    kind, of, by = check.get("kind"), check.get("of"), check.get("by")
    if kind != "antiderivative" or not isinstance(of, str) or not isinstance(by, str):
        raise GoldError(f"the task's check {dict(check)!r:.80} is unknown; expected {{'kind': 'antiderivative', 'of': ..., 'by': ...}}")
    if len(answer) > MAX_CHARS:
        return Judgement(False, f"limit: {len(answer)} characters, at most {MAX_CHARS} are checked")
    try:
        equal = is_antiderivative(clean(answer), of, by)
    except LimitError as error:
        return Judgement(False, f"limit: {error}")
    except (ParseError, UndefinedError):
        equal = False
    return Judgement(equal, "equal" if equal else "different")
