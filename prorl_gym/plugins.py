"""Finding plugins and letting them register, each inside its own fault boundary.

A plugin is a module with hook implementations (see `hooks`), found by
- the entry-point group "prorl_gym" of an installed distribution, or
- the environment variable PRORL_PLUGINS, a comma-separated list of "module", "file.py" or "file.py:Class" (one environment class).

A plugin that fails to import, misspells a hook or claims a taken name is recorded with what went wrong and harms nobody else;
`prorl plugin list` shows the record. Our own domains come by the same road as a stranger's.
"""

import functools
import importlib
import logging
import os
import re
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from prorl_gym import hooks
from prorl_gym.errors import DuplicateNameError, PluginError, closest
from prorl_gym.registry import Registry, load_module, load_object, registry

GROUP = "prorl_gym"
ENV_VAR = "PRORL_PLUGINS"
HOOK_NAMES = tuple(name for name, value in vars(hooks).items() if hasattr(value, "prorl_gym_spec"))
_KINDS = {
    "register_verifiers": "verifier",
    "register_mixes": "mix",
    "register_policies": "policy",
    "register_engines": "engine",
    "register_sandboxes": "sandbox",
    "register_languages": "language",
    "register_sinks": "sink",
    "register_backends": "backend",
}
_log = logging.getLogger(__name__)


@dataclass(kw_only=True, slots=True)
class PluginRecord:
    """One plugin: where it came from, what it registered, and every error that it made."""

    name: str
    source: str
    """The distribution and version, or the path."""
    provides: list[str] = field(default_factory=list[str])
    errors: list[str] = field(default_factory=list[str])
    """One clear line each."""
    traceback: str = ""
    loaded: bool = False

    @property
    def ok(self) -> bool:
        """True where the plugin loaded and broke nothing."""
        return self.loaded and not self.errors


@functools.cache
def manager() -> pluggy.PluginManager:
    """The process's pluggy manager; plugins are in it once `registry()` has run."""
    made = pluggy.PluginManager("prorl_gym")
    made.add_hookspecs(hooks)
    return made


def discover(into: Registry) -> None:
    """Load every plugin and let it register into `into`. Never raises for what a plugin does."""
    for point in sorted(entry_points(group=GROUP), key=lambda p: (not p.value.startswith(("prorl_env_", "prorl_")), p.name)):
        dist = point.dist
        source = f"{dist.name} {dist.version}" if dist else "?"
        _load(into, PluginRecord(name=point.name, source=source), functools.partial(_from_entry_point, point))
    for item in filter(None, (part.strip() for part in os.environ.get(ENV_VAR, "").split(","))):
        _load(into, PluginRecord(name=item, source=f"{ENV_VAR}={item}"), functools.partial(_from_text, item))


def add_plugin(item: str) -> PluginRecord:
    """Load one more plugin by "module", "file.py" or "file.py:Class". Raises PluginError where it cannot be loaded."""
    record = PluginRecord(name=item, source=item)
    _load(registry(), record, functools.partial(_from_text, item))
    if record.errors:
        raise PluginError("; ".join(record.errors))
    return record


def load_waiting(into: Registry) -> None:
    """Load the plugins whose module was half imported at discovery; those that still are go on waiting."""
    waiting, into.waiting = into.waiting, []
    for record, get in waiting:
        _load(into, record, get)


def _from_entry_point(point: EntryPoint) -> Any:
    return point.load()


def _from_text(item: str) -> Any:
    if item.endswith(".py"):
        return load_module(item)
    if ":" in item:
        return _OneEnv(load_object(item))
    return importlib.import_module(item)


class _OneEnv:
    """A plugin that registers one environment class, under its own `id` or under "local/class-name-v0"."""

    def __init__(self, cls: Any) -> None:
        self.cls = cls
        self.id = getattr(cls, "id", None) or "local/" + re.sub(r"(?<!^)(?=[A-Z])", "-", cls.__name__).lower() + "-v0"

    @hooks.hookimpl
    def register_envs(self, register: Callable[..., None]) -> None:
        """Register the class."""
        register(self.id, self.cls, levels=self.cls.levels, turns=self.cls.max_turns)


def _load(into: Registry, record: PluginRecord, get: Callable[[], Any]) -> None:
    """The plugin boundary: whatever a plugin raises while it loads or registers is recorded and goes no further."""
    if record not in into.plugins:
        into.plugins.append(record)
    try:
        plugin = get()
        if getattr(getattr(plugin, "__spec__", None), "_initializing", False):
            into.waiting.append((record, get))
            return
        manager().register(plugin, name=record.name)
        record.loaded = True
    except Exception as error:  # the plugin boundary
        record.errors.append(f"the plugin {record.name!r} ({record.source}) could not be loaded: {type(error).__name__}: {error}")
        record.traceback = traceback.format_exc()
        return
    for name in _misspelt(plugin):
        near = closest(name, HOOK_NAMES, limit=1)
        hint = f"; did you mean {near[0]!r}?" if near else f"; the hooks are {', '.join(HOOK_NAMES)}"
        record.errors.append(f"the plugin {record.name!r} ({record.source}) implements {name!r}, which is no hook{hint}")
    for hook in ("register_envs", *_KINDS):
        caller = manager().subset_hook_caller(hook, [p for p in manager().get_plugins() if p is not plugin])
        try:
            caller(register=functools.partial(_register, into, record, hook))
        except Exception as error:  # the plugin boundary
            record.errors.append(f"the plugin {record.name!r} ({record.source}) failed in {hook}: {type(error).__name__}: {error}")
            record.traceback = traceback.format_exc()


def _misspelt(plugin: Any) -> list[str]:
    callers = manager().get_hookcallers(plugin) or []
    return sorted(c.name for c in callers if not c.has_spec())


def _register(into: Registry, record: PluginRecord, hook: str, name: str, entry_point: Any, **spec: Any) -> None:
    try:
        if hook == "register_envs":
            into.add_env(name, entry_point, plugin=record.name, **spec)
        else:
            into.add(_KINDS[hook], name, entry_point, plugin=record.name, **spec)
    except DuplicateNameError as error:  # the plugin's other names still go in
        record.errors.append(str(error))
        return
    record.provides.append(name if hook == "register_envs" else f"{_KINDS[hook]}:{name}")


def notify(hook: str, **arguments: Any) -> None:
    """Call a trainer-moment hook on every plugin; one that raises is logged and the others are still called."""
    for plugin in manager().get_plugins():
        caller = manager().subset_hook_caller(hook, [p for p in manager().get_plugins() if p is not plugin])
        if not caller.get_hookimpls():
            continue
        try:
            caller(**arguments)
        except Exception:  # the plugin boundary: an observer cannot end a run
            _log.exception("the plugin %r failed in %s; the run goes on", manager().get_name(plugin), hook)
