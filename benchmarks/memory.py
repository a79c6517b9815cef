"""Peak memory of one update with a large vocabulary: the trainer's scoring in chunks beside the logits of the whole batch.

    python benchmarks/memory.py [--rows 8] [--tokens 1024] [--vocab 151936] [--hidden 64] [--json]

Each way runs in a process of its own on a small Qwen2 model with a tied head: log-probabilities of every response token with their gradient, token
entropy without, AdamW step, one thread. What counts is the process's peak resident memory less its peak after a step on four tokens, when model,
gradients and optimiser are there already. "full logits" is the plain way: one forward, `log_softmax`, `gather`, and the entropy a row at a time.

The full logits take some 12 bytes a logit, so that 8 x 1,024 tokens take 14 GiB; the script refuses to start what the machine has no room for, and
asks the kernel to end its processes first if memory runs short all the same.
"""

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

from measure import MIB, arguments, cpu_s, show

WAYS = ("full logits", "in chunks")
BYTES_A_LOGIT = 14
"""Of the full logits, with room to spare."""


def update(args: argparse.Namespace) -> dict[str, float]:
    """In a process of its own: one update in the way named; MiB beyond the baseline, CPU seconds, and the loss for comparison."""
    Path("/proc/self/oom_score_adj").write_text("1000")
    import torch
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.set_num_threads(1)
    torch.manual_seed(0)
    shape = {"vocab_size": args.vocab, "hidden_size": args.hidden, "intermediate_size": 2 * args.hidden, "num_hidden_layers": 2}
    heads = {"num_attention_heads": 2, "num_key_value_heads": 2, "tie_word_embeddings": True}
    model = Qwen2ForCausalLM(Qwen2Config(**shape, **heads, max_position_embeddings=2 * args.tokens))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    step = full_logits if args.way == "full logits" else in_chunks
    ids = torch.randint(0, args.vocab, (args.rows, args.tokens + 1))
    one(model, optimizer, step, ids[:2, :3])
    baseline, used = peak_mib(), cpu_s()
    loss = one(model, optimizer, step, ids)
    return {"MiB": peak_mib() - baseline, "baseline MiB": baseline, "CPU s": cpu_s() - used, "loss": loss}


def one(model, optimizer, step, ids):
    """An optimiser step on the mean log-probability of every token after a row's first."""
    optimizer.zero_grad(set_to_none=True)
    loss = step(model, ids)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def in_chunks(model, ids):
    """As the trainer does it."""
    from prorl_trainer.scoring import score

    rows = ids.tolist()
    options = {"temperature": 1.0, "pad_id": 0, "need_entropy": True, "entropy_grad": False, "grad": True}
    return -score(model, [r[:1] for r in rows], [r[1:] for r in rows], **options).logp_BT.mean()


def full_logits(model, ids):
    """From the logits of all rows at once."""
    import torch

    logp = model(input_ids=ids[:, :-1], use_cache=False).logits.log_softmax(-1)
    with torch.no_grad():
        for row in logp:
            -(row.exp() * row).sum(-1)
    return -logp.gather(-1, ids[:, 1:, None]).mean()


def peak_mib() -> float:
    """Peak resident memory of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB


def available_mib() -> float:
    """What the machine can give."""
    lines = dict(line.split(":") for line in Path("/proc/meminfo").read_text().splitlines())
    return int(lines["MemAvailable"].split()[0]) / 1024


def main() -> None:
    """Print the table."""
    parser = arguments(__doc__)
    for name, default in (("rows", 8), ("tokens", 1024), ("vocab", 151_936), ("hidden", 64)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.way:
        print(json.dumps(update(args)))
        return
    needed = args.rows * args.tokens * args.vocab * BYTES_A_LOGIT / MIB
    if needed > available_mib():
        sys.exit(f"the full logits need about {needed:,.0f} MiB and {available_mib():,.0f} are free: take fewer --rows or --tokens")
    size = [f"--{name}={getattr(args, name)}" for name in ("rows", "tokens", "vocab", "hidden")]
    found = {
        way: json.loads(subprocess.run([sys.executable, __file__, "--way", way, *size], check=True, capture_output=True, text=True).stdout)
        for way in WAYS
    }
    assert abs(found[WAYS[0]]["loss"] - found[WAYS[1]]["loss"]) < 1e-4, found
    whole = found[WAYS[0]]["MiB"]
    table = [
        {
            "one update": way,
            "baseline MiB": f["baseline MiB"],
            "peak MiB beyond it": f["MiB"],
            "of full logits": f["MiB"] / whole,
            "CPU s": f["CPU s"],
        }
        for way, f in found.items()
    ]
    show({f"{args.rows} x {args.tokens:,} tokens, vocabulary {args.vocab:,}, hidden {args.hidden}": table}, as_json=args.json)


if __name__ == "__main__":
    main()
