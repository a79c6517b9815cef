"""The published `keywords:` kinds: which words and letters a text holds. Keywords are literal texts, never patterns."""

import re
from random import Random
from typing import Any

from prorl_env_instruct.kind import LEAST, LESS, Kind, Kwargs, KwargsError, compares, number, sign, word, words
from prorl_env_instruct.sentences import sentences_of
from prorl_env_instruct.vocabulary import COMMON_LETTERS, LONG, RARE_LETTERS, SHORT, distinct, fillers, join


def _has_all(text: str, kwargs: Kwargs) -> bool:
    low = text.lower()
    return all(k.lower() in low for k in words(kwargs, "keywords"))


def _add_all(text: str, kwargs: Kwargs) -> str:
    return join(text, *[k for k in words(kwargs, "keywords") if k.lower() not in text.lower()])


def masked(text: str, part: str) -> str:
    """The text with the last character of every occurrence of `part` blotted out, case aside."""
    return re.sub(re.escape(part), lambda m: m[0][:-1] + "_", text, flags=re.IGNORECASE)


def _sample_keywords(rng: Random, level: int) -> dict[str, Any]:
    return {"keywords": rng.sample(SHORT if level < 2 else LONG, rng.randint(1, 1 + level))}


def _count(text: str, kwargs: Kwargs) -> int:
    return text.lower().count(word(kwargs, "keyword").lower())


def _often(text: str, kwargs: Kwargs) -> bool:
    return compares(_count(text, kwargs), kwargs, "relation", "frequency")


def _make_often(text: str, kwargs: Kwargs) -> str:
    if kwargs["relation"] == LESS:
        low, keyword = kwargs["frequency"], kwargs["keyword"]
        return text if text.strip() and _count(text, kwargs) < low else " ".join(w for w in text.split() if keyword.lower() not in w.lower())
    return join(text, *[kwargs["keyword"]] * (number(kwargs, "frequency") - _count(text, kwargs)))


def _spoil_often(text: str, kwargs: Kwargs) -> str:
    keyword, limit = word(kwargs, "keyword"), number(kwargs, "frequency")
    if kwargs["relation"] == LESS:
        return join(text, *[keyword] * (limit - _count(text, kwargs)))
    return join(masked(text, keyword), *[keyword] * (limit - 1))


def _sample_often(rng: Random, level: int) -> dict[str, Any]:
    return {"keyword": rng.choice(SHORT), "frequency": rng.randint(2, 3 + level), "relation": LEAST}


def _has_none(text: str, kwargs: Kwargs) -> bool:
    return not any(re.search(rf"\b{re.escape(w)}\b", text, re.IGNORECASE) for w in words(kwargs, "forbidden_words"))


def _drop(text: str, kwargs: Kwargs) -> str:
    kept = text.split("\n")
    for bad in words(kwargs, "forbidden_words"):
        kept = [" ".join(w for w in line.split(" ") if bad.lower() not in w.lower()) for line in kept]
    text = "\n".join(kept)
    return text if text.strip() else next((w for w in fillers(60) if _has_none(w, kwargs)), "x")


def _letters(text: str, kwargs: Kwargs) -> int:
    letter = word(kwargs, "letter").strip()
    if len(letter) != 1:
        raise KwargsError(f"'letter' must be one character; got {letter!r}")
    return text.lower().count(letter.lower())


def _letter_often(text: str, kwargs: Kwargs) -> bool:
    return compares(_letters(text, kwargs), kwargs, "let_relation", "let_frequency")


def _make_letter_often(text: str, kwargs: Kwargs) -> str:
    letter, wanted = kwargs["letter"].lower(), number(kwargs, "let_frequency")
    if kwargs["let_relation"] == LESS:
        kept = text.split()
        while kept and _letters(" ".join(kept), kwargs) >= wanted:
            kept.remove(max(kept, key=lambda w: w.lower().count(letter)))
        return join(*kept) or fillers(1, avoid=letter)[0]
    pool = [w for w in (*SHORT, *LONG) if letter in w] or [letter]
    added: list[str] = []
    while _letters(join(text, *added), kwargs) < wanted:
        added.append(pool[len(added) % len(pool)])
    return join(text, *added)


def _spoil_letters(text: str, kwargs: Kwargs) -> str:
    letter, limit = word(kwargs, "letter").strip(), number(kwargs, "let_frequency")
    if kwargs["let_relation"] == LESS:
        return join(text, letter * limit)
    return join(masked(text, letter), letter * (limit - 1))


def _sample_letter(rng: Random, level: int) -> dict[str, Any]:
    return {
        "letter": rng.choice(COMMON_LETTERS if level < 3 else RARE_LETTERS),
        "let_frequency": rng.randint(3, 5 + 2 * level),
        "let_relation": LEAST,
    }


def _key_sentences(text: str, kwargs: Kwargs) -> bool:
    found = set(sentences_of(text))
    return sum(s.strip() in found for s in dict.fromkeys(words(kwargs, "key_sentences"))) == number(kwargs, "num_sentences")


def _sample_key_sentences(rng: Random, level: int) -> dict[str, Any]:
    given = [f"The {a} is near the {b}." for a, b in zip(distinct(rng, 3), distinct(rng, 3), strict=True)]
    return {"key_sentences": given, "num_sentences": rng.randint(1, 2)}


def _quoted(items: list[str]) -> str:
    return ", ".join(f'"{i}"' for i in items)


KINDS = (
    Kind(
        id="keywords:existence",
        summary="contains every keyword",
        kwargs=("keywords",),
        check=_has_all,
        full=lambda k: f"Use {'the word' if len(k['keywords']) == 1 else 'all of the words'} {_quoted(k['keywords'])}.",
        terse=lambda k: f"has {','.join(k['keywords'])}",
        sample=_sample_keywords,
        edit=_add_all,
        stage=2,
        spoil=lambda text, k: masked(text, words(k, "keywords")[0]),
        group="keyword",
    ),
    Kind(
        id="keywords:frequency",
        summary="contains a keyword at least, or less than, a number of times",
        kwargs=("keyword", "frequency", "relation"),
        check=_often,
        full=lambda k: f'The word "{k["keyword"]}" must appear {k["relation"]} {k["frequency"]} times.',
        terse=lambda k: f"{k['keyword']}{sign(k, 'relation')}{k['frequency']}",
        sample=_sample_often,
        edit=_make_often,
        stage=2,
        spoil=_spoil_often,
        group="frequency",
        role="short",
    ),
    Kind(
        id="keywords:forbidden_words",
        summary="contains none of the words",
        kwargs=("forbidden_words",),
        check=_has_none,
        full=lambda k: f"Do not use {'the word' if len(k['forbidden_words']) == 1 else 'any of the words'} {_quoted(k['forbidden_words'])}.",
        terse=lambda k: f"no {','.join(k['forbidden_words'])}",
        sample=lambda rng, level: {"forbidden_words": distinct(rng, 1 + level)},
        edit=_drop,
        stage=4,
        spoil=lambda text, k: join(text, words(k, "forbidden_words")[0]),
        group="forbidden",
    ),
    Kind(
        id="keywords:letter_frequency",
        summary="contains a letter at least, or less than, a number of times",
        kwargs=("letter", "let_frequency", "let_relation"),
        check=_letter_often,
        full=lambda k: f'The letter "{k["letter"]}" must appear {k["let_relation"]} {k["let_frequency"]} times.',
        terse=lambda k: f"letter {k['letter']}{sign(k, 'let_relation')}{k['let_frequency']}",
        sample=_sample_letter,
        edit=_make_letter_often,
        stage=2,
        spoil=_spoil_letters,
        group="letter",
    ),
    Kind(
        id="keywords:key_sentences",
        summary="contains exactly a number of the given sentences",
        kwargs=("key_sentences", "num_sentences"),
        check=_key_sentences,
        full=lambda k: f"Include exactly {k['num_sentences']} of these sentences: {' '.join(k['key_sentences'])}",
        terse=lambda k: f"{k['num_sentences']} of: {' '.join(k['key_sentences'])}",
        sample=_sample_key_sentences,
        edit=lambda text, k: " ".join(k["key_sentences"][: k["num_sentences"]]),
        stage=0,
        group="sentences",
        role="given",
    ),
)
