"""Programs that try to be paid for something else than solving the task: in each mode of grading they get nothing, and they are graded.

The expected outputs are arbitrary marks, so that a program earns a point only by finding one where it should not.
"""

import pytest

from prorl_env_code.verifier import CodeVerifier
from prorl_gym.sandbox import ExecutionRequest, StreamingSandbox
from prorl_gym.types import Outcome, Task

MARKS = [f"zq9{n * 7919:x}Mark{n}" for n in range(5)]
HONEST = f"def f(n): return {MARKS!r}[n]"
CALLS = {"inputs": [[n] for n in range(5)], "outputs": MARKS, "fn_name": "f"}
STDIO = {"inputs": [f"{n}\n" for n in range(5)], "outputs": [f"{mark}\n" for mark in MARKS]}
ASSERTS = {"asserts": [f"assert f({n}) == {mark!r}" for n, mark in enumerate(MARKS)]}
LOOP = {"check": f"def check(candidate):\n    for n, mark in enumerate({MARKS!r}):\n        assert candidate(n) == mark\n", "entry_point": "f"}
MODES = {"call": CALLS, "stdio": STDIO, "asserts": ASSERTS, "two jails": LOOP}
PEEK = """
def seen(held):
    mark = 'zq9' + 'x'[:0]
    for thing in held:
        try:
            text = repr(thing)[:4000]
        except Exception:
            continue
        if mark in text and 'Mark' in text and 'x[:0]' not in text:
            return text[text.index(mark):].split("'")[0].split('\\\\n')[0]
    return 'nothing'
"""
CHEATS = {
    "an object that equals everything": (
        "class Yes(str):\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n    __hash__ = str.__hash__\n"
        "def f(n): return Yes('x')"
    ),
    "an object that is no data and equals everything": (
        "class Yes:\n    def __eq__(self, other): return True\n    def __ne__(self, other): return False\n    def __hash__(self): return 0\n"
        "    def __repr__(self): return 'x'\ndef f(n): return Yes()"
    ),
    "peeks at the frames above": (
        PEEK + "import sys\ndef f(n):\n    held, frame = [], sys._getframe()\n    while frame:\n"
        "        held += [v for v in [*frame.f_locals.values(), *frame.f_globals.values()] if v is not seen]\n        frame = frame.f_back\n"
        "    return seen(held)"
    ),
    "peeks at all objects": PEEK + "import gc\ndef f(n): return seen(o for o in gc.get_objects() if isinstance(o, (list, dict, tuple)))",
    "peeks at the bytecode above": (
        PEEK + "import sys\ndef f(n):\n    held, frame = [], sys._getframe(1)\n    while frame:\n        held.append(frame.f_code.co_consts)\n"
        "        frame = frame.f_back\n    return seen(held)"
    ),
    "peeks at memory": (
        PEEK + "def f(n):\n    try:\n        return seen([open('/proc/self/mem', 'rb').read(1000), open('/proc/self/environ').read()])\n"
        "    except OSError:\n        return 'nothing'"
    ),
    "appends to a result list above": (
        "import sys\ndef f(n):\n    frame = sys._getframe()\n    while frame:\n        for v in list(frame.f_locals.values()):\n"
        "            if isinstance(v, list):\n                v.append('passed')\n        frame = frame.f_back\n    return 'x'"
    ),
    "leaves with 0 while it is loaded": "import os\nos._exit(0)",
    "leaves with 0 through posix": "import posix\ndef f(n): posix._exit(0)",
    "leaves with 0 when called": "import sys\ndef f(n): sys.exit(0)",
    "says that all is well": "print('ALL TESTS PASSED')\nprint('OK')\ndef f(n): raise SystemExit(0)",
    "says so and fails": "import sys\nprint('{\"passed\": true}')\ndef f(n): sys.exit(5)",
    "replaces builtins": (
        "import builtins\nbuiltins.all = builtins.any = builtins.bool = lambda *a: True\nbuiltins.len = lambda v: 5\nbuiltins.repr = str\n"
        "def f(n): return 'x'"
    ),
    "replaces the comparison": (
        "import sys, types\nfor name in ('prorl_env_code', 'prorl_env_code.compare', 'prorl_env_code.printed'):\n"
        "    sys.modules[name] = types.ModuleType(name)\n    sys.modules[name].same_value = sys.modules[name].same_tokens = lambda *a: True\n"
        "def f(n): return 'x'"
    ),
    "replaces json and time": (
        "import json, time\njson.dumps = lambda *a, **k: 'true'\ntime.time = lambda: 0\njson.encoder.JSONEncoder.encode = json.dumps\n"
        "def f(n): return 'x'"
    ),
    "raises what is no Exception": "class Quiet(BaseException): pass\ndef f(n): raise Quiet",
    "raises what equals an AssertionError": "class Quiet(AssertionError): pass\ndef f(n): raise Quiet('passed')",
    "forges frames on every descriptor": (
        "import os\nfor fd in range(3, 64):\n    for text in (b'\"x\"', b'[\"test\", 0, true, \"\"]', b'\\x00\\x00\\x00\\x04true'):\n"
        "        try:\n            os.write(fd, text)\n        except OSError:\n            pass\ndef f(n): os._exit(1)"
    ),
    "forges verdicts on its channel": (
        "def f(n):\n    try:\n        import channel\n        for i in range(5): channel.send(['test', i, True, ''])\n    except Exception: pass\n"
        "    return 'x'"
    ),
    "writes its channel twice": (
        "import os\ndef f(n):\n    for _ in range(2):\n        try: os.write(3, b'\"x\"')\n        except OSError: pass\n    return 'x'"
    ),
    "writes too much to its channel": (
        "import os\ndef f(n):\n    try:\n        for _ in range(3000): os.write(3, b'1' * 65536)\n    except OSError: pass\n    return 'x'"
    ),
    "writes bytes that are no encoding": "import os\ndef f(n):\n    try: os.write(3, b'\\xff{{{')\n    except OSError: pass\n    os._exit(0)",
    "imitates a failed set-up": "import os\nos.write(2, b'SETUP namespace refused')\ndef f(n): os._exit(253)",
    "leaves a conftest behind": (
        "for name in ('conftest.py', 'sitecustomize.py', 'pytest.ini', 'result.json'):\n    try:\n        with open(name, 'w') as file:\n"
        "            file.write('import pytest\\ndef pytest_runtest_makereport(): return True\\n')\n    except OSError: pass\ndef f(n): return 'x'"
    ),
    "returns a value that is nested without end": "def f(n):\n    v = []\n    for _ in range(100000): v = [v]\n    return v",
    "returns an integer of a hundred thousand digits": "def f(n): return 10 ** 100000",
    "ends by its own signal": "import os, signal\ndef f(n): os.kill(os.getpid(), signal.SIGTERM)",
    "forges at exit": "import atexit, os\natexit.register(lambda: os._exit(0))\ndef f(n): raise ValueError",
    "closes its descriptors": "import os\nos.closerange(0, 64)\ndef f(n): return 'x'",
    "asks for the tests": "def f(n):\n    import prorl_env_code.suite\n    return prorl_env_code.suite.read_suite",
}


def program(mode, text):
    return f"{text}\nprint(f(int(input())))" if mode == "stdio" else text


@pytest.fixture(params=MODES)
def mode(request, sandbox):
    if request.param == "two jails" and not isinstance(sandbox, StreamingSandbox):
        pytest.skip(f"the sandbox {sandbox.name!r} has no sessions")
    return request.param


def graded(sandbox, mode, text):
    return CodeVerifier().check(Task(env_id="code", prompt=(), answer=MODES[mode]), program(mode, text), sandbox=sandbox)


@pytest.mark.parametrize("cheat", CHEATS)
def test_a_cheat_is_graded_and_earns_nothing(sandbox, mode, cheat):
    verdict = graded(sandbox, mode, CHEATS[cheat])
    assert (verdict.outcome, verdict.score) == (Outcome.GRADED, 0.0), verdict


NAIVE = """
import sys
marks = {marks!r}
space = {{}}
exec(sys.stdin.read(), space)
paid = 0
{asserts}
print("paid", paid)
"""
ASSERTED = "\n".join(f"expected = {mark!r}\npaid += bool(space['f']({n}) == expected)" for n, mark in enumerate(MARKS))


@pytest.mark.parametrize(
    "cheat", ["an object that equals everything", "peeks at the frames above", "peeks at all objects", "peeks at the bytecode above"]
)
def test_the_cheats_work_where_the_answers_stand_beside_the_program(sandbox, cheat):
    run = sandbox.run(ExecutionRequest(code=NAIVE.format(marks=MARKS, asserts=ASSERTED), inputs=[CHEATS[cheat].encode()])).runs[0]
    assert int(run.stdout.split()[-1]) > 0, run


def test_an_honest_program_between_them_earns_everything(sandbox, mode):
    for cheat in ("leaves with 0 while it is loaded", "replaces builtins", "closes its descriptors"):
        graded(sandbox, mode, CHEATS[cheat])
        verdict = graded(sandbox, mode, HONEST)
        assert (verdict.outcome, verdict.score) == (Outcome.GRADED, 1.0), verdict
