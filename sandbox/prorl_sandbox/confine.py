"""What is taken from one run before any untrusted byte is read: scratch of its own, no capabilities, limits, Landlock, the call filter.

The order matters: mounting needs capabilities, the filter comes last because it refuses most of what stands before it.
"""

import os
import resource
from dataclasses import dataclass

from prorl_sandbox import landlock, libc, seccomp
from prorl_sandbox.jail import SCRATCH

SCRATCH_MIB = 16
STACK_MIB = 64
THREADS = 16
_MIB = 1024 * 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Kernel:
    """What this kernel offers, found once a server."""

    landlock_abi: int
    filter_single: bytes
    filter_forking: bytes

    @classmethod
    def here(cls) -> "Kernel":
        """The running kernel."""
        machine = os.uname().machine
        return cls(
            landlock_abi=landlock.abi(), filter_single=seccomp.build(machine, processes=False), filter_forking=seccomp.build(machine, processes=True)
        )


def confine(kernel: Kernel, *, cpu_s: int, memory_mib: int, processes: int, open_files: int) -> None:
    """Confine this process for good. Raises OSError or ValueError where any part is refused; nothing may run then."""
    libc.unshare(libc.CLONE_NEWNS | libc.CLONE_NEWIPC)
    flags = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
    libc.mount("scratch", SCRATCH, "tmpfs", flags, f"size={SCRATCH_MIB}m,nr_inodes=1000,mode=700")
    os.chdir(SCRATCH)
    libc.drop_capabilities()
    libc.prctl("PR_SET_NO_NEW_PRIVS", libc.PR_SET_NO_NEW_PRIVS, 1)
    for kind, value in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_FSIZE, SCRATCH_MIB * _MIB),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_NPROC, processes + THREADS),
        (resource.RLIMIT_STACK, STACK_MIB * _MIB),
        (resource.RLIMIT_NOFILE, open_files),
        (resource.RLIMIT_AS, memory_mib * _MIB),
    ):
        hard = resource.getrlimit(kind)[1]
        least = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (least, least))
    if kernel.landlock_abi:
        landlock.restrict(kernel.landlock_abi, SCRATCH)
    seccomp.install(kernel.filter_forking if processes > 1 else kernel.filter_single)
