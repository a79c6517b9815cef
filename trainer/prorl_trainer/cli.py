"""The trainer's commands: `prorl train`, `prorl tiny`, `prorl sft`, `prorl quickstart`."""

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

Set = Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in optimizer.lr=1e-5 or mix.0.weight=2.")]
Out = Annotated[Path | None, typer.Option(help="The run's folder.")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace a run that stands in that folder.")]


def _let_threads_sleep() -> None:
    """Have idle OpenMP threads sleep instead of spin; must run before torch is imported. A value that is set already stays.

    With both cores busy elsewhere, spinning made five steps of the quickstart take over 45 s instead of 26 s (docs/log.md); on an idle machine
    the two take the same.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def add_commands(app: typer.Typer) -> None:
    """Add the trainer's commands to the `prorl` app."""
    app.command()(train)
    app.command()(tiny)
    app.command()(sft)
    app.command()(quickstart)


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG|RUN", help="A TOML file; with --resume a run folder will do.")],
    out: Out = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on from the newest complete checkpoint.")] = False,
    overwrite: Overwrite = False,
    set_: Set = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the schedule and the configuration or launch plan, and stop.")] = False,
    backend: Annotated[str | None, typer.Option(metavar="NAME", help="Train in processes of their own: native. Default: in this process.")] = None,
    processes: Annotated[int | None, typer.Option(metavar="N", help="Processes of the backend: its option processes.")] = None,
    python: Annotated[str | None, typer.Option(metavar="PATH", help="The Python of another environment to train in: its option python.")] = None,
    backend_set: Annotated[list[str] | None, typer.Option("--backend-set", metavar="KEY=VALUE", help="An option of the backend.")] = None,
) -> None:
    """Train a model on a mix of environments with ProRL. Ctrl-C once finishes the step and saves, twice stops."""
    from prorl_gym.config import load, to_toml
    from prorl_trainer.config import TrainConfig
    from prorl_trainer.stages import table

    overrides = [*([f"out={str(out)!r}"] if out else []), *(set_ or [])]
    resolved = load(TrainConfig, path=_config_file(config), overrides=overrides)
    options = [*([f"processes={processes}"] if processes is not None else []), *([f"python={python!r}"] if python else []), *(backend_set or [])]
    schedule = "".join(f"# {line}\n" for line in table(resolved)) + "\n" if dry_run else ""
    if backend:
        _train_by(backend, options, resolved, resume=resume, overwrite=overwrite, dry_run=dry_run, schedule=schedule)
    elif options:
        from prorl_gym.errors import ConfigError

        raise ConfigError("--processes, --python and --backend-set are options of a backend; add --backend native")
    elif dry_run:
        typer.echo(schedule + to_toml(resolved), nl=False)
    else:
        _train_here(resolved, resume=resume, overwrite=overwrite)


def _config_file(config: Path) -> Path:
    """The file of a configuration: itself, a run's, or that of a run launched in parts."""
    launched = config.with_name(f"{config.name}.launch") / "train.toml"
    if not config.is_dir():
        return config
    return launched if launched.is_file() and not (config / "config.toml").is_file() else config / "config.toml"


def _train_by(backend: str, options: list[str], config: Any, *, resume: bool, overwrite: bool, dry_run: bool, schedule: str) -> None:
    """Hand the run to a backend."""
    from prorl_trainer.backends.plan import described, make_backend, make_plan, parse_options

    plan = make_plan(config, make_backend(backend, parse_options(options)))
    if dry_run:
        typer.echo(schedule + described(plan), nl=False)
        return
    from prorl_trainer.backends.launch import launch

    for note in plan.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(str(launch(plan, resume=resume, overwrite=overwrite)))


def _train_here(config: Any, *, resume: bool, overwrite: bool) -> None:
    """Train in this process, which may be one of several of a launch: the first of them speaks."""
    _let_threads_sleep()
    from prorl_trainer.backends.native import STOP_FILE
    from prorl_trainer.loop import train as run_training
    from prorl_trainer.screen import screen, stop_on_interrupt

    stop_file = Path(os.environ.get(STOP_FILE) or os.devnull)
    first = os.environ.get("RANK", "0") == "0"
    with screen("train", config.steps) if first else nullcontext() as show, stop_on_interrupt() as stop:
        folder = run_training(
            config,
            resume=resume,
            overwrite=overwrite,
            on_step=show,
            stop=lambda: stop() or stop_file.is_file(),
        )
    if first:
        typer.echo(str(folder))


def tiny(
    data: Annotated[list[Path], typer.Argument(help="Datasets of `prorl generate`, whose texts the tokenizer learns.")],
    out: Annotated[Path, typer.Option(help="The model's folder.")] = Path("models/tiny"),
    vocab_size: int = 512,
    hidden: int = 128,
    layers: int = 4,
    heads: int = 4,
    seed: int = 0,
) -> None:
    """Make a small Qwen2-style model and its tokenizer from scratch, for experiments without a download."""
    from prorl_gym.errors import ConfigError
    from prorl_trainer.sft import dataset_texts
    from prorl_trainer.tiny import make_model, make_tokenizer

    if (out / "config.json").exists():
        raise ConfigError(f"{out} already holds a model; choose another --out")
    tokenizer = make_tokenizer(dataset_texts(data), vocab_size=vocab_size, folder=out)
    model = make_model(tokenizer, hidden=hidden, layers=layers, heads=heads, folder=out, seed=seed)
    typer.echo(f"{out}: {sum(p.numel() for p in model.parameters()) / 1e6:.2f} million parameters, {len(tokenizer)} tokens")


def sft(config: Path, out: Out = None, overwrite: Overwrite = False, set_: Set = None) -> None:
    """Warm-start a model on the solved rows of a generated dataset, until it solves some tasks sometimes."""
    _let_threads_sleep()
    from prorl_gym.config import load
    from prorl_trainer.screen import screen
    from prorl_trainer.sft import SftConfig, warm_start

    resolved = load(SftConfig, path=config, overrides=[*([f"out={str(out)!r}"] if out else []), *(set_ or [])])
    with screen("sft", resolved.steps) as show:
        typer.echo(str(warm_start(resolved, overwrite=overwrite, on_step=show)))


def quickstart(
    config: Annotated[Path, typer.Argument(help="A TOML file.")] = Path("configs/quickstart.toml"),
    out: Out = None,
    set_: Set = None,
) -> None:
    """The whole road on a CPU: a model from scratch, a dataset, a warm start, ProRL with a reset, base against trained, a report."""
    _let_threads_sleep()
    from prorl_gym.config import load
    from prorl_trainer.quickstart import QuickstartConfig, print_summary, run_quickstart

    resolved = load(QuickstartConfig, path=config, overrides=[*([f"out={str(out)!r}"] if out else []), *(set_ or [])])
    summary: dict[str, Any] = run_quickstart(resolved)
    print_summary(summary, resolved.out)
