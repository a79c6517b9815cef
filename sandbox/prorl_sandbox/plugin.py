"""Registers the sandbox backends, in the order in which "auto" tries them, the compiled languages and the commands; imports nothing heavy."""

from collections.abc import Callable
from typing import Any

from prorl_gym.hooks import hookimpl


@hookimpl
def register_sandboxes(register: Callable[..., None]) -> None:
    """The embedded tiers, containers, and what is for tests of the gym itself alone: it refuses unless it is told to by name."""
    register("namespaces", "prorl_sandbox.namespaces:NamespaceSandbox")
    register("restricted", "prorl_sandbox.restricted:RestrictedSandbox")
    register("docker", "prorl_sandbox.docker:DockerSandbox")
    register("unsafe_subprocess", "prorl_sandbox.unsafe:UnsafeSubprocess")


@hookimpl
def register_languages(register: Callable[..., None]) -> None:
    """C and C++, by the machine's compilers."""
    register("c", "prorl_sandbox.languages:C")
    register("cpp", "prorl_sandbox.languages:CPP")


@hookimpl
def register_commands(app: Any) -> None:
    """`prorl sandbox`."""
    from prorl_sandbox.cli import add_commands

    add_commands(app)
