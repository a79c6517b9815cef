"""The watchdog: what it writes, that it ends the process, that phases nest. Each in a process of its own, since that is what ends."""

import subprocess
import sys

import pytest

from prorl_trainer.watchdog import Watchdog, last_hang

HEAD = """
import sys, threading, time
from pathlib import Path
from prorl_trainer.watchdog import Watchdog
dog = Watchdog(Path(sys.argv[1]))
def sleeps():
    time.sleep(60)
"""
BODIES = {
    "a wait": ("with dog.phase('the update', 0.3):\n    sleeps()", "the update took longer than 0.3 s", "sleeps"),
    "a wait of another thread": (
        "worker = threading.Thread(target=sleeps, daemon=True)\nworker.start()\nwith dog.phase('the save', 0.3):\n    worker.join()",
        "the save took longer than 0.3 s",
        "sleeps",
    ),
    "a c call that holds the interpreter": (
        "import re\nwith dog.phase('the parse', 0.3):\n    re.fullmatch('(a+)+b', 'a' * 40)",
        "the parse took longer than 0.3 s",
        "fullmatch",
    ),
    "an inner phase": (
        "with dog.phase('outer', 60):\n    with dog.phase('inner', 0.3):\n        sleeps()",
        "inner took longer than 0.3 s",
        "sleeps",
    ),
    "an outer phase within an inner": (
        "with dog.phase('outer', 0.3):\n    with dog.phase('inner', 60):\n        sleeps()",
        "outer took longer than 0.3 s",
        "sleeps",
    ),
    "an outer phase after an inner": (
        "with dog.phase('outer', 0.5):\n    with dog.phase('inner', 60):\n        pass\n    sleeps()",
        "outer took longer than 0.5 s",
        "sleeps",
    ),
}


def run(folder, body):
    command = [sys.executable, "-c", HEAD + body, str(folder)]
    return subprocess.run(command, check=False, timeout=50, capture_output=True, text=True)


@pytest.mark.parametrize("case", BODIES)
def test_past_its_deadline_a_phase_ends_the_process_with_every_stack(tmp_path, case):
    body, what, where = BODIES[case]
    done = run(tmp_path, body)
    assert done.returncode == 1, done.stderr
    text = (tmp_path / "stacks.txt").read_text()
    assert text.startswith(what)
    assert where in text
    told = last_hang(tmp_path)
    assert told == text
    assert (tmp_path / "stacks-1.txt").read_text() == text
    assert last_hang(tmp_path) is None


def test_phases_in_time_end_nothing_and_leave_no_file(tmp_path):
    done = run(
        tmp_path,
        "for k in range(3):\n    with dog.phase('one', 0.4):\n        with dog.phase('two', 0.4):\n            pass\ntime.sleep(0.6)\ndog.close()",
    )
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_was_killed_in_a_phase_left_no_hang(tmp_path):
    dog = Watchdog(tmp_path)
    with dog.phase("the update", 60):
        assert (tmp_path / "stacks.txt").read_text().startswith("the update")
        assert last_hang(tmp_path) is None
    dog.close()
