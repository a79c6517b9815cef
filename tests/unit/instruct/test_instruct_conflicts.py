"""Which kinds stand together: the table of contradictions is true, and nothing that is drawn contradicts itself."""

import itertools
import random

import pytest

from prorl_env_instruct.catalogue import KINDS
from prorl_env_instruct.conflicts import CONFLICTS, clash
from prorl_env_instruct.constraint import Constraint, read, witness
from prorl_gym.registry import make

PAIRS = [(one, two) for one, others in CONFLICTS.items() for two in others]


def drawn(id, rng, level):
    return Constraint(kind=KINDS[id], kwargs=KINDS[id].sample(rng, level))


def test_the_table_names_drawn_kinds_of_different_groups_once():
    assert all(KINDS[id].role != "given" for pair in PAIRS for id in pair)
    assert all(KINDS[one].group != KINDS[two].group for one, two in PAIRS)
    assert len({frozenset(pair) for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize(("one", "two"), PAIRS)
def test_no_text_is_built_for_a_contradiction(one, two):
    for seed in range(20):
        rng = random.Random(seed)
        assert witness([drawn(one, rng, seed % 4), drawn(two, rng, seed % 4)]) is None
        assert clash(KINDS[one], [KINDS[two]])
        assert clash(KINDS[two], [KINDS[one]])


@pytest.mark.parametrize("id", ["instruct/constraints-v0", "instruct/ifeval-kinds-v0"])
def test_no_drawn_set_contradicts_itself_and_each_has_a_gold_that_meets_it(id):
    env = make(id)
    for level, index in itertools.product(range(env.levels), range(60)):
        task = env.task_at(index, difficulty=level)
        kinds = [c.kind for c in read(task.answer)]
        assert not any(clash(one, [two]) for one, two in itertools.combinations(kinds, 2))
        assert env.verifier(task, env.verifier.gold(task)).score == 1.0


def test_most_pairs_that_do_not_clash_can_be_met_together():
    pool = [k for k in KINDS.values() if k.role != "given" and k.group != "whole"]
    pairs = [(a, b) for a, b in itertools.combinations(pool, 2) if not clash(a, [b])]
    met = 0
    for one, two in pairs:
        sets = ([drawn(one.id, random.Random(seed), 1), drawn(two.id, random.Random(seed + 9), 1)] for seed in range(4))
        met += any(witness(chosen) is not None for chosen in sets)
    assert met > 0.9 * len(pairs)
