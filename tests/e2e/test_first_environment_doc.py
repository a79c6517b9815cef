"""`docs/first-environment.md`, done as a reader does it: every block of the page is run, in order, in an empty folder.

A python or toml block whose first line is a comment with a file name is written to that file; one without is only shown. In a console block each line
that starts with "$ " is run by a shell and must succeed, and what it prints must be the lines below it, where "..." stands for any text.
"""

import os
import re
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "first-environment.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# (\S+\.\w+)\n")


@dataclass(frozen=True)
class Command:
    """One typed line and what the page shows below it."""

    line: str
    shown: str


def _blocks():
    found = [(language, body) for language, body in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))]
    assert {language for language, _ in found} <= {"python", "toml", "console"}
    return found


def _commands(body):
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        line, _, shown = part.partition("\n")
        yield Command(line, shown.strip())


def _agrees(shown, printed):
    """Whether the page's text is what was printed; "..." stands for any text, also over lines, and white space is not compared."""
    first, *rest = ("".join(part.split()) for part in shown.split("..."))
    text = "".join(printed.split())
    if not rest:
        return text == first
    at, *middle, last = len(first), *rest
    if not text.startswith(first):
        return False
    for part in middle:  # the leftmost place of each part leaves the most room for those behind it
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return text.endswith(last) and at <= len(text) - len(last)


@pytest.fixture
def shell(tmp_path):
    """An empty folder and a fresh virtual environment that sees this one's packages; installing changes the fresh one only."""
    venv, work = tmp_path / "venv", tmp_path / "work"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    packages = next(venv.glob("lib/python*/site-packages"))
    (packages / "outer.pth").write_text(f"import site; site.addsitedir({sysconfig.get_path('purelib')!r})\n")
    python = venv / "bin" / "python"
    for name, code in (("prorl", "from prorl_gym.cli import main; main()"), ("pip", "import runpy; runpy.run_module('pip', run_name='__main__')")):
        script = venv / "bin" / name
        script.write_text(f"#!{python}\n{code}\n")
        script.chmod(0o755)
    work.mkdir()
    env = {
        **os.environ,
        "PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}",
        "PIP_NO_BUILD_ISOLATION": "0",
        "PIP_NO_INDEX": "1",
        "COLUMNS": "200",
    }
    env.pop("PRORL_PLUGINS", None)

    def run(line):
        return subprocess.run(["bash", "-o", "pipefail", "-c", line], cwd=work, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    run.folder = work
    return run


def test_a_stranger_who_follows_the_page_gets_what_it_shows(shell):
    num_files = num_commands = 0
    for language, body in _blocks():
        if language == "console":
            for command in _commands(body):
                done = shell(command.line)
                assert done.returncode == 0, f"$ {command.line}\n{done.stdout}"
                assert _agrees(command.shown, done.stdout), f"$ {command.line}\nthe page shows:\n{command.shown}\n\nbut it prints:\n{done.stdout}"
                num_commands += 1
        elif name := _FILE.match(body):
            file = shell.folder / name[1]
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(body.removeprefix(name[0]))
            num_files += 1
        else:
            written = "\n".join(p.read_text() for p in shell.folder.rglob("*.toml"))
            assert body in written, f"the page shows what no file holds:\n{body}"
    assert num_files >= 5
    assert num_commands >= 14


@pytest.mark.parametrize(
    ("shown", "printed", "same"),
    [
        ("a ... c", "a  b\nb c\n", True),
        ("score 1.0", "score   1.0", True),
        ("score 1.0", "score 1x0", False),
        ("a", "a b", False),
        ("", "", True),
        ("", "a", False),
        ("...", "anything", True),
        ("a...b...c", "a b", False),
        ("ab...bc", "abc", False),
        ("a...a...b", "aab", True),
        ("a...", "ba", False),
    ],
)
def test_the_comparison_with_the_page_can_fail(shown, printed, same):
    assert _agrees(shown, printed) == same
