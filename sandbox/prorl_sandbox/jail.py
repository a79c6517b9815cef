"""The jail that one fork server lives in: its own user, mount, network, ipc, uts and pid namespaces and a root of almost nothing.

The root is an empty, read-only tmpfs that holds the standard library and the shared libraries, both read-only, and an empty folder for
scratch space. No /proc, no /dev, no /etc, no home. Started by root, the jail first builds its mounts, then becomes an
unprivileged user, and only then makes its user namespace: a process whose outside identity is root is exempt from limits that an
ordinary user has. Each step that the kernel refuses is a `RefusalError` that names it.
"""

import os
import signal
import sysconfig
from collections.abc import Callable, Sequence

from prorl_sandbox import libc
from prorl_sandbox.place import LIBRARIES, TOOLS

SCRATCH = "/tmp"
NOBODY = 65534


class RefusalError(Exception):
    """The kernel or the host refused a step of the set-up. Arguments: the step's name and what was said."""


def step(name: str, action: Callable[[], object]) -> None:
    """Do one step of the set-up; its failure is a RefusalError that carries the step's name."""
    try:
        action()
    except OSError as error:
        raise RefusalError(name, str(error)) from error


def identity() -> tuple[int, int]:
    """The user and group that the jail runs as, seen from outside. Raises RefusalError where only root itself is available."""
    if os.geteuid() != 0:
        return os.geteuid(), os.getegid()
    with open("/proc/self/uid_map") as lines:
        ranges = [[int(n) for n in line.split()] for line in lines]
    if any(low <= NOBODY < low + count for low, _, count in ranges):
        return NOBODY, NOBODY
    if any(low == 0 and outside == 0 for low, outside, _ in ranges):
        raise RefusalError("identity", f"started as root, and the user {NOBODY} does not exist in this user namespace")
    return 0, 0


def write_maps(pid: int, uid: int, gid: int) -> None:
    """Map one user and one group into the new user namespace of `pid`."""
    for name, text in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        with open(f"/proc/{pid}/{name}", "w") as file:
            file.write(text)


def enter(await_maps: Callable[[], None], *, toolchain: bool = False) -> None:
    """Put this process into the jail, all but the pid namespace, which only its next child is in.

    `await_maps` is called in the new user namespace and returns once the maps are written. `toolchain` puts the machine's programs into the root.
    """
    uid, gid = identity()
    as_root = os.geteuid() == 0 and uid != 0
    if not as_root:
        step("user namespace", lambda: libc.unshare(libc.CLONE_NEWUSER))
        await_maps()
    step("namespaces", lambda: libc.unshare(libc.CLONE_NEWNS | libc.CLONE_NEWIPC | libc.CLONE_NEWUTS | libc.CLONE_NEWNET))
    step("root file system", lambda: _build_root(TOOLS if toolchain else LIBRARIES))
    if as_root:
        step("unprivileged user", lambda: become(uid, gid))
        step("user namespace", lambda: libc.unshare(libc.CLONE_NEWUSER | libc.CLONE_NEWNS))
        await_maps()
    step("pid namespace", lambda: libc.unshare(libc.CLONE_NEWPID))
    die_with_parent()  # a change of credentials clears it


def die_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    libc.prctl("PR_SET_PDEATHSIG", libc.PR_SET_PDEATHSIG, signal.SIGKILL)


def become(uid: int, gid: int) -> None:
    """Give up being root for good."""
    os.setgroups([])
    os.setresgid(gid, gid, gid)
    os.setresuid(uid, uid, uid)


def _build_root(shown: Sequence[str]) -> None:
    """Build the root and pivot into it. The trees are taken before the tmpfs covers the folder that it is built in."""
    libc.mount("none", "/", None, libc.MS_REC | libc.MS_PRIVATE)
    stdlib = _stdlib()
    apart = _outermost([*(path for path in shown if os.path.exists(path)), *stdlib])
    links = [(path, os.readlink(path)) for path in apart if os.path.islink(path)]
    folders = [path for path in apart if not os.path.islink(path)]
    trees = [(path, libc.clone_tree(path)) for path in folders]
    base = SCRATCH
    libc.mount("jail", base, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC, "size=1m,nr_inodes=1000,mode=755")
    for path, tree in trees:
        os.makedirs(base + path, mode=0o755, exist_ok=True)
        libc.restrict_tree(tree, libc.ATTR_RDONLY | libc.ATTR_NOSUID | libc.ATTR_NODEV)
        libc.attach(tree, base + path)
        os.close(tree)
    for path in stdlib:
        installed = base + path + "/site-packages"
        if os.path.isdir(installed):
            libc.mount("none", installed, "tmpfs", libc.MS_NOSUID | libc.MS_NODEV | libc.MS_NOEXEC, "size=4k,mode=755")
            libc.restrict_mount(installed, libc.ATTR_RDONLY)
    for path, target in links:
        os.makedirs(base + os.path.dirname(path), exist_ok=True)
        os.symlink(target, base + path)
    os.mkdir(base + SCRATCH, mode=0o755)
    libc.pivot_into(base)
    libc.restrict_mount("/", libc.ATTR_RDONLY | libc.ATTR_NOSUID | libc.ATTR_NODEV | libc.ATTR_NOEXEC)


def _outermost(paths: Sequence[str]) -> list[str]:
    """The paths that lie below no other one."""
    return [path for path in dict.fromkeys(paths) if not path.startswith(tuple(f"{other}/" for other in paths))]


def _stdlib() -> list[str]:
    """The folders of the running interpreter's standard library."""
    return sorted({os.path.realpath(sysconfig.get_path(name)) for name in ("stdlib", "platstdlib")})
