"""`DockerSandbox`, the backend "docker": warm containers whose first process is the fork server, spoken to over the attached console.

A container holds one server for as long as that lives; a run is a fork in it and never a `docker exec`. It has no network, a read-only root, no
capabilities, no new privileges, an unprivileged user, bounds on processes and memory, and inside it the restricted tier (Landlock, the call
filter, limits) is on besides. Containers carry a label that names their owner; those whose owner is gone are removed when a backend starts.
"""

import functools
import importlib
import os
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from prorl_gym.errors import SandboxUnavailableError, missing_extra
from prorl_gym.sandbox import Limits
from prorl_sandbox.backend import ServerSandbox
from prorl_sandbox.docker_image import TAG
from prorl_sandbox.link import Link

OWNER = "prorl_gym.owner"
_CHUNK = 1 << 18
_HEAD = 8
"""Bytes before each piece of an attached console: stream, three zeros, length."""
IMAGE_VARIABLE, RUNTIME_VARIABLE, FRESH_VARIABLE = "PRORL_SANDBOX_IMAGE", "PRORL_SANDBOX_RUNTIME", "PRORL_SANDBOX_FRESH"


class DockerSandbox(ServerSandbox):
    """Runs untrusted programs in containers. Raises SandboxUnavailableError where there is no engine, no image, or the engine does not do as told.

    `runtime` names another container runtime that the engine knows, such as "runsc" (gVisor). `fresh = "completion"` gives every request a
    container of its own, for hostile settings, and is two orders of magnitude slower. Image, runtime and fresh are also read from the variables
    PRORL_SANDBOX_IMAGE, PRORL_SANDBOX_RUNTIME and PRORL_SANDBOX_FRESH.
    """

    name = "docker"

    def __init__(
        self,
        *,
        image: str | None = None,
        workers: int | None = None,
        runtime: str | None = None,
        fresh: Literal["worker", "completion"] | None = None,
        memory_mib: int = 1024,
    ) -> None:
        image = image or os.environ.get(IMAGE_VARIABLE) or TAG
        runtime = runtime or os.environ.get(RUNTIME_VARIABLE) or None
        self.image, self.runtime, self._client = image, runtime, connect()
        try:
            _check_offer(self._client, image, runtime)
            sweep(self._client)
            each = (fresh or os.environ.get(FRESH_VARIABLE) or "worker") == "completion"
            start = functools.partial(_start, self._client, image, runtime=runtime, memory_mib=memory_mib)
            super().__init__(start, workers=workers, requests_per_server=1 if each else None)
        except BaseException:
            self._client.close()
            raise

    def close(self) -> None:
        """Remove every container that is not in use, now, and the others as they finish."""
        super().close()
        self._client.close()


def _check_offer(client: Any, image: str, runtime: str | None) -> None:
    if not client.images(name=image):
        raise SandboxUnavailableError(
            f"the engine has no image {image!r}; run: prorl sandbox build (or, without a registry, with --debootstrap bookworm)"
        )
    known = client.info().get("Runtimes", {})
    if runtime and runtime not in known:
        raise SandboxUnavailableError(
            f"the engine has no runtime {runtime!r} (it has {', '.join(sorted(known))}); register it in the engine's daemon.json"
        )


def connect() -> Any:
    """A low-level client of the engine. Raises MissingExtraError without the package docker, SandboxUnavailableError without an engine."""
    try:
        docker: Any = importlib.import_module("docker")
    except ImportError as error:
        raise missing_extra("docker", "docker", wanted_by="the sandbox 'docker'") from error
    client: Any = None
    try:
        _knock(os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock")
        client = docker.APIClient(timeout=60, **docker.utils.kwargs_from_env())
        client.ping()
    except Exception as error:  # a stranger's library, a socket, a daemon: one message says what to do
        if client is not None:
            client.close()
        raise SandboxUnavailableError(
            f"no Docker engine answers ({type(error).__name__}: {str(error)[:200]}); start it (as root: dockerd &) or set DOCKER_HOST"
        ) from error
    return client


def _knock(address: str) -> None:
    """Raise OSError where nobody listens at a socket of this machine: the engine's library would leave its own half-open one behind."""
    if address.startswith("unix://"):
        with socket.socket(socket.AF_UNIX) as tried:
            tried.connect(address.removeprefix("unix://"))


def _start(client: Any, image: str, *, runtime: str | None, memory_mib: int) -> Link:
    return Link(Container(client, image, runtime=runtime, memory_mib=memory_mib))


class Container:
    """One container and its console: a `link.Transport`. Raises SandboxUnavailableError where it cannot be started, or not as it was ordered."""

    pid = 0

    def __init__(self, client: Any, image: str, *, runtime: str | None, memory_mib: int) -> None:
        self._client, self._open = client, True
        self._held = bytearray()
        try:
            self.id: str = client.create_container(
                image,
                command=["python3", "-sSP", "/opt/prorl_sandbox/server.py", "container", "0", "scratch"],
                stdin_open=True,
                user="65534:65534",
                working_dir="/",
                environment={"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8"},
                labels={OWNER: _owner()},
                network_disabled=True,
                host_config=_host_config(client, runtime, memory_mib),
            )["Id"]
        except Exception as error:
            raise SandboxUnavailableError(f"the engine made no container of {image!r}: {type(error).__name__}: {str(error)[:300]}") from error
        try:
            attached: Any = client.attach_socket(self.id, params={"stdin": 1, "stdout": 1, "stream": 1})
            self._attached = attached
            self._socket: socket.socket = getattr(attached, "_sock", attached)
            client.start(self.id)
            _check_orders(client.inspect_container(self.id))
        except SandboxUnavailableError:
            self.close()
            raise
        except Exception as error:
            self.close()
            raise SandboxUnavailableError(f"the engine did not start a container of {image!r}: {type(error).__name__}: {str(error)[:300]}") from error

    def fileno(self) -> int:
        """The console's descriptor."""
        return self._socket.fileno()

    def read(self) -> bytes | None:
        """What the server has said; b"" at its end; None where only a part of a piece has come."""
        self._check()
        data = self._socket.recv(_CHUNK)
        if not data:
            return b""
        self._held += data
        out = bytearray()
        while len(self._held) >= _HEAD:
            end = _HEAD + int.from_bytes(self._held[4:_HEAD], "big")
            if len(self._held) < end:
                break
            if self._held[0] == 1:
                out += self._held[_HEAD:end]
            del self._held[:end]
        return bytes(out) or None

    def write(self, *parts: "bytes | memoryview") -> None:
        """Send all of the parts to the server."""
        self._check()
        for part in parts:
            self._socket.sendall(part)

    def out_of_memory(self) -> bool:
        """Whether the kernel ended the container for want of memory."""
        try:
            return bool(self._client.inspect_container(self.id)["State"]["OOMKilled"])
        except Exception:  # the container is gone, or the engine is: then nobody knows
            return False

    def close(self) -> None:
        """Remove the container with all that runs in it."""
        if not self._open:
            return
        self.abandon()
        try:
            self._client.remove_container(self.id, force=True, v=True)
        except Exception:  # already gone, or the engine is: the sweep of the next backend takes what is left
            return

    def abandon(self) -> None:
        """Let go of the console; the container is another process's."""
        self._open = False
        if hasattr(self, "_socket"):
            self._attached.close()
            self._socket.close()  # the file that the engine's library wraps around it has to be closed besides

    def _check(self) -> None:
        if not self._open:
            raise BrokenPipeError("the container was removed")


def _host_config(client: Any, runtime: str | None, memory_mib: int) -> Any:
    memory = max(memory_mib, Limits().memory_mib) << 20
    return client.create_host_config(
        network_mode="none",
        read_only=True,
        tmpfs={"/tmp": "size=16m,nr_inodes=2048,nosuid,nodev,noexec,mode=1777"},
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        pids_limit=64,
        mem_limit=memory,
        memswap_limit=memory,
        shm_size="64k",
        ipc_mode="private",
        log_config={"type": "none"},
        init=False,
        **({"runtime": runtime} if runtime else {}),
    )


def _check_orders(found: Mapping[str, Any]) -> None:
    """Raise SandboxUnavailableError where the engine left out a part of what it was told."""
    host, config = found["HostConfig"], found["Config"]
    wrong = [
        name
        for name, held in {
            "no network": host["NetworkMode"] == "none",
            "a read-only root": host["ReadonlyRootfs"],
            "no capabilities": host["CapDrop"] == ["ALL"] and not host["CapAdd"],
            "no new privileges": any("no-new-privileges" in o for o in host["SecurityOpt"] or ()),
            "a bound on processes": (host["PidsLimit"] or 0) > 0,
            "a bound on memory": host["Memory"] > 0,
            "an unprivileged user": config["User"] == "65534:65534",
            "no mounts of the host": not host["Binds"] and not host.get("Mounts"),
        }.items()
        if not held
    ]
    if wrong:
        raise SandboxUnavailableError(f"the engine did not give the container {', '.join(wrong)}: it is not used")


def sweep(client: Any) -> int:
    """Remove the containers of this machine whose owning process is gone; how many."""
    removed = 0
    for container in client.containers(all=True, filters={"label": OWNER}):
        owner = container["Labels"][OWNER]
        if owner != _owner() and _is_gone(owner):
            client.remove_container(container["Id"], force=True, v=True)
            removed += 1
    return removed


def _owner() -> str:
    """This process, as no later one will be called: boot, process id, start time."""
    return _name_of(os.getpid()) or f"?:{os.getpid()}:?"


def _name_of(pid: int) -> str | None:
    try:
        started = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
        return f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()}:{pid}:{started}"
    except (OSError, IndexError):
        return None


def _is_gone(owner: str) -> bool:
    """Whether the owner was a process of this boot that has ended; one of another boot or machine is not ours to judge."""
    boot, pid, _ = owner.split(":") if owner.count(":") == 2 else ("", "", "")
    own = _owner().partition(":")[0]
    return boot == own and pid.isdecimal() and _name_of(int(pid)) != owner
