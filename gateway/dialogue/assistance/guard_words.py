"""Words by which an answer of a model is judged, per language. All are folded when they are compared."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.dialogue.text import word_set
from gateway.language import Language

GLUE: Mapping[Language, frozenset[str]] = {
    "de": word_set(
        "ja gerne der die das den dem des ein eine einen einem einer eines und oder aber auch sowie wir sie ihr ihre "
        "ihnen ihrem ihren ihrer uns unser unsere unserem unseren unserer es ist sind hat haben gibt kann können in im "
        "am an auf bei beim mit von vom zu zum zur für über unter hinter vor um bis als wie dass damit da dazu davon "
        "dort hier wenn man sich diese dieser dieses jeweils direkt natürlich selbstverständlich praxis"
    ),
    "fr": word_set(
        "oui volontiers le la les l un une des du de d et ou mais aussi ainsi que qu nous vous votre vos notre nos il "
        "elle ils elles on c ce cela cette ces est sont a ont y en au aux à dans sur sous chez avec par pour entre si "
        "comme pouvez peut peuvent avons avez bien sûr cabinet"
    ),
    "it": word_set(
        "sì certo volentieri il lo la i gli le l un uno una dei delle degli del della dell di d e o ma anche ed noi "
        "voi lei suo sua suoi sue nostro nostra nostri nostre è sono ha hanno c ci si al allo alla alle ai in nel "
        "nella su sul sulla da dal dalla con per tra fra come può possono abbiamo naturalmente studio"
    ),
    "en": word_set(
        "yes certainly the a an and or but also as well we you your our us it its is are has have there here can in on "
        "at by with of for to from between into through this that these those if which of course sure practice"
    ),
}
"""Words without a claim of their own, which an answer may hold though no entry does."""

NEGATIONS: Mapping[Language, frozenset[str]] = {
    "de": word_set("nicht nein kein keine keinen keinem keiner keines nie niemals nichts ohne weder ausser"),
    "fr": word_set("ne n pas non aucun aucune jamais rien sans ni sauf"),
    "it": word_set("non no nessun nessuno nessuna mai niente senza né tranne"),
    "en": word_set("not no none never nothing without neither nor cannot t except"),
}
"""Words that turn a claim around: an answer has exactly those of what it rests on."""


def _exactly(words: str) -> tuple[str, ...]:
    """Return a pattern for each of ``words``, without the leniency that is meant for recognition's slips."""
    return tuple(f"={word}" for word in words.split())


FORBIDDEN: Mapping[Language, tuple[str, ...]] = {
    "de": _exactly(
        "nehmen_sie nehme einnehmen schlucken spülen kühlen_sie kühlen "
        "dosis dosierung tablette* schmerzmittel medikament* antibiot* ibuprofen paracetamol dafalgan voltaren "
        "aspirin* "
        "diagnose entzündet entzündung* infekt* abszess harmlos ungefährlich schlimm heilt heilung verschreib* "
        "ich_empfehle wir_empfehlen ich_rate sie_sollten sie_müssen "
        "garantier* verspreche* versprochen bestimmt ganz_sicher bestätigt reserviert gebucht eingetragen abgesagt"
    ),
    "fr": _exactly(
        "prenez avalez rincez refroidissez "
        "dose posologie comprimé* antidouleur* médicament* antibiot* ibuprofène paracétamol dafalgan voltarène "
        "aspirine "
        "diagnostic inflammation* infection* infecté* abcès sans_danger anodin grave guérit guérison prescri* "
        "je_conseille nous_conseillons je_recommande nous_recommandons vous_devriez vous_devez "
        "garanti* promets promettons confirmé réservé annulé certainement"
    ),
    "it": _exactly(
        "prenda prendete sciacqui raffreddi "
        "dose dosaggio compress* antidolorifico farmaco farmaci medicin* antibiotic* ibuprofene paracetamolo aspirina "
        "diagnosi infiammazion* infezion* infetto ascesso innocuo grave guarisce guarigione prescri* "
        "consiglio consigliamo raccomando raccomandiamo dovrebbe deve "
        "garantiamo garantito prometto promettiamo confermato prenotato annullato sicuramente"
    ),
    "en": _exactly(
        "take_a take_an take_some swallow rinse "
        "dose dosage tablet* pill* painkiller* medicine* medication* antibiotic* ibuprofen paracetamol aspirin "
        "diagnos* inflam* infect* abscess harmless dangerous serious heals prescri* "
        "i_recommend we_recommend i_advise we_advise you_should you_must "
        "guarantee* promise* confirmed booked reserved cancelled definitely"
    ),
}
"""Patterns of advice about health and of promises; they are refused even where an entry has them."""
