"""LoRA by peft: the policy is an adapter on a model that stays as it was loaded, and so is the reference.

Both adapters hang in the same layers: "default" is trained, "reference" is frozen, and one of them is active at a time. No second copy of the model
is made: a reset copies one adapter to the other, and a checkpoint holds the adapters and the base model's path.

`policy_state`, `load_policy_state` and `saved_policy_state` speak of what training changes, and take a model without adapters too, so that the loop
need not tell the two apart. peft is an extra of its own, imported only where an adapter is at hand.
"""

import importlib.util
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from torch import Tensor

from prorl_gym.errors import ConfigError, missing_extra
from prorl_trainer.config import LoraConfig

POLICY, REFERENCE = "default", "reference"
"""The adapters' names; peft saves the one called "default" at the top of a folder."""


def require_peft(wanted_by: str) -> None:
    """Raises MissingExtraError where peft is not installed."""
    if importlib.util.find_spec("peft") is None:
        raise missing_extra("peft", "lora", wanted_by=wanted_by)


def adapted(model: Any, settings: LoraConfig, *, base: str) -> Any:
    """`model`, its weights frozen, with a fresh adapter that changes nothing yet; in eval mode.

    `base` is where `model` was loaded from; the adapter's own config names it. Raises ConfigError where no layer has a targeted name.
    """
    import peft

    config = peft.LoraConfig(
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=settings.targets,
        task_type="CAUSAL_LM",
    )
    try:
        adapted_model = peft.get_peft_model(model, config, adapter_name=POLICY)
    except ValueError as error:
        raise ConfigError(f"model.lora.targets = {settings.targets!r}: {str(error).splitlines()[0]}") from error
    place = Path(base)
    config.base_model_name_or_path = str(place.resolve()) if place.exists() else base
    return adapted_model.eval()


def is_adapted(model: Any) -> bool:
    """Whether `model` came from `adapted`."""
    return hasattr(model, "get_base_model")


def changes(model: Any) -> Callable[[str], bool]:
    """Whether training changes the weight of that name in the model's own state dict."""
    return (lambda name: f".{POLICY}." in name) if is_adapted(model) else (lambda name: True)


def policy_state(model: Any) -> dict[str, Tensor]:
    """What training changes: the policy adapter's weights, or all weights of a model without one."""
    return _adapter_state(model, POLICY) if is_adapted(model) else model.state_dict()


def load_policy_state(model: Any, state: Mapping[str, Tensor]) -> None:
    """Take over `policy_state`, bit for bit and in place."""
    if is_adapted(model):
        _load_adapter_state(model, POLICY, state)
    else:
        model.load_state_dict(state)


def saved_policy_state(folder: Path, load: Callable[[str], Any]) -> dict[str, Tensor]:
    """The `policy_state` of a saved model's folder; `load` makes the model of a folder that holds a whole one."""
    if not is_adapter(folder):
        return load(str(folder)).state_dict()
    from safetensors.torch import load_file

    return load_file(folder / "adapter_model.safetensors")


def save_adapter(model: Any, folder: Path, weights: Mapping[str, Tensor] | None = None) -> None:
    """Save the policy adapter as peft's own folder; `weights`, by the model's own names, stand in for a sharded model's."""
    # peft would otherwise ask the hub for the base model's vocabulary, to see whether the embeddings were trained.
    model.save_pretrained(str(folder), selected_adapters=[POLICY], save_embedding_layers=False, state_dict=weights)


def is_adapter(folder: str | Path) -> bool:
    """Whether a folder holds an adapter instead of a whole model."""
    return (Path(folder) / "adapter_config.json").is_file()


def merged(folder: str, load_base: Callable[[str], Any]) -> Any:
    """The model of an adapter's folder: its base model with the adapter's change added to the weights. Raises ConfigError, MissingExtraError."""
    require_peft(f"the adapter in {folder}")
    import peft

    base = json.loads((Path(folder) / "adapter_config.json").read_text()).get("base_model_name_or_path")
    if not base:
        raise ConfigError(f"the adapter in {folder} does not say which model it belongs to (base_model_name_or_path in its adapter_config.json)")
    model: Any = peft.PeftModel.from_pretrained(load_base(base), folder)
    return model.merge_and_unload().eval()


class FrozenAdapter:
    """A reference (see `frozen.Frozen`) that is a second adapter on the policy's own model, equal to the policy as it is now."""

    offloaded = False

    def __init__(self, model: Any) -> None:
        self._model = model
        model.add_adapter(REFERENCE, model.peft_config[POLICY])
        self.load_state_dict(policy_state(model))
        with self.active():
            pass  # leaves the policy's adapter active and this one frozen

    @contextmanager
    def active(self) -> Iterator[Any]:
        """The model with this adapter in place of the policy's, in eval mode. No gradient may be taken inside."""
        was_training = self._model.training
        self._model.eval()
        self._model.set_adapter(REFERENCE)
        try:
            yield self._model
        finally:
            self._model.set_adapter(POLICY)  # freezes all others
            self._model.train(was_training)

    def state_dict(self) -> dict[str, Tensor]:
        """The adapter's weights."""
        return _adapter_state(self._model, REFERENCE)

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Overwrite the adapter's weights in place."""
        _load_adapter_state(self._model, REFERENCE, state)


def _adapter_state(model: Any, name: str) -> dict[str, Tensor]:
    import peft

    return peft.get_peft_model_state_dict(model, adapter_name=name, save_embedding_layers=False)


def _load_adapter_state(model: Any, name: str, state: Mapping[str, Tensor]) -> None:
    import peft

    own = _adapter_state(model, name)
    if own.keys() != state.keys() or any(own[key].shape != state[key].shape for key in own):
        raise ConfigError("the saved adapter has other layers or another rank than model.lora asks for; resume with the run's own configuration")
    peft.set_peft_model_state_dict(model, dict(state), adapter_name=name)
