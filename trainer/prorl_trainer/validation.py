"""The validation score of a policy: the same prompts and seeds each time, shared among the processes of a run."""

from typing import Any

from prorl_gym.evaluate import EvalConfig, plays, summarise
from prorl_gym.pool import VerifierPool
from prorl_gym.rollout import play
from prorl_trainer.config import TrainConfig
from prorl_trainer.engines import Engine, Sampling
from prorl_trainer.parallel import World
from prorl_trainer.policy import EnginePolicy


def validate(config: TrainConfig, *, step: int, engine: Engine, tokenizer: Any, pool: VerifierPool, world: World) -> dict[str, Any]:
    """Play the validation tasks; the summary, see `prorl_gym.evaluate.summarise`. Every process plays its share of the tasks."""
    validation, rollout = config.validation, config.rollout
    sampling = Sampling(max_new_tokens=rollout.max_new_tokens, temperature=validation.temperature, top_p=validation.top_p)
    policy = EnginePolicy(engine, tokenizer, sampling, seed=config.seed + 7, batch_size=rollout.batch_size, name=f"step {step}")
    measured = EvalConfig(mix=config.mix, num_tasks=validation.num_tasks, samples=validation.samples, split="validation", mode=config.algorithm.mode)
    mine = [one for place, one in enumerate(plays(measured)) if place // validation.samples % world.size == world.rank]
    played = list(play(mine, policy, pool=pool, window=max(1, len(mine)), step_s=config.deadlines.step_s, episode_s=config.deadlines.episode_s))
    return summarise([rollout for share in world.gather(played) for rollout in share], ks=[1])
