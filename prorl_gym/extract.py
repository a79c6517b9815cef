"""Where the answer stands in a completion: pure string functions that every domain shares, linear in the text's length.

Reasoning models think inside `<think>...</think>`; only what follows the last `</think>` counts. A completion that opens
`<think>` and never closes it has no answer, whatever stands inside: otherwise a policy is paid for scratch work.
"""

MAX_COMPLETION_CHARS = 1_000_000


def after_think(text: str) -> str | None:
    """The text after the last `</think>`; the whole text where no `<think>` stands; None where one is left open."""
    end = text.rfind("</think>")
    rest = text if end < 0 else text[end + len("</think>") :]
    return None if "<think>" in rest else rest


def last_boxed(text: str) -> str | None:
    """The content of the last `\\boxed{...}` or `\\fbox{...}`, braces balanced; also `\\boxed 7`. None where there is none.

    A last box that is never closed (a truncated answer) counts as no box: an earlier one was not the answer.
    """
    start, macro = max((text.rfind(m), m) for m in ("\\boxed", "\\fbox"))
    return None if start < 0 else _braced(text, start + len(macro))


def _braced(text: str, at: int) -> str | None:
    while at < len(text) and text[at] in " \t":
        at += 1
    if at >= len(text):
        return None
    if text[at] != "{":
        word = text[at:].split(maxsplit=1)
        return word[0].rstrip("$.,;") if word else None
    depth, escaped = 0, False
    for i in range(at, len(text)):
        char = text[i]
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        elif char == "{":
            depth += 1
        elif char == "}":
            depth -= 1
            if depth == 0:
                return text[at + 1 : i].strip()
    return None


def last_tag(text: str, tag: str = "answer") -> str | None:
    """The content of the last closed `<tag>...</tag>`, stripped; None where there is none."""
    end = text.rfind(f"</{tag}>")
    start = text.rfind(f"<{tag}>", 0, max(end, 0))
    return None if end < 0 or start < 0 else text[start + len(tag) + 2 : end].strip()


def last_fence(text: str) -> str | None:
    """The body of the last closed ``` fenced block, its language word dropped; None where there is none."""
    lines = text.split("\n")
    body: list[str] | None = None
    found: str | None = None
    for line in lines:
        if line.lstrip().startswith("```"):
            if body is None:
                body = []
            else:
                found, body = "\n".join(body), None
        elif body is not None:
            body.append(line)
    return found
