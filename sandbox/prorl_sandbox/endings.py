"""What the end of a run means: from what the kernel, the server and the channel's first letters say, to a `RunResult`.

Only COMPILE_ERROR and MEMORY by a last line of text rest on the run's own word; neither is worth anything to it.
"""

from prorl_gym.sandbox import Limits, RunResult, Status
from prorl_sandbox import codec
from prorl_sandbox.run import Ending, read_ending
from prorl_sandbox.wire import CPU, REPORT_SIZE, WALL, Report

KIB = 1024
_SIGKILL, _SIGABRT, _SIGXCPU, _SIGSYS = 9, 6, 24, 31
_VIOLATIONS = {Status.CPU_TIME: "cpu", Status.WALL_TIME: "wall", Status.MEMORY: "memory", Status.OUTPUT_LIMIT: "output"}
_OUT_OF_MEMORY = (b"MemoryError", b"  what():  std::bad_alloc")


def split(body: bytes) -> tuple[Report, bytes, bytes, bytes]:
    """A RUN frame's report, standard output, standard error and channel."""
    report = Report.unpack(body)
    stdout = REPORT_SIZE + report.lengths[0]
    stderr = stdout + report.lengths[1]
    return report, body[REPORT_SIZE:stdout], body[stdout:stderr], body[stderr:]


def result(body: bytes, limits: Limits, mode: str, *, said: bytes | None = None) -> RunResult:
    """The result of one run. `said` is the channel of a session, whose bytes came before. Raises nothing; a lost run is SANDBOX_ERROR."""
    report, stdout, stderr, channel = split(body)
    channel = channel if said is None else said
    ending = _ending(report, channel[2:] if mode in ("exec", "compile") else None)
    if ending is None:
        return RunResult(status=Status.SANDBOX_ERROR, stderr=b"the parent of an executed program was lost")
    status, value = _status(report, ending, channel, stderr, limits), None
    if status is Status.OK and mode == "call":
        try:
            value = codec.decode(channel[2:])
        except codec.CodecError:
            status = Status.NONZERO_EXIT  # the program ended early, or wrote to the channel itself: there is no value to compare
    return RunResult(
        status=status,
        stdout=stdout,
        stderr=stderr if channel[:1] == b"S" and channel[1:2] != b"F" else channel[1:],
        truncated=report.overflowed,
        exit_code=ending.exit_code,
        signal=ending.signal,
        value=value,
        cpu_s=ending.cpu_s,
        wall_s=report.wall_s,
        max_rss_mib=round(ending.peak_kib / KIB, 1),
        violation="syscall" if ending.signal == _SIGSYS else _VIOLATIONS.get(status),
    )


def _ending(report: Report, told: bytes | None) -> Ending | None:
    """How the program itself ended: the run, or the child that it executed."""
    if told is not None and not report.killed:
        ending, _ = read_ending(told)
        return ending if ending is not None or report.signal else _of(report)
    return _of(report)


def _of(report: Report) -> Ending:
    return Ending(exit_code=report.exit_code, signal=report.signal, cpu_s=report.cpu_s, peak_kib=report.peak_kib, over_time=report.killed == CPU)


def _status(report: Report, ending: Ending, channel: bytes, stderr: bytes, limits: Limits) -> Status:
    if channel[:1] != b"S" or channel[1:2] == b"F":
        return Status.SANDBOX_ERROR
    if report.overflowed:
        return Status.OUTPUT_LIMIT
    if report.killed == WALL:
        return Status.WALL_TIME
    if ending.over_time:
        return Status.CPU_TIME
    if ending.signal is not None:
        return _signalled(ending, stderr, limits)
    if channel[1:2] == b"C":
        return Status.COMPILE_ERROR
    if ending.exit_code == 0:
        return Status.OK
    return Status.MEMORY if _last_line(stderr).startswith(_OUT_OF_MEMORY) else Status.NONZERO_EXIT


def _signalled(ending: Ending, stderr: bytes, limits: Limits) -> Status:
    full = ending.peak_kib >= 0.9 * limits.memory_mib * KIB
    if ending.signal in (_SIGKILL, _SIGXCPU) and ending.cpu_s >= 0.95 * limits.cpu_s:
        return Status.CPU_TIME
    if ending.signal in (_SIGKILL, _SIGABRT) and (full or _last_line(stderr).startswith(_OUT_OF_MEMORY)):
        return Status.MEMORY
    return Status.SIGNALED


def is_doubtful(result: RunResult) -> bool:
    """Killed for no reason that shows: from outside, or by the program itself (a timer, a limit that it lowered). A second run tells them apart."""
    return result.status is Status.SIGNALED and result.signal == _SIGKILL


def _last_line(text: bytes) -> bytes:
    return text.rstrip().rpartition(b"\n")[2]
