"""Days and times that do not suit, or are none: no wish, and nothing else that is known goes with them."""

from __future__ import annotations

import pytest
from dialogue_helpers import Call, read, values

from gateway.dialogue.model import FactName, Intent, Question, Task


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Um neun kann ich nicht.", "de"),
        ("Um neun Uhr geht es mir nicht", "de"),
        ("Neun geht nicht", "de"),
        ("Vormittags kann ich nicht", "de"),
        ("À neuf heures je ne peux pas", "fr"),
        ("Le matin je ne peux pas", "fr"),
        ("Alle nove non posso", "it"),
        ("La mattina non posso", "it"),
        ("At nine o'clock I can't", "en"),
        ("Nine doesn't work for me", "en"),
        ("Mornings don't work", "en"),
    ],
)
def test_a_time_that_does_not_suit_is_no_wish(text, language):
    understanding = read(text, language, Question.PREFERRED_TIME, Task.BOOK)
    assert values(understanding) == {}
    assert FactName.PREFERRED_TIME in understanding.rejected


@pytest.mark.parametrize(
    ("text", "language", "time"),
    [
        ("Um neun kann ich nicht aber um zehn.", "de", "10:00"),
        ("Um zehn nicht um neun", "de", "10:00"),
        ("Um neun und nicht später", "de", "09:00"),
        ("Um neun wenn es nicht anders geht", "de", "09:00"),
        ("À neuf heures si ce n'est pas trop tôt", "fr", "09:00"),
        ("Alle nove se non è un problema", "it", "09:00"),
        ("At nine if that's not a problem", "en", "09:00"),
        ("At nine I can come", "en", "09:00"),
        ("Nicht vor zehn", "de", "10:00/18:00"),
    ],
)
def test_a_negation_that_refuses_something_else_leaves_the_wish(text, language, time):
    assert values(read(text, language, Question.PREFERRED_TIME, Task.BOOK)) == {"preferred_time": time}


def test_a_day_that_does_not_suit_after_all_is_asked_for_again():
    call = Call("de")
    call.say("Einen Termin zur Kontrolle, bitte", "am Mittwoch", "um zehn", "Am Mittwoch kann ich doch nicht")
    assert call.last.state.asked is Question.PREFERRED_DATE
    assert call.last.state.fact(FactName.PREFERRED_DATE) is None


@pytest.mark.parametrize("text", ["Um neun kann ich nicht", "Neun geht nicht"])
def test_who_refuses_an_hour_keeps_the_day_and_hears_no_apology(text):
    call = Call("de")
    call.say("Einen Termin zur Kontrolle, bitte", "am Mittwoch", text)
    assert call.last.state.asked is Question.PREFERRED_TIME
    assert call.last.state.fact(FactName.PREFERRED_DATE).value == "2026-11-25"
    assert call.acts == ["ask_preferred_time_again"]
    call.say(text)
    assert call.acts[0] == "not_understood"


def test_a_moment_of_a_cancellation_stays_one():
    understanding = read("Am Dienstag um neun kann ich nicht kommen", "de")
    assert values(understanding) == {"existing_date": "2026-11-24", "existing_time": "09:00"}


@pytest.mark.parametrize("asked", [Question.PREFERRED_TIME, Question.PREFERRED_DATE, Question.CALLER_NUMBER])
def test_in_the_morning_is_not_tomorrow(asked):
    assert values(read("Am Morgen", "de", asked, Task.BOOK)) == {"preferred_time": "08:00/12:00"}
    assert values(read("Morgen am Morgen", "de", asked, Task.BOOK))["preferred_date"] == "2026-11-21"


@pytest.mark.parametrize(("text", "language"), [("So schnell wie möglich", "de"), ("Dès que possible", "fr")])
def test_as_soon_as_possible_is_no_reason(text, language):
    assert [*values(read(text, language, Question.REASON, Task.BOOK))] == ["preferred_date"]


@pytest.mark.parametrize("text", ["Vous ouvrez à quelle heure le samedi ?", "Vous fermez à quelle heure ?"])
def test_who_asks_when_it_opens_wishes_for_no_day(text):
    understanding = read(text, "fr")
    assert understanding.intents == (Intent.OPENING_HOURS,)
    assert values(understanding) == {}
