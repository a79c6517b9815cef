"""Cleaned text to tokens, and the tables of names that the parser knows. One compiled pattern, linear time."""

import re
from dataclasses import dataclass

from prorl_env_math.limits import MAX_DIGITS, MAX_TOKENS, LimitError, ParseError

_GREEK_NAMES = """
    alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi rho sigma tau upsilon phi chi psi omega Gamma Delta Theta
    Lambda Xi Sigma Upsilon Phi Psi Omega ell
"""
GREEK = frozenset(_GREEK_NAMES.split())
_FUNCTION_NAMES = """
    sin cos tan cot sec csc arcsin arccos arctan asin acos atan sinh cosh tanh ln log exp sqrt abs floor ceil factorial gcd lcm min
    max binom cbrt
"""
ALIASES = {
    "asin": "arcsin",
    "acos": "arccos",
    "atan": "arctan",
    "tg": "tan",
    "ctg": "cot",
    "cosec": "csc",
    "arctg": "arctan",
    "sgn": "sign",
    "lg": "lg",
    "cis": "cis",
}
FUNCTIONS = frozenset(_FUNCTION_NAMES.split()) | frozenset(ALIASES)
WORDS = frozenset(_FUNCTION_NAMES.split()) | GREEK | {"pi", "and", "or", "oo", "inf", "infty", "infinity", "cup", "in"}
"""Letter runs of plain text that mean something whole; any other short run is a product of letters."""
RELATIONS = {
    "=": "=", "==": "=", "<": "<", ">": ">", "<=": "<=", ">=": ">=", "!=": "!=", "\\le": "<=", "\\ge": ">=", "\\ne": "!=",
    "\\in": "in", "\\notin": "notin", "\\equiv": "=", "\\to": "=", "\\approx": "~", "\\mapsto": "->", "\\Rightarrow": "=>",
}  # fmt: skip


FENCES = {"\\lfloor": ("\\rfloor", "floor"), "\\lceil": ("\\rceil", "ceil")}
CONSTANT_COMMANDS = {
    "\\pi": "pi", "\\infty": "oo", "\\emptyset": "empty", "\\ldots": "dots",
    "\\reals": "reals", "\\integers": "integers", "\\naturals": "naturals", "\\rationals": "rationals", "\\complexes": "complexes",
}  # fmt: skip
SIGNS = frozenset({"\\overline", "\\hat", "\\widehat", "\\tilde", "\\widetilde", "\\dot", "\\ddot"})
"""Commands that put a mark on their argument and make another thing of it."""
BIG = {"\\sum": "sum", "\\prod": "prod", "\\int": "int", "\\lim": "lim"}
"""Operators that bind a variable."""


@dataclass(frozen=True, slots=True)
class Token:
    """One token; `kind` is "num", "word" (a letter or a known name), "cmd" (a LaTeX command), "text" (the content of its text command),
    "env" (begin or end of an environment) or "op"."""

    kind: str
    text: str
    spaced: bool
    """True where white space stands before it."""


_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?!,?\d)(?:\.\d+)?")
_TOKEN = re.compile(
    r"(?P<space>\s+)|(?P<text>\\text\s*\{[^{}]*\})|(?P<env>\\begin\s*\{array\}\s*\{[^{}]*\}|\\(?:begin|end)\s*\{[A-Za-z]+\*?\})|(?P<num>\d+(?:\.\d+)?|\.\d+|\d+\.(?!\d))|(?P<cmd>\\[A-Za-z]+|\\[{}\\])|(?P<word>[A-Za-z]+)"
    r"|(?P<op>\*\*|<=|>=|!=|==|[-+*/^_(){}\[\]|,;:=<>!%'&])"
)
_KNOWN = re.compile("|".join(sorted(WORDS - {"in", "or"}, key=len, reverse=True)))


def tokenize(text: str, *, grouped: bool) -> list[Token]:
    """The tokens of a cleaned text; `grouped` reads `1,234` outside brackets as one number. Raises ParseError or LimitError."""
    out: list[Token] = []
    at, depth, spaced = 0, 0, False
    while at < len(text):
        found = _GROUPED.match(text, at) if grouped and depth == 0 and text[at].isdigit() else None
        kind = "num" if found else ""
        if found is None:
            found = _TOKEN.match(text, at)
            if found is None:
                raise ParseError(f"the character {text[at]!r} at {at}")
            kind = found.lastgroup or ""
        piece, at = found.group(), found.end()
        if kind == "space":
            spaced = True
            continue
        if kind == "num":
            if len(piece) > MAX_DIGITS:
                raise LimitError(f"a number of {len(piece)} digits, at most {MAX_DIGITS} are read")
            out.append(Token("num", piece.replace(",", ""), spaced))
        elif kind == "word":
            out.extend(_words(piece, spaced))
        elif kind == "text":
            out.append(Token("text", piece[piece.index("{") + 1 : -1].strip(), spaced))
        else:
            depth += (piece in "([{") - (piece in ")]}") if kind == "op" else 0
            out.append(Token(kind, piece, spaced))
        spaced = False
        if len(out) > MAX_TOKENS:
            raise LimitError(f"more than {MAX_TOKENS} tokens")
    return out


def _words(run: str, spaced: bool) -> list[Token]:
    if run in WORDS or run in ALIASES or len(run) == 1:
        return [Token("word", run, spaced)]
    out: list[Token] = []
    at = 0
    while at < len(run):
        found = _KNOWN.match(run, at)
        piece = found.group() if found else run[at]
        out.append(Token("word", piece, spaced and at == 0))
        at += len(piece)
    if sum(len(t.text) == 1 for t in out) > 3:
        raise ParseError(f"the word {run[:40]!r}")
    return out
