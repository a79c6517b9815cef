"""How many syllables an English word has, estimated by rules: runs of vowels, silent endings, and the pairs of vowels that part."""

import re

_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(
    r"(?<![aeiouy])(?:(?<!l)e|(?<=[aeiouyr]l)e|(?<=[aeiouy]ll)e)$"
    r"|(?:[^aeioucsxzgy]|[^cs]h|[aeiouy][^aeiouylcsxzg])es$"
    r"|[^aeioutdy]ed$"
)
_SILENT_WITHIN = re.compile(r"[aeiouy][^aeiouy]{1,2}e(?=(?:ly|ment|ments|less|ness|ty|fore|work|thing|one|where)$)|^every|business")
_PARTED = re.compile(
    r"ia(?!n$|l$|ns$|ls$)|i[ou](?!s|n)|eo(?!n$|us|ns$)|(?<=[tdnsv])ua|uou|io$|ying|[^gq]uity|eing|iest$|ier$|[aeou]ism|creat|science|quiet|[td]uous"
    r"|(?<=[^aeiouyl])iety|real(?!l)|ideal|idea|area"
)
_SHARED = re.compile(r"[cst]ia[ln]|gian|[cstx]ious|[cstg]ion|[cst]ient|geous|[tc]iat|sial|[cg]eous|peo")
_LAST = re.compile(r"(?:[^aeiouy]|[ai])sms?$")


def num_syllables(word: str) -> int:
    """The number of syllables of one word; 0 for a word with a digit or without letters. The estimate is right for about nine words in ten."""
    low = word.lower()
    if not low.isalpha():
        return 0
    count = len(_VOWELS.findall(low)) - bool(_SILENT.search(low)) - bool(_SILENT_WITHIN.search(low)) + bool(_LAST.search(low))
    count += sum(1 for m in _PARTED.finditer(low) if not _SHARED.match(low, max(0, m.start() - 1)))
    return max(1, count)
