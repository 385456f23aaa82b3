"""Two wishes in one breath: the first is served, and then the caller is asked about the second."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, read, values

from gateway.dialogue.model import Question

BOTH = {
    "de": "Ich muss meinen Termin am Dienstag absagen und hätte gern einen Termin für eine Kontrolle.",
    "fr": "Je dois annuler mon rendez-vous de mardi et je voudrais un rendez-vous pour un contrôle.",
    "it": "Devo disdire il mio appuntamento di martedì e vorrei un appuntamento per un controllo.",
    "en": "I want to cancel my appointment on Tuesday and book an appointment for a check-up.",
}
YES = {"de": "Ja, gerne.", "fr": "Oui, volontiers.", "it": "Sì, volentieri.", "en": "Yes, please."}
NO = {"de": "Nein danke.", "fr": "Non merci.", "it": "No, grazie.", "en": "No, thank you."}


@pytest.mark.parametrize("language", BOTH)
def test_an_appointment_beside_a_cancellation_is_asked_about_after_it(language):
    call = Call(language, caller=CALLER)
    call.say(BOTH[language], "Anna Keller.", YES[language], YES[language])
    kind, facts = call.actions[-1]
    assert kind == "appointment.cancel_requested"
    assert facts["existing_date"] == "2026-11-24"
    assert "reason" not in facts
    assert call.dialogue.state.asked is Question.OFFER_BOOKING
    call.say(YES[language])
    assert call.dialogue.state.asked is Question.PREFERRED_DATE
    assert {fact.name: fact.value for fact in call.last.facts}["reason"] == "check-up"


@pytest.mark.parametrize("language", BOTH)
def test_a_second_wish_that_was_none_costs_one_no(language):
    call = Call(language, caller=CALLER)
    call.say(BOTH[language], "Anna Keller.", YES[language], YES[language], NO[language])
    assert call.dialogue.state.asked is Question.ANYTHING_ELSE
    assert call.say(NO[language]).hang_up


@pytest.mark.parametrize(
    ("language", "text", "relation"),
    [
        ("de", "Ich hätte gern einen Termin für meinen Mann und mich zur Kontrolle.", "husband"),
        ("de", "Ein Termin für mich und meine Tochter, für eine Kontrolle.", "daughter"),
        ("de", "Mein Mann und ich brauchen einen Termin zur Kontrolle.", "husband"),
        ("fr", "Je voudrais un rendez-vous pour mon mari et moi, pour un contrôle.", "husband"),
        ("it", "Vorrei un appuntamento per me e mio marito per un controllo.", "husband"),
        ("en", "I need an appointment for my husband and me, for a check-up.", "husband"),
        ("en", "I need an appointment for me and for my wife, for a check-up.", "wife"),
    ],
)
def test_of_the_caller_and_a_relative_the_caller_comes_first(language, text, relation):
    understanding = read(text, language)
    assert "relation" not in values(understanding)
    assert understanding.second_patient == relation
    call = Call(language, caller=CALLER)
    call.say(text)
    assert call.dialogue.state.asked is Question.PREFERRED_DATE
    assert call.dialogue.state.second_wish.relation == relation


def test_of_two_children_the_first_comes_first():
    understanding = read("Ich brauche Termine für meine Tochter und für meinen Sohn.", "de")
    assert values(understanding) == {"relation": "daughter"}
    assert understanding.second_patient == "son"


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Ich brauche einen Termin für meine Tochter."),
        ("de", "Ich brauche einen Termin, meine Tochter hat am Montag einen."),
        ("en", "I need an appointment for my son."),
    ],
)
def test_one_patient_is_one(language, text):
    assert read(text, language).second_patient is None


def test_the_second_patient_is_booked_for_with_what_both_come_for():
    call = Call("de", caller=CALLER)
    call.say("Ich hätte gern einen Termin für meinen Mann und mich zur Kontrolle.", "Am Dienstag um 15 Uhr.")
    call.say("Ja, schon oft.", "Anna Keller.", "Ja.", "Ja, das stimmt.")
    kind, first = call.actions[-1]
    assert (kind, "relation" in first) == ("appointment.requested", False)
    assert call.words.endswith("Soll Ihr Mann auch einen Termin bekommen?")
    call.say("Ja, gern.", "Am Dienstag um 16 Uhr.", "Nein, noch nie.", "Beat Keller.", "Ja, das stimmt.")
    kind, second = call.actions[-1]
    assert kind == "appointment.requested"
    assert second == {
        "reason": "check-up",
        "preferred_date": "2026-11-24",
        "preferred_time": "16:00",
        "patient_status": "new",
        "patient_name": "Beat Keller",
        "relation": "husband",
        "name": "Anna Keller",
        "phone": CALLER,
    }
    assert call.dialogue.state.asked is Question.ANYTHING_ELSE
