"""Texts to one plain spelling: Unicode to LaTeX or ASCII, decoration removed. Linear in the length, no meaning decided.

`clean` keeps every character that could carry meaning; `key` goes on to the form in which two texts are compared as strings.
"""

import re
import unicodedata

_GREEK = (
    "α alpha β beta γ gamma δ delta ε epsilon θ theta λ lambda μ mu ρ rho σ sigma τ tau φ phi ψ psi ω omega Δ Delta Σ Sigma Ω Omega Γ Gamma Φ Phi"
)
_COMMANDS = (
    "π pi ∞ infty √ sqrt ≤ le ⩽ le ≥ ge ⩾ ge ≠ ne ∪ cup ∩ cap ∈ in ± pm ∓ mp ∅ emptyset ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil … ldots " + _GREEK
).split()
_PLAIN = {
    **dict.fromkeys("−–—‐‑‒﹣－", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad\ufffd∠", ""),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("×⋅·∙•∗", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("°˚º", "^\\circ "),
    **dict.fromkeys("′’", "'"),
    **dict.fromkeys("€£", "\\$"),
    **dict(zip("，。：；（）【】％≈ℝ", (", ", ".", ":", ";", "(", ")", "[", "]", "%", "=", "R "), strict=True)),
}
_UNICODE = _PLAIN | {c: f"\\{name} " for c, name in zip(_COMMANDS[::2], _COMMANDS[1::2], strict=True)}
_TABLE = str.maketrans(_UNICODE)
_SUPER = {ord(c): d for c, d in zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True)}
_SUB = {ord(c): d for c, d in zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)}
_SUPERS, _SUBS = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ]+"), re.compile("[₀₁₂₃₄₅₆₇₈₉]+")
_VULGAR = {c: unicodedata.normalize("NFKC", c).replace("⁄", "/") for c in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}
_VULGARS = re.compile("[" + "".join(_VULGAR) + "]")

_DROPPED_NAMES = """
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle textstyle scriptstyle limits nolimits
    mathrm mathbf mathit mathsf mathtt mathbb mathcal boldsymbol bm operatorname rm bf it hfill overline vec boxed fbox ensuremath
    phantom mathord mathop protect
"""
_DROPPED = frozenset(_DROPPED_NAMES.split())
_SPACES = frozenset(("quad", "qquad", ",", ";", ":", " ", "\n", "hspace", "thinspace", "enspace", "newline"))
_RENAMED = {
    "dfrac": "\\frac",
    "tfrac": "\\frac",
    "cfrac": "\\frac",
    "dbinom": "\\binom",
    "tbinom": "\\binom",
    "leq": "\\le",
    "leqslant": "\\le",
    "geq": "\\ge",
    "geqslant": "\\ge",
    "neq": "\\ne",
    "lt": "<",
    "gt": ">",
    "lbrace": "\\{",
    "rbrace": "\\}",
    "lvert": "|",
    "rvert": "|",
    "vert": "|",
    "mid": "|",
    "cdot": "*",
    "times": "*",
    "ast": "*",
    "div": "/",
    "colon": ":",
    "%": "%",
    "_": "_",
    "&": "&",
    "$": "",
    "(": " ",
    ")": " ",
    "[": " ",
    "]": " ",
    "!": "",
    "mbox": "\\text",
    "textbf": "\\text",
    "textrm": "\\text",
    "textit": "\\text",
    "textsf": "\\text",
    "degree": "^\\circ",
    "varnothing": "\\emptyset",
    "cdots": "\\ldots",
    "dots": "\\ldots",
    "arccos": "\\arccos",
    "lparen": "(",
    "rparen": ")",
    "lbrack": "[",
    "rbrack": "]",
    "prime": "'",
    "cupdot": "\\cup",
    "varphi": "\\phi",
    "varepsilon": "\\epsilon",
    "Vert": "|",
    "|": "|",
    "implies": ",",
    "land": "\\text{ and }",
    "lor": "\\text{ or }",
    "approx": "=",
}
_MACRO = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_SPACE_RUN = re.compile(r"\s+")
_END_MARKS = " .,;:\n\t"


def _macro(match: re.Match[str]) -> str:
    name = match.group(1)
    if name.startswith(("quad", "qquad")):
        return " " + name.removeprefix("q").removeprefix("uad").removeprefix("quad")
    if name in _DROPPED:
        return " " if match.end() < len(match.string) and match.string[match.end()].isalpha() else ""
    if name in _SPACES:
        return " "
    renamed = _RENAMED.get(name)
    if renamed is None:
        return match.group(0)
    return (
        renamed + " "
        if renamed[:1] == "\\" and renamed[-1:].isalpha() and match.end() < len(match.string) and match.string[match.end()].isalnum()
        else renamed
    )


def ascii_form(text: str) -> str:
    """Unicode mathematics spelt in LaTeX: superscripts, vulgar fractions, signs, full-width characters."""
    text = _SUPERS.sub(lambda m: "^{" + m.group().translate(_SUPER) + "}", text)
    text = _SUBS.sub(lambda m: "_{" + m.group().translate(_SUB) + "}", text)
    text = _VULGARS.sub(lambda m: " " + _VULGAR[m.group()], text)
    return unicodedata.normalize("NFKC", text.translate(_TABLE)).translate(_TABLE)


def clean(text: str) -> str:
    """The text without delimiters, spacing and styling commands, aliases spelt one way; row breaks of matrices stay."""
    if not text.isascii():
        text = ascii_form(text)
    if "\\" in text:
        text = text.replace(",\\!", "").replace("{,}", "")
        if "\\begin" not in text:
            text = text.replace("\\\\", "\\")
        text = _MACRO.sub(_macro, text)
    if "$" in text:
        text = text.replace("$", " ")
    if "`" in text or "**" in text:
        text = text.strip("`").strip()
        if len(text) > 4 and text.startswith("**") and text.endswith("**"):
            text = text[2:-2]
    text = _SPACE_RUN.sub(" ", text).strip(_END_MARKS)
    if text[:1] == "{" and text[-1:] == "}" and _closes_at_end(text):
        text = text[1:-1].strip(_END_MARKS)
    return text


def _closes_at_end(text: str) -> bool:
    depth = 0
    for at, char in enumerate(text):
        depth += (char == "{") - (char == "}")
        if depth == 0:
            return at == len(text) - 1
    return False


_TEXT = re.compile(r"\\text\s*\{([^{}]*)\}")


_SHORT_WORDS = frozenset({"no", "up", "on", "in", "at", "it", "or"})


def untext(text: str) -> str:
    r"""The text with `\text{...}` replaced by its content."""
    return _TEXT.sub(r" \1 ", text) if "\\text" in text else text


def key(text: str) -> str:
    """What two cleaned texts are compared by as strings: no spaces, no \\text, words in lower case."""
    flat = _SPACE_RUN.sub("", untext(text)).strip(_END_MARKS)
    return flat.lower() if flat.isalpha() and (len(flat) > 2 or flat.lower() in _SHORT_WORDS) else flat
