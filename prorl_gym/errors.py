"""The error tree. Every error says what was given, what was expected and what to do next.

    ProrlError
    ├── ConfigError(ValueError)            a file, key or value that a person wrote
    ├── UnknownNameError(LookupError)      an id that nothing has registered; carries the closest names
    ├── DuplicateNameError(ValueError)     two registrations of one name; names both sides
    ├── MissingExtraError(ImportError)     an optional dependency; carries the install command
    ├── PluginError(RuntimeError)          a plugin that could not be loaded, or broke a hook's contract
    ├── TaskError(ValueError)              a task record that cannot be read or graded
    ├── SplitError(RuntimeError)           a stream that cannot find a task of the wanted split
    ├── PolicyError(RuntimeError)          a policy that could not answer (endpoint down, bad reply)
    ├── SandboxUnavailableError(RuntimeError)   no way to run untrusted code safely; never a fallback
    ├── RunError(RuntimeError)             a run folder that is missing, torn or of another config
    ├── EngineError(RuntimeError)          a rollout or training engine failed
    ├── LaunchError(RuntimeError)          a command that a training backend launched failed; carries status and log
    └── StuckError(RuntimeError)           too many calls that were given up at their deadline still run

Each is also a standard-library error, so that callers may catch either, and pickles across worker processes.
"""

import difflib
from collections.abc import Iterable


class ProrlError(Exception):
    """Base of everything that this package raises on purpose."""


class ConfigError(ProrlError, ValueError):
    """A file, key or value that a person wrote is not usable."""


class UnknownNameError(ProrlError, LookupError):
    """A name that nothing has registered."""


class DuplicateNameError(ProrlError, ValueError):
    """One name registered twice; the message names both sides."""


class MissingExtraError(ProrlError, ImportError):
    """An optional dependency is not installed; the message carries the command that installs it."""


class PluginError(ProrlError, RuntimeError):
    """A plugin could not be loaded or broke a hook's contract."""


class TaskError(ProrlError, ValueError):
    """A task record cannot be read or graded."""


class SplitError(ProrlError, RuntimeError):
    """A stream found no task of the wanted split within its bound."""


class PolicyError(ProrlError, RuntimeError):
    """A policy could not answer."""


class SandboxUnavailableError(ProrlError, RuntimeError):
    """No sandbox can run untrusted code here; nothing was executed."""


class RunError(ProrlError, RuntimeError):
    """A run folder is missing, torn, or belongs to another configuration."""


class EngineError(ProrlError, RuntimeError):
    """A rollout or training engine failed."""


class LaunchError(ProrlError, RuntimeError):
    """A command that a training backend launched failed or had to be ended."""

    def __init__(self, message: str, *, status: int = 1, log: str = "") -> None:
        super().__init__(message)
        self.status, self.log = status, log
        """Its exit status (negative: the signal that killed it) and its log file."""


class StuckError(ProrlError, RuntimeError):
    """Too many calls that were given up at their deadline still run in this process."""


def closest(name: str, known: Iterable[str], *, limit: int = 3) -> list[str]:
    """The `limit` names of `known` nearest to `name`, best first; letter case does not matter."""
    by_lower = {k.lower(): k for k in known}
    return [by_lower[m] for m in difflib.get_close_matches(name.lower(), list(by_lower), n=limit, cutoff=0.5)]


def unknown(kind: str, name: str, known: Iterable[str], *, then: str = "") -> UnknownNameError:
    """An `UnknownNameError` with the closest valid names, and `then` as the advice that ends the message."""
    names = sorted(known)
    near = closest(name, names)
    hint = f"; did you mean {' or '.join(repr(n) for n in near)}?" if near else ""
    listing = f" (known: {', '.join(names)})" if names and not near and len(names) <= 12 else ""
    return UnknownNameError(f"no {kind} is named {name!r}{hint}{listing}{' ' + then if then else ''}")


def missing_extra(package: str, extra: str, *, wanted_by: str) -> MissingExtraError:
    """A `MissingExtraError` that names the package, who wants it, and the command that installs it."""
    return MissingExtraError(f"{wanted_by} needs the package {package!r}, which is not installed; run: pip install 'prorl_gym[{extra}]'")


EXTRAS = {
    "mpmath": "math",
    "math_verify": "math",
    "sympy": "math",
    "reasoning_gym": "logic",
    "pyarrow": "data",
    "datasets": "data",
    "docker": "docker",
    "openai": "endpoint",
    "torch": "train",
    "transformers": "train",
    "safetensors": "train",
    "tokenizers": "train",
    "peft": "lora",
    "tensorboard": "tensorboard",
    "vllm": "vllm",
}
"""Optional package to the extra of this distribution that installs it."""


def missing_module(error: ModuleNotFoundError, *, wanted_by: str, extra: str | None = None) -> MissingExtraError:
    """What to tell of an import that failed: a package with an extra of ours, or one that only pip can name."""
    package = (error.name or str(error)).split(".")[0]
    extra = extra or EXTRAS.get(package)
    if extra:
        return missing_extra(package, extra, wanted_by=wanted_by)
    return MissingExtraError(f"{wanted_by} needs the package {package!r}, which is not installed; run: pip install {package}")
