"""A Unicode text space. Gymnasium's own `Text` refuses every character outside a fixed set; model text has no such set."""

from typing import Any

import numpy as np
from gymnasium import spaces

_ALPHABET = "abcdefghijklmnopqrstuvwxyz 0123456789äéßπ√→≤中字🙂\n{}\\"


class UnicodeText(spaces.Space[str]):
    """All texts of at most `max_length` characters. Samples mix ASCII with other scripts, on purpose."""

    def __init__(self, max_length: int = 1_000_000, *, seed: int | np.random.Generator | None = None) -> None:
        if max_length < 1:
            raise ValueError(f"max_length is at least 1; got {max_length}")
        self.max_length = max_length
        super().__init__(dtype=str, seed=seed)

    def sample(self, mask: Any = None, probability: Any = None) -> str:
        """A random text of up to 32 characters; masks do not apply."""
        length = int(self.np_random.integers(1, min(self.max_length, 32) + 1))
        return "".join(_ALPHABET[i] for i in self.np_random.integers(0, len(_ALPHABET), length))

    def contains(self, x: Any) -> bool:
        """True for every `str` that is short enough."""
        return isinstance(x, str) and len(x) <= self.max_length

    @property
    def is_np_flattenable(self) -> bool:
        """Text has no fixed-size array form."""
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UnicodeText) and other.max_length == self.max_length

    def __hash__(self) -> int:
        return hash((UnicodeText, self.max_length))

    def __repr__(self) -> str:
        return f"UnicodeText({self.max_length})"
