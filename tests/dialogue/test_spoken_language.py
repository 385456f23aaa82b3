"""The caller's language: detected, asked for, kept through names, numbers and words that every language borrows."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, read
from test_dialogue_scripts import BOOKINGS

from gateway.dialogue.model import FactName, Question, Task

REQUESTS = [
    ("Parlez-vous français?", "de", "fr"),
    ("Can we speak English?", "de", "en"),
    ("Chönd mer Dütsch rede?", "fr", "de"),
    ("English please.", "de", "en"),
    ("Do you speak English?", "de", "en"),
    ("Do you speak English?", "en", "en"),
    ("Possiamo parlare italiano?", "de", "it"),
    ("Parla italiano?", "fr", "it"),
    ("Je préfère le français.", "de", "fr"),
    ("En français s'il vous plaît.", "de", "fr"),
    ("Auf Deutsch bitte.", "fr", "de"),
    ("Können wir Deutsch sprechen?", "en", "de"),
    ("Ich spreche nur Englisch.", "de", "en"),
    ("I only speak English.", "de", "en"),
    ("Ich spreche nicht so gut Deutsch, Italienisch bitte.", "de", "it"),
    ("Kann ich auf Französisch weitermachen?", "de", "fr"),
    ("Sprechen Sie Italienisch?", "de", "it"),
    ("In italiano, per favore.", "de", "it"),
    ("Redet Sie Änglisch?", "de", "en"),
    ("Deutsch.", "fr", "de"),
    ("Italiano.", "de", "it"),
    ("Je ne parle pas allemand.", "fr", None),
    ("Ich spreche kein Französisch.", "de", None),
    ("Ich habe eine französische Krankenkasse.", "de", None),
    ("Ich möchte einen Termin für meine englische Freundin.", "de", None),
    ("I need an English invoice for my insurance.", "en", None),
    ("Mein Name ist Deutsch.", "de", None),
    ("Ich heisse Peter Deutsch.", "de", None),
    ("Je suis allemande.", "fr", None),
    ("My French husband needs an appointment.", "en", None),
    ("Il mio dentista tedesco mi ha mandato da voi.", "it", None),
    ("Je voudrais parler français.", "de", "fr"),
    ("Could we switch to English?", "de", "en"),
    ("Verstehen Sie Italienisch?", "de", "it"),
]


@pytest.mark.parametrize(("text", "language", "wanted"), REQUESTS)
def test_a_language_is_asked_for_or_only_mentioned(text, language, wanted):
    assert read(text, language).requested_language == wanted


def test_who_does_not_speak_the_calls_language_is_answered_in_the_one_of_saying_so():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.")
    assert call.say("Sorry, I don't speak German.", language="en").language == "en"
    assert call.acts == ["language_changed", "ask_preferred_date"]


def test_the_first_words_settle_the_language_in_which_the_call_goes_on():
    for language in ("fr", "it", "en"):
        call = Call(language)
        assert call.say(BOOKINGS[language][0]).language == language


def test_a_first_turn_that_is_only_a_name_settles_nothing():
    call = Call("de")
    assert call.say("Jean-Luc Dupont.", language="fr").language == "de"
    assert call.say("Ich hätte gern einen Termin.").language == "de"


def test_names_and_numbers_of_another_language_change_nothing():
    call = Call("de")
    call.say(*BOOKINGS["de"][:4])
    assert call.say("Mein Name ist Jean-Luc Dupont.", language="fr").language == "de"
    assert call.say("Zéro sept neuf, quatre cinq six, douze, trente-quatre.", language="fr").language == "de"
    assert call.dialogue.state.asked is Question.READ_BACK
    assert call.dialogue.state.fact(FactName.NAME).value == "Jean-Luc Dupont"


def test_borrowed_words_change_nothing():
    call = Call("de", caller=CALLER)
    call.say(BOOKINGS["de"][0])
    for _ in range(3):
        assert call.say("Merci.", language="fr").language == "de"


def test_a_long_turn_in_another_language_changes_it_at_once():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.")
    decision = call.say(
        "I am sorry but I do not understand what you want to know, could you please say that in another way",
        language="en",
    )
    assert decision.language == "en"


def test_a_sentence_of_two_languages_is_of_the_one_with_more_words():
    assert read("Grüezi, je voudrais un rendez-vous pour un contrôle", "de").speaks == "fr"
    assert read("Bonjour, ich hätte gern einen Termin für eine Kontrolle", "fr").speaks == "de"


def test_the_language_is_given_back_when_the_caller_returns_to_the_first():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", "English please.")
    assert call.last.language == "en"
    assert call.say("Doch lieber auf Deutsch.").language == "de"


def test_a_language_that_the_practice_does_not_offer_is_not_promised():
    assert read("Hablamos español?", "de", Question.HELP, Task.BOOK).requested_language is None
