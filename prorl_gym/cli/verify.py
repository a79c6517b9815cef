"""`prorl verify`: grade completions from a JSONL file or a pipe; the work is done in `prorl_gym.verify`."""

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, BinaryIO, cast

import typer

from prorl_gym.cli._output import print_note
from prorl_gym.errors import ConfigError, closest

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def verify(
    file: Annotated[str, typer.Argument(help="A JSONL file, or - for standard input.")],
    workers: Annotated[int | None, typer.Option(min=1, help="Grading processes.  [default: the CPU count]")] = None,
    deadline: Annotated[float | None, typer.Option(min=0.001, help="Seconds that one grading may take.  [default: each verifier's own]")] = None,
    mode: Annotated[str, typer.Option(help="Extraction where a line names none: strict or tolerant.")] = "strict",
    output: Annotated[str | None, typer.Option(help="Write the results to this file, not to standard output.", metavar="FILE")] = None,
) -> None:
    """Grade completions: one JSON object a line in, one verdict a line out, in order.

    In: "id"; "env" (an environment or a domain such as math); "task", or "answer" and optional "metadata"; "completion", or
    "extracted" where the answer is extracted already; optional "mode". Out: "id", "score", "outcome", "extracted", "reason".
    A line that cannot be read gives a record with "line" and the reason "bad input: ..." in its place. Uses no model and no network.
    """
    from prorl_gym.pool import VerifierPool
    from prorl_gym.verifier import MODES
    from prorl_gym.verify import verify_stream

    if mode not in MODES:
        near = closest(mode, MODES, limit=1)
        raise ConfigError(f"--mode is strict or tolerant; got {mode!r}{f' (did you mean {near[0]!r}?)' if near else ''}")
    if output is not None and file != "-" and Path(output).resolve() == Path(file).resolve():
        raise ConfigError(f"--output {output!r} is the input file; name another")
    begun = time.monotonic()
    with ExitStack() as stack:
        source = _standard_input(stack) if file == "-" else stack.enter_context(_open(file, "rb"))
        sink = sys.stdout.buffer if output is None else stack.enter_context(_open(output, "wb"))
        pool = stack.enter_context(VerifierPool(workers=workers, deadline_s=deadline))
        counts = verify_stream(source, sink, pool=pool, mode=mode)
    spent = time.monotonic() - begun
    parts = ", ".join(f"{counts[key]} {key.replace('_', ' ')}" for key in ("graded", "no_answer", "ungradable", "bad_input") if counts[key])
    print_note(f"{counts.total()} lines in {spent:.1f} s{f': {parts}' if parts else ''}")


def _open(path: str, how: str) -> BinaryIO:
    try:
        return cast("BinaryIO", open(path, how))
    except OSError as error:
        what = "read" if how == "rb" else "write"
        hint = "; expected a JSONL file, or - for standard input" if how == "rb" else "; expected a path in a folder that exists"
        raise ConfigError(f"cannot {what} {path!r}: {error.strerror}{hint}") from error


def _standard_input(stack: ExitStack) -> BinaryIO:
    """Standard input through a buffer of its own: a thread may still read it when the interpreter ends, which is fatal with `sys.stdin`'s."""
    if sys.stdin is sys.__stdin__:
        return cast("BinaryIO", stack.enter_context(open(0, "rb", closefd=False)))
    return cast("BinaryIO", sys.stdin.buffer)
