"""Machines at the other end are recognised, and patients are not taken for them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.conversation.other_end import OtherEndDetector
from gateway.conversation.turn_acts import OtherEndKind

V, A, H, M = OtherEndKind.VOICEMAIL, OtherEndKind.ANNOUNCEMENT, OtherEndKind.HOLD, OtherEndKind.MIRROR


def verdicts(*turns: tuple[str, float, float] | str, said: Sequence[str] = ()) -> list[OtherEndKind | None]:
    """Return the verdict after each turn: a text, or a text with its seconds and its confidence."""
    detector = OtherEndDetector()
    for text in said:
        detector.gateway_said(text)
    return [detector.heard(*((turn, 3.0, 0.9) if isinstance(turn, str) else turn)) for turn in turns]


MACHINES: list[tuple[OtherEndKind, str]] = [
    (V, "Bitte hinterlassen Sie eine Nachricht nach dem Signalton."),
    (V, "Sie sind verbunden mit der Mailbox von Peter Müller. Bitte hinterlassen Sie eine Nachricht."),
    (V, "Bitte sprechen Sie nach dem Piepton eine Nachricht auf die Combox."),
    (V, "Guten Tag, wir sind im Moment nicht da. Hinterlassen Sie uns eine Nachricht nach dem Ton."),
    (V, "Laissez un message après le bip sonore."),
    (V, "Vous êtes bien sur la messagerie vocale de Pierre. Veuillez laisser votre message après le signal sonore."),
    (V, "Bonjour, vous êtes sur le répondeur de la famille Favre, laissez-nous un message après le bip."),
    (V, "Lasciate un messaggio dopo il segnale acustico."),
    (V, "Risponde la segreteria telefonica di Mario Rossi, lasciate un messaggio dopo il bip."),
    (V, "Please leave a message after the tone."),
    (V, "You have reached the voicemail of John Smith. Please leave your message after the beep."),
    (A, "Die gewählte Nummer ist nicht verfügbar."),
    (A, "Die von Ihnen gewählte Rufnummer ist uns nicht bekannt."),
    (A, "Der gewünschte Teilnehmer ist zurzeit nicht erreichbar."),
    (A, "Kein Anschluss unter dieser Nummer."),
    (A, "Dieser Anruf kann nicht weitergeleitet werden."),
    (A, "Votre correspondant n'est pas disponible pour le moment."),
    (A, "Le numéro que vous avez composé n'est pas attribué."),
    (A, "L'utente da lei chiamato non è al momento raggiungibile."),
    (A, "Il numero selezionato non è attivo."),
    (A, "The number you have dialled is not in service."),
    (A, "The person you are calling is not available right now."),
    (A, "Your call cannot be completed as dialed."),
]


@pytest.mark.parametrize(("kind", "text"), MACHINES)
def test_a_machine_is_known_by_what_it_says(kind: OtherEndKind, text: str) -> None:
    assert verdicts(text) == [kind]


@pytest.mark.parametrize(
    "turns",
    [
        ("Alle unsere Mitarbeiter sind besetzt.", "Bitte bleiben Sie am Apparat."),
        ("Toutes nos lignes sont occupées.", "Veuillez patienter s'il vous plaît."),
        ("Tutti gli operatori sono occupati.", "Resti in linea per favore adesso."),
        ("Your call is very important to us.", "Please stay on the line."),
    ],
)
def test_a_queue_is_known_by_two_of_its_announcements(turns: tuple[str, ...]) -> None:
    assert verdicts(*turns) == [None, H]


def test_music_is_long_sound_without_words() -> None:
    assert verdicts(("", 20.0, 0.0)) == [H]
    assert verdicts(("", 8.0, 0.0), ("", 8.0, 0.0), ("", 8.0, 0.0)) == [None, None, H]
    assert verdicts(("Musik", 12.0, 0.8), ("[Music]", 12.0, 0.8)) == [None, H]
    assert verdicts(("Untertitel der Amara.org-Community", 12.0, 0.5), ("blau wo hin", 12.0, 0.2)) == [None, H]


def test_words_take_the_silence_of_words_back() -> None:
    assert verdicts(("", 15.0, 0.0), "Hallo?", ("", 15.0, 0.0)) == [None, None, None]


def test_short_noises_are_no_music() -> None:
    assert verdicts(*[("", 3.0, 0.0)] * 30) == [None] * 30


def test_a_mirror_is_known_at_the_second_sentence_that_comes_back() -> None:
    said = (
        "Guten Tag, hier ist die Zahnarztpraxis. Wie kann ich Ihnen helfen?",
        "Haben Sie heute Schmerzen oder nicht?",
    )
    assert verdicts(
        "guten tag hier ist die zahnarztpraxis wie kann ich ihnen helfen",
        "Haben Sie heute Schmerzen oder nicht",
        said=said,
    ) == [None, M]
    assert verdicts(
        "Haben Sie heute Schmerzen oder nicht", "Ja, ein wenig.", "Haben Sie heute Schmerzen oder nicht", said=said
    ) == [
        None,
        None,
        None,
    ]


PATIENTS = """
    Guten Tag, ich möchte gerne einen Termin vereinbaren.
    Kann ich eine Nachricht hinterlassen?
    Ich möchte der Praxis eine Nachricht hinterlassen, es geht um meine Rechnung.
    Könnten Sie Frau Doktor Meier eine Nachricht geben?
    Ich habe gestern eine Nachricht auf dem Anrufbeantworter hinterlassen.
    Sie haben mir auf die Combox gesprochen.
    Die Nummer ist nicht mehr gültig, ich habe eine neue.
    Meine alte Nummer stimmt nicht mehr.
    Ich bin zurzeit nicht erreichbar, rufen Sie mich am Abend an.
    Ich erreiche Sie nie, es ist immer besetzt.
    Bleiben Sie dran, ich hole schnell meine Frau.
    Bitte warten Sie einen Moment, ich suche die Karte.
    Können Sie mich mit jemandem verbinden?
    Am Dienstag, den 8. Dezember, um halb drei.
    Meine Telefonnummer ist 079 123 45 67.
    Ich höre Musik im Hintergrund, sind Sie noch da?
    Ich spiele Musik und habe ein Loch im Zahn.
    Nach dem Unfall tut mir der Zahn weh.
    Nach dem Ton auf der linken Seite höre ich nichts mehr.
    Hallo, hören Sie mich?
    Bonjour, je voudrais laisser un message au docteur.
    Est-ce que je peux laisser un message?
    J'ai laissé un message hier sur votre répondeur.
    Le numéro que je vous ai donné n'est plus le bon.
    Mon mari n'est pas disponible le mardi.
    Ne quittez pas, je cherche mon agenda.
    Attendez, je vais chercher ma carte.
    Je vous appelle pour un rendez-vous après les vacances.
    Buongiorno, vorrei lasciare un messaggio per la dottoressa.
    Ho lasciato un messaggio ieri in segreteria.
    Il numero non è più quello.
    Mio marito non è disponibile lunedì.
    Attenda un attimo, prendo la tessera.
    Dopo il lavoro, verso le cinque.
    Can I leave a message for the doctor?
    I left you a message yesterday on your voicemail.
    My number is not in service any more.
    I'd like to leave a message about my bill.
    The person I want to see is Doctor Meier.
    Hold on, let me get my calendar.
    After the holidays, please.
    I am calling about my appointment on Tuesday.
    My call was cut off.
    Is there music playing?
    Ich habe eine Nachricht nach dem Termin bekommen.
    Sie können nach dem Mittag anrufen und eine Nachricht hinterlassen.
    You can leave me a message at the office.
"""


@pytest.mark.parametrize("text", [line.strip() for line in PATIENTS.strip().splitlines()])
def test_no_patient_is_taken_for_a_machine(text: str) -> None:
    assert verdicts(text) == [None]


def test_a_patient_who_says_it_all_is_none() -> None:
    lines = [line.strip() for line in PATIENTS.strip().splitlines()]
    assert verdicts(*lines) == [None] * len(lines)


def test_a_patient_who_repeats_what_was_read_back_is_no_mirror() -> None:
    said = ("Dienstag, den 8. Dezember, um halb drei.", "Haben Sie Schmerzen?")
    assert verdicts("Dienstag, den 8. Dezember, um halb drei.", "Nein.", said=said) == [None, None]


@given(st.text(), st.floats(0, 60), st.floats(0, 1))
def test_any_text_gets_a_verdict(text: str, seconds: float, confidence: float) -> None:
    assert verdicts((text, seconds, confidence))[0] in {None, *OtherEndKind}
