"""Own kinds about which words stand where, at a position, first, last, or anywhere."""

from prorl_env_instruct.kind import Kind, Kwargs, number, word
from prorl_env_instruct.segments import is_palindrome, words_of
from prorl_env_instruct.vocabulary import PALINDROMES, SHORT, fillers, join


def _at(text: str, kwargs: Kwargs) -> bool:
    place, found = number(kwargs, "position"), words_of(text)
    return 1 <= place <= len(found) and found[place - 1].lower() == word(kwargs, "word").lower()


def _put_at(text: str, kwargs: Kwargs) -> str:
    if text.strip() and _at(text, kwargs):
        return text
    have, place = text.split(), number(kwargs, "position") - 1
    have += fillers(max(0, place - len(have)))
    return " ".join([*have[:place], word(kwargs, "word"), *have[place:]])


def _palindromes(text: str) -> int:
    return len({w.lower() for w in words_of(text) if is_palindrome(w)})


def _add_palindromes(text: str, kwargs: Kwargs) -> str:
    fresh = [p for p in PALINDROMES if p not in text.lower()]
    return join(text, *fresh[: max(0, number(kwargs, "num_palindromes") - _palindromes(text))])


KINDS = (
    Kind(
        id="prorl:word_at",
        summary="has a word at a position, counted from 1",
        kwargs=("word", "position"),
        check=_at,
        full=lambda k: f'Word number {k["position"]} of the answer must be "{k["word"]}".',
        terse=lambda k: f"word {k['position']}={k['word']}",
        sample=lambda rng, level: {"word": rng.choice(SHORT), "position": rng.randint(2, 4 + 2 * level)},
        edit=_put_at,
        stage=6,
        spoil=lambda text, k: join("qqq " * number(k, "position"), text),
        group="position",
    ),
    Kind(
        id="prorl:first_word",
        summary="starts with a word",
        kwargs=("word",),
        check=lambda text, k: [w.lower() for w in words_of(text)[:1]] == [word(k, "word").lower()],
        full=lambda k: f'The first word must be "{k["word"]}".',
        terse=lambda k: f"start '{k['word']}'",
        sample=lambda rng, level: {"word": rng.choice(SHORT)},
        edit=lambda text, k: text if words_of(text.lower())[:1] == [k["word"].lower()] else join(word(k, "word"), text),
        stage=7,
        spoil=lambda text, k: join("qqq", text),
        group="start",
    ),
    Kind(
        id="prorl:last_word",
        summary="has a word as its last",
        kwargs=("word",),
        check=lambda text, k: [w.lower() for w in words_of(text)[-1:]] == [word(k, "word").lower()],
        full=lambda k: f'The last word must be "{k["word"]}".',
        terse=lambda k: f"last '{k['word']}'!",
        sample=lambda rng, level: {"word": rng.choice(SHORT)},
        edit=lambda text, k: text if words_of(text.lower())[-1:] == [k["word"].lower()] else join(text, word(k, "word")),
        stage=7,
        spoil=lambda text, k: join(text, "qqq"),
        group="end",
    ),
    Kind(
        id="prorl:palindromes",
        summary="has at least a number of different palindromes of three letters or more",
        kwargs=("num_palindromes",),
        check=lambda text, k: _palindromes(text) >= max(1, number(k, "num_palindromes")),
        full=lambda k: f"Use at least {k['num_palindromes']} different palindromes (words of three letters or more that read the same backwards).",
        terse=lambda k: f"palindromes>={k['num_palindromes']}",
        sample=lambda rng, level: {"num_palindromes": rng.randint(1, 2 + level)},
        edit=_add_palindromes,
        stage=2,
        spoil=lambda text, k: join("cat", *PALINDROMES[: number(k, "num_palindromes") - 1]),
        group="palindromes",
    ),
)
