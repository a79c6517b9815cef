"""The functional probe: try what must be impossible, from inside. Version numbers promise, only an attempt tells.

The host puts a canary file and listening sockets in reach of an unconfined process, then runs a program that goes for them and for
the rest of the list. The program prints the name of each attempt that succeeded, and "end" as the sign that it ran to its end. The canary is the
short form of it, for a server at work.
"""

import os
import socket
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, ExecutionResult, IsolationReport, Limits, RunResult, Status
from prorl_sandbox.job import Job

ATTEMPTS = (
    "read a file of the host",
    "read /etc/passwd",
    "list /proc",
    "write outside its scratch folder",
    "write into the standard library",
    "connect to a socket of the host",
    "connect to an abstract socket of the host",
    "make a network socket",
    "signal its owner",
    "start a process",
    "execute a program",
    "make a user namespace",
    "trace a process",
    "use more memory than its limit",
    "use more scratch space than its limit",
    "start threads without end",
)
_THREADS = 1500
"""More than the slack that a run without namespaces is given."""

_PROGRAM = """
import ctypes, os, socket, _thread
canary, port, owner, abstract, threads = input(), int(input()), int(input()), input(), int(input())
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, action):
    try:
        action()
    except (OSError, MemoryError, RuntimeError):
        return
    print(name)
def must_work(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
def write_outside(path):
    open(path, "w").close()
def many_threads():
    gate = _thread.allocate_lock()
    gate.acquire()
    _thread.stack_size(32768)
    for _ in range(threads):
        _thread.start_new_thread(gate.acquire, ())
attempt("read a file of the host", lambda: open(canary).read())
attempt("read /etc/passwd", lambda: open("/etc/passwd").read())
attempt("list /proc", lambda: os.listdir("/proc/1"))
attempt("write outside its scratch folder", lambda: write_outside("/probe"))
attempt("write into the standard library", lambda: write_outside(os.__file__ + ".probe"))
attempt("connect to a socket of the host", lambda: socket.create_connection(("127.0.0.1", port), timeout=1))
attempt("connect to an abstract socket of the host", lambda: socket.socket(socket.AF_UNIX).connect(chr(0) + abstract))
attempt("make a network socket", lambda: socket.socket(socket.AF_INET))
attempt("signal its owner", lambda: os.kill(owner if owner != os.getpid() else 2, 0))
attempt("start a process", lambda: os._exit(0) if os.fork() == 0 else None)
attempt("execute a program", lambda: os.execv("/bin/true", ["true"]))
attempt("make a user namespace", lambda: must_work(libc.unshare(0x10000000)))
attempt("trace a process", lambda: must_work(libc.ptrace(0, 0, 0, 0)))
attempt("use more memory than its limit", lambda: bytearray(1 << 28))
attempt("use more scratch space than its limit", lambda: open("big", "wb").write(bytes(1 << 25)))
attempt("start threads without end", many_threads)
print("end", flush=True)
os._exit(0)
"""
_CANARY = b"""
import os, socket
for name, action in (
    ("read /etc/passwd", lambda: open("/etc/passwd").read()),
    ("write outside its scratch folder", lambda: open("/canary", "w")),
    ("make a network socket", lambda: socket.socket(socket.AF_INET)),
    ("start a process", lambda: os._exit(0) if os.fork() == 0 else None),
    ("signal another process", lambda: os.kill(2 if os.getppid() == 0 else os.getppid(), 0)),
):
    try:
        action()
    except OSError:
        continue
    print(name)
print("end")
"""


def report(tier: str, hello: Mapping[str, Any], run: Callable[[ExecutionRequest], ExecutionResult]) -> IsolationReport:
    """Run the probe and say what stands. Raises SandboxUnavailableError naming each attempt that was not stopped."""
    judge(_try(run), tier=tier)
    abi = int(hello["landlock_abi"])
    warnings: list[str] = []
    if not hello["namespaces"]:
        warnings.append("names, sizes and times of the host's files can be seen by stat: keep secrets out of file names")
        if not hello.get("writable"):
            warnings.append("programs have no scratch space")
        else:
            warnings.append("scratch space is bounded for each file, not in all")
    elif not abi:
        warnings.append("the kernel has no Landlock: mounts and namespaces alone guard the files")
    return IsolationReport(
        tier=tier,
        kernel=str(hello["kernel"]),
        landlock_abi=abi,
        namespaces=tuple(hello["namespaces"]),
        seccomp=f"allow-list {os.uname().machine}",
        nproc_enforced=True,
        probes=dict.fromkeys(ATTEMPTS, True),
        warnings=tuple(warnings),
    )


def _try(run: Callable[[ExecutionRequest], ExecutionResult]) -> RunResult:
    abstract = f"prorl-probe-{os.getpid()}-{os.urandom(4).hex()}"
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.socket(socket.AF_UNIX) as local,
        tempfile.NamedTemporaryFile("w", suffix=".canary") as canary,
    ):
        local.bind("\0" + abstract)
        local.listen()
        os.chmod(canary.name, 0o644)
        facts = f"{canary.name}\n{listener.getsockname()[1]}\n{os.getpid()}\n{abstract}\n{_THREADS}\n"
        limits = Limits(cpu_s=5.0, wall_s=30.0, memory_mib=192)
        return run(ExecutionRequest(code=_PROGRAM, inputs=[facts.encode()], limits=limits)).runs[0]


def canary() -> Job:
    """The short probe as a job."""
    return Job(mode="stdio", source=_CANARY, entry="", files={}, inputs=[b""], limits=Limits(cpu_s=5.0, wall_s=30.0, memory_mib=192))


def judge(result: RunResult, *, tier: str = "the sandbox") -> None:
    """Raise SandboxUnavailableError where a probe got at something, or did not run to its end."""
    lines = result.stdout.decode("utf-8", "replace").splitlines()
    if result.status is not Status.OK or lines[-1:] != ["end"]:
        said = (result.stderr or result.stdout).decode("utf-8", "replace")[-300:]
        raise SandboxUnavailableError(f"the probe of {tier!r} did not run to its end: {result.status.value}: {said}")
    if escapes := lines[:-1]:
        raise SandboxUnavailableError(
            f"the tier {tier!r} does not hold on this host: a program in it could {'; could '.join(escapes)}. "
            "Nothing is run. Remedy: a kernel of 5.13 or newer with seccomp and Landlock, not run under a tool that emulates them"
        )
