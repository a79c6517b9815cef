"""What of a trainer, besides the weights, a run must have to go on to the same numbers: collected for a checkpoint, and put back.

The same in every process: only `checkpoint` knows of what differs between them.
"""

from typing import TYPE_CHECKING, Any

from prorl_gym.config import to_toml

if TYPE_CHECKING:
    from prorl_trainer.loop import Trainer

PARTS = ("mix", "collector", "ahead", "controller", "band", "bonus", "beta")
"""Attributes with a state of their own; None where the configuration has no such part."""
COUNTERS = ("optimizer_age", "num_resets", "stage", "best")


def of(trainer: "Trainer") -> dict[str, Any]:
    """The state, for `restore`."""
    parts = {name: part.state_dict() if (part := getattr(trainer, name)) else None for name in PARTS}
    updater = {"entropy_bonus": trainer.updater.entropy_bonus, "skips_in_a_row": trainer.updater.skips_in_a_row}
    return {
        "config": to_toml(trainer.config),
        "code": trainer.code,
        **parts,
        **updater,
        **{name: getattr(trainer, name) for name in COUNTERS},
    }


def restore(trainer: "Trainer", state: dict[str, Any]) -> None:
    """Put back what `of` gave, but for the settings of the stage, which the trainer has put into force."""
    for name in COUNTERS:
        setattr(trainer, name, state[name])
    for name in PARTS:
        if (part := getattr(trainer, name)) and state[name]:
            part.load_state_dict(state[name])
    trainer.updater.entropy_bonus, trainer.updater.skips_in_a_row = state["entropy_bonus"], state["skips_in_a_row"]
    trainer.updater.beta = trainer.beta.beta


def changed_code(trainer: "Trainer", state: dict[str, Any]) -> list[str]:
    """The packages whose code is not the checkpoint's."""
    return sorted(name for name, value in trainer.code.items() if state["code"].get(name) != value)
