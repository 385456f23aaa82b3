"""Words by which a listener shows that they listen ("mhm", "genau", "d'accord"), and by which they ask for a moment.

Listeners say them while the other speaks, and want no turn. Callers mix languages and recognition guesses at the
language of a single word, so the four languages and Swiss German are in one list. All words are folded. No word of
refusal is among them: a "nein" always has a reason.
"""

from __future__ import annotations

from itertools import pairwise

from gateway.dialogue.text import word_set, words_of

_WORDS = word_set(
    # Sounds
    "mhm mm mmm mh hm hmm aha ah oh ohh ach uh huh aham "
    # German and Swiss German
    "ja jaja jo joo joja eja hae genau gut guet gueti eben abe ebe klar alles super so okay ok oke okey okei richtig "
    "stimmt verstehe verstande verstanden gell gall isch ist das schon recht guets danke merci tiptop prima schoen "
    "perfekt sehr gerne gern jawohl exakt "
    # French
    "oui ouais oue ui d accord daccord bien tres voila entendu bon parfait exactement compris je vois c est ca merci "
    "volontiers ok "
    # Italian
    "si certo va bene ho capito capisco perfetto esatto d accordo daccordo ecco giusto grazie benissimo "
    # English
    "yes yeah yep yup right sure i see alright all got it fine good great thanks thank you cool of course"
)
_LONGEST = 5
"""Words of the longest backchannel ("ja ja, alles klar, danke"); who says more wants to be heard."""

_MOMENT = word_set(
    "moment momant momentli momentchen sekunde sekundchen augenblick warten warte wart "
    "nachschauen nachsehen nachschlagen suchen suche luege hole holen schaue "
    "instant attendez attends cherche chercher regarde "
    "attimo attimino momento aspetti aspetta cerco guardo prendere "
    "minute hold hang wait"
)
_PAIRS = frozenset(
    tuple(pair.split())
    for pair in (
        "one second",
        "a second",
        "one sec",
        "a sec",
        "me check",
        "me look",
        "me see",
        "une seconde",
        "petite seconde",
        "un secondo",
        "solo secondo",
    )
)
"""Words that ask for a moment only together: "the second one" is a choice, "a check-up" a wish."""
_AROUND_MOMENT = word_set(
    "ja ok okay einen ein e es kurz schnell bitte bitti ich i muss mues mal noch sie rasch nur die den das der meine "
    "meinen mini min karte charte kalender agenda nummer ausweis brille stift nach da gleich also ehm ah "
    "versicherungskarte krankenkassenkarte handy schauen sehen schau "
    "oui un une petit petite s il vous plait te je vais dois la le ma mon carte agenda calendrier numero donc euh deux "
    "seconde si per favore prego il lo mia mio tessera vado a devo che un solo secondo "
    "yes one just a second sec check look see please on let me my the card calendar diary number for "
    "get i ll need to have"
)


def is_backchannel(text: str) -> bool:
    """Tell whether ``text`` is nothing but signs of listening."""
    words = words_of(text)
    return 0 < len(words) <= _LONGEST and all(word.folded in _WORDS for word in words)


def asks_for_a_moment(text: str) -> bool:
    """Tell whether ``text`` says that the caller needs a moment, and nothing else."""
    folded = [word.folded for word in words_of(text)]
    asked = bool(_MOMENT.intersection(folded)) or any(pair in _PAIRS for pair in pairwise(folded))
    return asked and all(word in _MOMENT or word in _AROUND_MOMENT for word in folded)
