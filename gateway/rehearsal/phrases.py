"""How patients say things in each language, one data table a language.

The words are those that people really use on the telephone, in full sentences: single words are what recognisers get
wrong most, and a patient who is only asked for a yes says more than "yes".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.language import Language


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language's phrases. ``{}`` is where the value goes."""

    yes: str
    """To a read-back that is right."""
    no: str
    """Before a correction."""
    agree: str
    """To any other question that is answered by yes."""
    decline: str
    """To an offer that is not wanted."""
    nothing_else: str
    name: str
    phone: str
    reason: str
    date: str
    existing_date: str
    time: str
    birth: str
    status: Mapping[str, str]
    pain: Mapping[str, str]
    practitioner: str
    other_number: str
    """That the practice should call another number than the one shown."""
    unknown: str
    """To a question that the patient has no answer to."""
    digits: tuple[str, ...]
    """0 to 9."""


PHRASES: Mapping[Language, Phrases] = {
    "de": Phrases(
        yes="Ja, das ist alles richtig.",
        no="Nein, das stimmt nicht.",
        agree="Ja, gerne.",
        decline="Nein, danke.",
        nothing_else="Nein danke, das ist alles.",
        name="Mein Name ist {}.",
        phone="{}.",
        reason="Es geht um {}.",
        date="{}.",
        existing_date="Am {}.",
        time="Um {}.",
        birth="Ich bin am {} geboren.",
        status={
            "known": "Ja, ich war schon einmal bei Ihnen.",
            "new": "Nein, ich bin zum ersten Mal bei Ihnen.",
        },
        pain={"yes": "Ja, ich habe Schmerzen.", "no": "Nein, ich habe keine Schmerzen."},
        practitioner="Am liebsten bei {}.",
        other_number="Nein, bitte unter einer anderen Nummer.",
        unknown="Das weiss ich leider nicht.",
        digits=("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun"),
    ),
    "fr": Phrases(
        yes="Oui, c'est bien ça.",
        no="Non, ce n'est pas juste.",
        agree="Oui, volontiers.",
        decline="Non, merci.",
        nothing_else="Non merci, c'est tout.",
        name="Je m'appelle {}.",
        phone="{}.",
        reason="C'est pour {}.",
        date="{}.",
        existing_date="C'est {}.",
        time="À {}.",
        birth="Je suis né le {}.",
        status={
            "known": "Oui, je suis déjà venu chez vous.",
            "new": "Non, c'est la première fois que je viens.",
        },
        pain={"yes": "Oui, j'ai mal.", "no": "Non, je n'ai pas mal."},
        practitioner="De préférence chez {}.",
        other_number="Non, sur un autre numéro.",
        unknown="Je ne sais pas.",
        digits=("zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf"),
    ),
    "it": Phrases(
        yes="Sì, è tutto giusto.",
        no="No, non è giusto.",
        agree="Sì, volentieri.",
        decline="No, grazie.",
        nothing_else="No grazie, è tutto.",
        name="Il mio nome è {}.",
        phone="{}.",
        reason="È per {}.",
        date="{}.",
        existing_date="È {}.",
        time="A {}.",
        birth="Sono nato il {}.",
        status={
            "known": "Sì, sono già stata da voi.",
            "new": "No, è la prima volta che vengo.",
        },
        pain={"yes": "Sì, ho male.", "no": "No, non ho dolori."},
        practitioner="Preferibilmente da {}.",
        other_number="No, su un altro numero.",
        unknown="Non lo so.",
        digits=("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"),
    ),
    "en": Phrases(
        yes="Yes, that is correct.",
        no="No, that is not right.",
        agree="Yes, please.",
        decline="No, thank you.",
        nothing_else="No, that is all, thank you.",
        name="My name is {}.",
        phone="{}.",
        reason="It is for {}.",
        date="{}.",
        existing_date="It is on {}.",
        time="At {}.",
        birth="I was born on the {}.",
        status={
            "known": "Yes, I have been there before.",
            "new": "No, I am a new patient.",
        },
        pain={"yes": "Yes, I am in pain.", "no": "No, I am not in pain."},
        practitioner="Preferably with {}.",
        other_number="No, on another number, please.",
        unknown="I do not know.",
        digits=("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
    ),
}
