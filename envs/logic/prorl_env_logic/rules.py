"""The rules of the games whose problems have many solutions, played here a second time, apart from the scorers.

Each function says whether an answer in the gold's own form solves an entry. The verifier proof uses them to tell an answer that is truly
right for another task from one that a faulty scorer lets pass; they read golds, never a model's text, and may raise on anything else.
"""

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

Entry = Mapping[str, Any]
_STEPS = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}
_FACES = {"L": "LR", "R": "LR", "U": "UD", "D": "UD", "F": "FB", "B": "FB"}


def colouring(answer: str, given: Entry) -> bool:
    """graph_color: every vertex has one of the colours, and no edge two ends of one colour."""
    puzzle, colours = given["metadata"]["puzzle"], json.loads(answer)
    if not all(colours.get(str(v)) in puzzle["color_options"] for v in puzzle["vertices"]):
        return False
    return all(colours[str(a)] != colours[str(b)] for a, b in puzzle["edges"])


def pouring(answer: str, given: Entry) -> bool:
    """jugs: the moves, from empty jugs, leave the target in one of them."""
    puzzle = given["metadata"]["puzzle"]
    sizes: list[int] = puzzle["jug_capacities"]
    held = [0] * len(sizes)
    for move in json.loads(answer):
        verb, _, jugs = move.partition(" ")
        at = [ord(jug) - ord("A") for jug in jugs.split("->")]
        if max(at) >= len(sizes):
            return False
        if verb == "pour":
            moved = min(held[at[0]], sizes[at[1]] - held[at[1]])
            held[at[0]] -= moved
            held[at[1]] += moved
        else:
            held[at[0]] = sizes[at[0]] if verb == "fill" else 0
    return puzzle["target"] in held


def towers(answer: str, given: Entry) -> bool:
    """tower_of_hanoi: legal moves bring all disks to the target, no more moves than the known solution has."""
    data = given["metadata"]
    pegs = {peg: list[int]() for peg in range(1, data["num_pegs"] + 1)}
    pegs[data["start_peg"]] = list(range(data["num_disks"], 0, -1))
    moves = [tuple(map(int, re.findall(r"\d+", line))) for line in answer.splitlines()]
    for disk, start, to in moves:
        if pegs.get(start, [])[-1:] != [disk] or to not in pegs or (pegs[to] and pegs[to][-1] < disk):
            return False
        pegs[to].append(pegs[start].pop())
    return len(pegs[data["target_peg"]]) == data["num_disks"] and len(moves) <= data["solution_length"]


def path(answer: str, given: Entry) -> bool:
    """shortest_path: free cells from `*` to `#`, as many as in the known path."""
    matrix, gold = given["metadata"]["matrix"], str(given["answer"]).split()
    words = answer.split()
    if len(words) != len(gold) or not set(words) <= {"up", "down", "left", "right"}:
        return words == gold == ["infeasible"]
    row, column = next((r, line.index("*")) for r, line in enumerate(matrix) if "*" in line)
    for word in words:
        row, column = row + _STEPS[word[0]][0], column + _STEPS[word[0]][1]
        if not (0 <= row < len(matrix) and 0 <= column < len(matrix[0])) or matrix[row][column] == "X":
            return False
    return matrix[row][column] == "#"


def buttons(answer: str, given: Entry) -> bool:
    """quantum_lock: the buttons, those that may be pressed, reach the target value in as many presses as the known solution."""
    data = given["metadata"]
    named = {b["name"]: b for b in data["buttons"]}
    pressed, gold = re.findall("[A-C]", answer), re.findall("[A-C]", str(given["answer"]))
    value, light = data["initial_value"], data["initial_state"]
    for name in pressed:
        button = named.get(name)
        if button is None or button["active_state"] not in (light, "any"):
            continue
        by = button["value"]
        value = value * by if button["type"] == "multiply" else value + by if button["type"] == "add" else value - by
        light = "green" if light == "red" else "red"
    return value == data["target_value"] and len(pressed) == len(gold)


def ladder(answer: str, given: Entry) -> bool:
    """word_ladder: from the start to the end by one letter at a time. The words are those of another gold, so all are known."""
    words = [w.strip() for w in answer.split(",")]
    data = given["metadata"]
    ends = (words[0], words[-1]) == (data["start_word"], data["end_word"])
    return ends and all(len(a) == len(b) and sum(x != y for x, y in zip(a, b, strict=True)) == 1 for a, b in pairwise(words))


def pushing(answer: str, given: Entry) -> bool:
    """sokoban: the moves leave every box on a goal."""
    cells = {(r, c): x for r, line in enumerate(given["metadata"]["gamestr"].replace(" ", "").strip().split("\n")) for c, x in enumerate(line)}
    walls = {at for at, x in cells.items() if x == "+"}
    goals = {at for at, x in cells.items() if x in "X$%"}
    boxes = {at for at, x in cells.items() if x in "@$"}
    row, column = next(at for at, x in cells.items() if x in "*%")
    for move in answer.lower():
        by = _STEPS[move]
        to, beyond = (row + by[0], column + by[1]), (row + 2 * by[0], column + 2 * by[1])
        if to not in cells or to in walls or (to in boxes and (beyond not in cells or beyond in walls | boxes)):
            continue
        if to in boxes:
            boxes = boxes - {to} | {beyond}
        row, column = to
    return boxes <= goals


def knights(answer: str, given: Entry) -> bool:
    """knight_swap: legal moves in turn exchange the colours' places, no more than the known solution has; or "No" where there are none."""
    data = given["metadata"]
    if not data["is_possible"] or answer.lower() == "no":
        return not data["is_possible"] and answer.lower() == "no"
    at, turn, moves = dict(data["pieces"]), data["start_turn"], json.loads(answer)
    for move in moves:
        colour, start, end = move.split(",")
        if colour != turn or at.get(start) != colour or end not in data["board"].get(start, ()) or at.get(end):
            return False
        at[start], at[end], turn = None, colour, "B" if turn == "w" else "w"
    swapped = {"w": "B", "B": "w"}
    return len(moves) <= len(data["solution"]) and all(at[p] == swapped.get(c) for p, c in data["pieces"].items())


def sums(answer: str, given: Entry) -> bool:
    """kakurasu: the weights of the ones add up to the sums of each row and column."""
    grid = [[int(x) for x in line.split()] for line in answer.splitlines()]
    data = given["metadata"]
    if len(grid) != data["n_rows"] or any(len(line) != data["n_cols"] for line in grid):
        return False
    return _weighed(grid) == data["row_sums"] and _weighed([list(c) for c in zip(*grid, strict=True)]) == data["col_sums"]


def _weighed(lines: list[list[int]]) -> list[int]:
    return [sum((i + 1) * x for i, x in enumerate(line)) for line in lines]


def digits(answer: str, given: Entry) -> bool:
    """cryptarithm: another digit for each letter, none of them leading as 0, and the sum is right."""
    data = given["metadata"]
    value = {letter.strip(): digit.strip() for letter, digit in (pair.split("=") for pair in answer.split(","))}
    words = [*data["words_letters"], data["result_letters"]]
    if set(value) != set("".join(words)) or len(set(value.values())) != len(value):
        return False
    if not data["allow_leading_zero"] and any(value[word[0]] == "0" for word in words):
        return False
    *parts, total = (int("".join(value[letter] for letter in word)) for word in words)
    return sum(parts) == total


def same_cube(answer: str, given: Entry) -> bool:
    """rubiks_cube: the answer, backwards, is the scramble, turns of opposite faces in either order. Enough for short scrambles."""
    backwards = [m[:-1] if m.endswith("'") else m + "'" for m in reversed(answer.split())]
    return _reduced(backwards) == _reduced(given["metadata"]["scramble_moves"].split())


def _reduced(moves: list[str]) -> list[tuple[str, dict[str, int]]]:
    """Runs of turns about one axis with the net quarter turns of each face; runs that come to nothing are taken out."""
    runs: list[tuple[str, dict[str, int]]] = []
    for move in moves:
        axis = _FACES[move[0]]
        if not runs or runs[-1][0] != axis:
            runs.append((axis, {}))
        turns = runs[-1][1]
        turns[move[0]] = (turns.get(move[0], 0) + (3 if move.endswith("'") else 1)) % 4
        if not turns[move[0]]:
            del turns[move[0]]
        if not turns:
            runs.pop()
    return runs
