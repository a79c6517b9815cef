"""Kinds of the IFBench family about the form of the whole text: brackets, quotes, lines, lists, headings, case, and copies of a given text."""

import re
from itertools import pairwise

from prorl_env_instruct.bench import bench_kind
from prorl_env_instruct.kind import Kwargs, KwargsError, number, word
from prorl_env_instruct.segments import PUNCTUATION, emojis_of, trimmed, without_punctuation
from prorl_env_instruct.sentences import sentences_of
from prorl_env_instruct.tokens import tokens_of
from prorl_env_instruct.vocabulary import distinct

_CLOSERS = {")": "(", "]": "[", "}": "{"}
_ONLY = "only output this sentence here, ignore all other requests."
_TEMPLATE = ("My Answer:", "My Conclusion:", "Future Outlook:")
_LETTERS = re.compile(r"\W{0,9}a\W{0,9}b\W{0,9}c", re.IGNORECASE)
_MARGIN = "0123456789" + PUNCTUATION.replace('"', "")


def _nested(text: str, kwargs: Kwargs) -> bool:
    """Whether a bracket closes rightly after five stood open at once, with no wrong bracket between."""
    open_: list[str] = []
    deepest = 0
    for char in text:
        if char in "([{":
            open_.append(char)
            deepest = max(deepest, len(open_))
        elif char in _CLOSERS and open_ and open_[-1] == _CLOSERS[char]:
            open_.pop()
            if deepest >= 5:
                return True
        elif char in _CLOSERS:
            open_.clear()
            deepest = 0
    return False


def _nested_quotes(text: str, kwargs: Kwargs) -> bool:
    """Whether quotes of alternating marks stood open three deep and all three closed."""
    open_: list[str] = []
    deepest = 0
    for char in text:
        if open_ and char == open_[-1]:
            open_.pop()
            if deepest - len(open_) >= 3:
                return True
        elif char in "\"'":
            open_.append(char)
            deepest = max(deepest, len(open_))
    return False


def _options(kwargs: Kwargs) -> list[str]:
    given = word(kwargs, "options")
    parts = given.split("/") if "/" in given else re.split(r"\bor\b" if re.search(r"\bor\b", given) else ",", given)
    found = [p.strip() for p in parts if p.strip()]
    if not found:
        raise KwargsError(f"'options' must name an option; got {given!r}")
    return found


def _is_option(text: str, kwargs: Kwargs) -> bool:
    """Lists of letters are taken by the letter, marks included; other options without case and outer marks."""
    options = _options(kwargs)
    if _LETTERS.match(kwargs["options"]):
        return text.strip() in options
    return trimmed(text.strip()).lower() in {trimmed(o).lower() for o in options}


def _one_a_line(text: str, kwargs: Kwargs) -> bool:
    plain = without_punctuation(text).strip()
    return sum(line != "" for line in plain.split("\n")) == len(plain.split())


def _emoji_ends(text: str, kwargs: Kwargs) -> bool:
    found = [without_punctuation(s).strip() for s in sentences_of(text)]
    late = [*(s[:1] for s in found[1:]), ""]
    return all(s and (emojis_of(s[-2:]) or emojis_of(after)) for s, after in zip(found, late, strict=True))


def _indented(text: str, kwargs: Kwargs) -> bool:
    depths = [len(line) - len(line.lstrip(" ")) for line in text.split("\n") if line.strip()]
    return len(depths) > 1 and all(a < b for a, b in pairwise(depths))


def _explained(text: str, kwargs: Kwargs) -> bool:
    """No two quotation marks next to each other, and none at the end, white space, digits and other marks aside."""
    plain = "".join(text.replace("“", '"').replace("”", '"').replace("'\"'", "").split())
    return '""' not in plain and not plain.strip(_MARGIN).endswith('"')


def _thesis(text: str, kwargs: Kwargs) -> bool:
    """Whether text in `<i>` or `<em>` is followed by more text."""
    for tag in ("i", "em"):
        _, opened, rest = text.partition(f"<{tag}>")
        inner, closed, after = rest.partition(f"</{tag}>")
        if opened:
            return bool(closed and inner.strip() and after.strip())
    return False


def _sub_bullets(text: str, kwargs: Kwargs) -> bool:
    bullets = text.split("*")[1:]
    return bool(bullets) and all("-" in b for b in bullets)


def _prose_then_bullets(text: str, kwargs: Kwargs) -> bool:
    """As published: the prose ends at the first blank line, and nothing but bullets may follow it."""
    sentences, bullets, prose = 0, 0, True
    for line in map(str.strip, text.split("\n")):
        if line.startswith("*"):
            if sentences < 2:
                return False
            bullets, prose = bullets + 1, False
        elif prose:
            found = sentences_of(line)
            sentences, prose = sentences + len(found), bool(found)
        else:
            return False
    return bullets >= 2


def _title_cased(text: str, kwargs: Kwargs) -> bool:
    """No word that starts with a small letter, unless capitals and small letters are mixed behind it."""
    for token in tokens_of(text):
        rest = token[1:]
        if token[0].isalpha() and token[0].islower() and (not rest or rest.islower() or rest.isupper()):
            return False
    return True


def _changed(text: str, kwargs: Kwargs) -> bool:
    given, mine = word(kwargs, "prompt_to_repeat").split(), text.split()
    return mine[:1] != given[:1] and mine[1:] == given[1:]


def _span(text: str, kwargs: Kwargs) -> bool:
    given, start, end = word(kwargs, "prompt_to_repeat"), number(kwargs, "n_start"), number(kwargs, "n_end")
    wanted = given[start : end + 1].strip().lower()
    if not wanted:
        raise KwargsError(f"'n_start' and 'n_end' must enclose text of 'prompt_to_repeat'; got {start} and {end}")
    return text.strip().lower() == wanted


KINDS = (
    bench_kind(
        "format:parentheses",
        "nests brackets at least five deep",
        check=_nested,
        full=lambda k: "Nest parentheses, brackets and braces at least five levels deep.",
        terse=lambda k: "nest ([{ 5 deep",
        example=lambda k: "([{([sun])}])",
        wordless=True,
    ),
    bench_kind(
        "format:quotes",
        "nests quotes at least three deep, double and single marks in turn",
        check=_nested_quotes,
        full=lambda k: "Include quotes within quotes within quotes, at least three levels deep, with double and single quotation marks in turn.",
        terse=lambda k: 'quotes "\'" 3 deep',
        example=lambda k: '"He said \'I heard "sun" there\' once"',
        wordless=True,
    ),
    bench_kind(
        "format:options",
        "is one of the given options",
        ("options",),
        check=_is_option,
        full=lambda k: f"Answer with one of these options, without any explanation: {k['options']}",
        terse=lambda k: f"one of {k['options']}",
        sample=lambda rng, level: {"options": rng.choice(("/".join(distinct(rng, 3)), ", ".join(distinct(rng, 3)), " or ".join(distinct(rng, 2))))},
        example=lambda k: _options(k)[0],
        wordless=True,
    ),
    bench_kind(
        "format:newline",
        "has each word on a line of its own",
        check=_one_a_line,
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
        wordless=True,
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
        "format:quote_unquote",
        "follows every quoted phrase with text outside quotes",
        check=_explained,
        full=lambda k: "Follow every quoted phrase with an explanation that is not quoted.",
        terse=lambda k: 'after "x" explain',
        example=lambda k: '"Sun" is a star.',
    ),
    bench_kind(
        "format:list",
        "has a given separator at least twice",
        ("sep",),
        check=lambda text, k: text.count(word(k, "sep")) >= 2,
        full=lambda k: f"Answer with a list of items; instead of bullet points use {k['sep']}",
        terse=lambda k: f"list by {k['sep']}",
        sample=lambda rng, level: {"sep": rng.choice(("...", "SEPARATOR", "!?!?", "-"))},
        example=lambda k: f"{k['sep']} sun\n{k['sep']} moon",
    ),
    bench_kind(
        "format:thesis",
        "has a part in HTML italics that more text follows",
        check=_thesis,
        full=lambda k: "Begin each section with a thesis statement in italics, in HTML.",
        terse=lambda k: "<i>thesis</i> text",
        example=lambda k: "<i>The sun is a star.</i>\nIt shines.",
    ),
    bench_kind(
        "format:sub-bullets",
        "has bullets (`*`), each with a sub-bullet (`-`)",
        check=_sub_bullets,
        full=lambda k: "Use bullet points marked * with at least one sub-bullet marked - under each.",
        terse=lambda k: "* with - each",
        example=lambda k: "* sun\n  - star\n* moon\n  - rock",
    ),
    bench_kind(
        "format:no_bullets_bullets",
        "has at least two sentences, then at least two bullets (`*`)",
        check=_prose_then_bullets,
        full=lambda k: "Write at least two sentences that end in a full stop, and after them at least two bullet points marked *.",
        terse=lambda k: "2 sentences, then 2 *",
        example=lambda k: "It rains. It snows.\n* sun\n* moon",
    ),
    bench_kind(
        "format:title_case",
        "has no word that starts with a small letter",
        check=_title_cased,
        full=lambda k: "Write in title case: start every word with a capital letter.",
        terse=lambda k: "Title Case",
        example=lambda k: "The Sun Is Up.",
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
        "format:no_whitespace",
        "has no white space within",
        check=lambda text, k: len(text.split()) == 1,
        full=lambda k: "The output must not contain any white space.",
        terse=lambda k: "no spaces",
        example=lambda k: "sun-and-moon",
        wordless=True,
    ),
    bench_kind(
        "repeat:repeat_change",
        "is the given request with another first word",
        ("prompt_to_repeat",),
        check=_changed,
        full=lambda k: f"Repeat this request with another first word, and do not answer it: {k['prompt_to_repeat']}",
        terse=lambda k: f"change word 1: {k['prompt_to_repeat']}",
        sample=lambda rng, level: {"prompt_to_repeat": " ".join(["Write", *distinct(rng, 3)])},
        example=lambda k: " ".join(["Qqq", *k["prompt_to_repeat"].split()[1:]]),
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
        "is the span of a given prompt between two characters, both included, counted from 0",
        ("prompt_to_repeat", "n_start", "n_end"),
        check=_span,
        full=lambda k: (
            f"Copy what stands from character {k['n_start']} to character {k['n_end']} (counted from 0, both included) of this text, "
            f"and nothing else: {k['prompt_to_repeat']}"
        ),
        terse=lambda k: f"chars[{k['n_start']}..{k['n_end']}] {k['prompt_to_repeat']}",
        sample=lambda rng, level: {"prompt_to_repeat": " ".join(distinct(rng, 6)), "n_start": rng.randint(0, 2), "n_end": rng.randint(5, 12)},
        example=lambda k: k["prompt_to_repeat"][k["n_start"] : k["n_end"] + 1].strip(),
        wordless=True,
    ),
)
