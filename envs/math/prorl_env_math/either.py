r"""The paper's rule: an answer is right where either of two independent checkers accepts it. This is the second of them.

It is the package math-verify, with its own time-outs off: they are signals, which die off the main thread. Nothing in it is bounded in
time, so what may grow without bound (towers, large exponents, factorials, long numbers, deep nesting, sums, integrals) never reaches it,
and what still hangs is killed with the worker that grades. It is asked only where our own checker has refused: it can add an acceptance,
and no failure of it takes one away. Of the text that it reads it evaluates digits, operators and brackets only.

Source: ProRL, arXiv 2505.24864, appendix on rewards, after DeepScaleR.
"""

import importlib
import importlib.util
import logging
import re
from typing import Any

from prorl_gym.errors import ConfigError, MissingExtraError, missing_extra

CHECKERS = ("own", "either")
MAX_CHARS = 300
MAX_DIGITS = 40
"""Digits of one number."""
MAX_DEPTH = 12
"""Nested brackets of any kind."""
MAX_ITEMS = 40
MAX_POWERS = 8
"""Powers in one text."""
MAX_EXPONENT = 400
"""The product of all whole exponents in a text: a bound on every power that brackets can build from them."""
MAX_SYMBOLIC_EXPONENT = 8
"""The same where a bracket is raised in a text with letters: it may be multiplied out."""
MAX_FACTORIALS = 3
_DIGITS = re.compile(rf"\d{{{MAX_DIGITS + 1}}}")
_POWER = re.compile(r"(?:\^|\*\*)\s*")
_EXPONENT = re.compile(
    r"\{?\s*[-+−]?\s*(?:(\d{1,3})(?!\d)|[A-Za-z]|\\[a-z]{1,7}|\d{1,2}\s*[A-Za-z]|[A-Za-z]\s*[-+]\s*\d{1,2}|\d{1,2}/\d{1,2}|\\d?frac\{\d{1,2}\}\{\d{1,2}\})"
    r"\s*(?:\}|(?![\w(!^]))(?!\s*(?:\^|\*\*|!))"
)
"""One exponent without powers, brackets or factorials of its own; group 1 where it is a whole number."""
_BRACKET_POWER = re.compile(r"[)}\]]\s*(?:\^|\*\*)")
_COMMAND = re.compile(r"\\[A-Za-z]+")
_LETTER = re.compile(r"[A-Za-z]")
_FACTORIAL = re.compile(r"!(?!=)")
_SMALL_FACTORIAL = re.compile(r"(?<![\d^.])\d{1,2}\s*!(?!\s*[!^])")
_SMALL_BINOMIAL = re.compile(r"\\[dt]?binom\s*\{\d{1,2}\}\s*\{\d{1,2}\}")
_LOGARITHM = re.compile(r"log|ln|lg|exp|e\s*(?:\^|\*\*)")
_LARGE_NUMBER = re.compile(r"\d[\d.,]{4}|\d[eE]")
"""Beside a logarithm a number may become an exponent: ln 24 against 7654321 makes 24^7654321."""
_UNBOUNDED = re.compile(r"\\(?:i*int|sum|prod|lim|partial|nabla|det|def|newcommand|let|Gamma|zeta)(?![a-z])|factorial|gamma|zeta")


def rule(env_id: str, checker: str) -> dict[str, str]:
    """What tasks say of their checker: nothing where it is our own. Raises ConfigError, or MissingExtraError where math-verify is missing."""
    if checker not in CHECKERS:
        raise ConfigError(f"{env_id}: checker is one of {', '.join(CHECKERS)}; got {checker!r}")
    if checker == "own":
        return {}
    if importlib.util.find_spec("math_verify") is None:
        raise _missing(env_id)
    return {"checker": checker}


def _missing(who: str) -> MissingExtraError:
    return missing_extra("math-verify", "math-verify", wanted_by=f"{who} with checker = 'either'")


def refused(text: str) -> str:
    """Why a text is not shown to the second checker, or an empty text. Linear in the length."""
    if len(text) > MAX_CHARS:
        return f"{len(text)} characters, at most {MAX_CHARS} are shown"
    if _DIGITS.search(text):
        return f"a number of more than {MAX_DIGITS} digits"
    if text.count(",") + text.count("&") > MAX_ITEMS:
        return f"more than {MAX_ITEMS} items"
    if _deepest(text) > MAX_DEPTH:
        return f"more than {MAX_DEPTH} nested brackets"
    if found := _UNBOUNDED.search(text):
        return f"{found.group()} may be unbounded"
    factorials = len(_FACTORIAL.findall(text))
    if factorials > MAX_FACTORIALS or factorials != len(_SMALL_FACTORIAL.findall(text)):
        return "a factorial that may be large"
    if text.count("binom") != len(_SMALL_BINOMIAL.findall(text)):
        return "a binomial coefficient that may be large"
    return _powers(text)


def refused_together(one: str, two: str) -> str:
    """Why two texts that may each be shown are not compared, or an empty text."""
    both = f"{one} {two}"
    return "a large number beside a logarithm" if _LOGARITHM.search(both) and _LARGE_NUMBER.search(both) else ""


def _deepest(text: str) -> int:
    depth = deepest = 0
    for char in text:
        depth += (char in "([{") - (char in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _powers(text: str) -> str:
    symbolic = _BRACKET_POWER.search(text) and _LETTER.search(_COMMAND.sub("", text))
    limit, product = MAX_SYMBOLIC_EXPONENT if symbolic else MAX_EXPONENT, 1
    for count, found in enumerate(_POWER.finditer(text), 1):
        exponent = _EXPONENT.match(text, found.end())
        if exponent is None and not text.startswith(("\\circ", "{\\circ}"), found.end()):
            return "an exponent that is not simple"
        product *= max(1, int(exponent.group(1) or 1)) if exponent else 1
        if product > limit or count > MAX_POWERS:
            return f"powers above {limit} in all, or more than {MAX_POWERS} of them"
    return ""


def accepts(gold: str, answer: str) -> bool:
    """True where math-verify holds the answer for equal to the gold. Raises MissingExtraError where it is not installed."""
    if not gold.strip() or not answer.strip() or refused(gold) or refused(answer) or refused_together(gold, answer):
        return False
    try:
        other: Any = importlib.import_module("math_verify")
    except ModuleNotFoundError as error:
        raise _missing("a task") from error
    logging.getLogger("math_verify").setLevel(logging.ERROR)  # it warns of its time-outs being off, which is the point
    try:
        golds, answers = (other.parse(_boxed(text), parsing_timeout=0) for text in (gold, answer))
        return bool(golds and answers and other.verify(golds, answers, timeout_seconds=0))
    except Exception:  # the boundary to another checker: whatever it raises, it has not accepted
        return False


def _boxed(text: str) -> str:
    """The text as the content of a box, which decides how much math-verify finds in it."""
    return text if "\\boxed" in text else f"\\boxed{{{text.strip().strip('$')}}}"
