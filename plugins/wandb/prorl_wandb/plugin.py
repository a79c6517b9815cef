"""Registers the sink; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl


@hookimpl
def register_sinks(register: Callable[..., None]) -> None:
    """Metrics to Weights & Biases."""
    register("wandb", "prorl_wandb.sink:WandbSink")
