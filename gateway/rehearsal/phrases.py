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
    """One language's phrases. ``{}`` is where the value goes. Of several the next one is said when asked again."""

    yes: str
    """To a read-back that is right."""
    no: str
    """Before a correction."""
    agree: tuple[str, ...]
    """To any other question that is answered by yes."""
    decline: str
    """To an offer that is not wanted."""
    nothing_else: tuple[str, ...]
    name: tuple[str, ...]
    phone: str
    reason: str
    date: tuple[str, ...]
    existing_date: tuple[str, ...]
    """The first with the day as it is usually said, the others with its day and month."""
    morning: str
    """At an hour of the morning, 1 to 11."""
    afternoon: str
    """At an hour of the afternoon, 1 to 11."""
    time: str
    """At a time of the day as it is said in full."""
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
    between_digits: str = " "
    between_groups: str = ", "


PHRASES: Mapping[Language, Phrases] = {
    "de": Phrases(
        yes="Ja, das ist alles richtig.",
        no="Nein, das stimmt nicht.",
        agree=("Ja, gerne.", "Ja, das ist richtig."),
        decline="Nein, das brauche ich nicht.",
        nothing_else=("Nein, ich brauche nichts mehr.",),
        name=("Mein Name ist {}.", "Ich heisse {}."),
        phone="{}.",
        reason="Es geht um {}.",
        date=("{}.", "Am {}."),
        existing_date=("Am {}.", "Der Termin ist am {}."),
        morning="Am Vormittag um {} Uhr.",
        afternoon="Am Nachmittag um {} Uhr.",
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
        agree=("Oui, avec plaisir.", "Oui, c'est bien ça."),
        decline="Non, merci beaucoup.",
        nothing_else=("Non, je n'ai besoin de rien d'autre.",),
        name=("Je m'appelle {}.", "Mon nom est {}."),
        phone="{}.",
        reason="C'est pour {}.",
        date=("Ce serait bien {}.", "Le {}."),
        existing_date=("C'est {}.", "Le {}."),
        morning="À {} heures du matin.",
        afternoon="À {} heures de l'après-midi.",
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
        # Without a break "un huit" runs together into one word.
        between_digits=", ",
        between_groups=". ",
    ),
    "it": Phrases(
        yes="Sì, è tutto giusto.",
        no="No, non è giusto.",
        agree=("Sì, volentieri.", "Sì, va bene."),
        decline="No, grazie.",
        nothing_else=("No grazie, è tutto.",),
        name=("Il mio nome è {}.", "Mi chiamo {}."),
        phone="{}.",
        reason="È per {}.",
        date=("{}.", "Vorrei venire il {}."),
        existing_date=("È {}.", "È il {}."),
        morning="La mattina alle {}.",
        afternoon="Alle {} del pomeriggio.",
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
        agree=("Yes, please.", "Yes, that is fine."),
        decline="No, thank you.",
        nothing_else=("No, that is all, thank you.",),
        name=("My name is {}.", "The name is {}."),
        phone="{}.",
        reason="It is for {}.",
        date=("{}.", "On {}, please."),
        existing_date=("It is on {}.", "The appointment is on {}."),
        morning="At {} in the morning.",
        afternoon="At {} in the afternoon.",
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
