"""`prorl env`: list, show, check, sample, play and scaffold environments.

Wherever an id is expected, "file.py:Class" works too: an environment needs no packaging to be tried.
"""

import dataclasses
import inspect
import random
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from prorl_gym.cli._output import print_json, print_jsonl, print_note, print_table
from prorl_gym.errors import ConfigError, unknown

if TYPE_CHECKING:
    from prorl_gym.env import TextEnv
    from prorl_gym.testing import Report

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)

Id = Annotated[str, typer.Argument(metavar="ID", help="An environment's id, or file.py:Class.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Split = Annotated[str, typer.Option(help="train, validation or test.")]
Difficulty = Annotated[str | None, typer.Option(metavar="N", help="A level such as 2, or a range such as 0-2.  [default: all]")]
Settings = Annotated[list[str] | None, typer.Option("--set", metavar="K=V", help="A setting of the environment; may be repeated.")]
Style = Annotated[str | None, typer.Option(help="full (question and instructions) or terse (fewest characters).  [default: full]")]


@app.callback()
def env() -> None:
    """Environments: list, show, check, sample, play, and start a new one."""


@app.command("list")
def list_envs(domain: Annotated[str | None, typer.Option(help="Only this domain, such as math.")] = None, as_json: Json = False) -> None:
    """List every registered environment; imports none of them."""
    from prorl_gym.registry import registry

    specs = sorted(registry().envs.values(), key=lambda s: s.id)
    if domain is not None:
        domains = {s.domain for s in specs}
        if domain not in domains:
            raise unknown("domain", domain, domains, then="(prorl env list shows all)")
        specs = [s for s in specs if s.domain == domain]
    if as_json:
        print_json([dataclasses.asdict(s) for s in specs])
        return
    rows = [(s.id, str(s.levels), "many" if s.turns > 1 else "one", ", ".join(s.needs) or "-", s.plugin, s.title) for s in specs]
    print_table(("ID", "LEVELS", "TURNS", "NEEDS", "PLUGIN", "TITLE"), rows)


@app.command()
def show(item: Id, settings: Settings = None, as_json: Json = False) -> None:
    """Show one environment: its spec, its documentation, and an example with the gold answer; of a data set also what became of its rows."""
    from prorl_gym.cli._resolve import env_id_of, make_env, parse_settings
    from prorl_gym.dataset import DatasetEnv
    from prorl_gym.registry import env_spec

    spec = env_spec(env_id_of(item))
    given = parse_settings(settings)
    used = given or dict(spec.example)
    made = make_env(item, **used)
    report = made.report() if isinstance(made, DatasetEnv) else None
    task = made.task_at(0, split=_split_with_tasks(made))
    gold = made.verifier.gold(task)
    doc = inspect.cleandoc(type(made).__doc__ or "")
    if as_json:
        rows = {} if report is None else {"rows": {**dataclasses.asdict(report)}}
        print_json({**dataclasses.asdict(spec), "doc": doc, **rows, "shown_with": used, "example": {"task": task.to_json(), "gold": gold}})
        return
    facts: dict[str, Any] = {
        "title": spec.title,
        "levels": f"0 to {spec.levels - 1}" if spec.levels > 1 else "0",
        "turns": spec.turns,
        "needs": ", ".join(spec.needs),
        "entry point": spec.entry_point,
        "plugin": spec.plugin,
        "settings": ", ".join(f"{k}={v!r}" for k, v in spec.kwargs.items()),
        "rows": report,
        "shown with": "" if given else ", ".join(f"{k}={v}" for k, v in used.items()),
    }
    print(spec.id)
    for name, value in facts.items():
        if value:
            print(f"  {name:<12} {value}")
    print(f"\n{doc}\n" if doc else "")
    print(f"Example (split {task.split}, difficulty {task.metadata['difficulty']}):\n")
    made.begin(task)
    _print_messages(made)
    print(f"Gold: {gold if gold is not None else '(none known)'}")


def _split_with_tasks(made: "TextEnv") -> str:
    """The environment's own split, or the one that all rows of its data set are in."""
    from prorl_gym.testing.subject import splits_of

    splits = splits_of(made)
    return made.split if made.split in splits else splits[0]


@app.command()
def check(
    items: Annotated[list[str] | None, typer.Argument(metavar="ID...", help="Ids, or file.py:Class.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Check every registered environment.")] = False,
    tasks: Annotated[int, typer.Option(min=1, help="Tasks to draw at each difficulty.")] = 8,
    seed: Annotated[int, typer.Option(min=0, help="Draw other tasks.")] = 0,
    settings: Settings = None,
    allow: Annotated[list[str] | None, typer.Option(metavar="CHECK", help="A check, by name, that may fail; may be repeated.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, help="Grading processes.  [default: the CPU count]")] = None,
    docs: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the results as a Markdown page too.")] = None,
    as_json: Json = False,
) -> None:
    """Prove that an environment and its verifier hold their contract (`prorl_gym.testing`).

    Exit code 1 where a check fails, or where a named environment could not be checked.
    """
    from prorl_gym.cli._resolve import check_settings, env_id_of, parse_settings
    from prorl_gym.registry import registry
    from prorl_gym.testing import check_envs

    if bool(items) == every:
        raise ConfigError("env check takes ids or --all; " + ("got both" if every else "got neither"))
    ids = sorted(registry().envs) if every else [env_id_of(item) for item in items or ()]
    given = parse_settings(settings)
    for env_id in ids if given else ():
        check_settings(env_id, given)
    reports: list[Report] = []
    for report in check_envs(ids, tasks=tasks, seed=seed, settings=given, allow=allow or (), jobs=jobs):
        reports.append(report)
        if not as_json:
            _print_report(report)
    if docs is not None:
        from prorl_gym.testing.page import write_page

        named = "--all" if every else " ".join(items or ())
        write_page(reports, docs, command=f"prorl env check {named} --tasks {tasks}{f' --seed {seed}' if seed else ''} --docs {docs}")
        print_note(f"wrote {docs}: {len(reports)} environments")
    if as_json:
        print_json([r.to_json() for r in reports])
    elif len(reports) > 1:
        _print_totals(reports)
    if any(r.status == "fails" or (r.not_checked and not every) for r in reports):
        raise typer.Exit(1)


def _print_report(report: "Report") -> None:
    if report.not_checked:
        print(f"{report.env_id}: not checked: {report.not_checked}\n", flush=True)
        return
    print_table(("CHECK", "RESULT", "DETAIL"), [(c.name, c.result, c.detail) for c in report.checks])
    rates = (("wrong accepted", "false_positive"), ("noise accepted", "noise"), ("right refused", "false_negative"))
    if report.rates:
        print(", ".join(f"{label} {report.rates[name]}" for label, name in rates))
    print(f"{report.env_id}: {'passes' if report.ok else 'FAILS'}\n", flush=True)


def _print_totals(reports: "list[Report]") -> None:
    failed = [r.env_id for r in reports if r.status == "fails"]
    skipped = [r.env_id for r in reports if r.not_checked]
    print(
        f"{sum(r.ok for r in reports)} of {len(reports)} environments pass"
        + (f"; failing: {', '.join(failed)}" if failed else "")
        + (f"; not checked: {', '.join(skipped)}" if skipped else "")
    )


@app.command()
def sample(
    item: Id,
    count: Annotated[int, typer.Option("-n", "--count", min=1, help="How many tasks.")] = 5,
    split: Split = "train",
    difficulty: Difficulty = None,
    style: Style = None,
    seed: Annotated[int | None, typer.Option(help="Draw at random with this seed.  [default: the stream's first tasks]")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one stored task a line (JSONL).")] = False,
) -> None:
    """Print tasks: readable with their gold answers, or as JSONL that `prorl verify` takes back as "task"."""
    from prorl_gym.cli._resolve import make_env, parse_difficulty

    made = make_env(item, split=split, difficulty=parse_difficulty(difficulty), style=style)
    indices = range(count) if seed is None else random.Random(seed).sample(range(2**31), count)
    drawn = (made.task_at(index) for index in indices)
    if as_json:
        print_jsonl(task.to_json() for task in drawn)
        return
    for task in drawn:
        print(f"[{task.task_id}] difficulty {task.metadata['difficulty']}")
        print(task.text)
        print(f"gold: {made.verifier.gold(task)}\n", flush=True)


@app.command()
def play(
    item: Id,
    split: Split = "train",
    difficulty: Difficulty = None,
    style: Style = None,
    mode: Annotated[str | None, typer.Option(help="strict or tolerant extraction.  [default: strict]")] = None,
    seed: Annotated[int | None, typer.Option(help="Play the task of this seed.  [default: a random one]")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Answers of many lines; a line with a single full stop ends one.")] = False,
) -> None:
    """Play one episode: read the prompt, type an answer, see the verdict."""
    from prorl_gym.cli._resolve import make_env, parse_difficulty

    made = make_env(item, split=split, difficulty=parse_difficulty(difficulty), style=style, mode=mode)
    made.reset(seed=seed)
    _print_messages(made)
    total, ended = 0.0, False
    while not ended:
        answer = _read_answer(many=lines)
        if answer is None:
            print_note("no answer given; the episode was left")
            return
        gold = made.gold()
        observation, reward, terminated, truncated, info = made.step(answer)
        ended = terminated or truncated
        verdict = info["verdict"]
        total += float(reward)
        if observation:
            print(f"\n{observation}")
        print(f"\n{verdict.outcome}, score {verdict.score:g}: {verdict.reason}" + (f" (read as {verdict.extracted!r})" if verdict.extracted else ""))
        if ended and verdict.score != 1.0 and gold is not None:
            print(f"A right answer was: {gold}")
    if made.max_turns > 1:
        print(f"Reward of the episode: {total:g} in {made.num_turns} turns")


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The distribution's name, such as word-puzzles.")],
    folder: Annotated[Path, typer.Option("--dir", metavar="DIR", help="Where its folder is made.")] = Path(),
) -> None:
    """Start a plugin of your own: a distribution with a working environment, its tests and a training config."""
    from prorl_gym.scaffold import scaffold

    made = scaffold(name, folder)
    print(f"made {made.folder} with the environment {made.env_id}\n")
    print(f"  cd {made.folder}\n  pip install -e .\n  prorl env check {made.env_id}\n  prorl env play {made.env_id}")


def _print_messages(made: "TextEnv") -> None:
    """The conversation so far; roles only where there is more than the one user message."""
    for message in made.messages:
        print(f"[{message['role']}] {message['content']}\n" if len(made.messages) > 1 else f"{message['content']}\n")


def _read_answer(*, many: bool) -> str | None:
    """One line, or all lines up to a single full stop; None at the end of the input."""
    if sys.stdin.isatty():
        print("answer (end it with a line of one full stop):" if many else "answer: ", end="\n" if many else "", flush=True)
    if not many:
        line = sys.stdin.readline()
        return line.rstrip("\n") if line else None
    read: list[str] = []
    while (line := sys.stdin.readline()) and line.rstrip("\n") != ".":
        read.append(line)
    return "".join(read) if read or line else None
