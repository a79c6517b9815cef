"""Kinds of the IFBench family that count: words, numbers, marks, shares."""

import re
from random import Random
from typing import Any

from prorl_env_instruct.bench import bare, bench_kind
from prorl_env_instruct.kind import Kwargs, KwargsError, number, word
from prorl_env_instruct.segments import sentences_of, words_of
from prorl_env_instruct.vocabulary import SHORT, distinct, fillers
from prorl_env_instruct.wording import in_range, sample_range

_CONJUNCTIONS = ("and", "but", "for", "nor", "or", "so", "yet")
_PRONOUNS = frozenset((
    "i", "me", "my", "mine", "myself", "you", "your", "yours", "yourself", "yourselves", "he", "him", "his", "himself", "she", "her", "hers",
    "herself", "it", "its", "itself", "we", "us", "our", "ours", "ourselves", "they", "them", "their", "theirs", "themselves",
))  # fmt: skip
_STOP_WORDS = frozenset((
    "a", "about", "above", "after", "again", "against", "all", "am", "an", "and", "any", "are", "as", "at", "be", "because", "been", "before",
    "being", "below", "between", "both", "but", "by", "can", "did", "do", "does", "doing", "don", "down", "during", "each", "few", "for",
    "from", "further", "had", "has", "have", "having", "he", "her", "here", "hers", "herself", "him", "himself", "his", "how", "i", "if", "in",
    "into", "is", "it", "its", "itself", "just", "me", "more", "most", "my", "myself", "no", "nor", "not", "now", "of", "off", "on", "once",
    "only", "or", "other", "our", "ours", "ourselves", "out", "over", "own", "s", "same", "she", "should", "so", "some", "such", "t", "than",
    "that", "the", "their", "theirs", "them", "themselves", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under",
    "until", "up", "very", "was", "we", "were", "what", "when", "where", "which", "while", "who", "whom", "why", "will", "with", "you", "your",
    "yours", "yourself", "yourselves",
))  # fmt: skip
_MARKS = ".,!?;:"
_TIMES = {"keyword1": 1, "keyword2": 2, "keyword3": 3, "keyword4": 5, "keyword5": 7}


def _conjunctions(text: str, kwargs: Kwargs) -> bool:
    found = set(bare(text))
    return sum(c in found for c in _CONJUNCTIONS) >= number(kwargs, "small_n")


def _all_marks(text: str, kwargs: Kwargs) -> bool:
    pair = next((p for p in ("?!", "!?", "‽") if p in text), None)
    return pair is not None and all(m in text.replace(pair, "", 1) for m in _MARKS)


def _multiple(text: str, kwargs: Kwargs) -> bool:
    low = text.lower()
    return all(low.count(word(kwargs, name).lower()) == times for name, times in _TIMES.items())


def _endings(text: str) -> tuple[int, int, int]:
    """How many sentences end in a full stop, a question mark, an exclamation mark."""
    ends = [s.rstrip("\"')]}”’*_ ")[-1:] for s in sentences_of(text)]
    return ends.count("."), ends.count("?"), ends.count("!")


def _balanced(text: str, kwargs: Kwargs) -> bool:
    stops, asks, calls = _endings(text)
    return stops == asks == calls > 0


def _two_to_one(text: str, kwargs: Kwargs) -> bool:
    stops, asks, _ = _endings(text)
    return stops == 2 * asks > 0


def _percentage(kwargs: Kwargs) -> int:
    value = number(kwargs, "percentage")
    if value > 100:
        raise KwargsError(f"'percentage' must lie between 0 and 100; got {value}")
    return value


def _few_stop_words(text: str, kwargs: Kwargs) -> bool:
    most, found = _percentage(kwargs), words_of(text.lower())
    return bool(found) and 100 * sum(w in _STOP_WORDS for w in found) <= most * len(found)


def _trigrams(text: str) -> set[str]:
    return {text[i : i + 3] for i in range(len(text) - 2)}


def _overlaps(text: str, kwargs: Kwargs) -> bool:
    wanted, theirs, mine = _percentage(kwargs), _trigrams(word(kwargs, "reference_text")), _trigrams(text)
    return bool(mine) and abs(100 * len(mine & theirs) / len(mine) - wanted) <= 2


def _make_overlap(kwargs: Kwargs) -> str:
    """The reference text, and as many characters that it lacks as bring its share down; each adds one new trigram."""
    given, wanted = word(kwargs, "reference_text"), _percentage(kwargs)
    unseen = [chr(c) for c in range(0x4E00, 0x9FA5) if chr(c) not in given]
    return "".join([given, *unseen[: round(len(_trigrams(given)) * (100 - wanted) / wanted)]]) if wanted else "".join(unseen[:3])


def _repeated(text: str, kwargs: Kwargs) -> bool:
    counts: dict[str, int] = {}
    for w in bare(text):
        counts[w] = counts.get(w, 0) + 1
    return 0 < max(counts.values(), default=0) <= number(kwargs, "small_n")


def _sample_multiple(rng: Random, level: int) -> dict[str, Any]:
    return dict(zip(_TIMES, rng.sample(fillers(12, avoid="aeo"), 5), strict=True))


KINDS = (
    bench_kind(
        "count:word_count_range",
        "has a number of words within bounds",
        ("min_words", "max_words"),
        check=in_range,
        full=lambda k: f"Write between {k['min_words']} and {k['max_words']} words.",
        terse=lambda k: f"{k['min_words']}-{k['max_words']} words",
        sample=sample_range,
        example=lambda k: " ".join(fillers(number(k, "min_words"))),
    ),
    bench_kind(
        "count:unique_word_count",
        "has at least a number of different words",
        ("N",),
        check=lambda text, k: len(set(bare(text))) >= number(k, "N"),
        full=lambda k: f"Use at least {k['N']} different words.",
        terse=lambda k: f"different words>={k['N']}",
        sample=lambda rng, level: {"N": rng.randint(3, 9)},
        example=lambda k: " ".join(fillers(number(k, "N"))),
    ),
    bench_kind(
        "count:conjunctions",
        "has at least a number of different coordinating conjunctions",
        ("small_n",),
        check=_conjunctions,
        full=lambda k: f"Use at least {k['small_n']} different coordinating conjunctions.",
        terse=lambda k: f"conjunctions>={k['small_n']}",
        sample=lambda rng, level: {"small_n": rng.randint(2, 4)},
        example=lambda k: " ".join(_CONJUNCTIONS),
    ),
    bench_kind(
        "count:numbers",
        "has exactly a number of numbers",
        ("N",),
        check=lambda text, k: len(re.findall(r"\d+", " ".join(bare(text)))) == number(k, "N"),
        full=lambda k: f"Include exactly {k['N']} numbers.",
        terse=lambda k: f"{k['N']} numbers",
        sample=lambda rng, level: {"N": rng.randint(1, 5)},
        example=lambda k: " ".join(str(i) for i in range(number(k, "N"))) or "none",
    ),
    bench_kind(
        "count:pronouns",
        "has at least a number of pronouns",
        ("N",),
        check=lambda text, k: sum(w in _PRONOUNS for w in words_of(text.lower())) >= number(k, "N"),
        full=lambda k: f"Use at least {k['N']} pronouns.",
        terse=lambda k: f"pronouns>={k['N']}",
        sample=lambda rng, level: {"N": rng.randint(3, 9)},
        example=lambda k: " ".join(["it"] * max(1, number(k, "N"))),
    ),
    bench_kind(
        "count:punctuation",
        "has each of `. , ! ? ; :` and an interrobang",
        check=_all_marks,
        full=lambda k: "Use every standard punctuation mark at least once, including semicolons, colons and the interrobang (?!).",
        terse=lambda k: "all of .,!?;: and ?!",
        example=lambda k: "Sun, sea; sky: no! Why? So?! Yes.",
    ),
    bench_kind(
        "count:keywords_multiple",
        "has five keywords once, twice, three, five and seven times",
        tuple(_TIMES),
        check=_multiple,
        full=lambda k: "Use " + ", ".join(f'"{k[name]}" {times} times' for name, times in _TIMES.items()) + ".",
        terse=lambda k: " ".join(f"{k[name]}={times}" for name, times in _TIMES.items()),
        sample=_sample_multiple,
        example=lambda k: ", ".join(", ".join([k[name]] * times) for name, times in _TIMES.items()),
    ),
    bench_kind(
        "ratio:sentence_balance",
        "has as many statements as questions and exclamations",
        check=_balanced,
        full=lambda k: "Write as many sentences that end in a full stop as in a question mark and in an exclamation mark.",
        terse=lambda k: "equal . ? !",
        example=lambda k: "It rains. Why? Oh!",
    ),
    bench_kind(
        "ratio:sentence_type",
        "has twice as many statements as questions",
        check=_two_to_one,
        full=lambda k: "Write twice as many statements as questions.",
        terse=lambda k: "2 . per ?",
        example=lambda k: "It rains. It snows. Why?",
    ),
    bench_kind(
        "ratio:stop_words",
        "has at most a percentage of English stop words",
        ("percentage",),
        check=_few_stop_words,
        full=lambda k: f"At most {k['percentage']} percent of the words may be stop words.",
        terse=lambda k: f"stop words<={k['percentage']}%",
        sample=lambda rng, level: {"percentage": rng.randint(10, 20)},
        example=lambda k: "sun moon star",
    ),
    bench_kind(
        "ratio:overlap",
        "shares a percentage, give or take two, of its letter trigrams with a reference text",
        ("reference_text", "percentage"),
        check=_overlaps,
        full=lambda k: f"Keep a trigram overlap of {k['percentage']} percent, give or take two, with this text: {k['reference_text']}",
        terse=lambda k: f"{k['percentage']}% of 3-grams of: {k['reference_text']}",
        sample=lambda rng, level: {"reference_text": " ".join(distinct(rng, 6)), "percentage": rng.choice((25, 50, 100))},
        example=_make_overlap,
    ),
    bench_kind(
        "words:repeats",
        "repeats no word more often than a number of times",
        ("small_n",),
        check=_repeated,
        full=lambda k: f"Use no word more than {k['small_n']} times.",
        terse=lambda k: f"each word<={k['small_n']}x",
        sample=lambda rng, level: {"small_n": rng.randint(1, 3)},
        example=lambda k: " ".join(SHORT[:3]),
    ),
)
