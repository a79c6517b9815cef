"""`prorl env`: list, show, check, sample, play."""

import json
import subprocess
import sys

import pytest

from prorl_gym import Task


@pytest.fixture(autouse=True)
def echo(plug):
    return plug("echo_plugin.py")


def test_list_shows_every_environment_once(prorl, echo):
    lines = prorl("env", "list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == sorted(echo.envs)


def test_list_as_json_holds_the_specs_of_one_domain(prorl):
    specs = json.loads(prorl("env", "list", "--domain", "echo", "--json").stdout)
    assert [s["id"] for s in specs] == ["echo/echo-v0", "echo/talk-v0"]
    assert specs[0]["levels"] == 2
    assert specs[1]["turns"] == 4


def test_listing_imports_no_heavy_package(plugins_folder):
    code = (
        "import sys; from prorl_gym.cli import app; app(['env', 'list'], standalone_mode=False);"
        "heavy = {'torch', 'sympy', 'reasoning_gym', 'docker', 'transformers', 'pint', 'rich', 'datasets', 'vllm'} & set(sys.modules);"
        "assert not heavy, heavy; assert 'countdown' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("env", "list", "--domain", "ecco"), "did you mean 'echo'"),
        (("env", "show", "echo/ecco-v0"), "did you mean 'echo/echo-v0'"),
        (("env", "check", "echo/echo-v1"), "did you mean 'echo/echo-v0'"),
        (("env", "sample", "echo/echo-v0", "--split", "tset"), "did you mean 'test'"),
        (("env", "sample", "echo/echo-v0", "--style", "ters"), "did you mean 'terse'"),
        (("env", "sample", "echo/echo-v0", "--difficulty", "9"), "difficulties 0 to 1"),
        (("env", "sample", "echo/echo-v0", "--difficulty", "hard"), "a level such as 2"),
        (("env", "show", "echo/echo-v0", "--set", "dificulty=1"), "did you mean 'difficulty'"),
        (("env", "show", "echo/echo-v0", "--set", "difficulty"), "name=value"),
        (("env", "check"), "ids or --all"),
        (("env", "check", "--all", "echo/echo-v0"), "ids or --all"),
        (("env", "check", "no_such_file.py:Env"), "no_such_file.py"),
        (("envs", "list"), "did you mean 'env'"),
        (("--plugin", "no_such_module_anywhere", "env", "list"), "no_such_module_anywhere"),
    ],
)
def test_a_mistake_ends_with_code_2_and_one_message_that_helps(prorl, arguments, said):
    result = prorl(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in result.stderr
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1


def test_debug_shows_where_an_error_came_from(prorl):
    result = prorl("--debug", "env", "show", "echo/ecco-v0")
    assert result.exit_code == 2
    assert "Traceback" in result.stderr
    assert "UnknownNameError" in result.stderr


def test_show_gives_the_documentation_and_an_example_with_its_gold(prorl):
    shown = prorl("env", "show", "echo/echo-v0", "--set", "difficulty=1").stdout
    assert "Repeat a number." in shown
    assert "difficulty 1" in shown
    data = json.loads(prorl("env", "show", "echo/echo-v0", "--set", "style=terse", "--json").stdout)
    task = Task.from_json(data["example"]["task"])
    assert data["doc"] == "Repeat a number."
    assert task.text == task.answer
    assert data["example"]["gold"] == f"<answer>{task.answer}</answer>"


def test_a_class_in_a_file_stands_wherever_an_id_does(prorl, plugins_folder):
    item = f"{plugins_folder / 'echo_env.py'}:Echo"
    assert prorl("env", "check", item, "--tasks", "2", "--allow", "nothing copied from the prompt pays").exit_code == 0
    assert "local/echo-v0" in prorl("env", "show", item).stdout
    assert prorl("env", "sample", item, "-n", "1").exit_code == 0


def test_a_file_without_a_class_is_answered_with_the_classes_in_it(prorl, plugins_folder):
    result = prorl("env", "show", plugins_folder / "echo_env.py")
    assert result.exit_code == 2
    assert "echo_env.py:Echo" in result.stderr
    assert "echo_env.py:AlwaysRight" in result.stderr


def test_the_root_option_plugs_in_a_class_for_one_command(prorl, plugins_folder):
    assert "local/echo-v0" in prorl("--plugin", f"{plugins_folder / 'echo_env.py'}:Echo", "env", "list").stdout


def test_check_passes_what_conforms_and_exits_1_for_what_does_not(prorl, plugins_folder):
    good, bad = "echo/talk-v0", f"{plugins_folder / 'echo_env.py'}:AlwaysRight"
    result = prorl("env", "check", good, bad, "--tasks", "2", "--json")
    assert result.exit_code == 1
    first, second = json.loads(result.stdout)
    assert first["ok"], first
    failed = {c["name"] for c in second["checks"] if not c["ok"]}
    assert {"the listed wrong answer scores 0", "another task's gold is not right"} <= failed
    table = prorl("env", "check", bad, "--tasks", "2")
    assert table.exit_code == 1
    assert "FAIL" in table.stdout


def test_sample_gives_the_same_tasks_each_time_and_others_for_a_seed(prorl):
    first = prorl("env", "sample", "echo/echo-v0", "-n", "3", "--json").stdout
    assert prorl("env", "sample", "echo/echo-v0", "-n", "3", "--json").stdout == first
    seeded = prorl("env", "sample", "echo/echo-v0", "-n", "3", "--json", "--seed", "1").stdout
    assert seeded != first
    tasks = [Task.from_json(json.loads(line)) for line in (first + seeded).splitlines()]
    assert len({t.task_id for t in tasks}) == 6


def test_sample_keeps_to_the_split_the_levels_and_the_style(prorl):
    lines = prorl("env", "sample", "echo/echo-v0", "-n", "8", "--split", "test", "--difficulty", "0-1", "--style", "terse", "--json").stdout
    tasks = [Task.from_json(json.loads(line)) for line in lines.splitlines()]
    assert {t.split for t in tasks} == {"test"}
    assert {t.metadata["difficulty"] for t in tasks} == {0, 1}
    assert all(t.text == t.answer for t in tasks)
    assert f"gold: <answer>{tasks[0].answer}</answer>" in prorl("env", "sample", "echo/echo-v0", "-n", "1", "--split", "test").stdout


def test_play_prints_the_prompt_and_the_verdict(prorl):
    task = _first(prorl, "--seed", "4")
    assert "graded, score 1" in prorl("env", "play", "echo/echo-v0", "--seed", "4", input=f"<answer>{task}</answer>\n").stdout
    wrong = prorl("env", "play", "echo/echo-v0", "--seed", "4", input="<answer>7</answer>\n").stdout
    assert "graded, score 0" in wrong
    assert f"A right answer was: <answer>{task}</answer>" in wrong
    assert "no_answer, score 0" in prorl("env", "play", "echo/echo-v0", "--seed", "4", input=f"{task}\n").stdout
    assert "graded, score 1" in prorl("env", "play", "echo/echo-v0", "--seed", "4", "--mode", "tolerant", input=f"{task}\n").stdout


def _first(prorl, *arguments):
    prompt = prorl("env", "play", "echo/echo-v0", *arguments, input="").stdout
    return prompt.partition("The number is ")[2].partition(".")[0]


def test_play_goes_on_for_many_turns(prorl):
    said = prorl("env", "play", "echo/talk-v0", "--seed", "0", input="<answer>0</answer>\n<answer>999</answer>\n" * 2).stdout
    assert said.count("higher.") == 2
    assert said.count("lower.") == 2
    assert "in 4 turns" in said


def test_play_takes_answers_of_many_lines(prorl):
    answer = f"I think\nand so\n<answer>{_first(prorl, '--seed', '4')}</answer>\n.\n"
    assert "graded, score 1" in prorl("env", "play", "echo/echo-v0", "--seed", "4", "--lines", input=answer).stdout


def test_play_leaves_quietly_where_no_answer_comes(prorl):
    result = prorl("env", "play", "echo/echo-v0", input="")
    assert result.exit_code == 0
    assert "no answer given" in result.stderr
