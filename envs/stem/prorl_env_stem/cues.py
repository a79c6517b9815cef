"""The words after which people state their answer, in the languages that multilingual benchmarks use. Every repeat is bounded."""

import re
import unicodedata

_ENGLISH = r"(?:ans(?:wers?)?|choice|option|solution|selection|response|pick|result|conclusion)"
_LATIN = (
    r"(?:r[ée]ponse|respuesta|opción|antwort|lösung|risposta|resposta|odpowiedź|odpověď|odpoveď|cevap|yanıt|svaret|svar|vastaus|antwoord|jawaban(?:nya)?|amsa|impendulo|"
    r"jibu|[iì]d[aá]h[uù]n|àdáhùn|àṣàyàn|đáp án|câu trả lời|răspuns(?:ul)?|válasz|erantzuna|risultato|resultado|résultat|ergebnis)"
)
_SCRIPTS = (
    r"(?:ответ|відповідь|отговор|одговор|απάντηση|答案|答え|回答|解答|正解|答复|答覆|選択肢|选项|選項|选择|選擇|选|選|答|답변|정답|답|الإجابة|إجابة|الجواب|جواب|"
    r"उत्तर|जवाब|উত্তর|பதில்|సమాధానం|คำตอบ|תשובה|پاسخ|პასუხი|ਜਵਾਬ|જવાબ|ಉತ್ತರ|ഉത്തരം|պատասխան|መልስ|အဖြေ|ចម្លើយ|ຄຳຕອບ)"
)
_WORDS = (
    r"\b(?:is|are|was|(?:would|should|must|will|has to) be|est|sont|es|son|ist|lautet|sind|è|é|este|jest|je|är|er|on|là|adalah|ni|da)\b|"
    r"[:：=]|\s[-–—]\s|-{1,2}>|→|⇒|是|为|為|は|が|은|는|هي|هو|है|হলো|হল|ঃ|คือ|היא|هست|είναι|ہے"
)
_BETWEEN = r"[^.!?:：=;\n。]{0,60}?"
_LETTER = r"(?=[(\[*]{0,3}(?-i:[A-Z])(?![A-Za-z0-9'’]))"
_FOREIGN = rf"(?:\s{{1,3}}{_LETTER}|{_BETWEEN}(?:{_WORDS})|\s)"
CUE = re.compile(
    unicodedata.normalize(
        "NFKC",
        rf"\b{_ENGLISH}\b{_BETWEEN}(?:{_WORDS})|\b{_LATIN}(?!\w){_FOREIGN}|{_SCRIPTS}(?:{_LETTER}|{_FOREIGN})|"
        rf"\b(?:final|selected|chosen|prediction)\s{{0,2}}:|\[\[|####|\bans\.\s",
    ),
    re.IGNORECASE,
)
"""A phrase that states the answer follows."""
BARE_CUE = re.compile(
    rf"(?:\b(?:{_ENGLISH}|"
    r"it['’]?s|it is|(?:it )?must be|therefore|thus|hence|so|consequently|actually|i(?: would|['’]d)? (?:think|believe|guess|say))\b|=>|→|⇒)"
    r"[\s,:—–-]{1,3}",
    re.IGNORECASE,
)
"""An answer follows only where nothing but an option's letter does: "Thus, B"."""
CHOOSING = re.compile(
    r"\b(?:choos(?:e|ing)|chose|select(?:ed|ing)?|pick(?:ed|ing)?|go(?:ing)? with|opt(?:ing)? for|settl(?:e|ing) on)[\s:]{1,3}", re.IGNORECASE
)
NEGATED = re.compile(
    r"\b(?:not|n't|never|cannot|neither|wouldn|don|didn|if|suppose|supposing|assum(?:e|ing)|whether|why|unless)\W[^.!?,\n]{0,24}$", re.IGNORECASE
)
"""What stands right before a statement that takes it back or only supposes it."""
VERDICT = re.compile(
    r"(?<![\w'’])[(\[*_\"'`]{0,4}([A-Z]|(?<=\()[a-z](?=\)))[)\]*_\"'`.:]{0,4}(?:\s\([^()\n]{0,80}\))?"
    r"\s(?:is|must be|would be|seems?|appears|looks|has to be)\s"
    r"(?:the only\s)?(?:(?!not\b|never\b|in|un|less\b|only\b|no\b|"
    r"false|wrong|close|almost|nearly|partially|partly)[a-z]+\s){0,5}?"
    r"(?:correct|right|answer|best (?:choice|option|answer)|accurate|solution)\b"
)
"""An option's letter that is called the right one."""
FILLER = re.compile(
    r"(?:(?:therefore|thus|hence|clearly|definitely|indeed|likely|most|probably|simply|actually|only|still|then|also|certainly|obviously|given by|"
    r"indicated by|represented by|labell?ed|as follows|the following|"
    r"correct|best|final|correcte|correcta|richtig|is|be|to be|one)\b[\s:,]{0,3}){1,4}",
    re.IGNORECASE,
)
LISTED_BEFORE = re.compile(r"(?<!\w)[A-Z]\W{0,3}\s(?:and|or|nor)\W{0,3}$")
"""Another option's letter stands before, so that the verdict is about two."""
LAST_VERB = re.compile(r".*(?:\bis\b|\bequals\b|:)\s*", re.IGNORECASE)
"""All of a line up to its last verb, so that "The force is 12 N." leaves "12 N."."""
EXPLAINED = re.compile(r"[.!]\s|\s(?:because|since|which|when|as)\b|,\s(?!or\b|and\b)(?=[A-Za-z])")
"""Where a stated answer turns into its explanation."""
