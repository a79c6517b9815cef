"""What these tests share: `prorl` run in this process, plugin files plugged in for one test, a tiny model. `tiny_runs` has the rest."""

from pathlib import Path

import gymnasium
import pytest
from typer.testing import CliRunner

from prorl_gym.cli import app
from prorl_gym.cli._group import plugin_commands
from prorl_gym.plugins import manager
from prorl_gym.registry import _filled, registry

PLUGINS = Path(__file__).parent.parent / "fixtures" / "plugins"


@pytest.fixture
def prorl():
    """Run a `prorl` command: `prorl("env", "list", input="")` gives exit_code, stdout, stderr."""

    def run(*arguments, input=None):
        result = CliRunner().invoke(app, [str(a) for a in arguments], input=input, prog_name="prorl")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run


@pytest.fixture
def plugins_folder():
    """The folder of the plugin files."""
    return PLUGINS


@pytest.fixture
def plug(monkeypatch):
    """Discover all plugins anew with these files of `tests/fixtures/plugins` added; undone after the test."""
    before, in_gymnasium = dict(registry().envs), dict(gymnasium.registry)

    def discover_with(*files):
        monkeypatch.setenv("PRORL_PLUGINS", ",".join(str(PLUGINS / file) for file in files))
        _forget()
        return registry()

    yield discover_with
    monkeypatch.delenv("PRORL_PLUGINS", raising=False)
    _forget()
    registry().envs.update({k: v for k, v in before.items() if k not in registry().envs})
    gymnasium.registry.update(in_gymnasium)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """The folder of a tiny model and its tokenizer."""
    from tiny_runs import make_tiny  # here, as it imports torch, which most commands do without

    folder = tmp_path_factory.mktemp("tiny")
    make_tiny(folder)
    return folder


def _forget():
    for env_id in registry().envs:
        gymnasium.registry.pop(env_id, None)
    for cached in (_filled, manager, plugin_commands):
        cached.cache_clear()
