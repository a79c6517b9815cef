"""The published `length_constraints:` kinds: how many words, sentences and paragraphs."""

import re
from itertools import pairwise
from random import Random
from typing import Any

from prorl_env_instruct.kind import LEAST, LESS, Kind, Kwargs, KwargsError, compares, number, sign, word
from prorl_env_instruct.segments import words_of
from prorl_env_instruct.sentences import sentences_of
from prorl_env_instruct.vocabulary import SHORT, fillers, join

_STARS = re.compile(r"\s?\*\*\*\s?")
_PUNCTUATION = ".,?!'\""


def _sentences(text: str, kwargs: Kwargs) -> bool:
    return compares(len(sentences_of(text)), kwargs, "relation", "num_sentences")


def _make_sentences(text: str, kwargs: Kwargs) -> str:
    wanted, have = number(kwargs, "num_sentences"), sentences_of(text)
    if kwargs["relation"] == LESS:
        return " ".join(s.rstrip(".!?") for s in have) + "." if have else "It rains."
    if len(have) >= wanted:
        return text
    body = [s if s[-1] in ".!?" else s + "." for s in have]
    return join(*body, *[f"The {w} is here." for w in fillers(wanted - len(body))])


def _spoil_sentences(text: str, kwargs: Kwargs) -> str:
    limit = number(kwargs, "num_sentences")
    return " ".join(["It rains."] * (limit - 1)) if kwargs["relation"] == LEAST else join(text, *["It rains."] * limit)


def _words(text: str, kwargs: Kwargs) -> bool:
    return compares(len(words_of(text)), kwargs, "relation", "num_words")


def _make_words(text: str, kwargs: Kwargs) -> str:
    wanted = number(kwargs, "num_words")
    if kwargs["relation"] == LESS:
        return text if text.strip() and _words(text, kwargs) else (" ".join(text.split()[: max(1, wanted - 1)]) or "sun")
    return join(text, *fillers(max(0, wanted - len(words_of(text)))))


def _spoil_words(text: str, kwargs: Kwargs) -> str:
    limit, found = number(kwargs, "num_words"), words_of(text)
    return " ".join(found[: limit - 1]) if kwargs["relation"] == LEAST else join(text, *fillers(max(0, limit - len(found))))


def _sample_words(rng: Random, level: int) -> dict[str, Any]:
    less = rng.random() < 0.3
    return {"num_words": rng.randint(8, 20) if less else rng.randint(5, 10 + 10 * level), "relation": LESS if less else LEAST}


def _paragraphs(text: str, kwargs: Kwargs) -> bool:
    parts = _STARS.split(text)
    if any(not p.strip() for p in parts[1:-1]):
        return False
    return sum(bool(p.strip()) for p in parts) == number(kwargs, "num_paragraphs")


def _make_paragraphs(text: str, kwargs: Kwargs) -> str:
    wanted = number(kwargs, "num_paragraphs")
    have = [part.strip() for part in text.split("***")]
    return text if all(have) and len(have) == wanted else "\n***\n".join(_spread(text, wanted))


def _first_word(text: str, kwargs: Kwargs) -> bool:
    parts, nth = text.split("\n\n"), number(kwargs, "nth_paragraph")
    count = sum(bool(p.strip()) for p in parts)
    wanted, total = word(kwargs, "first_word").lower(), number(kwargs, "num_paragraphs")
    if not 1 <= nth <= total:
        raise KwargsError(f"'nth_paragraph' must lie between 1 and 'num_paragraphs'; got {nth} and {total}")
    if nth > count or not parts[nth - 1].strip():
        return False
    return count == total and _leading(parts[nth - 1].split(maxsplit=1)[0]) == wanted


def _leading(token: str) -> str:
    """The token's letters up to its first punctuation mark, in lower case, opening quotes aside."""
    token = token.lstrip("'").lstrip('"')
    end = next((i for i, c in enumerate(token) if c in _PUNCTUATION), len(token))
    return token[:end].lower()


def _make_first_word(text: str, kwargs: Kwargs) -> str:
    parts = _spread(text, number(kwargs, "num_paragraphs"))
    nth = number(kwargs, "nth_paragraph") - 1
    parts[nth] = f"{kwargs['first_word']} {parts[nth]}"
    return "\n\n".join(parts)


def _spread(text: str, parts: int) -> list[str]:
    """The text's words in that many parts, in order, none empty."""
    parts, have = max(1, parts), text.replace("***", " ").split()
    have += fillers(max(0, parts - len(have)))
    cuts = [len(have) * i // parts for i in range(parts + 1)]
    return [" ".join(have[a:b]) for a, b in pairwise(cuts)]


def _sample_first_word(rng: Random, level: int) -> dict[str, Any]:
    total = rng.randint(2, 2 + level)
    return {"num_paragraphs": total, "nth_paragraph": rng.randint(1, total), "first_word": rng.choice(SHORT)}


KINDS = (
    Kind(
        id="length_constraints:number_sentences",
        summary="has at least, or less than, a number of sentences",
        kwargs=("num_sentences", "relation"),
        check=_sentences,
        full=lambda k: f"Write {k['relation']} {k['num_sentences']} sentences.",
        terse=lambda k: f"sentences{sign(k, 'relation')}{k['num_sentences']}",
        sample=lambda rng, level: {"num_sentences": rng.randint(2, 4 + level), "relation": LEAST},
        edit=_make_sentences,
        stage=3,
        spoil=_spoil_sentences,
        group="sentences",
    ),
    Kind(
        id="length_constraints:number_paragraphs",
        summary="has exactly a number of paragraphs, separated by `***`",
        kwargs=("num_paragraphs",),
        check=_paragraphs,
        full=lambda k: f"Write exactly {k['num_paragraphs']} paragraphs, separated by a line of three asterisks: ***",
        terse=lambda k: f"{k['num_paragraphs']} parts by ***",
        sample=lambda rng, level: {"num_paragraphs": rng.randint(2, 3 + level)},
        edit=_make_paragraphs,
        stage=6,
        spoil=lambda text, k: f"{text}\n***\nsun",
        group="lines",
    ),
    Kind(
        id="length_constraints:number_words",
        summary="has at least, or less than, a number of words",
        kwargs=("num_words", "relation"),
        check=_words,
        full=lambda k: f"Answer with {k['relation']} {k['num_words']} words.",
        terse=lambda k: f"words{sign(k, 'relation')}{k['num_words']}",
        sample=_sample_words,
        edit=_make_words,
        stage=3,
        spoil=_spoil_words,
        group="words",
    ),
    Kind(
        id="length_constraints:nth_paragraph_first_word",
        summary="has exactly a number of paragraphs, separated by blank lines, one of which starts with a word",
        kwargs=("num_paragraphs", "nth_paragraph", "first_word"),
        check=_first_word,
        full=lambda k: (
            f"Write exactly {k['num_paragraphs']} paragraphs, separated by blank lines; "
            f'paragraph {k["nth_paragraph"]} must start with the word "{k["first_word"]}".'
        ),
        terse=lambda k: f"{k['num_paragraphs']} paras,#{k['nth_paragraph']} starts {k['first_word']}",
        sample=_sample_first_word,
        edit=_make_first_word,
        stage=6,
        spoil=lambda text, k: f"{text}\n\nsun",
        group="lines",
    ),
)
