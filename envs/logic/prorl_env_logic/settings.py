"""Which configurations of reasoning-gym are the difficulty levels of a task, where its own curriculum does not serve.

A level is a number (that global level of the task's curriculum), or a mapping of config fields. A task that is not listed has the
curriculum's levels from 0, at most `MAX_LEVELS`, or its default config where it has no curriculum. Three reasons put a task here: level
0 is too hard for a model of a million parameters; the curriculum's space of problems is too small to be split in three, or its config is
refused by the task itself; or an item takes so long to make that a stream, which draws several for one of its split, would stall.
"""

from collections.abc import Mapping
from typing import Any

MAX_LEVELS = 5
Level = int | Mapping[str, Any]


def _n(low: str, high: str, *ranges: tuple[float, float], **fixed: Any) -> tuple[Level, ...]:
    return tuple({low: a, high: b, **fixed} for a, b in ranges)


LEVELS: dict[str, tuple[Level, ...]] = {
    # an easier start
    "base_conversion": ({"min_base": 2, "max_base": 10, "min_value": 2, "max_value": 255}, 1, 2, 3, 4),
    "basic_arithmetic": (
        {
            "min_terms": 2,
            "max_terms": 2,
            "min_digits": 1,
            "max_digits": 2,
            "operators": ["+", "-", "*"],
            "allow_parentheses": False,
            "allow_negation": False,
        },
        1,
        2,
        3,
        4,
    ),
    "binary_alternation": _n("min_n", "max_n", (6, 12), (12, 25), (25, 50), (50, 200)),
    "binary_matrix": _n("min_n", "max_n", (3, 4), (5, 9), (10, 20), (20, 40)),
    "caesar_cipher": (
        {"min_words": 2, "max_words": 4, "min_rotation": 1, "max_rotation": 3},
        {"min_words": 2, "max_words": 5, "min_rotation": 1, "max_rotation": 25},
        {"min_words": 5, "max_words": 15, "min_rotation": 1, "max_rotation": 25},
        {"min_words": 15, "max_words": 40, "min_rotation": 1, "max_rotation": 25},
    ),
    "chain_sum": ({"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 2}, 1, 2, 3, 4),
    "count_bits": _n("min_n", "max_n", (1, 1023), (1024, 10**6), (10**6, 10**8), (10**8, 2147483647)),
    "count_primes": _n("min_n", "max_n", (1, 60), (1, 500), (1, 5000), (1, 20000)),
    "fraction_simplification": (
        {"min_value": 1, "max_value": 30, "min_factor": 2, "max_factor": 9, "styles": ["plain"]},
        {"min_value": 1, "max_value": 100, "min_factor": 2, "max_factor": 20},
        2,
        3,
    ),
    "gcd": ({"min_numbers": 2, "max_numbers": 2, "min_value": 1, "max_value": 60}, 0, 1, 2, 3),
    "isomorphic_strings": _n("min_string_length", "max_string_length", (3, 5), (6, 12), (12, 40), (40, 100)),
    "lcm": ({"min_numbers": 2, "max_numbers": 2, "min_value": 1, "max_value": 40}, 0, 1, 2, 3),
    "leg_counting": (
        {"min_animals": 1, "max_animals": 2, "min_instances": 1, "max_instances": 9},
        {"min_animals": 2, "max_animals": 4, "min_instances": 1, "max_instances": 20},
        {"min_animals": 4, "max_animals": 10, "min_instances": 1, "max_instances": 50},
    ),
    "letter_counting": _n("min_words", "max_words", (1, 2), (3, 6), (7, 11), (11, 19)),
    "letter_jumble": (
        {"min_word_len": 3, "max_word_len": 6, "min_words": 1, "max_words": 3, "max_corruption_level": 0.4},
        0,
        1,
        2,
    ),
    "number_sorting": (
        {"min_numbers": 3, "max_numbers": 3, "min_decimals": 0, "max_decimals": 0, "min_value": 0.0, "max_value": 99.0},
        {"min_numbers": 4, "max_numbers": 8, "min_decimals": 0, "max_decimals": 1, "min_value": -100.0, "max_value": 100.0},
        {"min_numbers": 8, "max_numbers": 20, "min_decimals": 0, "max_decimals": 2, "min_value": -1000.0, "max_value": 1000.0},
        0,
    ),
    "palindrome_generation": _n("min_length", "max_length", (3, 5), (6, 10), (10, 30), (30, 80)),
    "polynomial_multiplication": (
        {"min_polynomials": 2, "max_polynomials": 2, "min_terms": 2, "max_terms": 2, "max_value": 9, "max_degree": 2},
        {"min_polynomials": 2, "max_polynomials": 3, "min_terms": 2, "max_terms": 3, "max_value": 20, "max_degree": 3},
        0,
        1,
    ),
    "products": ({"min_terms": 2, "max_terms": 2, "min_digits": 1, "max_digits": 2}, 1, 2, 3, 4),
    "ransom_note": (
        {"min_note_length": 2, "max_note_length": 4, "min_magazine_length": 4, "max_magazine_length": 8},
        {"min_note_length": 4, "max_note_length": 10, "min_magazine_length": 10, "max_magazine_length": 30},
        0,
        1,
    ),
    "rotate_matrix": tuple(
        {"min_n": a, "max_n": b, "min_rotations": 0, "max_rotations": r} for a, b, r in ((2, 3, 3), (3, 5, 5), (5, 10, 10), (10, 25, 10))
    ),
    "simple_equations": (
        {"min_terms": 2, "max_terms": 2, "min_value": 1, "max_value": 20},
        {"min_terms": 2, "max_terms": 4, "min_value": 1, "max_value": 100},
        1,
        2,
    ),
    "spiral_matrix": _n("min_n", "max_n", (2, 3), (3, 5), (5, 10), (10, 25)),
    "word_sequence_reversal": _n("min_words", "max_words", (2, 3), (4, 8), (8, 20), (20, 50)),
    "word_sorting": (
        {"min_words": 2, "max_words": 3, "min_word_length": 3, "max_word_length": 5},
        {"min_words": 3, "max_words": 6, "min_word_length": 3, "max_word_length": 8},
        1,
        2,
    ),
    # a larger space, or a config that the task accepts
    "boxnet": (
        {"min_row_num": 1, "max_row_num": 3, "min_column_num": 2, "max_column_num": 3, "min_box_num": 1, "max_box_num": 1},
        {"min_row_num": 1, "max_row_num": 4, "min_column_num": 2, "max_column_num": 4, "min_box_num": 1, "max_box_num": 1},
        {"min_row_num": 3, "max_row_num": 5, "min_column_num": 3, "max_column_num": 5, "min_box_num": 1, "max_box_num": 2},
        {"min_row_num": 4, "max_row_num": 7, "min_column_num": 4, "max_column_num": 7, "min_box_num": 1, "max_box_num": 3},
    ),
    "coin_flip": _n("min_trials", "max_trials", (3, 12), (10, 25), (20, 40), (30, 60)),
    "game_of_life_halting": (
        {"grid_size_x": 10, "grid_size_y": 10, "difficulty": 1, "num_oscillators": 3, "max_simulation_steps": 20},
        {"grid_size_x": 20, "grid_size_y": 20, "difficulty": 1, "num_oscillators": 5, "max_simulation_steps": 40},
        {"grid_size_x": 20, "grid_size_y": 20, "difficulty": 2, "num_oscillators": 5, "max_simulation_steps": 40},
        {"grid_size_x": 26, "grid_size_y": 26, "difficulty": 3, "num_oscillators": 4, "max_simulation_steps": 40},
    ),
    "graph_color": _n("min_num_vertices", "max_num_vertices", (5, 9), (10, 10), (11, 15), (16, 20), num_colors=3),  # 10: where the paper trains
    "modulo_grid": tuple(
        {"size_x": s, "size_y": s, "max_divisor": d, "max_target": t, "max_holes": h}
        for s, d, t, h in ((8, 7, 6, 1), (20, 20, 20, 3), (40, 40, 20, 5))
    ),
    "n_queens": tuple({"n": n, "min_remove": a, "max_remove": b} for n, a, b in ((7, 1, 3), (8, 2, 5), (9, 3, 7))),
    "propositional_logic": tuple(
        {"min_vars": 2, "max_vars": v, "min_statements": 2, "max_statements": s, "min_complexity": 1, "max_complexity": c}
        for v, s, c in ((3, 3, 2), (4, 4, 3), (5, 5, 3), (6, 6, 4))
    ),
    "rubiks_cube": _n("min_scramble_steps", "max_scramble_steps", (2, 4), (5, 8), (9, 15), (16, 40), cube_size=3),
    "survo": (
        {"min_board_size": 4, "max_board_size": 4, "min_empty": 3, "max_empty": 4},
        {"min_board_size": 4, "max_board_size": 5, "min_empty": 3, "max_empty": 8},
        {"min_board_size": 6, "max_board_size": 6, "min_empty": 6, "max_empty": 16},
    ),
    "tower_of_hanoi": tuple({"min_disks": a, "max_disks": b, "min_pegs": 3, "max_pegs": p} for a, b, p in ((1, 4, 8), (3, 6, 7), (4, 8, 6))),
    # a faster generator; of arc_1d one that ends: beyond 40 cells it may look for a tenth colour among nine
    "arc_1d": _n("min_size", "max_size", (10, 10), (10, 25), (10, 40), (25, 40)),
    "bf": (0, 1),
    "countdown": (
        {"min_numbers": 3, "max_numbers": 3, "min_value": 1, "max_value": 20, "min_target": 5, "max_target": 99},
        {"min_numbers": 4, "max_numbers": 4, "min_value": 1, "max_value": 50, "min_target": 10, "max_target": 500},
        0,
        1,
    ),
    "futoshiki": (0, 1, 2),
    "game_of_life": (
        {"grid_size_x": 4, "grid_size_y": 4, "simulation_steps": 1, "filled_cells_weights": 0.3},
        {"grid_size_x": 7, "grid_size_y": 7, "simulation_steps": 1, "filled_cells_weights": 0.3},
        0,
        1,
    ),
    "intermediate_integration": (0, 1, 2),
    "jugs": tuple({"num_jugs": 3, "difficulty": d} for d in (4, 7, 10)),
    "knight_swap": (
        {"min_nodes": 8, "max_nodes": 9, "min_pieces": 1, "max_pieces": 1, "min_steps": 2},
        {"min_nodes": 9, "max_nodes": 12, "min_pieces": 1, "max_pieces": 1, "min_steps": 4},
    ),
    "number_sequence": tuple(
        {"min_terms": 4, "max_terms": t, "max_complexity": c, "min_value": -v, "max_value": v} for t, c, v in ((6, 1, 20), (8, 2, 100), (8, 3, 100))
    ),
    "rush_hour": _n("min_moves", "max_moves", (1, 7), (8, 14), (15, 24)),
    "sokoban": (
        {"min_w": 6, "max_w": 7, "min_h": 6, "max_h": 7, "max_depth": 40},
        {"min_w": 6, "max_w": 8, "min_h": 6, "max_h": 8, "max_boxes": 5, "max_depth": 40},
        {"min_w": 6, "max_w": 10, "min_h": 6, "max_h": 10, "max_depth": 60},
    ),
    "sudoku": (0, 1, 2),
    "zebra_puzzles": (0, 1, 2),
}
"""Task to its levels, where they are not those of the curriculum."""
