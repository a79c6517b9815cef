"""The fork server: `python -sSP server.py OWNER_PID`, its control socket on descriptor 0. Knows nothing but limits and descriptors.

    owner ── launcher ── jailer ── server (pid 1 of the jail) ── one fork a run (pid 1 of its own pid namespace)

The launcher watches the owner and kills the rest when it ends, however it ends; each of the others also dies with its parent. The
launcher and the jailer let go of the socket once the server stands. Programs, inputs and outputs pass through as
descriptors: no byte of them is ever in the server's memory, which the next run is a copy of.

Messages are JSON, one a datagram. In: limits, with the descriptors of program, standard input, standard output, standard error and the
private channel; or "kill" for the run under way. Out: first `{"ready": ...}` or `{"refused": step, "error": text}`, then how each run ended.
"""

import fcntl
import json
import math
import os
import select
import signal
import socket
import sys
import time
from typing import Any

if __name__ == "__main__":
    # the script is started by path with no site-packages: borrow the package's parent for the imports below, no longer
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from prorl_sandbox import jail, libc, program, seccomp
from prorl_sandbox.confine import Kernel, confine

_NUM_DESCRIPTORS = 5
_PREIMPORT = (
    *("array", "base64", "bisect", "calendar", "cmath", "collections", "copy", "csv", "dataclasses", "datetime", "decimal", "enum", "fractions"),
    *("functools", "hashlib", "heapq", "itertools", "json", "math", "numbers", "operator", "queue", "random", "re", "statistics", "string"),
    *("struct", "textwrap", "time", "typing", "unicodedata", "zlib"),
)
"""What programs import most: loaded once, before the forks."""


def main() -> None:
    """The launcher: start the jail, write its maps, then wait for the owner or the jail to end."""
    owner = int(sys.argv[1])
    watched = os.pidfd_open(owner)
    if os.getppid() != owner:
        return
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    asked_r, asked_w = os.pipe()
    answer_r, answer_w = os.pipe()
    jailer = os.fork()
    if jailer == 0:
        os.close(asked_r)
        os.close(answer_w)
        _guarded(control, lambda: _jail(control, asked_w, answer_r))
    os.close(asked_w)
    control.close()
    if os.read(asked_r, 1):
        reply = b"y"
        try:
            jail.write_maps(jailer, *jail.identity())
        except OSError as error:
            reply = str(error).encode()
        os.write(answer_w, reply)
    waiting = select.poll()
    waiting.register(watched, select.POLLIN)
    waiting.register(os.pidfd_open(jailer), select.POLLIN)
    waiting.poll()
    os.kill(jailer, signal.SIGKILL)
    os.waitpid(jailer, 0)


def _guarded(control: socket.socket, action: Any) -> None:
    """Run the body of a forked process; a refusal goes to the owner. Never returns."""
    try:
        action()
    except jail.RefusalError as refusal:
        control.send(json.dumps({"refused": refusal.args[0], "error": refusal.args[1]}).encode())
    except BaseException as error:  # a fork of the launcher must end here, not run on in its caller's code
        control.send(json.dumps({"refused": "fork server", "error": f"{type(error).__name__}: {error}"}).encode())
    finally:
        os._exit(0)


def _jail(control: socket.socket, ask: int, answer: int) -> None:
    """The jailer: go into the jail and fork the server there."""
    jail.die_with_parent()

    def await_maps() -> None:
        os.write(ask, b"?")
        reply = os.read(answer, 1000)
        if reply != b"y":
            raise jail.RefusalError("user namespace", reply.decode() or "the launcher ended")

    if not seccomp.supported(os.uname().machine):
        raise jail.RefusalError("seccomp", f"no call filter is known for the architecture {os.uname().machine}")
    for name in _PREIMPORT:
        __import__(name)
    jail.enter(await_maps)
    server = os.fork()
    if server == 0:
        _guarded(control, lambda: _serve(control))
    control.close()
    os.waitpid(server, 0)


def _serve(control: socket.socket) -> None:
    """The server: one run a message, until the owner's end of the socket closes."""
    jail.die_with_parent()
    os.closerange(3, control.fileno())
    os.closerange(control.fileno() + 1, 4096)
    libc.prctl("PR_SET_DUMPABLE", libc.PR_SET_DUMPABLE, 0)
    sys.path = [p for p in sys.path if os.path.isdir(p)]
    sys.argv = ["program"]
    kernel = Kernel.here()
    program.warm_up()
    myself = os.pidfd_open(os.getpid())
    control.send(json.dumps({"ready": True, "landlock": kernel.landlock_abi}).encode())
    while True:
        message, fds, _, _ = socket.recv_fds(control, 65536, _NUM_DESCRIPTORS)
        if not message:
            return
        if message == b"kill":  # it crossed with the end of its run
            continue
        request = json.loads(message)
        started = time.monotonic()
        libc.unshare(libc.CLONE_NEWPID)
        pid = os.fork()
        if pid == 0:
            _run(kernel, request, fds)
        libc.setns(myself, libc.CLONE_NEWPID)
        for fd in fds:
            os.close(fd)
        report = _watch(control, pid, request, started)
        if report is None:
            return
        control.send(json.dumps(report).encode())


def _run(kernel: Kernel, request: dict[str, Any], fds: list[int]) -> None:
    """The run's own process: descriptors 0 to 4 and nothing else, confined, then the program. Never returns."""
    code = 70
    try:
        source, stdin, stdout, stderr, channel = (fcntl.fcntl(fd, fcntl.F_DUPFD, _NUM_DESCRIPTORS + 1) for fd in fds)
        for target, fd in ((0, stdin), (1, stdout), (2, stderr), (program.CHANNEL, channel), (program.CODE, source)):
            os.dup2(fd, target)
        os.closerange(_NUM_DESCRIPTORS, 4096)
        try:
            limits = request["limits"]
            confine(
                kernel,
                cpu_s=math.ceil(limits["cpu_s"]),
                memory_mib=limits["memory_mib"],
                processes=limits["processes"],
                open_files=limits["open_files"],
            )
        except BaseException as error:  # nothing runs half confined: the host hears why
            os.write(program.CHANNEL, f"E{type(error).__name__}: {error}".encode())
            os._exit(code)
        os.write(program.CHANNEL, b"S")
        code = program.run(request["mode"], request["entry"], request["seed"])
    finally:
        os._exit(code)


def _watch(control: socket.socket, pid: int, request: dict[str, Any], started: float) -> dict[str, Any] | None:
    """Wait for a run, kill it when its time is up or the owner says so; None where the owner is gone."""
    limits = request["limits"]
    ended = os.pidfd_open(pid)
    waiting = select.poll()
    waiting.register(ended, select.POLLIN)
    waiting.register(control.fileno(), select.POLLIN)
    killed, gone, clock = "", False, (~pid << 3) | 2
    cores = os.cpu_count() or 1
    while True:
        wall_left = limits["wall_s"] - (time.monotonic() - started)
        cpu_left = limits["cpu_s"] - time.clock_gettime(clock)
        patience = 1.0 if killed else max(0.002, min(wall_left, cpu_left / cores if cpu_left > 0.02 else cpu_left))
        ready = dict(waiting.poll(patience * 1000))
        if ended in ready:
            break
        if killed:
            continue
        if control.fileno() in ready:
            gone = not control.recv(65536)
            killed = "asked"
        elif wall_left <= 0:
            killed = "wall"
        elif cpu_left <= 0:
            killed = "cpu"
        if killed:
            waiting.unregister(control.fileno())
            os.kill(pid, signal.SIGKILL)
    os.close(ended)
    _, status, usage = os.wait4(pid, 0)
    if gone:
        return None
    return {
        "killed": killed,
        "exit_code": os.WEXITSTATUS(status) if os.WIFEXITED(status) else None,
        "signal": os.WTERMSIG(status) if os.WIFSIGNALED(status) else None,
        "cpu_s": usage.ru_utime + usage.ru_stime,
        "wall_s": time.monotonic() - started,
        "peak_kib": usage.ru_maxrss,
    }


if __name__ == "__main__":
    main()
