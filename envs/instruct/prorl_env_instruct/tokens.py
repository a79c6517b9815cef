"""Tokens: words and marks apart, by frozen rules in the manner of the Penn Treebank, as the published checks cut them.

Brackets, double quotes and `; @ # $ % & * ? !`, dashes and ellipses are tokens; commas and colons too unless a digit follows; the full stop at a
sentence's end is one, others stay with their word (`U.S.`). English contractions fall in two (`can't` is `ca` and `n't`).
"""

import functools
import re

from prorl_env_instruct.sentences import sentences_of

_CUT = re.compile(r"(\.{2,}|--|''|``|[\[\](){}<>\";@#$%&*?!«»“”‘’„`\u2012-\u2015]|[,:](?=\D|$))")
_FINAL_STOP = re.compile(r"(?<=[^.])\.(?=[\])}>\"'»”’ ]*$)")
_ENDINGS = ("n't", "'ll", "'re", "'ve", "'s", "'m", "'d")
_PAIRS = {"cannot": 3, "gonna": 3, "gotta": 3, "lemme": 3, "gimme": 3, "wanna": 3, "'tis": 2, "'twas": 2}
"""Words that fall in two after that many characters."""
_CLITICS = frozenset(("re", "ve", "ll", "m", "t", "s", "d", "n"))


@functools.lru_cache(maxsize=8)
def tokens_of(text: str) -> tuple[str, ...]:
    """The tokens of all sentences, in order."""
    return tuple(token for sentence in sentences_of(text) for token in _sentence_tokens(sentence))


def word_tokens(text: str) -> list[str]:
    """The tokens that hold a letter or a digit."""
    return [token for token in tokens_of(text) if any(c.isalnum() for c in token)]


def _sentence_tokens(sentence: str) -> list[str]:
    if len(sentence) == 1:
        return [sentence]
    out: list[str] = []
    for chunk in _FINAL_STOP.sub(" . ", sentence).split():
        for part in _CUT.split(chunk):
            if part:
                out.extend(_divided(part))
    return out


def _divided(token: str) -> list[str]:
    """The token without its quotes and in two where it is a contraction."""
    low = token.lower()
    if low in _PAIRS:
        return [token[: _PAIRS[low]], token[_PAIRS[low] :]]
    if len(token) > 1 and token[0] == "'" and low[1:] not in _CLITICS:
        return ["'", *_divided(token[1:])]
    for ending in _ENDINGS:
        if low.endswith(ending) and len(token) > len(ending):
            return [token[: -len(ending)], token[-len(ending) :]]
    if len(token) > 1 and token[-1] == "'" and token[-2] != "'":
        return [token[:-1], "'"]
    return [token]
