"""Registers the code domain; imports nothing heavy."""

from collections.abc import Callable
from typing import Any

from prorl_gym.hooks import hookimpl

_PUBLISHED = {
    "code/eurus-v0": ("Eurus", "The code rows of Eurus-2-RL-Data: programs and functions, judged on their tests"),
    "code/apps-v0": ("Apps", "APPS: programs and functions, judged on their tests"),
    "code/taco-v0": ("Taco", "TACO: programs and functions, judged on their tests"),
    "code/code_contests-v0": ("CodeContests", "CodeContests: programs on standard input, judged on their tests"),
    "code/humaneval-v0": ("HumanEval", "HumanEval: complete a Python function, judged by its check"),
    "code/mbpp-v0": ("Mbpp", "MBPP: write a small Python function, judged by asserts"),
}


@hookimpl
def register_envs(register: Callable[..., None]) -> None:
    """Functions, programs on standard input, repair over several turns, and the published data sets."""
    common: dict[str, Any] = {"levels": 4, "needs": ("sandbox",)}
    register("code/functions-v0", "prorl_env_code.envs:Functions", title="Write a Python function, judged on hidden tests", **common)
    register("code/stdio-v0", "prorl_env_code.envs:Stdio", title="Write a program that reads standard input and prints", **common)
    register("code/repair-v0", "prorl_env_code.envs:Repair", title="Repair a program with feedback from its tests", turns=3, **common)
    for env_id, (name, title) in _PUBLISHED.items():
        register(env_id, f"prorl_env_code.published:{name}", title=title, needs=("data", "sandbox"), example={"path": "example"})


@hookimpl
def register_verifiers(register: Callable[..., None]) -> None:
    """The verifier of the whole domain."""
    register("code", "prorl_env_code.verifier:CodeVerifier")
