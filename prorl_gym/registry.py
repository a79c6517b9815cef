"""What is registered, by kind and name, and who registered it. Filled once a process by the plugins (see `plugins`), lazily loaded.

Entry points are strings: "package.module:Name" or "/path/file.py:Name". Nothing is imported until somebody makes the env, so that
listing a hundred environments costs milliseconds. Environments also go into Gymnasium's own registry under the same id.
"""

import functools
import importlib
import importlib.util
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gymnasium

from prorl_gym.errors import ConfigError, DuplicateNameError, PluginError, missing_module, unknown
from prorl_gym.types import content_hash

if TYPE_CHECKING:
    from prorl_gym.env import TextEnv
    from prorl_gym.plugins import PluginRecord
    from prorl_gym.verifier import Verifier

_ENV_ID = re.compile(r"^[a-z][a-z0-9_-]*/[A-Za-z0-9][A-Za-z0-9_.-]*-v\d+$")


@dataclass(frozen=True, kw_only=True, slots=True)
class EnvSpec:
    """What is known of an environment without importing it."""

    id: str
    entry_point: str
    kwargs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    title: str = ""
    levels: int = 1
    """Number of difficulties, 0 to levels - 1."""
    turns: int = 1
    needs: tuple[str, ...] = ()
    """What making tasks or grading needs, such as "sandbox" or "data"."""
    example: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Settings under which the environment can be shown and checked with nothing else at hand, such as {"path": "example"}."""
    extra: str | None = None
    """The extra of this distribution that installs what the environment imports."""
    plugin: str = "user"

    @property
    def domain(self) -> str:
        """The id's part before the slash."""
        return self.id.partition("/")[0]


def load_module(path: str) -> Any:
    """Import a Python file under a stable name of its own, so that its classes pickle between processes that load the same path."""
    file = Path(path).expanduser().resolve()
    name = f"prorl_plugin_{re.sub(r'[^A-Za-z0-9_]', '_', file.stem)}_{content_hash(str(file))}"
    if name in sys.modules:
        return sys.modules[name]
    if not file.is_file():
        raise PluginError(f"no file {path!r}; expected a Python file, as in './my_env.py:MyEnv'")
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise PluginError(f"{path!r} is not a Python file; expected one that ends in .py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def load_object(ref: str, *, extra: str | None = None) -> Any:
    """The object that an entry point names. Raises PluginError, or MissingExtraError where an optional package is absent."""
    place, _, attr = ref.rpartition(":")
    if not place or not attr:
        raise PluginError(f"{ref!r} is not an entry point; expected 'package.module:Name' or 'file.py:Name'")
    try:
        module = load_module(place) if place.endswith(".py") else importlib.import_module(place)
    except ModuleNotFoundError as error:
        missing = error.name or ""
        if missing and place.split(".")[0] == missing.split(".")[0]:
            raise PluginError(f"the entry point {ref!r} names the module {missing!r}, which cannot be imported") from error
        raise missing_module(error, wanted_by=ref, extra=extra) from error
    found: Any = module
    for part in attr.split("."):
        if not hasattr(found, part):
            raise PluginError(f"the entry point {ref!r} names {part!r}, which {place} does not have")
        found = getattr(found, part)
    return found


def entry_point_of(obj: Any) -> str:
    """The entry point string of a class or function; the inverse of `load_object`."""
    module = sys.modules.get(obj.__module__)
    place = obj.__module__
    if (place == "__main__" or place.startswith("prorl_plugin_")) and getattr(module, "__file__", None):
        place = str(Path(str(module.__file__)).resolve())  # pyright: ignore[reportOptionalMemberAccess]
    return f"{place}:{obj.__qualname__}"


class Registry:
    """Names to entry points, by kind. Use the functions of this module; the class is there for tests and the plugin host."""

    def __init__(self) -> None:
        self.envs: dict[str, EnvSpec] = {}
        self.plugins: list[PluginRecord] = []
        self.waiting: list[tuple[PluginRecord, Callable[[], Any]]] = []
        """Plugins whose module was still being imported when it was their turn: importing one first imports this package."""
        self._named: dict[str, dict[str, tuple[str, str]]] = {}

    def add_env(self, id: str, entry_point: Any, *, plugin: str = "user", **spec: Any) -> EnvSpec:
        """Register an environment here and with Gymnasium. Raises ConfigError (bad id) or DuplicateNameError (both sides named)."""
        if not _ENV_ID.fullmatch(id):
            raise ConfigError(f"the env id {id!r} is not of the form 'domain/name-v0' (lower-case domain, version at the end)")
        ref = entry_point if isinstance(entry_point, str) else entry_point_of(entry_point)
        if id in self.envs:
            old = self.envs[id]
            raise DuplicateNameError(
                f"the env id {id!r} is registered twice: by the plugin {old.plugin!r} ({old.entry_point}) and by {plugin!r} ({ref}); "
                f"the first one stays. Rename the second, or uninstall one of the two"
            )
        new = EnvSpec(id=id, entry_point=ref, plugin=plugin, **spec)
        self.envs[id] = new
        target = functools.partial(_make_registered, id) if ref.rpartition(":")[0].endswith(".py") else ref
        gymnasium.register(id=id, entry_point=target, kwargs={**new.kwargs, "env_id": id})  # pyright: ignore[reportUnknownMemberType, reportArgumentType]
        return new

    def add(self, kind: str, name: str, entry_point: Any, *, plugin: str = "user") -> None:
        """Register a verifier, policy, engine, sandbox, language, sink or backend. Raises DuplicateNameError naming both sides."""
        ref = entry_point if isinstance(entry_point, str) else entry_point_of(entry_point)
        table = self._named.setdefault(kind, {})
        if name in table:
            old_ref, old_plugin = table[name]
            raise DuplicateNameError(
                f"the {kind} {name!r} is registered twice: by the plugin {old_plugin!r} ({old_ref}) and by {plugin!r} ({ref}); the first one stays"
            )
        table[name] = (ref, plugin)

    def names(self, kind: str) -> dict[str, str]:
        """Name to entry point, in registration order."""
        return {name: ref for name, (ref, _) in self._named.get(kind, {}).items()}

    def load(self, kind: str, name: str) -> Any:
        """The object registered under that name. Raises UnknownNameError with the closest names."""
        known = self.names(kind)
        if name not in known:
            raise unknown(kind, name, known)
        return load_object(known[name])

    @property
    def sandboxes(self) -> dict[str, Callable[[], Any]]:
        """Sandbox name to a factory that starts it."""
        return {name: functools.partial(_call, ref) for name, ref in self.names("sandbox").items()}

    def spec(self, id: str) -> EnvSpec:
        """The env's spec; "prorl_gym:" in front is accepted. Raises UnknownNameError with the closest ids."""
        id = id.removeprefix("prorl_gym:")
        if id not in self.envs:
            raise unknown("environment", id, self.envs, then="(prorl env list shows all)")
        return self.envs[id]


def _call(ref: str) -> Any:
    return load_object(ref)()


def _make_registered(id: str, **kwargs: Any) -> "TextEnv":
    return load_object(registry().spec(id).entry_point)(**kwargs)


def registry() -> Registry:
    """The process's registry, filled by the plugins on first use."""
    filled = _filled()
    if filled.waiting:
        from prorl_gym.plugins import load_waiting

        load_waiting(filled)
    return filled


@functools.cache
def _filled() -> Registry:
    from prorl_gym.plugins import discover

    made = Registry()
    discover(made)
    return made


def register(id: str, entry_point: Any, **spec: Any) -> EnvSpec:
    """Register an environment from a script: `register("my/task-v0", MyEnv)`. Plugins use the hook `register_envs` instead."""
    return registry().add_env(id, entry_point, **spec)


def env_spec(id: str) -> EnvSpec:
    """What is known of an environment without importing it."""
    return registry().spec(id)


def env_class(id: str) -> "type[TextEnv]":
    """The environment's class; imports its module."""
    spec = env_spec(id)
    return load_object(spec.entry_point, extra=spec.extra)


def make(id: str, **kwargs: Any) -> "TextEnv":
    """A new environment, without Gymnasium's wrappers (`gymnasium.make` gives the same one inside them)."""
    spec = env_spec(id)
    arguments: dict[str, Any] = {**spec.kwargs, **kwargs, "env_id": spec.id}
    return env_class(id)(**arguments)


def verifier_ref(name: str) -> str:
    """The entry point of the verifier for an env id or for a domain's name ("math"). Raises UnknownNameError."""
    known = registry()
    if "/" not in name:
        domains = known.names("verifier")
        if name not in domains:
            raise unknown("domain or environment", name, [*domains, *known.envs])
        return domains[name]
    return known.spec(name).entry_point


def load_verifier(ref: str, *, extra: str | None = None) -> "Verifier":
    """The verifier behind an entry point: a Verifier, a class of them, or an env class with a `verifier`."""
    found = load_object(ref, extra=extra)
    found = getattr(found, "verifier", found)
    return found() if isinstance(found, type) else found
