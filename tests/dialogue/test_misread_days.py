"""Days and times that were read as others than the ones said: garbled weekdays, months, intervals, the wrong date."""

from __future__ import annotations

import pytest
from dialogue_helpers import CALLER, Call, fact, read, values

from gateway.dialogue.model import FactName, Question, Task

MOVE = (
    fact(FactName.EXISTING_DATE, "2026-12-01"),
    fact(FactName.PREFERRED_DATE, "2026-12-10"),
    fact(FactName.NAME, "Anna Keller"),
)


@pytest.mark.parametrize(
    ("text", "language", "day"),
    [
        ("C'est marguit dans une semaine.", "fr", "2026-12-01"),
        ("Gio devi tra una settimana.", "it", "2026-12-03"),
        ("Diensch dag in einer Woche", "de", "2026-12-01"),
        ("Thorsday in one week", "en", "2026-12-03"),
        ("Donerstak nächste Woche", "de", "2026-11-26"),
    ],
)
def test_a_garbled_weekday_before_a_week_is_that_weekday_and_asked_about_at_once(text, language, day):
    understanding = read(text, language, Question.PREFERRED_DATE, Task.BOOK)
    assert values(understanding) == {"preferred_date": day}
    assert understanding.facts[0].confidence < 0.4


@pytest.mark.parametrize(
    ("text", "language"),
    [("Gerne in einer Woche", "de"), ("Volontiers dans une semaine", "fr"), ("Maybe in a week", "en")],
)
def test_an_ordinary_word_before_a_week_is_no_weekday(text, language):
    assert values(read(text, language, Question.PREFERRED_DATE, Task.BOOK)) == {"preferred_date": "2026-11-27"}


def test_a_day_that_was_hardly_heard_is_confirmed_before_the_next_question():
    call = Call("fr", caller=CALLER)
    call.say("Je dois annuler mon rendez-vous.", "Marie Favre.", "C'est marguit dans une semaine.")
    assert call.dialogue.state.asked is Question.CONFIRM
    assert "mardi premier décembre" in call.words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Nein, es ist am Montag, dem 7.", "de"),
        ("Nein, mein Termin war am Montag, dem 7.", "de"),
        ("Nein, der bisherige Termin ist am Montag, dem 7. Dezember.", "de"),
        ("Non, il est le lundi sept décembre", "fr"),
        ("No, è il lunedì sette dicembre", "it"),
        ("No, it is on Monday the 7th", "en"),
    ],
)
def test_what_is_told_as_it_stands_at_a_moves_read_back_is_the_old_appointment(text, language):
    understanding = read(text, language, Question.READ_BACK, Task.MOVE, MOVE)
    assert values(understanding) == {"existing_date": "2026-12-07"}
    assert not understanding.rejected


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Nein, am Montag, dem 7.", "de"),
        ("Nein, der neue Termin ist am Montag, dem 7.", "de"),
        ("Das ist falsch, am Montag, dem 7.", "de"),
        ("No, on Monday the 7th", "en"),
    ],
)
def test_another_day_at_a_moves_read_back_is_the_new_one(text, language):
    assert values(read(text, language, Question.READ_BACK, Task.MOVE, MOVE)) == {"preferred_date": "2026-12-07"}


@pytest.mark.parametrize(
    ("text", "language", "span"),
    [
        ("dal 4 dicembre all'8", "it", "2026-12-04/2026-12-08"),
        ("du quatre décembre au huit", "fr", "2026-12-04/2026-12-08"),
        ("vom 4. Dezember bis zum 8.", "de", "2026-12-04/2026-12-08"),
        ("vom 28. November bis zum 3.", "de", "2026-11-28/2026-12-03"),
        ("from the 4th of December to the 8th", "en", "2026-12-04/2026-12-08"),
    ],
)
def test_the_last_day_of_an_interval_needs_no_month(text, language, span):
    assert values(read(text, language, Question.PREFERRED_DATE, Task.BOOK)) == {"preferred_date": span}


@pytest.mark.parametrize(
    ("text", "language", "wished"),
    [
        ("am 4. Dezember um 8", "de", {"preferred_date": "2026-12-04", "preferred_time": "08:00"}),
        ("il 4 dicembre alle 8", "it", {"preferred_date": "2026-12-04", "preferred_time": "08:00"}),
        ("le quatre décembre à huit heures", "fr", {"preferred_date": "2026-12-04", "preferred_time": "08:00"}),
    ],
)
def test_an_hour_behind_a_day_is_no_last_day(text, language, wished):
    assert values(read(text, language, Question.PREFERRED_DATE, Task.BOOK)) == wished


def test_a_move_from_one_day_to_another_without_a_month_is_no_interval():
    text = "Je voudrais déplacer mon rendez-vous du quatre décembre au huit"
    assert values(read(text, "fr")) == {"existing_date": "2026-12-04", "preferred_date": "2026-12-08"}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("am Nachmittag und 4 Uhr", "de"),
        ("am Nachmittag und um vier Uhr", "de"),
        ("nel pomeriggio e alle quattro", "it"),
        ("l'après-midi et à seize heures", "fr"),
        ("in the afternoon and at four", "en"),
    ],
)
def test_a_part_of_the_day_and_an_hour_within_it_are_that_hour(text, language):
    assert values(read(text, language, Question.PREFERRED_TIME, Task.BOOK)) == {"preferred_time": "16:00"}


def test_an_hour_outside_the_part_of_the_day_stays_a_second_wish():
    found = values(read("am Vormittag und um 16 Uhr", "de", Question.PREFERRED_TIME, Task.BOOK))
    assert found == {"preferred_time": "08:00/12:00|16:00"}


@pytest.mark.parametrize("asked", [Question.PREFERRED_DATE, Question.PREFERRED_TIME, Question.READ_BACK])
def test_an_article_before_a_month_is_no_day(asked):
    assert values(read("waschen ein Mai", "de", asked, Task.BOOK)) == {}


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("Ja, im Dezember", fact(FactName.PREFERRED_DATE, "2026-12-08")),
        ("Ja, nächste Woche", fact(FactName.PREFERRED_DATE, "2026-11-24")),
        ("Ja, am Nachmittag", fact(FactName.PREFERRED_TIME, "15:00")),
    ],
)
def test_a_wider_span_takes_nothing_back_of_what_is_known_more_closely(text, known):
    assert values(read(text, "de", Question.READ_BACK, Task.BOOK, (known,))) == {}


def test_a_wider_span_counts_where_it_corrects_or_was_asked_for():
    known = (fact(FactName.PREFERRED_DATE, "2026-12-08"),)
    wide = {"preferred_date": "2026-12-01/2026-12-31"}
    assert values(read("Nein, irgendwann im Dezember", "de", Question.READ_BACK, Task.BOOK, known)) == wide
    assert values(read("Im Dezember", "de", Question.PREFERRED_DATE, Task.BOOK, known)) == wide


@pytest.mark.parametrize(
    ("text", "language"),
    [("3. Mai 1985", "de"), ("Le trois mai mille neuf cent quatre-vingt-cinq", "fr"), ("3.5.85", "de")],
)
def test_a_date_of_birth_is_no_day_for_an_appointment(text, language):
    assert values(read(text, language, Question.PREFERRED_DATE, Task.BOOK)) == {"date_of_birth": "1985-05-03"}


@pytest.mark.parametrize(
    ("text", "day"), [("8.12.26", "2026-12-08"), ("8.12.2026", "2026-12-08"), ("8. Januar 2027", "2027-01-08")]
)
def test_a_day_with_its_year_is_one_for_an_appointment(text, day):
    assert values(read(text, "de", Question.PREFERRED_DATE, Task.BOOK)) == {"preferred_date": day}


def test_a_date_of_birth_in_place_of_a_day_is_taken_down_and_the_day_asked_again():
    call = Call("de", caller=CALLER)
    call.say("Ich möchte einen Termin für eine Kontrolle.", "3. Mai 1985.")
    assert call.words == "Dritter Mai neunzehnhundertfünfundachtzig. Welcher Tag passt Ihnen?"
