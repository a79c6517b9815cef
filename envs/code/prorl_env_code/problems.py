"""One procedural problem and its two faces: a function to write, or a program on standard input.

A family (see `numbers`, `strings`, `lists`, `algorithms`) draws a `Problem`: the task in words, in compact notation, and a reference
solution that is one expression or the body of a function. `Problem.checked` runs the reference on the drawn inputs; expected outputs come
from nowhere else.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

KINDS = {"int": "an integer", "str": "a string", "ints": "a list of integers", "words": "a list of strings"}
_READ = {"int": "int(input())", "str": "input()", "ints": "list(map(int,input().split()))", "words": "input().split()"}
_ON_INPUT = {"int": "an integer", "str": "a line of text", "ints": "a line of integers", "words": "a line of words"}
NUM_TESTS = 6
NUM_DRAWN = 3
"""Tests of a problem, and how many of them at least are drawn at random beside the awkward ones."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """A problem without its tests."""

    args: tuple[tuple[str, str], ...]
    """Name and kind (a key of `KINDS`) of each argument."""
    words: str
    """What is wanted, to follow "returns" or "print": "3 times x, plus 2"."""
    terse: str
    """The same in compact notation."""
    code: str
    """The reference: an expression, or the lines of a function's body where it holds `return`."""
    make: Callable[[random.Random], tuple[Any, ...]]
    """Draws one input."""
    edges: tuple[tuple[Any, ...], ...] = ()
    """Inputs that every test suite holds, the awkward ones."""
    result: str = field(default="int")
    """Kind of the result; "dict" has no face on standard input."""

    @property
    def names(self) -> str:
        """The argument list."""
        return ",".join(name for name, _ in self.args)

    def function(self) -> str:
        """The reference as a function `f`."""
        if _is_body(self.code):
            return f"def f({self.names}):\n" + "\n".join(f"    {line}" for line in self.code.split("\n"))
        return f"def f({self.names}): return {self.code}"

    def program(self) -> str:
        """The reference as a program that reads one argument a line and prints."""
        shown = "*%s" if self.result in ("ints", "words") else "%s"
        if _is_body(self.code):
            reads = ",".join(_READ[kind] for _, kind in self.args)
            return f"{self.function()}\nprint({shown % f'f({reads})'})"
        reading = "\n".join(f"{name}={_READ[kind]}" for name, kind in self.args)
        return f"{reading}\nprint({shown % self.code})"

    def function_words(self) -> str:
        """The request for a function."""
        taken = " and ".join(f"{KINDS[kind]} `{name}`" for name, kind in self.args)
        return f"Write a Python function `f({', '.join(n for n, _ in self.args)})` that takes {taken} and returns {self.words}."

    def program_words(self) -> str:
        """The request for a program."""
        taken = ", then ".join(f"{_ON_INPUT[kind]} `{name}`" for name, kind in self.args)
        form = {"ints": ", separated by spaces", "words": ", separated by spaces"}.get(self.result, "")
        places = ", one a line," if len(self.args) > 1 else ""
        return f"Write a Python program that reads {taken} from standard input{places} and prints {self.words}{form}."

    def checked(self, rng: random.Random) -> list[tuple[list[Any], Any]] | None:
        """Tests as (arguments, result); None where the inputs drawn do not tell the reference from a constant."""
        inputs = [list(i) for i in self.edges]
        wanted = max(NUM_TESTS, len(inputs) + NUM_DRAWN)
        for _ in range(40):
            if len(inputs) >= wanted:
                break
            drawn = list(self.make(rng))
            if drawn not in inputs:
                inputs.append(drawn)
        rng.shuffle(inputs)
        results = evaluate(self.function(), inputs)
        distinct = {repr(r) for r in results}
        return None if len(distinct) < 3 else list(zip(inputs, results, strict=True))


def _is_body(code: str) -> bool:
    return "return " in code


def evaluate(source: str, inputs: Sequence[Sequence[Any]]) -> list[Any]:
    """What the function `f` of `source` gives for each input; an exception stands for itself by its type.

    For references and their mutations only: this package wrote them, none of them loops without bound, and no model had a hand in them.
    """
    space: dict[str, Any] = {}
    exec(source, space)
    results: list[Any] = []
    for args in inputs:
        try:
            results.append(space["f"](*args))
        except Exception as error:  # a mutated reference may fail in any way
            results.append(type(error))
    return results


def on_input(args: Sequence[Any]) -> str:
    """The arguments as standard input, one a line."""
    return "".join(f"{as_printed(a)}\n" for a in args)


def as_printed(result: Any) -> str:
    """A value on one line, a list as its elements."""
    return " ".join(map(str, cast("list[Any]", result))) if isinstance(result, list) else str(result)


# Drawing of inputs, shared by the families.


def some_int(rng: random.Random, low: int = -50, high: int = 99) -> int:
    """An integer in the range."""
    return rng.randint(low, high)


def some_ints(rng: random.Random, low: int = -20, high: int = 50, *, least: int = 1, most: int = 9) -> list[int]:
    """A list of integers, now and then with repeats."""
    pool = [rng.randint(low, high) for _ in range(rng.randint(least, most))]
    return [rng.choice(pool) for _ in pool] if rng.random() < 0.3 else pool


def some_word(rng: random.Random, letters: str = "abcdefghijklmnopqrstuvwxyz", *, least: int = 1, most: int = 8) -> str:
    """A word over the letters."""
    return "".join(rng.choice(letters) for _ in range(rng.randint(least, most)))


def some_text(rng: random.Random) -> str:
    """Letters of both cases and digits, no spaces."""
    return some_word(rng, "abcdefgmnorstABCDEXYZ0123459", least=4, most=14)


def some_words(rng: random.Random, *, least: int = 1, most: int = 7) -> list[str]:
    """A list of short words with repeats and common lengths."""
    return [some_word(rng, "abcdeo", most=5) for _ in range(rng.randint(least, most))]


def ordinal(k: int) -> str:
    """ "1st", "2nd", "3rd", "4th" ..."""
    return f"{k}{'th' if k % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(k % 10, 'th')}"
