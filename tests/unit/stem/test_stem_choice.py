import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_stem.choice import AMBIGUOUS, gold_letter, letter_of, option_named, read_options
from prorl_env_stem.verifier import StemVerifier
from prorl_gym.types import Outcome, Task

OPTIONS = {"A": "5 N", "B": "5 J", "C": "a car", "D": "none of these"}


def graded(text, *, answer="B", options=OPTIONS, mode="strict"):
    return StemVerifier()(Task(env_id="stem/choice-v0", prompt=(), answer=answer, metadata={"kind": "choice", "options": options}), text, mode=mode)


@pytest.mark.parametrize(
    "phrase",
    ["B", "b", "(B)", "(b)", "[B]", "B)", "B.", "**B**", "{B}", r"\text{B}", r"\textbf{(B)}", "B) 5 J", "B: 5 J", "(B) 5 J", "Option B", "B/B"],
)
def test_a_letter_is_read_in_every_wrapping(phrase):
    assert letter_of(phrase, OPTIONS) == "B"
    assert graded(f"so \\boxed{{{phrase}}}").score == 1.0


@pytest.mark.parametrize(
    "phrase",
    ["A or B", "B or A", "A/B", "A, B", "A and B", "(A) or (B)", "A B", "A, B, C, D", "B & C", "B) 5 N", "B) 5 J or A) 5 N", "B) 5 J or option C"],
)
def test_two_letters_or_a_contradiction_are_never_right(phrase):
    assert letter_of(phrase, OPTIONS) == AMBIGUOUS
    verdict = graded(f"\\boxed{{{phrase}}}")
    assert (verdict.score, verdict.outcome) == (0.0, Outcome.GRADED)


@pytest.mark.parametrize("phrase", ["", "E", "ABC", "a car", "A car", "Bob", "I think B", "not B", "either A or B", "5 J", "B2", "?"])
def test_what_commits_itself_to_no_option_is_no_letter(phrase):
    assert letter_of(phrase, OPTIONS) is None


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("The answer is B.", 1.0),
        ("the correct answer is: (B) because work is force times distance", 1.0),
        ("Answer: A\nWait.\nAnswer: B", 1.0),
        ("Answer: B\nAnswer: A", 0.0),
        ("Answer: B\nAnswer: E", 1.0),
        ("**Answer:** B", 1.0),
        ("**Final answer: B**", 1.0),
        ("Answer:\nB", 1.0),
        ("It must be this.\nB", 1.0),
        ("It must be this.\n(B) 5 J", 1.0),
        ("The answer is 5 J", 1.0),
        ("The answer is 5 N", 0.0),
        ("5 J", 1.0),
        ("\\boxed{5 J}", 1.0),
        ("\\boxed{A} no: the answer is B", 1.0),
        ("the answer is A. \\boxed{B}", 1.0),
        ("La réponse est B", 1.0),
        ("Antwort: B", 1.0),
        ("答案：B", 1.0),
        ("The answer is A or B", 0.0),
        ("Answer: B or C", 0.0),
        ("Answer: B. Or C.", 0.0),
        ("A car is driven by an engine", 0.0),
        ("Because of B we see nothing", 0.0),
        ("\\boxed{B", 0.0),
        ("I think so", 0.0),
    ],
)
def test_tolerant_mode_takes_the_last_valid_answer(text, score):
    assert graded(text, mode="tolerant").score == score


@pytest.mark.parametrize(
    "text", ["The answer is B.", "B", "Answer: B", "\\boxed{5 J}", "\\boxed{B", "<think>\\boxed{B}</think> so", "<think>\\boxed{B}"]
)
def test_strict_mode_reads_the_box_alone(text):
    assert graded(text).score == 0.0


def test_option_words_alone_are_no_answer_in_strict_mode():
    assert graded("\\boxed{5 J}", mode="strict").reason.startswith("unread")


@pytest.mark.parametrize("options", [["5 N", "5 J", "a car"], {"a": "5 N", "(B)": "5 J", "C": "a car"}, [{"A": "5 N"}, {"B": "5 J"}, {"C": "a car"}]])
def test_options_come_in_three_shapes(options):
    assert read_options(options) == {"A": "5 N", "B": "5 J", "C": "a car"}
    assert graded("\\boxed{B}", options=options).score == 1.0


def test_absent_options_allow_every_letter_and_letters_name_themselves():
    assert read_options(None) is None
    assert read_options(["C", "A"]) == {"C": "C", "A": "A"}
    assert graded("\\boxed{J}", answer="J", options=None).score == 1.0
    assert graded("\\boxed{C}", answer="(A) Cecile", options=None).score == 0.0


@pytest.mark.parametrize("options", [5, "AB", {"AA": "x"}, {"1": "x"}, ["x"] * 27])
def test_options_that_cannot_be_read_are_the_tasks_fault(options):
    with pytest.raises(ValueError, match="option"):
        read_options(options)
    assert graded("\\boxed{A}", options=options).outcome is Outcome.UNGRADABLE


@pytest.mark.parametrize(
    ("answer", "letter"), [("B", "B"), ("(b)", "B"), ("B) 5 J", "B"), ("5 J", "B"), (1, "B"), (9, None), ("E", None), (None, None), (True, None)]
)
def test_the_gold_is_a_letter_a_text_or_an_index(answer, letter):
    assert gold_letter(answer, OPTIONS) == letter


def test_a_gold_that_names_no_option_is_ungradable():
    assert graded("\\boxed{A}", answer="Z").outcome is Outcome.UNGRADABLE


def test_options_with_equal_texts_are_not_named_by_it():
    assert option_named("x", {"A": "x", "B": "x"}) is None


@given(text=st.text(max_size=300), mode=st.sampled_from(["strict", "tolerant"]))
def test_any_text_gets_a_typed_verdict(text, mode):
    verdict = graded(text, mode=mode)
    assert verdict.outcome in (Outcome.GRADED, Outcome.NO_ANSWER)


@given(
    before=st.text(alphabet="abc \n.,:*", max_size=30), letter=st.sampled_from("ABCD"), wrap=st.sampled_from(["%", "(%)", "[%]", "%.", "%)", " % "])
)
def test_the_boxed_letter_decides_whatever_stands_before_it(before, letter, wrap):
    assert graded(before + "\\boxed{" + wrap.replace("%", letter) + "}").score == float(letter == "B")


@pytest.mark.parametrize(
    "text",
    [
        "I would choose option B.",
        "B is the correct answer.",
        "Option (b) is the best choice",
        "A is wrong, C is wrong, so B is right.",
        "I think it's A. Actually B.",
        "Therefore, the correct option from the list above is B.",
        "The final answer is **B**.",
        "My final selection: (B)",
        '{"answer": "B"}',
        "[[B]]",
        "#### B",
        "<answer>B</answer>",
        "=> B",
        "The answer is 5 J (B)",
        "The best answer is 5 J, since force times distance is work.",
        "B\n\nExplanation: work is force times distance.",
        "B. Because work is force times distance.",
        "It's not A, it's B",
        "The answer is B, not A",
        "Answer: \u200bB",
        "Answer： Ｂ",
        "Answer - B",
        "Answer: [B]",
        "\\boxed{\\text{Answer: B}}",
        "La bonne réponse est la lettre B",
        "La respuesta correcta es la opción B",
        "Resposta: letra B",
        "Odpowiedź: B",
        "Doğru cevap B şıkkıdır",
        "Đáp án: B",
        "Ans. B",
        "Het antwoord is B",
        "La risposta è B",
        "Svaret är B",
        "Odpověď je B",
        "A válasz: B",
        "Jawabannya adalah B",
        "Відповідь: Б",
        "பதில்: B",
        "答：B",
        "Jibu ni B",
        "Правильный ответ — Б",
        "Ответ: В",
        "Η απάντηση είναι Β",
        "答案是B",
        "故选：（B）",
        "正しい答えはBです",
        "정답은 B입니다",
        "الإجابة الصحيحة هي (ب)",
        "उत्तर B है",
        "উত্তর: খ",
        "คำตอบคือ ข",
    ],
)
def test_tolerant_mode_reads_statements_in_many_words_and_languages(text):
    assert graded(text, mode="tolerant").score == 1.0


@pytest.mark.parametrize(
    "text",
    [
        "If B is correct, then the lamp is on.",
        "I do not think that B is correct.",
        "B is incorrect.",
        "B is not the answer",
        "Both A and B are correct",
        "A and B is correct",
        "Let A = 5 and B = 3.",
        "Vitamin B is the best",
        "A) 5 N\nB) 5 J\nC) a car\nD) none of these",
        "The answer is 5 J or 5 N",
        "Answer: 5 J, 5 N",
        "The answer is 5 N (B)",
        "Answer: B or maybe A",
        "Answer: A. Or B.",
        "The answers are A and B",
        "the answer is not B",
        "\\boxed{\\text{B}",
        "\\boxed{AB}",
        "it is neither A nor B",
        "Answer: I'm not sure",
        "Answer: 2",
    ],
)
def test_what_is_negated_supposed_listed_or_double_is_no_answer(text):
    assert graded(text, mode="tolerant").score == 0.0


def test_a_gold_of_several_letters_asks_for_just_these():
    for answer in ("A, C", "A and C", "(A), (C)"):
        assert gold_letter(answer, OPTIONS) == "AC"
        assert graded("\\boxed{C, A}", answer=answer).score == 1.0
        assert graded("\\boxed{AC}", answer=answer).score == 1.0
        assert graded("\\boxed{A}", answer=answer).score == 0.0
        assert graded("\\boxed{A, B, C}", answer=answer).score == 0.0
        assert graded("The answers are A and C", answer=answer, mode="tolerant").score == 1.0


def test_a_gold_with_its_words_knows_no_other_words():
    assert graded("Cecile", answer="(A) Cecile", options=None, mode="tolerant").score == 1.0
    assert graded("(A) Cecile", answer="(A) Cecile", options=None, mode="tolerant").score == 1.0
    assert graded("(B) Cecile", answer="(A) Cecile", options=None, mode="tolerant").score == 0.0


def test_a_minus_sign_belongs_to_the_words_of_an_option():
    options = {"A": "R ln 2", "B": "-R ln 2"}
    assert graded("\\boxed{A) R ln 2}", answer="A", options=options).score == 1.0
    assert graded("\\boxed{A) -R ln 2}", answer="A", options=options).score == 0.0
    assert graded("\\boxed{B) -R ln 2}", answer="B", options=options).score == 1.0
    assert graded("\\boxed{A - R ln 2}", answer="A", options=options).score == 1.0


def test_options_whose_words_are_letters_are_named_by_their_own():
    options = {"A": "C", "B": "A", "C": "B"}
    assert graded("\\boxed{A) C}", answer="A", options=options).score == 1.0
    assert graded("\\boxed{A, C}", answer="A", options=options).score == 0.0


def test_letters_of_other_scripts_count_by_place_and_cyrillic_by_its_own_order():
    assert graded("Ответ: В", answer="В", options=None, mode="tolerant").score == 1.0
    assert graded("Ответ: Б", answer="В", options=None, mode="tolerant").score == 0.0
    assert graded("الجواب: ج", answer="C", options=None, mode="tolerant").score == 1.0
    assert gold_letter("ج", None) == "C"
