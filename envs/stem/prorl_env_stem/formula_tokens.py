"""Symbolic expressions as tokens: LaTeX, Unicode and plain spelling in one form.

Numbers stay as they are, symbols become `$name`, functions `!name`, operators one character each. A run of letters is a product of one-letter
symbols, except for names of functions and Greek letters; what stands in upright letters, and a concentration such as `[NH_3]`, is one symbol.
"""

import re
import unicodedata

MAX_TOKENS = 220
_ANGLES = "sin cos tan cot sec csc"
FUNCTIONS = frozenset(f"{_ANGLES} arcsin arccos arctan asin acos atan sinh cosh tanh ln log exp sqrt abs".split())
_LOWER = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega"
_UPPER = {
    "Γ": "Gamma",
    "Δ": "Delta",
    "∆": "Delta",
    "Θ": "Theta",
    "Λ": "Lambda",
    "Ξ": "Xi",
    "Π": "Pi",
    "Σ": "Sigma",
    "Φ": "Phi",
    "Ψ": "Psi",
    "Ω": "Omega",
}
_OTHER = {"µ": "mu", "ħ": "hbar", "ℏ": "hbar", "ℓ": "ell", "ϕ": "phi", "ϵ": "epsilon", "ϑ": "theta"}
_SPELLED = {chr(0x3B1 + i): name for i, name in enumerate(_LOWER.split())} | _UPPER | _OTHER
_ALIASES = {"varepsilon": "epsilon", "vartheta": "theta", "varphi": "phi", "varrho": "rho"}
GREEK = frozenset(_SPELLED.values()) | frozenset(_ALIASES)
"""Names of letters that are one symbol also without a backslash."""
_SUBSCRIPT = str.maketrans("₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜ", "0123456789aeoxhklmnpst")
_SUPERSCRIPT = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ", "0123456789-+n")
_LOW_RUN = re.compile("[₀₁₂₃₄₅₆₇₈₉ₐₑₒₓₕₖₗₘₙₚₛₜ]+")
_HIGH_RUN = re.compile("[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺ⁿ]+")
_CLEAN = re.compile(
    r"\\left(?![a-z])|\\right(?![a-z])|\\(?:big|Big|bigg|Bigg)[lr]?(?![a-z])|\\displaystyle|\\[,;:! ]|\\q?quad|"
    r"\\[()\[\]]|[$\u200b-\u200f\u2060\ufeff]"
)
_ACCENT = re.compile(
    r"\\(vec|hat|bar|dot|ddot|tilde|overline|mathbf|boldsymbol|bm|mathcal|mathrm|text|mathit|operatorname|textit|textbf)\s?\{([^{}]{1,20})\}"
)
_SPECIES = re.compile(r"\[\s?([A-Z][A-Za-z0-9_{}()]{0,14}(?:\^?\{?\d?[+-]\}?)?)\s?\]")
"""A concentration: `[NH_3]` is one symbol."""
_PLAIN_ACCENTS = ("mathrm", "text", "mathit", "operatorname", "mathbf", "boldsymbol", "bm", "textit", "textbf", "vec")
_TOKEN = re.compile(
    r"\s*(?:(?P<num>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d{1,3}(?![\w.]))?)|\\(?P<macro>[A-Za-z]+)|(?P<name>[A-Za-z]+)|(?P<mark>@\w+@)|(?P<op>\*\*|[-+*/^_{}()\[\]|'=,]))"
)
_TIMES = {"cdot", "times", "ast"}


def tidied(text: str) -> str:
    """The text with ASCII operators, scripts in braces, Greek letters as macros, and upright names and species as marks."""
    text = _LOW_RUN.sub(lambda m: "_{" + m[0].translate(_SUBSCRIPT) + "}", text)
    text = _HIGH_RUN.sub(lambda m: "^{" + m[0].translate(_SUPERSCRIPT) + "}", text)
    text = "".join(f"\\{_SPELLED[c]} " if c in _SPELLED else c for c in _CLEAN.sub(" ", text))
    text = unicodedata.normalize("NFKC", text)
    for mark, plain in (
        ("·", "*"),
        ("×", "*"),
        ("⋅", "*"),
        ("∙", "*"),
        ("−", "-"),
        ("–", "-"),
        ("÷", "/"),
        ("′", "'"),
        ("√", "\\sqrt "),
        ("≈", "="),
        ("\\prime", "'"),
    ):
        text = text.replace(mark, plain)
    for _ in range(3):
        text = _ACCENT.sub(_accented, text)
    text = _SPECIES.sub(lambda m: f" @of{re.sub('[^A-Za-z0-9]', '', m[1])}@ ", text)
    return text.strip().rstrip(".;,")


def _accented(match: re.Match[str]) -> str:
    """An accent as a mark on its symbol; upright letters as they are, several of them as one name."""
    accent, inner = match[1], match[2].strip()
    if accent in _PLAIN_ACCENTS:
        return f" @{inner}@ " if inner.isalnum() and len(inner) > 1 and inner not in FUNCTIONS else f" {inner} "
    plain = re.sub(r"\W", "", inner)
    return f" @{plain}{accent}@ " if plain else " "


def tokens_of(text: str, symbols: frozenset[str]) -> list[str]:
    """Numbers as they are, symbols as "$name", functions as "!name", operators; an empty list where a character fits nowhere."""
    out: list[str] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            return []
        at = match.end()
        if match["num"]:
            out.append(match["num"])
        elif match["op"]:
            out.append("^" if match["op"] == "**" else match["op"])
        elif match["mark"]:
            out.append("$" + match["mark"].strip("@"))
        elif match["macro"]:
            out.append(_macro(match["macro"]))
        else:
            out += _names(match["name"], symbols)
        if len(out) > 4 * MAX_TOKENS:
            break
    return out


def _macro(name: str) -> str:
    if name in _TIMES:
        return "*"
    if name in ("div", "over"):
        return "/"
    if name in FUNCTIONS:
        return f"!{name}"
    if name in ("frac", "dfrac", "tfrac", "cfrac"):
        return "!frac"
    return f"${_ALIASES.get(name, name)}"


def _names(run: str, symbols: frozenset[str]) -> list[str]:
    if run in symbols:
        return [f"${run}"]
    if run in FUNCTIONS:
        return [f"!{run}"]
    if run in GREEK and (len(run) > 2 or run == "pi"):
        return [f"${_ALIASES.get(run, run)}"]
    for name in ("sin", "cos", "tan", "exp", "sqrt", "ln", "log"):
        if run.endswith(name) or run.startswith(name):
            head, tail = (run[: -len(name)], "") if run.endswith(name) else ("", run[len(name) :])
            return [*(f"${c}" for c in head), f"!{name}", *(f"${c}" for c in tail)]
    return [f"${c}" for c in run]
