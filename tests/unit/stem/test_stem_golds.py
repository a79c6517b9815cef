"""Golds of the hand-written families, solved again from the terse text by another way."""

import itertools
import math
import random
import re
from fractions import Fraction

import pytest

from prorl_env_stem import biology
from prorl_env_stem.elements import ELEMENTS
from prorl_env_stem.families import SUBJECTS

MAKERS = {f.name: f for families in SUBJECTS.values() for f in families}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


def numbers(text):
    return [float(n) for n in NUMBER.findall(text)]


def problems(name, level, *, family=None, count=60):
    drawn = [MAKERS[name].make(random.Random(seed), level) for seed in range(count)]
    kept = [p for p in drawn if family is None or p.family == family]
    assert kept
    return kept


def value(problem):
    return float(problem.answer.split()[0])


@pytest.mark.parametrize("level", [2, 3])
def test_displacement_is_the_sum_of_small_steps(level):
    for p in problems("kinematics", level, count=10):
        u, a, _, t = numbers(p.terse)
        steps = 2000
        total = sum((u + a * (i + 0.5) * t / steps) * t / steps for i in range(steps))
        assert value(p) == pytest.approx(total, rel=1e-3)


def test_half_lives_are_counted_down():
    for p in problems("half_life", 0):
        left, half, time = numbers(p.terse)
        while time > 0:
            left, time = left / 2, time - half
        assert value(p) == left


@pytest.mark.parametrize("level", [1, 2])
def test_momentum_is_kept_in_a_collision(level):
    for p in problems("collision", level):
        _, m1, _, v1, _, m2, _, v2 = numbers(p.terse)
        assert value(p) * (m1 + m2) == pytest.approx(m1 * v1 + m2 * v2, rel=1e-3)


def test_the_lens_equation_holds():
    for p in problems("lens", 2):
        f, u = numbers(p.terse)
        assert 1 / f == pytest.approx(1 / u + 1 / value(p), rel=2e-3)


@pytest.mark.parametrize("level", [1, 2])
def test_resistors_in_parallel_share_the_current(level):
    for p in problems("resistors", level):
        ohms = numbers(p.terse.replace("R=", ""))
        if "||" in p.terse:
            assert sum(value(p) / r for r in ohms) == pytest.approx(1, rel=1e-3)
        else:
            assert value(p) == sum(numbers(p.terse.replace("+", " ")))


def test_dilution_keeps_the_amount():
    for p in problems("dilution", 0):
        _, c1, _, v1, _, v2, _ = numbers(p.terse)
        assert value(p) * v2 == c1 * v1
    for p in problems("dilution", 3):
        _, c1, _, c2, _, v2 = numbers(p.terse)
        assert c1 * (v2 - value(p)) == pytest.approx(c2 * v2, rel=0.02)


def test_the_weak_acid_is_in_equilibrium():
    for p in problems("ph", 3):
        c, k = numbers(p.terse)
        h = 10 ** -value(p)
        assert h * h / (c - h) == pytest.approx(k, rel=0.01)


def test_the_strong_base_and_acid_mirror_each_other():
    for p in problems("ph", 2):
        (c,) = numbers(p.terse)
        assert 10 ** (value(p) - 14) == pytest.approx(c, rel=0.02)
    for p in problems("ph", 0):
        power = -numbers(p.terse)[-1] if "e" not in p.terse else int(re.search(r"1e-(\d+)", p.terse)[1])
        assert value(p) == (14 - power if "OH" in p.terse else power)


def test_salts_are_neutral():
    from prorl_env_stem.elements import IONS

    for p in problems("salt", 0):
        one, two = p.terse.removeprefix("salt ").rstrip("?").split()
        left = p.answer
        charge = 0
        for ion in (one, two):
            part, _, sign = ion.partition("^")
            size = int(sign[:-1] or 1) * (1 if sign[-1] == "+" else -1)
            match = re.match(rf"\({re.escape(part)}\)(\d+)|{re.escape(part)}(\d*)", left)
            charge += size * int(match[1] or match[2] or 1)
            left = left[match.end() :]
        assert charge == 0, p
        assert not left
    assert len(IONS) > 25


@pytest.mark.parametrize("level", [2, 3])
def test_the_limiting_reagent_is_used_up(level):
    for p in problems("stoichiometry", level):
        equation, rest = p.terse.split(" ", 1)
        coefficients = {}
        for side in equation.split("="):
            for term in side.split("+"):
                head = re.match(r"\d*", term)[0]
                coefficients[term[len(head) :]] = int(head or 1)
        (n1, r1), (n2, r2) = re.findall(r"([\d.]+)mol (\w+)", rest)
        share = int(m[1]) / 100 if (m := re.search(r"(\d+)%", rest)) else 1
        product = re.search(r": (\w+)\?", rest)[1]
        runs = value(p) / coefficients[product] / share
        left = [float(n1) - runs * coefficients[r1], float(n2) - runs * coefficients[r2]]
        assert min(left) == pytest.approx(0, abs=5e-3)


def test_percentages_by_mass_add_up_to_a_hundred():
    by_compound = {}
    for p in problems("percent_by_mass", 1, count=3000):
        symbol, formula = re.match(r"%(\w+) in (\w+)", p.terse).groups()
        by_compound.setdefault(formula, {})[symbol] = value(p)
    whole = [shares for formula, shares in by_compound.items() if len(shares) == len(set(re.findall("[A-Z][a-z]?", formula)))]
    assert len(whole) > 30
    assert all(sum(shares.values()) == pytest.approx(100, abs=0.1) for shares in whole)


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_punnett_squares_are_counted_gamete_by_gamete(level):
    for p in problems("punnett", level):
        one, two, total, mark = re.match(r"(\w+)x(\w+) N=(\d+) (\w+)\?", p.terse).groups()
        gametes = [list(itertools.product(*(parent[i : i + 2] for i in range(0, len(parent), 2)))) for parent in (one, two)]
        hits = sum(
            all((any(x.isupper() for x in pair)) == m.isupper() for pair, m in zip(zip(a, b, strict=True), mark, strict=True))
            for a, b in itertools.product(*gametes)
        )
        assert value(p) == Fraction(hits * int(total), len(gametes[0]) * len(gametes[1]))


def test_bases_pair_and_peptides_come_back():
    pairs = {"A": "T", "T": "A", "C": "G", "G": "C"}
    for p in problems("complement", 0):
        assert [pairs[b] for b in p.terse.split()[1]] == list(p.answer)
    for p in problems("complement", 3):
        assert [pairs[b] for b in reversed(p.terse.split()[1])] == list(p.answer)
    for p in problems("transcription", 1):
        assert [pairs[b].replace("T", "U") for b in p.terse.split()[1]] == list(p.answer)
    for p in problems("translation", 3):
        template = p.terse.split("-")[1]
        mrna = "".join(pairs[b].replace("T", "U") for b in template)
        amino = [biology.CODONS[mrna[i : i + 3]] for i in range(0, len(mrna), 3)]
        assert "".join(amino) == p.answer + "*"
        assert p.answer[0] == "M"


def test_hardy_weinberg_frequencies_add_up():
    for p in problems("hardy_weinberg", 2):
        ill = numbers(p.terse.replace("q2", ""))[0]
        assert math.sqrt(ill) ** 2 + value(p) + (1 - math.sqrt(ill)) ** 2 == pytest.approx(1, abs=1e-3)


def test_growth_doubles_and_colonies_scale():
    for p in problems("growth", 0):
        start, _, every, time, *_ = numbers(p.terse)
        assert value(p) == start * 2 ** (time / every)
    for p in problems("colony_count", 2):
        colonies, volume, dilution = numbers(p.terse)[:3]
        assert value(p) * volume * dilution == pytest.approx(colonies, rel=1e-3)


def test_chargaff_shares_add_up():
    for p in problems("counting", 0, family="chargaff"):
        base, share, asked = re.match(r"(\w)=(\d+)% (\w)\?", p.terse).groups()
        partner = {"A": "T", "T": "A", "C": "G", "G": "C"}
        shares = {base: int(share), partner[base]: int(share)}
        if asked not in shares:
            shares |= {asked: value(p), partner[asked]: value(p)}
            assert sum(shares.values()) == 100
        else:
            assert value(p) == shares[asked]


def test_atomic_numbers_and_masses_rise_together():
    ordered = sorted(ELEMENTS.values(), key=lambda e: e.number)
    swapped = [(a.name, b.name) for a, b in itertools.pairwise(ordered) if a.mass > b.mass]
    assert swapped == [("argon", "potassium")]
