"""Whether the gold of one task is right for another, found without the scorer.

Most tasks have one right answer: two golds are the same answer where they are the same text, up to case and white space, or the same
number, up to what the question asks for. Games with many solutions are played by `rules`; where this package's scorer is a corrected
one, reasoning-gym's own judges the (trusted) gold.
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from prorl_env_logic import games, propositions, rules

Entry = Mapping[str, Any]
Rule = Callable[[str, Entry], bool]


def solves(name: str, answer: str, given: Entry) -> bool:
    """True where `answer`, in the form of the task's golds, is right for the entry."""
    if name not in _RULES:
        return _same(answer, str(given["answer"]))
    try:
        return _RULES[name](answer, given)
    except (ValueError, KeyError, IndexError, TypeError, AttributeError, ArithmeticError):  # a gold of another form, such as "No" for a list of moves
        return False


def _same(one: str, two: str) -> bool:
    a, b = " ".join(one.casefold().split()), " ".join(two.casefold().split())
    return a == b or ((x := _number(a)) is not None and x == _number(b))


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return None


def _close(tolerance: str) -> Rule:
    def close(answer: str, given: Entry) -> bool:
        a, b = _number(answer), _number(str(given["answer"]))
        return a is not None and b is not None and abs(a - b) <= Decimal(tolerance)

    return close


def _places(answer: str, given: Entry) -> bool:
    """One unit of the last decimal place that the problem asks for."""
    return _close(f"1e-{given['metadata']['difficulty']['decimal_places'][1]}")(answer, given)


def _chance(answer: str, given: Entry) -> bool:
    a, b = Decimal(answer), Decimal(str(given["answer"]))
    return abs(a - b) <= min(Decimal("0.0001"), b / 10, (1 - b) / 10)


def _three_figures(answer: str, given: Entry) -> bool:
    return f"{Decimal(answer):.2e}" == f"{Decimal(str(given['answer'])):.2e}"


def _own(name: str) -> Rule:
    def right(answer: str, given: Entry) -> bool:
        from prorl_env_logic.source import own_score

        return own_score(name, answer, given) == 1.0

    return right


def _follows(answer: str, given: Entry) -> bool:
    return _own("propositional_logic")(answer, given) and not propositions.says_little(propositions.parse(answer), given)


def _uses(answer: str, given: Entry) -> bool:
    wanted = given["metadata"]
    return sorted(map(int, re.findall(r"\d+", answer))) == sorted(wanted["numbers"])


def _counts_down(answer: str, given: Entry) -> bool:
    """The same numbers alone do not give the same target: an expression is right where its target is asked for."""
    return _uses(answer, given) and answer == str(given["metadata"]["expression"])


def _integral(answer: str, given: Entry) -> bool:
    return _same(re.sub(r"\s", "", answer), re.sub(r"\s", "", str(given["answer"])))


def _numbers(answer: str, given: Entry) -> bool:
    return re.findall(r"\d+", answer) == re.findall(r"\d+", str(given["answer"]))


def _decimals(text: str) -> list[Decimal]:
    return [Decimal(number) for number in re.findall(r"-?\d+(?:\.\d+)?", text)]


def _within_a_hundredth(answer: str, given: Entry) -> bool:
    a, b = ([[float(x) for x in line.split()] for line in text.splitlines()] for text in (answer, str(given["answer"])))
    if [len(line) for line in a] != [len(line) for line in b]:
        return False
    return all(abs(x - y) <= 1e-2 * abs(x) + 1e-8 for one, two in zip(a, b, strict=True) for x, y in zip(one, two, strict=True))


def _duration(answer: str, given: Entry) -> bool:
    gold = str(given["answer"])
    if given["metadata"]["task_type"] == "date":
        return answer.split()[0] == gold.split()[0]
    return _seconds(answer) == _seconds(gold)


def _seconds(text: str) -> float:
    days, _, clock = text.rpartition(" days,")
    parts = [float(x) for x in clock.split(":")]
    return 86400 * float(days or 0) + sum(x * unit for x, unit in zip(parts, (3600, 60, 1), strict=False))


def _assigned(answer: str, given: Entry) -> bool:
    return sorted(re.findall(r"\w+ is an? \w+", answer)) == sorted(re.findall(r"\w+ is an? \w+", str(given["answer"])))


def _letters(answer: str, given: Entry) -> bool:
    return answer == answer[::-1] and sorted(answer) == sorted(given["metadata"]["letters"])


_RULES: dict[str, Rule] = {
    "boxnet": _own("boxnet"),
    "coin_flip": _chance,
    "countdown": _counts_down,
    "cryptarithm": rules.digits,
    "decimal_arithmetic": _places,
    "fraction_simplification": _numbers,
    "graph_color": rules.colouring,
    "intermediate_integration": _integral,
    "jugs": rules.pouring,
    "kakurasu": rules.sums,
    "knight_swap": rules.knights,
    "knights_knaves": _assigned,
    "n_queens": lambda answer, given: answer in given["metadata"]["valid_answers"],
    "number_format": _close("0.01"),
    "number_sorting": lambda answer, given: _decimals(answer) == _decimals(str(given["answer"])),
    "palindrome_generation": _letters,
    "pool_matrix": _within_a_hundredth,
    "power_function": _three_figures,
    "propositional_logic": _follows,
    "puzzle24": _uses,
    "quantum_lock": rules.buttons,
    "rubiks_cube": rules.same_cube,
    "rush_hour": games.frees_red_car,
    "shortest_path": rules.path,
    "simple_integration": _integral,
    "sokoban": rules.pushing,
    "time_intervals": _duration,
    "tower_of_hanoi": rules.towers,
    "word_ladder": rules.ladder,
}
"""Task to its rule, where the same text or number is not the whole of it."""
