"""Programs that attack: the host, its grader, the next run. Each prints or returns what it won; it must win nothing."""

import os
import socket
import threading
from pathlib import Path

import pytest

from prorl_gym.sandbox import ExecutionRequest, Limits, Status

TRY = """
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
def won(action):
    try:
        got = action()
    except (OSError, MemoryError, RuntimeError) as error:
        return
    if not (isinstance(got, int) and got == -1):
        print("won", repr(got)[:200])
"""


@pytest.fixture
def loses(run):
    """Assert that none of a program's `won(...)` attempts succeeds and that it ran to its end."""

    def check(code: str, given: bytes = b"", **limits: object) -> None:
        left = run(TRY + code + "\nprint('end')", given, limits=limits)
        assert (left.status, left.stdout) == (Status.OK, b"end\n"), left

    return check


def test_files_of_the_host_cannot_be_read(loses, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hunter2")
    secret.chmod(0o644)
    loses(
        "path = input()\nfor p in (path, '/etc/passwd', '/etc/shadow', '/proc/self/environ', '/proc/1/mem', '/dev/mem', '/sys/kernel'):\n"
        "    won(lambda: open(p).read())\nfor d in ('/home', '/proc', '/etc', '/var', '/dev'):\n    won(lambda: os.listdir(d))",
        str(secret).encode(),
    )


def test_in_namespaces_the_files_of_the_host_are_not_even_there(namespaces):
    code = "import os\nfor p in ('/etc/passwd', '/home', '/proc/1', '/dev/null', '/var/log'): print(os.path.exists(p))"
    assert namespaces.run(ExecutionRequest(code=code, inputs=[b""])).runs[0].stdout == b"False\n" * 5


def test_nothing_can_be_written_outside_the_scratch_folder(loses, run):
    loses(
        "for p in ('/x', '/usr/x', '/usr/lib/x', '/lib/x', '/dev/shm/x', '/var/tmp/x', os.__file__, os.path.dirname(os.__file__) + '/x.py'):\n"
        "    won(lambda: open(p, 'a'))\nwon(lambda: os.mknod('dev', 0o20666, os.makedev(1, 1)))\nwon(lambda: os.chmod(os.__file__, 0o777))\n"
        "won(lambda: os.link(os.__file__, 'l'))\nwon(lambda: os.chroot('.'))\n"
        "won(lambda: os.utime(os.__file__))\nwon(lambda: os.truncate(os.__file__, 0))"
    )
    assert run("open('here', 'w').write('x')").status is Status.OK


def test_scratch_space_is_bounded_in_bytes_and_files(namespaces):
    code = (
        "def fill():\n    for i in range(4):\n        with open(f'/tmp/{i}', 'wb') as f: f.write(bytes(8 << 20))\n"
        "def many():\n    for i in range(20000): open(f'/tmp/f{i}', 'w').close()\n"
        "for action in (fill, many):\n    try: action()\n    except OSError as error: print(error.errno)"
    )
    assert namespaces.run(ExecutionRequest(code=code, inputs=[b""])).runs[0].stdout == b"28\n28\n"


def test_a_file_is_bounded(loses):
    loses("won(lambda: open('big', 'wb').write(bytes(17 << 20)))")


def test_there_is_no_network(loses):
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket(socket.AF_UNIX) as local:
        local.bind("\0prorl-test-" + str(os.getpid()))
        local.listen()
        loses(
            "import socket\nport, name = int(input()), input()\nwon(lambda: socket.create_connection(('127.0.0.1', port), 1))\n"
            "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK):\n"
            "    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW):\n        won(lambda: socket.socket(family, kind))\n"
            "won(lambda: socket.socket(socket.AF_UNIX).connect('\\0' + name))\nwon(lambda: socket.getaddrinfo('localhost', 80))",
            f"{listener.getsockname()[1]}\nprorl-test-{os.getpid()}\n".encode(),
        )


def test_other_processes_cannot_be_reached(loses):
    loses(
        "import signal\nowner = int(input())\nfor pid in (owner, os.getppid() or 999999, 2, 3):\n    for s in (0, signal.SIGKILL, signal.SIGSTOP):\n"
        "        won(lambda: os.kill(pid, s))\n    won(lambda: libc.ptrace(16, pid, 0, 0))\nwon(lambda: os.pidfd_open(1))\n"
        "won(lambda: libc.ptrace(0, 0, 0, 0))\n"
        "won(lambda: libc.process_vm_readv(1, None, 0, None, 0, 0))",
        str(os.getpid()).encode(),
    )


def test_signals_to_everybody_harm_nobody(run):
    assert run("import os, signal\ntry: os.kill(-1, signal.SIGKILL)\nexcept OSError: pass\nprint('on')").stdout == b"on\n"
    assert run("print('next')").stdout == b"next\n"


def test_new_namespaces_mounts_and_kernel_doors_are_shut(loses):
    loses(
        "for flag in (0x10000000, 0x20000, 0x20000000, 0x40000000):\n    won(lambda: libc.unshare(flag))\n"
        "won(lambda: libc.mount(b'x', b'/tmp', b'tmpfs', 0, None))\n"
        "won(lambda: libc.umount2(b'/tmp', 2))\n"
        "numbers = (321, 425, 323, 298, 250, 248, 319, 29, 240, 101, 310, 434, 303, 304, 175, 246, 135, 155, 308, 435)\n"
        "for nr in numbers if os.uname().machine == 'x86_64' else ():\n"
        "    won(lambda: libc.syscall(nr, 0, 0, 0, 0, 0, 0))"
    )


def test_a_call_for_another_architectures_table_kills_the_program(run):
    if os.uname().machine != "x86_64":
        pytest.skip("the x32 table exists on x86-64 only")
    killed = run("import ctypes; ctypes.CDLL(None).syscall(0x40000000 + 39); print('alive')")
    assert (killed.status, killed.signal, killed.stdout) == (Status.SIGNALED, 31, b"")


def test_processes_and_programs_cannot_be_started(loses):
    loses(
        "import subprocess\nwon(os.fork)\nwon(lambda: os.execv('/usr/bin/true', ['true']))\n"
        "won(lambda: subprocess.run([sys.executable or '/bin/sh', '-c', '1']))\n"
        "won(lambda: os.posix_spawn('/bin/true', ['true'], {}))\nwon(lambda: os.system('true') and -1)"
    )


def test_limits_cannot_be_raised_and_privileges_not_regained(loses):
    loses(
        "import resource\nfor kind in (resource.RLIMIT_AS, resource.RLIMIT_CPU, resource.RLIMIT_FSIZE, resource.RLIMIT_NPROC):\n"
        "    try: resource.setrlimit(kind, (resource.RLIM_INFINITY,) * 2); print('won', kind)\n    except ValueError: pass\n"
        "won(lambda: os.setuid(0))\nwon(lambda: os.setgid(0))\nwon(lambda: os.nice(-5))\n"
        "caps = ctypes.create_string_buffer(24)\nlibc.capget((0x20080522).to_bytes(4, 'little') + bytes(4), caps)\nassert caps.raw == bytes(24)"
    )


def test_no_descriptor_of_the_host_is_left_open(loses):
    loses("for fd in range(3, 256):\n    won(lambda: os.fstat(fd))")


def test_a_fork_bomb_is_refused_and_the_next_run_is_fine(run):
    bomb = run("import os\nwhile True:\n    os.fork()")
    assert bomb.status is Status.NONZERO_EXIT
    threads = run("import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()")
    assert threads.status is Status.NONZERO_EXIT
    assert run("print(1)").stdout == b"1\n"


def test_a_daemon_does_not_outlive_its_run(run):
    daemon = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(600)\n    os._exit(0)\nprint('gone')"
    left = run(daemon, limits={"processes": 8})
    assert (left.status, left.stdout) == (Status.OK, b"gone\n")
    assert left.wall_s < 20


def test_nothing_carries_over_to_the_next_run(sandbox):
    code = (
        "import builtins, json, os, random\nprint(sorted(os.listdir('.')), hasattr(builtins, 'mark'), hasattr(json, 'mark'))\n"
        "open('mark', 'w').close()\nos.makedirs('a/b/c')\nbuiltins.mark = json.mark = 1\nos.environ['MARK'] = '1'"
    )
    runs = sandbox.run(ExecutionRequest(code=code, inputs=[b""] * 3)).runs
    assert [r.stdout for r in runs] == [b"[] False False\n"] * 3


SCAN = """
import ctypes, os, sys
libc = ctypes.CDLL(None)
flip = bytes(b ^ 1 for b in range(256))
flipped = sys.stdin.buffer.readline().strip()
r, w = os.pipe()
os.set_blocking(w, False)
def count():
    pages, found = 0, 0
    for middle in {near & -(1 << 25) for near in (id(count), id(flipped), id(sys), ctypes.addressof(ctypes.create_string_buffer(9000)))}:
        for start in range(middle, middle + (1 << 25), 4096):
            if libc.write(w, ctypes.c_void_p(start), 4096) == 4096:
                pages += 1
                found += os.read(r, 4096).translate(flip).count(flipped)
    return pages, found
pages, before = count()
mine = flipped.translate(flip)
print(pages > 500, before, count()[1] > 0)
"""


def test_the_memory_of_a_run_holds_nothing_of_the_one_before(sandbox):
    """The scan looks for a needle that it holds only in disguise; its control finds the needle once it holds it itself."""
    needle = b"needle-x7Qp-" + os.urandom(8).hex().encode()
    held = ExecutionRequest(code=f"text = [{needle.decode()!r} + str(i) for i in range(2000)]; print(input())", inputs=[needle])
    assert sandbox.run(held).runs[0].stdout == needle + b"\n"
    after = sandbox.run(ExecutionRequest(code=SCAN, inputs=[bytes(b ^ 1 for b in needle)])).runs[0]
    assert after.stdout == b"True 0 True\n", after


def test_an_object_that_equals_everything_is_no_value(call):
    yes = "class Yes:\n    def __eq__(self, other): return True\n    __hash__ = None\n"
    assert call(yes + "def f(): return Yes()").status is Status.NONZERO_EXIT
    number = (
        "class Yes(int):\n    def __eq__(self, other): return True\n    def __int__(self): return 42\n"
        "    __hash__ = int.__hash__\ndef f(): return Yes(3)"
    )
    value = call(number).value
    assert type(value) is int
    assert value == 3


def test_leaving_early_is_not_success(call, run):
    assert call("import os; os._exit(0)\ndef f(): return 1").status is Status.NONZERO_EXIT
    assert call("import os\ndef f(): os._exit(0)").status is Status.NONZERO_EXIT
    assert run("import os; print('x', flush=True); os._exit(5)").exit_code == 5


@pytest.mark.parametrize(
    "forged",
    ["b'S'", "b'SR1'", "b'E setup failed'", "b'C'", "b'[' * 1000000", "b'9' * 100000", "b'{\"t\":1}'", "b'1]'", "b'\\xff' * 5000"],
)
def test_forged_protocol_is_a_failed_call_and_harms_nobody(call, forged):
    left = call(f"import os\nos.write(3, {forged})\nos._exit(0)\ndef f(): return 1")
    assert left.status is Status.NONZERO_EXIT
    assert call("def f(): return 2").value == 2


def test_a_flood_on_the_private_channel_is_cut(call):
    assert call("import os\nwhile True: os.write(3, b'[' * 65536)\ndef f(): return 1").status is Status.OUTPUT_LIMIT


def test_patching_the_driver_and_the_codec_wins_nothing(call):
    patched = (
        "import sys\nfor m in list(sys.modules.values()):\n    for n in ('encode', 'decode', '_tag'):\n"
        "        if hasattr(m, n) and 'codec' in m.__name__: setattr(m, n, lambda *a, **k: b'true')\ndef f(): return 1"
    )
    assert call(patched).value is True  # it can choose its own value, as by returning it, and nothing else


def test_imitating_a_failed_set_up_stays_the_programs_failure(run):
    left = run("import sys; sys.stderr.write('SETUP sandbox_error'); sys.exit(70)")
    assert (left.status, left.exit_code) == (Status.NONZERO_EXIT, 70)


def test_concurrent_callers_get_their_own_outputs(sandbox):
    found: dict[int, bytes] = {}

    def work(number: int) -> None:
        request = ExecutionRequest(code="print(int(input()) ** 2)", inputs=[str(number).encode()] * 5, limits=Limits(total_wall_s=60))
        found[number] = b"".join(r.stdout for r in sandbox.run(request).runs)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {n: f"{n * n}\n".encode() * 5 for n in range(6)}


def test_the_own_modules_of_the_project_are_out_of_reach(run):
    for name in ("prorl_gym", "prorl_env_code", "numpy", "pytest"):
        assert b"ModuleNotFoundError" in run(f"import {name}").stderr
    assert run("print(open(input()).read())", str(Path(__file__)).encode()).status is Status.NONZERO_EXIT
