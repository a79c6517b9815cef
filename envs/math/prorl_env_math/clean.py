r"""Texts to one plain spelling: Unicode to LaTeX or ASCII, decoration removed. Linear in the length, no meaning decided.

`clean` keeps every character that could carry meaning: words inside styling commands become `\text{...}`, function names become commands.
`key` goes on to the form in which two texts are compared as strings.
"""

import re
import unicodedata

from prorl_env_math.numbers import repeating_decimals
from prorl_env_math.spelling import CHARACTERS, DROPPED, NUMBER_SETS, RENAMED, SPACES, SUBSCRIPTS, SUPERSCRIPTS, VULGAR

_SUPER, _SUB = str.maketrans(SUPERSCRIPTS), str.maketrans(SUBSCRIPTS)
_SUPERS, _SUBS = re.compile(f"[{''.join(SUPERSCRIPTS)}]+"), re.compile(f"[{''.join(SUBSCRIPTS)}]+")
_CIRCLED = re.compile("[\u2460-\u2468]")
_VULGARS = re.compile(f"[{''.join(VULGAR)}]")
_CONTROL = {"\x07": "\\a", "\x08": "\\b", "\x0b": "\\v", "\x0c": "\\f"}
_LOST_ESCAPE = re.compile(r"[\x07\x08\x0b\x0c](?=[a-z])|\t(?=ext\{|imes\b|frac|heta\b|an\b|o\b)|\r(?=ight|floor|ceil|angle)|\n(?=eq\b|e\b)")
_MACRO = re.compile(r"\\([A-Za-z]+|.)", re.DOTALL)
_SPACE_RUN = re.compile(r"\s+")
_BRACED_COMMA = re.compile(r"(?<=\d)\s?\{\s?,\s?\}\s?(?=\d)|\{,\}")
_SIGNS = {**dict.fromkeys(("percent", "pct", "percentage"), "\\%"), **dict.fromkeys(("degree", "degrees"), "^\\circ ")}
_LABEL_SIGN = re.compile(r"\s*[=:]")
_KEY_SPACE = re.compile(r"\s+(?!\d)|(?<!\d)\s+|(?<!\s)\s+(?=\s)")
_STYLED = re.compile(
    r"\\(text|mbox|hbox|emph|text(?:bf|rm|it|sf|tt|normal|up|sc)|math(?:rm|bf|it|sf|tt|bb|cal)|operatorname\*?|boldsymbol|bm|rm|bf)"
    r"\s*(?:\{\{([^{}]*)\}\}|\{([^{}]*)\})"
)
_BLACKBOARD = re.compile(r"\\mathbb\s*([RZNQC])(?![A-Za-z])")
_POSITIVE = re.compile(r"\\(reals|integers)\s*[_^]\s*(?:\+|\{\s*(?:\+|>\s?0)\s*\})|(?:\\naturals|(?<![A-Za-z\\])N)\s*[_^]\s*(?:\*|\+|\{\s*[*+]\s*\})")
_UNITS = re.compile(r"[A-Za-z]{1,4}(?:[/ .^*-]|\d|[A-Za-z])*$")
_COLOUR = re.compile(r"\\(?:text)?color\s*\{[^{}]*\}")
_NO_FENCE = re.compile(r"\\(?:left|right)\s*\.")
_ROW_GAP = re.compile(r"\\\\\s*\[[^\[\]]{0,12}\]")
_GAP = re.compile(r"\\[hv]space\*?\s*\{[^{}]*\}")
_NOT = re.compile(r"\\not\s*(=|\\in\b|\\equiv\b)")
_DEGREE_LETTER = re.compile(r"(?<=\d)\s*\^\s*(?:o(?![A-Za-z])|\{\s*o\s*\})")
_CELSIUS = re.compile(r"\^\s*(?:\\circ|\{\s*\\circ\s*\})\s*(?:\\text\s*\{\s*([CF])\s*\}|([CF])(?![A-Za-z]))")
_MOD = re.compile(
    r"\(\s*(?:\\(?:text|mathrm|operatorname|mbox|rm)\s*\{\s*mod\s*\}|\\[pb]?mod|mod)[\s\\,;:~]*([^()]{1,60})\)"
    r"|(?<![\\A-Za-z])mod\b(?=\s*\w)"
)
_FUNCTION_NAMES = """
    sin cos tan cot sec csc cosec arcsin arccos arctan sinh cosh tanh ln log lg exp gcd lcm max min tg ctg arctg cis det mod
"""
_FUNCTION_WORDS = frozenset(_FUNCTION_NAMES.split())
_LONE_VARIABLES = frozenset("eixyzn")
_UNIT_LETTERS = frozenset("mgshLlJNWVKAdtCF")
_START_MARKS, _END_MARKS = " ,;:\n\t", " .,;:\n\t"
_MATHS_NAMES = "mathrm mathbf mathit mathsf mathtt mathbb mathcal operatorname operatorname* boldsymbol bm rm bf"
_MATHS = frozenset(_MATHS_NAMES.split())


def ascii_form(text: str) -> str:
    """Unicode mathematics spelt in LaTeX: superscripts, vulgar fractions, signs, full-width characters."""
    text = _CIRCLED.sub(lambda m: f" {ord(m.group()) - 0x245F}, ", text)
    text = _SUPERS.sub(lambda m: "^{" + m.group().translate(_SUPER) + "}", text)
    text = _SUBS.sub(lambda m: "_{" + m.group().translate(_SUB) + "}", text)
    text = _VULGARS.sub(lambda m: " " + VULGAR[m.group()], text)
    return unicodedata.normalize("NFKC", text.translate(CHARACTERS)).translate(CHARACTERS)


def clean(text: str) -> str:
    """The text without delimiters, spacing and styling commands, aliases spelt one way; row breaks of matrices stay."""
    if not text.isascii():
        text = ascii_form(text)
    if not text.isprintable():
        text = _LOST_ESCAPE.sub(lambda m: _CONTROL.get(m.group(), {"\t": "\\t", "\r": "\\r", "\n": "\\n"}.get(m.group(), "")), text)
    text = _BRACED_COMMA.sub("", text).replace("~", " ")
    if "..." in text or "\\overline" in text or "\\bar" in text or "\\dot" in text:
        text = repeating_decimals(text).replace("...", "\\ldots ")
    if "mod" in text:
        text = _MOD.sub(lambda m: f"\\pmod{{{m[1]}}}" if m[1] else "\\pmod ", text)
    if "\\" in text:
        text = _latex(text)
    if "$" in text:
        text = text.replace("$", " ")
    if "^" in text:
        text = _CELSIUS.sub(lambda m: f"\\text{{deg{m[1] or m[2]}}}", _DEGREE_LETTER.sub("^\\\\circ", text))
    text = _SPACE_RUN.sub(" ", text).lstrip(_START_MARKS).rstrip(_END_MARKS)
    if text[:1] in ("`", "*"):
        text = _emphasised(text).lstrip(_START_MARKS).rstrip(_END_MARKS)
    if text[:1] == "{" and text[-1:] == "}" and _closes_at_end(text):
        text = text[1:-1].lstrip(_START_MARKS).rstrip(_END_MARKS)
    return text


def _emphasised(text: str) -> str:
    """The content of `code` or **bold** text."""
    text = text.strip("`")
    return text[2:-2] if len(text) > 4 and text.startswith("**") and text.endswith("**") else text


def _latex(text: str) -> str:
    text = text.replace(",\\!", "")
    if "space" in text:
        text = _GAP.sub(" ", text)
    if "\\begin" in text:
        text = _ROW_GAP.sub(r"\\\\ ", text)
    else:
        text = text.replace("\\\\", "\\")
    if "\\color" in text or "\\textcolor" in text:
        text = _COLOUR.sub("", text)
    text = _NOT.sub(lambda m: {"=": "\\ne ", "\\in": "\\notin "}.get(m[1], "\\not\\equiv "), _NO_FENCE.sub("", text))
    text = _STYLED.sub(_styled, _BLACKBOARD.sub(lambda m: NUMBER_SETS[m[1]], text))
    return _POSITIVE.sub(lambda m: "(0,\\infty)" if m[1] == "reals" else "\\naturals ", _MACRO.sub(_macro, text))


def _styled(match: re.Match[str]) -> str:
    """A styling command with its argument: a function's command, a set's name, a word as text, or the argument itself."""
    style, content = match[1], match[2] if match[3] is None else match[3]
    inner = content.replace("~", " ").replace("\\ ", " ").replace("\\,", " ").strip()
    before = match.string[max(match.start() - 8, 0) : match.start()].rstrip("\\,; ~")[-1:]
    if inner.lower() in _FUNCTION_WORDS and not _LABEL_SIGN.match(match.string, match.end()) and not (inner == "min" and before.isdigit()):
        return f"\\{inner.lower()} "
    if style in ("mathbb", "mathbf") and inner in NUMBER_SETS and (style == "mathbb" or inner != "C"):
        return NUMBER_SETS[inner]
    if inner.lower() in _SIGNS and before and before in "0123456789})":
        return _SIGNS[inner.lower()]
    if len(inner) == 1:
        unit = inner in _UNIT_LETTERS and before != "" and before in "0123456789})/"
        lone = style in _MATHS or inner in _LONE_VARIABLES
        return f"\\text{{{inner}}}" if unit or not lone else f" {inner} "
    if style not in _MATHS:
        return f"\\text{{{content}}}"
    word = len(inner) > 1 and inner.replace(" ", "").replace("/", "").replace(".", "").isalpha()
    measured = before.isdigit() and "/" in inner and _UNITS.match(inner) is not None
    if measured or (word and not (inner.isupper() and len(inner) <= 4)):
        return f"\\text{{{inner}}}"
    return f"{{{content}}}"


def _macro(match: re.Match[str]) -> str:
    name = match.group(1)
    if name.startswith(("quad", "qquad")):
        return " " + name.removeprefix("q").removeprefix("uad").removeprefix("quad")
    follower = match.string[match.end() : match.end() + 1]
    if name in DROPPED:
        return " " if follower.isalpha() else ""
    if name in SPACES:
        return " "
    renamed = RENAMED.get(name)
    if renamed is None:
        return match.group(0)
    joined = renamed[-1:].isalpha() and follower.isalnum()
    return renamed + " " if joined and (renamed[:1] == "\\" or follower.isalpha()) else renamed


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
    """What two cleaned texts are compared by as strings: no spaces but between digits, no \\text, words in lower case."""
    flat = _KEY_SPACE.sub("", untext(text)).lstrip(_START_MARKS).rstrip(_END_MARKS)
    return flat.lower() if flat.isalpha() and (len(flat) > 2 or flat.lower() in _SHORT_WORDS) else flat
