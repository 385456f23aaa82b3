"""Whoever asks whether it is an emergency, or has strong pain, is told the practice's own text in every language."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, read

from gateway.dialogue.emergency_signs import asks_whether_emergency, tells_emergency, tells_strong_pain
from gateway.dialogue.model import Intent, Question
from gateway.dialogue.text import words_of

QUESTIONS = [
    ("de", "Ist das ein Notfall?"),
    ("de", "Ist das schon ein Notfall, wenn ich Zahnschmerzen habe"),
    ("de", "Ich weiss nicht, ob das ein Notfall ist."),
    ("de", "Das ist ein Notfall?"),
    ("fr", "Est-ce que c'est une urgence?"),
    ("fr", "Est-ce une urgence?"),
    ("fr", "C'est une urgence?"),
    ("it", "È un'emergenza?"),
    ("it", "Non so se è un'emergenza."),
    ("en", "Is that an emergency?"),
    ("en", "Would that count as an emergency?"),
    ("en", "I don't know whether this is an emergency."),
]
STATEMENTS = [
    ("de", "Das ist ein Notfall."),
    ("de", "Ist das ein Notfall? Ich blute sehr stark."),
    ("de", "Mein Sohn ist aufs Gesicht gefallen, ist das ein Notfall?"),
    ("de", "Kann ich als Notfall kommen?"),
    ("fr", "C'est une urgence."),
    ("fr", "Est-ce que je peux venir en urgence?"),
    ("fr", "Est-ce une urgence, je n'arrive plus à respirer?"),
    ("it", "È un'emergenza."),
    ("en", "This is an emergency."),
    ("en", "Is it an emergency? My face is swollen and I have a fever."),
]


@pytest.mark.parametrize(("language", "text"), QUESTIONS)
def test_a_question_whether_it_is_an_emergency_is_no_telling_of_one(language, text):
    assert asks_whether_emergency(text, words_of(text))
    assert Intent.EMERGENCY not in read(text, language).intents


@pytest.mark.parametrize(("language", "text"), STATEMENTS)
def test_whoever_tells_of_a_sign_or_does_not_ask_has_an_emergency(language, text):
    assert tells_emergency(text, words_of(text))
    assert read(text, language).intents[0] is Intent.EMERGENCY


@pytest.mark.parametrize(("language", "text"), QUESTIONS)
def test_a_question_is_answered_with_the_practices_text_flagged_and_the_caller_decides(language, text):
    call = Call(language, caller=CALLER, can_transfer=True)
    decision = call.say(text)
    assert call.acts == ["emergency", "ask_emergency_connect"]
    assert decision.transfer_target is None
    assert decision.action.kind == "emergency.flagged"


def test_who_wants_it_is_put_through_to_the_emergency_service():
    call = Call("de", caller=CALLER, can_transfer=True)
    call.say("Ist das ein Notfall?")
    assert call.say("Ja, bitte.").transfer_target == "on-call"
    assert [kind for kind, _ in call.actions] == ["emergency.flagged", "transfer.requested"]


def test_who_does_not_want_it_goes_on_with_what_they_called_for():
    call = Call("de", caller=CALLER, can_transfer=True)
    call.say("Ich hätte gern einen Termin für eine Kontrolle.", "Ist das ein Notfall?", "Nein danke.")
    assert call.dialogue.state.asked is Question.PREFERRED_DATE
    assert not call.last.hang_up


def test_an_emergency_told_after_the_question_puts_the_caller_through_and_flags_once():
    call = Call("de", caller=CALLER, can_transfer=True)
    call.say("Ist das ein Notfall?", "Es blutet sehr stark und hört nicht auf.")
    assert call.last.transfer_target == "on-call"
    assert [kind for kind, _ in call.actions].count("emergency.flagged") == 1


def test_where_nobody_can_be_rung_the_numbers_are_offered_again():
    call = Call("de", caller=CALLER)
    call.say("Ist das ein Notfall?")
    assert call.acts == ["emergency", "ask_emergency_repeat"]


VERY_STRONG = [
    ("de", "Ich habe sehr starke Schmerzen."),
    ("de", "Ich habe extreme Zahnschmerzen."),
    ("fr", "J'ai de très fortes douleurs."),
    ("fr", "J'ai une douleur intense."),
    ("fr", "J'ai extrêmement mal aux dents."),
    ("it", "Ho un dolore molto forte."),
    ("it", "Ho un mal di denti fortissimo."),
    ("en", "I have very strong pain."),
    ("en", "I have a severe toothache."),
]
STRONG = [
    ("de", "Ich habe starke Zahnschmerzen."),
    ("de", "Mein Zahn tut sehr weh."),
    ("fr", "J'ai de fortes douleurs."),
    ("fr", "J'ai très mal aux dents."),
    ("fr", "J'ai une rage de dents."),
    ("it", "Ho un forte mal di denti."),
    ("it", "Ho molto male ai denti."),
    ("en", "I have a bad toothache."),
    ("en", "My tooth hurts a lot."),
]
SLIGHT = [
    ("de", "Ich habe Zahnschmerzen."),
    ("de", "Die Schmerzen sind nicht stark."),
    ("de", "Ich habe keine starken Schmerzen."),
    ("fr", "J'ai un peu mal aux dents."),
    ("fr", "Je n'ai pas de fortes douleurs."),
    ("it", "Ho mal di denti."),
    ("it", "Il dolore non è forte."),
    ("en", "I have a toothache."),
    ("en", "The pain is not bad."),
]


@pytest.mark.parametrize(("language", "text"), VERY_STRONG)
def test_very_strong_pain_is_an_emergency_in_every_language(language, text):
    assert tells_emergency(text, words_of(text))


@pytest.mark.parametrize(("language", "text"), STRONG)
def test_strong_pain_is_told_who_helps_once_and_the_booking_goes_on(language, text):
    assert not tells_emergency(text, words_of(text))
    call = Call(language, caller=CALLER, can_transfer=True)
    decision = call.say(text)
    assert call.acts[0] == "pain_advice"
    assert decision.action is None
    assert decision.transfer_target is None
    call.say(text)
    assert "pain_advice" not in call.acts


@pytest.mark.parametrize(("language", "text"), SLIGHT)
def test_other_pain_is_a_reason_for_an_appointment(language, text):
    assert not tells_strong_pain(text, words_of(text))
    assert not tells_emergency(text, words_of(text))
