"""What `language` knows of languages that share a script: frequent words, and letters that their neighbours lack."""

SHARED: dict[str, dict[str, tuple[str, str]]] = {
    "latin": {
        "en": (
            "the of and to in is that it was for on are with as his they at be this have from or had by not but what all were we when your "
            "can said there use an each which she do how their if will up other about out many then them these so some her would make like "
            "him into has more i my you let our who its no just me us could should been than only here",
            "",
        ),
        "es": (
            "de la que el en y los del se las por un para con una su al lo como más pero sus le ya fue este ha sí porque esta son entre "
            "cuando muy sin sobre también me hasta hay donde quien desde todo nos es era uno ni mi tu",
            "ñ¿¡",
        ),
        "pt": (
            "de a o que e do da em um para com não uma os no se na por mais as dos como mas ao ele das seu sua ou quando muito nos já eu "
            "também só pelo pela até isso ela entre depois sem mesmo são é foi você meu minha",
            "ãõ",
        ),
        "fr": (
            "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec son nous vous mais on ou "
            "leur cette ses je tu elle aux être ont c'est très même",
            "œêèçù",
        ),
        "de": (
            "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er hat dass sie nach "
            "wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur ich du wir",
            "ß",
        ),
        "it": (
            "di e il la che in a per un del è non sono le con si da una come più i della ha lo gli al ma nel anche alla dei questo se ci o "
            "questa suo loro era essere quando molto io tu mi",
            "ò",
        ),
        "pl": (
            "i w na z do się nie że jest to o jak za od po przez ale dla są był może tak czy już tylko ich przy być co lub oraz który "
            "która tego jego",
            "łąężźćń",
        ),
        "fi": (
            "ja on ei se että oli hän mutta ovat myös kun niin kuin joka tai jos ole sen mitä hänen minä sinä tämä vain olla ne siitä nyt voi",
            "",
        ),
        "sw": (
            "na ya wa kwa ni katika za la kuwa hii au kama cha yake pia huo hivyo wake lakini sana hiyo wao mtu watu yangu moja kila "
            "hakuna mimi wewe baada ana anaweza mwanamke mwanaume",
            "",
        ),
        "vi": (
            "và của là có không được cho một các trong những người với đã này để khi từ về như đến tôi bạn rằng nhưng cũng",
            "ăđơưạảấầẩậắằặẹẻẽếềểệịọỏốồổộớờởợụủứừửựỳỵ",
        ),
        "nl": (
            "de het een van en in is dat op te voor met zijn niet aan er om ook als bij maar door over dan nog naar uit wordt je ik hij ze "
            "deze kan of",
            "ĳ",
        ),
        "sv": (
            "och att det i en på är som för av med den till inte har de ett om han men var jag vi så kan man när från eller hon",
            "å",
        ),
        "tr": (
            "ve bir bu için ile da de çok daha ne kadar olan gibi olarak sonra ama değil var mi ben sen o en şey her",
            "ğış",
        ),
        "id": (
            "yang dan di dengan untuk tidak ini dari dalam akan pada juga saya ke karena tersebut bisa ada mereka lebih oleh itu kami anda adalah",
            "",
        ),
    },
    "cyrillic": {
        "ru": (
            "и в не на что он с как это по но она к у из за то все так его был для вы мы я они от",
            "ыэё",
        ),
        "uk": (
            "і в не на що він з як це та але вона до у із за то всі так його був для ви ми я вони від є",
            "іїєґ",
        ),
        "bg": (
            "и в не на че той с като това по но тя към у от за то всички така го беше вие ние аз те са е се да",
            "щъ",
        ),
    },
    "arabic": {
        "ar": (
            "في من على أن إلى هذا التي الذي كان هو هي ما لا مع عن كل قد أو ثم",
            "ةىأإ",
        ),
        "fa": (
            "و در به از که این را با است برای آن یک خود تا می هم شد بر ها",
            "پچژگ",
        ),
        "ur": (
            "کے میں کی ہے اور سے کا کو پر ہیں نے یہ کہ ایک بھی تھا جو اس",
            "ٹڈڑںےہ",
        ),
    },
    "devanagari": {
        "hi": (
            "के में है की और से का को पर यह हैं कि एक नहीं ने भी लिए था वह कर तो हम मैं",
            "",
        ),
        "mr": (
            "आहे आणि हे या ते मी तो ती आहेत नाही होते होता एक मध्ये काय पण तर त्या",
            "ळ",
        ),
        "ne": (
            "छ र हो को मा पनि यो छन् लाई गर्न भएको थियो एक छैन म तिमी हुन्छ गर्छ गरेको",
            "",
        ),
    },
}
"""Script to language code to (words, letters)."""
