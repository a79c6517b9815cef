"""The bridge to reasoning-gym: its datasets by task and level, its entries as plain data, its scorers.

Importing this module imports reasoning-gym. Datasets are built once a process and level and reseeded for each item, because some load
word lists; items are seeded `seed + index`, so index 0 with a fresh seed is one item. Entries go through `plain`: what comes back from a
stored task is what the scorer saw on the day that the task was made.
"""

import contextlib
import copy
import dataclasses
import decimal
import functools
import io
import json
import math
import random
import re
import tempfile
import threading
import warnings
from collections.abc import Mapping
from typing import Any, cast

import numpy as np
import reasoning_gym.factory  # pyright: ignore[reportMissingTypeStubs]

from prorl_env_logic import programs
from prorl_env_logic.settings import LEVELS, MAX_LEVELS, Level
from prorl_env_logic.steady import STEADY

Entry = dict[str, Any]
_DATASETS: Mapping[str, tuple[Any, Any]] = cast("Any", reasoning_gym.factory).DATASETS
_CURRICULA: Mapping[str, Any] = cast("Any", reasoning_gym.factory).CURRICULA
_CHOSEN_WHEN_BUILT = frozenset({"acre", "gsm_symbolic", "list_functions"})
"""These draw their items when the dataset is built, so that reseeding changes nothing: they are built for each item."""
_SCORER_CONFIG: dict[str, dict[str, Any]] = {"word_ladder": {"min_word_length": 3, "max_word_length": 5}}
"""Where the default config cannot score what another level's config made."""
_PRINTING = frozenset({"bf", "tower_of_hanoi"})
"""These print while they make an item, or score one."""
_FLEETING = re.compile(r"\b(?:now|today|utcnow|time|perf_counter|monotonic|uuid\d|urandom|SystemRandom|getpid|gethostname|getcwd|listdir)\(")
"""Calls in a program whose output is another one tomorrow, or elsewhere."""
_HEAVY = frozenset({"arc_agi"})
"""These take a second to load their data, which is the same at every level, and read their config only when an item is made."""
_TUPLES = frozenset({"arc_agi", "rearc"})
"""These compare a parsed board with `metadata["output"]`, a tuple of tuples that JSON turned into lists."""
_lock = threading.RLock()
"""Held while an item is made: a dataset is shared by the process, and its seed is set before each item."""


def names() -> list[str]:
    """All tasks of reasoning-gym but the composite, sorted."""
    return sorted(name for name in _DATASETS if name != "composite")


def classes(name: str) -> tuple[Any, Any]:
    """The dataset class and the config class of a task."""
    return _DATASETS[name]


def levels(name: str) -> tuple[Level | None, ...]:
    """The difficulty levels of a task, easiest first: a curriculum's global level, config fields, or None for the default config."""
    if name in LEVELS:
        return LEVELS[name]
    if name not in _CURRICULA:
        return (None,)
    curriculum: Any = _CURRICULA[name]()
    return tuple(range(min(MAX_LEVELS, max(len(a.levels) for a in curriculum.attributes.values()))))


def config(name: str, level: int) -> Any:
    """The config of that level, for one item."""
    chosen = levels(name)[level]
    if isinstance(chosen, int):
        curriculum: Any = _CURRICULA[name]()
        curriculum.set_global_level(chosen)
        return curriculum.generate_configuration({"seed": 0, "size": 1})
    return classes(name)[1](**(chosen or {}), seed=0, size=1)


def _built(name: str, chosen: Any) -> Any:
    with _lock, warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # some leave their data files open
        return classes(name)[0](chosen)


@functools.lru_cache(maxsize=256)
def _dataset(name: str, level: int) -> Any:
    if name in _HEAVY and level > 0:
        built = copy.copy(_dataset(name, 0))
        built.config = config(name, level)
    else:
        built = _built(name, config(name, level))
    STEADY.get(name, lambda _: None)(built)
    if name == "codeio":
        built.problems = cast("Any", type(built))._jsonl_data
    return built


def entry(name: str, level: int, seed: int) -> Entry:
    """The item of that seed, as plain data. Raises what the generator raises where it gives up on a seed."""
    if name == "codeio":
        return programs.entry(level, seed)
    with _lock, contextlib.ExitStack() as stack:
        if name in _PRINTING:
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        if name == "decimal_arithmetic":  # it sets the thread's precision
            stack.enter_context(decimal.localcontext())
        if name == "pool_matrix":  # it seeds numpy's global generator
            stack.callback(np.random.set_state, np.random.get_state())
        return _made(name, level, seed)


def run_program(level: int, seed: int) -> Entry:
    """The codeio item of that seed, made here by running its program, twice. Raises RuntimeError where it gives no lasting output."""
    made, again = (_run_once(level, seed) for _ in range(2))
    if made != again or " at 0x" in str(made) or _FLEETING.search(made["question"]):
        raise RuntimeError("the program of this item gives another output each time")
    if not made["metadata"]["input_data"] and not made["metadata"]["output_data"]:
        raise RuntimeError("the program of this item fails")
    return made


def _run_once(level: int, seed: int) -> Entry:
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), contextlib.redirect_stdout(io.StringIO()):
        random.seed(seed)  # programs draw from the global generators
        np.random.seed(seed)
        return _made("codeio", level, seed)


def _made(name: str, level: int, seed: int) -> Entry:
    if name in _CHOSEN_WHEN_BUILT:
        dataset = _built(name, dataclasses.replace(config(name, level), seed=seed))
    else:
        dataset = _dataset(name, level)
        dataset.seed = dataset.config.seed = seed
    if name == "codeio":  # it keeps the problems of the level that was built last in its class
        type(dataset)._jsonl_data = dataset.problems
    return cast("Entry", plain(dict(dataset[0])))


@functools.lru_cache(maxsize=512)
def scorer(name: str, fields: str = "{}") -> Any:
    """reasoning-gym's own `score_answer` of a task, bound to a dataset of the default config but for `fields`, which is JSON."""
    if name in _HEAVY:
        return _dataset(name, 0).score_answer
    chosen = classes(name)[1](seed=0, size=1, **_SCORER_CONFIG.get(name, {}), **json.loads(fields))
    return _built(name, chosen).score_answer


def _fields(name: str, difficulty: Any) -> str:
    """What the scorer of an entry needs to know of the config that the entry was made with, which its difficulty tells."""
    if name == "time_intervals" and difficulty:
        return json.dumps({key: difficulty[key] for key in ("max_time_difference_seconds", "max_date_difference_days")})
    if name == "decimal_arithmetic" and difficulty:
        low, high = difficulty["decimal_places"]
        return json.dumps({"min_num_decimal_places": low, "max_num_decimal_places": high, "precision": max(12, high + 2)})
    return "{}"


def own_score(name: str, answer: str, given: Mapping[str, Any]) -> float:
    """What reasoning-gym's own scorer gives. Raises what it raises. Never call it for a task whose scorer runs text as a program."""
    metadata = dict(given.get("metadata") or {})
    if name in _TUPLES:
        metadata["output"] = tuple(tuple(row) for row in metadata["output"])
    with contextlib.ExitStack() as stack:
        if name in _PRINTING:
            stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
        if name == "pool_matrix":  # numpy warns of an empty matrix
            stack.enter_context(warnings.catch_warnings())
            warnings.simplefilter("ignore")
        graded = scorer(name, _fields(name, metadata.get("difficulty")))
        return float(graded(answer, {**given, "metadata": metadata}))


def plain(value: Any) -> Any:
    """`value` as JSON data: text keys, lists for tuples and sets, Python numbers, texts for what JSON or 64 bits cannot hold."""
    if isinstance(value, Mapping):
        return {_key(k): plain(v) for k, v in cast("Mapping[Any, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in cast("list[Any]", value)]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(v) for v in cast("set[Any]", value)), key=str)
    if isinstance(value, (np.ndarray, np.generic)):
        return plain(value.tolist())
    if value is None or isinstance(value, (str, bool)):
        return str(value) if isinstance(value, str) else value
    if isinstance(value, int):
        return int(value) if -(2**63) <= value < 2**63 else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return str(value)


def _key(key: Any) -> str:
    return str(key.value) if hasattr(key, "value") else str(key)
