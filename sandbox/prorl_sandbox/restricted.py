"""`RestrictedSandbox`, the backend "restricted": Landlock, a call filter and limits, for hosts that deny namespaces, such as a container.

Nothing is writable unless scratch space is granted, which then is a private folder without a bound on its whole size: by the argument, or by the
environment variable PRORL_SANDBOX_SCRATCH=1. Started by root it becomes an unprivileged user, who must be able to read the interpreter; where he
cannot, another interpreter of the machine is taken.
"""

import functools
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

from prorl_gym.errors import SandboxUnavailableError
from prorl_sandbox import landlock
from prorl_sandbox.backend import ServerSandbox
from prorl_sandbox.link import REMEDIES, Link, local_server

SCRATCH_VARIABLE = "PRORL_SANDBOX_SCRATCH"
_LEAST_ABI = 1
_OTHERS = ("/usr/local/bin/python3", "/usr/bin/python3")
_CHECK = "import sys, ctypes; print(sys.version_info >= (3, 11), sys.base_prefix)"


class RestrictedSandbox(ServerSandbox):
    """Runs untrusted programs without namespaces. Raises SandboxUnavailableError where it cannot do so safely."""

    name = "restricted"

    def __init__(self, *, workers: int | None = None, scratch: bool | None = None) -> None:
        if landlock.abi() < _LEAST_ABI:
            raise SandboxUnavailableError(f"this kernel has no Landlock, or it is switched off. Remedy: {REMEDIES['landlock']}")
        granted = os.environ.get(SCRATCH_VARIABLE) == "1" if scratch is None else scratch
        options = ("scratch",) if granted else ()
        super().__init__(functools.partial(_start, *options), start_toolchain=functools.partial(_start, "toolchain"), workers=workers)


def _start(*options: str) -> Link:
    return local_server("restricted", *options, python=_interpreter(), folder=tempfile.mkdtemp(prefix=f"prorl-sandbox-{os.getpid()}-", dir="/tmp"))


@functools.cache
def _interpreter() -> str:
    """This interpreter, or where root's successor could not read it another one. Raises SandboxUnavailableError."""
    own: str = getattr(sys, "_base_executable", "") or sys.executable
    if os.geteuid() != 0 or (_everyone_reads(own) and _everyone_reads(os.__file__)):
        return own
    for path in _OTHERS:
        if os.path.exists(path) and _everyone_reads(path):
            said = subprocess.run([path, "-I", "-S", "-c", _CHECK], capture_output=True, text=True, check=False, env={}).stdout
            if said.startswith("True ") and _everyone_reads(said.split(maxsplit=1)[1].strip()):
                return path
    raise SandboxUnavailableError(
        f"the interpreter {own} lies where only root can read it, and programs are never run as root. "
        "Remedy: start as an ordinary user, or install Python 3.11 or newer with ctypes in /usr or /usr/local"
    )


def _everyone_reads(path: str) -> bool:
    """Whether any user may get to a path and read it, by the modes of all folders above it."""
    real = Path(os.path.realpath(path))
    return all(os.stat(p).st_mode & (stat.S_IXOTH if p != real else stat.S_IROTH) for p in (real, *real.parents))
