"""How callers choose between two times that they are offered, as patterns (see ``gateway.dialogue.patterns``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.dialogue.lexicons.lexicon import Patterns
from gateway.language import Language


@dataclass(frozen=True, slots=True)
class SlotChoiceLexicon:
    """One language's ways to choose."""

    first: Patterns
    second: Patterns
    neither: Patterns
    either: Patterns
    """Both will do."""
    counts: Patterns
    """Expressions whose last word is a number, but no time ("aucun des deux", "the first one")."""
    respelled: tuple[tuple[str, str], ...] = ()
    """Words before a time that tells one of several ("quello delle nove"), and as many letters in their place."""


SLOT_CHOICES: Mapping[Language, SlotChoiceLexicon] = {
    "de": SlotChoiceLexicon(
        first=(
            "der|die|das|den|dem|am|zum|beim|s =erste|ersten|erster|erschte",
            "^=erste|ersten|erster|erstere|ersteren|erschte",
            "nummer|termin =eins",
            "=erstere|ersteren|ersterer",
            "den|der|die fruheren|fruhere",
        ),
        second=(
            "der|die|das|den|dem|am|zum|beim|s =zweite|zweiten|zweiter|zwoite|zweit",
            "^=zweite|zweiten|zweiter|zwoite",
            "nummer|termin =zwei|zwo",
            "=letztere|letzteren|letzterer",
            "den|der|die spateren|spatere",
        ),
        neither=(
            "=keiner|keine|keinen|keins|keines|beide|beides|beiden nicht|davon|von",
            "=keiner|keins|keines",
            "^=keiner|keine|keinen|keins|keines$",
            "=weder noch",
            "=weder ... noch",
            "beide|beides|beiden ... nicht",
            "etwas|was|einen|ein =anderes|anderer|anderen|andere",
            "anderer|anderen|andere|anderes termin|zeit|tag|vorschlag",
            "noch =andere|anderes|weitere",
            "=weitere ... termine|zeiten|vorschlage",
            "kann|konnte|geht|passt ... nicht",
            "=fruher|spater",
        ),
        either=("=egal|gleich", "=beide|beides ... passen|passt|gehen|geht|recht|gut|moglich", "spielt ... rolle"),
        counts=("den|die|der|von|alle zwei",),
    ),
    "fr": SlotChoiceLexicon(
        first=(
            "le|la|au|du =premier|premiere",
            "^=premier|premiere",
            "numero =un",
        ),
        second=(
            "le|la|au|du =deuxieme|second|seconde|dernier",
            "^=deuxieme|second|seconde",
            "numero =deux",
        ),
        neither=(
            "=aucun|aucune",
            "ni l =un",
            "ni =un ni",
            "ni le premier",
            "=ni ... ni",
            "un|une|d =autre|autres",
            "autre|autres rendez|moment|heure|jour|proposition|date",
            "quelque_chose d =autre",
            "ne|n ... pas|va|convient|convient_pas",
            "=plus tot|tard",
        ),
        either=("=peu importe", "=egal", "les deux ... vont|conviennent|bien|possible", "comme vous voulez"),
        counts=("les|des|ces deux", "l =un"),
    ),
    "it": SlotChoiceLexicon(
        first=(
            "il|la|al|del =primo|prima",
            "^=primo",
            "numero =uno",
        ),
        second=(
            "il|la|al|del =secondo|seconda",
            "^=secondo|seconda",
            "numero =due",
            "l =ultimo",
        ),
        neither=(
            "=nessuno|nessuna|nessun",
            "=ne ... ne",
            "un|qualcos|qualcosa =altro|altra|altri",
            "di =diverso",
            "altro|altra|altri appuntamento|orario|giorno|momento",
            "non ... va|vanno|posso|bene",
            "piu =tardi|presto",
        ),
        either=("=uguale|indifferente", "tutti_e|tutte_e|entrambi|entrambe ... vanno|bene|due", "fa =lo stesso"),
        counts=("dei|i|tutti_e|delle =due", "l =uno"),
        respelled=(("delle", " alle"),),
    ),
    "en": SlotChoiceLexicon(
        first=(
            "the =first|earlier|former",
            "^=first",
            "number|option =one",
        ),
        second=(
            "the =second|later|latter|last",
            "^=second",
            "number|option =two",
        ),
        neither=(
            "=neither",
            "=none",
            "=not|don_t|doesn_t ... =either",
            "another|different =one|time|day|date|appointment|slot",
            "something|anything =else|different|earlier|later",
            "=any other",
            "=other times|slots|options|dates",
            "doesn_t|don_t|can_t|cannot|won_t ... work|suit|make|do|come",
        ),
        either=(
            "=either|both ... fine|good|okay|ok|works|work|suits|suit",
            "don_t mind",
            "doesn_t matter",
            "up to you",
        ),
        counts=(
            "=first|second|earlier|later|former|latter|last|other|another|different|this|that|which one",
            "=clock|am|pm|thirty|fifteen|morning|afternoon one",
            "=monday|tuesday|wednesday|thursday|friday|saturday one",
            "the|of|those =two",
        ),
    ),
}
