"""What published rows hold: dialects of tests, solutions, and what a statement says about its answers."""

import json

import pytest

from prorl_env_code.columns import any_order, no_longer_than, openness, parsed_tests, python_3, tolerance_of
from prorl_gym.rows import RowError


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ({"inputs": ["1\n"], "outputs": ["2\n"]}, {"inputs": ["1\n"], "outputs": ["2\n"]}),
        ('{"inputs": [["1", "2"]], "outputs": [["3"]]}', {"inputs": [["1", "2"]], "outputs": [["3"]]}),
        ({"fn_name": None, "inputs": ["1"], "outputs": ["2"]}, {"inputs": ["1"], "outputs": ["2"]}),
        ({"fn_name": "f", "inputs": [[1, "a"]], "outputs": [None]}, {"fn_name": "f", "inputs": [[1, "a"]], "outputs": [None]}),
        ({"fn_name": "f", "inputs": ['[1]\n"a"'], "outputs": ["true"]}, {"fn_name": "f", "inputs": [[[1], "a"]], "outputs": [True]}),
        (
            {"fn_name": "f", "inputs": [[{"1": 2}]], "outputs": [3]},
            {"fn_name": "f", "inputs": [[{"1": 2}]], "outputs": [3], "int_keys": True},
        ),
    ],
)
def test_the_dialects_of_tests(given, read):
    assert parsed_tests(given) == read


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("", "no tests"),
        (None, "no tests"),
        ({}, "no tests"),
        ({"inputs": [], "outputs": []}, "no tests"),
        ({"inputs": ["1"]}, "no tests"),
        ("{", "unreadable tests"),
        ("[" * 5000, "unreadable tests"),
        ([1], "unreadable tests"),
        ({"fn_name": "f", "inputs": ["not json"], "outputs": ["1"]}, "unreadable tests"),
        ({"inputs": ["1", "2"], "outputs": ["1"]}, "as many inputs as outputs are expected"),
        ({"inputs": ["1", "2"], "outputs": ["", " \n"]}, "no expected output"),
        ({"inputs": ["1"], "outputs": [[""]]}, "no expected output"),
    ],
)
def test_rows_without_usable_tests_are_counted_under_a_reason(given, reason):
    with pytest.raises(RowError, match=f"^{reason}$"):
        parsed_tests(given)


def test_tests_are_cut_by_number_and_by_size_and_one_is_always_left():
    tests = {"inputs": ["a" * 10, "b" * 10, "c" * 10], "outputs": ["1", "2", "3"]}
    assert no_longer_than(tests, None, 1000) == tests
    assert no_longer_than(tests, 2, 1000)["outputs"] == ["1", "2"]
    assert no_longer_than(tests, None, 25)["outputs"] == ["1", "2"]
    assert no_longer_than(tests, None, 5)["outputs"] == ["1"]
    assert no_longer_than({"asserts": ["x"]}, 1, 1) == {"asserts": ["x"]}


def test_integers_beyond_64_bits_travel_as_text():
    tests = {"inputs": [[2]], "outputs": [2**100], "fn_name": "f"}
    assert json.loads(no_longer_than(tests, None, 1000)) == tests


def test_the_first_solution_in_python_3_is_the_reference():
    assert python_3('["print 1", "print(1)", "print(2)"]') == "print(1)"
    assert python_3(["x = (", "  ", 5, "y = 1"]) == "y = 1"
    for nothing in ("", None, "[", [], "[]", ["print 1"], ["x" * 100_000 + "("]):
        assert python_3(nothing) is None


@pytest.mark.parametrize(
    ("statement", "tolerance"),
    [
        ("Your answer is right if its absolute or relative error is at most 10^{-6}.", 1e-6),
        ("with a precision of 1e-4", 1e-4),
        ("The answer may differ from the true one by 10**-9 at most", 1e-9),
        ("an error of up to 0.001 is allowed", 1e-3),
        ("relative error must not exceed 10 \u2212 5", 1e-5),
        ("absolute error does not exceed 10 ^ { - 7 }", 1e-7),
        ("Print the sum modulo 10^9+7.", None),
        ("n is at most 10^6; an error message is printed otherwise", None),
        ("Print the value with 4 digits.", None),
        ("the error is 0.5", None),
        ("", None),
    ],
)
def test_the_error_that_a_statement_allows(statement, tolerance):
    assert tolerance_of(statement) == (tolerance if tolerance is None else pytest.approx(tolerance))


@pytest.mark.parametrize(
    "statement",
    [
        "If there are multiple answers, print any of them.",
        "If there are several solutions, output any.",
        "You may print any valid order.",
        "In case of multiple possible answers, any one is accepted.",
        "Any of them will do; print any such sequence.",
        "If more than one permutation exists, you can print either.",
    ],
)
def test_problems_that_accept_several_answers_are_recognised(statement):
    assert openness(statement)


@pytest.mark.parametrize(
    "statement", ["Print the sum.", "If there are many, print the smallest.", "any integer n is given", "Is there any solution? Print YES or NO."]
)
def test_and_those_with_one_answer_are_not(statement):
    assert not openness(statement)


def test_a_free_order_is_recognised():
    assert any_order("Return the words in any order.")
    assert not any_order("Return the words in order.")


def test_long_hostile_statements_state_neither_a_tolerance_nor_openness():
    for text in ("error " * 5000, "if there are multiple " * 2000, "10" * 16_000, "print any " * 3000, "in any " * 5000):
        assert tolerance_of(text) is None
        assert not openness(text)
