"""Which completions a verifier is asked about, and what its verdict on each must be.

A probe is one completion of one task. The same pair is graded once, however many probes name it; strategies, which ask about a whole environment
rather than one task, refer to their completions by number.
"""

import difflib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from prorl_gym.env import TextEnv
from prorl_gym.testing import texts
from prorl_gym.testing.strategies import CONSTANTS, COPIES, MOST_GOLDS, gold_class, question_of
from prorl_gym.testing.texts import Wrapper, same_answer
from prorl_gym.types import Task

Kind = Literal["gold", "dressed", "equivalent", "wrong", "near miss", "swapped", "nothing", "prompt", "garbage", "odd", "long", "hostile"]
Rule = Literal["full", "below", "typed"]
"""Full marks; a typed outcome below full marks; a typed outcome of any score (where the text may be truly right)."""
RULES: dict[Kind, Rule] = {"gold": "full", "dressed": "full", "equivalent": "full"}
"""Every other kind is to stay below full marks."""
STRATEGY_TASKS = 32
COSTLY_TASKS = 6
"""Where each grading runs programs in a sandbox, noise and strategies see so many tasks only."""


@dataclass(frozen=True, slots=True)
class Probe:
    """One completion and what is expected of its verdict."""

    kind: Kind
    rule: Rule
    at: int
    """Number of its grading."""
    what: str = ""


@dataclass(slots=True)
class Questions:
    """All that is asked of one environment's verifier."""

    tasks: Sequence[Task]
    golds: list[str | None] = field(default_factory=list[str | None])
    gradings: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])
    """Task number and completion of each grading."""
    probes: list[Probe] = field(default_factory=list[Probe])
    constants: dict[str, dict[int, int]] = field(default_factory=dict[str, dict[int, int]])
    """Constant to task number to grading."""
    golden: dict[str, set[int]] = field(default_factory=dict[str, set[int]])
    """Constant to the tasks whose gold it is, as it stands."""
    copies: dict[str, dict[int, int]] = field(default_factory=dict[str, dict[int, int]])
    """Copying rule to task number to grading."""
    seen: list[int] = field(default_factory=list[int])
    """The tasks that the strategies were tried on."""
    classes: list[bytes] = field(default_factory=list[bytes])
    """The gold class of each of `seen`."""
    numbers: dict[tuple[int, str], int] = field(default_factory=dict[tuple[int, str], int])

    def ask(self, task: int, completion: str) -> int:
        """The number of that grading."""
        key = (task, completion)
        if key not in self.numbers:
            self.numbers[key] = len(self.gradings)
            self.gradings.append(key)
        return self.numbers[key]

    def expect(self, kind: Kind, task: int, completion: str, what: str = "", *, rule: Rule | None = None) -> None:
        """Add a probe."""
        self.probes.append(Probe(kind, rule or RULES.get(kind, "below"), self.ask(task, completion), what))

    @property
    def strategic(self) -> set[int]:
        """The gradings that only strategies asked for."""
        asked = {p.at for p in self.probes}
        return {at for table in (self.constants, self.copies) for by_task in table.values() for at in by_task.values()} - asked


def questions(env: TextEnv, tasks: Sequence[Task], *, seed: int) -> Questions:
    """Everything to ask about these tasks. Raises what the verifier's own `gold`, `equivalents`, `near_misses` or `shares_answer` raises."""
    verifier, asked = env.verifier, Questions(tasks=tasks)
    asked.golds = [verifier.gold(task) for task in tasks]
    wrappers = [Wrapper.of(verifier, task, gold) for task, gold in zip(tasks, asked.golds, strict=True)]
    for number, task in enumerate(tasks):
        _right(asked, env, number, wrappers[number])
        _wrong(asked, env, number)
        asked.expect("prompt", number, task.text, "the prompt itself")
    _swapped(asked, env, random.Random(f"swap {seed}"))
    for number in {0} if verifier.needs_sandbox else {0, len(tasks) - 1}:  # the lowest level and the highest
        _noise(asked, number, wrappers[number], costly=verifier.needs_sandbox)
    _strategies(asked, env, wrappers)
    return asked


def _right(asked: Questions, env: TextEnv, number: int, wrapper: Wrapper) -> None:
    gold, task = asked.golds[number], asked.tasks[number]
    if gold is not None:
        asked.expect("gold", number, gold)
        forms = texts.dressed(gold, wrapper)
        if env.verifier.needs_sandbox and number >= COSTLY_TASKS:
            forms = dict(list(forms.items())[:1])
        for what, form in forms.items():
            asked.expect("dressed", number, form, f"the gold with {what}")
    for form in env.verifier.equivalents(task):
        asked.expect("equivalent", number, form, "listed as equivalent")


def _wrong(asked: Questions, env: TextEnv, number: int) -> None:
    task = asked.tasks[number]
    wrong = env.verifier.wrong(task)
    if wrong is not None:
        asked.expect("wrong", number, wrong, "listed as wrong")
    for miss in env.verifier.near_misses(task):
        if miss != wrong:
            asked.expect("near miss", number, miss, "listed as a near miss")


def _swapped(asked: Questions, env: TextEnv, rng: random.Random) -> None:
    """For each task the most similar gold of another task and one at random, of those that are not right for it."""
    numbers = range(len(asked.tasks))
    for number, task in enumerate(asked.tasks):
        own = asked.golds[number]
        others = [n for n in numbers if asked.golds[n] not in (None, own)]
        if own is None or not others:
            continue
        likeness = {n: _likeness(own, asked.golds[n] or "") for n in rng.sample(others, min(24, len(others)))}
        near = sorted(likeness, key=lambda n: -likeness[n])
        chosen = [*near[:2], rng.choice(others)] if not env.verifier.needs_sandbox else near[:1]
        for other in dict.fromkeys(chosen):
            if not env.verifier.shares_answer(task, asked.tasks[other]):
                asked.expect("swapped", number, asked.golds[other] or "", f"the gold of task {asked.tasks[other].task_id}")


def _likeness(one: str, two: str) -> float:
    return difflib.SequenceMatcher(None, one[:120], two[:120], autojunk=False).quick_ratio()


def _noise(asked: Questions, number: int, wrapper: Wrapper, *, costly: bool) -> None:
    for text in texts.NOTHING:
        asked.expect("nothing", number, text)
    lists: list[tuple[Kind, Sequence[str]]] = [
        ("garbage", texts.GARBAGE),
        ("odd", texts.ODD),
        ("long", texts.LONG),
        ("hostile", texts.HOSTILE),
    ]
    for kind, listed in lists:
        for text in listed:
            for form in _forms(kind, text, wrapper, costly=costly):
                right = same_answer(asked.tasks[number], text, asked.golds[number], wrapper)
                # a whole text that has words may meet what is asked of a text; one without any may not
                free = not wrapper.worn and any(c.isalnum() for c in text)
                asked.expect(kind, number, form, rule="typed" if right or free else "below")


def _forms(kind: Kind, text: str, wrapper: Wrapper, *, costly: bool) -> Iterator[str]:
    if kind == "garbage" or not wrapper.worn:
        yield text
        return
    if not costly:
        yield text
    yield wrapper.around(text)


def _strategies(asked: Questions, env: TextEnv, wrappers: Sequence[Wrapper]) -> None:
    tasks = asked.tasks
    count = min(len(tasks), COSTLY_TASKS if env.verifier.needs_sandbox else STRATEGY_TASKS)
    asked.seen = [i * len(tasks) // count for i in range(count)]
    asked.classes = [gold_class(tasks[n], asked.golds[n]) for n in asked.seen]
    for n in asked.seen:
        question = question_of(env, tasks[n])
        for rule, copy in COPIES.items():
            if (found := copy(question)) is not None and found.strip():
                asked.copies.setdefault(rule, {})[n] = asked.ask(n, wrappers[n].around(found.strip()))
    golds = Counter(wrappers[n].within(gold) for n in range(len(tasks)) if (gold := asked.golds[n]) is not None)
    listed = CONSTANTS[::4] if env.verifier.needs_sandbox else CONSTANTS
    constants = [*listed, *(g for g, _ in golds.most_common(MOST_GOLDS) if g not in listed)]
    for answer in constants:
        asked.constants[answer] = {n: asked.ask(n, wrappers[n].around(answer)) for n in asked.seen}
        asked.golden[answer] = {n for n in asked.seen if same_answer(tasks[n], answer, asked.golds[n], wrappers[n])}
