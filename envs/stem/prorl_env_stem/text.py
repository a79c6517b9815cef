"""Short texts: chemical formulae, equations, base sequences and names, each compared after a normalisation of its own.

`H_2O`, `H₂O` and `\\ce{H2O}` are one formula (letter case matters: CO is not Co); `5'-TACG-3'`, `tac g` one sequence; `2H2+O2=2H2O` and
`O₂ + 2 H₂ → 2 H₂O` one equation (order within a side is free, coefficients are not); `The Mitochondrion.` and `mitochondrion` one name.
"""

import re
import unicodedata
from collections.abc import Callable

from prorl_env_stem.number import MAX_CHARS, LimitError

FORMS = ("formula", "equation", "sequence", "name")
_MACRO = re.compile(r"\\(?:text|mathrm|mathbf|textbf|textit|rm|ce|mbox|mathit)(?![A-Za-z])\s?|[${}_^]|\\[,;:! ]|[\u200b-\u200d\u2060\ufeff]")
_ARROW = re.compile(r"\\(?:rightarrow|to|longrightarrow|rightleftharpoons)(?![A-Za-z])|-+>|=+>|[→⟶⇌⟹]|<?=+")
_STATE = re.compile(r"\((?:s|l|g|aq)\)")
_COEFFICIENT = re.compile(r"^(\d{0,6})\s?\*?\s?(.*)$")
_FORMULA = re.compile(r"(?:[A-Z][a-z]?\d{0,3}|[()\[\]]\d{0,3}){1,40}[+-]?")
_LETTER_CASE = re.compile(r"[A-Z][a-z]?\d|[A-Z][a-z]?[A-Z]")
_ENDS = re.compile(r"[35]['’′]")
_BASES = frozenset("ACGTUN")


def form_of(gold: str) -> str:
    """The form that a gold text has, where the task names none."""
    plain = _plain(gold)
    if _ARROW.search(plain) and any(c.isalpha() for c in plain):
        return "equation"
    if len(plain) > 1 and set(plain) <= _BASES:
        return "sequence"
    if _FORMULA.fullmatch(plain) and _LETTER_CASE.search(plain):
        return "formula"
    return "name"


def same_text(gold: str, answer: str, form: str) -> bool:
    """Whether both are the same text under `form`, one of FORMS. Raises LimitError for an answer that is too long."""
    if len(answer) > max(MAX_CHARS, 2 * len(gold)):
        raise LimitError(f"limit: an answer of {len(answer)} characters, at most {max(MAX_CHARS, 2 * len(gold))} are read")
    normal = _NORMAL[form]
    wanted = normal(gold)
    return bool(wanted) and normal(answer) == wanted


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", _MACRO.sub("", text)).replace("−", "-").strip().rstrip(".")


def _formula(text: str) -> str:
    return re.sub(r"[\s*·]", "", _STATE.sub("", _plain(text)))


def _equation(text: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """Both sides as sorted (coefficient, formula) pairs; empty where there are not two sides."""
    sides = _ARROW.split(_plain(text))
    if len(sides) != 2:
        return ()
    return tuple(tuple(sorted(_term(t) for t in re.split(r"\s\+\s|\+(?=[\dA-Z\s(\[])", side))) for side in sides)


def _term(text: str) -> tuple[str, str]:
    match = _COEFFICIENT.match(_formula(text))
    return (match[1].lstrip("0") or "1", match[2]) if match else ("1", text)


def _sequence(text: str) -> str:
    return re.sub(r"[\s\-]", "", _ENDS.sub("", _plain(text))).upper()


def _name(text: str) -> str:
    words = re.sub(r"[\s\-]+", " ", _plain(text).strip(" \"'`*.,;:!")).casefold()
    for article in ("the ", "a ", "an "):
        words = words.removeprefix(article)
    return words


_NORMAL: dict[str, Callable[[str], object]] = {"formula": _formula, "equation": _equation, "sequence": _sequence, "name": _name}
