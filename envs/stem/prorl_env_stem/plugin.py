"""Registers the STEM environments and their verifier; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """Three subjects, a multiple-choice environment over all of them, and two published data sets."""
    place = "prorl_env_stem.envs"
    register("stem/physics-v0", f"{place}:Physics", title="Physics: laws, motion, circuits, heat, formulae, several parts", levels=4)
    register("stem/chemistry-v0", f"{place}:Chemistry", title="Chemistry: amounts, solutions, gases, equations, rates", levels=4)
    register("stem/biology-v0", f"{place}:Biology", title="Biology: sequences, genetics, populations, enzymes", levels=4)
    register("stem/choice-v0", f"{place}:Choice", title="Multiple choice over the three subjects, options shuffled", levels=4)
    shipped = {"path": "example"}
    sets = "prorl_env_stem.datasets"
    register("stem/scp-v0", f"{sets}:Scp", title="SCP-116K: science problems with short golds", needs=("data",), example=shipped)
    register("stem/gpqa-v0", f"{sets}:Gpqa", title="GPQA: four options, shuffled by content", needs=("data",), example=shipped)


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """`prorl verify` grades lines of the domain "stem" with it."""
    register("stem", "prorl_env_stem.verifier:StemVerifier")
