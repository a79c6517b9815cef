"""The verifier contract: a pure function (task, completion, sandbox) -> Verdict, in two halves, `extract` and `check`.

    class Sum(Verifier):
        def extract(self, task, text, *, mode):          # where the answer stands
            return last_tag(text)
        def check(self, task, answer, *, sandbox):       # whether it is right
            return Verdict.graded(float(answer.strip() == task.answer), extracted=answer)
        def gold(self, task):                            # a completion that must score 1
            return f"<answer>{task.answer}</answer>"

A verifier uses no network, no clock and no global randomness, so that the same pair gives the same verdict in any process, years
later. Most plugins need no class: `Answer(check_function)` wraps a function of (task, answer).
"""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from prorl_gym import extract as find
from prorl_gym.errors import missing_module
from prorl_gym.sandbox import Sandbox
from prorl_gym.types import Completion, Task, Verdict

Mode = Literal["strict", "tolerant"]
MODES: tuple[Mode, ...] = ("strict", "tolerant")
Place = Literal["tag", "boxed", "fence", "text"]


class Verifier(ABC):
    """Judges completions of one kind of task. Instances are stateless, picklable and cheap to build."""

    isolate: ClassVar[bool] = True
    """False only where the cost is provably linear in the text: then `env.step` grades in the caller's process."""
    deadline_s: ClassVar[float] = 5.0
    """Wall seconds that one grading may take, counted from its start."""
    needs_sandbox: ClassVar[bool] = False
    """True where `check` runs untrusted code; it then gets a sandbox or is never called."""

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The answer within `text` (what follows the model's thinking), or None where there is none. Default: all of it, stripped."""
        return text.strip() or None

    @abstractmethod
    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The verdict on an extracted answer. May raise: the caller turns that into an ungradable verdict."""

    def gold(self, task: Task) -> str | None:
        """A completion that must score 1 in strict mode, or None where none is known."""
        return None

    def wrong(self, task: Task) -> str | None:
        """A well-formed completion that must score 0, or None where none can be listed."""
        return None

    # What the proof of a verifier (`prorl env check`) asks for beside `gold` and `wrong`

    def equivalents(self, task: Task) -> Sequence[str]:
        """Other completions that must score 1 in strict mode: the gold in other forms. Default: none."""
        return ()

    def near_misses(self, task: Task) -> Sequence[str]:
        """Well-formed completions that must not score 1, close to the gold. Default: `wrong`, where it is given."""
        wrong = self.wrong(task)
        return () if wrong is None else (wrong,)

    def shares_answer(self, task: Task, other: Task) -> bool:
        """True where the gold of `other` is right for `task` too. Default: where their golds or their answers are the same."""
        gold = self.gold(task)
        return (task.answer is not None and task.answer == other.answer) or (gold is not None and gold == self.gold(other))

    def __call__(self, task: Task, completion: Completion | str, sandbox: Sandbox | None = None, *, mode: Mode = "strict") -> Verdict:
        """Grade a whole completion: drop the thinking, extract, check."""
        text = completion if isinstance(completion, str) else completion.text
        if len(text) > find.MAX_COMPLETION_CHARS:
            return Verdict.graded(0.0, reason=f"limit: {len(text)} characters, at most {find.MAX_COMPLETION_CHARS} are read")
        rest = find.after_think(text)
        if rest is None:
            return Verdict.no_answer("no_answer: <think> is never closed")
        answer = self.extract(task, rest, mode=mode)
        if answer is None:
            return Verdict.no_answer()
        return self.check(task, answer, sandbox=sandbox)


class Answer(Verifier):
    """A verifier made of one function: `Answer(check)` where `check(task, answer)` gives a bool, a score in [0, 1] or a Verdict.

    `place` says where the answer stands: "tag" (`<answer>...</answer>`), "boxed" (`\\boxed{...}`), "fence" (the last fenced block) or
    "text" (everything). In tolerant mode a completion without the wrapper counts as the answer itself.
    """

    isolate = True

    def __init__(
        self,
        check: Callable[[Task, str], bool | float | Verdict],
        *,
        place: Place = "tag",
        gold: Callable[[Task], str | None] | None = None,
        wrong: Callable[[Task], str | None] | None = None,
    ) -> None:
        if len(inspect.signature(check).parameters) != 2:
            raise TypeError(f"Answer takes a function of (task, answer); {getattr(check, '__qualname__', check)!r} has another signature")
        self._check, self.place, self._gold, self._wrong = check, place, gold, wrong

    def extract(self, task: Task, text: str, *, mode: Mode) -> str | None:
        """The wrapped answer; in tolerant mode the whole text where the wrapper is missing."""
        found = _FINDERS[self.place](text)
        return text.strip() or None if found is None and mode == "tolerant" else found

    def check(self, task: Task, answer: str, *, sandbox: Sandbox | None) -> Verdict:
        """The function's result as a verdict."""
        result: Any = self._check(task, answer)
        if isinstance(result, Verdict):
            return result
        score = float(result)
        return Verdict.graded(score, extracted=answer, reason="right" if score >= 1 else "wrong" if score <= 0 else "partial")

    def gold(self, task: Task) -> str | None:
        """The gold answer in its wrapper: from the `gold` function, or `task.answer` itself."""
        return self._wrap(self._gold(task) if self._gold else None if task.answer is None else str(task.answer))

    def wrong(self, task: Task) -> str | None:
        """The `wrong` function's answer in its wrapper."""
        return self._wrap(self._wrong(task) if self._wrong else None)

    def _wrap(self, answer: str | None) -> str | None:
        return None if answer is None else _WRAPPERS[self.place].replace("%", answer)


def _whole(text: str) -> str | None:
    return text.strip() or None


_FINDERS: dict[str, Callable[[str], str | None]] = {
    "tag": find.last_tag,
    "boxed": find.last_boxed,
    "fence": find.last_fence,
    "text": _whole,
}
_WRAPPERS = {"tag": "<answer>%</answer>", "boxed": "\\boxed{%}", "fence": "```\n%\n```", "text": "%"}


def grade(
    verifier: Verifier, task: Task, *, completion: str | None = None, extracted: str | None = None, mode: Mode = "strict", sandbox: str | None = None
) -> Verdict:
    """Grade in this process, any failure as data: one of `completion` (extraction runs) or `extracted` (it does not).

    The verifier boundary: whatever a verifier raises becomes an ungradable verdict with the reason "crash". Unbounded work is not
    stopped here; `prorl_gym.pool.VerifierPool` does that.
    """
    from prorl_gym.sandbox import open_sandbox

    box = None
    try:
        if verifier.needs_sandbox:
            box = open_sandbox(sandbox or "auto")
        if extracted is not None:
            verdict: Any = verifier.check(task, extracted, sandbox=box)
        else:
            verdict = verifier(task, completion or "", box, mode=mode)
        if not isinstance(verdict, Verdict):
            raise TypeError(f"{type(verifier).__qualname__} gave {verdict!r}; expected a Verdict")
        return verdict
    except ModuleNotFoundError as error:
        return Verdict.ungradable(f"crash: {missing_module(error, wanted_by=type(verifier).__name__)}"[:500])
    except Exception as error:  # the verifier boundary: a failure becomes data, whatever it is
        kind = "no_sandbox" if type(error).__name__ == "SandboxUnavailableError" else "crash"
        return Verdict.ungradable(f"{kind}: {type(error).__name__}: {error}"[:500])
