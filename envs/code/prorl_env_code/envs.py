"""The three environments. One set of problem families, three tasks: write the function, write the program, repair the function.

code/functions-v0   f(x):3*x+2          a function `f`, called on hidden arguments
code/stdio-v0       x->3*x+2            a program that reads arguments, one a line, and prints
code/repair-v0      f(x):3*x+2 and a program with a fault: up to three attempts, each answered with what its tests showed
"""

import random
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from prorl_env_code import algorithms, lists, numbers, strings
from prorl_env_code.compare import shown
from prorl_env_code.mutate import broken
from prorl_env_code.problems import Problem, as_printed, on_input
from prorl_env_code.program import in_languages, known_languages, taken_languages
from prorl_env_code.verifier import CodeVerifier
from prorl_gym.env import Step, TextEnv
from prorl_gym.types import Draft, Outcome, Task, Verdict
from prorl_gym.verifier import Verifier

FAMILIES: tuple[tuple[Callable[[random.Random, int], Problem], tuple[int, ...]], ...] = (
    *numbers.FAMILIES,
    *strings.FAMILIES,
    *lists.FAMILIES,
    *algorithms.FAMILIES,
)
"""Each family and the levels at which it is drawn."""
LEVELS = 4
_MAX_DRAWS = 100
_LONGEST_EXAMPLE = 150
_Tests = list[tuple[list[Any], Any]]


class _Code(TextEnv):
    """What the three share: drawing a problem with tests that tell right from wrong."""

    levels = LEVELS
    verifier: ClassVar[Verifier] = CodeVerifier()
    printing: ClassVar[bool] = False

    def drawn(self, rng: random.Random, difficulty: int) -> tuple[Problem, _Tests]:
        """A problem of that level and its tests, the public example first."""
        families = [family for family, levels in FAMILIES if difficulty in levels]
        for _ in range(_MAX_DRAWS):
            problem = rng.choice(families)(rng, difficulty)
            if self.printing and problem.result == "dict":
                continue
            tests = problem.checked(rng)
            if tests and self.printing:
                tests = [t for t in tests if as_printed(t[1]).split()]
            if tests and len(tests) > 1:
                tests.sort(key=_awkwardness)
                return problem, tests
        raise RuntimeError(f"{self.env_id}: no usable problem in {_MAX_DRAWS} draws at difficulty {difficulty}")


class Functions(_Code):
    """Write a function `f`."""

    instructions = "Give the complete function in one fenced code block. It must return the result, not print it."

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """A function to write."""
        problem, tests = self.drawn(rng, difficulty)
        return Draft(
            question=f"{problem.function_words()}\n\n{_example(problem, tests)}",
            terse=f"f({problem.names}):{problem.terse}",
            answer=_calls(tests),
            metadata={"reference": problem.function()},
            key=[problem.names, problem.code],
        )


class Stdio(_Code):
    """Write a program that reads standard input and prints."""

    printing = True
    instructions = "Give the complete program in one fenced code block. Print nothing but the result."

    def __init__(self, *, languages: Sequence[str] = ("python",), **settings: Any) -> None:
        """`languages`: those that a program may be written in ("python", "c", "cpp"), named after its fence; the first one where it names none."""
        super().__init__(**settings)
        self.languages = known_languages(self.env_id, languages)

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """A program to write."""
        problem, tests = self.drawn(rng, difficulty)
        inputs, outputs = [on_input(args) for args, _ in tests], [as_printed(result) for _, result in tests]
        return Draft(
            question=f"{in_languages(problem.program_words(), self.languages)}\n\nExample input:\n{inputs[0]}Example output:\n{outputs[0]}",
            terse=f"{problem.names}->{problem.terse}",
            answer={"inputs": inputs, "outputs": outputs},
            metadata=taken_languages(self.languages, problem.program()),
            key=[problem.names, problem.code],
        )


class Repair(_Code):
    """Find the fault in a function, or two at the highest level, in up to three attempts. The return of an episode is its best attempt's score."""

    max_turns = 3
    instructions = "Give the complete, corrected function in one fenced code block."
    _best: float = 0.0
    _before: str | None = None

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """A function with a fault."""
        for _ in range(_MAX_DRAWS):
            problem, tests = self.drawn(rng, difficulty)
            faulty = broken(problem.function(), tests, rng, faults=2 if difficulty == LEVELS - 1 else 1)
            if faulty is not None:
                break
        else:
            raise RuntimeError(f"{self.env_id}: no problem could be broken in {_MAX_DRAWS} draws at difficulty {difficulty}")
        return Draft(
            question=f"This function has {'two faults' if difficulty == LEVELS - 1 else 'a fault'}.\n\n```python\n{faulty}\n```\n\n"
            f"It was to do this. {problem.function_words()}\n\n{_example(problem, tests)}",
            terse=f"f({problem.names}):{problem.terse}\n{faulty}",
            answer=_calls(tests),
            metadata={"reference": problem.function(), "faulty": faulty},
            key=[problem.names, problem.code],
        )

    def begin(self, task: Task) -> None:
        """Start an episode with nothing achieved."""
        super().begin(task)
        self._best, self._before = 0.0, None

    def respond(self, completion: str, verdict: Verdict) -> Step:
        """End on success or after the last turn, otherwise say what the tests showed; never an expected result beyond the public example."""
        self._best = max(self._best, verdict.score)
        if verdict.score == 1.0:
            return self.end(verdict)
        last = self.num_turns >= self.max_turns
        feedback = self._feedback(verdict)
        self._before = verdict.extracted
        return self.go_on(verdict, feedback, reward=self._best if last else 0.0)

    def _feedback(self, verdict: Verdict) -> str:
        """What the tests showed: the input that failed first, what came of it, and only for the public example what should have come."""
        if verdict.outcome is Outcome.NO_ANSWER:
            return "No fenced code block was found. Give the complete function in one."
        expected = f"; expected {shown(self.example[1])}" if " on test 1 (" in f"{verdict.reason} (" else ""
        if self.style == "terse":
            return f"{verdict.reason}{expected}"
        parts = [f"Your function was tested: {verdict.reason}{expected}. Test 1 is the example."]
        if verdict.extracted is not None and verdict.extracted == self._before:
            parts.append("It is the same program as before.")
        elif verdict.score < self._best:
            parts.append(f"An earlier attempt passed {self._best:.0%} of the tests, this one {verdict.score:.0%}.")
        return " ".join([*parts, "Give the complete function again, corrected."])

    @property
    def example(self) -> tuple[Any, Any]:
        """Arguments and result of the public test."""
        answer: Any = self.task.answer if self.task else {}
        return answer["inputs"][0], answer["outputs"][0]


def _calls(tests: _Tests) -> dict[str, Any]:
    return {"inputs": [args for args, _ in tests], "outputs": [result for _, result in tests], "fn_name": "f"}


def _example(problem: Problem, tests: _Tests) -> str:
    args, result = tests[0]
    return f"Example: f({', '.join(map(repr, args))}) returns {result!r}."


def _awkwardness(test: tuple[list[Any], Any]) -> tuple[bool, bool]:
    """Sorts the example to the front: a test with something to see that is not too long to print. The rest keep their order."""
    args, result = test
    return not (result and all(args)), len(repr(test)) > _LONGEST_EXAMPLE
