"""The published `combination:`, `startend:`, `change_case:`, `punctuation:` and `language:` kinds: the whole text's frame."""

from random import Random
from typing import Any

from prorl_env_instruct import language
from prorl_env_instruct.kind import LEAST, LESS, Kind, Kwargs, KwargsError, compares, number, sign, word
from prorl_env_instruct.tokens import tokens_of
from prorl_env_instruct.vocabulary import SHORT, fillers, join, phrase

_SIX_STARS = "******"
WITNESSES = {
    "en": "The sun is in the sky and the sea is blue.",
    "es": "El sol está en el cielo y la casa es muy grande.",
    "pt": "O sol não está no céu, mas a casa é muito grande.",
    "fr": "Le soleil est dans le ciel et la maison est très grande.",
    "de": "Die Sonne ist nicht am Himmel und das Haus ist groß.",
    "it": "Il sole è nel cielo e la casa della nonna è più grande.",
    "ru": "Солнце было на небе, и это был мой дом.",
    "ar": "الشمس في السماء والبيت على الجبل",
    "hi": "सूरज आकाश में है और घर बहुत बड़ा है",
    "ja": "これはとても大きいいえです。",
    "th": "วันนี้อากาศดีมาก",
    "ko": "오늘은 날씨가 좋습니다.",
    "fi": "Aurinko on taivaalla ja talo ei ole pieni.",
    "sw": "Jua ni kubwa sana na nyumba ya watu iko katika mji.",
    "vi": "Mặt trời và ngôi nhà của tôi không được lớn.",
}
"""A sentence in each language that tasks are drawn for."""


def _language(text: str, kwargs: Kwargs) -> bool:
    code = word(kwargs, "language").lower()
    code = language.ALIASES.get(code, code)
    if code not in language.NAMES:
        raise KwargsError(f"'language' must be one of {', '.join(language.NAMES)}; got {code!r}")
    return language.detect(text) == code


def _english(text: str) -> str:
    """The text, with an English sentence behind it where nothing else speaks for English."""
    return text if language.is_english(text) else join(text, "the sun is in the sky" if text.strip() else "sun")


def _two_responses(text: str, kwargs: Kwargs) -> bool:
    parts = text.split(_SIX_STARS)
    if any(not p.strip() for p in parts[1:-1]):
        return False
    kept = [p.strip() for p in parts if p.strip()]
    return len(kept) == 2 and kept[0] != kept[1]


def _repeats(text: str, kwargs: Kwargs) -> bool:
    return text.strip().lower().startswith(word(kwargs, "prompt_to_repeat").strip().lower())


def _sample_request(rng: Random, level: int) -> dict[str, Any]:
    return {"prompt_to_repeat": f"Tell me about the {rng.choice(SHORT)} and the {rng.choice(SHORT)}."}


def _ends(text: str, kwargs: Kwargs) -> bool:
    return text.strip().strip('"').lower().endswith(word(kwargs, "end_phrase").strip().lower())


def _quoted(text: str) -> bool:
    body = text.strip()
    return len(body) > 1 and body[0] == body[-1] == '"'


def _capitals(text: str) -> int:
    return sum(t.isupper() for t in tokens_of(text))


def _capital_words(text: str, kwargs: Kwargs) -> bool:
    return compares(_capitals(text), kwargs, "capital_relation", "capital_frequency")


def _make_capitals(text: str, kwargs: Kwargs) -> str:
    if kwargs["capital_relation"] == LESS:
        return text.lower() or "sun"
    missing = number(kwargs, "capital_frequency") - _capitals(text)
    return join(text, *[w.upper() for w in fillers(max(0, missing))])


def _spoil_capitals(text: str, kwargs: Kwargs) -> str:
    limit = number(kwargs, "capital_frequency")
    return join(text.lower(), *["SUN"] * (limit - 1)) if kwargs["capital_relation"] == LEAST else join(text, *["SUN"] * limit)


def _sample_capitals(rng: Random, level: int) -> dict[str, Any]:
    return {"capital_frequency": rng.randint(2, 3 + level), "capital_relation": "at least"}


KINDS = (
    Kind(
        id="combination:two_responses",
        summary="gives two different responses, separated by `******`",
        check=_two_responses,
        full=lambda k: f"Give two different responses, separated by six asterisks: {_SIX_STARS}",
        terse=lambda k: f"2 answers by {_SIX_STARS}",
        sample=lambda rng, level: {},
        edit=lambda text, k: text if _two_responses(text, k) else f"{text or 'sun'}\n{_SIX_STARS}\n{'sea' if text != 'sea' else 'sky'}",
        stage=7,
        spoil=lambda text, k: f"{text}\n{_SIX_STARS}\nsnow",
        group="lines",
    ),
    Kind(
        id="combination:repeat_prompt",
        summary="starts with a given request, word for word",
        kwargs=("prompt_to_repeat",),
        check=_repeats,
        full=lambda k: f'First repeat this request word for word, then answer it: "{k["prompt_to_repeat"]}"',
        terse=lambda k: f"repeat '{k['prompt_to_repeat']}'",
        sample=_sample_request,
        edit=lambda text, k: text if _repeats(text, k) else join(k["prompt_to_repeat"], text),
        stage=7,
        spoil=lambda text, k: f"Sure: {text}",
        group="start",
    ),
    Kind(
        id="startend:end_checker",
        summary="ends with an exact phrase, case and closing quotes aside",
        kwargs=("end_phrase",),
        check=_ends,
        full=lambda k: f'End with the exact phrase "{k["end_phrase"]}"; nothing may follow it.',
        terse=lambda k: f"end '{k['end_phrase']}'",
        sample=lambda rng, level: {"end_phrase": phrase(rng, 2 + level // 2)},
        edit=lambda text, k: text if text.strip() and _ends(text, k) else join(text, k["end_phrase"]),
        stage=7,
        spoil=lambda text, k: f"{text} qqq",
        group="end",
        role="short",
    ),
    Kind(
        id="startend:quotation",
        summary="stands in double quotation marks as a whole",
        check=lambda text, k: _quoted(text),
        full=lambda k: "Put the whole answer in double quotation marks.",
        terse=lambda k: 'in "quotes"',
        sample=lambda rng, level: {},
        edit=lambda text, k: text if _quoted(text) else f'"{text or "sun"}"',
        stage=8,
        spoil=lambda text, k: f"{text}.",
        group="wrap",
    ),
    Kind(
        id="change_case:capital_word_frequency",
        summary="has at least, or less than, a number of words in capitals",
        kwargs=("capital_frequency", "capital_relation"),
        check=_capital_words,
        full=lambda k: f"Write {k['capital_relation']} {k['capital_frequency']} words in all capital letters.",
        terse=lambda k: f"CAPS{sign(k, 'capital_relation')}{k['capital_frequency']}",
        sample=_sample_capitals,
        edit=_make_capitals,
        stage=4,
        spoil=_spoil_capitals,
        group="case",
    ),
    Kind(
        id="change_case:english_capital",
        summary="is English, in capital letters only",
        check=lambda text, k: text.isupper() and language.is_english(text),
        full=lambda k: "Write in English and in capital letters only.",
        terse=lambda k: "UPPER",
        sample=lambda rng, level: {},
        edit=lambda text, k: _english(text).upper(),
        stage=8,
        spoil=lambda text, k: f"{text} a",
        group="case",
    ),
    Kind(
        id="change_case:english_lowercase",
        summary="is English, in lower-case letters only",
        check=lambda text, k: text.islower() and language.is_english(text),
        full=lambda k: "Write in English and in lower-case letters only.",
        terse=lambda k: "lower",
        sample=lambda rng, level: {},
        edit=lambda text, k: _english(text).lower(),
        stage=8,
        spoil=lambda text, k: f"{text} A",
        group="case",
    ),
    Kind(
        id="punctuation:no_comma",
        summary="has no comma",
        check=lambda text, k: "," not in text,
        full=lambda k: "Do not use commas.",
        terse=lambda k: "no ,",
        sample=lambda rng, level: {},
        edit=lambda text, k: text.replace(",", "") or "sun",
        stage=8,
        spoil=lambda text, k: f"{text},",
        group="comma",
    ),
    Kind(
        id="language:response_language",
        summary="is in a given language",
        kwargs=("language",),
        check=_language,
        full=lambda k: f"Write in {language.NAMES[k['language']]} only.",
        terse=lambda k: f"lang {k['language']}",
        sample=lambda rng, level: {"language": rng.choice([c for c in WITNESSES if c != "en"])},
        edit=lambda text, k: join(WITNESSES.get(k["language"], ""), text),
        stage=1,
        spoil=lambda text, k: WITNESSES["de" if word(k, "language") == "en" else "en"],
        group="language",
    ),
)
