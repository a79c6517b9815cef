"""`prorl env new`: a distribution with one working environment, ready to be installed, checked and changed.

The files under `template/` are copied as they are, except for three marks: `@name@` (the distribution), `@package@` (the import package) and
`@id@` (the environment); `dot-` in a file name stands for its leading full stop.
"""

import keyword
import re
import sys
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from importlib.util import find_spec
from pathlib import Path

from prorl_gym.errors import ConfigError

MAX_NAME_CHARS = 40
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@dataclass(frozen=True, kw_only=True, slots=True)
class Scaffold:
    """What was made."""

    folder: Path
    package: str
    env_id: str


def scaffold(name: str, parent: Path) -> Scaffold:
    """Make the folder `parent/name`. Raises ConfigError on a bad name, a taken one, or a folder that exists already."""
    package = _package_of(name)
    made = Scaffold(folder=parent / name, package=package, env_id=f"{name}/{name}-v0")
    if made.folder.exists():
        raise ConfigError(f"{str(made.folder)!r} exists already and nothing in it was changed; choose another name or another --dir")
    marks = {"@name@": name, "@package@": package, "@id@": made.env_id}
    try:
        made.folder.mkdir(parents=True)
        _copy(resources.files(__name__) / "template", made.folder, marks)
    except OSError as error:
        raise ConfigError(f"cannot write {str(made.folder)!r}: {error.strerror}; expected a --dir that can be written to") from error
    return made


def _package_of(name: str) -> str:
    """The import package of that distribution name. Raises ConfigError with the closest name that is possible."""
    if not _NAME.fullmatch(name) or len(name) > MAX_NAME_CHARS:
        near = _nearest(name)
        rule = f"lower-case words of letters and digits, joined by hyphens, at most {MAX_NAME_CHARS} characters"
        raise ConfigError(f"the name {name!r} does not fit; expected {rule}{f'; try {near!r}' if near else ', such as word-puzzles'}")
    package = name.replace("-", "_")
    if keyword.iskeyword(package) or package in sys.stdlib_module_names or _is_importable(package):
        raise ConfigError(f"the name {name!r} would make the import package {package!r}, which Python or something installed has; try '{name}-env'")
    return package


def _nearest(name: str) -> str:
    """The name in the form that is wanted, or "" where nothing of it can stay."""
    words = re.findall(r"[a-z0-9]+", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower())
    return "-".join(words).lstrip("0123456789-")[:MAX_NAME_CHARS].rstrip("-")


def _is_importable(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except (ImportError, ValueError):
        return True


def _copy(source: Traversable, target: Path, marks: dict[str, str]) -> None:
    for item in source.iterdir():
        name = _filled(item.name.removesuffix(".tmpl").replace("dot-", "."), marks)
        if item.is_dir():
            (target / name).mkdir()
            _copy(item, target / name, marks)
        else:
            (target / name).write_text(_filled(item.read_text(encoding="utf-8"), marks), encoding="utf-8")


def _filled(text: str, marks: dict[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text
