"""The loaders: rows in the published columns become tasks whose golds pass, and what cannot be used is counted."""

import json

import pytest

from prorl_env_code.published import MAX_TESTS_CHARS
from prorl_env_code.suite import read_suite
from prorl_gym.errors import ConfigError
from prorl_gym.registry import env_spec, make
from prorl_gym.types import SPLITS, Outcome
from prorl_gym.verifier import grade

NAMES = ("eurus", "apps", "taco", "code_contests", "humaneval", "mbpp")
SUM = {"inputs": ["1 2\n", "3 4\n"], "outputs": ["3\n", "7\n"]}


def rows(tmp_path, name, *given, **settings):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in given), encoding="utf-8")
    return make(f"code/{name}-v0", path=str(path), rows_to="train", **settings)


def eurus(question, truth, **more):
    return {
        "data_source": "own",
        "prompt": [{"role": "system", "content": "s"}, {"role": "user", "content": question}],
        "ability": "code",
        "reward_model": {"style": "rule", "ground_truth": truth},
        "extra_info": {"split": "train", "index": 0},
        **more,
    }


def apps(question, tests, **more):
    return {"question": question, "solutions": "[]", "input_output": tests, "difficulty": "interview", "url": "", "starter_code": "", **more}


@pytest.mark.parametrize("name", NAMES)
def test_the_examples_of_every_set_are_many_and_their_golds_pass(sandbox, name):
    env = make(f"code/{name}-v0", path="example")
    report = env.report()
    assert report.kept >= 20
    assert report.left_out
    assert env_spec(env.env_id).needs == ("data", "sandbox")
    tasks = [env.task_at(i, split=split) for split in SPLITS for i in range(report.splits[split])]
    for task in tasks:
        verdict = grade(env.verifier, task, completion=env.verifier.gold(task))
        assert (verdict.outcome, verdict.score) == (Outcome.GRADED, 1.0), (verdict, task.text)


@pytest.mark.parametrize("name", NAMES)
def test_a_prompt_shows_no_solution(name):
    env = make(f"code/{name}-v0", path="example", rows_to="train")
    for index in range(env.report().kept):
        task = env.task_at(index)
        assert task.metadata["reference"] not in task.text


def test_eurus_takes_the_users_words_without_the_request_and_only_code(tmp_path):
    given = [
        eurus(
            "Add two numbers.\n\nWrite Python code to solve the problem. Present the code in\n```python\nYour code\n```\nat the end.", json.dumps(SUM)
        ),
        eurus("2+2", "4", ability="math"),
    ]
    env = rows(tmp_path, "eurus", *given)
    assert env.report().left_out == {"another ability than code": 1}
    task = env.task_at(0)
    assert task.text.startswith("Add two numbers.\n\nThe program reads standard input")
    assert "Present the code" not in task.text
    assert task.metadata["source"] == "own"
    assert env.verifier.gold(task) is None


def test_unusable_rows_are_counted_under_their_reasons(tmp_path):
    given = [
        apps("Add.", json.dumps(SUM)),
        apps("No tests.", ""),
        apps("Broken.", "{"),
        apps("Silent.", json.dumps({"inputs": ["1"], "outputs": [""]})),
        apps("If there are multiple answers, print any of them.", json.dumps(SUM)),
        apps("Return them in any order.", json.dumps(SUM)),
        apps("Wrong name.", json.dumps({**SUM, "inputs": [[1], [2]], "fn_name": "not a name"})),
        apps("", json.dumps(SUM)),
        apps("Add.", json.dumps(SUM)),
    ]
    report = rows(tmp_path, "apps", *given).report()
    assert (report.rows, report.kept) == (9, 1)
    assert report.left_out == {
        "no tests": 1,
        "unreadable tests": 2,
        "no expected output": 1,
        "several answers and no checker": 2,
        "no question": 1,
        "duplicate": 1,
    }


def test_what_the_statement_says_of_its_answers_becomes_a_rule(tmp_path):
    calls = json.dumps({"fn_name": "f", "inputs": [[1]], "outputs": [[1, 2]]})
    env = rows(tmp_path, "taco", apps("An absolute error of 1e-4 is fine.", json.dumps(SUM)), apps("The list may be in any order.", calls))
    found = [env.task_at(i).metadata for i in range(2)]
    assert sorted(str(m.get("tolerance")) for m in found) == ["0.0001", "None"]
    assert sorted(str(m.get("any_order")) for m in found) == ["None", "True"]


def test_a_checker_column_makes_an_open_problem_usable(sandbox, tmp_path):
    checker = "def check(given, output, expected):\n    return sum(map(int, output.split())) == int(given)"
    row = apps("Split n; if there are multiple answers, print any of them.", json.dumps({"inputs": ["5\n"], "outputs": ["2 3"]}), checker=checker)
    env = rows(tmp_path, "apps", row)
    env.begin(env.task_at(0))
    assert env.grade("```\nprint(1, int(input()) - 1)\n```").score == 1.0


def test_starter_code_and_the_functions_name_are_in_the_prompt(tmp_path):
    calls = json.dumps({"fn_name": "twice", "inputs": [[1]], "outputs": [2]})
    task = rows(tmp_path, "apps", apps("Double it.", calls, starter_code="class Solution:\n    def twice(self, n):")).task_at(0)
    assert "class Solution:\n    def twice(self, n):" in task.text
    assert "Write the function `twice`." in task.text


def test_tests_are_cut_to_the_number_asked_for_and_to_a_size(tmp_path):
    many = {"inputs": [f"{i}\n" for i in range(30)], "outputs": [f"{i}\n" for i in range(30)]}
    assert len(rows(tmp_path, "apps", apps("Echo.", json.dumps(many))).task_at(0).answer["inputs"]) == 30
    assert len(rows(tmp_path, "apps", apps("Echo.", json.dumps(many)), max_tests=4).task_at(0).answer["inputs"]) == 4
    large = {"inputs": ["x" * (MAX_TESTS_CHARS // 2)] * 3, "outputs": ["y"] * 3}
    assert len(rows(tmp_path, "apps", apps("Echo.", json.dumps(large))).task_at(0).answer["inputs"]) == 1
    with pytest.raises(ConfigError, match="max_tests"):
        make("code/apps-v0", path="example", max_tests=0)


def contest(**more):
    tests = {"public_tests": {"input": ["1"], "output": ["1"]}, "private_tests": {"input": ["2"], "output": ["2"]}, "generated_tests": {}}
    return {"name": "own", "description": "Echo.", **tests, "solutions": {"language": [], "solution": []}, **more}


def test_contests_bring_all_their_tests_their_limits_and_a_solution_in_python_3(tmp_path):
    row = contest(
        generated_tests={"input": ["3"], "output": ["3"]},
        solutions={"language": [1, 2, 3], "solution": ["print 1", "int main(){}", "print(input())"]},
        time_limit={"seconds": 1, "nanos": 500_000_000},
        memory_limit_bytes=64_000_000,
    )
    task = rows(tmp_path, "code_contests", row).task_at(0)
    assert task.answer == {"inputs": ["1", "2", "3"], "outputs": ["1", "2", "3"]}
    assert task.metadata["reference"] == "print(input())"
    assert task.metadata["limits"] == {"cpu_s": 3.0, "total_wall_s": 15.0, "memory_mib": 256}
    assert rows(tmp_path, "code_contests", contest(input_file="in.txt")).report().left_out == {"reads a file, not standard input": 1}


def test_programs_in_other_languages_can_be_allowed(tmp_path):
    env = rows(tmp_path, "code_contests", contest(), languages=["cpp", "python"])
    assert env.task_at(0).metadata["languages"] == ["cpp", "python"]
    assert "C++ or Python" in env.task_at(0).text
    calls = apps("Double it.", json.dumps({"fn_name": "f", "inputs": [[1]], "outputs": [2]}))
    assert "languages" not in rows(tmp_path, "apps", calls, languages=["cpp"]).task_at(0).metadata


def test_humaneval_puts_what_stands_above_the_function_before_the_program(sandbox, tmp_path):
    above = 'from typing import List\n\n\ndef half(n: int) -> int:\n    """ Half. """\n    return n // 2\n\n\n'
    prompt = above + 'def f(v: List[int]) -> int:\n    """ Sum. """\n'
    test = "def check(candidate):\n    assert candidate([1, 2]) == half(6)\n    assert candidate([]) == 0\n"
    env = rows(
        tmp_path, "humaneval", {"task_id": "x", "prompt": prompt, "test": test, "entry_point": "f", "canonical_solution": "    return sum(v)\n"}
    )
    env.begin(env.task_at(0))
    assert env.task.metadata["prelude"].endswith("return n // 2")
    assert env.grade("```\ndef f(v: List[int]): return sum(v)\n```").score == 1.0
    assert env.grade("```\ndef f(v): return 3\n```").score == 0.5


def test_mbpp_shows_one_test_and_runs_all(sandbox, tmp_path):
    row = {
        "task_id": 1,
        "text": "Double.",
        "code": "def f(x):\n    return 2 * x",
        "test_setup_code": "",
        "challenge_test_list": ["assert f('a') == 'aa'"],
    }
    env = rows(tmp_path, "mbpp", {**row, "test_list": ["assert f(1) == 2", "assert f(5) == 10"]})
    env.begin(env.task_at(0))
    assert "assert f(1) == 2" in env.task.text
    assert "f(5)" not in env.task.text
    assert env.grade("```\ndef f(x): return 2\n```").score == pytest.approx(1 / 3)
    sanitized = {"task_id": 1, "prompt": "Double.", "code": row["code"], "test_imports": ["import math"], "test_list": ["assert f(1) == 2"]}
    assert read_suite(rows(tmp_path, "mbpp", sanitized).task_at(0).answer).num_tests == 1


def test_tests_that_need_a_package_are_left_out(tmp_path):
    row = {"text": "Plot.", "code": "", "test_list": ["assert f(1)"], "test_setup_code": "import numpy as np"}
    assert rows(tmp_path, "mbpp", row).report().left_out == {"tests need a package": 1}
