"""One-step-off rollouts: the groups of the next step are generated and graded on a thread while this step's update runs.

    collect(k) waits for the thread · the engine takes the weights of step k-1 · start(k+1) · the update of step k

So what a step trains on was sampled one update earlier, never in the middle of one: the weights change hands while nothing is being generated,
and a run is as repeatable as a synchronous one. Everything that reads or changes the collector (validation, a stage, a reset, a checkpoint)
calls `settle` first; what was collected ahead by then is kept for the next step, and is saved with a checkpoint.

The importance ratio is taken to the policy that sampled, as for groups that are carried over; `rollout.max_staleness` bounds both.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from prorl_trainer.collect import Collected, Collector


class Ahead:
    """Collects through a `Collector`, ahead of time where asked to. `close` waits for what is under way."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="collect-ahead")
        self._under_way: Future[Collected] | None = None
        self._ready: Collected | None = None

    def start(self, step: int, version: int) -> None:
        """Begin to collect the groups of `step` by the weights of step `version`, which the engine holds, unless they are there already."""
        if self._ready is None and self._under_way is None:
            self._under_way = self._executor.submit(self._collector.collect, step, version)

    def settle(self) -> None:
        """Wait for what is under way and keep it. Raises what the collection raised."""
        if self._under_way is not None:
            under_way, self._under_way = self._under_way, None
            self._ready = under_way.result()

    def collect(self, step: int, version: int) -> Collected:
        """The groups of `step`: those collected ahead, or collected now."""
        self.settle()
        ready, self._ready = self._ready, None
        return self._collector.collect(step, version) if ready is None else ready

    def close(self) -> None:
        """End the thread."""
        self._executor.shutdown(cancel_futures=True)

    def state_dict(self) -> dict[str, Any]:
        """What was collected ahead, after `settle`."""
        return {"ready": self._ready}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Restore `state_dict`."""
        self._ready = state["ready"]
