"""Our loss and its gradient against TRL's own `GRPOTrainer._compute_loss`, on the same random batches and the same tiny model.

    make bench-trl          (an environment of its own in .venv-trl, with TRL 1.16)

In float64, so that what remains is how the formulae differ and not how they are rounded. Exit code 1 where a relative difference exceeds 1e-6.
"""

import itertools
import sys
import tempfile
from pathlib import Path

import datasets
import torch
import transformers
from trl import GRPOConfig, GRPOTrainer

from prorl_trainer import kl
from prorl_trainer.loss import LOSSES, policy_loss, token_weights
from prorl_trainer.policy import load_model, load_tokenizer
from prorl_trainer.scoring import score
from prorl_trainer.tiny import make_model, make_tokenizer

TEMPERATURE, LIMIT, CLIP_LOW, CLIP_HIGH = 0.8, 24, 0.2, 0.28
NAMES = ("grpo", "dapo", "dr_grpo", "cispo", "gspo")
TOLERANCE = 1e-6


def trl_trainer(model, tokenizer, name, beta, dual_clip, folder):
    """A GRPOTrainer of that loss around our model; it never trains."""
    high = 1 + CLIP_HIGH if name == "cispo" else CLIP_HIGH  # TRL gives cispo's cap itself, we give it as a distance from 1
    config = GRPOConfig(
        output_dir=str(folder),
        use_cpu=True,
        bf16=False,
        gradient_checkpointing=False,
        report_to=[],
        save_strategy="no",
        loss_type="grpo" if name == "gspo" else name,
        importance_sampling_level="sequence" if name == "gspo" else "token",
        beta=beta,
        epsilon=CLIP_LOW,
        epsilon_high=high,
        delta=dual_clip,
        use_bias_correction_kl=False,  # its default multiplies the KL by the ratio, which is another estimator
        temperature=TEMPERATURE,
        max_completion_length=LIMIT,
        num_generations=4,
        per_device_train_batch_size=8,
    )
    rows = datasets.Dataset.from_dict({"prompt": ["1"]})
    trainer = GRPOTrainer(model=model, reward_funcs=lambda completions, **_: [0.0] * len(completions), args=config, train_dataset=rows,
                          processing_class=tokenizer)  # fmt: skip
    trainer.current_gradient_accumulation_steps = 1
    trainer.model.train()
    return trainer


def batch(seed, num_b=8):
    """Ragged prompts and answers with advantages and the log-probabilities that some other policies would have given."""
    g = torch.Generator().manual_seed(seed)

    def ids(low, high):
        return [torch.randint(5, 200, (int(n),), generator=g).tolist() for n in torch.randint(low, high, (num_b,), generator=g)]

    prompts, responses = ids(2, 9), ids(1, LIMIT + 1)
    noise = [torch.randn(num_b, LIMIT, generator=g, dtype=torch.float64) * 0.4 for _ in range(2)]
    return prompts, responses, torch.randn(num_b, generator=g, dtype=torch.float64), noise


def padded(rows, value, *, left=False):
    """Ragged rows as a tensor, and its mask."""
    width = max(map(len, rows))
    out = [[*[value] * (width - len(r) if left else 0), *r, *[value] * (0 if left else width - len(r))] for r in rows]
    mask = [[*[0] * (width - len(r) if left else 0), *[1] * len(r), *[0] * (0 if left else width - len(r))] for r in rows]
    return torch.tensor(out), torch.tensor(mask)


def gradient(model, loss):
    """The gradient as one vector."""
    model.zero_grad()
    loss.backward()
    return torch.cat([p.grad.flatten() for p in model.parameters() if p.grad is not None])


def compare(model, tokenizer, name, beta, dual_clip, seed, folder):
    """Relative differences of value and gradient."""
    prompts, responses, advantage_B, (noise_old, noise_ref) = batch(seed)
    pad = tokenizer.pad_token_id
    ours = score(model, prompts, responses, temperature=TEMPERATURE, pad_id=pad, grad=True)
    mask_BT = ours.mask_BT.double()
    width = mask_BT.shape[1]
    base_BT = ours.logp_BT.detach().double()
    old_BT, ref_BT = base_BT + noise_old[:, :width], base_BT + noise_ref[:, :width]
    recipe = LOSSES[name]
    weight_BT = token_weights(mask_BT, recipe.aggregation, num_tokens=mask_BT.sum(), num_sequences=len(prompts), max_tokens=LIMIT)
    options = {"weight_BT": weight_BT, "clip_low": CLIP_LOW, "clip_high": CLIP_HIGH, "ratio": recipe.ratio, "surrogate": recipe.surrogate}
    loss, _ = policy_loss(ours.logp_BT.double(), old_BT, advantage_B, mask_BT, dual_clip=dual_clip, **options)
    if beta:
        loss = loss + beta * (kl.estimate("k3", ours.logp_BT.double(), ref_BT) * weight_BT).sum()
    our_gradient = gradient(model, loss)

    prompt_ids, prompt_mask = padded(prompts, pad, left=True)
    completion_ids, completion_mask = padded(responses, pad)
    trainer = trl_trainer(model, tokenizer, name, beta, dual_clip, folder)
    theirs = trainer._compute_loss(
        trainer.model,
        {
            "prompt_ids": prompt_ids,
            "prompt_mask": prompt_mask,
            "completion_ids": completion_ids,
            "completion_mask": completion_mask,
            "advantages": advantage_B,
            "num_items_in_batch": completion_mask.sum().double() * trainer.args.steps_per_generation,
            "old_per_token_logps": old_BT,
            "ref_per_token_logps": ref_BT,
        },
    )
    their_gradient = gradient(model, theirs)
    value = abs(float(loss) - float(theirs)) / max(abs(float(theirs)), 1e-12)
    return value, float((our_gradient - their_gradient).norm() / their_gradient.norm())


def main() -> None:
    """Print the table of the largest differences over three batches each."""
    transformers.utils.logging.disable_progress_bar()
    worst = 0.0
    with tempfile.TemporaryDirectory() as folder:
        tokenizer = make_tokenizer(["0123456789 abc"] * 4, vocab_size=280, folder=Path(folder))
        make_model(tokenizer, hidden=32, layers=2, heads=2, folder=Path(folder))
        model, tokenizer = load_model(folder, device="cpu", dtype="float32").double(), load_tokenizer(folder)
        print("| loss | beta | dual clip | value | gradient |\n|---|---|---|---|---|")
        for name, beta, dual in itertools.product(NAMES, (0.0, 0.04), (None, 1.4)):
            if dual is not None and name == "cispo":
                continue
            pairs = [compare(model, tokenizer, name, beta, dual, seed, folder) for seed in range(3)]
            value, slope = (max(column) for column in zip(*pairs, strict=True))
            worst = max(worst, value, slope)
            print(f"| {name} | {beta:g} | {dual or 'off'} | {value:.1e} | {slope:.1e} |", flush=True)
    print(f"\nlargest relative difference {worst:.1e}, tolerance {TOLERANCE:g}")
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
