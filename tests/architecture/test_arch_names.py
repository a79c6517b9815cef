"""The shape of the code: public names, docstrings, hooks that are documented and exercised, short modules, what the wheel holds."""

import ast
import inspect
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

import prorl_gym
from prorl_gym import hooks
from prorl_gym.plugins import HOOK_NAMES

ROOT = Path(__file__).parents[2]
PACKAGES = [ROOT / p for p in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]]
MODULES = sorted(file for package in PACKAGES for file in package.rglob("*.py"))
PLUGINS = sorted(f for f in (ROOT / "plugins").glob("*/*/*.py"))


def name_of(file):
    return str(file.relative_to(ROOT))


@pytest.mark.parametrize("name", prorl_gym.__all__)
def test_a_public_name_exists_and_says_what_it_is(name):
    value = getattr(prorl_gym, name)
    assert name == "__version__" or inspect.getdoc(value)


def test_public_names_are_sorted_and_each_stands_there_once():
    assert prorl_gym.__all__ == sorted(set(prorl_gym.__all__))
    assert prorl_gym.__version__ == tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.mark.parametrize("file", [*MODULES, *PLUGINS], ids=name_of)
def test_a_module_says_what_it_is_for_and_is_not_too_long(file):
    text = file.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no module docstring"
    assert text.count("\n") <= 400
    assert "type: ignore" not in text
    assert file.stem not in ("utils", "helpers", "common", "misc")


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_every_public_class_and_function_says_what_it_is(file):
    """In the core, methods too: there, they are the public API."""

    def without(body, where):
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
                continue
            if not ast.get_docstring(node) and not any("overload" in ast.unparse(d) for d in node.decorator_list):
                yield f"{where}{node.name}"
            if isinstance(node, ast.ClassDef) and ROOT / "prorl_gym" in file.parents:
                yield from without(node.body, f"{where}{node.name}.")

    missing = list(without(ast.parse(file.read_text(encoding="utf-8")).body, ""))
    assert not missing


@pytest.mark.parametrize("file", MODULES, ids=name_of)
def test_no_except_is_bare_and_a_broad_one_raises_again_or_says_why(file):
    text = file.read_text(encoding="utf-8")
    lines = text.splitlines()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, f"line {node.lineno}"
            broad = ast.unparse(node.type) in ("Exception", "BaseException")
            raises = any(isinstance(n, ast.Raise) for n in ast.walk(node))
            assert not broad or raises or "  # " in lines[node.lineno - 1], f"line {node.lineno}"


@pytest.mark.parametrize("hook", HOOK_NAMES)
def test_a_hook_is_documented_in_one_sentence_and_implemented_somewhere(hook):
    doc = inspect.getdoc(getattr(hooks, hook))
    assert doc.endswith(".")
    assert "\n" not in doc
    assert doc.count(". ") == 0
    assert hook in IMPLEMENTED


def _implemented():
    """The functions marked as hook implementations in plugins and in tests."""
    found = {}
    for folder in ("envs", "sandbox", "trainer", "plugins", "tests"):
        for file in (ROOT / folder).rglob("*.py"):
            text = file.read_text(encoding="utf-8")
            if "hookimpl" not in text:
                continue
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef) and any("hookimpl" in ast.unparse(d) for d in node.decorator_list):
                    found.setdefault(node.name, []).append(file)
    return found


IMPLEMENTED = _implemented()


def test_the_folders_that_are_no_packages_stay_none():
    for folder in ("envs", "trainer", "sandbox", "plugins", "tests"):
        assert not (ROOT / folder / "__init__.py").exists()
        if folder != "tests":
            inner = [d for d in (ROOT / folder).iterdir() if d.is_dir() and not d.name.startswith("prorl_")]
            assert not [d for d in inner if (d / "__init__.py").exists()]


def test_each_package_is_named_once_and_lies_in_its_own_folder():
    assert len({p.name for p in PACKAGES}) == len(PACKAGES) == 8
    on_disk = {p.parent for p in [*ROOT.glob("*/prorl_*/__init__.py"), *ROOT.glob("envs/*/prorl_*/__init__.py"), ROOT / "prorl_gym" / "__init__.py"]}
    assert on_disk == set(PACKAGES)


def test_each_domain_is_registered_by_an_entry_point_of_its_own():
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]["prorl_gym"]
    assert {p.partition(".")[0] for p in points.values()} == {p.name for p in PACKAGES} - {"prorl_gym"}


def test_the_wheel_holds_every_package_with_its_data(tmp_path):
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [wheel] = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for package in PACKAGES:
        files = {str(f.relative_to(package.parent)) for f in package.rglob("*") if f.is_file() and "__pycache__" not in f.parts}
        assert not files - held
    assert "prorl_gym/py.typed" in held
    assert sum(name.startswith("prorl_gym/scaffold/template/") for name in held) >= 8
    outside = {name.partition("/")[0] for name in held} - {p.name for p in PACKAGES}
    assert all(name.endswith(".dist-info") for name in outside), outside


@pytest.mark.parametrize("name", HOOK_NAMES)
def test_a_hook_stands_in_the_documents_as_it_is(name):
    hook = getattr(hooks, name)
    row = f"| `{name}({', '.join(inspect.signature(hook).parameters)})` | {inspect.getdoc(hook)} |"
    assert row in (ROOT / "docs" / "hooks.md").read_text(encoding="utf-8")
