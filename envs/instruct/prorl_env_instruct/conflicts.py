"""Which kinds contradict each other whatever their drawn parameters are, so that no text can meet both. Such pairs are never drawn.

Pairs that clash for some parameters only (a longest word of three letters and a given sentence) are not listed: each drawn set is proven by a
witness text besides.
"""

from collections.abc import Iterable, Mapping

from prorl_env_instruct.kind import Kind

_FIXED = "detectable_format:constrained_response"
_PROMPT = "combination:repeat_prompt"
_ONE_LETTER = ("prorl:word_start_letter",)

CONFLICTS: Mapping[str, tuple[str, ...]] = {
    # "My answer is yes." has capitals and small letters, a full stop, a word of six letters, and neither order nor one first letter
    _FIXED: (
        "change_case:english_capital", "change_case:english_lowercase", "prorl:no_punctuation", "prorl:word_start_letter", "prorl:sorted_words",
        "prorl:rising_lengths", "prorl:max_word_length", "prorl:alternating_case",
    ),
    # the request is a sentence with "the" twice, and must stand first
    _PROMPT: (
        "startend:quotation", "detectable_format:json_format", "prorl:numbered_list", "prorl:no_repeated_word", "prorl:no_punctuation",
        "prorl:word_start_letter", "prorl:sentence_start_letter", "prorl:sorted_words", "prorl:rising_lengths",
    ),
    # two sentences or more need a mark at the first one's end; so does every question
    "prorl:no_punctuation": (
        "length_constraints:number_sentences", "prorl:sentence_start_letter", "prorl:question_count", "detectable_content:postscript",
    ),
    # every line starts with a number and a full stop
    "prorl:numbered_list": (
        *_ONE_LETTER, "startend:quotation", "detectable_format:json_format", "prorl:first_word", "prorl:no_punctuation",
        "prorl:sentence_start_letter",
    ),
    # "Section 1" and "Section 2": a repeated word, numbers, capitals
    "detectable_format:multiple_sections": (
        *_ONE_LETTER, "change_case:english_lowercase", "prorl:no_repeated_word", "prorl:sorted_words", "prorl:rising_lengths",
    ),
    "detectable_content:postscript": _ONE_LETTER,
    "prorl:number_count": _ONE_LETTER,
    "language:response_language": ("change_case:english_capital", "change_case:english_lowercase"),
    # JSON has no line that starts with a number and a full stop, and none that starts with a bar
    "detectable_format:json_format": ("prorl:table",),
}  # fmt: skip
"""Id to the ids that it contradicts; read both ways."""


def clash(kind: Kind, others: Iterable[Kind]) -> bool:
    """Whether the kind contradicts one of the others, or constrains the same aspect."""
    return any(kind.group == o.group or o.id in CONFLICTS.get(kind.id, ()) or kind.id in CONFLICTS.get(o.id, ()) for o in others)
