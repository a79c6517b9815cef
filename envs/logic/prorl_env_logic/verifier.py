"""The verifier of the domain: where the answer stands, and `scorers.score` as a verdict."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from prorl_env_logic import scorers, shared, solutions, variants
from prorl_env_logic.expression import LimitError
from prorl_env_logic.table import TASKS
from prorl_gym import extract as find
from prorl_gym.errors import TaskError, unknown
from prorl_gym.sandbox import Sandbox
from prorl_gym.types import Task, Verdict
from prorl_gym.verifier import Mode, Verifier

SCORERS = ("corrected", "original")
_PHRASE = "answer is"


def task_name(env_id: str, given: Mapping[str, Any] | None = None) -> str:
    """The task of reasoning-gym that an env id names, or its entry where the id is the domain's. Raises UnknownNameError with the closest names."""
    if env_id == "logic" and given is not None:
        env_id = f"logic/{given['metadata'].get('source_dataset', '')}-v0"
    name = env_id.removeprefix("prorl_gym:").removeprefix("logic/").rpartition("-v")[0]
    if name not in TASKS:
        raise unknown("logic task", name or env_id, TASKS)
    return name


def entry_of(task: Task) -> Mapping[str, Any]:
    """reasoning-gym's entry of a task, its answer filled in. Raises TaskError where the task has none."""
    found = task.metadata.get("entry")
    if not isinstance(found, Mapping):
        raise TaskError(f"a logic task keeps reasoning-gym's entry in metadata['entry'], with 'answer' and 'metadata'; got {found!r}")
    given = cast("Mapping[str, Any]", found)
    if not isinstance(given.get("metadata", {}), Mapping):
        raise TaskError(f"an entry's 'metadata' is an object; got {given['metadata']!r}")
    return {"answer": given.get("answer", task.answer), "metadata": given.get("metadata", {})}


class LogicVerifier(Verifier):
    """Grades all tasks of the domain; which one it is, the task's env id says."""

    isolate = True
    deadline_s = 8.0

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The last closed `<answer>`; in tolerant mode else the last box, what follows "the answer is", or the whole text."""
        found = find.last_tag(text)
        if found is not None or mode == "strict":
            return found
        boxed = find.last_boxed(text)
        if boxed is not None:
            return boxed
        at = text.lower().rfind(_PHRASE)
        rest = text if at < 0 else text[at + len(_PHRASE) :].lstrip(" :\t\n").rstrip(" .\n")
        return rest.strip() or None

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The score of the answer. Raises on a broken entry."""
        given = entry_of(task)
        name = task_name(task.env_id, given)
        try:
            score = _scorer_of(task)(name, answer, given)
        except LimitError as error:
            return Verdict.graded(0.0, extracted=answer, reason=f"limit: {error}")
        return Verdict.graded(score, extracted=answer, reason="right" if score >= 1 else "wrong" if score <= 0 else "partial")

    def gold(self, task: Task) -> str | None:
        """The entry's answer, or a solution where it has none."""
        given = entry_of(task)
        return _wrapped(solutions.right(task_name(task.env_id, given), given))

    def wrong(self, task: Task) -> str | None:
        """An answer that scores 0; None for the few tasks that pay a token to any text."""
        given = entry_of(task)
        return _wrapped(solutions.wrong(task_name(task.env_id, given), given))

    def equivalents(self, task: Task) -> Sequence[str]:
        """The gold in other words: white space, case and order where the task leaves them open, other solutions where it has many."""
        given = entry_of(task)
        name = task_name(task.env_id, given)
        gold = solutions.right(name, given)
        return [] if gold is None else [f"<answer>{text}</answer>" for text in variants.equivalents(name, gold, given)]

    def near_misses(self, task: Task) -> Sequence[str]:
        """The gold, changed a little, so that it is wrong."""
        given = entry_of(task)
        name = task_name(task.env_id, given)
        gold = solutions.right(name, given)
        return [] if gold is None else [f"<answer>{text}</answer>" for text in variants.near_misses(name, gold, given)]

    def shares_answer(self, task: Task, other: Task) -> bool:
        """True where the gold of `other` solves `task` too, found without the scorer: by the rules of the game, or as the same value."""
        given, another = entry_of(task), entry_of(other)
        name = task_name(task.env_id, given)
        answer = solutions.right(name, another)
        return answer is not None and shared.solves(name, answer, given)


def _scorer_of(task: Task) -> Callable[[str, str, Mapping[str, Any]], float]:
    named = task.metadata.get("scorer", "corrected")
    if named not in SCORERS:
        raise TaskError(f"a task's scorer is {' or '.join(SCORERS)}; got {named!r} in metadata['scorer']")
    return scorers.original_score if named == "original" else scorers.score


def _wrapped(answer: str | None) -> str | None:
    return None if answer is None else f"<answer>{answer}</answer>"
