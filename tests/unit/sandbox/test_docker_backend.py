"""The Docker backend on a real engine. Skipped, with the reason, where there is none or it has no image: `prorl sandbox build` makes one."""

import gc
import json
import signal
import subprocess
import sys
import time

import pytest

from prorl_gym.errors import ConfigError, SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, Limits, Status

docker = pytest.importorskip("docker")


from prorl_sandbox.attacks.suite import run_suite  # noqa: E402
from prorl_sandbox.docker import OWNER, DockerSandbox, connect, sweep  # noqa: E402
from prorl_sandbox.docker_image import TAG, build  # noqa: E402


@pytest.fixture(scope="module")
def engine():
    try:
        client = connect()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    if not client.images(name=TAG):
        client.close()
        pytest.skip(f"the engine has no image {TAG}; run: prorl sandbox build")
    yield client
    client.close()


@pytest.fixture(scope="module")
def box(engine):
    made = DockerSandbox(workers=2)
    yield made
    made.close()


def run(box, code, given=b"", **limits):
    return box.run(ExecutionRequest(code=code, inputs=[given], limits=Limits(**limits))).runs[0]


def containers(engine):
    return {c["Id"] for c in engine.containers(all=True, filters={"label": OWNER})}


def test_programs_run_and_functions_are_called(box):
    assert run(box, "print(int(input()) * 2)", b"21").stdout == b"42\n"
    done = box.run(ExecutionRequest(code="def f(a, b): return {a: [b, None, 1.5]}", mode="call", entry="f", inputs=[["k", (1, 2)]]))
    assert done.runs[0].value == {"k": [(1, 2), None, 1.5]}
    assert done.isolation.tier == "docker"


def test_every_attack_is_held_or_known_not_to_be(box):
    assert [f"{o.name}: {o.detail}" for o in run_suite(box) if not o.ok] == []


def test_the_container_is_what_was_ordered(box, engine):
    run(box, "print(1)")
    (found, *_) = [engine.inspect_container(i) for i in containers(engine)]
    host = found["HostConfig"]
    assert (host["NetworkMode"], host["ReadonlyRootfs"], host["CapDrop"]) == ("none", True, ["ALL"])
    assert found["State"]["Running"]


def test_a_container_that_is_killed_is_replaced_and_its_run_repeated(box, engine):
    request = ExecutionRequest(code="import time; time.sleep(0.3); print(input())", inputs=[str(i).encode() for i in range(6)])
    before = containers(engine)
    stream = box.stream(request)
    first = next(stream)
    for each in before:
        engine.kill(each)
    rest = list(stream)
    assert [r.stdout for r in (first, *rest)] == [f"{i}\n".encode() for i in range(6)]


def test_no_container_is_left_after_closing(engine):
    before = containers(engine)
    own = DockerSandbox(workers=1)
    run(own, "print(1)")
    assert containers(engine) - before
    own.close()
    assert containers(engine) <= before


def test_one_container_a_completion(engine):
    own = DockerSandbox(workers=1, fresh="completion")
    try:
        one = own.run(ExecutionRequest(code="print(1)", inputs=[b"", b""]))
        two = own.run(ExecutionRequest(code="print(2)", inputs=[b""]))
        assert [r.stdout for r in (*one.runs, *two.runs)] == [b"1\n", b"1\n", b"2\n"]
        assert not containers(engine) & {getattr(own, "id", "")}
    finally:
        own.close()


def test_containers_of_an_owner_that_was_killed_are_swept(engine):
    script = (
        "import sys, time\nfrom prorl_sandbox.docker import DockerSandbox\nbox = DockerSandbox(workers=1)\n"
        "from prorl_gym.sandbox import ExecutionRequest\nbox.run(ExecutionRequest(code='print(1)', inputs=[b'']))\nprint('up', flush=True)\n"
        "time.sleep(600)"
    )
    before = containers(engine)
    owner = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert owner.stdout.readline() == b"up\n"
    left = containers(engine) - before
    assert left
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    owner.stdout.close()
    sweep(engine)
    deadline = time.monotonic() + 10
    while containers(engine) & left and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not containers(engine) & left


def test_memory_beyond_the_containers_is_never_the_sandboxs_error(engine):
    own = DockerSandbox(workers=1, memory_mib=512)
    try:
        hungry = "import os\nfor _ in range(12):\n    if os.fork() == 0: break\nx = bytearray(200 << 20)\nimport time; time.sleep(3)\nprint(len(x))"
        done = run(own, hungry, processes=16, memory_mib=400, cpu_s=5.0, wall_s=12.0)
        assert done.status is not Status.SANDBOX_ERROR  # which of its processes the kernel ends is the kernel's choice
        assert done.stdout.count(b"209715200") < 13
        assert run(own, "print(1)").stdout == b"1\n"
    finally:
        own.close()


def test_a_missing_image_and_a_missing_runtime_are_named(engine):
    with pytest.raises(SandboxUnavailableError, match="no image 'nothing:0'; run: prorl sandbox build"):
        DockerSandbox(image="nothing:0")
    with pytest.raises(SandboxUnavailableError, match=r"no runtime 'nothing' \(it has "):
        DockerSandbox(runtime="nothing")


def test_without_an_engine_the_message_says_how_to_get_one(monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nothing/docker.sock")
    with pytest.raises(SandboxUnavailableError, match="no Docker engine answers"):
        DockerSandbox()


@pytest.mark.filterwarnings("ignore:.*socket.socket:pytest.PytestUnraisableExceptionWarning")  # of the engine's own library
def test_an_image_without_ctypes_is_refused_as_it_is_built(engine, tmp_path):
    """On the image that is there, with its ctypes taken away."""
    made = engine.create_container(TAG, command=["true"])
    engine.remove_container(made["Id"])
    context = tmp_path / "Dockerfile"
    context.write_text(f'FROM {TAG}\nUSER 0\nRUN rm -rf "$(python3 -c "import ctypes, os; print(os.path.dirname(ctypes.__file__))")"\n')
    subprocess.run(["docker", "build", "-q", "-t", "prorl-test-no-ctypes", str(tmp_path)], check=True, capture_output=True)
    try:
        with pytest.raises(SandboxUnavailableError, match=r"needs Python 3\.11 or newer with ctypes"):
            list(build(engine, base="prorl-test-no-ctypes", tag="prorl-test-broken"))
    finally:
        engine.remove_image("prorl-test-no-ctypes", force=True)
        gc.collect()  # a build that fails leaves a connection of the engine's own library to the collector: here, where its warning is ignored


def test_a_root_file_system_that_is_none_is_refused(engine, tmp_path):
    with pytest.raises(ConfigError, match=r"holds no usr/bin/python3"):
        list(build(engine, rootfs=tmp_path))
    with pytest.raises(ConfigError, match="no root file system"):
        list(build(engine, rootfs=tmp_path / "nothing.tar"))
    with pytest.raises(ConfigError, match="one origin"):
        list(build(engine, base="x", rootfs=tmp_path))


def test_the_status_command_speaks_of_it(engine):
    command = [sys.executable, "-c", "from prorl_gym.cli import main; main()", "sandbox", "status", "--backend", "docker", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["backends"]["docker"]["tier"] == "docker"
