"""The environments: conformance, levels, variety, and that no lazy answer is paid in full."""

import re
from pathlib import Path

import pytest

import prorl_env_instruct
from prorl_env_instruct.catalogue import KINDS, families, table
from prorl_env_instruct.constraint import read, witness
from prorl_env_instruct.env import LAZY
from prorl_gym.registry import load_object, make
from prorl_gym.testing import check_env
from prorl_gym.types import SPLITS

IDS = ("instruct/constraints-v0", "instruct/ifeval-kinds-v0")


@pytest.mark.parametrize("id", IDS)
def test_the_environment_conforms(id):
    report = check_env(id)
    assert report.ok, report


def test_level_0_has_many_short_problems_of_many_kinds():
    env = make("instruct/constraints-v0", style="terse", difficulty=0)
    tasks = [env.task_at(i) for i in range(600)]
    assert len({t.text for t in tasks}) > 500
    assert max(len(t.text) for t in tasks) < 40
    assert max(len(env.verifier.gold(t)) for t in tasks) < 40
    assert len({i for t in tasks for i in t.answer["instruction_id_list"]}) >= 8


@pytest.mark.parametrize("id", IDS)
def test_levels_ask_for_ever_more_constraints(id):
    env = make(id)
    counts = [[len(env.task_at(i, difficulty=level).answer["kwargs"]) for i in range(40)] for level in range(env.levels)]
    assert [(min(c), max(c)) for c in counts] == list(env.counts)


@pytest.mark.parametrize("id", IDS)
def test_every_kind_of_the_pool_is_drawn(id):
    env = make(id)
    for level in (1, 3):
        drawn = {i for n in range(500) for i in env.task_at(n, difficulty=level).answer["instruction_id_list"]}
        assert drawn == {k.id for k in env.pool(level)}


@pytest.mark.parametrize("id", IDS)
def test_every_task_is_proven_satisfiable_in_every_split(id):
    env = make(id)
    for split in SPLITS:
        for level in range(env.levels):
            for index in range(25):
                task = env.task_at(index, split=split, difficulty=level)
                constraints = read(task.answer)
                assert all(c.follows(task.metadata["witness"]) for c in constraints)
                assert witness(constraints) == task.metadata["witness"]


@pytest.mark.parametrize("style", ["full", "terse"])
@pytest.mark.parametrize("id", IDS)
def test_neither_a_lazy_answer_nor_the_prompt_is_paid_in_full(id, style):
    env = make(id, style=style)
    for level in range(env.levels):
        for index in range(25):
            task = env.task_at(index, difficulty=level)
            assert max(env.verifier(task, text).score for text in (*LAZY, task.text)) < 1.0


def test_the_full_prompt_states_every_demand():
    env = make("instruct/constraints-v0", difficulty=3)
    for index in range(20):
        task = env.task_at(index)
        assert [c.kind.id for c in read(task.answer) if c.kind.describe(c.kwargs) not in task.text] == []


def test_the_domain_names_its_verifier():
    assert load_object("prorl_env_instruct.verifier:InstructVerifier").isolate is False


def test_the_readme_lists_every_kind():
    readme = (Path(prorl_env_instruct.__file__).parent.parent / "README.md").read_text(encoding="utf-8")
    for wanted in map(table, families()):
        assert wanted in readme, f"the table in envs/instruct/README.md is out of date; it should be:\n{wanted}"
    assert len(re.findall(r"^\| `[a-z_]+:", readme, re.MULTILINE)) == len(KINDS)
