"""What a kind of constraint is: one record that can check a text, describe itself, draw its own parameters and prove itself satisfiable.

A kind is data: its id (the published one, or `prorl:...` for those of this package), four pure functions and two labels that tell
which kinds may stand together. Every `check` is linear in the text's length and raises `KwargsError` for parameters it cannot use,
nothing else. Every `edit` turns a text (also the empty one) into one that meets the constraint, so that witnesses of several
constraints are made by editing in the order of `stage`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal, cast

from prorl_env_instruct.segments import has_word
from prorl_gym.errors import TaskError

Kwargs = Mapping[str, Any]
Style = Literal["full", "terse"]
Role = Literal["short", "free", "given"]


class KwargsError(TaskError):
    """A constraint's parameters are missing or of the wrong type: the gold is broken, not the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """One kind of constraint. Ask `follows`, not `check`: a check may hold for a text in which there is nothing to break it."""

    id: str
    summary: str
    """What the text must do, in a few words, for tables."""
    kwargs: tuple[str, ...] = ()
    """The parameters' names."""
    check: Callable[[str, Kwargs], bool]
    full: Callable[[Kwargs], str]
    """The demand as a sentence."""
    terse: Callable[[Kwargs], str]
    """The demand in as few characters as possible."""
    sample: Callable[[Random, int], dict[str, Any]]
    """Parameters of a difficulty from 0 (small) to 3."""
    edit: Callable[[str, Kwargs], str]
    """A text that meets the constraint and keeps of the given one what it can."""
    spoil: Callable[[str, Kwargs], str] | None = None
    """A text like the given one, which meets the constraint, that breaks it by the least; what makes it break is plain without `check`."""
    wordless: bool = False
    """Whether a text without any letter, digit or pictograph can meet it."""
    stage: int = 5
    """When to edit among several constraints: 0 whole texts, 2 words, 4 vocabulary, 6 lines, 8 case and wrapping."""
    group: str
    """The aspect that is constrained; two kinds of one group never stand together."""
    role: Role = "free"
    """"short" (one word or phrase, level 0), "free" (combined at the levels above) or "given" (needs a text to start from; never drawn)."""

    def describe(self, kwargs: Kwargs, style: Style = "full") -> str:
        """The demand in words."""
        return (self.terse if style == "terse" else self.full)(kwargs)

    def follows(self, text: str, kwargs: Kwargs) -> bool:
        """Whether the text meets the constraint; a text of marks alone meets none but the `wordless`. Raises KwargsError."""
        return (has_word(text) or (self.wordless and bool(text.strip()))) and self.check(text, kwargs)

    def satisfy(self, kwargs: Kwargs) -> str:
        """A text that meets the constraint."""
        return self.edit("", kwargs)


def number(kwargs: Kwargs, name: str) -> int:
    """The whole number under that name. Raises KwargsError."""
    value = kwargs.get(name)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise KwargsError(f"{name!r} must be a whole number from 0; got {value!r}")
    return value


def word(kwargs: Kwargs, name: str) -> str:
    """The text under that name, not blank. Raises KwargsError."""
    value = kwargs.get(name)
    if not isinstance(value, str) or not value.strip():
        raise KwargsError(f"{name!r} must be a text that is not blank; got {value!r}")
    return value


def words(kwargs: Kwargs, name: str) -> list[str]:
    """The non-empty list of texts under that name. Raises KwargsError."""
    value = kwargs.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise KwargsError(f"{name!r} must be a list of texts that is not empty; got {value!r}")
    items = cast("Sequence[Any]", value)
    for item in items:
        if not isinstance(item, str) or not item.strip():
            raise KwargsError(f"{name!r} must hold texts that are not blank; got {item!r}")
    return [str(item) for item in items]


LEAST, LESS = "at least", "less than"


def relation(kwargs: Kwargs, name: str) -> str:
    """The relation under that name. Raises KwargsError."""
    value = kwargs.get(name)
    if value not in (LEAST, LESS):
        raise KwargsError(f"{name!r} must be {LEAST!r} or {LESS!r}; got {value!r}")
    return value


_READERS: dict[str, Callable[[Kwargs, str], object]] = {
    **dict.fromkeys(("relation", "let_relation", "capital_relation"), relation),
    **dict.fromkeys(("keywords", "forbidden_words", "key_sentences", "items"), words),
    **dict.fromkeys(
        ("keyword", "letter", "word", "phrase", "key", "value", "language", "first_word", "end_phrase", "prompt_to_repeat", "options", "sep"), word
    ),
    **dict.fromkeys(("section_spliter", "postscript_marker", "original_message", "original_paragraph", "reference_text"), word),
    **dict.fromkeys(("keyword1", "keyword2", "keyword3", "keyword4", "keyword5", "options", "sep"), word),
}
"""How each parameter is read; those that are not named here are numbers."""


def validate(kind: Kind, kwargs: Kwargs) -> None:
    """Raise KwargsError where one of the kind's parameters is missing or of the wrong type, whatever the text will be."""
    for name in kind.kwargs:
        _READERS.get(name, number)(kwargs, name)
    kind.check("x", kwargs)


def compares(count: int, kwargs: Kwargs, name: str, bound: str) -> bool:
    """Whether the count stands in the named relation ("at least" or "less than") to the named bound. Raises KwargsError."""
    limit = number(kwargs, bound)
    return count >= limit if relation(kwargs, name) == LEAST else count < limit


def sign(kwargs: Kwargs, name: str) -> str:
    """The relation as a sign, for terse prompts."""
    return ">=" if kwargs[name] == LEAST else "<"
