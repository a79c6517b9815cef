"""The sandbox protocol: how untrusted programs are run, and what comes back. Backends live elsewhere and register themselves.

A request carries a program and its inputs, never an expected output: what must not be read is not there. A result says how each run
ended. With no sandbox nothing is executed: `open_sandbox` raises `SandboxUnavailableError`, which says how to get one.

    sandbox = open_sandbox("auto")
    result = sandbox.run(ExecutionRequest(code="print(int(input()) * 2)", inputs=[b"21"]))
    result.runs[0].status, result.runs[0].stdout       # Status.OK, b"42\\n"
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Literal, Protocol, runtime_checkable

from prorl_gym.errors import MissingExtraError, SandboxUnavailableError, unknown


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

    Mode "stdio": `inputs` are bytes for standard input. Mode "call" (Python only): `inputs` are argument lists (plain data) for the
    function `entry`; its return value comes back as plain data in `RunResult.value`.
    """

    code: str
    inputs: Sequence[Any] = ()
    language: str = "python"
    """A registered language (hook `register_languages`); "python" is always there."""
    mode: Literal["stdio", "call"] = "stdio"
    entry: str | None = None
    files: Mapping[str, bytes] = field(default_factory=dict[str, bytes])
    """Name to content, placed in the working folder of every run. Names are single path components."""
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
    truncated: bool = False
    """Whether the program wrote more than is kept of its output."""
    exit_code: int | None = None
    signal: int | None = None
    value: Any = None
    """Mode "call": the return value as plain data (None, bool, int, float, str, bytes, list, tuple, set, dict)."""
    cpu_s: float = 0.0
    wall_s: float = 0.0
    max_rss_mib: float = 0.0
    violation: str | None = None
    """The rule for which the run was ended: "cpu", "wall", "memory", "output" or "syscall" (a call for another architecture)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IsolationReport:
    """What stands between a program and the host, as found by trying. Attached to every result."""

    tier: str
    """The backend's name, as "namespaces" or "restricted"."""
    kernel: str = ""
    landlock_abi: int = 0
    """0 where the kernel has no Landlock or it is switched off."""
    namespaces: tuple[str, ...] = ()
    seccomp: str = ""
    """The kind of call filter and its architecture, as "allow-list x86_64"."""
    nproc_enforced: bool = False
    """Whether the kernel holds the run's user to a number of processes and threads."""
    probes: Mapping[str, bool] = field(default_factory=dict[str, bool])
    """What was tried from inside, and whether it was stopped."""
    warnings: tuple[str, ...] = ()
    """What this tier or this host leaves open."""

    def to_json(self) -> dict[str, Any]:
        """Plain data, for metrics and `--json`."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True, slots=True)
class ExecutionResult:
    """One `RunResult` an input, in order, and which isolation they ran under."""

    runs: tuple[RunResult, ...]
    isolation: IsolationReport
    compile: RunResult | None = None
    """How the compilation ended, in languages that have one; where it is not OK every run is COMPILE_ERROR."""
    worker: int = 0
    """Process id of the worker that the runs ended on."""
    retries: int = 0
    """Runs that were lost with a worker and tried once more on a fresh one."""
    queue_s: float = 0.0
    """Wall seconds until a worker was free."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Language:
    """A compiled language. `compilers` are looked up in order on PATH; the command is the compiler, `flags`, "-o", output, source, `libraries`."""

    name: str
    source: str
    """The file name that the compiler is given, as "main.cpp"."""
    compilers: tuple[str, ...]
    flags: tuple[str, ...] = ()
    libraries: tuple[str, ...] = ()
    remedy: str = ""
    """How to get the compiler where none is installed."""


class SessionClosedError(ConnectionError):
    """The program at the other end of a session has ended, said nothing in time, or sent what is no plain data."""


class Session(Protocol):
    """One long run of a program and a duplex channel of plain data to it.

    In the program: `import channel`, then `channel.send(value)` and `channel.receive()`, which waits. Closing the session kills the program.
    """

    def send(self, value: Any) -> None:
        """Hand a value to the program. Raises SessionClosedError where it has ended, ValueError for what is no plain data."""
        ...

    def receive(self, timeout_s: float) -> Any:
        """The program's next value. Raises SessionClosedError; the run then ended or is of no more use."""
        ...

    def close(self, wait_s: float = 0.0) -> RunResult:
        """Say how the run ended, after killing it where it does not end by itself within `wait_s`. May be called again."""
        ...


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


@runtime_checkable
class StreamingSandbox(Sandbox, Protocol):
    """What the wheel's own backends give beyond `run`."""

    report: IsolationReport

    def stream(self, request: ExecutionRequest) -> Iterator[RunResult]:
        """The runs one at a time, as they end. Closing the iterator early kills the run under way and keeps the worker."""
        ...

    async def arun(self, request: ExecutionRequest) -> ExecutionResult:
        """`run` for asyncio; cancelling it kills the run under way and keeps the worker."""
        ...

    def run_many(self, requests: Iterable[ExecutionRequest]) -> Iterator[ExecutionResult]:
        """The results in order, a bounded number of requests ahead of the reader."""
        ...

    def session(self, request: ExecutionRequest) -> Session:
        """Start one run of the program with a channel to it; `inputs`, `mode` and `entry` play no part."""
        ...

    def sessions(self, requests: Sequence[ExecutionRequest]) -> tuple[Session, ...]:
        """Several sessions that run at the same time. Who needs two at once must ask for both at once, or two callers wait for each other."""
        ...


SandboxFactory = Callable[[], Sandbox]
_opened: dict[str, Sandbox] = {}
_opening = threading.Lock()


def open_sandbox(name: str = "auto") -> Sandbox:
    """The sandbox of that name, one a process. "auto" takes the first registered one that starts, never one whose name begins with "unsafe".

    Raises SandboxUnavailableError naming every backend that was tried and why it refused; UnknownNameError for an unknown name.
    """
    with _opening:
        if name not in _opened:
            _opened[name] = _auto() if name == "auto" else _named(name)
        return _opened[name]


def _named(name: str) -> Sandbox:
    from prorl_gym.registry import registry

    backends: Mapping[str, SandboxFactory] = registry().sandboxes
    if name not in backends:
        raise unknown("sandbox", name, backends)
    return backends[name]()


def _auto() -> Sandbox:
    from prorl_gym.registry import registry

    refusals: list[str] = []
    for key, factory in registry().sandboxes.items():
        if key.startswith("unsafe"):
            continue
        try:
            return factory()
        except (SandboxUnavailableError, MissingExtraError) as error:
            refusals.append(f"{key}: {error}")
    tried = "; ".join(refusals) or "no backend is registered (the wheel's own is the plugin 'prorl_sandbox'; see: prorl plugin list)"
    raise SandboxUnavailableError(f"no sandbox can run untrusted code here, so none of it was run. Tried: {tried}")


def close_sandboxes() -> None:
    """Close every sandbox that this process opened."""
    while _opened:
        _opened.popitem()[1].close()
