"""The published data sets of the domain: Llama-Nemotron's instruction following rows for training, IFEval for measuring.

Rows carry demands, not answers: the gold of a task is a text that is built to meet them, where one can be built. A row whose demands cannot be
checked here is left out and counted under a reason that names the id.
"""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson

from prorl_env_instruct.catalogue import KINDS
from prorl_env_instruct.constraint import read, written
from prorl_env_instruct.verifier import InstructVerifier
from prorl_gym.dataset import DatasetEnv, RowError, Schema
from prorl_gym.env import Style
from prorl_gym.errors import TaskError
from prorl_gym.types import Draft, Message


class IFEval(DatasetEnv):
    """Rows of google/IFEval: `prompt`, `instruction_id_list`, `kwargs` with null for what an instruction does not use. All in the test split."""

    schema = Schema(
        hub="google/IFEval",
        columns={"prompt": ("prompt", "question"), "ids": ("instruction_id_list", "instruction_ids"), "kwargs": ("kwargs", "instruction_kwargs")},
        rows_to="test",
        example="ifeval.jsonl",
    )
    verifier = InstructVerifier()

    def read(self, row: Mapping[str, Any]) -> Draft:
        """The prompt as it stands, and its demands."""
        prompt = _parsed(row["prompt"])
        if not isinstance(prompt, str):
            raise RowError("prompt is no text")
        return Draft(question=prompt, answer=_demands(row["ids"], row["kwargs"]))


class LlamaNemotron(DatasetEnv):
    """Rows of the instruction following part of nvidia/Llama-Nemotron-Post-Training-Dataset: `input`, chat messages or a text, and `args`."""

    schema = Schema(
        hub="nvidia/Llama-Nemotron-Post-Training-Dataset",
        config="RL",
        split="instruction_following",
        columns={"input": ("input", "messages", "prompt"), "args": ("args", "ground_truth", "extra_info")},
        example="llama_nemotron.jsonl",
    )
    verifier = InstructVerifier()

    def read(self, row: Mapping[str, Any]) -> Draft:
        """The conversation up to the answer, and its demands. A single user message is the question, anything else is kept as messages."""
        messages = _messages(_parsed(row["input"]))
        args = _parsed(row["args"])
        if not isinstance(args, Mapping):
            raise RowError("args is no object")
        given = cast("Mapping[str, Any]", args)
        answer = _demands(given.get("instruction_id_list"), given.get("instruction_kwargs", given.get("kwargs")))
        plain = len(messages) == 1 and messages[0]["role"] == "user"
        question = "\n\n".join(m["content"] for m in messages)
        return Draft(question=question, answer=answer, metadata={} if plain else {"messages": messages})

    def prompt(self, draft: Draft, style: Style) -> tuple[Message, ...]:
        """The row's own messages."""
        kept: list[Message] | None = draft.metadata.get("messages")
        return super().prompt(draft, style) if kept is None else tuple(kept)


def _parsed(value: Any) -> Any:
    """The value; a text that is a JSON object or list is read."""
    if isinstance(value, str) and value.lstrip()[:1] in ("[", "{"):
        try:
            return orjson.loads(value)
        except orjson.JSONDecodeError:
            return value
    return value


def _messages(given: Any) -> list[Message]:
    """Chat messages of a list or a text. Raises RowError."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    out: list[Message] = []
    for item in cast("Sequence[Any]", given if isinstance(given, Sequence) else ()):
        message = cast("Mapping[str, Any]", item if isinstance(item, Mapping) else {})
        role, content = message.get("role"), message.get("content")
        if not isinstance(role, str) or not isinstance(content, str):
            raise RowError("input holds no chat messages")
        out.append({"role": role, "content": content})
    while out and out[-1]["role"] == "assistant":
        out.pop()
    if not out:
        raise RowError("input holds no chat messages")
    return out


def _demands(ids: Any, kwargs: Any) -> dict[str, Any]:
    """The published form of the demands, unused parameters left out. Raises RowError."""
    answer = {"instruction_id_list": _parsed(ids), "kwargs": _parsed(kwargs)}
    listed = answer["instruction_id_list"]
    if not isinstance(listed, Sequence) or isinstance(listed, str) or not listed:
        raise RowError("no instructions")
    for id in cast("Sequence[Any]", listed):
        if not isinstance(id, str) or id not in KINDS:
            raise RowError(f"unknown instruction {str(id)[:60]}")
    if isinstance(answer["kwargs"], Sequence) and not isinstance(answer["kwargs"], str):
        answer["kwargs"] = [_parsed(k) for k in cast("Sequence[Any]", answer["kwargs"])]
    try:
        return written(read(answer))
    except TaskError as error:
        named = next((id for id in cast("list[str]", listed) if str(error).startswith(f"{id}: ")), "")
        raise RowError(f"unusable kwargs of {named}" if named else "kwargs do not fit the instructions") from error
