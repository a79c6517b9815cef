"""The sandbox's speed: trivial tests a second, latency of a completion, CPU time a test, readiness; beside what people use instead.

A test reads a number and prints its double. A completion has 20 tests, or one; two are in flight. CPU time is that of this process and of all below
it; containers belong to the engine and are not in it. Latencies are wall time: on a shared machine they say as much about the neighbours.
"""

import functools
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measure import arguments, cpu_s, show

from prorl_gym.errors import MissingExtraError, SandboxUnavailableError
from prorl_gym.registry import registry
from prorl_gym.sandbox import ExecutionRequest

CODE = "print(int(input()) * 2)"
IN_FLIGHT = 2
BACKENDS = ("namespaces", "restricted", "docker")
Completion = Callable[[int], None]


def below_s() -> float:
    """CPU seconds of all living processes below this one, and of those that they have waited for."""
    children: dict[int, list[tuple[int, int]]] = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            children.setdefault(int(fields[1]), []).append((int(entry), sum(map(int, fields[11:15]))))
    ticks, todo = 0, [os.getpid()]
    while todo:
        for pid, used in children.get(todo.pop(), []):
            ticks += used
            todo.append(pid)
    return ticks / os.sysconf("SC_CLK_TCK") + sum(os.times()[2:4])


def measured(name: str, completion: Completion, tests: int, seconds: float) -> dict[str, Any]:
    """One row: `completion(tests)` again and again from two threads."""
    completion(tests)
    took: list[float] = []
    end = time.perf_counter() + seconds

    def work() -> None:
        while time.perf_counter() < end:
            begun = time.perf_counter()
            completion(tests)
            took.append(time.perf_counter() - begun)

    own, below, begun = cpu_s(), below_s(), time.perf_counter()
    threads = [threading.Thread(target=work) for _ in range(IN_FLIGHT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    spent, num = time.perf_counter() - begun, len(took) * tests
    own, below = cpu_s() - own, below_s() - below
    took.sort()
    return {
        "backend": name,
        "tests a completion": tests,
        "tests/s": round(num / spent, 1),
        "p50 ms": round(took[len(took) // 2] * 1e3, 1),
        "p99 ms": round(took[int(len(took) * 0.99)] * 1e3, 1),
        "CPU ms a test": round((own + below) / num * 1e3, 2) if below > 0 else "",
        "of it host us": round(own / num * 1e6),
    }


def by_sandbox(box: Any, tests: int) -> None:
    """A completion on one of our own backends."""
    runs = box.run(ExecutionRequest(code=CODE, inputs=[b"21"] * tests)).runs
    assert all(run.stdout == b"42\n" for run in runs), runs


def by_command(command: list[str], tests: int) -> None:
    """A completion as one process a test."""
    for _ in range(tests):
        assert subprocess.run(command, input=b"21", stdout=subprocess.PIPE, check=True).stdout == b"42\n"


def alternatives(folder: Path) -> dict[str, list[str]]:
    """Name to the command that runs the program, for what is installed."""
    file = folder / "program.py"
    file.write_text(CODE)
    python = getattr(sys, "_base_executable", sys.executable)
    found = {"subprocess: python -I -S file": [python, "-I", "-S", str(file)]}
    if bwrap := shutil.which("bwrap"):
        found["bubblewrap --unshare-all"] = [bwrap, "--ro-bind", "/", "/", "--unshare-all", "--die-with-parent", python, "-I", "-S", str(file)]
    return found


def docker_exec(seconds: float) -> list[dict[str, Any]]:
    """`docker exec` for each test, in a container of the backend's image; nothing where no engine answers."""
    docker = shutil.which("docker")
    image = "prorl-sandbox:1"
    if not docker or subprocess.run([docker, "image", "inspect", image], capture_output=True, check=False).returncode:
        return []
    run = [docker, "run", "-d", "--rm", "--network", "none", "--entrypoint", "sleep", image, "600"]
    container = subprocess.run(run, capture_output=True, text=True, check=True).stdout.strip()
    try:
        command = [docker, "exec", "-i", container, "python3", "-I", "-S", "-c", CODE]
        return [measured("docker exec", functools.partial(by_command, command), 1, seconds)]
    finally:
        subprocess.run([docker, "kill", container], capture_output=True, check=False)


def main() -> None:
    """Measure everything in one run."""
    parser = arguments(__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="for each row")
    chosen = parser.parse_args()
    ready: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for name in BACKENDS:
        begun = time.perf_counter()
        try:
            box = registry().sandboxes[name]()
        except (SandboxUnavailableError, MissingExtraError) as error:
            ready.append({"backend": name, "ready s": "", "refused": str(error)[:100]})
            continue
        ready.append({"backend": name, "ready s": round(time.perf_counter() - begun, 3), "refused": ""})
        rows += [measured(name, functools.partial(by_sandbox, box), tests, chosen.seconds) for tests in (20, 1)]
        box.close()
    with tempfile.TemporaryDirectory() as folder:
        for name, command in alternatives(Path(folder)).items():
            rows.append(measured(name, functools.partial(by_command, command), 1, chosen.seconds))
    rows += docker_exec(chosen.seconds)
    show({"ready": ready, "speed": rows}, as_json=chosen.json)


if __name__ == "__main__":
    assert importlib.util.find_spec("prorl_sandbox"), "run it in the project's environment"
    main()
