"""Sampling with vLLM, in a process of its own, its weights kept those of the trainer by vLLM's native weight transfer.

After every synchronisation a canary rescores fixed sequences in vLLM and compares them with the trainer's own log-probabilities: weights that
did not arrive, or arrived in part, stop the run instead of poisoning it. The engine's log-probabilities come from other kernels than the
trainer's, so they are not exact: the trainer scores the old policy itself and measures the mismatch.

A process that dies or falls silent is killed and another one takes its place, with the weights that were handed over last and the questions that are
still open. Those weights lie in shared memory for that, as a folder that vLLM can start from: on a CPU they are handed over as this folder anyway.
"""

import itertools
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from prorl_gym.errors import EngineError
from prorl_trainer.engines import Generated, Sampling
from prorl_trainer.engines.vllm_process import GoneError, VllmProcess
from prorl_trainer.head import unwrapped
from prorl_trainer.policy import no_progress_bars
from prorl_trainer.scoring import score
from prorl_trainer.sharded import is_sharded, whole

CANARIES = 4
CANARY_TOKENS = 24
THRESHOLD = {"float32": 1e-3, "bfloat16": 0.3}
"""Largest difference of a canary's log-probability, nats, by the engine's precision; stale weights differ by whole nats."""
TRANSFERS = ("prorl_shared", "ipc")
SHARED_MEMORY = Path("/dev/shm")


class VllmEngine:
    """An `Engine` on vLLM, on the model's device.

    `dtype` is the engine's own precision ("auto": the model's). `options` go to vLLM's engine arguments as they are, such as
    {"gpu_memory_utilization": 0.4}. `transfer` is "auto", "prorl_shared" (a CPU's) or "ipc" (a GPU's).

    No answer within `deadline_s` wall seconds, no hand-over or canary within `sync_deadline_s`, and the process is killed and replaced, as one that
    died is: at most `max_restarts` times without an answer or a hand-over between; after that, and where a canary does not fit, EngineError. With
    `max_restarts = 0` nothing is replaced, and on a GPU no copy of the weights is kept for it.
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
        sync_deadline_s: float = 240.0,
        start_deadline_s: float = 900.0,
        max_restarts: int = 3,
        options: dict[str, Any] | None = None,
    ) -> None:
        self._model = unwrapped(model)
        parameter = next(self._model.parameters())
        on_gpu = parameter.device.type == "cuda"
        self._gpu = (parameter.device.index or 0) if on_gpu else None
        self._transfer = ("ipc" if on_gpu else "prorl_shared") if transfer == "auto" else transfer
        if self._transfer not in TRANSFERS:
            raise EngineError(f"rollout.engine_options.transfer is {transfer!r}; it is one of {', '.join(TRANSFERS)} or 'auto'")
        if on_gpu and (options or {}).get("tensor_parallel_size", 1) != 1:
            raise EngineError("tensor_parallel_size: vLLM runs on the trainer's own GPU, where the weights are handed over; leave it at 1")
        dtype = str(parameter.dtype).removeprefix("torch.") if dtype == "auto" else dtype
        self._threshold = THRESHOLD.get(dtype, 0.3) if threshold is None else threshold
        self._deadline_s, self._sync_deadline_s, self._start_deadline_s = deadline_s, sync_deadline_s, start_deadline_s
        self._max_restarts, self._in_a_row = max_restarts, 0
        self._replacing, self._closed = threading.Lock(), False
        self._versions = itertools.count(1)
        self.last_canary = 0.0
        """Largest difference that the last canary saw, nats."""
        self.faults: list[str] = []
        """What was put right since the loop last took it out, in words; see `engines.take_faults`."""
        self._folder = Path(tempfile.mkdtemp(prefix="prorl-vllm-", dir=_roomy(self._model)))
        self._settings = {
            "model": str(self._folder / "model"),
            "dtype": dtype,
            "skip_tokenizer_init": True,
            "enforce_eager": not on_gpu,
            # vLLM turns the generator of a seeded request back where its prompt was read in part only, which a CPU's generator cannot: it would die.
            **({} if on_gpu else {"enable_chunked_prefill": False}),
            "logprobs_mode": "processed_logprobs",
            "weight_transfer": self._transfer,
            "disable_log_stats": True,
            **({"max_model_len": max_model_len} if max_model_len else {}),
            **(options or {}),
        }
        self._process: VllmProcess | None = None
        try:
            self._write_weights()
            self._expected = self._rescored()
            self._process = self._start()
            self._check_canary(self._process)
        except BaseException:
            self.close()
            raise

    @property
    def process(self) -> VllmProcess:
        """The process of the moment. Raises EngineError where there is none any more."""
        if self._process is None or self._closed:
            raise EngineError("the vLLM engine is closed")
        return self._process

    def generate(self, prompts: Sequence[Sequence[int]], sampling: Sampling, *, seeds: Sequence[int]) -> Iterator[tuple[int, Generated]]:
        """Stream (index, answer) as requests finish. Raises EngineError for a prompt that is empty, fills the context or has a token of no model."""
        longest, vocabulary = self.process.facts["max_model_len"], self._model.config.get_text_config().vocab_size
        for i, prompt in enumerate(prompts):
            if not prompt:
                raise EngineError(f"prompt {i} of {len(prompts)} has no tokens; a prompt has at least one")
            if len(prompt) >= longest:
                raise EngineError(f"prompt {i} has {len(prompt)} tokens, vLLM takes {longest} (max_model_len): shorten it or leave it out")
            if not 0 <= min(prompt) <= max(prompt) < vocabulary:  # vLLM's own process would die of it
                wrong = next(t for t in prompt if not 0 <= t < vocabulary)
                raise EngineError(f"prompt {i} holds the token {wrong}, the model has {vocabulary}: model and tokenizer do not belong together")
        return self._stream(prompts, sampling, seeds)

    def _stream(self, prompts: Sequence[Sequence[int]], sampling: Sampling, seeds: Sequence[int]) -> Iterator[tuple[int, Generated]]:
        params = {
            "max_tokens": sampling.max_new_tokens,
            "temperature": sampling.temperature,
            "top_p": sampling.top_p,
            "top_k": sampling.top_k,
            "stop_token_ids": list(sampling.stop_ids or self._eos_ids()),
            "ignore_eos": True,  # or vLLM adds the model's own to them
        }
        open_requests = {i: (i, list(prompt), seed) for i, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True))}
        while open_requests:
            process = self.process
            try:
                for index, answer in self._answers(process, list(open_requests.values()), params):
                    del open_requests[index]
                    self._in_a_row = 0
                    yield index, answer
            except GoneError as error:
                self._replace(process, error)

    def _answers(self, process: VllmProcess, requests: list[tuple[int, list[int], int]], params: dict[str, Any]) -> Iterator[tuple[int, Generated]]:
        replies = process.ask("generate", requests, params)
        try:
            for _ in requests:
                index, ids, logprobs, reason = replies.wait(self._deadline_s)
                if reason not in ("stop", "length"):
                    raise EngineError(f"vLLM ended an answer for the reason {reason!r}; expected 'stop' or 'length'")
                yield index, Generated(token_ids=tuple(ids), logprobs=tuple(logprobs), finish_reason=reason)
        finally:
            replies.close()

    def sync(self, model: Any) -> None:
        """Hand over the weights of `model` and let the canary check them. Requests in flight go on with the new weights."""
        self._model = unwrapped(model)
        process = self.process
        if self._transfer == "prorl_shared" or self._max_restarts:
            self._write_weights()
        self._expected = self._rescored()
        try:
            self._hand_over(process)
            self._check_canary(process)
        except GoneError as error:
            self._replace(process, error)
        self._in_a_row = 0

    def _write_weights(self) -> None:
        """The folder that vLLM starts from, in the checkpoint's own format; the old one stays until the new one is whole."""
        new = self._folder / "next"
        shutil.rmtree(new, ignore_errors=True)
        gathered = dict(whole(self._model.state_dict())) if is_sharded(self._model) else None
        with no_progress_bars():
            self._model.save_pretrained(str(new), state_dict=gathered)
        shutil.rmtree(self._folder / "model", ignore_errors=True)
        new.rename(self._folder / "model")

    def _hand_over(self, process: VllmProcess) -> None:
        client = _Client(process, version=str(next(self._versions)), deadline_s=self._sync_deadline_s)
        if self._transfer == "ipc":
            _send_by_ipc(self._model, client)
            return
        client.start_weight_update()
        client.update_weights({"path": str(self._folder / "model")})
        client.finish_weight_update()

    def _start(self) -> VllmProcess:
        process = VllmProcess(self._settings, folder=self._folder, gpu=self._gpu, deadline_s=self._start_deadline_s)
        if self._transfer == "prorl_shared":
            _Client(process, version="0", deadline_s=self._sync_deadline_s).init_weight_transfer_engine({})
        return process

    def _replace(self, gone: VllmProcess, reason: EngineError) -> None:
        """Put another process in the place of `gone`, unless another thread did. Raises EngineError after too many in a row."""
        with self._replacing:
            while self._process is gone and not self._closed:
                gone.kill()
                self._in_a_row += 1
                if self._in_a_row > self._max_restarts:
                    count = f"replaced {self._max_restarts} times in a row" if self._max_restarts else "not replaced (max_restarts = 0)"
                    raise EngineError(f"vLLM is at fault and was {count}; resume the run once this is put right: {reason}") from reason
                self.faults.append(f"vLLM was replaced, restart {self._in_a_row} in a row: {reason}")
                try:
                    process = self._start()
                except EngineError as error:  # also a refusal: the memory of the old one may not be free at once
                    reason = error
                    continue
                try:
                    self._check_canary(process)
                except GoneError as error:
                    gone, reason = process, error
                except BaseException:
                    process.kill()
                    raise
                self._process = process

    def _check_canary(self, process: VllmProcess) -> None:
        """Raises EngineError where vLLM's log-probabilities of fixed sequences are not those that the trainer gave the weights handed over last."""
        theirs = torch.tensor(process.call("score", self._canaries(), deadline_s=self._sync_deadline_s))
        self.last_canary = float((theirs - self._expected).abs().max())
        if not self.last_canary <= self._threshold:
            raise EngineError(
                f"after the weights were handed over, vLLM's log-probabilities of the canary differ from the trainer's by up to "
                f"{self.last_canary:.3g} nats, more than {self._threshold:g}: it samples from other weights. Resume from the last checkpoint; "
                "if that does not help, look at the mismatch metrics before raising rollout.engine_options.threshold"
            )

    def _canaries(self) -> list[list[int]]:
        generator = torch.Generator().manual_seed(0)
        return torch.randint(0, self._model.config.get_text_config().vocab_size, (CANARIES, CANARY_TOKENS), generator=generator).tolist()

    def _rescored(self) -> torch.Tensor:
        rows = self._canaries()
        return score(self._model, [r[:1] for r in rows], [r[1:] for r in rows], temperature=1.0, pad_id=0).logp_BT.cpu()

    def _eos_ids(self) -> tuple[int, ...]:
        for config in (getattr(self._model, "generation_config", None), self._model.config):
            eos = getattr(config, "eos_token_id", None)
            if eos is not None:
                return (eos,) if isinstance(eos, int) else tuple(eos)
        return ()

    def close(self) -> None:
        """End the process and remove its files."""
        self._closed = True
        if self._process is not None:
            self._process.kill()
        shutil.rmtree(self._folder, ignore_errors=True)


def _roomy(model: Any) -> Path | None:
    """Shared memory where it takes two copies of the model's weights and more (a container may have next to none), else the temporary folder."""
    needed = 3 * sum(p.numel() * p.element_size() for p in model.parameters())
    return SHARED_MEMORY if SHARED_MEMORY.is_dir() and shutil.disk_usage(SHARED_MEMORY).free > needed else None


class _Client:
    """vLLM's protocol of four methods, over our connection."""

    def __init__(self, process: VllmProcess, *, version: str, deadline_s: float) -> None:
        self._process, self._version, self._deadline_s = process, version, deadline_s

    def init_weight_transfer_engine(self, init_info: dict[str, Any]) -> None:
        self._step("init", init_info)

    def start_weight_update(self) -> None:
        self._step("start", {})

    def update_weights(self, update_info: Any) -> None:
        self._step("update", update_info)

    def finish_weight_update(self, weight_version: str | None = None) -> None:
        self._step("finish", {})

    def _step(self, action: str, info: dict[str, Any]) -> None:
        self._process.call("sync", action, info, self._version, deadline_s=self._deadline_s)


def _send_by_ipc(model: Any, client: _Client) -> None:
    """vLLM's own transfer between two processes on one GPU: handles of the trainer's tensors, no copy."""
    from vllm.distributed.weight_transfer.base import ModuleSource
    from vllm.distributed.weight_transfer.factory import WeightTransferTrainerFactory
    from vllm.distributed.weight_transfer.ipc_engine import IPCTrainerInitInfo

    with torch.cuda.device(next(model.parameters()).device):
        # Each process of a run feeds a vLLM of its own: every one of them is a sender.
        WeightTransferTrainerFactory.trainer_init(IPCTrainerInitInfo(rank=0), client=client, source=ModuleSource(model)).send_weights()
