"""How an answer of each kind is judged against one gold: pure functions that give a `Verdict`.

An unreadable gold is ungradable, an unreadable or over-long answer is wrong with the reason "unread" or "limit".
"""

from typing import Any

from prorl_env_stem import choice, text
from prorl_env_stem.formula import RTOL, same_formula
from prorl_env_stem.golds import Asked
from prorl_env_stem.quantity import Quantity, compare, gold_quantity, parse_quantity
from prorl_env_stem.tidy import MAX_CHARS, LimitError
from prorl_gym.types import Verdict

MAX_ANSWER_CHARS = 10 * MAX_CHARS


def judge(question: Asked, answer: str) -> Verdict:
    """The best verdict over the accepted golds; an unreadable gold counts only where no other accepts. Raises ValueError for broken settings."""
    if not question.golds or not str(question.golds[0]).strip():
        if question.kind == "choice" and not question.golds:
            return _choice(question, None, answer)
        return Verdict.ungradable("gold: a stem task needs an answer, a short one or a solution that states it")
    limit = max(MAX_ANSWER_CHARS, *(2 * len(str(g)) for g in question.golds))
    if len(answer) > limit:
        return Verdict.graded(0.0, reason=f"limit: an answer of {len(answer)} characters, at most {limit} are read")
    verdicts = [_one(question, gold, answer) for gold in question.golds]
    return max(verdicts, key=lambda v: v.score if v.score >= 0 else 0.5)


def _one(question: Asked, gold: Any, answer: str) -> Verdict:
    try:
        return _CHECKS[question.kind](question, gold, answer)
    except LimitError as limit:
        return Verdict.graded(0.0, extracted=answer[:MAX_CHARS], reason=str(limit))


def _graded(right: bool, answer: str, reason: str = "") -> Verdict:
    return Verdict.graded(float(right), extracted=answer[:MAX_CHARS], reason=reason or ("equal" if right else "different"))


def _choice(question: Asked, gold: Any, answer: str) -> Verdict:
    try:
        options = question.options
    except ValueError as error:
        return Verdict.ungradable(f"metadata: {error}")
    right = choice.gold_letter(gold, options)
    if right is None:
        if options is None and isinstance(gold, str):
            return _graded(text.same_text(gold, answer, "name"), answer)
        return Verdict.ungradable(f"gold: {gold!r} names none of the options {', '.join(options or {}) or 'A to Z'}")
    if len(right) > 1:
        given = choice.letters_of(answer, options)
        return _graded(given == right, given or answer, "" if given else "unread: the answer is not a list of options")
    letter = choice.letter_of(
        choice.latin(answer[: choice.MAX_PHRASE], cyrillic=choice.is_cyrillic(str(gold))), options, texts=choice.known_texts(gold, options)
    )
    if letter is None:
        return _graded(False, answer, "unread: the answer is not the letter of an option")
    if letter == choice.AMBIGUOUS:
        return _graded(False, answer, "ambiguous: more than one option")
    return _graded(letter == right, letter)


def _quantity(question: Asked, gold: Any, answer: str) -> Verdict:
    wanted = gold_quantity(str(gold), question.unit)
    if wanted is None:
        return Verdict.ungradable(f"gold: {str(gold)[:100]!r} with the unit {question.unit!r} is not a quantity that can be read")
    settings = question.settings
    rtol, atol, figures = question.number("rtol"), question.number("atol"), question.number("figures")
    given: Quantity | None = parse_quantity(answer)
    if given is None:
        return _graded(False, answer, "unread: the answer is not one number with a unit")
    reason = compare(
        wanted, given, rtol=rtol, atol=atol or 0.0, figures=None if figures is None else max(1, int(figures)),
        unit_required=bool(settings.get("unit_required", not question.unit)), difference=bool(settings.get("difference")),
    )  # fmt: skip
    if reason == "equal" and figures and settings.get("figures_shown") and given.figures != int(figures):
        reason = f"figures: {given.figures} significant figures are shown, {int(figures)} are asked for"
    return _graded(reason == "equal", given.text, reason)


def _text(question: Asked, gold: Any, answer: str) -> Verdict:
    form = question.settings.get("form") or text.form_of(str(gold))
    if form not in text.FORMS:
        return Verdict.ungradable(f"metadata: form is one of {', '.join(text.FORMS)}; got {form!r}")
    if not text.readable(str(gold), form):
        return Verdict.ungradable(f"gold: {str(gold)[:100]!r} cannot be read as a {form}")
    scaled, from_5 = bool(question.settings.get("scaled")), bool(question.settings.get("from_5"))
    return _graded(text.same_text(str(gold), answer, form, scaled=scaled, aliases=question.texts("aliases"), from_5=from_5), answer)


def _expression(question: Asked, gold: Any, answer: str) -> Verdict:
    rtol = question.number("rtol")
    try:
        same = same_formula(str(gold), "0", symbols=question.texts("symbols"))
    except LimitError as limit:
        return Verdict.ungradable(f"gold: {limit}")
    if same is None:
        return Verdict.ungradable(f"gold: {str(gold)[:100]!r} is not an expression that can be read")
    right = same_formula(str(gold), answer, symbols=question.texts("symbols"), rtol=RTOL if rtol is None else rtol)
    return _graded(bool(right), answer)


_CHECKS = {"choice": _choice, "quantity": _quantity, "text": _text, "expression": _expression}
