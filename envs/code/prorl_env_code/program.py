"""The program within a completion, and its language.

A task names the languages that it takes in `metadata["languages"]`, or the only one in `metadata["language"]` (default: Python). Where it takes
several, the word after the fence chooses, and the extracted answer keeps the fence, so that it can be graded again later; a bare program is of the
first language.
"""

from collections.abc import Sequence
from typing import Any, cast

from prorl_gym.errors import ConfigError, closest
from prorl_gym.types import Task

WORDS = {
    **dict.fromkeys(("python", "python3", "py", "py3"), "python"),
    "c": "c",
    **dict.fromkeys(("cpp", "c++", "cc", "cxx"), "cpp"),
}
"""What may stand after a fence, and the language that it names."""
TITLES = {"python": "Python", "c": "C", "cpp": "C++"}
_FENCE = "```"


def languages_of(task: Task) -> tuple[str, ...]:
    """The languages that the task takes, the first one for a program that names none. Raises ValueError for what is no list of names."""
    given: Any = task.metadata.get("languages", [task.metadata.get("language", "python")])
    names = cast("Sequence[Any]", given if isinstance(given, list | tuple) else ())
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ValueError(f"metadata 'languages' is a list of names such as ['python', 'cpp']; got {given!r}"[:200])
    return tuple(names)


def known_languages(env_id: str, given: Sequence[str]) -> tuple[str, ...]:
    """The languages of an env's setting. Raises ConfigError for an unknown one, or none."""
    names = tuple(given)
    known = sorted(set(WORDS.values()))
    if not names or isinstance(given, str):
        raise ConfigError(f"{env_id}: languages is a list of names such as ['python', 'cpp']; got {given!r}")
    for name in names:
        if name not in known:
            near = closest(name, known, limit=1)
            raise ConfigError(f"{env_id} knows no language {name!r}{f' (did you mean {near[0]!r}?)' if near else ''}; known: {', '.join(known)}")
    return names


def taken_languages(languages: Sequence[str], reference: str | None) -> dict[str, Any]:
    """The metadata of a task in these languages, with its Python reference where Python is one of them."""
    metadata: dict[str, Any] = {} if tuple(languages) == ("python",) else {"languages": list(languages)}
    return metadata if reference is None or "python" not in languages else {**metadata, "reference": reference}


def in_languages(words: str, languages: Sequence[str]) -> str:
    """A request for "a Python program" as one in any of the languages."""
    if tuple(languages) == ("python",):
        return words
    titles = " or ".join(TITLES[name] for name in languages)
    named = ", with the language's name after the opening fence" if len(languages) > 1 else ""
    return f"{words.replace('a Python program', 'a program', 1)} Write it in {titles}{named}."


def extract(text: str, languages: Sequence[str], *, tolerant: bool = False) -> str | None:
    """The last closed fenced block, with its fence where there are several languages; `tolerant`: also an unclosed last one, or the bare text."""
    found = _last_block(text)
    if found is None and tolerant:
        head, fence, rest = text.rpartition(_FENCE)
        word, _, body = rest.partition("\n")
        found = (word, body) if fence and (not head or head.endswith("\n")) else ("", text.replace(_FENCE, ""))
    if found is None or not found[1].strip():
        return None
    word, body = found[0].strip().lower(), found[1].strip("\n")
    return body if len(languages) == 1 else f"{_FENCE}{word}\n{body}\n{_FENCE}"


def read(answer: str, languages: Sequence[str]) -> tuple[str, str]:
    """Program and language of an extracted answer."""
    if not answer.startswith(_FENCE):
        return answer, languages[0]
    first, _, rest = answer.removeprefix(_FENCE).partition("\n")
    language = WORDS.get(first.strip().lower(), first.strip().lower())
    return rest.removesuffix(_FENCE).rstrip("\n"), language if language in languages else languages[0]


def _last_block(text: str) -> tuple[str, str] | None:
    """Word and body of the last closed block."""
    found: tuple[str, str] | None = None
    word: str | None = None
    body: list[str] = []
    for line in text.split("\n"):
        bare = line.lstrip()
        if not bare.startswith(_FENCE):
            body.append(line)
        elif word is None:
            word, body = bare.removeprefix(_FENCE), []
        else:
            found, word = (word, "\n".join(body)), None
    return found
