"""prorl_gym: verifiable environments for reinforcement learning on language models.

    import prorl_gym as pg
    env = pg.make("math/arithmetic-v0", difficulty=1)
    prompt, info = env.reset(seed=0)
    observation, reward, terminated, truncated, info = env.step(env.gold())

Importing this package registers every environment that an installed plugin offers, here and with Gymnasium; it imports none of them.
"""

from prorl_gym.env import SingleTurnEnv, TextEnv
from prorl_gym.errors import ProrlError
from prorl_gym.hooks import hookimpl
from prorl_gym.registry import EnvSpec, env_class, env_spec, make, register
from prorl_gym.registry import registry as _registry
from prorl_gym.types import Completion, Draft, Group, Message, Outcome, Rollout, Task, Turn, Verdict
from prorl_gym.verifier import Answer, Verifier

__version__ = "0.1.0"
__all__ = [
    "Answer",
    "Completion",
    "Draft",
    "EnvSpec",
    "Group",
    "Message",
    "Outcome",
    "ProrlError",
    "Rollout",
    "SingleTurnEnv",
    "Task",
    "TextEnv",
    "Turn",
    "Verdict",
    "Verifier",
    "__version__",
    "env_class",
    "env_spec",
    "hookimpl",
    "make",
    "register",
]

_registry()
