"""The filter of dynamic sampling: a step trains only on groups whose answers differ in reward.

Groups that are all right or all wrong carry no signal and are dropped (ProRL, arXiv 2505.24864, section 2; DAPO, arXiv 2503.14476, section
3.2). The filter reads the unshaped reward: shaping by length would give every group a spread. Late in a run about 41% of groups survive
at 16 answers each, so generation is budgeted beyond the need.
"""

import math
from collections.abc import Sequence


def has_spread(rewards: Sequence[float], *, eps: float = 0.01) -> bool:
    """Whether the graded rewards of a group (those that are not NaN, at least two) differ by more than `eps`.

    `eps` is not below the 0.01 that some scorers give to any non-empty answer: normalised by its own spread, a {0, 0.01} group would train
    as hard as a {0, 1} one. The mean does not matter: a group that is 0.5 throughout has no signal.
    """
    graded = [r for r in rewards if not math.isnan(r)]
    # A difference of exactly eps is no spread, however it is rounded.
    return len(graded) >= 2 and max(graded) - min(graded) > eps * (1.0 + 1e-9)
