"""Registers the sandbox backends, in the order in which "auto" tries them; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl


@hookimpl
def register_sandboxes(register: Callable[..., None]) -> None:
    """The embedded backend."""
    register("namespaces", "prorl_sandbox.namespaces:NamespaceSandbox")
