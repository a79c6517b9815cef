"""Errors that name what is missing and how to get it."""

import pickle
import tomllib
from pathlib import Path

import pytest

from prorl_gym import errors
from prorl_gym.types import Task
from prorl_gym.verifier import Verifier, grade

PYPROJECT = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())
BUILTIN = (ValueError, LookupError, ImportError, RuntimeError)
TREE = [e for e in vars(errors).values() if isinstance(e, type) and issubclass(e, errors.ProrlError) and e is not errors.ProrlError]


@pytest.mark.parametrize("error", TREE)
def test_every_error_is_also_a_standard_one_and_pickles(error):
    assert issubclass(error, BUILTIN)
    assert str(pickle.loads(pickle.dumps(error("what happened")))) == "what happened"


@pytest.mark.parametrize(("package", "extra"), errors.EXTRAS.items())
def test_an_extra_that_an_error_names_exists_and_brings_the_package(package, extra):
    listed = [requirement.partition(">")[0] for requirement in PYPROJECT["project"]["optional-dependencies"][extra]]
    assert {package.replace("_", "-"), "transformers" if package == "tokenizers" else package} & set(listed)


def test_a_missing_package_is_named_with_the_command_that_installs_it():
    ours = errors.missing_module(ModuleNotFoundError("No module named 'torch.nn'", name="torch.nn"), wanted_by="this")
    assert str(ours) == "this needs the package 'torch', which is not installed; run: pip install 'prorl_gym[train]'"
    other = errors.missing_module(ModuleNotFoundError("No module named 'chess'", name="chess"), wanted_by="that")
    assert str(other).endswith("run: pip install chess")


class Lacking(Verifier):
    """Imports a package within a check, as a verifier does that needs it for some answers only."""

    def check(self, task, answer, *, sandbox):
        raise ModuleNotFoundError("No module named 'sympy'", name="sympy")


def test_a_grading_that_lacks_a_package_says_which_and_is_nobodys_wrong_answer():
    verdict = grade(Lacking(), Task(env_id="x/y-v0", prompt=()), completion="1")
    assert verdict.outcome == "ungradable"
    assert "pip install 'prorl_gym[math]'" in verdict.reason


def test_a_command_that_lacks_a_package_ends_with_the_command_that_installs_it(monkeypatch):
    import sys

    from typer.testing import CliRunner

    from prorl_gym.cli import app

    monkeypatch.delitem(sys.modules, "prorl_trainer.loop", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    done = CliRunner().invoke(app, ["train", str(Path(__file__).parents[3] / "configs" / "prorl_v1.toml")])
    assert done.exit_code == 2
    assert "pip install 'prorl_gym[train]'" in done.stderr
