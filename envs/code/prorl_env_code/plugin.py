"""Registers the code domain; imports nothing heavy."""

from collections.abc import Callable
from typing import Any

from prorl_gym.hooks import hookimpl


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """Functions, programs on standard input, and repair over several turns."""
    common: dict[str, Any] = {"levels": 4, "needs": ("sandbox",)}
    register("code/functions-v0", "prorl_env_code.envs:Functions", title="Write a Python function, judged on hidden tests", **common)
    register("code/stdio-v0", "prorl_env_code.envs:Stdio", title="Write a program that reads standard input and prints", **common)
    register("code/repair-v0", "prorl_env_code.envs:Repair", title="Repair a program with feedback from its tests", turns=3, **common)


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """The verifier of the whole domain."""
    register("code", "prorl_env_code.verifier:CodeVerifier")
