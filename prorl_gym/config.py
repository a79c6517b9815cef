"""Configuration: one TOML file a run, `--set a.b=c` on top, unknown keys refused with the closest valid one.

    config = load(TrainConfig, path=Path("configs/quickstart.toml"), overrides=["steps=10", "mix.0.weight=2"])

A model is a pydantic class derived from `Strict`. YAML is not read: it takes `1e-5` for a text.
"""

import copy
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, cast

import pydantic
import tomli_w

from prorl_gym.errors import ConfigError, closest


class Strict(pydantic.BaseModel):
    """A section of a configuration: unknown keys are errors, values are checked also when they are set later."""

    model_config = pydantic.ConfigDict(extra="forbid", validate_assignment=True, protected_namespaces=())


M = TypeVar("M", bound=pydantic.BaseModel)


def load(model: type[M], *, path: Path | None = None, data: Mapping[str, Any] | None = None, overrides: Sequence[str] = ()) -> M:
    """The validated configuration from a file or plain data, overrides applied.

    Raises ConfigError naming the file, the key, what was given and what is expected.
    """
    source = str(path) if path else "the configuration"
    raw: dict[str, Any] = copy.deepcopy(dict(data or {}))
    if path is not None:
        raw = _read(path)
    for text in overrides:
        _override(raw, text)
    try:
        return model.model_validate(raw)
    except pydantic.ValidationError as error:
        problems = "\n".join(f"  {_problem(model, e)}" for e in error.errors())
        raise ConfigError(f"{source} is not usable:\n{problems}") from error


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        near = closest(path.name, [p.name for p in path.parent.glob("*.toml")], limit=1) if path.parent.is_dir() else []
        raise ConfigError(f"there is no file {path}" + (f"; did you mean {path.parent / near[0]}?" if near else ""))
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML: {error}") from error


def parse_value(text: str) -> Any:
    """A value as TOML reads it (`1e-5`, `true`, `[1, 2]`, `"x"`); anything else is a text."""
    try:
        return tomllib.loads(f"v = {text}")["v"]
    except tomllib.TOMLDecodeError:
        return text


def _override(raw: dict[str, Any], text: str) -> None:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"--set takes KEY=VALUE, as in --set optimizer.lr=1e-4; got {text!r}")
    parts = key.strip().split(".")
    at: Any = raw
    for part in parts[:-1]:
        at = _descend(at, part, text)
    last = parts[-1]
    if isinstance(at, list):
        _list_index(cast("list[Any]", at), last, text)
        at[int(last)] = parse_value(value.strip())
    elif isinstance(at, dict):
        at[last] = parse_value(value.strip())
    else:
        raise ConfigError(f"--set {text}: {'.'.join(parts[:-1])} is a plain value and holds no keys")


def _descend(at: Any, part: str, text: str) -> Any:
    if isinstance(at, list):
        return cast("list[Any]", at)[_list_index(cast("list[Any]", at), part, text)]
    if not isinstance(at, dict):
        raise ConfigError(f"--set {text}: {part!r} stands below a plain value, which holds no keys")
    return cast("dict[str, Any]", at).setdefault(part, {})


def _list_index(at: list[Any], part: str, text: str) -> int:
    if not part.isdecimal() or int(part) >= len(at):
        raise ConfigError(f"--set {text}: {part!r} is no index of a list of {len(at)} entries (0 to {len(at) - 1})")
    return int(part)


def _problem(model: type[pydantic.BaseModel], error: Any) -> str:
    where = ".".join(str(p) for p in error["loc"])
    if error["type"] == "extra_forbidden":
        known = _fields_at(model, error["loc"][:-1])
        near = closest(str(error["loc"][-1]), known, limit=1)
        hint = f"did you mean {near[0]!r}?" if near else f"known keys: {', '.join(sorted(known))}"
        return f"{where}: unknown key; {hint}"
    if error["type"] == "missing":
        return f"{where}: missing, and it has no default"
    given = repr(error["input"])
    return f"{where}: {error['msg']}; got {given if len(given) < 100 else given[:97] + '...'}"


def _fields_at(model: Any, loc: Sequence[Any]) -> list[str]:
    for part in loc:
        if isinstance(part, int) or not (isinstance(model, type) and issubclass(model, pydantic.BaseModel)):
            continue
        field = model.model_fields.get(str(part))
        model = _model_in(field.annotation) if field else None
    return list(model.model_fields) if isinstance(model, type) and issubclass(model, pydantic.BaseModel) else []


def _model_in(annotation: Any) -> Any:
    """The pydantic model within `list[Model]`, `Model | None` and the like."""
    if isinstance(annotation, type) and not isinstance(annotation, types.GenericAlias) and issubclass(annotation, pydantic.BaseModel):
        return annotation
    return next((found for arg in typing.get_args(annotation) if (found := _model_in(arg)) is not None), None)


def to_toml(config: Mapping[str, Any] | pydantic.BaseModel) -> str:
    """The configuration as TOML; keys without a value are left out, as TOML has no null."""
    data = config.model_dump(mode="json") if isinstance(config, pydantic.BaseModel) else config
    return tomli_w.dumps(_without_none(data))


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(k): _without_none(v) for k, v in cast("Mapping[Any, Any]", value).items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_none(v) for v in cast("Sequence[Any]", value)]
    return value
