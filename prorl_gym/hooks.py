"""Everything a plugin can implement. Mark an implementation with `@hookimpl`; it may take any subset of the arguments.

Registration must be import-light: pass entry points as strings ("package.module:Name") and import nothing heavy at the top.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from pathlib import Path

    from prorl_gym.types import Rollout

hookspec = pluggy.HookspecMarker("prorl_gym")
hookimpl = pluggy.HookimplMarker("prorl_gym")


@hookspec
def register_envs(register: Callable[..., None]) -> None:
    """Call `register(id, entry_point, **spec)` once for every environment."""


@hookspec
def register_verifiers(register: Callable[..., None]) -> None:
    """Call `register(domain, entry_point)` to name the verifier that `prorl verify` uses for a whole domain."""


@hookspec
def register_mixes(register: Callable[..., None]) -> None:
    """Call `register(name, entry_point)` for every named mix that a `[[mix]]` entry can `use`."""


@hookspec
def register_policies(register: Callable[..., None]) -> None:
    """Call `register(name, entry_point)` for every policy that `--policy NAME` can choose."""


@hookspec
def register_engines(register: Callable[..., None]) -> None:
    """Call `register(name, entry_point)` for every rollout engine that a training config can choose."""


@hookspec
def register_sandboxes(register: Callable[..., None]) -> None:
    """Call `register(name, entry_point)` for every sandbox backend, in the order in which "auto" shall try them."""


@hookspec
def register_languages(register: Callable[..., None]) -> None:
    """Call `register(name, entry_point)` for every compiled language that a sandbox shall run."""


@hookspec
def register_sinks(register: Callable[..., None]) -> None:
    """Call `register(name, entry_point)` for every metrics sink (a callable of the run folder)."""


@hookspec
def register_backends(register: Callable[..., None]) -> None:
    """Call `register(name, entry_point)` for every training backend that can launch a run."""


@hookspec
def register_commands(app: Any) -> None:
    """Add commands or groups to the `prorl` Typer app."""


@hookspec
def rollout_graded(rollout: "Rollout", run: "Path | None") -> None:
    """Called after each rollout is graded and written."""


@hookspec
def step_ended(step: int, metrics: dict[str, float], run: "Path | None") -> None:
    """Called after each training step with its metrics."""


@hookspec
def reference_reset(step: int, event: dict[str, Any], run: "Path | None") -> None:
    """Called after a reference reset with its recorded event."""
