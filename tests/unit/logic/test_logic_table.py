import re
import subprocess
import sys
from pathlib import Path

from prorl_env_logic import scorers, shared, solutions, table, variants
from prorl_env_logic.generate_table import table as regenerated
from prorl_env_logic.settings import LEVELS
from prorl_env_logic.terse import FORMS
from prorl_gym.registry import registry

ROOT = Path(__file__).parents[3]


def test_the_table_is_what_the_installed_reasoning_gym_gives():
    assert Path(table.__file__).read_text(encoding="utf-8") == regenerated()


def test_every_task_but_the_composite_is_registered_with_its_levels():
    specs = {id: spec for id, spec in registry().envs.items() if id.startswith("logic/")}
    assert set(specs) >= {f"logic/{name}-v0" for name in table.TASKS}
    assert len(table.TASKS) == 105
    assert all(specs[f"logic/{name}-v0"].levels == task.levels >= 1 for name, task in table.TASKS.items())


def test_registering_imports_neither_reasoning_gym_nor_sympy():
    heavy = ("reasoning_gym", "sympy", "prorl_env_logic.source", "prorl_env_logic.mixes")
    program = f"import sys, prorl_env_logic.plugin; print([m for m in {heavy} if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_every_name_in_a_side_table_is_a_task():
    rules = (shared._RULES, variants._FORMS, variants._MISSES, variants.CASELESS)
    for names in (LEVELS, FORMS, scorers.CORRECTED, scorers.RUNS_TEXT, solutions.SEARCHED, solutions.NEVER_ZERO, table.EXACT, *rules):
        assert set(names) <= set(table.TASKS)


def test_the_readme_tells_of_each_corrected_scorer_why():
    text = (ROOT / "envs/logic/README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.+) \|$", text, re.MULTILINE))
    assert scorers.WHY.keys() == scorers.CORRECTED.keys()
    assert {name: rows.get(name) for name in scorers.WHY} == scorers.WHY
