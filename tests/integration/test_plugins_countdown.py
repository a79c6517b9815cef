"""The countdown plugin as a stranger's distribution: built from its folder, installed beside, found by its entry point."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "plugins" / "countdown"


@pytest.fixture(scope="module")
def prorl_beside(tmp_path_factory):
    """Run `prorl` in a process that sees the built distribution."""
    site = tmp_path_factory.mktemp("site")
    install = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target", site, FOLDER]
    subprocess.run(install, check=True, capture_output=True)

    def run(*arguments, input=""):
        command = [sys.executable, "-c", "from prorl_gym.cli import main; main()", *arguments]
        return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(site)}, input=input, capture_output=True, text=True)

    return run


def test_it_is_found_by_its_entry_point_alone(prorl_beside):
    records = json.loads(prorl_beside("plugin", "list", "--json").stdout)
    [record] = [r for r in records if r["name"] == "countdown"]
    assert record["ok"], record
    assert record["source"] == "prorl-countdown 0.1.0"
    assert record["provides"] == ["countdown/countdown-v0", "verifier:countdown"]


def test_it_conforms(prorl_beside):
    checked = prorl_beside("env", "check", "countdown/countdown-v0", "--tasks", "4")
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_it_grades_by_its_domain_without_a_stored_task(prorl_beside):
    task = {"env": "countdown", "metadata": {"numbers": [3, 5, 2], "target": 13}}
    lines = [{"id": text, **task, "extracted": text} for text in ("3*5-2", "3+5*2", "3*5")]
    lines.append({"id": "broken", "env": "countdown", "answer": 13, "extracted": "13"})
    graded = prorl_beside("verify", "-", "--workers", "1", input="".join(json.dumps(line) + "\n" for line in lines))
    assert {r["id"]: r["score"] for r in map(json.loads, graded.stdout.splitlines())} == {"3*5-2": 1.0, "3+5*2": 1.0, "3*5": 0.0, "broken": None}
