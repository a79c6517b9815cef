"""The verifier of the STEM domain: choices, quantities with units, expressions, short texts, and questions of several parts.

Strict mode reads the last `\\boxed{...}` after the thinking (several where there are several parts), with a unit that stands right behind it.
Tolerant mode also reads what is stated in words (see `stated`); the last valid answer wins. Nothing is ever guessed: two alternatives, a
letter that is no option or a unit of another dimension score 0.

Metadata: `kind` (see `golds`; found from the gold where absent); for choices `options`; for quantities `unit`, `unit_required` (default: only
where no `unit` gives it away), `rtol`, `atol`, `figures`, `figures_shown`, `difference`; for texts `form`, `aliases`, `scaled`, `from_5`;
for expressions `symbols`, `rtol`; for parts `all_or_nothing`. `answer` is the gold, a list of accepted golds, or the parts: an object of
label to gold, where a gold may be an object of `answer` and these settings.
"""

import re
from collections.abc import Sequence

from prorl_env_stem import choice, forms
from prorl_env_stem.golds import Asked, asked
from prorl_env_stem.judge import judge
from prorl_env_stem.parts import extract_parts, judge_parts
from prorl_env_stem.quantity import gold_quantity, parse_quantity
from prorl_env_stem.stated import first_clause, last_lines, phrases, stated_choice
from prorl_env_stem.tidy import LimitError, tidy
from prorl_env_stem.units import parse_unit, worth
from prorl_gym import extract as find
from prorl_gym.sandbox import Sandbox
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier

_UNIT_END = re.compile(r"[.,;:!?](?=\s|$)|\n|\s(?:and|so|which|is|as|in|of|for|when|because)\s|\s\(")
UNIT_CHARS = 60
"""A unit behind a box stands within so many characters."""


class StemVerifier(Verifier):
    """See the module. Every grading is linear in the completion and bounded in the answer, so it runs in the caller's process."""

    isolate = False

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The answer's text; for choices in tolerant mode the letter, also where the option was named by its words."""
        try:
            question: Asked | None = asked(task)
        except ValueError:
            question = None  # `check` says what is broken
        if question is not None and question.kind == "parts":
            return extract_parts(text, [part.label for part in question.parts], tolerant=mode == "tolerant")
        boxed = find.last_boxed(text)
        if question is not None and question.kind == "quantity" and boxed:
            boxed = _with_unit_behind(text, boxed)
        if mode == "strict" or question is None:
            return boxed or None
        return _tolerant(question, text, boxed)

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The verdict on an extracted answer; an unreadable gold is ungradable, an unreadable answer is wrong."""
        try:
            question = asked(task)
            return judge_parts(question, answer) if question.kind == "parts" else judge(question, answer)
        except ValueError as error:
            return Verdict.ungradable(str(error)[:500])

    def gold(self, task: Task) -> str | None:
        """The gold in a box; for a choice, its letter; for parts, a list divided by semicolons."""
        try:
            return _boxed(forms.gold_text(asked(task)))
        except ValueError:
            return None

    def wrong(self, task: Task) -> str | None:
        """The first near miss whose score is 0 by construction: for parts, all of them wrong."""
        question = asked(task)
        if question.kind == "parts":
            misses = [forms.near_misses(part)[:1] for part in question.parts]
            return _boxed("; ".join(m[0] for m in misses)) if all(misses) else None
        misses = forms.near_misses(question)
        return _boxed(misses[0]) if misses else None

    def equivalents(self, task: Task) -> Sequence[str]:
        """The gold in other spellings, units and notations; a box for each part."""
        question = asked(task)
        found = [f"\\boxed{{{form}}}" for form in forms.equivalents(question)]
        if question.kind == "parts":
            found.append(" ".join(f"({part.label}) \\boxed{{{forms.gold_text(part)}}}" for part in question.parts))
        if question.kind == "quantity" and (match := re.fullmatch(r"([^\s]+) ([^\s]+)", forms.gold_text(question) or "")):
            found.append(f"$\\boxed{{{match[1]}}}\\,\\text{{{match[2]}}}$.")
        return found

    def near_misses(self, task: Task) -> Sequence[str]:
        """Answers that are close and wrong: another digit, unit, prefix, sign, option, letter or coefficient, and hedged ones."""
        return [f"\\boxed{{{form}}}" for form in forms.near_misses(asked(task))]

    def shares_answer(self, task: Task, other: Task) -> bool:
        """Whether the gold of `other` is right for `task`: equal letters, equal values in base units, else equal as judged."""
        try:
            return _shares(asked(task), asked(other))
        except ValueError:
            return False


def _boxed(content: str | None) -> str | None:
    return None if content is None else f"\\boxed{{{content}}}"


def _with_unit_behind(text: str, boxed: str) -> str:
    """The box's number with the unit that stands right behind the box, as in `\\boxed{12}\\,\\text{N}`; the content alone where there is none."""
    try:
        inside = parse_quantity(boxed)
        if inside is None or not inside.bare:
            return boxed
        start = max(text.rfind("\\boxed"), text.rfind("\\fbox"))
        rest = text[text.find(boxed, start) + len(boxed) :].lstrip(" ").removeprefix("}")[:UNIT_CHARS]
        behind = _UNIT_END.split(rest, maxsplit=1)[0].strip()
        unit = tidy(behind).rstrip(".").strip()
    except LimitError:
        return boxed
    return f"{boxed} {unit}" if unit and unit not in ("x", "*") and parse_unit(unit) else boxed


def _tolerant(question: Asked, text: str, boxed: str | None) -> str | None:
    if question.kind == "choice":
        gold = question.golds[0] if question.golds else None
        try:
            options = question.options
        except ValueError:
            return boxed  # `check` says what is broken
        if isinstance(gold, str) and len(choice.gold_letter(gold, options) or "") > 1:
            return next((p for p in phrases(text, boxed=boxed) + last_lines(text) if choice.letters_of(p, options)), None)
        known = choice.known_texts(gold, options)
        return stated_choice(text, boxed=boxed, options=options, texts=known, cyrillic=choice.is_cyrillic(str(gold)))
    cued, lines = phrases(text, boxed=boxed), last_lines(text)
    for phrase in cued:
        if (answer := _committed(phrase, question.kind)) is not None:
            return answer
    for line in lines if question.kind == "quantity" else reversed(lines):
        if (answer := _committed(line, question.kind, alone=True)) is not None:
            return answer
    return cued[0] if cued else None


def _committed(phrase: str, kind: str, *, alone: bool = False) -> str | None:
    """What a phrase commits itself to, in a form that `check` reads; None where it is no answer. `alone`: prose around it is not allowed."""
    inner = find.last_boxed(phrase)
    phrase = inner if inner else phrase
    if kind != "quantity":
        return phrase.strip(" *`_").rstrip(".") or None
    clean = (phrase if alone else first_clause(phrase)).strip(" *`_").rstrip(".")
    try:
        return clean if parse_quantity(clean) is not None else None
    except LimitError:
        return clean if clean[:1].isdigit() else None


def _shares(one: Asked, two: Asked) -> bool:
    if one.kind != two.kind:
        return False
    if one.kind == "parts":
        return len(one.parts) == len(two.parts) and all(_shares(a, b) for a, b in zip(one.parts, two.parts, strict=True))
    if one.kind == "choice":
        letters = {choice.gold_letter(gold, one.options) for gold in one.golds}
        return bool(two.golds) and choice.gold_letter(two.golds[0], two.options) in letters
    given = forms.gold_text(two)
    if one.kind != "quantity":
        return given is not None and judge(one, given).score == 1.0
    return any(_same_worth(one, str(gold), given or "") for gold in one.golds)


def _same_worth(one: Asked, gold: str, given: str) -> bool:
    """Whether two golds lie within the first one's tolerance of each other, in base units."""
    a, b = gold_quantity(gold, one.unit), gold_quantity(given, "")
    if a is None or b is None:
        return False
    left, right = worth(a.units[0]), worth(b.units[0])
    if b.bare and not a.bare:
        if one.settings.get("unit_required", not one.unit):
            return False
        right = left
    scale = abs(a.value * left.scale) or 1.0
    room = one.number("rtol")
    room = (0.0 if a.bare and a.value == int(a.value) else 1e-2) if room is None else room
    away = abs(a.value * left.scale + left.offset - b.value * right.scale - right.offset)
    figures = one.number("figures")
    allowed = 10.0 ** -(int(figures) - 1) * scale if figures else max(room * scale, (one.number("atol") or 0.0) * left.scale)
    return left.dimension == right.dimension and away <= allowed * (1 + 1e-6)
