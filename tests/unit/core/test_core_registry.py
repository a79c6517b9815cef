"""What is registered: ids, duplicates, unknown names, entry points; and plugins, each inside its own fault boundary."""

import logging
import subprocess
import sys
from pathlib import Path

import gymnasium
import pytest

from prorl_gym import env_class, env_spec, make, register
from prorl_gym.errors import ConfigError, DuplicateNameError, MissingExtraError, PluginError, UnknownNameError
from prorl_gym.hooks import hookimpl
from prorl_gym.plugins import HOOK_NAMES, add_plugin, manager, notify
from prorl_gym.registry import Registry, entry_point_of, load_module, load_object, registry, verifier_ref

FIXTURES = Path(__file__).parents[2] / "fixtures"
SOUND = f"{FIXTURES / 'gym_envs.py'}:Sound"


@pytest.fixture
def put_back():
    """Undo what a test registers."""
    known, in_gymnasium, plugins = dict(registry().envs), dict(gymnasium.registry), list(registry().plugins)
    named = {kind: dict(table) for kind, table in registry()._named.items()}
    loaded = manager().get_plugins()
    yield
    for plugin in manager().get_plugins() - loaded:
        manager().unregister(plugin)
    registry().envs.clear()
    registry().envs.update(known)
    registry().plugins[:] = plugins
    registry()._named.clear()
    registry()._named.update(named)
    gymnasium.registry.clear()
    gymnasium.registry.update(in_gymnasium)


@pytest.mark.parametrize("env_id", ["my/task-v0", "my-own/Task_2.b-v12", "a/b-v0"])
def test_an_id_is_a_domain_a_name_and_a_version(put_back, env_id):
    spec = register(env_id, SOUND, title="A title", levels=2)
    assert (spec.domain, spec.title, spec.levels, spec.plugin) == (env_id.partition("/")[0], "A title", 2, "user")
    assert env_spec(f"prorl_gym:{env_id}") is spec
    assert gymnasium.spec(env_id).id == env_id


@pytest.mark.parametrize("env_id", ["task-v0", "my/task", "My/task-v0", "my/task-v", "my/ta sk-v0", "my/task-v0\n", "/task-v0", "my/a/task-v0", ""])
def test_an_id_of_another_form_is_refused(put_back, env_id):
    with pytest.raises(ConfigError, match="'domain/name-v0'"):
        register(env_id, SOUND)
    assert env_id not in registry().envs


def test_one_id_registered_twice_names_both_sides_and_the_first_stays(put_back):
    register("my/task-v0", SOUND)
    with pytest.raises(DuplicateNameError, match=r"'my/task-v0' is registered twice: by the plugin 'user' \(.*:Sound\) and by 'user' \(other:Env\)"):
        register("my/task-v0", "other:Env")
    assert env_spec("my/task-v0").entry_point == SOUND


def test_a_name_of_another_kind_registered_twice_names_both_sides():
    own = Registry()
    own.add("sink", "csv", "a:Sink", plugin="one")
    own.add("policy", "csv", "a:Policy", plugin="two")
    with pytest.raises(DuplicateNameError, match=r"the sink 'csv' is registered twice: by the plugin 'one' \(a:Sink\) and by 'two' \(b:Sink\)"):
        own.add("sink", "csv", "b:Sink", plugin="two")
    assert own.names("sink") == {"csv": "a:Sink"}


def test_a_class_registered_from_a_script_is_made_here_and_by_gymnasium(put_back):
    register("my/sound-v0", load_object(SOUND), kwargs={"difficulty": 1}, levels=2)
    assert env_class("my/sound-v0") is load_object(SOUND)
    here, there = make("my/sound-v0"), gymnasium.make("my/sound-v0").unwrapped
    assert here.low == there.low == 1
    assert here.env_id == there.env_id == "my/sound-v0"
    assert make("my/sound-v0", difficulty=0).low == 0


@pytest.mark.parametrize(
    ("asked", "near"), [("math/arithmetics-v0", "math/arithmetic-v0"), ("Math/Arithmetic-v0", "math/arithmetic-v0"), ("logic/gdc-v0", "gcd")]
)
def test_an_unknown_id_comes_with_the_closest(asked, near):
    with pytest.raises(UnknownNameError, match=rf"no environment is named '{asked}'; did you mean .*{near}.*prorl env list"):
        make(asked)


def test_an_unknown_verifier_comes_with_the_closest_domain():
    assert verifier_ref("math").startswith("prorl_env_math.")
    assert verifier_ref("math/arithmetic-v0") == env_spec("math/arithmetic-v0").entry_point
    with pytest.raises(UnknownNameError, match="did you mean 'math'"):
        verifier_ref("maths")


@pytest.mark.parametrize(
    ("ref", "message"),
    [
        ("nothing", "is not an entry point; expected"),
        ("a.b:", "is not an entry point"),
        ("no_such_module:X", "names the module 'no_such_module', which cannot be imported"),
        ("json:NoSuchName", "names 'NoSuchName', which json does not have"),
        ("json:JSONDecoder.nothing", "names 'nothing'"),
        ("/no/such/file.py:X", "no file '/no/such/file.py'; expected a Python file"),
    ],
)
def test_a_bad_entry_point_says_what_is_wrong_with_it(ref, message):
    with pytest.raises(PluginError, match=message):
        load_object(ref)


def test_a_package_that_is_missing_comes_with_the_command_that_installs_it():
    ref = f"{FIXTURES / 'plugins' / 'needs_package_env.py'}:Needs"
    with pytest.raises(MissingExtraError, match=r"pip install 'prorl_gym\[data\]'"):
        load_object(ref, extra="data")
    with pytest.raises(MissingExtraError, match="pip install package_that_nobody_has"):
        load_object(ref)


def test_an_entry_point_leads_back_to_its_object():
    for obj in (Registry, load_object(SOUND), Registry.add_env):
        assert load_object(entry_point_of(obj)) is obj


def test_a_file_is_imported_once_under_a_name_of_its_own(tmp_path, monkeypatch):
    file = tmp_path / "mine.py"
    file.write_text("value = []\n")
    monkeypatch.chdir(tmp_path)
    assert load_module(str(file)) is load_module("mine.py")
    assert load_module("mine.py").__name__.startswith("prorl_plugin_mine_")
    other = tmp_path / "sub" / "mine.py"
    other.parent.mkdir()
    other.write_text("raise ValueError('half done')\n")
    for _ in range(2):
        with pytest.raises(ValueError, match="half done"):
            load_module(str(other))


def test_every_kind_of_name_is_registered_through_its_hook(put_back):
    class Plugin:
        @hookimpl
        def register_envs(self, register):
            register("all/kinds-v0", SOUND)

        @hookimpl
        def register_verifiers(self, register):
            register("all", SOUND)

        @hookimpl
        def register_policies(self, register):
            register("all", "m:Policy")

        @hookimpl
        def register_engines(self, register):
            register("all", "m:Engine")

        @hookimpl
        def register_sandboxes(self, register):
            register("all", "m:Sandbox")

        @hookimpl
        def register_sinks(self, register):
            register("all", "m:Sink")

        @hookimpl
        def register_backends(self, register):
            register("all", "m:Backend")

    sys.modules["plugin_of_all_kinds"] = Plugin()
    try:
        record = add_plugin("plugin_of_all_kinds")
    finally:
        del sys.modules["plugin_of_all_kinds"]
    assert record.ok
    kinds = ("verifier", "policy", "engine", "sandbox", "sink", "backend")
    assert record.provides == ["all/kinds-v0", *(f"{kind}:all" for kind in kinds)]
    assert [registry().names(kind)["all"] for kind in kinds] == [SOUND, "m:Policy", "m:Engine", "m:Sandbox", "m:Sink", "m:Backend"]
    with pytest.raises(UnknownNameError, match="no sink is named 'al'; did you mean 'all'"):
        registry().load("sink", "al")


def test_a_plugin_that_fails_in_a_hook_is_named_with_the_hook(put_back):
    class Plugin:
        @hookimpl
        def register_envs(self, register):
            register("Bad Id", SOUND)

        @hookimpl
        def register_sinks(self, register):
            register("stays", "m:Sink")

    sys.modules["plugin_that_fails"] = Plugin()
    try:
        with pytest.raises(PluginError, match=r"'plugin_that_fails'.*failed in register_envs: ConfigError: the env id 'Bad Id'"):
            add_plugin("plugin_that_fails")
    finally:
        del sys.modules["plugin_that_fails"]
    assert registry().names("sink")["stays"] == "m:Sink"
    assert "Traceback" in registry().plugins[-1].traceback


def test_a_plugin_named_by_its_class_registers_it_under_a_local_id(put_back):
    record = add_plugin(f"{FIXTURES / 'gym_envs.py'}:IsolatedGuess")
    assert record.provides == ["local/isolated-guess-v0"]
    assert (env_spec("local/isolated-guess-v0").levels, env_spec("local/isolated-guess-v0").turns) == (1, 3)
    with pytest.raises(PluginError, match="names 'Nobody'"):
        add_plugin(f"{FIXTURES / 'gym_envs.py'}:Nobody")


def test_notify_calls_every_observer_with_what_it_asked_for_and_outlives_one_that_raises(put_back, caplog):
    seen = []

    class Raises:
        @hookimpl
        def rollout_graded(self):
            raise RuntimeError("cannot watch")

        step_ended = reference_reset = hookimpl(lambda self: 1 / 0)

    class Watches:
        @hookimpl
        def rollout_graded(self, rollout):
            seen.append(("rollout", rollout))

        @hookimpl
        def step_ended(self, step, metrics):
            seen.append(("step", step, metrics))

        @hookimpl
        def reference_reset(self, event, step):
            seen.append(("reset", step, event))

    manager().register(Watches(), name="first")
    manager().register(Raises(), name="broken")
    manager().register(Watches(), name="last")
    with caplog.at_level(logging.ERROR):
        notify("rollout_graded", rollout="r", run=None)
        notify("step_ended", step=3, metrics={"kl": 0.1}, run=None)
        notify("reference_reset", step=3, event={"why": "kl"}, run=None)
    assert seen == [("rollout", "r")] * 2 + [("step", 3, {"kl": 0.1})] * 2 + [("reset", 3, {"why": "kl"})] * 2
    assert [r.getMessage() for r in caplog.records] == [
        f"the plugin 'broken' failed in {hook}; the run goes on" for hook in ("rollout_graded", "step_ended", "reference_reset")
    ]


def test_the_hooks_are_those_of_the_hooks_module():
    assert len(HOOK_NAMES) == 13
    assert {"register_envs", "step_ended"} < set(HOOK_NAMES)


@pytest.mark.parametrize("module", ["prorl_env_math.plugin", "prorl_trainer.plugin", "prorl_gym.plugins", "prorl_gym.worker"])
def test_any_module_may_be_imported_first(module):
    show = "from prorl_gym.registry import registry; r = registry(); print(len(r.envs), [p.name for p in r.plugins if not p.ok])"
    first, plain = (
        subprocess.run([sys.executable, "-c", f"{start}; {show}"], capture_output=True, text=True, check=False)
        for start in (f"import {module}, prorl_gym", "import prorl_gym")
    )
    assert first.stdout == plain.stdout, first.stderr
    assert first.stdout.endswith(" []\n")
    assert int(first.stdout.split()[0]) > 100
