r"""`math/deepscaler-v0`: the paper's math data, agentica-org/DeepScaleR-Preview-Dataset, or any set of problems with gold answers.

The columns are `problem` (or `question`), `answer` and, unused unless asked for, `solution`. Where a set keeps its golds elsewhere, `gold`
says where: "answer" (the column is the answer), "box" (the last `\boxed{...}` of the solution, as in MATH), "hashes" (what follows `####`
in the answer, as in GSM8K). An answer may be a text, a number, or a list of accepted ones; rows whose gold is empty or cannot be read are
left out and counted, each under its reason.

Source of the data and its use: ProRL, arXiv 2505.24864, section on training data.
"""

import math
from typing import Any, Literal, cast

from prorl_env_math.checker import GoldError, judge
from prorl_env_math.either import rule
from prorl_env_math.verifier import MathVerifier, accepted
from prorl_gym import extract
from prorl_gym.dataset import DatasetEnv, RowError, Schema
from prorl_gym.errors import ConfigError
from prorl_gym.rows import Row
from prorl_gym.types import Draft

Place = Literal["answer", "box", "hashes"]
PLACES: tuple[Place, ...] = ("answer", "box", "hashes")
_PROBE = "-7654321.5"


class DeepScaleR(DatasetEnv):
    """Problems of a data set, judged like those of every math environment.

    `gold` says where a row's answer stands; `checker` "either" takes the paper's rule (see `either`) and needs math-verify. Raises ConfigError
    for other values, MissingExtraError where math-verify is wanted and not installed.
    """

    schema = Schema(
        hub="agentica-org/DeepScaleR-Preview-Dataset",
        columns={"question": ("problem", "question"), "answer?": ("answer",), "solution?": ("solution",)},
        example="deepscaler.jsonl",
    )
    verifier = MathVerifier()
    instructions = "Reason step by step, and give your final answer in \\boxed{}."
    terse_instructions = "Answer in \\boxed{}."

    def __init__(self, *, gold: Place = "answer", checker: str = "own", **settings: Any) -> None:
        super().__init__(**settings)
        if gold not in PLACES:
            raise ConfigError(f"{self.env_id}: gold is one of {', '.join(PLACES)}; got {gold!r}")
        self.place, self.rule = gold, rule(self.env_id, checker)

    def read(self, row: Row) -> Draft:
        """The problem of a row. Raises RowError: "no question", "no gold", "unreadable gold"."""
        if not isinstance(row["question"], str):
            raise RowError("no question")
        golds = [self._gold(item) for item in _items(row["solution"] if self.place == "box" and row["solution"] is not None else row["answer"])]
        return Draft(question=row["question"].strip(), answer=golds[0] if len(golds) == 1 else golds, metadata=self.rule)

    def _gold(self, item: Any) -> str:
        text = _text(item)
        if self.place == "box":
            text = extract.last_boxed(text) or ""
        elif self.place == "hashes":
            text = text.rpartition("####")[2] if "####" in text else ""
        if not text.strip():
            raise RowError("no gold")
        if not _readable(text.strip()):
            raise RowError("unreadable gold")
        return text.strip()


def _items(answer: Any) -> list[Any]:
    """The accepted answers of a column's value. Raises RowError where there are none."""
    items = cast("list[Any]", answer) if isinstance(answer, list) else [answer]
    if not items or any(item is None or item == "" for item in items):
        raise RowError("no gold")
    return items


def _text(item: Any) -> str:
    """A text or a number as text: `12.0` is `12`."""
    if isinstance(item, str):
        return item
    if isinstance(item, bool) or not isinstance(item, int | float) or not math.isfinite(item):
        raise RowError("unreadable gold")
    return str(int(item)) if item == int(item) else repr(item)


def _readable(gold: str) -> bool:
    """True where an answer can be judged against the gold: it is mathematics that the parser reads, or words."""
    if not accepted(gold):
        return False
    try:
        return not judge(gold, _PROBE).reason.startswith("limit")
    except GoldError:
        return False
