"""What must work, what must be bounded, and what must not be left behind."""

from prorl_gym.sandbox import Limits, Status
from prorl_sandbox.attacks.case import FAILS, OK, SHORT, TIME, cases

_NO_SCRATCH = "grants no scratch folder: nothing is writable"
_MEMORY = (Status.MEMORY, Status.NONZERO_EXIT)
_FORKING = Limits(cpu_s=2.0, wall_s=6.0, processes=8)

SANITY = cases(
    "sanity",
    {"name": "sum", "code": "print(sum(map(int, input().split())))", "stdin": b"1 2 3", "stdout": b"6\n"},
    {"name": "unicode", "code": "print(input()[::-1])", "stdin": "żółw→🙂".encode(), "stdout": "🙂→włóż\n".encode()},
    {"name": "large input", "code": "import sys; print(len(sys.stdin.read()))", "stdin": b"x" * 3_000_000, "stdout": b"3000000\n"},
    {"name": "unread input", "code": "print('done')", "stdin": b"x" * 2_000_000, "stdout": b"done\n"},
    {
        "name": "usual imports",
        "code": "import bisect, collections, decimal, fractions, functools, heapq, itertools, math, random, re, string, statistics, typing\nprint('in')",
        "stdout": b"in\n",
    },
    {
        "name": "four threads",
        "code": "import threading\nout = []\nts = [threading.Thread(target=out.append, args=(i,)) for i in range(4)]\n"
        "[t.start() for t in ts]; [t.join() for t in ts]\nprint(sorted(out))",
        "stdout": b"[0, 1, 2, 3]\n",
    },
    {
        "name": "deep recursion",
        "code": "import sys\nsys.setrecursionlimit(10**6)\ndef f(n): return 0 if n == 0 else 1 + f(n - 1)\nprint(f(50_000))",
        "stdout": b"50000\n",
    },
    {
        "name": "scratch file",
        "code": "import os\np = f'/tmp/prorl-scratch-{os.getpid()}'\nopen(p, 'w').write('x' * 100)\nprint(len(open(p).read()))\nos.unlink(p)",
        "stdout": b"100\n",
        "not_on": {"restricted": _NO_SCRATCH},
    },
    {"name": "exit code", "code": "print('kept'); raise SystemExit(3)", "ends": FAILS, "stdout": b"kept\n", "exit_code": 3},
    {"name": "output at exit", "code": "import atexit\natexit.register(print, 'late')\nprint('early')", "stdout": b"early\nlate\n"},
    {
        "name": "all bytes",
        "code": "import sys\nsys.stdout.buffer.write(sys.stdin.buffer.read())",
        "stdin": bytes(range(256)),
        "stdout": bytes(range(256)),
    },
    {"name": "syntax error", "code": "def f(:", "ends": (Status.NONZERO_EXIT, Status.COMPILE_ERROR)},
    {"name": "division by zero", "code": "1 / 0", "ends": FAILS},
    prelude=False,
)

RESOURCES = cases(
    "resources",
    {"name": "one large block", "code": "bytearray(1 << 30)", "ends": _MEMORY},
    {"name": "a growing list", "code": "x = []\nwhile True: x.append(bytes(1 << 20))", "ends": _MEMORY},
    {"name": "a large power", "code": "9 ** (9 ** 8)", "ends": (*TIME, Status.MEMORY, Status.NONZERO_EXIT), "limits": SHORT},
    {"name": "a tower of powers", "code": "9 ** 9 ** 9 ** 9", "ends": (*TIME, Status.MEMORY, Status.NONZERO_EXIT), "limits": SHORT},
    {
        "name": "large thread stacks",
        "code": "import threading, time\nthreading.stack_size(64 << 20)\n"
        "def many():\n    for _ in range(200): threading.Thread(target=time.sleep, args=(5,), daemon=True).start()\n    return 'all'\nwon('stacks', many)",
    },
    {
        "name": "memory file",
        "code": "def fill():\n    fd = os.memfd_create('x')\n    for _ in range(200): os.write(fd, bytes(1 << 20))\nwon('memfd', fill)",
        "control": True,
    },
    {
        "name": "scratch bytes",
        "code": "def fill():\n    for i in range(40):\n        with open(f'/tmp/fill-{os.getpid()}-{i}', 'wb') as f: f.write(bytes(10 << 20))\nwon('400 MB', fill)",
    },
    {
        "name": "scratch files",
        "code": "def many():\n    for i in range(20_000): open(f'/tmp/n-{os.getpid()}-{i}', 'w').close()\nwon('inodes', many)",
    },
    {"name": "pipes", "code": "won('pipes', lambda: [os.pipe() for _ in range(2000)])"},
    {"name": "fork bomb", "code": "while True: os.fork()", "ends": FAILS},
    {"name": "a single fork", "code": "won('fork', lambda: os.fork() or os._exit(0))", "control": True},
    {
        "name": "a command",
        "code": "import subprocess\nwon('run', lambda: subprocess.run(['/bin/true']))\nwon('system', lambda: -1 if os.system('true') else 'ran')\n"
        "won('spawn', lambda: os.posix_spawn('/bin/true', ['true'], {}))",
        "control": True,
    },
    {
        "name": "two thousand threads",
        "code": "import threading, time\ndef many():\n    for _ in range(2000): threading.Thread(target=time.sleep, args=(3,), daemon=True).start()\nwon('threads', many)",
    },
    {"name": "endless loop", "code": "while True: pass", "ends": (Status.CPU_TIME,), "limits": Limits(cpu_s=1.0, wall_s=30.0)},
    {"name": "long sleep", "code": "import time; time.sleep(60)", "ends": (Status.WALL_TIME,), "limits": SHORT},
    {
        "name": "deaf to signals",
        "code": "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True:\n    try: time.sleep(60)\n    except BaseException: pass",
        "ends": (Status.WALL_TIME,),
        "limits": SHORT,
    },
    {
        "name": "deaf and busy",
        "code": "import signal\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except (OSError, ValueError): pass\n"
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
        "ends": TIME,
        "limits": SHORT,
    },
    {"name": "a regular expression in C", "code": "import re; re.match(r'(a+)+$', 'a' * 40 + 'b')", "ends": TIME, "limits": SHORT},
    {"name": "endless output", "code": "while True: print('x' * 65536)", "ends": (Status.OUTPUT_LIMIT,)},
    {"name": "endless complaints", "code": "while True: print('x' * 65536, file=sys.stderr)", "ends": (Status.OUTPUT_LIMIT,)},
    {"name": "one write of 64 MB", "code": "os.write(1, bytes(64 << 20)); os.write(1, bytes(64 << 20))", "ends": (Status.OUTPUT_LIMIT,)},
    {
        "name": "closed outputs, then sleep",
        "code": "os.close(1); os.close(2)\nimport time; time.sleep(60)",
        "ends": (Status.WALL_TIME,),
        "limits": SHORT,
    },
    {"name": "null pointer", "code": "ctypes.string_at(0)", "ends": (Status.SIGNALED,)},
    {"name": "abort", "code": "os.abort()", "ends": (Status.SIGNALED,)},
    {
        "name": "deep parentheses",
        "code": "eval('(' * 100_000 + ')' * 100_000)",
        "ends": (*_MEMORY, Status.SIGNALED, Status.OUTPUT_LIMIT, *TIME),
        "limits": SHORT,
    },
    {"name": "two million minus signs", "code": "eval('-' * 2_000_000 + '1')", "ends": (*_MEMORY, Status.SIGNALED, *TIME), "limits": SHORT},
    {
        "name": "raised limits",
        "code": "import resource\nfor name in ('RLIMIT_AS', 'RLIMIT_CPU', 'RLIMIT_FSIZE', 'RLIMIT_NOFILE'):\n"
        "    won(name, lambda: resource.setrlimit(getattr(resource, name), (resource.RLIM_INFINITY,) * 2))",
    },
    {
        "name": "leaves no room for the next",
        "code": "try: open('/tmp/big', 'wb').write(bytes(12 << 20))\nexcept OSError: pass",
        "then": "import os\nprint('clean' if not os.path.exists('/tmp/big') else 'found')",
        "ends": OK,
    },
)

LEFTOVERS = cases(
    "leftovers",
    {
        "name": "daemon",
        "code": "import time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)\nprint('gone')",
        "stdout": b"gone\n",
        "limits": _FORKING,
        "not_on": {"restricted": "lets no program fork: without a process namespace a daemon could outlive it"},
    },
    {
        "name": "a child that keeps the output open",
        "code": "import time\nif os.fork() == 0: time.sleep(600)\nprint('over')\nsys.stdout.flush(); os._exit(0)",
        "stdout": b"over\n",
        "limits": _FORKING,
        "not_on": {"restricted": "lets no program fork"},
    },
    {
        "name": "late output of an orphan",
        "code": "import time\nif os.fork() == 0:\n    time.sleep(1); print('WON late', flush=True); os._exit(0)\nprint('over', flush=True); os._exit(0)",
        "stdout": b"over\n",
        "limits": _FORKING,
        "not_on": {"restricted": "lets no program fork"},
    },
    {
        "name": "stops itself",
        "code": "import signal; os.kill(os.getpid(), signal.SIGSTOP); print('on')",
        "ends": (Status.OK, *TIME, Status.SIGNALED),
        "limits": SHORT,
    },
)
