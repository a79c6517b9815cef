"""`unsafe_subprocess`: a plain child process without any isolation, to prove that the attack suite bites. Never for a stranger's programs.

It must be asked for by name and by the environment variable PRORL_ALLOW_UNSAFE=1; "auto" never takes it. It is what a grader without a
sandbox does: the program runs as the caller, with the caller's files, environment and network, and its own last line of output is believed.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, ExecutionResult, IsolationReport, RunResult, Status

ALLOW = "PRORL_ALLOW_UNSAFE"
_CALL = "\nimport json as _json, sys as _sys\nprint(_json.dumps({entry}(*_json.loads(_sys.stdin.read()))))\n"


class UnsafeSubprocess:
    """Runs Python programs with no protection at all. Raises SandboxUnavailableError where PRORL_ALLOW_UNSAFE is not 1."""

    name = "unsafe_subprocess"

    def __init__(self) -> None:
        if os.environ.get(ALLOW) != "1":
            raise SandboxUnavailableError(
                f"unsafe_subprocess runs programs with all rights of this user, for tests of the gym itself; set {ALLOW}=1 to have it anyway"
            )
        self.report = IsolationReport(tier=self.name, warnings=("no isolation whatever",))

    def run(self, request: ExecutionRequest) -> ExecutionResult:
        """Run the program on each input, one after the other."""
        return ExecutionResult(runs=tuple(self._one(request, given) for given in request.inputs), isolation=self.report)

    def close(self) -> None:
        """Nothing is held between runs."""

    def _one(self, request: ExecutionRequest, given: Any) -> RunResult:
        code, stdin = request.code, given
        if request.mode == "call":
            code, stdin = code + _CALL.format(entry=request.entry), json.dumps(given).encode()
        begun = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            program = Path(folder) / "program.py"
            program.write_text(code, encoding="utf-8")
            for name, content in request.files.items():
                (Path(folder) / name).write_bytes(content)
            child = subprocess.Popen(
                [sys.executable, str(program)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                start_new_session=True,
            )
            try:
                out, err = child.communicate(stdin, timeout=request.limits.wall)
                timed_out = False
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                out, err = child.communicate()
                timed_out = True
        ended = Status.OK if child.returncode == 0 else Status.SIGNALED if child.returncode < 0 else Status.NONZERO_EXIT
        status = Status.WALL_TIME if timed_out else ended
        value = _last_line(out) if request.mode == "call" and status is Status.OK else None
        return RunResult(status=status, stdout=out, stderr=err, exit_code=child.returncode, value=value, wall_s=time.monotonic() - begun)


def _last_line(out: bytes) -> Any:
    try:
        return json.loads(out.strip().rpartition(b"\n")[2] or b"null")
    except ValueError:
        return None
