"""Each corrected scorer: what is wrong with the package's own, shown on it, and ours beside it."""

import json
import subprocess
import sys

import pytest
import reasoning_gym.games.rush_hour

from prorl_env_logic import scorers, source
from prorl_env_logic.expression import LimitError
from prorl_env_logic.scorers import original_score, score
from prorl_gym.errors import TaskError


def entry(answer, **metadata):
    return {"answer": answer, "metadata": metadata}


PAYS = {  # task: (entry, answer, the package's score, ours)
    "calendar_arithmetic": (entry("-1", task="recurring_event_day"), "7", 1.0, 0.0),
    "coin_flip": (entry("0.375"), "0", 1.0, 0.2),
    "complex_arithmetic": (entry("1.0 + 2.0i", result=[1, 2]), "nan", 1.0, 0.0),
    "figlet_font": (entry("KNOWLEDGEABLE"), "KNOWLEDGEA???", 1.0, 0.9),
    "game_of_life_halting": (entry("False"), "True", 1.0, 0.0),
    "number_sorting": (entry("['1', '3']", direction="ascending"), "[NaN, NaN]", 1.0, 0.0),
    "polynomial_equations": (entry(""), "I do not know", 1.0, 0.0),
    "prime_factorization": (entry("2 × 2 × 3"), "12", 0.5, 0.01),
    "propositional_logic": (entry(None, variables=["P", "Q"], premises=["P", "(P → Q)"], example_answer="(P ∧ Q)"), "P ∧ P", 1.0, 0.25),
    "spell_backward": (entry("hcetal"), "hcetal and so on", 0.9999999999999999, 0.8),
}
RAISES = {  # task: (entry, answer, what the package raises)
    "boxnet": (entry(None, initial_state={"0.5_0.5": ["box_red", "target_red"]}), "[1]", AttributeError),
    "prime_factorization": (entry("2 × 3"), "two", ValueError),
    "calendar_arithmetic": (entry("-1", task="recurring_event_day"), "999999", OverflowError),
}
SPIED = {"rubiks_cube", "rush_hour", "codeio", "bitwise_arithmetic"}
CASES = [  # what is well-formed, or nonsense: the package's score and ours agree
    *(
        ("binary_matrix", entry("0 1\n1 0"), a)
        for a in ("0 1\n1 0", "[[0, 1], [1, 0]]", "[0,1],[1,0]", "((0, 1), (1, 0),)", "['01', '10']", "[[0, 1]]")
    ),
    *(
        ("binary_matrix", entry("0 1\n1 0"), a)
        for a in ("", "0 1\n1 0 ", "[[0, 1], [1, 0]", "nonsense", '[["0", "1"], ["1", "0"]]', "[[0.0, 1], [1, 0]]", "3")
    ),
    *(("spiral_matrix", entry("1 2 3"), a) for a in ("1 2 3", "[1, 2, 3]", "1, 2, 3", "(1,2,3)", "'123'", "123", "[1, 2]", "[[1, 2, 3]]", "", "1 2")),
    *(
        ("string_insertion", entry("ABC"), a)
        for a in ("ABC", "['A', 'B', 'C']", "'ABC'", '"ABC"', "ABC ", "abc", "[1]", "", "('AB', 'C')", "(('ABC'))")
    ),
    *(
        ("n_queens", entry("Q _\n_ Q", valid_answers=["Q _\n_ Q"]), a)
        for a in ("Q _\n_ Q", "[['Q', '_'], ['_', 'Q']]", "['Q_', '_Q']", "[[1]]", "Q", "")
    ),
    *(
        ("countdown", entry("", numbers=[12, 16, 14], target=18), a)
        for a in (
            "14 + 16 - 12",
            "(14+16)-12",
            "14 + 16",
            "14*16*12",
            "wrong answer",
            "",
            "14 + 16 -",
            "14/0+16+12",
            "18",
            "014 + 16 - 12",
            "-12+16+14",
            "x+18",
        )
    ),
    *(("puzzle24", entry("", numbers=[7, 3, 5, 2]), a) for a in ("7*3 + 5 - 2", "5-2+7*3", "7+3+5+2", "24", "", "(7-3)*(5+2)", "x", "7*3+", "7//3")),
    *(
        ("polynomial_multiplication", entry("x**2 - 1"), a)
        for a in (
            "-1 + x**2",
            "x*x - 1",
            "(x-1)*(x+1)",
            "x**2 - 1.0",
            "1.0*x**2 - 1",
            "2*(x**2 - 1)/2",
            "x^2 - 1",
            "x**2",
            "",
            "y**2-1",
            "x**2-1+0*y",
            "(x**2-1)",
        )
    ),
    *(
        ("simple_integration", entry(None, variable="x", integrand="2*x"), a)
        for a in (
            "x**2 + C",
            "x**2",
            "3 + x**2",
            "x*x + const",
            "x**3 + C",
            "x**2 + C*x",
            "",
            "X**2",
            "0.5*2*x**2",
            "x^2",
            "x**2 +",
            "0.999*x**2",
            "2x",
        )
    ),
    *(
        ("intermediate_integration", entry(None, variable="x", integrand="x*exp(x)"), a)
        for a in ("(x-1)*exp(x) + C", "x*exp(x) - exp(x)", "x*exp(x)")
    ),
    *(
        ("intermediate_integration", entry(None, variable="x", integrand="1/x"), a)
        for a in ("log(x)", "log(7*x) + C", "1/x", "ln(x)", "log(x)**2", "log")
    ),
]
PAID = {  # what the package pays in full, because sympy does the work, or another problem is solved
    "countdown": (entry("", numbers=[7, 3], target=999999), "999998 + 7/7 + 3-3", 0.05),
    "intermediate_integration": (entry(None, variable="x", integrand="x*exp(x)"), "Integral(x*exp(x), x)", 0.0),
    "polynomial_multiplication": (entry("x**2 - 1"), "expand((x-1)*(x+1))", 0.0),
    "puzzle24": (entry("", numbers=[7, 3, 5, 2]), "6*4*1*1", 0.01),
    "simple_integration": (entry(None, variable="x", integrand="2*x"), "integrate(2*x)", 0.0),
}
PROGRAM = """
import json, pathlib, resource, sys
from prorl_env_logic.source import own_score
resource.setrlimit(resource.RLIMIT_CPU, (60, 60))
given = json.load(sys.stdin)
ran = []
for name, entry, folder in given["payloads"]:
    path = pathlib.Path(folder) / name
    own_score(name, f"__import__('pathlib').Path({str(path)!r}).touch()", entry)
    ran.append(path.exists())
print(json.dumps({"ran": ran, "scores": [own_score(case[0], case[2], case[1]) for case in given["cases"]]}))
"""


@pytest.fixture(scope="module")
def theirs(tmp_path_factory):
    """What the nine scorers that evaluate text do with a payload and with the cases, in a process of their own."""
    folder = str(tmp_path_factory.mktemp("ran"))
    some = {name: given for name, given, _ in CASES}
    cases = [*CASES, *((name, given, answer) for name, (given, answer, _) in PAID.items())]
    text = json.dumps({"cases": cases, "payloads": [(name, some[name], folder) for name in sorted(scorers.RUNS_TEXT)]})
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", PROGRAM], input=text, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def test_every_corrected_scorer_has_its_fault_shown_here():
    assert set(PAYS) | set(RAISES) | SPIED | scorers.RUNS_TEXT == set(scorers.CORRECTED) == set(scorers.WHY)


@pytest.mark.parametrize("name", PAYS)
def test_the_package_pays_for_what_is_wrong(name):
    given, answer, paid, ours = PAYS[name]
    assert original_score(name, answer, given) == paid
    assert score(name, answer, given) == pytest.approx(ours)


def test_the_package_pays_for_everything_where_premises_contradict_each_other():
    given = entry(None, variables=["P", "Q"], premises=["P", "¬P"])
    assert original_score("propositional_logic", "Q ∧ P", given) == 1.0
    with pytest.raises(ValueError, match="contradict"):
        score("propositional_logic", "Q ∧ P", given)


@pytest.mark.parametrize("name", RAISES)
def test_the_package_raises_on_a_wrong_answer(name):
    given, answer, error = RAISES[name]
    with pytest.raises(error):
        source.own_score(name, answer, given)
    assert score(name, answer, given) == 0.0


def test_the_package_runs_the_answer_to_nine_tasks(theirs):
    assert theirs["ran"] == [True] * 9


def test_ours_is_the_package_s_score_on_well_formed_answers(theirs):
    for (name, given, answer), expected in zip(CASES, theirs["scores"], strict=False):
        assert score(name, answer, given) == pytest.approx(expected), (name, answer)


def test_the_package_lets_sympy_do_the_work(theirs):
    for (name, (given, answer, ours)), paid in zip(PAID.items(), theirs["scores"][len(CASES) :], strict=True):
        assert (paid, score(name, answer, given)) == ((0.05, ours) if name == "countdown" else (1.0, ours)), name


def test_the_original_scorer_is_refused_where_it_runs_the_answer():
    for name in scorers.RUNS_TEXT:
        with pytest.raises(TaskError, match="evaluates the answer as Python"):
            original_score(name, "1", entry("1"))


def test_a_short_answer_turns_the_package_s_cube_as_often_as_it_says(monkeypatch):
    turned = []
    monkeypatch.setattr("magiccube.cube.Cube._rotate_once", lambda self, move: turned.append(move))
    source.own_score("rubiks_cube", "R30000", entry(None, cube_size=3, scramble_moves=""))
    assert len(turned) == 30_000
    with pytest.raises(LimitError):
        score("rubiks_cube", "R30000", entry(None, cube_size=3, scramble_moves=""))


def test_a_short_answer_moves_the_package_s_cars_as_often_as_it_says(monkeypatch):
    steps = []

    def bounded(*n):
        steps.append(n[-1])
        return range(*n[:-1], min(n[-1], 99))

    monkeypatch.setattr(reasoning_gym.games.rush_hour, "range", bounded, raising=False)
    given = entry(None, board_config="oooooooooBooAAoBoooooBoooooooooooooo")
    source.own_score("rush_hour", "A-999999999999", given)
    assert max(steps) == 999_999_999_999
    with pytest.raises(LimitError):
        score("rush_hour", "A-999999999999", given)


def test_the_package_compares_an_object_of_any_size_node_by_node(monkeypatch):
    sizes = []
    monkeypatch.setattr("reasoning_gym.code.codeio.zss.simple_distance", lambda one, *_, **__: sizes.append(len(one.children)) or 0)
    answer = json.dumps({str(i): i for i in range(2000)})
    source.own_score("codeio", answer, entry('{"a": 1}'))
    assert sizes == [2000]
    with pytest.raises(LimitError):
        score("codeio", answer, entry('{"a": 1, "b": 2}'))


def test_the_package_runs_the_stored_problem_of_bitwise_arithmetic(tmp_path):
    path = tmp_path / "ran"
    given = entry("0xff", problem=f"[__import__('pathlib').Path({str(path)!r}).touch(), 255][1]")
    assert score("bitwise_arithmetic", "255", given) == 1.0
    assert not path.exists()
    assert source.own_score("bitwise_arithmetic", "255", given) == 1.0
    assert path.exists()
