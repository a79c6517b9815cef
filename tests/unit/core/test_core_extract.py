"""Where the answer stands: the extractors never raise, look at each character a bounded number of times, and take the last answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_gym.extract import after_think, last_boxed, last_fence, last_tag
from prorl_gym.spaces import UnicodeText

PIECES = [
    "<think>",
    "</think>",
    "\\boxed",
    "\\fbox",
    "{",
    "}",
    "\\{",
    "\\}",
    "\\",
    "<answer>",
    "</answer>",
    "```",
    "```python",
    "\n",
    " ",
    "x",
    "7",
    "$",
    "",
]
SOUP = st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=30).map("".join)
EXTRACTORS = [after_think, last_boxed, last_tag, last_fence]


@pytest.mark.parametrize("extract", EXTRACTORS)
@given(text=SOUP)
def test_an_extractor_never_raises_and_what_it_finds_stands_in_the_text(extract, text):
    found = extract(text)
    assert found is None or found in text


@given(SOUP, st.text("abc 7{}", max_size=8).filter(lambda t: t.count("{") == t.count("}") == 0))
def test_what_a_wrapper_at_the_end_holds_is_found(soup, answer):
    assert last_tag(f"{soup}<answer>{answer}</answer>") == answer.strip()
    assert last_boxed(f"{soup} \\boxed{{{answer}}}") == answer.strip()
    assert after_think(f"{soup}</think>{answer}") == answer


@given(SOUP)
def test_an_open_thought_at_the_end_hides_everything(soup):
    assert after_think(soup + "<think>" + "x") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no thought", "no thought"),
        ("<think>a</think>b", "b"),
        ("a</think>b", "b"),
        ("<think>a</think>b<think>c</think>d", "d"),
        ("<think>a<think>b</think>c", "c"),
        ("<think>a</think>b<think>c", None),
        ("<think>", None),
        ("</think>", ""),
    ],
)
def test_only_what_follows_the_last_thought_counts(text, found):
    assert after_think(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\\boxed{7}", "7"),
        ("\\boxed{1} then \\boxed{2}", "2"),
        ("\\boxed{1} then \\fbox{2}", "2"),
        ("\\fbox{1} then \\boxed{2}", "2"),
        ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}"),
        ("\\boxed{\\boxed{3}}", "3"),
        ("\\boxed{\\{1, 2\\}}", "\\{1, 2\\}"),
        ("\\boxed{ 7 } units", "7"),
        ("\\boxed 7.", "7"),
        ("\\boxed  {7}", "7"),
        ("\\boxed{1} then \\boxed{2", None),
        ("\\boxed", None),
        ("\\boxed{}", ""),
        ("boxed{7}", None),
    ],
)
def test_the_last_box_counts_and_an_open_one_is_none(text, found):
    assert last_boxed(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("<answer>7</answer>", "7"),
        ("<answer>1</answer><answer>2</answer>", "2"),
        ("<answer>1<answer>2</answer>", "2"),
        ("<answer>1</answer><answer>2", "1"),
        ("</answer><answer>1", None),
        ("<answer> \n7\n </answer>", "7"),
        ("<Answer>7</Answer>", None),
        ("", None),
    ],
)
def test_the_last_closed_tag_counts(text, found):
    assert last_tag(text) == found
    assert last_tag(text.replace("answer", "final"), "final") == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("```python\nx = 1\ny = 2\n```", "x = 1\ny = 2"),
        ("```\na\n```\n```\nb\n```", "b"),
        ("```\na\n```\n```\nb", "a"),
        ("  ```\na\n  ```", "a"),
        ("```\n```", ""),
        ("no fence", None),
        ("```", None),
    ],
)
def test_the_last_closed_fence_counts(text, found):
    assert last_fence(text) == found


class Counted(str):
    """A text that counts how many characters are looked at one by one, or copied."""

    looked = 0

    def __getitem__(self, key):
        if isinstance(key, slice):
            part = super().__getitem__(key)
            Counted.looked += len(part)
            return Counted(part)
        Counted.looked += 1
        return super().__getitem__(key)


@pytest.mark.parametrize("piece", ["\\boxed{", "\\boxed{}", "{", "<answer>", "</answer>", "<think>", "</think>", "\\boxed ", "```\n", "\\{"])
@pytest.mark.parametrize("extract", [after_think, last_boxed, last_tag])
def test_the_work_is_linear_in_the_length_of_the_text(extract, piece):
    text = Counted("\\boxed{" + piece * 2000)
    Counted.looked = 0
    extract(text)
    assert Counted.looked <= 4 * len(text)


def test_the_space_of_texts_holds_every_text_that_is_short_enough():
    space = UnicodeText(8, seed=1)
    assert space.contains("→∀🙂\ud800")
    assert space.contains("")
    assert not space.contains("x" * 9)
    assert not space.contains(7)
    assert not space.is_np_flattenable
    assert all(1 <= len(space.sample()) <= 8 for _ in range(50))


def test_spaces_are_equal_where_their_length_is_and_seeds_decide_samples():
    assert UnicodeText(8) == UnicodeText(8)
    assert hash(UnicodeText(8)) == hash(UnicodeText(8))
    assert UnicodeText(8) != UnicodeText(9)
    assert UnicodeText(8) != 8
    assert [UnicodeText(seed=3).sample() for _ in range(2)] == [UnicodeText(seed=3).sample()] * 2
    assert repr(UnicodeText(8)) == "UnicodeText(8)"
    with pytest.raises(ValueError, match="at least 1"):
        UnicodeText(0)
