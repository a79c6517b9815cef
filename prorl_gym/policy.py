"""Policies: what answers. A policy takes a stream of requests and gives completions as they finish, in any order.

    class Echo:
        name = "echo"
        def complete(self, requests):
            for request in requests:
                yield request, Completion(text=request.messages[-1]["content"])

Here: scripted policies, for datasets and tests, and any OpenAI-compatible endpoint. The trainer adds those with a model in the process.
"""

import os
import random
import string
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Any, Protocol

from prorl_gym.errors import ConfigError, PolicyError, closest, missing_extra
from prorl_gym.registry import load_object, registry
from prorl_gym.streams import item_seed
from prorl_gym.types import Completion, Message, Task
from prorl_gym.verifier import Verifier


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One thing to answer."""

    key: int
    """The caller's number; comes back with the completion."""
    messages: tuple[Message, ...]
    task: Task
    sample: int = 0
    """Index within the group; with the group and the number of messages it seeds whatever is random."""
    group_id: str = ""
    """The group that the episode belongs to; default: its task's own."""
    verifier: Verifier | None = None
    """For scripted policies only, which know the gold answer."""


class Policy(Protocol):
    """What answers."""

    name: str

    def complete(self, requests: Iterator[Request]) -> Iterator[tuple[Request, Completion]]:
        """Answer every request, each completion as soon as it is there. Draws from `requests` no faster than it can answer.

        A request that cannot be answered gives a Completion with finish_reason "error"; it does not end the stream.
        """
        ...


def _seeded(request: Request) -> random.Random:
    return random.Random(item_seed(request.task.task_id, "policy", 0, request.sample, len(request.messages)))


class Scripted:
    """Answers without a model. `accuracy` is the share of gold answers; the rest is `otherwise`: "wrong" or "garbage".

    `gold`, `wrong`, `garbage` and `noisy` are its registered presets. The same task and sample get the same answer in every run.
    """

    def __init__(self, *, name: str = "gold", accuracy: float = 1.0, otherwise: str = "wrong") -> None:
        if not 0.0 <= accuracy <= 1.0 or otherwise not in ("wrong", "garbage"):
            raise ConfigError(f"a scripted policy takes accuracy in [0, 1] and otherwise 'wrong' or 'garbage'; got {accuracy!r}, {otherwise!r}")
        self.name, self.accuracy, self.otherwise = name, accuracy, otherwise

    def complete(self, requests: Iterator[Request]) -> Iterator[tuple[Request, Completion]]:
        """One scripted answer for each request."""
        for request in requests:
            yield request, self._answer(request)

    def _answer(self, request: Request) -> Completion:
        verifier = request.verifier
        if self.accuracy >= 1.0 or (self.accuracy > 0.0 and _seeded(request).random() < self.accuracy):
            gold = verifier.gold(request.task) if verifier else None
            if gold is None:
                return Completion(text="", finish_reason="error", error=f"no gold answer is known for {request.task.env_id}")
            return Completion(text=gold)
        wrong = verifier.wrong(request.task) if verifier and self.otherwise == "wrong" else None
        return Completion(text=_garbage(_seeded(request)) if wrong is None else wrong)


def _garbage(rng: random.Random) -> str:
    return "".join(rng.choices(string.printable + "äπ√🙂", k=rng.randrange(1, 60)))


def gold() -> Scripted:
    """Always the gold answer."""
    return Scripted()


def wrong() -> Scripted:
    """Always the listed wrong answer."""
    return Scripted(name="wrong", accuracy=0.0)


def garbage() -> Scripted:
    """Random characters."""
    return Scripted(name="garbage", accuracy=0.0, otherwise="garbage")


def noisy(accuracy: float = 0.5) -> Scripted:
    """Gold with the given probability, else wrong."""
    return Scripted(name="noisy", accuracy=accuracy)


class Endpoint:
    """Any OpenAI-compatible chat endpoint, `concurrency` requests at a time, each with a deadline and retries.

    Arguments: `model`; `base_url` (default: the environment variable OPENAI_BASE_URL); `api_key` (default: OPENAI_API_KEY, or "none" for local
    servers); sampling (`temperature`, `top_p`, `max_tokens`); `timeout_s` for one request; `retries` with exponential waits. An answer that does
    not come is a completion with finish_reason "error". The first `patience` requests in a row that fail end the job with a PolicyError: the
    endpoint is down or the key is wrong, and a dataset of errors helps nobody.
    """

    def __init__(
        self,
        *,
        model: str,
        base_url: str | None = None,
        api_key: str | None = None,
        temperature: float = 0.6,
        top_p: float = 0.95,
        max_tokens: int = 4096,
        concurrency: int = 32,
        timeout_s: float = 600.0,
        retries: int = 4,
        patience: int = 8,
    ) -> None:
        try:
            import openai
        except ImportError as error:
            raise missing_extra("openai", "endpoint", wanted_by="the policy 'endpoint'") from error
        self.name, self.concurrency, self.patience = model, concurrency, patience
        self._sampling: dict[str, Any] = {"temperature": temperature, "top_p": top_p, "max_tokens": max_tokens}
        self._client: Any = openai.OpenAI(
            base_url=base_url, api_key=api_key or os.environ.get("OPENAI_API_KEY") or "none", timeout=timeout_s, max_retries=retries
        )
        self._failures, self._answered = 0, False
        self._lock = threading.Lock()

    def complete(self, requests: Iterator[Request]) -> Iterator[tuple[Request, Completion]]:
        """Keep `concurrency` requests under way; give each answer as it comes."""
        running: dict[Future[Completion], Request] = {}
        exhausted = False
        with ThreadPoolExecutor(self.concurrency, thread_name_prefix="endpoint") as threads:
            try:
                while True:
                    while not exhausted and len(running) < self.concurrency:
                        request = next(requests, None)
                        if request is None:
                            exhausted = True
                        else:
                            running[threads.submit(self._ask, request)] = request
                    if not running:
                        return
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    for future in done:
                        yield running.pop(future), future.result()
            finally:
                threads.shutdown(wait=False, cancel_futures=True)

    def _ask(self, request: Request) -> Completion:
        try:
            reply = self._client.chat.completions.create(model=self.name, messages=list(request.messages), seed=request.sample, **self._sampling)
            choice = reply.choices[0]
            usage = reply.usage
        except Exception as error:  # the endpoint boundary: one failed request is data
            return self._failed(error)
        self._answered = True
        message = choice.message
        thoughts = getattr(message, "reasoning_content", None)
        text = (f"<think>{thoughts}</think>" if thoughts else "") + (message.content or "")
        return Completion(
            text=text,
            finish_reason="length" if choice.finish_reason == "length" else "stop",
            num_prompt_tokens=usage.prompt_tokens if usage else None,
            num_tokens=usage.completion_tokens if usage else None,
        )

    def _failed(self, error: Exception) -> Completion:
        with self._lock:
            self._failures += 1
        if not self._answered and self._failures >= self.patience:
            raise PolicyError(
                f"the endpoint {self._client.base_url} answered none of the first {self.patience} requests; the last error: "
                f"{type(error).__name__}: {error}. Check the address, the model's name {self.name!r} and the key"
            ) from error
        return Completion(text="", finish_reason="error", error=f"{type(error).__name__}: {error}"[:500])


_BUILT_IN = {
    "gold": "prorl_gym.policy:gold",
    "wrong": "prorl_gym.policy:wrong",
    "garbage": "prorl_gym.policy:garbage",
    "noisy": "prorl_gym.policy:noisy",
    "endpoint": "prorl_gym.policy:Endpoint",
}


def policy_names() -> dict[str, str]:
    """Every policy that `make_policy` knows, with its entry point."""
    return {**_BUILT_IN, **registry().names("policy")}


def make_policy(name: str, /, **options: Any) -> Policy:
    """The policy of that name. Raises ConfigError for a wrong name or option, MissingExtraError where a package is absent."""
    known = policy_names()
    if name not in known:
        near = closest(name, known, limit=1)
        raise ConfigError(f"no policy is named {name!r}; {f'did you mean {near[0]!r}? ' if near else ''}known: {', '.join(known)}")
    factory: Callable[..., Policy] = load_object(known[name], extra="train")
    try:
        return factory(**options)
    except TypeError as error:
        raise ConfigError(f"the policy {name!r} cannot be made with {options!r}: {error}") from error


def take(requests: Iterator[Request], count: int) -> list[Request]:
    """Up to `count` requests; fewer where the stream ends. For policies that work in batches."""
    taken: list[Request] = []
    while len(taken) < count and (request := next(requests, None)) is not None:
        taken.append(request)
    return taken
