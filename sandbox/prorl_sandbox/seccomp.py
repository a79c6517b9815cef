"""The system call filter of a run: a BPF program built here, no library. A deny-list; everything it names fails, the rest is the kernel's.

Calls for another architecture's table (32-bit, x32) kill the program. New processes are refused unless the run may have more than one;
threads are always allowed. Only local sockets exist. `clone3` says ENOSYS, so that libc falls back to `clone`, whose flags can be seen.
"""

import ctypes
import errno
import os
import struct

from prorl_sandbox.libc import syscall

_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_LD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NR, _ARCH_AT, _ARG0 = 0, 4, 16
_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_AF_UNIX = 1

DENIED: dict[str, tuple[int | None, int | None]] = {
    # name: (x86_64, aarch64)
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "execve": (59, 221),
    "execveat": (322, 281),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "mount_setattr": (442, 442),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "unshare": (272, 97),
    "setns": (308, 268),
    "bpf": (321, 280),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "userfaultfd": (323, 282),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "shmat": (30, 196),
    "shmctl": (31, 195),
    "semget": (64, 190),
    "semop": (65, 193),
    "semctl": (66, 191),
    "semtimedop": (220, 192),
    "msgget": (68, 186),
    "msgsnd": (69, 189),
    "msgrcv": (70, 188),
    "msgctl": (71, 187),
    "mq_open": (240, 180),
    "mq_unlink": (241, 181),
    "mbind": (237, 235),
    "set_mempolicy": (238, 237),
    "migrate_pages": (256, 238),
    "move_pages": (279, 239),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "finit_module": (313, 273),
    "kexec_load": (246, 104),
    "kexec_file_load": (320, 294),
    "reboot": (169, 142),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "personality": (135, 92),
    "acct": (163, 89),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "syslog": (103, 116),
    "vhangup": (153, 58),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "adjtimex": (159, 171),
    "clock_adjtime": (305, 266),
}
_SOCKET, _CLONE, _FORKS = (41, 198), (56, 220), ((57, None), (58, None))
_CLONE3 = 435


def supported(machine: str) -> bool:
    """Whether a filter can be built for this architecture (`os.uname().machine`)."""
    return machine in _ARCH


def build(machine: str, *, processes: bool) -> bytes:
    """The filter as BPF code; `processes` lets the program fork."""
    column = 0 if machine == "x86_64" else 1
    code = [(_LD, 0, 0, _ARCH_AT), (_JEQ, 1, 0, _ARCH[machine]), (_RET, 0, 0, _KILL), (_LD, 0, 0, _NR)]
    if machine == "x86_64":
        code += [(_JGE, 0, 1, 0x40000000), (_RET, 0, 0, _KILL)]
    denied = [numbers[column] for numbers in DENIED.values()]
    if not processes:
        denied += [numbers[column] for numbers in _FORKS]
    for number in denied:
        if number is not None:
            code += [(_JEQ, 0, 1, number), (_RET, 0, 0, _ERRNO | errno.EPERM)]
    code += [(_JEQ, 0, 1, _CLONE3), (_RET, 0, 0, _ERRNO | errno.ENOSYS)]
    code += _when_argument(_SOCKET[column], (_JEQ, 1, 0, _AF_UNIX), errno.EPERM)
    code += _when_argument(_CLONE[column], (_JSET, 0, 1, _CLONE_NAMESPACES), errno.EPERM)
    if not processes:
        code += _when_argument(_CLONE[column], (_JSET, 1, 0, _CLONE_THREAD), errno.EPERM)
    code.append((_RET, 0, 0, _ALLOW))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


def _when_argument(number: int, test: tuple[int, int, int, int], error: int) -> list[tuple[int, int, int, int]]:
    """For one call: look at its first argument; `test` jumps over the refusal where the argument is fine."""
    return [(_JEQ, 0, 4, number), (_LD, 0, 0, _ARG0), test, (_RET, 0, 0, _ERRNO | error), (_LD, 0, 0, _NR)]


def install(code: bytes) -> None:
    """Put the filter on this process for good. Needs no_new_privs."""
    buffer = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("<HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    syscall("seccomp", _SECCOMP[os.uname().machine], 1, 0, program)
