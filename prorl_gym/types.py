"""The records that everything else passes around: frozen, JSON-serialisable, without behaviour beyond conversion.

A `Task` is one problem, a `Completion` one answer to it, a `Verdict` the judgement of that answer, a `Rollout` one whole
episode, a `Group` the rollouts of one task. `to_json`/`from_json` turn each into plain data and back; a stored task can be
graded later with nothing but its env id.
"""

import dataclasses
import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self, TypedDict, cast

import orjson

from prorl_gym.errors import TaskError

SPLITS = ("train", "validation", "test")


class Message(TypedDict):
    """One chat message; `role` is "system", "user" or "assistant"."""

    role: str
    content: str


def canonical_json(value: Any) -> bytes:
    """`value` as JSON bytes with sorted keys: the form that content hashes are taken of. Raises TaskError for what JSON cannot hold."""
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_SERIALIZE_NUMPY)
    except orjson.JSONEncodeError as error:
        if "Recursion" in str(error):
            raise TaskError("a task's values are nested too deeply; JSON here takes at most 254 levels") from error
        raise TaskError(f"a task holds JSON values only, integers of at most 64 bits (write larger ones as texts): {error}") from error


def content_hash(*parts: Any, size: int = 8) -> str:
    """A stable hash of JSON-serialisable parts: `2 * size` hex digits, equal on every machine and Python version."""
    return hashlib.blake2b(canonical_json(parts), digest_size=size).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class Draft:
    """What an env author returns for one problem; the env turns it into a `Task`."""

    question: str
    """The problem in full sentences, without instructions on the form of the answer."""
    answer: Any = None
    """The gold answer (JSON), or None where the verifier judges by `metadata` alone."""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON: what the verifier needs beyond the answer."""
    terse: str | None = None
    """The problem in as few characters as possible, for small models; `question` where it is None."""
    key: Any = None
    """What makes the problem the same problem (JSON); decides its split. Default: question and answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Task:
    """One problem, ready to be asked and, later, graded."""

    env_id: str
    prompt: tuple[Message, ...]
    """Chat messages, system first where there is one."""
    answer: Any = None
    """The gold answer (JSON), or None."""
    metadata: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """JSON: what the verifier needs, and `difficulty` where the env has levels."""
    split: str = "train"
    task_id: str = ""
    """Content hash of env id, prompt, answer and metadata; computed where it is empty."""

    def __post_init__(self) -> None:
        if not self.task_id:
            hashed = content_hash(self.env_id, self.prompt, self.answer, self.metadata)
            object.__setattr__(self, "task_id", hashed)

    @property
    def text(self) -> str:
        """The prompt as one string: the messages' contents, joined by blank lines."""
        return "\n\n".join(m["content"] for m in self.prompt)

    def to_json(self) -> dict[str, Any]:
        """Plain data; `Task.from_json` gives the same task back."""
        return {
            "env_id": self.env_id,
            "task_id": self.task_id,
            "prompt": list(self.prompt),
            "answer": self.answer,
            "metadata": dict(self.metadata),
            "split": self.split,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The task of `to_json`'s data. Raises TaskError naming the field that is missing or of the wrong type."""
        fields = {f.name for f in dataclasses.fields(cls)}
        if surplus := set(data) - fields:
            raise TaskError(f"a task has no field {sorted(surplus)[0]!r}; its fields are {', '.join(sorted(fields))}")
        env_id, prompt = data.get("env_id"), data.get("prompt", ())
        if not isinstance(env_id, str) or not env_id:
            raise TaskError(f"a task needs 'env_id', a text such as 'math/arithmetic-v0'; got {env_id!r}")
        if isinstance(prompt, str):
            prompt = ({"role": "user", "content": prompt},)
        return cls(
            env_id=env_id,
            prompt=_messages(prompt),
            answer=data.get("answer"),
            metadata=_mapping(data.get("metadata", {})),
            split=_text(data, "split", "train"),
            task_id=_text(data, "task_id", ""),
        )


def _text(data: Mapping[str, Any], key: str, default: str) -> str:
    value = data.get(key, default)
    if not isinstance(value, str):
        raise TaskError(f"a task's {key!r} is a text; got {value!r}")
    return value


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TaskError(f"a task's 'metadata' is an object; got {type(value).__name__}")
    return cast("Mapping[str, Any]", value)


def _messages(value: Any) -> tuple[Message, ...]:
    if not isinstance(value, Sequence):
        raise TaskError(f"a task's 'prompt' is a list of messages or a text; got {type(value).__name__}")
    out: list[Message] = []
    for item in cast("Sequence[Any]", value):
        message = cast("Mapping[str, Any]", item if isinstance(item, Mapping) else {})
        role, content = message.get("role"), message.get("content")
        if not isinstance(role, str) or not isinstance(content, str):
            raise TaskError(f"a prompt message is an object with the texts 'role' and 'content'; got {item!r}")
        out.append({"role": role, "content": content})
    return tuple(out)


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """One answer of a policy, with its tokens where the policy has them."""

    text: str
    finish_reason: str = "stop"
    """"stop" (the policy ended it), "length" (cut at the token limit) or "error" (no answer came; see `error`)."""
    token_ids: tuple[int, ...] | None = None
    """The generated token ids, end-of-sequence included; shape [T]."""
    logprobs: tuple[float, ...] | None = None
    """Log-probability of each generated token at the sampling temperature, in nats; shape [T]."""
    prompt_token_ids: tuple[int, ...] | None = None
    num_prompt_tokens: int | None = None
    num_tokens: int | None = None
    error: str | None = None

    @property
    def truncated(self) -> bool:
        """True where the answer was cut at the token limit."""
        return self.finish_reason == "length"


class Outcome(StrEnum):
    """How a grading ended. The three are never confused: only `GRADED` and `NO_ANSWER` say something about the answer."""

    GRADED = "graded"
    NO_ANSWER = "no_answer"
    UNGRADABLE = "ungradable"


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """The judgement of one completion. Build it with `graded`, `no_answer` or `ungradable`."""

    score: float
    """In [0, 1]; NaN where the outcome is ungradable."""
    outcome: Outcome
    extracted: str | None = None
    """The answer found in the completion, or None."""
    reason: str = ""
    """Short and machine-readable first word: "equal", "different", "limit", "no_answer", "crash" ..."""
    parts: Mapping[str, float] = field(default_factory=dict[str, float])
    """Named components of the score, each in [0, 1] (for instance "strict")."""

    @classmethod
    def graded(cls, score: float, *, extracted: str | None = None, reason: str = "", parts: Mapping[str, float] | None = None) -> Self:
        """A judged answer. Raises ValueError where `score` is outside [0, 1]."""
        if not 0.0 <= score <= 1.0:
            raise ValueError(f"a verdict's score lies in [0, 1]; got {score!r}")
        return cls(score=float(score), outcome=Outcome.GRADED, extracted=extracted, reason=reason, parts=parts or {})

    @classmethod
    def no_answer(cls, reason: str = "no_answer", *, parts: Mapping[str, float] | None = None) -> Self:
        """The completion holds nothing to judge: score 0."""
        return cls(score=0.0, outcome=Outcome.NO_ANSWER, reason=reason, parts=parts or {})

    @classmethod
    def ungradable(cls, reason: str, *, extracted: str | None = None) -> Self:
        """Not the answer's fault (broken gold, crashed verifier, no sandbox): score NaN, kept out of every baseline."""
        return cls(score=math.nan, outcome=Outcome.UNGRADABLE, extracted=extracted, reason=reason)

    def to_json(self) -> dict[str, Any]:
        """Plain data; NaN becomes None."""
        return {
            "score": None if math.isnan(self.score) else self.score,
            "outcome": self.outcome.value,
            "extracted": self.extracted,
            "reason": self.reason,
            "parts": dict(self.parts),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """The verdict of `to_json`'s data."""
        score = data["score"]
        return cls(
            score=math.nan if score is None else float(score),
            outcome=Outcome(data["outcome"]),
            extracted=data.get("extracted"),
            reason=data.get("reason", ""),
            parts=data.get("parts") or {},
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """One step of an episode: what the policy saw last, what it said, how that was judged."""

    observation: str
    completion: Completion
    verdict: Verdict
    reward: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollout:
    """One episode, everything that is needed to read, regrade or train on it later."""

    task: Task
    turns: tuple[Turn, ...]
    messages: tuple[Message, ...]
    """The whole conversation, assistant messages included."""
    reward: float
    """The episode's return: the sum of its turns' rewards; NaN where a turn was ungradable."""
    terminated: bool = True
    truncated: bool = False
    """True where a budget (turns, context) ended the episode."""
    group_id: str = ""
    sample: int = 0
    """Index within the group, from 0."""
    policy: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict[str, float])
    """Wall seconds by phase: "generate", "grade"."""
    versions: Mapping[str, str] = field(default_factory=dict[str, str])
    info: Mapping[str, Any] = field(default_factory=dict[str, Any])

    @property
    def verdict(self) -> Verdict:
        """The last turn's verdict."""
        return self.turns[-1].verdict

    @property
    def completion(self) -> Completion:
        """The last turn's completion."""
        return self.turns[-1].completion

    @property
    def num_tokens(self) -> int | None:
        """Generated tokens over all turns, or None where the policy did not count them."""
        counts = [t.completion.num_tokens for t in self.turns]
        return None if any(c is None for c in counts) else sum(cast("list[int]", counts))

    def to_json(self, *, tokens: bool = False) -> dict[str, Any]:
        """Plain data for a JSONL line; `tokens` adds token ids and log-probabilities."""
        return {
            "task": self.task.to_json(),
            "turns": [_turn_json(t, tokens=tokens) for t in self.turns],
            "reward": None if math.isnan(self.reward) else self.reward,
            "terminated": self.terminated,
            "truncated": self.truncated,
            "group_id": self.group_id,
            "sample": self.sample,
            "policy": self.policy,
            "num_tokens": self.num_tokens,
            "seconds": dict(self.seconds),
            "versions": dict(self.versions),
            **({"info": dict(self.info)} if self.info else {}),
        }


def _turn_json(turn: Turn, *, tokens: bool) -> dict[str, Any]:
    done = turn.completion
    data: dict[str, Any] = {
        "observation": turn.observation,
        "completion": done.text,
        "finish_reason": done.finish_reason,
        "verdict": turn.verdict.to_json(),
        "reward": None if math.isnan(turn.reward) else turn.reward,
    }
    if done.error:
        data["error"] = done.error
    if tokens:
        data |= {"prompt_token_ids": done.prompt_token_ids, "token_ids": done.token_ids, "logprobs": done.logprobs}
    return data


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The rollouts of one task."""

    task: Task
    rollouts: tuple[Rollout, ...]

    @property
    def rewards(self) -> tuple[float, ...]:
        """The rollouts' rewards, NaN for ungradable ones; shape [G]."""
        return tuple(r.reward for r in self.rollouts)
