"""What a task asks for: the gold answers, their kind where none is named, and the settings that judge them.

Kinds are "choice", "quantity", "expression", "text" and "parts". A gold that is a whole worked solution, as data sets publish them, is reduced
to the final answer that it states; where it states none the task is ungradable, never guessed at.
"""

import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from prorl_env_stem import chem, choice, text
from prorl_env_stem.formula import parse_formula
from prorl_env_stem.quantity import gold_quantity, parse_quantity
from prorl_env_stem.stated import first_clause, phrases
from prorl_env_stem.tidy import LimitError
from prorl_gym import extract as find
from prorl_gym.types import Task

KINDS = ("choice", "quantity", "expression", "text", "parts")
SHORT_CHARS = 80
"""A gold of one line and at most so many characters is the answer itself; a longer one is a solution that ends in it."""
MAX_PARTS = 20
MIN_PROSE_WORDS = 4
"""A line of so many words is a sentence, which may hold a shorter answer."""
_LETTER_GOLD = re.compile(r"\(?[A-Z]\)?|\([A-Z]\)\s.{1,300}", re.DOTALL)
_ORBITALS = re.compile(r"(?:\[[A-Z][a-z]?\]\s?)?(?:\d[spdf]\^?\{?\d{1,2}\}?\s?){1,12}|d?\^?\{?\d?\}?sp\^?\{?\d?\}?(?:d\^?\{?\d?\}?)?")
"""Electron configurations and hybrid orbitals look like products, but are names."""
_OPERATOR = re.compile(r"[\^*/\\=_√]|\d\s?[a-zA-Z]|[+-]")
_WORD = re.compile(r"(?<![\\A-Za-z])[a-z]{4,}|[A-Z][a-z]{3,}")
_VALUE = re.compile(r"[=≈]\s*([^=≈\n]{1,120}?)\s*(?:[.;]?\s*$|[.;]\s)")
_PROSE_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-z]{2,}(?![A-Za-z(])")
_KNOWN_WORDS = {
    "sqrt",
    "frac",
    "sinh",
    "cosh",
    "tanh",
    "arctan",
    "arcsin",
    "arccos",
    "alpha",
    "beta",
    "gamma",
    "delta",
    "theta",
    "lambda",
    "omega",
    "sigma",
    "epsilon",
    "times",
    "cdot",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """One question with its settings; `label` where it is a part of a larger one."""

    kind: str
    golds: tuple[Any, ...]
    settings: Mapping[str, Any]
    label: str = ""
    parts: tuple["Asked", ...] = field(default=())

    @property
    def unit(self) -> str:
        """The unit that the settings name, or none."""
        return str(self.settings.get("unit") or "")

    @property
    def options(self) -> dict[str, str] | None:
        """Letter to text. Raises ValueError for options that cannot be read."""
        return choice.read_options(self.settings.get("options"))

    def number(self, key: str) -> float | None:
        """A tolerance of the settings. Raises ValueError where it is no number of at least 0."""
        value = self.settings.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value >= 0:
            raise ValueError(f"metadata: {key} is a number of at least 0; got {value!r}")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts of the settings, empty where it is absent. Raises ValueError for anything else."""
        value: Any = self.settings.get(key) or ()
        if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(v, str) for v in cast("Sequence[Any]", value)):
            raise ValueError(f"metadata: {key} is a list of texts; got {value!r}")
        return tuple(cast("Sequence[str]", value))


def asked(task: Task) -> Asked:
    """What the task asks for. Raises ValueError where the metadata or the gold cannot be used."""
    return _asked(task.answer, task.metadata, "")


def _asked(answer: Any, settings: Mapping[str, Any], label: str) -> Asked:
    named = settings.get("kind")
    if named is not None and named not in KINDS:
        raise ValueError(f"metadata: kind is one of {', '.join(KINDS)}; got {named!r}")
    if named == "parts" or (named is None and isinstance(answer, Mapping)):
        return Asked(kind="parts", golds=(cast("Any", answer),), settings=settings, label=label, parts=_parts(cast("Any", answer)))
    golds = tuple(_reduced(gold, settings) for gold in _listed(answer))
    kind = str(named) if named is not None else kind_of(golds[0] if golds else "", settings)
    return Asked(kind=kind, golds=golds, settings=settings, label=label)


def _listed(answer: Any) -> list[Any]:
    items = cast("Sequence[Any]", answer) if isinstance(answer, (list, tuple)) else [answer]
    return [i for i in items if isinstance(i, (str, int, float)) and not isinstance(i, bool) and str(i).strip()]


def _reduced(gold: Any, settings: Mapping[str, Any]) -> Any:
    if not isinstance(gold, str) or settings.get("kind") in ("choice", "expression", "text") or settings.get("options"):
        return gold
    short = final_answer(gold)
    return "" if short is None else short


def _parts(answer: Any) -> tuple[Asked, ...]:
    entries: list[tuple[str, Any]]
    if isinstance(answer, Mapping):
        entries = [(str(k), v) for k, v in cast("Mapping[Any, Any]", answer).items()]
    elif isinstance(answer, (list, tuple)):
        entries = [(chr(ord("a") + i), v) for i, v in enumerate(cast("Sequence[Any]", answer)[: MAX_PARTS + 1])]
    else:
        entries = []
    if not 0 < len(entries) <= MAX_PARTS:
        raise ValueError(f"gold: several parts are an object or a list of 1 to {MAX_PARTS} parts; got {str(cast('Any', answer))[:80]!r}")
    read: list[Asked] = []
    for label, entry in entries:
        settings: Mapping[str, Any] = cast("Mapping[str, Any]", entry) if isinstance(entry, Mapping) else {}
        gold = settings.get("answer") if isinstance(entry, Mapping) else entry
        part = _asked(gold, settings, str(settings.get("label") or label))
        if not part.golds or part.kind == "parts":
            raise ValueError(f"gold: part {part.label!r} needs an 'answer', a text or a number; got {str(cast('Any', entry))[:80]!r}")
        read.append(part)
    return tuple(read)


def kind_of(gold: Any, settings: Mapping[str, Any]) -> str:
    """What a gold looks like: a letter is a choice, a number a quantity, a formula with an operator an expression, everything else text."""
    first = str(gold).strip()
    if settings.get("options") or _LETTER_GOLD.fullmatch(first):
        return "choice"
    if settings.get("form") or (len(first) < SHORT_CHARS and _ORBITALS.fullmatch(first.strip("$ "))):
        return "text"
    if gold_quantity(first, str(settings.get("unit") or "")) is not None:
        return "quantity"
    if text.form_of(first) != "name":
        return "text"
    return "expression" if _is_expression(first) else "text"


def _is_expression(gold: str) -> bool:
    if not _OPERATOR.search(gold) or any(w not in _KNOWN_WORDS for w in _WORD.findall(re.sub(r"\\[A-Za-z]+(?:\{[^{}]*\})?|_\{[^{}]*\}", " ", gold))):
        return False
    try:
        return parse_formula(gold) is not None
    except LimitError:
        return False


@functools.lru_cache(maxsize=2048)
def final_answer(solution: str) -> str | None:
    """The short answer that a text is or ends in: itself, its last box, what follows "the answer is", or the last value of its last lines."""
    solution = solution.strip()
    boxed = find.last_boxed(solution)
    if boxed:
        return boxed
    short = len(solution) <= SHORT_CHARS and "\n" not in solution
    if short and len(_PROSE_WORD.findall(solution)) < MIN_PROSE_WORDS and solution.count("=") < 2:
        return solution
    for phrase in phrases(solution, boxed=None)[:1]:
        clause = first_clause(phrase).strip(" *`_").rstrip(".")
        if 0 < len(clause) <= SHORT_CHARS:
            return clause
    for line in reversed(solution.split("\n")[-4:]):
        values = [v.replace("$", "").strip(" *") for v in _VALUE.findall(line.strip().rstrip("$ "))]
        if values and _is_value(values[-1]):
            return values[-1]
    return solution if short else None


def _is_value(candidate: str) -> bool:
    try:
        return parse_quantity(candidate) is not None or chem.is_formula(candidate)
    except LimitError:
        return False
