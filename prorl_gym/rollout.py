"""Playing episodes: any number, streaming, with generation and grading overlapped.

    plays = (Play(task=env.task_at(i)) for i in range(1_000_000))
    with VerifierPool() as pool:
        for rollout in play(plays, policy, pool=pool):
            writer.write(rollout.to_json())

The policy pulls requests as it can answer them; each completion goes to the pool of killable workers the moment it is there; a
multi-turn episode whose step did not end it asks again ahead of new ones. An episode whose env breaks or hangs in its own step is ungradable and
costs nobody else anything. At most `window` episodes are alive, so memory is flat however long
the stream is. Rollouts come in the order of the plays, or as they finish.
"""

import functools
import math
import queue
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any, TypeVar

from prorl_gym.deadline import within
from prorl_gym.env import TextEnv
from prorl_gym.errors import PolicyError, StuckError
from prorl_gym.policy import Policy, Request
from prorl_gym.pool import VerifierPool, shared_pool
from prorl_gym.registry import env_class, env_spec
from prorl_gym.types import Completion, Outcome, Rollout, Task, Turn, Verdict
from prorl_gym.verifier import grade

STEP_S = 60.0
"""Wall seconds that an env's own part of a step may take, unless the caller says otherwise."""
EPISODE_S = 3600.0
"""Wall seconds that an episode of several turns may take, unless the caller says otherwise."""
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class Play:
    """One episode to be played."""

    task: Task
    group_id: str = ""
    """Default: the task's id."""
    sample: int = 0
    env_kwargs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Extra arguments of the env, such as `mode` or `sandbox`."""
    info: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Goes into the rollout as it is."""


class _Episode:
    __slots__ = ("asked", "begun", "env", "fault", "generate_s", "grade_s", "graded_from", "number", "observation", "play", "turns")

    def __init__(self, number: int, play: Play, env: TextEnv) -> None:
        self.number, self.play, self.env = number, play, env
        self.turns: list[Turn] = []
        self.fault = ""
        """Why its env could not begin."""
        self.observation = play.task.text
        self.begun = time.monotonic()
        self.asked = self.graded_from = 0.0
        self.generate_s = self.grade_s = 0.0


def play(
    plays: Iterable[Play],
    policy: Policy,
    *,
    pool: VerifierPool | None = None,
    ordered: bool = True,
    window: int = 1024,
    version: str = "",
    step_s: float = STEP_S,
    episode_s: float = EPISODE_S,
) -> Iterator[Rollout]:
    """Play every episode and give its rollout; see the module's docstring. `pool` defaults to the process-wide one.

    `step_s` bounds, in wall seconds, an env's own part of a step (`begin`, `respond`); grading has the verifier's deadline. An episode
    that would go on after `episode_s` is given up instead, as ungradable: no group waits longer for its slowest member.
    """
    if window < 1:
        raise ValueError(f"window is the number of episodes that may be alive, at least 1; got {window}")
    stage = _Stage(iter(plays), policy.name, pool, window, version, step_s, episode_s)
    held: dict[int, Rollout] = {}
    due = 0
    for number, rollout in stage.run(policy):
        if not ordered:
            yield rollout
            continue
        held[number] = rollout
        while due in held:
            yield held.pop(due)
            due += 1
        stage.held = len(held)


class _Stage:
    """The live episodes of one `play` call."""

    def __init__(
        self, source: Iterator[Play], policy_name: str, pool: VerifierPool | None, window: int, version: str, step_s: float, episode_s: float
    ) -> None:
        self.source, self.policy_name, self.pool, self.window, self.version = source, policy_name, pool, window, version
        self.step_s, self.episode_s = step_s, episode_s
        self.live: dict[int, _Episode] = {}
        self.follow_ups: deque[_Episode] = deque()
        self.grading = 0
        self.graded: queue.SimpleQueue[tuple[_Episode, Completion, Verdict]] = queue.SimpleQueue()
        self.finished: deque[tuple[int, Rollout]] = deque()
        self.asking: set[int] = set()
        self.count, self.held, self.exhausted = 0, 0, False

    def run(self, policy: Policy) -> Iterator[tuple[int, Rollout]]:
        """Every episode's number and rollout, as they finish."""
        while True:
            for request, completion in policy.complete(self._requests()):
                self._answered(self.live[request.key], completion)
                self._settle(block=False)
                while self.finished:
                    yield self.finished.popleft()
            if self.asking:
                raise PolicyError(
                    f"the policy {self.policy_name!r} ended with {len(self.asking)} requests unanswered; it must answer each that it draws"
                )
            self._settle(block=not self.follow_ups)
            while self.finished:
                yield self.finished.popleft()
            if self.exhausted and not self.live:
                return

    def _requests(self) -> Iterator[Request]:
        while True:
            self._settle(block=False)
            if self.follow_ups:
                yield self._ask(self.follow_ups.popleft())
            elif not self.exhausted and len(self.live) + self.held < self.window:
                following = next(self.source, None)
                if following is None:
                    self.exhausted = True
                    return
                yield self._ask(self._begin(following))
            else:
                return

    def _begin(self, play: Play) -> _Episode:
        spec, cls = _env(play.task.env_id)
        env = cls(**{**spec, **play.env_kwargs})
        episode = _Episode(self.count, play, env)
        try:
            self._bounded(cls.begin is not TextEnv.begin, functools.partial(env.begin, play.task), episode)
        except StuckError:
            raise
        except Exception as error:  # the environment boundary: the episode is asked all the same, and ends ungradable
            episode.fault = _fault(error)
        self.live[self.count] = episode
        self.count += 1
        return episode

    def _ask(self, episode: _Episode) -> Request:
        episode.asked = time.monotonic()
        self.asking.add(episode.number)
        play, env = episode.play, episode.env
        return Request(
            key=episode.number,
            messages=play.task.prompt if episode.fault else tuple(env.messages),
            task=play.task,
            sample=play.sample,
            group_id=play.group_id,
            verifier=env.verifier,
        )

    def _answered(self, episode: _Episode, completion: Completion) -> None:
        now = episode.graded_from = time.monotonic()
        self.asking.discard(episode.number)
        episode.generate_s += now - episode.asked
        env = episode.env
        if episode.fault:
            self._graded(episode, completion, Verdict.ungradable(episode.fault))
        elif completion.finish_reason == "error":
            self._graded(episode, completion, Verdict.ungradable(f"policy: {completion.error}"))
        elif not env.verifier.isolate:
            self._graded(episode, completion, grade(env.verifier, episode.play.task, completion=completion.text, mode=env.mode, sandbox=env.sandbox))
        else:
            self.pool = self.pool or shared_pool()
            self.grading += 1
            future = self.pool.submit(env.grade_request(completion.text))
            future.add_done_callback(functools.partial(self._hand_over, episode, completion))

    def _hand_over(self, episode: _Episode, completion: Completion, future: Future[Verdict]) -> None:
        """Called on the pool's thread; a queue, so that taking in the done gradings does not look at the others."""
        self.graded.put((episode, completion, future.result()))

    def _settle(self, *, block: bool) -> None:
        """Take in the gradings that are done; with `block`, wait for at least one."""
        while self.grading:
            try:
                episode, completion, verdict = self.graded.get(block=block)
            except queue.Empty:
                return
            block = False
            self.grading -= 1
            self._graded(episode, completion, verdict)

    def _graded(self, episode: _Episode, completion: Completion, verdict: Verdict) -> None:
        episode.grade_s += time.monotonic() - episode.graded_from
        observation, value, terminated, truncated = "", math.nan, True, False
        if not episode.fault:
            try:
                observation, value, terminated, truncated = self._taken(episode, completion.text, verdict)
            except StuckError:
                raise
            except Exception as error:  # the environment boundary: a failure becomes data, whatever it is
                verdict = Verdict.ungradable(_fault(error), extracted=verdict.extracted)
        if not (terminated or truncated) and time.monotonic() - episode.begun > self.episode_s:
            verdict = Verdict.ungradable(f"overdue: after {self.episode_s:g} s the episode would have gone on", extracted=verdict.extracted)
            value, terminated = math.nan, True
        episode.turns.append(Turn(observation=episode.observation, completion=completion, verdict=verdict, reward=value))
        episode.observation = observation
        if not (terminated or truncated):
            self.follow_ups.append(episode)
            return
        del self.live[episode.number]
        play = episode.play
        self.finished.append(
            (
                episode.number,
                Rollout(
                    task=play.task,
                    turns=tuple(episode.turns),
                    messages=tuple(episode.env.messages),
                    reward=sum(t.reward for t in episode.turns),
                    terminated=terminated,
                    truncated=truncated,
                    group_id=play.group_id or play.task.task_id,
                    sample=play.sample,
                    policy=self.policy_name,
                    seconds={"generate": round(episode.generate_s, 6), "grade": round(episode.grade_s, 6)},
                    versions={"policy": self.version} if self.version else {},
                    info=play.info,
                ),
            )
        )

    def _taken(self, episode: _Episode, text: str, verdict: Verdict) -> tuple[str, float, bool, bool]:
        """Observation, reward, terminated and truncated of the env's answer to a graded completion."""
        env = episode.env
        own = type(env).take is not TextEnv.take or type(env).respond is not TextEnv.respond
        observation, reward, terminated, truncated, _ = self._bounded(own, functools.partial(env.take, text, verdict), episode)
        value = math.nan if verdict.outcome is Outcome.UNGRADABLE else float(reward)
        return observation, value, terminated, truncated

    def _bounded(self, own: bool, call: Callable[[], T], episode: _Episode) -> T:
        """The call's result; within `step_s` where it runs a method of the env's `own`."""
        return within(self.step_s, call, what=f"the step of {episode.play.task.env_id}") if own else call()


def _fault(error: Exception) -> str:
    return f"environment: {type(error).__name__}: {error}"[:500]


@functools.lru_cache(maxsize=1024)
def _env(env_id: str) -> tuple[dict[str, Any], type[TextEnv]]:
    return {**env_spec(env_id).kwargs, "env_id": env_id}, env_class(env_id)
