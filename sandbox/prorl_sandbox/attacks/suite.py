"""Runs the catalogue on a backend.

    for outcome in run_suite(open_sandbox("namespaces")):
        print(outcome.name, outcome.holds, outcome.detail)

For the time of a suite the host offers targets that a program could reach if it were let out: a file with a secret, a folder that anybody may
write to, TCP, UDP, unix and abstract sockets, a process to kill, a secret in the environment. A correct program runs after every case on the
same backend.
"""

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from prorl_gym.sandbox import ExecutionRequest, RunResult, Sandbox, Status
from prorl_sandbox.attacks.case import WON, Case
from prorl_sandbox.attacks.cases import CASES

CLEAN = b"clean\n"


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one case."""

    name: str
    group: str
    holds: bool
    status: Status
    detail: str = ""
    known: str = ""
    """Why this backend is not expected to hold the case; such a case does not fail a suite."""

    @property
    def ok(self) -> bool:
        """True where the case was held, or is known not to be."""
        return self.holds or bool(self.known)


@contextlib.contextmanager
def targets() -> Generator[dict[str, str]]:
    """What programs try to reach, as Python expressions by name. The victim is a process of the caller's user that nobody needs."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="prorl-attack-")))
        folder.chmod(0o777)
        canary = folder / "secret"
        canary.write_text("hunter2")
        canary.chmod(0o666)
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        local = stack.enter_context(socket.socket(socket.AF_UNIX))
        local.bind(str(folder / "sock"))
        (folder / "sock").chmod(0o777)
        abstract = stack.enter_context(socket.socket(socket.AF_UNIX))
        abstract.bind(f"\0prorl-attack-{os.getpid()}")
        for server in (local, abstract):
            server.listen()
        victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"])
        stack.callback(victim.wait)
        stack.callback(victim.kill)
        os.environ["PRORL_ATTACK_SECRET"] = "hunter2"
        stack.callback(os.environ.pop, "PRORL_ATTACK_SECRET", None)
        yield {
            "folder": repr(str(folder)),
            "canary": repr(str(canary)),
            "port": str(listener.getsockname()[1]),
            "unix": repr(str(folder / "sock")),
            "abstract": repr(f"prorl-attack-{os.getpid()}"),
            "victim": str(victim.pid),
            "host": str(os.getpid()),
        }


def run_suite(sandbox: Sandbox, cases: Iterable[Case] = CASES) -> Iterator[Outcome]:
    """The outcome of each case, as it ends."""
    with targets() as places:
        for case in cases:
            yield run_case(sandbox, case, places)


def run_case(sandbox: Sandbox, case: Case, places: Mapping[str, str]) -> Outcome:
    """Run one case, its second program where it has one, and the correct program after it."""
    done = _execute(sandbox, case, _aimed(case.program, places))
    fault = _fault(case, done, sandbox.name)
    if not fault and case.then is not None:
        second = sandbox.run(ExecutionRequest(code=case.then, inputs=[b""], limits=case.limits)).runs[0]
        if second.stdout != CLEAN:
            fault = f"the program after it found something: {second.status}, {second.stdout[:100]!r}, {second.stderr[-200:]!r}"
    neighbour = sandbox.run(ExecutionRequest(code="print(int(input()) * 2)", inputs=[b"21"])).runs[0]
    if not fault and (neighbour.status, neighbour.stdout) != (Status.OK, b"42\n"):
        fault = f"a correct program after it came to {neighbour.status}, {neighbour.stdout[:100]!r}"
    known = case.not_on.get(sandbox.name, "") if fault else ""
    return Outcome(name=case.name, group=case.group, holds=not fault, status=done.status, detail=fault, known=known)


def _aimed(code: str, places: Mapping[str, str]) -> str:
    for name, value in places.items():
        code = code.replace("{{" + name + "}}", value)
    return code


def _execute(sandbox: Sandbox, case: Case, code: str) -> RunResult:
    if case.mode == "call":
        request = ExecutionRequest(code=code, inputs=[list(case.args)], mode="call", entry="f", limits=case.limits)
    else:
        request = ExecutionRequest(code=code, inputs=[case.stdin], limits=case.limits)
    return sandbox.run(request).runs[0]


def _fault(case: Case, done: RunResult, backend: str) -> str:
    """What speaks against the case being held; empty where nothing does."""
    if WON in done.stdout:
        return "it won: " + done.stdout[done.stdout.index(WON) :][:200].decode("utf-8", "replace").strip()
    if done.status not in (*case.ends, *case.also.get(backend, ())):
        tail = done.stderr[-160:].decode("utf-8", "replace").strip()
        return f"it ended {done.status}, expected {' or '.join(case.ends)}" + (f" ({tail})" if tail else "")
    if case.stdout is not None and done.stdout != case.stdout:
        return f"it printed {done.stdout[:100]!r}, expected {case.stdout[:100]!r}"
    if case.exit_code is not None and done.exit_code != case.exit_code:
        return f"it left with {done.exit_code}, expected {case.exit_code}"
    if (
        case.mode == "call"
        and done.status is Status.OK
        and case.value is not None
        and (type(done.value) is not type(case.value) or done.value != case.value)
    ):
        return f"it returned {done.value!r}, expected {case.value!r}"
    return ""
