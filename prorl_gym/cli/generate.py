"""`prorl generate`: datasets of tasks and graded completions."""

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def generate(
    what: Annotated[str, typer.Argument(metavar="CONFIG|ENV", help="A TOML file, or an env id for a dataset of that one environment.")],
    num: Annotated[int | None, typer.Option("--num", "-n", help="Number of tasks.")] = None,
    samples: Annotated[int | None, typer.Option(help="Completions a task.")] = None,
    policy: Annotated[str | None, typer.Option(help="Who answers: gold, wrong, garbage, noisy, endpoint, transformers, or a plugin's.")] = None,
    split: Annotated[str | None, typer.Option(help="train, validation or test.")] = None,
    style: Annotated[str, typer.Option(help="full or terse (with an env id).")] = "full",
    difficulty: Annotated[int | None, typer.Option(help="A level (with an env id).")] = None,
    out: Annotated[Path | None, typer.Option(help="The folder that holds the dataset; an interrupted job goes on there.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in policy_options.model=tiny.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the resolved configuration and stop.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Write tasks, and graded completions where a policy is given, as JSONL and Parquet. Resumes after a kill."""
    from prorl_gym.cli._output import print_fields
    from prorl_gym.cli._progress import progress
    from prorl_gym.config import load, to_toml
    from prorl_gym.generate import GenerateConfig, generate
    from prorl_gym.registry import env_spec

    given: dict[str, Any] = {"num_tasks": num, "samples": samples, "policy": policy, "split": split, "out": str(out) if out else None}
    flags = [f"{key}={value!r}" if isinstance(value, str) else f"{key}={value}" for key, value in given.items() if value is not None]
    if what.endswith(".toml"):
        config = load(GenerateConfig, path=Path(what), overrides=[*flags, *(set_ or [])])
    else:
        entry: dict[str, Any] = {"env": env_spec(what).id, "style": style}
        if difficulty is not None:
            entry["difficulty"] = difficulty
        start = {"mix": [entry], "num_tasks": 100, "out": f"data/{what.replace('/', '-')}"}
        config = load(GenerateConfig, data=start, overrides=[*flags, *(set_ or [])])
    if dry_run:
        typer.echo(to_toml(config), nl=False)
        return
    with progress("generate", unit="rows") as show:
        summary = generate(
            config,
            on_progress=lambda p: show(p.done, p.total, f"score {p.mean_score:.3f} " + " ".join(f"{k} {v}" for k, v in p.outcomes.items())),
        )
    print_fields(summary, as_json=json)
