"""What a problem family returns, and the few number helpers that every family uses."""

import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

_COUNTED = re.compile(r"^(?:1|beats|plants)/")
EXACT = 1e-6
"""Tolerance where the arithmetic is in whole numbers: only the right number counts."""
ROUNDED = 1e-2
"""Tolerance where three significant figures are asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Problem:
    """One drawn problem, not yet a task: the envs add the style, the choice env adds options."""

    family: str
    question: str
    terse: str
    answer: str
    """The gold as it stands in the box: "12 N", "TACG", "2m/(a+b)"; empty where there are `parts`."""
    kind: str = "quantity"
    rtol: float = ROUNDED
    atol: float = 0.0
    """Absolute room beside it, for logarithmic values such as a pH."""
    form: str = ""
    """Of a text: see `text.FORMS`."""
    unit_given: bool = False
    """True where the question names the unit, so that a bare number is an answer."""
    difference: bool = False
    """Of a temperature: a difference, so that 5 °C is 5 K."""
    symbols: tuple[str, ...] = ()
    """Of an expression: names of several letters."""
    parts: Mapping[str, "Problem"] = field(default_factory=dict[str, "Problem"])
    """Of a question of several parts: label to what that part asks, of which only the answer and its settings count."""
    wrong: tuple[str, ...] = ()
    """Tempting wrong answers, for options; numbers get theirs by slips of arithmetic."""

    @property
    def settings(self) -> dict[str, object]:
        """What the verifier needs of this question alone."""
        if self.parts:
            return {"kind": "parts"}
        if self.kind == "text":
            return {"kind": "text", "form": self.form}
        if self.kind == "expression":
            return {"kind": "expression", **({"symbols": list(self.symbols)} if self.symbols else {})}
        unit = self.answer.partition(" ")[2]
        extra: dict[str, object] = {"atol": self.atol} if self.atol else {}
        if self.difference:
            extra["difference"] = True
        return {"kind": self.kind, "unit": unit, "unit_required": bool(unit) and not self.unit_given, "rtol": self.rtol, **extra}

    @property
    def metadata(self) -> dict[str, object]:
        """The task's metadata: the settings and the family."""
        return {**self.settings, "family": self.family}

    @property
    def gold(self) -> object:
        """The task's answer: a text, or label to the parts' golds with their settings."""
        return {label: {"answer": part.answer, **part.settings} for label, part in self.parts.items()} if self.parts else self.answer


Maker = Callable[[random.Random, int], Problem]


@dataclass(frozen=True, kw_only=True, slots=True)
class Family:
    """A maker of problems and the levels that it serves."""

    name: str
    make: Maker
    levels: tuple[int, ...]
    options: bool = True
    """Whether its problems can be asked as multiple choice."""


def draw_problem(families: tuple[Family, ...], rng: random.Random, level: int) -> Problem:
    """A problem of one of the families that serve the level, each as likely as the others."""
    return rng.choice([f for f in families if level in f.levels]).make(rng, level)


def show(value: float, figures: int = 4) -> str:
    """The shortest plain form: "12", "0.0375", and "3.2e-7" for what is very small or large."""
    rounded = float(f"{value:.{figures}g}")
    if rounded == 0:
        return "0"
    if 1e-3 <= abs(rounded) < 1e6:
        return format(Decimal(repr(rounded)).normalize(), "f")
    mantissa, _, exponent = f"{rounded:.{figures - 1}e}".partition("e")
    return f"{Decimal(mantissa).normalize():f}e{int(exponent)}"


def nice(rng: random.Random, low: float, high: float, figures: int = 2) -> float:
    """A number between the bounds, even on a logarithmic scale, of that many significant figures."""
    value = math.exp(rng.uniform(math.log(low), math.log(high)))
    return min(max(float(f"{value:.{figures}g}"), low), high)


def several(family: str, question: str, terse: str, parts: Mapping[str, str | Problem]) -> Problem:
    """A question of several parts; a part given as a text is a quantity to three significant figures. `question` lists what is asked in order."""
    problems = {k: Problem(family=family, question="", terse="", answer=v) if isinstance(v, str) else v for k, v in parts.items()}
    order = "; ".join(problems)
    return Problem(family=family, question=f"{question} Answer in the order {order}, divided by semicolons.", terse=terse, answer="", parts=problems)


def short_unit(unit: str) -> str:
    """The unit in fewer characters, as terse prompts write it: "m/s2"."""
    return _COUNTED.sub("/", unit.replace("^", "").replace(" ", "").replace("Ω", "ohm").replace("μ", "u"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Variable:
    """A quantity of a law: its symbol, name and unit, the range of its values, and other units with their worth in `unit`."""

    symbol: str
    name: str
    unit: str
    low: float = 1
    high: float = 100
    small: tuple[int, int] = (2, 12)
    """Range of the whole numbers of level 0."""
    also: Mapping[str, float] = field(default_factory=dict[str, float])
    difference: bool = False
    """Of a temperature: a difference of two."""
