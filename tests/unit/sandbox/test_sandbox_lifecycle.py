"""Starting, refusing, losing and ending: the sandbox fails closed and leaves nothing behind."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import prorl_gym
from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, ExecutionResult, IsolationReport, Limits, RunResult, Status
from prorl_sandbox import probe, restricted
from prorl_sandbox.backend import ServerSandbox
from prorl_sandbox.namespaces import NamespaceSandbox

SLEEP = ExecutionRequest(code="import time; time.sleep(0.6); print('done')", inputs=[b""], limits=Limits(wall_s=30))


def servers_of(owner: int) -> list[int]:
    """The processes of an owner's fork servers: launcher, jailer, server and run carry the owner's id in their command line."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(w.endswith(b"prorl_sandbox/server.py") for w in words) and str(owner).encode() in words:
            found.append(int(entry.name))
    return sorted(found)


def soon(condition, patience_s: float = 10.0) -> bool:
    """Whether a condition comes true in a while."""
    end = time.monotonic() + patience_s
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return met


def wait_for_server(process: subprocess.Popen) -> list[int]:
    assert soon(lambda: len(servers_of(process.pid)) >= 4, 30)
    return servers_of(process.pid)


def test_nothing_is_left_when_the_owner_is_killed_in_the_middle_of_a_run(namespaces):
    code = (
        "from prorl_sandbox.namespaces import *\nfrom prorl_gym.sandbox import *\n"
        "NamespaceSandbox().run(ExecutionRequest(code='import time; time.sleep(60)', inputs=[b''], limits=Limits(wall_s=50)))"
    )
    owner = subprocess.Popen([sys.executable, "-c", code])
    wait_for_server(owner)
    owner.kill()
    owner.wait()
    assert soon(lambda: servers_of(owner.pid) == [])


def test_nothing_is_left_after_an_ordinary_exit_without_close(namespaces):
    code = (
        "from prorl_sandbox.namespaces import *\nfrom prorl_gym.sandbox import *\ns = NamespaceSandbox()\n"
        "print(s.run(ExecutionRequest(code='print(5)', inputs=[b''])).runs[0].stdout)"
    )
    owner = subprocess.Popen([sys.executable, "-W", "error", "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    out, err = owner.communicate()
    assert out == b"b'5\\n'\n"
    assert err == b""
    assert soon(lambda: servers_of(owner.pid) == [])


def test_a_closed_sandbox_says_so(namespaces):
    box = NamespaceSandbox()
    box.close()
    box.close()
    with pytest.raises(SandboxUnavailableError, match="closed"):
        box.run(SLEEP)


def _kill_servers_during(box: ServerSandbox, times: int, others: set[int]) -> ExecutionResult:
    """Run, and kill the launcher of the box's server once or again and again while it does."""
    done = threading.Event()

    def killer() -> None:
        for _ in range(times):
            if done.wait(0.3):
                return
            for pid in sorted(set(servers_of(os.getpid())) - others)[:1]:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    continue

    thread = threading.Thread(target=killer)
    thread.start()
    try:
        return box.run(SLEEP)
    finally:
        done.set()
        thread.join()


def test_a_run_whose_server_dies_is_tried_again_on_a_fresh_one(namespaces):
    others = set(servers_of(os.getpid()))
    box = NamespaceSandbox()
    assert _kill_servers_during(box, 1, others).runs[0].stdout == b"done\n"
    box.close()


def test_a_run_that_loses_its_server_twice_is_a_sandbox_error(namespaces):
    others = set(servers_of(os.getpid()))
    box = NamespaceSandbox()
    assert _kill_servers_during(box, 50, others).runs[0].status is Status.SANDBOX_ERROR
    assert soon(lambda: box.run(SLEEP).runs[0].status is Status.OK)
    box.close()


def test_a_fork_of_the_owner_gets_servers_of_its_own(namespaces):
    code = (
        "import os\nfrom prorl_sandbox.namespaces import *\nfrom prorl_gym.sandbox import *\nbox = NamespaceSandbox()\n"
        "ask = lambda n: box.run(ExecutionRequest(code='print(input())', inputs=[str(n).encode()])).runs[0].stdout\n"
        "pid = os.fork()\nmine = [ask(pid) for _ in range(20)]\nassert mine == [b'%d\\n' % pid] * 20, mine\n"
        "if pid: assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0"
    )
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr


DENIED = """
import os, struct, sys
from prorl_sandbox import calls, libc, seccomp
name, place = sys.argv[1], calls.COLUMN[os.uname().machine]
number = calls.REFUSED[name][place]
code = b"".join(struct.pack("<HBBI", *i) for i in ((0x20, 0, 0, 0), (0x15, 0, 1, number), (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)))
libc.prctl("nnp", libc.PR_SET_NO_NEW_PRIVS, 1)
seccomp.installing(seccomp.Filter(code=code, pid_at=()))()
from prorl_gym.sandbox import open_sandbox
try:
    print(open_sandbox(sys.argv[2]).report.tier)
except Exception as error:
    print(type(error).__name__, error)
"""


def where_denied(call: str, backend: str) -> str:
    """What opening a backend says where a system call is denied, as a container's profile denies it."""
    return subprocess.run([sys.executable, "-c", DENIED, call, backend], capture_output=True, text=True, check=True).stdout.strip()


def test_where_namespaces_are_denied_it_refuses_and_says_what_to_allow():
    said = where_denied("unshare", "namespaces")
    assert said.startswith("SandboxUnavailableError the step ")
    assert "unshare" in said
    assert "Remedy: " in said


def test_where_namespaces_are_denied_auto_takes_the_restricted_tier():
    assert where_denied("unshare", "auto") == "restricted"


def test_the_restricted_tier_refuses_where_landlock_is_denied():
    said = where_denied("landlock_create_ruleset", "restricted")
    assert said.startswith("SandboxUnavailableError this kernel has no Landlock")
    assert "Remedy: " in said


HELLO = {"landlock_abi": 7, "kernel": "6", "namespaces": ["pid"]}


def test_a_probe_that_gets_something_it_must_not_is_a_refusal_that_names_it():
    def leaky(request: ExecutionRequest) -> ExecutionResult:
        return ExecutionResult(runs=(RunResult(status=Status.OK, stdout=b"read /etc/passwd\nend\n"),), isolation=IsolationReport(tier="none"))

    with pytest.raises(SandboxUnavailableError, match="could read /etc/passwd"):
        probe.report("leaky", HELLO, leaky)


def test_a_probe_that_does_not_run_to_its_end_is_a_refusal():
    def broken(request: ExecutionRequest) -> ExecutionResult:
        return ExecutionResult(runs=(RunResult(status=Status.NONZERO_EXIT, stderr=b"no python"),), isolation=IsolationReport(tier="none"))

    with pytest.raises(SandboxUnavailableError, match="no python"):
        probe.report("broken", HELLO, broken)


def test_the_probe_succeeds_at_everything_outside_the_sandbox(tmp_path):
    """The positive control: the same attempts work in a plain process, so a pass inside means that they were stopped."""

    def plain(request: ExecutionRequest) -> ExecutionResult:
        code = request.code.replace('attempt("execute', '0 and attempt("execute').replace('attempt("trace', '0 and attempt("trace')
        code = code.replace('"/probe"', '"outside"').replace('os.__file__ + ".probe"', '"outside"')
        done = subprocess.run([sys.executable, "-c", code], input=request.inputs[0], capture_output=True, check=True, cwd=tmp_path)
        return ExecutionResult(runs=(RunResult(status=Status.OK, stdout=done.stdout),), isolation=IsolationReport(tier="none"))

    with pytest.raises(SandboxUnavailableError) as refusal:
        probe.report("plain", HELLO, plain)
    for won in (
        "read a file of the host",
        "read /etc/passwd",
        "connect to a socket",
        "connect to an abstract socket",
        "start threads without end",
        "signal its owner",
        "start a process",
        "more memory",
        "scratch space",
    ):
        assert won in str(refusal.value)


def test_results_survive_pickling(sandbox):
    result = sandbox.run(ExecutionRequest(code="print(1)", inputs=[b""]))
    assert pickle.loads(pickle.dumps(result)) == result


def test_an_ordinary_user_gets_both_tiers():
    if os.geteuid() != 0:
        pytest.skip("these tests run as an ordinary user already")
    try:
        interpreter = restricted._interpreter()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    version = subprocess.run(
        [interpreter, "-c", "import sys; print(sys.version_info[:2])"], capture_output=True, text=True, check=True
    ).stdout.strip()
    if version != str(sys.version_info[:2]):
        pytest.skip(f"the interpreter that an ordinary user can read, {interpreter}, is of another version and cannot load these packages")
    code = (
        "from prorl_gym.sandbox import *\nfrom prorl_sandbox.namespaces import *\nfrom prorl_sandbox.restricted import *\n"
        "for tier in (NamespaceSandbox, RestrictedSandbox):\n"
        "    print(tier().run(ExecutionRequest(code='import os; print(os.getuid())', inputs=[b''])).runs[0].stdout)"
    )
    folders = [str(Path(prorl_gym.__file__).parents[1]), str(Path(restricted.__file__).parents[1]), *(p for p in sys.path if p.endswith("-packages"))]
    environment = {"PYTHONPATH": os.pathsep.join(folders), "HOME": "/tmp"}
    if subprocess.run(["/bin/ls", folders[0]], user=65534, group=65534, extra_groups=[], capture_output=True, check=False).returncode:
        pytest.skip(f"an ordinary user cannot read {folders[0]}")
    run = [interpreter, "-c", code]
    done = subprocess.run(run, env=environment, user=65534, group=65534, extra_groups=[], capture_output=True, text=True, check=False, cwd="/")
    assert done.stdout == "b'65534\\n'\n" * 2, done.stderr


def test_a_fork_of_the_owner_can_use_batches_of_its_own(namespaces):
    code = (
        "import os\nfrom prorl_sandbox.namespaces import *\nfrom prorl_gym.sandbox import *\nbox = NamespaceSandbox()\n"
        "ask = lambda: [r.runs[0].stdout for r in box.run_many(ExecutionRequest(code='print(1)', inputs=[b'']) for _ in range(3))]\n"
        "assert ask() == [b'1\\n'] * 3\npid = os.fork()\nassert ask() == [b'1\\n'] * 3\n"
        "if pid: assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0\nelse: os._exit(0)"
    )
    done = subprocess.run([sys.executable, "-c", code], stderr=subprocess.PIPE, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
