"""`prorl eval`: pass@k of a policy on a mix, or of a finished run's model."""

from pathlib import Path
from typing import Annotated, Any

import typer

from prorl_gym.verifier import MODES

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command("eval")
def eval_(
    what: Annotated[Path, typer.Argument(metavar="CONFIG|RUN", help="A TOML file, or a run folder whose model is evaluated on its own mix.")],
    policy: Annotated[str | None, typer.Option(help="Who answers; default: the file's, or the run's model.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for the rollouts and eval.json.")] = None,
    set_: Annotated[list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="Override a key, as in samples=64.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the resolved configuration and stop.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print the whole result as JSON.")] = False,
) -> None:
    """Evaluate on the test split: pass@1, pass@k by the unbiased estimator, 95% bootstrap intervals over prompts."""
    from prorl_gym.cli._output import print_json, print_table
    from prorl_gym.cli._progress import progress
    from prorl_gym.config import load, to_toml
    from prorl_gym.evaluate import EvalConfig, evaluate
    from prorl_gym.policy import make_policy
    from prorl_gym.runs import write_json

    flags = [f"policy={policy!r}"] if policy else []
    flags += [f"out={str(out)!r}"] if out else []
    if what.is_dir():
        config = load(EvalConfig, data=_of_run(what), overrides=[*flags, *(set_ or [])])
    else:
        config = load(EvalConfig, path=what, overrides=[*flags, *(set_ or [])])
    if dry_run:
        typer.echo(to_toml(config), nl=False)
        return
    answering = make_policy(config.policy, **config.policy_options)
    with progress("eval", unit="rollouts") as show:
        result = evaluate(config, answering, on_rollout=lambda done, total, _: show(done, total, ""))
    if config.out:
        write_json(config.out / "eval.json", result)
    if json:
        print_json(result)
        return
    rows = [*result["envs"].items(), *((f"{n} (domain)", d) for n, d in result["domains"].items()), ("mean over domains", result["mean"])]
    ks = list(result["mean"]["pass@k"])
    table = [_row(name, measured, ks) for name, measured in rows]
    print_table(["environment", "pass@1", "95%", *(f"pass@{k}" for k in ks), "score", *(MODES if "modes" in result["mean"] else ())], table)


def _row(name: str, measured: dict[str, Any], ks: list[str]) -> list[str]:
    rates = (f"{measured['pass@k'].get(k, float('nan')):.3f}" for k in ks)
    both = [f"{measured['modes'][mode]['pass@1']:.3f}" for mode in MODES] if "modes" in measured else []
    return [name, f"{measured['pass@1']:.3f}", f"[{measured['low']:.3f}, {measured['high']:.3f}]", *rates, f"{measured['score']:.3f}", *both]


def _of_run(run: Path) -> dict[str, Any]:
    """An evaluation of a run's final model on the mix that it was trained on."""
    import tomllib

    from prorl_gym.errors import RunError

    if not (run / "config.toml").is_file() or not (run / "model").is_dir():
        raise RunError(f"{run} holds no finished run (config.toml and model/); prorl runs list shows those there are")
    config = tomllib.loads((run / "config.toml").read_text(encoding="utf-8"))
    options = {"model": str(run / "model"), "max_new_tokens": config["rollout"]["max_new_tokens"]}
    return {"mix": config["mix"], "policy": "transformers", "policy_options": options}
