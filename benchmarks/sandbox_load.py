"""The sandbox under load: thousands of completions, some hostile, workers killed at random, the host killed in the middle.

Every honest completion prints numbers that only it can print, so a lost or misattributed result shows. What is left is counted before and
after: processes, descriptors, mounts, folders, resident memory.
"""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from measure import arguments, rss_mib, show

from prorl_gym.registry import registry
from prorl_gym.sandbox import ExecutionRequest, ExecutionResult, Limits, Status

TESTS = 20
HOSTILE_EVERY = 50
LIMITS = Limits(cpu_s=1.0, wall_s=30.0, memory_mib=128, stdout_kib=64, total_wall_s=600.0)
HOSTILE: dict[str, tuple[str, frozenset[Status]]] = {
    "fork bomb": ("import os\nwhile True: os.fork()", frozenset({Status.NONZERO_EXIT})),
    "memory bomb": ("x = []\nwhile True: x.append(bytes(1 << 20))", frozenset({Status.MEMORY})),
    "flood": ("while True: print('x' * 10000)", frozenset({Status.OUTPUT_LIMIT})),
    "loop": ("while True: pass", frozenset({Status.CPU_TIME})),
    "signal to all": ("import os\nos.kill(-1, 9)", frozenset({Status.OK, Status.NONZERO_EXIT})),
    "full disk": ("f = open('f', 'wb')\nwhile True: f.write(bytes(1 << 20))", frozenset({Status.NONZERO_EXIT})),
    "crash": ("import ctypes; ctypes.string_at(0)", frozenset({Status.SIGNALED})),
    "thread bomb": (
        "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(9,), daemon=True).start()",
        frozenset({Status.NONZERO_EXIT}),
    ),
    "daemon": ("import os\ntry: os.fork()\nexcept OSError: print('no')", frozenset({Status.OK})),
}
NAMES = tuple(HOSTILE)


def hostile(number: int) -> str | None:
    """Which attack a completion is, if any."""
    return NAMES[number // HOSTILE_EVERY % len(NAMES)] if number % HOSTILE_EVERY == HOSTILE_EVERY - 1 else None


def request(number: int) -> ExecutionRequest:
    """The completion of that number."""
    attack = hostile(number)
    code = f"print(int(input()) + {number * 1000})" if attack is None else HOSTILE[attack][0]
    num = TESTS if attack is None else 2
    return ExecutionRequest(code=code, inputs=[str(i).encode() for i in range(num)], limits=LIMITS)


def faults(number: int, result: ExecutionResult) -> Iterator[str]:
    """What is wrong with a result, one word a run."""
    attack = hostile(number)
    for i, run in enumerate(result.runs):
        if run.status is Status.SANDBOX_ERROR:
            yield "sandbox error"
        elif attack is not None:
            if run.status not in HOSTILE[attack][1] | {Status.NOT_RUN}:
                yield f"{attack}: {run.status.value}"
        elif run.status is not Status.OK:
            yield f"lost: {run.status.value}"
        elif run.stdout != f"{i + number * 1000}\n".encode():
            yield "misattributed"


def servers(owner: int) -> list[int]:
    """Launchers, jailers, servers and runs of an owner."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if any(w.endswith(b"prorl_sandbox/server.py") for w in words) and str(owner).encode() in words:
            found.append(int(entry.name))
    return found


def held() -> dict[str, int]:
    """What this process holds and has left."""
    return {
        "processes": len(servers(os.getpid())),
        "descriptors": len(os.listdir("/proc/self/fd")),
        "mounts": len(Path("/proc/self/mountinfo").read_text().splitlines()),
        "folders": len(list(Path("/tmp").glob(f"prorl-sandbox-{os.getpid()}-*"))),
        "resident MiB": round(rss_mib()),
    }


def settled() -> dict[str, int]:
    """The same, once what was closed has had time to end."""
    end = time.monotonic() + 10
    while servers(os.getpid()) and time.monotonic() < end:
        time.sleep(0.05)
    return held()


def kill_now_and_then(stop: threading.Event, every_s: float, killed: list[int]) -> None:
    """Kill a random process of our servers until told to stop."""
    rng = random.Random(0)
    while not stop.wait(every_s * rng.uniform(0.5, 1.5)):
        if mine := servers(os.getpid()):
            try:
                os.kill(rng.choice(mine), signal.SIGKILL)
            except ProcessLookupError:
                continue
            killed.append(1)


def under_load(backend: str, completions: int, kill_every_s: float) -> list[dict[str, Any]]:
    """The table of one backend."""
    before = held()
    box = registry().sandboxes[backend]()
    stop, killed, found, retries, runs = threading.Event(), [], {}, 0, 0
    killer = threading.Thread(target=kill_now_and_then, args=(stop, kill_every_s, killed))
    if kill_every_s:
        killer.start()
    begun, middle = time.monotonic(), {}
    for number, result in enumerate(box.run_many(map(request, range(completions)))):
        runs += len(result.runs)
        retries += result.retries
        for fault in faults(number, result):
            found[fault] = found.get(fault, 0) + 1
        if number == completions // 10:
            middle = held()
    spent = time.monotonic() - begun
    stop.set()
    if kill_every_s:
        killer.join()
    box.close()
    after = settled()
    rows = [{"what": "completions", backend: completions}, {"what": "runs", backend: runs}, {"what": "runs/s (wall)", backend: round(runs / spent)}]
    rows += [{"what": "servers killed", backend: len(killed)}, {"what": "retries", backend: retries}]
    rows += [{"what": f"fault: {fault}", backend: num} for fault, num in sorted(found.items())] or [{"what": "faults", backend: 0}]
    rows += [{"what": f"{key} before, at a tenth, after", backend: f"{before[key]}, {middle.get(key, '')}, {after[key]}"} for key in before]
    return rows


def host_killed(backend: str) -> int:
    """How many processes are left a moment after a host is killed in the middle of its work."""
    code = f"import sandbox_load as s\nbox = s.registry().sandboxes[{backend!r}]()\nfor _ in box.run_many(map(s.request, range(10**6))): pass"
    owner = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent)
    end = time.monotonic() + 30
    while len(servers(owner.pid)) < 3 and time.monotonic() < end:
        time.sleep(0.05)
    time.sleep(1.0)
    owner.kill()
    owner.wait()
    end = time.monotonic() + 10
    while servers(owner.pid) and time.monotonic() < end:
        time.sleep(0.02)
    return len(servers(owner.pid))


def main() -> None:
    """Measure the backends that start."""
    parser = arguments(__doc__)
    parser.add_argument("--backend", action="append", help="again for more; default: namespaces and restricted")
    parser.add_argument("--completions", type=int, default=10_000)
    parser.add_argument("--kill-every", type=float, default=2.0, metavar="S", help="seconds between two killed processes; 0 kills none")
    chosen = parser.parse_args()
    tables: dict[str, list[dict[str, Any]]] = {}
    for backend in chosen.backend or ("namespaces", "restricted"):
        rows = under_load(backend, chosen.completions, chosen.kill_every)
        tables[backend] = [*rows, {"what": "processes left after the host was killed", backend: host_killed(backend)}]
    show(tables, as_json=chosen.json)


if __name__ == "__main__":
    main()
