"""The ways to run beside one request at a time: streams, asyncio, batches, sessions, files, and what a result carries."""

import asyncio
import itertools
import json
import os
import threading

import pytest
from typer.testing import CliRunner

from prorl_gym.cli import app
from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, IsolationReport, Limits, SessionClosedError, Status, open_sandbox
from prorl_sandbox.restricted import RestrictedSandbox

ECHO = "import channel\nwhile True: channel.send(channel.receive())"
SLEEP = ExecutionRequest(code="import time; time.sleep(30)", inputs=[b""] * 3, limits=Limits(wall_s=60))


def ask(sandbox, code: str = "print(input())", *inputs: bytes, **options: object):
    return sandbox.run(ExecutionRequest(code=code, inputs=inputs or (b"x",), **options))


def test_files_stand_in_the_working_folder_of_every_run(sandbox):
    code = (
        "import os\ndata = open('data.bin', 'rb').read()\nprint(sorted(os.listdir('.')), len(data), data[:3])\n"
        "try: open('new', 'w')\nexcept OSError: pass"
    )
    result = sandbox.run(ExecutionRequest(code=code, inputs=[b""] * 2, files={"data.bin": bytes(range(256)) * 1000, "ünïcode.txt": b""}))
    assert [r.stdout.decode() for r in result.runs] == ["['data.bin', 'ünïcode.txt'] 256000 b'\\x00\\x01\\x02'\n"] * 2


def test_a_stream_gives_each_run_as_it_ends_and_closing_it_keeps_the_worker(sandbox):
    before = ask(sandbox).worker
    request = ExecutionRequest(
        code="import time\nn = input()\nif n == 'slow': time.sleep(30)\nprint(n)", inputs=[b"a", b"slow", b"b"], limits=Limits(wall_s=60)
    )
    stream = sandbox.stream(request)
    assert next(stream).stdout == b"a\n"
    stream.close()
    after = ask(sandbox, "print(1)")
    assert (after.runs[0].stdout, after.worker, after.retries) == (b"1\n", before, 0)


def test_a_stream_that_is_read_to_its_end_gives_what_run_gives(sandbox):
    request = ExecutionRequest(code="print(int(input()) * 2)", inputs=[b"1", b"x", b"3"])
    assert [r.status for r in sandbox.stream(request)] == [r.status for r in sandbox.run(request).runs]


def test_a_request_of_more_runs_than_go_over_at_once_keeps_their_order(namespaces):
    numbers = [str(n).encode() for n in range(300)]
    runs = ask(namespaces, "print(input())", *numbers).runs
    assert [r.stdout.strip() for r in runs] == numbers


def test_cancelling_kills_the_run_and_keeps_the_worker(sandbox):
    box = type(sandbox)(workers=1)

    async def cancel_one() -> tuple[int, int]:
        before = (await box.arun(ExecutionRequest(code="", inputs=[b""]))).worker
        task = asyncio.ensure_future(box.arun(SLEEP))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return before, (await asyncio.wait_for(box.arun(ExecutionRequest(code="", inputs=[b""])), 20)).worker

    before, after = asyncio.run(cancel_one())
    assert before == after
    box.close()


def test_many_requests_run_at_once_from_asyncio_and_each_gets_its_own_result(namespaces):
    async def gather() -> list[bytes]:
        made = (namespaces.arun(ExecutionRequest(code="print(input())", inputs=[str(n).encode()])) for n in range(12))
        return [result.runs[0].stdout for result in await asyncio.gather(*made)]

    assert asyncio.run(gather()) == [b"%d\n" % n for n in range(12)]


def test_a_batch_keeps_its_order_and_takes_only_a_bounded_number_ahead(namespaces):
    taken = itertools.count()

    def endless():
        while True:
            yield ExecutionRequest(code="print(input())", inputs=[str(next(taken)).encode()])

    batch = namespaces.run_many(endless())
    assert [next(batch).runs[0].stdout for _ in range(5)] == [b"%d\n" % n for n in range(5)]
    assert next(taken) < 5 + 4 * (os.cpu_count() or 1)
    batch.close()


def test_a_session_carries_plain_data_both_ways(sandbox):
    with sandbox.session(ExecutionRequest(code=ECHO)) as session:
        for value in (None, [1, (2.5, "ü")], {(1, 2): {3}}, b"x" * 300_000, 10**50):
            session.send(value)
            assert session.receive(20) == value


def test_two_sessions_at_once_talk_through_the_host(sandbox):
    asker, solver = sandbox.sessions(
        [
            ExecutionRequest(code="import channel\nfor n in range(3):\n    channel.send(n)\n    print(channel.receive())"),
            ExecutionRequest(code="import channel\nwhile True: channel.send(channel.receive() ** 2)"),
        ]
    )
    for _ in range(3):
        solver.send(asker.receive(20))
        asker.send(solver.receive(20))
    ended = asker.close(wait_s=20)
    assert (ended.status, ended.stdout) == (Status.OK, b"0\n1\n4\n")
    assert solver.close().signal == 9


def test_sessions_for_both_sides_never_wait_for_each_other(namespaces):
    done: list[int] = []

    def grade(number: int) -> None:
        one, two = namespaces.sessions([ExecutionRequest(code=ECHO)] * 2)
        one.send(number)
        two.send(one.receive(30))
        done.append(two.receive(30))
        one.close()
        two.close()

    threads = [threading.Thread(target=grade, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(done) == list(range(6))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("", "has ended: ok"),
        ("1 / 0", "has ended: nonzero_exit"),
        ("x = (", "has ended: compile_error"),
        ("import time; time.sleep(30)", "said nothing"),
        ("import channel; channel.send(1)\nimport os\nos.write(3, b'\\0\\0\\0\\5hello')", "no plain data"),
        ("import os\nos.write(3, b'\\xff\\xff\\xff\\xff' + b'x' * 100)", "at most"),
        ("import os\nwhile True: os.write(3, b'\\xff' * 65536)", "at most"),
        ("import channel, os\nos.close(3)\nchannel.send(1)", "has ended: nonzero_exit"),
    ],
)
def test_a_session_with_a_program_that_does_not_answer_says_why_and_harms_nobody(sandbox, code, why):
    session = sandbox.session(ExecutionRequest(code=code, limits=Limits(wall_s=20)))
    if why == "no plain data":
        assert session.receive(20.0) == 1
    with pytest.raises(SessionClosedError, match=why):
        session.receive(1.0 if why == "said nothing" else 20.0)
    session.close()
    assert ask(sandbox).runs[0].stdout == b"x\n"


def test_a_session_to_a_program_that_does_not_listen_ends_with_its_time(namespaces):
    session = namespaces.session(ExecutionRequest(code="import time; time.sleep(60)", limits=Limits(wall_s=0.5)))
    for _ in range(20):
        session.send(b"x" * 200_000)
    with pytest.raises(SessionClosedError, match="wall_time"):
        session.receive(20)
    assert session.close().status is Status.WALL_TIME


def test_a_result_says_what_was_used_and_which_rule_ended_it(sandbox):
    big = ask(sandbox, "x = b'x' * (64 << 20); print(1)").runs[0]
    assert 64 < big.max_rss_mib < 200
    assert (big.violation, big.truncated) == (None, False)
    flood = ask(sandbox, "while True: print('x' * 1000)", limits=Limits(stdout_kib=8)).runs[0]
    assert (flood.violation, flood.truncated) == ("output", True)
    assert ask(sandbox, "while True: pass", limits=Limits(cpu_s=0.2)).runs[0].violation == "cpu"


def test_a_program_cannot_make_itself_ungradable(sandbox):
    """It may die by its own hand, in every way that there is; the verdict stays about the program."""
    hands = (
        "import os; os.kill(os.getpid(), 9); os._exit(1)",
        "import resource\nresource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
        "import ctypes, os, struct, time\nlibc = ctypes.CDLL(None)\nt = ctypes.c_long()\nevent = struct.pack('QiiQQQQQ', 0, 9, 0, 0, 0, 0, 0, 0)\n"
        "libc.syscall(222, 0, event, ctypes.byref(t))\nlibc.syscall(223, t, 0, struct.pack('qqqq', 0, 0, 0, 1000000), None)\n"
        "time.sleep(2)\nos._exit(1)",
    )
    for code in hands:  # its own kill, a lowered limit, a timer whose signal is SIGKILL
        assert ask(sandbox, code, limits=Limits(cpu_s=4)).runs[0].status in (Status.SIGNALED, Status.NONZERO_EXIT, Status.CPU_TIME)


def test_the_report_says_what_stands_and_is_plain_data(sandbox):
    report: IsolationReport = sandbox.report
    assert report.tier == sandbox.name
    assert all(report.probes.values())
    assert len(report.probes) > 10
    assert report.nproc_enforced
    assert report.seccomp == f"allow-list {os.uname().machine}"
    assert json.loads(json.dumps(report.to_json()))["tier"] == report.tier
    assert bool(report.namespaces) == (sandbox.name == "namespaces")


def test_the_status_command_prints_the_report(namespaces):
    done = CliRunner().invoke(app, ["sandbox", "status", "--backend", "namespaces", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["backends"]["namespaces"]["seccomp"].startswith("allow-list")


def test_a_refused_backend_makes_the_status_command_fail_with_the_reason(monkeypatch):
    monkeypatch.setattr("prorl_sandbox.landlock.abi", lambda: 0)
    monkeypatch.setattr("prorl_gym.sandbox._opened", {})
    with pytest.raises(SandboxUnavailableError, match="no Landlock"):
        RestrictedSandbox()
    done = CliRunner().invoke(app, ["sandbox", "status", "--backend", "restricted"])
    assert done.exit_code == 1
    assert "Remedy" in done.output


def test_where_every_tier_refuses_auto_names_each_refusal_and_takes_nothing_unsafe(monkeypatch):
    monkeypatch.setenv("PRORL_ALLOW_UNSAFE", "1")
    monkeypatch.setattr("prorl_sandbox.docker.connect", refusing)
    monkeypatch.setattr("prorl_gym.sandbox._opened", {})
    monkeypatch.setattr("prorl_sandbox.landlock.abi", lambda: 0)
    monkeypatch.setattr("prorl_sandbox.namespaces.local_server", refusing)
    with pytest.raises(SandboxUnavailableError) as refusal:
        open_sandbox("auto")
    for part in ("namespaces: it is switched off", "restricted: this kernel has no Landlock", "docker: it is switched off", "none of it was run"):
        assert part in str(refusal.value)


def refusing(*_: object) -> None:
    raise SandboxUnavailableError("it is switched off")


@pytest.mark.parametrize("code", ["\ud800", "x = '\udcff'", "\x00", "print('\u202e')", "\ufeffprint(1)"])
def test_odd_text_is_a_program_like_any_other(sandbox, code):
    assert ask(sandbox, code).runs[0].status in (Status.COMPILE_ERROR, Status.OK)


@pytest.mark.parametrize("given", ["text", 5, None])
def test_an_input_that_is_not_bytes_is_a_value_error(sandbox, given):
    with pytest.raises(ValueError, match="an input is bytes"):
        sandbox.run(ExecutionRequest(code="", inputs=[given]))
