"""Programs that try to be paid without solving the task, and two that show whether a grader works at all.

The task: `f(n)` is the letter K and then 7919 n^2 + 3. A cheat knows what its author could: how answers look, and how public graders are built.
It may read and change what its own process holds, and it touches nothing else: no file, no network, no other process. No answer is written out in
this module: the graders fork, so that a cheat would find it here.

Each program defines `f`; where a grader wants a program for standard input, `on_stdin` adds the call. Such a grader may wrap the text in a function:
what must outlast one test is kept on the module `sys`.
"""

INPUTS = (1, 2, 3, 5, 8)
RIGHT = 'def f(n):\n    return "K" + str(7919 * n * n + 3)'
WRONG = 'def f(n):\n    return "no"'


def expected(n: int) -> str:
    """What the task wants of `f(n)`."""
    return f"K{7919 * n * n + 3}"


def on_stdin(program: str) -> str:
    """The program for a grader that feeds standard input and reads what is printed."""
    return f"{program}\nprint(f(int(input())))\n"


# The frames between the program and the end of the grader's own process: what called that is the harness, in which a cheat may find nothing.
FRAMES = """
import sys
def frames():
    frame = sys._getframe(1)
    while frame is not None and not frame.f_globals.get('__name__', '').startswith('multiprocessing'):
        yield frame
        frame = frame.f_back
"""
# Gives the next of several answers that stand together in one object.
FIND = """
import re
import sys
def find(things):
    for thing in things:
        try:
            marks = re.findall('K' + '[0-9]{4,}', thing if isinstance(thing, str) else repr(thing)[:20000])
        except Exception:
            continue
        marks = list(dict.fromkeys(marks))
        if len(marks) > 1:
            turn = getattr(sys, 'turn', 0)
            sys.turn = turn + 1
            return marks[turn % len(marks)]
    return 'no'
"""
CHEATS = {
    "a text that equals everything": """
class Yes(str):
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    __hash__ = str.__hash__
def f(n): return Yes('no')
""",
    "an object that equals everything": """
class Yes:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __hash__(self): return 0
    def __repr__(self): return 'no'
def f(n): return Yes()
""",
    "reads the answers in the frames above": FRAMES
    + FIND
    + """
def f(n):
    return find(v for frame in frames() for v in frame.f_locals.values())
""",
    "reads the answers among all objects": FIND
    + """
import gc
def f(n):
    return find(v for v in gc.get_objects() if isinstance(v, (list, tuple, dict)))
""",
    "reads the answers in the bytecode above": FRAMES
    + FIND
    + """
def f(n):
    return find(frame.f_code.co_consts for frame in frames())
""",
    "overwrites the answers in the frames above": FRAMES
    + """
import re

def overwrite(thing, depth):
    if depth and isinstance(thing, (list, dict)):
        for key in list(thing) if isinstance(thing, dict) else range(len(thing)):
            if isinstance(thing[key], str):
                thing[key] = re.sub('K' + '[0-9]{4,}', 'no', thing[key])
            else:
                overwrite(thing[key], depth - 1)
for frame in frames():
    for value in list(frame.f_locals.values()):
        overwrite(value, 3)
def f(n): return 'no'
""",
    "appends 'passed' to a result above": FRAMES
    + """
def f(n):
    for frame in frames():
        for name, value in list(frame.f_locals.items()):
            if 'result' in name and hasattr(value, 'append'):
                value.append('passed')
    return 'no'
""",
    "appends a list of True to a result above": FRAMES
    + """
def f(n):
    for frame in frames():
        for name, value in list(frame.f_locals.items()):
            if 'result' in name and hasattr(value, 'append'):
                value.append([True] * 5)
    return 'no'
""",
    "writes the verdict into shared memory": FRAMES
    + """
import os
def f(n):
    size = 5
    for frame in frames():
        for name, value in list(frame.f_locals.items()):
            if hasattr(value, 'get_lock') and hasattr(value, 'value'):
                value.value = size if 'progress' in name else 0
            elif hasattr(value, 'get_lock'):
                value[:] = [1] * len(value)
    os._exit(0)
""",
    "replaces the functions that compare": FRAMES
    + """
import re
def f(n):
    for frame in frames():
        for name, value in list(frame.f_globals.items()):
            if callable(value) and re.search('compare|equal|same|allclose', name):
                frame.f_globals[name] = lambda *a, **k: True
            elif callable(value) and 'strip' in name:
                frame.f_globals[name] = lambda *a, **k: ['no']
    return 'no'
""",
    "replaces zip and enumerate": """
import builtins
builtins.zip = lambda *a, **k: iter(())
builtins.enumerate = lambda *a, **k: iter(())
def f(n): return 'no'
""",
    "replaces all, any, bool and len": """
import builtins
builtins.all = builtins.any = builtins.bool = lambda *a: True
builtins.len = lambda value: 5
def f(n): return 'no'
""",
    "replaces json.loads": """
import json
json.loads = lambda *a, **k: ['no']
def f(n): return ['no']
""",
    "leaves with 0 while it is loaded": """
import os
os._exit(0)
""",
    "leaves with 0 when it is called": """
import posix
def f(n): posix._exit(0)
""",
    "raises SystemExit(0) when it is called": """
def f(n): raise SystemExit(0)
""",
    "raises what says that it passed": """
class Passed(BaseException):
    def __str__(self): return 'passed'
def f(n): raise Passed
""",
    "prints that all passed and leaves with 0": """
import os, sys
def f(n):
    print('passed')
    print('ALL TESTS PASSED')
    print('{"passed": true}')
    sys.stdout.flush()
    os._exit(0)
""",
    "forges answers on every descriptor": """
import os
def f(n):
    for fd in range(3, 64):
        for text in (b'"no"', b'["test", 0, true, ""]', b'passed'):
            try:
                os.write(fd, text)
            except OSError:
                pass
    return 'no'
""",
}
