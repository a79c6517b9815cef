"""Programs that try to be paid without solving anything, and programs that try to reach the run after theirs."""

from prorl_gym.sandbox import Limits, Status
from prorl_sandbox.attacks.case import FAILS, OK, SHORT, cases

_NOT_PAID = (Status.NONZERO_EXIT, Status.SIGNALED)
_ALWAYS_EQUAL = "class Yes{base}:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n    __hash__ = None\n"

FORGING = cases(
    "forging",
    {
        "name": "frames on every descriptor",
        "code": 'import os\nfor fd in range(1, 64):\n    try: os.write(fd, b\'\\x00\\x00\\x00\\x02OK{"status": "ok"}\\n\')\n    except OSError: pass\nos._exit(1)',
        "ends": FAILS,
        "exit_code": 1,
    },
    {"name": "claims of success", "code": "print('ALL TESTS PASSED'); raise SystemExit(5)", "ends": FAILS, "exit_code": 5},
    {"name": "early exit", "code": "import os\nos._exit(0)\nprint(42)", "ends": OK, "stdout": b""},
    {
        "name": "imitates a failed set-up",
        "code": "import os, sys\nsys.stderr.write('SETUP failed'); sys.stderr.flush(); os._exit(253)",
        "ends": FAILS,
        "exit_code": 253,
    },
    {"name": "leaves before the call", "code": "import os\nos._exit(0)\ndef f(x): return 1", "mode": "call", "args": (1,), "ends": _NOT_PAID},
    {"name": "exits within the call", "code": "import sys\ndef f(x): sys.exit(0)", "mode": "call", "args": (1,), "ends": _NOT_PAID},
    {"name": "kills itself quietly", "code": "import os, signal\ndef f(x): os._exit(0)", "mode": "call", "args": (1,), "ends": _NOT_PAID},
    {
        "name": "equal to everything",
        "code": _ALWAYS_EQUAL.format(base="") + "def f(x): return Yes()",
        "mode": "call",
        "args": (1,),
        "ends": _NOT_PAID,
    },
    {
        "name": "a number equal to everything",
        "code": _ALWAYS_EQUAL.format(base="(int)") + "def f(x): return Yes(3)",
        "mode": "call",
        "args": (1,),
        "value": 3,
    },
    {
        "name": "a list equal to everything",
        "code": _ALWAYS_EQUAL.format(base="(list)") + "def f(x): return Yes([1, 2])",
        "mode": "call",
        "args": (1,),
        "value": [1, 2],
    },
    {
        "name": "an error past Exception",
        "code": "class Out(BaseException): pass\ndef f(x): raise Out()",
        "mode": "call",
        "args": (1,),
        "ends": _NOT_PAID,
    },
    {
        "name": "patches the driver",
        "code": "import builtins, json, sys, time\nfor module in list(sys.modules.values()):\n    for name in ('encode', 'decode', 'dumps', 'loads', 'equal', 'compare'):\n"
        "        try: setattr(module, name, lambda *a, **k: b'1')\n        except Exception: pass\n"
        "builtins.print = builtins.len = builtins.isinstance = lambda *a, **k: True\ntime.time = lambda: 0\ndef f(x): return 'mine'",
        "mode": "call",
        "args": (1,),
        "ends": (Status.OK, *_NOT_PAID),
    },
    {
        "name": "two answers",
        "code": "import os\ndef f(x):\n    try: os.write(3, b'1'); os.write(3, b'2')\n    except OSError: pass\n    os._exit(0)",
        "mode": "call",
        "args": (1,),
        "ends": (Status.OK, *_NOT_PAID),  # a value written to the channel is worth as much as one that is returned, and no more
    },
    {
        "name": "an answer that is no data",
        "code": "import os\ndef f(x):\n    try: os.write(3, b'\\xff\\xfe{[' * 4096)\n    except OSError: pass\n    os._exit(0)",
        "mode": "call",
        "args": (1,),
        "ends": (*_NOT_PAID, Status.OUTPUT_LIMIT),
    },
    {
        "name": "an answer without end",
        "code": "import os\ndef f(x):\n    while True: os.write(3, b'[' * 65536)",
        "mode": "call",
        "args": (1,),
        "ends": (*_NOT_PAID, Status.OUTPUT_LIMIT, Status.CPU_TIME, Status.WALL_TIME),
        "limits": SHORT,
    },
    {
        "name": "an answer a million deep",
        "code": "def f(x):\n    out = []\n    for _ in range(10**6): out = [out]\n    return out",
        "mode": "call",
        "args": (1,),
        "ends": (*_NOT_PAID, Status.MEMORY),
        "limits": Limits(cpu_s=4.0, wall_s=8.0),
    },
    {
        "name": "a number of a hundred thousand digits",
        "code": "def f(x): return 10 ** 100_000",
        "mode": "call",
        "args": (1,),
        "ends": (Status.OK, *_NOT_PAID, Status.OUTPUT_LIMIT),
        "limits": SHORT,
    },
    {
        "name": "an answer that holds itself",
        "code": "def f(x):\n    out = []\n    out.append(out)\n    return out",
        "mode": "call",
        "args": (1,),
        "ends": (*_NOT_PAID, Status.MEMORY),
    },
    {"name": "a function that is not there", "code": "g = 1", "mode": "call", "args": (1,), "ends": _NOT_PAID},
    {"name": "a generator", "code": "def f(x): yield 1", "mode": "call", "args": (1,), "ends": (Status.OK, *_NOT_PAID)},
    prelude=False,
)

_SCAN = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
disguised = {needle!r}
r, w = os.pipe()
os.set_blocking(w, False)
middle, found = id(r'object') & ~4095, 0
flip = bytes(b ^ 1 for b in range(256))
for start in range(middle - (16 << 20), middle + (16 << 20), 4096):
    if libc.write(w, ctypes.c_void_p(start), 4096) == 4096:
        found += os.read(r, 4096).translate(flip).count(disguised)
print('clean' if not found else 'found')
"""
_NEEDLE = b"needle-Kq83xW-of-the-run-before"
CARRY_OVER = cases(
    "carry-over",
    {
        "name": "a file in the scratch folder",
        "code": "import os\ntry:\n    open('/tmp/prorl-carry', 'w').write('x')\nexcept OSError: pass",
        "then": "import os\nfound = os.path.exists('/tmp/prorl-carry')\nif found: os.unlink('/tmp/prorl-carry')\nprint('found' if found else 'clean')",
        "control": True,
    },
    {
        "name": "a module in the scratch folder",
        "code": "import os\ntry: open('/tmp/prorlcarried.py', 'w').write('WON = 1')\nexcept OSError: pass",
        "then": "import os, sys\nsys.path.insert(0, '/tmp')\ntry:\n    import prorlcarried\n    os.unlink('/tmp/prorlcarried.py')\n    print('found')\nexcept ModuleNotFoundError: print('clean')",
        "control": True,
    },
    {
        "name": "patched builtins",
        "code": "import builtins, json, os\nbuiltins.sum = lambda x: 7\njson.dumps = lambda x: 'x'\nos.environ['CARRY'] = '1'",
        "then": "import json, os\nprint('clean' if sum([1]) == 1 and json.dumps(1) == '1' and 'CARRY' not in os.environ else 'found')",
    },
    {
        "name": "a standard module",
        "code": "import os\nfor name in ('json/__init__.py', 'bisect.py', 'prorlcarry.py'):\n"
        "    try: open(os.path.join(os.path.dirname(os.__file__), name), 'a').write('#')\n    except OSError: pass",
        "then": "import os\nprint('found' if os.path.exists(os.path.join(os.path.dirname(os.__file__), 'prorlcarry.py')) else 'clean')",
    },
    {
        "name": "the program before in memory",
        "code": f"text = [{_NEEDLE.decode()!r} + str(i) for i in range(2000)]\nprint(len(text))",
        "stdin": _NEEDLE,
        "then": _SCAN.format(needle=bytes(b ^ 1 for b in _NEEDLE)),
    },
    prelude=False,
)
