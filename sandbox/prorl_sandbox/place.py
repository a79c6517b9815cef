"""What a fork server gives to its runs and takes from them, in the two tiers: `Jail` (namespaces) and `Bare` (none: Landlock and the filter).

A place is made once, inside the server, before the first request. `fork` starts a run, `confine` is the run's own last act before it meets
untrusted bytes, `kill` and `clear` end it and what it left. The order within `confine` matters: the filter comes last, because it
refuses most of what stands before it.
"""

import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from prorl_sandbox import landlock, libc, seccomp

SCRATCH_MIB = 16
TOOLCHAIN_SCRATCH_MIB = 128
STACK_MIB = 64
THREADS = 16
EXEC_FD = 4
"""Where the program file of an executed language stands."""
LIBRARIES = ("/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64")
TOOLS = ("/usr", "/bin", *LIBRARIES)
"""What a compiler reads."""
_MIB = 1024 * 1024
_KINDS = (resource.RLIMIT_FSIZE, resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE, resource.RLIMIT_NPROC)
_LIMITED = (*_KINDS, resource.RLIMIT_STACK, resource.RLIMIT_NOFILE, resource.RLIMIT_AS, resource.RLIMIT_CPU)


@dataclass(frozen=True, kw_only=True, slots=True)
class Allowance:
    """What one run may use."""

    cpu_s: int
    memory_mib: int
    processes: int
    open_files: int
    executes: bool = False
    """Whether the run executes the file behind `EXEC_FD`."""


class Place:
    """What the two tiers share: rulesets and filters made ahead, limits, the confinement of a run."""

    own_pid_only: ClassVar[bool]
    namespaces: ClassVar[tuple[str, ...]]

    def __init__(self, *, scratch: str, writable: bool, toolchain: bool) -> None:
        self.scratch, self.writable, self.toolchain = scratch, writable, toolchain
        self.landlock_abi = landlock.abi()
        self.other_processes = 0
        self._scratch_mib = TOOLCHAIN_SCRATCH_MIB if toolchain else SCRATCH_MIB
        self._hard = {kind: resource.getrlimit(kind)[1] for kind in _LIMITED}
        self._rulesets: dict[bool, int] = {}
        self._enter: dict[bool, Callable[[], int]] = {}
        self._drop_capabilities = libc.dropping_capabilities()
        self._filters: dict[tuple[bool, bool], Callable[[], int]] = {}
        for forks in (False, True):
            for executes in (False, True):
                filter = seccomp.build(
                    os.uname().machine,
                    forks=forks,
                    exec_fd=EXEC_FD if executes else None,
                    toolchain=toolchain,
                    own_pid_only=self.own_pid_only,
                )
                self._filters[forks, executes] = seccomp.installing(filter)
        libc.no_new_privileges()
        self._make_rulesets()

    def _readable(self, extra: int) -> Sequence[tuple[str, int]]:
        raise NotImplementedError

    def _make_rulesets(self) -> None:
        for rules in self._rulesets.values():
            os.close(rules)
        self._rulesets.clear()
        if self.landlock_abi:
            rights = landlock.READ | (landlock.WRITE if self.writable else 0)
            for executes in (False, True):
                extra = landlock.EXECUTE if executes or self.toolchain else 0
                self._rulesets[executes] = landlock.ruleset(self.landlock_abi, [*self._readable(extra), (self.scratch, rights)])
                self._enter[executes] = landlock.entering(self._rulesets[executes])

    def confine(self, allowance: Allowance) -> Callable[[], int]:
        """Confine this process for good, all but the call filter, whose installation is returned. Raises OSError or ValueError."""
        os.chdir(self.scratch)
        self._drop_capabilities()
        values = (
            self._scratch_mib * _MIB,
            0,
            0,
            0,
            allowance.processes + THREADS + self.other_processes,
            STACK_MIB * _MIB,
            allowance.open_files,
            allowance.memory_mib * _MIB,
            allowance.cpu_s,
        )
        for kind, value in zip(_LIMITED, values, strict=True):
            hard = self._hard[kind]
            least = value if hard == resource.RLIM_INFINITY else min(value, hard)
            resource.setrlimit(kind, (least, least))
        if self.landlock_abi:
            self._enter[allowance.executes]()
        return self._filters[allowance.processes > 1 or self.toolchain, allowance.executes]

    def fork(self) -> int:
        """Start a run: like os.fork()."""
        raise NotImplementedError

    def kill(self, pid: int) -> None:
        """Kill a run and all that it started."""
        raise NotImplementedError

    def sweep(self, pid: int) -> None:
        """End what an ended, not yet reaped run left running."""

    def clear(self) -> None:
        """Empty the scratch folder after a run."""
        raise NotImplementedError


class Jail(Place):
    """Inside the namespaces of `jail`: every run in a pid namespace of its own, scratch space on a bounded tmpfs.

    The tmpfs is mounted once and replaced after a run that touched it, which the kernel's own counts of the file system show. A mount
    namespace for each run would give the same at a third of the cost of the whole run: its end waits for the kernel's other users.
    """

    own_pid_only = False
    namespaces = ("user", "mount", "network", "ipc", "uts", "pid")

    def __init__(self, *, toolchain: bool) -> None:
        self._myself = os.pidfd_open(os.getpid())
        self._mount(TOOLCHAIN_SCRATCH_MIB if toolchain else SCRATCH_MIB)
        super().__init__(scratch="/tmp", writable=True, toolchain=toolchain)

    def _readable(self, extra: int) -> Sequence[tuple[str, int]]:
        return [("/", landlock.READ | extra)]

    def _mount(self, size_mib: int) -> None:
        flags = libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC
        libc.mount("scratch", "/tmp", "tmpfs", flags, f"size={size_mib}m,nr_inodes=1000,mode=700")
        self._pristine = self._state()

    def _state(self) -> tuple[object, ...]:
        counts, folder = os.statvfs("/tmp"), os.stat("/tmp")
        return counts.f_bfree, counts.f_ffree, folder.st_ino, folder.st_mode, folder.st_mtime_ns, folder.st_ctime_ns

    def fork(self) -> int:
        libc.unshare(libc.CLONE_NEWPID)
        pid = os.fork()
        if pid:
            libc.setns(self._myself, libc.CLONE_NEWPID)
        return pid

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def clear(self) -> None:
        if self._state() == self._pristine:
            return
        libc.unmount("/tmp")
        self._mount(self._scratch_mib)
        self._make_rulesets()


class Bare(Place):
    """No namespaces: a run is a process group, its parent the reaper of what it orphans. Nothing is writable unless that was granted."""

    own_pid_only = True
    namespaces = ()

    def __init__(self, *, scratch: str, writable: bool, toolchain: bool) -> None:
        libc.prctl("PR_SET_CHILD_SUBREAPER", libc.PR_SET_CHILD_SUBREAPER, 1)
        super().__init__(scratch=scratch, writable=writable or toolchain, toolchain=toolchain)
        self.other_processes = _processes_of(os.geteuid()) + SLACK

    def _readable(self, extra: int) -> Sequence[tuple[str, int]]:
        rules = [(path, landlock.READ | extra) for path in (TOOLS if self.toolchain else LIBRARIES)]
        for folder in {os.path.dirname(os.__file__), *(p for p in sys.path if p.startswith(sys.base_prefix))}:
            rules.append((folder, landlock.LIST))
            with contextlib.suppress(OSError):
                names = [name for name in os.listdir(folder) if not name.endswith("-packages")]
                rules += [(f"{folder}/{name}", landlock.READ | extra) for name in names]
        return rules

    def fork(self) -> int:
        pid = os.fork()
        if pid == 0:
            os.setsid()
            libc.prctl("PR_SET_PDEATHSIG", libc.PR_SET_PDEATHSIG, signal.SIGKILL)
        return pid

    def kill(self, pid: int) -> None:
        os.kill(pid, signal.SIGKILL)
        self.sweep(pid)

    def sweep(self, pid: int) -> None:
        """The group outlives its leader until the last member is reaped, so its number is still the run's."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)

    def clear(self) -> None:
        with contextlib.suppress(ChildProcessError):  # all are killed, and those that a run orphaned are ours
            while True:
                os.waitpid(-1, 0)
        flatten(self.scratch)


SLACK = 64
"""Processes that the user of a run without namespaces may start elsewhere before a run's threads are refused."""


def _processes_of(uid: int) -> int:
    """Threads of a user, as far as /proc shows; 0 where it shows nothing."""
    found = 0
    with contextlib.suppress(OSError):
        for name in os.listdir("/proc"):
            with contextlib.suppress(OSError):
                if name.isdigit() and os.stat(f"/proc/{name}").st_uid == uid:
                    found += len(os.listdir(f"/proc/{name}/task"))
    return found


def remove(folder: str) -> None:
    """Remove a folder that programs may have filled; nothing where it is gone."""
    with contextlib.suppress(FileNotFoundError):
        flatten(folder)
        os.rmdir(folder)


def flatten(folder: str) -> None:
    """Empty a folder that a program filled, however deep: what lies in a subfolder is moved up before the subfolder goes."""
    moved = 0
    while names := os.listdir(folder):
        for name in names:
            path = f"{folder}/{name}"
            if os.path.islink(path) or not os.path.isdir(path):
                os.unlink(path)
                continue
            os.chmod(path, 0o700)
            for inner in os.listdir(path):
                moved += 1
                if os.path.isdir(f"{path}/{inner}") and not os.path.islink(f"{path}/{inner}"):
                    os.chmod(f"{path}/{inner}", 0o700)  # a folder that moves is written to
                os.rename(f"{path}/{inner}", f"{folder}/.moved-{os.getpid()}-{moved}")
            os.rmdir(path)
