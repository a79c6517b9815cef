"""The functional probe: try what must be impossible, from inside. Version numbers promise, only an attempt tells.

The host puts a canary file and a listening socket in reach of an unconfined process, then runs a program that goes for them and for
the rest of the list. The program prints the name of each attempt that succeeded, and "end" as the sign that it ran to its end.
"""

import os
import socket
import tempfile
from collections.abc import Callable

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, ExecutionResult, Limits, Status

_PROGRAM = """
import ctypes, os, socket
canary, port, owner = input(), int(input()), int(input())
libc = ctypes.CDLL(None, use_errno=True)
def attempt(name, action):
    try:
        action()
    except (OSError, MemoryError):
        return
    print(name)
def must_work(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "refused")
def write_outside(path):
    open(path, "w").close()
attempt("read a file of the host", lambda: open(canary).read())
attempt("read /etc/passwd", lambda: open("/etc/passwd").read())
attempt("list /proc", lambda: os.listdir("/proc/1"))
attempt("write outside its scratch folder", lambda: write_outside("/probe"))
attempt("write into the standard library", lambda: write_outside(os.__file__ + ".probe"))
attempt("connect to a socket of the host", lambda: socket.create_connection(("127.0.0.1", port), timeout=1))
attempt("make a network socket", lambda: socket.socket(socket.AF_INET))
attempt("signal its owner", lambda: os.kill(owner if owner != os.getpid() else 2, 0))
attempt("start a process", lambda: os._exit(0) if os.fork() == 0 else None)
attempt("execute a program", lambda: os.execv("/bin/true", ["true"]))
attempt("make a user namespace", lambda: must_work(libc.unshare(0x10000000)))
attempt("trace a process", lambda: must_work(libc.ptrace(0, 0, 0, 0)))
attempt("use more memory than its limit", lambda: bytearray(1 << 28))
attempt("use more scratch space than its limit", lambda: open("big", "wb").write(bytes(1 << 25)))
print("end")
"""


def check(run: Callable[[ExecutionRequest], ExecutionResult]) -> None:
    """Run the probe. Raises SandboxUnavailableError naming each attempt that was not stopped."""
    with socket.create_server(("127.0.0.1", 0)) as listener, tempfile.NamedTemporaryFile("w", suffix=".canary") as canary:
        os.chmod(canary.name, 0o644)
        facts = f"{canary.name}\n{listener.getsockname()[1]}\n{os.getpid()}\n"
        limits = Limits(cpu_s=5.0, wall_s=10.0, memory_mib=192)
        result = run(ExecutionRequest(code=_PROGRAM, inputs=[facts.encode()], limits=limits)).runs[0]
    lines = result.stdout.decode("utf-8", "replace").splitlines()
    if result.status is not Status.OK or lines[-1:] != ["end"]:
        said = (result.stderr or result.stdout).decode("utf-8", "replace")[-300:]
        raise SandboxUnavailableError(f"the probe of the sandbox 'namespaces' did not run to its end: {result.status.value}: {said}")
    if escapes := lines[:-1]:
        raise SandboxUnavailableError(
            f"the sandbox 'namespaces' does not hold on this host: a program in it could {'; could '.join(escapes)}. "
            "Nothing is run. Remedy: a kernel of 5.12 or newer with seccomp and user namespaces, not run under a tool that emulates them"
        )
