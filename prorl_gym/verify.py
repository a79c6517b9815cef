"""Grading a stream of completions, one JSON object a line in, one verdict a line out: what `prorl verify` does.

In: `id`; `env`, an env id or a domain's name; `task` (a whole stored task), or `answer` and optional `metadata`; `completion` (the answer
is extracted from it) or `extracted` (it is the answer); optional `mode`. Out, in the order of the input: `id`, `score` (null where
ungradable), `outcome`, `extracted`, `reason`. A line that cannot be used gets a record too, with its `line` number and a reason that starts with
"bad input", and the rest is graded. Blank lines are skipped.

A thread of its own reads and queues, so that a consumer on a pipe has each result as soon as it is known, whether or not another line
comes. Memory is bounded by the queue and by `MAX_LINE_BYTES`.
"""

import json
import queue
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

import orjson

from prorl_gym.errors import ProrlError, TaskError, closest, unknown
from prorl_gym.pool import GradeRequest, VerifierPool
from prorl_gym.registry import verifier_ref
from prorl_gym.types import Task, Verdict, canonical_json
from prorl_gym.verifier import MODES, Mode

MAX_LINE_BYTES = 16 * 1024 * 1024
"""A longer line is bad input; the longest completion that is graded fits in it several times."""
QUEUED_PER_WORKER = 64
FIELDS = ("id", "env", "task", "answer", "metadata", "completion", "extracted", "mode")
_BOM = b"\xef\xbb\xbf"
_LONG_NUMBER = re.compile(rb"[0-9]{19}")


@dataclass(frozen=True, slots=True)
class _Pending:
    """One input line on its way to its output line: a verdict to come, or what is wrong with the line."""

    id: Any
    line: int
    verdict: "Future[Verdict] | None" = None
    fault: str = ""

    def record(self) -> tuple[str, dict[str, Any]]:
        """What it counts as, and the output record; waits for the verdict."""
        if self.verdict is None:
            reason = f"bad input: {self.fault}"
            return "bad_input", {"id": self.id, "line": self.line, "score": None, "outcome": "ungradable", "extracted": None, "reason": reason}
        data = self.verdict.result().to_json()
        del data["parts"]
        return data["outcome"], {"id": self.id, **data}


def verify_stream(source: BinaryIO, sink: BinaryIO, *, pool: VerifierPool, mode: Mode = "strict") -> Counter[str]:
    """Grade the lines of `source` into `sink`; `mode` of extraction where a line names none.

    Returns how many lines ended "graded", "no_answer", "ungradable" or as "bad_input". Raises only what reading or writing raises.
    """
    waiting: queue.Queue[_Pending | BaseException | None] = queue.Queue(maxsize=QUEUED_PER_WORKER * pool.workers)
    stop = threading.Event()
    threading.Thread(target=_read, args=(source, waiting, stop, pool, mode), name="verify-reader", daemon=True).start()
    counts: Counter[str] = Counter()
    try:
        while (item := _next(waiting, sink)) is not None:
            if isinstance(item, BaseException):
                raise item
            if item.verdict is not None and not item.verdict.done():
                sink.flush()
            kind, record = item.record()
            counts[kind] += 1
            sink.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))
        sink.flush()
    finally:
        stop.set()
        while not waiting.empty():  # lets a reader that waits for room see the stop
            waiting.get_nowait()
    return counts


def _next(waiting: "queue.Queue[Any]", sink: BinaryIO) -> Any:
    """The next item; whoever reads our output gets all of it before we wait."""
    try:
        return waiting.get_nowait()
    except queue.Empty:
        sink.flush()
        return waiting.get()


def _read(source: BinaryIO, waiting: "queue.Queue[Any]", stop: threading.Event, pool: VerifierPool, mode: Mode) -> None:
    try:
        for number, line in _lines(source):
            if stop.is_set():
                return
            waiting.put(_submit(number, line, pool, mode))
        waiting.put(None)
    except BaseException as error:  # a thread's boundary: the writer raises it
        waiting.put(error)


def _lines(source: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Line number and line, blank ones left out; None in place of a line that is too long."""
    number = 0
    while line := source.readline(MAX_LINE_BYTES + 1):
        number += 1
        if len(line) > MAX_LINE_BYTES and not line.endswith(b"\n"):
            while (rest := source.readline(MAX_LINE_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif text := line.removeprefix(_BOM).strip():
            yield number, text


def _submit(number: int, line: bytes | None, pool: VerifierPool, mode: Mode) -> _Pending:
    found: Any = None
    try:
        if line is None:
            raise TaskError(f"the line is longer than {MAX_LINE_BYTES} bytes")
        data = _parse(line)
        found = _id_of(data)
        if _LONG_NUMBER.search(line):
            _refuse_rounded(line)
        return _Pending(found, number, pool.submit(_request(data, mode)))
    except ProrlError as error:
        return _Pending(found, number, fault=str(error))
    except orjson.JSONEncodeError as error:
        return _Pending(found, number, fault=f"the task is nested too deeply: {error}")


def _parse(line: bytes) -> Mapping[str, Any]:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise TaskError(f"not valid JSON: {error}") from error
    if not isinstance(data, dict):
        raise TaskError(f"a line is a JSON object with the fields {', '.join(FIELDS)}; got {_kind(data)}")
    return cast("dict[str, Any]", data)


def _refuse_rounded(line: bytes) -> None:
    """Raises TaskError where a number outside a string would lose digits: integers beyond 64 bits become floats in the fast parser."""

    def integer(text: str) -> int:
        if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
            raise TaskError(f"the integer {text[:30]}{'...' if len(text) > 30 else ''} needs more than 64 bits; write it as a string")
        return 0

    try:
        json.loads(line, parse_int=integer)
    except RecursionError as error:
        raise TaskError("the JSON is nested too deeply") from error


def _id_of(data: Mapping[str, Any]) -> Any:
    found = data.get("id")
    if isinstance(found, dict | list):
        raise TaskError(f"'id' is a text or a number; got {_kind(found)}")
    if isinstance(found, float) and abs(found) >= 2**63:
        raise TaskError(f"'id' needs more than 64 bits; write it as a string (read as {found})")
    return found


def _request(data: Mapping[str, Any], mode: Mode) -> GradeRequest:
    completion, extracted = _text(data, "completion"), _text(data, "extracted")
    if completion is None and "extracted" in data and extracted is None:
        completion = ""  # an extraction that found nothing
    if completion is None and extracted is None:
        raise _missing(data, "completion", "'completion' (the answer is extracted from it) or 'extracted' (it is the answer)")
    if completion is not None and extracted is not None:
        raise TaskError("both 'completion' and 'extracted' are given; expected one of the two")
    env, task = _task(data)
    return GradeRequest(ref=verifier_ref(env), task=task, completion=completion, extracted=extracted, mode=_mode(data, mode))


def _task(data: Mapping[str, Any]) -> tuple[str, Task]:
    """The env or domain whose verifier judges, and the task."""
    env, stored = _text(data, "env"), data.get("task")
    if stored is not None:
        if data.get("answer") is not None or data.get("metadata") is not None:
            raise TaskError("both 'task' and 'answer' or 'metadata' are given; a stored task holds them already: leave them out")
        if not isinstance(stored, dict):
            raise TaskError(f"'task' is an object, a stored task; got {_kind(stored)}")
        task = Task.from_json(cast("dict[str, Any]", stored))
        canonical_json(task.to_json())  # what cannot be written as JSON again cannot reach a worker
        return env or task.env_id, task
    if env is None:
        raise _missing(data, "env", "'env', an env id such as 'math/arithmetic-v0' or a domain such as 'math'")
    if "answer" not in data and "metadata" not in data:
        raise _missing(data, "answer", "'answer' (with optional 'metadata'), or 'task', a whole stored task")
    metadata = data.get("metadata")
    if metadata is not None and not isinstance(metadata, dict):
        raise TaskError(f"'metadata' is an object; got {_kind(metadata)}")
    return env, Task(env_id=env, prompt=(), answer=data.get("answer"), metadata=cast("dict[str, Any]", metadata or {}))


def _mode(data: Mapping[str, Any], default: Mode) -> Mode:
    mode = _text(data, "mode")
    if mode is None:
        return default
    if mode not in MODES:
        raise unknown("mode of extraction", mode, MODES)
    return mode


def _text(data: Mapping[str, Any], key: str) -> str | None:
    value = data.get(key)
    if value is not None and not isinstance(value, str):
        raise TaskError(f"{key!r} is a text; got {_kind(value)}")
    return value


def _missing(data: Mapping[str, Any], field: str, expected: str) -> TaskError:
    near = closest(field, [key for key in data if key not in FIELDS], limit=1)
    return TaskError(f"missing {expected}{f'; is {near[0]!r} meant to be {field!r}?' if near else ''}")


def _kind(value: Any) -> str:
    """What a JSON value is, in JSON's words."""
    names = {type(None): "null", bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "an object"}
    return names[type(value)]
