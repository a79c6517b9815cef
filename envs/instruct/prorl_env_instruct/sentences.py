"""Where a text's sentences end: frozen rules, close to those of the tokenizer that the published checks use, without its trained tables.

The text is read by its white-space pieces, and each piece ends at most one sentence, at its last `. ? !` that white space and more text, or a
closing or opening mark, follows. Line breaks alone end nothing, and what follows the last end is a sentence too.
- `?` and `!` always end; a full stop ends unless it closes an abbreviation (`Mr.`, `U.S.`), a single letter that is no word (`J. Doe`),
  an ellipsis, or a number that a small letter follows.
- After an abbreviation of several letters that is no title, or an ellipsis, the sentence ends all the same where a word that often starts
  sentences follows (`at 5 p.m. The`).
- Closing quotes and brackets go with the sentence before them.
- `。！？｡` end a sentence at once; the trained tokenizer, made for English, does not know them.
"""

import functools
import re
from collections.abc import Iterator

_PIECE = re.compile(r"\S+")
_WIDE_END = re.compile(r"[。！？｡]+[\"')\]}”’»]*")
_STOP = re.compile(r"[.?!。！？｡]")
_AFTER = frozenset(")\";}]*:@'({[!?‘’“”«»")
"""The marks that may follow a stop within a piece; any other character there means that the stop ends nothing (`3.14`, `a.b`)."""
_CLOSERS = frozenset("\"')]}‘’“”«»")
_CLOSING = re.compile(r"[\"')\]}‘’“”«»]+(?=\s|--|$)", re.MULTILINE)
_TOKEN_STARTS = frozenset('("`{[:;&#*@)}]-,')
_CUTS = frozenset(")\";}]*:@'({[!?`&#‘’“”«»")
_WORDS_OF_ONE_LETTER = "ai"
_NUMBER = re.compile(r"-?[.,]?\d[\d,.-]*")
_TITLES = frozenset((
    "mr", "mrs", "ms", "dr", "prof", "rev", "hon", "st", "gen", "col", "lt", "capt", "maj", "adm", "sgt", "sen", "rep", "gov", "messrs", "e.g", "i.e",
))  # fmt: skip
_ABBREVIATIONS = frozenset((
    "jr", "sr",
    "inc", "corp", "co", "ltd", "bros", "cos", "vs", "dept", "est", "fig", "ft", "mt", "ph.d", "u.s", "u.s.a", "u.k", "u.n", "d.c", "n.y", "n.j",
    "a.m", "p.m", "b.c", "a.d", "jan", "feb", "aug", "sept", "oct", "nov", "dec", "tues", "wed", "thurs", "calif", "conn", "mass",
    "mich", "minn", "tenn", "wis", "ariz", "kan", "okla", "ore", "fla", "ga", "ill", "ind", "va", "vt", "ky", "yr", "mg", "cie", "b.v", "n.v", "s.a",
))  # fmt: skip
_STARTERS = frozenset((
    "the", "a", "in", "but", "it", "he", "she", "they", "we", "you", "this", "that", "these", "those", "there", "if", "when", "while", "however",
    "although", "though", "since", "for", "at", "on", "by", "as", "to", "its", "his", "our", "some", "many", "both", "another", "meanwhile",
    "moreover", "nevertheless", "then", "yet", "no", "what", "how", "why", "under", "among", "after", "before", "even", "despite", "so",
))  # fmt: skip


@functools.lru_cache(maxsize=8)
def sentences_of(text: str) -> tuple[str, ...]:
    """The sentences, stripped, in order; empty for a blank text. Kept for the texts asked about last: several kinds ask about one text."""
    out: list[str] = []
    start = 0
    for end, following in _ends(text):
        if end <= start:
            continue
        closing = _CLOSING.match(text, following) if text[following : following + 1] in _CLOSERS else None
        out.append(text[start : closing.end() if closing else end])
        start = closing.end() if closing else following
    out.append(text[start:])
    return tuple(s for s in map(str.strip, out) if s)


def _ends(text: str) -> Iterator[tuple[int, int]]:
    """Where sentences end, in order: the place behind the stop, and where the next text starts."""
    matches = _PIECE.finditer(text)
    following = next(matches, None)
    while following:
        here, following = following, next(matches, None)
        piece = here[0]
        if not _STOP.search(piece):
            continue
        start, follower = here.start(), following[0] if following else ""
        stops = [start + m.end() for m in _WIDE_END.finditer(piece)] if not piece.isascii() else []
        at = len(piece) - 1 if piece[-1] in ".?!" and follower else _last_stop(piece)
        if at > 0 and piece[0] in "?!" and piece[1] in _AFTER:
            stops.append(start + 1)
        if at >= 0 and _ends_sentence(piece, at, follower):
            stops.append(start + at + 1)
        for stop in sorted(stops):
            yield stop, following.start() if following and stop == here.end() else stop


def _last_stop(piece: str) -> int:
    """The index of the last stop that a mark follows within the piece, or -1."""
    return next((at for at in range(len(piece) - 2, -1, -1) if piece[at] in ".?!" and piece[at + 1] in _AFTER), -1)


def _ends_sentence(piece: str, at: int, follower: str) -> bool:
    head = piece[:at]
    if piece[at] != "." or not head or "?" in head or "!" in head:
        return True
    after = _first_word(follower) if at + 1 == len(piece) else ""
    begin = at
    while begin > 0 and piece[begin - 1] not in _CUTS:
        begin -= 1
    token = head[begin - (head[begin - 1 : begin] == "'") :].lstrip(",-")
    kind = token.lower()
    if len(token) == 1 and token.isalpha():
        return kind in _WORDS_OF_ONE_LETTER
    if kind in _TITLES:
        return False
    if token.endswith(".") or kind in _ABBREVIATIONS or kind.rpartition("-")[2] in _ABBREVIATIONS:
        return _starts(after) or any(c in follower[:-1] for c in "?!")
    if _NUMBER.fullmatch(token):
        return not after[:1].islower()
    return True


def _first_word(follower: str) -> str:
    """The follower up to its first mark; empty where it starts with one."""
    if follower[:1] in _TOKEN_STARTS:
        return ""
    end = next((i for i, c in enumerate(follower) if c in _CUTS or c in ".,"), len(follower))
    return follower[:end]


def _starts(word: str) -> bool:
    """Whether the word is one that starts sentences, with its capital letter."""
    return word[:1].isupper() and word.lower() in _STARTERS
