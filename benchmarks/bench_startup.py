"""CPU time of a start: what an import and a command cost, and whether anything heavy came along.

Each line is a fresh interpreter with warm caches, the median of seven runs.
"""

import resource
import subprocess
import sys
from typing import Any

from measure import arguments, cpu_s, median, show

HEAVY = ("torch", "transformers", "vllm", "datasets", "pyarrow", "sympy", "mpmath", "reasoning_gym", "pint", "openai", "docker", "pandas", "scipy")
COMMANDS = {
    "python -c pass": "pass",
    "import gymnasium": "import gymnasium",
    "import prorl_gym": "import prorl_gym",
    "prorl --version": "run('--version')",
    "prorl env list": "run('env', 'list')",
    "prorl env show": "run('env', 'show', 'math/arithmetic-v0')",
}
RUN = """
import sys
def run(*arguments):
    from prorl_gym.cli import main
    sys.argv = ["prorl", *arguments]
    try:
        main()
    except SystemExit as end:
        assert not end.code, end.code
"""
REPORT = "import sys; print(*sorted(set(sys.modules) & set({heavy!r})), len(sys.modules), file=sys.stderr)"


def measure(code: str, runs: int) -> dict[str, Any]:
    """Median CPU seconds of a fresh interpreter that runs the code, and the heavy modules that it imported."""
    whole = f"{RUN if 'run(' in code else ''}\n{code}\n{REPORT.format(heavy=HEAVY)}"
    spent = []
    said = b""
    for _ in range(runs + 1):
        before = cpu_s(resource.RUSAGE_CHILDREN)
        said = subprocess.run([sys.executable, "-c", whole], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE).stderr
        spent.append(cpu_s(resource.RUSAGE_CHILDREN) - before)
    *heavy, modules = said.decode().splitlines()[-1].split()
    return {"cpu_s": round(median(spent[1:]), 3), "modules": int(modules), "heavy": ", ".join(heavy) or "none"}


def main() -> None:
    """Print one line a command."""
    parser = arguments(__doc__)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    rows = [{"start": name, **measure(code, options.runs)} for name, code in COMMANDS.items()]
    base = next(row["cpu_s"] for row in rows if row["start"] == "import gymnasium")
    for row in rows:
        row["of gymnasium"] = round(row["cpu_s"] / base, 2)
    show({"start-up": rows}, as_json=options.json)


if __name__ == "__main__":
    main()
