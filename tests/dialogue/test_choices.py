"""Several days or times in one breath: left open, or thought over."""

from __future__ import annotations

import pytest
from dialogue_helpers import PROFILE, Call, read, values

from gateway.dialogue.canonical import date_choices, days_of, either, parse_dates, time_choices
from gateway.dialogue.model import Question, Task

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = (f"2026-11-{day}" for day in (23, 24, 25, 26, 27))


@pytest.mark.parametrize(
    ("text", "language", "date"),
    [
        ("Montag oder Dienstag.", "de", (MONDAY, TUESDAY)),
        ("Am Montag, am Dienstag oder am Donnerstag.", "de", (MONDAY, TUESDAY, THURSDAY)),
        ("Montag und Mittwoch würden gehen.", "de", (MONDAY, WEDNESDAY)),
        ("Am Montag oder dann vielleicht erst am Freitag.", "de", (MONDAY, FRIDAY)),
        ("Lundi ou mardi.", "fr", (MONDAY, TUESDAY)),
        ("Le lundi ou sinon le vendredi.", "fr", (MONDAY, FRIDAY)),
        ("Lunedì o mercoledì.", "it", (MONDAY, WEDNESDAY)),
        ("Martedì oppure giovedì.", "it", (TUESDAY, THURSDAY)),
        ("Monday or Tuesday.", "en", (MONDAY, TUESDAY)),
        ("Either on Monday, Tuesday or on Friday.", "en", (MONDAY, TUESDAY, FRIDAY)),
        ("Nicht am Montag oder Dienstag, sondern am Freitag.", "de", (FRIDAY,)),
        ("Am Montag, nein, am Dienstag.", "de", (TUESDAY,)),
        ("Am Montag oder Dienstag, nein, doch lieber am Mittwoch.", "de", (WEDNESDAY,)),
        ("Lundi, pardon, je voulais dire mardi.", "fr", (TUESDAY,)),
        ("Lunedì, scusi, volevo dire martedì.", "it", (TUESDAY,)),
        ("Monday, sorry, I mean Tuesday.", "en", (TUESDAY,)),
    ],
)
def test_days_that_are_left_open_stay_open_and_a_second_thought_takes_the_first_back(text, language, date):
    understood = read(text, language, Question.PREFERRED_DATE, Task.BOOK)
    assert values(understood)["preferred_date"] == either(date)


@pytest.mark.parametrize(
    ("text", "language", "time"),
    [
        ("Um neun oder um zehn Uhr.", "de", "09:00|10:00"),
        ("Um neun, nein, um zehn Uhr.", "de", "10:00"),
        ("À neuf heures ou à quinze heures.", "fr", "09:00|15:00"),
        ("Alle nove oppure alle quindici.", "it", "09:00|15:00"),
        ("At nine or at ten o'clock.", "en", "09:00|10:00"),
        ("At nine, no wait, at ten o'clock.", "en", "10:00"),
    ],
)
def test_times_likewise(text, language, time):
    assert values(read(text, language, Question.PREFERRED_TIME, Task.BOOK))["preferred_time"] == time


def test_days_that_are_left_open_are_read_back_as_such():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", "Am Montag oder am Dienstag.")
    assert "den dreiundzwanzigsten November oder am Dienstag, den vierundzwanzigsten November." in call.words
    call.say("Um neun oder um drei.")
    assert "neun Uhr oder um fünfzehn Uhr." in call.words


def test_of_days_that_are_left_open_those_stay_on_which_the_practice_opens():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", "Am Samstag oder am Montag.")
    assert call.dialogue.state.asked is Question.PREFERRED_TIME
    assert call.dialogue.state.facts[-1].value == MONDAY


def test_of_times_that_are_left_open_those_stay_at_which_the_practice_is_open():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle am Montag.", "Um halb eins oder um drei.")
    assert call.dialogue.state.asked is Question.PATIENT_STATUS
    assert call.dialogue.state.facts[-1].value == "15:00"


def test_the_appointment_that_stands_is_never_left_open():
    understood = read("Am Montag oder Dienstag, ich weiss es nicht genau.", "de", Question.EXISTING_DATE, Task.CANCEL)
    assert values(understood)["existing_date"] == MONDAY


def test_canonical_choices_are_read():
    assert [span.first.day for span in date_choices("2026-11-24|2026-11-26/2026-11-27")] == [24, 26]
    assert [day.day for day in days_of("2026-11-26/2026-11-27|2026-11-24")] == [24, 26, 27]
    assert [day.day for day in parse_dates("2026-11-24|2026-11-26/2026-11-27")] == [24, 27]
    assert [(span.first.hour, span.last) for span in time_choices("09:00|15:00")] == [(9, None), (15, None)]


@pytest.mark.parametrize(
    ("text", "acts", "question"),
    [
        ("Am Samstag.", ["date_closed", "next_open"], Question.PREFERRED_DATE),
        ("Morgen.", ["date_closed", "next_open"], Question.PREFERRED_DATE),
        ("Am ersten August 2027.", ["date_closed_reason", "next_open"], Question.PREFERRED_DATE),
        ("Am 3. Mai 2029.", ["date_far"], Question.PREFERRED_DATE),
        ("Am Montag um halb eins.", ["time_lunch"], Question.PREFERRED_TIME),
        ("Am Montag um 20 Uhr.", ["time_closed"], Question.PREFERRED_TIME),
    ],
)
def test_what_cannot_be_is_told_with_the_reason_and_the_way_out(text, acts, question):
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.", text)
    assert [name for name in call.acts if name.startswith(("date_", "time_", "next_"))] == acts
    assert call.dialogue.state.asked is question


def test_a_holiday_of_the_canton_is_named_and_the_next_open_day_told():
    assert PROFILE.canton == "ZH"
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle am 1. Januar 2027.")
    assert "Weihnachtsferien" in call.words
    assert "Wieder offen haben wir am Montag, den vierten Januar" in call.words
