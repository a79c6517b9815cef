"""What a run does once it is confined: read the program from its descriptor, compile it, run it, and in mode "call" hand back a value.

Everything from `compile` on is under the program's influence. Nothing here is believed by the host beyond the order of the first
letters on the channel, which are written before the program's first statement runs: S set up, C does not compile, R runs. What follows R
is the program's own claim, read by a bounded decoder.
"""

import atexit
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


def run(mode: str, entry: str, seed: int) -> int:
    """Run the program behind descriptor `CODE`; the exit code. Descriptor 0 holds the input, or in mode "call" the arguments."""
    sys.stdin, sys.stdout, sys.stderr = _text(0, "r"), _text(1, "w"), _text(2, "w")
    sys.set_int_max_str_digits(0)
    random.seed(seed)
    code = 1
    try:
        program = _compile(_read(CODE))
        if program is not None:
            code = _stdio(program) if mode == "stdio" else _call(program, entry)
    except SystemExit as stop:
        code = _exit_code(stop.code)
    except BaseException as error:  # the program's own failure, whatever it is, reported as Python does
        _report(error)
    return _finish(code)


def warm_up() -> None:
    """Touch what every run touches, once and before the forks, and keep the collector off it: fewer pages are copied a run."""
    exec(compile("def f(x): return x\nf(1)", FILE, "exec"), {"__name__": "warm_up"})
    codec.decode(codec.encode([[1, "a"], {"b": (2.0, None)}]))
    traceback.format_exception(ValueError("warm up"))
    gc.collect()
    gc.freeze()


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


def _stdio(program: Any) -> int:
    os.close(CHANNEL)
    exec(program, _module("__main__"))  # the whole point of the jail
    return 0


def _call(program: Any, entry: str) -> int:
    args = codec.decode(os.pread(0, os.fstat(0).st_size, 0), bounded=False)
    empty, writer = os.pipe()
    os.close(writer)
    os.dup2(empty, 0)
    os.close(empty)
    space = _module("program")
    exec(program, space)
    value = _function(space, entry)(*args)
    body = codec.encode(value)
    while body:
        body = body[os.write(CHANNEL, body) :]
    os.close(CHANNEL)
    return 0


def _module(name: str) -> dict[str, Any]:
    made = ModuleType(name)
    sys.modules[name] = made
    return vars(made)


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


def _finish(code: int) -> int:
    """What the interpreter does at exit: wait for threads, run exit functions, flush. A failed flush is a failed program."""
    try:
        cast("Any", threading)._shutdown()
        cast("Any", atexit)._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
    except BaseException as error:  # anything may have been replaced by the program
        _report(error)
        return code or 1
    return code
