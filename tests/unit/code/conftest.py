"""Skips the tests that run programs, with the reason, where the host has no sandbox."""

import pytest

from prorl_gym.errors import SandboxUnavailableError
from prorl_gym.sandbox import Sandbox, close_sandboxes, open_sandbox


@pytest.fixture(scope="session")
def sandbox() -> Sandbox:
    try:
        box = open_sandbox("auto")
    except SandboxUnavailableError as error:
        pytest.skip(str(error))
    yield box
    close_sandboxes()
