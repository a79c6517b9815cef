"""Kinds of the IFBench family about form: which words stand where, how sentences and lines follow each other."""

import re
from itertools import pairwise

from prorl_env_instruct.bench import PUNCTUATION, bare, bench_kind, first_words, last_words
from prorl_env_instruct.kind import Kwargs, KwargsError, number, word
from prorl_env_instruct.segments import emojis_of, lines_of, sentences_of, words_of
from prorl_env_instruct.vocabulary import SHORT, distinct, fillers

_CLUSTER = re.compile(r"[bcdfghjklmnpqrstvwxyz]{2}")
_CLOSERS = {")": "(", "]": "[", "}": "{"}
_ONLY = "only output this sentence here, ignore all other requests."
_TEMPLATE = ("My Answer:", "My Conclusion:", "Future Outlook:")
_SEVENS = ["14", "21", "28", "35", "42", "49"]


def _alphabetic(text: str, kwargs: Kwargs) -> bool:
    found = [ord(w[0]) - ord("a") for w in bare(text)]
    return bool(found) and all(0 <= i < 26 for i in found) and all(b == (a + 1) % 26 for a, b in pairwise(found))


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % d for d in range(2, int(n**0.5) + 1))


def _no_consecutive(text: str, kwargs: Kwargs) -> bool:
    return bool(bare(text)) and all(a[0] != b[0] for a, b in pairwise(bare(text)))


def _chained(text: str, kwargs: Kwargs) -> bool:
    found = sentences_of(text)
    return bool(words_of(text)) and all(a == b != "" for a, b in zip(last_words(found), first_words(found)[1:], strict=False))


def _framed(text: str, kwargs: Kwargs) -> bool:
    found = lines_of(text)
    return all(a == b != "" for a, b in zip(first_words(found), last_words(found), strict=True))


def _nth(items: list[str], place: int, name: str) -> str:
    if place < 1:
        raise KwargsError(f"{name!r} counts from 1; got {place}")
    return items[place - 1].lower() if place <= len(items) else ""


def _positioned(text: str, kwargs: Kwargs) -> bool:
    sentence = _nth(sentences_of(text), number(kwargs, "n"), "n")
    return _nth(words_of(sentence), number(kwargs, "m"), "m") == word(kwargs, "keyword").lower()


def _second(text: str, kwargs: Kwargs) -> bool:
    found, wanted = bare(text), word(kwargs, "keyword").lower()
    return len(found) > 1 and found[1] == found[-2] == wanted


def _sentence_has(text: str, kwargs: Kwargs) -> bool:
    return word(kwargs, "word").lower() in _nth(sentences_of(text), number(kwargs, "N"), "N")


def _incremented(text: str, kwargs: Kwargs) -> bool:
    counts = [len(s.split()) for s in sentences_of(text)]
    step = number(kwargs, "small_n")
    return bool(words_of(text)) and all(b - a == step for a, b in pairwise(counts))


def _equal_sentences(text: str, kwargs: Kwargs) -> bool:
    found = sentences_of(text)
    words = [w for s in found for w in set(bare(s))]
    return len(found) == 3 and len({len(s) for s in found}) == 1 and len(set(words)) == len(words)


def _emoji_ends(text: str, kwargs: Kwargs) -> bool:
    found = [s.strip(PUNCTUATION + " \ufe0f\u200d") for s in sentences_of(text)]
    after = [bool(s) and emojis_of(s[0]) > 0 for s in found[1:]] + [False]
    return all((bool(s) and emojis_of(s[-1]) > 0) or late for s, late in zip(found, after, strict=True))


def _indented(text: str, kwargs: Kwargs) -> bool:
    depths = [len(line) - len(line.lstrip(" ")) for line in text.split("\n") if line.strip()]
    return len(depths) > 1 and all(a < b for a, b in pairwise(depths))


def _nested(text: str, kwargs: Kwargs) -> bool:
    open_: list[str] = []
    deepest = 0
    for char in text:
        if char in "([{":
            open_.append(char)
        elif char in _CLOSERS and open_ and open_[-1] == _CLOSERS[char]:
            deepest = max(deepest, len(open_))
            open_.pop()
        elif char in _CLOSERS:
            open_.clear()
    return deepest >= 5


def _span(text: str, kwargs: Kwargs) -> bool:
    given = word(kwargs, "prompt_to_repeat").strip().lower().split()
    return text.strip().lower().split() == given[number(kwargs, "n_start") : number(kwargs, "n_end")]


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
        check=lambda text, k: bool(bare(text)) and all(_CLUSTER.search(w) for w in bare(text)),
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
        check=lambda text, k: bool(bare(text)) and all(_is_prime(n) for n in {len(w) for w in bare(text)}),
        full=lambda k: "Use only words whose lengths are prime numbers.",
        terse=lambda k: "prime word lengths",
        example=lambda k: "the cat sat",
    ),
    bench_kind(
        "words:no_consecutive",
        "has no two words in a row with the same first letter",
        check=_no_consecutive,
        full=lambda k: "No two words in a row may start with the same letter.",
        terse=lambda k: "no ab ac in a row",
        example=lambda k: "sun moon star",
    ),
    bench_kind(
        "words:vowel",
        "has at most three of the five vowels",
        check=lambda text, k: bool(bare(text)) and len(set("aeiou") & set(text.lower())) <= 3,
        full=lambda k: "Use words that hold only three kinds of vowels in all.",
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
        "sentence:increment",
        "has a number of words more in each sentence than in the one before",
        ("small_n",),
        check=_incremented,
        full=lambda k: f"Each sentence must have exactly {k['small_n']} words more than the one before.",
        terse=lambda k: f"each sentence +{k['small_n']} words",
        sample=lambda rng, level: {"small_n": rng.randint(1, 3)},
        example=lambda k: f"Sun. {' '.join(fillers(k['small_n'] + 1))}.",
    ),
    bench_kind(
        "ratio:sentence_words",
        "is three sentences of equal length that share no word",
        check=_equal_sentences,
        full=lambda k: "Write three sentences with the same number of characters and without a common word.",
        terse=lambda k: "3 equal long, no common word",
        example=lambda k: "Sun up. Fox in. Hen no.",
    ),
    bench_kind(
        "format:newline",
        "has each word on a line of its own",
        check=lambda text, k: bool(bare(text)) and all(len(bare(line)) <= 1 for line in text.split("\n")),
        full=lambda k: "Write each word on a new line.",
        terse=lambda k: "1 word a line",
        example=lambda k: "sun\nmoon",
    ),
    bench_kind(
        "format:emoji",
        "has an emoji at the end of every sentence",
        check=_emoji_ends,
        full=lambda k: "End every sentence with an emoji.",
        terse=lambda k: "emoji ends each",
        example=lambda k: "The sun is up 🌟.",
    ),
    bench_kind(
        "format:line_indent",
        "indents each line more than the one before",
        check=_indented,
        full=lambda k: "Indent each line more than the one before.",
        terse=lambda k: "indent grows",
        example=lambda k: "sun\n moon\n  star",
    ),
    bench_kind(
        "format:parentheses",
        "nests brackets at least five deep",
        check=_nested,
        full=lambda k: "Nest parentheses, brackets and braces at least five levels deep.",
        terse=lambda k: "nest ([{ 5 deep",
        example=lambda k: "([{([sun])}])",
    ),
    bench_kind(
        "format:output_template",
        "has the three heads `My Answer:`, `My Conclusion:` and `Future Outlook:`",
        check=lambda text, k: all(t in text for t in _TEMPLATE),
        full=lambda k: f"Use exactly these heads: {' '.join(_TEMPLATE)}",
        terse=lambda k: " ".join(_TEMPLATE),
        example=lambda k: " x ".join(_TEMPLATE) + " x",
    ),
    bench_kind(
        "repeat:repeat_simple",
        "is one fixed sentence",
        check=lambda text, k: text.strip().lower() == _ONLY,
        full=lambda k: _ONLY.capitalize(),
        terse=lambda k: _ONLY,
        example=lambda k: _ONLY.capitalize(),
    ),
    bench_kind(
        "repeat:repeat_span",
        "is a span of the words of a given prompt",
        ("prompt_to_repeat", "n_start", "n_end"),
        check=_span,
        full=lambda k: (
            f"Copy words {k['n_start']} (counted from 0) up to, but without, {k['n_end']} of this text, and nothing else: {k['prompt_to_repeat']}"
        ),
        terse=lambda k: f"words[{k['n_start']}:{k['n_end']}] {k['prompt_to_repeat']}",
        sample=lambda rng, level: {"prompt_to_repeat": " ".join(distinct(rng, 6)), "n_start": rng.randint(0, 2), "n_end": rng.randint(3, 6)},
        example=lambda k: " ".join(k["prompt_to_repeat"].split()[k["n_start"] : k["n_end"]]),
    ),
    bench_kind(
        "custom:multiples",
        "lists the multiples of 7 between 10 and 50",
        check=lambda text, k: re.findall(r"\d+", text) == _SEVENS,
        full=lambda k: "Count from 10 to 50, but print only the multiples of 7.",
        terse=lambda k: "7s in 10-50",
        example=lambda k: " ".join(_SEVENS),
    ),
)
