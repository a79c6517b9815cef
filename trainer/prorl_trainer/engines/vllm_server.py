"""vLLM in a process of its own: `python -m prorl_trainer.engines.vllm_server FD`, messages over the socket FD (`multiprocessing.connection`).

In, each after a ticket: "start", settings · "generate", requests, sampling · "drop" · "sync", action, update info, version · "score",
sequences. Out, each after the ticket: "answer", index, token ids, log-probabilities, finish reason · "done", result ·
"failed", text.

Requests in flight survive a synchronisation: generation is paused with `keep`, the weights change, generation goes on; what a request has by then is
read again with the new weights before its next token.

The process never outlives the trainer: at the end of the connection it removes the engine's folder and ends with all that it started. It ends
too where vLLM's own engine process has died, so that the trainer puts another in its place. Nothing of the trainer is imported here.
"""

import asyncio
import os
import shutil
import signal
import sys
import threading
import time
import traceback
from collections.abc import Coroutine
from multiprocessing.connection import Connection
from typing import Any, NoReturn

ENGINE_DIED = 70
"""The exit status where vLLM's own engine process died."""
SHUTDOWN_S = 30.0
"""So long vLLM has to end by itself when the trainer is gone."""


class Server:
    """Answers the trainer's messages."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._engine: Any = None
        self._tasks = dict[int, set[asyncio.Task[None]]]()

    async def serve(self) -> None:
        """Until the end of the connection."""
        loop = asyncio.get_running_loop()
        ticket, _, settings = self._pipe.recv()
        folder = settings.pop("folder")
        await self._guarded(ticket, self._start(ticket, settings))
        while True:
            try:
                ticket, kind, *what = await loop.run_in_executor(None, self._pipe.recv)
            except (EOFError, OSError):
                self._end(folder)
            if kind == "drop":
                for task in self._tasks.pop(ticket, set()):
                    task.cancel()
            elif kind == "generate":
                for request in what[0]:
                    self._begin(ticket, self._answer(ticket, request, what[1]))
            elif kind == "sync":
                self._begin(ticket, self._sync(ticket, *what))
            elif kind == "score":
                self._begin(ticket, self._score(ticket, what[0]))

    def _end(self, folder: str) -> NoReturn:
        """The trainer is gone: leave nothing behind."""
        shutil.rmtree(folder, ignore_errors=True)
        sure = threading.Timer(SHUTDOWN_S, os.killpg, (0, signal.SIGKILL))
        sure.daemon = True
        sure.start()
        if self._engine is not None:
            self._engine.shutdown()
        os._exit(0)

    def _begin(self, ticket: int, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._guarded(ticket, work))
        held = self._tasks.setdefault(ticket, set())
        held.add(task)
        task.add_done_callback(lambda done: self._ended(ticket, done))

    def _ended(self, ticket: int, task: "asyncio.Task[None]") -> None:
        held = self._tasks.get(ticket, set())
        held.discard(task)
        if not held:
            self._tasks.pop(ticket, None)

    async def _guarded(self, ticket: int, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except Exception as error:  # the boundary of this process: one request's fault must not end it, the trainer hears of it
            if self._engine is not None and self._engine.errored:
                traceback.print_exc()
                os._exit(ENGINE_DIED)
            text = str(error).strip() or traceback.format_exc()[-2000:]
            self._pipe.send((ticket, "failed", f"{type(error).__name__}: {text[:2000]}"))

    async def _start(self, ticket: int, settings: dict[str, Any]) -> None:
        import vllm
        from vllm import AsyncEngineArgs
        from vllm.config import WeightTransferConfig
        from vllm.v1.engine.async_llm import AsyncLLM

        backend = settings.pop("weight_transfer")
        self._engine = AsyncLLM.from_engine_args(AsyncEngineArgs(**settings, weight_transfer_config=WeightTransferConfig(backend=backend)))
        facts = {"version": str(vllm.__version__), "max_model_len": self._engine.model_config.max_model_len}
        self._pipe.send((ticket, "done", facts))

    async def _sync(self, ticket: int, action: str, info: dict[str, Any], version: str) -> None:
        """One step of the native sequence; replies with its wall seconds."""
        from vllm.distributed.weight_transfer.base import WeightTransferInitRequest, WeightTransferUpdateRequest

        begun, engine = time.monotonic(), self._engine
        if action == "init":
            await engine.init_weight_transfer_engine(WeightTransferInitRequest(init_info=info))
        elif action == "start":
            await engine.pause_generation(mode="keep", clear_cache=True)
            await engine.start_weight_update()
        elif action == "update":
            await engine.update_weights(WeightTransferUpdateRequest(update_info=info))
        elif action == "finish":
            await engine.finish_weight_update(weight_version=version)
            await engine.resume_generation()
        self._pipe.send((ticket, "done", time.monotonic() - begun))

    async def _answer(self, ticket: int, request: tuple[int, list[int], int], sampling: dict[str, Any]) -> None:
        from vllm import SamplingParams
        from vllm.sampling_params import RequestOutputKind

        index, ids, seed = request
        params = SamplingParams(**sampling, seed=seed, logprobs=0, output_kind=RequestOutputKind.FINAL_ONLY, detokenize=False)
        # A task that is cancelled closes the generator, and with it the request.
        async for output in self._engine.generate({"prompt_token_ids": ids}, params, request_id=f"{ticket}-{index}"):
            done = output.outputs[0]
            logprobs = [entry[token].logprob for entry, token in zip(done.logprobs, done.token_ids, strict=True)]
            self._pipe.send((ticket, "answer", index, list(done.token_ids), logprobs, done.finish_reason))

    async def _score(self, ticket: int, sequences: list[list[int]]) -> None:
        """Reply with the log-probability, at temperature 1, of each token after the first."""
        self._pipe.send((ticket, "done", await asyncio.gather(*(self._scored(f"{ticket}-{i}", ids) for i, ids in enumerate(sequences)))))

    async def _scored(self, name: str, ids: list[int]) -> list[float]:
        from vllm import SamplingParams

        params = SamplingParams(max_tokens=1, temperature=1.0, prompt_logprobs=0, detokenize=False)
        row: list[float] = []
        async for output in self._engine.generate({"prompt_token_ids": ids}, params, request_id=name):
            row = [entry[token].logprob for entry, token in zip(output.prompt_logprobs[1:], ids[1:], strict=True)]
        return row


def main() -> None:
    """Serve on the descriptor that the command line names; anything that vLLM prints goes to standard error."""
    pipe = Connection(int(sys.argv[1]))
    os.set_inheritable(pipe.fileno(), False)
    os.dup2(2, 1)
    asyncio.run(Server(pipe).serve())


if __name__ == "__main__":
    main()
