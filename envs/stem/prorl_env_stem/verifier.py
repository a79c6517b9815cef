"""The verifier of the STEM domain: choices, quantities with units, short texts, and plain expressions.

Strict mode reads the last `\\boxed{...}` after the thinking and nothing else. Tolerant mode also reads what follows "the answer is" or
"Answer:", and a last line that is an answer as a whole; the last valid answer wins. Nothing is ever guessed: two alternatives, a letter that
is no option or a unit of another dimension score 0.

Metadata: `kind` ("choice", "quantity", "text", "expression"; guessed from the gold where absent), `options` (see `choice`), `unit` and
`unit_required` (default: only where the gold or `unit` carries a unit and the problem does not give it away), `rtol`, `atol`, `form` (see
`text`). `answer` is the gold, or a list of accepted golds.
"""

import re
from collections import deque
from collections.abc import Sequence
from typing import Any, cast

from prorl_env_stem import choice, text
from prorl_env_stem.number import MAX_CHARS, LimitError, tidy
from prorl_env_stem.problem import show
from prorl_env_stem.quantity import Quantity, compare, gold_quantity, parse_quantity
from prorl_gym import extract as find
from prorl_gym.sandbox import Sandbox
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier

KINDS = ("choice", "quantity", "text", "expression")
MAX_CUES = 40
TAIL_CHARS = 20_000
"""Tolerant mode looks for an answer in the last so many characters."""
_CUE = re.compile(
    r"(?:\b(?:answers?|solution|result|r[ée]ponse|respuesta|antwort|lösung|risposta|resposta|ответ|choice|option)\b|答案|答え)"
    r"(?:\s{0,3}(?:is|are|would be|est|es|ist|è|é|:|：|=|是|为|為|—|-|\*{1,3})){1,4}",
    re.IGNORECASE,
)
_EXPLAINED = re.compile(r"[.!]\s|\s(?:because|since|which|when|as)\b|,\s(?!or\b|and\b)(?=[A-Za-z])")
_LAST_VERB = re.compile(r".*(?:\bis\b|\bequals\b|:)\s*", re.IGNORECASE)
_LETTER_GOLD = re.compile(r"\(?[A-Z]\)?|\([A-Z]\)\s.{1,300}", re.DOTALL)


class StemVerifier(Verifier):
    """See the module. Every grading is linear in the completion and bounded in the answer, so it runs in the caller's process."""

    isolate = False

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The answer's text; for choices in tolerant mode the letter, also where the option was named by its words."""
        boxed = find.last_boxed(text)
        if mode == "strict":
            return boxed or None
        kind = kind_of(task)
        options = _options(task) if kind == "choice" else None
        cued, lines = _phrases(text, boxed)
        for phrase in cued:
            if (answer := _committed(phrase, kind, options)) is not None:
                return answer
        for line in lines if kind in ("choice", "quantity") else reversed(lines):
            if (answer := _committed(line, kind, options, alone=True)) is not None:
                return answer
        return cued[0] if cued else None

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The verdict on an extracted answer; an unreadable gold is ungradable, an unreadable answer is wrong."""
        golds = _golds(task.answer)
        if not golds:
            return Verdict.ungradable(f"gold: a stem task needs an answer; got {task.answer!r}")
        limit = max(10 * MAX_CHARS, *(2 * len(str(g)) for g in golds))
        if len(answer) > limit:
            return Verdict.graded(0.0, reason=f"limit: an answer of {len(answer)} characters, at most {limit} are read")
        kind = kind_of(task)
        if kind not in KINDS:
            return Verdict.ungradable(f"metadata: kind is one of {', '.join(KINDS)}; got {kind!r}")
        verdicts = [_CHECKS[kind](task, gold, answer) for gold in golds]
        return max(verdicts, key=lambda v: v.score if v.score >= 0 else 0.5)

    def gold(self, task: Task) -> str | None:
        """The gold in a box; for a choice, its letter."""
        golds = _golds(task.answer)
        if not golds:
            return None
        letter = choice.gold_letter(golds[0], _options(task)) if kind_of(task) == "choice" else None
        return f"\\boxed{{{_with_unit(task, str(golds[0])) if letter is None else letter}}}"

    def wrong(self, task: Task) -> str | None:
        """Another letter, a value three times as large, or another word."""
        golds = _golds(task.answer)
        if not golds:
            return None
        kind, first = kind_of(task), str(golds[0])
        if kind == "choice":
            options = _options(task)
            letter = choice.gold_letter(golds[0], options)
            return next((f"\\boxed{{{k}}}" for k in options or "ABCD" if k != letter), None)
        if kind == "quantity":
            value = gold_quantity(first, _unit(task))
            number, _, unit = _with_unit(task, first).partition(" ")
            return None if value is None else f"\\boxed{{{show(3 * value.value + 1, 6)}{' ' + unit if unit and number else ''}}}"
        return "\\boxed{Xx}"


def kind_of(task: Task) -> str:
    """The task's kind: `metadata.kind`, or what the gold looks like."""
    given = task.metadata.get("kind")
    if given is not None:
        return str(given)
    golds = _golds(task.answer)
    first = str(golds[0]).strip() if golds else ""
    if task.metadata.get("options") or _LETTER_GOLD.fullmatch(first):
        return "choice"
    if gold_quantity(first, _unit(task)) is not None:
        return "quantity"
    return "expression" if re.search(r"[\^*/\\]|\d\s*[+-]", first) and text.form_of(first) == "name" else "text"


def _golds(answer: Any) -> list[Any]:
    items = cast("Sequence[Any]", answer) if isinstance(answer, (list, tuple)) else [answer]
    return [i for i in items if isinstance(i, (str, int, float)) and not isinstance(i, bool) and str(i).strip()]


def _options(task: Task) -> dict[str, str] | None:
    return choice.read_options(task.metadata.get("options"))


def _unit(task: Task) -> str:
    return str(task.metadata.get("unit") or "")


def _with_unit(task: Task, gold: str) -> str:
    """The gold with its unit, where the unit stands in the metadata only."""
    parsed = gold_quantity(gold, "") if kind_of(task) == "quantity" and _unit(task) else None
    return f"{gold} {_unit(task)}" if parsed is not None and parsed.bare else gold


# What tolerant mode reads


def _phrases(text: str, boxed: str | None) -> tuple[list[str], list[str]]:
    """Where an answer may stand: boxes and what follows a cue, the last first; then the last line, and its end after "is" or a colon."""
    tail = text[-TAIL_CHARS:]
    places = [(m.end(), _to_line_end(tail, m.end())) for m in deque(_CUE.finditer(tail), maxlen=MAX_CUES)]
    if boxed:
        places.append((tail.rfind("\\boxed"), boxed))
    cued = [phrase for _, phrase in sorted(places, key=lambda p: p[0], reverse=True) if phrase]
    if not tail.strip():
        return cued, []
    last = tail.strip().rsplit("\n", 1)[-1].strip()[-choice.MAX_PHRASE :]
    return cued, [last, _LAST_VERB.sub("", last)]


def _to_line_end(text: str, at: int) -> str:
    """The rest of the line, or the next one where nothing follows."""
    rest = text[at : at + choice.MAX_PHRASE].lstrip(" \t\r\n*_:")
    return rest.split("\n", 1)[0].strip()


def _committed(phrase: str, kind: str, options: dict[str, str] | None, *, alone: bool = False) -> str | None:
    """What a phrase commits itself to, in a form that `check` reads; None where it is no answer. `alone`: prose around it is not allowed."""
    inner = find.last_boxed(phrase)
    phrase = inner if inner else phrase
    if kind == "choice":
        named = choice.option_named(phrase, options)
        letter = named if named is not None else choice.letter_of(phrase, options, alone=alone)
        return phrase if letter == choice.AMBIGUOUS else letter
    if kind == "quantity":
        clean = (phrase if alone else _first_clause(phrase)).strip(" *`_").rstrip(".")
        try:
            return clean if parse_quantity(clean) is not None else None
        except LimitError:
            return clean if clean[:1].isdigit() else None
    return phrase.strip(" *`_").rstrip(".") or None


def _first_clause(phrase: str) -> str:
    """The phrase without the words that explain it; all of it where numbers follow, which could be a second answer."""
    match = _EXPLAINED.search(phrase)
    return phrase if match is None or any(c.isdigit() for c in phrase[match.start() :]) else phrase[: match.start()]


# How each kind is judged


def _choice(task: Task, gold: Any, answer: str) -> Verdict:
    try:
        options = _options(task)
    except ValueError as error:
        return Verdict.ungradable(f"metadata: {error}")
    right = choice.gold_letter(gold, options)
    if right is None or right == choice.AMBIGUOUS:
        return Verdict.ungradable(f"gold: {gold!r} names none of the options {', '.join(options or {}) or 'A to Z'}")
    letter = choice.letter_of(answer, options)
    if letter is None:
        return Verdict.graded(0.0, extracted=answer[:MAX_CHARS], reason="unread: the answer is not the letter of an option")
    if letter == choice.AMBIGUOUS:
        return Verdict.graded(0.0, extracted=answer[:MAX_CHARS], reason="ambiguous: more than one option")
    return Verdict.graded(float(letter == right), extracted=letter, reason="equal" if letter == right else "different")


def _quantity(task: Task, gold: Any, answer: str) -> Verdict:
    wanted = gold_quantity(str(gold), _unit(task))
    if wanted is None:
        return Verdict.ungradable(f"gold: {str(gold)[:100]!r} with the unit {_unit(task)!r} is not a quantity that can be read")
    try:
        given: Quantity | None = parse_quantity(answer)
    except LimitError as limit:
        return Verdict.graded(0.0, extracted=answer[:MAX_CHARS], reason=str(limit))
    if given is None:
        return Verdict.graded(0.0, extracted=answer, reason="unread: the answer is not one number with a unit")
    rtol, atol = _number(task, "rtol"), _number(task, "atol")
    required = bool(task.metadata.get("unit_required", not _unit(task)))
    reason = compare(wanted, given, rtol=rtol, atol=atol or 0.0, unit_required=required)
    return Verdict.graded(float(reason == "equal"), extracted=given.text, reason=reason)


def _number(task: Task, key: str) -> float | None:
    value = task.metadata.get(key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
        raise ValueError(f"metadata: {key} is a number of at least 0; got {value!r}")
    return float(value)


def _text(task: Task, gold: Any, answer: str) -> Verdict:
    form = task.metadata.get("form") or text.form_of(str(gold))
    if form not in text.FORMS:
        return Verdict.ungradable(f"metadata: form is one of {', '.join(text.FORMS)}; got {form!r}")
    try:
        same = text.same_text(str(gold), answer, form)
    except LimitError as limit:
        return Verdict.graded(0.0, extracted=answer[:MAX_CHARS], reason=str(limit))
    return Verdict.graded(float(same), extracted=answer[:MAX_CHARS], reason="equal" if same else "different")


def _expression(task: Task, gold: Any, answer: str) -> Verdict:
    """Equal as written (spaces, `*` and letter forms aside), or equal as plain numbers."""
    if len(str(gold)) > MAX_CHARS:
        return Verdict.ungradable(f"gold: an expression of {len(str(gold))} characters, at most {MAX_CHARS} are read")
    try:
        given, wanted = tidy(answer), tidy(str(gold))
        same = _squeezed(given) == _squeezed(wanted)
        if not same and (number := gold_quantity(str(gold), _unit(task))) is not None:
            parsed = parse_quantity(answer)
            same = parsed is not None and compare(number, parsed, rtol=_number(task, "rtol"), unit_required=False) == "equal"
    except LimitError as limit:
        return Verdict.graded(0.0, extracted=answer[:MAX_CHARS], reason=str(limit))
    return Verdict.graded(float(same), extracted=answer[:MAX_CHARS], reason="equal" if same else "different")


def _squeezed(expression: str) -> str:
    return re.sub(r"[\s*{}]", "", expression.rpartition("=")[2]).rstrip(".")


_CHECKS = {"choice": _choice, "quantity": _quantity, "text": _text, "expression": _expression}
