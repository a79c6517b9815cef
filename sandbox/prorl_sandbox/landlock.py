"""Landlock, the second wall around the file system: read anything in the jail, write only below the scratch folder.

The jail holds without it; where the kernel has it, a hole in the mount set-up still does not give write access, and signals and abstract
sockets cannot leave the domain.
"""

import os
import struct

from prorl_sandbox.libc import syscall

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3
_WRITE = 1 << 1 | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15


def abi() -> int:
    """The kernel's Landlock version; 0 where it has none or it is switched off."""
    try:
        return syscall("landlock", _CREATE, None, 0, 1)
    except OSError:
        return 0


def restrict(version: int, scratch: str) -> None:
    """Confine this process for good: reading everywhere, writing below `scratch`, no TCP, no signals or abstract sockets outwards."""
    handled = (1 << 13) - 1
    handled |= (_REFER if version >= 2 else 0) | (_TRUNCATE if version >= 3 else 0) | (_IOCTL if version >= 5 else 0)
    attributes = struct.pack("<QQQ", handled, 3, 3)[: 8 if version < 4 else 16 if version < 6 else 24]
    rules = syscall("landlock_create_ruleset", _CREATE, attributes, len(attributes), 0)
    for path, rights in (("/", _READ), (scratch, _READ | _WRITE | _REFER | _TRUNCATE)):
        place = os.open(path, os.O_PATH)
        syscall("landlock_add_rule", _ADD_RULE, rules, 1, struct.pack("<Qi", rights & handled, place), 0)
        os.close(place)
    syscall("landlock_restrict_self", _RESTRICT, rules, 0)
    os.close(rules)
