"""Emergencies are heard first of everything, in four languages, and nothing else is taken for one."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, read
from emergency_phrases import EMERGENCIES, NO_EMERGENCIES, OTHER_MATTERS, RUN_ON
from hypothesis import given
from hypothesis import strategies as st
from test_dialogue_scripts import BOOKINGS

from gateway.dialogue.emergency_signs import asks_emergency_number, denies_emergency, tells_emergency
from gateway.dialogue.model import Intent, Question, Task
from gateway.dialogue.text import words_of
from gateway.language import LANGUAGES

SAID = [(language, text) for language, texts in EMERGENCIES.items() for text in texts]
NOT_SAID = [(language, text) for language, texts in NO_EMERGENCIES.items() for text in texts]
NUMBER_QUESTIONS = {
    "de": ("Wie ist die Notfallnummer?", "Haben Sie einen Notfalldienst?", "Wen rufe ich im Notfall an?"),
    "fr": ("Quel est le numéro d'urgence?", "Avez-vous un service d'urgence?", "Que faire en cas d'urgence?"),
    "it": ("Qual è il numero di emergenza?", "Avete un servizio di emergenza?", "In caso di emergenza chi chiamo?"),
    "en": ("What is the emergency number?", "Do you have an emergency service?", "What should I do in an emergency?"),
}


def test_there_are_at_least_forty_of_each_in_each_language():
    assert all(len(texts) >= 40 for table in (EMERGENCIES, NO_EMERGENCIES) for texts in table.values())


@pytest.mark.parametrize(("language", "text"), SAID)
def test_an_emergency_is_heard(language, text):
    assert tells_emergency(text, words_of(text))


@pytest.mark.parametrize(("language", "text"), NOT_SAID)
def test_what_is_denied_long_past_or_harmless_is_no_emergency(language, text):
    assert not tells_emergency(text, words_of(text))


@pytest.mark.parametrize("text", RUN_ON)
def test_an_emergency_is_heard_beside_what_is_denied_or_past(text):
    assert tells_emergency(text, words_of(text))


@pytest.mark.parametrize("text", OTHER_MATTERS)
def test_words_of_emergencies_in_another_sense_are_no_emergency(text):
    assert not tells_emergency(text, words_of(text))


@pytest.mark.parametrize("question", Question)
def test_an_emergency_is_the_first_intent_whatever_was_asked_and_in_whichever_language_it_was_recognised(question):
    for language, texts in EMERGENCIES.items():
        for heard_as in (language, "en" if language == "de" else "de"):
            understanding = read(texts[list(Question).index(question) % len(texts)], heard_as, question, Task.BOOK)
            assert understanding.intents[0] is Intent.EMERGENCY


@pytest.mark.parametrize(
    ("language", "text"), [(lang, text) for lang, texts in NUMBER_QUESTIONS.items() for text in texts]
)
def test_a_question_for_the_number_is_answered_and_not_flagged(language, text):
    assert asks_emergency_number(text, words_of(text))
    call = Call(language, caller=CALLER)
    decision = call.say(text)
    assert call.acts == ["emergency_number", "ask_anything_else"]
    assert "144" in call.words
    assert decision.action is None
    assert not decision.state.emergency_flagged


def test_a_question_for_the_number_in_the_middle_of_a_task_does_not_end_it():
    call = Call("de")
    call.say(*BOOKINGS["de"][:2], "Wie ist eigentlich die Notfallnummer?")
    assert call.acts == ["emergency_number", "ask_preferred_time"]


def test_no_emergency_after_all_goes_on_with_the_call():
    call = Call("de")
    call.say("Ich habe einen Notfall.", "Nein, es ist doch kein Notfall.")
    assert not call.last.hang_up
    assert call.dialogue.state.asked is Question.HELP
    call.say("Ich hätte gern einen Termin für eine Kontrolle.")
    assert call.dialogue.state.asked is Question.PREFERRED_DATE


def test_an_emergency_in_the_middle_of_a_booking_keeps_the_booking():
    call = Call("de")
    call.say(*BOOKINGS["de"][:3], "Moment, es hört nicht auf zu bluten!")
    assert call.last.action.kind == "emergency.flagged"
    call.say("Nein danke.")
    assert call.dialogue.state.asked is Question.PATIENT_STATUS


def test_a_refusal_to_be_recorded_in_an_emergency_is_heard_too():
    call = Call("de")
    decision = call.say("Bitte keine Aufnahme, ich blute sehr stark!")
    assert decision.action.kind == "emergency.flagged"
    assert decision.stop_recording
    assert call.acts[0] == "recording_stopped"


@pytest.mark.parametrize(
    "text", ["Nein, kein Notfall.", "Non, pas d'urgence.", "No, nessuna emergenza.", "No emergency."]
)
def test_a_denial_is_told_from_silence_about_it(text):
    assert denies_emergency(text, words_of(text))
    assert not denies_emergency("Am Dienstag um drei.", words_of("Am Dienstag um drei."))


@given(st.text(max_size=120))
def test_no_text_makes_the_search_fail(text):
    words = words_of(text)
    assert not (tells_emergency(text, words) and denies_emergency(text, words))


@given(st.sampled_from(LANGUAGES).flatmap(lambda lang: st.sampled_from(EMERGENCIES[lang])), st.sampled_from(LANGUAGES))
def test_an_emergency_behind_a_greeting_is_heard(text, language):
    greeting = {"de": "Grüezi. ", "fr": "Bonjour. ", "it": "Buongiorno. ", "en": "Hello. "}[language]
    assert tells_emergency(greeting + text, words_of(greeting + text))
