"""One sandbox a tier for all tests of this folder; skipped, with the reason, where the host denies what the tier needs."""

from collections.abc import Callable, Iterator

import pytest

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, Limits, RunResult
from prorl_sandbox.backend import ServerSandbox
from prorl_sandbox.namespaces import NamespaceSandbox
from prorl_sandbox.restricted import RestrictedSandbox


def opened(tier: str) -> ServerSandbox:
    """A sandbox of that tier, with scratch space; or the test is skipped."""
    try:
        return NamespaceSandbox() if tier == "namespaces" else RestrictedSandbox(scratch=True)
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session", params=["namespaces", "restricted"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[ServerSandbox]:
    """A sandbox of each tier."""
    box = opened(request.param)
    yield box
    box.close()


@pytest.fixture(scope="session")
def namespaces() -> Iterator[ServerSandbox]:
    """The tier "namespaces" alone, for what does not depend on the tier."""
    box = opened("namespaces")
    yield box
    box.close()


@pytest.fixture
def run(sandbox: ServerSandbox) -> Callable[..., RunResult]:
    """Run one program on one input."""

    def once(code: str, given: object = b"", **options: object) -> RunResult:
        limits = Limits(**{"wall_s": 20.0, **options.pop("limits", {})})
        return sandbox.run(ExecutionRequest(code=code, inputs=[given], limits=limits, **options)).runs[0]

    return once


@pytest.fixture
def call(run: Callable[..., RunResult]) -> Callable[..., RunResult]:
    """Call the program's function `f`."""
    return lambda code, *args, **options: run(code, list(args), mode="call", entry="f", **options)
