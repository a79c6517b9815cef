import itertools
import random

import pytest

from prorl_env_stem import biology, chemistry, physics
from prorl_env_stem.chemistry import REACTIONS
from prorl_env_stem.elements import COMPOUNDS, atoms, molar_mass
from prorl_env_stem.facts import TABLES
from prorl_env_stem.families import SUBJECTS as FAMILIES_OF
from prorl_env_stem.formula import parse_formula
from prorl_env_stem.law import Law, join
from prorl_env_stem.problem import Variable, show
from prorl_env_stem.quantity import gold_quantity, parse_quantity
from prorl_env_stem.unit_table import AXES
from prorl_env_stem.units import worth
from prorl_gym.registry import make
from prorl_gym.testing import check_env
from prorl_gym.types import SPLITS, Outcome

IDS = ("stem/physics-v0", "stem/chemistry-v0", "stem/biology-v0", "stem/choice-v0")
SUBJECTS = (physics, chemistry, biology)
ALL = [f for families in FAMILIES_OF.values() for f in families]
FAMILIES = [pytest.param(f, level, id=f"{f.name}-{level}") for f in ALL for level in f.levels]


@pytest.mark.parametrize("env_id", IDS)
def test_the_env_conforms(env_id):
    report = check_env(env_id, tasks=3)
    assert report.ok, report


@pytest.mark.parametrize("env_id", IDS)
def test_every_other_form_of_a_gold_is_right_and_every_near_miss_wrong(env_id):
    env = make(env_id)
    verifier = env.verifier
    tried = {"equivalents": 0, "near_misses": 0}
    for task in (env.task_at(i, difficulty=level) for level in range(4) for i in range(40)):
        assert verifier(task, verifier.gold(task)).score == 1.0, task
        wrong = verifier(task, verifier.wrong(task))
        assert (wrong.score, wrong.outcome) == (0.0, Outcome.GRADED), task
        for text in verifier.equivalents(task):
            assert verifier(task, text).score == 1.0, (task, text)
        for text in verifier.near_misses(task):
            assert verifier(task, text).score < 1.0, (task, text)
        tried["equivalents"] += len(verifier.equivalents(task))
        tried["near_misses"] += len(verifier.near_misses(task))
    assert min(tried.values()) > 500, tried


@pytest.mark.parametrize("env_id", IDS)
def test_shared_answers_are_known_without_the_checker(env_id):
    env = make(env_id)
    verifier = env.verifier
    tasks = [env.task_at(i, difficulty=level) for level in range(4) for i in range(30)]
    for one, other in itertools.product(tasks[::3], tasks[::5]):
        assert verifier.shares_answer(one, other) == (verifier(one, verifier.gold(other)).score == 1.0), (one, other)


@pytest.mark.parametrize(("family", "level"), FAMILIES)
def test_every_family_gives_a_readable_gold_and_enough_different_problems(family, level):
    problems = [family.make(random.Random(seed), level) for seed in range(40)]
    assert len({p.terse for p in problems}) >= 12
    for problem in problems:
        assert " {" not in problem.question, problem
        assert "  " not in problem.question, problem
        for part in problem.parts.values() or [problem]:
            if part.kind == "quantity":
                gold = gold_quantity(part.answer, "")
                assert gold is not None, problem
            elif part.kind == "expression":
                assert parse_formula(part.answer) is not None, problem
            else:
                assert part.form in ("sequence", "formula", "equation", "composition"), problem


def test_there_are_many_families_of_every_kind_and_level():
    assert len(ALL) > 90
    assert len({f.name for f in ALL}) == len(ALL)
    assert {name: len(families) >= 20 for name, families in FAMILIES_OF.items()} == dict.fromkeys(FAMILIES_OF, True)
    for level in range(4):
        assert sum(level in f.levels for f in ALL) > 30
    for families in FAMILIES_OF.values():
        kinds = {"parts" if p.parts else p.kind for f in families for p in (f.make(random.Random(0), f.levels[-1]),)}
        assert {"quantity", "expression", "parts"} <= kinds


@pytest.mark.parametrize("env_id", IDS)
@pytest.mark.parametrize("split", SPLITS)
def test_every_split_has_problems_at_every_level(env_id, split):
    env = make(env_id, style="terse", split=split)
    for level in range(4):
        assert len({env.task_at(i, difficulty=level).text for i in range(60)}) > 40


@pytest.mark.parametrize("env_id", IDS[:3])
def test_terse_prompts_of_level_0_are_short_and_varied(env_id):
    env = make(env_id, style="terse", difficulty=0)
    texts = {env.task_at(i).text for i in range(600)}
    assert len(texts) > 450
    assert max(map(len, texts)) < 40
    assert all(t.isascii() for t in texts)


def test_a_ph_is_judged_by_its_absolute_distance():
    env = make("stem/chemistry-v0")
    task = next(t for t in (env.task_at(i, difficulty=2) for i in range(300)) if t.metadata["family"] == "ph")
    for shift, right in ((0.04, 1.0), (-0.04, 1.0), (0.06, 0.0)):
        env.begin(task)
        assert env.grade(f"\\boxed{{{float(task.answer) + shift}}}").score == right


def test_options_are_shuffled_and_their_letters_even():
    env = make("stem/choice-v0")
    for level, count in enumerate(env.num_options):
        tasks = [env.task_at(i, difficulty=level) for i in range(240)]
        assert {len(set(t.metadata["options"].values())) for t in tasks} == {count}
        seen = [sum(t.answer == letter for t in tasks) for letter in "ABCDEF"[:count]]
        assert min(seen) > 240 / count / 2, seen


def test_wrong_options_of_quantities_are_wrong():
    env = make("stem/choice-v0")
    for task in (env.task_at(i, difficulty=level) for level in (1, 2, 3) for i in range(120)):
        options = dict(task.metadata["options"])
        right = parse_quantity(options.pop(task.answer))
        if right is None or task.metadata["family"] in {t.name for t in TABLES}:
            continue
        for other in map(parse_quantity, options.values()):
            assert other is not None
            assert other.value != pytest.approx(right.value, rel=1e-4)


def _dimension(unit):
    gold = gold_quantity("1", unit)
    assert gold is not None
    return {axis: power for axis, power in zip(AXES, worth(gold.units[0]).dimension, strict=True) if power}


CONSTANTS = {
    "potential_energy": "m/s^2", "liquid_pressure": "m/s^2", "refraction": "m/s", "photon": "J s", "ideal_gas": "J/(mol K)",
    "gas_from_mass": "J/(mol K)",
    "particles": "1/mol", "electrolysis": "C/mol", "energy_content": "J/(g K)",
}  # fmt: skip


@pytest.mark.parametrize("law", [law for m in SUBJECTS for law in (*m.LAWS, *m.CHAINS)], ids=lambda law: law.family)
def test_every_law_is_right_in_its_dimensions_and_units(law):
    total = _dimension(CONSTANTS.get(law.family, ""))
    for variable, power in law.parts:
        for axis, exponent in _dimension(variable.unit).items():
            total[axis] = total.get(axis, 0) + exponent * power
    assert {a: e for a, e in total.items() if e} == _dimension(law.out.unit)
    for variable in law.variables:
        base = worth(gold_quantity("1", variable.unit).units[0])
        for unit, factor in variable.also.items():
            other = worth(gold_quantity("1", unit).units[0])
            assert other.dimension == base.dimension
            assert other.scale / base.scale == pytest.approx(factor, rel=1e-3)


def test_the_units_of_a_law_without_constant_give_its_factor():
    for law in (law for m in SUBJECTS for law in m.LAWS if law.family not in CONSTANTS):
        scale = law.k if law.k == 1 else 1
        for variable, power in law.parts:
            scale *= worth(gold_quantity("1", variable.unit).units[0]).scale ** power
        assert scale == pytest.approx(worth(gold_quantity("1", law.out.unit).units[0]).scale), law.family


def test_a_law_solves_for_each_of_its_variables():
    law = next(law for law in physics.LAWS if law.family == "centripetal")
    values = {"m": 2.0, "v": 3.0, "r": 4.0, "F": 4.5}
    for symbol, value in values.items():
        assert law.solve(symbol, {k: v for k, v in values.items() if k != symbol}) == pytest.approx(value)


def test_laws_are_joined_over_their_shared_quantity():
    chain = next(c for c in physics.CHAINS if c.family == "resistor_power")
    assert chain.solve("P", {"I": 3.0, "R": 5.0}) == 45.0
    with pytest.raises(ValueError, match="no part 'V'"):
        join(physics.OHM, physics.WORK, family="x", scenes=())
    clash = Law(
        family="y",
        out=Variable(symbol="Z", name="z", unit="J"),
        parts=((physics.OHM.out, 1), (Variable(symbol="R", name="radius", unit="m"), 1)),
        scenes=(),
    )
    with pytest.raises(ValueError, match="'R' stands for two"):
        join(physics.OHM, clash, family="x", scenes=())


@pytest.mark.parametrize("reaction", REACTIONS)
def test_every_stored_equation_is_balanced_with_the_smallest_numbers(reaction):
    sides = []
    for side in reaction.split("="):
        total = {}
        for term in side.split("+"):
            formula = term.lstrip("0123456789")
            for symbol, n in atoms(formula).items():
                total[symbol] = total.get(symbol, 0) + n * int(term[: len(term) - len(formula)] or 1)
        sides.append(total)
    assert sides[0] == sides[1]


def test_known_values_of_the_tables():
    assert molar_mass("H2O") == pytest.approx(18)
    assert molar_mass("C6H12O6") == pytest.approx(180)
    assert biology.CODONS["AUG"] == "M"
    assert sorted(c for c, a in biology.CODONS.items() if a == "*") == ["UAA", "UAG", "UGA"]
    assert biology.CODONS["UGG"] == "W"
    assert set(biology.CODONS.values()) == {*biology.AMINO_ACIDS, "*"}
    assert all(molar_mass(f) > 0 for f in COMPOUNDS)
    assert all(len(set(t.rows.values())) >= 6 for t in TABLES)


@pytest.mark.parametrize(
    ("value", "text"), [(12.0, "12"), (0.0375, "0.0375"), (3.2e-7, "3.2e-7"), (1.234567e8, "1.235e8"), (120000.0, "120000"), (0, "0"), (-2.5, "-2.5")]
)
def test_numbers_are_shown_plainly(value, text):
    assert show(value) == text
