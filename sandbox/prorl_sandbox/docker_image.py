"""Building the image that the Docker sandbox runs: `prorl sandbox build`.

From a base image that the engine has or can pull, or, with no registry at all, from a root file system: a tar archive, a folder, or one that
`debootstrap` makes. Either way the package's own server goes in, and an image whose Python cannot import ctypes or is older than 3.11 is refused.
"""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from prorl_gym.errors import ConfigError, SandboxUnavailableError

TAG = "prorl-sandbox:1"
ROOTFS = "prorl-sandbox-rootfs:latest"
BASE = "python:3.11-slim"


def build(client: Any, *, base: str | None = None, rootfs: Path | None = None, debootstrap: str | None = None, tag: str = TAG) -> Iterator[str]:
    """Build the image, giving lines of progress; at most one of `base`, `rootfs` and `debootstrap` (a Debian suite) is given.

    `client` is a low-level `docker.APIClient`. Raises ConfigError for a root file system that is none, SandboxUnavailableError with the engine's own
    words where the build fails.
    """
    if sum(x is not None for x in (base, rootfs, debootstrap)) > 1:
        raise ConfigError("an image has one origin: a base image, a root file system, or a Debian suite; got several")
    if debootstrap is not None:
        with tempfile.TemporaryDirectory(prefix="prorl-rootfs-") as folder:
            yield from _debootstrap(debootstrap, Path(folder))
            yield from _import(client, Path(folder))
        base = ROOTFS
    elif rootfs is not None:
        yield from _import(client, rootfs)
        base = ROOTFS
    yield f"building {tag} on {base or BASE}"
    error = ""
    for entry in client.build(
        fileobj=_context(), custom_context=True, tag=tag, buildargs={"BASE": base or BASE}, rm=True, forcerm=True, decode=True, pull=False
    ):
        error = error or str(entry.get("error", "")).strip()
        if line := str(entry.get("stream", "")).strip():
            yield line
    if error:
        raise SandboxUnavailableError(f"the image could not be built: {_explained(error, base or BASE)}")


def _explained(error: str, base: str) -> str:
    if "ctypes" in error or "returned a non-zero code" in error:
        return f"{error}. The base {base} needs Python 3.11 or newer with ctypes (in Debian the package python3, not python3-minimal)"
    if "pull access denied" in error or "not found" in error or "dial tcp" in error:
        return f"{error}. Without a registry, build from a root file system: prorl sandbox build --debootstrap bookworm"
    return error


def _debootstrap(suite: str, folder: Path) -> Iterator[str]:
    program = shutil.which("debootstrap")
    if program is None:
        raise SandboxUnavailableError("debootstrap is not installed; run: apt-get install debootstrap (as root)")
    yield f"debootstrap {suite}: a minimal Debian with Python; this takes a minute or two"
    done = subprocess.run([program, "--variant=minbase", "--include=python3", suite, str(folder)], capture_output=True, text=True, check=False)
    if done.returncode:
        raise SandboxUnavailableError(f"debootstrap {suite} failed: {(done.stderr or done.stdout).strip()[-400:]}")


def _import(client: Any, rootfs: Path) -> Iterator[str]:
    if rootfs.is_dir():
        if not any((rootfs / place).exists() for place in ("usr/bin/python3", "usr/local/bin/python3")):
            raise ConfigError(f"{rootfs} holds no usr/bin/python3: expected the root folder of a Linux system with Python 3.11 or newer")
        yield f"importing {rootfs}"
        with tempfile.TemporaryFile() as archive:
            with tarfile.open(fileobj=archive, mode="w") as tar:
                tar.add(rootfs, arcname=".", filter=_without_devices)
            archive.seek(0)
            client.import_image_from_data(archive.read(), repository=ROOTFS.partition(":")[0], tag=ROOTFS.partition(":")[2])
    elif rootfs.is_file():
        yield f"importing {rootfs}"
        client.import_image_from_file(str(rootfs), repository=ROOTFS.partition(":")[0], tag=ROOTFS.partition(":")[2])
    else:
        raise ConfigError(f"no root file system {str(rootfs)!r}; expected a tar archive or a folder")


def _without_devices(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if member.isdev() else member


def _context() -> io.BytesIO:
    """The build's context: the Dockerfile and the modules of this package that the server needs (it takes all of them; they are small)."""
    here = Path(__file__).parent
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        tar.add(here / "image" / "Dockerfile", arcname="Dockerfile")
        for path in sorted(here.glob("*.py")):
            tar.add(path, arcname=f"prorl_sandbox/{path.name}", filter=_readable)
    out.seek(0)
    return out


def _readable(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mode, member.uid, member.gid = 0o644, 0, 0
    return member
