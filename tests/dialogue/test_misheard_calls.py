"""Calls that went wrong in rehearsals on bad lines, and how they go on now."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, fact, read, values

from gateway.dialogue.model import CallerTurn, FactName, Intent, Question, Task


def test_a_name_that_is_said_again_after_a_no_is_spelled_instead_of_heard_a_third_time():
    call = Call("fr", caller=CALLER)
    call.say("Bonjour, il faut annuler mon rendez-vous.", "Je m'appelle Marie du bois.", "C'est mardi.", "Oui.")
    assert call.dialogue.state.asked is Question.READ_BACK
    call.say("Non, ce n'est pas juste. Je m'appelle Marie du bois.")
    assert call.dialogue.state.asked is Question.SPELLING
    call.say("D, U, B, O, I, S.")
    assert call.dialogue.state.fact(FactName.NAME).value == "Marie Dubois"
    call.say("Oui, c'est juste.")
    assert call.actions[-1][0] == "appointment.cancel_requested"


def test_a_name_that_is_named_again_as_what_is_wrong_is_spelled():
    call = Call("de", caller=CALLER)
    call.say("Ich möchte meinen Termin absagen.", "Anna Köler.", "Am Dienstag.", "Ja.", "Nein.", "Anna Köler.")
    assert call.dialogue.state.asked is Question.SPELLING


@pytest.mark.parametrize(
    ("name", "spelled", "whole"),
    [
        ("Marie du Bois", "D U B O I S", "Marie Dubois"),
        ("Anna von Kelr", "K E L L E R", "Anna von Keller"),
        ("Luca de Marco", "D E M A R C O", "Luca Demarco"),
        ("Anna Maria Rosi", "R O S S I", "Anna Maria Rossi"),
    ],
)
def test_a_spelled_surname_takes_the_small_word_before_it_only_where_it_is_spelled_with_it(name, spelled, whole):
    known = (fact(FactName.NAME, name),)
    assert values(read(spelled, "de", Question.SPELLING, Task.BOOK, facts=known)) == {"name": whole}


@pytest.mark.parametrize("text", ["la macchina alle 10", "vengo con la macchina", "parcheggio la macchina"])
def test_a_car_is_no_wish_for_a_human(text):
    assert Intent.HUMAN not in read(text, "it", Question.PREFERRED_TIME, Task.BOOK).intents


@pytest.mark.parametrize("text", ["Sto parlando con una macchina?", "No macchina, una persona", "Lei è una macchina"])
def test_whoever_does_not_want_a_machine_wants_a_human(text):
    assert Intent.HUMAN in read(text, "it").intents


def _callback() -> Call:
    call = Call("it", caller=CALLER)
    call.say("Vorrei essere richiamato.", "È per una fattura.", "Laura Bianchi.", "Sì.")
    assert call.dialogue.state.asked is Question.READ_BACK
    return call


def test_what_a_callback_has_no_place_for_becomes_part_of_its_message():
    call = _callback()
    call.say("No, non è giusto.")
    call.decisions.append(call.dialogue.take(CallerTurn("Sono libera giovedì tre dicembre.", "it", span=(9000, 9900))))
    assert "Sono libera giovedì tre dicembre" in call.words
    call.say("Sì, esatto.")
    kind, facts = call.actions[-1]
    assert kind == "callback.requested"
    assert facts["message"] == "È per una fattura. Sono libera giovedì tre dicembre."


def test_the_place_of_a_message_reaches_from_its_beginning_to_what_was_added():
    call = Call("it", caller=CALLER)
    call.say("Vorrei essere richiamato.")
    call.decisions.append(call.dialogue.take(CallerTurn("È per una fattura.", "it", span=(1000, 2000))))
    call.say("Laura Bianchi.", "Sì.", "No.")
    call.decisions.append(call.dialogue.take(CallerTurn("Sono libera giovedì tre dicembre.", "it", span=(9000, 9900))))
    assert call.dialogue.state.message_span == (1000, 9900)


def test_a_read_back_never_announces_more_and_then_tells_nothing():
    call = _callback()
    call.say("No, vengo giovedì tre dicembre.")
    assert "Ho annotato anche questo: È tutto giusto?" not in call.words
