"""Registers the instruction-following domain; imports nothing heavy."""

from collections.abc import Callable

from prorl_gym.hooks import hookimpl

_VERIFIER = "prorl_env_instruct.verifier:InstructVerifier"


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """The domain's environments."""
    register(
        "instruct/constraints-v0",
        "prorl_env_instruct.env:ConstraintsEnv",
        title="Write a text that meets checkable constraints, of published and own kinds",
        levels=4,
    )
    register(
        "instruct/ifeval-kinds-v0",
        "prorl_env_instruct.env:IFEvalKindsEnv",
        title="Write a text that meets drawn constraints of IFEval's kinds",
        levels=4,
    )
    example = {"path": "example"}
    register("instruct/ifeval-v0", "prorl_env_instruct.loaders:IFEval", title="IFEval's published prompts", needs=("data",), example=example)
    register(
        "instruct/llama_nemotron-v0",
        "prorl_env_instruct.loaders:LlamaNemotron",
        title="The instruction following prompts of Llama-Nemotron's post-training data",
        needs=("data",),
        example=example,
    )


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """The verifier that `instruct` names."""
    register("instruct", _VERIFIER)
