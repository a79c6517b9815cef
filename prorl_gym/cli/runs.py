"""`prorl runs`: the run folders and what stands in them."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="List runs and show one.")


@app.command("list")
def list_(
    root: Annotated[Path, typer.Option(help="The folder to search.")] = Path("runs"), json: Annotated[bool, typer.Option("--json")] = False
) -> None:
    """Every run below a folder, newest first."""
    from prorl_gym.cli._output import print_json, print_note, print_table
    from prorl_gym.runs import list_runs

    rows = list_runs(root)
    if json:
        print_json(rows)
    elif rows:
        print_table(list(rows[0]), [[str(v) for v in row.values()] for row in rows])
    else:
        print_note(f"no run stands below {root}; prorl train CONFIG makes one")


@app.command()
def show(run: Annotated[Path, typer.Argument(help="A run folder.")], json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """The last metrics of a run, its resets and alarms, and its summary."""
    from prorl_gym.cli._output import print_fields
    from prorl_gym.runs import Run, read_json, read_jsonl

    Run.open(run).close()
    metrics = list(read_jsonl(run / "metrics.jsonl"))
    events = list(read_jsonl(run / "events.jsonl"))
    summary = run / "summary.json"
    shown = {
        "run": str(run),
        "last": metrics[-1] if metrics else None,
        "resets": [e for e in events if e["event"] == "reset"],
        "alarms": [e for e in events if e["event"] == "alarm"][-20:],
        "summary": read_json(summary) if summary.exists() else None,
    }
    print_fields(shown, as_json=json)
