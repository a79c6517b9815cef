"""Readers and judges on arbitrary input: a typed answer or the one error that they promise, whatever they are given."""

import ast

from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_code.asserts import read
from prorl_env_code.columns import any_order, openness, parsed_tests, python_3, tolerance_of
from prorl_env_code.compare import Rules, same_value, shown
from prorl_env_code.expressions import UnsupportedError
from prorl_env_code.printed import BY_NAME, same_numbers
from prorl_env_code.program import extract
from prorl_env_code.program import read as read_program
from prorl_env_code.suite import Suite, SuiteError, read_suite
from prorl_env_code.verifier import CodeVerifier
from prorl_gym.rows import RowError
from prorl_gym.types import Task, Verdict

WORDS = st.sampled_from(
    ["```", "```python\n", "\n", "assert ", "f(", ")", "1", " == ", "[", "]", "def check(candidate):\n    ", "x", "not ", ":", "'", " in "]
)
PIECES = st.lists(WORDS | st.text(max_size=5), max_size=12).map("".join)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.floats() | st.text(max_size=6),
    lambda v: st.lists(v, max_size=4) | st.dictionaries(st.sampled_from(["inputs", "outputs", "fn_name", "asserts", "check", "setup", "1", "a"]), v),
    max_leaves=12,
)
KEYS = ["inputs", "outputs", "fn_name", "asserts", "check", "setup", "entry_point", "int_keys"]
SHAPED = st.dictionaries(st.sampled_from(KEYS), st.lists(PIECES | JSON, max_size=3) | PIECES | JSON)
METADATA = st.dictionaries(
    st.sampled_from(["compare", "tolerance", "any_order", "checker", "languages", "limits", "stop_on", "reward", "prelude", "reference"]),
    JSON | st.sampled_from(["lines", "failure", "all", "def f(x): return x"]),
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4) | st.binary(max_size=4),
    lambda v: st.lists(v, max_size=4) | st.lists(v, max_size=4).map(tuple) | st.dictionaries(st.integers() | st.text(max_size=3), v, max_size=4),
    max_leaves=12,
)


@given(SHAPED | JSON, METADATA)
@settings(max_examples=200)
def test_a_suite_is_read_or_refused(answer, metadata):
    try:
        suite = read_suite(answer, metadata)
    except SuiteError:
        return
    assert isinstance(suite, Suite)
    assert suite.num_tests > 0


@given(SHAPED | JSON, METADATA, PIECES)
@settings(max_examples=150)
def test_a_verifier_lists_its_forms_or_none(answer, metadata, text):
    task, verifier = Task(env_id="code", prompt=(), answer=answer, metadata=metadata), CodeVerifier()
    forms = [*verifier.equivalents(task), *verifier.near_misses(task), verifier.gold(task), verifier.wrong(task)]
    assert all(form is None or "```" in form for form in forms)
    assert verifier.extract(task, text, mode="tolerant") is None or text.strip()
    assert verifier.shares_answer(task, task)


@given(PIECES, st.sampled_from([("python",), ("python", "cpp")]), st.booleans())
def test_extraction_gives_a_text_or_nothing(text, languages, tolerant):
    answer = extract(text, languages, tolerant=tolerant)
    assert answer is None or (answer.strip() and read_program(answer, languages)[1] in languages)


@given(PIECES)
@settings(max_examples=200)
def test_asserts_are_read_or_refused(text):
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return
    try:
        found = read(tree, "f")
    except UnsupportedError:
        return
    assert all(test.holds([None] * len(test.calls)) in (True, False) for test in found)


@given(JSON | SHAPED | PIECES)
def test_a_row_is_read_or_left_out(given_tests):
    reason = ""
    try:
        tests = parsed_tests(given_tests)
    except RowError as error:
        tests, reason = {"inputs": [], "outputs": []}, str(error)
    assert len(tests["inputs"]) == len(tests["outputs"])
    assert reason in ("", "no tests", "unreadable tests", "no expected output", "as many inputs as outputs are expected")


@given(JSON | PIECES)
def test_statements_and_solutions_are_looked_through(value):
    assert python_3(value) is None or isinstance(python_3(value), str)
    assert isinstance(openness(str(value)), bool)
    assert isinstance(any_order(str(value)), bool)
    assert tolerance_of(str(value)) is None or 0 < tolerance_of(str(value)) < 1


@given(VALUES, VALUES, st.sampled_from([Rules(), Rules(tolerance=0.1), Rules(any_order=True), Rules(any_order=True, tolerance=0.0)]))
def test_comparing_values_says_yes_or_no_and_yes_to_the_same(value, expected, rules):
    assert same_value(value, expected, rules) in (True, False)
    assert same_value(value, value, rules)
    assert len(shown(value)) <= 80


@given(st.binary(max_size=30), st.binary(max_size=30))
def test_comparing_output_says_yes_or_no_and_yes_to_the_same(printed, expected):
    for compare in (*BY_NAME.values(), same_numbers(1e-6)):
        assert compare(printed, printed)
        assert compare(printed, expected) == compare(expected, printed) or compare is not BY_NAME["tokens"]


def test_a_verdict_needs_no_sandbox_where_the_task_is_at_fault():
    verdict = CodeVerifier().check(Task(env_id="code", prompt=(), answer={}), "x", sandbox=None)
    assert isinstance(verdict, Verdict)
