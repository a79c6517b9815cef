"""`prorl view`: read rollouts of a run on the terminal."""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def view(
    run: Annotated[Path, typer.Argument(help="A run folder, or one JSONL file of rollouts.")],
    step: Annotated[int | None, typer.Option(help="A training step; default: the last one.")] = None,
    env: Annotated[str | None, typer.Option(help="Only rollouts of this env id or domain.")] = None,
    right: Annotated[bool | None, typer.Option("--right/--wrong", help="Only right or only wrong ones.")] = None,
    limit: Annotated[int, typer.Option("--limit", "-n", help="At most so many.")] = 10,
    json: Annotated[bool, typer.Option("--json", help="Print them as JSON lines.")] = False,
) -> None:
    """Show rollouts: the conversation, the verdict and why."""
    from prorl_gym.cli._output import print_jsonl

    rows = itertools.islice(_chosen(_file(run, step), env, right), limit)
    if json:
        print_jsonl(rows)
        return
    for row in rows:
        verdict = row["turns"][-1]["verdict"]
        reward = "ungradable" if row["reward"] is None else f"reward {row['reward']:g}"
        typer.echo(f"── {row['task']['env_id']} · {row['group_id']} #{row['sample']} · {reward} · {verdict['reason']}")
        for turn in row["turns"]:
            typer.echo(f"{turn['observation']}\n  ↳ {turn['completion']}")


def _file(run: Path, step: int | None) -> Path:
    from prorl_gym.errors import RunError

    if run.is_file():
        return run
    files = sorted((run / "rollouts").glob("*.jsonl"))
    if step is not None:
        files = [f for f in files if f.stem == f"step-{step:06d}"]
    if not files:
        raise RunError(f"{run} holds no rollouts{f' of step {step}' if step is not None else ''} (looked in {run / 'rollouts'})")
    return files[-1]


def _chosen(path: Path, env: str | None, right: bool | None) -> Iterator[dict[str, Any]]:
    from prorl_gym.runs import read_jsonl

    for row in read_jsonl(path):
        env_id = row["task"]["env_id"]
        if env is not None and env not in (env_id, env_id.partition("/")[0]):
            continue
        if right is not None and (row["reward"] is None or (row["reward"] >= 1.0) != right):
            continue
        yield row
