"""Carrying out a plan: write the files, run its commands one after the other, and say what became of them.

The plan's folder stays locked for as long as a command of it lives, be the launcher alive or not, so that a second launch cannot write into the
same run.
"""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from prorl_gym.errors import ConfigError, LaunchError, MissingExtraError, RunError
from prorl_trainer.backends import Launch, LaunchPlan
from prorl_trainer.backends.plan import plugins_variable
from prorl_trainer.backends.process import Stop, note_pid, run_command, to_stderr

CONFIG = "train.toml"
"""In a plan's folder: the whole configuration."""
LOG, FINISHED, LOCK, REPLACED = "log.txt", "finished", "lock", "replaced"
_TAIL_LINES = 25


def launch(plan: LaunchPlan, *, resume: bool = False, overwrite: bool = False, show: Callable[[str], Any] | None = None) -> Path:
    """Run the plan's launches to the end, or to a stop (SIGINT or SIGTERM once; twice ends it at once), and give the last run's folder.

    `resume` passes over launches that are finished and goes on in the one that is not. `show` is called with what the commands print, default:
    standard error. Raises ConfigError, MissingExtraError or RunError before anything runs, LaunchError where a command fails.
    """
    show = show or to_stderr
    plan.folder.mkdir(parents=True, exist_ok=True)
    with _locked(plan) as lock, Stop() as stop:
        for python in {(item.argv[0], item.needs) for item in plan.launches}:
            _check_environment(*python)
        todo = _unfinished(plan) if resume else list(plan.launches)
        if not resume:
            _make_room(plan, overwrite=overwrite)
        (plan.folder / CONFIG).write_text(plan.config, encoding="utf-8")
        for item in todo:
            try:
                _run(plan, item, stop=stop, lock=lock, show=show)
            finally:
                _settle_replaced(plan)
            if stop.asked:
                return item.run
    return plan.launches[-1].run


@contextlib.contextmanager
def _locked(plan: LaunchPlan) -> Iterator[int]:
    """The open lock file, which the commands inherit: held until the last of them has ended. Raises RunError where it is held."""
    path = plan.folder / LOCK
    with path.open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise RunError(
                f"a launch of {plan.out} is running (process {file.read().strip() or 'unknown'}); "
                f"wait for its end or stop it, then try again. Its logs: {plan.folder}/*/{LOG}"
            ) from error
        note_pid(file.fileno(), os.getpid())
        yield file.fileno()


def _check_environment(python: str, needs: Sequence[str]) -> None:
    """Raises where there is no such executable, or modules are missing from its environment."""
    found = shutil.which(python)
    if found is None:
        raise ConfigError(f"there is no executable {python!r}; give the Python of the environment to train in, as in --python .venv/bin/python")
    if not needs:
        return
    code = "import sys, importlib.util as u; print(*[m for m in sys.argv[1:] if u.find_spec(m) is None])"
    try:
        done = subprocess.run([found, "-P", "-c", code, *needs], capture_output=True, text=True, check=True, timeout=60, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError) as error:
        raise ConfigError(f"{python!r} is no usable Python 3.11 or newer: {error}") from error
    if missing := done.stdout.split():
        raise MissingExtraError(
            f"the environment of {python} lacks {', '.join(missing)}; run: {python} -m pip install "
            + ("'prorl_gym[train]'" if "prorl_gym" in missing else " ".join(missing))
        )


def _make_room(plan: LaunchPlan, *, overwrite: bool) -> None:
    """See that no run stands where one is to begin; with `overwrite`, put aside what an earlier one left."""
    taken = [run for run in (plan.out, *(item.run for item in plan.launches)) if (run / "config.toml").exists() or _is_launched(plan, run)]
    if taken and not overwrite:
        raise RunError(f"{taken[0]} already holds a run; resume it with --resume, choose another folder with --out, or replace it with --overwrite")
    for folder in plan.folder.iterdir():
        if folder.is_dir():
            shutil.rmtree(folder)
    if taken:
        plan.out.rename(plan.folder / REPLACED)


def _settle_replaced(plan: LaunchPlan) -> None:
    """Drop the run that was put aside once another has begun to write; a command that failed before that gives it back."""
    replaced = plan.folder / REPLACED
    if replaced.is_dir() and not plan.out.exists():
        replaced.rename(plan.out)
    shutil.rmtree(replaced, ignore_errors=True)


def _is_launched(plan: LaunchPlan, run: Path) -> bool:
    """Whether something that was launched here has written that folder."""
    return run.is_dir() and any(run.iterdir()) and any(plan.folder.glob(f"*/{LOG}"))


def _unfinished(plan: LaunchPlan) -> list[Launch]:
    """The launches that are still to be run; the last that was begun always is, as it may have been given more steps.

    Raises RunError where a launch whose export a later one began from is rendered otherwise than it was run.
    """
    begun = [number for number, item in enumerate(plan.launches) if item.run.is_dir() or (plan.folder / item.name).is_dir()]
    if not begun:
        raise RunError(f"there is no run in {plan.out} to resume; leave out --resume")
    for item in plan.launches[: begun[-1]]:
        for path, text in item.files.items():
            file = plan.folder / item.name / path
            if not file.is_file() or file.read_text(encoding="utf-8") != text:
                raise RunError(f"{file} is not what this configuration gives, and a later launch began from its model; start anew with --overwrite")
    return [item for number, item in enumerate(plan.launches) if number >= begun[-1] or not (plan.folder / item.name / FINISHED).exists()]


def _run(plan: LaunchPlan, item: Launch, *, stop: Stop, lock: int, show: Callable[[str], Any]) -> None:
    """One launch from its files to its export."""
    folder = plan.folder / item.name
    for path, text in item.files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    folder.mkdir(parents=True, exist_ok=True)
    (folder / FINISHED).unlink(missing_ok=True)
    if item.stop_file:
        item.stop_file.unlink(missing_ok=True)
    resumes = item.resume_argv is not None and item.run.is_dir() and any(item.run.glob(item.checkpoints))
    if not resumes and _is_launched(plan, item.run):
        shutil.rmtree(item.run)  # begun before, and nothing of it can be gone on with
    if len(plan.launches) > 1:
        show(f"launch {item.name}: {item.title}{' (resumed)' if resumes else ''}\n")
    log = folder / LOG
    begun = log.stat().st_size if log.exists() else 0
    argv = item.resume_argv if resumes and item.resume_argv else item.argv
    status = run_command(item, argv, cwd=plan.cwd, environment=_environment(item), log=log, lock=lock, stop=stop, show=show)
    _judge(item, status, stop=stop, log=log, begun=begun)
    if item.export.is_dir():
        (folder / FINISHED).touch()


def _environment(item: Launch) -> dict[str, str]:
    wanted = {**os.environ, **plugins_variable(), "PYTHONUNBUFFERED": "1", **item.environment}
    return {name: value for name, value in wanted.items() if value is not None}


def _judge(item: Launch, status: int, *, stop: Stop, log: Path, begun: int) -> None:
    """Raises LaunchError unless the command did what it was started for, or was stopped."""
    if status == 0 and (stop.asked or item.export.is_dir()):
        return
    if stop.asked and item.stop_file is None and status in (-stop.signal, 128 + stop.signal):
        return  # a command that ends by the very signal that it was handed
    how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
    if status == 0:
        how = f"ended well but left no model at {item.export}"
    if stop.asked:
        how += ", asked to stop at once" if stop.asked > 1 else ", asked to stop"
    quoted = "".join(f"  | {line}\n" for line in _tail(log, begun, item.noise)) or "  (it printed nothing)\n"
    remedy = "go on with --resume once the cause is mended" if any(item.run.glob(item.checkpoints)) else "start again once the cause is mended"
    raise LaunchError(f"the launch {item.name!r} ({item.title}) {how}; {remedy}. The end of {log}:\n{quoted.rstrip()}", status=status, log=str(log))


def _tail(log: Path, begun: int, noise: str | None) -> list[str]:
    """The last lines that the command itself printed."""
    with log.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(begun, size - 65536))
        lines = file.read().decode("utf-8", errors="replace").splitlines()
    first = next((n for n, line in enumerate(lines) if noise and noise in line and n), len(lines))
    return [line[:400] for line in lines[:first] if line.strip()][-_TAIL_LINES:]
