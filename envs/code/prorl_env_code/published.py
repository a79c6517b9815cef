"""The published data sets of programming problems, each from its columns as they are.

| env | tests | a gold |
|---|---|---|
| code/eurus-v0 | `reward_model.ground_truth`, JSON text, rows of ability "code" | none is published |
| code/apps-v0, code/taco-v0 | `input_output`, JSON text | the first of `solutions` that is Python 3 |
| code/code_contests-v0 | public, private and generated tests | the first Python 3 solution |
| code/humaneval-v0 | `test`, the function `check(candidate)` | `prompt` and `canonical_solution` |
| code/mbpp-v0 | `test_list` and `challenge_test_list`, of which the prompt shows the first | `code` |

A row whose tests are missing, unreadable, without any expected output or for a package that the sandbox has not got is left out under that
reason, and so is a problem that accepts several answers but brings no checker program: a comparison with one of them would punish right programs.
"""

import ast
import sys
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from prorl_env_code.columns import any_order, as_list, as_mapping, no_longer_than, openness, parsed_tests, python_3, tolerance_of
from prorl_env_code.program import in_languages, known_languages, taken_languages
from prorl_env_code.suite import SuiteError, read_suite
from prorl_env_code.verifier import CodeVerifier
from prorl_gym.dataset import DatasetEnv, RowError, Schema
from prorl_gym.errors import ConfigError
from prorl_gym.types import Draft
from prorl_gym.verifier import Verifier

MAX_TESTS_CHARS = 8_000_000
"""Characters of a row's inputs and outputs together; tests beyond that are left away."""
_EURUS_REQUEST = "Write Python code to solve the problem."


class _Published(DatasetEnv):
    """What the loaders share. Arguments beside a `DatasetEnv`'s: `max_tests`, the first so many tests of each problem (default: all); `languages`,
    those that a program on standard input may be written in.
    """

    verifier: ClassVar[Verifier] = CodeVerifier()
    instructions = "Give the complete program in one fenced code block."
    default_max_tests: ClassVar[int | None] = None

    def __init__(self, *, max_tests: int | None = None, languages: Sequence[str] = ("python",), **settings: Any) -> None:
        if max_tests is not None and (isinstance(max_tests, bool) or max_tests < 1):
            raise ConfigError(f"max_tests is a whole number above 0; got {max_tests!r}")
        self.max_tests = max_tests or self.default_max_tests
        super().__init__(**settings)
        self.languages = known_languages(self.env_id, languages)

    def drafted(self, question: str, tests: Mapping[str, Any], *, metadata: Mapping[str, Any], reference: str | None) -> Draft:
        """A problem from its statement and its tests. Raises RowError."""
        answer: Any = no_longer_than(tests, self.max_tests, MAX_TESTS_CHARS)
        languages = self.languages if "inputs" in tests and not tests.get("fn_name") else ("python",)
        kept = {**{key: value for key, value in metadata.items() if value is not None}, **taken_languages(languages, reference)}
        try:
            read_suite(answer, kept)
        except SuiteError:
            raise RowError("unreadable tests") from None
        return Draft(question=question, answer=answer, metadata=kept, key=" ".join(question.split()))

    def with_columns(self, question: Any, tests: Mapping[str, Any], *, starter: Any = None, checker: Any = None, **more: Any) -> Draft:
        """A problem whose tests are inputs and outputs."""
        text = _text(question, "no question")
        name, unordered = tests.get("fn_name"), any_order(text)
        if checker is None and (openness(text) or (unordered and not name)):
            raise RowError("several answers and no checker")
        reads = in_languages("The program reads standard input and prints to standard output.", self.languages)
        form = f"Write the function `{name}`." if name else reads
        start = f"\n\nStart from this code:\n\n```python\n{starter.rstrip()}\n```" if isinstance(starter, str) and starter.strip() else ""
        reference = more.pop("reference", None)
        metadata = {**more, "checker": checker, "tolerance": tolerance_of(text), "any_order": unordered or None}
        return self.drafted(f"{text.strip()}{start}\n\n{form}", tests, metadata=metadata, reference=reference)


class Eurus(_Published):
    """The code rows of PRIME-RL/Eurus-2-RL-Data, the paper's source."""

    schema = Schema(
        hub="PRIME-RL/Eurus-2-RL-Data",
        columns={
            "prompt": ("prompt",),
            "ability": ("ability",),
            "tests": ("reward_model.ground_truth",),
            "source?": ("data_source",),
            "solution?": ("extra_info.solution",),
        },
        example="eurus.jsonl",
    )

    def read(self, row: Mapping[str, Any]) -> Draft:
        """One row."""
        if row["ability"] != "code":
            raise RowError("another ability than code")
        question = _text(_last_user(row["prompt"]), "no question")
        head, request, _ = question.rpartition(_EURUS_REQUEST)
        return self.with_columns(head if request else question, parsed_tests(row["tests"]), source=row["source"], reference=_maybe(row["solution"]))


class Apps(_Published):
    """codeparrot/apps."""

    schema = Schema(
        hub="codeparrot/apps",
        columns={
            "question": ("question",),
            "tests": ("input_output",),
            "solutions?": ("solutions",),
            "starter?": ("starter_code",),
            "rating?": ("difficulty",),
            "checker?": ("checker",),
        },
        example="apps.jsonl",
    )

    def read(self, row: Mapping[str, Any]) -> Draft:
        """One row."""
        return self.with_columns(
            row["question"],
            parsed_tests(row["tests"]),
            starter=row["starter"],
            checker=row["checker"],
            reference=python_3(row["solutions"]),
            rating=_maybe(row["rating"]),
        )


class Taco(Apps):
    """BAAI/TACO, whose columns are those of APPS and some more."""

    schema = Schema(hub="BAAI/TACO", columns=Apps.schema.columns, example="taco.jsonl")


class CodeContests(_Published):
    """deepmind/code_contests: programs on standard input, with the limits of the contest."""

    default_max_tests = 60
    schema = Schema(
        hub="deepmind/code_contests",
        columns={
            "question": ("description",),
            "public": ("public_tests",),
            "private?": ("private_tests",),
            "generated?": ("generated_tests",),
            "solutions?": ("solutions",),
            "time?": ("time_limit",),
            "memory?": ("memory_limit_bytes",),
            "input_file?": ("input_file",),
            "checker?": ("checker",),
        },
        example="code_contests.jsonl",
    )

    def read(self, row: Mapping[str, Any]) -> Draft:
        """One row."""
        if row["input_file"]:
            raise RowError("reads a file, not standard input")
        tests: dict[str, Any] = {"inputs": [], "outputs": []}
        for part in (row["public"], row["private"], row["generated"]):
            for ours, theirs in (("inputs", "input"), ("outputs", "output")):
                tests[ours] += as_list(as_mapping(part).get(theirs))
        return self.with_columns(
            row["question"],
            parsed_tests(tests),
            checker=row["checker"],
            reference=python_3(_in_python_3(row["solutions"])),
            limits=_contest_limits(row["time"], row["memory"]),
        )


class HumanEval(_Published):
    """openai/openai_humaneval, and sets of its shape."""

    instructions = "Give the complete function in one fenced code block."
    schema = Schema(
        hub="openai/openai_humaneval",
        split="test",
        columns={"prompt": ("prompt",), "test": ("test",), "entry": ("entry_point",), "solution?": ("canonical_solution",)},
        rows_to="test",
        example="humaneval.jsonl",
    )

    def read(self, row: Mapping[str, Any]) -> Draft:
        """One row."""
        prompt, test, entry = _text(row["prompt"], "no question"), _text(row["test"], "no tests"), _text(row["entry"], "no entry point")
        _stdlib_only(test)
        prelude = "\n".join(prompt.split("\n")[: _line_of(prompt, entry)]).strip("\n")
        return self.drafted(
            f"Complete this function.\n\n```python\n{prompt.rstrip()}\n```",
            {"check": test, "entry_point": entry},
            metadata={"prelude": prelude or None},
            reference=prompt + row["solution"] if isinstance(row["solution"], str) else None,
        )


class Mbpp(_Published):
    """google-research-datasets/mbpp, full or sanitized. The prompt shows the first assert; all of them are run."""

    instructions = "Give the complete function in one fenced code block."
    schema = Schema(
        hub="google-research-datasets/mbpp",
        config="full",
        split="test",
        columns={
            "question": ("text", "prompt"),
            "tests": ("test_list",),
            "more?": ("challenge_test_list",),
            "setup?": ("test_setup_code",),
            "imports?": ("test_imports",),
            "code?": ("code",),
        },
        rows_to="test",
        example="mbpp.jsonl",
    )

    def read(self, row: Mapping[str, Any]) -> Draft:
        """One row."""
        asserts = [text for part in (row["tests"], row["more"]) for text in _texts(part)]
        if not asserts:
            raise RowError("no tests")
        setup = "\n".join([*_texts(row["imports"]), *_texts([row["setup"]])]).strip()
        _stdlib_only(setup)
        return self.drafted(
            f"{_text(row['question'], 'no question').strip()}\n\nThe first of its tests:\n\n```python\n{asserts[0]}\n```",
            {"asserts": asserts, **({"setup": setup} if setup else {})},
            metadata={},
            reference=_maybe(row["code"]),
        )


def _text(value: Any, missing: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise RowError(missing)
    return value


def _maybe(value: Any) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: Any) -> list[str]:
    return [v for v in as_list(value) if isinstance(v, str) and v]


def _last_user(prompt: Any) -> Any:
    """The text of the last user message of a chat."""
    said = [m.get("content") for m in map(as_mapping, as_list(prompt)) if m.get("role") == "user"]
    return said[-1] if said else prompt


def _in_python_3(solutions: Any) -> list[Any]:
    """The Python 3 programs of a list with language numbers beside it."""
    given = as_mapping(solutions)
    return [text for number, text in zip(as_list(given.get("language")), as_list(given.get("solution")), strict=False) if number in (3, "PYTHON3")]


def _contest_limits(time: Any, memory: Any) -> dict[str, float] | None:
    """The contest's limits for one test; the whole completion has ten times the time of one."""
    limits: dict[str, float] = {}
    given = as_mapping(time)
    seconds = float(given.get("seconds") or 0) + float(given.get("nanos") or 0) / 1e9
    if seconds > 0:
        limits |= {"cpu_s": seconds * 2, "total_wall_s": max(5.0, seconds * 10)}
    if isinstance(memory, int) and memory > 0:
        limits["memory_mib"] = max(256, memory // 2**20)
    return limits or None


def _line_of(prompt: str, entry: str) -> int:
    """The number of the line that defines the entry point; 0 where none does."""
    lines = prompt.split("\n")
    return next((i for i, line in enumerate(lines) if line.startswith((f"def {entry}(", f"def {entry} ("))), 0)


def _stdlib_only(code: str) -> None:
    """Raises RowError where tests import what the sandbox has not got."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise RowError("unreadable tests") from None
    for node in ast.walk(tree):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        if any(name.partition(".")[0] not in sys.stdlib_module_names for name in names):
            raise RowError("tests need a package")
