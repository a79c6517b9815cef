"""Laws that are products of powers, such as F = m a or E = 1/2 m v^2: one definition gives problems for every unknown and every level.

Level 0 asks for one fixed unknown in small whole numbers, level 1 for any unknown, level 2 gives and asks in other units, level 3 joins two laws
over a quantity that is not given (`join`). The asked value is computed from the numbers as they are shown, so a gold is never off by
the rounding of its own question.
"""

import random
from dataclasses import dataclass

from prorl_env_stem.problem import EXACT, ROUNDED, Family, Problem, Variable, nice, short_unit, show

_ASKS = (
    ("The {given}.", "What is the {name}?"),
    ("Suppose the {given}.", "Find the {name}."),
    ("It is known that the {given}.", "Calculate the {name}."),
    ("The {given}.", "Determine the {name} {symbol}."),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Law:
    """`out = k * product of part ** power`. `first` names what level 0 asks for; empty where the law starts at level 1."""

    family: str
    out: Variable
    parts: tuple[tuple[Variable, int], ...]
    scenes: tuple[str, ...]
    first: tuple[str, ...] = ()
    k: float = 1.0
    note: str = ""
    """A constant to use, as the question says it."""
    terse_note: str = ""
    levels: tuple[int, ...] = (1, 2)

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The output first, then the parts."""
        return (self.out, *(v for v, _ in self.parts))

    def solve(self, asked: str, values: dict[str, float]) -> float:
        """The asked variable from all the others."""
        rest, power = self.k, 1
        for variable, exponent in self.parts:
            if variable.symbol == asked:
                power = exponent
            else:
                rest *= values[variable.symbol] ** exponent
        return rest if asked == self.out.symbol else (values[self.out.symbol] / rest) ** (1 / power)

    def make(self, rng: random.Random, level: int) -> Problem:
        """One problem of that level."""
        values = {v.symbol: float(rng.randint(*v.small)) if level == 0 else nice(rng, v.low, v.high, 2 if level < 3 else 3) for v, _ in self.parts}
        values[self.out.symbol] = self.solve(self.out.symbol, values)
        asked = rng.choice([v for v in self.variables if not self.first or level or v.symbol in self.first])
        shown: list[tuple[Variable, str, str]] = []
        for variable in self.variables:
            if variable is not asked:
                unit, worth = _unit(rng, variable, level)
                text = show(values[variable.symbol] / worth, 6 if level == 0 else 3)
                values[variable.symbol] = float(text) * worth
                shown.append((variable, text, unit))
        unit, worth = _unit(rng, asked, level)
        rng.shuffle(shown)
        answer = f"{show(self.solve(asked.symbol, values) / worth)} {unit}".strip()
        other = unit != asked.unit
        return Problem(
            family=self.family,
            question=self._question(rng, shown, asked, unit if other else ""),
            terse=self._terse(shown, asked, unit if other else ""),
            answer=answer,
            rtol=EXACT if level == 0 else ROUNDED,
            difference=asked.difference,
        )

    def _question(self, rng: random.Random, shown: list[tuple[Variable, str, str]], asked: Variable, unit: str) -> str:
        given, ask = rng.choice(_ASKS)
        facts = [f"{v.name} is {text} {u}".strip() for v, text, u in shown]
        joined = facts[0] if len(facts) == 1 else f"{', the '.join(facts[:-1])} and the {facts[-1]}"
        parts = [rng.choice(self.scenes), given.format(given=joined), self.note, ask.format(name=asked.name, symbol=asked.symbol)]
        if unit:
            parts.append(f"Give it in {unit}.")
        return " ".join(p for p in parts if p)

    def _terse(self, shown: list[tuple[Variable, str, str]], asked: Variable, unit: str) -> str:
        given = [f"{v.symbol}={text}{short_unit(u)}" for v, text, u in shown]
        return " ".join([*given, *([self.terse_note] if self.terse_note else []), f"{asked.symbol}?{short_unit(unit)}"])


def _unit(rng: random.Random, variable: Variable, level: int) -> tuple[str, float]:
    if level < 2 or not variable.also or rng.random() < 0.4:
        return variable.unit, 1.0
    return rng.choice(list(variable.also.items()))


def join(first: Law, second: Law, *, family: str, scenes: tuple[str, ...]) -> Law:
    """The law that remains when `first`'s output is put into `second`, where it is a part: a level-3 problem of two steps.

    Raises ValueError where `second` has no such part, or one symbol stands for two different quantities.
    """
    powers = {v.symbol: (v, e) for v, e in second.parts}
    if first.out.symbol not in powers:
        raise ValueError(f"{second.family} has no part {first.out.symbol!r} that {first.family} could give")
    _, link = powers.pop(first.out.symbol)
    for variable, exponent in first.parts:
        seen = powers.get(variable.symbol, (variable, 0))
        if seen[0].name != variable.name or variable.symbol == second.out.symbol:
            raise ValueError(f"{family}: the symbol {variable.symbol!r} stands for two quantities")
        powers[variable.symbol] = (variable, seen[1] + exponent * link)
    return Law(
        family=family,
        out=second.out,
        parts=tuple(p for p in powers.values() if p[1]),
        scenes=scenes,
        k=second.k * first.k**link,
        note=" ".join(dict.fromkeys(n for n in (first.note, second.note) if n)),
        terse_note=" ".join(dict.fromkeys(n for n in (first.terse_note, second.terse_note) if n)),
        levels=(3,),
    )


def families_of(laws: tuple[Law, ...]) -> tuple[Family, ...]:
    """One family for each law."""
    return tuple(Family(name=law.family, make=law.make, levels=((0, *law.levels) if law.first else law.levels)) for law in laws)
