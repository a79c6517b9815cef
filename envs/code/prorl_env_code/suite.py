"""A task's tests, read from `task.answer` and the rules in `task.metadata`.

| answer | tests |
|---|---|
| `{"inputs": [text], "outputs": [text]}` | a run on standard input each; an input or output may be a list of lines |
| `{"inputs": [[arguments]], "outputs": [value], "fn_name": "f"}` | a call each |
| `{"asserts": [text], "setup": optional, "entry_point": optional}` | asserts; as calls where `asserts` can read them, else a script in its own jail |
| `{"check": text, "entry_point": "f"}` | the body of `check(candidate)`, in the same two ways |
| a text | the JSON text of one of these, for integers beyond 64 bits |

`metadata["compare"]` ("tokens", "lines", "exact"), `metadata["tolerance"]`, `metadata["any_order"]` and `metadata["checker"]` say how results are
compared. Published sets of calls often wrap each expected value in a list of one: where every output is such a list, either reading may hold, but one
for all.
"""

import ast
import json
import math
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from prorl_env_code import asserts, dialogue, printed
from prorl_env_code.asserts import Assert, Call
from prorl_env_code.columns import as_list
from prorl_env_code.compare import Rules, same_value
from prorl_env_code.expressions import UnsupportedError
from prorl_gym.sandbox import RunResult

MAX_TEXT = 64 * 2**20
"""Characters of an answer that is given as JSON text."""


class SuiteError(ValueError):
    """The task's tests cannot be read: the task is at fault, not the answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Test:
    """Calls of the program and what must come of them."""

    calls: tuple[Call, ...]
    judges: tuple[Callable[[Sequence[RunResult]], bool], ...]
    """Whether the ended calls are right, under each reading of the task's outputs."""
    expected: Any = None
    """The expected output or value as the task gives it; None where there is no such thing."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Suite:
    """All tests of a task: `tests`, or else one `script`."""

    tests: tuple[Test, ...] = ()
    script: dialogue.Script | None = None
    checker: str | None = None
    """A program whose function `check(input, output, expected)` judges in place of a comparison."""

    @property
    def num_tests(self) -> int:
        """How many tests there are."""
        return len(self.tests) if self.script is None else self.script.num_tests

    @property
    def entries(self) -> tuple[str, ...]:
        """The functions that the tests call, sorted; empty for programs on standard input."""
        if self.script is not None:
            return self.script.entries
        return tuple(sorted({call.entry for test in self.tests for call in test.calls if call.entry}))


def read_suite(answer: Any, metadata: Mapping[str, Any] | None = None) -> Suite:
    """The tests of a gold answer. Raises SuiteError saying what is wrong with it."""
    rules = metadata or {}
    if isinstance(answer, str):
        answer = _parsed_json(answer)
    if not isinstance(answer, Mapping):
        raise SuiteError(
            f"a code task's answer is an object with 'inputs' and 'outputs', with 'asserts' or with 'check'; got {type(answer).__name__}"
        )
    given = cast("Mapping[str, Any]", answer)
    suite = _from_texts(given) if "asserts" in given or "check" in given else _from_columns(given, rules)
    if not suite.num_tests:
        raise SuiteError("the task has no tests")
    return suite


def _parsed_json(text: str) -> Any:
    if len(text) > MAX_TEXT:
        raise SuiteError(f"tests of {len(text)} characters; at most {MAX_TEXT} are read")
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SuiteError(f"tests given as a text must be JSON ({type(error).__name__}): {text[:80]!r}") from None


# Columns: inputs and outputs


def _from_columns(given: Mapping[str, Any], rules: Mapping[str, Any]) -> Suite:
    inputs, outputs, entry = given.get("inputs"), given.get("outputs"), given.get("fn_name")
    if not isinstance(inputs, list) or not isinstance(outputs, list):
        raise SuiteError("'inputs' and 'outputs' are lists")
    ins, outs = cast("list[Any]", inputs), cast("list[Any]", outputs)
    if len(ins) != len(outs):
        raise SuiteError(f"{len(ins)} inputs and {len(outs)} outputs; expected as many of the one as of the other")
    checker = rules.get("checker")
    if checker is not None and not isinstance(checker, str):
        raise SuiteError(f"metadata 'checker' is the text of a Python program; got {type(checker).__name__}")
    if entry is None:
        compare = _compare(rules)
        return Suite(tests=tuple(_stdio_test(i, o, compare) for i, o in zip(ins, outs, strict=True)), checker=checker)
    if not isinstance(entry, str) or not entry.isidentifier():
        raise SuiteError(f"'fn_name' is the name of a function; got {entry!r}")
    allowed = Rules(tolerance=_tolerance(rules), any_order=bool(rules.get("any_order")))
    wrapped = all(len(as_list(output)) == 1 for output in outs)
    keyed = bool(given.get("int_keys"))
    tests = tuple(_call_test(entry, _with_int_keys(i) if keyed else i, o, allowed, wrapped) for i, o in zip(ins, outs, strict=True))
    return Suite(tests=tests, checker=checker)


def _stdio_test(given: Any, wanted: Any, compare: printed.Compare) -> Test:
    expected = _lines(wanted)
    call = Call(entry=None, args=(_lines(given),))
    return Test(calls=(call,), judges=(lambda runs: compare(runs[0].stdout, expected),), expected=expected.decode("utf-8", "replace"))


def _lines(text: Any) -> bytes:
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")
    lines = as_list(text)
    if not isinstance(text, list) or not all(isinstance(line, str) for line in lines):
        raise SuiteError(f"without 'fn_name' inputs and outputs are texts or lists of lines; got {type(cast('Any', text)).__name__}")
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass")


def _call_test(entry: str, args: Any, wanted: Any, rules: Rules, wrapped: bool) -> Test:
    if not isinstance(args, list):
        raise SuiteError(f"with 'fn_name' each input is a list of arguments; got {type(args).__name__}")
    readings: tuple[Any, ...] = (wanted, wanted[0]) if wrapped else (wanted,)
    judges = tuple(_equals(reading, rules) for reading in readings)
    return Test(calls=(Call(entry=entry, args=tuple(cast("list[Any]", args))),), judges=judges, expected=wanted)


def _equals(wanted: Any, rules: Rules) -> Callable[[Sequence[RunResult]], bool]:
    return lambda runs: same_value(runs[0].value, wanted, rules)


def _with_int_keys(args: Any) -> Any:
    """Objects among the arguments whose keys all are integers' texts, as dicts of integers: JSON has no other way to write them."""
    if not isinstance(args, list):
        return args
    return [_int_keyed(cast("dict[str, Any]", a)) if isinstance(a, dict) else a for a in cast("list[Any]", args)]


def _int_keyed(value: dict[str, Any]) -> Any:
    return {int(k): v for k, v in value.items()} if value and all(k.lstrip("-").isdecimal() and len(k) < 20 for k in value) else value


def _compare(rules: Mapping[str, Any]) -> printed.Compare:
    name, tolerance = rules.get("compare", "tokens"), _tolerance(rules)
    if name not in printed.BY_NAME:
        raise SuiteError(f"metadata 'compare' is one of {', '.join(printed.BY_NAME)}; got {name!r}")
    return printed.BY_NAME[name] if tolerance is None else printed.same_numbers(tolerance)


def _tolerance(rules: Mapping[str, Any]) -> float | None:
    value = rules.get("tolerance")
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
        raise SuiteError(f"metadata 'tolerance' is a number of at least 0; got {value!r}"[:200])
    return float(value)


# Texts: asserts and check functions


def _from_texts(given: Mapping[str, Any]) -> Suite:
    entry = given.get("entry_point")
    if entry is not None and (not isinstance(entry, str) or not entry.isidentifier()):
        raise SuiteError(f"'entry_point' is the name of a function; got {entry!r}")
    if "check" in given and entry is None:
        raise SuiteError("'check' needs 'entry_point', the name of the function that it is given")
    texts = [given["check"]] if "check" in given else given["asserts"]
    if not isinstance(texts, list) or not all(isinstance(text, str) for text in cast("list[Any]", texts)):
        raise SuiteError("'asserts' is a list of texts, 'check' a text")
    setup, given_texts = str(given.get("setup") or ""), cast("list[str]", texts)
    tree = _parsed([setup, *given_texts])
    if not tree.body:
        raise SuiteError("the task has no tests")
    try:
        return Suite(tests=tuple(_assert_test(a) for a in asserts.read(tree, entry)))
    except UnsupportedError as error:
        reason = str(error)
    except RecursionError:
        reason = "an assert that is nested too deeply"
    try:
        return Suite(script=dialogue.script(_parsed([setup, *given_texts]), entry))
    except (UnsupportedError, RecursionError) as error:
        raise SuiteError(f"{reason}; nor as a script: {error}"[:300]) from None


def _parsed(texts: Sequence[str]) -> ast.Module:
    body: list[ast.stmt] = []
    for text in texts:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                body += ast.parse(text.strip()).body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise SuiteError(f"not Python: {text[:80]!r} ({type(error).__name__})") from None
    return ast.Module(body=body, type_ignores=[])


def _assert_test(test: Assert) -> Test:
    return Test(calls=test.calls, judges=(lambda runs: test.holds([run.value for run in runs]),), expected=test.expected)
