"""Every way in which a run can end, by real executions, and what comes back with it."""

import math
import os

import pytest

from prorl_gym.errors import UnknownNameError
from prorl_gym.sandbox import ExecutionRequest, Limits, Sandbox, Status, StreamingSandbox


def test_it_keeps_the_protocol(sandbox):
    assert isinstance(sandbox, Sandbox)
    assert isinstance(sandbox, StreamingSandbox)
    assert sandbox.name == sandbox.report.tier


def test_each_input_is_a_run_of_its_own_in_order(sandbox):
    result = sandbox.run(ExecutionRequest(code="n = int(input())\nprint(n * 2)", inputs=[b"21", b"x", b"4\n"]))
    assert [r.status for r in result.runs] == [Status.OK, Status.NONZERO_EXIT, Status.OK]
    assert [r.stdout for r in result.runs] == [b"42\n", b"", b"8\n"]
    assert b"ValueError" in result.runs[1].stderr
    assert result.isolation == sandbox.report
    assert result.worker > 0


def test_unicode_and_arbitrary_bytes_pass_through(run):
    assert run("print(input()[::-1])", "åß🙂".encode()).stdout == "🙂ßå\n".encode()
    every = bytes(range(256)) * 20
    assert run("import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())", every).stdout == every


def test_large_and_unread_input_does_not_hang(run):
    big = b"7 " * 1_500_000
    assert run("print(sum(map(int, input().split())))", big).stdout == b"10500000\n"
    assert run("print('no')", big).stdout == b"no\n"


def test_exit_codes_and_late_output_are_kept(run):
    left = run("import atexit, sys; atexit.register(lambda: print('late')); print('early'); sys.exit(3)")
    assert (left.status, left.exit_code, left.stdout) == (Status.NONZERO_EXIT, 3, b"early\nlate\n")
    message = run("import sys; sys.exit('gone')")
    assert (message.status, message.exit_code, message.stderr) == (Status.NONZERO_EXIT, 1, b"gone\n")
    assert run("import sys; sys.exit()").status is Status.OK


def test_threads_recursion_and_scratch_files_work(run):
    assert run("import threading as t\nfor i in range(4): t.Thread(target=print, args=(i,)).start()").stdout.split() == [b"0", b"1", b"2", b"3"]
    deep = "import sys\nsys.setrecursionlimit(60000)\ndef f(n): return n and 1 + f(n - 1)\nprint(f(50000))"
    assert run(deep).stdout == b"50000\n"
    assert run("open('a.txt', 'w').write('hi'); print(open('a.txt').read())").stdout == b"hi\n"


def test_a_syntax_error_is_found_before_anything_runs(run):
    broken = run("print('first')\nx = (")
    assert (broken.status, broken.stdout) == (Status.COMPILE_ERROR, b"")
    assert b"SyntaxError" in broken.stderr
    assert run("a\0b").status is Status.COMPILE_ERROR
    assert run("(" * 100_000).status in (Status.COMPILE_ERROR, Status.MEMORY, Status.SIGNALED)


def test_cpu_and_wall_time_are_told_apart(run):
    assert run("while True: pass", limits={"cpu_s": 0.2}).status is Status.CPU_TIME
    assert run("import time; time.sleep(60)", limits={"wall_s": 0.3}).status is Status.WALL_TIME
    stubborn = "import signal, time\nfor s in range(1, 32):\n    try: signal.signal(s, signal.SIG_IGN)\n    except OSError: pass\ntime.sleep(60)"
    assert run(stubborn, limits={"wall_s": 0.3}).status is Status.WALL_TIME
    assert run("import re; re.match('(a+)+$', 'a' * 60 + 'b')", limits={"cpu_s": 0.2}).status is Status.CPU_TIME


def test_memory_beyond_the_limit_is_refused(run):
    for bomb in ("bytearray(1 << 30)", "x = []\nwhile True: x.append(bytes(1 << 20))", "x = 'a'\nwhile True: x += x"):
        assert run(bomb, limits={"memory_mib": 128}).status is Status.MEMORY


def test_output_beyond_the_limit_is_cut_and_ends_the_run(run):
    flood = run("while True: print('x' * 1000)", limits={"stdout_kib": 16})
    assert (flood.status, len(flood.stdout)) == (Status.OUTPUT_LIMIT, 16 * 1024)
    burst = run("import sys; sys.stderr.write('x' * (64 << 20))", limits={"stderr_kib": 8})
    assert (burst.status, len(burst.stderr)) == (Status.OUTPUT_LIMIT, 8 * 1024)


def test_a_crash_of_the_interpreter_is_a_signal(run):
    crash = run("import ctypes; ctypes.string_at(0)")
    assert (crash.status, crash.signal) == (Status.SIGNALED, 11)
    assert run("import os; os.abort()").status is Status.SIGNALED


def test_a_call_returns_plain_data(call):
    made = call("def f(x, y=2): return [x, (y, {x: None}), {1, 2}, 10 ** 40, b'z']", 5)
    assert (made.status, made.value) == (Status.OK, [5, (2, {5: None}), {1, 2}, 10**40, b"z"])
    assert math.isnan(call("f = lambda: float('nan')").value)
    assert call("class Solution:\n    def f(self, v): return sorted(v)", [3, 1]).value == [1, 3]
    assert call("def f(d): return d[(1, 2)]", {(1, 2): "found"}).value == "found"
    assert call("def f(v): return len(v)", list(range(300_000))).value == 300_000


def test_a_call_that_gives_no_plain_value_fails(call):
    for code in (
        "def f(): return object()",
        "def f(): return 1 / 0",
        "g = 1",
        "import sys\ndef f(): sys.exit(0)",
        "def f():\n    x = []\n    x.append(x)\n    return x",
    ):
        failed = call(code)
        assert (failed.status, failed.value) == (Status.NONZERO_EXIT, None)


def test_what_a_called_program_prints_is_not_its_value(call):
    left = call("print('hello')\ndef f(): print('there'); return 7")
    assert (left.value, left.stdout) == (7, b"hello\nthere\n")


@pytest.mark.parametrize(
    ("stop_on", "expected"),
    [(frozenset({"timeout"}), "ok wall_time not_run"), (frozenset({"failure"}), "ok wall_time not_run"), (frozenset(), "ok wall_time ok")],
)
def test_the_rest_is_not_run_after_a_time_out_unless_told_otherwise(sandbox, stop_on, expected):
    code = "import time\nif input() == 'slow': time.sleep(60)"
    limits = Limits(wall_s=1.0)
    runs = sandbox.run(ExecutionRequest(code=code, inputs=[b"a", b"slow", b"b"], limits=limits, stop_on=stop_on)).runs
    assert " ".join(r.status for r in runs) == expected


def test_stop_on_failure_stops_at_the_first_run_that_is_not_ok(sandbox):
    runs = sandbox.run(ExecutionRequest(code="1 // int(input())", inputs=[b"1", b"0", b"1"], stop_on=frozenset({"failure"}))).runs
    assert [r.status for r in runs] == [Status.OK, Status.NONZERO_EXIT, Status.NOT_RUN]


def test_the_total_budget_bounds_all_runs_together(sandbox):
    limits = Limits(wall_s=10.0, total_wall_s=0.5)
    runs = sandbox.run(ExecutionRequest(code="import time; time.sleep(0.35)", inputs=[b""] * 5, limits=limits, stop_on=frozenset())).runs
    assert runs[-1].status is Status.NOT_RUN


def test_the_seed_fixes_the_random_module(run):
    code = "import random; print(random.random())"
    assert run(code, seed=1).stdout == run(code, seed=1).stdout
    assert run(code, seed=1).stdout != run(code, seed=2).stdout


def test_more_processes_can_be_allowed_and_stay_bounded(run):
    fork = "import os\npid = os.fork()\nif pid == 0: os._exit(7)\nprint(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    assert run(fork, limits={"processes": 4}).stdout == b"7\n"
    bomb = (
        "import os\nn = 0\ntry:\n    while True:\n        if os.fork() == 0:\n            import time; time.sleep(60)\n"
        "        n += 1\nexcept OSError: print(n < 100)"
    )
    assert run(bomb, limits={"processes": 4}).stdout == b"True\n"


@pytest.mark.parametrize(
    "options",
    [
        {"mode": "call"},
        {"mode": "shell"},
        {"mode": "call", "entry": "f", "language": "c"},
        {"limits": Limits(cpu_s=0)},
        {"limits": Limits(memory_mib=0)},
        {"limits": Limits(processes=0)},
        {"limits": Limits(stdout_kib=0)},
        {"files": {"../x": b""}},
        {"files": {"": b""}},
        {"files": {"x": bytes(17 << 20)}},
        {"code": "#" * (1 << 20) + "#"},
    ],
)
def test_a_request_that_makes_no_sense_is_a_value_error(sandbox, options):
    with pytest.raises(ValueError, match=r"entry|mode|limit|file|program"):
        sandbox.run(ExecutionRequest(**{"code": "", "inputs": [[]], **options}))


def test_a_language_that_nobody_registered_is_named_with_those_that_are_near(sandbox):
    with pytest.raises(UnknownNameError, match="'pyton'; did you mean 'python'"):
        sandbox.run(ExecutionRequest(code="", inputs=[b""], language="pyton"))


def test_the_environment_of_the_owner_is_not_inherited(run, monkeypatch):
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    assert b"SECRET" not in run("import os; print(os.environ)").stdout
    assert os.environ["SECRET_TOKEN"] == "hunter2"
