"""What a person types as an environment, a setting or a level, turned into what the library takes."""

import inspect
from collections.abc import Iterable
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

import orjson

from prorl_gym.errors import ConfigError, closest
from prorl_gym.registry import env_class, env_spec, load_module, make, registry

if TYPE_CHECKING:
    from prorl_gym.env import TextEnv
    from prorl_gym.plugins import PluginRecord


def load_plugin(item: str) -> "PluginRecord":
    """The plugin named by "module", "file.py" or "file.py:Class", loaded if it is not yet. Raises PluginError."""
    from prorl_gym.plugins import add_plugin

    known = [record for record in registry().plugins if record.name == item and record.ok]
    return known[0] if known else add_plugin(item)


def env_id_of(item: str) -> str:
    """The registered id of `item`: an id, or "file.py:Class" (or "module:Class"), which is loaded and registered first."""
    path, _, attr = item.removeprefix("prorl_gym:").partition(":")
    if not attr and not path.endswith(".py"):
        return env_spec(path).id
    if path.endswith(".py") and not attr:
        classes = ", ".join(f"{path}:{name}" for name in _env_classes(path)) or "none found"
        raise ConfigError(f"{item!r} names a file; expected one environment class in it, as in './my_env.py:MyEnv' (its environments: {classes})")
    envs = [name for name in load_plugin(item).provides if "/" in name]
    if len(envs) != 1:
        raise ConfigError(f"{item!r} registers {len(envs)} environments; expected a class of one, as in './my_env.py:MyEnv'")
    return envs[0]


def _env_classes(path: str) -> list[str]:
    from prorl_gym.env import TextEnv

    module = cast("ModuleType", load_module(path))
    return [k for k, v in vars(module).items() if isinstance(v, type) and issubclass(v, TextEnv) and v.__module__ == module.__name__]


def make_env(item: str, **settings: Any) -> "TextEnv":
    """The environment named by `item`, with those of `settings` that are not None. Raises ConfigError on an unknown setting."""
    env_id = env_id_of(item)
    given = {k: v for k, v in settings.items() if v is not None}
    check_settings(env_id, given)
    return make(env_id, **given)


def check_settings(env_id: str, given: Iterable[str]) -> None:
    """Raises ConfigError for a name that is no setting of the environment, with the closest that is."""
    known = _settings_of(env_class(env_id))
    for name in given:
        if known is not None and name not in known:
            near = closest(name, known, limit=1)
            raise ConfigError(f"{env_id} has no setting {name!r}; {f'did you mean {near[0]!r}? ' if near else ''}settings: {', '.join(known)}")


def _settings_of(cls: type) -> list[str] | None:
    """The keyword names that the class takes, over its whole inheritance; None where it takes any."""
    names: dict[str, None] = {}
    for owner in cls.__mro__:
        if "__init__" not in vars(owner):
            continue
        parameters = list(inspect.signature(vars(owner)["__init__"]).parameters.values())[1:]
        names.update(dict.fromkeys(p.name for p in parameters if p.kind in (p.KEYWORD_ONLY, p.POSITIONAL_OR_KEYWORD)))
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            return [n for n in names if n not in ("env_id", "render_mode")]
    return None


def parse_settings(pairs: list[str] | None) -> dict[str, Any]:
    """`["k=v", ...]` as a dict; a value is read as JSON, and as text where it is none. Raises ConfigError."""
    settings: dict[str, Any] = {}
    for pair in pairs or ():
        name, equals, text = pair.partition("=")
        if not name.strip() or not equals:
            raise ConfigError(f"--set takes name=value, as in --set difficulty=1; got {pair!r}")
        try:
            settings[name.strip()] = orjson.loads(text)
        except orjson.JSONDecodeError:
            settings[name.strip()] = text
    return settings


def parse_difficulty(text: str | None) -> int | tuple[int, int] | None:
    """ "2" as 2, "0-2" as (0, 2), None as None. Raises ConfigError."""
    if text is None:
        return None
    low, dash, high = text.partition("-")
    if not low.isdecimal() or (dash and not high.isdecimal()):
        raise ConfigError(f"a difficulty is a level such as 2 or a range such as 0-2; got {text!r}")
    return (int(low), int(high)) if dash else int(low)
