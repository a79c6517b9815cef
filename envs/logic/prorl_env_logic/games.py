"""Corrected scorers of puzzles that are played: boxnet, rush_hour, rubiks_cube; and solvers for those that come without an answer."""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from prorl_env_logic.expression import LimitError

Entry = Mapping[str, Any]
Field = dict[str, list[str]]
MAX_MOVES = 2000
MAX_CELLS = 5000
_NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
_ACTION = re.compile(r"move\(([^(),]{1,40}),\s([^()]{1,60})\)")
_CAR_MOVE = re.compile(r"([A-Z])([+-])(\d+)")
_SIDE = 6


# boxnet: boxes of a grid of squares are moved to the targets of their colour


def boxnet(answer: str, given: Entry) -> float:
    """The share of boxes that reach their target, at least 0.05 for a plan, which is a JSON list of objects of texts.

    Actions that are malformed or not allowed do nothing; other JSON is worth 0.
    """
    field: Field = {square: list(items) for square, items in given["metadata"]["initial_state"].items()}
    boxes = _boxes(field)
    if not boxes:
        raise ValueError("the task has no box")
    try:
        plan = json.loads(answer)
    except (ValueError, RecursionError):
        return 0.0
    steps: list[Any] = cast("list[Any]", plan) if isinstance(plan, list) else []
    if len(steps) > MAX_MOVES:
        raise LimitError(f"{len(steps)} steps, at most {MAX_MOVES} are played")
    if not (isinstance(plan, list) or plan in ({}, "")) or not all(_is_step(step) for step in steps):
        return 0.0
    for step in steps:
        for agent, action in step.items():
            _act(field, agent, action)
    return max(0.05, (boxes - _boxes(field)) / boxes)


def _is_step(step: Any) -> bool:
    return isinstance(step, dict) and all(isinstance(action, str) for action in cast("dict[str, Any]", step).values())


def _boxes(field: Field) -> int:
    return sum(item.startswith("box_") for items in field.values() for item in items)


def _place(text: str) -> tuple[float, float] | None:
    found = _NUMBER.findall(text[:100])
    return (float(found[0]), float(found[1])) if len(found) == 2 else None


def _act(field: Field, agent: str, action: str) -> None:
    at, found = _place(agent), _ACTION.match(action)
    here = field.get(f"{at[0]}_{at[1]}") if at else None
    if at is None or found is None or here is None or found.group(1) not in here:
        return
    item, goal = found.group(1), found.group(2)
    if item.startswith("box_") and goal == "target_" + item[4:] and goal in here:
        here.remove(item)
        here.remove(goal)
        return
    to = _place(goal) if "square" in goal else None
    there = field.get(f"{to[0]}_{to[1]}") if to else None
    if to and there is not None and abs(at[0] - to[0]) + abs(at[1] - to[1]) == 1:
        here.remove(item)
        there.append(item)


def boxnet_plan(given: Entry) -> str:
    """A plan that brings every box home: one box after the other, along its row, then its column."""
    field: Field = given["metadata"]["initial_state"]
    homes: dict[str, list[str]] = {}
    for square, items in field.items():
        for item in items:
            homes.setdefault(item, []).append(square)
    plan: list[dict[str, str]] = []
    for box, starts in homes.items():
        if box.startswith("box_"):
            for start, goal in zip(starts, homes["target_" + box[4:]], strict=True):
                plan.extend(_journey(box, _place(start) or (0, 0), _place(goal) or (0, 0)))
    return json.dumps(plan)


def _journey(box: str, at: tuple[float, float], goal: tuple[float, float]) -> Iterator[dict[str, str]]:
    x, y = at
    while (x, y) != goal:
        nx, ny = (x + (1 if goal[0] > x else -1), y) if x != goal[0] else (x, y + (1 if goal[1] > y else -1))
        yield {f"Agent[{x}, {y}]": f"move({box}, square[{nx}, {ny}])"}
        x, y = nx, ny
    yield {f"Agent[{x}, {y}]": f"move({box}, target_{box[4:]})"}


# rush_hour: cars slide in a walled square until the red one stands at the exit


@dataclass(frozen=True, slots=True)
class Car:
    """One car: its first cell's fixed coordinate, its length, and whether it drives along its row."""

    lane: int
    length: int
    across: bool


def rush_hour_is_bounded(answer: str) -> None:
    """Raises LimitError where the moves of an answer go further than is simulated."""
    cells = sum(int(distance[:9]) for _, _, distance in _CAR_MOVE.findall(answer))
    if cells > MAX_CELLS:
        raise LimitError(f"moves over {cells} cells, at most {MAX_CELLS} are simulated")


def frees_red_car(answer: str, given: Entry) -> bool:
    """True where the moves bring the red car to the exit. A move goes as far as it is free."""
    cars, places, walls = _board(str(given["metadata"]["board_config"]))
    rush_hour_is_bounded(answer)
    for letter, sign, distance in _CAR_MOVE.findall(answer):
        car = ord(letter) - ord("A")
        for _ in range(min(int(distance), _SIDE) if car < len(cars) else 0):
            step = 1 if sign == "+" else -1
            if not _free(cars, places, walls, car, step):
                break
            places = _moved(places, car, step)
    return places[0] == _SIDE - cars[0].length


def rush_hour_moves(given: Entry) -> str:
    """The fewest moves to the exit, by breadth-first search. Raises ValueError where there are none."""
    cars, start, walls = _board(str(given["metadata"]["board_config"]))
    came: dict[tuple[int, ...], tuple[tuple[int, ...], str]] = {}
    seen, queue = {start}, deque([start])
    while queue:
        places = queue.popleft()
        if places[0] == _SIDE - cars[0].length:
            moves: list[str] = []
            while places != start:
                places, move = came[places]
                moves.append(move)
            return " ".join(reversed(moves)) or "A+1"
        for car in range(len(cars)):
            for step in (1, -1):
                after, count = places, 0
                while _free(cars, after, walls, car, step):
                    after, count = _moved(after, car, step), count + 1
                    if after not in seen:
                        seen.add(after)
                        came[after] = (places, f"{chr(ord('A') + car)}{'+' if step > 0 else '-'}{count}")
                        queue.append(after)
    raise ValueError("the board has no way out")


def _board(description: str) -> tuple[list[Car], tuple[int, ...], frozenset[int]]:
    """Cars in the order of their letters, how far along their lane each stands, and the cells of walls."""
    cells: dict[str, list[int]] = {}
    for cell, label in enumerate(description):
        if label != "o":
            cells.setdefault(label, []).append(cell)
    walls = frozenset(cells.pop("x", []))
    if len(description) != _SIDE * _SIDE or not cells or any(len(at) not in (2, 3) for at in cells.values()):
        raise ValueError(f"{description!r} is not a board of {_SIDE} by {_SIDE} cells")
    cars: list[Car] = []
    places: list[int] = []
    for label in sorted(cells):
        first, second = cells[label][:2]
        across = second - first == 1
        cars.append(Car(lane=first // _SIDE if across else first % _SIDE, length=len(cells[label]), across=across))
        places.append(first % _SIDE if across else first // _SIDE)
    return cars, tuple(places), walls


def _cell(car: Car, place: int) -> int:
    return car.lane * _SIDE + place if car.across else place * _SIDE + car.lane


def _free(cars: list[Car], places: tuple[int, ...], walls: frozenset[int], moving: int, step: int) -> bool:
    car = cars[moving]
    edge = places[moving] + (car.length if step > 0 else -1)
    if not 0 <= edge < _SIDE:
        return False
    cell = _cell(car, edge)
    return cell not in walls and not any(
        i != moving and cell in (_cell(c, p), _cell(c, p + 1), _cell(c, p + c.length - 1)) for i, (c, p) in enumerate(zip(cars, places, strict=True))
    )


def _moved(places: tuple[int, ...], car: int, step: int) -> tuple[int, ...]:
    return (*places[:car], places[car] + step, *places[car + 1 :])


# rubiks_cube


def cube_is_bounded(answer: str) -> None:
    """Raises LimitError where an answer turns the cube more often than is simulated: `U9` counts nine."""
    turns = sum(int(count[:9]) if count else 1 for count in (re.sub(r"\D", "", word) for word in answer.split()))
    if turns > MAX_MOVES:
        raise LimitError(f"{turns} turns, at most {MAX_MOVES} are simulated")


def rubiks_solution(given: Entry) -> str:
    """The scramble backwards."""
    scramble = str(given["metadata"]["scramble_moves"]).split()
    return " ".join(move[:-1] if move.endswith("'") else move + "'" for move in reversed(scramble))
