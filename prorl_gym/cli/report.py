"""`prorl report`: a run as one HTML page."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def report(
    run: Annotated[Path, typer.Argument(help="A run folder.")],
    out: Annotated[Path | None, typer.Option(help="Default: report.html in the run.")] = None,
) -> None:
    """Write a self-contained HTML page with the run's table, curves, events and rollouts."""
    from prorl_gym.report import write_report

    typer.echo(str(write_report(run, out=out)))
