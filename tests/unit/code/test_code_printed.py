"""When what a program printed is right."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_code.printed import same_bytes, same_lines, same_numbers, same_tokens

WORDS = st.lists(st.text("ab01.-", min_size=1, max_size=4).map(str.encode), max_size=6)


def test_words_count_and_white_space_does_not():
    assert same_tokens(b" 1\t2\n\n3 ", b"1 2 3\n")
    assert same_tokens("å".encode(), "å".encode())
    for printed in (b"", b"1 2", b"1 2 3 4", b"1 2 03", b"12 3", b"\xff", b"1 2 3.0", b"3 2 1"):
        assert not same_tokens(printed, b"1 2 3")


@given(WORDS, st.sampled_from([b" ", b"\n", b"\t ", b"\r\n"]))
def test_tokens_ignore_how_words_are_set_apart(words, gap):
    assert same_tokens(gap.join(words) + gap, b" ".join(words))
    assert not same_tokens(gap.join([*words, b"x"]), b" ".join(words))


def test_lines_keep_words_on_their_lines():
    assert same_lines(b"1  2 \n3\n\n", b"1 2\n3")
    assert same_lines(b"1 2\r\n3", b"1 2\n3\n")
    assert not same_lines(b"1\n2 3", b"1 2\n3")
    assert not same_lines(b"1 2\n\n3", b"1 2\n3")


def test_exact_is_exact_but_for_the_last_line_feed():
    assert same_bytes(b"a b\n", b"a b")
    for printed in (b"a  b", b"a b \n", b"a b\n\n", b"A b"):
        assert not same_bytes(printed, b"a b")


@pytest.mark.parametrize(
    ("printed", "expected", "right"),
    [
        (b"0.3333333", b"0.333333", True),
        (b"3.3333333e-1", b"0.333333", True),
        (b"1000000.4", b"1000000", True),
        (b"5", b"5.0000001", True),
        (b"+5.0", b"5", True),
        (b"yes 0.5", b"yes 0.5000001", True),
        (b"0.34", b"0.333333", False),
        (b"7", b"8", False),
        (b"1000001", b"1000000", False),
        (b"nan", b"nan", True),
        (b"nan", b"1", False),
        (b"inf", b"1e999", False),
        (b"0.5 0.5", b"0.5", False),
        (b"0x1", b"1", False),
        (b"1_0", b"10", False),
        (b"yes", b"no", False),
    ],
)
def test_a_tolerance_lets_decimals_differ_and_integers_not(printed, expected, right):
    assert same_numbers(1e-6)(printed, expected) is right


def test_a_number_of_a_million_digits_is_compared_as_a_word():
    long = b"1" * 1_000_000
    assert same_numbers(1e-6)(long, long)
    assert not same_numbers(1e-6)(long, b"1" * 999_999)
