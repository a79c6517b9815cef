"""The few system calls that Python does not wrap, by ctypes. Each raises OSError with the call's name; nothing here decides anything.

Imported by the fork server, which has no site-packages: standard library only, like every module that the server loads.
"""

import ctypes
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

CLONE_NEWNS, CLONE_NEWUTS, CLONE_NEWIPC = 0x00020000, 0x04000000, 0x08000000
CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x10000000, 0x20000000, 0x40000000
MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_REC, MS_PRIVATE = 2, 4, 8, 0x4000, 0x40000
MNT_DETACH = 2
ATTR_RDONLY, ATTR_NOSUID, ATTR_NODEV, ATTR_NOEXEC = 1, 2, 4, 8
PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 4, 36, 38, 47
_AT_FDCWD, _AT_EMPTY_PATH, _AT_RECURSIVE = -100, 0x1000, 0x8000
_OPEN_TREE_CLONE, _OPEN_TREE_CLOEXEC = 1, 0o2000000
_MOVE_MOUNT_F_EMPTY_PATH = 4
# numbers from 424 on are the same on every architecture
_OPEN_TREE, _MOVE_MOUNT, _MOUNT_SETATTR = 428, 429, 442

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def _checked(name: str, result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def syscall(name: str, number: int, *args: "int | bytes | ctypes.Array[Any] | None") -> int:
    """A raw system call; integers go as long, None as NULL."""
    return _checked(name, _libc.syscall(ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in args)))


def unshare(flags: int) -> None:
    """Leave namespaces for new ones."""
    _checked("unshare", _libc.unshare(flags))


def setns(fd: int, flags: int) -> None:
    """Join the namespaces behind a pidfd."""
    _checked("setns", _libc.setns(fd, flags))


def mount(source: str, target: str, kind: str | None, flags: int, data: str = "") -> None:
    """mount(2)."""
    _checked(
        f"mount {target}",
        _libc.mount(source.encode(), os.fsencode(target), None if kind is None else kind.encode(), ctypes.c_ulong(flags), data.encode() or None),
    )


def unmount(path: str) -> None:
    """Take what is mounted at `path` away, at once."""
    _checked(f"umount2 {path}", _libc.umount2(os.fsencode(path), MNT_DETACH))


def execute(fd: int, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
    """Become the program behind a descriptor. Returns only by raising."""

    def strings(values: Iterable[str]) -> "ctypes.Array[ctypes.c_char_p]":
        encoded = [value.encode() for value in values]
        return (ctypes.c_char_p * (len(encoded) + 1))(*encoded, None)

    number = {"x86_64": 322, "aarch64": 281}[os.uname().machine]
    syscall("execveat", number, fd, b"", strings(arguments), strings(f"{k}={v}" for k, v in environment.items()), _AT_EMPTY_PATH)


def pivot_into(path: str) -> None:
    """Make `path` the root of this mount namespace and let go of the old one."""
    os.chdir(path)
    _checked("pivot_root", _libc.syscall(ctypes.c_long(_PIVOT_ROOT[os.uname().machine]), b".", b"."))
    _checked("umount2", _libc.umount2(b".", MNT_DETACH))
    os.chdir("/")


_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}


def clone_tree(path: str) -> int:
    """A detached copy of the mounts at `path`, as a descriptor for `attach`."""
    flags = _OPEN_TREE_CLONE | _OPEN_TREE_CLOEXEC | _AT_RECURSIVE
    return syscall(f"open_tree {path}", _OPEN_TREE, _AT_FDCWD, os.fsencode(path), flags)


def restrict_tree(fd: int, attributes: int) -> None:
    """Set mount attributes on a detached tree, all its mounts included."""
    data = attributes.to_bytes(8, "little") + bytes(24)
    syscall("mount_setattr", _MOUNT_SETATTR, fd, b"", _AT_EMPTY_PATH | _AT_RECURSIVE, data, len(data))


def restrict_mount(path: str, attributes: int) -> None:
    """Set mount attributes on the one mount at `path`."""
    data = attributes.to_bytes(8, "little") + bytes(24)
    syscall(f"mount_setattr {path}", _MOUNT_SETATTR, _AT_FDCWD, os.fsencode(path), 0, data, len(data))


def attach(fd: int, path: str) -> None:
    """Mount a detached tree at `path`."""
    syscall(f"move_mount {path}", _MOVE_MOUNT, fd, b"", _AT_FDCWD, os.fsencode(path), _MOVE_MOUNT_F_EMPTY_PATH)


def prctl(name: str, option: int, a: int = 0, b: int = 0) -> None:
    """prctl(2) with up to two arguments, the rest 0."""
    zero = ctypes.c_ulong(0)
    _checked(f"prctl {name}", _libc.prctl(option, ctypes.c_ulong(a), ctypes.c_ulong(b), zero, zero))


def no_new_privileges() -> None:
    """From here on no program that this process or its children execute gains anything; what is there already stays."""
    prctl("PR_SET_NO_NEW_PRIVS", PR_SET_NO_NEW_PRIVS, 1)
    prctl("PR_CAP_AMBIENT", PR_CAP_AMBIENT, 4)


def dropping_capabilities() -> Callable[[], int]:
    """A function that empties the effective, permitted and inheritable sets."""
    header = (0x20080522).to_bytes(4, "little") + bytes(4)
    return prepared("capset", {"x86_64": 126, "aarch64": 91}[os.uname().machine], header, bytes(24))


def prepared(name: str, number: int, *args: "int | bytes | ctypes.Array[Any] | None") -> Callable[[], int]:
    """A raw system call with all of its arguments made: a run that makes it copies few pages."""
    call = _libc.syscall
    made = (ctypes.c_long(number), *(ctypes.c_long(a) if isinstance(a, int) else a for a in args))

    def make() -> int:
        result: int = call(*made)
        return result if result >= 0 else _checked(name, result)

    return make
