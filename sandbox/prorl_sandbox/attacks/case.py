"""One case of the attack suite, and what its programs may use: `won(label, action)`, which says so where an action succeeds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from prorl_gym.sandbox import Limits, Status

WON = b"WON "
OK = (Status.OK,)
FAILS = (Status.NONZERO_EXIT,)
TIME = (Status.CPU_TIME, Status.WALL_TIME)
SHORT = Limits(cpu_s=1.0, wall_s=3.0, total_wall_s=20.0)
PRELUDE = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def won(label, action):
    try:
        got = action()
    except (OSError, MemoryError, RuntimeError, ValueError, OverflowError, LookupError):
        return
    if not (isinstance(got, int) and not isinstance(got, bool) and got == -1):
        print('WON', label, repr(got)[:80], flush=True)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """A program and how it may end."""

    name: str
    group: str
    """"sanity", "resources", "leftovers", "files", "processes", "network", "kernel", "forging" or "carry-over"."""
    code: str
    """`{name}` in doubled braces stands for a target of the host, see `suite.Targets`: `{{port}}`, `{{canary}}` ..."""
    ends: tuple[Status, ...] = OK
    stdout: bytes | None = None
    """What must have been printed; None: anything in which no action reports that it won."""
    stdin: bytes = b""
    limits: Limits = field(default_factory=Limits)
    mode: Literal["stdio", "call"] = "stdio"
    args: tuple[Any, ...] = ()
    value: Any = None
    """Mode "call": the value that must come back, compared by type and value, where the ending is OK."""
    then: str | None = None
    """A second program that runs right after the first and must print nothing but "clean"."""
    exit_code: int | None = None
    prelude: bool = True
    control: bool = False
    """True where the attack is run on the unsafe subprocess too, and must succeed there: harmless to the host that runs the suite."""
    also: Mapping[str, tuple[Status, ...]] = field(default_factory=dict[str, tuple[Status, ...]])
    """Other endings that are right on a backend of that name."""
    not_on: Mapping[str, str] = field(default_factory=dict[str, str])
    """Backend to the reason why it does not hold this case; the suite reports it as known and not as held."""

    @property
    def program(self) -> str:
        """The program as it is run."""
        return (
            PRELUDE + self.code + ("\nprint('end')" if self.ends == OK and self.stdout is None and self.mode == "stdio" else "")
            if self.prelude
            else self.code
        )


def cases(group: str, *given: dict[str, Any], prelude: bool = True) -> tuple[Case, ...]:
    """Cases of one group, from their other fields."""
    return tuple(Case(group=group, prelude=prelude, **case) for case in given)
