"""Where the answer stands in a completion: one row for each case of the table in `find`, and what holds for any text."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_math.find import announcement, boxes, last_formula, strict, tolerant
from prorl_gym.extract import after_think, last_boxed

FOUND = [
    # one box
    ("So \\boxed{7}.", "7", "7"),
    ("\\fbox{7} it is", "7", "7"),
    ("\\boxed{\\frac{1}{\\sqrt{3}}}", "\\frac{1}{\\sqrt{3}}", "\\frac{1}{\\sqrt{3}}"),
    ("\\boxed{\\{1, 2\\}}", "\\{1, 2\\}", "\\{1, 2\\}"),
    ("\\boxed{\\begin{pmatrix}1\\\\2\\end{pmatrix}}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "\\begin{pmatrix}1\\\\2\\end{pmatrix}"),
    ("\\boxed{a\\\\} and more", "a\\\\", "a\\\\"),
    ("\\boxed 7", "7", "7"),
    ("The answer is 3, or rather \\boxed{4}.", "4", "4"),
    # several boxes, nested boxes
    ("First \\boxed{1}, then \\boxed{2}.", "2", "2"),
    ("\\boxed{1} and \\boxed{2}", "2", "1, 2"),
    ("$\\boxed{1}$, $\\boxed{2}$ or $\\boxed{3}$", "3", "1, 2, 3"),
    ("\\boxed{\\boxed{5}}", "5", "5"),
    # broken and empty boxes
    ("\\boxed{1} then \\boxed{2", None, None),
    ("\\boxed{", None, None),
    ("\\boxed{}", None, None),
    ("\\boxed{} The answer is 4.", None, "4"),
    # marks
    ("work\n#### 1,234", None, "1,234"),
    ("####: 55", None, "55"),
    ("so <answer> x+1 </answer>", None, "x+1"),
    # announcements
    ("The answer is 12.", None, "12"),
    ("The answer is -3.5", None, "-3.5"),
    ("Answer: 12", None, "12"),
    ("**Answer:** 12", None, "12"),
    ("**Final Answer**\n\n12", None, "12"),
    ("Answer:\n\n12", None, "12"),
    ("The answer is (C).", None, "(C)"),
    ("The correct answer is B", None, "B"),
    ("the result of the sum is 12", None, "12"),
    ("The answer is therefore equal to 12.", None, "12"),
    ("The answer is $\\frac{1}{2}$, as shown.", None, "\\frac{1}{2}"),
    ("The answers are $3$ and $4$.", None, "3, 4"),
    ("The solutions are \\(x=1\\) and \\(x=2\\).", None, "x=1, x=2"),
    ("The answer is 3. No: the answer is 4 because 3 fails", None, "4"),
    ("Final answer: 7. The answer is easy to check and there is nothing else to do here.", None, "7"),
    ("The final answer is 7. Another answer is 8.", None, "7"),
    ("The solution provided is correct. We get $x=2$.", None, "x=2"),
    ("Solution: we first add.\nThis gives 7", None, "7"),
    ("La réponse est 12.", None, "12"),
    ("答案是 42", None, "42"),
    # formulas
    ("Hence \\[ 9 \\]", None, "9"),
    ("We get $x=3$ and then $y=4$.", None, "y=4"),
    ("Here $n$ counts, so there are 12 ways in all.", None, "12"),
    # bare ends
    ("17", None, "17"),
    ("x = 3", None, "x = 3"),
    ("\\frac{1}{2}", None, "\\frac{1}{2}"),
    ("some work\nThus x = \\frac12", None, "x = \\frac12"),
    ("After all these steps there remain 42", None, "42"),
    ("so **858** in all of these many boxes", None, "858"),
    # nothing
    ("It might well be 4 or perhaps 5", None, None),
    ("I really do not know that at all.", None, None),
    ("", None, None),
    (" \n ", None, None),
]


@pytest.mark.parametrize(("text", "in_strict", "in_tolerant"), FOUND)
def test_the_answer_is_found_where_the_table_says(text, in_strict, in_tolerant):
    assert (strict(text), tolerant(text)) == (in_strict, in_tolerant)


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("<think>4</think>5", "5"),
        ("4</think>5", "5"),
        ("<think>4", None),
        ("<think>1</think>2<think>3</think>4", "4"),
        ("5", "5"),
        ("<think>4</think>", ""),
    ],
)
def test_what_follows_the_last_closed_thought_is_read(text, rest):
    assert after_think(text) == rest


def test_a_backslash_before_a_brace_escapes_it_only_when_it_is_not_escaped_itself():
    assert last_boxed("\\boxed{\\}}") == "\\}"
    assert last_boxed("\\boxed{\\\\}}") == "\\\\"
    assert last_boxed("\\boxed{1\\\\{2}}") == "1\\\\{2}"


MARKS = "\\boxed{|\\boxed|}|{|$|$$|\\(|\\)|\\[|\\]|####|<answer>|</answer>|answer is |Final answer: |7|x|. | and | or |\n|**|is |\\|,|because "
PIECES = st.sampled_from(MARKS.split("|"))
SOUP = st.lists(PIECES | st.text(max_size=4), max_size=25).map("".join)
calm = settings(deadline=None, max_examples=120)


@calm
@given(SOUP)
def test_what_is_found_stands_in_the_text_and_is_not_empty(text):
    for found in (strict(text), tolerant(text), announcement(text), last_formula(text)):
        assert found is None or found
    assert (strict(text) or "") in text
    assert (last_formula(text) or "") in text


@calm
@given(SOUP, st.integers(0, 10**6))
def test_a_box_at_the_end_wins_in_both_modes(text, n):
    assert strict(f"{text} so \\boxed{{{n}}}") == str(n)
    assert tolerant(f"{text} so in the end \\boxed{{{n}}}") == str(n)


@calm
@given(SOUP)
def test_where_strict_finds_a_box_tolerant_reads_the_same_box(text):
    found = strict(text)
    if found is not None:
        assert (boxes(text) or "").endswith(found)
        assert tolerant(text) == boxes(text)
