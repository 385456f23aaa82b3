"""Calls for somebody else: the patient is told from the caller, and asked about by what they are to the caller."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, fact, read, values

from gateway.dialogue.model import FactName, Question, Task


@pytest.mark.parametrize(
    ("text", "language", "relation", "name"),
    [
        ("Ich brauche einen Termin für meine Tochter Lea.", "de", "daughter", "Lea"),
        ("Es geht um meinen Sohn Tim Keller, er hat ein Loch.", "de", "son", "Tim Keller"),
        ("Mein Mann hat am Montag einen Termin.", "de", "husband", None),
        ("Meine kleine Tochter hat Zahnschmerzen.", "de", "daughter", None),
        ("Ich möchte den Termin von meiner Mutter absagen.", "de", "mother", None),
        ("Ich hätt gern en Termin für mini Tochter.", "de", "daughter", None),
        ("Je voudrais un rendez-vous pour mon fils Noé.", "fr", "son", "Noé"),
        ("C'est pour ma femme.", "fr", "wife", None),
        ("Je dois annuler le rendez-vous de ma fille.", "fr", "daughter", None),
        ("Vorrei un appuntamento per mia figlia Giulia.", "it", "daughter", "Giulia"),
        ("Devo spostare l'appuntamento di mio marito.", "it", "husband", None),
        ("I need an appointment for my daughter Emma.", "en", "daughter", "Emma"),
        ("I need to cancel my husband's appointment.", "en", "husband", None),
        ("My son Tom Baker has a toothache.", "en", "son", "Tom Baker"),
    ],
)
def test_whom_a_caller_calls_for_is_understood(text, language, relation, name):
    found = values(read(text, language))
    assert found["relation"] == relation
    assert found.get("patient_name") == name
    assert "name" not in found


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Meine Tochter hat Sie empfohlen, ich hätte gern einen Termin.", "de"),
        ("Ich komme mit meiner Frau.", "de"),
        ("Das ist die Nummer von meinem Mann.", "de"),
        ("Ma fille m'a recommandé votre cabinet.", "fr"),
        ("Je viens avec mon mari.", "fr"),
        ("Vengo con mia moglie.", "it"),
        ("My wife said that you are good.", "en"),
        ("That is my husband's number.", "en"),
    ],
)
def test_a_relative_who_is_only_mentioned_is_no_patient(text, language):
    assert "relation" not in values(read(text, language))


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Lea Keller.", "de", "Lea Keller"),
        ("Sie heisst Lea Keller.", "de", "Lea Keller"),
        ("Elle s'appelle Léa Favre.", "fr", "Léa Favre"),
        ("Si chiama Giulia Rossi.", "it", "Giulia Rossi"),
        ("His name is Tom Baker.", "en", "Tom Baker"),
    ],
)
def test_the_answer_to_the_question_for_the_patient_is_the_patients_name(text, language, name):
    child = (fact(FactName.RELATION, "child"),)
    found = values(read(text, language, Question.PATIENT_NAME, Task.BOOK, facts=child))
    assert found == {"patient_name": name}


def test_an_appointment_for_a_child_says_who_the_patient_is_and_who_called():
    call = Call("de", caller=CALLER)
    call.say("Guten Tag, ich brauche einen Termin für meine Tochter Lea, zur Kontrolle.", "Am Dienstag um 15 Uhr.")
    assert call.words.endswith("War Ihre Tochter schon einmal bei uns?")
    call.say("Nein, noch nie.")
    assert call.words == "Wann ist Ihre Tochter geboren?"
    call.say("3. Mai 2018.")
    assert call.words.endswith("Und wie ist Ihr eigener Name?")
    call.say("Anna Keller.", "Ja.")
    assert "Ihre Tochter heisst Lea." in call.words
    assert "Ihr Name ist Anna Keller." in call.words
    call.say("Ja.")
    assert call.actions == [
        (
            "appointment.requested",
            {
                "reason": "check-up",
                "preferred_date": "2026-11-24",
                "preferred_time": "15:00",
                "patient_status": "new",
                "patient_name": "Lea",
                "date_of_birth": "2018-05-03",
                "name": "Anna Keller",
                "relation": "daughter",
                "phone": CALLER,
            },
        )
    ]


def test_the_appointment_of_a_husband_is_moved_in_his_name():
    call = Call("it", caller=CALLER)
    call.say("Mio marito ha un appuntamento lunedì e deve spostarlo a giovedì alle quindici.")
    assert call.dialogue.state.asked is Question.PATIENT_NAME
    call.say("Marco Rossi.", "Anna Rossi.", "Sì.", "Sì.")
    kind, facts = call.actions[0]
    assert kind == "appointment.move_requested"
    assert (facts["patient_name"], facts["name"], facts["relation"]) == ("Marco Rossi", "Anna Rossi", "husband")


def test_a_patients_name_is_corrected_at_the_read_back():
    call = Call("en", caller=CALLER)
    call.say(
        "I need to cancel my son's appointment on Monday.", "Tom Baker", "Mary Baker", "Yes", "No, he is called Tim."
    )
    assert call.acts == ["read_back_changed", "read_back_patient_name", "ask_read_back"]
    call.say("Yes.")
    assert call.actions[0][1]["patient_name"] == "Tim"


def test_an_appointment_that_is_the_callers_own_after_all_has_no_other_patient():
    call = Call("de", caller=CALLER)
    call.say("Ich brauche einen Termin für meine Tochter Lea, zur Kontrolle, am Dienstag um 15 Uhr.")
    call.say("Nein, der Termin ist für mich.")
    assert call.dialogue.state.fact(FactName.PATIENT_NAME) is None
    call.say("Ja.", "Anna Keller", "Ja.")
    assert "Sie waren schon bei uns." in call.words


def test_what_was_said_of_a_patient_is_not_taken_for_the_callers_own_next_appointment():
    call = Call("de", caller=CALLER)
    call.say("Ich brauche einen Termin für meine Tochter Lea, zur Kontrolle, am Dienstag um 15 Uhr.")
    call.say(
        "Nein.", "3. Mai 2018.", "Anna Keller.", "Ja.", "Ja.", "Ja, ich muss noch meinen Termin am Montag absagen."
    )
    assert call.dialogue.state.asked is Question.READ_BACK
    call.say("Ja.")
    assert call.actions[1][1] == {"name": "Anna Keller", "existing_date": "2026-11-23", "phone": CALLER}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I'm calling on behalf of my husband", "en"),
        ("Ich rufe im Auftrag von meinem Mann an", "de"),
        ("Chiamo per conto di mio marito", "it"),
    ],
)
def test_who_calls_on_somebodys_behalf_calls_for_them(text, language):
    assert values(read(text, language)) == {"relation": "husband"}
