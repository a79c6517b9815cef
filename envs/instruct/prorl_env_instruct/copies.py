"""Kinds with exactly one right text: repeat, copy, reverse, sort, wrap or list the given words. The easiest level is made of them."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from prorl_env_instruct.kind import Kind, Kwargs, KwargsError, number, word, words
from prorl_env_instruct.vocabulary import NAMES, SHORT, distinct, phrase

MAX_TIMES = 1000


def _copy_kind(
    id: str,
    summary: str,
    kwargs: tuple[str, ...],
    *,
    target: Callable[[Kwargs], str],
    full: Callable[[Kwargs], str],
    terse: Callable[[Kwargs], str],
    sample: Callable[[Random, int], dict[str, Any]],
) -> Kind:
    return Kind(
        id=id,
        summary=summary,
        kwargs=kwargs,
        check=lambda text, k: text.strip() == target(k),
        full=full,
        terse=terse,
        sample=sample,
        edit=lambda text, k: target(k),
        spoil=lambda text, k: text + text[-1],
        stage=0,
        group="whole",
        role="short",
    )


def _repeated(kwargs: Kwargs) -> str:
    times = number(kwargs, "num_times")
    if not 1 <= times <= MAX_TIMES:
        raise KwargsError(f"'num_times' must lie between 1 and {MAX_TIMES}; got {times}")
    return " ".join([word(kwargs, "word").strip()] * times)


def _same_json(text: str, kwargs: Kwargs) -> bool:
    try:
        value: Any = json.loads(text, parse_int=float, parse_constant=str)
    except (ValueError, RecursionError):
        return False
    return value == {word(kwargs, "key"): word(kwargs, "value")}


def _json_of(kwargs: Kwargs) -> str:
    return json.dumps({word(kwargs, "key"): word(kwargs, "value")}, ensure_ascii=False, separators=(",", ":"))


def _phrase(rng: Random, level: int) -> dict[str, Any]:
    return {"phrase": phrase(rng, 2 + level)}


def _items(rng: Random, level: int) -> dict[str, Any]:
    return {"items": distinct(rng, rng.randint(2, 3 + level))}


def _listing(kwargs: Kwargs) -> str:
    return ", ".join(words(kwargs, "items"))


def _spaced(kwargs: Kwargs) -> str:
    return " ".join(words(kwargs, "items"))


KINDS = (
    _copy_kind(
        "prorl:repeat_word",
        "is one word, repeated exactly a number of times",
        ("word", "num_times"),
        target=_repeated,
        full=lambda k: f'Write the word "{k["word"]}" exactly {k["num_times"]} times, separated by spaces, and nothing else.',
        terse=lambda k: f"say {k['word']} {k['num_times']}x",
        sample=lambda rng, level: {"word": rng.choice(SHORT), "num_times": rng.randint(2, 4 + level)},
    ),
    _copy_kind(
        "prorl:copy",
        "is exactly the given phrase",
        ("phrase",),
        target=lambda k: word(k, "phrase").strip(),
        full=lambda k: f'Write exactly "{k["phrase"]}", without the quotation marks, and nothing else.',
        terse=lambda k: f"copy {k['phrase']}",
        sample=_phrase,
    ),
    _copy_kind(
        "prorl:uppercase",
        "is the given phrase in capital letters",
        ("phrase",),
        target=lambda k: word(k, "phrase").strip().upper(),
        full=lambda k: f'Write "{k["phrase"]}" in capital letters, without the quotation marks, and nothing else.',
        terse=lambda k: f"upper {k['phrase']}",
        sample=_phrase,
    ),
    _copy_kind(
        "prorl:lowercase",
        "is the given phrase in lower-case letters",
        ("phrase",),
        target=lambda k: word(k, "phrase").strip().lower(),
        full=lambda k: f'Write "{k["phrase"]}" in lower-case letters, without the quotation marks, and nothing else.',
        terse=lambda k: f"lower {k['phrase']}",
        sample=lambda rng, level: {"phrase": phrase(rng, 2 + level).upper()},
    ),
    _copy_kind(
        "prorl:quoted",
        "is the given phrase in double quotation marks",
        ("phrase",),
        target=lambda k: f'"{word(k, "phrase").strip()}"',
        full=lambda k: f"Write the phrase <{k['phrase']}> with double quotation marks around it, without the angle brackets, and nothing else.",
        terse=lambda k: f"quote {k['phrase']}",
        sample=_phrase,
    ),
    _copy_kind(
        "prorl:titled",
        "is the given phrase in double angle brackets",
        ("phrase",),
        target=lambda k: f"<<{word(k, 'phrase').strip()}>>",
        full=lambda k: f'Write "{k["phrase"]}" as a title in double angle brackets, << and >>, without the quotation marks, and nothing else.',
        terse=lambda k: f"title {k['phrase']}",
        sample=_phrase,
    ),
    _copy_kind(
        "prorl:reversed_words",
        "is the given words in reverse order",
        ("items",),
        target=lambda k: " ".join(reversed(words(k, "items"))),
        full=lambda k: f"Write these words in reverse order, separated by spaces, and nothing else: {_listing(k)}",
        terse=lambda k: f"reverse {_spaced(k)}",
        sample=_items,
    ),
    _copy_kind(
        "prorl:sorted_items",
        "is the given words in alphabetical order",
        ("items",),
        target=lambda k: " ".join(sorted(words(k, "items"))),
        full=lambda k: f"Write these words in alphabetical order, separated by spaces, and nothing else: {_listing(k)}",
        terse=lambda k: f"sort {_spaced(k)}",
        sample=_items,
    ),
    _copy_kind(
        "prorl:bullet_items",
        "is the given words as a bullet list",
        ("items",),
        target=lambda k: "\n".join(f"- {i}" for i in words(k, "items")),
        full=lambda k: f'Write these words as a list, one on a line that starts with "- ", and nothing else: {_listing(k)}',
        terse=lambda k: f"bullets {_spaced(k)}",
        sample=_items,
    ),
    _copy_kind(
        "prorl:line_items",
        "is the given words, each on a line of its own",
        ("items",),
        target=lambda k: "\n".join(words(k, "items")),
        full=lambda k: f"Write each of these words on a line of its own, and nothing else: {_listing(k)}",
        terse=lambda k: f"lines {_spaced(k)}",
        sample=_items,
    ),
    _copy_kind(
        "prorl:csv_items",
        "is the given words, separated by commas without spaces",
        ("items",),
        target=lambda k: ",".join(words(k, "items")),
        full=lambda k: f"Write these words separated by commas, without any space, and nothing else: {_listing(k)}",
        terse=lambda k: f"csv {_spaced(k)}",
        sample=_items,
    ),
    Kind(
        id="prorl:json_pair",
        summary="is a JSON object with one given key and text value",
        kwargs=("key", "value"),
        check=_same_json,
        full=lambda k: f'Write a JSON object with the key "{k["key"]}" and the text value "{k["value"]}", and nothing else.',
        terse=lambda k: f"json {k['key']} {k['value']}",
        sample=lambda rng, level: {"key": rng.choice(NAMES), "value": phrase(rng, 1 + level)},
        edit=lambda text, k: _json_of(k),
        stage=0,
        spoil=lambda text, k: text + "}",
        group="whole",
        role="short",
    ),
)
