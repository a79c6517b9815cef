"""The page of all environments: one row for each with what its proof measured, and what each check means. `--docs` writes it, a test reads it."""

from collections.abc import Sequence
from pathlib import Path

from prorl_gym.testing.report import Rate, Report

COLUMNS = ("environment", "title", "levels", "tasks", "wrong accepted", "noise accepted", "right refused", "slowest", "repeats", "result")

HEAD = """# Environments

Every environment with what its verifier proof measured. The page is written by

```console
$ {command}
```

and a test holds it against the registry. The proof draws fresh tasks, asks the verifier about right and wrong answers, and needs no model. Columns:

- **levels**: number of difficulties. **tasks**: different tasks looked at.
- **wrong accepted**: well-formed wrong answers that scored 1: listed ones, near misses, golds of other tasks that are not right for this one.
- **noise accepted**: empty, garbage, odd, 100 kB and hostile texts, and the prompt itself, that scored 1.
- **right refused**: golds and equivalent forms of them that scored below 1. Each rate stands with its Wilson 95% interval.
- **slowest**: wall time of the slowest of the gradings that the second interpreter repeated (programs in a sandbox included), and the highest peak of
  its memory in any.
- **repeats**: share of drawn prompts that had been drawn before, in train / validation / test: how small the space of problems is.
- **result**: `passes`, `fails` with the checks that fail, or what was missing.
"""

MEANINGS = {
    "its tasks can be drawn": "every level and split gives tasks",
    "gold, wrong, equivalents, near_misses and shares_answer answer": "the verifier's own lists can be had without an exception",
    "Gymnasium's check_env passes without a warning": "it is a true `gymnasium.Env`",
    "is registered with its own levels and turns": "what `prorl env list` shows is so",
    "pickles, with its episode": "a copy goes on where the original stood",
    "runs in sync and async vector envs": "in this process and in others (there once for each class)",
    "same seed, same task": "and other seeds other tasks",
    "an episode ends within its turns": "also where no answer ever comes",
    "tasks survive JSON": "a stored task is the task",
    "splits are disjoint": "no prompt of one split was drawn in another",
    "the terse style asks the same in less": "both styles have one answer, and the terse prompt is no longer",
    "the gold answer scores 1": "on every task that has one; an always-wrong verifier fails here",
    "the gold in other forms scores 1": "thinking in front, line breaks, prose around the wrapper, and the verifier's own `equivalents`",
    "the listed wrong answer scores 0": "and is graded, not held to be no answer",
    "near misses score below 1": "the verifier's own `near_misses`",
    "another task's gold is not right": "the most similar golds and one at random, less those that `shares_answer` holds to be right",
    "nothing, white space and the prompt itself score below 1": "also thinking without an answer",
    "empty and garbage get a typed outcome below 1": "graded or no answer, never ungradable: a policy must not gain by breaking the verifier",
    "odd types and characters get a typed outcome below 1": "JSON of other types, control characters, right-to-left text, emoji, other digits",
    "long and hostile texts get a typed outcome below 1": "100 kB, towers of powers, factorials, deep nesting, code, traps for regular expressions",
    "no constant answer pays": "a constant may be right on the tasks that share one gold, beyond that on 20% (lower end of the interval)",
    "nothing copied from the prompt pays": "a piece cut out by place solves at most 20% of the tasks, or what the commonest gold would",
    "the verdict is repeatable, also from stored tasks": "a second interpreter with another hash seed, asked in another order, says the same",
    "no grading overruns its deadline or 512 MiB": "in a killable worker, by the verifier's own deadline",
}
"""Name of each check to when it holds."""


def write_page(reports: Sequence[Report], path: Path, *, command: str) -> None:
    """Write the page, rows sorted by id."""
    rows = [row(report) for report in sorted(reports, key=lambda r: r.env_id)]
    lines = [f"| {' | '.join(COLUMNS)} |", "|" + "---|" * len(COLUMNS), *(f"| {' | '.join(cells)} |" for cells in rows)]
    passed = sum(r.ok for r in reports)
    total = f"\n{passed} of {len(reports)} pass.\n\n"
    meanings = [
        "",
        "## What each check means",
        "",
        "| check | holds where |",
        "|---|---|",
        *(f"| {name} | {text} |" for name, text in MEANINGS.items()),
    ]
    path.write_text(HEAD.format(command=command) + total + "\n".join([*lines, *meanings]) + "\n", encoding="utf-8")


def row(report: Report) -> tuple[str, ...]:
    """One environment's cells, in the order of `COLUMNS`."""
    rates = [_rate(report.rates.get(name)) for name in ("false_positive", "noise", "false_negative")]
    slowest = f"{report.slowest['wall_s'] * 1000:.0f} ms, {report.slowest['peak_mib']:.0f} MiB" if report.slowest else "-"
    repeats = " / ".join(f"{share:.0%}" for share in report.repeats.values()) or "-"
    return (
        f"`{report.env_id}`",
        report.title.replace("|", "\\|"),
        str(report.levels),
        str(report.num_tasks),
        *rates,
        slowest,
        repeats,
        _result(report),
    )


def _rate(rate: Rate | None) -> str:
    if rate is None or not rate.total:
        return "-"
    low, high = rate.interval
    return f"{rate.hits}/{rate.total} [{low:.1%}, {high:.1%}]"


def _result(report: Report) -> str:
    if report.not_checked:
        return f"not checked: {report.not_checked.splitlines()[0][:80]}"
    failed = "; ".join(c.name for c in report.checks if not c.ok)
    return report.status + (f": {failed}" if failed else "")


def read_rows(path: Path) -> dict[str, tuple[str, ...]]:
    """Environment id to the cells of its row, as `row` gave them."""
    cells = (tuple(c.strip() for c in line.strip().strip("|").split(" | ")) for line in path.read_text(encoding="utf-8").splitlines())
    return {found[0].strip("`"): found for found in cells if len(found) == len(COLUMNS) and found[0].startswith("`")}
