"""Answers beside the gold: other forms of it that are as right, and changes of it that are wrong. For the verifier proof."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from prorl_env_logic import shared
from prorl_env_logic.solutions import OPPOSITE

Entry = Mapping[str, Any]
Variant = Callable[[str, Entry], Sequence[str]]
CASELESS = frozenset(
    {
        "color_cube_rotation",
        "dice",
        "family_relationships",
        "figlet_font",
        "game_of_life_halting",
        "knights_knaves",
        "letter_jumble",
        "needle_haystack",
        "palindrome_generation",
        "quantum_lock",
        "spell_backward",
        "tsumego",
        "word_ladder",
        "zebra_puzzles",
    }
)
"""Tasks whose scorer does not look at the case of letters."""


def equivalents(name: str, gold: str, given: Entry) -> list[str]:
    """Other answers that score 1."""
    found = [f"\n  {gold}\t\n", *(_FORMS[name](gold, given) if name in _FORMS else ())]
    return [*found, gold.swapcase()] if name in CASELESS else found


def near_misses(name: str, gold: str, given: Entry) -> list[str]:
    """Changes of the gold that are wrong: each was looked at by `shared.solves`."""
    changed = _MISSES[name](gold, given) if name in _MISSES else _changed(gold)
    return [text for text in changed if not shared.solves(name, text, given)]


def _changed(gold: str) -> list[str]:
    """The other one of two words, the last number another number, or the last character missing."""
    if gold.lower() in OPPOSITE:
        return [OPPOSITE[gold.lower()]]
    numbers = list(re.finditer(r"\d+", gold))
    if numbers:
        last = numbers[-1]
        return [gold[: last.start()] + str(2 * int(last.group()) + 1) + gold[last.end() :]]
    return [gold[:-1]]


def _trailing_zeros(gold: str, _: Entry) -> list[str]:
    return [gold + ("0" if "." in gold else ".0"), f"+{gold}" if gold[0] != "-" else gold + ("00" if "." in gold else ".00")]


def _with_commas(gold: str, given: Entry) -> list[str]:
    return [*_trailing_zeros(gold, given), *([f"{int(gold):,}"] if re.fullmatch(r"-?\d+", gold) else [])]


def _grouped(gold: str, _: Entry) -> list[str]:
    return [f"({gold})"]


def _plus_constant(gold: str, _: Entry) -> list[str]:
    return [gold.replace("+ C", "+ 7"), f"K + {gold}", f"({gold})*2/2"]


def _recoloured(gold: str, given: Entry) -> list[str]:
    options = given["metadata"]["puzzle"]["color_options"]
    turned = dict(zip(options, [*options[1:], options[0]], strict=True))
    return [json.dumps({v: turned[c] for v, c in json.loads(gold).items()}), json.dumps(json.loads(gold), indent=1)]


def _reversed_json(gold: str, _: Entry) -> list[str]:
    return [json.dumps(json.loads(gold)[::-1])]


def _as_fraction(_: str, given: Entry) -> list[str]:
    return ["{numerator}/{denominator}".format(**given["metadata"]["rational"])]


def _simplified(_: str, given: Entry) -> list[str]:
    return ["{simplified_numerator}/{simplified_denominator}".format(**given["metadata"])]


def _one_colour_less(gold: str, given: Entry) -> list[str]:
    colours, edges = json.loads(gold), given["metadata"]["puzzle"]["edges"]
    clash = [json.dumps({**colours, str(a): colours[str(b)]}) for a, b in edges[:1]]
    return [*clash, json.dumps(dict(list(colours.items())[:-1]))]


def _swapped_role(gold: str, given: Entry) -> list[str]:
    terms = given["metadata"]["knight_knave_terms"]
    knight, knave = terms["a_knight"], terms["a_knave"]
    first, dot, rest = gold.partition(",") if "," in gold else gold.partition(".")
    other = first.replace(knight, knave) if first.endswith(knight) else first.replace(knave, knight)
    return [other + dot + rest]


def _other_first_digit(gold: str, _: Entry) -> list[str]:
    return [re.sub("[1-9]", lambda digit: str(int(digit.group()) % 9 + 1), gold, count=1)]


def _without_last(separator: str) -> Variant:
    return lambda gold, _: [separator.join(gold.split(separator)[:-1])]


def _json_without_last(gold: str, _: Entry) -> list[str]:
    return [json.dumps(json.loads(gold)[:-1])]


_FORMS: dict[str, Variant] = {
    "bitwise_arithmetic": lambda gold, _: [str(int(gold, 0)), bin(int(gold, 0)), gold.upper().replace("X", "x")],
    "boxnet": lambda gold, _: [json.dumps(json.loads(gold), indent=1)],
    "chain_sum": _with_commas,
    "coin_flip": _as_fraction,
    "complex_arithmetic": lambda gold, _: [f"({gold})", gold.replace(" ", "")],
    "countdown": _grouped,
    "cryptarithm": lambda gold, _: [", ".join(reversed(gold.split(",")))],
    "decimal_arithmetic": _trailing_zeros,
    "decimal_chain_sum": _trailing_zeros,
    "fraction_simplification": _simplified,
    "graph_color": _recoloured,
    "group_anagrams": _reversed_json,
    "intermediate_integration": _plus_constant,
    "jugs": lambda gold, _: [json.dumps(["fill A", "empty A", *json.loads(gold)])],
    "knights_knaves": lambda gold, _: [gold.rstrip(".")],
    "manipulate_matrix": lambda gold, _: [gold.replace(" ", "  ")],
    "n_queens": lambda _, given: [given["metadata"]["valid_answers"][-1]],
    "number_format": _trailing_zeros,
    "number_sorting": lambda gold, _: [str(gold.strip("[]").split(","))],
    "palindrome_partitioning": _reversed_json,
    "path_star": lambda gold, _: [gold.replace(" ", "  ")],
    "polynomial_equations": lambda gold, _: [",".join(reversed(gold.split(",")))],
    "polynomial_multiplication": _grouped,
    "pool_matrix": lambda gold, _: [gold.replace(" ", "  ")],
    "power_function": lambda gold, _: [f"{Decimal(gold):.4e}"],
    "prime_factorization": lambda gold, _: ["×".join(p.strip() for p in reversed(gold.split("×")))],
    "products": _with_commas,
    "propositional_logic": lambda gold, _: [f"¬¬{gold}", f"({gold})"],
    "puzzle24": _grouped,
    "quantum_lock": lambda gold, _: [gold.replace(" → ", "")],
    "rubiks_cube": lambda gold, _: [f"{gold} U U'", f"L L' {gold}"],
    "rush_hour": lambda gold, _: [gold.replace(" ", ", ")],
    "shortest_path": lambda gold, _: [gold.replace(" ", "\n")],
    "simple_integration": _plus_constant,
    "word_sorting": lambda gold, _: [gold.replace(", ", ",")],
}
"""Task to other forms of its gold."""
_MISSES: dict[str, Variant] = {
    "boxnet": _json_without_last,
    "coin_flip": _other_first_digit,
    "complex_arithmetic": lambda gold, _: ["1" + gold.lstrip("-")],
    "graph_color": _one_colour_less,
    "group_anagrams": _json_without_last,
    "intermediate_integration": lambda gold, given: [f"{gold} + {given['metadata']['variable']}"],
    "jugs": _json_without_last,
    "knights_knaves": _swapped_role,
    "n_queens": lambda gold, _: [gold.replace("Q", "_", 1)],
    "palindrome_generation": lambda gold, _: [gold + gold[0]],
    "palindrome_partitioning": _json_without_last,
    "polynomial_multiplication": lambda gold, _: [f"{gold} + 1"],
    "power_function": _other_first_digit,
    "propositional_logic": lambda gold, _: [f"¬{gold}"],
    "quantum_lock": _without_last(" → "),
    "rubiks_cube": _without_last(" "),
    "rush_hour": _without_last(" "),
    "shortest_path": _without_last(" "),
    "simple_integration": lambda gold, given: [f"{gold} + {given['metadata']['variable']}"],
    "sokoban": lambda gold, _: [gold[:end] for end in range(len(gold) - 1, -1, -1)][:4],
    "tower_of_hanoi": _without_last("\n"),
    "word_ladder": _without_last(","),
    "word_sorting": lambda gold, _: [", ".join(reversed(gold.split(", ")))],
}
"""Task to changes of its gold, where `_changed` would not do."""
