"""The call filter, by a slow interpreter of its BPF code: every architecture's filter is checked on any machine."""

import errno
import struct

import pytest

from prorl_sandbox import calls, seccomp

ARCHES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOW, KILL = 0x7FFF0000, 0x80000000


def refuse(number: int) -> int:
    return 0x00050000 | number


def judged(code: bytes, arch: int, number: int, *args: int) -> int:
    """What the kernel would answer: an interpreter of the instructions that the filter uses."""
    program = [struct.unpack_from("<HBBI", code, i) for i in range(0, len(code), 8)]
    data = struct.pack("<IIQ6Q", number, arch, 0, *args, *[0] * (6 - len(args)))
    at = acc = x = 0
    while True:
        kind, yes, no, k = program[at]
        at += 1
        match kind:
            case 0x20:
                acc = struct.unpack_from("<I", data, k)[0]
            case 0x00:
                acc = k
            case 0x05:
                at += k
            case 0x15:
                at += yes if acc == k else no
            case 0x35:
                at += yes if acc >= k else no
            case 0x45:
                at += yes if acc & k else no
            case 0x54:
                acc &= k
            case 0x74:
                acc >>= k
            case 0x7C:
                acc >>= x
            case 0x07:
                x = acc
            case 0x06:
                return k
            case _:
                raise AssertionError(f"instruction {kind:#x} is not one that seccomp filters here use")


@pytest.fixture(params=ARCHES)
def machine(request):
    return request.param


@pytest.fixture
def ask(machine):
    """The answer of the machine's filter to a call by name."""

    def answer(name: str, *args: int, **options: object) -> int:
        number = (calls.ALLOWED | calls.REFUSED | calls.EXAMINED)[name][calls.COLUMN[machine]]
        return ALLOW if number is None else judged(seccomp.build(machine, **options).code, ARCHES[machine], number, *args)

    return answer


def test_every_call_of_the_tables_gets_the_answer_that_its_table_says(machine):
    code, column = seccomp.build(machine).code, calls.COLUMN[machine]
    for table, expected in ((calls.ALLOWED, ALLOW), (calls.REFUSED, refuse(errno.EPERM))):
        for name, numbers in table.items():
            if numbers[column] is not None:
                assert judged(code, ARCHES[machine], numbers[column]) == expected, name


def test_whatever_no_table_allows_is_refused(machine):
    code, column = seccomp.build(machine).code, calls.COLUMN[machine]
    named = {numbers[column] for table in (calls.ALLOWED, calls.EXAMINED) for numbers in table.values()}
    answers = {judged(code, ARCHES[machine], number) for number in range(1024) if number not in named}
    assert answers == {refuse(errno.EPERM), refuse(errno.ENOSYS)}
    assert judged(code, ARCHES[machine], 1000) == refuse(errno.ENOSYS)


def test_another_architecture_and_the_x32_table_kill(machine):
    code = seccomp.build(machine).code
    assert judged(code, 0x40000003, 1) == KILL
    if machine == "x86_64":
        assert judged(code, ARCHES[machine], 0x40000000 + 39) == KILL


def test_tables_do_not_overlap_and_no_number_stands_twice(machine):
    column = calls.COLUMN[machine]
    numbers = [n[column] for table in (calls.ALLOWED, calls.REFUSED, calls.EXAMINED) for n in table.values() if n[column] is not None]
    assert len(numbers) == len(set(numbers))


def test_threads_are_allowed_processes_only_on_request_and_namespaces_never(ask):
    thread, fork, user = 0x003D0F00, 0x01200011, 0x10000000
    assert ask("clone", thread) == ALLOW
    assert ask("clone", fork) == refuse(errno.EAGAIN)
    assert ask("clone", fork, forks=True) == ALLOW
    assert ask("clone", fork | user, forks=True) == refuse(errno.EPERM)
    assert ask("clone3", 0, forks=True) == refuse(errno.ENOSYS)


def test_without_a_pid_namespace_only_the_own_process_can_be_signalled(ask, machine):
    own = seccomp.build(machine, own_pid_only=True)
    assert own.pid_at
    mine = int.from_bytes(own.code[own.pid_at[0] : own.pid_at[0] + 4], "little")
    assert ask("kill", mine, 15, own_pid_only=True) == ALLOW
    for other in (1, 0, mine + 1, 0xFFFFFFFF):
        assert ask("kill", other, 9, own_pid_only=True) == refuse(errno.EPERM)
        assert ask("tgkill", other, other, 9, own_pid_only=True) == refuse(errno.EPERM)
    assert ask("setsid", own_pid_only=True) == refuse(errno.EPERM)
    assert ask("kill", 1, 9) == ALLOW


def test_only_the_given_descriptor_can_be_executed(ask):
    assert ask("execveat", 4, 0, 0, 0, 0x1000, exec_fd=4) == ALLOW
    assert ask("execveat", 5, 0, 0, 0, 0x1000, exec_fd=4) == refuse(errno.EPERM)
    assert ask("execveat", 4, 0, 0, 0, 0, exec_fd=4) == refuse(errno.EPERM)
    assert ask("execve", exec_fd=4) == refuse(errno.EPERM)
    assert ask("execve", toolchain=True) == ALLOW


def test_sockets_exist_only_in_connected_local_pairs(ask):
    assert ask("socketpair", 1, 1 | 0o2000000) == ALLOW
    assert ask("socketpair", 1, 2) == refuse(errno.EPERM)
    assert ask("socketpair", 2, 1) == refuse(errno.EPERM)
    assert ask("socket", 1, 1) == refuse(errno.EPERM)


def test_calls_that_reach_others_by_an_argument_are_refused(ask):
    assert ask("prlimit64", 0) == ALLOW
    assert ask("prlimit64", 1) == refuse(errno.EPERM)
    assert ask("prctl", 15) == ALLOW
    assert ask("prctl", 4, 1) == refuse(errno.EPERM)
    assert ask("fcntl", 0, 3) == ALLOW
    assert ask("fcntl", 0, 8) == refuse(errno.EPERM)
    assert ask("ioctl", 0, 0x5401) == ALLOW
    assert ask("ioctl", 0, 0x5412) == refuse(errno.EPERM)
