"""vLLM in a process of its own: `python -m prorl_trainer.engines.vllm_server FD`, messages over the socket FD (`multiprocessing.connection`).

In: ("start", settings), ("generate", batch, [(index, token ids, seed), ...], sampling), ("sync", action, update info, version),
("score", sequences), ("drop", batch), ("close",). Out: ("ready", facts), ("answer", batch, index, token ids, log-probabilities, finish reason),
("synced", seconds), ("scored", rows), ("failed", text).

Requests in flight survive a synchronisation: generation is paused with `keep`, the weights change, generation goes on. Nothing of the trainer is
imported here.
"""

import asyncio
import os
import sys
import time
import traceback
from multiprocessing.connection import Connection
from typing import Any


async def serve(pipe: Connection) -> None:
    """Answer messages until "close" or the end of the connection."""
    _, settings = pipe.recv()
    engine = await _engine(settings)
    pipe.send(("ready", {"version": _version()}))
    loop, tasks = asyncio.get_running_loop(), dict[Any, set[asyncio.Task[None]]]()
    while True:
        try:
            kind, *rest = await loop.run_in_executor(None, pipe.recv)
        except EOFError:
            break
        if kind == "close":
            break
        try:
            if kind == "generate":
                batch, requests, sampling = rest
                held = tasks.setdefault(batch, set())
                for request in requests:
                    task = asyncio.create_task(_answer(engine, pipe, batch, request, sampling))
                    held.add(task)
                    task.add_done_callback(held.discard)
            elif kind == "drop":
                for task in tasks.pop(rest[0], set()):
                    task.cancel()
            elif kind == "sync":
                pipe.send(("synced", await _sync(engine, *rest)))
            elif kind == "score":
                pipe.send(("scored", [await _score(engine, ids, number) for number, ids in enumerate(rest[0])]))
        except Exception as error:  # the boundary of this process: the trainer hears what went wrong
            pipe.send(("failed", f"{type(error).__name__}: {error}\n{traceback.format_exc()[-2000:]}"))
    engine.shutdown()


async def _engine(settings: dict[str, Any]) -> Any:
    from vllm import AsyncEngineArgs
    from vllm.config import WeightTransferConfig
    from vllm.v1.engine.async_llm import AsyncLLM

    backend = settings.pop("weight_transfer")
    made = AsyncLLM.from_engine_args(AsyncEngineArgs(**settings, weight_transfer_config=WeightTransferConfig(backend=backend)))
    if backend == "prorl_shared":
        await _begin(made, {})
    return made


async def _begin(engine: Any, info: dict[str, Any]) -> None:
    from vllm.distributed.weight_transfer.base import WeightTransferInitRequest

    await engine.init_weight_transfer_engine(WeightTransferInitRequest(init_info=info))


async def _sync(engine: Any, action: str, info: dict[str, Any], version: str) -> float:
    """One step of the native sequence, or all of it ("all"); wall seconds."""
    from vllm.distributed.weight_transfer.base import WeightTransferUpdateRequest

    begun = time.monotonic()
    if action == "init":
        await _begin(engine, info)
    if action in ("start", "all"):
        await engine.pause_generation(mode="keep", clear_cache=True)
        await engine.start_weight_update()
    if action in ("update", "all"):
        await engine.update_weights(WeightTransferUpdateRequest(update_info=info))
    if action in ("finish", "all"):
        await engine.finish_weight_update(weight_version=version)
        await engine.resume_generation()
    return time.monotonic() - begun


async def _answer(engine: Any, pipe: Connection, batch: int, request: tuple[int, list[int], int], sampling: dict[str, Any]) -> None:
    from vllm import SamplingParams
    from vllm.sampling_params import RequestOutputKind

    index, ids, seed = request
    params = SamplingParams(**sampling, seed=seed, logprobs=0, output_kind=RequestOutputKind.FINAL_ONLY, detokenize=False)
    try:
        async for output in engine.generate({"prompt_token_ids": ids}, params, request_id=f"{batch}-{index}"):
            done = output.outputs[0]
            logprobs = [entry[token].logprob for entry, token in zip(done.logprobs, done.token_ids, strict=True)]
            pipe.send(("answer", batch, index, list(done.token_ids), logprobs, done.finish_reason))
    except asyncio.CancelledError:
        await engine.abort(f"{batch}-{index}")
        raise
    except Exception as error:  # one request's fault must not end the server: the trainer hears of it
        pipe.send(("failed", f"{type(error).__name__}: {error}"))


async def _score(engine: Any, ids: list[int], number: int) -> list[float]:
    """The log-probability, at temperature 1, of each token after the first."""
    from vllm import SamplingParams

    params = SamplingParams(max_tokens=1, temperature=1.0, prompt_logprobs=0, detokenize=False)
    row: list[float] = []
    async for output in engine.generate({"prompt_token_ids": ids}, params, request_id=f"canary-{number}-{time.monotonic_ns()}"):
        row = [entry[token].logprob for entry, token in zip(output.prompt_logprobs[1:], ids[1:], strict=True)]
    return row


def _version() -> str:
    import vllm

    return str(vllm.__version__)


def main() -> None:
    """Serve on the descriptor that the command line names; anything that vLLM prints goes to standard error."""
    pipe = Connection(int(sys.argv[1]))
    os.dup2(2, 1)
    try:
        asyncio.run(serve(pipe))
    except Exception as error:  # the boundary of this process
        pipe.send(("failed", f"{type(error).__name__}: {error}\n{traceback.format_exc()[-2000:]}"))
        raise


if __name__ == "__main__":
    main()
