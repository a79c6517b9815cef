"""`prorl sandbox check`: the attack suite on a backend, and the proof that it bites."""

import os
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


def check(
    backend: Annotated[str, typer.Option(help="A backend's name; auto takes the one that grading would take.")] = "auto",
    controls: Annotated[bool, typer.Option(help="Also run the harmless attacks without any sandbox, where they must succeed.")] = True,
    as_json: AsJson = False,
) -> None:
    """Run the attack suite on a backend. Exit code 1 where a case is not held, or where an attack fails even without a sandbox."""
    import dataclasses

    import orjson

    from prorl_gym.sandbox import open_sandbox
    from prorl_sandbox.attacks.cases import CASES
    from prorl_sandbox.attacks.suite import run_suite

    box = open_sandbox(backend)
    outcomes = list(run_suite(box))
    toothless = _toothless() if controls else []
    failed = [o for o in outcomes if not o.ok]
    if as_json:
        data = {"backend": box.name, "ok": not failed and not toothless, "cases": [dataclasses.asdict(o) for o in outcomes], "toothless": toothless}
        typer.echo(orjson.dumps(data, option=orjson.OPT_INDENT_2).decode())
    else:
        for outcome in outcomes:
            if not outcome.holds:
                word = "known" if outcome.known else "FAILS"
                typer.echo(f"{word}  {outcome.group}: {outcome.name}: {outcome.known or outcome.detail}")
        for name in toothless:
            typer.echo(f"FAILS  control: {name}: this attack did not succeed without a sandbox either, so it proves nothing here")
        known = sum(bool(o.known) for o in outcomes)
        typer.echo(f"{box.name}: {sum(o.holds for o in outcomes)} of {len(outcomes)} cases held" + (f", {known} known not to be" if known else ""))
        if controls:
            num = sum(c.control for c in CASES)
            typer.echo(f"controls: {num - len(toothless)} of {num} attacks succeed without a sandbox")
    if failed or toothless:
        raise typer.Exit(1)


def _toothless() -> list[str]:
    """The harmless attacks that do not succeed on an unprotected subprocess."""
    from prorl_sandbox.attacks.cases import CASES
    from prorl_sandbox.attacks.suite import run_suite
    from prorl_sandbox.unsafe import ALLOW, UnsafeSubprocess

    before = os.environ.get(ALLOW)
    os.environ[ALLOW] = "1"
    try:
        return [o.name for o in run_suite(UnsafeSubprocess(), [c for c in CASES if c.control]) if o.holds]
    finally:
        if before is None:
            del os.environ[ALLOW]
        else:
            os.environ[ALLOW] = before
