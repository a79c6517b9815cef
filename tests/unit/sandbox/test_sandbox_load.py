"""Many requests, some of them hostile, while servers are killed: nothing is lost, misattributed or left behind."""

import os
import random
import signal
import threading
from pathlib import Path

import pytest

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, Limits, Status
from prorl_sandbox.backend import ServerSandbox
from prorl_sandbox.namespaces import NamespaceSandbox
from prorl_sandbox.restricted import RestrictedSandbox

LIMITS = Limits(cpu_s=0.3, wall_s=20.0, memory_mib=128, stdout_kib=16)
HOSTILE = {
    "import os\nwhile True: os.fork()": Status.NONZERO_EXIT,
    "x = []\nwhile True: x.append(bytes(1 << 20))": Status.MEMORY,
    "while True: print('x' * 10000)": Status.OUTPUT_LIMIT,
    "while True: pass": Status.CPU_TIME,
}


def below(owner: int) -> list[int]:
    """All processes below one."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    found = {owner}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return sorted(found - {owner})


def request(number: int) -> ExecutionRequest:
    """Every tenth is hostile; the others print what only they can print."""
    if number % 10 == 9:
        return ExecutionRequest(code=list(HOSTILE)[number // 10 % len(HOSTILE)], inputs=[b""], limits=LIMITS)
    return ExecutionRequest(code=f"print(int(input()) + {number * 100})", inputs=[b"1", b"2", b"3"], limits=LIMITS)


def killing(stop: threading.Event, spared: set[int], killed: list[int]) -> None:
    rng = random.Random(1)
    while not stop.wait(1.5) and len(killed) < 3:
        if mine := sorted(set(below(os.getpid())) - spared):
            try:
                os.kill(rng.choice(mine), signal.SIGKILL)
            except ProcessLookupError:
                continue
            killed.append(1)


@pytest.mark.parametrize("tier", [NamespaceSandbox, RestrictedSandbox])
def test_nothing_is_lost_under_load_and_nothing_is_left_after(tier: type[ServerSandbox]):
    spared, files, folders = set(below(os.getpid())), len(os.listdir("/proc/self/fd")), set(Path("/tmp").glob(f"prorl-sandbox-{os.getpid()}-*"))
    try:
        box = tier()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    stop, killed = threading.Event(), []
    killer = threading.Thread(target=killing, args=(stop, spared, killed))
    killer.start()
    try:
        for number, result in enumerate(box.run_many(map(request, range(200)))):
            if number % 10 == 9:
                assert result.runs[0].status is list(HOSTILE.values())[number // 10 % len(HOSTILE)], result
            else:
                assert [r.stdout for r in result.runs] == [b"%d\n" % (number * 100 + i) for i in (1, 2, 3)], result
    finally:
        stop.set()
        killer.join()
        box.close()
    assert killed
    assert not [pid for pid in set(below(os.getpid())) - spared if Path(f"/proc/{pid}/stat").exists()]
    assert len(os.listdir("/proc/self/fd")) == files
    assert set(Path("/tmp").glob(f"prorl-sandbox-{os.getpid()}-*")) <= folders
