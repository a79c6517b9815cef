"""Constraints as a task states them, and the two texts that prove a set of them sound: one that meets all, one that meets none.

The published form of a set is two lists of one length: `instruction_id_list` and `kwargs` (whose None values mean "absent").
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from prorl_env_instruct.catalogue import kind_of
from prorl_env_instruct.kind import Kind, KwargsError, validate
from prorl_gym.errors import TaskError

MAX_CONSTRAINTS = 32
MAX_NUMBER = 2000
"""No witness is built for a demand with a larger number."""
ROUNDS = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraint:
    """One kind with parameters that it can use."""

    kind: Kind
    kwargs: Mapping[str, Any]

    def follows(self, text: str) -> bool:
        """Whether the text meets it."""
        return self.kind.follows(text, self.kwargs)


def read(answer: Any) -> list[Constraint]:
    """The constraints of a task's answer. Raises TaskError (form, parameters, an empty list) or UnknownNameError (id)."""
    if not isinstance(answer, Mapping):
        raise TaskError(f"the answer must be an object with 'instruction_id_list' and 'kwargs'; got {type(answer).__name__}")
    columns = cast("Mapping[str, Any]", answer)
    ids = _list(columns, "instruction_id_list")
    given = _list(columns, "kwargs") if columns.get("kwargs") is not None else [None] * len(ids)
    if not ids:
        raise TaskError("'instruction_id_list' is empty: there is nothing to check")
    if len(ids) > MAX_CONSTRAINTS or len(given) != len(ids):
        raise TaskError(f"'instruction_id_list' and 'kwargs' must have one length, at most {MAX_CONSTRAINTS}; got {len(ids)} and {len(given)}")
    return [_constraint(id, kwargs) for id, kwargs in zip(ids, given, strict=True)]


def _list(columns: Mapping[str, Any], name: str) -> list[Any]:
    value = columns.get(name)
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise TaskError(f"{name!r} must be a list; got {value!r}")
    return list(cast("Sequence[Any]", value))


def _constraint(id: Any, kwargs: Any) -> Constraint:
    if not isinstance(id, str):
        raise TaskError(f"an instruction id is a text; got {id!r}")
    if kwargs is not None and not isinstance(kwargs, Mapping):
        raise TaskError(f"the kwargs of {id} must be an object; got {kwargs!r}")
    given = {k: v for k, v in cast("Mapping[str, Any]", kwargs or {}).items() if v is not None}
    kind = kind_of(id)
    try:
        validate(kind, given)
    except KwargsError as error:
        raise KwargsError(f"{id}: {error}") from error
    return Constraint(kind=kind, kwargs=given)


def written(constraints: Sequence[Constraint]) -> dict[str, Any]:
    """The published form; `read` gives the constraints back."""
    return {"instruction_id_list": [c.kind.id for c in constraints], "kwargs": [dict(c.kwargs) for c in constraints]}


def witness(constraints: Sequence[Constraint]) -> str | None:
    """A text that meets all of them, or None where editing finds none, which proves nothing."""
    if any(isinstance(v, int | float) and v > MAX_NUMBER for c in constraints for v in c.kwargs.values()):
        return None
    ordered = sorted(constraints, key=lambda c: c.kind.stage)
    text = ""
    for _ in range(ROUNDS):
        for c in ordered:
            text = c.kind.edit(text, c.kwargs)
        if all(c.follows(text) for c in constraints):
            return text
    return None


_BROKEN = (
    "?",
    "Qx, 7",
    "xQ? yQ: 12 13, Zz",
    "Qx qZ, " * 3 + "Qx",
    "The quick brown fox, it seems, jumps over 13 lazy dogs? Why? Or 17 Cats! And? No, " * 8,
)


def violation(constraints: Sequence[Constraint]) -> str | None:
    """A text that meets none of them, or None where none of the tried ones does."""
    return next((text for text in _candidates(constraints) if not any(c.follows(text) for c in constraints)), None)


def _candidates(constraints: Sequence[Constraint]) -> Iterator[str]:
    values = itertools.chain.from_iterable(c.kwargs.values() for c in constraints)
    named = [str(v if isinstance(v, str) else next(iter(cast("list[Any]", v)))) for v in values if isinstance(v, list | str) and v]
    tails = ["", *dict.fromkeys(named), " ".join(named)]
    for base in _BROKEN:
        for tail in tails:
            yield f"{base} {tail} ?x".strip() if tail else base
