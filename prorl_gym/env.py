"""`TextEnv`: a true Gymnasium environment whose observations and actions are texts. An author writes `draft` and names a verifier.

    class Sum(TextEnv):
        levels = 3                                     # difficulties 0, 1, 2
        instructions = "Give the answer inside <answer> tags."
        verifier = Answer(lambda task, answer: answer == task.answer)

        def draft(self, rng, difficulty):
            a, b = (rng.randrange(10 ** (difficulty + 1)) for _ in "ab")
            return Draft(question=f"What is {a} + {b}?", terse=f"{a}+{b}=", answer=str(a + b))

`reset` gives the prompt, `step` grades a completion. A single-turn env ends with `terminated`; a multi-turn env sets `max_turns` and
overrides `respond`, and `truncated` then says that the turns ran out. The class is the same for one turn and for many: `step` is
`grade` (pure, may run in another process) followed by `respond` (the episode's own logic), and whoever plays many episodes at once
calls the two halves itself.
"""

import random
from abc import abstractmethod
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Literal, SupportsFloat, cast

import gymnasium

from prorl_gym import streams
from prorl_gym.errors import ConfigError, closest
from prorl_gym.registry import entry_point_of
from prorl_gym.spaces import UnicodeText
from prorl_gym.types import SPLITS, Completion, Draft, Message, Outcome, Task, Verdict
from prorl_gym.verifier import MODES, Mode, Verifier, grade

if TYPE_CHECKING:
    from prorl_gym.pool import GradeRequest

Style = Literal["full", "terse"]
Step = tuple[str, SupportsFloat, bool, bool, dict[str, Any]]
_INDEX_BOUND = 2**31
_OPTIONS = ("task", "index", "difficulty", "split")


class TextEnv(gymnasium.Env[str, str]):
    """A verifiable text environment. See the module's docstring for what an author writes.

    Arguments: `split` ("train", "validation", "test"); `difficulty`, a level or an inclusive range (low, high) of levels, default all;
    `style` "full" (question and instructions) or "terse" (fewest characters); `mode` of extraction, "strict" or "tolerant"; `sandbox`, the
    name of the sandbox for verifiers that need one. Raises ConfigError on a value outside these.
    """

    metadata: dict[str, Any] = {"render_modes": ["ansi"]}  # noqa: RUF012 -- Gymnasium declares it so
    levels: int = 1
    """Number of difficulties; a class that serves several ids may set it on the instance before `super().__init__`."""
    max_turns: int = 1
    verifier: ClassVar[Verifier]
    system: ClassVar[str] = ""
    """A system message, or none where it is empty."""
    instructions: ClassVar[str] = ""
    """How to give the answer; follows the question in the full style."""
    terse_instructions: ClassVar[str] = ""

    def __init__(
        self,
        *,
        split: str = "train",
        difficulty: int | tuple[int, int] | list[int] | None = None,
        style: Style = "full",
        mode: Mode = "strict",
        sandbox: str = "auto",
        env_id: str | None = None,
        render_mode: str | None = None,
    ) -> None:
        self.env_id = env_id or entry_point_of(type(self))
        self.split = _one_of("split", split, SPLITS)
        self.style: Style = cast("Style", _one_of("style", style, ("full", "terse")))
        self.mode: Mode = cast("Mode", _one_of("mode", mode, MODES))
        self.low, self.high = self._levels(difficulty)
        self.sandbox = sandbox
        self.render_mode = render_mode
        self.observation_space = UnicodeText()
        self.action_space = UnicodeText()
        self.task: Task | None = None
        self.messages: list[Message] = []
        self.num_turns = 0
        self._ended = True

    # What an author writes

    @abstractmethod
    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """One problem of that difficulty. All randomness comes from `rng`; the same state gives the same problem."""
        raise NotImplementedError(f"{type(self).__name__} must define draft(self, rng, difficulty)")

    def prompt(self, draft: Draft, style: Style) -> tuple[Message, ...]:
        """The chat messages that ask the problem."""
        if style == "terse":
            parts = [draft.question if draft.terse is None else draft.terse, self.terse_instructions]
        else:
            parts = [draft.question, self.instructions]
        user: Message = {"role": "user", "content": "\n\n".join(p for p in parts if p)}
        return ({"role": "system", "content": self.system}, user) if self.system and style == "full" else (user,)

    def respond(self, completion: str, verdict: Verdict) -> Step:
        """The episode's answer to a graded completion: Gymnasium's 5-tuple. Multi-turn envs override this and call `self.end` or `self.go_on`."""
        return self.end(verdict)

    def end(self, verdict: Verdict, observation: str = "", *, reward: float | None = None, truncated: bool = False) -> Step:
        """The last step of an episode. The reward is the score (NaN where ungradable) unless one is given."""
        self._ended = True
        value = verdict.score if reward is None else reward
        return observation, value, not truncated, truncated, self._info(verdict)

    def go_on(self, verdict: Verdict, observation: str, *, reward: float = 0.0) -> Step:
        """A step after which the episode goes on: `observation` is the next user message. Truncates where the turns are used up."""
        if self.num_turns >= self.max_turns:
            return self.end(verdict, observation, reward=reward, truncated=True)
        self.messages.append({"role": "user", "content": observation})
        return observation, reward, False, False, self._info(verdict)

    # What a caller uses

    def task_at(self, index: int, *, split: str | None = None, difficulty: int | None = None) -> Task:
        """Task `index` of the stream; the same on every machine. Raises SplitError where the space is too small to split."""
        split = self.split if split is None else _one_of("split", split, SPLITS)
        if difficulty is None:
            difficulty = self.low + random.Random(streams.item_seed(self.env_id, "level", 0, index, 0)).randrange(self.high - self.low + 1)
        else:
            difficulty = self._levels(difficulty)[0]
        drawn = streams.draw(self.draft, env_id=self.env_id, split=split, difficulty=difficulty, index=index)
        return Task(
            env_id=self.env_id,
            prompt=self.prompt(drawn, self.style),
            answer=drawn.answer,
            metadata={**drawn.metadata, "difficulty": difficulty},
            split=split,
        )

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> tuple[str, dict[str, Any]]:
        """Start an episode; returns the prompt and an info with "messages" and "task".

        The same seed gives the same task. `options` may hold "task" (a Task or its JSON), "index", "difficulty" or "split".
        """
        super().reset(seed=seed)
        options = options or {}
        for name in options:
            if name not in _OPTIONS:
                near = closest(name, _OPTIONS, limit=1)
                raise ConfigError(f"reset has no option {name!r}; {f'did you mean {near[0]!r}?' if near else ''} options: {', '.join(_OPTIONS)}")
        given: Any = options.get("task")
        if given is None:
            index = options.get("index")
            if index is None:
                index = int(self.np_random.integers(_INDEX_BOUND))
            task = self.task_at(index, split=options.get("split"), difficulty=options.get("difficulty"))
        else:
            task = given if isinstance(given, Task) else Task.from_json(given)
        self.begin(task)
        return task.text, self._info(None)

    def begin(self, task: Task) -> None:
        """Start an episode on that task; `reset` without the seeding. Multi-turn envs with own state override this and call it first."""
        self.task, self.messages = task, list(task.prompt)
        self.num_turns, self._ended = 0, False

    def grade(self, completion: Completion | str) -> Verdict:
        """The verdict on a completion, bounded in time: isolated verifiers run in the process-wide pool of killable workers."""
        task = self._current()
        text = completion if isinstance(completion, str) else completion.text
        if not self.verifier.isolate:
            return grade(self.verifier, task, completion=text, mode=self.mode, sandbox=self.sandbox)
        from prorl_gym.pool import shared_pool

        return shared_pool().submit(self.grade_request(text)).result()

    def grade_request(self, completion: str) -> "GradeRequest":
        """What a verifier pool needs to grade that completion of the current task."""
        from prorl_gym.pool import GradeRequest

        return GradeRequest(ref=entry_point_of(type(self)), task=self._current(), completion=completion, mode=self.mode, sandbox=self.sandbox)

    def step(self, action: str) -> Step:
        """Grade one completion and answer it."""
        return self.take(action, self.grade(action))

    def take(self, completion: str, verdict: Verdict) -> Step:
        """The second half of `step`, for callers who have the verdict already."""
        self._current()
        self.num_turns += 1
        self.messages.append({"role": "assistant", "content": completion})
        if verdict.outcome is Outcome.UNGRADABLE:
            return self.end(verdict)
        return self.respond(completion, verdict)

    def gold(self) -> str | None:
        """A completion that should score 1 on the current task, or None where none is known."""
        return self.verifier.gold(self._current())

    def render(self) -> str | None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The conversation so far as text, in render mode "ansi"."""
        return "\n\n".join(f"[{m['role']}] {m['content']}" for m in self.messages) if self.render_mode == "ansi" else None

    def _current(self) -> Task:
        if self.task is None or self._ended:
            raise ConfigError(f"{self.env_id}: step was called with no episode running; call reset() first")
        return self.task

    def _levels(self, difficulty: Any) -> tuple[int, int]:
        top = self.levels - 1
        several = isinstance(difficulty, list | tuple)
        given: tuple[Any, ...] = (0, top) if difficulty is None else tuple(cast("list[Any]", difficulty)) if several else (difficulty,)
        if not given or not all(isinstance(level, int) for level in given) or not 0 <= given[0] <= given[-1] <= top:
            raise ConfigError(f"{self.env_id} has the difficulties 0 to {top}; got {difficulty!r}")
        return given[0], given[-1]

    def _info(self, verdict: Verdict | None) -> dict[str, Any]:
        info: dict[str, Any] = {"messages": list(self.messages), "task": self.task}
        return info if verdict is None else {**info, "verdict": verdict}


class SingleTurnEnv(TextEnv):
    """A `TextEnv` of one question and one answer; the name says so, nothing else differs."""

    max_turns = 1


def narrow(env_id: str, wanted: Sequence[str] | None, known: Iterable[str]) -> tuple[str, ...]:
    """The families that an env shall draw from: all that are known, or the wanted ones. Raises ConfigError naming the unknown one."""
    families = tuple(known)
    if wanted is None:
        return families
    for name in wanted:
        if name not in families:
            near = closest(name, families, limit=1)
            hint = f" (did you mean {near[0]!r}?)" if near else ""
            raise ConfigError(f"{env_id} has no family {name!r}{hint}; its families are {', '.join(families)}")
    if not wanted:
        raise ConfigError(f"{env_id} needs at least one family; got an empty list, expected some of {', '.join(families)}")
    return tuple(wanted)


def _one_of(name: str, value: Any, known: tuple[str, ...]) -> str:
    if value not in known:
        near = closest(str(value), known, limit=1)
        raise ConfigError(f"{name} is one of {', '.join(known)}; got {value!r}{f' (did you mean {near[0]!r}?)' if near else ''}")
    return value
