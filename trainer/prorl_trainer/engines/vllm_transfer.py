"""The worker's side of weight synchronisation on a CPU: a weight-transfer engine of vLLM's own kind that reads the weights from shared memory.

vLLM's nccl and ipc engines need a GPU. This one is registered beside them as "prorl_shared" (vLLM finds it by its plugin entry point, in every
process of its own) and follows the same sequence: start, update with the path of a folder of safetensors files in shared memory, finish.

The non-obvious part: on a CPU vLLM keeps the language-model head in a packed copy. Where the head is tied to the embedding, as in every small Qwen, a
weight update leaves that copy as it was: log-probabilities are then off by whole nats, silently. `finish_weight_update` packs it again.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vllm.distributed.weight_transfer.base import WeightTransferEngine, WeightTransferInitInfo, WeightTransferUpdateInfo
from vllm.distributed.weight_transfer.factory import WeightTransferEngineFactory

NAME = "prorl_shared"


@dataclass
class SharedInit(WeightTransferInitInfo):
    """Nothing has to be agreed on beforehand."""


@dataclass
class SharedUpdate(WeightTransferUpdateInfo):
    """Where the weights are."""

    path: str
    """A folder of safetensors files with the names and shapes of the checkpoint's format."""


class SharedMemoryEngine(WeightTransferEngine[SharedInit, SharedUpdate]):
    """Loads weights from files in shared memory into the model in place."""

    init_info_cls = SharedInit
    update_info_cls = SharedUpdate

    def init_transfer_engine(self, init_info: SharedInit) -> None:
        """Nothing to do."""

    def start_weight_update(self) -> None:
        """Put every layer back into the form in which weights are loaded."""
        from vllm.model_executor.model_loader.reload import initialize_layerwise_reload

        initialize_layerwise_reload(self.model)

    def update_weights(self, update_info: dict[str, Any]) -> None:
        """As the base class does it, without waiting for an accelerator that is not there."""
        self.receive_weights(self.parse_update_info(update_info))

    def receive_weights(self, update_info: SharedUpdate) -> None:
        """Read the files, one tensor at a time, and load them."""
        self.model.load_weights(_tensors(Path(update_info.path)))

    def finish_weight_update(self) -> None:
        """Bring the layers into the form in which they compute, packed heads included."""
        from vllm.model_executor.layers.vocab_parallel_embedding import VocabParallelEmbedding
        from vllm.model_executor.model_loader.reload import finalize_layerwise_reload

        finalize_layerwise_reload(self.model, self.model_config)
        for layer in self.model.modules():
            if isinstance(layer, VocabParallelEmbedding):
                layer.quant_method.process_weights_after_loading(layer)

    def shutdown(self) -> None:
        """Nothing is held."""


def _tensors(folder: Path) -> Iterator[tuple[str, Any]]:
    from safetensors import safe_open

    for path in sorted(folder.glob("*.safetensors")):
        with safe_open(path, framework="pt") as held:
            names = held.keys()  # the handle of a file is no mapping to walk through
            for name in names:
                yield name, held.get_tensor(name)


def register() -> None:
    """Register the engine with vLLM; called by vLLM in each of its processes (entry point group `vllm.general_plugins`)."""
    if NAME not in WeightTransferEngineFactory._registry:
        WeightTransferEngineFactory.register_engine(NAME, SharedMemoryEngine)
