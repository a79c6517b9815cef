"""The published `detectable_format:` and `detectable_content:` kinds: marks that a program finds without reading."""

import json
import re
from random import Random
from typing import Any

from prorl_env_instruct.keywords import masked
from prorl_env_instruct.kind import Kind, Kwargs, KwargsError, number, word
from prorl_env_instruct.segments import words_of
from prorl_env_instruct.vocabulary import fillers, join

_SINGLE = re.compile(r"\*[^\n*]*\*")
_DOUBLE = re.compile(r"\*\*[^\n*]*\*\*")
_FIXED = ("My answer is yes.", "My answer is no.", "My answer is maybe.")


def num_placeholders(text: str) -> int:
    """How many `[...]` stand within single lines."""
    count = 0
    for line in text.split("\n"):
        at = line.find("[")
        while at >= 0:
            end = line.find("]", at)
            if end < 0:
                break
            count, at = count + 1, line.find("[", end)
    return count


def num_bullets(text: str) -> int:
    """How many lines start with `-`, or with one `*` that another `*` does not follow. A bare `*` takes the line below as its text."""
    lines, count, at = text.split("\n"), 0, 0
    while at < len(lines):
        line = lines[at].lstrip()
        if line == "*":
            count, at = count + (at + 1 < len(lines)), at + 1
        elif line.startswith("*") and not line.startswith("**"):
            count += 1
        at += 1
    return count + sum(line.lstrip().startswith("-") for line in lines)


def num_highlights(text: str) -> int:
    """How many `*...*` and `**...**` hold something."""
    single = sum(bool(m.strip("*").strip()) for m in _SINGLE.findall(text))
    return single + sum(bool(m[2:-2].strip()) for m in _DOUBLE.findall(text))


def has_title(text: str) -> bool:
    """Whether a line holds `<<...>>` with something inside."""
    for line in text.split("\n"):
        start, end = line.find("<<"), line.rfind(">>")
        if 0 <= start < end - 2 and line[start : end + 2].lstrip("<").rstrip(">").strip():
            return True
    return False


def is_json(text: str) -> bool:
    """Whether the whole text, a surrounding code fence aside, is JSON."""
    body = text.strip()
    for fence in ("```json", "```Json", "```JSON", "```"):
        body = body.removeprefix(fence)
    try:
        json.loads(body.removesuffix("```").strip(), parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return False
    return True


def _postscript(text: str, kwargs: Kwargs) -> bool:
    marker, low = word(kwargs, "postscript_marker").strip(), text.lower()
    if marker == "P.P.S":
        return re.search(r"p\.\s?p\.\s?s", low) is not None
    if marker == "P.S.":
        return re.search(r"p\.\s?s\.", low) is not None
    return marker.lower() in low


def _sections(text: str, kwargs: Kwargs) -> bool:
    splitter = re.escape(word(kwargs, "section_spliter").strip())
    return len(re.findall(rf"{splitter}\s?\d+", text)) >= number(kwargs, "num_sections")


def _make_sections(text: str, kwargs: Kwargs) -> str:
    name = kwargs["section_spliter"].strip()
    if all(f"{name} {i + 1}\n" in text for i in range(number(kwargs, "num_sections"))):
        return text
    bodies = [text, *fillers(max(0, number(kwargs, "num_sections") - 1))]
    return "\n".join(f"{name} {i + 1}\n{b}" for i, b in enumerate(bodies))


def _spoil_sections(text: str, kwargs: Kwargs) -> str:
    name, most = word(kwargs, "section_spliter").strip(), number(kwargs, "num_sections") - 1
    return "\n".join([masked(text, name), *[f"{name} {i + 1}" for i in range(most)]])


def _make_json(text: str, kwargs: Kwargs) -> str:
    return text if is_json(text) else json.dumps({"text": text.strip()}, ensure_ascii=False)


def _make_bullets(text: str, kwargs: Kwargs) -> str:
    have, wanted = text.split(), number(kwargs, "num_bullets")
    if "*" not in text and [line.lstrip()[:1] for line in text.split("\n")].count("-") == wanted:
        return text
    have += fillers(max(0, wanted - len(have)))
    return "\n".join(f"- {w}" for w in [*have[: wanted - 1], " ".join(have[wanted - 1 :])])


def _make_highlights(text: str, kwargs: Kwargs) -> str:
    missing = number(kwargs, "num_highlights") - num_highlights(text)
    return join(text, *[f"*{w}*" for w in fillers(max(0, missing))])


def _make_placeholders(text: str, kwargs: Kwargs) -> str:
    missing = number(kwargs, "num_placeholders") - num_placeholders(text)
    return join(text, *[f"[{w}]" for w in fillers(max(0, missing))])


def _spoil_placeholders(text: str, kwargs: Kwargs) -> str:
    return join(text.replace("[", "("), *["[sun]"] * (number(kwargs, "num_placeholders") - 1))


def _rephrase_paragraph(text: str, kwargs: Kwargs) -> bool:
    mine, theirs = words_of(text.lower()), words_of(word(kwargs, "original_paragraph").lower())
    shared = sum(min(mine_n, theirs_n) for mine_n, theirs_n in _paired(mine, theirs))
    return number(kwargs, "low") <= shared <= number(kwargs, "high")


def _paired(one: list[str], two: list[str]) -> list[tuple[int, int]]:
    counts: dict[str, list[int]] = {w: [0, 0] for w in two}
    for side, source in enumerate((one, two)):
        for w in source:
            if w in counts:
                counts[w][side] += 1
    return [(a, b) for a, b in counts.values()]


def _unstarred(text: str) -> tuple[str, bool]:
    """The text without what stands between the first and the last asterisk of each line, and whether there was such a thing."""
    out: list[str] = []
    changed = False
    for line in text.strip().split("\n"):
        start, end = line.find("*"), line.rfind("*")
        changed = changed or 0 <= start < end
        out.append(line[:start] + line[end + 1 :] if 0 <= start < end else line)
    return "\n".join(out), changed


def _rephrases(text: str, kwargs: Kwargs) -> bool:
    original, marked = _unstarred(word(kwargs, "original_message"))
    if not marked:
        raise KwargsError("'original_message' must mark the part to change *like this*")
    mine, changed = _unstarred(text)
    return changed and mine == original


def _sample_original(rng: Random, level: int) -> dict[str, Any]:
    a, b, c = rng.sample(fillers(40), 3)
    return {"original_message": f"I saw the *{a}* near the {b} and the {c}."}


def _sample_paragraph(rng: Random, level: int) -> dict[str, Any]:
    return {"original_paragraph": " ".join(rng.sample(fillers(60), 12)), "low": rng.randint(2, 4), "high": rng.randint(5, 8)}


KINDS = (
    Kind(
        id="detectable_content:number_placeholders",
        summary="has at least a number of placeholders in square brackets",
        kwargs=("num_placeholders",),
        check=lambda text, k: num_placeholders(text) >= number(k, "num_placeholders"),
        full=lambda k: f"Include at least {k['num_placeholders']} placeholders in square brackets, such as [name].",
        terse=lambda k: f"[x]>={k['num_placeholders']}",
        sample=lambda rng, level: {"num_placeholders": rng.randint(1, 2 + level)},
        edit=_make_placeholders,
        stage=4,
        spoil=_spoil_placeholders,
        group="placeholders",
    ),
    Kind(
        id="detectable_content:postscript",
        summary="has a postscript that starts with a marker",
        kwargs=("postscript_marker",),
        check=_postscript,
        full=lambda k: f"At the end, add a postscript that starts with {k['postscript_marker']}",
        terse=lambda k: f"add {k['postscript_marker']}",
        sample=lambda rng, level: {"postscript_marker": rng.choice(("P.S.", "P.P.S"))},
        edit=lambda text, k: text if _postscript(text, k) else join(text, k["postscript_marker"], "sun"),
        stage=7,
        spoil=lambda text, k: masked(text, word(k, "postscript_marker").strip()).replace(".", ""),
        group="end",
    ),
    Kind(
        id="detectable_content:rephrase_paragraph",
        summary="shares a number of words, within bounds, with a given paragraph",
        kwargs=("original_paragraph", "low", "high"),
        check=_rephrase_paragraph,
        full=lambda k: f"Rephrase this paragraph; keep between {k['low']} and {k['high']} of its words: {k['original_paragraph']}",
        terse=lambda k: f"keep {k['low']}-{k['high']} words: {k['original_paragraph']}",
        sample=_sample_paragraph,
        edit=lambda text, k: " ".join(["qqq", *words_of(k["original_paragraph"])[: k["low"]]]),
        stage=0,
        group="whole",
        role="given",
    ),
    Kind(
        id="detectable_format:number_bullet_lists",
        summary="has exactly a number of bullet points (`*` or `-`)",
        kwargs=("num_bullets",),
        check=lambda text, k: num_bullets(text) == number(k, "num_bullets"),
        full=lambda k: f'Write exactly {k["num_bullets"]} bullet points, each on a line that starts with "- ".',
        terse=lambda k: f"{k['num_bullets']} bullets",
        sample=lambda rng, level: {"num_bullets": rng.randint(2, 3 + level)},
        edit=_make_bullets,
        stage=6,
        spoil=lambda text, k: f"{text}\n- sun",
        group="lines",
    ),
    Kind(
        id="detectable_format:constrained_response",
        summary="contains `My answer is yes.`, `My answer is no.` or `My answer is maybe.`",
        check=lambda text, k: any(f in text for f in _FIXED),
        full=lambda k: f"Answer with one of these sentences: {' '.join(_FIXED)}",
        terse=lambda k: "My answer is yes./no./maybe.",
        sample=lambda rng, level: {},
        edit=lambda text, k: text if _FIXED[0] in text else join(text, _FIXED[0]),
        stage=2,
        spoil=lambda text, k: text.replace("My answer is", "My answer was"),
        group="fixed",
    ),
    Kind(
        id="detectable_format:number_highlighted_sections",
        summary="highlights at least a number of parts *like this*",
        kwargs=("num_highlights",),
        check=lambda text, k: num_highlights(text) >= number(k, "num_highlights"),
        full=lambda k: f"Highlight at least {k['num_highlights']} parts with asterisks, *like this*.",
        terse=lambda k: f"*x*>={k['num_highlights']}",
        sample=lambda rng, level: {"num_highlights": rng.randint(2, 2 + level)},
        edit=_make_highlights,
        stage=4,
        spoil=lambda text, k: join(text.replace("*", ""), *["*sun*"] * (number(k, "num_highlights") - 1)),
        group="highlights",
    ),
    Kind(
        id="detectable_format:multiple_sections",
        summary="has at least a number of numbered sections",
        kwargs=("section_spliter", "num_sections"),
        check=_sections,
        full=lambda k: f"Write at least {k['num_sections']} sections; start each with a line such as {k['section_spliter']} 1",
        terse=lambda k: f"{k['section_spliter']} 1..{k['num_sections']}",
        sample=lambda rng, level: {"section_spliter": rng.choice(("Section", "SECTION", "Part", "Day")), "num_sections": rng.randint(2, 2 + level)},
        edit=_make_sections,
        stage=6,
        spoil=_spoil_sections,
        group="lines",
    ),
    Kind(
        id="detectable_format:json_format",
        summary="is JSON as a whole, a code fence around it allowed",
        check=lambda text, k: is_json(text),
        full=lambda k: "Write the whole answer as JSON.",
        terse=lambda k: "json",
        sample=lambda rng, level: {},
        edit=_make_json,
        stage=8,
        spoil=lambda text, k: text + "}",
        group="wrap",
    ),
    Kind(
        id="detectable_format:title",
        summary="has a title in double angle brackets",
        check=lambda text, k: has_title(text),
        full=lambda k: "Give the answer a title in double angle brackets, such as <<a title>>.",
        terse=lambda k: "<<title>>",
        sample=lambda rng, level: {},
        edit=lambda text, k: text if has_title(text) else join("<<sun>>", text),
        stage=4,
        spoil=lambda text, k: text.replace(">", ""),
        group="title",
    ),
    Kind(
        id="detectable_format:rephrasing",
        summary="repeats a given message and changes only what stands *between asterisks*",
        kwargs=("original_message",),
        check=_rephrases,
        full=lambda k: f"Rewrite this message and change only the part between asterisks, keeping the asterisks: {k['original_message']}",
        terse=lambda k: f"change *x*: {k['original_message']}",
        sample=_sample_original,
        edit=lambda text, k: k["original_message"],
        stage=0,
        spoil=lambda text, k: text.replace("*", ""),
        group="whole",
        role="given",
    ),
)
