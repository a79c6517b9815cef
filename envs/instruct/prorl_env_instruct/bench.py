"""How the kinds of the IFBench family are built: published ids and kwargs, graded on request and never drawn for tasks.

Their rules follow the published checks, also where those are lenient (a rule about every word or quote holds for a text with few of them),
with two limits: a text without any word meets no rule about words, and what a demand asks for (a question, a bullet point, a second
line) must be there.
"""

from collections.abc import Callable
from random import Random
from typing import Any

from prorl_env_instruct.kind import Kind, Kwargs


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
    wordless: bool = False,
) -> Kind:
    """A kind whose witness is `example` of the parameters, whatever text it is given; `wordless` where marks alone can meet it."""
    return Kind(
        id=id,
        summary=summary,
        kwargs=kwargs,
        check=check,
        wordless=wordless,
        full=full,
        terse=terse,
        sample=sample,
        edit=lambda text, k: example(k),
        stage=0,
        group="bench",
        role="given",
    )
