"""Own kinds about the words of a text: how many, in which order, with which letters."""

from collections.abc import Callable
from itertools import pairwise
from random import Random
from typing import Any

from prorl_env_instruct.kind import Kind, Kwargs, KwargsError, number, word
from prorl_env_instruct.segments import words_of
from prorl_env_instruct.sentences import sentences_of
from prorl_env_instruct.vocabulary import COMMON_LETTERS, LONG, SHORT, fillers, join

_START_LETTERS = "bcfhlmnprs"


def in_range(text: str, kwargs: Kwargs) -> bool:
    """Whether the number of words lies within `min_words` and `max_words`."""
    low, high = number(kwargs, "min_words"), number(kwargs, "max_words")
    if low > high:
        raise KwargsError(f"'min_words' must not exceed 'max_words'; got {low} and {high}")
    return low <= len(words_of(text)) <= high


def _resize(text: str, low: int, high: int) -> str:
    have = len(words_of(text))
    if have > high:
        kept = text.split()
        while kept and len(words_of(" ".join(kept))) > high:
            kept.pop()
        return " ".join(kept)
    return join(text, *fillers(low - have))


def sample_range(rng: Random, level: int) -> dict[str, Any]:
    """Bounds for a number of words."""
    low = rng.randint(3, 8 + 4 * level)
    return {"min_words": low, "max_words": low + rng.randint(1, 5 - level)}


def _different(text: str) -> int:
    return len({w.lower() for w in words_of(text)})


def _add_different(text: str, kwargs: Kwargs) -> str:
    have = {w.lower() for w in words_of(text)}
    fresh = [w for w in (*SHORT, *LONG) if w not in have]
    return join(text, *fresh[: max(0, number(kwargs, "num_words") - len(have))])


def _drop_repeats(text: str, kwargs: Kwargs) -> str:
    found = [w.lower() for w in words_of(text)]
    if len(set(found)) == len(found) >= number(kwargs, "num_words"):
        return text
    kept: list[str] = []
    seen: set[str] = set()
    for token in text.split():
        mine = [w.lower() for w in words_of(token)]
        if len(set(mine)) == len(mine) and not seen & set(mine):
            kept.append(token)
            seen.update(mine)
    return _add_different(" ".join(kept), kwargs)


def _letter(kwargs: Kwargs) -> str:
    letter = word(kwargs, "letter").strip().lower()
    if len(letter) != 1 or not letter.isalpha():
        raise KwargsError(f"'letter' must be one letter; got {letter!r}")
    return letter


def _all_start(text: str, kwargs: Kwargs) -> bool:
    letter, found = _letter(kwargs), words_of(text)
    return len(found) >= number(kwargs, "num_words") and bool(found) and all(w.lower().startswith(letter) for w in found)


def _make_all_start(text: str, kwargs: Kwargs) -> str:
    letter = _letter(kwargs)
    kept = [t for t in text.split() if words_of(t) and all(w.lower().startswith(letter) for w in words_of(t))]
    pool = [w for w in (*SHORT, *LONG) if w.startswith(letter)] or [letter]
    missing = max(1, number(kwargs, "num_words")) - len(words_of(" ".join(kept)))
    return join(*kept, *[pool[i % len(pool)] for i in range(max(0, missing))])


def _sentences_start(text: str, kwargs: Kwargs) -> bool:
    letter, found = _letter(kwargs), sentences_of(text)
    starts = [words_of(s)[:1] for s in found]
    return len(found) >= number(kwargs, "num_sentences") and all(s and s[0].lower().startswith(letter) for s in starts)


def _make_sentences_start(text: str, kwargs: Kwargs) -> str:
    letter = _letter(kwargs)
    first = next((w for w in SHORT if w.startswith(letter)), letter).capitalize()
    have = [*sentences_of(text)]
    have += ["it is here."] * max(0, number(kwargs, "num_sentences") - len(have))
    closed = [s if s[-1] in ".!?" else s + "." for s in have]
    return " ".join(s if words_of(s)[:1] and words_of(s)[0].lower().startswith(letter) else f"{first} {s}" for s in closed)


def _without(text: str, kwargs: Kwargs) -> str:
    letter = _letter(kwargs)
    if letter not in text.lower() and len(words_of(text)) >= number(kwargs, "num_words") > 0:
        return text
    kept = [w for w in text.split() if letter not in w.lower()]
    return join(*kept, *fillers(max(0, max(1, number(kwargs, "num_words")) - len(words_of(" ".join(kept)))), avoid=letter))


def _lacks(text: str, kwargs: Kwargs) -> bool:
    return len(words_of(text)) >= max(1, number(kwargs, "num_words")) and _letter(kwargs) not in text.lower()


def _ordered(values: list[Any]) -> bool:
    return all(a <= b for a, b in pairwise(values))


def _sorted(text: str, kwargs: Kwargs) -> bool:
    found = [w.lower() for w in words_of(text)]
    return len(found) >= max(2, number(kwargs, "num_words")) and _ordered(found)


def _rising(text: str, kwargs: Kwargs) -> bool:
    found = [len(w) for w in words_of(text)]
    return len(found) >= max(2, number(kwargs, "num_words")) and _ordered(found)


def _padded(text: str, kwargs: Kwargs) -> list[str]:
    have = text.split()
    return have + fillers(max(0, max(2, number(kwargs, "num_words")) - len(words_of(text))))


def _reordered(text: str, kwargs: Kwargs, key: Callable[[str], Any]) -> str:
    found = words_of(text)
    if len(found) >= max(2, number(kwargs, "num_words")) and found == sorted(found, key=key):
        return text
    return " ".join(sorted(_padded(text, kwargs), key=key))


def _short_enough(text: str, kwargs: Kwargs) -> bool:
    found, most = words_of(text), number(kwargs, "max_letters")
    return len(found) >= number(kwargs, "num_words") and bool(found) and max(map(len, found)) <= most


def _shorten(text: str, kwargs: Kwargs) -> str:
    most = number(kwargs, "max_letters")
    if len(words_of(text)) >= number(kwargs, "num_words") > 0 and not any(len(w) > most for w in words_of(text)):
        return text
    kept = [t for t in text.split() if all(len(w) <= most for w in words_of(t))]
    pool = [w for w in SHORT if len(w) <= most] or ["a"]
    return join(*kept, *[pool[i % len(pool)] for i in range(max(0, number(kwargs, "num_words") - len(words_of(" ".join(kept)))))])


def _least(rng: Random, level: int) -> int:
    return rng.randint(3, 4 + 2 * level)


KINDS = (
    Kind(
        id="prorl:word_range",
        summary="has a number of words within bounds",
        kwargs=("min_words", "max_words"),
        check=in_range,
        full=lambda k: f"Write between {k['min_words']} and {k['max_words']} words.",
        terse=lambda k: f"{k['min_words']}-{k['max_words']} words",
        sample=sample_range,
        edit=lambda text, k: _resize(text, number(k, "min_words"), number(k, "max_words")),
        stage=3,
        spoil=lambda text, k: join(text, *fillers(number(k, "max_words") + 1 - len(words_of(text)))),
        group="words",
    ),
    Kind(
        id="prorl:exact_words",
        summary="has exactly a number of words",
        kwargs=("num_words",),
        check=lambda text, k: len(words_of(text)) == number(k, "num_words"),
        full=lambda k: f"Write exactly {k['num_words']} words.",
        terse=lambda k: f"{k['num_words']} words",
        sample=lambda rng, level: {"num_words": rng.randint(2, 6 + 4 * level)},
        edit=lambda text, k: _resize(text, number(k, "num_words"), number(k, "num_words")),
        stage=3,
        spoil=lambda text, k: join(text, "sun"),
        group="words",
    ),
    Kind(
        id="prorl:different_words",
        summary="has at least a number of different words",
        kwargs=("num_words",),
        check=lambda text, k: _different(text) >= number(k, "num_words"),
        full=lambda k: f"Use at least {k['num_words']} different words.",
        terse=lambda k: f"different words>={k['num_words']}",
        sample=lambda rng, level: {"num_words": rng.randint(4, 8 + 4 * level)},
        edit=_add_different,
        stage=3,
        spoil=lambda text, k: " ".join([*fillers(number(k, "num_words") - 1), *fillers(1)]),
        group="words",
    ),
    Kind(
        id="prorl:no_repeated_word",
        summary="repeats no word, and has at least a number of them",
        kwargs=("num_words",),
        check=lambda text, k: len(words_of(text)) == _different(text) >= max(1, number(k, "num_words")),
        full=lambda k: f"Write at least {k['num_words']} words and use no word twice.",
        terse=lambda k: f"words>={k['num_words']},none twice",
        sample=lambda rng, level: {"num_words": rng.randint(3, 6 + 4 * level)},
        edit=_drop_repeats,
        stage=4,
        spoil=lambda text, k: join(text, words_of(text)[0]),
        group="words",
    ),
    Kind(
        id="prorl:word_start_letter",
        summary="has at least a number of words, all of which start with a letter",
        kwargs=("letter", "num_words"),
        check=_all_start,
        full=lambda k: f'Write at least {k["num_words"]} words; every word must start with the letter "{k["letter"]}".',
        terse=lambda k: f"words>={k['num_words']} all {k['letter']}-",
        sample=lambda rng, level: {"letter": rng.choice(_START_LETTERS), "num_words": _least(rng, level)},
        edit=_make_all_start,
        stage=4,
        spoil=lambda text, k: join(text, "moon" if _letter(k) == "s" else "sun"),
        group="vocabulary",
    ),
    Kind(
        id="prorl:sentence_start_letter",
        summary="has at least a number of sentences, all of which start with a letter",
        kwargs=("letter", "num_sentences"),
        check=_sentences_start,
        full=lambda k: f'Write at least {k["num_sentences"]} sentences; every sentence must start with the letter "{k["letter"]}".',
        terse=lambda k: f"sentences>={k['num_sentences']} all {k['letter']}-",
        sample=lambda rng, level: {"letter": rng.choice(_START_LETTERS), "num_sentences": rng.randint(2, 3 + level)},
        edit=_make_sentences_start,
        stage=5,
        spoil=lambda text, k: join("Moon is up." if _letter(k) == "s" else "Sun is up.", text),
        group="sentences",
    ),
    Kind(
        id="prorl:no_letter",
        summary="has at least a number of words and nowhere a letter",
        kwargs=("letter", "num_words"),
        check=_lacks,
        full=lambda k: f'Write at least {k["num_words"]} words without ever using the letter "{k["letter"]}".',
        terse=lambda k: f"words>={k['num_words']} no {k['letter']}",
        sample=lambda rng, level: {"letter": rng.choice(COMMON_LETTERS), "num_words": _least(rng, level)},
        edit=_without,
        stage=5,
        spoil=lambda text, k: join(text, _letter(k)),
        group="letter",
    ),
    Kind(
        id="prorl:sorted_words",
        summary="has at least a number of words, in alphabetical order",
        kwargs=("num_words",),
        check=_sorted,
        full=lambda k: f"Write at least {k['num_words']} words, all in alphabetical order from the first to the last.",
        terse=lambda k: f"words>={k['num_words']} sorted",
        sample=lambda rng, level: {"num_words": _least(rng, level)},
        edit=lambda text, k: _reordered(text, k, str.lower),
        stage=5,
        spoil=lambda text, k: join(text, "b a"),
        group="vocabulary",
    ),
    Kind(
        id="prorl:rising_lengths",
        summary="has at least a number of words, none shorter than the one before",
        kwargs=("num_words",),
        check=_rising,
        full=lambda k: f"Write at least {k['num_words']} words, none of them shorter than the word before it.",
        terse=lambda k: f"words>={k['num_words']} lengths rise",
        sample=lambda rng, level: {"num_words": _least(rng, level)},
        edit=lambda text, k: _reordered(text, k, len),
        stage=5,
        spoil=lambda text, k: join(text, "ab a"),
        group="vocabulary",
    ),
    Kind(
        id="prorl:max_word_length",
        summary="has at least a number of words, none longer than a number of letters",
        kwargs=("max_letters", "num_words"),
        check=_short_enough,
        full=lambda k: f"Write at least {k['num_words']} words, none of them longer than {k['max_letters']} letters.",
        terse=lambda k: f"words>={k['num_words']} len<={k['max_letters']}",
        sample=lambda rng, level: {"max_letters": rng.randint(3, 5), "num_words": _least(rng, level)},
        edit=_shorten,
        stage=4,
        spoil=lambda text, k: join(text, "x" * (number(k, "max_letters") + 1)),
        group="length",
    ),
)
