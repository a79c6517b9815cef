"""From a configuration and a backend's name to a plan, and a plan as text."""

import inspect
import os
import shlex
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from prorl_gym.config import load, parse_value, to_toml
from prorl_gym.errors import ConfigError, PluginError, closest, unknown
from prorl_gym.plugins import ENV_VAR
from prorl_gym.registry import registry
from prorl_trainer.backends import Backend, Launch, LaunchPlan
from prorl_trainer.backends.chain import Link, chain
from prorl_trainer.backends.fit import check
from prorl_trainer.config import TrainConfig


def make_backend(name: str, options: Mapping[str, Any]) -> Backend:
    """The backend registered as `name`. Raises UnknownNameError with those there are, ConfigError for an option that it does not have."""
    known = registry().names("backend")
    if name not in known:
        raise unknown("backend", name, known, then=f"(backends: {', '.join(sorted(known))})")
    make = registry().load("backend", name)
    try:
        inspect.signature(make).bind(**options)
    except TypeError as error:
        takes = [p for p in inspect.signature(make).parameters if p != "self"]
        wrong = next((o for o in options if o not in takes), None)
        near = closest(wrong, takes, limit=1) if wrong else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ConfigError(f"the backend {name!r}: {error}{hint} (its options: {', '.join(takes) or 'none'})") from error
    backend = make(**options)
    if not isinstance(backend, Backend):
        raise PluginError(f"{known[name]!r} gives a {type(backend).__name__} for the backend {name!r}, which lacks name, capabilities or render()")
    return backend


def parse_options(pairs: Sequence[str]) -> dict[str, Any]:
    """`["processes=2", ...]` as keyword arguments, values as TOML reads them. Raises ConfigError."""
    options: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise ConfigError(f"--backend-set takes KEY=VALUE, as in --backend-set processes=2; got {pair!r}")
        options[key.strip()] = parse_value(value.strip())
    return options


def make_plan(config: TrainConfig, backend: Backend) -> LaunchPlan:
    """The launches that carry `config` out. Raises ConfigError with everything that the backend, or a chain of launches, cannot do."""
    check(config, backend.capabilities, backend=backend.name)
    if config.out.name in ("", ".."):
        raise ConfigError(f"out = {str(config.out)!r} is no folder of the run's own; give it a name, as in runs/first")
    folder = config.out.with_name(f"{config.out.name}.launch")
    whole = [Link(name="run", title="whole run", begin=0, config=config)]
    links, notes = (whole, []) if backend.capabilities.resets == "in_run" else chain(config)
    launches: list[Launch] = []
    for link in links:
        own = link.config
        if launches:
            own = own.model_copy(update={"model": own.model.model_copy(update={"path": str(launches[-1].export)})})
        launches.append(backend.render(own, name=link.name, title=link.title, folder=folder / link.name))
    return LaunchPlan(
        backend=backend.name,
        config=rendered(config),
        out=config.out,
        folder=folder,
        cwd=Path.cwd(),
        launches=tuple(launches),
        notes=tuple(notes),
    )


def rendered(config: TrainConfig) -> str:
    """The configuration as TOML that reads back as the very same. Raises ConfigError where TOML cannot say it (it has no null)."""
    text = to_toml(config)
    again = load(TrainConfig, data=tomllib.loads(text))
    if again != config:
        differing = [name for name in TrainConfig.model_fields if getattr(again, name) != getattr(config, name)]
        raise ConfigError(
            f"{', '.join(differing)}: a key is set to nothing where its default or the profile's is something, which a TOML file cannot say; "
            "give it a value, or train in this process (leave out --backend)"
        )
    return text


def plugins_variable() -> dict[str, str]:
    """What hands the plugins that were loaded by name (`prorl --plugin ITEM`) on to another process."""
    named = [item for item in os.environ.get(ENV_VAR, "").split(",") if item.strip()]
    named += [r.name for r in registry().plugins if r.loaded and r.source == r.name]
    return {ENV_VAR: ",".join(dict.fromkeys(map(_absolute, named)))} if named else {}


def _absolute(item: str) -> str:
    path, colon, attr = item.strip().partition(".py:")
    if colon or path.endswith(".py"):
        return f"{Path(path + colon.rstrip(':')).expanduser().resolve()}{':' if colon else ''}{attr}"
    return path


def described(plan: LaunchPlan) -> str:
    """The plan as a person reads it: notes, each launch with its command, then their files."""
    lines = [f"# backend {plan.backend}: {len(plan.launches)} launch{'es' if len(plan.launches) > 1 else ''} in {plan.cwd}"]
    lines += [f"# note: {note}" for note in plan.notes]
    for number, launch in enumerate(plan.launches, 1):
        lines += ["", f"# launch {number}: {launch.title}; writes {launch.run}, its model is {launch.export}", command_line(launch)]
    for launch in plan.launches:
        for path, text in launch.files.items():
            lines += ["", f"# file {plan.folder / launch.name / path}", *(f"#   {line}" if line else "#" for line in text.splitlines())]
    return "\n".join(lines) + "\n"


def command_line(launch: Launch) -> str:
    """The launch's command as one would type it into a shell."""
    taken = [f"-u {name}" for name, value in launch.environment.items() if value is None]
    given = [f"{name}={shlex.quote(value)}" for name, value in launch.environment.items() if value is not None]
    return " ".join((["env", *taken, *given] if taken or given else []) + [shlex.join(launch.argv)])
