"""The short form of a problem, for small models: a few characters that hold all that the question asks.

`FORMS` maps a task to a function of (question, metadata). A task without a form is asked by its question. A form must be unambiguous
and hold the whole problem, because it is also the key by which a problem belongs to a split: two wordings of one problem are one problem.
"""

from collections.abc import Callable, Mapping
from typing import Any

Form = Callable[[str, Mapping[str, Any]], str]


def _equals(_: str, m: Mapping[str, Any]) -> str:
    return str(m["expression"]).replace(" ", "") + "="


def _rows(matrix: Any) -> str:
    return "\n".join(" ".join(str(x) for x in row) for row in matrix)


def _complex(number: Any) -> str:
    real, imaginary = (int(x) if float(x).is_integer() else x for x in number)
    return f"({real}{imaginary:+}i)"


def _coins(_: str, m: Mapping[str, Any]) -> str:
    return f"p(heads{'>=' if m['problem_type'] == 'at_least' else '='}{m['k_heads']} of {m['num_trials']})"


def _sorting(m: Mapping[str, Any], items: Any) -> str:
    return f"{'desc' if m['direction'] == 'descending' else 'asc'} {' '.join(items)}"


def _next_term(_: str, m: Mapping[str, Any]) -> str:
    return ",".join(str(x) for x in m["sequence"][:-1]) + ",?"


FORMS: dict[str, Form] = {
    "base_conversion": lambda _, m: f"{m['source_repr']} b{m['source_base']}>b{m['target_base']}",
    "basic_arithmetic": _equals,
    "binary_alternation": lambda _, m: f"alt {m['string']}",
    "bitwise_arithmetic": lambda _, m: f"hex {str(m['problem']).replace(' ', '')}=",
    "caesar_cipher": lambda _, m: f"caesar {m['cipher_text']}",
    "chain_sum": _equals,
    "coin_flip": _coins,
    "complex_arithmetic": lambda _, m: f"{_complex(m['num1'])}{m['operation']}{_complex(m['num2'])}=",
    "count_bits": lambda _, m: f"bits {m['number']}",
    "count_primes": lambda _, m: f"primes {m['start']}..{m['end']}",
    "decimal_chain_sum": _equals,
    "fraction_simplification": lambda _, m: f"{m['numerator']}/{m['denominator']}=",
    "gcd": lambda _, m: f"gcd {' '.join(str(n) for n in m['numbers'])}",
    "isomorphic_strings": lambda _, m: f"iso {m['words'][0]} {m['words'][1]}",
    "lcm": lambda _, m: f"lcm {' '.join(str(n) for n in m['numbers'])}",
    "leg_counting": lambda _, m: "legs " + " ".join(f"{count} {name}" for name, count in m["animals"].items()),
    "letter_counting": lambda _, m: f"{m['target_letter']} in {' '.join(m['span'])}",
    "mini_sudoku": lambda _, m: "sudoku4\n" + _rows(m["puzzle"]).replace("0", "_"),
    "number_sequence": _next_term,
    "number_sorting": lambda _, m: _sorting(m, (str(n).removesuffix(".0") for n in m["original_numbers"])),
    "palindrome_generation": lambda _, m: f"palindrome {''.join(m['letters'])}",
    "polynomial_multiplication": lambda _, m: f"expand {str(m['polynomial_expr']).replace(' ', '')}",
    "prime_factorization": lambda _, m: f"factor {m['number']}",
    "products": _equals,
    "ransom_note": lambda _, m: f"note {m['ransom_note']} from {m['magazine']}",
    "simple_equations": lambda _, m: f"{str(m['equation']).replace(' ', '')}, {m['variable']}=",
    "simple_integration": lambda _, m: f"∫{str(m['integrand']).replace(' ', '')} d{m['variable']}",
    "spell_backward": lambda _, m: f"rev {m['word']}",
    "spiral_matrix": lambda _, m: "spiral\n" + _rows(m["matrix"]),
    "word_sequence_reversal": lambda _, m: f"rev {' '.join(m['words'])}",
    "word_sorting": lambda _, m: _sorting(m, m["transformed_words"]),
}
"""Task to its short form."""
