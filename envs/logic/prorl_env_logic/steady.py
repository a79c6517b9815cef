"""Makes five generators independent of Python's hash seed, so that one seed gives one task in every process and on every machine.

They iterate over sets of texts or symbols, whose order changes with `PYTHONHASHSEED`. Each function takes a built dataset and gives
its sets an order; nothing else of the dataset changes, and the scorer is left alone.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any


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
    import sys

    # the search over positions builds its frozen sets by the global name, which a module may shadow
    vars(sys.modules[type(dataset).__module__])["frozenset"] = OrderedFrozen


STEADY: dict[str, Callable[[Any], None]] = {
    "isomorphic_strings": _letters,
    "knight_swap": _positions,
    "polynomial_multiplication": _monomials,
    "ransom_note": _letters,
    "word_ladder": _words,
}
"""Task to what gives its sets an order."""
