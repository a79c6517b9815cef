"""`docs/environments.md` holds every environment of this repository as it is: the page is generated, and this is what keeps it so."""

import re
from pathlib import Path

import pytest

from prorl_gym.registry import registry
from prorl_gym.testing import CHECKS, check_env
from prorl_gym.testing.page import COLUMNS, MEANINGS, read_rows, row

PAGE = Path(__file__).parents[2] / "docs" / "environments.md"
ROWS = read_rows(PAGE)
DOMAINS = ("code", "instruct", "logic", "math", "stem")
SPECS = {spec.id: spec for spec in registry().envs.values() if spec.domain in DOMAINS}
COMMAND = re.search(r"^\$ prorl env check --all --tasks (\d+) --docs docs/environments\.md$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
SAMPLE = ("instruct/constraints-v0", "logic/spell_backward-v0", "logic/game_of_life_halting-v0", "math/arithmetic-v0", "stem/chemistry-v0")
TIMED = COLUMNS.index("slowest")


def test_every_environment_has_a_row_and_every_row_an_environment():
    assert SPECS.keys() <= ROWS.keys()
    assert {i for i in ROWS if i.partition("/")[0] in DOMAINS} == SPECS.keys()


@pytest.mark.parametrize("env_id", sorted(ROWS.keys() & SPECS.keys()))
def test_a_row_says_what_is_registered_and_that_the_proof_passes(env_id):
    cells = dict(zip(COLUMNS, ROWS[env_id], strict=True))
    assert cells["title"] == SPECS[env_id].title
    assert cells["levels"] == str(SPECS[env_id].levels)
    assert cells["result"] == "passes"


def test_the_page_says_how_it_is_made_and_what_each_check_means():
    assert COMMAND
    assert tuple(MEANINGS) == CHECKS
    text = PAGE.read_text(encoding="utf-8")
    assert all(f"| {name} | {meaning} |\n" in text for name, meaning in MEANINGS.items())


@pytest.mark.parametrize("env_id", SAMPLE)
def test_a_row_is_what_the_proof_measures(env_id):
    """All but the time, which depends on the machine."""
    measured = row(check_env(env_id, tasks=int(COMMAND[1])))
    kept = ROWS[env_id]
    assert [*measured[:TIMED], *measured[TIMED + 1 :]] == [*kept[:TIMED], *kept[TIMED + 1 :]]
