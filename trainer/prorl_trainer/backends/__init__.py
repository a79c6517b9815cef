"""Training backends: what carries a run out in processes of its own. A backend renders commands and files; nothing here trains.

    capabilities    what of a training configuration it can do: the rest is refused before anything starts (`fit`)
    render          one configuration as one command with its files (`Launch`)

`plan.make_plan` checks the configuration, cuts it into chained launches where resets cannot happen within a run (`chain`), and has the backend
render each; `launch.launch` writes the files and runs the commands one after the other. A backend never sees a signal, a log or a process: that
is one piece of code for all of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from prorl_trainer.config import TrainConfig

__all__ = ["Backend", "Capabilities", "Launch", "LaunchPlan"]

Names = frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Capabilities:
    """What a backend can do of a `TrainConfig`. What is not said, it cannot do; None in place of a set of names is all of them.

    Capabilities(losses=frozenset({"grpo", "dapo"}), engines=frozenset({"vllm"}), kl=frozenset({"k3"}), dynamic_sampling=True)
    """

    losses: Names | None
    """Values of `algorithm.loss`."""
    engines: Names | None
    """Values of `rollout.engine`."""
    kl: Names | None = frozenset()
    """Estimators, `algorithm.kl`. None of them: `algorithm.beta` must be 0."""
    kl_in: Names | None = frozenset({"loss"})
    """Where the KL may stand, `algorithm.kl_in`."""
    mismatch: Names | None = frozenset({"off"})
    """Values of `algorithm.mismatch`."""
    truncation: Names | None = frozenset({"none"})
    """Values of `shaping.truncation`."""
    resets: Literal["in_run", "chained"] = "chained"
    """Whether a run can move its reference and change its settings on the way, or only the next launch can, from the export of the last."""
    dynamic_sampling: bool = False
    adaptive_levels: bool = False
    """Mix entries with `adaptive`."""
    multi_turn: bool = False
    """Environments of more than one turn."""
    length_shaping: bool = False
    """`shaping.overlong` and `shaping.cosine`."""
    steered_kl: bool = False
    """`algorithm.kl_target`."""
    entropy_control: bool = False
    """`entropy.bonus`, `entropy.target` and `entropy.clip_cov`."""
    lora: bool = False
    ahead: bool = False
    """`rollout.ahead`, asynchronous rollouts."""
    validation: bool = False
    sinks: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """One command, with all that it needs. Paths are absolute or relative to the plan's working folder."""

    name: str
    """The folder of its files below the plan's."""
    title: str
    """What a person reads: "whole run", or the stage's name."""
    argv: tuple[str, ...]
    """The command that begins; its first word is an executable of the environment to run in."""
    resume_argv: tuple[str, ...] | None = None
    """The command that goes on from the newest checkpoint; None where there is no such thing and the launch begins anew."""
    files: Mapping[str, str] = field(default_factory=dict[str, str])
    """Relative path to text, written below `LaunchPlan.folder / name` before the command runs."""
    environment: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Variables put into the environment that this process has; None takes one out."""
    needs: tuple[str, ...] = ()
    """Python modules that must be importable by `argv[0]`; empty where it is no Python."""
    run: Path
    """The folder that it writes, the configuration's `out`."""
    export: Path
    """The trained model as a Hugging Face folder, there once the command has ended well."""
    checkpoints: str = "checkpoints/step-*"
    """What there is to resume from, as a pattern below `run`."""
    stop_file: Path | None = None
    """Made to ask the command for a stop at the next step; None forwards the signal to it instead."""
    stop_timeout_s: float = 600.0
    """Wall seconds that a stop may take before the command is ended by force."""
    noise: str | None = None
    """A text in the first of the lines that a launcher adds to the log when the command fails; an error quotes what stands before it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LaunchPlan:
    """The launches of a run, in order; each after the first begins from the export of the one before."""

    backend: str
    config: str
    """The whole configuration as TOML."""
    out: Path
    """Its `out`: every launch writes this folder or one below it."""
    folder: Path
    """Where files and logs go: beside the run's folder, so that replacing the run leaves them."""
    cwd: Path
    """The working folder of every command."""
    launches: tuple[Launch, ...]
    notes: tuple[str, ...] = ()
    """What a person should know of how the configuration was rendered."""


@runtime_checkable
class Backend(Protocol):
    """Renders launches. Registered by the hook `register_backends`; made with the keyword arguments of `--backend-set`."""

    name: str
    capabilities: Capabilities

    def render(self, config: "TrainConfig", *, name: str, title: str, folder: Path) -> Launch:
        """The command that trains `config` from its first step to its last, and where it leaves what.

        `folder` is where the launch's files will lie. Pure: writes nothing, starts nothing. Raises ConfigError for a combination that
        `capabilities` cannot express.
        """
        ...
