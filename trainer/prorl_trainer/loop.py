"""The training loop: ProRL from top to bottom (arXiv 2505.24864; v2 post, August 2025). It alone knows all the parts.

    collect groups from the mix, dropping those without a signal         collect.py, sampling.py
    shape rewards, compute advantages                                    samples.py, shaping.py, advantage.py
    take the gradient steps: clipped policy loss + KL to the reference   update.py, loss.py, kl.py
    watch entropy, validate on tasks of the validation split             entropy.py
    ask the reset controller; at a reset the reference becomes the       reference.py
      current (or best) policy and the optimiser is kept or begun anew
    save                                                                 checkpoint.py

What it deliberately is not: an engine. Generation goes through the `Engine` protocol. With `rollout.ahead` the groups of the next step are
collected while the update runs (ahead.py); `build.py` makes the parts. Under torchrun every process runs this loop with the same state: each
plays its share of the prompts and trains on its share of the rows, and the first alone writes (parallel.py, sharded.py).
"""

import math
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import torch

from prorl_gym.errors import RunError
from prorl_gym.mix import Mix, needs
from prorl_gym.pool import VerifierPool
from prorl_gym.registry import registry
from prorl_gym.sandbox import open_sandbox
from prorl_trainer import build, checkpoint, lora, stages, state
from prorl_trainer.ahead import Ahead
from prorl_trainer.collect import Collected, Collector, rollout_metrics
from prorl_trainer.config import TrainConfig
from prorl_trainer.engines import take_faults
from prorl_trainer.kl import AdaptiveBeta
from prorl_trainer.parallel import World, joined, num_processes, refuse_uneven
from prorl_trainer.policy import checkpoint_activations, load_model, load_tokenizer
from prorl_trainer.record import Recorder
from prorl_trainer.reference import ResetController, moved
from prorl_trainer.sharded import placed, shard
from prorl_trainer.update import Updater
from prorl_trainer.validation import validate
from prorl_trainer.watchdog import Watchdog, last_hang

OnStep = Callable[[int, dict[str, float]], None]
LATE_S = 60.0
"""A process waits for the others so much longer than any phase may take, so that it is a phase's own deadline that ends a run."""


def train(
    config: TrainConfig, *, resume: bool = False, overwrite: bool = False, on_step: OnStep | None = None, stop: Callable[[], bool] | None = None
) -> Path:
    """Run the configuration to its last step and give the run's folder.

    `resume` goes on from the newest complete checkpoint, to the same numbers as an uninterrupted run on the same hardware. `stop` is asked
    after each step; where it says so, in any process, the run saves and ends. `on_step` is called in the first process. Raises ConfigError,
    RunError or SandboxUnavailableError before anything trains.
    """
    refuse_uneven(config, num_processes())
    longest_s = max(config.deadlines.model_dump().values())
    with joined(config.model.device, timeout_s=longest_s + LATE_S) as world, ExitStack() as stack:
        trainer = Trainer(config, world, resume=resume, overwrite=overwrite, stack=stack)
        trainer.run_steps(on_step, stop or (lambda: False))
        return trainer.run.path


class Trainer:
    """A run in progress. `run_steps` is the loop; the other methods are its parts, in the order in which they are called."""

    def __init__(self, config: TrainConfig, world: World, *, resume: bool, overwrite: bool, stack: ExitStack) -> None:
        self.config, self.world = config, world
        self.settings = config
        """Those in force: the file's own, or what the stages have made of them."""
        if config.model.lora:
            lora.require_peft("model.lora")
        self.mix = Mix([e.model_copy() for e in config.mix], adaptive=config.adaptive, draw_s=config.deadlines.draw_s)
        if "sandbox" in needs(config.mix):
            open_sandbox("auto")  # fails here, with the remedy, rather than after the first step
        for kind, name in (("engine", config.rollout.engine), *(("sink", name) for name in config.sinks)):
            registry().load(kind, name)  # an unknown name is refused before anything is made
        world.from_first(lambda: build.refuse_another_run(config, resume=resume, overwrite=overwrite))
        self.folder = config.out / "checkpoints"
        saved = world.from_first(lambda: checkpoint.newest(self.folder) if resume else None)
        if config.model.threads:
            torch.set_num_threads(config.model.threads)
        torch.manual_seed(config.seed)
        self.tokenizer = load_tokenizer(str(saved / "model") if saved else config.model.path)
        self.model = build.policy(config, saved, world)
        self.reference = build.reference(config, self.model, world)
        self.engine = build.engine(config, self.model, world)
        stack.callback(self.engine.close)
        if config.model.activation_checkpointing:
            checkpoint_activations(self.model)
        shard(self.model, world)
        if not world.first:
            torch.manual_seed(config.seed + 1_000_003 * world.rank)  # dropout of another kind in every process; until here all make the same weights
        self.optimizer = build.optimizer(config.optimizer, self.model)
        self.controller = ResetController(config.reset)
        self.band, self.bonus = build.entropy_watch(config.entropy)
        self.beta = AdaptiveBeta(beta=config.algorithm.beta, target=config.algorithm.kl_target)
        self.run = stack.enter_context(build.run(config, world, resume=resume, overwrite=overwrite))
        if world.first and (hang := last_hang(self.run.path)):
            self.run.event("hang", what=hang.partition("\n")[0], stacks=hang)
        world.wait()  # for the folder
        self.watchdog = Watchdog(self.run.path, world.rank)
        stack.callback(self.watchdog.close)
        self.pool = stack.enter_context(VerifierPool(workers=config.verifier_workers or max(1, (os.cpu_count() or 1) // world.num_local)))
        self.collector = Collector(config, mix=self.mix, engine=self.engine, tokenizer=self.tokenizer, pool=self.pool, run=self.run, world=world)
        self.ahead = Ahead(self.collector)
        stack.callback(self.ahead.close)
        self.updater = Updater(
            config,
            model=self.model,
            reference=self.reference,
            optimizer=self.optimizer,
            pad_id=self.tokenizer.pad_token_id,
            exact_logprobs=self.engine.exact_logprobs,
            world=world,
        )
        self.recorder = Recorder(config, self.run, world, stack=stack)
        self.code = checkpoint.code_hashes(e.env for e in config.mix)
        self.step, self.num_resets, self.optimizer_age = 0, 0, 0
        self.weights_of = 0
        """The step whose weights the engine holds."""
        self.stages, self.stage = stages.resolve(config), 0
        self.best: tuple[int, float] | None = None
        """Step and score of the best validation; its checkpoint is pinned."""
        if saved:
            self._restore(saved)

    def run_steps(self, on_step: OnStep | None, stop: Callable[[], bool]) -> None:
        """The loop."""
        config, deadlines = self.config, self.config.deadlines
        if self.step == 0 and config.validation.every:
            self._validate()
        while self.step < config.steps:
            self.step += 1
            begun = time.monotonic()
            with self.watchdog.phase(f"collecting the groups of step {self.step}", deadlines.collect_s):
                collected = self.ahead.collect(self.step, self.weights_of)
            collected_at = time.monotonic()
            if config.rollout.ahead:
                self._sync(self.step - 1)
                if self.step < config.steps:
                    self.ahead.start(self.step + 1, self.weights_of)
            with self.watchdog.phase(f"the update of step {self.step}", deadlines.update_s):
                metrics = rollout_metrics(collected) | self._update(collected)
            if not config.rollout.ahead:
                self._sync(self.step)
            updated_at = time.monotonic()
            with self.watchdog.phase(f"collecting the groups of step {self.step + 1} ahead", deadlines.collect_s):
                self.ahead.settle()  # from here on the collector, the mix and the engine are at rest
            settled_at = time.monotonic()
            improved = False
            if config.validation.every and self.step % config.validation.every == 0:
                score = self._validate()
                metrics["validation"] = score
                improved = self.best is not None and self.best[0] == self.step
            with self.watchdog.phase(f"the reset after step {self.step}", deadlines.record_s):
                self._consider_stage(self._consider_reset(metrics))
            metrics |= {
                "stage": float(self.stage + 1),
                "resets": float(self.num_resets),
                "seconds/collect": collected_at - begun,
                "seconds/update": updated_at - collected_at,
                "seconds/wait": settled_at - updated_at,
                "seconds/step": time.monotonic() - begun,
            }
            with self.watchdog.phase(f"writing down step {self.step}", deadlines.record_s):
                self.recorder.step(self.step, metrics, collected, counts=dict(self.collector.counts), replaced=take_faults(self.engine))
            last = self.step == config.steps or self.world.any(stop())
            if last or improved or (config.checkpoint.every and self.step % config.checkpoint.every == 0):
                self._save()
            if on_step and self.world.first:
                on_step(self.step, metrics)
            if last and self.step < config.steps:
                self.run.event("stopped", step=self.step)
                return
        self._finish()

    def _finish(self) -> None:
        """Leave the final model and the summary."""
        with self.watchdog.phase("saving the final model", self.config.deadlines.save_s):
            checkpoint.save_model(self.model, self.tokenizer, self.run.path / "model", self.world)
        self.recorder.end({"steps": self.step, "resets": self.num_resets, "best": self.best})
        self.world.wait()

    def _sync(self, version: int) -> None:
        """Hand the present weights, those of step `version`, to the engine."""
        with self.watchdog.phase(f"handing the weights of step {version} to the engine", self.config.deadlines.sync_s):
            self.engine.sync(self.model)
        self.weights_of = version

    def _update(self, collected: Collected) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.settings.optimizer.lr * min(1.0, (self.optimizer_age + 1) / max(1, self.settings.optimizer.warmup_steps))
        metrics = self.updater.update(collected.groups, self.step)
        if not metrics:
            self.run.event("alarm", step=self.step, reason="no group had a spread of rewards, so this step trained on nothing")
            return {}
        self.optimizer_age += 1
        if metrics["skipped"]:
            self.run.event(
                "alarm",
                step=self.step,
                reason=f"{metrics['skipped']:g} updates had a loss or gradient that is not finite, or one above optimizer.skip_above: skipped",
            )
        if self.reference is not None:
            self.updater.beta = self.beta.observe(metrics["kl"])
        if self.bonus:
            self.updater.entropy_bonus = self.bonus.observe(metrics["entropy"])
        if self.band and (alarm := self.band.observe(metrics["entropy"])):
            self.run.event("alarm", step=self.step, reason=alarm.message)
        return metrics

    def _validate(self) -> float:
        """The validation score: the mean over domains of the mean score, on the same prompts and seeds each time."""
        if self.config.rollout.ahead:
            self._sync(self.step)
        with self.watchdog.phase(f"the validation after step {self.step}", self.config.deadlines.validate_s):
            result = validate(self.settings, step=self.step, engine=self.engine, tokenizer=self.tokenizer, pool=self.pool, world=self.world)
        score = float(result["mean"]["score"])
        domains = {name: {"score": d["score"], "pass@1": d["pass@1"]} for name, d in result["domains"].items()}
        self.run.event("validation", step=self.step, score=score, domains=domains, pass_at_1=result["mean"]["pass@1"])
        if not math.isnan(score) and (self.best is None or score > self.best[1]):
            self.best = (self.step, score)
            if self.step == 0:
                self._save()
        return score

    def _consider_reset(self, metrics: dict[str, float]) -> bool:
        """Ask the controller and carry out its decision. Decisions are logged with their reasons, but for steps without any signal."""
        decision = self.controller.observe(self.step, kl=metrics.get("kl"), validation=metrics.get("validation"), entropy=metrics.get("entropy"))
        if decision.reset or "validation" in metrics or any(r.fired for r in decision.readings):
            self.run.event(
                "decision",
                step=self.step,
                reset=decision.reset,
                trigger=decision.trigger,
                summary=decision.summary,
                reasons=decision.reasons,
            )
        if decision.reset:
            self._reset(decision.trigger or "", decision.summary)
        return decision.reset

    def _consider_stage(self, did_reset: bool) -> None:
        """Begin the next stage where its moment has come."""
        following = stages.due(self.config.stages, self.stage, step=self.step, did_reset=did_reset)
        if following is None:
            return
        if following.reset and not did_reset:
            self._reset("stage", f"reset at step {self.step}: the stage {following.name!r} begins")
        self.stage += 1
        self._apply(self.stages[self.stage])
        if following.weights:
            self.best = None  # scores on another mix do not compare
        self.run.event("stage", step=self.step, number=self.stage + 1, name=following.name, set=following.set, weights=following.weights)

    def _apply(self, config: TrainConfig) -> None:
        """Put the settings of a stage into force."""
        self.collector.config = self.updater.config = config
        self.controller.config = config.reset
        for entry, following in zip(self.mix.entries, config.mix, strict=True):
            entry.weight = following.weight
        for group in self.optimizer.param_groups:
            group["betas"], group["weight_decay"] = config.optimizer.betas, config.optimizer.weight_decay
        if config.algorithm.beta != self.settings.algorithm.beta:
            self.updater.beta = self.beta.beta = config.algorithm.beta
        if config.entropy.bonus != self.settings.entropy.bonus and not self.bonus:
            self.updater.entropy_bonus = config.entropy.bonus
        self.settings = config

    def _reset(self, trigger: str, summary: str) -> None:
        """The reference becomes a snapshot, or moves towards it; policy and optimiser as configured: one event, and saved with the step.

        The KL before and after is measured on the step's own samples; see `Updater.kl_now`.
        """
        config, kl_before = self.settings.reset, self.updater.kl_now()
        best = None
        if self.best and self.best[0] < self.step and (config.target == "best" or config.policy == "rollback"):
            folder = self._best_checkpoint(self.best[0]) / "model"
            best = lora.saved_policy_state(folder, lambda path: load_model(path, device="cpu", dtype=self.config.model.dtype))
            best = placed(best, lora.policy_state(self.model))
        if best is not None and config.policy == "rollback":
            lora.load_policy_state(self.model, best)
            self.engine.sync(self.model)
        if self.reference is not None:
            target = best if best is not None and config.target == "best" else lora.policy_state(self.model)
            self.reference.load_state_dict(moved(self.reference.state_dict(), target, average=config.average))
        if config.optimizer == "reinit":
            self.optimizer = self.updater.optimizer = build.optimizer(self.settings.optimizer, self.model)
            self.optimizer_age = 0
        self.num_resets += 1
        self.controller.did_reset(self.step)
        best_step = f"best, step {self.best[0]}" if best is not None and self.best else "current"
        event = {
            "number": self.num_resets,
            "trigger": trigger,
            "summary": summary,
            "reference": best_step if config.target == "best" else "current",
            "policy": f"rolled back to {best_step}" if best is not None and config.policy == "rollback" else "kept",
            "optimizer": config.optimizer,
            "average": config.average,
            "kl_before": kl_before,
            "kl_after": self.updater.kl_now(),
        }
        self.recorder.reset(self.step, event)

    def _save(self) -> None:
        every = self.config.checkpoint.keep_every
        with self.watchdog.phase(f"saving step {self.step}", self.config.deadlines.save_s):
            checkpoint.save(
                self.folder,
                step=self.step,
                model=self.model,
                tokenizer=self.tokenizer,
                reference=self.reference,
                optimizer=self.optimizer,
                state=state.of(self),
                keep=self.config.checkpoint.keep,
                pinned=lambda step: bool(every and step % every == 0) or bool(self.best and self.best[0] == step),
                world=self.world,
            )

    def _restore(self, path: Path) -> None:
        saved = checkpoint.load(path, reference=self.reference, optimizer=self.optimizer, world=self.world)
        self.step = self.weights_of = saved["step"]
        self._apply(self.stages[saved["stage"]])
        state.restore(self, saved)
        dropped, changed = self.run.rewind(self.step), state.changed_code(self, saved)
        self.run.event("resumed", step=self.step, lines_redone=dropped, changed_code=changed)
        if changed:
            reason = f"the code of {', '.join(changed)} has changed since the checkpoint: the numbers may differ from an uninterrupted run's"
            self.run.event("alarm", step=self.step, reason=reason)

    def _best_checkpoint(self, step: int) -> Path:
        path = self.folder / f"step-{step:06d}"
        if not path.is_dir():
            raise RunError(f"the best checkpoint {path} is gone; a reset to the best policy needs it")
        return path
