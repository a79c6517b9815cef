"""Golds of the families with formulae, several parts or several steps, checked another way: by substitution, conservation, simulation."""

import math
import random
import re

import pytest

from prorl_env_stem import biology, physics
from prorl_env_stem.elements import atoms, molar_mass
from prorl_env_stem.families import SUBJECTS
from prorl_env_stem.formula import parse_formula, symbols_of
from prorl_env_stem.symbolic import EQUATIONS, rearranged

MAKERS = {f.name: f for families in SUBJECTS.values() for f in families}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
FUNCTIONS = {"sqrt": math.sqrt, "ln": math.log, "exp": math.exp, "sin": math.sin}


def drawn(name, level, count=40):
    return [MAKERS[name].make(random.Random(seed), level) for seed in range(count)]


def numbers(text):
    return [float(n) for n in NUMBER.findall(text)]


def value(problem):
    return float(problem.answer.split()[0])


def parts(problem):
    return {label: float(part.answer.split()[0]) for label, part in problem.parts.items() if part.kind == "quantity"}


def at(text, side=-1, **values):
    """The value of a formula's side where its symbols have these values."""

    def go(node):
        kind, *rest = node
        if kind == "num":
            return rest[0]
        if kind == "sym":
            return math.pi if rest[0] == "pi" else values[rest[0]]
        if kind == "call":
            return FUNCTIONS[rest[0]](go(rest[1]))
        if kind == "neg":
            return -go(rest[0])
        a, b = map(go, rest)
        return {"+": a + b, "-": a - b, "*": a * b, "/": a / b if kind == "/" else 0, "^": a**b if kind == "^" else 0}[kind]

    return go(parse_formula(text)[side])


@pytest.mark.parametrize(("equation", "asked", "solution"), EQUATIONS)
def test_every_solution_satisfies_its_equation(equation, asked, solution):
    rng = random.Random(equation + asked)
    tried = 0
    while tried < 5:
        values = {s: rng.uniform(0.2, 3) for s in symbols_of(parse_formula(solution)[0])}
        try:
            values[asked] = at(solution, **values)
            left, right = at(equation, 0, **values), at(equation, 1, **values)
        except ValueError:
            continue  # outside of the solution's domain
        assert left == pytest.approx(right, rel=1e-9)
        tried += 1


@pytest.mark.parametrize("law", physics.LAWS + physics.CHAINS, ids=lambda law: law.family)
def test_a_rearranged_law_gives_what_the_law_solves_for(law):
    if len({v.symbol for v in law.variables}) < len(law.variables):
        return
    values = {v.symbol: 1.3 + 0.7 * i for i, v in enumerate(law.variables)}
    for variable, _ in law.parts:
        others = {k: v for k, v in values.items() if k != variable.symbol}
        assert at(rearranged(law, variable.symbol), **others, K=law.k) == pytest.approx(law.solve(variable.symbol, others))


@pytest.mark.parametrize("level", [0, 1, 2, 3])
def test_motion_is_the_derivative_of_the_path(level):
    step = 1e-4
    for p in drawn("motion_function", level):
        given = p.terse.split("=", 1)[1].split()[0]
        for t in (0.7, 1.9):
            first = (at(p.answer, t=t + step) - at(p.answer, t=t - step)) / (2 * step) if level == 3 else None
            if level == 3:
                second = (at(p.answer, t=t + step) - 2 * at(p.answer, t=t) + at(p.answer, t=t - step)) / step**2
                assert second == pytest.approx(at(given, t=t), abs=1e-3)
                x0, v0 = map(float, re.search(r"x0=(\d+) v0=(\d+)", p.terse).groups())
                assert at(p.answer, t=0.0) == x0
                assert first is not None
                assert (at(p.answer, t=step) - x0) / step == pytest.approx(v0, abs=0.05)
            elif " v(t)" in p.terse:
                assert at(p.answer, t=t) == pytest.approx((at(given, t=t + step) - at(given, t=t - step)) / (2 * step), abs=1e-3)
            else:
                assert at(p.answer, t=t) == pytest.approx((at(given, t=t + step) - 2 * at(given, t=t) + at(given, t=t - step)) / step**2, abs=1e-3)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_impacts_conserve_momentum(level):
    for p in drawn("impact", level):
        a, mass, speed, b = re.match(r"(\d+)(\w),(\w) hits (\d+)", p.terse).groups()
        m1, m2, m, v = int(a), int(b), 1.7, 2.3
        values = {mass: m, speed: v}
        common = m1 * v / (m1 + m2)
        after = 2 * common
        wanted = {1: common, 2: m * (m1 * v**2 - (m1 + m2) * common**2) / 2, 3: m * m2 * after**2 / 2}[level]
        assert at(p.answer, **values) == pytest.approx(wanted)
        if level == 3:
            assert m1 * (after - v) ** 2 + m2 * after**2 == pytest.approx(m1 * v**2)


def test_equilibrium_constants_are_products_over_reagents():
    for p in drawn("equilibrium_constant", 2):
        log = {}
        for sign, side in zip((-1, 1), p.terse.split()[0].split("="), strict=True):
            for term in side.split("+"):
                head = re.match(r"\d*", term)[0]
                log[term[len(head) :]] = sign * int(head or 1)
        values = {f"of{s}": 1.1 + 0.1 * i for i, s in enumerate(log)}
        wanted = sum(n * math.log(values[f"of{s}"]) for s, n in log.items())
        assert math.log(at(p.answer, **values)) == pytest.approx(wanted)


@pytest.mark.parametrize("level", [2, 3])
def test_rate_laws_fit_their_data(level):
    for p in drawn("rate_law", level):
        one, two = re.match(r"rate law (\w) (\w):", p.terse).groups()
        rows = [tuple(map(float, row.split(","))) for row in p.terse.split(": ")[1].split()]
        for a, b, rate in rows:
            assert at(p.answer, k=rows[0][2], **{f"of{one}": a, f"of{two}": b}) == pytest.approx(rate)


def test_growth_functions_double_or_saturate():
    for p in drawn("growth_function", 1):
        start, _, period = numbers(p.terse)
        assert at(p.answer, t=0.0) == start
        assert at(p.answer, t=3 * period) == pytest.approx(8 * start)
    for p in drawn("growth_function", 2):
        start, lag, _, period = numbers(p.terse)
        assert at(p.answer, t=lag + period) == pytest.approx(2 * start)
    for p in drawn("growth_function", 3):
        start, top = numbers(p.terse)
        assert at(p.answer, t=0.0, r=0.3) == pytest.approx(start)
        now, step = at(p.answer, t=5.0, r=0.3), 1e-5
        slope = (at(p.answer, t=5 + step, r=0.3) - at(p.answer, t=5 - step, r=0.3)) / (2 * step)
        assert slope == pytest.approx(0.3 * now * (1 - now / top), rel=1e-4)


def test_saturation_follows_michaelis_and_menten():
    for p in drawn("saturation", 1):
        (s,) = numbers(p.terse.split("v(")[0])
        assert at(p.answer, V=2.0) == pytest.approx(2 * s / (1 + s))
    for p in drawn("saturation", 2):
        share = numbers(p.terse)
        s = at(p.answer, K=1.0)
        assert s / (1 + s) == pytest.approx(share[0] / share[1])
    for p in drawn("saturation", 3):
        i, s = numbers(p.terse)
        assert at(p.answer, V=1.0) == pytest.approx(s / (s + 1 + i))


@pytest.mark.parametrize("level", [1, 2, 3])
def test_projectiles_land_where_a_simulation_lands(level):
    for p in drawn("projectile", level, count=6):
        found, given = parts(p), numbers(p.terse)
        speed = given[0]
        angle = 0.0 if level == 1 else math.radians(given[1])
        height = given[1] if level == 1 else given[2] if level == 3 else 0.0
        x, y, vx, vy, dt, top, time = 0.0, height, speed * math.cos(angle), speed * math.sin(angle), 1e-4, height, 0.0
        while True:
            x, y, vy, time = x + vx * dt, y + vy * dt - 4.9 * dt * dt, vy - 9.8 * dt, time + dt
            top = max(top, y)
            if y <= 0 and vy < 0:
                break
        assert found["t"] == pytest.approx(time, rel=2e-3)
        assert found["x"] == pytest.approx(x, rel=2e-3)
        if level > 1:
            assert found["h"] == pytest.approx(top - height, rel=2e-3)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_circuits_obey_kirchhoff(level):
    for p in drawn("circuit", level):
        found, given = parts(p), numbers(p.terse.replace("U1?", ""))
        if level == 1:
            volts, one, two = given
            assert found["U"] == pytest.approx(found["I"] * one, rel=1e-3)
            assert found["U"] + found["I"] * two == pytest.approx(volts, rel=1e-3)
            continue
        volts, three, one, two = given[:4]
        assert found["I"] * three + found["U"] == pytest.approx(volts, rel=1e-3)
        assert found["J"] * one == pytest.approx(found["U"], rel=2e-3)
        assert found["J"] + found["U"] / two == pytest.approx(found["I"], rel=2e-3)
        if level == 3:
            assert found["P"] == pytest.approx(found["U"] ** 2 / two, rel=2e-3)


@pytest.mark.parametrize("level", [2, 3])
def test_elastic_collisions_conserve_momentum_and_energy(level):
    for p in drawn("elastic_collision", level):
        found = parts(p)
        m1, u1, m2, u2 = (float(re.search(rf"{name}=(-?[\d.]+)", p.terse)[1]) for name in ("m1", "u1", "m2", "u2"))
        momentum, energy = m1 * u1 + m2 * u2, m1 * u1**2 + m2 * u2**2
        room = 2e-3 * (m1 * abs(u1) + m2 * abs(u2))
        assert m1 * found["v"] + m2 * found["w"] == pytest.approx(momentum, abs=room)
        assert m1 * found["v"] ** 2 + m2 * found["w"] ** 2 == pytest.approx(energy, rel=2e-3)
        assert (found["v"], found["w"]) != (u1, u2)


@pytest.mark.parametrize("level", [2, 3])
def test_reactions_use_up_the_limiting_reagent(level):
    for p in drawn("leftovers", level):
        equation, (n1, r1), (n2, r2) = p.terse.split()[0], *re.findall(r"([\d.]+)mol (\w+)", p.terse)
        product = re.search(r"limiting\? \w+ (\w+)\?", p.terse)[1]
        coefficient = {}
        for term in re.split(r"[=+]", equation):
            head = re.match(r"\d*", term)[0]
            coefficient[term[len(head) :]] = int(head or 1)
        amounts = {r1: float(n1), r2: float(n2)}
        limiting = p.parts["L"].answer
        (other,) = set(amounts) - {limiting}
        runs = amounts[limiting] / coefficient[limiting]
        rest = amounts[other] - runs * coefficient[other]
        assert rest > 0
        scale = molar_mass if level == 3 else (lambda formula: 1.0)
        assert parts(p)["P"] == pytest.approx(runs * coefficient[product] * scale(product), rel=1e-3)
        assert parts(p)["R"] == pytest.approx(rest * scale(other), rel=5e-3)


@pytest.mark.parametrize("level", [2, 3])
def test_combustion_analyses_give_back_their_masses(level):
    for p in drawn("combustion_analysis", level):
        sample, dioxide, water, molar = (float(x) for x in re.search(r"([\d.]+)g: ([\d.]+)g CO2 ([\d.]+)g H2O M=([\d.]+)", p.terse).groups())
        empirical, molecular = atoms(p.parts["E"].answer), atoms(p.parts["M"].answer)
        assert math.gcd(*empirical.values()) == 1
        assert {k: v * molecular["C"] // empirical["C"] for k, v in empirical.items()} == molecular
        moles = sample / sum({"C": 12, "H": 1, "O": 16}[s] * n for s, n in empirical.items())
        assert dioxide == pytest.approx(44 * moles * empirical["C"], rel=2e-3)
        assert water == pytest.approx(9 * moles * empirical["H"], rel=2e-3)
        assert sum({"C": 12, "H": 1, "O": 16}[s] * n for s, n in molecular.items()) == molar
        assert molecular["H"] <= 2 * molecular["C"] + 2


@pytest.mark.parametrize("level", [1, 2, 3])
def test_genotypes_add_up(level):
    for p in drawn("genotypes", level):
        found = parts(p)
        q = 1 - found["p"]
        assert found["d"] + found["h"] + q * q == pytest.approx(1, abs=2e-3)
        if level > 1:
            assert q * q == pytest.approx(shown_share(p.terse), abs=2e-3)


def shown_share(terse):
    ill, total = re.search(r"aa=(\d+)/(\d+)", terse).groups()
    return int(ill) / int(total)


def test_phenotype_classes_add_up_to_all_offspring():
    for p in drawn("phenotype_classes", 2):
        total = float(re.search(r"N=(\d+)", p.terse)[1])
        assert sum(parts(p).values()) == total
        one, two = p.terse.split()[0].split("x")
        genes = [(one[i : i + 2], two[i : i + 2]) for i in (0, 2)]
        shares = [sum((a + b).islower() for a in x for b in y) / 4 for x, y in genes]
        for label, count in parts(p).items():
            wanted = math.prod(s if letter.islower() else 1 - s for letter, s in zip(label, shares, strict=True))
            assert count == pytest.approx(total * wanted)
    for p in drawn("phenotype_classes", 3):
        one, other, percent, total = re.match(r"(\w+)/(\w+) (\d+)cM test N=(\d+)", p.terse).groups()
        found = parts(p)
        assert sum(found.values()) == float(total)
        recombinant = sum(n for label, n in found.items() if label not in (one, other))
        assert recombinant == pytest.approx(float(total) * float(percent) / 100)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_genes_are_read_by_the_genetic_code(level):
    pairs = {"A": "T", "T": "A", "C": "G", "G": "C"}
    for p in drawn("gene_expression", level):
        strand, bases = p.terse.split()[:2]
        coding = bases if strand == "coding" else "".join(pairs[b] for b in bases)
        mrna = coding.replace("T", "U")
        assert p.parts["m"].answer == mrna
        assert p.parts["p"].answer == "".join(biology.CODONS[mrna[i : i + 3]] for i in range(0, len(mrna), 3))
        if level == 3:
            assert [pairs[b] for b in p.parts["t"].answer] == list(coding)


def test_inclines_lose_to_friction_what_the_speed_misses():
    for p in drawn("incline", 3):
        degrees, friction, _, length = numbers(p.terse)
        angle = math.radians(degrees)
        fall, rubbed = 9.8 * length * math.sin(angle), friction * 9.8 * math.cos(angle) * length
        assert value(p) ** 2 / 2 == pytest.approx(fall - rubbed, rel=3e-3)
    for p in drawn("incline", 2):
        degrees, friction, _ = numbers(p.terse)
        assert value(p) > 0
        assert value(p) / 9.8 == pytest.approx(math.sin(math.radians(degrees)) - friction * math.cos(math.radians(degrees)), rel=5e-3)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_mixing_conserves_heat(level):
    for p in drawn("mixing", level):
        end, given = value(p), numbers(p.terse)
        if level == 1:
            m1, cold, m2, hot = given
            assert m1 * (end - cold) == pytest.approx(m2 * (hot - end), rel=5e-3, abs=0.02)
        elif level == 2:
            m1, cold, _, m2, hot, heat = given
            assert m1 * 4186 * (end - cold) == pytest.approx(m2 * heat * (hot - end), abs=0.01 * (m1 * 4186 + m2 * heat))
        else:
            ice, _, _, water, hot, _ = given
            assert 0 < end < hot
            assert ice * (334000 + 4186 * end) == pytest.approx(water * 4186 * (hot - end), rel=2e-3)


def test_orbits_follow_keplers_third_law():
    for p in drawn("orbit", 3):
        product, radius = numbers(p.terse)[:2]
        assert 4 * math.pi**2 * radius**3 / (value(p) * 3600) ** 2 == pytest.approx(product, rel=2e-3)
    for p in drawn("orbit", 2):
        product, radius = numbers(p.terse)[:2]
        assert value(p) ** 2 * radius == pytest.approx(product, rel=2e-3)


def test_photoelectrons_take_what_the_work_function_leaves():
    for p in drawn("photoeffect", 3):
        _, length, work, mass = numbers(p.terse)
        assert mass * value(p) ** 2 / 2 / 1.602e-19 + work == pytest.approx(1240 / length, rel=5e-3)


def test_capacitors_discharge_exponentially():
    for p in drawn("discharge", 3):
        kiloohms, microfarads, _, percent = numbers(p.terse.replace("U0", "U"))
        left, steps = 1.0, 4000
        for _ in range(steps):
            left *= 1 - 2 * value(p) / steps / (kiloohms * microfarads * 1e-3)
        assert left == pytest.approx(percent / 100, rel=0.02)


def test_buffers_and_titrations_keep_their_equilibria():
    for p in drawn("buffer", 3):
        constant, acid, base, added = (float(x) for x in re.search(r"pKa=([\d.]+) HA=([\d.]+)M A-=([\d.]+)M \+([\d.]+)mol", p.terse).groups())
        assert 10 ** (value(p) - constant) == pytest.approx((base + added) / (acid - added), rel=0.01)
    for p in drawn("titration", 3):
        volume, acid, name, added, base = re.search(r"([\d.]+)mL ([\d.]+)M (\w+) \+ ([\d.]+)mL ([\d.]+)M", p.terse).groups()
        protons = 2 if name == "H2SO4" else 1
        left = 10 ** -value(p) * (float(volume) + float(added))
        assert left + float(added) * float(base) == pytest.approx(protons * float(acid) * float(volume), rel=0.01)


def test_kinetics_and_cells_are_inverted_exactly():
    for p in drawn("kinetics", 3):
        factor, cold, hot, _ = numbers(p.terse)
        assert math.exp(value(p) * 1000 / 8.314 * (1 / cold - 1 / hot)) == pytest.approx(factor, rel=5e-3)
    for p in drawn("kinetics", 2):
        half, percent = (float(x) for x in re.search(r"half=([\d.]+)min (\d+)%", p.terse).groups())
        assert 0.5 ** (value(p) / half) == pytest.approx(percent / 100, rel=5e-3)
    charges = {"Ag": 1, "Al": 3}
    for p in drawn("cell", 3):
        low_metal, low, one, high_metal, high, volts = re.match(
            r"cell (\w+) (-?[\d.]+)V ([\d.]+)M \| (\w+) (-?[\d.]+)V E=([\d.]+)V", p.terse
        ).groups()
        a, b = charges.get(low_metal, 2), charges.get(high_metal, 2)
        anode = float(low) + 0.05916 / a * math.log10(float(one))
        cathode = float(high) + 0.05916 / b * math.log10(value(p))
        assert cathode - anode == pytest.approx(float(volts), abs=2e-4)


def test_linkage_counts_recombinants():
    for p in drawn("linkage", 1):
        total, a, b = numbers(p.terse)
        assert value(p) == pytest.approx(100 * (a + b) / total, rel=1e-3)
    for p in drawn("linkage", 3):
        parental, left, right, double = numbers(p.terse.removeprefix("3-point"))
        total = parental + left + right + double
        expected = (left + double) * (right + double) / total
        assert value(p) == pytest.approx(1 - double / expected, abs=1e-3)


def test_chi_squared_weighs_each_class():
    for p in drawn("chi_square", 2):
        counts, ratio = p.terse.removeprefix("chi2 ").split(" vs ")
        counts, ratio = [float(x) for x in counts.split()], [float(x) for x in ratio.rstrip("?").split(":")]
        unit = sum(counts) / sum(ratio)
        assert value(p) == pytest.approx(sum(c * c / (r * unit) for c, r in zip(counts, ratio, strict=True)) - sum(counts), abs=2e-3)


@pytest.mark.parametrize("level", [1, 2, 3])
def test_enzyme_rates_lie_on_the_double_reciprocal_line(level):
    for p in drawn("enzyme_rate", level):
        top, half = (float(re.search(rf"{name}=([\d.]+)", p.terse)[1]) for name in ("V", "K"))
        if level > 1:
            inhibitor, constant = (float(re.search(rf" {name}=([\d.]+)", p.terse)[1]) for name in ("I", "Ki"))
            half *= 1 + inhibitor / constant
        if level == 3:
            rate, substrate = top * float(re.search(r"v=(\d+)%", p.terse)[1]) / 100, value(p)
        else:
            rate, substrate = value(p), float(re.search(r"S=([\d.]+)", p.terse)[1])
        assert 1 / rate == pytest.approx(half / top / substrate + 1 / top, rel=5e-3)
