"""Compiled languages: a program is compiled once, in a jail that shows the machine's compiler, and the result is kept by the hash of what went in.

The compiler is not trusted with anything: it runs on a model's text, confined like any program but for what it must read, execute and
write. What it makes is executed in the ordinary jail.
"""

import hashlib
import os
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable

from prorl_gym.errors import SandboxUnavailableError, unknown
from prorl_gym.registry import registry
from prorl_gym.sandbox import ExecutionRequest, Language, Limits, RunResult, Status
from prorl_sandbox import endings, job
from prorl_sandbox.job import Job
from prorl_sandbox.link import Link, ServerLostError
from prorl_sandbox.pool import Pool
from prorl_sandbox.run import OUTPUT_FILE, read_ending

LIMITS = Limits(cpu_s=30.0, wall_s=90.0, memory_mib=2048, processes=32, open_files=256, stdout_kib=64, stderr_kib=64, total_wall_s=95.0)
"""What one compilation may use."""
MAX_BINARY = 32 << 20
CACHE_BYTES = 128 << 20
"""What is kept of compiled programs, the least recently used going first."""

C = Language(
    name="c",
    source="main.c",
    compilers=("gcc", "cc", "clang"),
    flags=("-O2", "-std=gnu17", "-w"),
    libraries=("-lm",),
    remedy="apt-get install gcc libc6-dev",
)
CPP = Language(name="cpp", source="main.cpp", compilers=("g++", "c++", "clang++"), flags=("-O2", "-std=gnu++17", "-w"), remedy="apt-get install g++")


def language(name: str) -> Language:
    """The registered language of that name. Raises UnknownNameError with the closest names."""
    known = registry().names("language")
    if name not in known:
        raise unknown("language", name, ["python", *known])
    return registry().load("language", name)


def compiler(language: Language) -> str:
    """The path of the language's compiler. Raises SandboxUnavailableError with the remedy where there is none."""
    for name in language.compilers:
        if found := shutil.which(name):
            return os.path.realpath(found)
    raise SandboxUnavailableError(
        f"programs in {language.name!r} need a compiler ({' or '.join(language.compilers)}), and none is on PATH. "
        f"Remedy: {language.remedy or 'install one of them'}"
    )


class Compilers:
    """Compiles for one sandbox. Safe to call from several threads. Without `start` there is no jail for compilers: every language is refused."""

    def __init__(self, start: Callable[[], Link] | None, *, room: int) -> None:
        self._pool = Pool(start, room=room, canary=False) if start is not None else None
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, tuple[RunResult, bytes]] = OrderedDict()

    def prepare(self, request: ExecutionRequest) -> tuple[RunResult, Job | None]:
        """How the compilation ended, and the job that runs the program; None where it does not compile.

        Raises UnknownNameError for an unknown language, SandboxUnavailableError where its compiler is missing.
        """
        wanted = language(request.language)
        path = compiler(wanted)
        source = job.source_of(request)
        key = hashlib.sha256(repr((wanted, path, source)).encode()).hexdigest()
        with self._lock:
            found = self._kept.get(key)
            if found is not None:
                self._kept.move_to_end(key)
        if found is None:
            found = self._compile(wanted, path, source)
            self._keep(key, found)
        result, binary = found
        if result.status is not Status.OK:
            return result, None
        made = Job(
            mode="exec",
            source=binary,
            entry=wanted.name,
            files=request.files,
            inputs=request.inputs,
            limits=request.limits,
            seed=request.seed,
        )
        return result, made

    def _keep(self, key: str, found: tuple[RunResult, bytes]) -> None:
        if found[0].status is Status.SANDBOX_ERROR:
            return
        with self._lock:
            self._kept[key] = found
            while sum(len(binary) for _, binary in self._kept.values()) > CACHE_BYTES:
                self._kept.popitem(last=False)

    def _compile(self, wanted: Language, path: str, source: bytes) -> tuple[RunResult, bytes]:
        if self._pool is None:
            raise SandboxUnavailableError(f"this sandbox compiles nothing, and the language is {wanted.name!r}. Remedy: another backend, or Python")
        command = [path, *wanted.flags, "-o", OUTPUT_FILE, wanted.source, *wanted.libraries]
        made = Job(
            mode="compile",
            source=b"",
            entry="",
            files={wanted.source: source},
            inputs=(b"",),
            limits=LIMITS,
            channel_cap=MAX_BINARY,
            extra={"command": command, "path": os.path.dirname(path) + ":/usr/bin:/bin"},
        )
        with self._pool.slot() as slot:
            why = ""
            for _ in range(2):
                try:
                    slot.begin(made, 0, LIMITS.total_wall_s)
                    body = slot.next_body(made, LIMITS.total_wall_s)
                    if body is not None:
                        slot.link.next(time.monotonic() + LIMITS.wall)
                        return _compiled(body)
                    why = "the compilation did not begin in time"
                except ServerLostError as lost:
                    why = slot.replace() or str(lost)
            return RunResult(status=Status.SANDBOX_ERROR, stderr=why.encode()), b""

    def close(self) -> None:
        """End the compilers' servers."""
        if self._pool is not None:
            self._pool.close()


def _compiled(body: bytes) -> tuple[RunResult, bytes]:
    """How a compilation ended, a failure of any kind but the sandbox's as COMPILE_ERROR, and the program that it made."""
    result = endings.result(body, LIMITS, "compile")
    _, binary = read_ending(endings.split(body)[3][2:])
    if result.status is Status.SANDBOX_ERROR or (result.status is Status.OK and binary):
        return result, binary
    reason = result.stderr or f"the compiler made nothing: {result.status.value}".encode()
    failed = RunResult(
        status=Status.COMPILE_ERROR,
        stdout=result.stdout,
        stderr=reason,
        exit_code=result.exit_code,
        signal=result.signal,
        cpu_s=result.cpu_s,
        wall_s=result.wall_s,
        max_rss_mib=result.max_rss_mib,
        violation=result.violation,
    )
    return failed, b""
