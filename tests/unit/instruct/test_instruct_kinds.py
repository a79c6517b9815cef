"""Every kind of constraint: examples that follow it and examples that do not, its descriptions, and its own proof."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_instruct.catalogue import KINDS, families, kind_of
from prorl_env_instruct.constraint import Constraint, violation
from prorl_env_instruct.kind import KwargsError, validate
from prorl_gym.errors import UnknownNameError

PARAGRAPH = "Bees make honey in the hive."
EXAMPLES = {
    "keywords:existence": ({"keywords": ["cat", "Dog"]}, ["A CAT and a dog.", "catalogue of dogs"], ["A cat.", "c.t dog"]),
    "keywords:frequency": ({"keyword": "sun", "frequency": 2, "relation": "at least"}, ["Sun sun", "sunny SUNDAY"], ["sun", "moon moon"]),
    "keywords:forbidden_words": ({"forbidden_words": ["cat", "a.b"]}, ["concatenate", "a dog", "axb"], ["The Cat sat.", "cat", "so a.b it is"]),
    "keywords:letter_frequency": ({"letter": "q", "let_frequency": 2, "let_relation": "less than"}, ["quiz", "none"], ["Q and q", "qq"]),
    "keywords:key_sentences": (
        {"key_sentences": ["I run.", "We sing.", "They sleep."], "num_sentences": 2},
        ["We sing. And then this.\nI run.", "They sleep. I run. I run."],
        ["I run. We sing. They sleep.", "I run.", "Nothing."],
    ),
    "length_constraints:number_words": ({"num_words": 4, "relation": "at least"}, ["one two three four", "it's a dog"], ["one two three", "..."]),
    "length_constraints:number_sentences": (
        {"num_sentences": 3, "relation": "less than"},
        ["One. Two!", "Dr. No met Mr. Yes. Fine."],
        ["A? B! Go.", "ant. bee. cow"],
    ),
    "length_constraints:number_paragraphs": (
        {"num_paragraphs": 2},
        ["one\n***\ntwo", "***\none\n***\ntwo\n***"],
        ["one\n\ntwo", "one\n***\n***\ntwo", "a *** b *** c"],
    ),
    "length_constraints:nth_paragraph_first_word": (
        {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Sun"},
        ["one\n\nsun shines", 'one\n\n"Sun, moon"', "one\n\nSUN! two"],
        ["one\nsun", "sun\n\none", "one\n\nsunny", "one\n\nsun\n\nthree"],
    ),
    "detectable_content:number_placeholders": ({"num_placeholders": 2}, ["[name] at [place]", "[a][b][c]"], ["[name]", "[a\nb] [c]", "]["]),
    "detectable_content:postscript": ({"postscript_marker": "P.S."}, ["Bye.\nP.S. Hi", "p. s. more"], ["PS more", "Bye."]),
    "detectable_content:rephrase_paragraph": (
        {"original_paragraph": PARAGRAPH, "low": 2, "high": 3},
        ["Honey comes from bees", "the hive of bees"],
        [PARAGRAPH, "Wasps sting"],
    ),
    "detectable_format:number_bullet_lists": (
        {"num_bullets": 2},
        ["- a\n- b", "text\n* a\n\n  * b", "*\ntext\n- b"],
        ["- a", "- a\n- b\n- c", "** a\n** b", "a - b\nc - d"],
    ),
    "detectable_format:constrained_response": (
        {},
        ["My answer is yes.", "Well. My answer is maybe. Or not."],
        ["yes", "My answer is yes", "my answer is no."],
    ),
    "detectable_format:number_highlighted_sections": (
        {"num_highlights": 2},
        ["*a* and *b*", "**a** *b*"],
        ["*a*", "** ** **", "*a\nb* *c*", "2 * 3"],
    ),
    "detectable_format:multiple_sections": (
        {"section_spliter": "Day", "num_sections": 2},
        ["Day 1\na\nDay 2\nb", "Day1 Day2 Day3"],
        ["Day 1", "day 1 day 2", "Day one Day two"],
    ),
    "detectable_format:json_format": ({}, ['{"a": 1}', '```json\n["x"]\n```', "12"], ["{'a': 1}", '{"a": 1} ok', "[" * 5000, "text"]),
    "detectable_format:title": ({}, ["<<sun>> text", "text\n<<a b>>"], ["<<>>", "<< >>", "<a>", "<<a\nb>>", "<<<<<"]),
    "detectable_format:rephrasing": (
        {"original_message": "I am *glad* now."},
        ["I am *happy* now.", "I am *so* *very happy* now."],
        ["I am happy now.", "He is *glad*."],
    ),
    "combination:two_responses": ({}, ["one\n******\ntwo", "******one******two"], ["one", "one******one", "a******b******c", "a************b"]),
    "combination:repeat_prompt": ({"prompt_to_repeat": "Tell me. Now"}, ["tell me. now! Fine.", "Tell me. Now"], ["Fine. Tell me. Now", "Tell me"]),
    "startend:end_checker": ({"end_phrase": "the end."}, ["This is THE END.", '"This is the end."'], ["the end. Or not", "the end"]),
    "startend:quotation": ({}, ['"hello"', ' "a" and "b" '], ['"', 'hello"', "'hello'", "“hello”"]),
    "change_case:capital_word_frequency": (
        {"capital_frequency": 2, "capital_relation": "at least"},
        ["THE END", "I saw NASA", "A HEAD-ON crash"],
        ["One Two", "NASA only", "a HEAD-ON crash"],
    ),
    "change_case:english_capital": (
        {},
        ["THE SUN IS UP.", "SUN"],
        ["The sun is up.", "EL SOL ESTÁ EN EL CIELO Y LA CASA ES GRANDE", "123", "СОЛНЦЕ"],
    ),
    "change_case:english_lowercase": ({}, ["the sun is up.", "sun 3"], ["The sun is up.", "der hund ist nicht im haus", "123", "солнце"]),
    "punctuation:no_comma": ({}, ["one two", "one; two"], ["one, two", ","]),
    "language:response_language": (
        {"language": "de"},
        ["Das Haus ist groß und der Hund ist nicht da."],
        ["The house is big.", "La maison est grande et le chien est là.", "12345", "🙂", "Das is the house of the dog and the cat"],
    ),
    "prorl:repeat_word": (
        {"word": "cat", "num_times": 3},
        ["cat cat cat", " cat cat cat\n"],
        ["cat cat", "cat cat cat cat", "cat  cat cat", "Cat cat cat"],
    ),
    "prorl:copy": ({"phrase": "red cat"}, ["red cat"], ["red cat.", "Red cat", "copy red cat"]),
    "prorl:uppercase": ({"phrase": "red cat"}, ["RED CAT"], ["red cat", "RED"]),
    "prorl:lowercase": ({"phrase": "RED CAT"}, ["red cat"], ["RED CAT", "red"]),
    "prorl:quoted": ({"phrase": "red cat"}, ['"red cat"'], ["red cat", "'red cat'", '"red cat".']),
    "prorl:titled": ({"phrase": "red cat"}, ["<<red cat>>"], ["<red cat>", "red cat"]),
    "prorl:reversed_words": ({"items": ["a", "b", "c"]}, ["c b a"], ["a b c", "c, b, a"]),
    "prorl:sorted_items": ({"items": ["owl", "ant", "cat"]}, ["ant cat owl"], ["owl ant cat", "ant cat"]),
    "prorl:bullet_items": ({"items": ["owl", "ant"]}, ["- owl\n- ant"], ["owl\nant", "- ant\n- owl"]),
    "prorl:line_items": ({"items": ["owl", "ant"]}, ["owl\nant"], ["owl ant", "ant\nowl"]),
    "prorl:csv_items": ({"items": ["owl", "ant"]}, ["owl,ant"], ["owl, ant", "ant,owl"]),
    "prorl:json_pair": (
        {"key": "a", "value": "cat"},
        ['{"a":"cat"}', '{ "a" : "cat" }'],
        ['{"a": "dog"}', '{"a": "cat", "b": 1}', "a: cat", "[" * 5000],
    ),
    "prorl:word_range": ({"min_words": 2, "max_words": 3}, ["one two", "one, two, three"], ["one", "one two three four"]),
    "prorl:exact_words": ({"num_words": 2}, ["one two", "one-two"], ["one", "one two three"]),
    "prorl:different_words": ({"num_words": 2}, ["one two", "one one two"], ["one One", "one"]),
    "prorl:no_repeated_word": ({"num_words": 2}, ["one two"], ["one two One", "one"]),
    "prorl:word_start_letter": ({"letter": "s", "num_words": 2}, ["Sea, sun", "sit so still"], ["sea", "sea and sun", "the sea"]),
    "prorl:sentence_start_letter": (
        {"letter": "s", "num_sentences": 2},
        ["Sun is up. See it!", '"Sea." - Salt.'],
        ["Sun is up.", "Sun is up. The sea."],
    ),
    "prorl:no_letter": ({"letter": "e", "num_words": 2}, ["a dog", "not a cat"], ["the dog", "dog", "A TREE"]),
    "prorl:sorted_words": ({"num_words": 3}, ["a B c", "ant, ant, bee"], ["b a c", "a b"]),
    "prorl:rising_lengths": ({"num_words": 3}, ["a bb cc", "I am not sure"], ["aa b ccc", "a bb"]),
    "prorl:max_word_length": ({"max_letters": 3, "num_words": 2}, ["one two", "a b c"], ["three two", "one"]),
    "prorl:word_at": ({"word": "sun", "position": 2}, ["The Sun shines", "a sun"], ["sun", "The big sun", "the sunny"]),
    "prorl:first_word": ({"word": "sun"}, ["Sun is up", '"sun"'], ["The sun", "sunny"]),
    "prorl:last_word": ({"word": "sun"}, ["The sun.", "Sun"], ["sun is up", "the sunny"]),
    "prorl:palindromes": ({"num_palindromes": 2}, ["Level at noon", "a kayak, a radar"], ["level level", "aa bb", "12321 11"]),
    "prorl:line_count": ({"num_lines": 2}, ["a\nb", "a\n\n b\n"], ["a", "a\nb\nc"]),
    "prorl:numbered_list": ({"num_items": 2}, ["1. a\n2. b", "1. a\n\n2. b"], ["1. a", "1. a\n3. b", "1) a\n2) b", "List:\n1. a\n2. b"]),
    "prorl:rhyme_free": ({"num_lines": 2}, ["the cat\nthe dog"], ["the cat\na hat", "one line", "a\n..."]),
    "prorl:table": (
        {"num_columns": 2, "num_rows": 1},
        ["|a|b|\n|-|-|\n|1|2|", "See:\n| a | b |\n|:---|---:|\n| 1 | |"],
        ["|a|b|\n|1|2|\n|3|4|", "|a|b|\n|-|-|", "|a|\n|-|\n|1|", "|-|-|\n|a|b|\n|1|2|", "a b"],
    ),
    "prorl:alternating_case": ({"num_words": 3}, ["one TWO three", "a B c D, 5"], ["ONE two THREE", "one TWO", "one two three"]),
    "prorl:number_count": ({"num_numbers": 2}, ["3 cats, 12 dogs", "1,000 and 3.5"], ["3 cats", "1 2 3", "two"]),
    "prorl:emoji_count": ({"num_emojis": 2}, ["hi 🌟🌊", "👍🏽 🎵"], ["🌟", "🌟🌟🌟", ":) :)"]),
    "prorl:question_count": ({"num_questions": 1}, ["Why?", "So? Yes."], ["Why??", "Why."]),
    "prorl:no_punctuation": ({"num_words": 2}, ["one two", "one - two"], ["one, two", "one two.", "one"]),
}


def test_every_kind_has_examples():
    assert set(EXAMPLES) == {id for id, kind in KINDS.items() if kind.group != "bench"}


@pytest.mark.parametrize("id", EXAMPLES)
def test_the_good_examples_follow_and_the_bad_ones_do_not(id):
    kwargs, good, bad = EXAMPLES[id]
    assert [t for t in good if not KINDS[id].follows(t, kwargs)] == []
    assert [t for t in bad if KINDS[id].follows(t, kwargs)] == []


@pytest.mark.parametrize("id", EXAMPLES)
def test_a_blank_text_follows_nothing(id):
    kwargs = EXAMPLES[id][0]
    assert not any(KINDS[id].follows(text, kwargs) for text in ("", " ", "\n\t\n", "\u3000"))


@pytest.mark.parametrize("id", KINDS)
def test_drawn_parameters_are_described_met_and_breakable(id):
    kind = KINDS[id]
    for level in range(4):
        for seed in range(25):
            kwargs = kind.sample(random.Random(seed), level)
            assert set(kwargs) == set(kind.kwargs)
            assert kwargs == kind.sample(random.Random(seed), level)
            full, terse = kind.describe(kwargs), kind.describe(kwargs, "terse")
            assert full[0].isupper()
            assert len(terse) <= len(full)
            witness = kind.satisfy(kwargs)
            assert kind.follows(witness, kwargs), (kwargs, witness)
            broken = violation([Constraint(kind=kind, kwargs=kwargs)])
            assert broken is not None
            assert not kind.follows(broken, kwargs)


@pytest.mark.parametrize("id", [k for k in EXAMPLES if KINDS[k].kwargs])
def test_missing_or_mistyped_parameters_are_errors_that_name_them(id):
    kwargs = EXAMPLES[id][0]
    for name in KINDS[id].kwargs:
        for broken in ({k: v for k, v in kwargs.items() if k != name}, {**kwargs, name: {"x": 1}}, {**kwargs, name: True}, {**kwargs, name: ""}):
            with pytest.raises(KwargsError, match=name):
                validate(KINDS[id], broken)


@pytest.mark.parametrize(
    ("id", "broken"),
    [
        ("keywords:letter_frequency", {"letter": "ab", "let_frequency": 2, "let_relation": "at least"}),
        ("keywords:frequency", {"keyword": "a", "frequency": 2, "relation": "about"}),
        ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 3, "first_word": "a"}),
        ("detectable_format:rephrasing", {"original_message": "nothing marked"}),
        ("language:response_language", {"language": "klingon"}),
        ("prorl:word_range", {"min_words": 3, "max_words": 2}),
        ("prorl:repeat_word", {"word": "a", "num_times": 10**9}),
        ("prorl:no_letter", {"letter": "7", "num_words": 1}),
    ],
)
def test_parameters_that_cannot_be_meant_are_errors(id, broken):
    with pytest.raises(KwargsError):
        validate(KINDS[id], broken)


def test_whole_numbers_written_as_floats_are_numbers():
    assert KINDS["prorl:exact_words"].follows("one two", {"num_words": 2.0})
    with pytest.raises(KwargsError, match="num_words"):
        validate(KINDS["prorl:exact_words"], {"num_words": 2.5})


def test_an_unknown_id_is_an_error_with_the_closest_ones():
    with pytest.raises(UnknownNameError, match="punctuation:no_comma"):
        kind_of("punctuation:no_commas")


def test_the_families_are_whole():
    ifeval, ours, ifbench = families()
    assert [len(ifeval), len(ours), len(ifbench)] == [28, 35, 58]
    assert {k.id for k in (*ifeval, *ours, *ifbench)} == set(KINDS)


def test_a_text_of_marks_alone_follows_no_kind_but_those_of_ifbench_that_ask_for_marks():
    marks = ("?", "...", "{" * 300, "[]", "{}", '""', "* \n* ", "***", "<<!>>", "______")
    assert [(id, text) for id, (kwargs, _, _) in EXAMPLES.items() for text in marks if KINDS[id].follows(text, kwargs)] == []


@pytest.mark.parametrize("id", [id for id, kind in KINDS.items() if kind.spoil])
def test_a_near_miss_of_a_text_that_follows_does_not(id):
    kind = KINDS[id]
    for level in range(4):
        for seed in range(15):
            kwargs = kind.sample(random.Random(seed), level)
            for text in (kind.satisfy(kwargs), kind.edit("The moon was up. It rained, they said.", kwargs)):
                miss = kind.spoil(text, kwargs)
                assert not kind.follows(miss, kwargs), (kwargs, text, miss)


def test_every_kind_that_is_drawn_has_a_near_miss():
    assert [id for id, kind in KINDS.items() if kind.role != "given" and kind.spoil is None] == []


TEXTS = st.text(max_size=80) | st.text(alphabet="*-.,<>[]{}|\"'`# \nabAB1?!。\u00a0", max_size=80)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_no_text_makes_a_check_raise_or_waver(text):
    for id, (kwargs, _, _) in EXAMPLES.items():
        first = KINDS[id].follows(text, kwargs)
        assert first is KINDS[id].follows(text, kwargs)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(["cat", "The", "sun", "NO"]), max_size=6).map(" ".join), st.sampled_from(sorted(EXAMPLES)))
def test_an_edit_makes_any_plain_text_meet_the_constraint(text, id):
    kwargs = EXAMPLES[id][0]
    edited = KINDS[id].edit(text, kwargs)
    assert KINDS[id].follows(edited, kwargs), edited
