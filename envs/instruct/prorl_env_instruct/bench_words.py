"""Kinds of the IFBench family about single words and sentences: their letters, lengths, places and how they follow each other."""

import re
from itertools import pairwise

from prorl_env_instruct.bench import bench_kind
from prorl_env_instruct.bench_counts import occurrences
from prorl_env_instruct.bench_data import NO_VERBS_IN_ING, VERB_FORMS, VERBS
from prorl_env_instruct.kind import Kwargs, KwargsError, number, word
from prorl_env_instruct.segments import PUNCTUATION, bare, trimmed
from prorl_env_instruct.sentences import sentences_of
from prorl_env_instruct.syllables import num_syllables
from prorl_env_instruct.tokens import tokens_of, word_tokens
from prorl_env_instruct.vocabulary import SHORT, fillers

_CLUSTER = re.compile(r"[bcdfghjklmnpqrstvwxyz]{2}")
_PRIMES = frozenset(n for n in range(2, 100) if all(n % d for d in range(2, n)))
_MARGIN = PUNCTUATION + " "


def _alphabetic(text: str, kwargs: Kwargs) -> bool:
    found = [ord(w[0]) - ord("a") for w in bare(text)]
    return bool(found) and all(0 <= i < 26 for i in found) and all(b == (a + 1) % 26 for a, b in pairwise(found))


def _few_vowels(text: str, kwargs: Kwargs) -> bool:
    return "\n" not in text.strip() and len(set("aeiou") & set(text.lower())) <= 3


def starts_with_verb(text: str) -> bool:
    """Whether the first word is a verb, as far as a word list and the endings -ing and -ed tell."""
    first = next(iter(tokens_of(text[:1000])), "").lower()
    if first in VERBS or first in VERB_FORMS:
        return True
    if first.endswith("ing") and len(first) > 4:
        return first not in NO_VERBS_IN_ING
    endings = ("s", "es") if first.endswith("eed") else ("s", "es", "ed", "d")
    return len(first) > 3 and any(first.endswith(ending) and first.removesuffix(ending) in VERBS for ending in endings)


def _alternates(text: str, kwargs: Kwargs) -> bool:
    return all(num_syllables(a) % 2 != num_syllables(b) % 2 for a, b in pairwise(bare(text)))


def _chained(text: str, kwargs: Kwargs) -> bool:
    for before, after in pairwise(sentences_of(text)):
        last, first = before.rstrip(_MARGIN).split()[-1:], after.lstrip(_MARGIN).split()[:1]
        if not last or [w.lower() for w in last] != [w.lower() for w in first]:
            return False
    return True


def _framed(text: str, kwargs: Kwargs) -> bool:
    paragraphs = [trimmed(p.strip().lower()).split() for p in text.split("\n")]
    return all(p[0] == p[-1] for p in paragraphs if p)


def _place(kwargs: Kwargs, name: str) -> int:
    place = number(kwargs, name)
    if place < 1:
        raise KwargsError(f"{name!r} counts from 1; got {place}")
    return place


def _positioned(text: str, kwargs: Kwargs) -> bool:
    nth, mth, wanted = _place(kwargs, "n"), _place(kwargs, "m"), word(kwargs, "keyword").strip().lower()
    found = [word_tokens(s) for s in sentences_of(text)[nth - 1 : nth]]
    return any(w.lower() == wanted for words in found for w in words[mth - 1 : mth])


def _second(text: str, kwargs: Kwargs) -> bool:
    found, wanted = word_tokens(text), word(kwargs, "keyword").strip().lower()
    return len(found) > 1 and found[1].lower() == found[-2].lower() == wanted


def _sentence_has(text: str, kwargs: Kwargs) -> bool:
    nth, wanted = _place(kwargs, "N"), word(kwargs, "word").strip()
    return any(occurrences(s, wanted) for s in sentences_of(text)[nth - 1 : nth])


def _incremented(text: str, kwargs: Kwargs) -> bool:
    counts, step = [len(bare(s)) for s in sentences_of(text)], number(kwargs, "small_n")
    return all(b - a == step for a, b in pairwise(counts))


def _alliteration(sentence: str) -> int:
    """How many words stand in runs of words with one first letter."""
    initials = [w[0] for w in (piece.lstrip(_MARGIN) for piece in sentence.lower().split()) if w]
    same = [False, *(a == b for a, b in pairwise(initials)), False]
    return sum(a or b for a, b in pairwise(same))


def _alliterates_more(text: str, kwargs: Kwargs) -> bool:
    return all(a < b for a, b in pairwise(map(_alliteration, sentences_of(text))))


KINDS = (
    bench_kind(
        "words:alphabet",
        "has words that start with the letters of the alphabet in turn, from any letter on",
        check=_alphabetic,
        full=lambda k: "Each word must start with the next letter of the alphabet, back to A after Z.",
        terse=lambda k: "words a- b- c-",
        example=lambda k: "ant bat cat dog",
    ),
    bench_kind(
        "words:consonants",
        "has two consonants in a row in every word",
        check=lambda text, k: all(_CLUSTER.search(w) for w in text.lower().split()),
        full=lambda k: "Each word must have at least two consonants in a row.",
        terse=lambda k: "2 consonants in each word",
        example=lambda k: "fish star wind",
    ),
    bench_kind(
        "words:palindrome",
        "has at least ten palindromes of five letters or more",
        check=lambda text, k: sum(len(w) >= 5 and w == w[::-1] for w in bare(text)) >= 10,
        full=lambda k: "Include at least ten palindromes of five letters or more, each a single word.",
        terse=lambda k: "10 palindromes len>=5",
        example=lambda k: "level radar civic kayak refer stats madam rotor solos racecar",
    ),
    bench_kind(
        "words:prime_lengths",
        "has only words whose lengths are prime numbers",
        check=lambda text, k: bool(bare(text)) and {len(w) for w in bare(text)} <= _PRIMES,
        full=lambda k: "Use only words whose lengths are prime numbers.",
        terse=lambda k: "prime word lengths",
        example=lambda k: "the cat sat",
    ),
    bench_kind(
        "words:start_verb",
        "starts with a verb",
        check=lambda text, k: starts_with_verb(text),
        full=lambda k: "The answer must start with a verb.",
        terse=lambda k: "start with verb",
        example=lambda k: "Write it down.",
    ),
    bench_kind(
        "words:odd_even_syllables",
        "alternates between words of odd and of even numbers of syllables",
        check=_alternates,
        full=lambda k: "Alternate between words with odd and with even numbers of syllables.",
        terse=lambda k: "syllables odd even odd",
        example=lambda k: "sun yellow moon garden",
    ),
    bench_kind(
        "words:no_consecutive",
        "has no two words in a row with the same first letter",
        check=lambda text, k: all(a[0] != b[0] for a, b in pairwise(bare(text))),
        full=lambda k: "No two words in a row may start with the same letter.",
        terse=lambda k: "no ab ac in a row",
        example=lambda k: "sun moon star",
    ),
    bench_kind(
        "words:vowel",
        "is one line with at most three of the five vowels",
        check=_few_vowels,
        full=lambda k: "Write one paragraph of words that hold only three kinds of vowels in all.",
        terse=lambda k: "only 3 vowels",
        example=lambda k: "a cat is in",
    ),
    bench_kind(
        "words:last_first",
        "starts each sentence with the word that ended the one before",
        check=_chained,
        full=lambda k: "The last word of each sentence must be the first word of the next.",
        terse=lambda k: "last word=next first",
        example=lambda k: "See the sun. Sun is up.",
    ),
    bench_kind(
        "words:paragraph_last_first",
        "ends each paragraph with the word that started it",
        check=_framed,
        full=lambda k: "Each paragraph must end with the word that it started with.",
        terse=lambda k: "para last=first",
        example=lambda k: "Sun is the sun.",
    ),
    bench_kind(
        "words:keywords_specific_position",
        "has a keyword as the m-th word of the n-th sentence",
        ("keyword", "n", "m"),
        check=_positioned,
        full=lambda k: f'Word {k["m"]} of sentence {k["n"]} must be "{k["keyword"]}".',
        terse=lambda k: f"s{k['n']} w{k['m']}={k['keyword']}",
        sample=lambda rng, level: {"keyword": rng.choice(SHORT), "n": rng.randint(1, 3), "m": rng.randint(1, 4)},
        example=lambda k: "Sun. " * (k["n"] - 1) + " ".join([*fillers(k["m"] - 1), k["keyword"]]) + ".",
    ),
    bench_kind(
        "words:words_position",
        "has a keyword as its second and its second to last word",
        ("keyword",),
        check=_second,
        full=lambda k: f'The second word and the second to last word must be "{k["keyword"]}".',
        terse=lambda k: f"2nd, 2nd last={k['keyword']}",
        sample=lambda rng, level: {"keyword": rng.choice(SHORT)},
        example=lambda k: f"A {k['keyword']} is",
    ),
    bench_kind(
        "sentence:keyword",
        "has a word in its N-th sentence",
        ("word", "N"),
        check=_sentence_has,
        full=lambda k: f'Sentence {k["N"]} must contain the word "{k["word"]}".',
        terse=lambda k: f"s{k['N']} has {k['word']}",
        sample=lambda rng, level: {"word": rng.choice(SHORT), "N": rng.randint(1, 4)},
        example=lambda k: "Yes. " * (k["N"] - 1) + f"A {k['word']}.",
    ),
    bench_kind(
        "sentence:alliteration_increment",
        "has more words in alliterations in each sentence than in the one before",
        check=_alliterates_more,
        full=lambda k: "Each sentence must have a longer sequence of words in a row with the same first letter than the one before.",
        terse=lambda k: "alliteration grows by sentence",
        example=lambda k: "The sun is up. The big bear eats. The big bold bear eats.",
    ),
    bench_kind(
        "sentence:increment",
        "has a number of words more in each sentence than in the one before",
        ("small_n",),
        check=_incremented,
        full=lambda k: f"Each sentence must have exactly {k['small_n']} words more than the one before.",
        terse=lambda k: f"each sentence +{k['small_n']} words",
        sample=lambda rng, level: {"small_n": rng.randint(1, 3)},
        example=lambda k: f"Sun. {' '.join(fillers(k['small_n'] + 1))}.",
    ),
)
