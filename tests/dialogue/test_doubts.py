"""What was hardly understood is confirmed at once, and after two misses it is typed."""

from __future__ import annotations

import datetime as dt

import pytest
from dialogue_helpers import Call
from test_dialogue_scripts import BOOKINGS

from gateway.dialogue.model import Expectation, FactName, Question
from gateway.dialogue.typed import typed_fact

TODAY = dt.date(2026, 11, 20)


def _booking():
    call = Call("de")
    call.say("Ich möchte einen Termin für eine Kontrolle.")
    return call


def test_a_doubtful_day_is_confirmed_at_once_and_a_sure_one_only_acknowledged():
    call = _booking()
    call.take("Am Mittwoch.", 0.3)
    assert call.words == "Am Mittwoch, den fünfundzwanzigsten November. Stimmt das?"
    assert call.last.expectation is Expectation.YES_NO
    call.say("Ja.")
    assert call.dialogue.state.asked is Question.PREFERRED_TIME
    sure = _booking()
    sure.take("Am Mittwoch.", 0.8)
    assert sure.dialogue.state.asked is Question.PREFERRED_TIME


def test_a_no_to_a_doubtful_value_asks_for_it_again_and_a_second_one_for_its_keys():
    call = _booking()
    call.take("Am Mittwoch.", 0.3)
    call.say("Nein.")
    assert call.acts == ["sorry", "ask_preferred_date"]
    call.take("Am Montag.", 0.3)
    call.say("Nein, falsch.")
    assert call.acts == ["sorry", "ask_preferred_date_keys"]
    assert call.last.expectation is Expectation.KEYS
    call.press("0812")
    assert call.dialogue.state.fact(FactName.PREFERRED_DATE).value == "2026-12-08"
    assert call.last.expectation is Expectation.TIME


def test_a_no_with_the_right_value_takes_it():
    call = _booking()
    call.take("Am Mittwoch.", 0.3)
    call.say("Nein, am Donnerstag.")
    assert call.dialogue.state.fact(FactName.PREFERRED_DATE).value == "2026-11-26"
    assert call.dialogue.state.asked is Question.PREFERRED_TIME


def test_a_doubtful_number_is_read_back_at_once_unless_everything_is():
    call = Call("de")
    call.say("Können Sie mich zurückrufen?")
    call.say("Es geht um meine Rechnung.")
    call.take("Anna Keller.", 0.9)
    call.take(BOOKINGS["de"][5], 0.3)
    assert call.dialogue.state.asked is Question.READ_BACK
    early = Call("de")
    early.take("Bitte rufen Sie mich zurück, meine Nummer ist 079 456 12 34.", 0.3)
    assert early.words.endswith("0 7 9, 4 5 6, 1 2, 3 4. Stimmt das?")


def test_who_answers_neither_yes_nor_no_twice_goes_on_to_the_read_back():
    call = _booking()
    call.take("Am Mittwoch.", 0.3)
    call.say("Hm.")
    assert call.acts == ["not_understood", "ask_confirm_again"]
    call.say("Hm.")
    assert call.dialogue.state.asked is Question.PREFERRED_TIME


@pytest.mark.parametrize("language", ["de", "fr", "it", "en"])
def test_two_misses_at_a_date_or_a_time_lead_to_the_keys(language):
    call = Call(language)
    call.say(BOOKINGS[language][0], "Hm.", "Hm.")
    assert call.acts == ["not_understood", "ask_preferred_date_keys"]
    assert call.last.expectation is Expectation.KEYS
    call.press("0812")
    call.say("Hm.", "Hm.")
    assert call.acts == ["not_understood", "ask_preferred_time_keys"]
    call.press("1430")
    assert call.dialogue.state.fact(FactName.PREFERRED_TIME).value == "14:30"


def test_words_are_heard_while_keys_are_asked_for():
    call = _booking()
    call.say("Hm.", "Hm.", "Am Mittwoch.")
    assert call.dialogue.state.fact(FactName.PREFERRED_DATE).value == "2026-11-25"


def test_a_person_is_called_by_a_key_also_where_a_date_is_typed():
    call = Call("de", can_transfer=True)
    call.say("Ich möchte einen Termin für eine Kontrolle.", "Hm.", "Hm.")
    assert call.press("0").transfer_target == "desk"


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("Am 31. Februar 1980.", "birth_impossible"),
        ("Am 3. Mai 2030.", "birth_impossible"),
        ("Am 3. Mai 1850.", "birth_impossible"),
    ],
)
def test_a_date_of_birth_that_cannot_be_is_questioned_and_typed_the_second_time(text, act):
    call = Call("de")
    call.say("Ich möchte meinen Termin absagen.", "Anna Keller", "keine Ahnung", text)
    assert call.acts == [act, "ask_date_of_birth"]
    call.say(text)
    assert call.acts == [act, "ask_date_of_birth_keys"]
    call.press("03051980")
    assert call.dialogue.state.fact(FactName.DATE_OF_BIRTH).value == "1980-05-03"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Am 31. Februar.", "de"),
        ("Am einunddreissigsten April.", "de"),
        ("Le trente et un avril.", "fr"),
        ("Il trenta febbraio.", "it"),
        ("On February 30th.", "en"),
        ("On the thirty-first of April.", "en"),
    ],
)
def test_a_day_that_no_calendar_has_is_questioned(text, language):
    call = Call(language)
    call.say(BOOKINGS[language][0], text)
    assert call.acts == ["date_impossible", "ask_preferred_date"]


@pytest.mark.parametrize(
    ("keys", "asked", "value"),
    [
        ("03051985", Question.DATE_OF_BIRTH, "1985-05-03"),
        ("030585", Question.DATE_OF_BIRTH, "1985-05-03"),
        ("030512", Question.DATE_OF_BIRTH, "2012-05-03"),
        ("31021985", Question.DATE_OF_BIRTH, None),
        ("03052030", Question.DATE_OF_BIRTH, None),
        ("03051850", Question.DATE_OF_BIRTH, None),
        ("0305", Question.DATE_OF_BIRTH, None),
        ("0812", Question.PREFERRED_DATE, "2026-12-08"),
        ("0802", Question.PREFERRED_DATE, "2027-02-08"),
        ("08122026", Question.EXISTING_DATE, "2026-12-08"),
        ("081226", Question.EXISTING_DATE, "2026-12-08"),
        ("3202", Question.PREFERRED_DATE, None),
        ("1430", Question.PREFERRED_TIME, "14:30"),
        ("930", Question.PREFERRED_TIME, "09:30"),
        ("2460", Question.PREFERRED_TIME, None),
        ("9", Question.PREFERRED_TIME, None),
        ("1", Question.READ_BACK, None),
        ("", Question.DATE_OF_BIRTH, None),
    ],
)
def test_typed_dates_and_times_are_read(keys, asked, value):
    found = typed_fact(keys, asked, TODAY)
    assert (found.value if found else None) == value
