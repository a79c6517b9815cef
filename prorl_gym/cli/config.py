"""`prorl config`: look at a configuration before it runs."""

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False, help="Show and check configurations.")
KINDS = {"train": "prorl_trainer.config:TrainConfig", "sft": "prorl_trainer.sft:SftConfig", "generate": "prorl_gym.generate:GenerateConfig"}
Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key.")]
Kind = Annotated[str, typer.Option(help=f"What the file configures: {', '.join(KINDS)}, eval.")]


def _load(path: Path, kind: str, overrides: list[str] | None) -> Any:
    from prorl_gym.config import load
    from prorl_gym.errors import unknown
    from prorl_gym.registry import load_object

    kinds = {**KINDS, "eval": "prorl_gym.evaluate:EvalConfig"}
    if kind not in kinds:
        raise unknown("kind of configuration", kind, kinds)
    return load(load_object(kinds[kind], extra="train"), path=path, overrides=overrides or ())


@app.command()
def show(path: Path, kind: Kind = "train", set_: Set = None, json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Print the resolved configuration, defaults and profile filled in."""
    from prorl_gym.cli._output import print_json
    from prorl_gym.config import to_toml

    config = _load(path, kind, set_)
    if json:
        print_json(config.model_dump(mode="json"))
    else:
        typer.echo(to_toml(config), nl=False)


@app.command()
def check(path: Path, kind: Kind = "train", set_: Set = None) -> None:
    """Check a configuration and that its environments exist; exit code 2 with the reason where it cannot run."""
    from prorl_gym.mix import Mix

    Mix(_load(path, kind, set_).mix)
    typer.echo(f"{path} is usable")
