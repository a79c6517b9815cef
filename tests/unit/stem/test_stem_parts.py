import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.parts import split_parts
from prorl_env_stem.verifier import StemVerifier
from prorl_gym.types import Outcome, Task

GOLD = {"v": {"answer": "12 m/s"}, "t": {"answer": "3 s", "rtol": 0.1}, "x": "H2O"}


def graded(text, *, answer=GOLD, mode="strict", **metadata):
    return StemVerifier()(Task(env_id="stem/physics-v0", prompt=(), answer=answer, metadata=metadata), text, mode=mode)


@pytest.mark.parametrize(
    "text",
    [
        r"\boxed{12 m/s; 3 s; H2O}",
        r"\boxed{v = 12 m/s; t = 3 s; x: H2O}",
        r"\boxed{t = 3 s; x: H2O; v = 12 m/s}",
        r"\boxed{12\,\text{m/s}, 3\,\text{s}, \text{H}_2\text{O}}",
        r"\boxed{12 m/s, 3 s and H2O}",
        r"\boxed{12 m/s \\ 3 s \\ H2O}",
        r"(v) \boxed{12 m/s} (t) \boxed{3 s} (x) \boxed{H_2O}",
        r"first \boxed{7} then \boxed{12 m/s}, \boxed{0.05 min}, \boxed{H2O}",
    ],
)
def test_the_parts_may_stand_in_one_box_or_in_one_each(text):
    verdict = graded(text)
    assert verdict.score == 1.0, verdict
    assert verdict.parts == {"v": 1.0, "t": 1.0, "x": 1.0, "all": 1.0}


def test_labelled_lines_count_in_tolerant_mode_only():
    text = "So:\nv = 12 m/s\n(t) 3 s\n- x: H2O"
    assert graded(text, mode="tolerant").score == 1.0
    assert graded(text).outcome is Outcome.NO_ANSWER


@pytest.mark.parametrize(
    ("text", "right"),
    [
        (r"\boxed{12 m/s; 4 s; H2O}", 2),
        (r"\boxed{13 m/s; 3.2 s; H2}", 1),
        (r"\boxed{3 s; 12 m/s; H2O}", 1),
        (r"\boxed{t = 3 s}", 1),
        (r"\boxed{12 m/s; 3 s}", 0),
        (r"\boxed{12 m/s; 3 s; H2O; 5}", 0),
        (r"\boxed{v = 12 m/s; v = 13 m/s; t = 3 s; x = H2O}", 0),
        (r"\boxed{everything}", 0),
    ],
)
def test_the_score_is_the_fraction_of_the_parts(text, right):
    assert graded(text).score == pytest.approx(right / 3)
    assert graded(text, all_or_nothing=True).score == 0.0


def test_a_list_of_parts_is_labelled_by_letters_and_each_part_has_its_kind():
    answer = [{"answer": "C", "options": ["1 N", "2 N", "3 N"]}, {"answer": "x^2", "kind": "expression"}, 5]
    assert graded(r"\boxed{(C); x \cdot x; 5}", answer=answer, kind="parts").score == 1.0
    assert graded(r"\boxed{a) C; b) x^2; c) 5}", answer=answer, kind="parts").score == 1.0
    assert graded(r"\boxed{a) B; b) x^2; c) 5}", answer=answer, kind="parts").score == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"a": {}},
        {"a": {"answer": None}},
        {"a": {"answer": {"b": 1}}},
        {"a": {"answer": "1 zorkmid", "kind": "quantity"}},
        {"a": {"answer": 1, "kind": "poem"}},
    ],
)
def test_broken_parts_are_ungradable(answer):
    assert graded(r"\boxed{1}", answer=answer, kind="parts").outcome is Outcome.UNGRADABLE
    assert graded(r"\boxed{1}", answer=5, kind="parts").outcome is Outcome.UNGRADABLE


def test_commas_within_numbers_and_brackets_do_not_divide():
    assert split_parts("1,200 m, 3 s", ["a", "b"]) == {"a": "1,200 m", "b": "3 s"}
    assert split_parts("f(1, 2), 3", ["a", "b"]) == {"a": "f(1, 2)", "b": "3"}


@given(values=st.lists(st.integers(-999, 999), min_size=2, max_size=6), divider=st.sampled_from(["; ", ";", "\\\\", ", ", "\n"]))
def test_any_division_and_any_labels_give_the_same_parts(values, divider):
    labels = [f"p{i}" for i in range(len(values))]
    wanted = {label: str(v) for label, v in zip(labels, values, strict=True)}
    assert split_parts(divider.join(wanted.values()), labels) == wanted
    assert split_parts(divider.join(f"{k} = {v}" for k, v in reversed(wanted.items())), labels) == wanted


@given(text=st.text(max_size=300), mode=st.sampled_from(["strict", "tolerant"]), boxed=st.booleans())
def test_any_text_gets_a_typed_verdict(text, mode, boxed):
    verdict = graded(f"\\boxed{{{text}}}" if boxed else text, mode=mode)
    assert verdict.outcome in (Outcome.GRADED, Outcome.NO_ANSWER)
