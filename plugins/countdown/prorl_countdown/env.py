"""The countdown game: numbers and a target, an expression wanted. Each task is made from an expression, so each can be solved."""

import random
from fractions import Fraction

from prorl_countdown.verifier import CountdownVerifier
from prorl_gym import Draft, TextEnv

_MAX_TARGET = 1000


class Countdown(TextEnv):
    """Make a target from the given numbers, each used exactly once, with + - * / and parentheses.

    Level 0: two numbers up to 30 or three up to 9, added and subtracted in the order shown. Level 1: three up to 12, with `*`. Level 2: four
    up to 25, with `/` and parentheses. Level 3: five or six up to 100. Any right expression counts, not only the one that made the task.
    """

    levels = 4
    verifier = CountdownVerifier()
    instructions = (
        "Give an expression with the operators + - * / and parentheses that uses each of the numbers exactly once, in any order, and has "
        "that value. Write it inside <answer> tags, without an equals sign, for example <answer>(1+2)*3</answer>."
    )

    def draft(self, rng: random.Random, difficulty: int) -> Draft:
        """A solvable problem; the same numbers in another order are the same problem."""
        while True:
            numbers, expression, value = _row(rng) if difficulty == 0 else _tree(rng, difficulty)
            if value.denominator == 1 and 0 <= value <= _MAX_TARGET:
                break
        target = int(value)
        return Draft(
            question=f"Use each of the numbers {', '.join(map(str, numbers))} exactly once to make {target}.",
            terse=f"{' '.join(map(str, numbers))}->{target}",
            answer=expression,
            metadata={"numbers": numbers, "target": target},
            key=[sorted(numbers), target],
        )


def _row(rng: random.Random) -> tuple[list[int], str, Fraction]:
    """Level 0: a sum of two or three numbers with signs; shown in the order in which they are added."""
    count, top = rng.choice(((2, 30), (3, 9)))
    numbers = [rng.randint(1, top) for _ in range(count)]
    signs = [rng.choice("+-") for _ in numbers[1:]]
    value = numbers[0] + sum(n if sign == "+" else -n for sign, n in zip(signs, numbers[1:], strict=True))
    return numbers, str(numbers[0]) + "".join(f"{sign}{n}" for sign, n in zip(signs, numbers[1:], strict=True)), Fraction(value)


def _tree(rng: random.Random, difficulty: int) -> tuple[list[int], str, Fraction]:
    """Levels 1 to 3: join two parts at random until one is left. A part is (value, text, precedence of its last operation)."""
    count, top, operators = ((3, 12, "+-*"), (4, 25, "+-*/"), (rng.choice((5, 6)), 100, "+-*/"))[difficulty - 1]
    numbers = [rng.randint(1, top) for _ in range(count)]
    parts = [(Fraction(n), str(n), 3) for n in numbers]
    while len(parts) > 1:
        left, right = (parts.pop(rng.randrange(len(parts))) for _ in "ab")
        parts.append(_join(rng, left, right, operators))
    value, text, _ = parts[0]
    return numbers, text, value


def _join(rng: random.Random, left: tuple[Fraction, str, int], right: tuple[Fraction, str, int], operators: str) -> tuple[Fraction, str, int]:
    """One operation on two parts. It stays among whole numbers from 0 to the largest target, as a person would play."""
    (a, a_text, a_level), (b, b_text, b_level) = left, right
    possible = {"+": a + b, "-": a - b, "*": a * b}
    if b:
        possible["/"] = a / b
    fits = [op for op in operators if op in possible and possible[op].denominator == 1 and 0 <= possible[op] <= _MAX_TARGET]
    op = rng.choice(fits or ["+"])
    level = 1 if op in "+-" else 2
    a_text = f"({a_text})" if a_level < level else a_text
    b_text = f"({b_text})" if b_level < level or (b_level == level and op in "-/") else b_text
    return possible[op], f"{a_text}{op}{b_text}", level
