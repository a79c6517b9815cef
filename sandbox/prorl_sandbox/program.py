"""What a Python run does once it is confined: read the program from its descriptor, compile it, run it, and in mode "call" hand back a value.

Everything from `compile` on is under the program's influence. Nothing here is believed by the host beyond the order of the first
letters on the channel, which are written before the program's first statement runs: S set up, C does not compile, R runs. What follows R
is the program's own claim, read by a bounded decoder.
"""

import atexit
import fcntl
import gc
import io
import os
import random
import sys
import threading
import traceback
from types import ModuleType
from typing import Any, cast

from prorl_sandbox import codec

CHANNEL, CODE = 3, 4
FILE = "<program>"
_MAX_SHOWN = 200
_SEED = 0
"""The seed that a run finds set; another one costs it a new start of the generator."""


_WARM_UP = rb"""
import sys
def f(x, *rest): return x + 1
words = input().split()
counts = {w: len(w) for w in words}
numbers = sorted(map(int, filter(str.isdigit, words)))
try: print(f(sum(numbers)), "%d" % len(counts), f"{numbers[-1]:>4}", max(counts.items()))
except (ValueError, KeyError) as error: print(error)
print(*[str(n) for n in range(3)], sep="\n"); sys.stdout.write("x\n")
class C:
    def g(self): yield from [(1, 2.5)]
print(list(C().g()), sys.stdin.read())
"""


def run(mode: str, entry: str, seed: int) -> int:
    """Run the program behind descriptor `CODE`; the exit code. Descriptor 0 holds the input, or in mode "call" the arguments."""
    code = _run(mode, entry, seed)
    try:
        if threading.active_count() > 1:
            cast("Any", threading)._shutdown()
        cast("Any", atexit)._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:  # what the interpreter does at exit; anything may have been replaced by the program
        _report(error)
        return code or 1
    return code


def _run(mode: str, entry: str, seed: int) -> int:
    if seed != _SEED:
        random.seed(seed)
    try:
        program = _compile(_read(CODE))
        if program is None:
            return 1
        return _call(program, entry) if mode == "call" else _whole(program, talks=mode == "session")
    except SystemExit as stop:
        return _exit_code(stop.code)
    except BaseException as error:  # the program's own failure, whatever it is, reported as Python does
        _report(error)
        return 1


def warm_up() -> None:
    """Do once, before the forks, what a run does, and make what every run needs: fewer pages are copied a run.

    Uses descriptors 0 to 4 as a run does; afterwards 0 to 2 are as they were, 3 and 4 closed. The standard streams that it leaves belong to whatever
    is behind 0 to 2 when they are used, which must be of the same kind as here: a file to read, pipes to write.
    """
    kept = [fcntl.fcntl(fd, fcntl.F_DUPFD, CODE + 1) for fd in range(3)]
    sys.set_int_max_str_digits(0)
    _behind(stdin=b"1 2 x", code=_WARM_UP)
    _set_streams()
    _run("stdio", "", _SEED)
    sys.stdout.flush()
    codec.decode(codec.encode([[1, "a"], {"b": (2.0, None)}]))
    traceback.format_exception(ValueError("warm up"))
    sys.modules.pop("__main__", None)
    _behind(stdin=b"", code=b"")
    _set_streams()
    os.close(CHANNEL)
    os.close(CODE)
    for target, fd in enumerate(kept):
        os.dup2(fd, target)
        os.close(fd)
    random.seed(_SEED)
    gc.collect()
    gc.freeze()


def _behind(*, stdin: bytes, code: bytes) -> None:
    """Put stand-ins behind descriptors 0 to 4."""
    pipe = [fcntl.fcntl(fd, fcntl.F_DUPFD, CODE + 1) for fd in os.pipe()]
    files = [fcntl.fcntl(os.memfd_create("warm-up"), fcntl.F_DUPFD, CODE + 1) for _ in range(2)]
    for file, data in zip(files, (stdin, code), strict=True):
        os.write(file, data)
        os.lseek(file, 0, os.SEEK_SET)
    for target, fd in ((0, files[0]), (1, pipe[1]), (2, pipe[1]), (CHANNEL, pipe[1]), (CODE, files[1])):
        os.dup2(fd, target)
    for fd in (*pipe, *files):
        os.close(fd)


def _set_streams() -> None:
    sys.stdin, sys.stdout, sys.stderr = _text(0, "r"), _text(1, "w"), _text(2, "w")


def _text(fd: int, mode: str) -> io.TextIOWrapper:
    return cast("io.TextIOWrapper", open(fd, mode, encoding="utf-8", errors="surrogateescape", newline=None if mode == "r" else "\n", closefd=False))


def _read(fd: int) -> bytes:
    data = os.pread(fd, os.fstat(fd).st_size, 0)
    os.close(fd)
    return data


def _compile(source: bytes) -> Any:
    """The compiled program; None where it is not Python."""
    try:
        program = compile(source, FILE, "exec", dont_inherit=True)
    except (SyntaxError, ValueError, UnicodeError) as error:
        os.write(CHANNEL, b"C")
        if isinstance(error, SyntaxError):
            error.text = (error.text or "")[:_MAX_SHOWN]
        traceback.print_exception(type(error), error, None)
        return None
    os.write(CHANNEL, b"R")
    return program


def _whole(program: Any, *, talks: bool) -> int:
    if talks:
        vars(_module_of("channel")).update(send=_send, receive=_receive)
    else:
        os.close(CHANNEL)
    exec(program, vars(_module_of("__main__")))  # the whole point of the jail
    return 0


def _send(value: Any) -> None:
    """In a session: hand a plain value to the host."""
    body = codec.encode(value)
    body = len(body).to_bytes(4, "big") + body
    while body:
        body = body[os.write(CHANNEL, body) :]


def _receive() -> Any:
    """In a session: the host's next value. Raises EOFError once there will be none."""
    return codec.decode(_exactly(int.from_bytes(_exactly(4), "big")), bounded=False)


def _exactly(size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = os.read(CHANNEL, size - len(data))
        if not part:
            raise EOFError("the session is closed")
        data += part
    return data


def _call(program: Any, entry: str) -> int:
    args = codec.decode(os.pread(0, os.fstat(0).st_size, 0), bounded=False)
    empty, writer = os.pipe()
    os.close(writer)
    os.dup2(empty, 0)
    os.close(empty)
    space = vars(_module_of("program"))
    exec(program, space)
    value = _function(space, entry)(*args)
    body = codec.encode(value)
    while body:
        body = body[os.write(CHANNEL, body) :]
    os.close(CHANNEL)
    return 0


def _module_of(name: str) -> ModuleType:
    made = ModuleType(name)
    sys.modules[name] = made
    return made


def _function(space: dict[str, Any], entry: str) -> Any:
    """The function of that name, or the method of that name of the program's class `Solution`."""
    found = space.get(entry)
    if found is None and isinstance(space.get("Solution"), type):
        found = getattr(space["Solution"](), entry, None)
    if not callable(found):
        raise NameError(f"the program defines no function {entry!r}")
    return found


def _exit_code(code: Any) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    print(code, file=sys.stderr)
    return 1


def _report(error: BaseException) -> None:
    """The traceback without this module's own frames."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    try:
        traceback.print_exception(type(error), error, trace)
    except BaseException:  # an exception whose text fails, or no memory left for it: its name must do
        os.write(2, type(error).__name__.encode("utf-8", "replace") + b"\n")
