"""The system call filter of a run: a BPF program built here, no library. An allow-list; all else answers EPERM within the
table of `calls`, and beyond it, where newer calls are, ENOSYS.

Calls for another architecture's table (32-bit, x32) kill the program. What is allowed stands in the filter as a bitmap, because every run installs it
anew and the kernel translates it each time: a comparison for each call would cost a run more than all its calls together. New processes are
refused with EAGAIN unless the run may have more than one; threads are always allowed. `clone3` says ENOSYS, so that libc falls back to `clone`, whose
flags can be seen. Only connected local socket pairs exist: a datagram one could address a socket of the host.
"""

import ctypes
import errno
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass

from prorl_sandbox import calls
from prorl_sandbox.libc import prepared

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_LD, _LD_IMM, _JMP, _JEQ, _JGE, _JSET, _AND, _SHIFT, _SHIFT_BY_X, _TO_X, _RET = 0x20, 0x00, 0x05, 0x15, 0x35, 0x45, 0x54, 0x74, 0x7C, 0x07, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NR, _ARCH_AT = 0, 4
_CLONE_THREAD, _CLONE_NAMESPACES = 0x00010000, 0x7E020000
_AF_UNIX, _SOCK_STREAM, _SOCK_SEQPACKET = 1, 1, 5
_AT_EMPTY_PATH = 0x1000
_OWN_PID = 0x7FFFFFF1
"""Stands for the run's own process id until the filter is installed."""
_PRCTL = (3, 15, 16, 21, 23, 39, 0x53564D41)
"""Read its own dumpable flag, set its name, read securebits, bounding set, no_new_privs; naming of memory. None reaches beyond the process."""
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
"""Is it a terminal, its size, bytes waiting, non-blocking, close on exec or not."""
_FCNTL_REFUSED = (8, 10, 15, 1024, 1026)
"""Owner and signal of asynchronous notice (a way to signal others), leases, notices of directories."""

Instruction = tuple[int, int, int, int]
Program = tuple[Instruction, ...]


def _give(value: int) -> Program:
    return ((_RET, 0, 0, value),)


_YES, _EPERM, _EAGAIN, _ENOSYS = (_give(v) for v in (_ALLOW, _ERRNO | errno.EPERM, _ERRNO | errno.EAGAIN, _ERRNO | errno.ENOSYS))


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """A filter as BPF code, and where in it the run's own process id belongs."""

    code: bytes
    pid_at: tuple[int, ...]


def supported(machine: str) -> bool:
    """Whether a filter can be built for this architecture (`os.uname().machine`)."""
    return machine in _ARCH


def build(machine: str, *, forks: bool = False, exec_fd: int | None = None, toolchain: bool = False, own_pid_only: bool = False) -> Filter:
    """The filter: `forks` lets the program fork; `exec_fd` lets it execute what is behind that descriptor; `toolchain` is for a compiler, which
    executes others and sets modes; `own_pid_only` is for runs without a pid namespace, which may signal only themselves.
    """
    column = calls.COLUMN[machine]
    allowed = {number for numbers in calls.ALLOWED.values() if (number := numbers[column]) is not None}
    special = _examined(forks=forks, own_pid_only=own_pid_only)
    if exec_fd is not None:
        special["execveat"] = _when(0, (exec_fd,), _when(4, (_AT_EMPTY_PATH,), _YES, _EPERM), _EPERM)
    if toolchain:
        special |= dict.fromkeys(("execve", "chmod", "fchmod", "fchmodat", "utimensat"), _YES)
    known = calls.ALLOWED | calls.EXAMINED | calls.REFUSED
    last = max(number for numbers in known.values() if (number := numbers[column]) is not None)
    code: list[Instruction] = [(_LD, 0, 0, _ARCH_AT), (_JEQ, 1, 0, _ARCH[machine]), (_RET, 0, 0, _KILL), (_LD, 0, 0, _NR)]
    if machine == "x86_64":
        code += [(_JGE, 0, 1, 0x40000000), (_RET, 0, 0, _KILL)]
    code += [(_JGE, 0, len(_ENOSYS), last + 1), *_ENOSYS]
    for name, program in special.items():
        if (number := known[name][column]) is not None:
            code += [(_JEQ, 0, len(program), number), *program]
    code += _look_up(allowed, last)
    packed = b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
    return Filter(code=packed, pid_at=tuple(8 * i + 4 for i, (*_, value) in enumerate(code) if value == _OWN_PID))


def _examined(*, forks: bool, own_pid_only: bool) -> dict[str, Program]:
    fork = _YES if forks else _EAGAIN
    threads: Program = () if forks else ((_JSET, 1, 0, _CLONE_THREAD), *_EAGAIN)
    to_self = _when(0, (_OWN_PID,), _YES, _EPERM) if own_pid_only else _YES
    pair = _when(0, (_AF_UNIX,), ((_LD, 0, 0, _argument(1)), (_AND, 0, 0, 0xF), *_any_of((_SOCK_STREAM, _SOCK_SEQPACKET), _YES), *_EPERM), _EPERM)
    return {
        "clone": ((_LD, 0, 0, _argument(0)), (_JSET, 0, 1, _CLONE_NAMESPACES), *_EPERM, *threads, *_YES),
        "clone3": _ENOSYS,
        **dict.fromkeys(("fork", "vfork"), fork),
        "socketpair": pair,
        **dict.fromkeys(("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"), to_self),
        "prlimit64": _when(0, (0,), _YES, _EPERM),
        "prctl": _when(0, _PRCTL, _YES, _EPERM),
        "ioctl": _when(1, _IOCTL, _YES, _EPERM),
        "fcntl": _when(1, _FCNTL_REFUSED, _EPERM, _YES),
        **dict.fromkeys(("setpgid", "setsid"), _EPERM if own_pid_only else _YES),
    }


def _argument(place: int) -> int:
    """Where the low half of an argument stands; all that is looked at are ints, of which the kernel reads no more."""
    return 16 + 8 * place


def _any_of(values: tuple[int, ...], then: Program) -> Program:
    return tuple(instruction for value in values for instruction in ((_JEQ, 0, len(then), value), *then))


def _when(place: int, values: tuple[int, ...], then: Program, otherwise: Program) -> Program:
    """Look at one argument: `then` where it is one of `values`."""
    return ((_LD, 0, 0, _argument(place)), *_any_of(values, then), *otherwise)


def _look_up(allowed: set[int], last: int) -> list[Instruction]:
    """Find the bit of the number in the accumulator: 1 is allowed."""
    masks = [sum(1 << bit for bit in range(32) if word * 32 + bit in allowed) for word in range(last // 32 + 1)]
    code: list[Instruction] = [(_AND, 0, 0, 31), (_TO_X, 0, 0, 0), (_LD, 0, 0, _NR), (_SHIFT, 0, 0, 5)]
    for word, mask in enumerate(masks):
        code += [(_JEQ, 0, 2, word), (_LD_IMM, 0, 0, mask), (_JMP, 0, 0, 3 * (len(masks) - word - 1) + 1)]
    return [*code, *_EPERM, (_SHIFT_BY_X, 0, 0, 0), (_AND, 0, 0, 1), (_JEQ, 0, 1, 1), *_YES, *_EPERM]


def installing(filter: Filter) -> Callable[[], int]:
    """A function that puts the filter on its process for good. Needs no_new_privs."""
    number = calls.REFUSED["seccomp"][calls.COLUMN[os.uname().machine]]
    assert number is not None
    code = (ctypes.c_char * len(filter.code)).from_buffer_copy(filter.code)
    program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(code))
    install = prepared("seccomp", number, 1, 0, program)

    def for_this_process() -> int:
        for place in filter.pid_at:
            code[place : place + 4] = os.getpid().to_bytes(4, "little")
        return install()

    return for_this_process
