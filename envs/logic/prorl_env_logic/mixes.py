"""The paper's split of reasoning-gym as named mixes: `use = "logic/prorl-train"` and `use = "logic/prorl-held-out"` in a run's `[[mix]]`.

ProRL (arXiv 2505.24864, section 3) trains on 96 of reasoning-gym's tasks and names four that it holds out; it does not list the 96.
The release of reasoning-gym at the time, 0.1.19, has 101 tasks. Without the four there are 97, and the one more that is left out here is
codeio, whose items run programs that nobody has read. What later releases added is left out as well.
"""

from typing import Any

from prorl_env_logic.table import TASKS

HELD_OUT = ("acre", "boxnet", "game_of_life_halting", "puzzle24")
"""Out of distribution: never trained on (section 4.3 of the paper, and its second version)."""
LATER = ("coin_flip", "kakurasu", "path_star", "survo")
"""Added to reasoning-gym after 0.1.19."""
UNREAD = ("codeio",)
"""Its items run the package's programs, in a process of their own."""
TRAIN = tuple(name for name in TASKS if name not in {*HELD_OUT, *LATER, *UNREAD})
TEN_NODES = 1
"""graph_color's level of exactly ten nodes, on which the paper trains; its levels 0 to 3 go from 5 nodes to 20, on which it tests."""


def train() -> list[dict[str, Any]]:
    """The 96 training tasks in equal parts, all levels of each, graph_color at ten nodes only."""
    return [_entry(name, difficulty=TEN_NODES) if name == "graph_color" else _entry(name) for name in TRAIN]


def held_out() -> list[dict[str, Any]]:
    """The four tasks that are not trained on, and graph_color from 5 to 20 nodes."""
    return [*(_entry(name) for name in HELD_OUT), _entry("graph_color", difficulty=[0, 3])]


def _entry(name: str, **settings: Any) -> dict[str, Any]:
    return {"env": f"logic/{name}-v0", **settings}
