"""`prorl sandbox`: what stands between untrusted programs and this machine."""

from typing import Annotated, Any, cast

import typer

Backend = Annotated[str, typer.Option(help="A backend's name; auto tries them in order.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def add_commands(app: typer.Typer) -> None:
    """Add the group `sandbox` to the `prorl` app."""
    from prorl_sandbox.attacks.command import check
    from prorl_sandbox.docker_command import build

    group = typer.Typer(name="sandbox", help="The sandbox that untrusted programs run in.", no_args_is_help=True)
    group.command()(status)
    group.command()(check)
    group.command()(build)
    app.add_typer(group)


def status(backend: Backend = "auto", as_json: AsJson = False) -> None:
    """Start each backend, try from inside what must be impossible, and print what was found. Exit code 1 where none can be used."""
    import orjson

    from prorl_gym.registry import registry

    known = registry().sandboxes
    names = [name for name in known if not name.startswith("unsafe")] if backend == "auto" else [backend]
    found = {name: _report(name) for name in names}
    usable = [name for name, report in found.items() if "refused" not in report]
    if as_json:
        typer.echo(
            orjson.dumps({"auto": usable[0] if usable and backend == "auto" else None, "backends": found}, option=orjson.OPT_INDENT_2).decode()
        )
    else:
        for name, report in found.items():
            _print(name, report)
        if backend == "auto":
            typer.echo(f"auto takes: {usable[0] if usable else 'nothing, so no program is run'}")
    if not usable:
        raise typer.Exit(1)


def _report(name: str) -> dict[str, Any]:
    from prorl_gym.errors import MissingExtraError, SandboxUnavailableError
    from prorl_gym.sandbox import StreamingSandbox, open_sandbox

    try:
        box = open_sandbox(name)
    except (SandboxUnavailableError, MissingExtraError) as error:
        return {"refused": str(error)}
    return box.report.to_json() if isinstance(box, StreamingSandbox) else {"tier": name}


def _print(name: str, report: dict[str, Any]) -> None:
    if "refused" in report:
        typer.echo(f"{name}: refused\n  {report['refused']}")
        return
    typer.echo(f"{name}: ready")
    for key, value in report.items():
        if key == "probes":
            typer.echo(f"  stopped: {', '.join(attempt for attempt, held in value.items() if held)}")
        elif isinstance(value, tuple):
            typer.echo(f"  {key}: {'; '.join(map(str, cast('tuple[object, ...]', value))) or 'none'}")
        else:
            typer.echo(f"  {key}: {value}")
