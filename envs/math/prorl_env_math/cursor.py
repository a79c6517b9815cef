"""A cursor over tokens: what every part of the parser reads through."""

from prorl_env_math.limits import MAX_DEPTH, LimitError, ParseError
from prorl_env_math.tokens import Token

END = Token("end", "", False)


class Cursor:
    """The place in the tokens, the depth of nesting, and how many absolute-value bars and matrices are open."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.at: int = 0
        self.depth: int = 0
        self.bars: int = 0
        self.cells: int = 0

    def peek(self, ahead: int = 0) -> Token:
        """The token at the cursor or after it; an "end" token past the last."""
        place = self.at + ahead
        return self.tokens[place] if place < len(self.tokens) else END

    def next(self) -> Token:
        """Consume one token."""
        token = self.peek()
        self.at += 1
        return token

    def take(self, text: str) -> bool:
        """Consume the operator, command or word with that text, if it is next."""
        token = self.peek()
        if token.text == text and token.kind not in ("text", "end"):
            self.at += 1
            return True
        return False

    def expect(self, text: str) -> None:
        """Consume that token or raise ParseError."""
        if not self.take(text):
            raise ParseError(f"{text!r} expected, {self.peek().text!r} found")

    def deeper(self) -> None:
        """One level of nesting more; LimitError where that is too deep. Whoever returns takes it off `depth` again."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise LimitError(f"nesting deeper than {MAX_DEPTH}")
