r"""`MathVerifier`: the last `\boxed{...}` against the gold, by meaning.

`task.answer` is a string or a list of accepted strings, any match is right. `task.metadata` may name a "form" that the answer must have
(see `forms`), a "check" that puts the answer back into the problem (see `checks`) where many answers are right, and a "checker": "own"
(the default) or "either", which also accepts what math-verify accepts (see `either`). A gold that cannot be read makes the task
ungradable; an answer that cannot be read is different; one over a limit is graded 0.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from prorl_env_math import either, find, variants
from prorl_env_math.checker import GoldError, Judgement, judge, readings
from prorl_env_math.limits import LimitError, ParseError, UndefinedError
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
        return _boxed(golds[0]) if golds else None

    def wrong(self, task: Task) -> str | None:
        """The gold plus one in a box; for a text gold, another text."""
        golds = accepted(task.answer)
        if not golds:
            return None
        number = golds[0].lstrip("-")
        if number.isdecimal() and len(number) < 100:
            return _boxed(str(int(golds[0]) + 1))
        return _boxed("-7654321")

    def equivalents(self, task: Task) -> Sequence[str]:
        """The first accepted answer written in other ways, and the other accepted ones."""
        golds = accepted(task.answer)
        return [_boxed(text) for text in [*variants.equivalents(golds[0], task.metadata), *golds[1:]]] if golds else []

    def near_misses(self, task: Task) -> Sequence[str]:
        """Wrong answers of the gold's kind; of a task with several accepted answers only `wrong`, since a near miss of one may be another."""
        golds = accepted(task.answer)
        wrong = self.wrong(task)
        if len(golds) != 1 or wrong is None:
            return [wrong] if wrong else []
        return [wrong, *(_boxed(text) for text in variants.near_misses(golds[0], task.metadata))]

    def shares_answer(self, task: Task, other: Task) -> bool:
        """By the printed golds, numbers and lists by value; where the task has a check, by putting numbers and exponents into the problem."""
        mine, theirs = accepted(task.answer), accepted(other.answer)
        if {str(variants.canonical(m)) for m in mine} & {str(variants.canonical(t)) for t in theirs[:1]}:
            return True
        check = task.metadata.get("check")
        return isinstance(check, Mapping) and bool(theirs) and variants.fits(cast("Mapping[str, Any]", check), theirs[0])


def accepted(answer: Any) -> list[str]:
    """The accepted answers of a task: a string, a number, or a list of these, as strings; empty where there is none."""
    items = cast("Sequence[Any]", answer) if isinstance(answer, list | tuple) else [answer]
    out = [str(a) if isinstance(a, int | float) and not isinstance(a, bool) else a for a in items]
    return [a for a in out if isinstance(a, str) and a.strip()] if all(isinstance(a, str) for a in out) else []


def _boxed(text: str) -> str:
    return f"\\boxed{{{text}}}"


def _judge(golds: list[str], answer: str, metadata: Mapping[str, Any]) -> Judgement:
    check, form, checker = metadata.get("check"), metadata.get("form"), metadata.get("checker", "own")
    if checker not in either.CHECKERS:
        raise GoldError(f"the task's checker is {checker!r:.40}; expected one of {', '.join(either.CHECKERS)}")
    if isinstance(check, Mapping):
        from prorl_env_math.checks import run_check

        verdict = run_check(cast("Mapping[str, Any]", check), answer)
    elif checker == "either":
        verdict = _either(golds, answer)
    else:
        verdict = _any(golds, answer)
    if verdict.equal and isinstance(form, str) and answer not in golds and not _formed(golds, answer, form):
        return Judgement(False, f"form: the answer is equal, but not exact and {form}")
    return verdict


def _either(golds: list[str], answer: str) -> Judgement:
    """Our judgement where it accepts; else math-verify's, which may also read a gold that we cannot."""
    try:
        own = _any(golds, answer)
        broken = None
    except GoldError as error:
        own, broken = None, error
    if own is not None and own.equal:
        return own
    if any(either.accepts(gold, answer) for gold in golds):
        return Judgement(True, "equal: by math-verify")
    if own is None:
        raise broken or GoldError("no gold answer")
    return own


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
    """True where the answer has the form, and where decimals, its own and the gold's, are exact and not roundings."""
    from prorl_env_math.equal import same
    from prorl_env_math.forms import FORMS, has_form
    from prorl_env_math.nodes import has_decimal, without_decimals

    if form not in FORMS:
        raise GoldError(f"the task's form {form!r} is unknown; expected one of {', '.join(FORMS)}")
    try:
        trees = [tree for text in golds for tree in readings(text)]
        for tree in readings(answer):
            exact = without_decimals(tree)
            if has_form(tree, form) and (not any(map(has_decimal, (tree, *trees))) or any(same(without_decimals(gold), exact) for gold in trees)):
                return True
    except (ParseError, LimitError, UndefinedError):
        pass
    return False
