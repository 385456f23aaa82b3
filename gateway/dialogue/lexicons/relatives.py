"""Whom a caller calls for: "für meine Tochter", "pour mon fils", "mia moglie ha un appuntamento"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.dialogue.text import word_set
from gateway.language import Language

SELF = "self"
"""The caller is the patient after all."""
CHILDREN = frozenset(("daughter", "son", "child"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Relatives:
    """Folded words of one language; relations are the values of ``FactName.RELATION``."""

    words: Mapping[str, str]
    """"tochter" gives "daughter"."""
    possessives: frozenset[str]
    """What stands before such a word when the caller's own relative is meant."""
    apart: frozenset[str]
    """After these words a relative is no patient: "mit meiner Frau"."""
    of: frozenset[str]
    """After these words only behind one of ``appointments``: "der Termin von meiner Tochter"."""
    appointments: frozenset[str]
    """What is somebody's where they are the patient: an appointment, a tooth, the caller's errand ("on behalf of")."""
    does_else: frozenset[str]
    """Near after a relative who is no patient: "meine Tochter hat Sie empfohlen"."""
    joins: frozenset[str]
    """Between two patients: "für meinen Mann und mich"."""
    caller: frozenset[str]
    """The caller as one of two patients."""
    named: tuple[str, ...]
    """The patient's name follows."""
    myself: tuple[str, ...]
    """The appointment is the caller's own."""


def _relations(**words: str) -> dict[str, str]:
    return {word: relation for relation, said in words.items() for word in word_set(said)}


RELATIVES: Mapping[Language, Relatives] = {
    "de": Relatives(
        words=_relations(
            daughter="tochter töchterchen tochterli meitli mädchen",
            son="sohn söhnchen bueb bub",
            child="kind chind kinder",
            wife="frau ehefrau gattin",
            husband="mann ehemann maa gatte",
            partner="partner partnerin lebenspartner lebenspartnerin freund freundin",
            mother="mutter mutti mueter schwiegermutter",
            father="vater schwiegervater",
            other="enkel enkelin grossmutter grossvater schwester bruder nachbar nachbarin",
        ),
        possessives=word_set(
            "mein meine meinen meiner meinem unser unsere unseren unserer unserem mini min mis mim üsi euse"
        ),
        apart=word_set("mit bei wie durch gegenüber"),
        of=word_set("von vom der"),
        appointments=word_set("auftrag namen termin termine kontrolle behandlung zähne zahn dentalhygiene"),
        does_else=word_set("empfohlen empfiehlt gesagt sagt meint meinte arbeitet fährt bringt begleitet erzählt"),
        joins=word_set("und sowie"),
        caller=word_set("mich mir ich mi mer"),
        named=(
            "er|sie|es|kind|tochter|sohn|mann|frau|mutter|vater =heisst",
            "=heisst er|sie|es",
            "ihr|sein|der|sin|ihre name ist|isch|lautet",
            "name von|der|des|meiner|meines ... ist",
        ),
        myself=("fur mich selber|selbst", "nein ... fur mich", "fur mich ... nicht fur", "termin ist fur mich"),
    ),
    "fr": Relatives(
        words=_relations(
            daughter="fille fillette",
            son="fils garçon",
            child="enfant enfants petit petite",
            wife="femme épouse",
            husband="mari époux",
            partner="compagnon compagne partenaire ami amie copain copine conjoint",
            mother="mère maman",
            father="père papa",
            other="soeur frère grand voisin voisine neveu nièce",
        ),
        possessives=word_set("mon ma mes notre nos"),
        apart=word_set("avec par comme chez"),
        of=word_set("de"),
        appointments=word_set("rendez vous rdv contrôle dent dents détartrage"),
        does_else=word_set("dit recommandé recommande conseillé travaille amène conduit accompagne"),
        joins=word_set("et ainsi"),
        caller=word_set("moi je"),
        named=(
            "il|elle|fille|fils|enfant|mari|femme|mere|pere s appelle",
            "il|elle se nomme",
            "son nom est|c",
            "son prenom est|c",
        ),
        myself=("pour moi meme", "non ... pour moi", "rendez vous est pour moi"),
    ),
    "it": Relatives(
        words=_relations(
            daughter="figlia bambina ragazza",
            son="figlio bambino ragazzo",
            child="figli bambini",
            wife="moglie",
            husband="marito",
            partner="compagno compagna partner amico amica fidanzato fidanzata",
            mother="madre mamma suocera",
            father="padre papà babbo suocero",
            other="sorella fratello nonna nonno nipote vicino vicina",
        ),
        possessives=word_set("mia mio mie miei nostra nostro nostri"),
        apart=word_set("con da come"),
        of=word_set("di"),
        appointments=word_set("conto appuntamento appuntamenti controllo dente denti pulizia"),
        does_else=word_set("detto consigliato consiglia dice lavora accompagna porta"),
        joins=word_set("e ed anche"),
        caller=word_set("me io"),
        named=("si chiama", "il suo nome e", "suo nome e"),
        myself=("per me stesso|stessa", "no ... per me", "appuntamento e per me"),
    ),
    "en": Relatives(
        words=_relations(
            daughter="daughter girl",
            son="son boy",
            child="child kid kids children",
            wife="wife",
            husband="husband",
            partner="partner boyfriend girlfriend friend",
            mother="mother mom mum",
            father="father dad",
            other="sister brother grandson granddaughter grandmother grandfather neighbour neighbor colleague",
        ),
        possessives=word_set("my our"),
        apart=word_set("with by like from"),
        of=word_set("of"),
        appointments=word_set("behalf appointment appointments check checkup tooth teeth cleaning filling"),
        does_else=word_set("said says told recommended recommends works drives brings number phone"),
        joins=word_set("and"),
        caller=word_set("me myself i"),
        named=(
            "his|her|their|child_s|daughter_s|son_s|husband_s|wife_s name is|s",
            "he|she is|s called",
            "=called",
            "he|she is|s named",
        ),
        myself=("for myself", "no ... for me", "appointment is for me"),
    ),
}
"""The words of each language."""
