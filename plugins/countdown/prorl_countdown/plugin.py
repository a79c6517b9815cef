"""Registers the environment and its verifier; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """One environment of four levels."""
    register("countdown/countdown-v0", "prorl_countdown.env:Countdown", title="Reach a number with the given numbers", levels=4)


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """The verifier for the whole domain."""
    register("countdown", "prorl_countdown.verifier:CountdownVerifier")
