"""Kinds of the IFBench family that count: words, names, numbers, marks, and shares of them."""

import re
from collections import Counter
from random import Random
from typing import Any

from prorl_env_instruct.bench import bench_kind
from prorl_env_instruct.bench_data import CONJUNCTIONS, PERSONS, PRONOUNS, STOP_WORDS
from prorl_env_instruct.kind import Kwargs, KwargsError, number, word
from prorl_env_instruct.segments import bare, trimmed, without_punctuation, words_of
from prorl_env_instruct.sentences import sentences_of
from prorl_env_instruct.tokens import tokens_of
from prorl_env_instruct.vocabulary import SHORT, distinct, fillers
from prorl_env_instruct.wording import in_range, sample_range

_MARKS = ".,!?;:"
_TIMES = {"keyword1": 1, "keyword2": 2, "keyword3": 3, "keyword4": 5, "keyword5": 7}
_JAPANESE = re.compile("[\u3040-\u30ff\u4e00-\u9fff]")


def _conjunctions(text: str, kwargs: Kwargs) -> bool:
    found = {trimmed(w).lower() for w in text.split()}
    return sum(c in found for c in CONJUNCTIONS) >= number(kwargs, "small_n")


def _persons(text: str, kwargs: Kwargs) -> bool:
    found = set(words_of(text))
    return sum(name in found for name in PERSONS) >= number(kwargs, "N")


def _japanese(text: str, kwargs: Kwargs) -> bool:
    nth = number(kwargs, "N")
    if nth < 1:
        raise KwargsError(f"'N' counts words from 1; got {nth}")
    due = [trimmed(w) for w in text.split()[nth - 1 :: nth]]
    return all(_JAPANESE.search(w) for w in due if w and not w.isdigit())


def _pronouns(text: str, kwargs: Kwargs) -> bool:
    return sum(t in PRONOUNS for t in tokens_of(text.replace("/", " ").lower())) >= number(kwargs, "N")


def _all_marks(text: str, kwargs: Kwargs) -> bool:
    pair = next((p for p in ("?!", "!?", "‽") if p in text), None)
    return pair is not None and all(m in text.replace(pair, "", 1) for m in _MARKS)


def occurrences(text: str, keyword: str) -> int:
    """How often the keyword stands in the text as a whole word, case aside."""
    return len(re.findall(rf"\b{re.escape(keyword)}\b", text, re.IGNORECASE))


def _multiple(text: str, kwargs: Kwargs) -> bool:
    return all(occurrences(text, word(kwargs, name).strip()) == times for name, times in _TIMES.items())


def _endings(text: str) -> tuple[int, int, int]:
    """How many sentences end in a full stop, a question mark, an exclamation mark, with nothing behind it."""
    ends = [s[-1] for s in sentences_of(text)]
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
    return bool(found) and 100 * sum(w in STOP_WORDS for w in found) <= most * len(found)


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


def _equal_sentences(text: str, kwargs: Kwargs) -> bool:
    found, words = sentences_of(text), bare(text)
    return len(found) == 3 and len({len(s) for s in found}) == 1 and len(set(words)) == len(words)


def _sample_multiple(rng: Random, level: int) -> dict[str, Any]:
    return dict(zip(_TIMES, rng.sample(fillers(12, avoid="aeo"), 5), strict=True))


def _japanese_example(kwargs: Kwargs) -> str:
    nth = number(kwargs, "N")
    return " ".join([*fillers(nth - 1), "そら"] * 2)


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
        check=lambda text, k: len({trimmed(w) for w in text.lower().split()} - {""}) >= number(k, "N"),
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
        example=lambda k: " ".join(CONJUNCTIONS),
    ),
    bench_kind(
        "count:person_names",
        "has at least a number of different names from the published list of fifty",
        ("N",),
        check=_persons,
        full=lambda k: f"Mention at least {k['N']} different person names from this list: {', '.join(PERSONS)}",
        terse=lambda k: f"names>={k['N']} of {', '.join(PERSONS)}",
        sample=lambda rng, level: {"N": rng.randint(2, 9)},
        example=lambda k: ", ".join(PERSONS),
    ),
    bench_kind(
        "count:numbers",
        "has exactly a number of numbers",
        ("N",),
        check=lambda text, k: len(re.findall(r"\d+", without_punctuation(text))) == number(k, "N"),
        full=lambda k: f"Include exactly {k['N']} numbers.",
        terse=lambda k: f"{k['N']} numbers",
        sample=lambda rng, level: {"N": rng.randint(1, 5)},
        example=lambda k: " ".join(str(i) for i in range(number(k, "N"))) or "none",
    ),
    bench_kind(
        "count:words_japanese",
        "has a Japanese word at every N-th place",
        ("N",),
        check=_japanese,
        full=lambda k: f"Of every {k['N']} words the last must be in Japanese.",
        terse=lambda k: f"each {k['N']}. word Japanese",
        sample=lambda rng, level: {"N": rng.randint(2, 6)},
        example=_japanese_example,
    ),
    bench_kind(
        "count:pronouns",
        "has at least a number of pronouns",
        ("N",),
        check=_pronouns,
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
        wordless=True,
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
        "ratio:sentence_words",
        "is three sentences of equal length that share no word",
        check=_equal_sentences,
        full=lambda k: "Write three sentences with the same number of characters and without a common word.",
        terse=lambda k: "3 equal long, no common word",
        example=lambda k: "Sun up. Fox in. Hen no.",
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
        check=lambda text, k: max(Counter(bare(text)).values(), default=0) <= number(k, "small_n"),
        full=lambda k: f"Use no word more than {k['small_n']} times.",
        terse=lambda k: f"each word<={k['small_n']}x",
        sample=lambda rng, level: {"small_n": rng.randint(1, 3)},
        example=lambda k: " ".join(SHORT[:3]),
    ),
)
