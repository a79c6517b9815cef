"""The training loop: ProRL from top to bottom (arXiv 2505.24864; v2 post, August 2025). It alone knows all the parts.

    collect groups from the mix, dropping those without a signal         collect.py, sampling.py
    shape rewards, compute advantages                                    shaping.py, advantage.py
    take the gradient steps: clipped policy loss + KL to the reference   update.py, loss.py, kl.py
    watch entropy, validate on tasks of the validation split             entropy.py
    ask the reset controller; at a reset the reference becomes the       reference.py
      current (or best) policy and the optimiser is kept or begun anew
    save                                                                 checkpoint.py

What it deliberately is not: distributed, asynchronous, or an engine. Generation goes through the `Engine` protocol.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import torch

from prorl_gym.config import load as load_config
from prorl_gym.config import to_toml
from prorl_gym.errors import RunError
from prorl_gym.evaluate import EvalConfig, evaluate
from prorl_gym.mix import Mix, needs
from prorl_gym.plugins import notify
from prorl_gym.pool import VerifierPool
from prorl_gym.registry import registry
from prorl_gym.runs import Run, write_json
from prorl_gym.sandbox import open_sandbox
from prorl_trainer import checkpoint, lora, stages
from prorl_trainer.collect import Collected, Collector, rollout_metrics
from prorl_trainer.config import TrainConfig
from prorl_trainer.engines import Sampling
from prorl_trainer.entropy import AdaptiveCoefficient, EntropyBand
from prorl_trainer.frozen import Frozen, FrozenCopy
from prorl_trainer.kl import AdaptiveBeta
from prorl_trainer.policy import EnginePolicy, checkpoint_activations, load_model, load_tokenizer
from prorl_trainer.reference import ResetController
from prorl_trainer.sinks import Sinks
from prorl_trainer.update import Updater
from prorl_trainer.watchdog import Watchdog, last_hang

OnStep = Callable[[int, dict[str, float]], None]


def train(
    config: TrainConfig, *, resume: bool = False, overwrite: bool = False, on_step: OnStep | None = None, stop: Callable[[], bool] | None = None
) -> Path:
    """Run the configuration to its last step and give the run's folder.

    `resume` goes on from the newest complete checkpoint, to the same numbers as an uninterrupted run on the same hardware. `stop` is asked
    after each step; where it says so, the run saves and ends. Raises ConfigError, RunError or SandboxUnavailableError before anything trains.
    """
    with ExitStack() as stack:
        trainer = Trainer(config, resume=resume, overwrite=overwrite, stack=stack)
        trainer.run_steps(on_step, stop or (lambda: False))
        return trainer.run.path


class Trainer:
    """A run in progress. `run_steps` is the loop; the other methods are its parts, in the order in which they are called."""

    def __init__(self, config: TrainConfig, *, resume: bool, overwrite: bool, stack: ExitStack) -> None:
        self.config = config
        self.settings = config
        """Those in force: the file's own, or what the stages have made of them."""
        if config.model.lora:
            lora.require_peft("model.lora")
        self.mix = Mix([e.model_copy() for e in config.mix], adaptive=config.adaptive)
        if "sandbox" in needs(config.mix):
            open_sandbox("auto")  # fails here, with the remedy, rather than after the first step
        make_engine = registry().load("engine", config.rollout.engine)
        for name in config.sinks:
            registry().load("sink", name)  # an unknown name is refused before anything is made
        self.folder = config.out / "checkpoints"
        saved = checkpoint.newest(self.folder) if resume else None
        if config.model.threads:
            torch.set_num_threads(config.model.threads)
        torch.manual_seed(config.seed)
        self.tokenizer = load_tokenizer(str(saved / "model") if saved else config.model.path)
        self.model = self._load_policy(saved)
        self.reference = self._new_reference() if config.algorithm.beta > 0 else None
        if config.model.activation_checkpointing:
            checkpoint_activations(self.model)
        self.optimizer = self._new_optimizer()
        self.controller = ResetController(config.reset)
        entropy = config.entropy
        self.band = EntropyBand(low=entropy.low or 0.0, high=entropy.high or float("inf")) if entropy.low or entropy.high else None
        steered = entropy.target is not None
        self.bonus = (
            AdaptiveCoefficient(initial=entropy.bonus, target=entropy.target, maximum=max(entropy.maximum, entropy.bonus)) if steered else None
        )
        self.beta = AdaptiveBeta(beta=config.algorithm.beta, target=config.algorithm.kl_target)
        self.run = stack.enter_context(self._open_run(resume=resume, overwrite=overwrite))
        if hang := last_hang(self.run.path):
            self.run.event("hang", what=hang.partition("\n")[0], stacks=hang)
        self.watchdog = Watchdog(self.run.path)
        stack.callback(self.watchdog.close)
        self.pool = stack.enter_context(VerifierPool(workers=config.verifier_workers))
        self.engine = make_engine(self.model, **config.rollout.engine_options)
        stack.callback(self.engine.close)
        self.collector = Collector(config, mix=self.mix, engine=self.engine, tokenizer=self.tokenizer, pool=self.pool, run=self.run)
        self.updater = Updater(
            config,
            model=self.model,
            reference=self.reference,
            optimizer=self.optimizer,
            pad_id=self.tokenizer.pad_token_id,
            exact_logprobs=self.engine.exact_logprobs,
        )
        self.sinks = Sinks(config.sinks, self.run.path)
        stack.callback(self.sinks.close)
        self.step, self.num_resets, self.optimizer_age = 0, 0, 0
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
                collected = self.collector.collect(self.step)
            collected_at = time.monotonic()
            with self.watchdog.phase(f"the update of step {self.step}", deadlines.update_s):
                metrics = rollout_metrics(collected) | self._update(collected)
            with self.watchdog.phase(f"handing the weights of step {self.step} to the engine", deadlines.sync_s):
                self.engine.sync(self.model)
            updated_at = time.monotonic()
            improved = False
            if config.validation.every and self.step % config.validation.every == 0:
                score = self._validate()
                metrics["validation"] = score
                improved = self.best is not None and self.best[0] == self.step
            self._consider_stage(self._consider_reset(metrics), metrics)
            metrics |= {
                "stage": float(self.stage + 1),
                "resets": float(self.num_resets),
                "seconds/collect": collected_at - begun,
                "seconds/update": updated_at - collected_at,
                "seconds/step": time.monotonic() - begun,
            }
            self._record(metrics, collected)
            last = self.step == config.steps or stop()
            if last or improved or (config.checkpoint.every and self.step % config.checkpoint.every == 0):
                self._save()
            if on_step:
                on_step(self.step, metrics)
            if last and self.step < config.steps:
                self.run.event("stopped", step=self.step)
                return
        checkpoint.save_model(self.model, self.tokenizer, self.run.path / "model")
        write_json(
            self.run.path / "summary.json", {"steps": self.step, "resets": self.num_resets, "best": self.best, "model": str(self.run.path / "model")}
        )

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
                reason=f"{metrics['skipped']:g} updates had a gradient that is not finite or above optimizer.skip_above and were skipped",
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
        validation, rollout = self.config.validation, self.settings.rollout
        sampling = Sampling(max_new_tokens=rollout.max_new_tokens, temperature=validation.temperature, top_p=validation.top_p)
        policy = EnginePolicy(
            self.engine, self.tokenizer, sampling, seed=self.config.seed + 7, batch_size=rollout.batch_size, name=f"step {self.step}"
        )
        measured = EvalConfig(
            mix=self.settings.mix,
            num_tasks=validation.num_tasks,
            samples=validation.samples,
            split="validation",
            mode=self.settings.algorithm.mode,
            both_modes=False,
        )
        with self.watchdog.phase(f"the validation after step {self.step}", self.config.deadlines.validate_s):
            result = evaluate(measured, policy, pool=self.pool)
        score = float(result["mean"]["score"])
        domains = {name: {"score": d["score"], "pass@1": d["pass@1"]} for name, d in result["domains"].items()}
        self.run.event("validation", step=self.step, score=score, domains=domains, pass_at_1=result["mean"]["pass@1"])
        if self.best is None or score > self.best[1]:
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
            self._reset(decision.trigger or "", decision.summary, metrics)
        return decision.reset

    def _consider_stage(self, did_reset: bool, metrics: dict[str, float]) -> None:
        """Begin the next stage where its moment has come."""
        following = stages.due(self.config.stages, self.stage, step=self.step, did_reset=did_reset)
        if following is None:
            return
        if following.reset and not did_reset:
            self._reset("stage", f"reset at step {self.step}: the stage {following.name!r} begins", metrics)
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

    def _reset(self, trigger: str, summary: str, metrics: dict[str, float]) -> None:
        """The reference becomes a snapshot; policy and optimiser as configured: one event, and saved with the step."""
        config = self.settings.reset
        best = None
        if self.best and self.best[0] < self.step and (config.target == "best" or config.policy == "rollback"):
            folder = self._best_checkpoint(self.best[0]) / "model"
            best = lora.saved_policy_state(folder, lambda path: load_model(path, device="cpu", dtype=self.config.model.dtype))
        if best is not None and config.policy == "rollback":
            lora.load_policy_state(self.model, best)
            self.engine.sync(self.model)
        if self.reference is not None:
            self.reference.load_state_dict(best if best is not None and config.target == "best" else lora.policy_state(self.model))
        if config.optimizer == "reinit":
            self.optimizer = self.updater.optimizer = self._new_optimizer()
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
            "kl_before": metrics.get("kl"),
        }
        self.run.event("reset", step=self.step, **event)
        notify("reference_reset", step=self.step, event=event, run=self.run.path)

    def _record(self, metrics: dict[str, float], collected: Collected) -> None:
        self.run.metrics(self.step, metrics)
        for decision in collected.decisions:
            self.run.event("level", step=self.step, **decision)
        if metrics["ungradable"] > 0.01:
            self.run.event(
                "alarm", step=self.step, reason=f"{metrics['ungradable']:.1%} of the rollouts could not be graded", counts=dict(self.pool.counts)
            )
        if self.step == 1 and metrics["truncated"] > 0.5:
            self.run.event("alarm", step=1, reason="over half of the answers were cut at rollout.max_new_tokens")
        for fault in self.sinks(self.step, metrics):
            self.run.event("alarm", step=self.step, reason=fault)
        notify("step_ended", step=self.step, metrics=metrics, run=self.run.path)

    def _save(self) -> None:
        state = {
            "config": to_toml(self.config),
            "optimizer": self.optimizer.state_dict(),
            "optimizer_age": self.optimizer_age,
            "mix": self.mix.state_dict(),
            "collector": self.collector.state_dict(),
            "controller": self.controller.state_dict(),
            "band": self.band.state_dict() if self.band else None,
            "bonus": self.bonus.state_dict() if self.bonus else None,
            "entropy_bonus": self.updater.entropy_bonus,
            "beta": self.beta.state_dict(),
            "skips_in_a_row": self.updater.skips_in_a_row,
            "num_resets": self.num_resets,
            "stage": self.stage,
            "best": self.best,
        }
        with self.watchdog.phase(f"saving step {self.step}", self.config.deadlines.save_s):
            checkpoint.save(
                self.folder,
                step=self.step,
                model=self.model,
                tokenizer=self.tokenizer,
                reference=self.reference,
                state=state,
                keep=self.config.checkpoint.keep,
                pinned={self.best[0]} if self.best else set(),
            )

    def _restore(self, path: Path) -> None:
        state = checkpoint.load(path, reference=self.reference)
        self.step, self.stage = state["step"], state["stage"]
        self._apply(self.stages[self.stage])
        self.optimizer.load_state_dict(state["optimizer"])
        self.optimizer_age = state["optimizer_age"]
        self.mix.load_state_dict(state["mix"])
        self.collector.load_state_dict(state["collector"])
        self.controller.load_state_dict(state["controller"])
        if self.band and state["band"]:
            self.band.load_state_dict(state["band"])
        if self.bonus and state["bonus"]:
            self.bonus.load_state_dict(state["bonus"])
        self.updater.entropy_bonus, self.updater.skips_in_a_row = state["entropy_bonus"], state["skips_in_a_row"]
        self.beta.load_state_dict(state["beta"])
        self.updater.beta = self.beta.beta
        self.num_resets, self.best = state["num_resets"], state["best"]
        dropped = self.run.rewind(self.step)
        self.run.event("resumed", step=self.step, lines_redone=dropped)

    def _best_checkpoint(self, step: int) -> Path:
        path = self.folder / f"step-{step:06d}"
        if not path.is_dir():
            raise RunError(f"the best checkpoint {path} is gone; a reset to the best policy needs it")
        return path

    def _load_policy(self, saved: Path | None) -> Any:
        settings = self.config.model
        if settings.lora is None:
            return load_model(str(saved / "model") if saved else settings.path, device=settings.device, dtype=settings.dtype)
        model = lora.adapted(load_model(settings.path, device=settings.device, dtype=settings.dtype), settings.lora, base=settings.path)
        if saved:
            lora.load_policy_state(model, lora.saved_policy_state(saved / "model", load_model))
        return model

    def _new_reference(self) -> Frozen:
        if self.config.model.lora:
            return lora.FrozenAdapter(self.model)
        return FrozenCopy(self.model, offload=self.config.model.offload_reference)

    def _new_optimizer(self) -> torch.optim.Optimizer:
        optimizer = self.settings.optimizer
        trained = [p for p in self.model.parameters() if p.requires_grad]
        return torch.optim.AdamW(trained, lr=optimizer.lr, betas=optimizer.betas, weight_decay=optimizer.weight_decay)

    def _open_run(self, *, resume: bool, overwrite: bool) -> Run:
        if not resume:
            return Run.create(self.config.out, self.config.model_dump(mode="json"), overwrite=overwrite)
        before = load_config(TrainConfig, path=self.config.out / "config.toml")
        changed = _changes(before.model_dump(mode="json"), self.config.model_dump(mode="json"))
        free = ("steps", "checkpoint", "validation", "sinks", "verifier_workers", "deadlines", "out")
        if fixed := [c for c in changed if c.split(".")[0] not in free]:
            raise RunError(
                f"the run in {self.config.out} was made with another configuration: {', '.join(fixed)} differ. "
                f"Resume with its own config.toml, or start another run with --out"
            )
        return Run.open(self.config.out)


def _changes(old: Any, new: Any, at: str = "") -> list[str]:
    """The dotted keys whose values differ."""
    if isinstance(old, dict) and isinstance(new, dict):
        return [c for k in sorted({*old, *new}) for c in _changes(old.get(k), new.get(k), f"{at}.{k}" if at else str(k))]
    return [] if old == new else [at]
