"""A right answer to each task, also where reasoning-gym gives none, and a wrong one."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from prorl_env_logic import games

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
NEVER_ZERO = frozenset(
    {"advanced_geometry", "color_cube_rotation", "countdown", "fraction_simplification", "power_function", "puzzle24", "rubiks_cube"}
)
"""Tasks that pay a token of at most 0.05 to any text whatever."""
_EMPTY_IS_ZERO = frozenset({"palindrome_generation", "propositional_logic", "rush_hour", "tsumego"})
"""Tasks that pay a token to any text but the empty one."""
OPPOSITE = {"true": "False", "false": "True", "yes": "No", "no": "Yes", "on": "off", "off": "on", "0": "1"}
NOTHING = "?"
"""An answer that is right nowhere."""


def right(name: str, given: Entry) -> str | None:
    """An answer that scores 1; None where none is known."""
    if given.get("answer") is None:
        return _SOLVED[name](given) if name in _SOLVED else None
    if name == "number_sorting":
        numbers = re.findall(r"-?\d+(?:\.\d+)?", str(given["answer"]))
        return f"[{','.join(n.removesuffix('.0') for n in numbers)}]"
    return str(given["answer"]).strip()


def wrong(name: str, given: Entry) -> str | None:
    """An answer that scores 0, of the right form where one is easily made; None where every text earns a token."""
    if name in NEVER_ZERO:
        return None
    if name in _EMPTY_IS_ZERO:
        return ""
    if name in ("arc_agi", "gsm_symbolic", "prime_factorization", "rearc"):  # these pay a token to any number, or grid
        return NOTHING
    gold = str(given.get("answer")).strip()
    if name == "sentence_reordering":
        return " ".join(NOTHING for _ in gold.split())
    if name == "emoji_mystery":
        return "\N{REPLACEMENT CHARACTER}" * len(gold)
    if gold.lower() in OPPOSITE:
        return OPPOSITE[gold.lower()]
    if name == "knight_swap":
        return "No"
    if re.fullmatch(r"-?[0-9]{1,60}", gold):
        return _far_number(gold)
    if re.fullmatch(r"-?[0-9]{1,60}\.[0-9]+", gold) and name not in ("coin_flip", "figlet_font"):
        return gold.replace(".", "1000003.")
    return NOTHING


def _far_number(gold: str) -> str:
    """A number far away that shares no digit with the gold: one that contains the gold would earn a part of the score."""
    other = next((digit for digit in "123456789" if digit not in gold), None)
    return NOTHING if other is None else other * (len(gold) + 6)
