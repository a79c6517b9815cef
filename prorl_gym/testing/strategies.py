"""Answers that know nothing of the problem: one constant for every task, or a piece of the prompt cut out by a fixed rule.

A policy finds such a strategy long before it learns to reason, so each is graded like a completion, and the share of tasks that it solves is
compared with what the answers themselves explain.

The rule for a **constant**: it can be truly right on tasks that share one answer and on no others. Of the tasks that it solves, those whose gold it
is are explained, or all of them where they share one gold (which it may equal in meaning); the rest is not, and it is flagged where their share is
above `BOUND`. So "yes" may solve half of all yes-or-no tasks, while an always-right verifier is flagged: there "42" is right as well. Golds that are
nearly all the same are flagged on their own (`ONE_ANSWER`).
The rule for a **copy**: it is flagged where the share that it solves is above `BOUND` and above what always giving the commonest answer would solve.
"Above" is the lower end of Wilson's interval at 95%, divided among the strategies tried (Bonferroni), so that luck on few tasks flags nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from prorl_gym.env import TextEnv
from prorl_gym.testing.report import wilson
from prorl_gym.types import Task, canonical_json

BOUND = 0.2
ONE_ANSWER = 0.8
CONSTANTS = (
    *("0", "1", "2", "-1", "3", "5", "10", "12", "42", "100", "0.5", "1/2"),
    *("yes", "no", "True", "False", "A", "B", "C", "D", "x", "a", "[]", "none", "the answer"),
)
MOST_GOLDS = 3
"""So many of the commonest golds are tried as constants too."""

_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_WORD = re.compile(r"[^\W\d_]+")


def question_of(env: TextEnv, task: Task) -> str:
    """The task's prompt without the environment's standing instructions."""
    text = task.prompt[-1]["content"] if task.prompt else task.text
    return text.removesuffix(env.instructions).rstrip() if env.instructions else text


def gold_class(task: Task, gold: str | None) -> bytes:
    """Equal for tasks whose gold answers are the same."""
    return canonical_json(gold if task.answer is None else task.answer)


def _find(pattern: str) -> Callable[[str], list[str]]:
    compiled = re.compile(pattern)
    return lambda text: compiled.findall(text)


def _pick(find: Callable[[str], list[str]], choose: Callable[[list[str]], str]) -> Callable[[str], str | None]:
    def rule(text: str) -> str | None:
        found = find(text)
        return choose(found) if found else None

    return rule


def _first(found: list[str]) -> str:
    return found[0]


def _last(found: list[str]) -> str:
    return found[-1]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.split("\n") if line.strip()]


COPIES: dict[str, Callable[[str], str | None]] = {
    "the whole question": lambda text: text,
    "the first number": _pick(_NUMBER.findall, _first),
    "the second number": _pick(lambda t: _NUMBER.findall(t)[1:], _first),
    "the last number": _pick(_NUMBER.findall, _last),
    "the first word": _pick(_WORD.findall, _first),
    "the last word": _pick(_WORD.findall, _last),
    "the first line": _pick(_lines, _first),
    "the last line": _pick(_lines, _last),
    "what follows the last colon": _pick(_find(r":[ \t]*([^\n:]+)"), _last),
    "what follows the last equals sign": _pick(_find(r"=[ \t]*([^\n=]+)"), _last),
    "the first quoted text": _pick(_find(r"[\"'`]([^\"'`\n]+)[\"'`]"), _first),
    "the last quoted text": _pick(_find(r"[\"'`]([^\"'`\n]+)[\"'`]"), _last),
    "the last text in parentheses": _pick(_find(r"\(([^()\n]+)\)"), _last),
    "the last text in brackets": _pick(_find(r"(\[[^\[\]\n]*\])"), _last),
    "the last fenced block": _pick(_find(r"```\w*\n([^`]+)```"), _last),
    "the last part in <answer> tags": _pick(_find(r"<answer>([^<]+)</answer>"), _last),
    "the content of the last box": _pick(_find(r"\\boxed\{([^{}]+)\}"), _last),
}
"""Name of a rule to a function from the question to the text that it cuts out, or None. All go by place: to choose the largest may be the task."""


def judge_constants(
    solved: Mapping[str, Collection[int]], classes: Sequence[bytes], *, golden: Mapping[str, Collection[int]]
) -> tuple[list[str], dict[str, Any]]:
    """The faults found, in words, and what is reported.

    `solved`: constant to the tasks that it solves; `classes`: each task's gold class; `golden`: constant to the tasks whose gold it is.
    """
    total, faults = len(classes), list[str]()
    common = max(Counter(classes).values(), default=0)
    best: tuple[int, str] = (0, "")
    for answer, tasks in solved.items():
        best = max(best, (len(tasks), answer))
        own = len(set(tasks) & set(golden.get(answer, ())))
        explained = own or (len(tasks) if len({classes[t] for t in tasks}) == 1 else 0)
        if _surely(len(tasks) - explained, total, tried=len(solved)) > BOUND:
            faults.append(f"the constant answer {answer!r} gets full marks on {len(tasks)} of {total} tasks, and is the gold answer of {explained}")
    if wilson(common, total)[0] > ONE_ANSWER:
        faults.append(f"{common} of {total} tasks have the same gold answer: always giving it solves the environment")
    found = {"tasks": total, "commonest_gold": common / total if total else None, "best_constant": {"answer": best[1], "solved": best[0]}}
    return faults, found


def judge_copies(solved: Mapping[str, Collection[int]], classes: Sequence[bytes]) -> tuple[list[str], dict[str, Any]]:
    """As `judge_constants`, for the rules that copy from the prompt."""
    total, faults = len(classes), list[str]()
    explained = max(BOUND, wilson(max(Counter(classes).values(), default=0), total)[1] if len(set(classes)) < total else 0.0)
    for rule, tasks in solved.items():
        if _surely(len(tasks), total, tried=len(solved)) > explained:
            faults.append(f"copying {rule} out of the prompt gets full marks on {len(tasks)} of {total} tasks")
    best = max(((len(tasks), rule) for rule, tasks in solved.items()), default=(0, ""))
    return faults, {"best_copy": {"rule": best[1], "solved": best[0]}}


def _surely(hits: int, total: int, *, tried: int) -> float:
    return wilson(hits, total, level=1 - 0.05 / max(1, tried))[0]
