"""A right answer to each task, also where reasoning-gym gives none, and a wrong one."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from prorl_env_logic import games, literal

Entry = Mapping[str, Any]
_SOLVED: dict[str, Callable[[Entry], str]] = {
    "boxnet": games.boxnet_plan,
    "graph_color": lambda given: json.dumps(given["metadata"]["possible_answer"]),
    "propositional_logic": lambda given: str(given["metadata"]["example_answer"]),
    "rubiks_cube": games.rubiks_solution,
    "rush_hour": games.rush_hour_moves,
}
"""Tasks whose entries have no answer, with where one comes from."""
SEARCHED = frozenset({"rush_hour"})
"""Tasks whose solution takes a search, too slow for each draw. Each board of theirs is known to have one."""
_OPPOSITE = {"true": "False", "false": "True", "yes": "No", "no": "Yes", "on": "off", "off": "on", "0": "1"}
NOTHING = "?"
"""An answer that is right nowhere."""


def right(name: str, given: Entry) -> str | None:
    """An answer that scores 1; None where none is known."""
    if given.get("answer") is None:
        return _SOLVED[name](given) if name in _SOLVED else None
    if name == "number_sorting":
        return f"[{','.join(str(n).removesuffix('.0') for n in literal.read(str(given['answer'])))}]"
    return str(given["answer"]).strip()


def wrong(name: str, given: Entry) -> str:
    """An answer of the right form, where one is easily made, that scores 0."""
    gold = str(given.get("answer")).strip()
    if gold.lower() in _OPPOSITE:
        return _OPPOSITE[gold.lower()]
    if name == "knight_swap":
        return "No"
    if re.fullmatch(r"-?[0-9]{1,60}", gold):
        return str(int(gold) + 1_000_003)
    if re.fullmatch(r"-?[0-9]{1,60}\.[0-9]+", gold) and name not in ("coin_flip", "figlet_font"):
        return gold.replace(".", "1000003.")
    return NOTHING
