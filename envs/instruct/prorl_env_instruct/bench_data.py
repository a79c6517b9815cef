"""The closed word lists that the IFBench kinds name or need."""

CONJUNCTIONS = ("and", "but", "for", "nor", "or", "so", "yet")
PERSONS = (
    "Emma", "Liam", "Sophia", "Jackson", "Olivia", "Noah", "Ava", "Lucas", "Isabella", "Mason", "Mia", "Ethan", "Charlotte", "Alexander", "Amelia",
    "Benjamin", "Harper", "Leo", "Zoe", "Daniel", "Chloe", "Samuel", "Lily", "Matthew", "Grace", "Owen", "Abigail", "Gabriel", "Ella", "Jacob",
    "Scarlett", "Nathan", "Victoria", "Elijah", "Layla", "Nicholas", "Audrey", "David", "Hannah", "Christopher", "Penelope", "Thomas", "Nora",
    "Andrew", "Aria", "Joseph", "Claire", "Ryan", "Stella", "Jonathan",
)  # fmt: skip
"""The persons that the published demand lists."""
CAPITALS = (
    "Reykjavik", "Helsinki", "Oslo", "Tallinn", "Stockholm", "Riga", "Moscow", "Copenhagen", "Vilnius", "Minsk", "Dublin", "Berlin", "Amsterdam",
    "Warsaw", "London", "Brussels", "Prague", "Luxembourg", "Paris", "Vienna", "Bratislava", "Budapest", "Vaduz", "Chisinau", "Bern", "Ljubljana",
    "Zagreb",
)  # fmt: skip
"""The European capitals north of 45 degrees, from north to south."""
PRONOUNS = frozenset((
    "i", "me", "my", "mine", "myself", "you", "your", "yours", "yourself", "yourselves", "he", "him", "his", "himself", "she", "her", "hers",
    "herself", "it", "its", "itself", "we", "us", "our", "ours", "ourselves", "they", "them", "their", "theirs", "themselves", "this", "that",
    "these", "those", "who", "whom", "whose", "which", "what", "whoever", "whomever", "whatever", "whichever", "anybody", "anyone", "anything",
    "everybody", "everyone", "everything", "nobody", "nothing", "somebody", "someone", "something", "each", "either", "neither", "both", "all",
    "some", "any", "none",
))  # fmt: skip
STOP_WORDS = frozenset((
    "a", "about", "above", "after", "again", "against", "ain", "all", "am", "an", "and", "any", "are", "aren", "as", "at", "be", "because", "been",
    "before", "being", "below", "between", "both", "but", "by", "can", "couldn", "d", "did", "didn", "do", "does", "doesn", "doing", "don", "down",
    "during", "each", "few", "for", "from", "further", "had", "hadn", "has", "hasn", "have", "haven", "having", "he", "her", "here", "hers",
    "herself", "him", "himself", "his", "how", "i", "if", "in", "into", "is", "isn", "it", "its", "itself", "just", "ll", "m", "ma", "me",
    "mightn", "more", "most", "mustn", "my", "myself", "needn", "no", "nor", "not", "now", "o", "of", "off", "on", "once", "only", "or", "other",
    "our", "ours", "ourselves", "out", "over", "own", "re", "s", "same", "shan", "she", "should", "shouldn", "so", "some", "such", "t", "than",
    "that", "the", "their", "theirs", "them", "themselves", "then", "there", "these", "they", "this", "those", "through", "to", "too", "under",
    "until", "up", "ve", "very", "was", "wasn", "we", "were", "weren", "what", "when", "where", "which", "while", "who", "whom", "why", "will",
    "with", "won", "wouldn", "y", "you", "your", "yours", "yourself", "yourselves",
))  # fmt: skip
VERBS = frozenset((
    "accept", "add", "adjust", "adopt", "agree", "aim", "allow", "analyze", "answer", "apply", "approach", "argue", "arrange", "arrive", "ask",
    "assess", "assign", "assume", "attach", "attend", "avoid", "bake", "balance", "be", "bear", "beat", "become", "begin", "believe", "bend",
    "blend", "boil", "borrow", "bring", "build", "buy", "calculate", "call", "carry", "catch", "celebrate", "change", "check", "choose", "clean",
    "climb", "close", "collect", "combine", "come", "compare", "complete", "compose", "conclude", "connect", "consider", "construct", "consult",
    "contact", "contain", "continue", "convert", "cook", "copy", "count", "cover", "create", "cultivate", "cut", "dance", "decide", "decorate",
    "define", "deliver", "demonstrate", "describe", "design", "determine", "develop", "discover", "discuss", "display", "dive", "divide", "do",
    "draft", "draw", "dream", "drink", "drive", "drop", "earn", "eat", "embrace", "emphasize", "employ", "enable", "encourage", "engage",
    "enhance", "enjoy", "ensure", "enter", "establish", "estimate", "evaluate", "examine", "exist", "expand", "expect", "experience", "explain",
    "explore", "express", "extend", "extract", "face", "fall", "feel", "fetch", "fight", "fill", "find", "finish", "fix", "fly", "focus", "fold",
    "follow", "forget", "form", "foster", "gather", "generate", "get", "give", "go", "grab", "grow", "handle", "happen", "have", "hear", "help",
    "hide", "highlight", "hire", "hold", "identify", "illustrate", "imagine", "implement", "improve", "include", "incorporate", "increase",
    "influence", "inform", "insert", "install", "integrate", "introduce", "invest", "investigate", "invite", "involve", "join", "jump", "keep",
    "know", "launch", "lead", "learn", "leave", "let", "leverage", "listen", "live", "locate", "look", "lose", "love", "maintain", "make",
    "manage", "measure", "meet", "mention", "mix", "monitor", "move", "navigate", "need", "note", "notice", "observe", "obtain", "occur",
    "offer", "open", "optimize", "order", "organize", "pack", "paint", "participate", "pay", "perform", "pick", "plan", "play", "possess",
    "practice", "prefer", "prepare", "present", "preserve", "prevent", "print", "prioritize", "proceed", "produce", "promote", "protect",
    "prove", "provide", "pull", "pursue", "push", "put", "raise", "reach", "read", "realize", "recall", "receive", "recognize", "recommend",
    "reduce", "refer", "reflect", "remain", "remember", "remove", "repeat", "replace", "represent", "require", "research", "resolve", "respect",
    "respond", "rest", "return", "reveal", "review", "rewrite", "ride", "rise", "run", "save", "say", "seek", "seem", "select", "sell", "send",
    "serve", "set", "share", "shift", "show", "simplify", "sing", "sit", "sleep", "solve", "speak", "spend", "stand", "start", "stay", "stir",
    "stop", "study", "submit", "substitute", "succeed", "suggest", "summarize", "support", "swim", "take", "talk", "teach", "tell", "think",
    "throw", "touch", "track", "train", "transform", "translate", "travel", "treat", "trust", "try", "turn", "understand", "unite", "unlock",
    "update", "use", "utilize", "verify", "view", "visit", "wait", "wake", "walk", "want", "warn", "wash", "watch", "wear", "welcome", "win",
    "wonder", "work", "worry", "write",
))  # fmt: skip
"""Verbs in their base form, those that answers tend to start with."""
VERB_FORMS = frozenset((
    "am", "is", "are", "was", "were", "been", "do", "does", "did", "done", "has", "had", "having", "gone", "went", "came", "gave", "given",
    "took", "taken", "made", "said", "told", "thought", "knew", "known", "wrote", "written", "began", "begun", "built", "bought", "brought",
    "chose", "chosen", "drew", "drawn", "fell", "felt", "found", "flew", "got", "grew", "grown", "held", "kept", "led", "left", "lost", "met",
    "paid", "ran", "sat", "saw", "seen", "sent", "set", "shown", "slept", "spoke", "spoken", "stood", "swam", "taught", "threw", "thrown",
    "understood", "won", "worn",
))  # fmt: skip
NO_VERBS_IN_ING = frozenset((
    "something", "nothing", "anything", "everything", "during", "morning", "evening", "king", "ring", "spring", "string", "thing", "wing",
    "sing", "bring", "ceiling", "sibling", "darling", "wedding", "viking", "shilling", "sterling", "beijing",
))  # fmt: skip
