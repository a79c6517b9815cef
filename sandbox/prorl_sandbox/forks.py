"""What imported modules want done in every fork (`os.register_at_fork`): fresh locks, new random seeds.

A run starts with one thread, no lock held and a seed of its own, so the server postpones this work: it would cost each run more than its
confinement does. A run that may itself fork gets it back. The server imports this module before all others.
"""

import os
from typing import Any

_register = os.register_at_fork
_wanted: list[dict[str, Any]] = []


def postpone() -> None:
    """From here on, note what modules register, and do nothing about it."""
    os.register_at_fork = _note


def _note(**hooks: Any) -> None:
    _wanted.append(hooks)


def no_longer() -> None:
    """Let `os.register_at_fork` be itself again; what was noted stays postponed."""
    os.register_at_fork = _register


def make_up() -> None:
    """Register what was postponed."""
    while _wanted:
        _register(**_wanted.pop(0))
