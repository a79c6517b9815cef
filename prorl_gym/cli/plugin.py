"""`prorl plugin`: what is plugged in, what it provides, and what went wrong with it."""

import dataclasses
from typing import Annotated

import typer

from prorl_gym.cli._output import print_json, print_note, print_table

app = typer.Typer(
    help="Plugins: what is installed, what it provides, what went wrong.", no_args_is_help=True, rich_markup_mode=None, add_completion=False
)


@app.callback()
def plugin() -> None:
    """Plugins: what is installed, what it provides, what went wrong."""


@app.command("list")
def list_plugins(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    show_traceback: Annotated[bool, typer.Option("--traceback", help="Show where each error happened.")] = False,
) -> None:
    """List every plugin, where it came from, what it provides, and its errors."""
    from prorl_gym.cli._group import plugin_commands
    from prorl_gym.registry import registry

    plugin_commands()  # so that what goes wrong with a command is in the records too
    records = registry().plugins
    if as_json:
        print_json([{**dataclasses.asdict(r), "ok": r.ok} for r in records])
        return
    rows = [(r.name, r.source, "ok" if r.ok else "broken" if r.errors else "not loaded", _summary(r.provides)) for r in records]
    print_table(("PLUGIN", "SOURCE", "STATE", "PROVIDES"), rows)
    for record in records:
        for error in record.errors:
            print_note(f"\n{error}")
        if show_traceback and record.traceback:
            print_note(record.traceback.rstrip())
    if not show_traceback and any(r.traceback for r in records):
        print_note("\n(prorl plugin list --traceback shows where each error happened)")


def _summary(provides: list[str]) -> str:
    """All names where they are few, else a count of each kind."""
    if len(provides) <= 4:
        return ", ".join(provides) or "-"
    kinds: dict[str, int] = {}
    for name in provides:
        kind = name.partition(":")[0] if ":" in name else "environment"
        kinds[kind] = kinds.get(kind, 0) + 1
    return ", ".join(f"{count} {kind}{('es' if kind.endswith('x') else 's') if count > 1 else ''}" for kind, count in kinds.items())
