"""The `prorl` command. Each noun is one small file here; what a plugin adds stands beside them on equal terms.

Nothing heavy is imported before a command needs it: a noun's file is imported when its name is typed, and heavy libraries inside the
command that uses them. Every `ProrlError` ends the command with exit code 2 and one message; `--debug` shows where it came from.
"""

from typing import Annotated

import typer

from prorl_gym.cli._group import RootGroup

app = typer.Typer(cls=RootGroup, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)


def _version(wanted: bool) -> None:
    if wanted:
        import prorl_gym

        typer.echo(f"prorl_gym {prorl_gym.__version__}")
        raise typer.Exit


@app.callback()
def root(
    plugin: Annotated[
        list[str] | None, typer.Option(help="Load one more plugin: 'module', 'file.py' or 'file.py:Class'; may be repeated.", metavar="ITEM")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,  # read by RootGroup.invoke
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")] = False,
) -> None:
    """Verifiable environments for reinforcement learning on language models: list, play, check, grade, generate, train."""
    from prorl_gym.cli._resolve import load_plugin

    for item in plugin or ():
        load_plugin(item)


def main() -> None:
    """The console entry point."""
    app(prog_name="prorl")
