"""Makes six generators independent of where and when they run, so that one seed gives one task in every process, on every day.

Five iterate over sets of texts or symbols, whose order changes with `PYTHONHASHSEED`; one reads a time as one of today. Each function takes
a built dataset and gives its sets an order, or its module a calendar; nothing else changes, and the scorer is left alone.
"""

import datetime
import functools
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

DAY = datetime.datetime(2025, 5, 1)
"""The date of a time that has none."""


class Ordered(set[Any]):
    """A set that iterates in sorted order, also after a difference."""

    def __iter__(self) -> Iterator[Any]:
        return iter(sorted(super().__iter__()))

    def __sub__(self, other: Any) -> "Ordered":
        return Ordered(super().__sub__(other))


class OrderedFrozen(frozenset[Any]):
    """A frozen set that iterates in sorted order."""

    def __iter__(self) -> Iterator[Any]:
        return iter(sorted(super().__iter__()))


def _letters(dataset: Any) -> None:
    dataset.letters = Ordered(dataset.letters)


def _words(dataset: Any) -> None:
    dataset.word_sets = {length: dict.fromkeys(sorted(words)) for length, words in dataset.word_sets.items()}
    dataset.word_graphs = {
        length: {word: tuple(sorted(near)) for word, near in sorted(graph.items())} for length, graph in dataset.word_graphs.items()
    }


def _monomials(dataset: Any) -> None:
    given: Callable[..., Iterable[Any] | None] = dataset._get_monomials

    def in_order(rng: Any) -> list[Any] | None:
        found = given(rng)
        return None if found is None else sorted(found, key=str)

    dataset._get_monomials = in_order


def _positions(dataset: Any) -> None:
    # the search over positions builds its frozen sets by the global name, which a module may shadow
    vars(sys.modules[type(dataset).__module__])["frozenset"] = OrderedFrozen


def _today(dataset: Any) -> None:
    module = vars(sys.modules[type(dataset).__module__])
    if isinstance(module["parser"], types.ModuleType):  # a time without a date is read as a time of today
        parse: Callable[..., Any] = module["parser"].parse
        module["parser"] = types.SimpleNamespace(parse=functools.partial(parse, default=DAY))


STEADY: dict[str, Callable[[Any], None]] = {
    "isomorphic_strings": _letters,
    "knight_swap": _positions,
    "polynomial_multiplication": _monomials,
    "ransom_note": _letters,
    "time_intervals": _today,
    "word_ladder": _words,
}
"""Task to what makes its generator steady."""
