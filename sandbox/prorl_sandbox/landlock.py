"""Landlock, the wall around files that needs no namespace: what a ruleset does not name can be neither read nor written.

In the jail it is the second wall, behind the mounts; without namespaces it is the only one. A ruleset is made once a server and
entered by each run. It also forbids TCP and, where the kernel knows how, signals and abstract sockets out of the domain.
"""

import os
import struct
from collections.abc import Callable, Iterable

from prorl_sandbox.libc import prepared, syscall

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
EXECUTE, READ_FILE, LIST = 1 << 0, 1 << 2, 1 << 3
READ = READ_FILE | LIST
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
WRITE = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12 | _REFER | _TRUNCATE
"""Files, folders and symbolic links; no devices, pipes or sockets with a name."""
_OF_FILES = EXECUTE | READ_FILE | 1 << 1 | _TRUNCATE | _IOCTL


def abi() -> int:
    """The kernel's Landlock version; 0 where it has none or it is switched off."""
    try:
        return syscall("landlock", _CREATE, None, 0, 1)
    except OSError:
        return 0


def ruleset(version: int, rules: Iterable[tuple[str, int]]) -> int:
    """A descriptor of a ruleset that grants these rights below these paths, and nothing else. A path that does not exist grants nothing."""
    handled = (1 << 13) - 1
    handled |= (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0) | (_IOCTL if version >= 5 else 0)
    attributes = struct.pack("<QQQ", handled, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    made = syscall("landlock_create_ruleset", _CREATE, attributes, len(attributes), 0)
    for path, rights in rules:
        try:
            place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        except OSError:
            continue
        rights &= handled if os.path.isdir(path) else handled & _OF_FILES
        if rights:
            syscall(f"landlock_add_rule {path}", _ADD_RULE, made, 1, struct.pack("<Qi", rights, place), 0)
        os.close(place)
    return made


def entering(rules: int) -> Callable[[], int]:
    """A function that confines its process to a ruleset for good. Needs no_new_privs."""
    return prepared("landlock_restrict_self", _RESTRICT, rules, 0)
