"""Writing down what happens in a run: its metrics and events, alarms, sinks, plugins' hooks. In the first process alone."""

from contextlib import ExitStack
from typing import Any

from prorl_gym.plugins import notify
from prorl_gym.runs import Run, read_jsonl, write_json
from prorl_trainer.collect import Collected, first_step_alarms
from prorl_trainer.config import TrainConfig
from prorl_trainer.faults import total
from prorl_trainer.parallel import Onlooker, World
from prorl_trainer.sinks import Sinks


class Recorder:
    """Writes into `run`, which in other processes than the first writes nothing."""

    def __init__(self, config: TrainConfig, run: Run | Onlooker, world: World, *, stack: ExitStack) -> None:
        self._config, self._run, self._world = config, run, world
        self._step = 0
        self._sinks = Sinks(config.sinks if world.first else [], run.path)
        stack.callback(self._close)

    def step(self, step: int, metrics: dict[str, float], collected: Collected, *, counts: dict[str, int], replaced: list[str]) -> None:
        """A step is over. `counts` are the verifier pools', `replaced` what the engine had to put right."""
        run, self._step = self._run, step
        if replaced:
            metrics["faults/engine"] = float(len(replaced))
        run.metrics(step, metrics)
        for decision in collected.decisions:
            run.event("level", step=step, **decision)
        alarms = [*collected.undrawn, *replaced]
        if step == 1:
            alarms += first_step_alarms(collected, eps=self._config.algorithm.spread_eps, max_new_tokens=self._config.rollout.max_new_tokens)
        if metrics["ungradable"] > 0.01:
            run.event("alarm", step=step, reason=f"{metrics['ungradable']:.1%} of the rollouts could not be graded", counts=counts)
        for reason in (*alarms, *self._sinks(step, metrics)):
            run.event("alarm", step=step, reason=reason)
        if self._world.first:
            notify("step_ended", step=step, metrics=metrics, run=run.path)

    def reset(self, step: int, event: dict[str, Any]) -> None:
        """The reference was reset."""
        self._run.event("reset", step=step, **event)
        if self._world.first:
            notify("reference_reset", step=step, event=event, run=self._run.path)

    def end(self, summary: dict[str, Any]) -> None:
        """The run is over."""
        path = self._run.path
        if self._world.first:
            write_json(path / "summary.json", {**summary, "faults": total(read_jsonl(path / "metrics.jsonl")), "model": str(path / "model")})

    def _close(self) -> None:
        for fault in self._sinks.close():
            self._run.event("alarm", step=self._step, reason=fault)
