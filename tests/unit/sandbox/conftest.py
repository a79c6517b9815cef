"""One sandbox for all tests of this folder; skipped, with the reason, where the host denies namespaces."""

from collections.abc import Callable, Iterator

import pytest

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import ExecutionRequest, Limits, RunResult
from prorl_sandbox.namespaces import NamespaceSandbox


@pytest.fixture(scope="session")
def sandbox() -> Iterator[NamespaceSandbox]:
    try:
        box = NamespaceSandbox()
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    yield box
    box.close()


@pytest.fixture
def run(sandbox: NamespaceSandbox) -> Callable[..., RunResult]:
    """Run one program on one input."""

    def once(code: str, given: object = b"", **options: object) -> RunResult:
        limits = Limits(**{"wall_s": 20.0, **options.pop("limits", {})})
        return sandbox.run(ExecutionRequest(code=code, inputs=[given], limits=limits, **options)).runs[0]

    return once


@pytest.fixture
def call(run: Callable[..., RunResult]) -> Callable[..., RunResult]:
    """Call the program's function `f`."""
    return lambda code, *args, **options: run(code, list(args), mode="call", entry="f", **options)
