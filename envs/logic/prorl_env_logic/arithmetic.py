"""Exact arithmetic on parsed expressions: the value as a fraction with the numbers it uses, and expanded polynomials."""

from fractions import Fraction

from prorl_env_logic.expression import Binary, Call, FormError, LimitError, Name, Negative, Node, Number

MAX_BITS = 4096
MAX_TERMS = 4000
MAX_DEGREE = 400

Monomial = tuple[tuple[str, int], ...]
"""Variables with their exponents, sorted by variable; the constant is the empty one."""
Polynomial = dict[Monomial, Fraction]


def value(tree: Node) -> tuple[Fraction, list[int]]:
    """The value of an expression in `+ - * /` over whole numbers, and the numbers it uses in order. Raises FormError, or
    ZeroDivisionError where it divides by zero."""
    match tree:
        case Number(number, digits):
            if not digits.isdigit():
                raise FormError(f"{digits!r} is not a whole number")
            return number, [int(number)]
        case Negative(of):
            inner, used = value(of)
            return -inner, used
        case Binary(operator, left, right) if operator != "**":
            (a, used_left), (b, used_right) = value(left), value(right)
            return bounded(_apply(operator, a, b)), used_left + used_right
        case _:
            raise FormError("only whole numbers, + - * / and parentheses are allowed")


def _apply(operator: str, a: Fraction, b: Fraction) -> Fraction:
    return a + b if operator == "+" else a - b if operator == "-" else a * b if operator == "*" else a / b


def bounded(number: Fraction) -> Fraction:
    """`number` where it is of a sane size. Raises LimitError."""
    if number.numerator.bit_length() + number.denominator.bit_length() > MAX_BITS:
        raise LimitError(f"a number of more than {MAX_BITS} bits")
    return number


def expanded(tree: Node) -> Polynomial:
    """The polynomial that a written-out sum of terms stands for, like terms collected.

    A product of two sums, or a power of a sum, is refused: to write the question's factors down again is not to multiply them. A number
    may stand before a sum. Raises FormError or LimitError.
    """
    match tree:
        case Number(number, digits):
            if "." in digits:
                raise FormError(f"the decimal {digits!r} is no coefficient of an exact polynomial")
            return _cleaned({(): number})
        case Name(text):
            return {((text, 1),): Fraction(1)}
        case Negative(of):
            return {m: -c for m, c in expanded(of).items()}
        case Binary("+" | "-" as operator, left, right):
            return _sum(expanded(left), expanded(right), 1 if operator == "+" else -1)
        case Binary("*", left, right):
            return _product(expanded(left), expanded(right))
        case Binary("/", left, right):
            divisor = _constant(expanded(right))
            if divisor == 0:
                raise FormError("division by zero")
            return {m: bounded(c / divisor) for m, c in expanded(left).items()}
        case Binary(_, left, right):
            return _power(expanded(left), _constant(expanded(right)))
        case Call(function, _):
            raise FormError(f"{function!r} is not part of a polynomial")


def _cleaned(polynomial: Polynomial) -> Polynomial:
    return {m: c for m, c in polynomial.items() if c != 0}


def _constant(polynomial: Polynomial) -> Fraction:
    if any(m != () for m in polynomial):
        raise FormError("a divisor or an exponent must be a number")
    return polynomial.get((), Fraction(0))


def _sum(a: Polynomial, b: Polynomial, sign: int) -> Polynomial:
    total = dict(a)
    for monomial, coefficient in b.items():
        total[monomial] = bounded(total.get(monomial, Fraction(0)) + sign * coefficient)
    if len(total) > MAX_TERMS:
        raise LimitError(f"more than {MAX_TERMS} terms")
    return _cleaned(total)


def _product(a: Polynomial, b: Polynomial) -> Polynomial:
    if len(b) > 1:
        a, b = b, a
    if not a or not b:
        return {}
    if len(b) > 1:
        raise FormError("a product of sums is not written out")
    ((monomial, coefficient),) = b.items()
    if len(a) > 1 and monomial != ():
        raise FormError("a product of sums is not written out")
    return {_joined(m, monomial): bounded(c * coefficient) for m, c in a.items()}


def _joined(a: Monomial, b: Monomial) -> Monomial:
    powers = dict(a)
    for variable, exponent in b:
        powers[variable] = powers.get(variable, 0) + exponent
    if sum(powers.values()) > MAX_DEGREE:
        raise LimitError(f"a degree above {MAX_DEGREE}")
    return tuple(sorted(powers.items()))


def _power(base: Polynomial, exponent: Fraction) -> Polynomial:
    if exponent.denominator != 1 or exponent < 0:
        raise FormError("an exponent must be a whole number that is not negative")
    if exponent > MAX_DEGREE:
        raise LimitError(f"an exponent above {MAX_DEGREE}")
    if exponent == 0:
        return {(): Fraction(1)}
    if len(base) > 1 and exponent > 1:
        raise FormError("a power of a sum is not written out")
    result = base
    for _ in range(int(exponent) - 1):
        result = _product(result, base)
    return result
