"""The fork server's process: `python -sSP server.py TIER OWNER_PID ...`, requests on descriptor 0, answers on descriptor 1 (see `wire`).

    owner ── launcher ── jailer ── server (pid 1 of the jail) ── one fork a run (pid 1 of its own pid namespace)      tier "namespaces"
    owner ── launcher ── server ── one fork a run                                                                     tier "restricted"
    a container's pid 1 is the server                                                                                 tier "container"

The launcher watches the owner and kills the rest when it ends, however it ends; each of the others also dies with its parent. The
launcher and the jailer let go of the streams once the server stands. The first frame out is HELLO: what the kernel offers, or
`{"refused": step, "error": text}`.
"""

import fcntl
import json
import os
import select
import signal
import sys
from collections.abc import Callable

if __name__ == "__main__":
    # the script is started by path with no site-packages: borrow the package's parent for the imports below, no longer
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    from prorl_sandbox import forks

    forks.postpone()

from prorl_sandbox import forks, jail, place, program, seccomp, serve, wire

_PREIMPORT = (
    *("bisect", "collections", "copy", "dataclasses", "enum", "functools", "heapq", "itertools", "json", "math", "operator", "random", "re"),
    *("string", "struct", "time", "typing"),
)
"""What programs import most: loaded once, before the forks. No more than that: a run pays for each library that is mapped, used or not."""
_STREAMS_FROM = 10
"""The lowest descriptor of the server's own streams: a run uses 0 to 4."""


def main() -> None:
    """Start the tier that the command line names."""
    tier, owner, options = sys.argv[1], int(sys.argv[2]), set(sys.argv[3:])
    inp, out = (fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, _STREAMS_FROM) for fd in (0, 1))
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    for name in _PREIMPORT:
        __import__(name)
    forks.no_longer()
    sys.path.pop()
    if tier == "container":
        _guarded(out, lambda: _bare(inp, out, "/tmp", options))
    watched = os.pidfd_open(owner)
    if os.getppid() == owner:
        (_launch_jail if tier == "namespaces" else _launch_bare)(watched, inp, out, options)


def _launch_jail(watched: int, inp: int, out: int, options: set[str]) -> None:
    """The launcher: start the jail, write its maps, then wait for the owner or the jail to end."""
    asked_r, asked_w = os.pipe()
    answer_r, answer_w = os.pipe()
    jailer = os.fork()
    if jailer == 0:
        os.close(asked_r)
        os.close(answer_w)
        _guarded(out, lambda: _jail(inp, out, asked_w, answer_r, toolchain="toolchain" in options))
    os.close(asked_w)
    os.close(inp)
    os.close(out)
    if os.read(asked_r, 1):
        reply = b"y"
        try:
            jail.write_maps(jailer, *jail.identity())
        except OSError as error:
            reply = str(error).encode()
        os.write(answer_w, reply)
    _outlive(watched, jailer)


def _launch_bare(watched: int, inp: int, out: int, options: set[str]) -> None:
    """The launcher of a server without namespaces: it removes the private folder in the end, also where the owner no longer can."""
    (folder,) = (option.removeprefix(wire.FOLDER) for option in options if option.startswith(wire.FOLDER))
    server = os.fork()
    if server == 0:
        _guarded(out, lambda: _bare(inp, out, folder, options))
    os.close(inp)
    os.close(out)
    _outlive(watched, server)
    place.remove(folder)


def _outlive(watched: int, child: int) -> None:
    """Wait for the owner or the child to end, and end the child."""
    waiting = select.poll()
    waiting.register(watched, select.POLLIN)
    waiting.register(os.pidfd_open(child), select.POLLIN)
    waiting.poll()
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def _guarded(out: int, action: Callable[[], None]) -> None:
    """Run the body of a forked process; a refusal goes to the owner. Never returns."""
    try:
        action()
    except jail.RefusalError as refusal:
        _refuse(out, refusal.args[0], refusal.args[1])
    except BaseException as error:  # a fork of the launcher must end here, not run on in its caller's code
        _refuse(out, "fork server", f"{type(error).__name__}: {error}")
    finally:
        os._exit(0)


def _refuse(out: int, where: str, error: str) -> None:
    wire.write_all(out, wire.frame(wire.HELLO, json.dumps({"refused": where, "error": error}).encode()))


def _jail(inp: int, out: int, ask: int, answer: int, *, toolchain: bool) -> None:
    """The jailer: go into the jail and fork the server there."""
    jail.die_with_parent()

    def await_maps() -> None:
        os.write(ask, b"?")
        reply = os.read(answer, 1000)
        if reply != b"y":
            raise jail.RefusalError("user namespace", reply.decode() or "the launcher ended")

    jail.enter(await_maps, toolchain=toolchain)
    server = os.fork()
    if server == 0:
        _guarded(out, lambda: _serve(lambda: place.Jail(toolchain=toolchain), inp, out))
    os.close(inp)
    os.close(out)
    os.waitpid(server, 0)


def _bare(inp: int, out: int, folder: str, options: set[str]) -> None:
    """The server without namespaces: never as root, whom no limit on processes holds."""
    if os.geteuid() == 0:
        uid, gid = jail.identity()
        if uid == 0:
            raise jail.RefusalError("identity", "started as root of a user namespace that maps no other user")
        jail.step("unprivileged user", lambda: (os.chown(folder, uid, gid), jail.become(uid, gid)))
    _serve(lambda: place.Bare(scratch=folder, writable="scratch" in options, toolchain="toolchain" in options), inp, out)


def _serve(make: Callable[[], place.Place], inp: int, out: int) -> None:
    """Make the place and answer requests in it. Raises RefusalError where it cannot be made."""
    jail.die_with_parent()
    if not seccomp.supported(os.uname().machine):
        raise jail.RefusalError("seccomp", f"no call filter is known for the architecture {os.uname().machine}")
    kept = {0, 1, 2, inp, out}
    for low, high in zip(sorted(kept), [*sorted(kept)[1:], 65536], strict=True):
        os.closerange(low + 1, high)
    sys.path = [p for p in sys.path if os.path.isdir(p)]
    sys.argv = ["program"]
    program.warm_up()
    for fd in (program.CHANNEL, program.CODE):
        os.dup2(0, fd)  # what a run replaces by its own; nothing of the server's may get these numbers
    made: list[place.Place] = []
    jail.step("place", lambda: made.append(make()))
    serve.serve(made[0], inp, out)


if __name__ == "__main__":
    main()
