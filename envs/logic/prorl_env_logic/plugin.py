"""Registers the domain: one environment for each task of reasoning-gym, and the verifier. Imports nothing heavy."""

from collections.abc import Callable

from prorl_env_logic.table import TASKS
from prorl_gym.hooks import hookimpl


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """`logic/<task>-v0` for each task of the table."""
    for name, task in TASKS.items():
        register(
            f"logic/{name}-v0",
            "prorl_env_logic.environment:ReasoningGym",
            title=f"{name.replace('_', ' ')} ({task.category})",
            levels=task.levels,
            extra="logic",
        )


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """The domain's verifier; a task's env id says which scorer it takes."""
    register("logic", "prorl_env_logic.verifier:LogicVerifier")


@hookimpl
def register_mixes(register: Callable[..., None]) -> None:
    """The paper's training tasks, and those that it holds out."""
    register("logic/prorl-train", "prorl_env_logic.mixes:train")
    register("logic/prorl-held-out", "prorl_env_logic.mixes:held_out")
