"""Questions of several parts: where the answers of the parts stand, and the score over them.

Accepted are a box for each part in order, one box with a list (semicolons, lines, or commas), and labels before the answers, as in
`a) 5 N; b) 3 s` or `v = 2 m/s, t = 3 s`. In tolerant mode labelled lines need no box. More answers than parts are no answer.
"""

import re
from collections.abc import Sequence

from prorl_env_stem.golds import Asked
from prorl_env_stem.judge import MAX_ANSWER_CHARS, judge
from prorl_gym import extract as find
from prorl_gym.types import Outcome, Verdict

_LINES = re.compile(r"\n|\\\\|\\newline")
_AND = re.compile(r"\s(?:and|&)\s")
_LABEL_BEFORE = r"[\s\-*•($\\{]{0,6}(?:part\s)?%s[\s)$}*.]{0,4}[:=)]\s*(.+)$"


def extract_parts(text: str, labels: Sequence[str], *, tolerant: bool) -> str | None:
    """One text that holds the answers: the last box, or the last boxes a line each, or labelled lines."""
    boxes = _boxes(text, len(labels))
    if boxes:
        last = boxes[-1]
        return "\n".join(boxes) if len(boxes) == len(labels) > 1 and split_parts(last, labels) is None else last
    if not tolerant:
        return None
    lines = text[-MAX_ANSWER_CHARS:].split("\n")
    found = {label: line.strip() for line in lines for label in labels if _labelled(line, label)}
    return "\n".join(found[label] for label in labels if label in found) or None


def _boxes(text: str, count: int) -> list[str]:
    """The last `count` boxes in order."""
    found: list[str] = []
    rest = text
    while len(found) < count and (boxed := find.last_boxed(rest)):
        found.append(boxed)
        rest = rest[: max(rest.rfind("\\boxed"), rest.rfind("\\fbox"))]
    return found[::-1]


def split_parts(answer: str, labels: Sequence[str]) -> dict[str, str] | None:
    """Label to answer; None where the pieces cannot be told apart or are too many."""
    ways = _divisions(answer)
    for pieces in sorted(ways, key=lambda way: (len(way) != len(labels), -len(way))):
        labelled = {label: rest for piece in pieces for label in labels if (rest := _labelled(piece, label))}
        named = sum(any(_labelled(piece, label) for label in labels) for piece in pieces)
        if named == len(pieces) == len(labelled) and len(pieces) <= len(labels):
            return labelled
        placed = all(labelled.get(label) == _labelled(piece, label) for label, piece in zip(labels, pieces, strict=False) if label in labelled)
        if len(pieces) == len(labels) and named == len(labelled) and placed:
            return dict(zip(labels, pieces, strict=True)) | labelled
    return None


def _divisions(answer: str) -> list[list[str]]:
    """The ways to divide the text, the surest first."""
    ways = [_LINES.split(answer), answer.split(";"), _at_commas(answer), [q for p in _at_commas(answer) for q in _AND.split(p)]]
    return [[p.strip(" ,;") for p in way if p.strip(" ,;")] for way in ways]


def _at_commas(text: str) -> list[str]:
    """Divided at commas outside of brackets that do not group digits."""
    pieces, depth, start = [""] * 0, 0, 0
    for i, char in enumerate(text):
        depth += (char in "({[") - (char in ")}]")
        if char == "," and depth == 0 and text[i - 1 : i] != "\\" and not text[i + 1 : i + 2].isdigit():
            pieces.append(text[start:i])
            start = i + 1
    return [*pieces, text[start:]]


def _labelled(piece: str, label: str) -> str:
    """What follows the label at the front of the piece; empty where it does not stand there."""
    match = re.match(_LABEL_BEFORE % re.escape(label), piece[:400], re.IGNORECASE if len(label) > 2 else 0)
    return match[1].strip().rstrip("$") if match else ""


def judge_parts(question: Asked, answer: str) -> Verdict:
    """The fraction of the parts that are right, or with `all_or_nothing` whether all are; each part's score in `parts`."""
    if len(answer) > MAX_ANSWER_CHARS:
        return Verdict.graded(0.0, reason=f"limit: an answer of {len(answer)} characters, at most {MAX_ANSWER_CHARS} are read")
    labels = [part.label for part in question.parts]
    if len(set(labels)) < len(labels):
        return Verdict.ungradable(f"gold: the parts have equal labels: {', '.join(labels)}")
    given = split_parts(answer, labels) or {}
    verdicts = {part.label: judge(part, given.get(part.label, "")) for part in question.parts}
    for label, verdict in verdicts.items():
        if verdict.outcome is Outcome.UNGRADABLE:
            return Verdict.ungradable(f"part {label}: {verdict.reason}")
    right = sum(v.score for v in verdicts.values())
    whole = float(right == len(labels))
    score = whole if question.settings.get("all_or_nothing") else right / len(labels)
    reason = f"parts: {right:g} of {len(labels)}" if given else f"unread: expected {len(labels)} answers, divided by semicolons"
    return Verdict.graded(score, extracted=answer[:300], reason=reason, parts={**{k: v.score for k, v in verdicts.items()}, "all": whole})
