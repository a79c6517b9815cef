"""Whether an expression is an antiderivative: its derivative equals the integrand; constants, also symbolic ones, do not matter."""

from prorl_env_math.checker import GoldError
from prorl_env_math.clean import clean
from prorl_env_math.differentiate import derivative
from prorl_env_math.expression import same_expression
from prorl_env_math.limits import MAX_DERIVED_DEPTH, MAX_DERIVED_NODES, LimitError, ParseError
from prorl_env_math.nodes import depth
from prorl_env_math.parse import parse


def is_antiderivative(answer: str, of: str, by: str) -> bool:
    """True where d answer / d by equals `of`. Raises GoldError where `of` cannot be read, ParseError or LimitError for the answer."""
    try:
        integrand = parse(clean(of))
    except (ParseError, LimitError) as error:
        raise GoldError(f"the integrand {of[:80]!r} cannot be read: {error}") from error
    tree = parse(answer)
    if tree.kind == "rel" and set(tree.name.split()) == {"="}:
        tree = tree.args[-1]
    if depth(tree) > MAX_DERIVED_DEPTH:
        raise LimitError(f"an antiderivative of more than {MAX_DERIVED_DEPTH} levels")
    if sum(1 for _ in tree.walk()) > MAX_DERIVED_NODES:
        raise LimitError(f"an antiderivative of more than {MAX_DERIVED_NODES} parts")
    return same_expression(integrand, derivative(tree, by))
