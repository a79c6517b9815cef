"""The tables of spellings that mean one thing: Unicode characters, LaTeX aliases, styling commands. Data only; `clean` applies them."""

import unicodedata

_GREEK = (
    "α alpha β beta γ gamma δ delta ε epsilon ζ zeta η eta θ theta λ lambda μ mu ν nu ξ xi ρ rho σ sigma τ tau φ phi ϕ phi χ chi ψ psi "
    "ω omega Δ Delta Σ Sigma Ω Omega Γ Gamma Φ Phi Θ Theta Λ Lambda Π Pi Ψ Psi"
)
_COMMANDS = (
    "π pi ∞ infty √ sqrt ≤ le ⩽ le ≥ ge ⩾ ge ≠ ne ∪ cup ∩ cap ∈ in ± pm ∓ mp ∅ emptyset ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil … ldots ⋯ ldots "
    "≈ approx ≃ approx ≡ equiv ℝ reals ℤ integers ℕ naturals ℚ rationals ∑ sum ∏ prod ∫ int → to ∖ setminus ∧ wedge ∨ vee ⟨ langle ⟩ rangle "
    "∛ cbrt " + _GREEK
).split()
_PLAIN = {
    **dict.fromkeys("−–—‐‑‒﹣－", "-"),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u200e\u200f\u00ad\ufffd∠∡△", ""),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("×⋅·∙•∗", "*"),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("°˚º", "^\\circ "),
    **dict.fromkeys("′’‘", "'"),
    **dict.fromkeys("€£¥₹", "\\$"),
    **dict.fromkeys("∶", ":"),
    **dict(zip("，。、：；（）【】％", (", ", ".", ", ", ":", ";", "(", ")", "[", "]", "%"), strict=True)),
}
CHARACTERS = str.maketrans(_PLAIN | {c: f"\\{name} " for c, name in zip(_COMMANDS[::2], _COMMANDS[1::2], strict=True)})
"""One character to ASCII or LaTeX, for `str.translate`."""
SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ⁿ", "0123456789+-n", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉ₙₖ", "0123456789nk", strict=True))
VULGAR = {c: unicodedata.normalize("NFKC", c).replace("⁄", "/") for c in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"}

_DROPPED_NAMES = """
    left right big Big bigg Bigg bigl bigr Bigl Bigr biggl biggr Biggl Biggr middle displaystyle textstyle scriptstyle limits nolimits
    mathrm mathbf mathit mathsf mathtt mathbb mathcal mathscr mathfrak boldsymbol bm operatorname rm bf it hfill vec overrightarrow
    boxed fbox ensuremath phantom mathord mathop mathrel mathbin protect underline angle measuredangle triangle large Large small tiny
    nonumber notag qedhere cal sf tt overarc
"""
DROPPED = frozenset(_DROPPED_NAMES.split())
"""Commands that say how their argument looks, not what it is."""
SPACES = frozenset(("quad", "qquad", ",", ";", ":", ">", " ", "\n", "hspace", "thinspace", "medspace", "enspace", "newline", "space", "hskip"))
RENAMED = {
    **dict.fromkeys(("dfrac", "tfrac", "cfrac", "sfrac", "nicefrac", "flatfrac", "xfrac"), "\\frac"),
    **dict.fromkeys(("dbinom", "tbinom"), "\\binom"),
    **dict.fromkeys(("leq", "leqslant", "leqq"), "\\le"),
    **dict.fromkeys(("geq", "geqslant", "geqq"), "\\ge"),
    "neq": "\\ne",
    **dict.fromkeys(("lt", "textless"), "<"),
    **dict.fromkeys(("gt", "textgreater"), ">"),
    "lbrace": "\\{",
    "rbrace": "\\}",
    **dict.fromkeys(("lvert", "rvert", "vert", "mid", "Vert", "|", "lVert", "rVert"), "|"),
    **dict.fromkeys(("cdot", "times", "ast"), "*"),
    "div": "/",
    "colon": ":",
    **{mark: mark for mark in "%_&"},
    "$": "",
    **dict.fromkeys("()[]", " "),
    "!": "",
    **dict.fromkeys(("mbox", "textbf", "textrm", "textit", "textsf", "texttt", "textnormal", "hbox", "emph", "textup", "textsc"), "\\text"),
    "degree": "^\\circ",
    "varnothing": "\\emptyset",
    **dict.fromkeys(("cdots", "dots", "dotsc", "dotsb", "dotsm", "dotso", "vdots", "ddots"), "\\ldots"),
    "lparen": "(",
    "rparen": ")",
    "lbrack": "[",
    "rbrack": "]",
    "langle": "(",
    "rangle": ")",
    "prime": "'",
    **dict.fromkeys(("cupdot", "bigcup", "sqcup", "uplus"), "\\cup"),
    "bigcap": "\\cap",
    **dict.fromkeys(("backslash", "smallsetminus"), "\\setminus"),
    "varphi": "\\phi",
    "varepsilon": "\\epsilon",
    "vartheta": "\\theta",
    **dict.fromkeys(("implies", "Rightarrow", "Longrightarrow", "iff", "Leftrightarrow"), "\\Rightarrow"),
    **dict.fromkeys(("land", "wedge"), "\\text{ and }"),
    **dict.fromkeys(("lor", "vee"), "\\text{ or }"),
    **dict.fromkeys(("approx", "approxeq", "simeq", "thickapprox", "doteq"), "\\approx"),
    **dict.fromkeys(("rightarrow", "longrightarrow"), "\\to"),
    **dict.fromkeys(("mod", "bmod"), "\\pmod"),
    **dict.fromkeys(("R", "real", "Reals"), "\\reals"),
    **dict.fromkeys(("Z", "Integers"), "\\integers"),
    "N": "\\naturals",
    "Q": "\\rationals",
    **dict.fromkeys(("tg",), "\\tan"),
    **dict.fromkeys(("ctg", "cotg"), "\\cot"),
    **dict.fromkeys(("arctg", "atan"), "\\arctan"),
    **dict.fromkeys(("imath", "jmath"), "i"),
    "minus": "-",
    "plus": "+",
    "owns": "\\in",
    "bar": "\\overline",
    "infin": "\\infty",
    "exponentialE": "e",
}  # fmt: skip
"""Aliases to one spelling; a command that is not here stays as it is."""
NUMBER_SETS = {"R": "\\reals ", "Z": "\\integers ", "N": "\\naturals ", "Q": "\\rationals ", "C": "\\complexes "}
"""What a blackboard-bold letter stands for."""
