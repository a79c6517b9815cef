"""How the kinds of the IFBench family are built: published ids and kwargs, graded on request and never drawn for tasks."""

from collections.abc import Callable
from random import Random
from typing import Any

from prorl_env_instruct.kind import Kind, Kwargs
from prorl_env_instruct.segments import words_of

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_NO_PUNCTUATION = str.maketrans("", "", PUNCTUATION)


def bench_kind(
    id: str,
    summary: str,
    kwargs: tuple[str, ...] = (),
    *,
    check: Callable[[str, Kwargs], bool],
    full: Callable[[Kwargs], str],
    terse: Callable[[Kwargs], str],
    sample: Callable[[Random, int], dict[str, Any]] = lambda rng, level: {},
    example: Callable[[Kwargs], str],
) -> Kind:
    """A kind whose witness is `example` of the parameters, whatever text it is given."""
    return Kind(
        id=id,
        summary=summary,
        kwargs=kwargs,
        check=check,
        full=full,
        terse=terse,
        sample=sample,
        edit=lambda text, k: example(k),
        stage=0,
        group="bench",
        role="given",
    )


def bare(text: str) -> list[str]:
    """What stands between white space, without punctuation marks, in lower case, empty pieces left out."""
    return text.translate(_NO_PUNCTUATION).lower().split()


def first_words(sentences: list[str]) -> list[str]:
    """The first word of each, in lower case, or an empty text."""
    return [next(iter(words_of(s)), "").lower() for s in sentences]


def last_words(sentences: list[str]) -> list[str]:
    """The last word of each, in lower case, or an empty text."""
    return [(words_of(s) or [""])[-1].lower() for s in sentences]
