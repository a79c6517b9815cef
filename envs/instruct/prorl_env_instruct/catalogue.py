"""All kinds of constraint by id: the published ones of IFEval (25, and three more of its source) and of IFBench (58), and own ones (`prorl:`)."""

from collections.abc import Iterable

from prorl_env_instruct import (
    bench_counts,
    bench_custom,
    bench_formats,
    bench_words,
    copies,
    formats,
    framing,
    keywords,
    layout,
    lengths,
    placing,
    wording,
)
from prorl_env_instruct.kind import Kind
from prorl_gym.errors import unknown

MODULES = (keywords, lengths, formats, framing, copies, wording, placing, layout, bench_counts, bench_words, bench_formats, bench_custom)
KINDS: dict[str, Kind] = {kind.id: kind for module in MODULES for kind in module.KINDS}
"""Id to kind, in the order of the tables."""


def kind_of(id: str) -> Kind:
    """The kind of that id. Raises UnknownNameError with the closest ids: an unknown constraint must never count as met."""
    if id not in KINDS:
        raise unknown("constraint", id, KINDS)
    return KINDS[id]


def families() -> tuple[list[Kind], list[Kind], list[Kind]]:
    """The kinds of IFEval, of this package, of IFBench."""
    rest = [k for k in KINDS.values() if k.group != "bench"]
    ours = [k for k in rest if k.id.startswith("prorl:")]
    return [k for k in rest if k not in ours], ours, [k for k in KINDS.values() if k.group == "bench"]


def table(kinds: Iterable[Kind]) -> str:
    """The kinds as a Markdown table."""
    rows = [f"| `{k.id}` | {', '.join(f'`{name}`' for name in k.kwargs) or '-'} | {k.summary} |" for k in kinds]
    return "\n".join(["| id | parameters | the text ... |", "|---|---|---|", *rows])
