"""Words at the end of a transcript after which a sentence goes on, in the four languages, and what only fills time.

All words are folded (``gateway.dialogue.text.fold``). German verbs are parted ("Ich rufe Sie an."), and recognition
sets a full stop where the voice falls: such words are no sign where the sentence was closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.dialogue.text import fold, word_set
from gateway.language import Language


@dataclass(frozen=True, slots=True)
class UnfinishedWords:
    """How sentences of one language stay open.

    ``always`` are words that end no sentence; ``unless_closed`` may end one that was closed by a full stop; ``phrases``
    are beginnings whose point is yet to come, as rows of words.
    """

    always: frozenset[str]
    unless_closed: frozenset[str]
    phrases: tuple[tuple[str, ...], ...]


FILLED_PAUSES = word_set("ehm ahm em am eh uh uhm um umm euh heu erm er ehh ahh")
"""Sounds of a caller who thinks; after one, more is to come."""
HESITATIONS = FILLED_PAUSES | word_set(
    "ah hm hmm mh mhm mm mmm ben beh boh na tja also alors allora dunque ecco well so"
)
"""What only fills the time where nothing else is said; some of it may end a sentence."""


def _phrases(*lines: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(fold(word) for word in line.split()) for line in lines)


UNFINISHED: Mapping[Language, UnfinishedWords] = {
    "de": UnfinishedWords(
        always=word_set(
            "und oder aber weil dass sondern wenn ob damit obwohl bevor nachdem falls sowie beziehungsweise "
            "am im beim vom zum zur fur wegen seit bis gegen zwischen ohne von bei "
            "den dem des einen einem einer kein keinen keinem "
            "mein meine meinen meinem meiner unser unsere unseren ihr ihre ihren ihrem sein seine seinen "
            "ich wir mochte mocht hatt hatte wollte wurde musste konnte sollte "
            "ehm ahm oh sehr ganz zirka circa ungefahr namlich dr doktor frau herr herrn"
        ),
        unless_closed=word_set(
            "an ab auf aus ein mit nach vor um zu in uber unter durch der die das eine denn da so wie als also noch "
            "dann etwa habe han ha bin isch ist heisse brauche bruche gerne gern"
        ),
        phrases=_phrases(
            "ich hätte gerne",
            "ich hätte gern",
            "ich habe",
            "ich bin",
            "ich brauche",
            "ich heisse",
            "ich heiss",
            "i heisse",
            "i hätt gern",
            "i ha",
            "mein name ist",
            "mein name",
            "min name isch",
            "der name ist",
            "die nummer ist",
            "meine nummer ist",
            "meine nummer",
            "es geht um",
            "es ist wegen",
            "das ist die",
            "und zwar",
            "zum beispiel",
            "ich rufe an wegen",
            "ich wollte fragen",
            "ich wollte nur",
            "nicht am",
            "lieber",
        ),
    ),
    "fr": UnfinishedWords(
        always=word_set(
            "et ou mais donc car que qui si quand comme parce lorsque "
            "de du des d a au aux en dans pour par avec sans sur sous chez vers entre depuis pendant "
            "le la les l une mon ma mes votre vos notre nos ce cet cette ces leur "
            "je j il elle on c qu n s voudrais aimerais souhaiterais m mme monsieur madame docteur "
            "euh heu tres environ suis ai dois peux"
        ),
        unless_closed=word_set("un est vous nous apres avant plus alors ils elles y tout"),
        phrases=_phrases(
            "je voudrais",
            "j aimerais",
            "je m appelle",
            "je suis",
            "j ai",
            "mon nom est",
            "mon nom c est",
            "mon numéro est",
            "mon numéro c est",
            "le numéro",
            "c est",
            "ce serait",
            "il s agit",
            "par exemple",
            "plutôt",
            "est ce que",
            "je voulais",
        ),
    ),
    "it": UnfinishedWords(
        always=word_set(
            "e ed o oppure ma perche che se quando come anche "
            "di del dello della dei degli delle a al allo alla ai alle in nel nella con su sul sulla per da dal dalla "
            "tra fra il lo i gli le l un uno una mio mia miei mie suo sua nostro nostra questo questa "
            "vorrei volevo io signor signora dottor dottore ehm circa molto sono ho devo posso avrei"
        ),
        unless_closed=word_set("la poi allora ecco prima dopo piu fino verso"),
        phrases=_phrases(
            "vorrei",
            "mi chiamo",
            "il mio nome è",
            "il mio numero è",
            "il numero è",
            "il mio numero",
            "avrei bisogno",
            "ho bisogno",
            "si tratta",
            "per esempio",
            "è per",
            "chiamo per",
            "piuttosto",
        ),
    ),
    "en": UnfinishedWords(
        always=word_set(
            "and or but because if to of for at with from by about than although unless until since "
            "the a an my your our his her their i we um uh er erm very the i'd i'm mr mrs ms dr "
            "around approximately"
        ),
        unless_closed=word_set("so that when on in before after between is it s d m ll am was like need want you"),
        phrases=_phrases(
            "i d like",
            "i would like",
            "i d like to",
            "i want",
            "i need",
            "i have",
            "i am",
            "i m",
            "my name is",
            "my name s",
            "my number is",
            "my number s",
            "the number is",
            "it s about",
            "it is",
            "it s",
            "for example",
            "i was wondering",
            "i wanted to",
            "rather",
        ),
    ),
}
