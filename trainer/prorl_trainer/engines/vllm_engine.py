"""Sampling with vLLM, in a process of its own, its weights kept those of the trainer by vLLM's native weight transfer.

After every synchronisation a canary rescores fixed sequences in vLLM and compares them with the trainer's own log-probabilities: weights that
did not arrive, or arrived in part, stop the run instead of poisoning it. The engine's log-probabilities come from other kernels than the
trainer's, so they are not exact: the trainer scores the old policy itself and measures the mismatch.
"""

import itertools
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import torch

from prorl_gym.errors import EngineError, missing_extra
from prorl_trainer.engines import Generated, Sampling
from prorl_trainer.policy import no_progress_bars
from prorl_trainer.scoring import score

CANARIES = 4
CANARY_TOKENS = 24
THRESHOLD = {"float32": 1e-3, "bfloat16": 0.3}
"""Largest difference of a canary's log-probability, nats, by the engine's precision; stale weights differ by whole nats."""
_FINISHED = {"stop": "stop", "length": "length"}


class VllmEngine:
    """An `Engine` on vLLM. Raises EngineError where its process ends, says nothing within `deadline_s`, or a canary does not fit.

    `dtype` is the engine's own precision ("float32" for parity on a CPU); `options` go to vLLM's engine arguments as they are, such as
    {"gpu_memory_utilization": 0.5, "tensor_parallel_size": 2}. `transfer` is "auto" ("prorl_shared" on a CPU, "ipc" on a GPU), or one of vLLM's.
    """

    exact_logprobs = False

    def __init__(
        self,
        model: Any,
        *,
        dtype: str = "auto",
        max_model_len: int | None = None,
        transfer: str = "auto",
        threshold: float | None = None,
        deadline_s: float = 900.0,
        options: dict[str, Any] | None = None,
    ) -> None:
        self._model = getattr(model, "module", model)
        parameter = next(self._model.parameters())
        on_gpu = parameter.device.type == "cuda"
        self._dtype = str(parameter.dtype).removeprefix("torch.") if dtype == "auto" else dtype
        self._transfer = ("ipc" if on_gpu else "prorl_shared") if transfer == "auto" else transfer
        self._threshold = THRESHOLD.get(self._dtype, 0.3) if threshold is None else threshold
        self._deadline_s = deadline_s
        self._batches, self._syncs = itertools.count(), itertools.count(1)
        self.last_canary = 0.0
        """Largest difference that the last canary saw, nats."""
        self._folder = Path(tempfile.mkdtemp(prefix="prorl-vllm-", dir="/dev/shm" if os.path.isdir("/dev/shm") else None))
        with no_progress_bars():
            self._model.save_pretrained(str(self._folder / "model"))
        self._process, self._pipe = self._launch()
        settings = {
            "model": str(self._folder / "model"),
            "dtype": self._dtype,
            "skip_tokenizer_init": True,
            "enforce_eager": not on_gpu,
            "logprobs_mode": "processed_logprobs",
            "weight_transfer": self._transfer,
            "disable_log_stats": True,
            **({"max_model_len": max_model_len} if max_model_len else {}),
            **(options or {}),
        }
        try:
            self._send(("start", settings))
            self._expect("ready")
            self._sender = self._trainer_side()
            self._check_canary()
        except BaseException:
            self.close()
            raise

    def _launch(self) -> tuple["subprocess.Popen[bytes]", Connection]:
        import importlib.util

        if importlib.util.find_spec("vllm") is None:
            raise missing_extra("vllm", "vllm", wanted_by="the engine 'vllm'")
        ours, theirs = socket.socketpair()
        environment = {"VLLM_CPU_KVCACHE_SPACE": "1", "HF_HUB_OFFLINE": "1", "VLLM_LOGGING_LEVEL": "WARNING", **os.environ}
        self._log = (self._folder / "vllm.log").open("wb")
        process = subprocess.Popen(
            [sys.executable, "-m", "prorl_trainer.engines.vllm_server", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            env=environment,
        )
        theirs.close()
        return process, Connection(ours.detach())

    def _trainer_side(self) -> Any | None:
        """The sending end of vLLM's own transfer, on a GPU."""
        if self._transfer == "prorl_shared":
            return None
        from vllm.distributed.weight_transfer.base import ModuleSource
        from vllm.distributed.weight_transfer.factory import WeightTransferTrainerFactory
        from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo

        return WeightTransferTrainerFactory.trainer_init(IPCTrainerInitInfo(), client=_Client(self), source=ModuleSource(self._model))

    def generate(self, prompts: Sequence[Sequence[int]], sampling: Sampling, *, seeds: Sequence[int]) -> Iterator[tuple[int, Generated]]:
        """Stream (index, answer) as requests finish. Raises EngineError for an empty prompt."""
        for i, prompt in enumerate(prompts):
            if not prompt:
                raise EngineError(f"prompt {i} of {len(prompts)} has no tokens; a prompt has at least one")
        return self._stream(prompts, sampling, seeds)

    def _stream(self, prompts: Sequence[Sequence[int]], sampling: Sampling, seeds: Sequence[int]) -> Iterator[tuple[int, Generated]]:
        batch = next(self._batches)
        params = {
            "max_tokens": sampling.max_new_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "stop_token_ids": list(sampling.stop_ids or self._eos_ids()),
        }
        self._send(("generate", batch, [(i, list(prompt), seed) for i, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True))], params))
        left = len(prompts)
        try:
            while left:
                _, number, index, ids, logprobs, reason = self._expect("answer")
                if number != batch:
                    continue  # of a stream that was given up
                left -= 1
                yield index, Generated(token_ids=tuple(ids), logprobs=tuple(logprobs), finish_reason=_FINISHED.get(reason, "length"))
        finally:
            if left and self._process.poll() is None:
                self._send(("drop", batch))

    def sync(self, model: Any) -> None:
        """Hand over the weights of `model` and let the canary check them. Requests in flight go on with the new weights."""
        self._model = getattr(model, "module", model)
        version = str(next(self._syncs))
        if self._sender is not None:
            self._sender.send_weights()
        else:
            from safetensors.torch import save_file

            path = self._folder / f"weights-{version}.safetensors"
            tied = getattr(self._model.config, "tie_word_embeddings", False)
            state = {k: v.detach().contiguous().cpu() for k, v in self._model.state_dict().items() if not (tied and k == "lm_head.weight")}
            save_file(state, str(path))
            try:
                self.control("all", {"path": str(path)}, version)
            finally:
                path.unlink()
        self._check_canary()

    def control(self, action: str, info: dict[str, Any], version: str = "") -> None:
        """One step of vLLM's weight-transfer sequence."""
        self._send(("sync", action, info, version))
        self._expect("synced")

    def _check_canary(self) -> None:
        """Raises EngineError where vLLM's log-probabilities of fixed sequences are not the trainer's."""
        generator = torch.Generator().manual_seed(0)
        vocabulary = self._model.config.get_text_config().vocab_size
        rows = torch.randint(0, vocabulary, (CANARIES, CANARY_TOKENS), generator=generator).tolist()
        self._send(("score", rows))
        theirs = torch.tensor(self._expect("scored")[1])
        ours = score(self._model, [r[:1] for r in rows], [r[1:] for r in rows], temperature=1.0, pad_id=0).logp_BT.cpu()
        self.last_canary = float((theirs - ours).abs().max())
        if not self.last_canary <= self._threshold:
            raise EngineError(
                f"after the weights were handed over, vLLM's log-probabilities of the canary differ from the trainer's by up to "
                f"{self.last_canary:.3g} nats, more than {self._threshold:g}: it samples from other weights. Resume from the last checkpoint; "
                "if that does not help, look at the mismatch metrics before raising rollout.engine_options.threshold"
            )

    def _eos_ids(self) -> tuple[int, ...]:
        for config in (getattr(self._model, "generation_config", None), self._model.config):
            eos = getattr(config, "eos_token_id", None)
            if eos is not None:
                return (eos,) if isinstance(eos, int) else tuple(eos)
        return ()

    def _send(self, message: tuple[Any, ...]) -> None:
        try:
            self._pipe.send(message)
        except OSError as error:
            raise EngineError(self._ended()) from error

    def _expect(self, kind: str) -> Any:
        """The next message of that kind; answers of streams that were given up are passed over. Raises EngineError."""
        deadline = time.monotonic() + self._deadline_s
        while True:
            if not self._pipe.poll(max(0.0, deadline - time.monotonic())):
                tail = self._log_tail()
                self.close()
                raise EngineError(f"vLLM said nothing for {self._deadline_s:g} s and was ended; resume the run. {tail}")
            try:
                message = self._pipe.recv()
            except (EOFError, OSError) as error:
                raise EngineError(self._ended()) from error
            if message[0] == "failed":
                raise EngineError(f"vLLM failed: {message[1]}\n{self._log_tail()}")
            if message[0] == kind:
                return message

    def _ended(self) -> str:
        return f"the vLLM process ended with {self._process.wait(timeout=10)}. {self._log_tail()}"

    def _log_tail(self) -> str:
        """The errors in vLLM's own log, which names the root cause where its messages do not."""
        path = self._folder / "vllm.log"
        lines = path.read_text(errors="replace").splitlines() if path.exists() else []
        telling = [line for line in lines if "Error" in line] or lines
        return "Its log says:\n" + "\n".join(line[-300:] for line in telling[-6:])

    def close(self) -> None:
        """End the process and remove its files."""
        if self._process.poll() is None:
            try:
                self._pipe.send(("close",))
                self._process.wait(timeout=15)
            except (OSError, subprocess.TimeoutExpired):
                self._process.kill()
                self._process.wait()
        self._pipe.close()
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Client:
    """vLLM's protocol of four methods, over our connection."""

    def __init__(self, engine: VllmEngine) -> None:
        self._engine = engine

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        self._engine.control("init", init_info)

    def start_weight_update(self) -> None:
        self._engine.control("start", {})

    def update_weights(self, update_info: Any) -> None:
        self._engine.control("update", update_info)

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        self._engine.control("finish", {}, weight_version or "0")
