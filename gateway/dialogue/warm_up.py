"""Reads a few turns before the first caller comes: patterns are compiled and calendars loaded at their first use."""

from __future__ import annotations

import datetime as dt

from gateway.dialogue.dialogue import Dialogue
from gateway.dialogue.model import CallerTurn
from gateway.language import Language
from gateway.practice.profile import PracticeProfile

_TURNS: dict[Language, tuple[str, ...]] = {
    "de": (
        "Wann haben Sie geöffnet, und wo ist die Praxis?",
        "Ein Kollege meinte neulich, es gehe auch anders.",
        "Guten Tag, ich hätte gerne einen Termin für eine Kontrolle.",
        "Am Dienstag in zwei Wochen um halb drei.",
        "Mein Name ist Thomas Zimmermann, null sieben neun, eins zwei drei, vier fünf, sechs sieben.",
    ),
    "fr": (
        "Quand êtes-vous ouverts, et où est le cabinet?",
        "Un collègue disait l'autre jour que ça irait autrement.",
        "Bonjour, je voudrais un rendez-vous pour un contrôle.",
        "Mardi dans deux semaines à quatorze heures trente.",
        "Je m'appelle Nathalie Rochat, zéro sept neuf, un deux trois, quatre cinq, six sept.",
    ),
    "it": (
        "Quando siete aperti, e dov'è lo studio?",
        "Un collega diceva che si può fare anche altrimenti.",
        "Buongiorno, vorrei un appuntamento per un controllo.",
        "Martedì fra due settimane alle due e mezza.",
        "Mi chiamo Luca Bianchi, zero sette nove, uno due tre, quattro cinque, sei sette.",
    ),
    "en": (
        "When are you open, and where is the practice?",
        "A colleague of mine said it could be done otherwise.",
        "Good morning, I would like an appointment for a check-up.",
        "On Tuesday in two weeks at half past two.",
        "My name is John Miller, zero seven nine, one two three, four five, six seven.",
    ),
}


def warm_up(profile: PracticeProfile, now: dt.datetime) -> None:
    """Hold a short dialogue in each of the practice's languages, with nobody; ``now`` is aware.

    The first turn that is read in a process takes about a tenth of a second, each later one a few milliseconds.
    """
    for language in profile.languages:
        dialogue = Dialogue(profile, clock=lambda: now, recording=False)
        dialogue.sentences(dialogue.open())
        for text in _TURNS[language]:
            turn = CallerTurn(text, language)
            dialogue.wanted_from_model(turn)
            dialogue.sentences(dialogue.take(turn))
