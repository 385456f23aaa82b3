"""Refusals to be recorded and wishes for a human, as callers word them, at any moment of a call."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, read
from test_dialogue_scripts import BOOKINGS

from gateway.dialogue.model import FactName, Intent, Question, Task

REFUSALS = {
    "de": (
        "Ich möchte keine Aufnahme.",
        "Bitte nicht aufnehmen.",
        "Ich will nicht, dass Sie das aufnehmen.",
        "Ich bin mit der Aufzeichnung nicht einverstanden.",
        "Stoppen Sie die Aufnahme.",
        "Können Sie die Aufnahme ausschalten?",
        "Schalten Sie die Aufzeichnung ab.",
        "Bitte nicht mitschneiden.",
        "Kein Mitschnitt bitte.",
        "Ich lehne die Aufzeichnung ab.",
        "Ich möchte nicht aufgezeichnet werden.",
        "Löschen Sie die Aufnahme.",
        "Ohne Aufzeichnung bitte.",
        "Ich wott nid ufgno werde.",
        "Bitte ned ufnäh.",
        "Ich bi nid iverstande mit de Ufnahm.",
        "Nein, keine Aufzeichnung.",
        "Aufnahme nein danke.",
        "Nicht aufzeichnen, danke.",
    ),
    "fr": (
        "Je ne veux pas être enregistré.",
        "Pas d'enregistrement s'il vous plaît.",
        "Ne m'enregistrez pas.",
        "Arrêtez l'enregistrement.",
        "Je refuse l'enregistrement.",
        "Coupez l'enregistrement.",
        "Je ne suis pas d'accord avec l'enregistrement.",
        "Sans enregistrement.",
        "Je ne souhaite pas que l'appel soit enregistré.",
        "Supprimez l'enregistrement.",
        "Non à l'enregistrement.",
        "Est-ce que vous pouvez ne pas enregistrer?",
    ),
    "it": (
        "Non voglio essere registrato.",
        "Niente registrazione.",
        "Nessuna registrazione, per favore.",
        "Non registri la chiamata.",
        "Fermi la registrazione.",
        "Rifiuto la registrazione.",
        "Non sono d'accordo con la registrazione.",
        "Senza registrazione.",
        "Può spegnere la registrazione?",
        "Cancelli la registrazione.",
        "Non desidero che la chiamata sia registrata.",
        "Interrompa la registrazione per favore.",
    ),
    "en": (
        "I don't want to be recorded.",
        "No recording please.",
        "Please don't record this.",
        "Stop the recording.",
        "Turn off the recording.",
        "I do not consent to the recording.",
        "I don't agree to being recorded.",
        "Without recording, please.",
        "I refuse to be recorded.",
        "Delete the recording.",
        "Can you switch off the recording?",
        "I'd rather not be recorded.",
        "Please stop recording me.",
        "I object to the recording.",
    ),
}
NO_REFUSALS = {
    "de": (
        "Ja, die Aufnahme ist in Ordnung.",
        "Sie dürfen das aufnehmen.",
        "Nehmen Sie neue Patienten auf?",
        "Nehmen Sie noch Patienten auf?",
        "Ich möchte einen Termin.",
        "Mit der Aufzeichnung bin ich einverstanden.",
        "Ich habe das Rezept nicht aufgehoben.",
        "Können Sie meine Nummer aufnehmen?",
        "Wird das aufgenommen?",
    ),
    "fr": (
        "L'enregistrement ne me dérange pas.",
        "Oui, vous pouvez enregistrer.",
        "Je voudrais m'enregistrer comme nouveau patient.",
    ),
    "it": (
        "Sì, può registrare.",
        "Per me la registrazione va bene.",
        "Vorrei registrarmi come nuovo paziente.",
    ),
    "en": (
        "You can record this.",
        "Recording is fine with me.",
        "I don't mind the recording.",
        "I'd like to register as a new patient.",
        "My record is with the other dentist.",
    ),
}
HUMANS_WANTED = {
    "de": (
        "Ich möchte mit einer Person sprechen.",
        "Ich will mit einem Menschen reden.",
        "Kein Roboter bitte.",
        "Kann ich mit einem richtigen Menschen sprechen?",
        "Verbinden Sie mich mit der Praxis.",
        "Geben Sie mir bitte jemanden vom Team.",
        "Mitarbeiter bitte.",
        "Ich rede nicht mit einer Maschine.",
        "Ist da kein Mensch?",
        "Können Sie mich weiterverbinden?",
        "Ich möchte die Praxisassistentin sprechen.",
        "Empfang bitte.",
        "Ich will keinen Computer.",
        "Chan ich mit öpperem rede?",
        "Ich wott mit eme Mönsch rede.",
        "Ist Frau Doktor Meier da?",
        "Kann ich Frau Doktor Meier sprechen?",
        "Geben Sie mir Frau Meier.",
    ),
    "fr": (
        "Je voudrais parler à une personne.",
        "Un humain s'il vous plaît.",
        "Pas un robot.",
        "Passez-moi quelqu'un.",
        "Passez-moi la réception.",
        "Je veux parler à un être humain.",
        "Puis-je parler à quelqu'un du cabinet?",
        "Opérateur.",
        "Je ne parle pas à une machine.",
        "Je voudrais parler à la secrétaire.",
        "Vous pouvez me transférer?",
        "Est-ce que je peux avoir quelqu'un au téléphone?",
        "Une vraie personne s'il vous plaît.",
        "Madame Meier, s'il vous plaît.",
    ),
    "it": (
        "Vorrei parlare con una persona.",
        "Un operatore, per favore.",
        "Voglio parlare con un essere umano.",
        "Mi passi qualcuno.",
        "Mi passi la segreteria.",
        "Non voglio parlare con un robot.",
        "Posso parlare con qualcuno dello studio?",
        "Una persona vera, per favore.",
        "Niente macchine.",
        "C'è qualcuno con cui posso parlare?",
        "Mi può passare la dottoressa Meier?",
        "Vorrei parlare con l'assistente.",
    ),
    "en": (
        "Can I speak to a person?",
        "Operator.",
        "I want a real person.",
        "No robots please.",
        "Put me through to reception.",
        "Let me talk to a human.",
        "Is there someone I can talk to?",
        "Transfer me to the front desk.",
        "I don't want to talk to a machine.",
        "Can I speak to Doctor Meier?",
        "Connect me to someone please.",
        "Representative.",
        "Agent please.",
        "Human please.",
        "Doctor Meier please.",
    ),
}
NO_HUMANS_WANTED = {
    "de": (
        "Ich habe schon mit jemandem gesprochen.",
        "Ich bin eine Person mit Behinderung.",
        "Meine Frau möchte einen Termin.",
        "Ich möchte einen Termin bei Frau Doktor Meier.",
        "Bei Doktor Meier.",
    ),
    "fr": ("Je voudrais un rendez-vous chez la docteure Meier.",),
    "it": ("Vorrei un appuntamento con la dottoressa Meier.",),
    "en": (
        "I'd like an appointment with Doctor Meier.",
        "My computer is broken.",
    ),
}


def _rows(table):
    return [(language, text) for language, texts in table.items() for text in texts]


@pytest.mark.parametrize(("language", "text"), _rows(REFUSALS))
def test_a_refusal_to_be_recorded_is_heard(language, text):
    assert Intent.REFUSE_RECORDING in read(text, language).intents


@pytest.mark.parametrize(("language", "text"), _rows(NO_REFUSALS))
def test_consent_and_other_matters_are_no_refusal(language, text):
    assert Intent.REFUSE_RECORDING not in read(text, language).intents


@pytest.mark.parametrize(("language", "text"), _rows(HUMANS_WANTED))
def test_a_wish_for_a_human_is_heard(language, text):
    assert Intent.HUMAN in read(text, language).intents


@pytest.mark.parametrize(("language", "text"), _rows(NO_HUMANS_WANTED))
def test_people_who_are_only_mentioned_are_no_wish_for_a_human(language, text):
    assert Intent.HUMAN not in read(text, language).intents


@pytest.mark.parametrize("question", [question for question in Question if question is not Question.NOTHING])
def test_a_refusal_and_a_wish_for_a_human_are_heard_whatever_was_asked(question):
    refusal = read("Ich möchte nicht aufgenommen werden.", "de", question, Task.BOOK)
    assert Intent.REFUSE_RECORDING in refusal.intents
    assert not refusal.facts
    assert Intent.HUMAN in read("Ich möchte mit einem Menschen sprechen.", "de", question, Task.BOOK).intents


@pytest.mark.parametrize("length", range(7))
def test_a_refusal_at_any_moment_stops_the_recording_and_asks_the_open_question_again(length):
    call = Call("de")
    call.say(*BOOKINGS["de"][:length])
    asked, facts = call.dialogue.state.asked, call.dialogue.state.facts
    decision = call.say("Bitte nehmen Sie das nicht auf, ich möchte keine Aufnahme.")
    assert decision.stop_recording
    assert call.acts[0] == "recording_stopped"
    assert call.dialogue.state.asked is asked
    assert call.dialogue.state.facts == facts
    again = call.say("Keine Aufnahme, bitte.")
    assert not again.stop_recording
    assert call.acts[0] == "recording_off"


def test_a_refusal_keeps_the_digits_that_were_given_so_far():
    call = Call("de")
    call.say(*BOOKINGS["de"][:5], "Null sieben neun, vier fünf sechs", "Ich möchte keine Aufnahme.")
    call.say("zwölf vierunddreissig")
    assert call.dialogue.state.fact(FactName.PHONE).value == "+41794561234"


def test_a_refusal_beside_an_answer_takes_both():
    call = Call("de", caller=CALLER)
    decision = call.say("Keine Aufnahme bitte. Ich hätte gern einen Termin für eine Kontrolle am Dienstag um 15 Uhr.")
    assert decision.stop_recording
    assert call.dialogue.state.fact(FactName.PREFERRED_TIME).value == "15:00"


def test_nine_alone_refuses_even_where_a_number_is_typed_since_none_begins_so():
    call = Call("de")
    call.say(*BOOKINGS["de"][:5])
    assert call.press("9").stop_recording
    assert call.dialogue.state.asked is Question.PHONE
    call.press("07")
    assert not call.press("9").stop_recording
    assert call.dialogue.state.partial_digits == "079"
