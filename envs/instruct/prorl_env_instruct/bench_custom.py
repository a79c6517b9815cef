"""Kinds of the IFBench family that are whole tasks of their own: fixed tables, lists, dates and one riddle; none has parameters."""

import csv
import io
import re
import unicodedata
from itertools import pairwise

from prorl_env_instruct.bench import bench_kind
from prorl_env_instruct.bench_data import CAPITALS
from prorl_env_instruct.kind import Kwargs
from prorl_env_instruct.segments import PUNCTUATION, bare, trimmed
from prorl_env_instruct.sentences import sentences_of

_SEVENS = ["14", "21", "28", "35", "42", "49"]
_QUESTION = re.compile(r"Question \d{1,9}[.|):;]?")
_OPTION = re.compile(r"[A-Ea-e][.|)]\s{0,9}\w")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})", re.ASCII)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_CITY, _PRODUCT, _STUDENT = (
    ("ID", "Country", "City", "Year", "Count"),
    ("ProductID", "Category", "Brand", "Price", "Stock"),
    ("StudentID", "Subject", "Grade", "Semester", "Score"),
)


def _questions(text: str, kwargs: Kwargs) -> bool:
    """Four questions that start with their label, each longer than the one before and with five options."""
    if not text.startswith("Question"):
        return False
    found = [q for q in map(str.strip, _QUESTION.split(text)) if q]
    lengths: list[int] = []
    for question in found:
        lines = [line.strip() for line in question.split("\n")]
        options = [i for i, line in enumerate(lines) if _OPTION.match(line)]
        if len(options) != 5:
            return False
        lengths.append(len(" ".join(lines[: options[0]]).strip()))
    return len(found) == 4 and all(a < b for a, b in pairwise(lengths))


def _plain(text: str) -> str:
    """The text in ASCII: accents dropped, and what has no ASCII form."""
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()


def _falling(text: str, kwargs: Kwargs) -> bool:
    """At least 52 lines from the one with Zimbabwe on, in falling order."""
    lines = [line for line in map(trimmed, text.split("\n")) if line]
    start = next((i for i, line in enumerate(lines) if "Zimbabwe" in line), len(lines))
    names = [_plain(line) for line in lines[start:]]
    return len(names) >= 52 and all(a >= b for a, b in pairwise(names))


def _alphabet_story(text: str, kwargs: Kwargs) -> bool:
    initials = [s.lstrip(PUNCTUATION + " \t\n")[:1].lower() for s in sentences_of(text)]
    return initials == [chr(ord("a") + i) for i in range(26)]


def _capitals(text: str, kwargs: Kwargs) -> bool:
    return tuple(c.strip() for c in _plain(text).split(",") if c.strip()) == CAPITALS


def _rows(text: str, delimiter: str = ",") -> list[list[str]]:
    """The rows of a table of separated values; none where a field is too long to read."""
    try:
        return list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return []


def _kept_quotes(text: str, delimiter: str = ",") -> list[list[str]]:
    """The rows with the quotation marks of each field still around it."""
    return _rows(text.replace('"', '"""'), delimiter)


def _heads(text: str, names: tuple[str, ...], delimiter: str = ",") -> bool:
    head = text.split("\n", 1)[0].strip()
    return [cell.strip(" \t") for cell in head.split(delimiter)] in ([*names], [f'"{n}"' for n in names]) or (
        [cell.strip(' \t"') for cell in head.split(delimiter)] == [*names] and head.count('"') % 2 == 0
    )


def _city_table(text: str, kwargs: Kwargs) -> bool:
    rows = _rows(text)
    return len(rows) == 8 and tuple(rows[0]) == _CITY and all(len(row) == 5 for row in rows)


def _is_special(field: str) -> bool:
    """Whether a quoted field holds a mark that is no letter, digit or white space."""
    inner = field[1 : field.rfind('"')] if field.startswith('"') else ""
    return any(not (c.isalnum() or c.isspace() or c == "_") for c in inner)


def _product_table(text: str, kwargs: Kwargs) -> bool:
    rows = _kept_quotes(text)
    right = _heads(text, _PRODUCT) and len(rows) == 15 and all(len(row) == 5 for row in rows)
    return right and any(_is_special(field) for row in rows[1:] for field in row)


def _student_table(text: str, kwargs: Kwargs) -> bool:
    rows = [[cell.strip() for cell in row] for row in _kept_quotes(text, "\t")]
    quoted = all(cell[:1] == cell[-1:] == '"' and len(cell) > 1 for row in rows for cell in row)
    return _heads(text, _STUDENT, "\t") and len(rows) == 4 and all(len(row) == 5 for row in rows) and quoted


def _is_napoleonic(date: str) -> bool:
    match = _DATE.fullmatch(date.strip())
    if not match:
        return False
    year, month, day = map(int, match.groups())
    return 1769 <= year <= 1821 and 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1]


def _table(head: tuple[str, ...], rows: int, delimiter: str = ",", mark: str = "") -> str:
    """A table with that head; the first cell of the first row holds `mark`, quoted."""
    lines = [[f"{name.lower()}{i}" for name in head] for i in range(1, rows + 1)]
    if mark:
        lines[0][2] = f'"{mark}"'
    return "\n".join(delimiter.join(line) for line in ([*head], *lines))


_COUNTRIES = ("Zimbabwe", *(f"{letter}{'aeiou'[i]}land" for letter in "YTSRPONMLK" for i in (4, 3, 2, 1, 0)), "Algeria")
"""Fifty-two lines in falling order; the check, like the published one, does not know the countries by name."""

KINDS = (
    bench_kind(
        "custom:multiples",
        "lists the multiples of 7 between 10 and 50",
        check=lambda text, k: re.findall(r"\d+", text) == _SEVENS,
        full=lambda k: "Count from 10 to 50, but print only the multiples of 7.",
        terse=lambda k: "7s in 10-50",
        example=lambda k: " ".join(_SEVENS),
    ),
    bench_kind(
        "custom:mcq_count_length",
        "is four multiple choice questions with five options each, ever longer",
        check=_questions,
        full=lambda k: (
            "Write 4 multiple choice questions on art history with 5 options each; "
            'start each with the label "Question" and its number, make each longer, and explain nothing.'
        ),
        terse=lambda k: "4 MCQ, 5 options, longer",
        example=lambda k: "\n".join(f"Question {i}\nWho?{' Say it.' * i}\n" + "\n".join(f"{c}) name" for c in "ABCDE") for i in range(1, 5)),
    ),
    bench_kind(
        "custom:reverse_newline",
        "lists at least 52 names in falling order from Zimbabwe on, each on a line",
        check=_falling,
        full=lambda k: "List the countries of Africa in reverse alphabetical order, each on a new line.",
        terse=lambda k: "African countries Z-A",
        example=lambda k: "\n".join(_COUNTRIES),
    ),
    bench_kind(
        "custom:word_reverse",
        "names the bald eagle with the words of the sentence in reverse order",
        check=lambda text, k: "bald eagle" in " ".join(reversed(bare(text))),
        full=lambda k: "Which animal is the national symbol of the US? Answer with a sentence whose words are in reverse order.",
        terse=lambda k: "US animal, words reversed",
        example=lambda k: "eagle bald the is It",
    ),
    bench_kind(
        "custom:character_reverse",
        "names the bald eagle with the letters of the sentence in reverse order",
        check=lambda text, k: "elgae dlab" in text.lower(),
        full=lambda k: "Which animal is the national symbol of the US? Answer with a sentence whose letters are in reverse order.",
        terse=lambda k: "US animal, letters reversed",
        example=lambda k: "elgae dlab eht si tI",
    ),
    bench_kind(
        "custom:sentence_alphabet",
        "is 26 sentences that start with the letters of the alphabet in turn",
        check=_alphabet_story,
        full=lambda k: "Tell a story of 26 sentences whose first words start with the letters of the alphabet in order.",
        terse=lambda k: "26 sentences A-Z",
        example=lambda k: " ".join(f"{chr(ord('A') + i)}nn is here." for i in range(26)),
    ),
    bench_kind(
        "custom:european_capitals_sort",
        "lists the European capitals north of 45 degrees from north to south",
        check=_capitals,
        full=lambda k: "List the European capitals north of 45 degrees, without countries, separated by commas, from north to south.",
        terse=lambda k: "capitals >45N, N to S",
        example=lambda k: ", ".join(CAPITALS),
    ),
    bench_kind(
        "custom:csv_city",
        "is a comma-separated table of cities with a head and seven rows",
        check=_city_table,
        full=lambda k: f"Write comma-separated values with the columns {', '.join(_CITY)} and 7 rows.",
        terse=lambda k: f"csv {','.join(_CITY)} 7 rows",
        example=lambda k: _table(_CITY, 7),
    ),
    bench_kind(
        "custom:csv_special_character",
        "is a comma-separated table of products with 14 rows and a quoted special character",
        check=_product_table,
        full=lambda k: f"Write comma-separated values with the columns {', '.join(_PRODUCT)} and 14 rows; quote a field with a special character.",
        terse=lambda k: f'csv {",".join(_PRODUCT)} 14 rows, one "#"',
        example=lambda k: _table(_PRODUCT, 14, mark="A, B"),
    ),
    bench_kind(
        "custom:csv_quotes",
        "is a tab-separated table of students with three rows and every field quoted",
        check=_student_table,
        full=lambda k: f"Write tab-separated values with the columns {', '.join(_STUDENT)} and 3 rows, each field in double quotes.",
        terse=lambda k: f'tsv {",".join(_STUDENT)} 3 rows, all "x"',
        example=lambda k: "\n".join("\t".join(f'"{cell}"' for cell in row.split(",")) for row in _table(_STUDENT, 3).split("\n")),
    ),
    bench_kind(
        "custom:date_format_list",
        "is a list of dates from 1769 to 1821 as YYYY-MM-DD, separated by commas",
        check=lambda text, k: all(_is_napoleonic(date) for date in text.split(",")),
        full=lambda k: "List the start dates of Napoleon's battles as YYYY-MM-DD, separated by commas, without explanation.",
        terse=lambda k: "battle dates YYYY-MM-DD,",
        example=lambda k: "1796-04-12, 1800-06-14",
    ),
)
