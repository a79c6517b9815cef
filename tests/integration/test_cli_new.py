"""`prorl env new`: what it makes is a real distribution that conforms at once."""

import os
import subprocess
import sys
import tomllib

import pytest

from prorl_gym.scaffold import scaffold


def test_what_it_makes_installs_and_passes_the_checks(prorl, tmp_path):
    result = prorl("env", "new", "word-fun", "--dir", tmp_path)
    assert result.exit_code == 0, result.stderr
    assert "word-fun/word-fun-v0" in result.stdout
    made, site = tmp_path / "word-fun", tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", site, made]
    subprocess.run(install, check=True, capture_output=True)
    env = {**os.environ, "PYTHONPATH": str(site)}
    code = "from prorl_gym.cli import main; main()"
    checked = subprocess.run(
        [sys.executable, "-c", code, "env", "check", "word-fun/word-fun-v0", "--tasks", "3"], env=env, cwd=tmp_path, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert "word-fun/word-fun-v0: passes" in checked.stdout
    own = subprocess.run([sys.executable, "-m", "pytest", "-q", made, "-p", "no:cacheprovider"], env=env, cwd=made, capture_output=True, text=True)
    assert own.returncode == 0, own.stdout + own.stderr
    assert "4 passed" in own.stdout


def test_every_mark_is_filled_in_and_every_file_can_be_read(tmp_path):
    made = scaffold("word-fun", tmp_path)
    files = [path for path in made.folder.rglob("*") if path.is_file()]
    assert {str(f.relative_to(made.folder)) for f in files} == {
        ".gitignore",
        "README.md",
        "pyproject.toml",
        "sft.toml",
        "train.toml",
        "tests/test_env.py",
        "word_fun/__init__.py",
        "word_fun/env.py",
        "word_fun/plugin.py",
    }
    for file in files:
        assert "@" not in file.read_text().replace("@hookimpl", "").replace("@pytest", ""), file
        if file.suffix == ".py":
            compile(file.read_text(), file, "exec")
        if file.suffix == ".toml":
            tomllib.loads(file.read_text())


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("WordFun", "try 'word-fun'"),
        ("word_fun", "try 'word-fun'"),
        ("3 Bad__names!", "try 'bad-names'"),
        ("../up", "try 'up'"),
        ("", "such as word-puzzles"),
        ("ÄÖ", "such as word-puzzles"),
        ("w" * 41, f"try '{'w' * 40}'"),
        ("json", "try 'json-env'"),
        ("class", "try 'class-env'"),
        ("numpy", "try 'numpy-env'"),
        ("prorl-gym", "try 'prorl-gym-env'"),
    ],
)
def test_a_name_that_does_not_fit_is_refused_with_one_that_does(prorl, tmp_path, name, said):
    result = prorl("env", "new", "--dir", tmp_path, "--", name)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not list(tmp_path.iterdir())


def test_nothing_is_overwritten(prorl, tmp_path):
    (tmp_path / "word-fun").mkdir()
    (tmp_path / "word-fun" / "env.py").write_text("mine")
    result = prorl("env", "new", "word-fun", "--dir", tmp_path)
    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert [p.read_text() for p in (tmp_path / "word-fun").iterdir()] == ["mine"]


def test_a_folder_that_cannot_be_written_is_said_plainly(prorl, tmp_path):
    (tmp_path / "file").write_text("")
    result = prorl("env", "new", "word-fun", "--dir", tmp_path / "file")
    assert result.exit_code == 2
    assert "cannot write" in result.stderr
