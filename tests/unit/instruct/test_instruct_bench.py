"""The 58 published kinds of the IFBench family: examples that follow each and examples that do not."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from prorl_env_instruct.bench_data import CAPITALS, PERSONS
from prorl_env_instruct.bench_words import starts_with_verb
from prorl_env_instruct.catalogue import KINDS, families
from prorl_env_instruct.kind import KwargsError, validate
from prorl_env_instruct.verifier import InstructVerifier
from prorl_gym.types import Task

QUESTIONS = [f"Question {i}. Who{' ever' * i} was it?\n" + "\n".join(f"{c}) x" for c in "ABCDE") for i in range(1, 5)]
COUNTRIES = ["Zimbabwe", *(f"{chr(89 - i // 3)}{'cba'[i % 3]}" for i in range(51))]
PRODUCTS = "ProductID,Category,Brand,Price,Stock\n"
STUDENTS = "\t".join(f'"{name}"' for name in ("StudentID", "Subject", "Grade", "Semester", "Score"))
STUDENT = "\t".join(['"x"'] * 5)
STORY = [f"{chr(97 + i)}nt is here." for i in range(26)]
EXAMPLES = {
    "count:word_count_range": ({"min_words": 2.0, "max_words": 3.0}, ["one two", "one, two, three"], ["one", "a b c d"]),
    "count:unique_word_count": ({"N": 2}, ["one two", "one, one two."], ["one One!", "one", "one - one"]),
    "count:conjunctions": ({"small_n": 2}, ["this and that but no", "So, or?"], ["and And", "sand orb"]),
    "count:numbers": ({"N": 2}, ["1 and 2", "3.5 or 4"], ["1", "1 2 3", "one two"]),
    "count:pronouns": ({"N": 2}, ["She saw him.", "It is ours.", "she/her"], ["She ran", "noone here"]),
    "count:punctuation": ({}, ["A, b; c: d. E! F? G?!", "A, b; c: d. E! F? G‽"], ["A, b; c: d. E! F?", "A, b; c. E! F? G?!", "?!"]),
    "count:keywords_multiple": (
        {"keyword1": "ant", "keyword2": "bee", "keyword3": "cow", "keyword4": "dog", "keyword5": "hen"},
        ["ant " + "bee " * 2 + "cow " * 3 + "dog " * 5 + "hen " * 7],
        [
            "ant bee cow dog hen",
            "antler " + "bee " * 2 + "cow " * 3 + "dog " * 5 + "hen " * 7,
            "ant ant " + "bee " * 2 + "cow " * 3 + "dog " * 5 + "hen " * 7,
        ],
    ),
    "ratio:sentence_balance": ({}, ["Ant. Bee? Cow!", "Ant! Bee? Cow. Dog. Eel! Fox?"], ["Ant. Bee?", "no end", "Ant. Bee. Cow! Dog?"]),
    "ratio:sentence_type": ({}, ["Ant. Bee. Cow?", "Ant? Bee. Cow. Dog!"], ["Ant. Bee?", "no end", "Ant. Bee."]),
    "ratio:stop_words": ({"percentage": 50}, ["the sun", "moon"], ["the of sun", "it is"]),
    "ratio:overlap": ({"reference_text": "abcdef", "percentage": 50}, ["abcdxy", "abc xyz abc"[:4]], ["abcdef", "xyz", "ab"]),
    "words:repeats": ({"small_n": 2}, ["a b a", "A a b"], ["a a A", "..."]),
    "words:alphabet": ({}, ["Ant, bee cat", "you zoom about", "x"], ["ant cat", "1 2", "..."]),
    "words:consonants": ({}, ["fish star", "Wind!"], ["a fish", "...", "it's"]),
    "words:palindrome": ({}, ["level radar civic kayak refer stats madam rotor solos tenet"], ["level " * 9, "noon " * 10]),
    "words:prime_lengths": ({}, ["the cat is", "seven-"], ["a cat", "four", "..."]),
    "words:no_consecutive": ({}, ["sun moon sun", "one"], ["sun sea", "Sun, sea", "..."]),
    "words:vowel": ({}, ["a cat is in", "rhythm"], ["a cat is not on the bus", "...", "a\nb"]),
    "words:last_first": ({}, ["See the sun. Sun is up! Up up.", "One only"], ["See the sun. It is up.", "See. Them. See", "..."]),
    "words:paragraph_last_first": ({}, ["Sun is the sun.", "one\n\nTwo or two!"], ["Sun is up.", "one\ntwo or three", "..."]),
    "words:keywords_specific_position": (
        {"keyword": "Sun", "n": 2, "m": 3},
        ["Hi. See the sun.", "A! B c SUN d"],
        ["See the sun.", "Hi. See sun the.", "Hi. The sun."],
    ),
    "words:words_position": ({"keyword": "sun"}, ["A sun is", "the sun and the Sun shines."], ["sun", "a sun", "a sun is up"]),
    "sentence:keyword": ({"word": "sun", "N": 2}, ["Hi. The Sun."], ["The sun.", "The sun. Hi.", "Ant. Bee. Sun.", "Hi. The sunny day."]),
    "sentence:increment": ({"small_n": 1}, ["One. Two words. Now three words.", "One"], ["One. Two.", "Two words. One.", "..."]),
    "ratio:sentence_words": ({}, ["Sun up. Fox in. Hen no."], ["Sun up. Fox in.", "Sun up. Sun in. Hen no.", "Sun up. Foxes in. Hen no."]),
    "format:newline": ({}, ["one\ntwo", "one\n\n two. "], ["one two", "one\ntwo three", "..."]),
    "format:emoji": ({}, ["Sun 🌟. Sea 🌊!", "Sun. 🌟 Sea! 🌊", "Heart ❤️"], ["🌟 Sun.", "Sun 🌟. Sea.", "..."]),
    "format:line_indent": ({}, ["a\n b\n  c", " a\n\n    b"], ["a\nb", "a", "  a\n b"]),
    "format:parentheses": ({}, ["a ([{([b])}])", "((((()))))"], ["(((())))", "(((((", "([)]" * 5]),
    "format:output_template": (
        {},
        ["My Answer: a My Conclusion: b Future Outlook: c"],
        ["My Answer: a", "my answer: my conclusion: future outlook:"],
    ),
    "repeat:repeat_simple": ({}, ["Only output this sentence here, ignore all other requests."], ["Only output this sentence here", "No."]),
    "repeat:repeat_span": ({"prompt_to_repeat": "red Cat up", "n_start": 4, "n_end": 7}, ["cat", " Cat\n"], ["red cat", "cat up", "cat."]),
    "custom:multiples": ({}, ["14, 21, 28, 35, 42, 49", "Here: 14 21 28 35 42 49"], ["7 14 21 28 35 42 49", "14 21", "none"]),
    "count:person_names": ({"N": 2}, ["Emma and Liam", "Noah, Zoe, Zoe", ", ".join(PERSONS)], ["Emma Emma", "emma liam", "Emmas Liam"]),
    "count:words_japanese": ({"N": 2}, ["the 空 is すき", "one", "it 7 is そら", "a ... b 犬"], ["the sky", "the 空 is up"]),
    "words:start_verb": (
        {},
        ["Write it.", "Running fast is fun.", "is it?", "Explained well.", "Make haste", "Takes time."],
        ["The run", "Nothing is", "Red sun", "..."],
    ),
    "words:odd_even_syllables": ({}, ["sun yellow moon", "river by water", "one"], ["sun moon", "yellow river", "..."]),
    "sentence:alliteration_increment": (
        {},
        ["The sun is up. See some owls.", "One. Big bad bee. Two tall trees tumble.", "one"],
        ["See some owls. The sun is up.", "Ant. Bee."],
    ),
    "format:quotes": ({}, ['"He said \'I saw "it" there\' then"', "'a \"b 'c' d\" e'"], ["\"a 'b' c\"", '"a" \'b\' "c"', "none"]),
    "format:options": ({"options": "yes/no/maybe"}, ["yes", "No.", " MAYBE! "], ["yes no", "perhaps", "..."]),
    "format:quote_unquote": ({}, ['"Sun" is a star.', "no quotes", "“a” means “b” here"], ['He said "sun".', '"a" "b" c', "..."]),
    "format:list": ({"sep": "!?"}, ["!? a\n!? b", "a!?b!?c"], ["!? a", "a ! ? b ! ?"]),
    "format:thesis": ({}, ["<i>Sun.</i> It shines.", "Intro <em>a</em>\nb"], ["<i>Sun.</i>", "_Sun._ It", "<i> </i> a", "<i>a b", "<em>a</em>"]),
    "format:sub-bullets": ({}, ["* a\n  - b", "* a - b\n* c\n - d"], ["* a\n* b\n - c", "* a", "- a", "no bullets"]),
    "format:no_bullets_bullets": (
        {},
        ["It is. So it is.\n* a\n* b", "One. Two.\n\n  * a\n  * b"],
        ["It is.\n* a\n* b", "It is. So.\n* a", "* a\n* b\nIt is. So.", "It is. So.\n* a\nx\n* b"],
    ),
    "format:title_case": ({}, ["The Sun Is Up", "A Well-known NASA Fact, 7 Times"], ["The sun Is Up", "a Sun", "It Is aLL"]),
    "format:no_whitespace": ({}, ["sun", "sun,moon", "!"], ["sun moon", "a\nb"]),
    "repeat:repeat_change": (
        {"prompt_to_repeat": "Write a poem now"},
        ["Sing a poem now", "Draw  a poem\nnow"],
        ["Write a poem now", "a poem now", "Sing a poem", "Sing a poem now please"],
    ),
    "custom:mcq_count_length": (
        {},
        ["\n".join(QUESTIONS)],
        ["\n".join(reversed(QUESTIONS)), "Here: " + "\n".join(QUESTIONS), "\n".join(QUESTIONS[:3]), "Question 1"],
    ),
    "custom:reverse_newline": (
        {},
        ["\n".join(COUNTRIES), "Here:\n" + "\n\n".join(f"- {c}" for c in COUNTRIES)],
        ["\n".join(COUNTRIES[:51]), "\n".join(reversed(COUNTRIES)), ", ".join(COUNTRIES), "\n".join(COUNTRIES[1:])],
    ),
    "custom:word_reverse": ({}, ["eagle bald The", "bird. a is Eagle Bald the"], ["The bald eagle", "eagle the bald"]),
    "custom:character_reverse": ({}, ["elgae dlab ehT", "ELGAE DLAB"], ["bald eagle", "elgae"]),
    "custom:sentence_alphabet": (
        {},
        [" ".join(STORY), " ".join(s.title() for s in STORY)],
        [" ".join(STORY[:25]), " ".join(reversed(STORY)), "Ant. Bee."],
    ),
    "custom:european_capitals_sort": (
        {},
        [", ".join(CAPITALS), ",".join(CAPITALS).replace("Chisinau", "Chișinău")],
        [", ".join(reversed(CAPITALS)), ", ".join(CAPITALS[1:]), "London", "Here: " + ", ".join(CAPITALS)],
    ),
    "custom:csv_city": (
        {},
        ["ID,Country,City,Year,Count" + "\n1,a,b,c,2" * 7, "ID,Country,City,Year,Count" + '\n1,"a, b",b,c,2' * 7],
        ["ID,Country,City,Year,Count" + "\n1,a,b,c,2" * 6, "ID,Country,City,Year" + "\n1,a,b,c" * 7, "1,a,b,c,2\n" * 8],
    ),
    "custom:csv_special_character": (
        {},
        [PRODUCTS + '1,a,"b!",2,3\n' + "1,a,b,2,3\n" * 13],
        [PRODUCTS + "1,a,b!,2,3\n" * 14, PRODUCTS + '1,a,"b",2,3\n' * 14, PRODUCTS + '1,a,"b!",2,3\n' * 13, '1,a,"b!",2,3\n' * 15],
    ),
    "custom:csv_quotes": (
        {},
        [f"{STUDENTS}\n{STUDENT}\n{STUDENT}\n{STUDENT}"],
        [f"{STUDENTS}\n{STUDENT}\n{STUDENT}", STUDENTS, f"{STUDENTS}\n{STUDENT}\n{STUDENT}\nx\tx\tx\tx\tx", STUDENTS.replace("\t", ",")],
    ),
    "custom:date_format_list": (
        {},
        ["1800-01-31", "1796-02-29, 1821-12-01"],
        ["1800-01-32", "1900-01-01", "1800-13-01", "1800-1-1", "1800-00-10", "x"],
    ),
}


def test_every_published_kind_has_examples():
    assert set(EXAMPLES) == {kind.id for kind in families()[2]}


@pytest.mark.parametrize("id", EXAMPLES)
def test_the_good_ifbench_examples_follow_and_the_bad_ones_do_not(id):
    kwargs, good, bad = EXAMPLES[id]
    assert [t for t in good if not KINDS[id].follows(t, kwargs)] == []
    assert [t for t in bad if KINDS[id].follows(t, kwargs)] == []


@pytest.mark.parametrize("id", EXAMPLES)
def test_a_blank_text_follows_no_ifbench_kind(id):
    assert not any(KINDS[id].follows(text, EXAMPLES[id][0]) for text in ("", " ", "\n\t\n", "\u3000"))


@pytest.mark.parametrize("id", [id for id in EXAMPLES if KINDS[id].kwargs])
def test_missing_or_mistyped_ifbench_parameters_are_errors_that_name_them(id):
    kwargs = EXAMPLES[id][0]
    for name in KINDS[id].kwargs:
        for broken in ({k: v for k, v in kwargs.items() if k != name}, {**kwargs, name: {"x": 1}}, {**kwargs, name: True}, {**kwargs, name: ""}):
            with pytest.raises(KwargsError, match=name):
                validate(KINDS[id], broken)


@pytest.mark.parametrize(
    ("id", "broken"),
    [
        ("ratio:overlap", {"reference_text": "abc", "percentage": 101}),
        ("words:keywords_specific_position", {"keyword": "a", "n": 0, "m": 1}),
        ("sentence:keyword", {"word": "a", "N": 0}),
        ("count:words_japanese", {"N": 0}),
        ("format:options", {"options": " / / "}),
        ("repeat:repeat_span", {"prompt_to_repeat": "abc", "n_start": 5, "n_end": 9}),
    ],
)
def test_ifbench_parameters_that_cannot_be_meant_are_errors(id, broken):
    with pytest.raises(KwargsError):
        validate(KINDS[id], broken)


@pytest.mark.parametrize(
    ("options", "good", "bad"),
    [
        ("a), b), c), d)", ["a)", " c) "], ["a", "A)", "e)", "a) b)"]),
        ("I know or I don't know", ["I know", "i don't know."], ["I", "know or I"]),
        ("orange, red", ["Orange", "red."], ["range", "orange, red"]),
    ],
)
def test_options_are_separated_by_slashes_by_or_and_by_commas(options, good, bad):
    kind = KINDS["format:options"]
    assert [kind.follows(t, {"options": options}) for t in (*good, *bad)] == [True] * len(good) + [False] * len(bad)


def test_verbs_are_told_by_list_and_ending():
    assert all(map(starts_with_verb, ("Consider this", "Whirring on", "Decided!", "goes", "Does it?", "“Stop”"[1:])))
    assert not any(map(starts_with_verb, ("Morning", "King of", "Bed", "Class", "", "12", "Seed")))


TEXTS = st.text(max_size=80) | st.text(alphabet="*-.,<>[]{}|\"'`# \n\tabQ1?!。\u00a0🙂i/", max_size=80)


@settings(max_examples=60, deadline=None)
@given(TEXTS)
def test_no_text_makes_an_ifbench_check_raise_or_waver(text):
    for id, (kwargs, _, _) in EXAMPLES.items():
        first = KINDS[id].follows(text, kwargs)
        assert isinstance(first, bool)
        assert first is KINDS[id].follows(text, kwargs)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted(EXAMPLES)), st.integers(0, 3), st.integers(0, 999))
def test_an_ifbench_witness_scores_1_with_blank_lines_around_it(id, level, seed):
    kind = KINDS[id]
    kwargs = kind.sample(random.Random(seed), level)
    task = Task(env_id="instruct/x-v0", prompt=(), answer={"instruction_id_list": [id], "kwargs": [kwargs]})
    assert InstructVerifier()(task, f"\n \n{kind.satisfy(kwargs)}\n\n").score == 1.0
