"""Registers the trainer: its commands, its engines and backend, a local model as a policy. Imports nothing heavy."""

from collections.abc import Callable
from typing import Any

from prorl_gym.hooks import hookimpl


@hookimpl
def register_engines(register: Callable[..., None]) -> None:
    """The in-process engine, and vLLM in a process of its own."""
    register("transformers", "prorl_trainer.engines.transformers_engine:TransformersEngine")
    register("vllm", "prorl_trainer.engines.vllm_engine:VllmEngine")


@hookimpl
def register_policies(register: Callable[..., None]) -> None:
    """A local model as a policy."""
    register("transformers", "prorl_trainer.policy:transformers_policy")


@hookimpl
def register_sinks(register: Callable[..., None]) -> None:
    """Metrics for TensorBoard; the run's own JSONL is always written."""
    register("tensorboard", "prorl_trainer.sinks:TensorBoard")


@hookimpl
def register_backends(register: Callable[..., None]) -> None:
    """This trainer in one or several processes under torchrun."""
    register("native", "prorl_trainer.backends.native:Native")


@hookimpl
def register_commands(app: Any) -> None:
    """`prorl train` and its relatives."""
    from prorl_trainer.cli import add_commands

    add_commands(app)
