"""The sandbox protocol: how untrusted programs are run, and what comes back. Backends live elsewhere and register themselves.

A request carries a program and its inputs, never an expected output: what must not be read is not there. A result says how each run
ended. With no sandbox nothing is executed: `open_sandbox` raises `SandboxUnavailableError`, which says how to get one.

    sandbox = open_sandbox("auto")
    result = sandbox.run(ExecutionRequest(code="print(int(input()) * 2)", inputs=[b"21"]))
    result.runs[0].status, result.runs[0].stdout       # Status.OK, b"42\\n"
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from prorl_gym.errors import SandboxUnavailableError, unknown


class Status(StrEnum):
    """How one run ended. Only `SANDBOX_ERROR` says nothing about the program; it is retried, then ungradable."""

    OK = "ok"
    NONZERO_EXIT = "nonzero_exit"
    SIGNALED = "signaled"
    CPU_TIME = "cpu_time"
    WALL_TIME = "wall_time"
    MEMORY = "memory"
    OUTPUT_LIMIT = "output_limit"
    COMPILE_ERROR = "compile_error"
    NOT_RUN = "not_run"
    SANDBOX_ERROR = "sandbox_error"


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """What one run may use. Time is CPU time; wall time is the backstop."""

    cpu_s: float = 5.0
    wall_s: float | None = None
    """Wall seconds of one run; default: three times `cpu_s` plus two."""
    memory_mib: int = 512
    stdout_kib: int = 1024
    stderr_kib: int = 64
    processes: int = 1
    open_files: int = 64
    total_wall_s: float = 60.0
    """Wall seconds of all runs of one request; later runs are NOT_RUN."""

    @property
    def wall(self) -> float:
        """Wall seconds of one run, the default filled in."""
        return self.cpu_s * 3 + 2 if self.wall_s is None else self.wall_s


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionRequest:
    """One program and the inputs to run it on, each run separate from the others.

    Mode "stdio": `inputs` are bytes for standard input. Mode "call": `inputs` are argument lists (plain data) for the function
    `entry`; its return value comes back as plain data in `RunResult.value`.
    """

    code: str
    inputs: Sequence[Any]
    language: str = "python"
    mode: Literal["stdio", "call"] = "stdio"
    entry: str | None = None
    limits: Limits = field(default_factory=Limits)
    stop_on: frozenset[Literal["timeout", "failure"]] = frozenset({"timeout"})
    """Stop the remaining runs at the first time-out, or at the first run that is not OK."""
    seed: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunResult:
    """How one run ended and what it left."""

    status: Status
    stdout: bytes = b""
    stderr: bytes = b""
    exit_code: int | None = None
    signal: int | None = None
    value: Any = None
    """Mode "call": the return value as plain data (None, bool, int, float, str, bytes, list, tuple, set, dict)."""
    cpu_s: float = 0.0
    wall_s: float = 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionResult:
    """One `RunResult` an input, in order, and which isolation they ran under."""

    runs: tuple[RunResult, ...]
    isolation: str


@runtime_checkable
class Sandbox(Protocol):
    """Runs untrusted programs. Safe to call from several threads."""

    name: str

    def run(self, request: ExecutionRequest) -> ExecutionResult:
        """Run the program on each input. Never raises for what the program does."""
        ...

    def close(self) -> None:
        """End all processes of this sandbox."""
        ...


SandboxFactory = Callable[[], Sandbox]
_opened: dict[str, Sandbox] = {}


def open_sandbox(name: str = "auto") -> Sandbox:
    """The sandbox of that name, one a process. "auto" takes the first registered one that starts.

    Raises SandboxUnavailableError naming every backend that was tried and why it refused; UnknownNameError for an unknown name.
    """
    from prorl_gym.registry import registry

    if name in _opened:
        return _opened[name]
    backends: Mapping[str, SandboxFactory] = registry().sandboxes
    if name != "auto":
        if name not in backends:
            raise unknown("sandbox", name, backends)
        _opened[name] = backends[name]()
        return _opened[name]
    refusals: list[str] = []
    for key, factory in backends.items():
        try:
            _opened[name] = factory()
            return _opened[name]
        except SandboxUnavailableError as error:
            refusals.append(f"{key}: {error}")
    tried = "; ".join(refusals) or "no backend is registered (the wheel's own is the plugin 'prorl_sandbox'; see: prorl plugin list)"
    raise SandboxUnavailableError(f"no sandbox can run untrusted code here, so none of it was run. Tried: {tried}")


def close_sandboxes() -> None:
    """Close every sandbox that this process opened."""
    while _opened:
        _opened.popitem()[1].close()
