"""Infinite task streams whose splits are disjoint by construction.

An item's seed is a hash of (env, split, difficulty, index, attempt), and a drawn problem belongs to a split by the hash of its own
content: the stream of a split draws until a problem falls into that split. So no problem of the training stream can appear in the
test stream, also where the whole space has only a few hundred problems and every one of them is drawn many times.
"""

import hashlib
import random
from collections.abc import Callable

from prorl_gym.errors import SplitError
from prorl_gym.types import SPLITS, Draft, content_hash

SHARES = {"train": 0.70, "validation": 0.15, "test": 0.15}
"""The share of all problems that belongs to each split."""
MAX_ATTEMPTS = 400


def split_of(env_id: str, draft: Draft) -> str:
    """The split that a problem belongs to, by the hash of its `key` (default: question and answer)."""
    key = (draft.question, draft.answer) if draft.key is None else draft.key
    place = int(content_hash("split", env_id, key), 16) / 2**64
    for name in SPLITS:
        place -= SHARES[name]
        if place < 0:
            return name
    return SPLITS[-1]


def item_seed(env_id: str, split: str, difficulty: int, index: int, attempt: int) -> int:
    """The 128-bit seed of one attempt at one item; the same on every machine."""
    text = f"{env_id}\0{split}\0{difficulty}\0{index}\0{attempt}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest(), "big")


def draw(make: Callable[[random.Random, int], Draft], *, env_id: str, split: str, difficulty: int, index: int) -> Draft:
    """Item `index` of the stream: the first drawn problem that belongs to `split`.

    Raises SplitError where none does within the bound, which means that the space of problems is tiny.
    """
    for attempt in range(MAX_ATTEMPTS):
        draft = make(random.Random(item_seed(env_id, split, difficulty, index, attempt)), difficulty)
        if split_of(env_id, draft) == split:
            return draft
    raise SplitError(
        f"{env_id} at difficulty {difficulty} gave no problem of the split {split!r} in {MAX_ATTEMPTS} draws: "
        "its space of problems is too small to be split; give it more variety or a coarser `key`"
    )
