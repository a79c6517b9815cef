"""How texts are cut and which language they are in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from prorl_env_instruct.formats import has_title, num_bullets, num_highlights, num_placeholders
from prorl_env_instruct.framing import WITNESSES
from prorl_env_instruct.language import NAMES, detect, is_english
from prorl_env_instruct.segments import emojis_of, lines_of, words_of
from prorl_env_instruct.sentences import sentences_of
from prorl_env_instruct.syllables import num_syllables
from prorl_env_instruct.tokens import tokens_of, word_tokens


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three?", ["One.", "Two!", "Three?"]),
        ("Dr. No met Mr. Yes, e.g. today. Bye", ["Dr. No met Mr. Yes, e.g. today.", "Bye"]),
        ("J. Doe wrote it. I.", ["J. Doe wrote it.", "I."]),
        ('He said "Stop!" Then left.', ['He said "Stop!"', "Then left."]),
        ("Pi is 3.14 and v1.2.3 is out. Ok...", ["Pi is 3.14 and v1.2.3 is out.", "Ok..."]),
        ("これは本です。それは？はい", ["これは本です。", "それは？", "はい"]),
        ("no end\nstill none", ["no end\nstill none"]),
        ("  ", []),
        ("Why?! So.", ["Why?!", "So."]),
        ("It ended at 5 p.m. The rest slept. Ask Dr. No", ["It ended at 5 p.m.", "The rest slept.", "Ask Dr. No"]),
        ("Well... so it is... The end", ["Well... so it is...", "The end"]),
        ("It is 3. Then 4. and 5.", ["It is 3.", "Then 4. and 5."]),
        ("1. Sun. 2. Moon.", ["1.", "Sun.", "2.", "Moon."]),
        ("(So it is.) “Yes.” **Bold.** End", ["(So it is.)", "“Yes.”", "**Bold.", "** End"]),
    ],
)
def test_sentences_end_where_the_rules_say(text, sentences):
    assert list(sentences_of(text)) == sentences


@given(st.text(alphabet="ab .!?…\"')。\nA", max_size=60))
def test_sentences_lose_nothing_but_white_space(text):
    assert "".join("".join(sentences_of(text)).split()) == "".join(text.split())


def test_tokens_cut_punctuation_and_contractions_but_not_hyphens():
    assert " ".join(tokens_of("(LET'S go HEAD-ON, U.S. 1,000 - 7:30!)")) == "( LET 'S go HEAD-ON , U.S. 1,000 - 7:30 ! )"
    assert " ".join(tokens_of("I can't, he'll see 'it' cannot end... Done.")) == "I ca n't , he 'll see ' it ' can not end ... Done ."
    assert word_tokens("Yes, 'so' it's -- 7!") == ["Yes", "so", "it", "'s", "7"]


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("sun", 1),
        ("table", 2),
        ("walked", 1),
        ("wanted", 2),
        ("lovely", 2),
        ("idea", 3),
        ("science", 2),
        ("nation", 2),
        ("boxes", 2),
        ("rhythm", 1),
        ("x7", 0),
    ],
)
def test_syllables_are_estimated(word, syllables):
    assert num_syllables(word) == syllables


def test_words_lines_and_emojis_are_counted():
    assert words_of("it's a_b, é 3.5") == ["it", "s", "a_b", "é", "3", "5"]
    assert lines_of(" a \n\n b\n") == ["a", "b"]
    assert emojis_of("👍🏽 ok ☀️ (c)") == 2


def test_marks_are_found_as_published():
    assert num_bullets("*\n* a\n- b\n** c\n-d") == 3
    assert num_highlights("**bold** and *one* ** ** *a\nb*") == 2
    assert num_placeholders("[a] [b] [\n] []") == 3
    assert has_title("x <<a>> y >> z")
    assert not has_title("<<<>>>")


@pytest.mark.parametrize("code", WITNESSES)
def test_each_witness_sentence_is_in_its_language(code):
    assert detect(WITNESSES[code]) == code


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("uk", "Я живу в Україні, і це мій дім."),
        ("bg", "Аз съм от България и това е моят дом."),
        ("mr", "मी घरी आहे आणि तो नाही."),
        ("ne", "यो मेरो घर हो र म यहाँ छु।"),
        ("fa", "این خانه من است و با هم می رویم."),
        ("ur", "یہ میرا گھر ہے اور میں یہاں ہوں۔"),
        ("bn", "আমি বাংলায় গান গাই।"),
        ("ta", "இது என் வீடு."),
        ("te", "ఇది నా ఇల్లు."),
        ("kn", "ಇದು ನನ್ನ ಮನೆ."),
        ("ml", "ഇത് എന്റെ വീടാണ്."),
        ("gu", "આ મારું ઘર છે."),
        ("pa", "ਇਹ ਮੇਰਾ ਘਰ ਹੈ।"),
        ("he", "זה הבית שלי."),
        ("pl", "To jest mój dom i nie ma w nim psa."),
        ("zh-cn", "这是我的家。"),
        ("nl", "Dit is het huis van de man en het is niet groot."),
        ("sv", "Det är ett hus och jag är inte hemma."),
        ("tr", "Bu ev çok büyük ve ben evde değil."),
        ("id", "Ini rumah saya dan tidak besar."),
        ("el", "Αυτό είναι το σπίτι μου."),
    ],
)
def test_a_sentence_is_told_from_its_neighbours(code, text):
    assert code in NAMES
    assert detect(text) == code


def test_without_evidence_no_language_is_named():
    assert [detect(t) for t in ("", "12345", "🙂", "xyzzy plugh", "ᚠᚢᚦ")] == [None] * 5


def test_a_few_bare_words_pass_as_english_but_another_language_does_not():
    assert is_english("SUN MOON")
    assert is_english("the cat")
    assert not is_english("el perro y la casa de la niña")
    assert not is_english("солнце")
    assert not is_english("42")
    assert not is_english("SHELLY, SHELLY, SHELLY, SHELLY, SHELLY")


@given(st.text(max_size=200))
def test_no_text_makes_tokens_or_syllables_raise(text):
    assert all(tokens_of(text)) or not text
    assert all(num_syllables(w) >= 0 for w in text.split())


@given(st.text(max_size=200))
def test_detection_never_raises(text):
    assert detect(text) is None or detect(text) in NAMES
