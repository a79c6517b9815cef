"""Own kinds about the look of a text: lines, lists, tables, case patterns, numbers, pictographs."""

import re
from itertools import pairwise

from prorl_env_instruct.kind import Kind, Kwargs, number
from prorl_env_instruct.segments import emojis_of, lines_of, words_of
from prorl_env_instruct.vocabulary import EMOJIS, fillers, join

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_MARKS = ".,;:!?"


def _make_lines(text: str, count: int) -> list[str]:
    have = text.split()
    have += fillers(max(0, count - len(have)))
    cuts = [len(have) * i // max(1, count) for i in range(count + 1)]
    return [" ".join(have[a:b]) for a, b in pairwise(cuts)]


def _numbered(text: str, kwargs: Kwargs) -> bool:
    found = lines_of(text)
    return len(found) == number(kwargs, "num_items") and all(line.startswith(f"{i}. ") for i, line in enumerate(found, 1))


def _endings(text: str) -> list[str]:
    return [words_of(line)[-1].lower()[-2:] for line in lines_of(text) if words_of(line)]


def _unrhymed(text: str, kwargs: Kwargs) -> bool:
    found = _endings(text)
    return len(found) == number(kwargs, "num_lines") == len(lines_of(text)) and len(set(found)) == len(found)


def _make_unrhymed(text: str, kwargs: Kwargs) -> str:
    if text.strip() and _unrhymed(text, kwargs):
        return text
    ends: dict[str, str] = {}
    for word in fillers(90):
        ends.setdefault(word[-2:], word)
    pool, lines = list(ends.values()), _make_lines(text, number(kwargs, "num_lines"))
    return "\n".join(f"{line} {pool[i % len(pool)]}" for i, line in enumerate(lines))


def _cells(line: str) -> list[str]:
    return [c.strip() for c in line[1:-1].split("|")] if line.startswith("|") and line.endswith("|") and len(line) > 1 else []


def _table(text: str, kwargs: Kwargs) -> bool:
    rows = [_cells(line) for line in lines_of(text) if line.startswith("|")]
    wide, high = number(kwargs, "num_columns"), number(kwargs, "num_rows")
    rules = [i for i, row in enumerate(rows) if row and all("-" in c and not c.strip(":").strip("-") for c in row)]
    return len(rows) == high + 2 and all(len(r) == wide for r in rows) and rules == [1]


def _make_table(text: str, kwargs: Kwargs) -> str:
    if text.strip() and _table(text, kwargs):
        return text
    wide, high = number(kwargs, "num_columns"), number(kwargs, "num_rows") + 1
    have = text.replace("|", " ").split()
    have += fillers(max(0, wide * high - len(have)))
    cells = [*have[: wide * high - 1], " ".join(have[wide * high - 1 :])]
    rows = ["|" + "|".join(cells[r * wide : (r + 1) * wide]) + "|" for r in range(high)]
    return "\n".join([rows[0], "|" + "-|" * wide, *rows[1:]])


def _alternates(text: str, kwargs: Kwargs) -> bool:
    found = [w for w in words_of(text) if w.isalpha()]
    return len(found) >= max(2, number(kwargs, "num_words")) and all(w.isupper() if i % 2 else w.islower() for i, w in enumerate(found))


def _alternate(text: str, kwargs: Kwargs) -> str:
    text = join(text, *fillers(max(0, max(2, number(kwargs, "num_words")) - len(words_of(text)))))
    turn = iter(range(len(text)))
    return re.sub(r"\w+", lambda m: m[0] if not m[0].isalpha() else m[0].upper() if next(turn) % 2 else m[0].lower(), text)


def _make_numbers(text: str, kwargs: Kwargs) -> str:
    wanted = number(kwargs, "num_numbers")
    have = len(_NUMBER.findall(text))
    if have > wanted:
        text, have = " ".join(t for t in text.split() if not _NUMBER.search(t)), 0
    return join(text, *[str(i + 2) for i in range(wanted - have)])


def _make_emojis(text: str, kwargs: Kwargs) -> str:
    bare = "".join(c for c in text if not emojis_of(c)) if emojis_of(text) > number(kwargs, "num_emojis") else text
    return join(bare, *[EMOJIS[i % len(EMOJIS)] for i in range(number(kwargs, "num_emojis") - emojis_of(bare))])


def _make_questions(text: str, kwargs: Kwargs) -> str:
    have, wanted = text.count("?"), number(kwargs, "num_questions")
    return join(text.replace("?", ".") if have > wanted else text, *["Why?"] * (wanted - have if have <= wanted else wanted))


def _unmarked(text: str, kwargs: Kwargs) -> bool:
    return not any(m in text for m in _MARKS) and len(words_of(text)) >= max(1, number(kwargs, "num_words"))


def _unmark(text: str, kwargs: Kwargs) -> str:
    bare = "".join(c for c in text if c not in _MARKS)
    return join(bare, *fillers(max(0, max(1, number(kwargs, "num_words")) - len(words_of(bare)))))


KINDS = (
    Kind(
        id="prorl:line_count",
        summary="has exactly a number of lines that are not blank",
        kwargs=("num_lines",),
        check=lambda text, k: len(lines_of(text)) == number(k, "num_lines"),
        full=lambda k: f"Write exactly {k['num_lines']} lines.",
        terse=lambda k: f"{k['num_lines']} lines",
        sample=lambda rng, level: {"num_lines": rng.randint(2, 4 + level)},
        edit=lambda text, k: text if len(lines_of(text)) == number(k, "num_lines") else "\n".join(_make_lines(text, number(k, "num_lines"))),
        stage=6,
        spoil=lambda text, k: f"{text}\nsun",
        group="lines",
    ),
    Kind(
        id="prorl:numbered_list",
        summary="is a list of a number of lines, numbered `1. `, `2. ` and so on",
        kwargs=("num_items",),
        check=_numbered,
        full=lambda k: f'Write a numbered list of exactly {k["num_items"]} lines that start with "1. ", "2. " and so on, and no other line.',
        terse=lambda k: f"1. to {k['num_items']}. list",
        sample=lambda rng, level: {"num_items": rng.randint(2, 4 + level)},
        edit=lambda text, k: "\n".join(f"{i}. {line}" for i, line in enumerate(_make_lines(text, number(k, "num_items")), 1)),
        stage=6,
        spoil=lambda text, k: f"{text}\nsun",
        group="lines",
    ),
    Kind(
        id="prorl:rhyme_free",
        summary="has exactly a number of lines, whose last words end in different pairs of letters",
        kwargs=("num_lines",),
        check=_unrhymed,
        full=lambda k: f"Write exactly {k['num_lines']} lines that do not rhyme: no two lines may end in the same two letters.",
        terse=lambda k: f"{k['num_lines']} lines no rhyme",
        sample=lambda rng, level: {"num_lines": rng.randint(2, 3 + level)},
        edit=_make_unrhymed,
        stage=6,
        spoil=lambda text, k: f"{text}\nsun",
        group="lines",
    ),
    Kind(
        id="prorl:table",
        summary="has one Markdown table with a number of columns and of rows below its head",
        kwargs=("num_columns", "num_rows"),
        check=_table,
        full=lambda k: f"Write a Markdown table with {k['num_columns']} columns, a head, and {k['num_rows']} rows below it.",
        terse=lambda k: f"table {k['num_columns']}x{k['num_rows']}",
        sample=lambda rng, level: {"num_columns": rng.randint(2, 2 + level), "num_rows": rng.randint(1, 2 + level)},
        edit=_make_table,
        stage=6,
        spoil=lambda text, k: f"{text}\n|{'x|' * number(k, 'num_columns')}",
        group="lines",
    ),
    Kind(
        id="prorl:alternating_case",
        summary="has at least a number of words, alternately in lower case and in capitals",
        kwargs=("num_words",),
        check=_alternates,
        full=lambda k: f"Write at least {k['num_words']} words, alternately in lower case and in capital letters, lower case first.",
        terse=lambda k: f"words>={k['num_words']} low UP low",
        sample=lambda rng, level: {"num_words": rng.randint(2, 4 + level)},
        edit=_alternate,
        stage=8,
        spoil=lambda text, k: join(text, "Sun"),
        group="case",
    ),
    Kind(
        id="prorl:number_count",
        summary="has exactly a number of numbers, written in digits",
        kwargs=("num_numbers",),
        check=lambda text, k: len(_NUMBER.findall(text)) == number(k, "num_numbers"),
        full=lambda k: f"Use exactly {k['num_numbers']} numbers, written in digits.",
        terse=lambda k: f"{k['num_numbers']} numbers",
        sample=lambda rng, level: {"num_numbers": rng.randint(1, 3 + level)},
        edit=_make_numbers,
        stage=5,
        spoil=lambda text, k: join(text, "7"),
        group="numbers",
    ),
    Kind(
        id="prorl:emoji_count",
        summary="has exactly a number of emojis",
        kwargs=("num_emojis",),
        check=lambda text, k: emojis_of(text) == number(k, "num_emojis"),
        full=lambda k: f"Use exactly {k['num_emojis']} emojis.",
        terse=lambda k: f"{k['num_emojis']} emoji",
        sample=lambda rng, level: {"num_emojis": rng.randint(1, 3 + level)},
        edit=_make_emojis,
        stage=5,
        spoil=lambda text, k: text + EMOJIS[0],
        group="emojis",
    ),
    Kind(
        id="prorl:question_count",
        summary="has exactly a number of question marks",
        kwargs=("num_questions",),
        check=lambda text, k: text.count("?") == number(k, "num_questions"),
        full=lambda k: f"Use exactly {k['num_questions']} question marks.",
        terse=lambda k: f"{k['num_questions']} '?'",
        sample=lambda rng, level: {"num_questions": rng.randint(1, 2 + level)},
        edit=_make_questions,
        stage=4,
        spoil=lambda text, k: f"{text}?",
        group="questions",
    ),
    Kind(
        id="prorl:no_punctuation",
        summary="has at least a number of words and none of the marks `. , ; : ! ?`",
        kwargs=("num_words",),
        check=_unmarked,
        full=lambda k: f"Write at least {k['num_words']} words without any of the punctuation marks . , ; : ! and ?",
        terse=lambda k: f"words>={k['num_words']} no .,;:!?",
        sample=lambda rng, level: {"num_words": rng.randint(2, 5 + 3 * level)},
        edit=_unmark,
        stage=8,
        spoil=lambda text, k: f"{text},",
        group="comma",
    ),
)
