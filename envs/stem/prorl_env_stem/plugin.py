"""Registers the STEM environments and their verifier; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """Three subjects and a multiple-choice environment over all of them."""
    place = "prorl_env_stem.envs"
    register("stem/physics-v0", f"{place}:Physics", title="Physics: laws, units and chains of two laws", levels=4, extra="stem")
    register("stem/chemistry-v0", f"{place}:Chemistry", title="Chemistry: amounts, solutions, gases and equations", levels=4, extra="stem")
    register("stem/biology-v0", f"{place}:Biology", title="Biology: sequences, genetics, populations and counts", levels=4, extra="stem")
    register("stem/choice-v0", f"{place}:Choice", title="Multiple choice over the three subjects, options shuffled", levels=4, extra="stem")


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """`prorl verify` grades lines of the domain "stem" with it."""
    register("stem", "prorl_env_stem.verifier:StemVerifier")
