"""`NamespaceSandbox`, the backend "namespaces": fork servers in a jail of namespaces, one pid namespace a run. The default where it stands."""

from prorl_sandbox.backend import ServerSandbox
from prorl_sandbox.link import Link, local_server


class NamespaceSandbox(ServerSandbox):
    """Runs untrusted programs in namespaces. Raises SandboxUnavailableError where it cannot do so safely."""

    name = "namespaces"

    def __init__(self, *, workers: int | None = None) -> None:
        super().__init__(_start, start_toolchain=_start_toolchain, workers=workers)


def _start() -> Link:
    return local_server("namespaces")


def _start_toolchain() -> Link:
    return local_server("namespaces", "toolchain")
