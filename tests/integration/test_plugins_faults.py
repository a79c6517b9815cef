"""A broken plugin is recorded with what went wrong, and everything else works."""

import json

import pytest

from prorl_gym.registry import env_class, env_spec

ALL = ("echo_plugin.py", "broken_import.py", "misspelt_hook.py", "same_id.py", "needs_package.py", "commands.py", "broken_command.py")


def _records(prorl):
    result = prorl("plugin", "list", "--json")
    assert result.exit_code == 0, result.stderr
    return {r["name"].rpartition("/")[2]: r for r in json.loads(result.stdout)}


def test_a_plugin_that_raises_on_import_is_listed_with_its_error_and_traceback(plug, prorl):
    plug("broken_import.py", "echo_plugin.py")
    record = _records(prorl)["broken_import.py"]
    assert not record["ok"]
    assert not record["loaded"]
    [error] = record["errors"]
    assert "broken_import.py" in error
    assert "ValueError: the file of rules is missing" in error
    assert 'raise ValueError("the file of rules is missing")' in record["traceback"]
    assert _records(prorl)["echo_plugin.py"]["ok"]


def test_the_traceback_is_shown_when_it_is_asked_for(plug, prorl):
    plug("broken_import.py")
    assert "Traceback" not in prorl("plugin", "list").stderr
    assert "Traceback" in prorl("plugin", "list", "--traceback").stderr


def test_a_misspelt_hook_is_named_with_the_hook_that_was_meant_and_the_other_hooks_count(plug, prorl):
    registry = plug("misspelt_hook.py")
    record = _records(prorl)["misspelt_hook.py"]
    [error] = record["errors"]
    assert "'register_enviroments'" in error
    assert "did you mean 'register_envs'?" in error
    assert record["provides"] == ["verifier:misspelt"]
    assert "misspelt/never-v0" not in registry.envs


def test_two_plugins_with_one_id_are_both_named_and_the_first_stays(plug, prorl):
    registry = plug("echo_plugin.py", "same_id.py")
    [error] = _records(prorl)["same_id.py"]["errors"]
    assert "'echo/echo-v0' is registered twice" in error
    assert "echo_plugin.py" in error
    assert "same_id.py" in error
    assert registry.envs["echo/echo-v0"].entry_point.endswith(":Echo")
    assert "same/own-v0" in registry.envs
    assert _records(prorl)["echo_plugin.py"]["ok"]


@pytest.mark.parametrize(
    ("env_id", "command"), [("needs/extra-v0", "pip install 'prorl_gym[logic]'"), ("needs/package-v0", "pip install package_that_nobody_has")]
)
def test_a_missing_package_is_named_with_the_command_that_installs_it(plug, prorl, env_id, command):
    plug("needs_package.py")
    assert env_id in prorl("env", "list").stdout
    result = prorl("env", "show", env_id)
    assert result.exit_code == 2
    assert "'package_that_nobody_has'" in result.stderr
    assert command in result.stderr


def test_a_plugin_adds_a_command_and_cannot_take_one_that_exists(plug, prorl):
    plug("commands.py")
    assert prorl("hello", "--name", "Ada").stdout == "hello Ada\n"
    assert "hello" in prorl("--help").stdout
    record = _records(prorl)["commands.py"]
    assert record["provides"] == ["command:hello"]
    [error] = record["errors"]
    assert "the command 'env' is registered twice" in error
    assert prorl("env", "list").exit_code == 0


def test_a_command_that_cannot_be_built_is_recorded_and_the_others_work(plug, prorl):
    plug("broken_command.py", "commands.py")
    assert prorl("hello").exit_code == 0
    [error] = _records(prorl)["broken_command.py"]["errors"]
    assert "broken_command.py" in error
    assert "failed in register_commands" in error


def test_everything_works_beside_every_broken_plugin(plug, prorl):
    plug()
    alone = _records(prorl)
    plug(*ALL)
    records = _records(prorl)
    assert {name for name in ALL if not records[name]["ok"]} == {*ALL} - {"echo_plugin.py", "needs_package.py"}
    assert prorl("env", "sample", "echo/echo-v0", "-n", "1").exit_code == 0
    assert {name: record for name, record in records.items() if name not in ALL} == alone
    table = prorl("plugin", "list")
    assert table.exit_code == 0
    for record in records.values():
        assert all(error in table.stderr for error in record["errors"])


def test_a_plugin_is_listed_without_importing_its_environments(plug):
    plug("needs_package.py")
    assert env_spec("needs/extra-v0").extra == "logic"
    with pytest.raises(ImportError, match="package_that_nobody_has"):
        env_class("needs/extra-v0")
