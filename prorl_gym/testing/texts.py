"""What a verifier is fed beside right answers: texts that are no answer, texts of odd types and characters, long ones, hostile ones.

Every text stands in one list for its kind. A list is tried bare and inside the wrapper that the environment's own gold answer wears, so that
extraction and checking both meet it. None of these is a right answer to a sensible problem, short of coincidence (`same_answer`).
"""

from dataclasses import dataclass
from typing import Any, Self

import orjson

from prorl_gym.types import Task
from prorl_gym.verifier import Verifier

NOTHING = ("", " ", " \n\t \n", "\u00a0\u2003", "<think></think>", "<think>Let me think about it.</think>\n")
"""No answer at all."""

GARBAGE = (
    "I do not know.",
    "<think>only thoughts",
    "<think>one</think><think>two",
    "\\boxed{",
    "\\boxed{}",
    "\\boxed{ }",
    "<answer></answer>",
    "<answer> \n </answer>",
    "<answer>",
    "```python\n```",
    "```\n\n```",
    "```",
    "{" * 3000,
    "}" * 3000,
    "%s%n{0}{}",
    "?",
)
"""Shells of answers with nothing in them, and noise."""

ODD = (
    "null",
    "None",
    "nan",
    "NaN",
    "Infinity",
    "-Infinity",
    "undefined",
    "-0",
    "1e999",
    "-1e-999",
    "0x1F4A9",
    "3.14159265358979",
    "[]",
    "[1, 2, 3]",
    "[[[]]]",
    "{}",
    '{"answer": null}',
    '"',
    "''",
    "\x00\x01\x02\x1b[31m\x7f",
    "\ud800",
    "\ufeff\u200b\u200d\u2060",
    "\u202e\u200f\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627\u202c",
    "🙂🙃👩‍👩‍👧‍👦🏳️‍🌈",
    "e\u0301" * 20 + "Z\u0351\u036b\u0343\u036a\u0302",
    "１２３４５６７８９０１２３",
    "٠١٢٣٤٥٦٧٨٩٠١٢",
    "Ⅷ²⅞₃",
    "\r\n\r\n",
    "\u2028\u2029\x85",
)
"""JSON of other types, None-like words, control characters, right-to-left text, emoji, digits of other scripts."""

LONG_CHARS = 100_000
_UNITS = ("9", "a", "🙂", " ", "word ", "a, ", "1+", "((", "]{[}", "\\frac{", "a\n", "-1e9 ", "\\boxed{")
LONG = tuple((unit * (LONG_CHARS // len(unit) + 1))[:LONG_CHARS] for unit in _UNITS)
"""100 kB each."""

HOSTILE = (
    "9**9**9**9",
    "9^{9^{9^{9^{9}}}}",
    "10^(10^(10^10))",
    "100000000!",
    "((((((9!)!)!)!)!)!)",
    "\\binom{10^{9}}{5\\cdot 10^{8}}",
    "1e999999999",
    "1" + "0" * 5000 + "/" + "3" * 5000,
    "'a' * 10**10",
    "x" + "^2" * 2000,
    "\\sqrt{" * 2000 + "2" + "}" * 2000,
    "\\frac{1}{" * 1500 + "x" + "}" * 1500,
    "(" * 5000 + "1" + ")" * 5000,
    "[" * 5000 + "]" * 5000,
    "{[(" * 1000,
    "1/0",
    "0^0/0",
    "\\infty-\\infty",
    "\\def\\a{\\a\\a}\\a",
    "\\newcommand{\\b}[1]{#1#1\\b{#1}}\\b{x}",
    "%n%n%n{0.__class__.__mro__}",
    "__import__('os').system('exit 1')",
    "().__class__.__bases__[0].__subclasses__()",
    'exec("raise SystemExit")',
    "a" * 5000 + "!",
    "0" * 5000 + "x",
    "a,a" * 3000,
    " " * 5000 + "x",
    "\\sum_{n=1}^{10^{12}} \\prod_{k=1}^{10^{12}} k^n",
    "<answer>" * 3000,
    "<think>" * 3000 + "</think>" * 2999,
    "```\n" * 3000,
)
"""What has hung, crashed or taken over graders: towers, factorials, nesting, macros, format strings, code, traps for regular expressions."""


@dataclass(frozen=True, slots=True)
class Wrapper:
    """What stands around the answer in a gold completion, as `verifier.extract` reads it."""

    before: str
    after: str

    @classmethod
    def of(cls, verifier: Verifier, task: Task, gold: str | None) -> Self:
        """The wrapper of the task's gold; an empty one where the whole text is the answer, or where none can be told."""
        inner = verifier.extract(task, gold, mode="strict") if gold else None
        at = gold.rfind(inner) if gold and inner else -1
        return cls("", "") if not gold or not inner or at < 0 else cls(gold[:at], gold[at + len(inner) :])

    @property
    def worn(self) -> bool:
        """True where there is a wrapper, so that prose around it is no part of the answer."""
        return len("".join((self.before + self.after).split())) >= 4

    def around(self, text: str) -> str:
        """The text as an answer."""
        return f"{self.before}{text}{self.after}"

    def within(self, gold: str) -> str:
        """The answer of a gold completion that wears this wrapper."""
        return gold[len(self.before) : len(gold) - len(self.after)]


def dressed(gold: str, wrapper: Wrapper) -> dict[str, str]:
    """The gold completion in clothes that change nothing: with thinking in front, with blank lines, with prose around its wrapper."""
    forms = {
        "thinking in front": f"<think>It may be 17, or <answer>17</answer>, or \\boxed{{17}}. No.</think>\n{gold}",
        "a line break behind": f"{gold}\n",
        "blank lines around": f"\n\n{gold}\n\n",
    }
    if wrapper.worn:
        forms["prose in front"] = f"I went through it step by step and checked the result.\n\n{gold}"
        if wrapper.after.strip():
            forms["prose around"] = f"I went through it step by step.\n\n{gold}\n\nThat is what I get."
    return forms


def same_answer(task: Task, text: str, gold: str | None, wrapper: Wrapper) -> bool:
    """True where the text is the task's gold answer as it stands: equal as text, as JSON, or as a number."""
    said = " ".join(text.split()).casefold()
    answer: Any = task.answer
    known: list[Any] = [] if answer is None else [answer, *answer] if isinstance(answer, list) else [answer]
    golds = [*(str(k) for k in known), *([wrapper.within(gold)] if gold else [])]
    if any(said == " ".join(g.split()).casefold() for g in golds):
        return True
    value = _json(text)
    return value is not _NO_JSON and (value == answer or any(_number(g) == _number(text) is not None for g in golds))


_NO_JSON = object()


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except ValueError:
        return _NO_JSON


def _number(text: str) -> float | None:
    try:
        return float(text) if len(text) < 400 else None
    except ValueError:
        return None
